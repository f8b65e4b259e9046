"""A batch of questions, for the blocking client."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import Self

from magickpen.core.batch import BatchResult, Plan
from magickpen.core.defaults import LONGEST_WAIT
from magickpen.core.messages import Message
from magickpen.sync.driver import Driver
from magickpen.sync.stream import Stream

PATIENCE = 2.0
"""Seconds for which `close` waits for threads; one that waits for an answer's head ends later."""


class Batch:
    """A batch of questions: an iterator of `BatchResult`, and a context manager.

    Threads ask the questions; they are started at the first use.
    """

    def __init__(
        self, driver: Driver, plan: Plan, stream: Callable[[tuple[Message, ...]], Stream]
    ) -> None:
        self._driver = driver
        self._plan = plan
        self._stream = stream
        # The last stream of each thread.
        self._streams: dict[int, Stream] = {}
        self._room = threading.Semaphore(plan.concurrency)
        self._results: queue.SimpleQueue[BatchResult | BaseException | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._working = plan.concurrency
        self._closed = False

    @property
    def pause(self) -> float:
        """Seconds until the next question is asked, or 0.0 if the batch does not wait."""
        return self._plan.pause

    def stop(self) -> None:
        """Ask no more questions. Those under way are still answered."""
        self._plan.stop()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> BatchResult:
        self._start()
        while self._working:
            try:
                result = self._results.get(timeout=LONGEST_WAIT)
            except queue.Empty:
                continue
            if isinstance(result, BatchResult):
                self._room.release()
                return result
            if result is not None:
                raise result
            self._working -= 1
        raise StopIteration

    def _start(self) -> None:
        while len(self._threads) < self._plan.concurrency and not self._closed:
            thread = threading.Thread(target=self._work, name="magickpen batch", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        try:
            while (result := self._next()) is not None:
                self._results.put(result)
        except BaseException as error:
            # What reads the prompts may raise anything.
            self._plan.stop()
            self._results.put(error)
        self._room.release()
        self._results.put(None)

    def _next(self) -> BatchResult | None:
        self._room.acquire()
        question = self._plan.take()
        if question is None:
            return None
        return self._driver.run(self._plan.answer(question, self._open))

    def _open(self, messages: tuple[Message, ...]) -> Stream:
        self._streams[threading.get_ident()] = stream = self._stream(messages)
        return stream

    def close(self) -> None:
        """Give up the questions under way. What had come of them can still be read as results."""
        if self._closed:
            return
        self._closed = True
        self._plan.stop()
        self._room.release(self._plan.concurrency)
        for stream in list(self._streams.values()):
            stream.close()
        patience = time.monotonic() + PATIENCE
        for thread in self._threads:
            thread.join(max(0.0, patience - time.monotonic()))
        # Whoever reads the results does not wait for what is left.
        for _ in range(self._plan.concurrency):
            self._results.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
