from __future__ import annotations

from contextlib import suppress

from magickpen.discovery.chunks import public_paths, read_chunks
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.tokens import WorkLimitError

URL = "https://site.test/js/main.js"


def test_a_script_says_which_chunks_it_has_and_loads() -> None:
    module = Module(URL, 'r.p="/w/";r.u=e=>e+".js";r.v=e=>({5:"ace"})[e]+".js";r.e(7),r.e("chat")')
    found = read_chunks(module)
    assert found.files == ["ace.js"]
    assert [name.of("7") for name in found.file_names] == ["7.js"]
    assert found.keys == ["7", "chat"]
    assert public_paths(module, "https://site.test/") == ["https://site.test/w/"]


def test_a_script_that_took_too_much_work_says_nothing_more() -> None:
    module = Module(URL, 'r.p="/w/";r.u=e=>e+".js"')
    [name] = read_chunks(module).file_names
    with suppress(WorkLimitError):
        module.script.work.spend(10**9)
    assert name.of("7") == ""
    assert public_paths(module, "https://site.test/") == []
    assert read_chunks(module).file_names == []
