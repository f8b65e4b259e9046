from __future__ import annotations

import json

import pytest

from magickpen import AsyncMagickPen, ConfigurationError, Message, StreamInterruptedError
from magickpen.emulator import CutStream, Emulator
from tests.support.facades import Facade


def test_each_question_is_asked_with_what_was_said(facade: Facade, service: Emulator) -> None:
    service.reply = "Arr"

    async def scenario(pen: AsyncMagickPen) -> tuple[Message, ...]:
        talk = pen.conversation(system="You are a pirate.")
        await talk.ask("Hello")
        assert [chunk async for chunk in talk.stream("And again")] == ["Arr"]
        return talk.messages

    messages = facade.run(scenario, service, endpoint="chat")
    assert [m.role for m in messages] == ["system", "user", "assistant", "user", "assistant"]
    assert json.loads(service.requests[-1].body) == {
        "history": [{"role": m.role, "content": m.content} for m in messages[:-1]]
    }


def test_what_was_not_answered_is_not_kept(facade: Facade, service: Emulator) -> None:
    async def scenario(pen: AsyncMagickPen) -> None:
        talk = pen.conversation()
        service.play(CutStream(3))
        with pytest.raises(StreamInterruptedError):
            await talk.ask("Hello")
        stream = talk.stream("Hello")
        await anext(stream)
        await stream.aclose()
        assert talk.messages == ()
        await talk.ask("Hello", endpoint="chat", timeout=5)
        assert len(talk.messages) == 2

    facade.run(scenario, service)


@pytest.mark.parametrize("prompt", ["", " ", None, [{"role": "user", "content": "Hi"}]])
def test_a_wrong_prompt_sends_nothing(facade: Facade, service: Emulator, prompt: str) -> None:
    async def scenario(pen: AsyncMagickPen) -> None:
        with pytest.raises(ConfigurationError, match="prompt"):
            await pen.conversation().ask(prompt)

    facade.run(scenario, service)
    assert service.requests == []
