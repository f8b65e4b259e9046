"""The options of clients and calls, by which callers change `Settings`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypedDict

from magickpen.core.discovery_limits import DiscoveryLimits
from magickpen.core.settings import Settings


class CallOptions(TypedDict, total=False):
    """What a call may change of its client's settings; None leaves a setting as it is.

    Attributes:
        model: the name of the model; there is one.
        endpoint: "ask", which takes a conversation as one text, or "chat", which takes it as
            messages.
        timeout: patience for the next bytes, in seconds (60); `math.inf` for no bound. Connecting
            has 10 seconds of its own.
        deadline: seconds that the whole call may take (600), retries and stream included;
            `math.inf` for no bound.
        turnstile_token: a token of the site's Turnstile widget that you have.
    """

    model: str | None
    endpoint: str | None
    timeout: float | None
    deadline: float | None
    turnstile_token: str | None


class ClientOptions(CallOptions, total=False):
    """The settings of a client, beside those that a call may change.

    None stands for the default in the constructor, and changes nothing in `with_options`.

    Attributes:
        base_url: the URL of the site whose front-end holds the secrets. By default
            `MAGICKPEN_BASE_URL` or https://magickpen.com.
        api_url: the URL of the API. By default `MAGICKPEN_API_URL` or https://api.magickpen.com.
        max_retries: how often a failed request is sent again (2), where that is safe.
        retry_unanswered: whether a question is also sent again that may have reached the service,
            such as after a timeout. It may then count twice against your quota.
        headers: headers that are sent beside those of the protocol, or in their place.
        max_reply_bytes: the longest answer that is accepted, in bytes (16 MiB).
        discovery_limits: how far the search for the site's secrets may go.
    """

    base_url: str | None
    api_url: str | None
    max_retries: int | None
    retry_unanswered: bool | None
    headers: Mapping[str, str] | None
    max_reply_bytes: int | None
    discovery_limits: DiscoveryLimits | None


def check_options(options: Iterable[str], known: Iterable[str]) -> None:
    """Raise `TypeError` for a keyword that is not known, as Python itself would."""
    for name in options:
        if name not in known:
            raise TypeError(f"there is no option {name!r}; there are {', '.join(known)}")


def changed(settings: Settings, options: Mapping[str, Any]) -> Settings:
    """Return the settings with these options; None changes nothing.

    Raises:
        ConfigurationError: an option is of the wrong kind or out of its range.
    """
    given = {name: value for name, value in options.items() if value is not None}
    return replace(settings, **given) if given else settings
