"""Running the code around a place of a script."""

from __future__ import annotations

import pytest

from magickpen.discovery.javascript import statics
from magickpen.discovery.javascript import visits as visits_module
from magickpen.discovery.javascript.interpreter import Interpreter
from magickpen.discovery.javascript.module import Module
from magickpen.discovery.javascript.operations import known_text
from magickpen.discovery.javascript.tokens import Work
from magickpen.discovery.javascript.values import Getter
from magickpen.discovery.javascript.visits import Visits

URL = "https://site.test/a.js"
HEADER = "x-api-secret"


def visited(source: str, work: int | None = None) -> Interpreter:
    """Return the interpreter after the visit of each place of `HERE`."""
    module = Module(URL, source.replace("HEADER", f'"{HEADER}"'))
    interpreter = Interpreter({URL: module}, page_url="https://site.test/")
    visits = Visits(interpreter)
    places = list(module.script.occurrences("HERE"))
    if work is not None:
        module.script.work = Work(work, lambda: False)
    for place in places:
        visits.visit(module, place)
        visits.visit_uses(module, place)
    return interpreter


def sent(source: str) -> list[str | None]:
    """Return what is set as the header, by each object that carries it."""
    return [
        known_text(value)
        for carrier in visited(source).objects.carriers
        if not isinstance(value := carrier.properties[HEADER], Getter)
    ]


PLACES = [
    "var a='x',h={HEADER:a,HERE:1}",
    "h={HEADER:'x',HERE:1}",
    "h={[HEADER]:'x',HERE}",
    "a;h={HEADER:'x',HERE},b",
    "{}h={HEADER:'x',HERE}",
    "if(a){h={HEADER:'x',HERE}}",
    "if(HERE)h={HEADER:'x'}",
    "if(HERE)var h={HEADER:'x'}",
    "for(;;){h={HEADER:'x',HERE}}",
    "try{h={HEADER:'x',HERE}}catch(e){}",
    "switch(HERE){case 1:h={HEADER:'x'}}",
    "while(a)h={HEADER:'x',HERE}",
    "do{h={HEADER:'x',HERE}}while(a)",
    "export const h={HEADER:'x',HERE}",
    "export default{HEADER:'x',HERE}",
    "function f(){return{HEADER:'x',HERE}}",
    "async function f(){return{HEADER:'x',HERE}}",
    "function*f(){return{HEADER:'x',HERE}}",
    "function f(a){fetch(a,{headers:{HEADER:'x',HERE}})}",
    "var f=a=>fetch(a,{headers:{HEADER:'x',HERE}})",
    "var f=a=>{fetch(a,{headers:{HEADER:'x',HERE}})}",
    "var f=a=>b=>({HEADER:'x',HERE})",
    "function f(){return()=>{g(()=>({HEADER:'x',HERE}))}}",
    "function f(){var k='x';return()=>({HEADER:k,HERE})}",
    "o={m(){return{HEADER:this.k,HERE}},k:'x'}",
    "class A{k='x';m(){return{HEADER:this.k,HERE}}}",
    "class A{constructor(){this.k='x'}m(){return{HEADER:this.k,HERE}}}",
    "class A{constructor(){this.h={HEADER:'x',HERE}}}",
    "class A{static k='x';static m(){return{HEADER:this.k,HERE}}}",
    "class A{h={HEADER:'x',HERE}}new A",
    "(function(k){f({HEADER:k,HERE})})('x')",
    "x={7:function(e,t,n){t.h={HEADER:n(8).k,HERE}},8(e,t){t.k='x'}}",
    "axios.interceptors.use(c=>(c.headers[HEADER]='x',HERE,c))",
    "var i=axios.create(HERE);i.headers[HEADER]='x'",
    "var a=HERE,b=a;b.setRequestHeader(HEADER,'x')",
    "var a=HERE;function f(){a.set(HEADER,'x')}",
    "function HERE(){}function g(){f(HERE,{HEADER:'x'})}",
    "class HERE{}f(HERE,{HEADER:'x'})",
    "var k='x',t=HERE,u=()=>{t({HEADER:k})}",
    "y in{HEADER:'x',HERE}",
]


@pytest.mark.parametrize("small", [-1, 4, 8000])
@pytest.mark.parametrize("source", PLACES)
def test_what_the_code_around_a_place_sets(
    source: str, small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statics, "SMALL", small)
    monkeypatch.setattr(visits_module, "SMALL", 8000 if small < 0 else small)
    found = sent(source)
    assert "x" in found or small == 4


@pytest.mark.parametrize(
    "source",
    [
        "HERE",
        "HERE(",
        ")HERE",
        "=>HERE",
        "=>{HERE}",
        "){HERE}",
        "HERE=>",
        "HERE=",
        "a=HERE",
        "for(HERE",
        "switch(HERE)",
        "try{HERE",
        "function HERE",
        "function(HERE",
        "class HERE",
        "class{HERE",
        "export HERE",
        "import HERE",
        "`${HERE",
        "HERE,HERE;HERE",
        "if(HERE",
        "var HERE",
        "throw HERE",
        "async HERE",
        "x={7(HERE",
        "x={7:function(HERE){",
        "return HERE",
        "const",
        "function",
        "new HERE",
        "System.register(HERE",
        "a.HERE.b",
        "HERE:",
        "{HERE",
        "[HERE",
        "(HERE)=>{",
        "for(var a=(HERE",
        "throw;HERE",
    ],
)
def test_broken_scripts_are_visited(source: str) -> None:
    visited(source)


@pytest.mark.parametrize("source", PLACES)
def test_every_place_of_a_script_can_be_visited(source: str) -> None:
    module = Module(URL, source)
    visits = Visits(Interpreter({URL: module}))
    for place in range(len(module.script.tokens)):
        visits.visit(module, place)


@pytest.mark.parametrize(
    "source", ["function f(){var a={HEADER:1,HERE};g(a)}", "HERE=a;HERE", "a=>HERE"]
)
@pytest.mark.parametrize("work", [0, 5, 10, 20, 40])
def test_a_visit_ends_where_the_work_does(source: str, work: int) -> None:
    visited(source, work)


def test_a_piece_is_run_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statics, "SMALL", -1)
    source = "var a={HEADER:'x',HERE},b={HEADER:'y'};f(a,HERE,HERE)"
    assert len(visited(source).objects.carriers) == 1


def test_the_functions_inside_a_function_are_called_as_well() -> None:
    source = "function f(){HERE;return{a(){return{b(){g({HEADER:'x'})}}}}}"
    assert set(sent(source)) == {"x"}


def test_functions_that_make_functions_are_called_to_some_depth() -> None:
    source = f"function f(){{HERE;return {'a=>' * 30}g({{HEADER:'x'}})}}"
    assert sent(source) == []


def test_what_takes_too_long_ends_nothing_but_its_piece() -> None:
    endless = "for(;1;)for(;1;)for(;1;)for(;1;);"
    assert sent(f"function f(){{{endless}HERE}}function g(){{h({{HEADER:'x',HERE}})}}")[0] == "x"


CRASHES = [
    "a={};a[NaN]=a[1e999]=1",
    "a=[];a[NaN]=1",
    "0**-1",
    "1e-300**-31",
    "(-8)**.5<1",
    "[1].fill(0,-9)",
    "Array(NaN)",
    "Array.from({length:-1e999})",
    "x=9;for(i=0;i<12;i++)x*=x;x/3;x|3;x%3;x+.5;Number(x)",
    "x=9;for(i=0;i<13;i++)x*=x;''+x",
    "import('http://[')",
    "throw",
    "a={};b={};Object.setPrototypeOf(a,b);Object.setPrototypeOf(b,a);a instanceof f;a.x;a in b",
    "m=new Map;Object.defineProperty(m,'a',{get(){m.set('z'+m.x,2)}});[...m];m.keys();m.forEach(f)",
    "o={get a(){return[...this.a,...this.a]}};o.a",
    "String.fromCharCode(0xd800)+encodeURIComponent('\\ud800')",
    "[].at(NaN);[][-1];[][1e999]",
    "class A extends A{constructor(){super();super.x;new A}}new A",
    "x=f(1);for(i=0;i<300;i++)x=h(x,x);x.foo.bar.value",
]


@pytest.mark.parametrize("body", CRASHES)
def test_unusual_code_is_visited(body: str) -> None:
    names = "var a,b,i,m,o,x;"
    assert (
        sent(f"function f(){{{names}{body};HERE}}function g(){{h({{HEADER:'x',HERE}})}}")[0] == "x"
    )


@pytest.mark.parametrize("steps", [0, 1, 10, 100])
def test_nothing_is_visited_once_all_steps_are_taken(
    steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits_module, "ALL_STEPS", steps)
    assert sent("function f(){for(;1;)for(;1;);return{HEADER:'x',HERE}}") == []
