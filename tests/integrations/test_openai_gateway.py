"""The gateway, on a real port, with OpenAI's own clients."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import anyio
import httpx
import openai
import pytest

from magickpen import AsyncMagickPen
from magickpen.emulator import CutStream, Emulator, Fault, HtmlPage, RateLimit, Stall, Status
from magickpen.integrations.openai_gateway import MAX_BODY, create_app
from tests.support.command import Command
from tests.support.facades import connections_in_use
from tests.support.gateway import served
from tests.support.waiting import wait_for

pytestmark = pytest.mark.slow

KEY = "key-of-the-gateway"
HELLO: list[Any] = [{"role": "user", "content": "Hello"}]


@pytest.fixture(scope="module")
def service() -> Iterator[Emulator]:
    with Emulator() as service:
        yield service


@pytest.fixture(autouse=True)
def _reset(service: Emulator) -> None:
    service.reset()
    service.reply = lambda prompt: f"To {prompt}"


@pytest.fixture(scope="module")
def url(service: Emulator) -> Iterator[str]:
    pen = AsyncMagickPen(base_url=service.url, api_url=service.url, max_retries=0)
    with served(create_app(pen, api_key=KEY, cors_origins=["https://page.example"])) as url:
        yield url


@pytest.fixture
def client(url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{url}/v1", api_key=KEY) as client:
        yield client


def asked(service: Emulator) -> int:
    return sum(request.path == "/ask" for request in service.requests)


@pytest.mark.filterwarnings("error")
def test_the_blocking_client_gets_an_answer(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(model="gpt-4o-mini", messages=HELLO)
    assert completion.choices[0].message.content == "To Hello"
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage is not None
    assert completion.usage.total_tokens > 0
    assert completion.id.startswith("chatcmpl-")


@pytest.mark.filterwarnings("error")
def test_the_blocking_client_reads_a_stream(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        model="magickpen",
        messages=[{"role": "system", "content": "Be brief."}, *HELLO],
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    texts = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(texts) == "To System: Be brief.\nUser: Hello\nAssistant:"
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage is not None
    assert chunks[-1].choices == []
    assert {chunk.id for chunk in chunks} == {chunks[0].id}


def test_the_async_client_reads_streams_at_once(url: str) -> None:
    async def main() -> list[str]:
        answers: list[str] = []

        async def ask(client: openai.AsyncOpenAI, n: int) -> None:
            stream = await client.chat.completions.create(
                model="gpt-4o-mini", messages=[{"role": "user", "content": str(n)}], stream=True
            )
            texts = [chunk.choices[0].delta.content or "" async for chunk in stream]
            answers.append("".join(texts))

        async with (
            openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=KEY) as client,
            anyio.create_task_group() as tasks,
        ):
            for n in range(20):
                tasks.start_soon(ask, client, n)
        return answers

    assert sorted(anyio.run(main)) == sorted(f"To {n}" for n in range(20))


@pytest.mark.filterwarnings("error")
def test_the_client_gets_a_response(client: openai.OpenAI) -> None:
    response = client.responses.create(
        model="magickpen", instructions="Be brief.", input="Hello", temperature=0
    )
    assert response.output_text == "To System: Be brief.\nUser: Hello\nAssistant:"
    assert response.status == "completed"
    assert response.usage is not None
    assert response.usage.total_tokens > 0
    again = client.responses.create(
        model="magickpen",
        input=[
            {"role": "user", "content": [{"type": "input_text", "text": "Hello"}]},
            *[cast(Any, item.model_dump()) for item in response.output],
            {"role": "user", "content": "And?"},
        ],
    )
    assert again.output_text.startswith("To User: Hello\nAssistant: To System: Be brief.")


@pytest.mark.filterwarnings("error")
def test_the_client_reads_a_response_as_it_comes(client: openai.OpenAI) -> None:
    with client.responses.stream(model="magickpen", input="Hello") as stream:
        events = list(stream)
        assert stream.get_final_response().output_text == "To Hello"
    assert [event.type for event in events[:4]] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
    ]
    assert "".join(e.delta for e in events if e.type == "response.output_text.delta") == "To Hello"
    assert [event.sequence_number for event in events] == list(range(len(events)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"input": None}, "The parameter 'input' is missing"),
        ({"previous_response_id": "resp_1"}, "MagickPen has no memory"),
        ({"tools": [{"type": "web_search"}]}, "MagickPen has no tools"),
        ({"text": {"format": {"type": "json_schema"}}}, "MagickPen has no structured output"),
        ({"input": [{"type": "reasoning"}]}, 'has no "role"'),
    ],
)
def test_a_response_that_cannot_be_given_is_refused(
    url: str, service: Emulator, arguments: dict[str, Any], message: str
) -> None:
    body = {"model": "magickpen", "input": "Hello", **arguments}
    response = httpx.post(
        f"{url}/v1/responses", json=body, headers={"authorization": f"Bearer {KEY}"}
    )
    assert (response.status_code, asked(service)) == (400, 0)
    assert message in response.json()["error"]["message"]


def test_stop_ends_an_answer(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(
        model="gpt-4o-mini", messages=HELLO, stop=["ell", "x"], temperature=0.5, max_tokens=9
    )
    assert completion.choices[0].message.content == "To H"


def test_the_models_are_listed(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["gpt-4o-mini", "magickpen"]
    assert client.models.retrieve("magickpen").owned_by == "magickpen"
    with pytest.raises(openai.NotFoundError, match="There is no model 'gpt-9'"):
        client.models.retrieve("gpt-9")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"model": "gpt-9"}, "There is no model 'gpt-9'; there is gpt-4o-mini or magickpen"),
        ({"model": None}, "The model must be a string"),
        ({"messages": None}, "The parameter 'messages' is missing"),
        ({"messages": []}, "messages is empty"),
        ({"messages": "Hello"}, ""),
        ({"tools": [{"type": "function", "function": {"name": "x"}}]}, "MagickPen has no tools"),
        ({"tool_choice": "required"}, "MagickPen has no tools"),
        ({"response_format": {"type": "json_object"}}, "MagickPen has no structured output"),
        ({"n": 2}, "MagickPen gives one answer"),
        ({"audio": {"voice": "x", "format": "wav"}}, "MagickPen has no audio"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]},
            "holds more than text ('image_url')",
        ),
        ({"stop": 5}, "stop must be"),
    ],
)
def test_what_cannot_be_done_is_refused(
    url: str, service: Emulator, arguments: dict[str, Any], message: str
) -> None:
    body = {"model": "gpt-4o-mini", "messages": HELLO, **arguments}
    response = httpx.post(
        f"{url}/v1/chat/completions", json=body, headers={"authorization": f"Bearer {KEY}"}
    )
    if not message:
        assert response.status_code == 200
        return
    error = response.json()["error"]
    assert message in error["message"]
    assert error["type"] == "invalid_request_error"
    assert response.status_code == (404 if "no model" in message else 400)
    assert response.headers["x-should-retry"] == "false"
    assert asked(service) == 0


@pytest.mark.parametrize(
    ("fault", "kind", "status"),
    [
        (RateLimit(3600), openai.RateLimitError, 429),
        (RateLimit(), openai.RateLimitError, 429),
        (HtmlPage(), openai.InternalServerError, 502),
        (Status(401), openai.InternalServerError, 502),
        (Status(500), openai.InternalServerError, 502),
    ],
)
@pytest.mark.parametrize("streams", [False, True])
def test_a_refusal_of_the_service_is_a_status_and_costs_one_question(
    client: openai.OpenAI,
    service: Emulator,
    fault: Fault,
    kind: type[openai.APIStatusError],
    status: int,
    streams: bool,
) -> None:
    service.play(fault)
    with pytest.raises(kind) as caught:
        client.chat.completions.create(model="gpt-4o-mini", messages=HELLO, stream=streams)
    assert caught.value.status_code == status
    expected = 2 if fault == Status(401) else 1
    assert asked(service) <= expected
    if fault == RateLimit(3600):
        assert caught.value.response.headers["retry-after"] == "3600"
        assert caught.value.code == "rate_limited"


def test_an_answer_that_breaks_off_is_an_error_event(
    client: openai.OpenAI, service: Emulator
) -> None:
    service.reply = "one two three"
    service.play(CutStream(7))
    got: list[str] = []
    stream = client.chat.completions.create(model="gpt-4o-mini", messages=HELLO, stream=True)
    with pytest.raises(openai.APIError, match="the answer broke off"):
        got.extend(chunk.choices[0].delta.content or "" for chunk in stream)
    assert "".join(got) == "one two"
    service.play(CutStream(7))
    with pytest.raises(openai.InternalServerError, match="the answer broke off"):
        client.chat.completions.create(model="gpt-4o-mini", messages=HELLO)
    service.play(CutStream(7))
    with pytest.raises(openai.APIError, match="the answer broke off"):
        list(client.responses.create(model="gpt-4o-mini", input="Hello", stream=True))


def test_a_network_that_is_gone_may_be_tried_again(service: Emulator) -> None:
    pen = AsyncMagickPen(base_url=service.url, api_url="http://127.0.0.1:9", max_retries=0)
    with served(create_app(pen)) as url:
        response = httpx.post(
            f"{url}/v1/chat/completions", json={"model": "magickpen", "messages": HELLO}
        )
        assert response.status_code == 503
        assert "x-should-retry" not in response.headers


@pytest.mark.parametrize("key", ["wrong", KEY[:-1], "é"])
def test_a_wrong_key_is_refused(url: str, service: Emulator, key: str) -> None:
    for path, method in (("chat/completions", "POST"), ("models", "GET"), ("models/x", "GET")):
        response = httpx.request(
            method, f"{url}/v1/{path}", headers=[(b"authorization", f"Bearer {key}".encode())]
        )
        assert (response.status_code, asked(service)) == (401, 0)
        assert response.json()["error"]["code"] == "invalid_api_key"
    assert httpx.get(f"{url}/healthz").json() == {"status": "ok"}


def test_another_name_of_the_host_is_refused(url: str) -> None:
    response = httpx.get(f"{url}/healthz", headers={"host": "evil.example"})
    assert response.status_code == 400


def test_pages_of_the_allowed_origin_may_use_it(url: str) -> None:
    def allowed(origin: str) -> str | None:
        headers = {"origin": origin, "access-control-request-method": "POST"}
        response = httpx.options(f"{url}/v1/chat/completions", headers=headers)
        value: str | None = response.headers.get("access-control-allow-origin")
        return value

    assert allowed("https://page.example") == "https://page.example"
    assert allowed("https://other.example") is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"[" * 100_000, 400),
        (b"\xff", 400),
        (b" " * (MAX_BODY + 1), 413),
    ],
)
def test_a_body_that_is_no_question_is_refused(url: str, body: bytes, status: int) -> None:
    headers = {"authorization": f"Bearer {KEY}"}
    response = httpx.post(f"{url}/v1/chat/completions", content=body, headers=headers)
    assert response.status_code == status
    assert response.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("streams", [False, True])
def test_a_reader_who_leaves_before_the_answer_ends_the_question(
    service: Emulator, streams: bool
) -> None:
    service.play(Stall())
    pen = AsyncMagickPen(base_url=service.url, api_url=service.url)
    with served(create_app(pen)) as url:
        body = {"model": "magickpen", "messages": HELLO, "stream": streams}
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{url}/v1/chat/completions", json=body, timeout=1)
        assert asked(service) == 1
        wait_for(lambda: not connections_in_use(pen))


def test_a_reader_who_leaves_at_the_head_ends_the_question(service: Emulator) -> None:
    service.play(Stall(3))

    async def main() -> None:
        head = anyio.Event()
        question = json.dumps({"model": "magickpen", "messages": HELLO, "stream": True})
        messages = [{"type": "http.request", "body": question.encode()}]

        async def receive() -> dict[str, Any]:
            if messages:
                return messages.pop()
            await head.wait()
            return {"type": "http.disconnect"}

        async def send(_message: Any) -> None:
            head.set()
            await anyio.sleep_forever()

        path = "/v1/chat/completions"
        scope = {"type": "http", "method": "POST", "path": path, "query_string": b""}
        async with AsyncMagickPen(base_url=service.url, api_url=service.url) as pen:
            app: Any = create_app(pen, allowed_hosts=["*"])
            await app({**scope, "headers": []}, receive, send)
            assert asked(service) == 1
            assert connections_in_use(pen) == 0

    anyio.run(main)


def test_questions_beyond_the_bound_are_told_to_come_again(service: Emulator) -> None:
    service.play(Stall())
    pen = AsyncMagickPen(base_url=service.url, api_url=service.url)
    with served(create_app(pen, concurrency=1)) as url:
        body = {"model": "magickpen", "messages": HELLO}
        with ThreadPoolExecutor() as threads:
            first = threads.submit(httpx.post, f"{url}/v1/chat/completions", json=body, timeout=3)
            wait_for(lambda: asked(service) == 1)
            second = httpx.post(f"{url}/v1/chat/completions", json=body)
            assert second.status_code == 503
            assert second.headers["retry-after"] == "1"
            assert second.json()["error"]["code"] == "busy"
            assert httpx.get(f"{url}/healthz").status_code == 200
            with pytest.raises(httpx.ReadTimeout):
                first.result()
        wait_for(lambda: httpx.post(f"{url}/v1/chat/completions", json=body).status_code == 200)


def test_a_reader_who_leaves_ends_the_question(service: Emulator) -> None:
    service.play(Stall(3))
    pen = AsyncMagickPen(base_url=service.url, api_url=service.url)
    with served(create_app(pen)) as url:
        body = {"model": "magickpen", "messages": HELLO, "stream": True}
        with httpx.stream("POST", f"{url}/v1/chat/completions", json=body) as response:
            pieces = response.iter_text()
            assert next(pieces).startswith("data: ")
            assert connections_in_use(pen) == 1
        wait_for(lambda: not connections_in_use(pen))


def test_two_hundred_streams_at_once_are_whole_or_fail(service: Emulator) -> None:
    service.play(*([None] * 19 + [CutStream(20), None, Status(500)]) * 10)
    service.reply = lambda prompt: f"To {prompt} " + "word " * 50
    pen = AsyncMagickPen(base_url=service.url, api_url=service.url, max_retries=0)
    before = descriptors()
    with (
        served(create_app(pen, concurrency=200)) as url,
        openai.OpenAI(base_url=f"{url}/v1", api_key="any", timeout=60) as client,
    ):

        def ask(n: int) -> str:
            text = ""
            if n == 100:
                service.rotate()
            try:
                stream = client.chat.completions.create(
                    model="magickpen",
                    messages=[{"role": "user", "content": f"<{n}>"}],
                    stream=True,
                )
                for chunk in stream:
                    text += chunk.choices[0].delta.content or ""
            except openai.APIError:
                return "failed"
            return text

        with ThreadPoolExecutor(200) as threads:
            answers = list(threads.map(ask, range(200)))
    wait_for(lambda: descriptors() <= before)
    failed = answers.count("failed")
    assert 5 <= failed <= 30
    whole = [f"To <{n}> " + "word " * 50 for n in range(200)]
    assert all(a in (b, "failed") for a, b in zip(answers, whole, strict=True))


def start(service: Emulator, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "magickpen", "gateway", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "MAGICKPEN_BASE_URL": service.url,
            "MAGICKPEN_API_URL": service.url,
            "PYTHONUNBUFFERED": "1",
        },
    )


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_the_command_serves_and_lets_streams_finish(
    service: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def reply(_prompt: str) -> Iterator[str]:
        yield "one "
        go_on.wait(20)
        yield "two"

    service.reply = reply
    monkeypatch.setenv("MAGICKPEN_GATEWAY_KEY", KEY)
    with start(service, "--access-log") as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:")
        with pytest.raises(openai.AuthenticationError):
            openai.OpenAI(base_url=url, api_key="wrong").models.list()
        client = openai.OpenAI(base_url=url, api_key=KEY, max_retries=9)
        stream = client.chat.completions.create(model="magickpen", messages=HELLO, stream=True)
        assert next(stream).choices[0].delta.role == "assistant"
        assert next(stream).choices[0].delta.content == "one "
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        go_on.set()
        rest = "".join(c.choices[0].delta.content or "" for c in stream)
        assert rest == "two"
        client.close()
        out, err = process.communicate(timeout=20)
    assert "Traceback" not in err
    assert '"POST /v1/chat/completions HTTP/1.1" 200' in out + err


def test_the_command_warns_of_an_open_address(service: Emulator) -> None:
    with start(service, "--host", "0.0.0.0") as process:
        assert process.stderr is not None
        assert "whoever reaches 0.0.0.0 can ask questions" in process.stderr.readline()
        assert "pass --allow-host with the name" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


def test_the_command_says_wrong_usage(command: Command) -> None:
    assert command("gateway", "--port", "70000").status == 2
    assert command("gateway", "--grace", "-1").status == 2
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = command("gateway", "--port", str(taken.getsockname()[1]))
    assert result.status == 1
    assert "cannot be used: " in result.err


@pytest.mark.parametrize("host", ["::1", "localhost"])
def test_the_command_serves_at_other_names_of_this_machine(service: Emulator, host: str) -> None:
    with start(service, "--host", host) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert httpx.get(url.removesuffix("/v1") + "/healthz").status_code == 200
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


def test_events_are_json(client: openai.OpenAI, url: str) -> None:
    body = {"model": "magickpen", "messages": HELLO, "stream": True}
    headers = {"authorization": f"Bearer {KEY}"}
    response = httpx.post(f"{url}/v1/chat/completions", json=body, headers=headers)
    assert response.headers["content-type"].startswith("text/event-stream")
    *events, done, end = response.text.split("\n\n")
    assert (done, end) == ("data: [DONE]", "")
    for event in events:
        assert json.loads(event.removeprefix("data: "))["object"] == "chat.completion.chunk"
