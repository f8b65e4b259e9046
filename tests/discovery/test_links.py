from __future__ import annotations

import pytest

from magickpen.discovery.chunks import MAX_CHUNKS, MAX_PUBLIC_PATHS
from magickpen.discovery.import_map import ImportMap
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.links import ScriptLinks
from magickpen.discovery.waiting import MAX_WAITING, Likelihood

BASE = "https://site.test/app/"
URL = "https://site.test/js/main.js"


def links(source: str, import_map: ImportMap | None = None) -> dict[str, Likelihood]:
    found = ScriptLinks(BASE, (import_map or ImportMap()).resolve).of(Module(URL, source))
    return {link.url: link.likelihood for link in found}


def names(source: str) -> list[str]:
    """Return the links of a script, as far as they differ from its own folder."""
    return [url.removeprefix("https://site.test/js/") for url in links(source)]


@pytest.mark.parametrize(
    ("source", "likelihood"),
    [
        ('import"./a.js"', Likelihood.IMPORTED),
        ('import{b as c}from"./a.js"', Likelihood.IMPORTED),
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
    ("source", "url"),
    [
        ('new Worker(new URL("./a.js",import.meta.url),{type:"module"})', "js/a.js"),
        ("new Worker(new URL(`a.mjs`,``+import.meta.url))", "js/a.mjs"),
        ('new Worker(new URL(""+new URL("a-b.js",import.meta.url).href,c))', "js/a-b.js"),
        ('new Worker(new URL("/assets/a.js",import.meta.url))', "assets/a.js"),
        ('new SharedWorker("a.js",{name:b})', "app/a.js"),
        ('importScripts("./a.js")', "app/a.js"),
    ],
)
def test_workers_lead_to_scripts(source: str, url: str) -> None:
    assert links(source) == {f"https://site.test/{url}": Likelihood.ON_DEMAND}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('System.register(["./a.js","../b.js"],function(e){})', ["a.js", "https://site.test/b.js"]),
        ('System.register("name",[`./a.js`],(function(e,t){}))', ["a.js"]),
        ('System.register([],e=>({execute(){t.import("./a.js")}}))', ["a.js"]),
        ('System.register(["vue",a,"./a.js"],f)', ["a.js"]),
        ('System.register(["./a.js"', []),
        ('System.import("./a.js")', ["a.js"]),
        ('x.register(["./a.js"],f)', []),
    ],
)
def test_modules_that_are_registered_lead_to_what_they_import(
    source: str, expected: list[str]
) -> None:
    assert names(source) == expected


def test_what_a_registered_module_imports_is_looked_up_in_the_import_map() -> None:
    import_map = ImportMap()
    import_map.add('{"imports":{"vue":"/v.js"}}', BASE)
    found = links('System.register(["vue"],function(e){})', import_map)
    assert found == {"https://site.test/v.js": Likelihood.IMPORTED}


@pytest.mark.parametrize(
    "source",
    [
        "import(a)",
        "import",
        "import(",
        "from",
        "new Worker(a)",
        "new Worker",
        'new Worker("a.css")',
        'new Worker(URL.createObjectURL("a.js"))',
        'new URL("https://site.test/a.html",b)',
        "importScripts(...a)",
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
        ('r.u=e=>"js/"+({1:"a"}[e]||e)+"."+{1:"x",2:"y"}[e]+".js"', ["js/a.x.js", "js/2.y.js"]),
        ('r.u=e=>""+e+"."+{home:"x"}[e]+".js"', ["home.x.js"]),
        ('r.u=e=>"js/"+e+"."+{1:"x"}[e]+".js?v=1"', ["js/1.x.js?v=1"]),
        ('r.u=e=>f.g(e)[0]+{1:"x"}[e]+".js"', []),
        ("r.u=e=>`js/${e}.${{1:`x`}[e]}.js`", ["js/1.x.js"]),
        ("r.u=e=>`${({1:'a'})[e]||e}.js`", ["a.js"]),
        ('r.u=e=>(e in{1:2}?"a":"b")+".js"', []),
        ('r.u=e=>"a"+".js"', []),
        ("r.u=e=>`js/${{1:'a'}[e]||e}.${{1:'x',2:'y'}[e]}.js`", ["js/a.x.js", "js/2.y.js"]),
        ('r.u=e=>({1:"a"}[e]||{2:"b"}[e])+{1:"x",2:"y"}[e]+".js"', ["ax.js", "by.js"]),
        ('r.u=e=>({1:"a",2:"b"}[e]||e)+({1:"x"}[e]||e)+".js"', ["ax.js", "b2.js"]),
        ('r.u=e=>((({1:"x"}[e])))+".js"', ["x.js"]),
        ('"js/"+{1:"x"}[e]+".js"', ["js/x.js"]),
        ("`${{1:'x'}[e]}.js`", ["x.js"]),
        ('r.u=e=>({1:a})[e]+".js"', []),
        ('r.u=e=>({1:"x"})+".js"', []),
        ('x=(y){1:"x"}[e]+".js"', []),
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
        ('r.p="//cdn.test/"', "https://cdn.test/x.js"),
        ("r.p=``", "https://site.test/app/x.js"),
        ('r.p=e+"../"', "https://site.test/x.js"),
        ('r.p=e+""', "https://site.test/js/x.js"),
        ('r.p=window.a||"/b/"', "https://site.test/b/x.js"),
        ('r.p=a.b(c)||"b/",d', "https://site.test/app/b/x.js"),
        ('r.p=a&&"/b/"', "https://site.test/js/x.js"),
        ("r.p=a||b", "https://site.test/js/x.js"),
        ('r.p=window.a||"/b/";r.p=""', "https://site.test/b/x.js"),
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
        ('x="a.js"', []),
    ],
)
def test_a_runtime_may_name_single_chunks(source: str, expected: list[str]) -> None:
    assert names(f"{source};r.p=e") == expected


@pytest.mark.parametrize(
    ("name", "loading", "expected"),
    [
        ('e=>e+".js"', "r.e(377).then(a)", ["377.js"]),
        ('e=>""+e+".js"', 'Promise.all([r.e(1),r.e("chat")])', ["1.js", "chat.js"]),
        ('e=>"chunk-"+e+".fc86d324.js"', "r.e(1),r.e(1)", ["chunk-1.fc86d324.js"]),
        ("e=>`${e}.js`", "r.e(1)", ["1.js"]),
        ('function(e){return r.p+""+e+".js"}', "r.e(1)", ["1.js"]),
        ('e=>e+".js"', "r.e(a),r.e(1,2),e(3),r.e()", []),
        ('e=>f(e)+".js"', "r.e(1)", []),
        ('e=>e+".css"', "r.e(1)", []),
    ],
)
def test_chunks_without_a_map_are_those_that_are_loaded(
    name: str, loading: str, expected: list[str]
) -> None:
    runtime = Module(f"{BASE}runtime.js", f'r.u={name};r.p=""')
    page = Module(f"{BASE}page.js", loading)
    urls = [BASE + file for file in expected]
    for modules in ([runtime, page], [page, runtime]):
        found = ScriptLinks(BASE, ImportMap().resolve)
        assert [link.url for module in modules for link in found.of(module)] == urls
        assert list(found.of(Module(f"{BASE}other.js", loading))) == []


def test_only_a_runtime_names_chunks_without_a_map() -> None:
    assert links('r.u=e=>e+".js";r.e(1)') == {}


def test_so_many_chunks_without_a_map_are_looked_for_at_the_most() -> None:
    runtime = 'r.u=e=>e+".js";r.p="";'
    loading = "".join(f"r.e({key});" for key in range(MAX_CHUNKS + 5))
    assert len(links(runtime + loading)) == MAX_CHUNKS
    found = ScriptLinks(BASE, ImportMap().resolve)
    assert list(found.of(Module(URL, runtime))) == []
    assert len(list(found.of(Module(URL, loading)))) == MAX_CHUNKS


@pytest.mark.parametrize(
    ("setting", "others"),
    [
        ('r.p="/a/"', ["js/"]),
        ('r.p="/js/"', []),
        ('r.p="";r.p="/a/"', ["app/", "js/"]),
        ('r.p="/a/";r.p="/b/";r.p="/c/";r.p="/d/"', ["b/", "c/", "js/"]),
        ("", []),
    ],
)
def test_a_chunk_may_be_in_another_folder(setting: str, others: list[str]) -> None:
    source = f'r.u=e=>({{1:"x"}})[e]+".js";{setting}'
    [link] = ScriptLinks(BASE, ImportMap().resolve).of(Module(URL, source))
    assert link.others == tuple(f"https://site.test/{folder}x.js" for folder in others)
    assert len(link.others) <= MAX_PUBLIC_PATHS


def test_only_a_runtime_names_single_chunks() -> None:
    assert links('r.u=e=>"a.js"') == {}


def test_a_map_names_so_many_chunks_at_the_most() -> None:
    entries = ",".join(f'{key}:"x{key}"' for key in range(MAX_CHUNKS + 5))
    assert len(links(f'r.u=e=>({{{entries}}})[e]+".js"')) == MAX_CHUNKS


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (f'{"(" * 90}{{1:"x"}}[e]{")" * 8}+".js"', ["x.js"]),
        (f'{"(" * 95}{{1:"x"}}[e]{")" * 95}+".js"', []),
        (f'{"a.p+" * 18}{{1:"x"}}[e]+".js"', ["x.js"]),
        (f'{"a.p+" * 19}{{1:"x"}}[e]+".js"', []),
        (f'({{1:"{"x" * 8192}"}})[e]+".js"', []),
        (f'({{1:"x"}})[e]+"{"x" * 8187}"+".js"', [""]),
        (f'({{1:"x"}})[e]+"{"x" * 8192}.js"', []),
        (f'`${{{{1:"x"}}[e]}}{"x" * 8192}${{a}}.js`', []),
        (f'import"{"x" * 8192}"', []),
        (f'r.p=e;r.u=e=>e+".js";r.e({"1" * 8193})', []),
        (f'r.p=e;r.u=e=>e+".js";r.p={"a(b)||" * 60}"/b/";r.e(1)', ["1.js"]),
    ],
)
def test_what_is_too_long_to_be_a_file(source: str, expected: list[str]) -> None:
    assert [name[:5] for name in names(source)] == expected


def test_so_many_imports_are_looked_up_at_most() -> None:
    assert len(links("".join(f'import"./{n}.js";' for n in range(MAX_WAITING + 5)))) == MAX_WAITING


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
