"""What the calls of functions and of constructors do."""

from __future__ import annotations

from magickpen.discovery.javascript.linker import Linker
from magickpen.discovery.javascript.operations import computed, either, is_known, loaded, salts_of
from magickpen.discovery.javascript.statements import bind, hoist, run
from magickpen.discovery.javascript.statics import Statics
from magickpen.discovery.javascript.values import (
    UNDEFINED,
    Choice,
    Closure,
    Env,
    Frame,
    Machine,
    Obj,
    Salt,
    Unknown,
    Value,
)

SETTERS = frozenset(["setRequestHeader", "setHeader", "set", "append", "header"])
"""The methods that set a header."""


class Calls:
    """Calls functions, known and unknown ones."""

    def __init__(self, machine: Machine, statics: Statics, linker: Linker) -> None:
        self._machine = machine
        self._statics = statics
        self._linker = linker

    def call(self, function: Value, this: Value, arguments: list[Value]) -> Value:
        """Return what a call returns."""
        function = loaded(function)
        if isinstance(function, Choice):
            return either(self.call(one, this, arguments) for one in function.values)
        if isinstance(function, Obj) and function.native is not None:
            return function.native(self._machine, this, arguments)
        if isinstance(function, Obj) and function.closure is not None:
            # The function of a bundler that runs a module by its name is not followed.
            named = len(arguments) == 1 and isinstance(arguments[0], str)
            exports = self._linker.required(arguments) if named else None
            return exports or self._invoke(function, function.closure, this, arguments)
        return self.call_unknown(this, arguments)

    def call_method(self, this: Value, key: Value, arguments: list[Value]) -> Value:
        """Return what a call of a method returns."""
        machine = self._machine
        function = machine.item(this, key)
        is_callable = isinstance(function, Obj) and function.callable
        if key in SETTERS and len(arguments) > 1 and isinstance(this, Obj) and not is_callable:
            machine.set(this, arguments[0], arguments[1])
            this.kind = this.kind or "request"
            return this
        return self.call(function, this, arguments)

    def call_unknown(self, this: Value, arguments: list[Value]) -> Value:
        """Return what is known of the result of a call, and run the functions passed to it."""
        exports = self._linker.required(arguments)
        if exports is not None:
            return exports
        if self._is_definition(arguments) or self._adds_methods(arguments):
            return arguments[0]
        last = arguments[-1] if arguments else UNDEFINED
        # Where a compiler cut a function at each `await`, the object of the method comes last.
        owner = last if isinstance(last, Obj) and last.closure is None else Unknown()
        for argument in arguments:
            if isinstance(argument, Obj) and argument.closure is not None:
                self._call_back(argument, argument.closure, this, owner)
        made = not arguments or not all(map(is_known, arguments))
        return computed(this, *arguments, made=made)

    def _is_definition(self, arguments: list[Value]) -> bool:
        """Set a property as the helper of compilers does: `f(object, "name", value)`."""
        match arguments:
            case [Obj() as owner, str() as name, value]:
                self._machine.set(owner, name, value)
                return True
            case _:
                return False

    def _adds_methods(self, arguments: list[Value]) -> bool:
        """Add methods to a class as the helper of compilers does: `f(A, [{key, value}, ...])`."""
        machine, added = self._machine, False
        if len(arguments) < 2 or not isinstance(arguments[0], Obj) or not arguments[0].callable:
            return False
        owners = (machine.get(arguments[0], "prototype"), arguments[0])
        for owner, methods in zip(owners, arguments[1:], strict=False):
            for method in machine.items_of(methods) or ():
                key, value = machine.get(method, "key"), machine.get(method, "value")
                if isinstance(key, str) and isinstance(owner, Obj) and isinstance(value, Obj):
                    machine.set(owner, key, value)
                    value.home = owner
                    added = True
        return added

    def _call_back(self, function: Obj, closure: Closure, caller: Value, owner: Obj) -> None:
        """Run a function once that was passed to a function, at a time that is not known.

        Its arguments may have what the caller has: a library passes on what it was configured with.
        """
        machine = self._machine
        if (closure.module, closure.node.place) in machine.called:
            return
        sources = caller.sources if isinstance(caller, Unknown) else ()
        machine.unsure += 1
        try:
            self.call(function, owner, [Unknown(sources=sources) for _ in range(4)])
        finally:
            machine.unsure -= 1

    def _invoke(
        self, function: Obj, closure: Closure, this: Value, arguments: list[Value]
    ) -> Value:
        machine = self._machine
        machine.called.add((closure.module, closure.node.place))
        unknown = computed(this, *arguments)
        result = machine.limited(lambda: self._run(function, closure, this, arguments), unknown)
        # A hash is not run with what is not known: only what went into it counts.
        return _salted(result, unknown.salts) if unknown.salts else result

    def _run(self, function: Obj, closure: Closure, this: Value, arguments: list[Value]) -> Value:
        machine, module = self._machine, closure.module
        parameters, body = module.function(closure.node.place)
        frame = Frame(this, arguments, function)
        env = Env(module, closure.env, frame, machine.level)
        env.function = env
        if closure.node.kind != "arrow":
            env.names["arguments"] = Obj(items=list(arguments))
        elif (outer := closure.env.innermost_frame()) is not None:
            frame.this, frame.function = outer.this, outer.function
        if closure.node.kind == "function" and closure.node.text:
            env.names[closure.node.text] = function
        env.names |= dict.fromkeys(module.variables(closure.node.place), UNDEFINED)
        previous, self._statics.module = self._statics.module, module
        try:
            for position, parameter in enumerate(parameters):
                if parameter.kind == "spread":
                    bind(machine, parameter.nodes[0], Obj(items=arguments[position:]), env)
                else:
                    passed = arguments[position] if position < len(arguments) else UNDEFINED
                    bind(machine, parameter, passed, env)
            hoist(machine, body.nodes, env)
            for node in body.nodes if body.kind == "block" else [body]:
                if run(machine, node, env) is not None:
                    break
        finally:
            self._statics.module = previous
        return either(frame.results)

    def construct(self, constructor: Value, arguments: list[Value]) -> Value:
        """Return a new object."""
        constructor = loaded(constructor)
        if isinstance(constructor, Choice):
            return either(self.construct(one, arguments) for one in constructor.values)
        if not isinstance(constructor, Obj) or not constructor.callable:
            return self.call_unknown(UNDEFINED, arguments)
        if constructor.native is not None:
            return constructor.native(self._machine, UNDEFINED, arguments)
        prototype = self._machine.get(constructor, "prototype")
        instance = Obj(prototype=prototype if isinstance(prototype, Obj) else None)
        constructor.instance = instance
        result = self.initialize(constructor, instance, arguments)
        return result if isinstance(result, Obj) and constructor.kind != "class" else instance

    def initialize(self, constructor: Value, instance: Value, arguments: list[Value]) -> Value:
        """Run a constructor on a new object."""
        if not isinstance(constructor, Obj) or not constructor.callable:
            if isinstance(instance, Obj):
                instance.open = True
            return UNDEFINED
        parent = constructor.prototype if constructor.kind == "class" else None
        if parent is None:
            self.set_fields(constructor, instance)
        if constructor.closure is not None:
            return self.call(constructor, instance, arguments)
        if parent is not None:
            self.initialize(parent, instance, arguments)
            self.set_fields(constructor, instance)
        return UNDEFINED

    def set_fields(self, constructor: Obj, instance: Value) -> None:
        """Set the fields that a class declares."""
        machine = self._machine
        for key, node, env in constructor.fields:
            inner = Env(env.module, env, Frame(instance, [], constructor), machine.level)
            machine.set(instance, key, machine.evaluate(node, inner))


def _salted(result: Value, salts: frozenset[Salt]) -> Value:
    """Return what a function makes of values from sorted lists."""
    if isinstance(result, Obj) and not isinstance(result, Unknown):
        result.salts |= salts
        return result
    return result if result is UNDEFINED else Unknown(salts=salts | salts_of(result))
