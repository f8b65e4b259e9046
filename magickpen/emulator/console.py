"""What the second tab of the page needs: the last requests, faults to play, a new deployment."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from magickpen.emulator.builds import KINDS, SiteKind
from magickpen.emulator.faults import (
    CutStream,
    Fault,
    HangUp,
    HtmlPage,
    RateLimit,
    Stall,
    Status,
)
from magickpen.emulator.received import Received

SHOWN = 50
"""How many requests are listed."""

FAULTS: dict[str, Fault] = {
    "Rate limit": RateLimit(30),
    "Status 503": Status(503),
    "Challenge": HtmlPage(),
    "Broken answer": CutStream(20),
    "Stalled answer": Stall(20),
    "Closed connection": HangUp(),
}


def console_routes(
    requests: Collection[Received],
    play: Callable[[Iterable[Fault | None], str | None], None],
    rotate: Callable[[SiteKind | None], None],
) -> list[Route]:
    """Return the routes below `/emulator`, which the site itself does not have.

    Args:
        requests: the requests received.
        play: plays faults on the next questions.
        rotate: deploys the site anew.
    """

    async def listed(request: Request) -> Response:  # noqa: ARG001
        shown = [
            {
                "request": f"{received.method} {received.path}",
                "status": received.status,
                "verdicts": received.verdicts,
            }
            for received in list(requests)[-SHOWN:]
        ]
        choices = {"kinds": KINDS, "faults": list(FAULTS)}
        return JSONResponse({"requests": shown, **choices})

    async def play_one(request: Request) -> Response:
        fault = FAULTS.get(request.query_params.get("fault", ""))
        if fault is None or not _is_of_the_page(request):
            return Response(status_code=400)
        play([fault], None)
        return Response(status_code=204)

    async def deploy(request: Request) -> Response:
        site = request.query_params.get("site")
        if site not in KINDS or not _is_of_the_page(request):
            return Response(status_code=400)
        rotate(cast("SiteKind", site))
        return Response(status_code=204)

    return [
        Route("/emulator/requests", listed),
        Route("/emulator/play", play_one, methods=["POST"]),
        Route("/emulator/rotate", deploy, methods=["POST"]),
    ]


def _is_of_the_page(request: Request) -> bool:
    # A page of another site cannot send a header of its own without asking first.
    return "x-emulator" in request.headers
