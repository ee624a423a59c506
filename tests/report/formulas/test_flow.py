"""M7, M8, M10 and M11."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.report.formulas.making import AUCKLAND, BERLIN, day, lived, moves, noon

from syncline.report.facts import nearest_rank as status_report_rank
from syncline.report.formulas.flow import (
    Ageing,
    Pace,
    Stay,
    Times,
    ageing,
    ages,
    cycle_times,
    daily_wip,
    flow_efficiency,
    lead_times,
    little,
    pace,
    per_week,
    throughput,
    wip,
)
from syncline.report.formulas.percentiles import chance_inside, nearest_rank, percentile
from syncline.report.formulas.refusal import Reason, Refusal
from syncline.report.formulas.stages import Life, Move, Stage, life

BACKLOG, READY, DOING, REVIEW, DONE, CANCELED = Stage


# ---- started and done --------------------------------------------------------------------------------------


def test_started_is_the_first_entry_and_done_the_last_that_nothing_undid() -> None:
    one = lived("a", (0, BACKLOG), (1, DOING), (2, READY), (3, DOING), (4, DONE), (5, DOING), (6, DONE))
    assert (one.started_at, one.done_at, one.stage) == (noon(1), noon(6), DONE)
    reopened = lived("a", (0, BACKLOG), (4, DONE), (5, DOING))
    assert (reopened.started_at, reopened.done_at) == (noon(5), None)


def test_moves_within_done_do_not_make_it_done_anew() -> None:
    assert lived("a", (0, DOING), (1, DONE), (2, DONE)).done_at == noon(1)


def test_only_what_happened_by_then_is_known() -> None:
    early = lived("a", (0, BACKLOG), (1, DOING), (4, DONE), as_of=noon(3))
    assert (early.started_at, early.done_at, early.stage) == (noon(1), None, DOING)


def test_canceled_is_not_done_and_a_status_nobody_can_read_is_neither() -> None:
    one = lived("a", (0, DOING), (1, DONE), (2, CANCELED))
    assert (one.done_at, one.canceled_at) == (None, noon(2))
    assert lived("a", (0, DOING), (1, DONE), (2, None)).done_at is None
    assert life("a", None, [], noon(1)).stage is None


@given(st.lists(st.sampled_from([*Stage, None]), max_size=12), st.integers(0, 12))
def test_a_life_at_an_instant_is_that_of_the_history_cut_there(stages: list[Stage | None], cut: int) -> None:
    every = moves(*enumerate(stages))
    known = [move for move in every if move.at <= noon(cut)]
    assert life("a", None, every, noon(cut)) == life("a", None, known, noon(99))
    one = life("a", None, every, noon(cut))
    assert (one.done_at is not None) is (one.stage is DONE)
    assert (one.canceled_at is not None) is (one.stage is CANCELED)


# ---- times -------------------------------------------------------------------------------------------------


def test_the_same_day_is_one_day_and_weekends_count() -> None:
    done = [lived("a", (0, DOING), (0, DONE)), lived("b", (4, DOING), (7, DONE))]  # Friday to Monday
    assert cycle_times(done, UTC).days == (("a", 1), ("b", 4))


def test_done_without_start_is_listed_and_still_throughput() -> None:
    lives = [lived("a", (0, BACKLOG), (3, DONE)), lived("b", (0, BACKLOG), (1, DOING), (3, DONE))]
    assert cycle_times(lives, UTC) == Times((("b", 3),), ("a",), ())
    assert lead_times(lives, UTC).days == (("a", 4), ("b", 4))
    assert throughput(lives, day(3), day(3), UTC) == ((day(3), 2),)


def test_done_before_it_was_started_is_listed() -> None:
    odd = Life("a", None, noon(5), noon(2), None, DONE)
    assert cycle_times([odd], UTC) == Times((), (), ("a",))


def test_canceled_items_are_in_no_throughput_and_no_wip() -> None:
    lives = [lived("a", (0, DOING), (2, CANCELED)), lived("b", (0, DOING))]
    assert throughput(lives, day(0), day(3), UTC) == tuple((day(at), 0) for at in range(4))
    assert [wip(lives, noon(at)) for at in range(4)] == [2, 2, 1, 1]
    assert daily_wip(lives, day(0), day(4), UTC) == (2, 2, 2, 1, 1)


def test_the_zone_decides_the_day() -> None:
    late = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)  # the 3rd in Berlin, and in Auckland
    one = Life("a", late, datetime(2026, 3, 2, 10, 30, tzinfo=UTC), late, None, DONE)
    assert [cycle_times([one], zone).days[0][1] for zone in (UTC, BERLIN, AUCKLAND)] == [1, 2, 2]
    assert throughput([one], date(2026, 3, 3), date(2026, 3, 3), BERLIN) == ((date(2026, 3, 3), 1),)


@pytest.mark.parametrize(
    "change", [datetime(2026, 3, 29, tzinfo=BERLIN), datetime(2026, 10, 25, tzinfo=BERLIN)]
)
def test_a_week_with_a_clock_change_has_seven_days(change: datetime) -> None:
    one = Life("a", None, change - timedelta(days=3), change + timedelta(days=3, hours=12), None, DONE)
    assert cycle_times([one], BERLIN).days == (("a", 7),)


def test_weeks_begin_where_they_are_said_to() -> None:
    daily = [(day(at), 1) for at in range(14)]
    assert per_week(daily) == ((day(0), 7), (day(7), 7))
    assert per_week(daily, week_start=6) == ((day(-1), 6), (day(6), 7), (day(13), 1))


def test_ages_are_of_what_is_under_way_oldest_first() -> None:
    lives = [
        lived("new", (9, DOING)),
        lived("old", (0, DOING), (3, REVIEW)),
        lived("back", (0, DOING), (2, READY)),
        lived("done", (0, DOING), (2, DONE)),
    ]
    assert ages(lives, day(9), UTC) == (("old", 10), ("new", 1))


def test_an_age_is_held_against_all_three_lines() -> None:
    lines = pace(list(range(1, 101)))
    assert lines == Pace(50, 85, 95, 100)
    assert [ageing(age, lines) for age in (50, 51, 85, 86, 95, 96)] == [
        Ageing.USUAL,
        Ageing.LONGER,
        Ageing.LONGER,
        Ageing.SLOW,
        Ageing.SLOW,
        Ageing.SLOWEST,
    ]
    assert isinstance(ageing(3, pace([1, 2, 3])), Refusal)


# ---- percentiles -------------------------------------------------------------------------------------------


def test_nearest_rank_by_hand() -> None:
    values = [15, 20, 35, 40, 50]
    assert [nearest_rank(values, percent) for percent in (1, 5, 30, 40, 50, 100)] == [15, 15, 20, 20, 35, 50]
    assert nearest_rank([], 50) == Refusal(Reason.TOO_FEW, n=0, needed=1)


def test_lines_above_the_median_need_eleven_points() -> None:
    assert percentile(range(10), 85) == Refusal(Reason.TOO_FEW, n=10, needed=11)
    assert percentile(range(10), 50) == 4
    assert percentile(range(11), 85) == 9


@given(st.lists(st.integers(-5, 5), min_size=1), st.integers(1, 100))
def test_a_percentile_is_one_of_the_values_and_no_fewer_are_at_or_below_it(
    values: list[int], percent: int
) -> None:
    found = nearest_rank(values, percent)
    assert found in values
    assert isinstance(found, int)
    assert sum(value <= found for value in values) * 100 >= percent * len(values)
    assert sum(value < found for value in values) * 100 < percent * len(values)


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=40), st.sampled_from([50, 85, 95]))
def test_one_line_of_sql_gives_the_same(values: list[int], percent: int) -> None:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE cycle (d)")
    database.executemany("INSERT INTO cycle VALUES (?)", [(value,) for value in values])
    sql = "SELECT d FROM cycle ORDER BY d LIMIT 1 OFFSET (SELECT (? * count(*) + 99) / 100 - 1 FROM cycle)"
    (expected,) = database.execute(sql, (percent,)).fetchone()
    database.close()
    assert nearest_rank(values, percent) == status_report_rank(values, percent) == expected


def test_the_next_value_lies_inside_with_n_minus_one_by_n_plus_one() -> None:
    assert chance_inside(11) == Fraction(10, 12)
    assert round(float(chance_inside(11)), 2) == 0.83
    assert [chance_inside(n) for n in (0, 1, 2, 3)] == [0, 0, Fraction(1, 3), Fraction(1, 2)]


# ---- efficiency and Little ---------------------------------------------------------------------------------


def test_flow_efficiency_is_the_share_of_time_not_waited() -> None:
    stays = [Stay(noon(0), "Doing"), Stay(noon(1), "Blocked"), Stay(noon(3), "Doing"), Stay(noon(4), "Done")]
    assert flow_efficiency(stays, noon(4), frozenset({"Blocked"})) == Fraction(1, 2)
    assert flow_efficiency(stays, noon(2), frozenset({"Blocked"})) == Fraction(1, 2)
    assert flow_efficiency(stays, noon(4), frozenset()) == Refusal(Reason.NOT_MAPPED)
    assert flow_efficiency([], noon(4), frozenset({"x"})) == Refusal(Reason.NO_SPAN)
    assert flow_efficiency(stays, noon(0), frozenset({"x"})) == Refusal(Reason.NO_SPAN)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 9)), min_size=1, max_size=30))
def test_littles_law_holds_to_the_letter_where_everything_begins_and_ends_inside(
    spans: list[tuple[int, int]],
) -> None:
    lives = [
        Life(str(at), None, noon(start), noon(start + length), None, DONE)
        for at, (start, length) in enumerate(spans)
    ]
    first, last = day(0), day(30)
    found = little(
        daily_wip(lives, first, last, UTC),
        [count for _, count in throughput(lives, first, last, UTC)],
        [days for _, days in cycle_times(lives, UTC).days],
    )
    assert not isinstance(found, Refusal)
    assert found.ratio == 1


def test_little_refuses_where_nothing_was_done() -> None:
    assert little([1, 1], [0, 0], [3]) == Refusal(Reason.NO_THROUGHPUT)
    assert isinstance(little([1], [1], []), Refusal)


@given(st.lists(st.tuples(st.integers(-3, 12), st.sampled_from([*Stage])), max_size=8))
def test_daily_wip_counts_every_day_touched(steps: list[tuple[int, Stage]]) -> None:
    one = life("a", None, [Move(noon(at), stage) for at, stage in sorted(steps)], noon(99))
    found = daily_wip([one], day(0), day(9), UTC)
    end = one.done_at or one.canceled_at
    for number, count in enumerate(found):
        begun = one.started_at is not None and one.started_at <= noon(number)
        valid = end is None or one.started_at is None or end >= one.started_at
        assert count == (begun and valid and (end is None or end >= noon(number)))
