from __future__ import annotations

import copy
import gc
import json
from pathlib import Path

import pytest

from magickpen import (
    AsyncMagickPen,
    ConfigurationError,
    MagickPen,
    Message,
    StreamInterruptedError,
)
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


def test_a_second_question_at_once_is_refused_before_it_is_sent(
    facade: Facade, service: Emulator
) -> None:
    async def scenario(pen: AsyncMagickPen) -> None:
        talk = pen.conversation()
        async with talk.stream("Hello") as stream:
            early = talk.stream("And you?")
            await anext(stream)
            assert repr(talk) == "AsyncConversation(0 turns, answering)"
            for ask in (early.reply, lambda: talk.ask("Again?")):
                with pytest.raises(ConfigurationError, match="close"):
                    await ask()
        assert repr(talk) == "AsyncConversation(0 turns)"
        await talk.ask("Hello")
        assert repr(talk) == "AsyncConversation(1 turn)"

    facade.run(scenario, service)
    assert [r.path for r in service.requests].count("/ask") == 2


def test_a_stream_that_was_dropped_leaves_the_conversation_free(
    facade: Facade, service: Emulator
) -> None:
    async def scenario(pen: AsyncMagickPen) -> None:
        talk = pen.conversation()
        stream = talk.stream("Hello")
        await anext(stream)
        del stream
        gc.collect()
        await talk.ask("Hello")

    facade.run(scenario, service)


def test_a_stream_is_asked_with_what_was_said_when_it_is_read(
    facade: Facade, service: Emulator
) -> None:
    async def scenario(pen: AsyncMagickPen) -> list[str]:
        talk = pen.conversation()
        first, second = talk.stream("One"), talk.stream("Two")
        await first.reply()
        await second.reply()
        return [m.content for m in talk.messages if m.role == "user"]

    assert facade.run(scenario, service) == ["One", "Two"]


def test_a_conversation_can_be_continued_forked_and_undone(
    facade: Facade, service: Emulator, tmp_path: Path
) -> None:
    service.reply = "Arr 😀"
    path = tmp_path / "talk.json"

    async def scenario(pen: AsyncMagickPen) -> None:
        talk = pen.conversation(system="Pirate.", messages=[{"role": "user", "content": "Ahoy"}])
        await talk.ask("Hello")
        talk.save(path)
        loaded, fork = pen.load_conversation(path), copy.copy(talk)
        assert loaded.messages == fork.messages == talk.messages
        await fork.ask("And again")
        talk.undo()
        assert talk.to_dicts() == [
            {"role": "system", "content": "Pirate."},
            {"role": "user", "content": "Ahoy"},
        ]
        assert len(loaded.messages) == 4
        assert len(fork.messages) == 6

    facade.run(scenario, service)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["{}", "oops", "[7]", '[{"role": "user"}]', "[" * 100_000])
def test_a_file_that_holds_no_conversation_is_named(content: str, tmp_path: Path) -> None:
    path = tmp_path / "talk.json"
    path.write_text(content)
    with MagickPen() as pen, pytest.raises(ConfigurationError, match=r"talk.json|messages\[0\]"):
        pen.load_conversation(path)
