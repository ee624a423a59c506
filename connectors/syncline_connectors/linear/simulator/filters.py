"""Filters: which entities a list keeps. What a filter may say is the schema's business, what it means is here."""

from __future__ import annotations

import operator
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from graphql import GraphQLInputObjectType, get_named_type

from syncline_connectors.linear.simulator.errors import input_error

Test = Callable[[Any], bool]
Read = Callable[[Any, str], Any]
"""An entity and the vendor's name of a field give the field's value: an entity, many, or a plain value."""


def compile_filter(kind: GraphQLInputObjectType, given: Mapping[str, Any], read: Read) -> Test:
    """The test that a filter stands for. ``kind`` is the filter's type in the schema; raises a refusal for null."""
    tests = [_part(kind, name, value, read) for name, value in given.items()]
    return lambda node: all(test(node) for test in tests)


def _part(kind: GraphQLInputObjectType, name: str, value: Any, read: Read) -> Test:
    if name == "and":
        both = [compile_filter(kind, each, read) for each in value or ()]
        return lambda node: all(test(node) for test in both)
    if name == "or":
        either = [compile_filter(kind, each, read) for each in value or ()]
        return lambda node: any(test(node) for test in either)
    if name == "null":
        return lambda node: (node is None) is value
    if value is None:
        raise input_error(f"Filter field {name} must not be null")
    inner = get_named_type(kind.fields[name].type)
    assert isinstance(inner, GraphQLInputObjectType)
    if inner.name.endswith("Comparator"):
        compared = compile_comparator(value)
        return lambda node: node is not None and compared(read(node, name))
    if inner.name.endswith("CollectionFilter"):
        collected = _collection(inner, value, read)
        return lambda node: node is not None and collected(list(read(node, name)))
    nested = compile_filter(inner, value, read)
    if inner.name.startswith("Nullable"):
        return lambda node: node is not None and nested(read(node, name))
    return lambda node: node is not None and read(node, name) is not None and nested(read(node, name))


def _collection(
    kind: GraphQLInputObjectType, given: Mapping[str, Any], read: Read
) -> Callable[[list[Any]], bool]:
    """At least one member must pass, unless it says ``every``, ``length`` or ``null``."""
    rest = dict(given)
    tests: list[Callable[[list[Any]], bool]] = []
    if "every" in rest:
        every = compile_filter(_member(kind), rest.pop("every"), read)
        tests.append(lambda many: all(map(every, many)))
    if "some" in rest:
        some = compile_filter(_member(kind), rest.pop("some"), read)
        tests.append(lambda many: any(map(some, many)))
    if "length" in rest:
        length = compile_comparator(rest.pop("length"))
        tests.append(lambda many: length(len(many)))
    if "null" in rest:
        none = rest.pop("null")
        tests.append(lambda many: (not many) is none)
    combined = [name for name in ("and", "or") if name in rest]
    tests += [_combined(kind, name, rest.pop(name) or (), read) for name in combined]
    if rest:
        one = compile_filter(kind, rest, read)
        tests.append(lambda many: any(map(one, many)))
    return lambda many: all(test(many) for test in tests)


def _combined(
    kind: GraphQLInputObjectType, name: str, given: Iterable[Mapping[str, Any]], read: Read
) -> Callable[[list[Any]], bool]:
    parts = [_collection(kind, each, read) for each in given]
    whole = all if name == "and" else any
    return lambda many: whole(part(many) for part in parts)


def _member(kind: GraphQLInputObjectType) -> GraphQLInputObjectType:
    inner = get_named_type(kind.fields["some"].type)
    assert isinstance(inner, GraphQLInputObjectType)
    return inner


# ---- comparators -----------------------------------------------------------------------------------------------------


def compile_comparator(given: Mapping[str, Any]) -> Test:
    """The test of one value; all that is said must hold."""
    tests = [_comparison(name, wanted) for name, wanted in given.items()]
    return lambda value: all(test(value) for test in tests)


def _comparison(name: str, wanted: Any) -> Test:
    if name in ("and", "or"):
        parts = [compile_comparator(each) for each in wanted or ()]
        whole = all if name == "and" else any
        return lambda value: whole(part(value) for part in parts)
    if name == "null":
        return lambda value: (value is None) is wanted
    if wanted is None:
        raise input_error(f"Comparator {name} must not be null")
    if name in _NEGATED:
        positive = _comparison(_NEGATED[name], wanted)
        return lambda value: not positive(value)
    if name == "eq":
        return lambda value: _like(value, wanted) == wanted
    if name == "in":
        return lambda value: _like(value, next(iter(wanted), None)) in wanted
    if name in _ORDER:
        compare = _ORDER[name]
        return lambda value: value is not None and compare(_like(value, wanted), wanted)
    fold, text = _TEXT[name]
    folded = fold(wanted)
    return lambda value: value is not None and text(fold(value), folded)


def _like(value: Any, wanted: Any) -> Any:
    """A day compared with a time is that day's first moment."""
    if isinstance(wanted, datetime) and isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=wanted.tzinfo)
    return value


def _plain(text: str) -> str:
    """Without case and accents."""
    parts = unicodedata.normalize("NFD", text)
    return "".join(c for c in parts if not unicodedata.combining(c)).casefold()


def _same(text: str) -> str:
    return text


_ORDER = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}
_NEGATED = {
    "neq": "eq",
    "nin": "in",
    "neqIgnoreCase": "eqIgnoreCase",
    "notContains": "contains",
    "notContainsIgnoreCase": "containsIgnoreCase",
    "notStartsWith": "startsWith",
    "notEndsWith": "endsWith",
}
_TEXT: Mapping[str, tuple[Callable[[str], str], Callable[[str, str], bool]]] = {
    "contains": (_same, lambda value, part: part in value),
    "containsIgnoreCase": (str.casefold, lambda value, part: part in value),
    "containsIgnoreCaseAndAccent": (_plain, lambda value, part: part in value),
    "startsWith": (_same, str.startswith),
    "startsWithIgnoreCase": (str.casefold, str.startswith),
    "endsWith": (_same, str.endswith),
    "eqIgnoreCase": (str.casefold, operator.eq),
}
