"""A workspace to read, a connector on it, and a record of every request, checked against the vendor's own schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from graphql import parse, validate
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
        for document in {body["query"] for body in made.asked()} - _valid:
            assert validate(vendors_schema(), parse(document)) == []
            _valid.add(document)


_valid: set[str] = set()


@pytest.fixture
def connect(wire: Wire, clock: SimClock) -> Iterator[Callable[..., Linear]]:
    """Makes connectors with Ada's key; keys of the configuration by name."""
    with connecting(wire, clock) as make:
        yield make
