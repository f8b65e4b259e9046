"""What the second tab of the page needs: the last requests, faults to play, a new deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

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

if TYPE_CHECKING:
    from magickpen.emulator.service import Service

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


def console_routes(service: Service) -> list[Route]:
    """Return the routes below `/emulator`, which the site itself does not have."""

    async def listed(request: Request) -> Response:  # noqa: ARG001
        requests = [
            {
                "request": f"{received.method} {received.path}",
                "status": received.status,
                "verdicts": received.verdicts,
            }
            for received in list(service.requests)[-SHOWN:]
        ]
        choices = {"kinds": KINDS, "faults": list(FAULTS)}
        return JSONResponse({"requests": requests, **choices})

    async def play(request: Request) -> Response:
        fault = FAULTS.get(request.query_params.get("fault", ""))
        if fault is None or not _is_of_the_page(request):
            return Response(status_code=400)
        service.play([fault], None)
        return Response(status_code=204)

    async def rotate(request: Request) -> Response:
        site = request.query_params.get("site")
        if site not in KINDS or not _is_of_the_page(request):
            return Response(status_code=400)
        service.rotate(cast("SiteKind", site))
        return Response(status_code=204)

    return [
        Route("/emulator/requests", listed),
        Route("/emulator/play", play, methods=["POST"]),
        Route("/emulator/rotate", rotate, methods=["POST"]),
    ]


def _is_of_the_page(request: Request) -> bool:
    # A page of another site cannot send a header of its own without asking first.
    return "x-emulator" in request.headers
