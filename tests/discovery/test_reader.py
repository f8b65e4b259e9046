from __future__ import annotations

from typing import Any

import pytest

from magickpen.core.discovery import Cache, Document
from magickpen.core.discovery_limits import DiscoveryLimits
from magickpen.core.effects import Flow, Open, Read, Sleep
from magickpen.core.errors import (
    APIConnectionError,
    APITimeoutError,
    ChallengeError,
    InternalServerError,
    MagickPenError,
    ResponseError,
)
from magickpen.core.settings import Settings
from magickpen.discovery.reader import SiteReader
from tests.support.fakes import SITE, PaperSite, context, head, no_deadline, opened, result_of


def reader(
    cache: Cache | None = None,
    base_url: str = SITE,
    headers: dict[str, str] | None = None,
    **limits: Any,
) -> SiteReader:
    settings = Settings(
        base_url=base_url,
        headers=headers or {"authorization": "mine"},
        discovery_limits=DiscoveryLimits(**limits),
    )
    return SiteReader(context(settings), {} if cache is None else cache)


def reading(url: str = f"{SITE}/") -> Flow[Document]:
    return reader().read(url)


def test_a_redirect_is_followed() -> None:
    paper = PaperSite(
        {
            "/": (head(301, location="https://www.magickpen.com/en/"), b""),
            "https://www.magickpen.com/en/": (head(302, location="x"), b""),
            "https://www.magickpen.com/en/x": "there",
        }
    )
    document = paper.drive(reading())
    assert (document.url, document.text) == ("https://www.magickpen.com/en/x", "there")


@pytest.mark.parametrize("status", [303, 307, 308])
def test_each_redirect_is_followed(status: int) -> None:
    paper = PaperSite({"/": (head(status, location="/x"), b""), "/x": "there"})
    assert paper.drive(reading()).text == "there"


@pytest.mark.parametrize("status", [300, 304, 305])
def test_what_is_no_redirect_is_not_followed(status: int) -> None:
    paper = PaperSite({"/": (head(status, location="/x"), b""), "/x": "there"})
    with pytest.raises(MagickPenError, match=str(status)):
        paper.drive(reading())


@pytest.mark.parametrize(
    "location",
    [{}, {"location": ""}, {"location": f"{SITE}/"}, {"location": "https://[::1"}],
    ids=["none", "empty", "itself", "no-url"],
)
def test_a_redirect_to_nowhere_is_an_error(location: dict[str, str]) -> None:
    paper = PaperSite({"/": (head(302, **location), b"")})
    with pytest.raises(MagickPenError, match="302 Found"):
        paper.drive(reading())
    assert paper.asked_for == ["/"]


def test_redirects_come_to_an_end() -> None:
    pages = {f"/{n}": (head(302, location=f"/{n + 1}"), b"") for n in range(9)}
    paper = PaperSite(pages)
    with pytest.raises(MagickPenError, match="302 Found"):
        paper.drive(reader(max_redirects=3).read(f"{SITE}/0"))
    assert paper.asked_for == ["/0", "/1", "/2", "/3"]


def test_a_page_that_failed_is_read_again() -> None:
    flow = reading()
    next(flow)
    assert isinstance(flow.throw(APITimeoutError("nothing came")), Sleep)
    assert opened(flow.send(None)).url == f"{SITE}/"
    flow.send(head(503))
    assert isinstance(flow.send(b"busy"), Sleep)
    flow.send(None)
    flow.send(head(503))
    with pytest.raises(InternalServerError) as caught:
        flow.send(b"busy")
    assert caught.value.attempts == 3


def test_attempts_are_counted_anew_after_a_redirect() -> None:
    paper = PaperSite({"/": (head(301, location="/en"), b""), "/en": (head(503), b"busy")})
    with pytest.raises(InternalServerError) as caught:
        paper.drive(reading())
    assert paper.asked_for == ["/", "/en", "/en", "/en"]
    assert caught.value.attempts == 3
    assert caught.value.url == f"{SITE}/en"


def test_a_page_that_broke_off_is_read_again() -> None:
    flow = reading()
    next(flow)
    assert isinstance(flow.send(head()), Read)
    assert isinstance(flow.throw(APIConnectionError("broken")), Sleep)
    assert isinstance(flow.send(None), Open)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"\xff\xfea", "\ufffd\ufffda"),
        (b"\xef\xbb\xbfa\xef\xbb\xbf", "a\ufeff"),
        (b"a" * 65_535 + "ü".encode() + b"\xc3", "a" * 65_535 + "ü\ufffd"),
        (b"", ""),
    ],
)
def test_a_body_is_decoded(body: bytes, text: str) -> None:
    assert Document(SITE, head(), body).text == text


def test_nothing_of_the_users_goes_to_another_origin() -> None:
    cdn = "https://cdn.example/x.js"
    paper = PaperSite({"/": "1", cdn: "1"})
    for url in (f"{SITE}/", cdn):
        paper.drive(reading(url))
    own, other = paper.requests
    assert own.headers["authorization"] == "mine"
    assert not own.cross_origin
    assert "authorization" not in other.headers
    assert other.cross_origin
    assert other.public_only


@pytest.mark.parametrize(
    ("base_url", "limits"),
    [("http://127.0.0.1:8000", {}), (SITE, {"allow_private": True})],
    ids=["private-site", "allowed"],
)
def test_only_a_public_site_is_held_to_public_addresses(
    base_url: str, limits: dict[str, Any]
) -> None:
    paper = PaperSite({"https://cdn.example/x.js": "1"})
    paper.drive(reader(base_url=base_url, **limits).read("https://cdn.example/x.js"))
    assert paper.requests[0].cross_origin
    assert not paper.requests[0].public_only


@pytest.mark.parametrize(
    ("url", "base_url", "limits"),
    [
        ("http://127.0.0.1:9000/x.js", "http://127.0.0.1:8000", {}),
        ("http://10.0.0.1/x.js", SITE, {"allow_private": True}),
    ],
    ids=["private-site", "allowed"],
)
def test_a_private_address_is_read_where_a_site_may_lead_there(
    url: str, base_url: str, limits: dict[str, Any]
) -> None:
    assert PaperSite({url: "1"}).drive(reader(base_url=base_url, **limits).read(url)).text == "1"


def test_what_a_site_may_not_lead_to_is_told_in_short() -> None:
    url = "http://10.0.0.1/" + "x" * 300
    paper = PaperSite({})
    with pytest.raises(ResponseError) as caught:
        paper.drive(reading(url))
    assert caught.value.message == (
        f"the site leads to {url[:200]}: it is an address of a private network, "
        "to which a public site may not lead"
    )
    assert caught.value.url == SITE
    assert paper.requests == []


def test_a_request_ends_with_the_reading_and_waits_as_the_user_says() -> None:
    deadline = no_deadline()
    site = SiteReader(context(Settings(timeout=5), deadline=deadline), {})
    request = opened(next(site.read(f"{SITE}/")))
    assert request.deadline is deadline
    assert request.timeout == 5


VALIDATORS = [
    ({"etag": '"x"'}, {"if-none-match": '"x"'}),
    (
        {"last_modified": "Thu, 03 Oct 2024 00:00:00 GMT"},
        {"if-modified-since": "Thu, 03 Oct 2024 00:00:00 GMT"},
    ),
]


@pytest.mark.parametrize(("given", "asked"), VALIDATORS, ids=["etag", "last-modified"])
def test_what_has_not_changed_is_not_sent_again(
    given: dict[str, str], asked: dict[str, str]
) -> None:
    cache: Cache = {}
    url = f"{SITE}/a.js"
    paper = PaperSite({"/a.js": (head(200, "text/javascript", **given), b"first")})
    assert paper.drive(reader(cache).read(url)).text == "first"
    for _ in range(2):
        paper.put("/a.js", (head(304), b""))
        assert paper.drive(reader(cache).read(url)).text == "first"
        assert asked.items() <= paper.requests[-1].headers.items()
    paper.put("/a.js", (head(200, "text/javascript", etag='"y"'), b"second"))
    assert paper.drive(reader(cache).read(url)).text == "second"
    assert cache[url].validators == {"if-none-match": '"y"'}


def test_what_was_not_read_the_last_time_is_forgotten() -> None:
    cache: Cache = {}
    paper = PaperSite({"/a.js": (head(etag="x"), b""), "/b.js": (head(), b"")})
    paper.drive(reader(cache).read(f"{SITE}/a.js"))
    assert list(cache) == [f"{SITE}/a.js"]
    paper.drive(reader(cache).read(f"{SITE}/b.js"))
    assert list(cache) == []


def test_not_modified_without_a_question_is_an_error() -> None:
    with pytest.raises(MagickPenError, match="304 Not Modified"):
        PaperSite({"/": (head(304), b"")}).drive(reading())


def test_as_many_bytes_are_read_as_may_be() -> None:
    paper = PaperSite({"/a": "1" * 60, "/b": "1" * 60})
    site = reader(max_total_bytes=100)
    paper.drive(site.read(f"{SITE}/a"))
    assert not site.full
    with pytest.raises(MagickPenError, match="longer than the limit of 40 bytes") as caught:
        paper.drive(site.read(f"{SITE}/b"))
    assert caught.value.url == f"{SITE}/b"
    assert site.full


def test_a_reader_is_full_once_all_bytes_were_read_that_may_be() -> None:
    site = reader(max_total_bytes=100)
    PaperSite({"/a": "1" * 100}).drive(site.read(f"{SITE}/a"))
    assert site.full


def test_a_byte_more_than_there_may_be_is_asked_for() -> None:
    flow = reader(max_script_bytes=50).read(f"{SITE}/")
    next(flow)
    assert flow.send(head()) == Read(51)
    assert isinstance(result_of(flow, b"1" * 50), Document)


def test_a_challenge_is_an_error() -> None:
    page = b"<html><title>Just a moment, Bearer mine-alone</title>"
    paper = PaperSite({"/": (head(200, "text/html"), page)})
    with pytest.raises(ChallengeError) as caught:
        paper.drive(reader(headers={"authorization": "Bearer mine-alone"}).read(f"{SITE}/"))
    assert caught.value.title == "Just a moment, …"


@pytest.mark.parametrize("location", ["http://10.0.0.1/mine-alone", "/mine-alone"])
def test_an_error_does_not_tell_what_the_user_sent(location: str) -> None:
    failure = APIConnectionError("mine-alone refused", lasting=True)
    paper = PaperSite({"/": (head(302, location=location), b""), "/mine-alone": failure})
    with pytest.raises(MagickPenError) as caught:
        paper.drive(reader(headers={"authorization": "Bearer mine-alone"}).read(f"{SITE}/"))
    told = caught.value
    assert "mine-alone" not in f"{told} {told.message} {told.url}"
