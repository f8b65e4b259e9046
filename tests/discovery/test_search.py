from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

import pytest

from magickpen.core.deadline import Deadline
from magickpen.core.discovery import Cache, Discovery
from magickpen.core.discovery_limits import DiscoveryLimits
from magickpen.core.effects import Run
from magickpen.core.errors import (
    APIConnectionError,
    APITimeoutError,
    ChallengeError,
    CredentialsError,
    InternalServerError,
    MagickPenError,
    ResponseError,
)
from magickpen.core.settings import Settings
from magickpen.core.signing import KNOWN_SALT, SiteSecrets
from magickpen.core.site_reading import PageRead
from magickpen.discovery.evidence import Evidence, Scripts
from magickpen.discovery.search import discover
from tests.support.fakes import EPOCH, SECRETS, SITE, Clock, PaperSite, context, head, opened

FOUND = SiteSecrets(SECRETS.x_api_secret, SECRETS.secret, "q7Zk2mWx0B")


def bundle(secrets: SiteSecrets = SECRETS) -> str:
    """Return a script that sends secrets."""
    return (
        f'var s="{secrets.secret}";u.use(function(e){{var t=Date.now(),n=Math.random();'
        f'e.headers={{"X-API-Secret":"{secrets.x_api_secret}",secret:s,timestamp:t,nonce:n,'
        f'sign:h(["{secrets.salt}",t,n].sort().join(""))}}}});'
    )


BUNDLE = bundle(FOUND)


def search(
    paper: PaperSite,
    *,
    base_url: str = SITE,
    clock: Clock | None = None,
    deadline: Deadline | None = None,
    cache: Cache | None = None,
    headers: dict[str, str] | None = None,
    **limits: Any,
) -> Discovery:
    clock = clock or Clock()
    settings = Settings(
        base_url=base_url,
        max_retries=0,
        headers=headers or {},
        discovery_limits=DiscoveryLimits(**limits),
    )
    deadline = deadline or Deadline(1000, clock)
    return paper.drive(discover(context(settings, clock, deadline), {} if cache is None else cache))


def test_the_scripts_of_the_page_are_read_until_one_tells() -> None:
    html = "<script src=/a.js></script><script src=/b.js></script><script src=/c.js></script>"
    paper = PaperSite({"/": html, "/a.js": "1", "/b.js": BUNDLE})
    found = search(paper)
    assert found.secrets == FOUND
    assert found.bundle == f"{SITE}/b.js"
    assert paper.asked_for == ["/", "/a.js", "/b.js"]
    assert found.reading.pages == (
        PageRead(f"{SITE}/", len(html)),
        PageRead(f"{SITE}/a.js", 1),
        PageRead(f"{SITE}/b.js", len(BUNDLE)),
    )
    assert found.reading.found == ("X-API-Secret", "secret", "salt")


def test_the_requests_are_those_of_a_browser() -> None:
    paper = PaperSite({"/": "<script src=/a.js></script>", "/a.js": BUNDLE})
    search(paper, headers={"x-extra": "1"})
    for request in paper.requests:
        assert request.method == "GET"
        assert request.headers["accept"] == "*/*"
        assert request.headers["x-extra"] == "1"
        assert "secret" not in request.headers
        assert not request.cross_origin


def test_the_requests_end_with_the_search() -> None:
    clock = Clock()
    paper = PaperSite({"/": "<script src=/a.js></script>", "/a.js": BUNDLE})
    search(paper, clock=clock, seconds=7)
    assert [request.deadline.remaining() for request in paper.requests] == [7, 7]
    paper.requests.clear()
    search(paper, clock=clock, deadline=Deadline(3, clock), seconds=7)
    assert [request.deadline.remaining() for request in paper.requests] == [3, 3]


def test_the_page_itself_may_tell() -> None:
    paper = PaperSite({"/": f"<script>{BUNDLE}</script><script src=/a.js></script>"})
    found = search(paper)
    assert found.secrets == FOUND
    assert paper.asked_for == ["/"]


def test_imports_and_maps_of_chunks_are_followed() -> None:
    paper = PaperSite(
        {
            "/": "<script type=module src=/js/entry.js></script>",
            "/js/entry.js": 'import"./runtime.js";const x=()=>import("./page.js")',
            "/js/runtime.js": 'r.p="/w/",r.u=e=>""+{7:"ace6895"}[e]+".js"',
            "/js/page.js": "nothing",
            "/w/ace6895.js": BUNDLE,
        }
    )
    assert search(paper).bundle == f"{SITE}/w/ace6895.js"
    assert paper.asked_for == [
        "/",
        "/js/entry.js",
        "/js/runtime.js",
        "/js/page.js",
        "/w/ace6895.js",
    ]


def test_a_chunk_that_is_not_in_the_public_path_is_beside_its_runtime() -> None:
    paper = PaperSite(
        {
            "/": "<script src=/js/runtime.js></script>",
            "/js/runtime.js": 'r.p="/w/",r.u=e=>({7:"a",8:"b"})[e]+".js"',
            "/w/a.js": "nothing",
            "/js/b.js": BUNDLE,
        }
    )
    assert search(paper).bundle == f"{SITE}/js/b.js"
    assert paper.asked_for == ["/", "/js/runtime.js", "/w/a.js", "/w/b.js", "/js/b.js"]


def test_a_chunk_that_is_nowhere_was_replaced_by_a_deployment() -> None:
    paper = PaperSite(
        {
            "/": "<script src=/js/runtime.js></script>",
            "/js/runtime.js": 'r.p="/w/",r.p="/v/",r.u=e=>({7:"a"})[e]+".js"',
        }
    )
    with pytest.raises(CredentialsError):
        search(paper)
    assert paper.asked_for == ["/", "/js/runtime.js", "/w/a.js", "/v/a.js", "/js/a.js", "/"]


WAYS: dict[str, tuple[dict[str, str], str]] = {
    "a script": ({"/": "<script src=/_nuxt/Ab-c_D.js></script>"}, "/_nuxt/Ab-c_D.js"),
    "a script of another origin": (
        {"/": "<script src=//cdn.example/x.js></script>"},
        "https://cdn.example/x.js",
    ),
    "a preloaded script": ({"/": "<link rel=preload as=script href=/x.js>"}, "/x.js"),
    "an import in the page": ({"/": '<script type=module>import"/x.js"</script>'}, "/x.js"),
    "an import map": (
        {
            "/": '<script type=importmap>{"imports":{"#entry":"/x.js"}}</script>'
            "<script type=module src=/a.js></script>",
            "/a.js": 'import{a}from"#entry"',
        },
        "/x.js",
    ),
    "webpack 5's map of chunks": (
        {
            "/": "<script src=/r.js></script>",
            "/r.js": 'r.u=e=>"_nuxt/"+({150:"x"})[e]+".js",r.p="/"',
        },
        "/_nuxt/x.js",
    ),
    "a map of chunks in the page": (
        {"/": '<script>r.u=e=>"c/"+{1:"x"}[e]+".js",r.p="/w/"</script>'},
        "/w/c/x.js",
    ),
    "chunks beside their script": (
        {
            "/": "<script src=https://cdn.example/w/r.js></script>",
            "https://cdn.example/w/r.js": 'r.u=e=>""+{2:"x"}[e]+".js";r.p=e+"../"',
        },
        "https://cdn.example/x.js",
    ),
}


@pytest.mark.parametrize(("pages", "target"), WAYS.values(), ids=WAYS.keys())
def test_the_constants_are_found_wherever_they_are(pages: dict[str, str], target: str) -> None:
    found = search(PaperSite({**pages, target: BUNDLE}))
    assert found.secrets == FOUND
    assert found.bundle == urljoin(SITE, target)


def test_what_a_script_needs_is_read_before_all_others() -> None:
    send = (
        'import{c as U,A as j}from"./config.js";const t=Date.now(),n=Math.random();'
        'fetch(u,{headers:{"X-API-Secret":U,secret:j,'
        'timestamp:t,nonce:n,sign:h(["q7Zk2mWx0B",t,n].sort().join(""))}})'
    )
    config = f'const a="{FOUND.x_api_secret}",b="{FOUND.secret}";export{{a as c,b as A}}'
    html = "<script src=/send.js></script><script src=/other.js></script>"
    paper = PaperSite({"/": html, "/send.js": send, "/config.js": config})
    found = search(paper)
    assert found.secrets == FOUND
    assert found.bundle == f"{SITE}/config.js"
    assert paper.asked_for == ["/", "/send.js", "/config.js"]


def test_nothing_is_read_twice() -> None:
    loop = 'import"./a.js";import"./b.js";import"/"'
    html = "<script src=/a.js></script><script src=a.js></script><script src=/a.js#x></script>"
    paper = PaperSite({"/": html, "/a.js": loop, "/b.js": loop})
    with pytest.raises(CredentialsError):
        search(paper)
    assert paper.asked_for.count("/a.js") == paper.asked_for.count("/b.js") == 1


def test_what_the_page_loads_comes_first_even_if_a_script_may_load_it_later() -> None:
    html = "<script src=/a.js></script><script src=/b.js></script><script src=/c.js></script>"
    lazy = 'f(()=>import("./b.js"))'
    paper = PaperSite({"/": html, "/a.js": lazy, "/b.js": "1", "/c.js": BUNDLE})
    search(paper)
    assert paper.asked_for == ["/", "/a.js", "/b.js", "/c.js"]


@pytest.mark.parametrize("others", ["", "<script src=/b.js></script>"])
def test_a_script_that_moved_is_not_read_under_its_other_name(others: str) -> None:
    moved = (head(301, location="/b.js"), b"")
    html = f"<script src=/a.js></script>{others}"
    paper = PaperSite({"/": html, "/a.js": moved, "/b.js": 'import"./b.js"'})
    with pytest.raises(CredentialsError):
        search(paper)
    assert paper.asked_for == ["/", "/a.js", "/b.js"]


def test_a_site_that_does_not_tell_is_an_error_that_says_what_was_seen() -> None:
    script = 'h(["q7Zk2mWx0B",t,n].sort().join(""));x={secret:"pleaseChangeThisNow123"}'
    paper = PaperSite({"/": "<script src=/a.js></script>", "/a.js": script})
    with pytest.raises(CredentialsError) as caught:
        search(paper)
    error = caught.value
    assert "found nothing; not found X-API-Secret, secret, salt" in error.message
    assert "secrets=SiteSecrets" in error.hint
    assert error.reading.found == ()
    assert error.searched == (
        f"{SITE}/: 27 bytes",
        f"{SITE}/a.js: {len(script)} bytes",
    )
    assert f"{SITE}/a.js" in str(error)


def test_one_constant_of_the_two_is_not_enough() -> None:
    script = (
        f'f({{headers:{{"X-API-Secret":"{FOUND.x_api_secret}",timestamp:t,nonce:n,'
        'sign:h(["q7Zk2mWx0B",t,n].sort().join(""))}})'
    )
    with pytest.raises(CredentialsError) as caught:
        search(PaperSite({"/": f"<script>{script}</script>"}))
    assert caught.value.message == (
        "the scripts of the site do not tell what signs a request: "
        "found X-API-Secret, salt; not found secret"
    )
    assert caught.value.url == f"{SITE}/"


def test_a_site_without_scripts_is_an_error() -> None:
    with pytest.raises(
        CredentialsError, match="found nothing; not found X-API-Secret, secret, salt"
    ):
        search(PaperSite({"/": "<p>Hello"}))


@pytest.mark.parametrize(
    ("date", "offset"),
    [("Thu, 03 Oct 2024 00:00:10 GMT", 10.0), ("soon", None), (None, None)],
)
def test_the_servers_clock_is_looked_at(date: str | None, offset: float | None) -> None:
    assert EPOCH == 1727913600
    headers = {} if date is None else {"date": date}
    index = (head(200, "text/html", **headers), f"<script>{BUNDLE}</script>".encode())
    assert search(PaperSite({"/": index})).reading.clock_offset == offset


def test_a_challenge_is_said_to_be_one() -> None:
    page = "<html><title>Just a moment...</title><script src='/x.js'></script>"
    paper = PaperSite({"/": page})
    with pytest.raises(ChallengeError) as caught:
        search(paper)
    assert caught.value.url == f"{SITE}/"
    assert paper.asked_for == ["/"]


def test_an_index_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(APIConnectionError, match="refused"):
        search(PaperSite({"/": APIConnectionError("refused")}))


@pytest.mark.parametrize(
    "gone",
    [
        (head(404), b"gone"),
        "<!doctype html><html>the page of everything else",
        (head(200, ""), b"<!doctype html><html>the page of everything else"),
    ],
    ids=["not-found", "fallback-page", "untyped-fallback-page"],
)
def test_a_script_that_a_deployment_replaced_means_reading_the_index_again(gone: Any) -> None:
    paper = PaperSite({"/": "<script src=/old.js></script>", "/old.js": gone, "/new.js": BUNDLE})

    def deploy(request: Any) -> None:
        if request.url.endswith("old.js"):
            paper.put("/", "<script src=/old.js></script><script src=/new.js></script>")

    paper.on_request = deploy
    assert search(paper).secrets == FOUND
    assert paper.asked_for == ["/", "/old.js", "/", "/new.js"]


def test_the_index_is_not_read_again_once_all_is_found() -> None:
    html = "<script src=/old.js></script><script src=/b.js></script>"
    paper = PaperSite({"/": html, "/old.js": "<html>the page of everything else", "/b.js": BUNDLE})
    found = search(paper)
    assert found.secrets == FOUND
    assert paper.asked_for == ["/", "/old.js", "/b.js"]
    assert found.reading.pages[1] == PageRead(f"{SITE}/old.js", 0, "a page instead of a script")


def test_the_index_is_read_twice_at_the_most() -> None:
    paper = PaperSite({"/": "<script src=/old.js></script>"})
    with pytest.raises(CredentialsError) as caught:
        search(paper)
    assert paper.asked_for == ["/", "/old.js", "/"]
    assert f"{SITE}/old.js: the service answered 404 Not Found" in caught.value.searched


def test_a_site_that_is_deployed_all_the_time_is_an_error() -> None:
    paper = PaperSite({"/": "<script src=/1.js></script>"})

    def deploy(request: Any) -> None:
        if request.url.endswith("/1.js"):
            paper.put("/", "<script src=/2.js></script>")

    paper.on_request = deploy
    with pytest.raises(CredentialsError):
        search(paper)
    assert paper.asked_for == ["/", "/1.js", "/", "/2.js"]


def test_a_script_that_cannot_be_read_does_not_hide_the_next_one() -> None:
    html = "<script src=/a.js></script><script src=/b.js></script>"
    paper = PaperSite({"/": html, "/a.js": (head(503), b"busy"), "/b.js": BUNDLE})
    assert search(paper).secrets == FOUND


def test_if_the_others_do_not_tell_its_failure_is_told() -> None:
    html = "<script src=/a.js></script><script src=/b.js></script><script src=/c.js></script>"
    paper = PaperSite(
        {"/": html, "/a.js": (head(404), b""), "/b.js": (head(503), b"busy"), "/c.js": "1"}
    )
    with pytest.raises(InternalServerError, match="busy") as caught:
        search(paper)
    assert caught.value.url == f"{SITE}/b.js"


def test_after_the_deadline_of_the_call_no_further_script_is_read() -> None:
    clock = Clock()
    deadline = Deadline(5, clock)
    html = "<script src=/a.js></script><script src=/b.js></script>"
    paper = PaperSite({"/": html, "/a.js": deadline.error()})

    def wait(request: Any) -> None:
        clock.now += 3

    paper.on_request = wait
    with pytest.raises(APITimeoutError, match="deadline of 5 s"):
        search(paper, clock=clock, deadline=deadline)
    assert paper.asked_for == ["/", "/a.js"]


@pytest.mark.parametrize("failure", [APITimeoutError("too late"), (head(503), b"busy")])
@pytest.mark.parametrize("page", ["/", "/a.js"])
def test_a_search_that_takes_too_long_ends(page: str, failure: Any) -> None:
    clock = Clock()
    pages: dict[str, Any] = {
        "/": "<script src=/a.js></script><script src=/b.js></script>",
        "/a.js": "1",
    }
    paper = PaperSite(pages | {page: failure})

    def wait(request: Any) -> None:
        clock.now += 61 * request.url.endswith(page)

    paper.on_request = wait
    with pytest.raises(
        CredentialsError, match=r"signs a request: .* ended at discovery_limits: seconds=60"
    ) as caught:
        search(paper, clock=clock)
    assert "/b.js" not in paper.asked_for
    assert (caught.value.reading.pages[-1].size == 0) == bool(
        caught.value.reading.pages[-1].problem
    )
    assert caught.value.reading.pages[-1].url == f"{SITE}{page}"
    assert caught.value.reading.clock_offset is None


def test_ten_thousand_scripts_are_cut_short() -> None:
    html = "".join(f"<script src=/{n}.js></script>" for n in range(10_000))
    paper = PaperSite({"/": html} | {f"/{n}.js": "1" for n in range(200)})
    with pytest.raises(CredentialsError, match="ended at discovery_limits: max_scripts=100"):
        search(paper)
    assert len(paper.requests) == 101


@pytest.mark.parametrize("count", [0, 1, 2])
def test_so_many_scripts_are_read_and_no_more(count: int) -> None:
    html = "<script src=/a.js></script><script src=/b.js></script><script src=/c.js></script>"
    paper = PaperSite({"/": html} | {f"/{name}.js": "1" for name in "abc"})
    with pytest.raises(CredentialsError, match=rf"max_scripts={count} \("):
        search(paper, max_scripts=count)
    assert paper.asked_for == ["/", "/a.js", "/b.js"][: count + 1]


def test_many_bytes_are_cut_short() -> None:
    html = "<script src=/a.js></script><script src=/b.js></script><script src=/c.js></script>"
    paper = PaperSite({"/": html, "/a.js": "1" * 500, "/b.js": "1" * 500, "/c.js": "1"})
    with pytest.raises(CredentialsError, match="max_total_bytes=900"):
        search(paper, max_total_bytes=900)
    assert paper.asked_for == ["/", "/a.js", "/b.js"]


def test_a_script_that_is_too_long_is_passed_over_and_told() -> None:
    html = "<script src=/a.js></script><script src=/b.js></script>"
    paper = PaperSite({"/": html, "/a.js": "1" * 5000, "/b.js": BUNDLE})
    found = search(paper, max_script_bytes=4000)
    assert found.secrets == FOUND
    problem = "it is longer than the limit of 4000 bytes"
    assert found.reading.pages[1] == PageRead(f"{SITE}/a.js", 0, problem)


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        ("http://169.254.169.254/latest/meta-data", "link-local"),
        ("file:///etc/passwd", "only http and https"),
        ("http://127.0.0.1:8000/x.js", "this machine"),
        ("http://localhost/x.js", "this machine"),
        ("https://user@cdn.example/x.js", "does not name a host alone"),
        ("//１２７.0.0.1/x.js", "this machine"),
    ],
)
def test_a_public_site_cannot_send_the_client_anywhere(link: str, reason: str) -> None:
    html = f"<script src='{link}'></script><script src=/b.js></script>"
    paper = PaperSite({"/": html})
    with pytest.raises(CredentialsError) as caught:
        search(paper)
    assert {request.url for request in paper.requests} == {f"{SITE}/", f"{SITE}/b.js"}
    assert reason in str(caught.value)


def test_nor_can_its_redirects() -> None:
    paper = PaperSite({"/": (head(302, location="http://127.0.0.1:8000/"), b"")})
    with pytest.raises(ResponseError, match="this machine"):
        search(paper)
    assert paper.asked_for == ["/"]


def test_a_failure_that_is_no_fault_of_the_site_is_told_as_it_is() -> None:
    paper = PaperSite({"/": (head(403), b"no")})
    with pytest.raises(MagickPenError, match="403 Forbidden"):
        search(paper)


def test_the_search_does_not_tell_what_the_user_sent() -> None:
    token = "SUPERSECRETTOKEN"
    html = f"<script src=/a.js?{token}></script>"
    paper = PaperSite(
        {"/": html, f"/a.js?{token}": (head(302, location=f"http://[::1]/{token}"), b"")}
    )
    with pytest.raises(CredentialsError) as caught:
        search(paper, headers={"authorization": f"Bearer {token}"})
    assert len(caught.value.reading.pages) == 2
    assert token not in str(caught.value)


def test_the_site_is_asked_for_in_the_form_in_which_it_is_connected_to() -> None:
    paper = PaperSite({"http://[::1]:8000/": f"<script>{BUNDLE}</script>"})
    found = search(paper, base_url="HTTP://[0:0:0:0:0:0:0:1]:8000")
    assert found.bundle == "http://[::1]:8000/#script-0"
    base_url = f"{SITE}/{'x' * 9000}"
    with pytest.raises(ResponseError, match="no URL"):
        search(paper, base_url=base_url)


LIKELY = Evidence("AAAAAAAAAAAAAAAAAA", "bbbbbbbbbbbbbbbb", None, missing=(f"{SITE}/b.js",))


@pytest.fixture
def evidence(monkeypatch: pytest.MonkeyPatch) -> list[Evidence]:
    """What the scripts tell, one after another."""
    told: list[Evidence] = []

    class Told(Scripts):
        def evidence(self, *, all_read: bool = False) -> Evidence:
            assert all_read == (len(told) == 1)
            return told.pop(0)

    monkeypatch.setattr("magickpen.discovery.search.Scripts", Told)
    return told


def test_what_is_likely_is_taken_once_all_scripts_were_read(evidence: list[Evidence]) -> None:
    evidence += [LIKELY, LIKELY, LIKELY]
    html = "<script src=/a.js></script>"
    paper = PaperSite({"/": html, "/a.js": f'"{LIKELY.x_api_secret}"', "/b.js": "2"})
    found = search(paper)
    assert paper.asked_for == ["/", "/a.js", "/b.js"]
    assert found.secrets == SiteSecrets("AAAAAAAAAAAAAAAAAA", "bbbbbbbbbbbbbbbb", KNOWN_SALT)
    assert found.bundle == f"{SITE}/a.js"
    assert not found.proved


def test_what_is_likely_is_not_taken_where_scripts_were_not_read(evidence: list[Evidence]) -> None:
    evidence += [LIKELY, LIKELY]
    paper = PaperSite({"/": "<script src=/a.js></script>", "/a.js": "1"})
    with pytest.raises(CredentialsError, match=r"found X-API-Secret, secret; .* max_scripts=1"):
        search(paper, max_scripts=1)


def test_what_is_proved_is_taken_wherever_the_search_ends(evidence: list[Evidence]) -> None:
    evidence += [LIKELY, LIKELY._replace(proved=True)]
    paper = PaperSite({"/": "<script src=/a.js></script>", "/a.js": "1"})
    found = search(paper, max_scripts=1)
    assert found.secrets.secret == LIKELY.secret
    assert found.proved


@pytest.mark.parametrize(
    ("deadline", "kind", "message"),
    [
        (3, APITimeoutError, "the deadline of 3 s passed"),
        (99, CredentialsError, "The search ended at discovery_limits: seconds=3"),
    ],
)
def test_a_deadline_that_passes_in_a_script_ends_the_search(
    deadline: float, kind: type[MagickPenError], message: str
) -> None:
    clock = Clock()
    paper = PaperSite({"/": "<script>1</script><script src=/a.js></script>"})

    def run(function: Callable[[], object]) -> object:
        clock.now += 2
        return function()

    paper.on_run = run
    with pytest.raises(kind, match=message):
        search(paper, clock=clock, deadline=Deadline(deadline, clock), seconds=3)
    assert paper.asked_for == ["/"]


def test_a_thread_that_is_left_behind_has_nothing_more_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    flow = discover(context(), {})
    opened(next(flow))
    flow.send(head(200, "text/html"))
    page = flow.send(b"<script>1</script>")
    assert isinstance(page, Run)
    script = flow.send(page.function())
    assert isinstance(script, Run)
    flow.close()
    monkeypatch.delattr("magickpen.discovery.search.Module")
    script.function()
