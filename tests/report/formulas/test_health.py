"""M15."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.report.formulas.making import day

from syncline.report.formulas.health import (
    DEFAULTS,
    WORST_FIRST,
    Fired,
    Health,
    Rule,
    Standing,
    State,
    Thresholds,
    badness,
    disagrees,
    health,
    roll_up,
)
from syncline.report.formulas.refusal import Reason, Refusal

FINE = Standing(
    today=day(0),
    target=day(30),
    likelihood=0.9,
    slip=Fraction(0),
    blocked=None,
    scope=Fraction(0),
    unready=Fraction(0),
)


def fired(found: Health) -> list[tuple[Rule, State]]:
    return [(one.rule, one.state) for one in found.reasons]


def test_on_track_needs_no_reason() -> None:
    assert health(FINE) == Health(State.ON_TRACK, ())


@pytest.mark.parametrize(
    ("change", "rule", "state"),
    [
        ({"closed": State.DONE}, Rule.DONE, State.DONE),
        ({"closed": State.CANCELED}, Rule.CANCELED, State.CANCELED),
        ({"target": None}, Rule.NO_TARGET, State.NO_DATA),
        ({"has_breakdown": False}, Rule.NO_BREAKDOWN, State.NO_DATA),
        ({"likelihood": Refusal(Reason.TOO_FEW)}, Rule.NO_FORECAST, State.NO_DATA),
        ({"stale_sources": ("jira",)}, Rule.STALE_SOURCE, State.NO_DATA),
        ({"target": day(-1)}, Rule.TARGET_PASSED, State.OFF_TRACK),
        ({"likelihood": 0.4999}, Rule.LIKELIHOOD, State.OFF_TRACK),
        ({"slip": Fraction(20, 100)}, Rule.SLIP, State.OFF_TRACK),
        ({"blocked": 5}, Rule.BLOCKER, State.OFF_TRACK),
        ({"likelihood": 0.5}, Rule.LIKELIHOOD, State.AT_RISK),
        ({"likelihood": 0.8499}, Rule.LIKELIHOOD, State.AT_RISK),
        ({"slip": Fraction(10, 100)}, Rule.SLIP, State.AT_RISK),
        ({"slip": Fraction(1999, 10000)}, Rule.SLIP, State.AT_RISK),
        ({"scope": Fraction(15, 100)}, Rule.SCOPE, State.AT_RISK),
        ({"unready": Fraction(21, 100)}, Rule.UNREADY, State.AT_RISK),
        ({"guardrails": ("errors",)}, Rule.GUARDRAIL, State.AT_RISK),
        ({"waiting_on": ("i7",)}, Rule.WAITING, State.AT_RISK),
    ],
)
def test_each_rule_alone(change: dict[str, object], rule: Rule, state: State) -> None:
    found = health(replace(FINE, **change))  # type: ignore[arg-type]
    assert found.state is state
    assert fired(found) == [(rule, state)]


@pytest.mark.parametrize(
    "change",
    [
        {"target": day(0)},
        {"likelihood": 0.85},
        {"likelihood": 0.85 - 1e-15},
        {"slip": Fraction(9999, 100000)},
        {"slip": Fraction(-50, 100)},
        {"blocked": 4},
        {"scope": Fraction(1499, 10000)},
        {"unready": Fraction(20, 100)},
        {"slip": Refusal(Reason.NO_BASELINE)},
        {"scope": Refusal(Reason.NO_BASELINE), "unready": Refusal(Reason.TOO_FEW)},
    ],
)
def test_just_within_every_threshold(change: dict[str, object]) -> None:
    assert health(replace(FINE, **change)).state is State.ON_TRACK  # type: ignore[arg-type]


def test_the_first_group_decides_and_every_reason_is_told() -> None:
    found = health(
        replace(
            FINE,
            target=day(-3),
            likelihood=0.3,
            slip=Fraction(1, 2),
            scope=Fraction(1, 5),
            stale_sources=("linear", "jira"),
            waiting_on=("b", "a"),
        )
    )
    assert found.state is State.NO_DATA
    assert found.reasons == (
        Fired(Rule.STALE_SOURCE, State.NO_DATA, about=("jira", "linear")),
        Fired(Rule.TARGET_PASSED, State.OFF_TRACK, Fraction(3), Fraction(0)),
        Fired(Rule.LIKELIHOOD, State.OFF_TRACK, Fraction(3, 10), Fraction(1, 2)),
        Fired(Rule.SLIP, State.OFF_TRACK, Fraction(1, 2), Fraction(1, 5)),
        Fired(Rule.SCOPE, State.AT_RISK, Fraction(1, 5), Fraction(3, 20)),
        Fired(Rule.WAITING, State.AT_RISK, about=("a", "b")),
    )


def test_a_closed_item_has_no_other_reason() -> None:
    assert fired(health(replace(FINE, closed=State.DONE, target=day(-9), likelihood=0.1))) == [
        (Rule.DONE, State.DONE)
    ]


def test_why_there_is_no_forecast_is_told() -> None:
    (reason,) = health(replace(FINE, likelihood=Refusal(Reason.NO_THROUGHPUT))).reasons
    assert reason.about == (Reason.NO_THROUGHPUT.value,)
    assert fired(health(replace(FINE, target=None, likelihood=Refusal(Reason.MISSING)))) == [
        (Rule.NO_TARGET, State.NO_DATA)
    ]


def test_thresholds_are_configured_and_shown_with_the_reason() -> None:
    strict = Thresholds(likelihood_risk=Fraction(95, 100), blocked_days=2)
    found = health(replace(FINE, blocked=3), strict)
    assert [(one.rule, one.threshold) for one in found.reasons] == [
        (Rule.BLOCKER, Fraction(2)),
        (Rule.LIKELIHOOD, Fraction(95, 100)),
    ]


SHARES = st.fractions(0, 1, max_denominator=20)
STANDINGS = st.builds(
    Standing,
    today=st.just(day(0)),
    closed=st.sampled_from([None, None, None, State.DONE, State.CANCELED]),
    target=st.sampled_from([None, day(-1), day(0), day(9)]),
    has_breakdown=st.booleans(),
    likelihood=st.floats(0, 1) | st.just(Refusal(Reason.TOO_FEW)),
    slip=SHARES,
    blocked=st.none() | st.integers(0, 9),
    scope=SHARES,
    unready=SHARES,
    stale_sources=st.sampled_from([(), ("jira",)]),
    waiting_on=st.sampled_from([(), ("x",)]),
)


@given(STANDINGS)
def test_there_is_always_one_state_and_its_first_reason_decides(standing: Standing) -> None:
    found = health(standing)
    assert (found.state is State.ON_TRACK) is (not found.reasons)
    assert not found.reasons or found.reasons[0].state is found.state
    groups = [State.NO_DATA, State.OFF_TRACK, State.AT_RISK]
    if standing.closed is None:
        ranks = [groups.index(one.state) for one in found.reasons]
        assert ranks == sorted(ranks)
    rules = [one.rule for one in found.reasons]
    assert len(set(rules)) == len(rules)


@given(STANDINGS, SHARES)
def test_more_slip_never_makes_an_item_healthier(standing: Standing, more: Fraction) -> None:
    assert isinstance(standing.slip, Fraction)
    worse = replace(standing, slip=standing.slip + more)
    states = [one.state for one in health(worse).reasons]
    assert badness(health(worse).state) <= badness(health(standing).state) or State.NO_DATA in states


def test_the_order_of_states_is_total() -> None:
    assert sorted(State, key=badness) == list(WORST_FIRST)
    assert len({badness(state) for state in State}) == len(State)


@given(st.lists(st.tuples(st.sampled_from(State), st.booleans()), max_size=6))
def test_a_roll_up_is_one_of_its_children_in_any_order(children: list[tuple[State, bool]]) -> None:
    found = roll_up(children)
    assert found == roll_up(children[::-1])
    assert sum(count for _, count in found.counts) == len(children)
    assert found.state in {state for state, _ in children} or (not children and found.state is State.NO_DATA)
    needed = [state for state, must in children if must and state is not State.CANCELED]
    if needed:
        assert badness(found.state) == min(map(badness, needed))


def test_what_must_be_had_decides_and_all_are_counted() -> None:
    children = [
        (State.OFF_TRACK, False),
        (State.ON_TRACK, True),
        (State.AT_RISK, True),
        (State.CANCELED, True),
    ]
    found = roll_up(children)
    assert found.state is State.AT_RISK
    assert found.counts == (
        (State.OFF_TRACK, 1),
        (State.AT_RISK, 1),
        (State.ON_TRACK, 1),
        (State.CANCELED, 1),
    )
    assert roll_up([(State.OFF_TRACK, False), (State.DONE, False)]).state is State.OFF_TRACK
    assert roll_up([(State.CANCELED, True)]).state is State.CANCELED
    assert roll_up([(State.CANCELED, True), (State.OFF_TRACK, False)]).state is State.OFF_TRACK


def test_a_claim_is_held_against_the_data() -> None:
    assert disagrees(State.ON_TRACK, State.OFF_TRACK) is True
    assert disagrees(State.AT_RISK, State.AT_RISK) is False
    for computed in (State.NO_DATA, State.DONE, State.CANCELED):
        assert disagrees(State.ON_TRACK, computed) is None
    assert all(
        disagrees(one, two) is (one is not two)
        for one, two in itertools.product([State.ON_TRACK, State.AT_RISK, State.OFF_TRACK], repeat=2)
    )
    assert Thresholds() == DEFAULTS
