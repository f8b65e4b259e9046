from __future__ import annotations

import json

import pytest

from magickpen.core.addresses import MAX_URL_LENGTH
from magickpen.discovery.import_map import MAX_ENTRIES, MAX_MAP_LENGTH, ImportMap

BASE = "https://site.test/app/"
IMPORTER = "https://site.test/js/e.js"


def import_map(*texts: str) -> ImportMap:
    found = ImportMap()
    for text in texts:
        found.add(text, BASE)
    return found


IMPORTS = """{
    "imports": {
        "#entry": "/_nuxt/a.js",
        "vue": "https://cdn.test/vue.js",
        "lib/": "./lib/",
        "lib/x/": "/x/",
        "lib/none/": null,
        "bare/": "other/",
        "file/": "/file.js",
        "/b.js": "/c.js",
        "https://site.test/gone.js": null,
        "bare": "other"
    },
    "scopes": {
        "/js/": {"vue": "/scoped.js", "lib/": "/l/", "/b.js": null, "none": 1},
        "/js/e.js": {"#entry": "/own.js"},
        "/j": {"lib/x/": "/prefix/"},
        "//[": {"vue": "/nowhere.js"}
    }
}"""


@pytest.mark.parametrize(
    ("name", "url", "elsewhere"),
    [
        ("#entry", "https://site.test/own.js", "https://site.test/_nuxt/a.js"),
        ("vue", "https://site.test/scoped.js", "https://cdn.test/vue.js"),
        ("lib/d.mjs", "https://site.test/l/d.mjs", "https://site.test/app/lib/d.mjs"),
        ("lib/x/d.mjs", "https://site.test/l/x/d.mjs", "https://site.test/x/d.mjs"),
        ("lib/x/", "https://site.test/l/x/", "https://site.test/x/"),
        ("lib/none/d.mjs", "https://site.test/l/none/d.mjs", ""),
        ("lib/../../d.mjs", "", ""),
        ("bare/d.mjs", "", ""),
        ("file/d.mjs", "", ""),
        ("/b.js", "", "https://site.test/c.js"),
        ("../b.js", "", "https://site.test/c.js"),
        ("/gone.js", "", ""),
        ("./d.js", "https://site.test/js/d.js", "https://site.test/d.js"),
        ("http://cdn.test/e.js", "http://cdn.test/e.js", "http://cdn.test/e.js"),
        ("HTTPS://cdn.test/e.js", "https://cdn.test/e.js", "https://cdn.test/e.js"),
        ("node:fs", "", ""),
        ("bare", "", ""),
        ("none", "", ""),
        ("react", "", ""),
        ("", "", ""),
    ],
)
def test_an_import_is_looked_up(name: str, url: str, elsewhere: str) -> None:
    found = import_map(IMPORTS)
    assert found.resolve(IMPORTER, name) == url
    assert found.resolve("https://site.test/other.js", name) == elsewhere


def test_of_two_targets_of_a_name_the_first_one_counts() -> None:
    found = import_map('{"imports":{"a":"/1.js"}}', '{"imports":{"a":"/2.js","b":"/3.js"}}')
    assert found.resolve(BASE, "a") == "https://site.test/1.js"
    assert found.resolve(BASE, "b") == "https://site.test/3.js"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"imports":[]}', '{"scopes":{"/":1}}', "null", "[" * 100_000]
)
def test_a_damaged_import_map_says_nothing(text: str) -> None:
    found = import_map(text)
    assert found.resolve(BASE, "vue") == ""
    assert found.resolve(BASE, "./a.js") == "https://site.test/app/a.js"


def test_what_an_import_map_can_make_the_client_keep_is_bounded() -> None:
    text = '{"imports":{"a":"/a.js"}}'.ljust(MAX_MAP_LENGTH)
    assert import_map(text).resolve(BASE, "a") == "https://site.test/a.js"
    assert import_map(text + " ").resolve(BASE, "a") == ""
    many = {str(number): "/a.js" for number in range(MAX_ENTRIES + 1)}
    found = import_map(json.dumps({"imports": many}), '{"imports":{"b":"/b.js"}}')
    assert found.resolve(BASE, str(MAX_ENTRIES - 1)) == "https://site.test/a.js"
    assert found.resolve(BASE, str(MAX_ENTRIES)) == found.resolve(BASE, "b") == ""
    name = "a" * MAX_URL_LENGTH
    found = import_map(json.dumps({"imports": {name: "/a.js", f"{name}a": "/b.js"}}))
    assert found.resolve(BASE, name) == "https://site.test/a.js"
    assert found.resolve(BASE, f"{name}a") == ""
