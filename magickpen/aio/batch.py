"""A batch of questions, for the async client."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Self

import anyio
from anyio.abc import TaskGroup

from magickpen.aio.driver import AsyncDriver
from magickpen.aio.stream import AsyncStream
from magickpen.core.batch import BatchResult, Plan
from magickpen.core.errors import ConfigurationError
from magickpen.core.messages import Message


class AsyncBatch:
    """A batch of questions: an async iterator of `BatchResult`, and an async context manager.

    Tasks ask the questions, so it is read inside of its `async with` block.
    """

    def __init__(
        self, driver: AsyncDriver, plan: Plan, stream: Callable[[tuple[Message, ...]], AsyncStream]
    ) -> None:
        self._driver = driver
        self._plan = plan
        self._stream = stream
        self._tasks: TaskGroup | None = None
        self._working = plan.concurrency

    @property
    def pause(self) -> float:
        """Seconds until the next question is asked, or 0.0 if the batch does not wait."""
        return self._plan.pause

    def stop(self) -> None:
        """Ask no more questions. Those under way are still answered."""
        self._plan.stop()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> BatchResult:
        if self._tasks is None:
            raise ConfigurationError("read a batch inside of `async with pen.batch(…) as batch:`")
        while self._working:
            result = await self._results.receive()
            if isinstance(result, BatchResult):
                self._room.release()
                return result
            if result is not None:
                raise result
            self._working -= 1
        raise StopAsyncIteration

    async def _work(self) -> None:
        try:
            while (result := await self._next()) is not None:
                self._put.send_nowait(result)
        except Exception as error:
            # What reads the prompts may raise anything.
            self._plan.stop()
            self._put.send_nowait(error)
        self._room.release()
        self._put.send_nowait(None)

    async def _next(self) -> BatchResult | None:
        await self._room.acquire()
        question = self._plan.take()
        if question is None:
            return None
        return await self._driver.run(self._plan.answer(question, self._stream))

    async def aclose(self) -> None:
        """Give up the questions under way."""
        self._plan.stop()
        if self._tasks is not None:
            self._tasks.cancel_scope.cancel()

    async def __aenter__(self) -> Self:
        # They belong to an event loop.
        self._room = anyio.Semaphore(self._plan.concurrency)
        self._put, self._results = anyio.create_memory_object_stream[
            BatchResult | Exception | None
        ](math.inf)
        self._tasks = await anyio.create_task_group().__aenter__()
        for _ in range(self._plan.concurrency):
            self._tasks.start_soon(self._work)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
        assert self._tasks is not None
        try:
            # Without the exception of the block, which would come out in a group.
            await self._tasks.__aexit__(None, None, None)
        finally:
            self._put.close()
            self._results.close()
