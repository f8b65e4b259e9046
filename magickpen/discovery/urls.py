"""Links to URLs, as the URL Standard of the WHATWG does it for http and https.

A host stands in a URL in the form in which it is connected to, so that what is checked is what is
asked for; a URL is in ASCII, and has no fragment.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from magickpen.core.addresses import MAX_URL_LENGTH, connection_host

_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
_AUTHORITY = re.compile(r"(?:([^/?]*)@)?(\[[^\]/?]*\]|[^:/?@]*)(?::([0-9]*))?(?=[/?]|$)")
_PORTS = {"http": "80", "https": "443"}
_REMOVED = str.maketrans("", "", "\t\n\r")
_ENDS = "".join(map(chr, range(0x21)))
_KEPT = "".join(map(chr, range(0x21, 0x7F))).translate(str.maketrans("", "", '"<>`'))


def joined(base: str, link: str) -> str:
    """Return the URL that a link stands for; "" if it cannot be one.

    A URL of another scheme is returned as it stands.

    Args:
        base: the http or https URL that the link is relative to.
        link: the link, as a page or a script has it.
    """
    if len(link) > MAX_URL_LENGTH:
        # It would be too long for an address, and many of them for the memory.
        return ""
    # Scripts may hold one half of a character, or both halves by themselves.
    link = link.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    link = link.strip(_ENDS).translate(_REMOVED).partition("#")[0]
    origin = urlsplit(base)
    scheme = origin.scheme
    named = _SCHEME.match(link)
    if named is not None:
        scheme, link = named[1].lower(), link[named.end() :]
        if scheme not in _PORTS:
            return f"{scheme}:{link}"
    path, mark, query = link.partition("?")
    path = path.replace("\\", "/")
    authority = origin.netloc
    if scheme != origin.scheme or path.startswith("//"):
        authority, path = _split(scheme, path.lstrip("/"))
    elif not path:
        path = origin.path
        query = query if mark else origin.query
    elif path[0] != "/":
        path = origin.path.rpartition("/")[0] + "/" + path
    url = f"{scheme}://{authority}{_without_dots(path)}{'?' * bool(mark or query)}{query}"
    url = quote(url, safe=_KEPT)
    return url if authority and len(url) <= MAX_URL_LENGTH else ""


def _split(scheme: str, text: str) -> tuple[str, str]:
    """Return the user, host and port of a URL, "" if there is no host in it, and its path."""
    found = _AUTHORITY.match(text)
    if found is None:
        return "", ""
    user, host, port = found.groups()
    host = connection_host(host.strip("[]") if ":" in host else host)
    if not host or len(port or "") > 5:
        return "", ""
    host = f"[{host}]" if ":" in host else host
    port = "" if not port or port == _PORTS[scheme] else f":{int(port)}"
    return f"{user}@{host}{port}" if user is not None else host + port, text[found.end() :]


def _without_dots(path: str) -> str:
    """Return an absolute path without its `.` and `..`."""
    if "/." not in path and "%2e" not in path.lower():
        return path or "/"
    found: list[str] = []
    segments = path.split("/")[1:]
    for number, segment in enumerate(segments, 1):
        dots = segment.lower().replace("%2e", ".")
        if dots == "..":
            del found[-1:]
        if dots not in (".", ".."):
            found.append(segment)
        elif number == len(segments):
            found.append("")
    return "/" + "/".join(found)
