"""The recipes in `examples`, run as they are: real servers, a real kernel, a real worker."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple
from urllib.error import HTTPError

import pytest
import uvicorn
from nbclient import NotebookClient
from starlette.requests import Request
from werkzeug.serving import make_server

from magickpen.emulator import Emulator, RateLimit, Stall, Status
from tests.support.facades import connections_in_use

# These have no types.
nbformat: Any = import_module("nbformat")
celery_worker: Any = import_module("celery.contrib.testing.worker")

pytestmark = pytest.mark.slow

celery_signals: Any = import_module("celery.signals")

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(autouse=True)
def _environment(service: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAGICKPEN_BASE_URL", service.url)
    monkeypatch.setenv("MAGICKPEN_API_URL", service.url)
    service.reply = lambda prompt: f"to {prompt}"


def load(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Import an example, with the variables that are set now."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Celery imports the tasks of an application by name.
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    return module


def get(url: str, **query: str) -> tuple[int, str, Any]:
    """Return the status, the body and the headers of a response."""
    try:
        with urllib.request.urlopen(f"{url}/ask?{urllib.parse.urlencode(query)}") as response:
            return response.status, response.read().decode(), response.headers
    except HTTPError as error:
        with error:
            return error.code, error.read().decode(), error.headers


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@contextmanager
def reader(url: str, method: str = "GET") -> Generator[socket.socket, None, None]:
    """Send a request; the reader leaves at the end of the block."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(f"{method} /ask?prompt=Hi HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        yield connection


def receive(connection: socket.socket, wanted: bytes) -> None:
    """Read until this has come."""
    received = b""
    while wanted not in received:
        data = connection.recv(1000)
        assert data
        received += data


def endless(_prompt: str) -> Iterator[str]:
    while True:
        yield "to " * 1000
        time.sleep(0.01)


@pytest.fixture
def starlette_service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    app = load("starlette_app", monkeypatch).app
    config = uvicorn.Config(app, port=0, log_level="error", ws="none", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_for(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Service(f"http://127.0.0.1:{port}", app.state.pen)
    server.should_exit = True
    thread.join()


@pytest.fixture
def flask_service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    module = load("flask_app", monkeypatch)
    server = make_server("127.0.0.1", 0, module.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Service(f"http://127.0.0.1:{server.port}", module.pen)
    server.shutdown()
    thread.join()
    server.server_close()
    module.pen.close()


class Service(NamedTuple):
    """A web service of an example.

    Attributes:
        url: its URL.
        pen: its client.
    """

    url: str
    pen: Any


@pytest.fixture(params=["starlette_service", "flask_service"])
def web(request: pytest.FixtureRequest) -> Service:
    started: Service = request.getfixturevalue(request.param)
    return started


@pytest.fixture
def url(web: Service) -> str:
    return web.url


def test_a_web_service_streams_answers_to_many_readers(url: str) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = threads.map(lambda n: get(url, prompt=f"question {n}"), range(8))
        assert [answer[:2] for answer in answers] == [(200, f"to question {n}") for n in range(8)]


def test_a_web_service_tells_a_failure_by_its_status(url: str, service: Emulator) -> None:
    too_many = Status(429, headers={"retry-after": "100.4"})
    service.play(RateLimit(3600), too_many, Status(400))
    status, body, headers = get(url, prompt="Hi")
    assert (status, headers["retry-after"], json.loads(body)["code"]) == (
        429,
        "3600",
        "rate_limited",
    )
    # A reader who comes back earlier is refused again.
    status, _, headers = get(url, prompt="Hi")
    assert (status, headers["retry-after"]) == (429, "101")
    status, body, _ = get(url, prompt="Hi")
    assert (status, json.loads(body)["code"]) == (502, "bad_request")
    status, body, _ = get(url)
    assert (status, json.loads(body)["code"]) == (400, "configuration")


def test_a_reader_who_leaves_ends_the_question(web: Service, service: Emulator) -> None:
    service.reply = endless
    with reader(web.url) as connection:
        receive(connection, b"to")
        wait_for(lambda: connections_in_use(web.pen) == 1)
    wait_for(lambda: connections_in_use(web.pen) == 0)


def test_a_reader_of_the_head_alone_ends_the_question(web: Service, service: Emulator) -> None:
    service.reply = endless
    with reader(web.url, "HEAD") as connection:
        receive(connection, b"\r\n\r\n")
    assert [request.path for request in service.requests][-1] == "/ask"
    wait_for(lambda: connections_in_use(web.pen) == 0)


def test_a_reader_who_leaves_before_the_answer_ends_the_question(
    starlette_service: Service, service: Emulator
) -> None:
    service.play(Stall(after=None))
    with reader(starlette_service.url):
        # Before, the client reads the site, which uses connections, too.
        wait_for(lambda: any(request.path == "/ask" for request in service.requests))
        assert connections_in_use(starlette_service.pen) == 1
    wait_for(lambda: connections_in_use(starlette_service.pen) == 0)


def test_a_reader_who_leaves_before_the_response_ends_the_question(
    monkeypatch: pytest.MonkeyPatch, service: Emulator
) -> None:
    # The moment is too short to be met with a socket, so this is the server.
    module = load("starlette_app", monkeypatch)
    service.reply = endless
    left = asyncio.Event()

    async def receive_message() -> dict[str, str]:
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(_message: object) -> None:
        await asyncio.sleep(0)

    async def main() -> None:
        async with module.lifespan(module.app):
            scope: dict[str, Any] = {
                "type": "http",
                "asgi": {"version": "3.0", "spec_version": "2.3"},
                "method": "GET",
                "path": "/ask",
                "query_string": b"prompt=Hi",
                "headers": [],
                "app": module.app,
            }
            response = await module.ask(Request(scope, receive_message))
            pen = module.app.state.pen
            assert connections_in_use(pen) == 1
            left.set()
            await response(scope, receive_message, send)
            assert connections_in_use(pen) == 0

    asyncio.run(main())


def test_a_notebook_awaits_in_its_running_loop(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    notebook = nbformat.v4.new_notebook()
    for cell in re.split(r"^# %%", (EXAMPLES / "notebook.py").read_text(), flags=re.MULTILINE):
        if cell.strip() and not cell.startswith(" [markdown]"):
            notebook.cells.append(nbformat.v4.new_code_cell(cell))
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    shown = "".join(o.get("text") or o["data"]["text/plain"] for o in outputs)
    assert "to Name three rivers." in shown
    assert "to Tell me a story." in shown
    assert "to Name three lakes." in shown


def leave_logging_alone(**_: object) -> None:
    """Take the place of what sets logging up."""


def test_a_worker_runs_tasks_with_an_event_loop_each(monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = load("celery_tasks", monkeypatch)
    # A worker sets the logging of its process up unless somebody else does.
    celery_signals.setup_logging.connect(leave_logging_alone)
    with celery_worker.start_worker(tasks.app, perform_ping_check=False, pool="solo"):
        results = [tasks.ask_all.delay([f"{n}a", f"{n}b"]) for n in range(3)]
        assert [r.get(timeout=20) for r in results] == [[f"to {n}a", f"to {n}b"] for n in range(3)]
        assert tasks.ask.delay("Hi").get(timeout=20) == "to Hi"
    tasks.pen.close()


def test_processes_share_the_secrets_of_a_client(service: Emulator) -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "process_pool.py")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == ""
    lines = [line.rpartition(" (")[0] for line in done.stdout.splitlines()]
    assert lines == ["to Name a river.", "to Name a lake.", "to Name a sea."]
    assert sum(request.path == "/" for request in service.requests) == 1
