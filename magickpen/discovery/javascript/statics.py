"""What is known of the parts of a script that are not run from their beginning.

A variable of such a scope has the value that its declaration gives it, or one of those that are
assigned to it anywhere in the scope. What the scope sets on the object that it holds is run when
the variable is first used. A short script is run from its beginning instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from magickpen.discovery.javascript.methods import METHODS
from magickpen.discovery.javascript.module import TOP, Declaration, Module
from magickpen.discovery.javascript.script import BLOCK, FUNCTION, OBJECT
from magickpen.discovery.javascript.statements import bind, hoist, run
from magickpen.discovery.javascript.tokens import is_string
from magickpen.discovery.javascript.values import UNDEFINED, Env, Machine, Obj, Unknown, Value

SMALL = 8000
"""How many tokens a function has at most that is run from its beginning."""

MAX_CHANGES = 30
"""How many statements are run that change a variable."""

MIN_NAME = 3
"""How long the name of a property is at least that no minifier made."""

MAX_CHAIN = 20
"""How many properties such a statement goes through."""

_DEFINING = frozenset(["assign", "defineProperty", "defineProperties", "d"])
_CHANGING = frozenset(["push", "unshift", "set", "append"])
_WINDOW = frozenset(["window", "globalThis", "self"])
_DECLARING = frozenset(["var", "let", "const", "function", "class"])


class Statics:
    """Looks variables up in scopes that are not run from their beginning."""

    def __init__(self, machine: Machine, modules: Mapping[str, Module]) -> None:
        self.module: Module | None = None
        self._machine = machine
        self._modules = modules
        self._envs: dict[tuple[Module, int], Env] = {}
        self._running: set[Env] = set()
        self._objects: dict[str, Obj | None] = {}

    # Scopes

    def env(self, module: Module, bracket: int) -> Env:
        """Return the variables of a scope."""
        key = (module, bracket)
        if key not in self._envs:
            parent = None if bracket == TOP else self.env(module, module.scope_around(bracket))
            env = self._envs[key] = Env(module, parent, bracket=bracket)
            if bracket == TOP and len(module.script.tokens) <= SMALL:
                env.ordered = True
                self._run_script(env)
        return self._envs[key]

    def _run_script(self, env: Env) -> None:
        """Run a short script from its beginning, as far as half of the steps that are left go."""

        def statements() -> Value:
            nodes = list(env.module.statements())
            hoist(self._machine, nodes, env)
            for node in nodes:
                run(self._machine, node, env)
            return UNDEFINED

        self._running.add(env)
        previous, self.module = self.module, env.module
        try:
            self._machine.limited(statements, UNDEFINED)
        finally:
            self._running.discard(env)
            self.module = previous

    def env_at(self, module: Module, index: int) -> Env:
        """Return the variables that are known at a token."""
        return self.env(module, module.scope_around(index))

    def declare(self, scope: Env, name: str) -> bool:
        """Give a variable its value if it is declared in a scope."""
        assert scope.bracket is not None
        declaration = scope.module.declared(scope.bracket, name)
        if declaration is None:
            return False
        if scope in self._running and declaration.kind == "var":
            # Its statement will set it.
            scope.names[name] = UNDEFINED
            return True
        machine = self._machine
        # A variable that depends on itself has no value while it is looked up.
        scope.names[name] = UNDEFINED
        unsure, machine.unsure = machine.unsure, 0
        previous, self.module = self.module, scope.module
        try:
            scope.names[name] = self._declared(scope, name, declaration)
            self.change(scope, name, declaration)
        finally:
            machine.unsure, self.module = unsure, previous
        return True

    def _declared(self, scope: Env, name: str, declaration: Declaration) -> Value:
        module, index = scope.module, declaration.place
        if declaration.kind == "import":
            return self._machine.imported(module, declaration.source, declaration.imported)
        if declaration.kind == "parameter":
            return self._parameter(scope, name, index)
        if declaration.kind == "var":
            node = module.expression(index)
            if node.kind != "assign":
                return Unknown() if node.kind == "unknown" else UNDEFINED
            value = self._machine.evaluate(node.nodes[1], scope)
            if node.nodes[0].kind == "name":
                return value
            bind(self._machine, node.nodes[0], value, scope)
            return scope.names[name]
        node = module.statement(index)
        return self._machine.evaluate(node.nodes[0] if node.nodes else node, scope)

    def _parameter(self, scope: Env, name: str, position: int) -> Value:
        module, body = scope.module, scope.bracket
        assert body is not None
        parameters = module.parameters_of(body)
        value = self._passed(module, body, position)
        target = module.function(parameters)[0][position]
        if target.kind == "name":
            return value
        if target.kind == "spread":
            target, value = target.nodes[0], Unknown()
        bind(self._machine, target, value, scope)
        return scope.names[name]

    def _passed(self, module: Module, body: int, position: int) -> Value:
        """Return what is passed to a function that is called where it stands."""
        tokens = module.script.tokens
        after = module.end_of(body) + 1
        paren = after + (tokens[after : after + 1] == [")"])
        if tokens[paren : paren + 1] != ["("]:
            return Unknown()
        arguments = module.arguments(paren)
        if position >= len(arguments):
            return UNDEFINED
        return self._machine.evaluate(arguments[position], self.env_at(module, paren))

    # What changes a variable

    def change(self, scope: Env, name: str, declaration: Declaration) -> None:
        """Run what sets a variable again, or sets something on the object that it holds."""
        module, machine = scope.module, self._machine
        assert scope.bracket is not None
        function = module.function_around(scope.bracket) if scope.bracket != TOP else TOP
        if scope.bracket != TOP and module.script.kind[scope.bracket] == FUNCTION:
            function = scope.bracket
        changes = 0
        for place in module.places(name, scope.bracket):
            start = self._start_of_change(module, place, function)
            if start >= 0 and place != declaration.place and changes < MAX_CHANGES:
                if self._is_hidden(module, name, place, scope.bracket):
                    continue
                changes += 1
                # What another function does may not be done.
                elsewhere = module.function_around(place) != function
                machine.unsure += elsewhere
                machine.evaluate(module.expression(start), self.env_at(module, place))
                machine.unsure -= elsewhere

    def _end_of_chain(self, module: Module, place: int) -> tuple[int, str]:
        """Return the index after `a.b[c].d`, and the last property if it has a name."""
        tokens, partner = module.script.tokens, module.script.partner
        after, last = place + 1, ""
        for _ in range(MAX_CHAIN):
            token = tokens[after] if after + 1 < len(tokens) else ""
            if token in (".", "?."):
                after, last = after + 2, tokens[after + 1]
            elif token == "[" and partner[after] > after:
                after, last = partner[after] + 1, ""
            else:
                break
        return after, last

    def _start_of_change(self, module: Module, place: int, function: int) -> int:
        """Return where an expression begins that changes the variable at a place; -1 if none."""
        tokens = module.script.tokens
        before = tokens[place - 1] if place else ";"
        if before == "." or before in _DECLARING:
            return -1
        after, last = self._end_of_chain(module, place)
        if tokens[after : after + 1] == ["="]:
            return place
        is_first = before == "(" and tokens[after : after + 1] == [","]
        is_definition = tokens[place - 2] in _DEFINING or tokens[after + 1 : after + 2] == ["{"]
        if is_first and is_definition:
            return module.script.start_of_operand(place - 1)
        is_change = tokens[after : after + 1] == ["("] and last in _CHANGING
        return place if is_change and module.function_around(place) == function else -1

    def _is_hidden(self, module: Module, name: str, place: int, bracket: int) -> bool:
        """Whether a name at a place means another variable than that of a scope around it."""
        for inner in module.brackets_around(place):
            if inner == bracket:
                break
            if module.script.kind[inner] in (FUNCTION, BLOCK) and module.declared(inner, name):
                return True
        return name in module.arrow_parameters(place, bracket)

    # Global variables

    def global_variable(self, name: str) -> Value:
        """Return a variable that is declared nowhere: a property of the window."""
        machine = self._machine
        known = machine.window.properties
        known[name] = Unknown(made=False, name=name)
        for module in self._modules.values():
            tokens = module.script.tokens
            for place in module.script.occurrences(name, 2)[:MAX_CHANGES]:
                is_member = tokens[place - 1] == "." and tokens[place - 2] in _WINDOW
                is_set = is_member and module.script.matches(
                    self._end_of_chain(module, place)[0], "="
                )
                # A script that runs in order sets it by itself.
                if is_set and not self.env(module, TOP).ordered:
                    machine.evaluate(module.expression(place - 2), self.env_at(module, place))
        return machine.plain(known[name], machine.window)

    def only_object_with(self, name: str) -> Obj | None:
        """Return the only object of the site that is written with a text under a name."""
        if len(name) < MIN_NAME or name in METHODS:
            return None
        if name not in self._objects:
            self._objects[name] = None
            found: dict[object, Obj] = {}
            for module in self._modules.values():
                for brace in self._literals_with(module, name):
                    made = self._machine.evaluate(module.object(brace), self.env_at(module, brace))
                    assert isinstance(made, Obj), "an object literal makes an object"
                    found.setdefault(self._machine.get(made, name), made)
            self._objects[name] = next(iter(found.values())) if len(found) == 1 else None
        return self._objects[name]

    def _literals_with(self, module: Module, name: str) -> Iterator[int]:
        script = module.script
        for token in (name, f'"{name}"', f"'{name}'"):
            for place in script.occurrences(token)[:MAX_CHANGES]:
                brace = script.around(place)
                value = script.tokens[place + 2 : place + 3]
                is_text = script.matches(place + 1, ":") and any(map(is_string, value))
                if is_text and brace >= 0 and script.kind[brace] == OBJECT:
                    yield brace
