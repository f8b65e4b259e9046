"""What each kind of statement does."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from magickpen.discovery.javascript.operations import (
    computed,
    entries_of,
    equal,
    new_list,
    text_of,
    truth,
)
from magickpen.discovery.javascript.syntax import Node
from magickpen.discovery.javascript.values import UNDEFINED, Env, Machine, Obj, Unknown, Value

MAX_ROUNDS = 300
"""How often the body of a loop is run."""

_ENDS_OF_FUNCTIONS = ("return", "throw")

End = str | None
"""How a statement ends a loop or a function: "break", "continue", "return", or not at all."""


def hoist(machine: Machine, nodes: Iterable[Node], env: Env) -> None:
    """Declare the functions of a block before it runs."""
    for node in nodes:
        if node.kind == "declare" and node.nodes[0].kind == "function":
            env.names[node.text] = machine.evaluate(node.nodes[0], env)


def run(machine: Machine, node: Node, env: Env) -> End:
    """Run a statement."""
    statement = _STATEMENTS.get(node.kind)
    if statement is not None:
        machine.spend()
        return statement(machine, node, env)
    machine.evaluate(node, env)
    return None


def _maybe(machine: Machine, node: Node, env: Env) -> None:
    """Run what may not be run: it ends nothing that is certain."""
    machine.unsure += 1
    run(machine, node, env)
    machine.unsure -= 1


def _empty(_machine: Machine, _node: Node, _env: Env) -> End:
    return None


def _block(machine: Machine, node: Node, env: Env) -> End:
    inner = inner_env(machine, env)
    hoist(machine, node.nodes, inner)
    return _all(machine, node.nodes, inner)


def inner_env(machine: Machine, env: Env) -> Env:
    """Return the variables of a block."""
    return Env(env.module, env, depth=machine.level, function=env.function)


def _all(machine: Machine, nodes: Iterable[Node], env: Env) -> End:
    for node in nodes:
        end = run(machine, node, env)
        if end is not None:
            return end
    return None


def _var(machine: Machine, node: Node, env: Env) -> End:
    scope = env.function if node.text == "var" and env.function is not None else env
    for target in node.nodes:
        if target.kind == "assign":
            value = machine.evaluate(target.nodes[1], env)
            if scope.bracket is not None and not scope.ordered and target.nodes[0].kind == "name":
                machine.lookup(target.nodes[0].text, scope)
            bind(machine, target.nodes[0], value, scope)
        elif target.kind == "name" and target.text not in scope.names:
            scope.names[target.text] = UNDEFINED
    return None


def _declare(machine: Machine, node: Node, env: Env) -> End:
    if node.nodes[0].kind == "class":
        env.names[node.text] = machine.evaluate(node.nodes[0], env)
    return None


def _if(machine: Machine, node: Node, env: Env) -> End:
    condition, then, otherwise = node.nodes
    known = truth(machine.evaluate(condition, env))
    if known is None:
        _maybe(machine, then, env)
        _maybe(machine, otherwise, env)
        return None
    return run(machine, then if known else otherwise, env)


def _loop(machine: Machine, node: Node, env: Env) -> End:
    first, condition, update, body = node.nodes
    inner = inner_env(machine, env)
    run(machine, first, inner)
    for _ in range(MAX_ROUNDS):
        known = truth(machine.evaluate(condition, inner)) if condition.kind != "empty" else None
        if known is False:
            break
        if known is None:
            _maybe(machine, body, inner)
            break
        end = run(machine, body, inner)
        if end in _ENDS_OF_FUNCTIONS:
            return end
        if end == "break":
            break
        run(machine, update, inner)
    return None


def _each(machine: Machine, node: Node, env: Env) -> End:
    target, iterable, body = node.nodes
    value = machine.evaluate(iterable, env)
    if node.text == "of":
        items = machine.items_of(value)
    else:
        entries = entries_of(value)
        items = None if entries is None else [name for name, _ in entries]
    if target.kind == "var":
        target = target.nodes[0]
    if items is None:
        inner = inner_env(machine, env)
        bind(machine, target, computed(value), inner)
        _maybe(machine, body, inner)
        return None
    for item in items[:MAX_ROUNDS]:
        inner = inner_env(machine, env)
        bind(machine, target, item, inner)
        end = run(machine, body, inner)
        if end in _ENDS_OF_FUNCTIONS:
            return end
        if end == "break":
            break
    return None


def _switch(machine: Machine, node: Node, env: Env) -> End:
    value = machine.evaluate(node.nodes[0], env)
    inner = inner_env(machine, env)
    cases = node.nodes[1:]
    start = len(cases)
    for number, case in enumerate(cases):
        if case.nodes[0].kind == "empty":
            start = min(start, number)
            continue
        same = equal(value, machine.evaluate(case.nodes[0], inner), strict=True)
        if same is None:
            return _all_cases(machine, cases, inner)
        if same:
            start = number
            break
    end = _all(machine, [one for case in cases[start:] for one in case.nodes[1:]], inner)
    return None if end == "break" else end


def _all_cases(machine: Machine, cases: Iterable[Node], env: Env) -> End:
    """Run the cases of a switch in turn, as a function does that was cut at each `await`."""
    machine.unsure += 1
    for case in cases:
        _all(machine, case.nodes[1:], env)
    machine.unsure -= 1
    return None


def _try(machine: Machine, node: Node, env: Env) -> End:
    body, handler, finalizer = node.nodes
    end = run(machine, body, env)
    if end == "throw" and handler.kind != "empty":
        end = run(machine, handler, env)
    else:
        _maybe(machine, handler, env)
    return run(machine, finalizer, env) or end


def _return(machine: Machine, node: Node, env: Env) -> End:
    value = machine.evaluate(node.nodes[0], env) if node.nodes else UNDEFINED
    frame = env.innermost_frame()
    if frame is not None:
        frame.results.append(value)
    return "return"


def _throw(machine: Machine, node: Node, env: Env) -> End:
    for value in node.nodes:
        machine.evaluate(value, env)
    return "throw"


def _break(_machine: Machine, node: Node, _env: Env) -> End:
    return node.kind


_STATEMENTS: dict[str, Callable[[Machine, Node, Env], End]] = {
    "empty": _empty,
    "block": _block,
    "var": _var,
    "declare": _declare,
    "if": _if,
    "loop": _loop,
    "each": _each,
    "switch": _switch,
    "try": _try,
    "return": _return,
    "throw": _throw,
    "break": _break,
    "continue": _break,
}


def assign_to(machine: Machine, target: Node, value: Value, env: Env) -> None:
    """Set what an assignment names."""
    if target.kind == "name":
        machine.assign(target.text, value, env)
    elif target.kind == "member":
        machine.set(machine.evaluate(target.nodes[0], env), target.text, value)
    elif target.kind == "index":
        owner = machine.evaluate(target.nodes[0], env)
        machine.set(owner, machine.evaluate(target.nodes[1], env), value)


def bind(machine: Machine, target: Node, value: Value, env: Env, *, declare: bool = True) -> None:
    """Set the variables of a pattern: declare them, or assign to those that there are."""
    if target.kind == "assign":
        if value is UNDEFINED:
            value = machine.evaluate(target.nodes[1], env)
        bind(machine, target.nodes[0], value, env, declare=declare)
    elif target.kind == "array":
        _bind_items(machine, target, value, env, declare)
    elif target.kind == "object":
        _bind_properties(machine, target, value, env, declare)
    elif target.kind == "name" and declare:
        env.names[target.text] = value
    else:
        assign_to(machine, target, value, env)


def _bind_items(machine: Machine, target: Node, value: Value, env: Env, declare: bool) -> None:
    items = machine.items_of(value)
    for position, node in enumerate(target.nodes):
        if node.kind == "spread":
            rest = computed(value) if items is None else new_list(items[position:])
            bind(machine, node.nodes[0], rest, env, declare=declare)
        elif node.kind != "empty":
            item = machine.get(value, str(position)) if items is None else UNDEFINED
            if items is not None and position < len(items):
                item = items[position]
            bind(machine, node, item, env, declare=declare)


def _bind_properties(machine: Machine, target: Node, value: Value, env: Env, declare: bool) -> None:
    taken: set[str] = set()
    for node in target.nodes:
        if node.kind == "spread":
            rest = Obj(open=isinstance(value, Unknown))
            for name, item in entries_of(value) or ():
                if name not in taken:
                    machine.set(rest, name, machine.plain(item, value))
            bind(machine, node.nodes[0], rest, env, declare=declare)
        else:
            name = text_of(machine.evaluate(node.nodes[0], env)) or ""
            taken.add(name)
            bind(machine, node.nodes[1], machine.get(value, name), env, declare=declare)
