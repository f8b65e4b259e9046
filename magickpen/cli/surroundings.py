"""What the commands find around them: variables, proxies, certificates, and files."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from magickpen.cli.config import VARIABLES
from magickpen.cli.folders import config_file, data_file
from magickpen.cli.options import ClientArguments
from magickpen.core.errors import ConfigurationError
from magickpen.core.settings import without_userinfo
from magickpen.log import VARIABLE as LOG_VARIABLE
from magickpen.network.environment import proxy_for
from magickpen.network.trust import trust_source
from magickpen.secrets_store import CACHE_VARIABLE, FileStore

_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_USED = (
    *VARIABLES.values(),
    CACHE_VARIABLE,
    LOG_VARIABLE,
    *_PROXIES,
    *map(str.upper, _PROXIES),
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "SSLKEYLOGFILE",
    "NO_COLOR",
)


def proxy_of(url: str, client: ClientArguments) -> str:
    """Return the proxy for a URL, with where it is named, or "" for a direct connection.

    Raises:
        ConfigurationError: a variable does not hold the URL of a proxy.
    """
    named = {"--proxy": client.proxy, "MAGICKPEN_PROXY": os.environ.get("MAGICKPEN_PROXY")}
    for name, proxy in named.items():
        if proxy and not client.offline:
            return f"{without_userinfo(proxy)} ({name})"
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = proxy_for(parts.scheme, str(parts.hostname), port)
    return f"{without_userinfo(found[1])} ({found[0]})" if found else ""


def surroundings(site: str, api: str, client: ClientArguments) -> dict[str, str]:
    """Return what the commands find around them, without passwords.

    Args:
        site: the URL of the site.
        api: the URL of the API.
        client: the shared options.
    """
    used = [f"{n}={without_userinfo(os.environ[n])}" for n in _USED if os.environ.get(n)]
    store = None if client.no_cache else FileStore.default()
    files = {"history": data_file("history.db"), "configuration": config_file()}
    return {
        "variables": ", ".join(used) or "none in use",
        "proxy": _proxies(site, api, client),
        "certificates": _certificates(),
        "cache": str(store.path) if isinstance(store, FileStore) else "none",
        **{name: str(path) if path else "none" for name, path in files.items()},
    }


def _proxies(site: str, api: str, client: ClientArguments) -> str:
    try:
        found = [proxy_of(url, client) or "none" for url in (site, api)]
    except ConfigurationError as error:
        return error.message
    return found[0] if found[0] == found[1] else f"{found[0]} for the site, {found[1]} for the API"


def _certificates() -> str:
    try:
        return trust_source()
    except ConfigurationError as error:
        return error.message
