"""A workspace to read, a connector on it, and a record of every request, checked against the vendor's own schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from graphql import DocumentNode, get_operation_ast, get_variable_values, parse, validate
from tests.linear.lab import Wire, World, connecting
from tests.simulator.linear import SCHEMA, vendors_schema

from syncline.sim.clock import SimClock
from syncline_connectors.linear import Linear


@pytest.fixture
def clock() -> SimClock:
    return SimClock()


@pytest.fixture
def world(clock: SimClock) -> World:
    return World(clock)


@pytest.fixture
def wire(world: World) -> Iterator[Wire]:
    made = Wire(world.site)
    yield made
    if SCHEMA.is_file():
        for body in made.asked():
            check_request(body["query"], body["variables"])


def check_request(document: str, variables: dict[str, Any]) -> None:
    """Fail unless the vendor's schema allows the document, and what its variables hold, filters and inputs too."""
    if document not in _valid:
        parsed = parse(document)
        assert validate(vendors_schema(), parsed) == []
        _valid[document] = parsed
    operation = get_operation_ast(_valid[document])
    assert operation is not None
    given = get_variable_values(vendors_schema(), operation.variable_definitions or (), variables)
    assert not isinstance(given, list), given


_valid: dict[str, DocumentNode] = {}


@pytest.fixture
def connect(wire: Wire, clock: SimClock) -> Iterator[Callable[..., Linear]]:
    """Makes connectors with Ada's key; keys of the configuration by name."""
    with connecting(wire, clock) as make:
        yield make
