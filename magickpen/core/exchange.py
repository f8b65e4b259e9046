"""One request and what came of it, and the pause before it is sent again."""

from __future__ import annotations

from collections.abc import Callable

from magickpen.core.deadline import Deadline
from magickpen.core.effects import Flow, Head, Open, Read, Request, Sleep
from magickpen.core.errors import APIConnectionError, MagickPenError
from magickpen.core.refusals import BODY_LIMIT, refusal
from magickpen.core.retry import retry_delay
from magickpen.core.runtime import Runtime


def exchange(
    request: Request, accepts: Callable[[Head], bool], runtime: Runtime
) -> Flow[Head | MagickPenError]:
    """Send a request. Return its head, with the body to be read, or the failure it ended in.

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


def pause(
    failure: MagickPenError,
    *,
    retries: int,
    max_retries: int,
    runtime: Runtime,
    deadline: Deadline,
    idempotent: bool,
) -> Flow[None]:
    """Wait until the request may be sent again, or raise `failure` where it may not be."""
    delay = retry_delay(
        failure,
        retries=retries,
        max_retries=max_retries,
        random=runtime.random(),
        idempotent=idempotent,
    )
    if delay is None or delay >= deadline.remaining():
        raise failure
    yield from Sleep(delay)
