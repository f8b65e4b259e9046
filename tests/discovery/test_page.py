from __future__ import annotations

import pytest

from magickpen.core.addresses import MAX_URL_LENGTH
from magickpen.discovery.javascript.tokens import Work
from magickpen.discovery.page import MAX_DEPTH, MAX_INLINE, MAX_LINKS, Page, read_page
from magickpen.discovery.waiting import Likelihood, Link

URL = "https://site.test/app/"


def page(text: str, steps: int = 10**6) -> Page:
    return read_page(text, URL, Work(steps))


def paths(text: str) -> list[str]:
    return [link.url.removeprefix("https://site.test") for link in page(text).links]


@pytest.mark.parametrize(
    ("text", "likelihood"),
    [
        ('<script src="a.js"></script>', Likelihood.LOADED),
        ('<script src="a.js">', Likelihood.LOADED),
        ('<script type="module" crossorigin src="a.js"></script>', Likelihood.LOADED),
        ('<link rel="modulepreload" href="a.js">', Likelihood.LOADED),
        ('<link rel="preload" as="script" href="a.js">', Likelihood.LOADED),
        ("<LINK REL=Preload AS=Script HREF=a.js>", Likelihood.LOADED),
        ('<link rel="prefetch" as="script" href="a.js">', Likelihood.ON_DEMAND),
        ('<script nomodule src="a.js"></script>', Likelihood.FALLBACK),
        ('<script nomodule type="module" src="a.js"></script>', Likelihood.LOADED),
        ('<script nomodule data-src="a.js">System.import(b)</script>', Likelihood.FALLBACK),
        ('<script src="a.js" data-src="b.js"></script>', Likelihood.LOADED),
        ('<svg><script href="a.js"/></svg>', Likelihood.LOADED),
        ('<svg><script xlink:href="a.js"></script></svg>', Likelihood.LOADED),
    ],
)
def test_a_link_to_a_script(text: str, likelihood: Likelihood) -> None:
    assert page(text).links == [Link("https://site.test/app/a.js", likelihood)]


@pytest.mark.parametrize(
    "text",
    [
        '<link rel="stylesheet" href="a.css">',
        '<link rel="preload" as="style" href="a.css">',
        '<link as="script" href="a.js">',
        '<a rel="modulepreload" href="a.js">',
        "<link rel=modulepreload>",
        "<svg><link rel=modulepreload href=a.js></svg>",
        '<script href="a.js"></script>',
        '<script src="" data-src="a.js">b</script>',
        '<img src="a.js">',
        '<scripts src="a.js">',
        '</script src="a.js">',
        '&lt;script src="a.js">',
        "< script src=a.js>",
        "<script src=a.js",
        "<script src='a.js>",
        "<script ",
        "<!-",
        "",
    ],
)
def test_no_link_to_a_script(text: str) -> None:
    assert not page(text).links
    assert not any(page(text).inline)


@pytest.mark.parametrize(
    "before",
    [
        "<!-- ",
        "<!--!> ",
        "<!---!> ",
        "<!-- -- > <!-> ",
        "<title>",
        "<textarea></textareas>",
        "<STYLE>",
        "<noscript>",
        "<iframe>",
        "<template>",
        "<template/>",
        "<template><svg></svg>",
        "<svg><foreignObject><style>",
        "<p title='",
        "<p title = '>",
        '<p a="b"title=\'',
        "<p =title='",
        "</p title='",
        "<script type='text/template'>",
        "<script><!-- <script> </script>",
        "<!doctype ",
        "<?xml ",
        "</ ",
    ],
)
def test_what_hides_a_script(before: str) -> None:
    assert paths(f"{before}<script src=/decoy.js></script>") == []


@pytest.mark.parametrize(
    "before",
    [
        "<!-- a -- b -->",
        "<!---->",
        "<!-->",
        "<!--->",
        "<!-- a --!>",
        "<!-- <!--!>",
        "<!-- <!-- -->",
        "<!doctype html '>",
        "<?xml '?>",
        "</ '>",
        "</>",
        "< '",
        "<",
        "<p it's>don't</p it's>",
        '<p a="b"c>',
        "<p a=b'c d=>",
        "<p a = b/>",
        "<p a / = '>'>",
        "<title>HTML comments: <!-- explained</title>",
        "<title><!-- </TITLE\n>",
        "<textarea><script></textarea>",
        "<style>'<script></style>",
        "<noscript><!-- </noscript>",
        "<template><svg></template>",
        "<svg><title>a</title>",
        "<svg/><style><!-- </style>",
        "<svg><script /></svg>",
        "<svg><foreignObject><style><!--</style></foreignObject></svg>",
        "<script>a='<!--'</script>",
        "<script>a='<!--><script>'</script>",
        "<script>a='<!--  --><script>'</script>",
        "<script><!-- <script></script></script>",
        "<script></scripts></script >",
        "<script type=text/template><a href='</script>",
    ],
)
def test_what_hides_no_script(before: str) -> None:
    assert paths(f"<p>{before}<script src=/real.js></script>") == ["/real.js"]


@pytest.mark.parametrize(
    ("attributes", "path"),
    [
        ("src=/a.js?b=1&timestamp=2&copy=3", "/a.js?b=1&timestamp=2&copy=3"),
        ("src='/a.js?b=1&amp;c=2&copy'", "/a.js?b=1&c=2%C2%A9"),
        ("src='/a.js?b=1&#38;c=2&#x26d&#38=3&#1114112;&#xA'", "/a.js?b=1&c=2%C9%AD&=3%EF%BF%BD"),
        ("src='/a.js?&ampx&amp&nothing;'", "/a.js?&ampx&&nothing;"),
        ("SRC = ' /a.js '", "/a.js"),
        ("src=\n\t/a.js/", "/a.js/"),
        ("src='/a.js' src='/b.js'", "/a.js"),
        ("data-a='>' src=\"/a.js\"", "/a.js"),
        ("='/b.js' src=/a.js", "/a.js"),
        ("src=\\a.js", "/a.js"),
        ("src='///cdn.test/a.js'", "https://cdn.test/a.js"),
    ],
)
def test_the_value_of_an_attribute(attributes: str, path: str) -> None:
    assert paths(f"<script {attributes}></script>") == [path]


def test_a_url_may_have_so_many_characters() -> None:
    longest = "/" + "a" * (MAX_URL_LENGTH - len("https://site.test/"))
    assert paths(f"<script src={longest}></script>") == [longest]
    assert paths(f"<script src={longest}a></script>") == [""]
    assert paths(f"<script src=&#{'9' * 5000};></script>")[0].startswith("/app/%EF%BF%BD9")


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "module",
        "Text/JavaScript",
        " text/ecmascript ",
        "application/x-javascript",
        "application/ecmascript",
        "text/javascript1.5",
        "text/livescript",
        "text/jscript",
    ],
)
def test_a_type_of_scripts(kind: str) -> None:
    assert paths(f'<script type="{kind}" src="/a.js"></script>') == ["/a.js"]
    assert page(f'<script type="{kind}">a</script>').inline == ["a"]


@pytest.mark.parametrize(
    "kind", ["text/template", "application/json", "text/javascript;charset=utf-8", "importmap", " "]
)
def test_a_type_of_something_else(kind: str) -> None:
    text = f'<script type="{kind}" src="/a.js"></script><script type="{kind}">{{}}</script>'
    assert paths(text) == page(text).inline == []


def test_scripts_in_the_page_are_kept_as_they_are() -> None:
    text = """
        <script>a="&amp;"</script>
        <script type="module">if(a<b)c('<link rel=modulepreload href=d.js>')</SCRIPT >
        <svg><script>e</script></svg>
        <script src="f.js">g</script>
        <script nomodule>h</script>
        <template><script>i</script></template>
        <script>j
    """
    inline = ['a="&amp;"', "if(a<b)c('<link rel=modulepreload href=d.js>')", "e"]
    assert page(text).inline == inline


def test_the_more_likely_of_two_links_counts() -> None:
    prefetch = '<link rel="prefetch" as="script" href="/a.js">'
    script = '<script src="/a.js"></script>'
    for text in (prefetch + script, script + prefetch):
        assert page(text).links == [Link("https://site.test/a.js", Likelihood.LOADED)]


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ('<base href="/v3/">', "https://site.test/v3/a.js"),
        ('<base href="v3/">', "https://site.test/app/v3/a.js"),
        (
            '<base target="_blank"><base href="//cdn.test/"><base href="/b/">',
            "https://cdn.test/a.js",
        ),
        ('<base href=""><base href="/b/">', "https://site.test/app/a.js"),
        ('<base href="//["><base href="/b/">', "https://site.test/app/a.js"),
        ('<template><base href="/b/"></template>', "https://site.test/app/a.js"),
    ],
)
def test_links_are_relative_to_the_first_base(base: str, url: str) -> None:
    [link] = page(f"{base}<script src=a.js></script>").links
    assert link.url == url


def test_what_stands_before_the_base_is_relative_to_the_page() -> None:
    text = '<script src=a.js></script><script type=importmap>{"imports":{"b":"./b.js"}}</script>'
    read = page(f'{text}<base href="/v3/">')
    assert read.links[0].url == "https://site.test/app/a.js"
    assert read.import_map.resolve(URL, "b") == "https://site.test/app/b.js"
    assert read.base == "https://site.test/v3/"


@pytest.mark.parametrize("kind", ["importmap", "ImportMap"])
def test_an_import_map(kind: str) -> None:
    read = page(f'<script type="{kind}">{{"imports":{{"a":"/a.js"}}}}</script>')
    assert read.import_map.resolve(URL, "a") == "https://site.test/a.js"


def test_what_a_page_can_make_the_client_keep_is_bounded() -> None:
    scripts = "".join(f"<script src={n}></script><script>{n}</script>" for n in range(1100))
    read = page(scripts + "<script src=0></script>")
    assert len(read.links) == MAX_LINKS
    assert len(read.inline) == MAX_INLINE
    assert paths("<svg>" * MAX_DEPTH + "<template><script src=/a.js></script>") == ["/a.js"]


@pytest.mark.parametrize(
    ("start", "piece", "end"),
    [
        ("<p ", "a", " src='>'>"),
        ("<p a=", "b", ">"),
        ("<p a", " ", "=b>"),
        ("<p ", "/", ">"),
        ("<!--", "-", "-->"),
        ("<title>", " ", "</title>"),
        ("<script>", " ", "</script>"),
        ("<", "p", ">"),
    ],
)
@pytest.mark.parametrize("length", [65_530 + n for n in range(0, 12, 3)])
def test_what_is_longer_than_a_slice(start: str, piece: str, end: str, length: int) -> None:
    text = start + piece * length + end
    assert paths(f"{text}<script src=/real.js></script>") == ["/real.js"]


def test_a_page_that_takes_too_long_is_known_as_far_as_it_was_read() -> None:
    text = "<script src=/a.js></script>" * 2 + "<script src=/b.js></script>"
    assert len(page(text, steps=12).links) == 1
    assert len(page(text).links) == 2
    assert page("<script>" + "<!-->" * 20, steps=10).inline == []
