"""Checks values against a JSON Schema of the kind that `record.schema.json` is, fast enough for each record.

Of JSON Schema 2020-12 it knows what pydantic writes for records, and refuses any other keyword, so that nothing is
taken for checked that is not. Two things it asks beyond the schema: that objects have their keys in the schema's
order, and no others. The schema comes with the package, so that one of another version of the program can be checked.
"""

from collections.abc import Callable, Mapping
from typing import Any

Check = Callable[[Any], str | None]  # what is wrong with a value, and where; None for a good one
_NOTES = frozenset(("$schema", "$defs", "title", "description", "default", "examples"))
_KNOWN = _NOTES | {"$ref", "anyOf", "enum", "const", "type", "properties", "required", "items", "additionalProperties"}
_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
    "array": (list,),
    "object": (dict,),
}


class SchemaError(ValueError):
    """A schema that is none, or that this check does not understand; the message is one line."""


def compile_schema(schema: Any) -> Check:
    """Make a check of a schema.

    Raises:
        SchemaError: it is no such schema.
    """
    if not isinstance(schema, Mapping):
        raise SchemaError("it is no JSON Schema")
    parts = schema.get("$defs", {})
    try:
        return _Compiler(parts if isinstance(parts, Mapping) else {}).build(schema)
    except (AttributeError, TypeError):
        raise SchemaError("a keyword has a value that is none of its own") from None
    except RecursionError:
        raise SchemaError("its parts lie too deep in each other") from None


class _Compiler:
    """Makes checks of a schema and of its named parts, each part once."""

    def __init__(self, parts: Mapping[str, Any]) -> None:
        self._parts = parts
        self._made: dict[str, Check] = {}

    def build(self, part: Any) -> Check:
        """Make the check of a part."""
        if not isinstance(part, Mapping):
            raise SchemaError(f"{part!r} is no schema")
        unknown = sorted(str(keyword) for keyword in part if keyword not in _KNOWN)
        if unknown:
            raise SchemaError(f"keyword {unknown[0]!r} is not known")
        if len(part.keys() - _NOTES) > 1 and not part.keys().isdisjoint(("$ref", "anyOf")):
            raise SchemaError("$ref or anyOf stands beside another keyword")
        if "$ref" in part:
            return self._find(part["$ref"])
        if "anyOf" in part:
            return _any_of([self.build(one) for one in part["anyOf"]])
        if "enum" in part or "const" in part:
            return _one_of(part.get("enum", [part.get("const")]))
        kind = part.get("type")
        if kind == "array":
            return _list_of(self.build(part.get("items", {})))
        if kind == "object":
            return _object(part, self.build)
        if kind is None and not part.keys() <= _NOTES:
            raise SchemaError("a part names no type")
        return _anything if kind is None else _of_type(kind)

    def _find(self, reference: Any) -> Check:
        name = str(reference).removeprefix("#/$defs/")
        if name not in self._parts or name == reference:
            raise SchemaError(f"$ref {reference!r} leads nowhere")
        if name not in self._made:
            self._made[name] = _refuse_circle  # records have no part that holds itself
            self._made[name] = self.build(self._parts[name])
        return self._made[name]


def _anything(_: Any) -> None:
    return None


def _refuse_circle(_: Any) -> str:
    return ": its schema refers to itself"


def _of_type(kind: Any) -> Check:
    if kind not in _TYPES:
        raise SchemaError(f"type {kind!r} is not known")
    allowed = _TYPES[kind]
    if kind in ("integer", "number"):
        return lambda value: None if isinstance(value, allowed) and not isinstance(value, bool) else f": no {kind}"
    return lambda value: None if isinstance(value, allowed) else f": no {kind}"


def _any_of(checks: list[Check]) -> Check:
    def check(value: Any) -> str | None:
        first: str | None = ": nothing is allowed"
        for one in checks:
            problem = one(value)
            if problem is None:
                return None
            first = problem if one is checks[0] else first
        return first

    return check


def _one_of(allowed: Any) -> Check:
    values = frozenset((type(value), value) for value in allowed)

    def check(value: Any) -> str | None:
        known = isinstance(value, str | int | float | bool | None) and (type(value), value) in values
        return None if known else f": {str(value)[:40]!r} is none of its words"

    return check


def _list_of(item: Check) -> Check:
    def check(value: Any) -> str | None:
        if not isinstance(value, list):
            return ": no array"
        for place, one in enumerate(value):
            problem = item(one)
            if problem is not None:
                return f"[{place}]{problem}"
        return None

    return check


def _object(part: Mapping[str, Any], build: Callable[[Any], Check]) -> Check:
    if "properties" not in part:
        return _mapping_of(build(part.get("additionalProperties", {})))
    checks = {name: build(one) for name, one in part["properties"].items()}
    names = list(checks)
    pairs = tuple(checks.items())

    def check(value: Any) -> str | None:
        if not isinstance(value, dict):
            return ": no object"
        if list(value) != names:
            return _compare_keys(list(value), names)
        for name, one in pairs:
            problem = one(value[name])
            if problem is not None:
                return f".{name}{problem}"
        return None

    return check


def _compare_keys(keys: list[str], names: list[str]) -> str:
    missing = [name for name in names if name not in keys]
    if missing:
        return f".{missing[0]}: missing"
    unknown = [key for key in keys if key not in names]
    return f": unknown key {unknown[0][:40]!r}" if unknown else ": its keys are in another order"


def _mapping_of(item: Check) -> Check:
    def check(value: Any) -> str | None:
        if not isinstance(value, dict):
            return ": no object"
        for key, one in value.items():
            problem = item(one)
            if problem is not None:
                return f"[{key[:40]!r}]{problem}"
        return None

    return check
