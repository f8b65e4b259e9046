"""Each fault of the table, over the blocking client, asyncio and trio, on real sockets."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
import traceback
import tracemalloc
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

import magickpen.aio.driver
import magickpen.sync.driver
from magickpen import AsyncMagickPen, MagickPenError, ResponseError, SiteSecrets
from magickpen.emulator import Emulator
from tests.support.facades import Facade, connections_in_use
from tests.support.faults import ANSWER, FAULTS, GOOD, Fault, document
from tests.support.patched import Patched
from tests.support.raw_server import PATIENCE, PlayServer, wait_until
from tests.support.responses import ANSWER_HEAD, MODULES, bomb, chunk, encoded

OLD = SiteSecrets("W252GY255JVYBS9NAM", "oszn8MTx60pS6Jwx", "hunter2salt")
MEBIBYTE = 2**20


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> Sleeps:
    """Let each pause of a call be over at once, and note its length."""
    noted = Sleeps()
    # The drivers' own names alone: the servers go on to sleep.
    monkeypatch.setattr(magickpen.sync.driver, "time", Patched(time, sleep=noted.sleep))
    monkeypatch.setattr(magickpen.aio.driver, "anyio", Patched(anyio, sleep=noted.sleep_async))
    return noted


class Sleeps:
    """The pauses of calls, by the thread that they were in."""

    def __init__(self) -> None:
        self._noted: list[tuple[int, float]] = []

    def sleep(self, seconds: float) -> None:
        self._noted.append((threading.get_ident(), seconds))

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)
        await anyio.lowlevel.checkpoint()

    def of_this_thread(self) -> list[float]:
        return [seconds for thread, seconds in self._noted if thread == threading.get_ident()]


@contextlib.contextmanager
def play_server() -> Generator[PlayServer]:
    """Serve, beside a server to which a redirect leads and that is not to be asked."""
    with PlayServer(GOOD) as elsewhere, PlayServer(GOOD) as server:
        server.elsewhere = elsewhere.url
        yield server
        assert elsewhere.connections == [], "a redirect was followed"
        assert not server.outlasted, "the client did not give up"


@pytest.fixture
def server() -> Iterator[PlayServer]:
    with play_server() as server:
        yield server


class Rig:
    """A client, and the server that it asks.

    Attributes:
        secrets: the secrets that the site has.
        text: the text that was handed over.
        error: the error that came after it.
    """

    def __init__(self, facade: Facade, service: Emulator, server: PlayServer) -> None:
        self._facade = facade
        self._service = service
        self._server = server
        self.secrets = SiteSecrets(service.secrets.x_api_secret, service.secrets.secret)
        self.text = ""
        self.error: MagickPenError | None = None

    def run(self, fault: Fault) -> None:
        """Ask into the fault and then, with the same pool, once more."""
        with fault.place() if fault.place else contextlib.nullcontext(self._server.url) as url:

            async def scenario(pen: AsyncMagickPen) -> None:
                await self.ask(pen.with_options(api_url=url, **fault.options), fault)
                await self._look_at_connections(fault, pen)
                self._server.next_plays([], GOOD)
                good = await pen.with_options(api_url=self._server.url).ask("And now?")
                assert good.text == ANSWER

            self._facade.run(
                scenario,
                self._service,
                api_url=self._server.url,
                secrets=OLD if fault.old_secrets else self.secrets,
                timeout=20,
            )
        wait_until(lambda: self._server.open_connections == 0)

    async def ask(self, pen: AsyncMagickPen, fault: Fault) -> None:
        """Ask into the fault, and keep what comes of it."""
        plays = itertools.repeat(fault.play, *[] if fault.times is None else [fault.times])
        self._server.next_plays(plays, GOOD)
        stream = pen.stream("What goes wrong?")
        self.text, self.error = "", None
        try:
            async for text in stream:
                self.text += text
                self._server.taken.set()
        except MagickPenError as error:
            self.error = error
        with contextlib.suppress(MagickPenError):
            assert (await stream.reply()).text == self.text
            assert self.error is None
        assert type(self.error) is (fault.error or type(None)), f"{fault}: {self.error!r}"

    async def _look_at_connections(self, fault: Fault, pen: AsyncMagickPen) -> None:
        received = self._server.received
        # Where a call gives up early, the server may not have read the request yet.
        with anyio.fail_after(PATIENCE):
            while len(received) < fault.requests or not self._server.at_rest:
                await anyio.sleep(0.002)
        assert connections_in_use(pen) == 0
        assert len(received) == fault.requests


def check(facade: Facade, service: Emulator, sleeps: Sleeps, fault: Fault) -> None:
    """Play a fault, and compare what comes of it with the table."""
    with play_server() as server:
        rig = Rig(facade, service, server)
        rig.run(fault)
    error = rig.error
    partial: str | None = getattr(error, "partial", None)
    text = rig.text if error is None else partial
    assert text == fault.text or (fault.more and text and text.startswith(fault.text or ""))
    attempts = fault.requests if fault.attempts is None else fault.attempts
    renewals = fault.requests - 1 if fault.site_read else 0
    slept = sleeps.of_this_thread()
    assert len(slept) == attempts - 1 - renewals
    assert all(seconds >= fault.waits for seconds in slept)
    assert bool(service.requests) == fault.site_read
    if error is None:
        return
    assert error.attempts == attempts
    # Of what is too long, the last piece is not handed over.
    assert rig.text == (partial or "") or fault.error is ResponseError
    assert (partial or "").startswith(rig.text)
    assert getattr(error, "sent", None) == fault.sent
    assert getattr(error, "status_code", None) == fault.status
    retry_after: float | None = getattr(error, "retry_after", None)
    assert (retry_after is None) == (fault.retry_after is None)
    if retry_after is not None and fault.retry_after is not None:
        assert fault.retry_after[0] <= retry_after <= fault.retry_after[1]
    assert fault.cause is None or isinstance(error.__cause__, fault.cause)
    told = "\n".join([str(error), repr(error), *traceback.format_exception(error)])
    for secret in {OLD.salt, rig.secrets.salt, *credentials_in(server.received)}:
        assert secret not in told


def credentials_in(requests: list[bytes]) -> set[str]:
    """Return what signed the requests."""
    return {
        line.partition(": ")[2]
        for request in requests
        for line in request.decode().splitlines()
        if line.lower().startswith(("x-api-secret:", "secret:", "signature:"))
    }


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if not fault.slow], ids=str)
def test_a_fault_is_what_the_table_says(
    facade: Facade, service: Emulator, sleeps: Sleeps, fault: Fault
) -> None:
    if fault.needs:
        pytest.importorskip(fault.needs)
    check(facade, service, sleeps, fault)


def test_faults_that_take_their_time_are_what_the_table_says(
    facade: Facade, service: Emulator, sleeps: Sleeps
) -> None:
    # All at once, each in a thread of its own: so the timeouts can be long enough for a machine
    # that is busy.
    def checked(fault: Fault) -> None:
        try:
            check(facade, service, sleeps, fault)
        except BaseException as error:
            error.add_note(f"the fault: {fault}")
            raise

    slow = [fault for fault in FAULTS if fault.slow]
    with ThreadPoolExecutor(len(slow)) as pool:
        assert list(pool.map(checked, slow)) == [None] * len(slow)


def test_one_client_gets_through_all_faults(
    facade: Facade, service: Emulator, server: PlayServer, sleeps: Sleeps
) -> None:
    rig = Rig(facade, service, server)

    async def scenario(pen: AsyncMagickPen) -> None:
        for fault in FAULTS:
            if not (fault.place or fault.slow or fault.needs or fault.old_secrets):
                await rig.ask(pen.with_options(**fault.options), fault)
                wait_until(lambda: server.at_rest and server.open_connections <= 1)

    facade.run(scenario, service, api_url=server.url, secrets=rig.secrets, timeout=10)
    wait_until(lambda: server.open_connections == 0)


@pytest.mark.parametrize("coding", ["gzip", "gzip, gzip", "br", "zstd"])
def test_what_unpacks_to_hundreds_of_megabytes_needs_few(
    facade: Facade, service: Emulator, server: PlayServer, coding: str
) -> None:
    if MODULES[coding]:
        pytest.importorskip(MODULES[coding])
    assert len(bomb(coding)) < MEBIBYTE / 2
    server.next_plays([], encoded(coding, bomb))
    rig = Rig(facade, service, server)

    async def scenario(pen: AsyncMagickPen) -> int:
        tracemalloc.start()
        try:
            with pytest.raises(ResponseError):
                await pen.ask("Hi")
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak = facade.run(
        scenario, service, api_url=server.url, secrets=rig.secrets, max_reply_bytes=MEBIBYTE
    )
    assert peak < 16 * MEBIBYTE


def test_text_that_is_cut_anywhere_arrives_whole(
    facade: Facade, service: Emulator, server: PlayServer
) -> None:
    data = "é€😀".encode()
    splits = itertools.product([False, True], repeat=len(data) - 1)
    server.next_plays([(_split(data, cuts),) for cuts in splits], GOOD)

    async def scenario(pen: AsyncMagickPen) -> set[str]:
        return {(await pen.ask("Hi")).text for _ in range(2 ** (len(data) - 1))}

    texts = facade.run(scenario, service, api_url=server.url, secrets=OLD)
    assert texts == {data.decode()}
    assert len(server.connections) == 1


def _split(data: bytes, cuts: tuple[bool, ...]) -> bytes:
    ends = [index + 1 for index, cut in enumerate(cuts) if cut]
    pieces = [data[a:b] for a, b in itertools.pairwise([0, *ends, len(data)])]
    return ANSWER_HEAD + b"".join(map(chunk, [*pieces, b""]))


def test_the_document_is_what_the_table_says() -> None:
    written = Path(__file__).parents[2].joinpath("docs", "faults.md").read_text("utf-8")
    assert written == document(), "write it anew: python -m tests.support.faults > docs/faults.md"


def test_faults_have_names_of_their_own() -> None:
    names = [str(fault) for fault in FAULTS]
    assert len({*names}) == len(names)
    assert all("|" not in name for name in names)
