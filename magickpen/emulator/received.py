"""What the emulator keeps of a request."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Received:
    """A request that the emulator received. The repr omits what may be secret.

    Attributes:
        method: the HTTP method.
        path: the path of the URL.
        status: the status of the answer; 0 if no head was sent.
        client_port: the port of the client, which distinguishes connections.
        headers: the headers, with names in lower case.
        body: its body.
        verdicts: of a question, what is wrong with each of the five headers, or "right".
    """

    method: str
    path: str
    status: int
    client_port: int
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    verdicts: dict[str, str] = field(repr=False, default_factory=dict[str, str])
