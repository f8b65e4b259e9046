"""One request and what came of it, and the pauses before it is sent again."""

from __future__ import annotations

from collections.abc import Callable

from magickpen.core.deadline import Deadline
from magickpen.core.effects import Flow, Open, Read, Sleep
from magickpen.core.errors import APIConnectionError, MagickPenError
from magickpen.core.http import Head, Request
from magickpen.core.refusals import BODY_LIMIT
from magickpen.core.retry import retry_delay
from magickpen.core.runtime import Runtime


def exchange(
    request: Request,
    accepts: Callable[[Head], bool],
    refusal: Callable[[Head, bytes, str, float], MagickPenError],
    runtime: Runtime,
) -> Flow[Head | MagickPenError]:
    """Send a request. Return its head, with the body to be read, or the failure it ended in.

    Args:
        request: what is sent.
        accepts: tells by a head whether this is what was asked for.
        refusal: makes an error from what is not: from its head, the start of its body, its URL and
            the time.
        runtime: where the time comes from.

    The body of a refusal is read before the flow goes on: it holds a connection that the next
    request may need.
    """
    try:
        head = yield from Open(request)
    except APIConnectionError as failure:
        return failure
    if accepts(head):
        return head
    try:
        body = yield from Read(BODY_LIMIT)
    except APIConnectionError:
        body = b""
    return refusal(head, body, request.url, runtime.time())


class Retries:
    """Waits between the attempts at one request, as long as there may be another.

    Args:
        max_retries: how many retries there may be.
        repeatable: whether the request may be sent twice, as one for a page may.
        runtime: where the jitter comes from.
        deadline: when the call has to be over.
    """

    def __init__(
        self, max_retries: int, *, repeatable: bool, runtime: Runtime, deadline: Deadline
    ) -> None:
        self._max_retries = max_retries
        self._repeatable = repeatable
        self._runtime = runtime
        self._deadline = deadline
        self._count = 0

    def pause(self, failure: MagickPenError) -> Flow[None]:
        """Wait until the request may be sent again, or raise `failure` where it may not be."""
        delay = retry_delay(
            failure,
            retries=self._count,
            max_retries=self._max_retries,
            random=self._runtime.random(),
            repeatable=self._repeatable,
        )
        if delay is None or delay >= self._deadline.remaining():
            raise failure
        self._count += 1
        yield from Sleep(delay)
