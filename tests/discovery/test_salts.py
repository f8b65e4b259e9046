from __future__ import annotations

import pytest

from magickpen.discovery.javascript.evaluation import Evaluator
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.script import Work
from magickpen.discovery.salts import JOIN_DISTANCE, MAX_SALTED, MAX_SORTS, Salt, read_salts

URL = "https://site.test/a.js"


def salts_of(source: str) -> list[Salt]:
    module = Module(URL, source)
    return read_salts(module, Evaluator({URL: module}))


def values_of(source: str) -> list[tuple[str, bool]]:
    return [(salt.value, salt.joined) for salt in salts_of(source)]


@pytest.mark.parametrize(
    "source",
    [
        '["salt",t,n].sort().join("")',
        "['salt',t,n].sort().join('')",
        "[t,n,`salt`].toSorted().join(``)",
        'var e=["salt",t,n];e.sort(),h(e.join(""))',
        'var s="salt";[t,s,n].sort((a,b)=>a>b?1:-1).join("")',
        '["salt",t,n].map(String).sort().join("")',
        '[...["salt",t],n].sort().join("")',
    ],
)
def test_the_constant_of_a_list_that_is_sorted_and_joined_may_be_a_salt(source: str) -> None:
    assert values_of(source) == [("salt", True)]


def test_a_salt_is_where_its_list_is_sorted() -> None:
    [first, second] = salts_of('a=["one1",t,n].sort();b=["two2",t,n].toSorted()')
    tokens = first.module.script.tokens
    assert [tokens[salt.place] for salt in (first, second)] == ["sort", "toSorted"]
    assert [salt.value for salt in (first, second)] == ["one1", "two2"]


@pytest.mark.parametrize(
    "joining",
    [
        "",
        ".join",
        ".join(",
        ".join()",
        '.join(",")',
        ".join(a)",
        ";join;x.join``",
        f'{";b" * JOIN_DISTANCE};x.join("")',
    ],
)
def test_a_list_that_is_only_sorted_may_have_a_salt_that_is_not_joined(joining: str) -> None:
    assert values_of('["salt",t,n].sort()' + joining) == [("salt", False)]


@pytest.mark.parametrize(
    "source",
    [
        '["salt",t].sort().join("")',
        '["salt","other",t].sort().join("")',
        '[t,n,m].sort().join("")',
        '["abc",t,n].sort().join("")',
        '["größe",t,n].sort().join("")',
        f'["{"x" * 65}",t,n].sort().join("")',
        f'["salt"{",a" * MAX_SALTED}].sort().join("")',
        'sort(["salt",t,n]).join("")',
        '["salt",t,n].sort',
        'a.sort().join("")',
        "",
    ],
)
def test_other_lists_have_no_salt(source: str) -> None:
    assert values_of(source) == []


def test_so_many_sorts_are_looked_at_at_the_most() -> None:
    salted = '["salt",t,n].sort()'
    assert values_of(";".join(["sort"] * (MAX_SORTS - 1) + [salted])) == [("salt", False)]
    assert values_of(";".join(["sort"] * MAX_SORTS + [salted])) == []


def test_a_script_that_takes_too_much_work_has_the_salts_that_were_found() -> None:
    module = Module(URL, '["salt",t,n].sort();' * 50)
    module.script.work = Work(250)
    found = read_salts(module, Evaluator({URL: module}))
    assert 0 < len(found) < 50
