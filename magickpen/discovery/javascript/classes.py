"""The classes that scripts make."""

from __future__ import annotations

from magickpen.discovery.javascript.statements import run
from magickpen.discovery.javascript.syntax import Node
from magickpen.discovery.javascript.values import Env, Frame, Getter, Machine, Obj, Value


def make_class(machine: Machine, node: Node, env: Env) -> Value:
    """Return the class that an expression makes."""
    parent = machine.evaluate(node.nodes[0], env) if node.nodes else None
    made = Obj(kind="class", prototype=parent if isinstance(parent, Obj) else None)
    inherited = machine.get(parent, "prototype") if parent is not None else None
    prototype = Obj(
        {"constructor": made}, prototype=inherited if isinstance(inherited, Obj) else None
    )
    made.properties["prototype"] = prototype
    inner = Env(env.module, env, Frame(made, [], Obj(home=made)), machine.level)
    if node.text:
        inner.names[node.text] = made
    for member in env.module.members(node.place):
        _add_member(machine, member, made, prototype, inner)
    return made


def _add_member(machine: Machine, member: Node, made: Obj, prototype: Obj, env: Env) -> None:
    key, value = member.nodes
    owner = made if member.text == "static" else prototype
    if member.text == "block":
        run(machine, value, env)
        return
    name = machine.evaluate(key, env)
    if member.kind == "field" and member.text:
        machine.set(made, name, machine.evaluate(value, env))
    elif member.kind == "field":
        made.fields.append((name, value, env))
    elif member.kind != "set":
        function = machine.evaluate(value, env)
        assert isinstance(function, Obj)
        function.home = owner
        if name == "constructor" and owner is prototype:
            made.closure = function.closure
            made.home = prototype
        else:
            machine.set(owner, name, Getter(function) if member.kind == "get" else function)
