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


# ---- the roadmap -----------------------------------------------------------------------------------------------------

EPIC = {"type": "Epic", "level": 1}


def test_all_parts_done_need_no_forecast_whenever_they_were_done() -> None:
    """Today, or before the twelve weeks that forecasts go by: nothing is left."""
    board = Board()
    begun = [(ago(130), "To Do", "In Progress")]
    for number, days in (("e", 0.2), ("f", 100)):
        board.issue(
            number, "In Progress", begun, title=number, due_on=date(2026, 12, 1), created_at=ago(140), **EPIC
        )
        board.story(f"{number}1", number, "Done", days=days, created_at=ago(140))
    report = report_of(board, roadmap=rules())
    board.close()
    assert set(series(report, "roadmap_likelihood").values()) == {1.0}
    assert "no data" not in series(report, "roadmap_health").values()


def test_archived_parts_are_no_share_of_what_a_team_is_on() -> None:
    """Of two things in progress one is the entry's: what is archived is in nobody's hands."""
    board = Board()
    epic = board.issue(
        "e", "In Progress", title="Export", due_on=date(2026, 12, 1), created_at=ago(100), **EPIC
    )
    board.story("1", "e", "In Progress", days=3, container="10")
    board.story("2", "e", "In Progress", days=3, container="10", archived=True)
    board.story("x", "none", "In Progress", days=3, container="10")
    for number in range(30):
        board.story(f"d{number}", "none", "Done", days=1 + 2 * number, container="10", created_at=ago(100))
    report = report_of(board, roadmap=rules())
    board.close()
    assert series(report, "roadmap_forecast_basis") == {
        epic: "the team's history, thinned by the item's share"
    }
    # On seven worked days about every second finishes an item, one of two the entry's; it needs two of them.
    assert 0.3 < series(report, "roadmap_likelihood")[epic] < 0.5


def test_held_up_since_the_first_of_several_reasons_and_without_a_break() -> None:
    board = Board()
    board.issue("e", "In Progress", title="Export", **EPIC)
    item = board.story("1", "e", "Waiting", days=20)
    board.event(int(item[1:]), "status", IDS["Waiting"], IDS["Waiting"], ago(6))
    board.event(int(item[1:]), "flagged", "", "1", ago(4))
    board.event(int(item[1:]), "flagged", "1", '["Impediment"]', ago(2))
    board._records[-1]["data"]["flagged"] = True
    report = report_of(board, roadmap=rules())
    board.close()
    # Since Saturday, 31 October: three weeks of five days.
    assert set(series(report, "roadmap_blocked_days").values()) == {15}


def test_a_date_in_any_tool_is_a_date() -> None:
    """The epic leads and has none; the project of its name has one."""
    board = Board()
    board.issue("e", "In Progress", title="Export", **EPIC)
    board.project("p", "Export", due_on=date(2026, 12, 1))
    bare = board.issue("f", title="Import", **EPIC)
    board.story("1", "f", "In Progress")
    report = report_of(board, roadmap=rules(target=["eng", "product"]))
    board.close()
    assert ids(report, "no_target") == {bare}


def test_a_date_that_was_taken_away_is_before_no_start() -> None:
    """As of then there was no date; the project begins in December."""
    board = Board()
    item = board.project("p", "Export", data={"start_on": "2026-12-01"}, due_on=date(2027, 1, 1))
    board.due(item, AS_OF + timedelta(days=1), "", "2027-01-01")
    report = report_of(board, roadmap=rules())
    board.close()
    assert (value(report, "roadmap_reversed"), value(report, "roadmap_two_dates")) == (0, 0)


def test_a_slip_leads_to_the_target_that_is_printed_beside_it() -> None:
    """The history has a gap: who moved it back to the first is not told."""
    board = Board()
    begun = [(ago(30), "To Do", "In Progress")]
    epic = board.issue("e", "In Progress", begun, title="Export", due_on=date(2026, 12, 1), **EPIC)
    board.due(epic, ago(9), "2026-12-01", "2026-12-11")
    report = report_of(board, roadmap=rules())
    board.close()
    assert series(report, "roadmap_slip") == {epic: 0}


def test_a_decision_about_the_project_of_an_entry_is_about_the_entry() -> None:
    """An epic and a project are one entry; the epic leads, the decision names the project."""
    board = Board()
    board.issue("e", "In Progress", title="Export", due_on=date(2026, 11, 1), **EPIC)
    board.story("1", "e", "In Progress")
    for number in range(30):
        board.story(f"d{number}", "e", "Done", days=1 + number, created_at=ago(100))
    board.project("p", "Export", key="P-1")
    decision = {"state": "open", "about": ["P-1"]}
    undecided = report_of(board, roadmap=rules())
    board._record("Decision", "D-1", decision, key="D-1", title="Go on?")
    decided = report_of(board, roadmap=rules())
    board.close()
    names = [{fact.name for fact in report.facts} for report in (undecided, decided)]
    assert ("entries_undecided" in names[0], "entries_undecided" in names[1]) == (True, False)


def test_what_is_being_launched_is_what_some_users_have_and_not_all() -> None:
    """Two entries done long ago. Of one a flag of the staging environment is half way, of the other one of users."""
    board = Board()
    for number, environment in (("a", "staging"), ("b", "prod")):
        done = [(ago(60), "In Progress", "Done")]
        board.issue(number, "Done", done, title=number, created_at=ago(90), updated_at=ago(60), **EPIC)
        data = {"flag": number, "environment": environment, "about": [f"ENG-{number}"], "percent": None}
        row = board._record("Rollout", f"{number}|x", data, title=number, created_at=ago(50))
        board.event(row, "percent", "", "50", ago(40))
    with board.write().connect() as connected:
        page = build_roadmap(connected, settings(roadmap=rules()))
    board.close()
    found = series(page, "roadmap_phases")
    assert (found["launch"], found["improvement"]) == (1, 1)


# ---- days, decisions, tickets ----------------------------------------------------------------------------------------


def test_what_is_done_at_midnight_remains_until_the_end_of_the_day_before(database: Database) -> None:
    """Tuesday, 17 November begins in Berlin at 23 o'clock UTC."""
    iteration(database, "1", ago(5), AS_OF + timedelta(days=5))
    midnight = datetime(2026, 11, 16, 23, tzinfo=UTC)
    moves = [(ago(4.5), "To Do", "In Progress"), (midnight, "In Progress", "Done")]
    member(database, "1", ["1"], status="Done", moves=moves)
    left = series(report_of(database), "burn_down")
    assert (left["2026-11-16"], left["2026-11-17"]) == (1, 0)


def test_a_decision_that_was_accepted_does_not_come_up() -> None:
    world = World()
    due = (AS_OF + timedelta(days=3)).date()
    world.decision("D-1", "accepted", due, due_on=due.isoformat())
    world.decision("D-2", "open", due, due_on=due.isoformat())
    world.issue("1")
    with world.write().connect():
        report = report_of(world)
    world.close()
    assert (value(report, "decisions_open"), value(report, "coming")) == (1, 1)


def test_spam_that_the_tool_has_archived_stays_spam() -> None:
    world = World()
    world.ticket("1", ago(3), labels=("spam",))
    world._records[-1] |= {"absent": "archived", "absent_at": ago(1)}
    world.ticket("2", ago(3), labels=("billing",))
    world._records[-1] |= {"absent": "forbidden", "absent_at": ago(1)}
    with world.write().connect():
        report = report_of(world)
    world.close()
    assert value(report, "tickets_created") == 1
    assert series(report, "tickets_left_out") == {"spam": 1}
    assert series(report, "themes") == {"billing": 1}


def test_the_stretch_before_has_as_many_days_even_where_one_has_an_hour_more() -> None:
    """In Berlin Sunday, 25 October has 25 hours; the week before the period begins on the 19th at midnight."""
    world = World()
    item = world.issue("1")
    world.about(world.ticket("1", datetime(2026, 10, 18, 22, 30, tzinfo=UTC)), int(item[1:]))
    with world.write().connect():
        report = report_of(world, **dated(datetime(2026, 11, 2, 9, tzinfo=UTC)))
    world.close()
    assert series(report, "demand_before") == {item: 1}
    assert value(report, "tickets_created_before") == 1


def test_what_is_done_nobody_knows_when_need_not_be_left_out() -> None:
    """Of ten open parts some must go for the target to hold; those that are done are no part of that."""
    board = Board()
    epic = board.issue("e", "In Progress", [(ago(100), "To Do", "In Progress")], title="Export",
                       due_on=date(2026, 11, 27), created_at=ago(100), **EPIC)  # fmt: skip
    for number in range(30):
        board.story(f"d{number}", "e", "Done", days=1 + 2 * number, created_at=ago(100))
    for number in range(10):
        board.story(f"o{number}", "e", created_at=ago(100))
    cuts = []
    for undated in (0, 5):
        for number in range(undated):
            board.issue(f"u{number}", "Done", parent="e", created_at=ago(100), updated_at=None)
        cuts.append(series(report_of(board, roadmap=rules()), "entry_cut")[epic])
    board.close()
    assert cuts[0] == cuts[1] > 0
