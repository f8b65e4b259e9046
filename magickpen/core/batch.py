"""Many questions: which one is asked next, when, and what comes of it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias, cast

from magickpen.core.checks import check_type, check_whole_number, kind_of
from magickpen.core.effects import Finish, Flow, Sleep
from magickpen.core.errors import (
    APIConnectionError,
    ConfigurationError,
    MagickPenError,
    RateLimitError,
)
from magickpen.core.messages import Message, Messages, parse_messages
from magickpen.core.reply import Reply
from magickpen.core.runtime import Runtime

logger: logging.Logger = logging.getLogger("magickpen.batch")

RATE_LIMIT_PAUSE = 60.0
"""Seconds to wait after the first rate limit that does not say how long."""

LONGEST_PAUSE = 3600.0
"""Seconds to wait after several of them; each pause is twice as long as the one before."""

OUTAGE_PAUSE = 1.0
LONGEST_OUTAGE_PAUSE = 60.0
"""The same for a network that is gone."""

LONGEST_OUTAGE = 6 * 3600.0
"""Seconds after which a network that is gone is an error."""

SLICE = 1.0
"""Seconds between two looks at the clocks in a pause, which one of them may spend asleep."""

BatchPrompt: TypeAlias = Messages | Mapping[str, object]
"""A prompt, messages, or `{"id": …, "prompt": …}` or `{"id": …, "messages": …}`, which may have a
"system"."""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What came of one question of a batch.

    Attributes:
        index: the place of its prompt, from 0.
        id: the "id" of its prompt, or None.
        reply: the answer, or None.
        error: why there is none, or None.
    """

    index: int
    id: object
    reply: Reply | None = None
    error: MagickPenError | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a batch.

    Attributes:
        index: its place.
        id: its "id", or None.
        messages: its messages, or what is wrong with them.
    """

    index: int
    id: object
    messages: tuple[Message, ...] | ConfigurationError


class Plan:
    """What the workers of a batch share. Threads may use it.

    A rate limit makes all of them wait, and so does a network that is gone after it has worked.

    Args:
        prompts: the prompts, which are taken one by one.
        concurrency: how many questions are asked at a time.
        system: an instruction for the questions that have none.
        wait_for_rate_limit: whether to wait when the service limits the rate.
        runtime: the clocks.

    Attributes:
        concurrency: how many questions are asked at a time.
        stopped: whether no more questions are asked.

    Raises:
        ConfigurationError: an argument is wrong.
    """

    def __init__(
        self,
        prompts: Iterable[BatchPrompt],
        *,
        concurrency: int,
        system: str | None,
        wait_for_rate_limit: bool,
        runtime: Runtime,
    ) -> None:
        if isinstance(prompts, (str, bytes, Mapping)) or not isinstance(prompts, Iterable):
            kind = kind_of(cast(object, prompts))
            raise ConfigurationError(f"prompts must be a list of prompts, not {kind}")
        check_whole_number("concurrency", concurrency, least=1)
        check_type("wait_for_rate_limit", wait_for_rate_limit, bool, "True or False")
        if system is not None:
            check_type("system", system, str, "a string or None")
        self.concurrency: int = concurrency
        self.stopped: bool = False
        self._prompts: Iterator[tuple[int, object]] = enumerate(prompts)
        self._system = system
        self._waits_for_rate_limit = wait_for_rate_limit
        self._runtime = runtime
        self._lock = threading.Lock()
        self._resume = (0.0, 0.0)
        self._pauses = 0
        self._reached = False
        self._gone_since: float | None = None

    @property
    def pause(self) -> float:
        """Seconds until the next question is asked, or 0.0.

        Either clock ends a pause: one stands still while a computer sleeps, the other may be set.
        """
        left = (end - now for end, now in zip(self._resume, self._now(), strict=True))
        return max(0.0, min(left))

    def stop(self) -> None:
        """Ask no more questions."""
        self.stopped = True

    def take(self) -> Question | None:
        """Return the next question, or None if none is left or the batch was stopped."""
        with self._lock:
            taken = None if self.stopped else next(self._prompts, None)
        if taken is None:
            return None
        index, given = taken
        identity = identity_of(given)
        try:
            messages = parse_prompt(f"prompts[{index}]", given, self._system)
        except ConfigurationError as error:
            return Question(index, identity, error)
        return Question(index, identity, messages)

    def answer(
        self, question: Question, stream: Callable[[tuple[Message, ...]], object]
    ) -> Flow[BatchResult | None]:
        """Ask a question, later if it has to wait; return None if the batch was stopped before.

        Args:
            question: the question.
            stream: makes the stream of its answer.
        """
        index, identity, messages = question.index, question.id, question.messages
        if isinstance(messages, ConfigurationError):
            return BatchResult(index, identity, error=messages)
        while True:
            while (left := self.pause) and not self.stopped:
                yield from Sleep(min(left, SLICE))
            if self.stopped:
                return None
            try:
                reply = yield from Finish(stream(messages))
            except MagickPenError as error:
                if not self._postpone(error):
                    return BatchResult(index, identity, error=error)
            else:
                self._reached = True
                self._pauses = 0
                self._gone_since = None
                return BatchResult(index, identity, reply=reply)

    def _postpone(self, error: MagickPenError) -> bool:
        """Make the batch wait because of an error; return False if the error is the result."""
        is_outage = isinstance(error, APIConnectionError) and not error.sent
        with self._lock:
            if not is_outage:
                self._reached, self._gone_since = True, None
            if isinstance(error, RateLimitError) and self._waits_for_rate_limit:
                self._wait(error.retry_after, RATE_LIMIT_PAUSE, LONGEST_PAUSE, error.code)
                return True
            if not (is_outage and self._reached):
                return False
            now = self._now()[0]
            self._gone_since = now if self._gone_since is None else self._gone_since
            if now - self._gone_since > LONGEST_OUTAGE:
                return False
            self._wait(None, OUTAGE_PAUSE, LONGEST_OUTAGE_PAUSE, error.code)
            return True

    def _wait(self, told: float | None, shortest: float, longest: float, reason: str) -> None:
        paused = self.pause
        if paused and told is None:
            # Another question has met the same.
            return
        step = 2.0 ** min(self._pauses, 20)
        if told is None:
            told = min(longest, shortest * step)
        # A service that says 0 seconds, and refuses again, is not asked without a pause.
        told = max(told, min(LONGEST_OUTAGE_PAUSE, OUTAGE_PAUSE * step))
        if told > paused:
            self._pauses += 1
            monotonic, wall = self._now()
            self._resume = (monotonic + told, wall + told)
            logger.info("the batch waits for %.0f s (%s)", told, reason)

    def _now(self) -> tuple[float, float]:
        return self._runtime.monotonic(), self._runtime.time()


def identity_of(given: object) -> object:
    """Return the "id" of a prompt of a batch, or None."""
    return cast("Mapping[str, object]", given).get("id") if isinstance(given, Mapping) else None


def parse_prompt(name: str, given: object, system: str | None) -> tuple[Message, ...]:
    """Return the messages of a prompt of a batch.

    Args:
        name: its name, for errors.
        given: the prompt.
        system: an instruction, unless the prompt has one.

    Raises:
        ConfigurationError: it is no prompt.
    """
    if isinstance(given, Mapping):
        prompt = cast("Mapping[str, object]", given)
        if ("prompt" in prompt) == ("messages" in prompt):
            raise ConfigurationError(f'{name} must have a "prompt" or "messages"')
        if "prompt" in prompt and not isinstance(prompt["prompt"], str):
            kind = kind_of(prompt["prompt"])
            raise ConfigurationError(f'{name}: "prompt" must be a string, not {kind}')
        given = prompt["prompt"] if "prompt" in prompt else prompt["messages"]
        system = cast("str | None", prompt.get("system", system))
    try:
        return parse_messages(cast("Messages", given), system)
    except ConfigurationError as error:
        raise ConfigurationError(f"{name}: {error.message}") from None
