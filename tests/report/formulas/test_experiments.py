"""M22."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.report.formulas.experiments import (
    Arm,
    Direction,
    Effect,
    Split,
    Verdict,
    chi_squared_tail,
    effect,
    readout,
    split,
)
from syncline.report.formulas.refusal import Reason, Refusal


def divided(*users: int, shares: tuple[float, ...] = ()) -> Split:
    planned = shares or (None,) * len(users)
    found = split(
        [
            Arm(str(at), number, share=share)
            for at, (number, share) in enumerate(zip(users, planned, strict=True))
        ]
    )
    assert isinstance(found, Split), found
    return found


def test_the_published_splits() -> None:
    found = divided(44_000, 45_000)
    assert (round(float(found.chi_squared), 3), f"{found.p:.5f}", found.readable) == (
        11.236,
        "0.00080",
        False,
    )
    assert f"{divided(600, 400).p:.2e}" == "2.54e-10"
    assert divided(5000, 5050).readable


def test_a_planned_split_need_not_be_even() -> None:
    assert divided(900, 100, shares=(0.9, 0.1)).chi_squared == 0
    assert divided(900, 100, shares=(9, 1)).p == 1.0
    assert not divided(900, 100).readable


def test_splits_refused() -> None:
    assert split([Arm("a", 9)]) == Refusal(Reason.TOO_FEW, "arms", n=1, needed=2)
    assert split([Arm("a", 4), Arm("b", 4)]) == Refusal(
        Reason.TOO_FEW, "users expected in an arm", n=4, needed=5
    )
    assert split([Arm("a", 0), Arm("b", 0)]) == Refusal(
        Reason.TOO_FEW, "users expected in an arm", n=0, needed=5
    )
    zero = Refusal(Reason.NOT_POSITIVE, "planned share or users")
    assert split([Arm("a", 50, share=0), Arm("b", 50, share=1)]) == zero
    assert split([Arm("a", 50, share=0.5), Arm("b", 50)]) == zero


@pytest.mark.parametrize(
    ("degrees", "at_five_percent", "at_one_percent"),
    [
        (1, 3.841458820694124, 6.6348966010212145),
        (2, 5.991464547107979, 9.21034037197618),
        (3, 7.814727903251179, 11.344866730144373),
        (4, 9.487729036781154, 13.276704135987622),
        (5, 11.070497693516351, 15.08627246938899),
        (10, 18.307038053275146, 23.209251158954356),
        (30, 43.77297182574219, 50.89218131151707),
    ],
)
def test_the_tail_against_printed_tables(degrees: int, at_five_percent: float, at_one_percent: float) -> None:
    assert chi_squared_tail(at_five_percent, degrees) == pytest.approx(0.05, rel=1e-9)
    assert chi_squared_tail(at_one_percent, degrees) == pytest.approx(0.01, rel=1e-9)


@given(st.floats(0.01, 200), st.integers(1, 12))
def test_the_tail_falls_and_its_slope_is_the_density(x: float, degrees: int) -> None:
    step = x * 1e-5
    slope = (chi_squared_tail(x - step, degrees) - chi_squared_tail(x + step, degrees)) / (2 * step)
    half = degrees / 2
    density = math.exp((half - 1) * math.log(x) - x / 2 - half * math.log(2) - math.lgamma(half))
    assert slope == pytest.approx(density, rel=1e-3, abs=1e-9)


def test_far_out_nothing_overflows() -> None:
    assert chi_squared_tail(0, 3) == 1.0
    assert chi_squared_tail(1e6, 7) == 0.0
    assert 0 < chi_squared_tail(700, 2) < 1e-150


# ---- effects -----------------------------------------------------------------------------------------------


def told(arm: Arm, control: Arm, direction: Direction = Direction.UP) -> Effect:
    found = effect(arm, control, direction)
    assert isinstance(found, Effect), found
    return found


def test_a_regression_lies_entirely_on_the_worse_side() -> None:
    control, arm = Arm("control", 1000, 200), Arm("new", 1000, 150)
    worse = told(arm, control)
    assert (worse.difference, worse.verdict) == (Fraction(-1, 20), Verdict.WORSE)
    assert worse.interval.high < 0
    assert told(arm, control, Direction.DOWN).verdict is Verdict.BETTER
    assert told(control, arm).verdict is Verdict.BETTER
    assert told(Arm("new", 1000, 195), control).verdict is Verdict.UNCLEAR


def test_nobody_converting_is_no_certainty() -> None:
    found = told(Arm("new", 20, 0), Arm("control", 20, 0))
    assert found.difference == 0
    assert found.verdict is Verdict.UNCLEAR
    assert found.interval.low < 0 < found.interval.high


def test_means_by_hand() -> None:
    found = told(Arm("new", 100, mean=12.0, deviation=3.0), Arm("control", 100, mean=10.0, deviation=4.0))
    assert found.difference == 2
    assert (found.interval.low, found.interval.high) == pytest.approx((2 - 0.98, 2 + 0.98))
    assert found.verdict is Verdict.BETTER


def test_effects_refused() -> None:
    few = effect(Arm("new", 29, mean=1, deviation=1), Arm("control", 99, mean=1, deviation=1), Direction.UP)
    assert few == Refusal(Reason.TOO_FEW, "users in an arm", n=29, needed=30)
    assert effect(Arm("new", 99), Arm("control", 99), Direction.UP) == Refusal(
        Reason.MISSING, "mean or deviation"
    )
    assert isinstance(effect(Arm("new", 5, 9), Arm("control", 5, 1), Direction.UP), Refusal)
    assert isinstance(effect(Arm("new", 5, 1), Arm("control", 0, 0), Direction.UP), Refusal)


def test_a_wrong_split_has_no_effect_to_read() -> None:
    found = readout([Arm("control", 600, 60), Arm("new", 400, 80)], Direction.UP)
    assert found.effects == (("new", Refusal(Reason.SAMPLE_RATIO)),)


def test_the_sources_own_verdict_is_printed_alone() -> None:
    arms = [Arm("control", 500, 60), Arm("new", 500, 80)]
    found = readout(arms, Direction.UP, told="sequential: new wins")
    assert found.told == "sequential: new wins"
    assert found.effects == (("new", Refusal(Reason.TOLD_BY_SOURCE, "sequential: new wins")),)
    assert isinstance(found.split, Split)
    ((name, ours),) = readout(arms, Direction.UP).effects
    assert isinstance(ours, Effect)
    assert name == ours.arm == "new"
