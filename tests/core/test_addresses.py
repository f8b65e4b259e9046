from __future__ import annotations

import pytest

from magickpen.core.addresses import (
    MAX_URL_LENGTH,
    Reach,
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
        ("localhost", Reach.LOOPBACK),
        ("LOCALHOST.", Reach.LOOPBACK),
        ("api.localhost", Reach.LOOPBACK),
        ("127.0.0.1", Reach.LOOPBACK),
        ("127.8.9.1", Reach.LOOPBACK),
        ("127.0.0.1%eth0", Reach.LOOPBACK),
        ("0.0.0.0", Reach.LOOPBACK),
        ("::1", Reach.LOOPBACK),
        ("::ffff:127.0.0.1", Reach.LOOPBACK),
        ("2002:7f00:1::", Reach.LOOPBACK),
        ("169.254.169.254", Reach.LINK_LOCAL),
        ("fe80::1%eth0", Reach.LINK_LOCAL),
        ("10.1.2.3", Reach.PRIVATE),
        ("192.168.0.1", Reach.PRIVATE),
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
        ("0x7f.1", Reach.ODD),
        ("0177.0.0.1", Reach.ODD),
        ("127.1", Reach.ODD),
    ],
)
def test_a_host_tells_from_where_it_can_be_reached(host: str, reach: Reach) -> None:
    assert reach_of(host) is reach


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


def test_an_origin_is_scheme_host_and_port() -> None:
    assert origin_of("https://MagickPen.com:8443/a?b#c") == "https://magickpen.com:8443"
