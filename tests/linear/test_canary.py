"""``doctor --canary``: what is declared and what a workspace does are held against each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.linear.lab import Wire, World, error

from syncline.canary import Canary, Finding, State
from syncline.sim.app import SimRequest, SimResponse
from syncline.target import FIELDS
from syncline_connectors.linear import Linear
from syncline_connectors.linear.simulator import Quirks

MARKER = "8c0c3a0e-5d0b-5d6c-9d43-3f1f5f1c2b11"
OTHERS = {"parent", "iterations", "relations"}
"""Fields whose values are other records, which the canary does not touch."""


@pytest.fixture
def linear(connect: Callable[..., Linear], world: World) -> Linear:
    world.site.set_quirks(**vars(replace(Quirks(), touch=0.0)))
    return connect(access="write")


def told(linear: Linear, world: World) -> dict[str, Finding]:
    canary = Canary(linear, linear.check(), world.eng.id, (), clock=world.clock, marker=MARKER)
    return {one.what: one for one in canary.findings()}


def test_what_is_declared_is_what_the_workspace_does(linear: Linear, world: World) -> None:
    found = told(linear, world)
    states = {what: one.state for what, one in found.items()}
    assert {what for what, state in states.items() if state is State.UNTRIED} == OTHERS
    bad = {what: one for what, one in found.items() if one.state not in (State.OK, State.UNTRIED)}
    assert not bad
    assert found.keys() >= (Linear.capabilities.writes & FIELDS.keys()) | {
        "create",
        "marker",
        "comment",
        "file",
    }
    (left,) = world.site.issues.values()
    assert left.archived_at is not None, "put away"
    assert found["put away"].text == "archived"
    assert found["marker"].text.startswith("found after 0 s")


def test_a_capability_that_is_not_true_is_named(linear: Linear, world: World) -> None:
    linear.capabilities = replace(linear.capabilities, writes=linear.capabilities.writes | {"start_on"})
    found = told(linear, world)
    assert found["start_on"].state is State.REFUSED
    assert [what for what, one in found.items() if one.state is State.REFUSED] == ["start_on"]


def test_a_workspace_that_stores_something_else_is_named(linear: Linear, world: World, wire: Wire) -> None:
    def shout(request: SimRequest, response: SimResponse) -> SimResponse:
        body = response.body if isinstance(response.body, bytes) else b""
        return replace(response, body=body.replace(b'"Syncline canary, may be deleted: done"', b'"DONE"'))

    wire.after = shout
    found = told(linear, world)
    assert found["title"].state in (State.DIFFERS, State.REFUSED)
    assert found["due_on"].state is State.OK


def test_estimates_that_are_not_in_use_are_named_and_the_rest_goes_on(
    linear: Linear, world: World, wire: Wire
) -> None:
    def refuse(request: SimRequest) -> SimResponse | None:
        if b'"estimate":3' in request.body:
            return error("Estimates are not in use", type="invalid input", code="INPUT_ERROR")
        return None

    wire.before = refuse
    found = told(linear, world)
    assert found["estimate"].state is State.REFUSED
    assert "not in use" in found["estimate"].text
    assert {what for what, one in found.items() if one.state is State.REFUSED} == {"estimate"}
