"""M21."""

from __future__ import annotations

from datetime import UTC
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tests.report.formulas.making import AUCKLAND, FAR, day, noon

from syncline.report.formulas.rollouts import Exposure, Rollout, Step, rollout


def rolled(*steps: tuple[int, float | None], as_of: int = 20) -> Rollout:
    return rollout([Exposure(noon(at), percent) for at, percent in steps], noon(as_of), UTC)


def test_launch_full_and_since_when() -> None:
    found = rolled((0, 0), (2, 0.5), (3, 1), (5, 40), (8, 100))
    assert (found.launch, found.full, found.since) == (day(3), day(8), noon(8))
    assert found.percent == 100
    assert not found.rollbacks
    assert rolled((0, 0), (20, 5), as_of=20).launch == day(20)


def test_from_nothing_to_all_at_once() -> None:
    found = rolled((4, 0), (6, 100))
    assert (found.launch, found.full) == (day(6), day(6))


def test_any_decrease_after_the_launch_is_a_rollback() -> None:
    found = rolled((0, 0.9), (1, 0.5), (2, 50), (3, 20), (4, 100), (5, 0))
    assert found.rollbacks == (Step(noon(3), Fraction(20)), Step(noon(5), Fraction(0)))
    assert (found.launch, found.full) == (day(2), day(4))
    assert found.percent == 0


def test_a_flag_at_all_for_thirty_days_is_stale() -> None:
    assert not rolled((0, 100), as_of=29).stale
    assert rolled((0, 100), as_of=30).stale
    assert not rolled((0, 100), (9, 99), as_of=60).stale
    assert rolled((0, 100), (9, 100), as_of=30).stale


def test_what_is_not_said_and_what_comes_later_is_passed_over() -> None:
    found = rolled((0, 10), (1, None), (2, 130), (3, -5), (4, float("nan")), (30, 100))
    assert found.steps == (Step(noon(0), Fraction(10)),)
    assert rollout([], FAR, UTC) == Rollout((), None, None, (), False)


def test_the_zone_decides_the_day() -> None:
    assert rollout([Exposure(noon(3), 5)], FAR, AUCKLAND).launch == day(4)


@given(
    st.lists(st.tuples(st.integers(0, 19), st.integers(0, 100)), max_size=9, unique_by=lambda step: step[0])
)
def test_steps_alternate_and_the_launch_is_the_first(steps: list[tuple[int, int]]) -> None:
    found = rolled(*steps)
    assert found == rolled(*steps[::-1])
    values = [step.percent for step in found.steps]
    assert all(one != two for one, two in pairwise(values))
    launched = [day(at) for at, percent in steps if percent >= 1]
    assert found.launch == (min(launched) if launched else None)
    assert found.full is None or (found.launch is not None and found.launch <= found.full)
