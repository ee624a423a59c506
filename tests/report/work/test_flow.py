"""The section on flow: fixtures worked out by hand, and odd data."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from tests.report.building import AS_OF, Database, company, ids, report_of, value

from syncline.report import Report
from syncline.report.quality import circles

from .words import counted


def days_ago(days: int) -> object:
    return AS_OF - timedelta(days=days)


def last(report: Report, name: str) -> object:
    """The value of a series at the end of yesterday."""
    found = value(report, name)
    assert isinstance(found, tuple)
    return dict(found)[date(2026, 11, 19).isoformat()]


def test_cumulative_flow_counts_the_furthest_stage_and_leaves_out_what_ended_before(
    database: Database,
) -> None:
    ago = [AS_OF - timedelta(days=days) for days in range(120)]
    database.issue("1", "Done", [(ago[9], "To Do", "In Progress"), (ago[3], "In Progress", "Done")])
    database.issue("2", "To Do", [(ago[9], "To Do", "In Review"), (ago[3], "In Review", "To Do")])
    database.issue("3", "In Progress", [(ago[9], "Backlog", "In Progress")])
    database.issue("4", "Backlog")
    database.issue("5", "Won't do", [(ago[2], "To Do", "Won't do")])
    database.issue(
        "6",
        "Done",
        [(ago[110], "To Do", "In Progress"), (ago[100], "In Progress", "Done")],
        created_at=ago[119],
    )
    report = report_of(database)
    bands = {
        name: last(report, f"cfd_{name}")
        for name in ("done", "review", "doing", "ready", "backlog", "canceled")
    }
    assert bands == {"done": 1, "review": 1, "doing": 1, "ready": 0, "backlog": 1, "canceled": 1}


def test_items_without_history_are_counted_out(database: Database) -> None:
    database.issue("1", "Done", updated_at=days_ago(3))
    report = report_of(database)
    assert ids(report, "cfd_untold") == {"i1"}
    assert last(report, "cfd_done") == 0


def test_few_cycle_times_draw_no_lines(database: Database) -> None:
    for number in range(10):
        moves = [
            (AS_OF - timedelta(days=9), "To Do", "In Progress"),
            (AS_OF - timedelta(days=3), "In Progress", "Done"),
        ]
        database.issue(str(number), "Done", moves)
    section = next(one for one in report_of(database).sections if one.id == "flow")
    scatter = next(block for block in section.blocks if block.id == "cycle_times")
    assert scatter.lines == ()  # type: ignore[union-attr]
    assert len(scatter.at) == 10  # type: ignore[union-attr]


def test_flow_efficiency_needs_a_wait_and_takes_the_median(database: Database) -> None:
    at = [AS_OF - timedelta(days=days) for days in range(12)]
    database.issue("1", "Done", [(at[10], "To Do", "In Progress"), (at[2], "In Progress", "Done")])
    assert value(report_of(database), "flow_efficiency") is None
    database.issue(
        "2",
        "Done",
        [(at[10], "To Do", "In Progress"), (at[6], "In Progress", "Waiting"), (at[2], "Waiting", "Done")],
    )
    assert value(report_of(database), "flow_efficiency") == Fraction(1, 2)


def test_work_under_way_by_team_and_its_limit(database: Database) -> None:
    database.issue("1", "In Progress")
    report = report_of(database, teams={"core": ("eng:ENG",)}, wip={"core": 3})
    assert value(report, "wip_limit") == (("core", 3),)
    assert value(report, "wip") == (("core", 0),)


def test_circles() -> None:
    assert circles([("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("e", "a")]) == {"a", "b", "c"}
    assert circles([("a", "b"), ("b", "a"), ("b", "c"), ("c", "d"), ("d", "c")]) == {"a", "b", "c", "d"}
    assert circles([("a", "b"), ("b", "a"), ("b", "x"), ("x", "d"), ("d", "e"), ("e", "d")]) == {
        "a",
        "b",
        "d",
        "e",
    }
    assert circles([("a", "b"), ("b", "c")]) == set()


def test_what_is_wrong_with_the_data_is_named(database: Database) -> None:
    early, late = AS_OF - timedelta(days=5), AS_OF - timedelta(days=2)
    database.issue("1", title="Export of large boards times out")
    database.issue("2", title="export of large boards times out ")
    database.issue("3", due_on=date(2025, 1, 1))
    number = database.issue("4", "Done", [(early, "To Do", "Done"), (late, "Done", "Done")])
    database.event(int(number[1:]), "status", "3", "4", late)
    report = report_of(database)
    assert ids(report, "twins") == {"i1", "i2"}
    assert ids(report, "due_before_created") == {"i3"}
    assert ids(report, "reversed") == {"i4"}


def test_mirrored_records_that_disagree_are_named_and_count_once(database: Database) -> None:
    database.issue("1", "In Progress", [(AS_OF - timedelta(days=4), "To Do", "In Progress")])
    database.issue("2", "Done", [(AS_OF - timedelta(days=3), "To Do", "Done")], item_id=1)
    report = report_of(database)
    assert ids(report, "disagree") == {"i1"}
    assert (value(report, "in_progress"), value(report, "done")) == (1, 0)
    assert last(report, "cfd_doing") == 1
    assert last(report, "cfd_done") == 0


def test_the_main_part_is_short_and_a_first_pull_fills_ten_sections() -> None:
    """Of a company without a roadmap, links or goals."""
    built = company()
    report = report_of(built)
    built.close()
    assert sum(counted(report).values()) <= 700
    assert len(report.spoken) >= 10
    assert all(section.silent for section in report.silent)
