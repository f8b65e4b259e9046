"""Asks a schedule of questions over one facade, and writes down all that comes of it.

Time and chance follow from the schedule: nobody sleeps, and the same requests are sent to the byte.
"""

from __future__ import annotations

import codecs
import contextlib
import random
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeAlias

import anyio
import anyio.lowlevel
import httpx
import pytest

import magickpen.aio.driver
import magickpen.base
import magickpen.emulator.checks
import magickpen.emulator.site
import magickpen.sync.driver
from magickpen import AsyncMagickPen, MagickPenError, Message, Reply, SiteSecrets
from magickpen.core.runtime import Runtime
from magickpen.core.site_reading import SiteReading
from magickpen.emulator import Emulator, Fault, Received
from tests.support.facades import Facade, connections_in_use
from tests.support.patched import Patched
from tests.support.raw_server import PATIENCE

EPOCH = 1_800_000_000
"""When each schedule begins, in seconds since the epoch."""

SHORT = 10.0
"""Pauses that are shorter take no time.

What is left of a deadline bounds what happens on the sockets, too, in real seconds. So it is the
pauses that the service asks for, multiples of this, that use a deadline up.
"""

OUTDATED = SiteSecrets("W252GY255JVYBS9NAM", "oszn8MTx60pS6Jwx")


class Options(NamedTuple):
    """The settings of a client. They are those of its conversation, too."""

    max_retries: int = 2
    retry_unanswered: bool = False
    max_reply_bytes: int = 2**20


DEFAULTS = Options()


class PageFault(NamedTuple):
    """A fault, and on which page of the site: 0 for the index, 1 and 2 for its bundles."""

    page: int
    fault: Fault


@dataclass(frozen=True, kw_only=True)
class Question:
    """How a question is asked, what is answered, and what goes wrong.

    Attributes:
        prompt: the question.
        history: what was said before it.
        system: the instruction before that.
        talks: whether it is asked in the client's conversation, which holds these two itself.
        endpoint: where it is asked.
        options: the settings of the client that asks it, unless that is the conversation's.
        deadline: its deadline.
        streams: whether its answer is taken in chunks.
        leaves_after: after how many chunks it is left; None for not at all.
        closes: whether it is closed, and not just forgotten.
        answer: the pieces in which the emulator sends its answer.
        faults: what goes wrong where it is sent.
        page_faults: what goes wrong where the site is read.
        rotates_after: after which of its requests the site is deployed anew; 0 for before them.
    """

    prompt: str = "Hi"
    history: tuple[Message, ...] = ()
    system: str | None = None
    talks: bool = False
    endpoint: str = "ask"
    options: Options = DEFAULTS
    deadline: float | None = None
    streams: bool = False
    leaves_after: int | None = None
    closes: bool = True
    answer: tuple[bytes, ...] = (b"Hello",)
    faults: tuple[Fault, ...] = ()
    page_faults: tuple[PageFault, ...] = ()
    rotates_after: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Questions to one client, one after another.

    Attributes:
        questions: the questions.
        options: the settings of the client.
        secrets: what it knows of the site at first: nothing, the truth, or what was true once.
        one_connection: whether it has one connection for all of them.
        system: the instruction before its conversation.
        seed: what chance follows from.
    """

    questions: tuple[Question, ...]
    options: Options = DEFAULTS
    secrets: str = "unknown"
    one_connection: bool = False
    system: str | None = None
    seed: int = 0


@dataclass(frozen=True)
class Request:
    """A request that the emulator received."""

    method: str
    path: str
    status: int
    body: bytes
    headers: dict[str, str]
    reused: bool
    """Whether it came over the connection of the one before."""


@dataclass(frozen=True)
class Sleep:
    """A pause of the client."""

    seconds: float


@dataclass(frozen=True)
class Chunk:
    """A text that was handed over."""

    text: str


@dataclass(frozen=True)
class End:
    """The caller was told that the answer is whole."""


@dataclass(frozen=True)
class Rotation:
    """The site was deployed anew."""


Event: TypeAlias = Request | Sleep | Chunk | End | Rotation


@dataclass
class Outcome:
    """What came of a question.

    Attributes:
        question: the question.
        options: the settings that it was asked with.
        events: what happened, in its order.
        answered: how often the emulator gave the question's answer, whole or in part.
        reply: the reply, unless there was none.
        error: the error that it ended in.
        text: the text of the stream.
        history: the messages of the conversation, at the end.
    """

    question: Question
    options: Options
    events: list[Event] = field(default_factory=list[Event])
    answered: int = 0
    reply: Reply | None = None
    error: MagickPenError | None = None
    text: str = ""
    history: tuple[Message, ...] = ()

    @property
    def requests(self) -> list[Request]:
        return [event for event in self.events if isinstance(event, Request)]

    @property
    def queries(self) -> list[Request]:
        return [request for request in self.requests if request.method == "POST"]

    @property
    def handed_over(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, Chunk))

    def told(self) -> tuple[object, ...]:
        """Return all of it, for comparison with the outcome over another facade."""
        ending = (self.reply, _told(self.error), self.text, self.history)
        return (*self.events, self.answered, *ending)


def _told(error: BaseException | None) -> object:
    """Return what an error tells, without what depends on the real time."""
    if not isinstance(error, MagickPenError):
        return error and (type(error).__name__, str(error))
    attributes = dict(vars(error))
    if isinstance(reading := attributes.get("reading"), SiteReading):
        attributes["reading"] = replace(reading, clock_offset=None)
    if "headers" in attributes:
        attributes["headers"] = {**attributes["headers"], "date": ""}
    return type(error).__name__, str(error), attributes, _told(error.__cause__)


class Answer:
    """The emulator's answer to one question.

    In a stream, what comes behind a text waits until the caller has it, so that the network cannot
    join two chunks.

    Attributes:
        taken: to be released for each chunk that the caller has taken.
    """

    def __init__(self, outcome: Outcome) -> None:
        self._outcome = outcome
        self.taken = threading.Semaphore(0)

    def __call__(self, prompt: str) -> Iterable[bytes]:
        self._outcome.answered += 1
        question = self._outcome.question
        return self._in_step(question.answer) if question.streams else list(question.answer)

    def _in_step(self, pieces: tuple[bytes, ...]) -> Iterator[bytes]:
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        for piece in pieces:
            yield piece
            if decode(piece):
                assert self.taken.acquire(timeout=PATIENCE), "the caller did not take a chunk"


class Stage:
    """The emulator, the clients' clocks and their pauses, as a seed has them.

    Args:
        service: the emulator.
        seed: what chance follows from.
    """

    def __init__(self, service: Emulator, seed: int) -> None:
        self._service = service
        # No public way leads to what the emulator remembers.
        emulator: Any = service
        self._inner = emulator._service
        self._random = random.Random(seed)
        self._elapsed = 0.0
        self._port = 0
        self._outcome: Outcome | None = None

    def set_up(self, patch: pytest.MonkeyPatch) -> None:
        """Take over the clocks and the dice of the client and the emulator."""
        runtime = Runtime(lambda: self._elapsed, self._time, self._random.random)
        patch.setattr(magickpen.base, "RUNTIME", runtime)
        # The drivers' own names alone: the emulator goes on to sleep.
        patch.setattr(magickpen.sync.driver, "time", Patched(time, sleep=self._sleep))
        patch.setattr(magickpen.aio.driver, "anyio", Patched(anyio, sleep=self._sleep_async))
        patch.setattr(magickpen.emulator.checks, "time", Patched(time, time=self._time))
        patch.setattr(magickpen.emulator.site, "_random", random.Random(self._random.random()))
        # The nonces of each time are the same.
        patch.setattr(self._inner, "requests", Requests(self._note))
        self._service.rotate()

    @contextlib.contextmanager
    def plays(self, outcome: Outcome) -> Generator[Answer]:
        """Let go wrong what has to around a question, and note what happens."""
        question, service = outcome.question, self._service
        self._outcome = outcome
        service.reply = answer = Answer(outcome)
        self._rotate_after(0)
        pages = ["/", *self._inner.deployment.bundles]
        for page, fault in question.page_faults:
            service.play(fault, path=pages[page])
        service.play(*question.faults)
        try:
            yield answer
        finally:
            service.reset()

    def _note(self, received: Received) -> None:
        assert self._outcome is not None
        method, path, status = received.method, received.path, received.status
        reused, self._port = received.client_port == self._port, received.client_port
        self._outcome.events.append(
            Request(method, path, status, received.body, received.headers, reused)
        )
        self._rotate_after(len(self._outcome.requests))

    def _rotate_after(self, requests: int) -> None:
        assert self._outcome is not None
        if requests in self._outcome.question.rotates_after:
            self._service.rotate()
            self._outcome.events.append(Rotation())

    def _time(self) -> float:
        return EPOCH + self._elapsed

    def _sleep(self, seconds: float) -> None:
        assert self._outcome is not None
        self._outcome.events.append(Sleep(seconds))
        if seconds >= SHORT:
            self._elapsed += seconds

    async def _sleep_async(self, seconds: float) -> None:
        self._sleep(seconds)
        await anyio.lowlevel.checkpoint()


class Requests(list[Received]):
    """The requests that the emulator received; tells of each before it is answered."""

    def __init__(self, note: Callable[[Received], None]) -> None:
        super().__init__()
        self._note = note

    def append(self, received: Received) -> None:
        self._note(received)


def transcript(schedule: Schedule, facade: Facade, service: Emulator) -> list[Outcome]:
    """Ask the questions, and one more that nothing goes wrong with."""
    stage = Stage(service, schedule.seed)
    with pytest.MonkeyPatch.context() as patch:
        stage.set_up(patch)
        secrets = {
            "unknown": None,
            "known": SiteSecrets(service.secrets.x_api_secret, service.secrets.secret),
            "outdated": OUTDATED,
        }[schedule.secrets]
        limits = httpx.Limits(max_connections=1)
        http_client = (
            facade.http_client(limits=limits, verify=False) if schedule.one_connection else None
        )

        async def scenario(pen: AsyncMagickPen) -> list[Outcome]:
            try:
                outcomes = [outcome async for outcome in _outcomes(schedule, pen, stage)]
                assert connections_in_use(pen) == 0
            finally:
                if http_client is not None:
                    http_client.close() if facade.blocking else await http_client.aclose()
            return outcomes

        options = schedule.options._asdict()
        connection = {"http_client": http_client, "timeout": PATIENCE}
        return facade.run(scenario, service, secrets=secrets, **connection, **options)


async def _outcomes(
    schedule: Schedule, pen: AsyncMagickPen, stage: Stage
) -> AsyncGenerator[Outcome]:
    talk = pen.conversation(system=schedule.system)
    for question in (*schedule.questions, Question(prompt="The last one")):
        options = schedule.options if question.talks else question.options
        outcome = Outcome(question, options)
        asker = talk if question.talks else pen.with_options(**options._asdict())
        with stage.plays(outcome) as answer:
            await _ask(asker, outcome, answer)
        outcome.history = tuple(talk.messages)
        yield outcome


async def _ask(asker: Any, outcome: Outcome, answer: Answer) -> None:
    question = outcome.question
    options = {"endpoint": question.endpoint, "deadline": question.deadline}
    messages: object = question.prompt
    if not question.talks:
        options["system"] = question.system
        if question.history:
            messages = [*question.history, Message("user", question.prompt)]
    try:
        if question.streams:
            await _take(asker.stream(messages, **options), outcome, answer)
        else:
            outcome.reply = reply = await asker.ask(messages, **options)
            outcome.text = reply.text
    except MagickPenError as error:
        outcome.error = error


async def _take(stream: Any, outcome: Outcome, answer: Answer) -> None:
    question = outcome.question
    chunks = 0
    try:
        while chunks != question.leaves_after:
            try:
                chunk = await anext(stream)
            except StopAsyncIteration:
                outcome.events.append(End())
                break
            chunks += 1
            outcome.events.append(Chunk(chunk))
            answer.taken.release()
        else:
            if not question.closes:
                return
            await stream.aclose()
        outcome.reply = await stream.reply()
    finally:
        outcome.text = stream.text
        answer.taken.release(len(question.answer) + 1)
