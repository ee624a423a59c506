"""The part of the schema that is served is a part of the vendor's, and answers are as recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from graphql import (
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    get_operation_ast,
    is_introspection_type,
    is_specified_scalar_type,
    parse,
    validate,
    validate_schema,
)
from tests.simulator.linear import DATA, LinearWorld, needs_data, needs_schema, vendors_schema

from syncline.sim import SimClock
from syncline_connectors.linear.simulator.complexity import charged, complexity
from syncline_connectors.linear.simulator.schema import sdl


@pytest.fixture
def linear(clock: SimClock) -> LinearWorld:
    return LinearWorld(clock, calm=True)


def fields(named: Any) -> Mapping[str, Any]:
    return getattr(named, "fields", {})


def own(schema: GraphQLSchema) -> Iterator[tuple[str, Any]]:
    for name, named in schema.type_map.items():
        if not is_introspection_type(named) and not is_specified_scalar_type(named):
            yield name, named


@needs_schema
def test_every_type_field_argument_and_value_is_the_vendors(linear: LinearWorld) -> None:
    theirs = vendors_schema().type_map
    wrong: list[str] = []
    for name, named in own(linear.site.schema):
        vendors = theirs.get(name)
        if type(vendors) is not type(named):
            wrong.append(name)
            continue
        wrong += [f"{name}.{value}" for value in set(getattr(named, "values", ())) - set(_values(vendors))]
        for field, mine in fields(named).items():
            wrong += list(_differences(f"{name}.{field}", mine, fields(vendors).get(field)))
    assert wrong == []


def _values(named: Any) -> Any:
    return getattr(named, "values", ())


def _differences(place: str, mine: Any, vendors: Any) -> Iterator[str]:
    if vendors is None or str(mine.type) != str(vendors.type):
        yield place
        return
    for name, argument in getattr(mine, "args", {}).items():
        known = vendors.args.get(name)
        if known is None or (str(argument.type), argument.default_value) != (
            str(known.type),
            known.default_value,
        ):
            yield f"{place}({name})"


@needs_schema
def test_what_must_be_given_in_an_input_must_be_given_here(linear: LinearWorld) -> None:
    """A field that the vendor requires and that is missing here would let bad requests through."""
    theirs = vendors_schema().type_map
    for name, named in own(linear.site.schema):
        vendors = theirs[name]
        if type(named).__name__ == "GraphQLInputObjectType":
            required = {f for f, field in fields(vendors).items() if str(field.type).endswith("!")}
            assert required <= set(fields(named)), name


def test_the_schema_is_sound() -> None:
    """It is built without that check, because every workspace builds one."""
    assert validate_schema(build_schema(sdl())) == []


def test_the_schema_is_written_without_the_vendors_descriptions() -> None:
    assert '"""' not in sdl()


def test_a_field_that_was_removed_refuses_the_whole_document(linear: LinearWorld) -> None:
    query = "{ viewer { id } issues { nodes { id title branchName } } }"
    assert linear.ask(query)["viewer"]
    linear.site.remove_field("Issue", "branchName")
    response = linear.post(query)
    assert response.status == 400
    assert "data" not in response.json()
    (error,) = response.json()["errors"]
    assert error["message"] == 'Cannot query field "branchName" on type "Issue".'
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert linear.ask("{ viewer { id } issues { nodes { id title } } }")["viewer"]


def test_a_field_can_be_removed_from_an_input(linear: LinearWorld) -> None:
    linear.site.remove_field("IssueFilter", "number")
    response = linear.post("{ issues(filter: {number: {eq: 1}}) { nodes { id } } }")
    assert response.status == 400


# ---- recorded answers ------------------------------------------------------------------------------------------------


def exchanges() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Name, request and response of what was recorded."""
    for file in sorted((DATA / "nango").glob("*.json")):
        for exchange in json.loads(file.read_text(encoding="utf-8")):
            yield file.name.partition(".")[0], exchange["request"], exchange["response"]


def asked() -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    """Of those whose query was recorded: name, query, variables, response."""
    for name, request, response in exchanges():
        body = request.get("body")
        if isinstance(body, dict) and "query" in body:
            yield name, body["query"], body.get("variables") or {}, response


@needs_data
@needs_schema
def test_a_query_costs_what_was_recorded() -> None:
    measured = {}
    for name, query, variables, response in asked():
        told = response["headers"].get("x-complexity")
        operation = get_operation_ast(parse(query))
        if told and isinstance(operation, OperationDefinitionNode):
            points = complexity(vendors_schema(), parse(query), operation, variables)
            measured[name] = (charged(points), int(told))
    assert len(measured) > 25
    assert {name: both for name, both in measured.items() if both[0] != both[1]} == {}


@needs_data
def test_recorded_queries_are_understood(linear: LinearWorld) -> None:
    """All but those for what the simulator does not have: writes to cycles, labels and projects."""
    missing = {name for name, query, _, _ in asked() if validate(linear.site.schema, parse(query))}
    assert missing == {
        "archive-cycle",
        "create-cycle",
        "delete-issue-label",
        "unarchive-project",
        "update-issue-label",
    }


@needs_data
def test_recorded_answers_have_the_shape_of_ours(linear: LinearWorld) -> None:
    """Every property of a recorded entity is a field of the schema, and of a kind that its type allows."""
    wrong = []
    for name, _, response in exchanges():
        for field, value in (response["body"].get("data") or {}).items():
            root = linear.site.schema.type_map["Mutation" if "success" in value else "Query"]
            if field in fields(root):
                found = misfits(linear.site.schema, str(fields(root)[field].type), value)
                wrong += [f"{name}: {at}" for at in found]
    assert wrong == []


def misfits(schema: GraphQLSchema, type_: str, value: Any) -> Iterator[str]:
    """Where a value is not of a type, as ``Issue!`` or ``[String!]!``."""
    if type_.endswith("!"):
        if value is None:
            yield f"{type_} is null"
        type_ = type_[:-1]
    if value is None:
        return
    if type_.startswith("["):
        for each in value:
            yield from misfits(schema, type_[1:-1], each)
    elif isinstance(value, dict) and type_ not in ("JSON", "JSONObject"):
        known = fields(schema.type_map[type_])
        for field, inner in value.items():
            if field in known:
                yield from misfits(schema, str(known[field].type), inner)
            elif field != "bodyData":
                yield f"{type_}.{field}"
    elif type_ in _PYTHON and not isinstance(value, _PYTHON[type_]):
        yield f"{type_}: {value!r}"


_PYTHON: dict[str, Any] = {
    "String": str,
    "ID": str,
    "Boolean": bool,
    "Float": (int, float),
    "Int": int,
    "DateTime": str,
}
