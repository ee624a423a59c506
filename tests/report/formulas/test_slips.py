"""M16."""

from __future__ import annotations

from datetime import UTC, date
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from tests.report.formulas.making import FAR, day, noon

from syncline.report.formulas.refusal import Reason, Refusal
from syncline.report.formulas.slips import (
    Happening,
    NetSlip,
    Slip,
    TargetChange,
    TargetMove,
    coincided,
    net_slip,
    slip,
    slip_share,
)


def changes(*steps: tuple[int, int | None, int | None]) -> list[TargetChange]:
    return [
        TargetChange(
            noon(at),
            None if old is None else day(old),
            None if new is None else day(new),
            "jira",
            "Ada Example",
        )
        for at, old, new in steps
    ]


def slipped(*steps: tuple[int, int | None, int | None], committed: int = 0) -> Slip:
    found = slip(changes(*steps), None, noon(committed), FAR)
    assert isinstance(found, Slip), found
    return found


def days(found: Slip) -> list[int | None]:
    return [move.days for move in found.moves]


def test_the_baseline_is_the_target_at_the_commitment() -> None:
    found = slipped((-5, None, 10), (-2, 10, 20), (3, 20, 27), (5, 27, 25))
    assert (found.baseline, found.current, found.days) == (day(20), day(25), 5)
    assert found.moves[0] == TargetMove(noon(3), day(20), day(27), 7, "jira", "Ada Example")
    assert (days(found), found.later, found.earlier) == ([7, -2], 7, -2)


def test_a_target_that_never_moved() -> None:
    found = slip([], day(9), noon(0), FAR)
    assert found == Slip(day(9), day(9), 0, (), 0, 0)
    assert slipped((0, None, 9)).moves == ()


def test_a_target_given_after_the_commitment_is_the_baseline_and_no_move() -> None:
    found = slipped((2, None, 10), (4, 10, 12))
    assert (found.baseline, days(found)) == (day(10), [2])
    removed = slipped((2, None, 10), (4, 10, None))
    assert (removed.baseline, removed.current, removed.days, days(removed)) == (day(10), None, None, [None])


def test_removing_a_date_is_a_move_and_does_not_hide_the_slip() -> None:
    found = slipped((-1, None, 10), (2, 10, None), (4, None, 17))
    assert (found.days, days(found)) == (7, [None, 7])
    assert (found.later, found.earlier) == (7, 0)


def test_single_days_count() -> None:
    found = slipped((-1, None, 10), (2, 10, 11), (3, 11, 10), (4, 10, 11))
    assert (found.days, found.later, found.earlier) == (1, 2, -1)


def test_setting_the_same_date_again_is_no_move() -> None:
    assert slipped((-1, None, 10), (2, 10, 10)).moves == ()


def test_only_what_happened_by_then_is_known() -> None:
    history = changes((-1, None, 10), (5, 10, 30))
    early = slip(history, day(30), noon(0), noon(2))
    assert isinstance(early, Slip)
    assert (early.current, early.days) == (day(10), 0)
    at_once = slip(history, None, noon(0), noon(5))
    assert isinstance(at_once, Slip)
    assert at_once.days == 20
    future = slip(changes((9, 10, 30)), day(30), noon(0), noon(2))
    assert isinstance(future, Slip)
    assert future.current == day(10)


def test_no_baseline() -> None:
    assert slip([], day(9), None, FAR) == Refusal(Reason.NO_BASELINE, "not committed")
    assert slip([], day(9), noon(5), noon(2)) == Refusal(Reason.NO_BASELINE, "not committed")
    assert slip([], None, noon(0), FAR) == Refusal(Reason.NO_BASELINE, "no target")


TARGETS = st.lists(st.none() | st.integers(0, 60), min_size=1, max_size=8)


@given(TARGETS, st.integers(0, 8))
def test_the_moves_sum_up_to_the_slip(targets: list[int | None], committed: int) -> None:
    steps = [(at, old, new) for at, (old, new) in enumerate(zip([None, *targets], targets, strict=False), 1)]
    found = slip(changes(*steps), None, noon(committed), FAR)
    if isinstance(found, Refusal):
        assert all(target is None for target in targets[max(committed - 1, 0) :])
        return
    total = sum(one for one in days(found) if one is not None)
    assert total == found.later + found.earlier
    if found.days is not None:
        assert found.days == total
    assert found.later >= 0 >= found.earlier
    assert sum(one is None for one in days(found)) == sum(move.new is None for move in found.moves)
    whole = net_slip([found], noon(-99), FAR)
    assert whole.net == total


def test_the_weeks_net_slip_takes_both_ways_apart() -> None:
    one = slipped((-1, None, 10), (2, 10, 17), (8, 17, 20))
    two = slipped((-1, None, 30), (3, 30, 26), (4, 26, None))
    assert net_slip([one, two], noon(0), noon(7)) == NetSlip(3, 7, -4, 3, 1)
    assert net_slip([one, two], noon(2), noon(3)) == NetSlip(7, 7, 0, 1, 0)
    assert net_slip([], noon(0), noon(7)) == NetSlip(0, 0, 0, 0, 0)


def test_a_slip_is_held_against_the_length_of_the_baseline() -> None:
    found = slipped((-1, None, 9), (2, 9, 11))
    assert slip_share(found, noon(0), UTC) == Fraction(2, 10)
    same_day = slipped((-1, None, 0), (2, 0, 3))
    assert slip_share(same_day, noon(0), UTC) == 3
    for before in (-3, -1):
        assert slip_share(slipped((-9, None, before)), noon(0), UTC) == Refusal(Reason.NO_SPAN)
    gone = slipped((-1, None, 9), (2, 9, None))
    assert slip_share(gone, noon(0), UTC) == Refusal(Reason.MISSING, "target")
    refused = Refusal(Reason.NO_BASELINE)
    assert slip_share(refused, noon(0), UTC) is refused


def test_what_coincided_lies_within_three_days() -> None:
    (move,) = slipped((-1, None, 9), (10, 9, 11)).moves
    around = [
        Happening(noon(13), "blocked"),
        Happening(noon(7), "scope +9"),
        Happening(noon(6), "owner left"),
    ]
    assert [one.what for one in coincided(move, around)] == ["scope +9", "blocked"]
    assert isinstance(move.new, date)
