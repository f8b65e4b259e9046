"""The stream of an answer, for the blocking client."""

from __future__ import annotations

from typing import Self

from magickpen.base import BaseStream
from magickpen.core.errors import MagickPenError
from magickpen.core.reply import Reply
from magickpen.network.transport import Body
from magickpen.sync.driver import Driver


class Stream(BaseStream[Driver, Body]):
    """The stream of an answer: an iterator of `str`, and a context manager.

    The question is sent at the first use. To give up the rest of an answer, leave the
    `with` block or call `close`.
    """

    def __iter__(self) -> Self:
        self._call.check_readable()
        return self

    def __next__(self) -> str:
        call, text = self._call, ""
        if call.over:
            raise StopIteration
        try:
            body = self._body or self._open()
            while not (text or call.over):
                text = call.feed(b"" if call.complete else next(body, b""))
        except MagickPenError as error:
            call.fail(error)
        except BaseException:
            self.close()
            raise
        if call.over:
            self.close()
        if text:
            return text
        call.reply()
        raise StopIteration

    def _open(self) -> Body:
        self._body = body = self._driver.open(self._call.open())
        return body

    def reply(self) -> Reply:
        """Read the rest of the answer and return it as a whole.

        Raises:
            MagickPenError: the call failed, or the stream was closed before the answer's end.
        """
        while not self._call.over:
            next(self, "")
        return self._call.reply()

    def close(self) -> None:
        """Give up the rest of the answer; `text` keeps what was received."""
        self._call.close()
        if self._body is not None:
            self._body.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
