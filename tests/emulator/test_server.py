from __future__ import annotations

import json
import logging
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import anyio
import httpx
import pytest

from magickpen import (
    APIConnectionError,
    APITimeoutError,
    MagickPen,
    MagickPenError,
    RateLimitError,
    StreamInterruptedError,
)
from magickpen.emulator import (
    CutStream,
    Emulator,
    Fault,
    HangUp,
    HtmlPage,
    RateLimit,
    Stall,
    Status,
)
from magickpen.emulator.service import MAX_BODY


def ask(service: Emulator, prompt: str = "Hi", timeout: float = 10) -> str:
    with MagickPen(
        base_url=service.url, api_url=service.url, max_retries=0, timeout=timeout
    ) as pen:
        return pen.ask(prompt).text


def test_it_serves_for_the_length_of_a_with_block() -> None:
    with Emulator() as service:
        url = service.url
        assert httpx.get(url).status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_it_can_be_started_and_stopped_by_hand() -> None:
    service = Emulator()
    service.stop()
    service.start()
    url = service.url
    service.start()
    assert service.url == url
    assert httpx.get(url).status_code == 200
    service.stop()
    service.stop()


def test_a_port_in_use_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        service = Emulator(port=other.getsockname()[1])
        with pytest.raises(OSError, match="in use"):
            service.start()


def test_two_of_them_have_secrets_of_their_own() -> None:
    with Emulator() as one, Emulator(salt="q7Zk2mWx0B") as two:
        assert one.secrets != two.secrets
        assert "Hi" in ask(two)


def test_the_answer_can_be_a_text(service: Emulator) -> None:
    service.reply = "né 😀"
    assert ask(service) == "né 😀"


def test_the_answer_can_be_a_function_of_the_prompt(service: Emulator) -> None:
    service.reply = str.upper
    assert ask(service, "hello") == "HELLO"
    with MagickPen(base_url=service.url, api_url=service.url, endpoint="chat") as pen:
        talk = pen.conversation(system="Be brief.")
        talk.ask("hello")
        assert talk.ask("you?").text == "YOU?"


def test_the_answer_can_be_pieces(service: Emulator) -> None:
    def pieces(prompt: str) -> Iterator[str | bytes]:
        yield "a"
        yield b"\xc3"
        yield b"\xa9"

    service.reply = pieces
    assert ask(service) == "aé"


def test_the_answer_can_be_awaited(service: Emulator) -> None:
    async def text(prompt: str) -> str:
        await anyio.sleep(0)
        return f"To {prompt}"

    async def pieces(prompt: str) -> AsyncIterator[str | bytes]:
        for piece in ("To ", prompt.encode()):
            await anyio.sleep(0)
            yield piece

    async def made(prompt: str) -> AsyncIterator[str | bytes]:
        await anyio.sleep(0)
        return pieces(prompt)

    service.reply = text
    assert ask(service) == "To Hi"
    service.reply = pieces
    assert ask(service) == "To Hi"
    service.reply = made
    assert ask(service) == "To Hi"


def test_the_pace_of_an_answer_can_be_slow() -> None:
    with (
        Emulator(reply="one two three", chunk_delay=0.05) as service,
        MagickPen(base_url=service.url, api_url=service.url) as pen,
    ):
        reply = pen.ask("Hi")
    assert reply.elapsed - reply.time_to_first_chunk > 0.05


def test_what_was_received_is_kept_without_showing_secrets(service: Emulator) -> None:
    ask(service)
    received = service.requests[-1]
    assert (received.method, received.path, received.status) == ("POST", "/ask", 200)
    assert received.headers["secret"] == service.secrets.secret
    assert b"Hi" in received.body
    assert service.secrets.secret not in repr(service.requests) + repr(service.secrets)
    service.reset()
    assert service.requests == []


def test_faults_are_played_in_their_order_and_once(service: Emulator) -> None:
    service.play(RateLimit(7), Status(500), HtmlPage(), CutStream(4))
    told = []
    for _ in range(4):
        with pytest.raises(MagickPenError) as caught:
            ask(service)
        told.append(type(caught.value).__name__)
    assert told == [
        "RateLimitError",
        "InternalServerError",
        "ChallengeError",
        "StreamInterruptedError",
    ]
    assert "Hi" in ask(service)


def test_a_fault_can_be_bound_to_a_path(service: Emulator) -> None:
    service.play(Status(500), path="/chat/free")
    service.play(CutStream(10), path="/")
    with pytest.raises(MagickPenError, match="connection failed"):
        ask(service)
    assert "Hi" in ask(service)


@pytest.mark.parametrize(
    ("fault", "header"), [(RateLimit(30), "30"), (RateLimit(None), None), (RateLimit("x"), "x")]
)
def test_a_rate_limit_has_the_header_it_is_given(
    service: Emulator, fault: RateLimit, header: str | None
) -> None:
    service.play(fault)
    with pytest.raises(RateLimitError) as caught:
        ask(service)
    assert caught.value.headers.get("retry-after") == header


def test_a_stream_that_is_cut_on_purpose_is_no_error_in_the_log(
    service: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    service.play(CutStream(3))
    with pytest.raises(MagickPenError):
        ask(service)
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []


def test_an_error_of_the_users_function_is_one_in_the_log(
    service: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(prompt: str) -> str:
        raise RuntimeError("my mistake")

    service.reply = broken
    with pytest.raises(MagickPenError, match="500"):
        ask(service)
    # The server logs it once it has answered.
    until = time.monotonic() + 5
    while "my mistake" not in caplog.text and time.monotonic() < until:
        time.sleep(0.01)
    assert "my mistake" in caplog.text


@pytest.mark.parametrize("missing", ["starlette", "uvicorn"])
def test_without_its_extra_it_says_what_to_install(missing: str) -> None:
    script = f"import sys; sys.modules[{missing!r}] = None; import magickpen.emulator"
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert "pip install 'magickpen[emulator]'" in result.stderr


def test_a_connection_can_be_closed_without_an_answer(service: Emulator) -> None:
    service.play(HangUp())
    with pytest.raises(APIConnectionError, match="disconnected without sending a response"):
        ask(service)
    assert service.requests[-1].status == 0
    assert "Hi" in ask(service)


@pytest.mark.parametrize("after", [0, 4, 10_000])
def test_an_answer_can_come_to_a_halt(service: Emulator, after: int) -> None:
    service.reply = "one two"
    service.play(Stall(after))
    with pytest.raises(StreamInterruptedError, match=r"nothing came for 0\.2 s") as caught:
        ask(service, timeout=0.2)
    assert caught.value.partial == "one two"[:after]
    assert ask(service) == "one two"


def test_an_answer_can_come_to_a_halt_before_its_head(service: Emulator) -> None:
    service.play(Stall())
    with pytest.raises(APITimeoutError):
        ask(service, timeout=0.2)
    assert service.requests[-1].status == 0
    assert "Hi" in ask(service)


@pytest.mark.parametrize("fault", [HangUp(), Stall(), Stall(10)], ids=repr)
def test_a_page_can_fail_in_the_same_ways(service: Emulator, fault: Fault) -> None:
    service.play(fault, path="/")
    with pytest.raises(APIConnectionError):
        ask(service, timeout=0.2)


def test_wrong_arguments_are_refused_at_once() -> None:
    service = Emulator()
    with pytest.raises(TypeError, match="faults such as RateLimit"):
        service.play("oops")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="reply must be a text, or a function"):
        service.reply = 5  # type: ignore[assignment]
    with pytest.raises(TypeError, match="reply must be a text, or a function"):
        Emulator(reply=5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"quota": "10"}, TypeError, "quota must be a whole number or None, not str"),
        ({"quota": True}, TypeError, "quota must be a whole number or None, not bool"),
        ({"quota": 0}, ValueError, "quota must be a whole number or None, at least 1, not 0"),
        ({"per": None}, TypeError, "per must be a number of seconds, not NoneType"),
        ({"chunk_delay": -1}, ValueError, "chunk_delay must be a number of seconds, at least 0"),
        ({"chunk_delay": float("nan")}, ValueError, "chunk_delay must be"),
        ({"port": "80"}, TypeError, "port must be a whole number, not str"),
        ({"salt": b"x"}, TypeError, "salt must be a string, not bytes"),
        ({"allowed_hosts": "x"}, TypeError, "allowed_hosts must be a list of names, not str"),
        ({"upstream": 1}, TypeError, "upstream must be a string or None, not int"),
    ],
)
def test_an_argument_of_the_constructor_is_checked(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        Emulator(**arguments)


def test_the_oldest_requests_are_forgotten(
    service: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("magickpen.emulator.service.KEPT", 5)
    with MagickPen(base_url=service.url, api_url=service.url) as pen:
        for n in range(9):
            pen.ask(str(n))
        kept = [json.loads(r.body)["query"] for r in service.requests]
        assert kept == ["4", "5", "6", "7", "8"]
        monkeypatch.setattr("magickpen.emulator.service.KEPT_BYTES", 1000)
        for _ in range(4):
            pen.ask("x" * 300)
        assert len(service.requests) == 2
        pen.ask("x" * 1000)
        assert len(service.requests) == 1


def test_a_body_that_is_too_long_is_refused(service: Emulator) -> None:
    response = httpx.post(f"{service.url}/ask", content=bytes(MAX_BODY + 1))
    assert response.status_code == 413
    assert service.requests[-1].body == b""
    with pytest.raises(MagickPenError, match="413"):
        ask(service, "x" * MAX_BODY)


def test_another_name_of_the_host_is_refused(service: Emulator) -> None:
    hosts = {"evil.test": 400, "localhost:1": 200, "127.0.0.1": 200, "[::1]:1": 200}
    for host, status in {**hosts, "allowed.example": 200}.items():
        assert httpx.get(service.url, headers={"host": host}).status_code == status


@pytest.mark.parametrize("host", ["::1", "localhost", "0.0.0.0"])
def test_it_serves_at_another_address(host: str) -> None:
    with Emulator(host=host) as service:
        assert "Hi" in ask(service)


def test_a_page_of_another_site_can_neither_play_faults_nor_deploy() -> None:
    own = {"X-Emulator": "1"}
    with Emulator() as service:
        before, url = service.secrets, f"{service.url}/emulator"
        assert httpx.post(f"{url}/play?fault=Status%20503").status_code == 400
        assert httpx.post(f"{url}/rotate?site=vite").status_code == 400
        assert "Hi" in ask(service)
        assert service.secrets == before
        assert httpx.post(f"{url}/play?fault=no", headers=own).status_code == 400
        assert httpx.post(f"{url}/rotate?site=no", headers=own).status_code == 400
        assert httpx.post(f"{url}/rotate?site=vite", headers=own).status_code == 204
        assert service.secrets != before
