"""The global objects of JavaScript and of browsers that front-ends need."""

from __future__ import annotations

import binascii
import json
from collections.abc import Callable, Mapping
from typing import cast
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from magickpen.discovery.javascript.arguments import Arguments, argument, position_in
from magickpen.discovery.javascript.list_methods import LIST_METHODS, results_of
from magickpen.discovery.javascript.methods import (
    COMMON_METHODS,
    FUNCTION_METHODS,
    TEXT_METHODS,
    new_map,
)
from magickpen.discovery.javascript.object_functions import (
    OBJECT_FUNCTIONS,
    REFLECT_FUNCTIONS,
    first_argument,
)
from magickpen.discovery.javascript.operations import computed, either, new_list, text_of, truth
from magickpen.discovery.javascript.values import (
    MAX_ITEMS,
    MAX_TEXT,
    UNDEFINED,
    Choice,
    Getter,
    Machine,
    Native,
    Nothing,
    Obj,
    Unknown,
    Value,
)

MAX_COPIED = 6
"""How deep an object is copied."""


def _new_list(_machine: Machine, _this: Value, arguments: Arguments) -> Value:
    length = argument(arguments, 0)
    if len(arguments) == 1 and isinstance(length, (int, float)):
        return new_list([UNDEFINED] * max(min(position_in(arguments, 0, 0), MAX_ITEMS), 0))
    return new_list(arguments)


def _list_from(machine: Machine, _this: Value, arguments: Arguments) -> Value:
    source = argument(arguments, 0)
    items = machine.items_of(source)
    if items is None and not isinstance(source, Unknown):
        count = position_in([machine.get(source, "length")], 0, 0)
        items = [machine.get(source, str(place)) for place in range(min(count, MAX_ITEMS))]
    if items is None:
        return machine.call_unknown(source, arguments[1:])
    made = new_list(items)
    return new_list(results_of(machine, made, items, arguments[1:])) if arguments[1:] else made


def _is_list(_machine: Machine, _this: Value, arguments: Arguments) -> Value:
    value = argument(arguments, 0)
    if isinstance(value, Unknown | Choice):
        return computed(value)
    return isinstance(value, Obj) and value.items is not None


def _as_text(machine: Machine, _this: Value, arguments: Arguments) -> Value:
    value = argument(arguments, 0)
    if isinstance(value, Obj) and not isinstance(value, Unknown) and value.items is None:
        return machine.call(machine.get(value, "toString"), value, [])
    text = text_of(value)
    return computed(value) if text is None else text


def _as_flag(_machine: Machine, _this: Value, arguments: Arguments) -> Value:
    known = truth(argument(arguments, 0))
    return computed(*arguments) if known is None else known


def _from_codes(_machine: Machine, _this: Value, arguments: Arguments) -> Value:
    codes = [code for code in arguments if isinstance(code, (int, float)) and 0 <= code < 0xD800]
    return (
        "".join(chr(int(code)) for code in codes)
        if len(codes) == len(arguments)
        else computed(*arguments)
    )


def _from_base64(text: str) -> str:
    return binascii.a2b_base64(text + "=" * (-len(text) % 4)).decode("latin-1")


def _on_plain_text(function: Callable[[str], Value]) -> Obj:
    def native(_machine: Machine, _this: Value, arguments: Arguments) -> Value:
        text = text_of(argument(arguments, 0))
        try:
            return computed(*arguments) if text is None else function(text[:MAX_TEXT])
        except (ValueError, RecursionError):
            return Unknown(made=False)

    return Obj(native=native)


def _from_json(value: object) -> Value:
    if isinstance(value, dict):
        named = cast("dict[str, object]", value)
        return Obj({name: _from_json(item) for name, item in named.items()})
    if isinstance(value, list):
        return new_list(map(_from_json, cast("list[object]", value)))
    return value if isinstance(value, str | float | int) else Nothing.NULL


def _parse(machine: Machine, this: Value, arguments: Arguments) -> Value:
    source = argument(arguments, 0)
    if isinstance(source, Unknown) and source.name == "JSON":
        return _copy_of(machine, this, list(source.sources))
    native = _on_plain_text(lambda text: _from_json(json.loads(text)))
    return machine.call(native, this, arguments)


def _print(machine: Machine, _this: Value, arguments: Arguments) -> Value:
    machine.print(argument(arguments, 0))
    text = computed(argument(arguments, 0))
    text.name = "JSON"
    return text


def _copy_of(machine: Machine, _this: Value, arguments: Arguments) -> Value:
    return _copied(machine, argument(arguments, 0), 0)


def _copied(machine: Machine, value: Value, depth: int) -> Value:
    machine.spend()
    if not isinstance(value, Obj) or isinstance(value, Unknown) or depth > MAX_COPIED:
        return value
    copy = Obj(open=value.open)
    if value.items is not None:
        copy.items = [_copied(machine, item, depth + 1) for item in value.items]
    for name, item in list(value.properties.items()):
        plain = machine.plain(item, value)
        copy.properties[name] = _copied(machine, plain, depth + 1)
    return copy


def _new_symbol(machine: Machine, _this: Value, _arguments: Arguments) -> Value:
    machine.symbols += 1
    return f"@@{machine.symbols}"


def _new_query(machine: Machine, this: Value, arguments: Arguments) -> Value:
    text = text_of(argument(arguments, 0)) or ""
    pairs = new_list(map(new_list, parse_qsl(text[:MAX_TEXT].removeprefix("?"))))
    return new_map("map")(machine, this, [pairs] if pairs.items else arguments)


def _new_promise(machine: Machine, _this: Value, arguments: Arguments) -> Value:
    resolved: list[Value] = []

    def resolve(_machine: Machine, _this: Value, values: Arguments) -> Value:
        resolved.append(argument(values, 0))
        return UNDEFINED

    machine.call(argument(arguments, 0), UNDEFINED, [Obj(native=resolve), Unknown()])
    return either(resolved) if resolved else Unknown()


_COMPUTED: Native = lambda _, __, arguments: computed(*arguments)  # noqa: E731  one of a table's


def _object(
    functions: Mapping[str, Native],
    native: Native | None = None,
    methods: Mapping[str, Native] | None = None,
    **more: Value,
) -> Obj:
    made = Obj(native=native, open=True)
    made.properties.update({name: Obj(native=function) for name, function in functions.items()})
    made.properties.update(more)
    if methods is not None:
        made.properties["prototype"] = _object(methods)
    return made


def global_objects(page_url: str, window: Unknown) -> dict[str, Value]:
    """Return the global objects that are known."""
    parts = urlsplit(page_url)
    location: dict[object, Value | Getter] = {
        "href": page_url,
        "origin": f"{parts.scheme}://{parts.netloc}",
        "protocol": f"{parts.scheme}:",
        "host": parts.netloc,
        "hostname": parts.hostname or "",
        "port": str(parts.port or ""),
        "pathname": parts.path or "/",
    }
    return {
        **dict.fromkeys(("window", "self", "globalThis", "top", "frames"), window),
        "location": Obj(location, open=True),
        "undefined": UNDEFINED,
        "null": Nothing.NULL,
        "true": True,
        "false": False,
        "NaN": float("nan"),
        "Infinity": float("inf"),
        "Object": _object(OBJECT_FUNCTIONS, first_argument, COMMON_METHODS),
        "Reflect": _object(REFLECT_FUNCTIONS),
        "Array": _object(
            {
                "from": _list_from,
                "of": lambda _, __, arguments: new_list(arguments),
                "isArray": _is_list,
            },
            _new_list,
            LIST_METHODS,
        ),
        "String": _object({"fromCharCode": _from_codes}, _as_text, TEXT_METHODS),
        "Function": _object({}, _COMPUTED, FUNCTION_METHODS),
        "Number": _on_plain_text(float),
        "Boolean": _object({}, _as_flag, COMMON_METHODS),
        "Symbol": _object({}, _new_symbol, iterator="@@iterator"),
        "JSON": _object({"parse": _parse, "stringify": _print}),
        "Promise": _object({"resolve": first_argument}, _new_promise),
        "Map": _object({}, new_map("map")),
        "WeakMap": _object({}, new_map("map")),
        "Headers": _object({}, new_map("headers")),
        "URLSearchParams": _object({}, _new_query),
        "Set": _object({}, _list_from),
        "WeakSet": _object({}, _list_from),
        "structuredClone": Obj(native=_copy_of),
        "atob": _on_plain_text(_from_base64),
        "decodeURIComponent": _on_plain_text(unquote),
        "encodeURIComponent": _on_plain_text(quote),
    }
