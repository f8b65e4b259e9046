"""One way to run a scenario over the blocking client, asyncio and trio.

A scenario is a coroutine function that takes an `AsyncMagickPen`. Over the blocking client it gets
one that looks the same and whose methods block.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import anyio
import httpx

from magickpen import AsyncMagickPen, MagickPen
from magickpen.emulator import Emulator

T = TypeVar("T")
Scenario = Callable[[AsyncMagickPen], Awaitable[T]]


@dataclass(frozen=True)
class Facade:
    """A client and what it runs on."""

    name: str
    backend: str
    blocking: bool = False

    def run(self, scenario: Scenario[T], service: Emulator, **options: Any) -> T:
        """Run a scenario with a client of the emulator, and return its result.

        A client of httpx among the options is closed afterwards.
        """

        async def main() -> T:
            try:
                async with self.client(service, **options) as pen:
                    return await scenario(pen)
            finally:
                if http_client := options.get("http_client"):
                    http_client.close() if self.blocking else await http_client.aclose()

        return anyio.run(main, backend=self.backend)

    @contextlib.asynccontextmanager
    async def client(self, service: Emulator, **options: Any) -> AsyncGenerator[AsyncMagickPen]:
        options = {"base_url": service.url, "api_url": service.url} | options
        async with self.made(**options) as pen:
            yield pen

    @contextlib.asynccontextmanager
    async def made(self, **options: Any) -> AsyncGenerator[AsyncMagickPen]:
        """Make a client with these options."""
        if self.blocking:
            with MagickPen(**options) as pen:
                yield cast("AsyncMagickPen", BlockingPen(pen))
        else:
            async with AsyncMagickPen(**options) as apen:
                yield apen

    def http_client(self, **options: Any) -> Any:
        """Make an httpx client of the kind that the facade takes."""
        return (httpx.Client if self.blocking else httpx.AsyncClient)(**options)


FACADES = [
    Facade("blocking", "asyncio", blocking=True),
    Facade("asyncio", "asyncio"),
    Facade("trio", "trio"),
]


def connections_in_use(pen: AsyncMagickPen) -> int:
    """Return how many connections of the default client requests have in their hands."""
    driver: Any = getattr(pen, "_pen", pen)._driver
    return sum(len(transport._registry.in_use) for transport in driver._transports.values())


class BlockingPen:
    """A `MagickPen` with the interface of an `AsyncMagickPen`."""

    def __init__(self, pen: MagickPen) -> None:
        self._pen = pen

    async def ask(self, *args: Any, **options: Any) -> Any:
        return self._pen.ask(*args, **options)

    def stream(self, *args: Any, **options: Any) -> BlockingStream:
        return BlockingStream(self._pen.stream(*args, **options))

    def conversation(self, **options: Any) -> BlockingConversation:
        return BlockingConversation(self._pen.conversation(**options))

    def load_conversation(self, path: Any) -> BlockingConversation:
        return BlockingConversation(self._pen.load_conversation(path))

    def batch(self, *args: Any, **options: Any) -> BlockingBatch:
        return BlockingBatch(self._pen.batch(*args, **options))

    def with_options(self, **options: Any) -> BlockingPen:
        return BlockingPen(self._pen.with_options(**options))

    async def discover(self) -> Any:
        return self._pen.discover()

    async def fetch_secrets(self) -> Any:
        return self._pen.fetch_secrets()

    async def fetch_api_credentials(self) -> Any:
        return self._pen.fetch_api_credentials()

    async def create_async_generator(self, *args: Any, **options: Any) -> AsyncGenerator[str]:
        for chunk in self._pen.create_generator(*args, **options):
            yield chunk

    async def aclose(self) -> None:
        self._pen.close()


class BlockingStream:
    """A `Stream` with the interface of an `AsyncStream`."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    @property
    def text(self) -> str:
        text: str = self._stream.text
        return text

    def __repr__(self) -> str:
        return f"Async{self._stream!r}"

    def __aiter__(self) -> BlockingStream:
        iter(self._stream)
        return self

    async def __anext__(self) -> str:
        try:
            chunk: str = next(self._stream)
        except StopIteration:
            raise StopAsyncIteration from None
        return chunk

    async def reply(self) -> Any:
        return self._stream.reply()

    async def aclose(self) -> None:
        self._stream.close()

    async def __aenter__(self) -> BlockingStream:
        self._stream.__enter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        self._stream.__exit__(*error)


class BlockingBatch:
    """A `Batch` with the interface of an `AsyncBatch`."""

    def __init__(self, batch: Any) -> None:
        self._batch = batch

    @property
    def pause(self) -> float:
        pause: float = self._batch.pause
        return pause

    def stop(self) -> None:
        self._batch.stop()

    def __aiter__(self) -> BlockingBatch:
        return self

    async def __anext__(self) -> Any:
        try:
            return next(self._batch)
        except StopIteration:
            raise StopAsyncIteration from None

    async def __aenter__(self) -> BlockingBatch:
        self._batch.__enter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        self._batch.__exit__(*error)


class BlockingConversation:
    """A `Conversation` with the interface of an `AsyncConversation`."""

    def __init__(self, conversation: Any) -> None:
        self._conversation = conversation

    async def ask(self, *args: Any, **options: Any) -> Any:
        return self._conversation.ask(*args, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._conversation, name)

    def __repr__(self) -> str:
        return f"Async{self._conversation!r}"

    def __copy__(self) -> BlockingConversation:
        return BlockingConversation(copy.copy(self._conversation))

    def stream(self, *args: Any, **options: Any) -> BlockingStream:
        return BlockingStream(self._conversation.stream(*args, **options))
