from __future__ import annotations

import pytest

from magickpen.core.deadline import Deadline
from magickpen.core.discovery import (
    MAX_BUNDLES,
    MAX_REDIRECTS,
    discover,
    find_bundles,
    find_secrets,
)
from magickpen.core.effects import Flow, Head, Read, Sleep
from magickpen.core.errors import (
    APIConnectionError,
    APITimeoutError,
    ChallengeError,
    CredentialsError,
    InternalServerError,
    MagickPenError,
)
from magickpen.core.settings import Settings
from magickpen.core.signing import KNOWN_SALT, SiteSecrets
from tests.core.fakes import Clock, head, no_deadline, opened, result_of, runtime

SITE = "https://magickpen.com"
INDEX = b"""<!doctype html><html><head>
<link rel="preload" href="/_nuxt/a.js" as="script"><link rel="modulepreload" href="/_nuxt/m.js">
<link rel="stylesheet" href="/_nuxt/s.css"><link rel=icon href="/favicon.ico">
</head><body><script>window.x=1</script><script src="/_nuxt/a.js#x" defer></script>
<script src="https://cdn.example/b.js"></script><script src="data:text/javascript,1"></script>
<script type=module src=/_nuxt/c.js></script></body></html>"""
BUNDLE = (
    b'{secret:"Passwort"},e({secret:"oszn8MTx60pS6Jwx",'
    b'headers:{"X-API-Secret":"W252GY255JVYBS9NAM"}}),'
    b'x={app_secret:"0123456789",secret:"pleaseChangeThis"}'
    b',f=["q7Zk2mWx0B",e,t];return f.sort(),h(f.join(""))'
)
FOUND = SiteSecrets("W252GY255JVYBS9NAM", "oszn8MTx60pS6Jwx", "q7Zk2mWx0B")


def site(clock: Clock | None = None, **settings: int) -> Flow[SiteSecrets]:
    return discover(
        Settings(max_retries=settings.get("max_retries", 2)), runtime(clock), no_deadline()
    )


def page(flow: Flow[SiteSecrets], url: str, response: Head, body: bytes, effect: object) -> object:
    """Answer the request for a page, and return what the flow wants then."""
    assert opened(effect).url == url
    assert isinstance(flow.send(response), Read)
    return flow.send(body)


def test_bundles_are_named_by_scripts_and_links_those_of_the_site_first() -> None:
    assert find_bundles(INDEX.decode(), f"{SITE}/") == [
        f"{SITE}/_nuxt/a.js",
        f"{SITE}/_nuxt/m.js",
        f"{SITE}/_nuxt/c.js",
        "https://cdn.example/b.js",
    ]


def test_a_base_moves_relative_links() -> None:
    html = '<base href="/app/"><base href="/other/"><script src="a.js"></script>'
    assert find_bundles(html, f"{SITE}/x/") == [f"{SITE}/app/a.js"]


def test_not_more_bundles_are_read_than_a_site_has() -> None:
    html = "".join(f"<script src='/{n}.js'></script>" for n in range(1000))
    assert len(find_bundles(html, SITE)) == MAX_BUNDLES


def test_the_constants_in_their_plain_spelling() -> None:
    assert find_secrets(BUNDLE.decode()) == FOUND


@pytest.mark.parametrize("quote", ['"', "'", "`"])
def test_any_quotes_will_do(quote: str) -> None:
    assert find_secrets(BUNDLE.decode().replace('"', quote)) == FOUND


def test_without_a_salt_the_known_one_is_used() -> None:
    found = find_secrets(BUNDLE.decode().partition(",f=")[0])
    assert found is not None
    assert found.salt == KNOWN_SALT


@pytest.mark.parametrize(
    "bundle",
    [
        "",
        '{secret:"oszn8MTx60pS6Jwx"}',
        '{"X-API-Secret":"W252GY255JVYBS9NAM"}',
        '{"X-API-Secret":"W252GY255JVYBS9NAM",secret:"Secret"}',
        '{"X-API-Secret": "YOURAPISECRETHERE0",secret:"oszn8MTx60pS6Jwx"}',
    ],
)
def test_half_of_the_constants_is_none(bundle: str) -> None:
    assert find_secrets(bundle) is None


def test_the_index_page_then_the_bundles_until_they_are_found() -> None:
    flow = site()
    effect = page(flow, f"{SITE}/", head(200, "text/html"), INDEX, next(flow))
    effect = page(flow, f"{SITE}/_nuxt/a.js", head(), b"nothing", effect)
    assert opened(effect).url == f"{SITE}/_nuxt/m.js"
    assert opened(effect).method == "GET"
    assert "secret" not in opened(effect).headers
    assert isinstance(flow.send(head()), Read)
    assert result_of(flow, BUNDLE) == FOUND


def test_a_redirect_is_followed_and_bundles_are_relative_to_its_target() -> None:
    flow = site()
    effect = page(
        flow, f"{SITE}/", head(301, location="https://www.magickpen.com/en/"), b"", next(flow)
    )
    effect = page(
        flow, "https://www.magickpen.com/en/", head(), b"<script src=x.js></script>", effect
    )
    assert opened(effect).url == "https://www.magickpen.com/en/x.js"


@pytest.mark.parametrize("location", ["", "ftp://host/", "https://magickpen.com/"])
def test_a_redirect_to_nowhere_is_an_error(location: str) -> None:
    flow = site()
    next(flow)
    flow.send(head(302, location=location))
    with pytest.raises(MagickPenError, match="302 Found"):
        flow.send(b"")


def test_redirects_come_to_an_end() -> None:
    flow = site()
    effect: object = next(flow)
    for n in range(MAX_REDIRECTS):
        flow.send(head(302, location=f"/{n}"))
        effect = flow.send(b"")
        assert opened(effect).url == f"{SITE}/{n}"
    flow.send(head(302, location="/again"))
    with pytest.raises(MagickPenError, match="302 Found"):
        flow.send(b"")


def test_a_page_that_failed_is_read_again() -> None:
    flow = site()
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


def test_a_page_that_broke_off_is_read_again() -> None:
    flow = site()
    next(flow)
    flow.send(head())
    assert isinstance(flow.throw(APIConnectionError("broken")), Sleep)


def test_a_challenge_is_said_to_be_one() -> None:
    flow = site()
    next(flow)
    flow.send(head(200, "text/html"))
    with pytest.raises(ChallengeError):
        flow.send(b"<html><title>Just a moment...</title><script src='/x.js'></script>")


def test_a_site_without_the_constants_says_where_it_was_searched() -> None:
    flow = site()
    effect = page(flow, f"{SITE}/", head(), b"<script src=/a.js></script>", next(flow))
    assert opened(effect).url == f"{SITE}/a.js"
    flow.send(head())
    with pytest.raises(CredentialsError) as caught:
        flow.send(b"nothing")
    assert caught.value.searched == (
        f"{SITE}/: 27 bytes",
        f"{SITE}/a.js: 7 bytes, no constants",
    )
    assert f"{SITE}/a.js" in str(caught.value)


@pytest.mark.parametrize(
    ("response", "body"),
    [(head(404), b"gone"), (head(200, "text/html"), b"<html>fallback")],
    ids=["not-found", "fallback-page"],
)
def test_a_bundle_that_a_deployment_replaced_means_reading_the_index_again(
    response: Head, body: bytes
) -> None:
    flow = site()
    effect = page(flow, f"{SITE}/", head(), b"<script src=/old.js></script>", next(flow))
    effect = page(flow, f"{SITE}/old.js", response, body, effect)
    effect = page(flow, f"{SITE}/", head(), b"<script src=/new.js></script>", effect)
    assert opened(effect).url == f"{SITE}/new.js"
    flow.send(head())
    assert result_of(flow, BUNDLE) == FOUND


def test_the_index_is_read_twice_at_the_most() -> None:
    flow = site()
    index = b"<script src=/old.js></script>"
    effect = page(flow, f"{SITE}/", head(), index, next(flow))
    effect = page(flow, f"{SITE}/old.js", head(404), b"", effect)
    effect = page(flow, f"{SITE}/", head(), index, effect)
    assert opened(effect).url == f"{SITE}/old.js"
    flow.send(head(404))
    with pytest.raises(CredentialsError) as caught:
        flow.send(b"")
    assert caught.value.searched.count(f"{SITE}/old.js: the service answered 404 Not Found") == 2


def test_a_bundle_that_cannot_be_read_does_not_hide_the_next_one() -> None:
    flow = site(max_retries=0)
    effect = page(
        flow, f"{SITE}/", head(), b"<script src=/a.js></script><script src=/b.js>", next(flow)
    )
    effect = page(flow, f"{SITE}/a.js", head(503), b"", effect)
    assert opened(effect).url == f"{SITE}/b.js"
    flow.send(head())
    assert result_of(flow, BUNDLE) == FOUND


def test_if_the_others_hold_nothing_its_failure_is_told() -> None:
    flow = site(max_retries=0)
    html = b"<script src=/a.js></script><script src=/b.js></script><script src=/c.js></script>"
    effect = page(flow, f"{SITE}/", head(), html, next(flow))
    effect = page(flow, f"{SITE}/a.js", head(503), b"first", effect)
    effect = page(flow, f"{SITE}/b.js", head(500), b"second", effect)
    flow.send(head())
    with pytest.raises(InternalServerError, match="first"):
        flow.send(b"nothing")


def test_after_the_deadline_no_further_bundle_is_read() -> None:
    clock = Clock()
    deadline = Deadline(5, clock)
    flow = discover(Settings(), runtime(clock), deadline)
    effect = page(
        flow, f"{SITE}/", head(), b"<script src=/a.js></script><script src=/b.js>", next(flow)
    )
    clock.now += 6
    with pytest.raises(APITimeoutError, match="deadline"):
        flow.throw(deadline.error())
    assert opened(effect).deadline is deadline
