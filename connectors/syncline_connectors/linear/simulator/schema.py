"""The schema that requests are validated and executed against."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from datetime import date, datetime
from functools import cache
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    ValueNode,
    build_ast_schema,
    parse,
    value_from_ast_untyped,
)

from syncline_connectors.linear.simulator.sdl_inputs import (
    COLLECTIONS,
    COMPARATORS,
    FILTERS,
    INPUTS,
    NULLABLE,
)
from syncline_connectors.linear.simulator.sdl_objects import OBJECTS, OPERATIONS, PAGE
from syncline_connectors.linear.simulator.times import parse_date, parse_moment, time_text

_CONNECTION = re.compile(r"\b(\w+)Connection\b")
_UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.IGNORECASE)


def sdl() -> str:
    """The whole text, in the schema language."""
    written = OBJECTS + OPERATIONS
    listed = sorted(set(_CONNECTION.findall(written)))
    connections = "".join(
        f"type {name}Connection {{ edges: [{name}Edge!]! nodes: [{name}!]! pageInfo: PageInfo! }}\n"
        f"type {name}Edge {{ cursor: String! node: {name}! }}\n"
        for name in listed
    )
    return "\n".join([written.replace("@", PAGE), connections, INPUTS, *_comparators(), *_filters()])


def _comparators() -> Iterator[str]:
    return (f"input {name} {{ {fields} }}" for name, fields in COMPARATORS.items())


def _filters() -> Iterator[str]:
    for name, fields in FILTERS.items():
        yield _filter(f"{name}Filter", fields)
        if name in NULLABLE:
            yield _filter(f"Nullable{name}Filter", fields + " null: Boolean")
    for name, fields in COLLECTIONS.items():
        more = f" some: {name}Filter every: {name}Filter length: NumberComparator"
        yield _filter(f"{name}CollectionFilter", fields + more)


def _filter(name: str, fields: str) -> str:
    return f"input {name} {{ {fields} and: [{name}!] or: [{name}!] }}"


@cache
def _document() -> DocumentNode:
    return parse(sdl(), no_location=True)


ASKED_AT: ContextVar[datetime] = ContextVar("ASKED_AT")
"""When the request came that is being answered; durations are counted from then."""


@cache
def whole_schema() -> GraphQLSchema:
    """The schema of every workspace from which no field was taken."""
    return make_schema()


def make_schema() -> GraphQLSchema:
    """A schema of its own, for a workspace that takes fields out of it; to make one takes longer than many answers."""
    schema = build_ast_schema(_document(), assume_valid=True, assume_valid_sdl=True)
    _equip(schema, "DateTime", lambda value: parse_moment(value, ASKED_AT.get()), time_text)
    _equip(schema, "DateTimeOrDuration", lambda value: parse_moment(value, ASKED_AT.get()), time_text)
    _equip(schema, "TimelessDate", lambda value: parse_date(value, ASKED_AT.get()), date.isoformat)
    _equip(schema, "TimelessDateOrDuration", lambda value: parse_date(value, ASKED_AT.get()), date.isoformat)
    _equip(schema, "UUID", _uuid, str)
    _equip(schema, "JSONObject", _json_object, lambda value: value)
    return schema


def _equip(
    schema: GraphQLSchema, name: str, parse: Callable[[Any], Any], serialize: Callable[[Any], Any]
) -> None:
    scalar = schema.type_map[name]
    assert isinstance(scalar, GraphQLScalarType)

    def literal(node: ValueNode, variables: dict[str, Any] | None = None) -> Any:
        return parse(value_from_ast_untyped(node, variables))

    # Made anew and copied over, because which attributes hold the functions depends on the library's version.
    made = GraphQLScalarType(name, serialize=serialize, parse_value=parse, parse_literal=literal)
    vars(scalar).update(vars(made))


def remove_field(schema: GraphQLSchema, type_name: str, field: str) -> None:
    """Take a field, an argument's input field or a query away, as the vendor does without notice; raises KeyError."""
    fields = getattr(schema.type_map[type_name], "fields")  # noqa: B009 - not every type has fields
    del fields[field]


def object_type(schema: GraphQLSchema, name: str) -> GraphQLObjectType:
    found = schema.type_map[name]
    assert isinstance(found, GraphQLObjectType)
    return found


def _uuid(value: Any) -> str:
    if not isinstance(value, str) or not _UUID.match(value):
        raise GraphQLError(f"UUID cannot represent value: {value!r}")
    return value.lower()


def _json_object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise GraphQLError(f"JSONObject cannot represent non-object value: {value!r}")
    return value
