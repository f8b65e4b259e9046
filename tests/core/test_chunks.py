from __future__ import annotations

import pytest

from magickpen.core.chunks import MAX_CHUNKS, script_links
from magickpen.core.javascript.module import Module
from magickpen.core.page import ImportMap, Likelihood

BASE = "https://site.test/app/"
URL = "https://site.test/js/main.js"


def links(source: str, import_map: ImportMap | None = None) -> dict[str, Likelihood]:
    return dict(script_links(Module(URL, source), BASE, import_map or ImportMap()))


def names(source: str) -> list[str]:
    """Return the links of a script, as far as they differ from its own folder."""
    return [url.removeprefix("https://site.test/js/") for url in links(source)]


@pytest.mark.parametrize(
    ("source", "likelihood"),
    [
        ('import"./a.js"', Likelihood.IMPORTED),
        ('import{b as c}from"./a.js"', Likelihood.IMPORTED),
        ("import*as b from'./a.js'", Likelihood.IMPORTED),
        ('export*from"./a.js"', Likelihood.IMPORTED),
        ('export{b}from"./a.js"', Likelihood.IMPORTED),
        ('import("./a.js")', Likelihood.ON_DEMAND),
        ("f(()=>import(`./a.js`).then(b),[])", Likelihood.ON_DEMAND),
    ],
)
def test_imports_lead_to_scripts(source: str, likelihood: Likelihood) -> None:
    assert links(source) == {"https://site.test/js/a.js": likelihood}


def test_bare_imports_are_looked_up_in_the_import_map() -> None:
    import_map = ImportMap()
    import_map.add('{"imports":{"#entry":"/a.js"}}', BASE)
    found = links('import{b}from"#entry";import"vue";import("#entry")', import_map)
    assert list(found) == ["https://site.test/a.js"]


@pytest.mark.parametrize(
    "source",
    [
        "import(a)",
        "import",
        "import(",
        "from",
        "import.meta.url",
        "a.from(b)",
        '"import"',
        "/*a.js*/",
    ],
)
def test_what_leads_nowhere(source: str) -> None:
    assert links(source) == {}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('l.src=function(e){return l.p+""+{2:"ace",3:"b_-C"}[e]+".js"}(e)', ["ace.js", "b_-C.js"]),
        ('r.u=e=>"_nuxt/"+{150:"x"}[e]+".js"', ["_nuxt/x.js"]),
        ('r.u=function(e){return"_nuxt/"+({150:"x"})[e]+".js"}', ["_nuxt/x.js"]),
        ('r.u=e=>({1:"x"}[e]+".js")', ["x.js"]),
        ('r.u=e=>"js/"+({1:"a"}[e]||e)+"."+{1:"x",2:"y"}[e]+".js"', ["js/a.x.js", "js/2.y.js"]),
        ('r.u=e=>"js/"+(({1:"a"})[e]||e)+"."+({1:"x"})[e]+".chunk.js"', ["js/a.x.chunk.js"]),
        ('r.u=e=>""+e+"."+{home:"x"}[e]+".js"', ["home.x.js"]),
        ('r.u=e=>"js/"+e+"."+{1:"x"}[e]+".js?v=1"', ["js/1.x.js?v=1"]),
        ('r.u=e=>f.g(e)[0]+{1:"x"}[e]+".js"', []),
        ('r.u=e=>a[0]+{1:"x"}[e]+".js"', []),
        ("r.u=e=>`js/${e}.${{1:`x`}[e]}.js`", ["js/1.x.js"]),
        ("r.u=e=>`${{1:'x'}[e]}.mjs`", ["x.mjs"]),
        ("r.u=e=>`${({1:'a'})[e]||e}.js`", ["a.js"]),
        ('r.u=e=>(e in{1:2}?"a":"b")+".js"', []),
        ('r.u=e=>f(e)+{1:"x"}[e]+".js"', []),
        ('r.u=e=>e+".js"', []),
        ('r.u=e=>"a"+".js"', []),
        ("r.u=e=>`js/${{1:'a'}[e]||e}.${{1:'x',2:'y'}[e]}.js`", ["js/a.x.js", "js/2.y.js"]),
        ('r.u=e=>({1:"a"}[e]||{2:"b"}[e])+{1:"x",2:"y"}[e]+".js"', ["ax.js", "by.js"]),
        ('r.u=e=>({1:"a",2:"b"}[e]||e)+({1:"x"}[e]||e)+".js"', ["ax.js", "b2.js"]),
        ('r.u=e=>"js/"+(e)+"."+{1:"x"}[e]+".js"', ["js/1.x.js"]),
        ('r.u=e=>((({1:"x"}[e])))+".js"', ["x.js"]),
        ('({1:"x"})[e]+".js"', ["x.js"]),
        ('"js/"+{1:"x"}[e]+".js"', ["js/x.js"]),
        ("`${{1:'x'}[e]}.js`", ["x.js"]),
        ('r.u=e=>({1:a})[e]+".js"', []),
        ('r.u=e=>({1:"x"})+".js"', []),
        ('x=(y){1:"x"}[e]+".js"', []),
        ('r.u=e=>((((((({1:"x"})))))))[e]+".js"', []),
        ('a=".js"', []),
        ("a=`.js`", []),
        ('+".js"', []),
        ('".js"', []),
        ('a.b+{1:"x"}[e]+".js"', []),
        ('a.p+{1:"x"}[e]+".js"', ["x.js"]),
        ("`.js", []),
        ("}.js`", []),
        ("a}.js", []),
    ],
)
def test_a_map_of_chunks_leads_to_each(source: str, expected: list[str]) -> None:
    assert names(source) == expected


def test_chunks_are_loaded_on_demand() -> None:
    assert links('e=>({1:"x"})[e]+".js"') == {"https://site.test/js/x.js": Likelihood.ON_DEMAND}


@pytest.mark.parametrize(
    ("setting", "url"),
    [
        ('r.p="/_nuxt/"', "https://site.test/_nuxt/x.js"),
        ('r.p="static/"', "https://site.test/app/static/x.js"),
        ("r.p='https://cdn.test/v1/'", "https://cdn.test/v1/x.js"),
        ('r.p="//cdn.test/"', "https://cdn.test/x.js"),
        ("r.p=``", "https://site.test/app/x.js"),
        ('r.p=e+"../"', "https://site.test/x.js"),
        ('r.p=e+""', "https://site.test/js/x.js"),
        ("r.p=e", "https://site.test/js/x.js"),
        ("r.p=", "https://site.test/js/x.js"),
        ('r.p=e;r.p="/b/"', "https://site.test/b/x.js"),
        ('r.p=="/b/"', "https://site.test/js/x.js"),
        ('p="/b/"', "https://site.test/js/x.js"),
        ("", "https://site.test/js/x.js"),
    ],
)
def test_chunks_are_relative_to_the_public_path(setting: str, url: str) -> None:
    chunks = 'r.u=e=>({1:"x"})[e]+".js"'
    assert list(links(f"{chunks};{setting}")) == [url]
    assert list(links(f"{setting};{chunks}")) == [url]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('r.u=e=>"a.js"', ["a.js"]),
        ('r.u=e=>291===e?"js/a.js":"b.mjs"', ["js/a.js", "b.mjs"]),
        ('r.u=function(e){if(1===e)return"a.js?v=1"}', ["a.js?v=1"]),
        ('r.u=e=>"a b.js"', []),
        ('r.u=e=>"see a.json"', []),
        ('x="a.js"', []),
    ],
)
def test_a_runtime_may_name_single_chunks(source: str, expected: list[str]) -> None:
    assert names(f"{source};r.p=e") == expected


def test_only_a_runtime_names_single_chunks() -> None:
    assert links('r.u=e=>"a.js"') == {}


def test_a_map_names_so_many_chunks_at_the_most() -> None:
    entries = ",".join(f'{key}:"x{key}"' for key in range(MAX_CHUNKS + 5))
    assert len(links(f'r.u=e=>({{{entries}}})[e]+".js"')) == MAX_CHUNKS


@pytest.mark.parametrize("depth", [4, 5, 2_000])
def test_a_map_in_very_many_parentheses_is_passed_over(depth: int) -> None:
    assert names("e=>" + "(" * depth + '{1:"x"}[e]' + ")" * depth + '+".js"') == []


def test_what_would_take_too_long_ends_with_what_was_found() -> None:
    nested = "(" * 4_000 + "a" + '+".js")' * 4_000
    assert list(links(f'import"./a.js";{nested}')) == ["https://site.test/js/a.js"]


def test_a_chunk_that_is_no_url_leads_nowhere() -> None:
    assert list(links('r.p="http://[";r.u=e=>({1:"x"})[e]+".js"')) == ["https://site.test/js/x.js"]


@pytest.mark.parametrize(
    "piece", ['{1:"a"}[e]+".js"+', '("a.js")+', "p+", "`${'.js'}", 'import("./a.js");', "import("]
)
def test_a_long_row_of_anything_is_read(piece: str) -> None:
    assert set(names(piece * 2_000)) <= {"a.js"}
