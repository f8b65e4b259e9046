"""The options of clients and calls: the settings that callers may change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypedDict

from magickpen.core.defaults import EndpointName
from magickpen.core.discovery_limits import DiscoveryLimits
from magickpen.core.settings import Settings


class CallOptions(TypedDict, total=False):
    """The options of a call. None means the client's setting.

    Attributes:
        model: the name of the model; there is one.
        endpoint: "ask", which takes a conversation as one text, or "chat", which takes it as
            messages.
        timeout: seconds to wait for the next bytes; 60 by default, `math.inf` for no bound. Making
            a connection has a separate limit of 10 seconds.
        deadline: seconds that the whole call may take, including retries and streaming; 600 by
            default, `math.inf` for no bound.
        stop: a text, or a list of them: the answer ends before the first of them that comes.
        turnstile_token: a token of the site's Turnstile widget that you have.
    """

    model: str | None
    endpoint: EndpointName | None
    timeout: float | None
    deadline: float | None
    stop: str | Sequence[str] | None
    turnstile_token: str | None


class ClientOptions(CallOptions, total=False):
    """The options of a client, besides those of a call.

    None means the default in the constructor, and changes nothing in `with_options`.

    Attributes:
        base_url: the URL of the site whose front-end holds the secrets. By default
            `MAGICKPEN_BASE_URL` or https://magickpen.com.
        api_url: the URL of the API. By default `MAGICKPEN_API_URL` or https://api.magickpen.com.
        max_retries: how many times a failed request is retried, if that is safe; 2 by default.
        retry_unanswered: whether to retry a question that may have reached the service, for example
            after a timeout. It may then count twice against your quota.
        headers: headers to send in addition to those of the protocol, or instead of them.
        max_reply_bytes: the longest answer that is accepted, in bytes; 16 MiB by default.
        discovery_limits: the limits of the search for the site's secrets.
    """

    base_url: str | None
    api_url: str | None
    max_retries: int | None
    retry_unanswered: bool | None
    headers: Mapping[str, str] | None
    max_reply_bytes: int | None
    discovery_limits: DiscoveryLimits | None


def check_options(options: Iterable[str], known: Iterable[str]) -> None:
    """Raise `TypeError` for an unknown keyword, as Python does."""
    for name in options:
        if name not in known:
            raise TypeError(f"unknown option {name!r}; {_advice(name, known)}")


_INSTEAD = {
    "api_key": "the service has no keys, and what signs a question is read from its site; leave it"
    " out, or pass secrets=SiteSecrets(...) if you know them",
    "max_tokens": "the service has no such setting",
    "proxies": 'write proxy="http://host:port"',
    "temperature": "the service has no such setting",
    "verify": "pass ssl_context=, or set SSL_CERT_FILE",
}
"""What to write instead of options of other clients."""


def _advice(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415  it is needed for mistakes alone

    close = get_close_matches(name, known, n=1)
    fallback = f"did you mean {close[0]}?" if close else f"the options are {', '.join(known)}"
    return _INSTEAD.get(name, fallback)


def changed(settings: Settings, options: Mapping[str, Any]) -> Settings:
    """Return the settings changed by options; None changes nothing.

    Raises:
        ConfigurationError: an option is of the wrong kind or out of its range.
    """
    given = {name: value for name, value in options.items() if value is not None}
    return replace(settings, **given) if given else settings
