from __future__ import annotations

from ipaddress import ip_address

import pytest

from magickpen.core.addresses import (
    MAX_HOST_LENGTH,
    MAX_URL_LENGTH,
    Reach,
    connection_host,
    objection,
    origin_of,
    reach_of,
    reach_of_address,
)

SITE = "https://magickpen.com"


@pytest.mark.parametrize(
    ("host", "reach"),
    [
        ("magickpen.com", Reach.PUBLIC),
        ("8.8.8.8", Reach.PUBLIC),
        ("2606:4700::6810:84e5", Reach.PUBLIC),
        ("64:ff9b::808:808", Reach.PUBLIC),
        ("localhost", Reach.LOOPBACK),
        ("API.LOCALHOST.", Reach.LOOPBACK),
        ("127.8.9.1", Reach.LOOPBACK),
        ("127.0.0.1%eth0", Reach.LOOPBACK),
        ("0.0.0.0", Reach.LOOPBACK),
        ("::1", Reach.LOOPBACK),
        ("::ffff:127.0.0.1", Reach.LOOPBACK),
        ("2002:7f00:1::", Reach.LOOPBACK),
        ("64:ff9b::7f00:1", Reach.LOOPBACK),
        ("::127.0.0.1", Reach.LOOPBACK),
        ("::", Reach.LOOPBACK),
        ("169.254.169.254", Reach.LINK_LOCAL),
        ("fe80::1%eth0", Reach.LINK_LOCAL),
        ("10.1.2.3", Reach.PRIVATE),
        ("100.64.0.1", Reach.PRIVATE),
        ("fd00::1", Reach.PRIVATE),
        ("224.0.0.1", Reach.PRIVATE),
        ("intranet", Reach.PRIVATE),
        ("db.internal", Reach.PRIVATE),
        ("printer.local", Reach.PRIVATE),
        ("nas.lan", Reach.PRIVATE),
        ("router.home.arpa", Reach.PRIVATE),
        ("api.test", Reach.PRIVATE),
        ("localhost.localdomain", Reach.PRIVATE),
        ("", Reach.PRIVATE),
        ("2130706433", Reach.ODD),
        ("0X7f.0x1", Reach.ODD),
        ("0177.0.0.1", Reach.ODD),
    ],
)
def test_a_host_tells_from_where_it_can_be_reached(host: str, reach: Reach) -> None:
    assert reach_of(host) is reach


@pytest.mark.parametrize(
    ("host", "connected"),
    [
        ("magickpen.com.", "magickpen.com."),
        ("My_CDN-1.example", "my_cdn-1.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("b%C3%BCcher.example", "xn--bcher-kva.example"),
        ("%6Cocalhost", "localhost"),
        ("１２７。0.0.1", "127.0.0.1"),
        ("127․0․0․1", "127.0.0.1"),
        ("0:0:0:0::1", "::1"),
        ("::FFFF:127.0.0.1", ip_address("::ffff:127.0.0.1").compressed),
        ("fe80::1%25eth0", ""),
        ("fe80::1%eth0", ""),
        ("%3a%3a1", ""),
        ("::g", ""),
        ("faß.example", ""),
        ("a\u200db.example", ""),
        ("a..example", ""),
        ("a b.example", ""),
        ("％31.example", ""),
        ("\ufffd.example", ""),
        ("a" * 64 + ".example", ""),
        ("a." * (MAX_HOST_LENGTH // 2), "a." * (MAX_HOST_LENGTH // 2)),
        ("a." * (MAX_HOST_LENGTH // 2) + "a", ""),
        ("", ""),
    ],
)
def test_a_host_is_connected_to_in_this_form(host: str, connected: str) -> None:
    assert connection_host(host) == connected
    assert connection_host(connected) == connected


def test_an_address_has_to_be_one() -> None:
    with pytest.raises(ValueError, match="magickpen"):
        reach_of_address("magickpen.com")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://cdn.example/x.js", ""),
        ("http://8.8.8.8:8080/x.js", ""),
        ("http://169.254.169.254/latest/meta-data", "link-local"),
        ("http://127.0.0.1:8000/", "this machine"),
        ("http://[::1]/", "this machine"),
        ("http://10.0.0.1/", "private network"),
        ("http://2130706433/", "odd spelling"),
        ("file:///etc/passwd", "only http and https"),
        ("ftp://host.example/x.js", "only http and https"),
        ("https:///x.js", "does not name a host"),
        ("https://host.example:0/x.js", "does not name a host"),
        ("https://user:password@host.example/x.js", "does not name a host"),
        ("https://bücher.example/x.js", "does not name a host"),
        ("https://%6Cocalhost/x.js", "does not name a host"),
        ("https://[fe80::1%25eth0]/x.js", "does not name a host"),
        ("https://[::1/x.js", "no URL"),
        ("https://host.example:99999/x.js", "no URL"),
        ("https://host.example/\ud800.js", "no URL"),
        ("https://host.example/\x00.js", "no URL"),
        ("https://host.example/" + "x" * 9000, "no URL"),
    ],
)
def test_a_public_site_leads_to_public_places_alone(url: str, reason: str) -> None:
    found = objection(url, SITE)
    assert reason in found
    assert bool(found) == bool(reason)


def test_a_url_has_so_many_characters_at_the_most() -> None:
    url = SITE + "/"
    longest = url + "x" * (MAX_URL_LENGTH - len(url))
    assert objection(longest, SITE) == ""
    assert objection(longest + "x", SITE) == "it is no URL"


def test_of_a_long_scheme_the_beginning_is_told() -> None:
    reason = objection(f"{'abcde' * 9}://host.example", SITE)
    assert reason == f"only http and https are read, not {'abcde' * 4}"


def test_a_site_leads_to_its_like() -> None:
    assert objection("http://127.0.0.2:8000/", "http://localhost:9000") == ""
    assert objection("http://192.168.1.2/", "http://10.0.0.1") == ""
    assert "this machine" in objection("http://127.0.0.1/", "http://10.0.0.1")
    assert "link-local" in objection("http://169.254.169.254/", "http://127.0.0.1")


def test_private_addresses_can_be_allowed_but_no_other_schemes() -> None:
    assert objection("http://127.0.0.1/", SITE, allow_private=True) == ""
    assert "only http" in objection("file:///etc/passwd", SITE, allow_private=True)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://MagickPen.com:8443/a?b#c", "https://magickpen.com:8443"),
        ("https://magickpen.com/", "https://magickpen.com:443"),
        ("HTTP://magickpen.com", "http://magickpen.com:80"),
        ("http://[0::0:1]/", "http://::1:80"),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, origin: str) -> None:
    assert origin_of(url) == origin
