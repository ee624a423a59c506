"""M5."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.report.formulas.goals import (
    Colour,
    Objective,
    Progress,
    colour,
    expected,
    key_result,
    objective,
    pace,
)
from syncline.report.formulas.refusal import Reason, Refusal

NUMBERS = st.fractions(-1000, 1000, max_denominator=100)


def test_progress_of_rising_and_falling_metrics() -> None:
    assert key_result(100, 150, 200) == Progress(Fraction(1, 2), Fraction(1, 2))
    assert key_result(8.0, 6.5, 5.0) == Progress(Fraction(1, 2), Fraction(1, 2))


def test_progress_is_cut_off_and_the_raw_value_kept() -> None:
    assert key_result(0, 150, 100) == Progress(Fraction(1), Fraction(3, 2))
    assert key_result(0, -50, 100) == Progress(Fraction(0), Fraction(-1, 2))


def test_progress_refused() -> None:
    assert key_result(5, 6, 5) == Refusal(Reason.TARGET_IS_BASELINE)
    assert key_result(5, None, 6) == Refusal(Reason.MISSING, "current")
    assert key_result(float("nan"), 1, 6) == Refusal(Reason.MISSING, "baseline")


@given(NUMBERS, NUMBERS, NUMBERS)
def test_progress_does_not_care_which_way_is_up(
    baseline: Fraction, current: Fraction, target: Fraction
) -> None:
    assert key_result(baseline, current, target) == key_result(-baseline, -current, -target)


@pytest.mark.parametrize(
    ("value", "is_"),
    [
        (Fraction(0), Colour.RED),
        (Fraction("0.3999999"), Colour.RED),
        (Fraction("0.4"), Colour.AMBER),
        (Fraction("0.6999999"), Colour.AMBER),
        (Fraction("0.7"), Colour.GREEN),
        (Fraction(1), Colour.GREEN),
    ],
)
def test_colours_are_half_open(value: Fraction, is_: Colour) -> None:
    assert colour(value) is is_


def test_pace_is_ahead_or_behind_an_even_one() -> None:
    start, due = date(2026, 1, 1), date(2026, 1, 11)
    assert expected(start, due, date(2026, 1, 4)) == Fraction(3, 10)
    assert expected(start, due, date(2025, 12, 1)) == 0
    assert expected(start, due, date(2027, 1, 1)) == 1
    assert pace(Progress(Fraction(1, 2), Fraction(1, 2)), Fraction(3, 10)) == Fraction(1, 5)
    assert expected(start, start, start) == Refusal(Reason.NO_SPAN)
    assert expected(None, due, start) == Refusal(Reason.MISSING, "start")
    assert pace(Progress(Fraction(1), Fraction(1)), Refusal(Reason.NO_SPAN)) == Refusal(Reason.NO_SPAN)
    assert pace(Refusal(Reason.MISSING), Fraction(1)) == Refusal(Reason.MISSING)


def test_an_objective_is_the_weighted_mean_of_what_has_progress() -> None:
    half, whole = Progress(Fraction(1, 2), Fraction(1, 2)), Progress(Fraction(1), Fraction(3))
    assert objective([(half, 1), (whole, 3)]) == Objective(Fraction(7, 8), 2, 0)
    undefined = Refusal(Reason.TARGET_IS_BASELINE)
    assert objective([(half, 1), (undefined, 1), (whole, 0)]) == Objective(Fraction(1, 2), 1, 2)
    assert objective([(undefined, 1)]) == Refusal(Reason.TOO_FEW, "key results", n=0, needed=1)
