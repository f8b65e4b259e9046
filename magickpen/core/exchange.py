"""One request and its retries."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from magickpen.core.context import Context
from magickpen.core.effects import Flow, Open, Read, Sleep, logger
from magickpen.core.errors import APIConnectionError, MagickPenError
from magickpen.core.http import Head, Request
from magickpen.core.redaction import Redact
from magickpen.core.refusals import BODY_LIMIT
from magickpen.core.retry import retry_delay

R = TypeVar("R")


def exchange(
    request: Request,
    context: Context,
    *,
    accepts: Callable[[Head], bool],
    refusal: Callable[[Head, bytes, str, float], MagickPenError],
    redact: Redact,
) -> Flow[Head]:
    """Send a request once and return the head of the response, whose body has yet to be read.

    The body of a refusal is read first: it holds a connection that the next request may need.

    Args:
        request: the request.
        context: that of the call.
        accepts: returns whether the response with this head is what was asked for.
        refusal: makes an error from any other response: from its head, the start of its body, its
            URL, and the current time.
        redact: removes from errors what the request contains, since a server may repeat it.

    Raises:
        MagickPenError: no response came, or one that is not accepted.
    """
    try:
        head = yield from Open(request)
        if accepts(head):
            return head
        body = yield from _start_of_body()
        # Before the error is made, because its quotation may be cut inside a private value.
        text = redact(body.decode("utf-8", "surrogateescape"))
        body = text.encode("utf-8", "surrogateescape")
        raise refusal(head, body, request.url, context.runtime.time())
    except MagickPenError as error:
        error.redact(redact)
        raise


def _start_of_body() -> Flow[bytes]:
    try:
        return (yield from Read(BODY_LIMIT))
    except APIConnectionError:
        return b""


class Attempts:
    """The attempts at one request.

    Args:
        repeatable: whether to send the request again even if the service may have answered it.

    Attributes:
        made: the number of attempts so far.
    """

    def __init__(self, *, repeatable: bool) -> None:
        self._repeatable = repeatable
        self._retries = 0
        self.made: int = 0

    def run(self, attempt: Callable[[], Flow[R]], context: Context) -> Flow[R]:
        """Run `attempt` until it succeeds, or fails in a way that is not retried.

        Raises:
            MagickPenError: the last attempt failed.
        """
        while True:
            self.made += 1
            try:
                return (yield from attempt())
            except MagickPenError as error:
                error.attempts = self.made
                delay = retry_delay(
                    error,
                    retries=self._retries,
                    max_retries=context.settings.max_retries,
                    random=context.runtime.random(),
                    repeatable=self._repeatable,
                )
                if delay is None or delay >= context.deadline.remaining():
                    raise
                # Not the error itself, which would keep the frames of its traceback alive.
                reason: object = getattr(error, "status_code", error.code)
            self._retries += 1
            logger.info(
                "no answer (%s): retry %d of %d in %.1f s",
                reason,
                self._retries,
                context.settings.max_retries,
                delay,
            )
            yield from Sleep(delay)
