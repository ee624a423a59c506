"""M23 and M24."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from tests.report.formulas.making import day

from syncline.report.formulas.exact import Number
from syncline.report.formulas.launches import (
    BeforeAfter,
    Calibration,
    Prediction,
    before_after,
    calibration,
    prediction_ratio,
)
from syncline.report.formulas.refusal import Reason, Refusal

LAUNCH, FULL = day(0), day(9)


def series(before: int = 100, ramp: int = 5000, after: int = 130) -> dict[date, Number]:
    values: dict[date, Number] = {day(at): before for at in range(-40, 0)}
    values |= {day(at): ramp for at in range(10)}
    return values | {day(at): after for at in range(10, 60)}


def compared(
    points: dict[date, Number], until: int = 59, others: dict[str, date] | None = None
) -> BeforeAfter:
    found = before_after(points, LAUNCH, FULL, day(until), others)
    assert isinstance(found, BeforeAfter), found
    return found


def test_the_ramp_is_on_neither_side() -> None:
    found = compared(series())
    assert (found.before.first, found.before.last) == (day(-28), day(-1))
    assert (found.after.first, found.after.last) == (day(10), day(37))
    assert found.before.mean == 100
    assert found.after.mean == 130
    assert found.difference == 30
    assert found.change == Fraction(3, 10)
    assert found.before.weeks == (Fraction(100),) * 4


def test_both_sides_have_the_same_weekdays() -> None:
    found = compared(series())
    for side in (found.before, found.after):
        weekdays = [(side.first.toordinal() + at) % 7 for at in range(len(side.values))]
        assert sorted(weekdays) == sorted([*range(7)] * 4)


def test_too_early_or_with_holes_it_is_refused() -> None:
    assert before_after(series(), LAUNCH, FULL, day(36)) == Refusal(
        Reason.INCOMPLETE, f"{day(10)} to {day(37)}", n=27, needed=28
    )
    holed = series()
    del holed[day(-3)]
    assert before_after(holed, LAUNCH, FULL, day(59)) == Refusal(
        Reason.INCOMPLETE, f"{day(-28)} to {day(-1)}", n=27, needed=28
    )


def test_from_nought_there_is_no_share() -> None:
    found = compared(series(before=0))
    assert found.difference == 130
    assert found.change == Refusal(Reason.DIVISION_BY_ZERO)


def test_other_launches_of_these_days_are_named() -> None:
    others = {"z": day(-28), "a": day(37), "early": day(-29), "late": day(38)}
    assert compared(series(), others=others).overlapping == ("a", "z")


@given(st.lists(st.integers(0, 1000), min_size=28, max_size=28))
def test_weeks_average_to_the_whole(values: list[int]) -> None:
    points = series() | {day(at - 28): value for at, value in enumerate(values)}
    found = compared(points)
    assert sum(found.before.weeks) / 4 == found.before.mean == Fraction(sum(values), 28)


def test_predictions_are_held_against_what_came() -> None:
    assert prediction_ratio(Prediction("effort", 2, 3.2)) == Fraction(8, 5)
    assert prediction_ratio(Prediction("impact", 2, -1)) == Fraction(-1, 2)
    assert prediction_ratio(Prediction("reach", 0, 10)) == Refusal(Reason.NOT_POSITIVE, "predicted")
    assert prediction_ratio(Prediction("reach", None, 10)) == Refusal(Reason.MISSING, "predicted")
    assert prediction_ratio(Prediction("reach", 10, None)) == Refusal(Reason.MISSING, "actual")


def test_a_teams_line_is_a_launch_it_made() -> None:
    made = [Prediction("a", 1, 1), Prediction("b", 1, 2), Prediction("c", 1, 4), Prediction("d", 1, None)]
    assert calibration(made) == Calibration(Fraction(2), Fraction(1), Fraction(4), 3, 1)
    assert calibration(made[1:]) == Refusal(Reason.TOO_FEW, "launches", n=2, needed=3)
