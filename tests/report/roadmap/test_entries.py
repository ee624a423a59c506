"""What is computed of an entry, against numbers worked out by hand; and bad data, of which nothing is invented."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from syncline.report.formulas.health import Rule
from syncline.report.formulas.health import State as Word
from syncline.report.model import State
from syncline.report.roadmap.entries import Entry

from ..building import AS_OF
from .building import TWO, Board, computed, only, reason, rules, value, values

EPIC: dict[str, Any] = {"type": "Epic", "level": 1}
BEGUN = AS_OF - timedelta(days=40)


@pytest.fixture
def board() -> Iterator[Board]:
    built = Board()
    yield built
    built.close()


def epic(board: Board, title: str = "Guest accounts", status: str = "In Progress", **more: Any) -> str:
    moves = [(BEGUN, "To Do", "In Progress")] if status == "In Progress" else []
    columns: dict[str, Any] = EPIC | {"due_on": date(2026, 12, 4)} | more
    return board.issue("1", status, moves, title=title, **columns)


def rule(entry: Entry, which: Rule) -> bool:
    return any(fired.rule is which for fired in entry.health.reasons)


def test_progress_counts_the_lowest_level_once_without_what_was_canceled(board: Board) -> None:
    epic(board)
    board.story("2", "1", "Done")
    board.story("3", "1", "In Progress")
    board.story("4", "1", "Won't do")
    board.story("5", "3", "Done", level=-1)
    board.story("6", "3", "To Do", level=-1)
    with computed(board) as every:
        entry = only(every)
        found = {
            name: value(every, entry, name) for name in ("leaves", "done", "open", "canceled", "progress")
        }
    assert found == {"leaves": 4, "done": 2, "open": 1, "canceled": 1, "progress": Fraction(2, 3)}


def test_an_epic_and_its_project_count_what_they_share_once(board: Board) -> None:
    epic(board)
    board.project("p", "guest accounts")
    shared = board.story("2", "1", "Done")
    board.mirror(shared, "m2", status="Done", project="p")
    board.issue("m3", "To Do", project="p", **TWO)
    with computed(board, roadmap=rules()) as every:
        entry = only(every)
        assert (value(every, entry, "leaves"), value(every, entry, "done")) == (2, 1)
        assert value(every, entry, "mirrored") == 1
        number = every.draft.ledger.number
        tools = {name: number(entry.numbers.in_tool(entry.id, name)) for name in ("eng", "product")}
    assert tools == {"eng": 1, "product": 2}


def test_slip_and_every_move(board: Board) -> None:
    item = epic(board, due_on=date(2026, 12, 18))
    board.due(item, AS_OF - timedelta(days=50), None, "2026-11-10")
    board.due(item, AS_OF - timedelta(days=45), "2026-11-10", "2026-11-13")
    board.due(item, AS_OF - timedelta(days=20), "2026-11-13", "2026-12-20")
    board.due(item, AS_OF - timedelta(days=2), "2026-12-20", "2026-12-18")
    board.story("2", "1")
    with computed(board) as every:
        entry = only(every)
        assert entry.standing.baseline == date(2026, 11, 13)  # what was promised when work began
        assert [(move.new, move.days, move.tool) for move in entry.standing.trail] == [
            (date(2026, 12, 20), 37, "eng"),
            (date(2026, 12, 18), -2, "eng"),
        ]
        assert [value(every, entry, name) for name in ("slip", "moves", "net")] == [35, 2, -2]
        assert every.draft.ledger.value(every.numbers.net_slip) == -2
        assert value(every, entry, "slip_share") == Fraction(35, (date(2026, 11, 13) - BEGUN.date()).days + 1)
    assert rule(entry, Rule.SLIP)


def test_before_work_begins_a_slip_counts_from_the_first_date(board: Board) -> None:
    item = epic(board, status="To Do", due_on=date(2026, 12, 18))
    board.due(item, AS_OF - timedelta(days=20), None, "2026-12-04")
    board.due(item, AS_OF - timedelta(days=10), "2026-12-04", "2026-12-18")
    board.story("2", "1")
    with computed(board) as every:
        entry = only(every)
        assert (entry.standing.began, value(every, entry, "slip")) == (False, 14)
        assert not rule(entry, Rule.SLIP)


def test_an_epic_that_nobody_moves_begins_with_its_first_story(board: Board) -> None:
    epic(board, status="To Do")
    board.story("2", "1", "In Progress", days=12)
    board.story("3", "1", "Done", days=30)
    with computed(board) as every:
        standing = only(every).standing
    assert standing.since == AS_OF - timedelta(days=31)
    assert standing.stage == "ready"


def test_a_forecast_goes_by_the_entrys_own_days_if_there_are_five(board: Board) -> None:
    epic(board)
    for number in range(10):
        board.story(f"d{number}", "1", "Done", days=2 + number)
    board.story("2", "1")
    with computed(board, workdays=("mon", "tue", "wed", "thu", "fri", "sat", "sun")) as every:
        entry = only(every)
        assert value(every, entry, "basis") == "its own history"
        # 35 whole days since it began, ten of them with one item: F(t) = 1 − (25/35)^t
        chance = Fraction(25, 35)
        assert value(every, entry, "half") == date(2026, 11, 20) + timedelta(days=3)
        assert value(every, entry, "slow") == date(2026, 11, 20) + timedelta(days=6)
        expected = float(1 - chance ** (date(2026, 12, 4) - date(2026, 11, 20)).days)
        assert value(every, entry, "likelihood") == pytest.approx(expected, abs=1e-12)


def test_days_that_are_not_worked_are_in_no_forecast(board: Board) -> None:
    epic(board)
    for number in range(34):  # five of these days are Tuesdays
        board.story(f"d{number}", "1", "Done", days=1 + number)
    board.story("2", "1")
    with computed(board, workdays=("tue",)) as every:
        slow = value(every, only(every), "slow")
    assert isinstance(slow, date)
    assert slow.strftime("%a") == "Tue"


def test_otherwise_by_the_teams_history_thinned(board: Board) -> None:
    epic(board)
    board.story("2", "1", "In Progress")
    board.story("3", "1", "To Do")
    for number in range(12):
        board.issue(
            f"o{number}", "Done", [(AS_OF - timedelta(days=3 + number), "In Progress", "Done")],
            created_at=AS_OF - timedelta(days=100),
        )  # fmt: skip
    board.issue("o99", "In Progress", [(AS_OF - timedelta(days=3), "To Do", "In Progress")])
    with computed(board) as every:
        entry = only(every)
        assert value(every, entry, "basis") == "the team's history, thinned by the item's share"
        assert entry.prospect is not None
        assert getattr(entry.prospect.outlook, "share", None) == Fraction(1, 2)
        assert isinstance(value(every, entry, "half"), date)


def test_what_people_say_last_counts_and_may_differ(board: Board) -> None:
    board.project("p", "Guest accounts", due_on=date(2026, 11, 2))
    board.issue("s", "To Do", **TWO, project="p")
    board.update("p", "off_track", AS_OF - timedelta(days=9))
    board.update("p", "on_track", AS_OF - timedelta(days=3))
    board.update("p", "off_track", AS_OF + timedelta(days=1))
    with computed(board) as every:
        entry = only(every)
        assert (value(every, entry, "claim"), value(every, entry, "claim_age")) == ("on track", 3)
        assert entry.claim is not None
        assert entry.claim.word == "On_Track"


def test_what_holds_it_up(board: Board) -> None:
    epic(board)
    late = board.story("2", "1", "Waiting", days=9, priority="urgent")
    waits = board.story("3", "1", "To Do")
    board.story("4", "1", "To Do")
    board.issue("9", "In Progress")
    board.blocks("9", "3", AS_OF - timedelta(days=4))
    with computed(board) as every:
        entry = only(every)
        assert [(held.row["item"], held.critical, held.days) for held in entry.held] == [
            (late, True, 7),
            (waits, False, 4),
        ]
        assert (value(every, entry, "held"), value(every, entry, "blocked_days")) == (2, 7)
    assert rule(entry, Rule.BLOCKER)


def test_what_waits_does_so_since_the_record_that_speaks_for_it_began_to(board: Board) -> None:
    epic(board)
    older = board.issue(
        "m2", "Waiting", [(AS_OF - timedelta(days=30), "To Do", "Waiting")], speaks=False, **TWO
    )
    board.story("2", "1", "Waiting", days=9, item_id=int(older[1:]), speaks=True)
    with computed(board) as every:
        assert [(held.row["item"], held.days) for held in only(every).held] == [(older, 7)]


def test_an_entry_waits_for_another_and_is_late_if_that_is_expected_later(board: Board) -> None:
    epic(board)
    begun = [(BEGUN, "To Do", "In Progress")]
    board.issue("20", "In Progress", begun, title="Platform", due_on=date(2026, 11, 1), **EPIC)
    board.story("2", "1")
    board.story("21", "20", "In Progress")
    for number in range(9):
        board.story(f"d{number}", "20", "Done", days=2 + number)
    board.blocks("21", "2", AS_OF - timedelta(days=4))
    with computed(board) as every:
        first, second = every
        assert (first.waits_for, first.late_for, second.waits_for) == ((second.id,), (second.id,), ())
        assert second.state is State.OFF_TRACK
        assert value(every, first, "waits") == 1
    assert rule(first, Rule.WAITING)


def test_scope_counts_what_came_and_went_since_work_began(board: Board) -> None:
    epic(board)
    for number in range(4):
        board.story(f"a{number}", "1")
    board.story("gone", "1", "Won't do", days=10)
    board.story("new", "1", created_at=AS_OF - timedelta(days=8))
    moved = board.story("moved", "1")
    board.event(int(moved[1:]), "parent", "8", "1", AS_OF - timedelta(days=7))
    with computed(board) as every:
        # five when work began; now four of them, one that was made and one that was moved here since
        assert value(every, only(every), "scope") == Fraction(6, 5) - 1


# ---- bad data --------------------------------------------------------------------------------------------------------


def test_no_parts(board: Board) -> None:
    epic(board)
    with computed(board) as every:
        entry = only(every)
        assert reason(every, entry.numbers.progress) == "no breakdown"
        assert reason(every, entry.numbers.half) == "no breakdown"
    assert entry.health.state is Word.NO_DATA


def test_all_parts_canceled(board: Board) -> None:
    epic(board)
    board.story("2", "1", "Won't do")
    with computed(board) as every:
        entry = only(every)
        assert reason(every, entry.numbers.progress) == "every part is canceled"
    assert entry.health.state is Word.NO_DATA
    assert rule(entry, Rule.NO_BREAKDOWN)


def test_no_target(board: Board) -> None:
    epic(board, due_on=None)
    board.story("2", "1")
    with computed(board) as every:
        entry = only(every)
        assert reason(every, entry.numbers.slip) == "no baseline"
    assert entry.health.state is Word.NO_DATA
    assert rule(entry, Rule.NO_TARGET)


def test_a_target_that_was_taken_away_is_a_move(board: Board) -> None:
    item = epic(board, due_on=None)
    board.due(item, AS_OF - timedelta(days=50), None, "2026-11-13")
    board.due(item, AS_OF - timedelta(days=5), "2026-11-13", None)
    board.story("2", "1")
    with computed(board) as every:
        entry = only(every)
        assert reason(every, entry.numbers.slip) == "not given"
        assert value(every, entry, "moves") == 1
        assert (entry.standing.baseline, entry.standing.target) == (date(2026, 11, 13), None)


def test_a_target_before_the_start_gives_no_share_of_nothing(board: Board) -> None:
    epic(board, due_on=(BEGUN - timedelta(days=30)).date())
    board.story("2", "1")
    with computed(board) as every:
        entry = only(every)
        assert value(every, entry, "slip") == 0
        assert reason(every, entry.numbers.slip_share) == "the end does not lie after the start"
        assert rule(entry, Rule.TARGET_PASSED)


def test_nothing_was_ever_finished(board: Board) -> None:
    epic(board)
    board.story("2", "1", "In Progress")
    with computed(board) as every:
        assert reason(every, only(every).numbers.half).startswith("cannot forecast")


def test_little_was_finished(board: Board) -> None:
    epic(board)
    board.story("2", "1", "In Progress")
    board.story("3", "1", "Done", days=4)
    with computed(board) as every:
        entry = only(every)
        refusal = every.draft.ledger.fact(entry.numbers.slow).why_not(entry.id)
    assert refusal is not None
    assert (refusal.reason.value, refusal.n, refusal.needed) == ("not enough data", 1, 5)
    assert rule(entry, Rule.NO_FORECAST)


def test_a_circle_of_parents_ends(board: Board) -> None:
    epic(board, parent="3")
    board.story("2", "1", "Done")
    board.story("3", "2", "To Do")
    board.story("4", "3", "To Do")
    with computed(board) as every:
        assert (value(every, only(every), "leaves"), value(every, only(every), "progress")) == (1, 0)


def test_an_entry_of_two_initiatives_is_one_entry(board: Board) -> None:
    for name in ("b", "a"):
        board.project(name, f"Initiative {name}", level=2)
    board.project("p", "Guest accounts", data={"parents": ["a", "b"]})
    board.issue("s", "Done", [(BEGUN, "To Do", "Done")], **TWO, project="p")
    with computed(board) as every:
        entry = only(every)
        assert [parent.title for parent in entry.parents] == ["Initiative a", "Initiative b"]
        assert value(every, entry, "leaves") == 1


def test_a_date_that_nobody_can_read_is_left_out(board: Board) -> None:
    item = epic(board, due_on=date(2026, 12, 4))
    board.due(item, AS_OF - timedelta(days=5), "soon", "2026-12-04")
    board.story("2", "1")
    with computed(board) as every:
        assert value(every, only(every), "moves") == 0


def test_an_empty_roadmap_measures_nothing(board: Board) -> None:
    board.issue("1")
    with computed(board) as every:
        assert len(every) == 0
        assert every.draft.ledger.facts() == ()
        with pytest.raises(LookupError, match="empty"):
            every.numbers  # noqa: B018


def test_a_stale_source_is_said(board: Board) -> None:
    epic(board)
    board.story("2", "1")
    late = datetime(2026, 11, 24, tzinfo=UTC)
    with computed(board, as_of=late) as every:
        assert rule(only(every), Rule.STALE_SOURCE)


def test_entries_come_worst_first(board: Board) -> None:
    epic(board, "Late", due_on=date(2026, 11, 2))
    board.story("2", "1")
    board.issue("30", "Done", [(BEGUN, "In Progress", "Done")], title="Finished", **EPIC)
    board.issue("40", "To Do", title="Unknown", **EPIC)
    with computed(board) as every:
        assert [entry.item.title for entry in every.worst_first][-1] == "Finished"
        assert values(every, ["slip"])["Late"] == {"slip": 0}
