"""The MCP server, over standard input and output, with the real client."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest
from mcp import Client, ClientSession, StdioServerParameters, stdio_client

from magickpen import AsyncMagickPen
from magickpen.emulator import CutStream, Emulator, Fault, HtmlPage, RateLimit, Stall
from magickpen.integrations.mcp import create_server
from tests.support.command import Command
from tests.support.facades import connections_in_use

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]

Scenario = Callable[[ClientSession], Awaitable[None]]


def run(scenario: Scenario, service: Emulator) -> None:
    """Run a scenario with a server in this process."""

    async def main() -> None:
        pen = AsyncMagickPen(base_url=service.url, api_url=service.url)
        with anyio.fail_after(60):
            async with Client(create_server(pen)) as client:
                await scenario(client.session)

    anyio.run(main)


def run_as_editors_do(scenario: Scenario, service: Emulator, **variables: str) -> None:
    """Run a scenario with a server in a process of its own."""
    addresses = {"MAGICKPEN_BASE_URL": service.url, "MAGICKPEN_API_URL": service.url}
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "magickpen", "mcp"],
        env={"HOME": os.environ["HOME"], **addresses, **variables},
    )

    async def main() -> None:
        with anyio.fail_after(60):
            async with (
                stdio_client(server) as (receive, send),
                ClientSession(receive, send) as session,
            ):
                await session.initialize()
                await scenario(session)

    anyio.run(main)


async def ask(session: ClientSession, prompt: str, **arguments: Any) -> Any:
    result: Any = await session.call_tool("ask_magickpen", {"prompt": prompt, **arguments})
    return result


def text_of(result: Any) -> str:
    return "".join(part.text for part in result.content)


def test_the_tool_answers_and_goes_on(service: Emulator) -> None:
    service.reply = lambda prompt: f"To {prompt}"

    async def scenario(session: ClientSession) -> None:
        (tool,) = (await session.list_tools()).tools
        assert tool.name == "ask_magickpen"
        assert set(tool.input_schema["properties"]) == {"prompt", "system", "conversation_id"}
        first = await ask(session, "Hello", system="Be brief.")
        assert not first.is_error
        assert json.loads(text_of(first)) == first.structured_content
        assert first.structured_content["text"] == "To System: Be brief.\nUser: Hello\nAssistant:"
        identity = first.structured_content["conversation_id"]
        second = await ask(session, "And?", conversation_id=identity)
        assert second.structured_content["conversation_id"] == identity
        assert second.structured_content["text"].endswith("\nUser: And?\nAssistant:")
        late = await ask(session, "And?", conversation_id=identity, system="Be long.")
        assert "leave system out" in text_of(late)
        other = await ask(session, "Hello")
        assert other.structured_content["text"] == "To Hello"

    run_as_editors_do(scenario, service)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (RateLimit(3600), "429"),
        (HtmlPage(challenge=True), "challenge"),
        (CutStream(7), "What had come of the answer:\none two"),
    ],
)
def test_a_fault_is_an_error_of_the_tool(service: Emulator, fault: Fault, message: str) -> None:
    service.reply = "one two three"
    service.play(fault)

    async def scenario(session: ClientSession) -> None:
        result = await ask(session, "Hello")
        assert result.is_error
        assert message in text_of(result)
        # The server goes on.
        assert not (await ask(session, "Hello")).is_error

    run(scenario, service)


def test_a_network_that_is_gone_is_an_error_of_the_tool(service: Emulator) -> None:
    async def scenario(session: ClientSession) -> None:
        result = await ask(session, "Hello")
        assert result.is_error
        assert "Connection refused" in text_of(result)

    run_as_editors_do(scenario, service, MAGICKPEN_API_URL="http://127.0.0.1:9")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"prompt": " "}, "prompt is empty"),
        ({"prompt": "Hello", "conversation_id": "x"}, "there is no such conversation"),
        ({}, "prompt"),
    ],
)
def test_wrong_input_is_an_error_of_the_tool(
    service: Emulator, arguments: dict[str, Any], message: str
) -> None:
    async def scenario(session: ClientSession) -> None:
        result: Any = await session.call_tool("ask_magickpen", arguments)
        assert result.is_error
        assert message in text_of(result)
        assert service.requests == []

    run(scenario, service)


def test_progress_is_told(service: Emulator) -> None:
    def reply(_prompt: str) -> Any:
        for n in range(8):
            yield f"{n} "
            time.sleep(0.2)

    service.reply = reply
    told: list[str | None] = []

    async def scenario(session: ClientSession) -> None:
        async def note(progress: float, total: float | None, message: str | None) -> None:
            told.append(message)

        await session.call_tool("ask_magickpen", {"prompt": "Hello"}, progress_callback=note)

    run(scenario, service)
    assert 2 <= len(told) <= 4
    assert all(message is not None and message.endswith(" characters") for message in told)


def test_a_question_that_is_cancelled_ends(service: Emulator) -> None:
    service.play(Stall(3))
    pen = AsyncMagickPen(base_url=service.url, api_url=service.url)

    async def main() -> None:
        async with Client(create_server(pen)) as client:
            with anyio.move_on_after(1):
                await client.call_tool("ask_magickpen", {"prompt": "Hello"})
            with anyio.fail_after(5):
                while connections_in_use(pen):
                    await anyio.sleep(0.01)
            result = await client.call_tool("ask_magickpen", {"prompt": "Hello"})
            assert not result.is_error

    anyio.run(main)


def test_without_the_package_it_names_the_extra(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mcp.server.mcpserver", None)
    monkeypatch.delitem(sys.modules, "magickpen.integrations.mcp", raising=False)
    result = command("mcp")
    assert result.status == 1
    assert "pip install 'magickpen[mcp]'" in result.err
