"""The definitions of the status report, each on a handful of issues worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from syncline.report import Report
from syncline.report.plain import line_text

from .building import AS_OF, Database, company, ids, report_of, value

IN_PERIOD = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
BEFORE = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)
LONG_AGO = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)


def days_ago(days: int) -> datetime:
    return AS_OF - timedelta(days=days)


def texts(report: Report, section: str) -> str:
    found = next(one for one in report.sections if one.id == section)
    return "\n".join(line_text(line, report) for line in found.lines)


# ---- done --------------------------------------------------------------------------------------------------


def test_done_is_the_last_entry_that_nothing_undid(database: Database) -> None:
    once = database.issue(
        "1", "Done", [(LONG_AGO, "To Do", "In Progress"), (IN_PERIOD, "In Progress", "Done")]
    )
    again = database.issue(
        "2", "Done", [(LONG_AGO, "To Do", "Done"), (BEFORE, "Done", "To Do"), (IN_PERIOD, "To Do", "Done")]
    )
    database.issue("3", "To Do", [(LONG_AGO, "To Do", "Done"), (IN_PERIOD, "Done", "To Do")])
    database.issue("4", "Released", [(LONG_AGO, "To Do", "Done"), (IN_PERIOD, "Done", "Released")])
    database.issue("5", "Won't do", [(IN_PERIOD, "To Do", "Won't do")])
    database.issue("6", "Done", [(BEFORE, "To Do", "Done")])
    report = report_of(database)
    assert ids(report, "done") == {once, again}
    assert value(report, "done_before") == 1
    assert ids(report, "reopened") == {"i3"}
    assert value(report, "container_canceled") == (("", 1),)


def test_the_period_is_half_open_in_the_report_zone(database: Database) -> None:
    start = datetime(2026, 11, 12, 23, 0, tzinfo=UTC)  # midnight in Berlin
    end = datetime(2026, 11, 19, 23, 0, tzinfo=UTC)
    tick = timedelta(milliseconds=1)
    for number, at in enumerate((start - tick, start, end - tick, end)):
        database.issue(str(number), "Done", [(at, "To Do", "Done")])
    report = report_of(database)
    assert ids(report, "done") == {"i2", "i3"}
    assert ids(report, "done_before") == {"i1"}
    assert ids(report, "done_after") == {"i4"}


def test_without_history_the_resolution_counts_then_the_last_change(database: Database) -> None:
    database.issue("1", "Done", resolved_at=IN_PERIOD, updated_at=AS_OF)
    database.issue("2", "Done", updated_at=IN_PERIOD)
    database.issue("3", "Done", updated_at=None)
    report = report_of(database)
    assert ids(report, "done") == {"i1", "i2"}
    assert ids(report, "done_by_update") == {"i2"}
    assert ids(report, "done_undated") == {"i3"}


def test_a_move_that_the_history_missed_does_not_date_an_item(database: Database) -> None:
    database.issue(
        "1",
        "Done",
        [(LONG_AGO, "To Do", "Done"), (BEFORE, "Done", "To Do")],
        resolved_at=IN_PERIOD,
    )
    assert ids(report_of(database), "done") == {"i1"}


# ---- in progress -------------------------------------------------------------------------------------------


def test_age_runs_from_the_first_start_and_counts_the_first_day(database: Database) -> None:
    database.issue("1", "In Progress", [(AS_OF, "To Do", "In Progress")])
    database.issue(
        "2",
        "In Progress",
        [
            (days_ago(9), "To Do", "In Progress"),
            (days_ago(5), "In Progress", "To Do"),
            (days_ago(1), "To Do", "In Progress"),
        ],
    )
    database.issue("3", "In Review", created_at=days_ago(3))
    assert dict(value(report_of(database), "ages")) == {"i1": 1, "i2": 10, "i3": 4}  # type: ignore[arg-type]


def test_start_is_unknown_without_history_or_where_it_was_only_observed(database: Database) -> None:
    database.issue("1", "In Progress")
    assert ids(report_of(database), "start_unknown") == {"i1"}
    number = database.issue("2", "In Review")
    database.event(int(number[1:]), "status", "4", "5", days_ago(2), native=False)
    assert ids(report_of(database), "start_unknown") == {"i1", "i2"}


def test_stages(database: Database) -> None:
    for number, name in enumerate(
        ("Triage", "Backlog", "To Do", "In Progress", "In Review", "Waiting", "Done", "Won't do", None)
    ):
        database.issue(str(number), name)
    report = report_of(database)
    stages = {
        name: value(report, f"container_{name}")
        for name in ("backlog", "ready", "doing", "review", "unknown")
    }
    assert {name: dict(counts) for name, counts in stages.items()} == {  # type: ignore[arg-type]
        "backlog": {"": 2},
        "ready": {"": 1},
        "doing": {"": 2},
        "review": {"": 1},
        "unknown": {"": 1},
    }
    assert value(report, "in_progress") == 3
    assert ids(report, "unread_status") == {"i9"}


# ---- stuck -------------------------------------------------------------------------------------------------


def test_stuck_after_seven_days_while_cycle_times_are_few(database: Database) -> None:
    for number, days in enumerate((6, 8)):
        database.issue(str(number), "In Progress", [(days_ago(days), "To Do", "In Progress")])
    report = report_of(database)
    assert value(report, "stuck_after") == 7
    assert value(report, "cycle_time_85") is None
    assert ids(report, "stuck") == {"i2"}
    assert dict(value(report, "quiet")) == {"i2": 8}  # type: ignore[arg-type]


def test_stuck_threshold_is_the_85th_percentile_of_cycle_times(database: Database) -> None:
    for number in range(1, 12):  # cycle times 10, 11, …, 20 days; rank ceil(0.85 * 11) = 10 is 19
        database.issue(
            str(number),
            "Done",
            [(BEFORE - timedelta(days=8 + number), "To Do", "In Progress"), (BEFORE, "In Progress", "Done")],
        )
    database.issue("12", "In Progress", [(days_ago(18), "To Do", "In Progress")])
    database.issue("13", "In Progress", [(days_ago(20), "To Do", "In Progress")])
    report = report_of(database)
    assert value(report, "cycle_time_50") == 15
    assert value(report, "cycle_time_85") == value(report, "stuck_after") == 19
    assert ids(report, "stuck") == {"i13"}


def test_a_comment_or_any_field_is_a_sign_of_life(database: Database) -> None:
    moves = [(days_ago(30), "To Do", "In Progress")]
    database.issue("1", "In Progress", moves)
    database.issue("2", "In Progress", moves)
    database.comment("2", days_ago(2))
    database.issue("3", "Waiting", [(days_ago(30), "To Do", "Waiting")])
    database.event(4, "due_on", "2026-11-01", "2026-12-01", days_ago(3))  # the comment took number 3
    database.issue("4", "To Do", created_at=days_ago(90), updated_at=days_ago(80))
    assert ids(report_of(database), "stuck") == {"i1"}


def test_where_there_is_no_history_the_vendors_updated_time_counts(database: Database) -> None:
    database.issue("1", "In Progress", updated_at=days_ago(1))
    database.issue("2", "In Progress", updated_at=days_ago(20))
    assert ids(report_of(database), "stuck") == {"i2"}


def test_blocked_overdue_and_due_soon(database: Database) -> None:
    database.issue("1", "To Do", flagged=True)
    database.issue("2", "Waiting")
    database.issue("3", "Done", flagged=True, due_on=date(2026, 11, 1))
    database.issue("4", "To Do", due_on=date(2026, 11, 19))
    database.issue("5", "To Do", due_on=date(2026, 11, 20))
    database.issue("6", "To Do", due_on=date(2026, 11, 27))  # Friday to Friday: five workdays
    database.issue("7", "To Do", due_on=date(2026, 11, 28))
    report = report_of(database)
    assert ids(report, "blocked") == {"i1", "i2"}
    assert ids(report, "overdue") == {"i4"}
    assert dict(value(report, "late")) == {"i4": 1}  # type: ignore[arg-type]
    assert ids(report, "due_soon") == {"i5", "i6"}


# ---- who and what is left out ------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["gone", "missing", "out_of_scope"])
def test_absent_items_are_in_no_count_and_said_so(database: Database, reason: str) -> None:
    database.issue("1", "In Progress", absent=reason, absent_at=days_ago(1))
    database.issue("2", "Done", [(IN_PERIOD, "To Do", "Done")], absent=reason, absent_at=days_ago(1))
    database.issue("3", "In Progress", absent="forbidden", absent_at=days_ago(1))
    report = report_of(database)
    assert (value(report, "in_progress"), value(report, "done")) == (1, 0)
    assert value(report, "absent") == ((reason, 2),)
    assert "2 items are" in texts(report, "limits")


def test_archived_items_leave_open_work_and_stay_done(database: Database) -> None:
    database.issue("1", "In Progress", archived=True)
    database.issue("3", "In Progress", absent="archived", absent_at=days_ago(1))
    database.issue("2", "Done", [(IN_PERIOD, "To Do", "Done")], archived=True)
    report = report_of(database)
    assert (value(report, "in_progress"), value(report, "done"), value(report, "archived")) == (0, 1, 2)
    assert "2 archived items are left out" in texts(report, "limits")


def test_sub_tasks_are_counted_apart(database: Database) -> None:
    database.issue("1", "In Progress", level=-1)
    database.issue("2", "Done", [(IN_PERIOD, "To Do", "Done")], level=-1)
    database.issue("3", "In Progress", level=1)
    report = report_of(database)
    assert (value(report, "in_progress"), value(report, "done")) == (1, 0)
    assert (value(report, "sub_tasks_in_progress"), value(report, "sub_tasks_done")) == (1, 1)


def test_records_of_one_item_count_once(database: Database) -> None:
    database.issue("1", "In Progress", [(days_ago(20), "To Do", "In Progress")])
    database.issue("2", "In Progress", [(days_ago(1), "To Do", "In Progress")], item_id=1)
    report = report_of(database)
    assert value(report, "in_progress") == 1
    assert value(report, "stuck") == 0  # the other tool's copy moved yesterday


def test_people_by_assignment_with_the_unassigned_last(database: Database) -> None:
    database.person("p1", "Ada")
    database.person("p2", "Ada")
    database.issue("1", "In Progress", assignees=["p1", "p2"])
    database.issue("2", "In Review", assignees=["p1"])
    database.issue("3", "In Progress")
    database.issue("4", "To Do", assignees=["p9"])
    report = report_of(database)
    doing = dict(value(report, "person_doing"))  # type: ignore[arg-type]
    assert doing == {"a1b2:Person:p1": 1, "a1b2:Person:p2": 1, "": 1}
    table = next(section.blocks[0] for section in report.sections if section.id == "people")
    heads = [line_text(row[0], report) for row in table.rows]  # type: ignore[union-attr]
    assert heads == ["Ada", "Ada", "(unassigned)"]  # the same name twice is two people
    assert ids(report, "no_owner") == {"i5"}


# ---- as of -------------------------------------------------------------------------------------------------


def test_as_of_shows_the_state_of_that_time(database: Database) -> None:
    database.issue(
        "1", "Done", [(days_ago(20), "To Do", "In Progress"), (days_ago(2), "In Progress", "Done")]
    )
    database.issue("2", "To Do", created_at=days_ago(1))
    database.issue("3", "Done", resolved_at=days_ago(1))
    report = report_of(database, as_of=days_ago(5))
    assert ids(report, "in_progress") == {"i1"}
    assert value(report, "done") == 0
    assert dict(value(report, "ages")) == {"i1": 16}  # type: ignore[arg-type]
    assert ids(report, "unread_status") == {"i3"}  # without history nobody knows what it was


# ---- where it comes from -----------------------------------------------------------------------------------


def warnings(report: Report) -> str:
    return "\n".join(line_text(line, report) for line in report.provenance.warnings)


def test_a_fresh_complete_source_gives_no_warning(database: Database) -> None:
    assert warnings(report_of(database)) == ""


def test_partial_stale_and_failed_are_said() -> None:
    for name, pulled, complete, expected in (
        ("part", AS_OF, False, "part: issues is partial"),
        ("old", AS_OF - timedelta(hours=37), True, "old: issues is stale"),
        ("new", None, True, "new: issues is partial"),
    ):
        built = Database()
        built.source(name, pulled, complete)
        assert expected in warnings(report_of(built))
        built.close()


def test_a_failed_run_is_said_until_the_next_good_one(database: Database) -> None:
    database.run(2, "partial", AS_OF - timedelta(minutes=1))
    assert warnings(report_of(database)) == ""  # the good run of the fixture is younger
    database.run(3, "failed", AS_OF)
    assert "ended as failed" in warnings(report_of(database))
    database.run(4, "running", AS_OF)
    assert "ended as failed" in warnings(report_of(database))


def test_the_report_says_since_when_history_is_known(database: Database) -> None:
    database.issue("1", "Done", [(LONG_AGO, "To Do", "Done")])
    report = report_of(database)
    origin = " ".join(line_text(line, report) for line in report.provenance.lines)
    assert "History of statuses is known from 1 Oct 2026, 11:00: 1 change." in origin
    assert "Made from 1 record, as known after ingest 1." in origin
    assert "13 Nov 2026 to 19 Nov 2026" in origin


def test_bottom_line_speaks_of_the_figures(database: Database) -> None:
    database.issue("1", "Done", [(IN_PERIOD, "To Do", "Done")])
    database.issue("2", "To Do", due_on=date(2026, 11, 18), title="Late")
    report = report_of(database)
    assert [line_text(line, report) for line in report.bottom_line] == [
        "1 item was done in the period, 0 in the one before.",
        "Nothing is in progress.",
        "1 open item is overdue, the longest ENG-2 Late, due 18 Nov 2026.",
    ]


def test_teams_of_the_configuration_stand_beside_their_containers(database: Database) -> None:
    database.container("10", "ENG", "Engine")
    database.issue("1", "To Do", container="10")
    report = report_of(database, teams={"core": ("eng:ENG",)})
    table = next(section.blocks[1] for section in report.sections if section.id == "containers")
    assert [line_text(cell, report) for cell in table.rows[0]][:2] == ["Engine (ENG)", "core"]  # type: ignore[union-attr]


def test_a_report_about_the_past_equals_the_one_made_then() -> None:
    """``--as-of T`` over all history against a database that knows nothing younger than T."""
    whole = company()
    for back in (3, 11, 30):
        moment = days_ago(back)
        then = company(until=moment)
        late, live = report_of(whole, as_of=moment), report_of(then, as_of=moment)
        skip = {"records", "known_seq", "quarantined", "no_resolution"}  # of the last pull, whatever the time
        assert {f.name: (f.value, f.ids) for f in late.facts if f.name not in skip} == {
            f.name: (f.value, f.ids) for f in live.facts if f.name not in skip
        }
        then.close()
    whole.close()
