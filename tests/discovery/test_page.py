from __future__ import annotations

import pytest

from magickpen.discovery.page import MAX_ATTRIBUTE, ImportMap, Likelihood, Link, joined, read_page

URL = "https://site.test/app/"


def links(text: str) -> dict[str, Likelihood]:
    return {link.url: link.likelihood for link in read_page(text, URL).links}


@pytest.mark.parametrize(
    ("text", "likelihood"),
    [
        ('<script src="a.js"></script>', Likelihood.LOADED),
        ('<script type="module" crossorigin src="a.js"></script>', Likelihood.LOADED),
        ('<link rel="modulepreload" href="a.js">', Likelihood.LOADED),
        ('<link rel="preload" as="script" href="a.js">', Likelihood.LOADED),
        ('<link rel="prefetch" as="script" href="a.js">', Likelihood.ON_DEMAND),
        ('<link rel="Prefetch ModulePreload" href="a.js">', Likelihood.ON_DEMAND),
        ('<link as="script" href="a.js">', Likelihood.LOADED),
        ('<script nomodule src="a.js"></script>', Likelihood.FALLBACK),
        ('<script nomodule="" src="a.js"></script>', Likelihood.FALLBACK),
        ('<script data-src="a.js">System.import(b)</script>', Likelihood.LOADED),
        ('<script nomodule data-src="a.js"></script>', Likelihood.FALLBACK),
        ('<script src="a.js" data-src="b.js"></script>', Likelihood.LOADED),
    ],
)
def test_what_links_to_a_script(text: str, likelihood: Likelihood) -> None:
    assert read_page(text, URL).links == [Link("https://site.test/app/a.js", likelihood)]


@pytest.mark.parametrize(
    "text",
    [
        '<link rel="stylesheet" href="a.css">',
        '<link rel="preload" as="style" href="a.css">',
        '<link rel="icon" href="a.ico"/>',
        "<link rel=modulepreload>",
        "<script></script>",
        '<img src="a.js">',
        '<scripts src="a.js">',
        '<!-- <script src="a.js"></script> -->',
        '<!-- - -- <script src="a.js"></script>',
        '&lt;script src="a.js">',
        "a.js",
        "",
    ],
)
def test_what_links_to_none(text: str) -> None:
    assert links(text) == {}


@pytest.mark.parametrize(
    "attributes",
    [
        'src="a.js?b=1&amp;c=2"',
        "src='a.js?b=1&amp;c=2'",
        "src=a.js?b=1&amp;c=2",
        "SRC = 'a.js?b=1&#38;c=2'",
        "src=\n\ta.js?b=1&c=2",
        "defer src='a.js?b=1&c=2#d'",
        "src  =  'a.js?b=1&c=2'",
        "data-a='>' src='a.js?b=1&c=2'",
        "data-a=\">\" src='a.js?b=1&c=2'",
        "a='' b=\"\" src='a.js?b=1&c=2'",
        "src='a.js?b=1&c=2' src='b.js'",
        "src=' a.js?b=1&c=2 '",
    ],
)
def test_attributes_in_every_spelling(attributes: str) -> None:
    assert list(links(f"<SCRIPT {attributes}></SCRIPT>")) == ["https://site.test/app/a.js?b=1&c=2"]


def test_a_comment_ends_where_it_ends() -> None:
    for comment in ("<!-- a -- b -->", "<!---->", "<!--->-->", "<!-- <!-- -->"):
        assert list(links(comment + '<script src="a.js">')) == ["https://site.test/app/a.js"]


def test_of_two_links_to_the_same_script_the_more_likely_counts() -> None:
    prefetch = '<link rel="prefetch" as="script" href="a.js">'
    script = '<script src="a.js"></script>'
    for page in (prefetch + script, script + prefetch, script + prefetch + script):
        assert links(page) == {"https://site.test/app/a.js": Likelihood.LOADED}


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ('<base href="/v3/">', "https://site.test/v3/a.js"),
        ('<base href="v3/">', "https://site.test/app/v3/a.js"),
        ('<base target="_blank" href="//cdn.test/v3/">', "https://cdn.test/v3/a.js"),
        ('<base href="https://cdn.test/"><base href="/b/">', "https://cdn.test/a.js"),
        ('<base target="_blank">', "https://site.test/app/a.js"),
        ('<base target="_blank"><base href="/b/">', "https://site.test/b/a.js"),
        ("", "https://site.test/app/a.js"),
    ],
)
def test_links_are_relative_to_the_pages_base(base: str, url: str) -> None:
    page = read_page(f'{base}<script src="a.js"></script>', URL)
    assert [link.url for link in page.links] == [url]
    assert joined(page.base, "a.js") == url


def test_a_base_counts_for_links_before_it() -> None:
    assert list(links('<script src="a.js"></script><base href="/b/">')) == [
        "https://site.test/b/a.js"
    ]


def test_inline_scripts_are_read_as_they_stand() -> None:
    text = """
        <script>a="<!-- b"</script>
        <script type="module">if(a<b)c('<link rel=modulepreload href=d.js>')</script>
        <script type="text/javascript">e</SCRIPT >
        <script type="application/javascript">f</script>
        <script type="application/json">{}</script>
        <script type="text/template"><script src="f.js"></script>
        <script src="g.js">h</script>
        <script>i
    """
    page = read_page(text, URL)
    assert [inline.strip() for inline in page.inline] == [
        'a="<!-- b"',
        "if(a<b)c('<link rel=modulepreload href=d.js>')",
        "e",
        "f",
        "i",
    ]
    assert [link.url for link in page.links] == ["https://site.test/app/g.js"]


@pytest.mark.parametrize(
    "text",
    [
        "<script src='a.js",
        "<script src='a.js></script>",
        "<script",
        "<script ",
        "<script =>",
        "<script ='a.js'>",
        "<script src=>",
        "<script src",
        "<link rel='",
        "<base href='http://[' />",
        "<!--",
        "<!-",
        "<",
        "</script>",
        "<script>",
        "<script></script",
        "<script src='http://[/a.js'></script>",
    ],
)
def test_broken_html_is_no_error(text: str) -> None:
    page = read_page(text, URL)
    assert {link.url for link in page.links} <= {"", "https://site.test/app/a.js"} | {
        "https://site.test/app/a.js></script>"
    }


def test_a_link_that_is_no_url_leads_nowhere() -> None:
    assert joined(URL, "http://[") == ""
    assert joined(URL, "b.js#c") == "https://site.test/app/b.js"


def import_map(imports: str) -> ImportMap:
    return read_page(f'<script type="importmap">{imports}</script>', URL).import_map


IMPORTS = """{"imports": {
    "#entry": "/_nuxt/a.js",
    "vue": "https://cdn.test/vue.js",
    "lib/": "./lib/",
    "lib/x/": "/x/",
    "/b.js": "/c.js",
    "none": null
}}"""


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("#entry", "https://site.test/_nuxt/a.js"),
        ("vue", "https://cdn.test/vue.js"),
        ("lib/d.mjs", "https://site.test/app/lib/d.mjs"),
        ("lib/x/d.mjs", "https://site.test/x/d.mjs"),
        ("/b.js", "https://site.test/c.js"),
        ("../b.js", "https://site.test/c.js"),
        ("./b.js", "https://site.test/js/b.js"),
        ("/d.js", "https://site.test/d.js"),
        ("https://cdn.test/e.js", "https://cdn.test/e.js"),
        ("none", ""),
        ("react", ""),
        ("", ""),
    ],
)
def test_an_import_map_names_urls(name: str, url: str) -> None:
    assert import_map(IMPORTS).resolve("https://site.test/js/e.js", name) == url


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "1", '{"imports":1}', '{"imports":[]}', "{}", "null", "[" * 100_000],
)
def test_a_damaged_import_map_says_nothing(text: str) -> None:
    damaged = import_map(text)
    assert damaged.resolve(URL, "vue") == ""
    assert damaged.resolve(URL, "./a.js") == "https://site.test/app/a.js"


def test_an_import_map_is_relative_to_the_pages_base() -> None:
    text = '<script type="importmap">{"imports":{"a":"./a.js"}}</script><base href="/b/">'
    assert read_page(text, URL).import_map.resolve(URL, "a") == "https://site.test/b/a.js"


@pytest.mark.parametrize(
    "piece",
    ["<", "<!--", "<!-", "<script ", "<script a=", "<script '", "<base href='/a/'", "&", "-"],
)
def test_a_long_row_of_anything_is_read(piece: str) -> None:
    assert len(read_page(piece * 20_000, URL).inline) <= 1


def test_a_long_row_of_scripts_is_read() -> None:
    page = read_page("<script>a</script>" * 20_000, URL)
    assert len(page.inline) == 20_000


def test_an_attribute_that_is_too_long_is_no_link() -> None:
    assert read_page(f"<script src='&#{'9' * 5000};.js'></script>", URL).links == []
    longest = "a" * MAX_ATTRIBUTE
    assert list(links(f"<script src={longest}></script>")) == [f"https://site.test/app/{longest}"]
    assert links(f"<script src={longest}a></script>") == {}
