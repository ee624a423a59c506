"""M20."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.report.formulas.making import day, noon

from syncline.report.formulas.alerts import Anomaly, Episode, Point, Verdict, anomaly, beyond, changed, check
from syncline.report.formulas.refusal import Reason, Refusal


def test_a_threshold_itself_is_allowed() -> None:
    assert beyond(9, below=9) is False
    assert beyond(8.99, below=9) is True
    assert beyond(10, above=10) is False
    assert beyond(11, below=9, above=10) is True
    assert beyond(None, below=9) == Refusal(Reason.MISSING, "value")


def weekly(today: float, *earlier: float | None) -> dict[date, Point]:
    """Values of one weekday, the latest week first; other weekdays are noise."""
    points = {day(-at): Point(10_000) for at in range(1, 60) if at % 7}
    points |= {day(-7 * back): Point(value) for back, value in enumerate(earlier, 1) if value is not None}
    return points | {day(0): Point(today)}


def test_the_modified_z_by_hand() -> None:
    found = anomaly(weekly(160, 100, 102, 98, 104, 96, 100, 110, 90), day(0))
    assert isinstance(found, Anomaly)
    assert found.median == 100
    assert found.n == 8
    assert found.score == Fraction(6745, 10_000) * 60 / 3  # deviations 0 0 2 2 4 4 10 10
    assert found.unusual


def test_only_the_same_weekday_of_eight_weeks_counts() -> None:
    steady = [100, 102, 98, 104, 96, 100, 110, 90]
    one, two = anomaly(weekly(105, *steady), day(0)), anomaly(weekly(105, *steady, 9999, 9999), day(0))
    assert one == two
    assert isinstance(one, Anomaly)
    assert not one.unusual


def test_a_missing_day_is_not_nought() -> None:
    found = anomaly(weekly(0, 100, None, 102, None, 98, 97, 103), day(0))
    assert isinstance(found, Anomaly)
    assert (found.n, found.unusual) == (5, True)
    assert found.median == 100
    assert anomaly(weekly(0, 100, 102, 98, 97), day(0)) == Refusal(
        Reason.TOO_FEW, "same weekdays", n=4, needed=5
    )
    assert anomaly({}, day(0)) == Refusal(Reason.MISSING, day(0).isoformat())


def test_a_flat_series_and_a_small_one_never_cry_wolf() -> None:
    assert anomaly(weekly(500, *[100] * 8), day(0)) == Refusal(Reason.NO_SPREAD)
    assert anomaly(weekly(90, 1, 2, 3, 4, 5, 6, 7, 8), day(0)) == Refusal(Reason.TOO_FEW, "volume")


def test_a_rate_has_the_volume_it_was_made_from() -> None:
    few = {day(-7 * back): Point(Fraction(back, 100), volume=9) for back in range(9)}
    assert anomaly(few, day(0)) == Refusal(Reason.TOO_FEW, "volume")
    many = {one: Point(point.value, volume=10) for one, point in few.items()}
    assert isinstance(anomaly(many, day(0)), Anomaly)


@given(st.lists(st.integers(50, 150), min_size=8, max_size=8), st.integers(0, 300), st.integers(1, 9))
def test_the_score_does_not_care_for_units(values: list[int], today: int, scale: int) -> None:
    one = anomaly(weekly(today, *values), day(0))
    two = anomaly(weekly(today * scale, *[value * scale for value in values]), day(0))
    if isinstance(one, Anomaly):
        assert isinstance(two, Anomaly)
        assert (one.score, one.unusual) == (two.score, two.unusual)
    else:
        assert one == two


def test_a_state_changes_from_something_to_something_else() -> None:
    assert changed("on_track", "off_track")
    assert not changed("on_track", "on_track")
    assert not changed(None, "on_track")


QUIET, FIRING, STALE = Verdict.QUIET, Verdict.FIRING, Verdict.STALE


def told(verdicts: Sequence[Verdict], cool_down: int = 0) -> list[int]:
    """The days on which somebody is told."""
    episode, days = Episode(), []
    for number, verdict in enumerate(verdicts):
        episode, tell = check(episode, verdict, noon(number), timedelta(days=cool_down))
        days += [number] * tell
    return days


@pytest.mark.parametrize(
    ("verdicts", "cool_down", "days"),
    [
        ([QUIET, FIRING, FIRING, FIRING], 0, [1]),
        ([FIRING, QUIET, FIRING], 0, [0, 2]),
        ([FIRING, STALE, FIRING], 0, [0]),
        ([STALE, FIRING], 0, [1]),
        ([FIRING, QUIET, FIRING, QUIET], 5, [0]),
        ([FIRING, QUIET, FIRING, FIRING, FIRING, FIRING], 5, [0, 5]),
    ],
)
def test_once_for_each_episode(verdicts: list[Verdict], cool_down: int, days: list[int]) -> None:
    assert told(verdicts, cool_down) == days


@given(st.lists(st.sampled_from(Verdict), max_size=20), st.integers(0, 6))
def test_never_twice_within_the_cool_down_nor_on_what_is_stale(
    verdicts: list[Verdict], cool_down: int
) -> None:
    days = told(verdicts, cool_down)
    assert all(verdicts[number] is FIRING for number in days)
    assert all(late - early >= cool_down for early, late in pairwise(days))
    assert bool(days) is (FIRING in verdicts)
