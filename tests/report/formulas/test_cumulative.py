"""M9."""

from __future__ import annotations

import random
import time
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.report.formulas.making import AUCKLAND, BERLIN, day, moves

from syncline.report.formulas.cumulative import Flow, Path, Window, cumulative_flow
from syncline.report.formulas.stages import PROGRESS, RANK, Move, Stage

BACKLOG, READY, DOING, REVIEW, DONE, CANCELED = Stage


def drawn(*paths: tuple[str, list[tuple[int, Stage | None]]], last: int = 6) -> Flow:
    return cumulative_flow([Path(id, moves(*steps)) for id, steps in paths], day(0), day(last), UTC)


def test_a_straight_way_through() -> None:
    flow = drawn(("a", [(1, BACKLOG), (3, DOING), (5, DONE)]))
    assert flow.reached[BACKLOG] == (0, 1, 1, 1, 1, 1, 1)
    assert flow.reached[READY] == flow.reached[DOING] == (0, 0, 0, 1, 1, 1, 1)
    assert flow.reached[REVIEW] == flow.reached[DONE] == (0, 0, 0, 0, 0, 1, 1)
    assert flow.within(BACKLOG) == (0, 1, 1, 0, 0, 0, 0)
    assert flow.within(DOING) == (0, 0, 0, 1, 1, 0, 0)
    assert flow.within(DONE) == (0, 0, 0, 0, 0, 1, 1)
    assert not flow.windows
    assert not flow.unread


def test_what_came_before_the_first_day_is_its_opening_level() -> None:
    assert drawn(("a", [(-9, BACKLOG), (-5, REVIEW)])).reached[REVIEW] == (1,) * 7


def test_a_move_back_lowers_nothing_and_opens_a_window() -> None:
    flow = drawn(("a", [(0, BACKLOG), (1, REVIEW), (2, READY), (3, DOING), (5, REVIEW)]))
    assert flow.reached[REVIEW] == (0, 1, 1, 1, 1, 1, 1)
    assert flow.corrected[REVIEW] == (0, 0, 1, 1, 1, 0, 0)
    assert flow.corrected[DOING] == (0, 0, 1, 0, 0, 0, 0)
    assert flow.corrected[READY] == (0,) * 7
    assert flow.windows == (Window("a", REVIEW, day(2), day(4)),)


def test_a_window_can_still_be_open() -> None:
    assert drawn(("a", [(0, DONE), (4, DOING)])).windows == (Window("a", DONE, day(4), None),)


def test_back_and_forth_within_a_day_leaves_no_trace_but_how_far_it_came() -> None:
    flow = drawn(("a", [(0, READY), (2, DOING), (2, REVIEW), (2, DOING), (3, REVIEW)]))
    assert flow.reached[REVIEW] == (0, 0, 1, 1, 1, 1, 1)
    assert flow.windows == (Window("a", REVIEW, day(2), day(2)),)


def test_canceled_items_leave_through_their_own_exit() -> None:
    flow = drawn(("a", [(0, BACKLOG), (1, DOING), (4, CANCELED)]), ("b", [(2, CANCELED)]))
    assert flow.reached[DOING] == (0, 1, 1, 1, 1, 1, 1)
    assert flow.canceled[DOING] == (0, 0, 0, 0, 1, 1, 1)
    assert flow.within(DOING) == (0, 1, 1, 1, 0, 0, 0)
    assert flow.reached[BACKLOG] == (1, 1, 2, 2, 2, 2, 2)
    assert flow.canceled[BACKLOG] == (0, 0, 1, 1, 1, 1, 1)
    assert flow.within(BACKLOG) == (1, 0, 0, 0, 0, 0, 0)


def test_what_was_taken_up_again_was_never_gone_but_corrected() -> None:
    flow = drawn(("a", [(0, DOING), (2, CANCELED), (4, DOING)]))
    assert flow.canceled[DOING] == (0,) * 7
    assert flow.corrected[BACKLOG] == flow.corrected[DOING] == (0, 0, 1, 1, 0, 0, 0)
    assert flow.windows == (Window("a", DOING, day(2), day(3)),)


def test_a_status_that_cannot_be_read_is_listed() -> None:
    flow = drawn(("b", [(0, None)]), ("a", [(0, DOING), (2, None), (4, DONE)]))
    assert flow.unread == ("a", "b")
    assert flow.reached[BACKLOG] == (1,) * 7
    assert flow.reached[DONE] == (0, 0, 0, 0, 1, 1, 1)


def test_the_zone_decides_the_day() -> None:
    late = [Path("a", [Move(datetime(2026, 3, 2, 23, 30, tzinfo=UTC), DONE)])]
    first, last = date(2026, 3, 2), date(2026, 3, 3)
    assert cumulative_flow(late, first, last, UTC).reached[DONE] == (1, 1)
    assert cumulative_flow(late, first, last, BERLIN).reached[DONE] == (0, 1)
    assert cumulative_flow(late, first, last, AUCKLAND).reached[DONE] == (0, 1)


HISTORY = st.lists(st.tuples(st.integers(-3, 9), st.sampled_from([*Stage, None])), max_size=8)


def by_the_book(histories: list[list[tuple[int, Stage | None]]], last: int) -> dict[Stage, list[int]]:
    """Furthest stage so far, day by day and item by item."""
    counts: dict[Stage, list[int]] = {stage: [] for stage in PROGRESS}
    for number in range(last + 1):
        furthest = [
            max(
                (RANK.get(stage, 0) for at, stage in history if stage is not None and at <= number),
                default=-1,
            )
            for history in histories
        ]
        for stage in PROGRESS:
            counts[stage].append(sum(rank >= RANK[stage] for rank in furthest))
    return counts


@given(st.lists(HISTORY, max_size=5), st.integers(0, 9))
def test_bands_are_furthest_stages_and_never_fall(
    histories: list[list[tuple[int, Stage | None]]], last: int
) -> None:
    histories = [sorted(history, key=lambda step: step[0]) for history in histories]
    flow = drawn(*((str(at), history) for at, history in enumerate(histories)), last=last)
    expected = by_the_book(histories, last)
    for stage in PROGRESS:
        assert list(flow.reached[stage]) == expected[stage]
        assert list(flow.canceled[stage]) == sorted(flow.canceled[stage])
        assert min(flow.within(stage)) >= 0
        corrected = zip(flow.corrected[stage], flow.reached[stage], flow.canceled[stage], strict=True)
        assert all(0 <= wrong <= came - left for wrong, came, left in corrected)
    whole = [sum(flow.within(stage)[at] for stage in PROGRESS) for at in range(last + 1)]
    gone = [sum(flow.canceled[stage][at] for stage in PROGRESS) for at in range(last + 1)]
    assert [here + left for here, left in zip(whole, gone, strict=True)] == list(flow.reached[BACKLOG])


@given(st.lists(HISTORY, max_size=4), st.integers(0, 9))
def test_what_stands_in_a_stage_is_its_reach_without_corrections(
    histories: list[list[tuple[int, Stage | None]]], last: int
) -> None:
    histories = [sorted(history, key=lambda step: step[0]) for history in histories]
    flow = drawn(*((str(at), history) for at, history in enumerate(histories)), last=last)
    for number in range(last + 1):
        standing = [[stage for at, stage in history if stage and at <= number][-1:] for history in histories]
        for stage in PROGRESS:
            here = sum(
                bool(now) and now[0] is not CANCELED and RANK[now[0]] >= RANK[stage] for now in standing
            )
            beyond = sum(flow.canceled[later][number] for later in PROGRESS[RANK[stage] :])
            assert flow.reached[stage][number] - flow.corrected[stage][number] - beyond == here


def test_twenty_thousand_items_over_a_year_take_less_than_a_second() -> None:
    draw = random.Random(1)
    start = datetime(2025, 11, 1, tzinfo=UTC)
    paths = []
    for number in range(20_000):
        hours = sorted(draw.randrange(24 * 400) for _ in range(5))
        stages = [BACKLOG, READY, DOING, REVIEW, draw.choice([DONE, DOING, CANCELED])]
        steps = [Move(start + timedelta(hours=at), stage) for at, stage in zip(hours, stages, strict=True)]
        paths.append(Path(str(number), steps))
    begun = time.process_time()
    flow = cumulative_flow(paths, date(2025, 11, 1), date(2026, 10, 31), BERLIN)
    assert time.process_time() - begun < 1.0
    assert len(flow.reached[DONE]) == 365
