"""What each kind of expression stands for."""

from __future__ import annotations

from collections.abc import Callable

from magickpen.discovery.javascript.classes import make_class
from magickpen.discovery.javascript.operations import (
    alternatives,
    computed,
    either,
    loaded,
    new_list,
    number_of,
    text_of,
    truth,
)
from magickpen.discovery.javascript.operators import concatenated, int32, operate
from magickpen.discovery.javascript.statements import assign_to, bind
from magickpen.discovery.javascript.syntax import Node
from magickpen.discovery.javascript.values import (
    UNDEFINED,
    Closure,
    Env,
    Getter,
    Machine,
    Nothing,
    Obj,
    Unknown,
    Value,
)

NOT_IN_BROWSERS = frozenset(
    ["define", "module", "exports", "require", "process", "global", "Deno", "Bun"]
)
"""Global variables by which a bundle tells other places that it may run in."""


def _constant(_machine: Machine, node: Node, _env: Env) -> Value:
    return node.text


def _number(_machine: Machine, node: Node, _env: Env) -> Value:
    text = node.text.replace("_", "")
    try:
        return float(int(text, 0)) if text[:2].lower() in ("0x", "0b", "0o") else float(text)
    except (ValueError, OverflowError):
        return Unknown(made=False)


def _name(machine: Machine, node: Node, env: Env) -> Value:
    return machine.lookup(node.text, env)


def _this(machine: Machine, _node: Node, env: Env) -> Value:
    frame = env.innermost_frame()
    return machine.window if frame is None else frame.this


def _parent(env: Env) -> Value:
    """Return the object that `super` means."""
    frame = env.innermost_frame()
    home = frame.function.home if frame is not None else None
    return home.prototype or UNDEFINED if home is not None else UNDEFINED


def _template(machine: Machine, node: Node, env: Env) -> Value:
    return concatenated([machine.evaluate(part, env) for part in node.nodes])


def _array(machine: Machine, node: Node, env: Env) -> Value:
    return new_list(machine.evaluate_all(node.nodes, env))


def _sequence(machine: Machine, node: Node, env: Env) -> Value:
    value: Value = UNDEFINED
    for part in node.nodes:
        value = machine.evaluate(part, env)
    return value


def _object(machine: Machine, node: Node, env: Env) -> Value:
    made = Obj()
    for part in node.nodes:
        if part.kind == "spread":
            machine.copy(machine.evaluate(part.nodes[0], env), made)
            continue
        key, value = part.nodes
        name = machine.evaluate(key, env)
        if part.kind == "get":
            machine.set(made, name, Getter(machine.evaluate(value, env)))
        elif part.text != "set":
            machine.set(made, name, machine.evaluate(value, env))
    return made


def _function(machine: Machine, node: Node, env: Env) -> Value:
    function = Obj(closure=Closure(env.module, node, env))
    machine.functions[(env.module, node.place)] = function
    return function


def _member(machine: Machine, node: Node, env: Env) -> Value:
    if node.nodes[0].kind == "super":
        return machine.get(_parent(env), node.text, _this(machine, node, env))
    return machine.get(machine.evaluate(node.nodes[0], env), node.text)


def _index(machine: Machine, node: Node, env: Env) -> Value:
    owner = machine.evaluate(node.nodes[0], env)
    key = machine.evaluate(node.nodes[1], env)
    return either(machine.item(owner, one) for one in alternatives(key))


def _call(machine: Machine, node: Node, env: Env) -> Value:
    callee = node.nodes[0]
    if callee.kind == "super":
        return _call_of_super(machine, node, env)
    if callee.kind not in ("member", "index"):
        function = machine.evaluate(callee, env)
        return machine.call(function, UNDEFINED, machine.evaluate_all(node.nodes[1:], env))
    if callee.nodes[0].kind == "super":
        this = _this(machine, node, env)
        function = machine.get(_parent(env), callee.text, this)
        return machine.call(function, this, machine.evaluate_all(node.nodes[1:], env))
    owner = machine.evaluate(callee.nodes[0], env)
    key = callee.text if callee.kind == "member" else machine.evaluate(callee.nodes[1], env)
    arguments = machine.evaluate_all(node.nodes[1:], env)
    return either(
        machine.call_method(one, name, arguments)
        for one in alternatives(owner)
        for name in alternatives(key)
    )


def _call_of_super(machine: Machine, node: Node, env: Env) -> Value:
    frame = env.innermost_frame()
    arguments = machine.evaluate_all(node.nodes[1:], env)
    if frame is None or frame.function.home is None:
        return UNDEFINED
    made = frame.function.home.properties.get("constructor")
    if isinstance(made, Obj):
        machine.initialize(made.prototype or UNDEFINED, frame.this, arguments)
        machine.set_fields(made, frame.this)
    return UNDEFINED


def _new(machine: Machine, node: Node, env: Env) -> Value:
    constructor = machine.evaluate(node.nodes[0], env)
    return machine.construct(constructor, machine.evaluate_all(node.nodes[1:], env))


def _import(machine: Machine, node: Node, env: Env) -> Value:
    source = text_of(machine.evaluate(node.nodes[0], env)) if node.nodes else None
    return Unknown() if source is None else machine.imported(env.module, source, "*")


def _await(machine: Machine, node: Node, env: Env) -> Value:
    return machine.evaluate(node.nodes[0], env)


def _unary(machine: Machine, node: Node, env: Env) -> Value:
    operand = node.nodes[0]
    if (
        node.text == "typeof"
        and operand.kind == "name"
        and not machine.is_declared(operand.text, env)
    ):
        return "undefined" if operand.text in NOT_IN_BROWSERS else Unknown(made=False)
    value = machine.evaluate(operand, env)
    if node.text == "!":
        known = truth(value)
        return computed(value) if known is None else not known
    if node.text == "typeof":
        return _type_of(value)
    if node.text in ("void", "delete"):
        return UNDEFINED
    number = number_of(value)
    if number is None:
        return computed(value)
    if node.text == "~":
        return float(~int32(number))
    return -number if node.text == "-" else number


def _type_of(value: Value) -> Value:
    value = loaded(value)
    match value:
        case bool():
            return "boolean"
        case str():
            return "symbol" if value.startswith("@@") else "string"
        case float() | int():
            return "number"
        case Nothing.UNDEFINED:
            return "undefined"
        case Obj() if not isinstance(value, Unknown) or value.name == "window":
            return "function" if value.callable else "object"
        case Nothing():
            return "object"
        case _:
            return computed(value)


def _update(machine: Machine, node: Node, env: Env) -> Value:
    old = machine.evaluate(node.nodes[0], env)
    number = number_of(old)
    new = computed(old) if number is None else number + (1 if node.text == "++" else -1)
    assign_to(machine, node.nodes[0], new, env)
    return old if node.place != node.nodes[0].place - 1 else new


def _binary(machine: Machine, node: Node, env: Env) -> Value:
    # A long sum nests to the left, deeper than Python's stack.
    spine = [node]
    while spine[-1].nodes[0].kind == "binary":
        spine.append(spine[-1].nodes[0])
    value = machine.evaluate(spine[-1].nodes[0], env)
    for part in reversed(spine):
        machine.spend()
        value = _joined(machine, part, value, env)
    return value


def _joined(machine: Machine, node: Node, left: Value, env: Env) -> Value:
    word = node.text
    if word in ("||", "&&", "??"):
        return _logical(machine, node, left, env)
    return operate(machine, word, left, machine.evaluate(node.nodes[1], env))


def _logical(machine: Machine, node: Node, left: Value, env: Env) -> Value:
    if node.text == "??":
        known = None if isinstance(left, Unknown) else not isinstance(left, Nothing)
    else:
        known = truth(left)
    if known is not None:
        return left if known is (node.text != "&&") else machine.evaluate(node.nodes[1], env)
    machine.unsure += 1
    right = machine.evaluate(node.nodes[1], env)
    machine.unsure -= 1
    if node.text == "&&":
        return right
    # What stands behind is the value that is meant where nothing else was configured.
    others = [one for one in alternatives(left) if not isinstance(one, Unknown) and truth(one)]
    return either([*others, right]) if not isinstance(right, Unknown) else computed(left, right)


def _choice(machine: Machine, node: Node, env: Env) -> Value:
    *pairs, last = node.nodes
    found: list[Value] = []
    unsure = machine.unsure
    for condition, value in zip(pairs[::2], pairs[1::2], strict=True):
        known = truth(machine.evaluate(condition, env))
        if known is not False:
            machine.unsure += known is None
            found.append(machine.evaluate(value, env))
        if known:
            break
    else:
        found.append(machine.evaluate(last, env))
    machine.unsure = unsure
    return either(found)


def _assign(machine: Machine, node: Node, env: Env) -> Value:
    target, right = node.nodes
    if node.text == "=":
        value = machine.evaluate(right, env)
        if target.kind in ("array", "object"):
            bind(machine, target, value, env, declare=False)
        else:
            assign_to(machine, target, value, env)
        return value
    word = node.text[:-1]
    old = machine.evaluate(target, env)
    if word in ("||", "&&", "??"):
        value = _logical(machine, Node("binary", node.place, word, (target, right)), old, env)
    else:
        value = operate(machine, word, old, machine.evaluate(right, env))
    assign_to(machine, target, value, env)
    return value


EXPRESSIONS: dict[str, Callable[[Machine, Node, Env], Value]] = {
    "text": _constant,
    "number": _number,
    "name": _name,
    "this": _this,
    "template": _template,
    "array": _array,
    "sequence": _sequence,
    "object": _object,
    "function": _function,
    "arrow": _function,
    "method": _function,
    "class": make_class,
    "member": _member,
    "index": _index,
    "call": _call,
    "new": _new,
    "import": _import,
    "await": _await,
    "unary": _unary,
    "update": _update,
    "binary": _binary,
    "choice": _choice,
    "assign": _assign,
}
