"""M12."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from tests.report.formulas.making import FAR, day, noon

from syncline.report.formulas.days import EVERY_DAY, WorkingDays
from syncline.report.formulas.exact import Number
from syncline.report.formulas.refusal import Reason, Refusal
from syncline.report.formulas.sprints import (
    Sprint,
    SprintEvent,
    Velocity,
    What,
    burn,
    ideal,
    sprint,
    velocity,
)

IN, EST, DONE = What.MEMBER, What.ESTIMATE, What.DONE


def events(*steps: tuple[int, str, What, Number | bool | None]) -> list[SprintEvent]:
    return [SprintEvent(noon(at), item, what, value) for at, item, what, value in steps]


def begun(item: str, estimate: Number | None, at: int = -1) -> list[SprintEvent]:
    return events((at, item, IN, True), (at, item, EST, estimate))


def run(history: list[SprintEvent], as_of: datetime = FAR) -> Sprint:
    found = sprint(history, noon(0), noon(14), as_of)
    assert isinstance(found, Sprint), found
    return found


def sums(found: Sprint) -> tuple[int, ...]:
    parts = (found.committed, found.added, found.removed, found.completed, found.unfinished)
    assert all(part.denominator == 1 for part in parts)
    return tuple(map(int, parts))


def test_committed_added_removed_completed_carried_over() -> None:
    history = [
        *begun("a", 5),
        *begun("b", 3),
        *begun("c", 2),
        *events((2, "d", EST, 4), (2, "d", IN, True), (3, "b", IN, False), (5, "a", DONE, True)),
    ]
    found = run(history)
    assert sums(found) == (10, 4, 3, 5, 6)
    assert found.scope_change == Fraction(1, 10)
    assert found.completion == Fraction(1, 2)
    assert found.carry_over == Fraction(3, 5)


def test_an_estimate_that_changes_in_the_sprint_changes_its_scope() -> None:
    history = [*begun("a", 5), *begun("b", 3), *events((4, "a", EST, 8), (5, "b", EST, 1))]
    assert sums(run(history)) == (8, 3, 2, 0, 9)


def test_the_start_belongs_to_the_sprint_and_the_end_does_not() -> None:
    history = [*begun("a", 5, at=0), *begun("b", 3, at=14), *events((14, "a", DONE, True))]
    assert sums(run(history)) == (5, 0, 0, 0, 5)


def test_what_was_done_before_is_no_commitment_unless_opened_again() -> None:
    history = [*begun("a", 5), *events((-1, "a", DONE, True)), *begun("b", 3)]
    found = run(history)
    assert sums(found) == (3, 0, 0, 0, 3)
    assert found.done_before == ("a",)
    assert sums(run([*history, *events((3, "a", DONE, False), (6, "a", DONE, True))])) == (3, 5, 0, 5, 3)


def test_done_undone_and_moved_out_after_all() -> None:
    history = [*begun("a", 5), *begun("b", 3)]
    undone = events((1, "a", DONE, True), (2, "a", DONE, False), (3, "b", DONE, True), (4, "b", IN, False))
    assert sums(run(history + undone)) == (8, 0, 3, 0, 5)


def test_items_without_estimate_are_listed() -> None:
    found = run([*begun("a", None), *begun("b", 2)])
    assert sums(found) == (2, 0, 0, 0, 2)
    assert found.unestimated == ("a",)


def test_a_running_sprint_is_judged_as_of_now() -> None:
    history = [*begun("a", 5), *events((2, "a", DONE, True), (9, "a", DONE, False))]
    assert sums(run(history, as_of=noon(3))) == (5, 0, 0, 5, 0)


def test_sprints_refused() -> None:
    assert sprint([], None, noon(14), FAR) == Refusal(Reason.NO_START)
    assert sprint([], noon(3), noon(14), noon(2)) == Refusal(Reason.NO_SPAN, "not begun")
    empty = run([])
    assert (
        empty.completion
        == empty.scope_change
        == empty.carry_over
        == Refusal(Reason.NOT_POSITIVE, "committed")
    )


HISTORIES = st.lists(
    st.one_of(
        st.tuples(st.integers(-3, 16), st.sampled_from("abc"), st.just(IN), st.booleans()),
        st.tuples(st.integers(-3, 16), st.sampled_from("abc"), st.just(DONE), st.booleans()),
        st.tuples(st.integers(-3, 16), st.sampled_from("abc"), st.just(EST), st.none() | st.integers(0, 8)),
    ),
    max_size=20,
)


@given(HISTORIES)
def test_what_came_in_is_done_or_left(steps: list[tuple[int, str, What, int | bool | None]]) -> None:
    found = run(events(*steps))
    assert found.committed + found.added - found.removed == found.completed + found.unfinished
    assert min(sums(found)) >= 0


@given(HISTORIES)
def test_a_burn_down_begins_with_the_commitment_and_ends_with_the_rest(
    steps: list[tuple[int, str, What, int | bool | None]],
) -> None:
    history = [one for one in events(*steps) if one.at < noon(14)]
    first, *_, last = burn(history, noon(0), [noon(at) for at in range(15)])
    found = run(history)
    assert first.remaining == first.scope == found.committed
    assert (last.remaining, last.done) == (found.unfinished, found.completed)


def test_a_burn_down_by_hand() -> None:
    history = [
        *begun("a", 5),
        *begun("b", 3),
        *events((1, "a", DONE, True), (2, "c", EST, 2), (3, "c", IN, True)),
    ]
    readings = burn(history, noon(0), [noon(at) for at in range(5)])
    assert [int(reading.remaining) for reading in readings] == [8, 3, 3, 5, 5]
    assert [int(reading.scope) for reading in readings] == [8, 8, 8, 10, 10]


def test_the_even_line_falls_on_working_days_only() -> None:
    days = [day(at) for at in range(4, 9)]  # Friday to Tuesday
    line = ideal(Fraction(9), days, WorkingDays())
    assert line == (Fraction(6), Fraction(6), Fraction(6), Fraction(3), Fraction(0))
    assert ideal(Fraction(9), days[1:3], WorkingDays()) == Refusal(Reason.NO_SPAN, "no working day")
    holiday = WorkingDays(EVERY_DAY.weekdays, frozenset({days[0]}))
    assert ideal(Fraction(2), days[:3], holiday) == (Fraction(2), Fraction(1), Fraction(0))


def test_velocity_is_never_a_single_number() -> None:
    done = [Fraction(each) for each in (99, 10, 20, 30)]
    assert velocity(done, last=3) == Velocity(Fraction(20), Fraction(10), Fraction(30), 3)
    assert velocity([], last=3) == Refusal(Reason.TOO_FEW, "closed sprints", n=0, needed=1)
    assert isinstance(velocity(done, last=0), Refusal)
