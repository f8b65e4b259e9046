"""Sends requests with an async client of httpx or httpx2, on asyncio or trio."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import anyio

from magickpen.core.effects import Request
from magickpen.transports.httpx_library import (
    AddressCheck,
    BaseBody,
    BaseTransport,
    built_request,
    send_options,
    translated,
)

if TYPE_CHECKING:
    import httpx
    import httpx2

AsyncHttpClient: TypeAlias = "httpx.AsyncClient | httpx2.AsyncClient"


CLOSE_TIMEOUT = 2.0
"""Seconds for which closing a connection may hold a cancelled call up."""


class AsyncHttpxTransport(BaseTransport["httpx.AsyncClient"]):
    """Carries requests over an async client."""

    def __init__(self, client: AsyncHttpClient | None, proxy: str | None) -> None:
        super().__init__("AsyncClient", client, proxy)

    async def open(self, request: Request) -> AsyncBody:
        """Send the request and return the response, whose body is not read yet.

        Raises:
            APIConnectionError: no head came.
        """
        self._check_open()
        try:
            built = built_request(self._client, request, self._library)
            if request.public:
                built.extensions["trace"] = _hook(AddressCheck(request))
            with anyio.fail_after(request.deadline.remaining()):
                response = await self._client.send(built, **send_options(request))
        except TimeoutError as error:
            raise request.deadline.error(request.url) from error
        except (self._library.HTTPError, self._library.InvalidURL) as error:
            raise translated(error, request, self._library) from error
        return AsyncBody(response, request, self._library)

    async def aclose(self) -> None:
        """Close the connections, unless the client is the caller's."""
        if self._owned:
            await self._client.aclose()


def _hook(check: AddressCheck) -> Callable[[str, dict[str, Any]], Awaitable[None]]:
    """Return a trace hook that checks where a connection leads."""

    async def hook(event: str, info: dict[str, Any]) -> None:
        objection = check.objection(event, info)
        if objection is not None:
            await info["return_value"].aclose()
            raise objection

    return hook


class AsyncBody(BaseBody):
    """The body of a response: an async iterator of bytes, as they arrive."""

    def __init__(self, response: httpx.Response, request: Request, library: ModuleType) -> None:
        super().__init__(response, request, library)
        self._chunks = response.aiter_bytes()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        deadline = self._request.deadline
        try:
            if not deadline.bounded:
                return await anext(self._chunks)
            with anyio.fail_after(deadline.remaining()):
                return await anext(self._chunks)
        except TimeoutError as error:
            raise deadline.error(self._request.url) from error
        except self._errors as error:
            raise self._translated(error) from error

    async def read(self, limit: int) -> bytes:
        """Return the body, or its first `limit` bytes, and close it."""
        content = bytearray()
        try:
            async for chunk in self:
                content += chunk
                if len(content) >= limit:
                    break
        finally:
            await self.aclose()
        return bytes(content[:limit])

    async def aclose(self) -> None:
        """Give the connection back, or close it where the body was not read to its end."""
        with (
            anyio.move_on_after(CLOSE_TIMEOUT, shield=True),
            contextlib.suppress(*self._errors),
        ):
            await self._response.aclose()
            # The generators of httpx end with their connection. Left to the garbage collector,
            # each would make trio warn.
            async for _ in self._chunks:
                pass
