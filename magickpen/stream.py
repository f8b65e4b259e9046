"""An answer as it is written, for the blocking client, and what both streams share."""

from __future__ import annotations

from typing import Generic, Self, TypeVar

from magickpen.core.errors import MagickPenError
from magickpen.core.flow import Call
from magickpen.core.reply import Reply
from magickpen.driver import Driver
from magickpen.transports.httpx_transport import Body

DriverT = TypeVar("DriverT")
BodyT = TypeVar("BodyT")


class BaseStream(Generic[DriverT, BodyT]):
    """An answer as it is written, without the I/O."""

    def __init__(self, driver: DriverT, call: Call) -> None:
        self._driver = driver
        self._call = call
        self._body: BodyT | None = None

    @property
    def text(self) -> str:
        """The text that has come so far."""
        return self._call.text


class Stream(BaseStream[Driver, Body]):
    """An answer as it is written: an iterator of `str`, and a context manager.

    The question is sent at the first use. Leave the `with` block, or call `close`, to give an
    answer up before its end.
    """

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        call, text, failure = self._call, "", None
        if call.over:
            raise StopIteration
        try:
            if self._body is None:
                self._body = self._driver.open(call.open())
            while not call.complete and (data := next(self._body, b"")):
                if text := call.feed(data):
                    return text
            text = call.finish()
        except MagickPenError as error:
            failure = call.fail(error)
        except BaseException:
            self.close()
            raise
        self.close()
        if failure is not None:
            raise failure
        if text:
            return text
        raise StopIteration

    def reply(self) -> Reply:
        """Take the rest of the answer and return it whole.

        Raises:
            MagickPenError: the call failed, or the stream was closed before the answer's end.
        """
        for _ in self:
            pass
        return self._call.reply()

    def close(self) -> None:
        """Give up what has not come yet; `text` keeps what has."""
        self._call.give_up()
        if self._body is not None:
            self._body.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
