from __future__ import annotations

import pytest

from magickpen.core.errors import ConfigurationError
from magickpen.network.proxy import check_proxy_url, proxy_refusal

URL = "https://api.magickpen.com/ask"


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("http://me:hunter2/x@proxy.example", "write / \\? # @ : as %2F"),
        ("http://me:1?hunter2@proxy.example", "query or a fragment: .*; in a user name .* as %2F"),
        ("http://me:1/hunter2@proxy.example", "not have a path: 'http://proxy.example'; .* %2F"),
        ("gopher://hunter2@proxy.example", "^proxy must be a URL .* https:// or socks5:// or "),
        ("http://proxy.example/path", "not have a path: 'http://proxy.example/path'$"),
        ("http://proxy.example?a=b", "not have a query or a fragment: '.*'$"),
        (f"socks5://me:{'hunter2' * 40}@proxy.example", "more than 255 bytes"),
        (f"socks5h://{'m' * 256}:hunter2@proxy.example", "more than 255 bytes"),
    ],
)
def test_a_wrong_proxy_is_told_without_its_password(url: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint) as caught:
        check_proxy_url("proxy", url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://proxy.example",
        "https://me:a%2Fb@proxy.example:3128",
        f"http://me:{'x' * 256}@proxy.example",
        f"socks5://me:{'%40' * 255}@[::1]:1080",
        "socks5h://proxy.example",
    ],
)
def test_the_url_of_a_proxy_is_taken(url: str) -> None:
    assert check_proxy_url("proxy", f"{url}/") == url


@pytest.mark.parametrize("url", ["socks://127.0.0.1:7891/", "SOCKS://127.0.0.1:7891"])
def test_socks_of_any_version_is_socks5(url: str) -> None:
    assert check_proxy_url("proxy", url) == "socks5://127.0.0.1:7891"


@pytest.mark.parametrize(
    ("reason", "lasting", "credentials"),
    [
        ("407 Who are you", True, True),
        ("401 Unauthorized", True, True),
        ("403 Forbidden", True, False),
        ("429 Too Many Requests", False, False),
        ("502 Bad Gateway", False, False),
        ("Invalid username/password", True, True),
        ("Requested USERNAME/PASSWORD from proxy server, but got GSSAPI.", True, True),
        ("Proxy Server could not connect: Connection not allowed by ruleset.", True, False),
        ("Proxy Server could not connect: Host unreachable.", False, False),
        ("it does not speak SOCKS5", False, False),
    ],
)
def test_what_a_proxy_says_tells_whether_it_lasts(
    reason: str, lasting: bool, credentials: bool
) -> None:
    error = proxy_refusal(reason, " through the proxy proxy.example:3128", URL)
    told = f"no connection through the proxy proxy.example:3128: {reason.rstrip('.')}"
    assert error.message == told
    assert (error.sent, error.lasting) == (False, lasting)
    assert ("password" in error.hint) is credentials
