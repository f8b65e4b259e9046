"""The stream of an answer, for the async client."""

from __future__ import annotations

from typing import Self

from magickpen.aio.driver import AsyncDriver
from magickpen.base import BaseStream
from magickpen.core.errors import MagickPenError
from magickpen.core.reply import Reply
from magickpen.network.async_transport import AsyncBody


class AsyncStream(BaseStream[AsyncDriver, AsyncBody]):
    """The stream of an answer: an async iterator of `str`, and an async context manager.

    The question is sent at the first use. To give up the rest of an answer, leave the
    `async with` block or call `aclose`.
    """

    def __aiter__(self) -> Self:
        self._call.check_readable()
        return self

    async def __anext__(self) -> str:
        call, text = self._call, ""
        if call.over:
            raise StopAsyncIteration
        try:
            body = self._body or await self._open()
            while not (text or call.over):
                text = call.feed(b"" if call.complete else await anext(body, b""))
        except MagickPenError as error:
            call.fail(error)
        except BaseException:
            await self.aclose()
            raise
        if call.over:
            await self.aclose()
        if text:
            return text
        call.reply()
        raise StopAsyncIteration

    async def _open(self) -> AsyncBody:
        self._body = body = await self._driver.open(self._call.open())
        return body

    async def reply(self) -> Reply:
        """Read the rest of the answer and return it as a whole.

        Raises:
            MagickPenError: the call failed, or the stream was closed before the answer's end.
        """
        while not self._call.over:
            await anext(self, "")
        return self._call.reply()

    async def aclose(self) -> None:
        """Give up the rest of the answer; `text` keeps what was received."""
        self._call.close()
        if self._body is not None:
            await self._body.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
