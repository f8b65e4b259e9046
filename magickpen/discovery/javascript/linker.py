"""What modules export to each other: those of ECMAScript, of System.register, and of bundles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from magickpen.discovery.javascript.module import TOP, Declaration, Module
from magickpen.discovery.javascript.operations import either, entries_of, loaded, text_of
from magickpen.discovery.javascript.statics import SMALL, Statics
from magickpen.discovery.javascript.syntax import Node
from magickpen.discovery.javascript.values import (
    UNDEFINED,
    Closure,
    Getter,
    Machine,
    Obj,
    Unknown,
    Value,
)


class Linker:
    """Finds what a module imports in the modules that were read.

    Attributes:
        missing: the URLs of modules that were asked for and have not been read.
    """

    def __init__(
        self,
        machine: Machine,
        statics: Statics,
        modules: Mapping[str, Module],
        resolve: Callable[[str, str], str],
    ) -> None:
        self.missing: dict[str, None] = {}
        self._machine = machine
        self._statics = statics
        self._modules = modules
        self._resolve = resolve
        self._bundled: dict[tuple[Module, int], Obj] = {}
        self._namespaces: dict[Module, Obj] = {}
        self._registered: dict[Module, Obj] = {}
        self._exported: dict[tuple[Module, str], Value] = {}
        machine.window.properties["System"] = Obj({"register": Obj(native=self.register)})

    # Modules of ECMAScript

    def imported(self, importer: Module, source: str, name: str) -> Value:
        """Return what an import in a module stands for."""
        module = self._module(importer, source)
        if module is None:
            return Unknown()
        return self.exports(module) if name == "*" else self.exported(module, name)

    def _module(self, importer: Module, source: str) -> Module | None:
        url = self._resolve(importer.url, source)
        if url and url not in self._modules:
            self.missing[url] = None
        return self._modules.get(url)

    def exports(self, module: Module) -> Obj:
        """Return an object with all that a module exports."""
        if module not in self._namespaces:
            made = self._namespaces[module] = Obj(open=True)
            for name, export in module.exports.items():
                if name.startswith("*"):
                    self._machine.copy(self.imported(module, export.source, "*"), made)
                else:
                    made.properties[name] = self._getter(module, name)
            made.properties |= self.registered(module).properties
        return self._namespaces[module]

    def _getter(self, module: Module, name: str) -> Getter:
        def get(_machine: Machine, _this: Value, _arguments: list[Value]) -> Value:
            return self.exported(module, name)

        return Getter(Obj(native=get))

    def exported(self, module: Module, name: str) -> Value:
        """Return what a module exports under a name."""
        key = (module, name)
        if key not in self._exported:
            # Modules may export the names of each other.
            self._exported[key] = Unknown()
            self._exported[key] = self._find_export(module, name)
        return self._exported[key]

    def _find_export(self, module: Module, name: str) -> Value:
        machine, export = self._machine, module.exports.get(name)
        if export is None:
            registered = self.registered(module).properties.get(name)
            if registered is not None:
                return machine.plain(registered, UNDEFINED)
            others = [one.source for key, one in module.exports.items() if key.startswith("*")]
            found = [self.imported(module, source, name) for source in others]
            return either(found) if found else Unknown()
        if export.source:
            return self.imported(module, export.source, export.name)
        env = self._statics.env(module, TOP)
        if export.place < 0:
            return machine.lookup(export.name, env)
        previous, self._statics.module = self._statics.module, module
        try:
            return machine.evaluate(module.expression(export.place), env)
        finally:
            self._statics.module = previous

    # Modules of System.register

    def registered(self, module: Module) -> Obj:
        """Return what a module exports that is registered: `System.register([...], (e) => ...)`."""
        if module not in self._registered:
            self._registered[module] = Obj()
            for index in module.script.occurrences("register", 2)[:1]:
                if module.script.matches(index - 2, "System", ".", "register"):
                    previous, self._statics.module = self._statics.module, module
                    env = self._statics.env(module, TOP)
                    self._machine.evaluate(module.expression(index - 2), env)
                    self._statics.module = previous
        return self._registered[module]

    def register(self, _machine: Machine, _this: Value, arguments: list[Value]) -> Value:
        """Run a module that is registered: `System.register([...], (e) => ...)`."""
        module, machine = self._statics.module, self._machine
        if module is None or len(arguments) < 2:
            return UNDEFINED
        exports = self._registered.setdefault(module, Obj())

        def export(machine: Machine, _this: Value, passed: list[Value]) -> Value:
            match passed:
                case [name, value]:
                    machine.set(exports, name, value)
                    return value
                case _:
                    for value in passed:
                        machine.copy(value, exports)
                    return UNDEFINED

        sources, function = arguments[-2:]
        result = machine.call(function, UNDEFINED, [Obj(native=export), Unknown()])
        setters = machine.items_of(machine.get(result, "setters")) or []
        for setter, source in zip(setters, machine.items_of(sources) or [], strict=False):
            machine.call(setter, UNDEFINED, [self.imported(module, text_of(source) or "", "*")])
        return machine.call(machine.get(result, "execute"), UNDEFINED, [])

    # Modules inside a bundle

    def required(self, arguments: list[Value]) -> Value | None:
        """Return what the module exports that a call names; None if there is no such module."""
        if len(arguments) != 1 or not isinstance(arguments[0], str | float | int):
            return None
        key = text_of(arguments[0]) or ""
        if not key or (key.isalpha() and key.islower()):
            return None
        for module in self._modules.values():
            if key in module.functions:
                return self._exports_of(module, module.functions[key])
        return None

    def bundled(self, module: Module, body: int) -> list[Value]:
        """Return the arguments of a module's function in a bundle: module, exports, require."""
        key = (module, body)
        if key not in self._bundled:
            self._bundled[key] = Obj({"exports": Obj()})
        holder = self._bundled[key]
        return [holder, self._machine.get(holder, "exports"), self._require()]

    def _exports_of(self, module: Module, body: int) -> Obj:
        """Return what a module in a bundle exports; it is run when that is looked at."""

        def load() -> Value:
            known = (module, body) in self._bundled
            arguments = self.bundled(module, body)
            if not known:
                self._run_module(module, body, arguments)
            return self._machine.get(arguments[0], "exports")

        return Obj(load=load)

    def _run_module(self, module: Module, body: int, arguments: list[Value]) -> None:
        if module.end_of(body) - body > SMALL:
            self._look_up_exports(module, body, arguments)
            return
        env = self._statics.env(module, module.scope_around(body))
        node = Node("method", module.parameters_of(body))
        self._machine.call(Obj(closure=Closure(module, node, env)), Unknown(), arguments)

    def _look_up_exports(self, module: Module, body: int, arguments: list[Value]) -> None:
        env = self._statics.env(module, body)
        names = module.function(module.parameters_of(body))[0]
        for node, value in zip(names, arguments, strict=False):
            env.names[node.text] = value
        previous, self._statics.module = self._statics.module, module
        for node in names[:2]:
            self._statics.change(env, node.text, Declaration("parameter", -1))
        self._statics.module = previous

    def _require(self) -> Obj:
        def require(_machine: Machine, _this: Value, arguments: list[Value]) -> Value:
            found = self.required(arguments)
            return Unknown() if found is None else found

        def define(machine: Machine, _this: Value, arguments: list[Value]) -> Value:
            target, what = (*arguments, UNDEFINED, UNDEFINED)[:2]
            words = machine.items_of(what)
            if isinstance(what, str):
                machine.set(target, what, Getter(arguments[-1]))
            elif words is not None:
                for key, value in _defined(words):
                    machine.set(target, key, value)
            else:
                for name, getter in entries_of(what) or ():
                    machine.set(target, name, Getter(machine.plain(getter, what)))
            return UNDEFINED

        def default(_machine: Machine, _this: Value, arguments: list[Value]) -> Value:
            exports = arguments[0] if arguments else UNDEFINED

            def load(machine: Machine, _this: Value, _arguments: list[Value]) -> Value:
                found = machine.get(exports, "default")
                return (
                    loaded(exports) if found is UNDEFINED or isinstance(found, Unknown) else found
                )

            getter = Obj(native=load)
            getter.properties["a"] = Getter(getter)
            return getter

        return Obj({"d": Obj(native=define), "n": Obj(native=default)}, native=require, open=True)


def _defined(words: list[Value]) -> Iterator[tuple[Value, Value | Getter]]:
    """Yield what `d(exports, ["a", 0, value, "b", getter])` defines."""
    index = 0
    while index + 1 < len(words):
        name, value = words[index], words[index + 1]
        if value == 0 and index + 2 < len(words):
            yield name, words[index + 2]
            index += 3
        else:
            yield name, Getter(value)
            index += 2
