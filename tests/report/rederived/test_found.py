"""What the comparison with the second implementation found, each in the smallest company that shows it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.report.building import AS_OF, IDS, Database, ids, report_of, settings, value
from tests.report.roadmap.building import Board, rules
from tests.report.signal.world import World

from syncline.report import FORMATS, Report, build_roadmap, build_sprint, render


def ago(days: float) -> datetime:
    return AS_OF - timedelta(days=days)


def series(report: Report, name: str) -> dict[str, Any]:
    found = value(report, name)
    assert isinstance(found, tuple)
    return dict(found)


def iteration(database: Database, number: str, start: datetime, ends: datetime, **more: Any) -> None:
    data = {"state": "active", "container": "b", "start_at": start.isoformat(), "end_at": ends.isoformat()}
    data |= {"completed_at": None} | more.pop("data", {})
    database._record("Iteration", number, data=data, title=f"Sprint {number}", **more)


def member(database: Database, remote_id: str, sprints: list[str], **more: Any) -> str:
    item = database.issue(remote_id, more.pop("status", "To Do"), more.pop("moves", ()), **more)
    database._records[-1]["data"] |= {"iterations": sprints, "estimate": 1}
    return item


def test_a_company_with_a_sprint_that_ends_soon_and_no_roadmap(database: Database) -> None:
    iteration(database, "1", ago(5), AS_OF + timedelta(days=5))
    database.issue("1")
    report = report_of(database)
    assert value(report, "coming") == 1
    for format in FORMATS:
        assert render(report, format)


def test_a_history_that_is_older_than_its_issue_counts_from_its_first_change(database: Database) -> None:
    moves = [(ago(40), "To Do", "In Progress"), (ago(20), "In Progress", "To Do")]
    database.issue("1", "To Do", moves, created_at=ago(10))
    report = report_of(database)
    days = {name: series(report, f"cfd_{name}") for name in ("backlog", "ready", "doing")}
    assert min(min(one.values()) for one in days.values()) == 0
    assert sum(days["doing"].values()) == 40


def test_what_was_canceled_nobody_knows_when_is_not_in_the_flow(database: Database) -> None:
    item = database.issue("1", "Won't do", created_at=ago(50), updated_at=ago(3))
    report = report_of(database)
    assert ids(report, "cfd_untold") == {item}
    assert not any(series(report, "cfd_canceled").values())


def test_an_item_without_creation_is_left_out_of_the_flow_and_told_once(database: Database) -> None:
    item = database.issue("1", "In Progress", [(ago(9), "To Do", "In Progress")], created_at=None)
    report = report_of(database)
    assert ids(report, "cfd_untold") == {item}
    assert not any(series(report, "cfd_doing").values())


def test_the_second_cancellation_does_not_undo_the_first(database: Database) -> None:
    item = database.issue("1", "Won't do", [(ago(30), "To Do", "Won't do")])
    database.event(int(item[1:]), "status", IDS["Won't do"], IDS["Won't do"], ago(5))
    assert sum(series(report_of(database), "cfd_canceled").values()) == 30


def test_changes_at_one_instant_count_in_the_order_in_which_they_are_told(database: Database) -> None:
    moves = [(ago(9), "Waiting", "In Progress"), (ago(9), "In Progress", "Waiting")]
    item = database.issue("1", "Waiting", [(ago(20), "To Do", "Waiting"), *moves])
    iteration(database, "1", ago(30), AS_OF + timedelta(days=30))
    database.issue("2", "Done", [(ago(8), "Done", "To Do"), (ago(8), "To Do", "Done")])
    database._records[-1]["data"] |= {"iterations": ["1"], "estimate": 1}
    report = report_of(database)
    assert ids(report, "blocked") == {item}
    assert series(report, "sprint_completed")["a1b2:Iteration:1"] == 1


def test_what_goes_from_one_wait_into_another_waits_since_the_first(database: Database) -> None:
    item = database.issue("1", "Waiting", [(ago(9), "To Do", "Waiting")])
    database.event(int(item[1:]), "status", IDS["Waiting"], IDS["Waiting"], ago(5))
    with database.write().connect() as connected:
        board = build_roadmap(connected, settings())
    assert series(board, "blocked_days") == {item: 9}


def test_flags_and_due_dates_are_those_of_the_time_of_the_report(database: Database) -> None:
    flagged, later = database.issue("1", flagged=False), database.issue("2", flagged=True)
    database.event(int(flagged[1:]), "flagged", "1", "", ago(2))
    database.event(int(later[1:]), "flagged", "", "1", ago(2))
    due = database.issue("3", due_on=date(2026, 12, 24))
    database.event(int(due[1:]), "due_on", "2026-11-01", "2026-12-24", ago(2))
    with database.write().connect():
        now, then = report_of(database), report_of(database, **dated(ago(4)))
    assert (ids(now, "blocked"), ids(then, "blocked")) == ({later}, {flagged})
    assert (ids(now, "overdue"), ids(then, "overdue")) == (set(), {due})


def dated(at: datetime) -> dict[str, Any]:
    made = settings(as_of=at)
    return {"as_of": at, "period_start": made.period_start, "period_end": made.period_end}


def test_an_item_that_is_reopened_again_after_the_period_was_reopened_in_it(database: Database) -> None:
    moves = [
        (ago(9), "To Do", "Done"),
        (ago(3), "Done", "To Do"),
        (ago(2), "To Do", "Done"),
        (ago(0.1), "Done", "To Do"),
    ]
    item = database.issue("1", "To Do", moves)
    assert ids(report_of(database), "reopened") == {item}


def test_an_item_that_is_due_on_the_evening_it_is_made(database: Database) -> None:
    """In New York it is still the tenth; only in UTC it is the eleventh."""
    evening = datetime(2026, 11, 11, 1, 30, tzinfo=UTC)
    database.issue("1", created_at=evening, due_on=date(2026, 11, 10))
    early = database.issue("2", created_at=evening, due_on=date(2026, 11, 9))
    report = report_of(database, **dated(AS_OF), timezone="America/New_York")
    assert ids(report, "due_before_created") == {early}


def test_a_sprint_from_before_the_histories_has_no_numbers(database: Database) -> None:
    closed = {"data": {"state": "closed"}}
    iteration(database, "1", ago(300), ago(290), **closed)
    iteration(database, "2", ago(30), ago(20), **closed)
    for number in ("1", "2"):
        start = 300 if number == "1" else 30
        moves = [(ago(start - 5), "To Do", "Done")]
        member(database, number, [number], status="Done", moves=moves, created_at=ago(start + 9))
    with database.write().connect() as connected:
        report = build_sprint(connected, settings())
    assert series(report, "sprint_completed") == {"a1b2:Iteration:2": 1}
    assert series(report, "velocity") == {"eng:b": 1}


def test_what_was_done_before_the_histories_is_no_part_of_a_sprint(database: Database) -> None:
    iteration(database, "1", ago(30), AS_OF + timedelta(days=5))
    moves = [(ago(250), "To Do", "Done")]
    member(database, "1", ["1"], status="Done", moves=moves, created_at=ago(260), updated_at=ago(3))
    assert series(report_of(database), "sprint_unfinished") == {"a1b2:Iteration:1": 0}


def test_sprints_of_two_sites_with_the_same_numbers(database: Database) -> None:
    """The second of its sprints runs on another site only."""
    database.source("web")
    iteration(database, "1", ago(5), AS_OF + timedelta(days=5))
    iteration(database, "2", ago(25), ago(15), data={"state": "closed"})
    iteration(database, "2", ago(5), AS_OF + timedelta(days=5), site="a1b22", connection_id=2)
    member(database, "1", ["1", "2"])
    assert value(report_of(database), "in_two_sprints") == 0


def test_an_epic_with_parts_whose_entry_another_tool_leads_is_no_orphan() -> None:
    """Its parts name the entry by the other tool's project."""
    board = Board()
    board.project("p", "Offline mode")
    epic = board.issue("e", "In Progress", title="Offline mode", level=1, type="Epic")
    for number in range(3):
        board.story(f"s{number}", "e", "In Progress")
    report = report_of(board, roadmap=rules())
    board.close()
    assert value(report, "roadmap_live") == 1
    assert epic not in ids(report, "orphan")


def test_what_was_canceled_nobody_knows_when_is_in_no_scope(database: Database) -> None:
    database.container("10", "ENG", "Engine")
    database.issue("1", container="10")
    database.issue("2", "Won't do", container="10", updated_at=None)
    assert set(series(report_of(database), "burn_up_scope").values()) == {0, 1}


def test_steps_of_a_rollout_at_one_instant() -> None:
    """The ninth and the tenth event: as texts the tenth would come first."""
    world = World()
    for number in range(8):
        world.event(world.decision(f"d{number}", "open"), "title", "", "", ago(9))
    world.rollout("fast", ((ago(5), 100), (ago(5), 20)))
    with world.write().connect():
        report = report_of(world)
    world.close()
    assert series(report, "rollout_percent") == {"a1b2:Rollout:fast|prod": pytest.approx(0.2)}
    assert series(report, "rollout_rollbacks") == {"a1b2:Rollout:fast|prod": 1}
