"""Streams, in scenarios that run blocking, on asyncio and on trio."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from magickpen import (
    APITimeoutError,
    AsyncMagickPen,
    CallOptions,
    ConfigurationError,
    Reply,
    ResponseError,
    SiteSecrets,
    StreamInterruptedError,
)
from magickpen.emulator import CutStream, Emulator, Status
from tests.support.facades import Facade

TEXT = "né 😀 and 𝄞, ends with 🦆"
SECRETS = SiteSecrets("W252GY255JVYBS9NAM", "oszn8MTx60pS6Jwx")


def test_text_arrives_as_it_is_sent(facade: Facade, service: Emulator) -> None:
    seen = threading.Event()

    def reply(prompt: str) -> Iterator[str]:
        yield "first, no line end"
        assert seen.wait(5), "the first chunk did not arrive before the second was sent"
        yield " second"

    service.reply = reply

    async def scenario(pen: AsyncMagickPen) -> list[str]:
        chunks = []
        async for chunk in pen.stream("Hi"):
            chunks.append(chunk)
            seen.set()
        return chunks

    assert facade.run(scenario, service) == ["first, no line end", " second"]


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_an_answer_cut_anywhere_arrives_whole(facade: Facade, service: Emulator, size: int) -> None:
    data = TEXT.encode()
    service.reply = lambda prompt: [data[i : i + size] for i in range(0, len(data), size)]

    async def scenario(pen: AsyncMagickPen) -> str:
        return "".join([chunk async for chunk in pen.stream("Hi")])

    assert facade.run(scenario, service) == TEXT


@pytest.mark.parametrize("after", [0, 1, 4, 5, 6, 7, 8, 20])
def test_a_broken_answer_keeps_what_had_come(facade: Facade, service: Emulator, after: int) -> None:
    service.reply = TEXT
    service.play(CutStream(after))

    async def scenario(pen: AsyncMagickPen) -> tuple[str, str]:
        stream = pen.stream("Hi")
        with pytest.raises(StreamInterruptedError, match="broke off") as caught:
            async for _ in stream:
                pass
        assert caught.value.__cause__ is not None
        with pytest.raises(StreamInterruptedError):
            await stream.reply()
        return caught.value.partial, stream.text

    partial, text = facade.run(scenario, service)
    assert partial == text == TEXT.encode()[:after].decode(errors="ignore")
    assert len([r for r in service.requests if r.path == "/ask"]) == 1


def test_a_stream_sends_its_request_at_its_first_use(facade: Facade, service: Emulator) -> None:
    async def scenario(pen: AsyncMagickPen) -> None:
        stream = pen.stream("Hi")
        assert stream.text == ""
        assert service.requests == []
        await stream.aclose()

    facade.run(scenario, service)
    assert service.requests == []


def test_the_rest_of_a_stream_can_be_taken_as_a_reply(facade: Facade, service: Emulator) -> None:
    service.reply = "one two three"

    async def scenario(pen: AsyncMagickPen) -> Reply:
        stream = pen.stream("Hi")
        assert await anext(stream) == "one "
        assert stream.text == "one "
        reply = await stream.reply()
        with pytest.raises(ConfigurationError, match=r"is over \(answered\).* asks again"):
            [chunk async for chunk in stream]
        assert await stream.reply() is reply
        return reply

    assert facade.run(scenario, service).text == "one two three"


def test_a_closed_stream_ends_and_keeps_its_text(facade: Facade, service: Emulator) -> None:
    service.reply = "one two three"

    async def scenario(pen: AsyncMagickPen) -> None:
        async with pen.stream("Hi") as stream:
            await anext(stream)
        with pytest.raises(ConfigurationError, match=r"is over \(closed\)"):
            [chunk async for chunk in stream]
        assert stream.text == "one "
        with pytest.raises(StreamInterruptedError, match="was closed") as caught:
            await stream.reply()
        assert caught.value.partial == "one "

    facade.run(scenario, service)


def test_a_closed_stream_gives_its_connection_back(facade: Facade, service: Emulator) -> None:
    limits = httpx.Limits(max_connections=1)
    client = facade.http_client(limits=limits)

    async def scenario(pen: AsyncMagickPen) -> None:
        async with pen.stream("Hi") as stream:
            await anext(stream)
        assert "Hi" in (await pen.ask("Hi", timeout=5)).text
        client.close() if facade.blocking else await client.aclose()

    facade.run(scenario, service, http_client=client)


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ('data: Hel\n\ndata: {"choices":[{"delta":{"content":"lo"}}]}\n\ndata: [DONE]\n\n',
         "text/event-stream", "Hello"),
        ('{"answer": "Hello"}', "application/json", "Hello"),
        ("Hello", "application/octet-stream", "Hello"),
    ],
)  # fmt: skip
def test_other_content_types_are_decoded(
    facade: Facade, service: Emulator, body: str, content_type: str, text: str
) -> None:
    async def scenario(pen: AsyncMagickPen) -> str:
        service.play(Status(200, body, content_type))
        return (await pen.ask("Hi")).text

    assert facade.run(scenario, service) == text


@pytest.mark.parametrize(
    ("body", "content_type", "complaint", "partial"),
    [
        ('{"error": {"message": "quota"}}', "application/json", "quota", ""),
        ("data: Hel\n\nevent: error\ndata: quota\n\n", "text/event-stream", "quota", "Hel"),
        ("", "text/plain", "empty", ""),
        ("\x00", "image/png", "image/png", ""),
        ("x" * 2000, "text/plain", "max_reply_bytes=1000", "x" * 1000),
    ],
)
def test_what_cannot_be_an_answer_is_an_error(
    facade: Facade, service: Emulator, body: str, content_type: str, complaint: str, partial: str
) -> None:
    async def scenario(pen: AsyncMagickPen) -> None:
        service.play(Status(200, body, content_type))
        with pytest.raises(ResponseError, match=complaint) as caught:
            await pen.ask("Hi")
        assert caught.value.partial == partial
        assert caught.value.url == f"{service.url}/ask"

    facade.run(scenario, service, max_reply_bytes=1000)


@pytest.fixture
def asked() -> list[str]:
    """The questions that the emulator has seen."""
    return []


@pytest.fixture
def stalling(service: Emulator, asked: list[str]) -> Iterator[Emulator]:
    """The emulator, answering one chunk and then nothing for ten seconds."""
    done = threading.Event()

    def reply(prompt: str) -> Iterator[str]:
        asked.append(prompt)
        if prompt == "before the answer":
            done.wait(10)
        return chunks()

    def chunks() -> Iterator[str]:
        yield "first"
        done.wait(10)

    service.reply = reply
    yield service
    done.set()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [({"timeout": 0.3}, "nothing came for 0.3 s"), ({"deadline": 0.3}, "the deadline of 0.3 s")],
)
def test_a_stalled_answer_is_interrupted(
    facade: Facade, stalling: Emulator, options: CallOptions, complaint: str
) -> None:
    async def scenario(pen: AsyncMagickPen) -> float:
        await pen.fetch_secrets()
        started = time.monotonic()
        with pytest.raises(StreamInterruptedError, match=complaint) as caught:
            await pen.ask("in its middle", **options)
        assert caught.value.partial == "first"
        assert isinstance(caught.value.__cause__, APITimeoutError)
        return time.monotonic() - started

    assert facade.run(scenario, stalling) < 2


@pytest.mark.parametrize("options", [{"timeout": 0.3}, {"deadline": 0.3}], ids=repr)
def test_an_answer_that_does_not_begin_is_not_asked_for_twice(
    facade: Facade, stalling: Emulator, asked: list[str], options: CallOptions
) -> None:
    async def scenario(pen: AsyncMagickPen) -> float:
        await pen.fetch_secrets()
        started = time.monotonic()
        with pytest.raises(APITimeoutError) as caught:
            await pen.ask("before the answer", **options)
        assert caught.value.attempts == 1
        assert caught.value.sent
        return time.monotonic() - started

    assert facade.run(scenario, stalling) < 2
    assert asked == ["before the answer"]


def test_a_deadline_bounds_an_answer_that_keeps_coming(facade: Facade, service: Emulator) -> None:
    def dribble(prompt: str) -> Iterator[str]:
        for _ in range(100):
            yield "drip "
            time.sleep(0.05)

    service.reply = dribble

    async def scenario(pen: AsyncMagickPen) -> tuple[str, float]:
        await pen.fetch_secrets()
        started = time.monotonic()
        with pytest.raises(StreamInterruptedError, match="deadline") as caught:
            await pen.ask("Hi", deadline=0.5)
        return caught.value.partial, time.monotonic() - started

    partial, elapsed = facade.run(scenario, service)
    assert partial.startswith("drip drip ")
    assert elapsed < 2


def test_an_answer_within_its_deadline_is_whole(facade: Facade, service: Emulator) -> None:
    async def scenario(pen: AsyncMagickPen) -> str:
        return (await pen.ask("Hi", deadline=30)).text

    assert "Hi" in facade.run(scenario, service)


def test_a_stream_tells_how_far_it_is(facade: Facade, service: Emulator) -> None:
    service.reply = "one two"

    async def scenario(pen: AsyncMagickPen) -> None:
        stream = pen.stream("Hi")
        assert repr(stream) == "AsyncStream(not sent)"
        await anext(stream)
        assert repr(stream) == "AsyncStream(answering, 4 characters)"
        await stream.reply()
        assert repr(stream) == "AsyncStream(answered, 7 characters)"

    facade.run(scenario, service)


def test_an_answer_ends_before_a_text_of_stop(facade: Facade, service: Emulator) -> None:
    service.reply = lambda _: ["one E", "N", "Dless END", " two"]

    async def scenario(pen: AsyncMagickPen) -> None:
        async with pen.stream("Hi", stop=["END ", "two"]) as stream:
            assert "".join([chunk async for chunk in stream]) == "one ENDless "
            assert await stream.reply() == "one ENDless "
        assert await pen.ask("Hi", stop="one") == ""
        assert await pen.ask("Hi", stop="two!") == "one ENDless END two"
        assert await pen.with_options(stop="nowhere E").ask("Hi") == "one ENDless END two"
        service.play(CutStream(6))
        with pytest.raises(StreamInterruptedError) as caught:
            await pen.ask("Hi", stop="END.")
        assert caught.value.partial == "one EN"

    facade.run(scenario, service)
