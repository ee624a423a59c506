"""Sprints, standup, retrospective: small companies worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.report.building import AS_OF, IDS, Database, report_of, settings, value

from syncline.report import FORMATS, Report, build_retro, build_sprint, build_standup, render
from syncline.report.plain import line_text
from syncline.report.work.sprints import ids

START = datetime(2026, 11, 9, 9, 0, tzinfo=UTC)
BEFORE, LATER = START - timedelta(days=3), START + timedelta(days=3)


def sprint_of(database: Database, **changes: Any) -> Report:
    with database.write().connect() as connected:
        return build_sprint(connected, settings(**changes))


def iteration(
    database: Database, number: str, start: datetime | None, days: int = 14, closed: bool = False
) -> None:
    end = start + timedelta(days=days) if start else None
    data = {
        "state": "closed" if closed else "active",
        "container": "board",
        "start_at": start and start.isoformat(),
        "end_at": end and end.isoformat(),
        "completed_at": end.isoformat() if closed and end else None,
    }
    database._record("Iteration", number, data=data, title=f"Sprint {number}")


def member(
    database: Database, remote_id: str, now: str, *told: tuple[datetime, str, str], points: float | None = 1
) -> int:
    """An issue that is in the sprints ``now``, with the changes that led there; its number is returned."""
    item = database.issue(remote_id, created_at=BEFORE - timedelta(days=90))
    row = database._records[-1]
    row["data"] |= {"iterations": now.split(",") if now else [], "estimate": points}
    for at, old, new in told:
        database.event(int(item[1:]), "iterations", old, new, at)
    return int(item[1:])


def one(report: Report, name: str) -> object:
    found = value(report, f"sprint_{name}")
    assert isinstance(found, tuple)
    return dict(found)["a1b2:Iteration:1"]


def test_what_was_committed_added_removed_and_done(database: Database) -> None:
    iteration(database, "1", START)
    member(database, "1", "1", (BEFORE, "", "1"), points=5)
    member(database, "2", "1", (LATER, "", "1"), points=3)
    member(database, "3", "", (BEFORE, "", "1"), (LATER, "1", ""), points=2)
    done = member(database, "4", "1", (BEFORE, "", "1"), points=8)
    database.event(done, "status", IDS["To Do"], IDS["Done"], LATER)
    database._records[-1] |= {"status_category": "done", "updated_at": LATER}
    report = sprint_of(database)
    assert {
        name: one(report, name) for name in ("committed", "added", "removed", "completed", "unfinished")
    } == {
        "committed": 15,
        "added": 3,
        "removed": 2,
        "completed": 8,
        "unfinished": 8,
    }


def test_without_any_estimate_items_count_one_each(database: Database) -> None:
    iteration(database, "1", START)
    for number in range(3):
        member(database, str(number), "1", (BEFORE, "", "1"), points=None)
    assert one(sprint_of(database), "committed") == 3


def test_a_sprint_without_start_is_told_and_nothing_is_said_of_it(database: Database) -> None:
    iteration(database, "1", None)
    member(database, "1", "1", (BEFORE, "", "1"))
    report = sprint_of(database)
    assert line_text(report.bottom_line[0], report) == "No tool tells of a sprint that has begun."
    (section,) = report.sections
    assert "no start is known" in line_text(section.lines[0], report)


def test_a_sprint_that_ends_before_it_begins_is_told_and_has_no_velocity(database: Database) -> None:
    iteration(database, "1", START, days=-14, closed=True)
    member(database, "1", "1", (BEFORE, "", "1"))
    report = sprint_of(database)
    (section,) = report.sections
    assert line_text(section.lines[0], report) == "Sprint 1 ends before it begins; nothing is said of it."
    assert not [fact.name for fact in report.facts if fact.name.startswith("sprint_velocity")]


def test_the_status_report_names_sprints_of_which_nothing_can_be_said(database: Database) -> None:
    iteration(database, "1", None)
    iteration(database, "2", START, days=0, closed=True)
    member(database, "1", "1", (BEFORE, "", "1"))
    text = render(report_of(database), "markdown")
    assert "- Sprint 1 runs, but no start is known; nothing is said of it." in text
    assert "- Sprint 2 ends before it begins; nothing is said of it." in text


def test_an_item_in_two_running_sprints_is_told(database: Database) -> None:
    iteration(database, "1", START)
    iteration(database, "2", START)
    member(database, "1", "1,2", (BEFORE, "", "1,2"))
    member(database, "2", "1", (BEFORE, "", "1"))
    assert value(sprint_of(database), "in_two_sprints") == 1


def test_velocity_is_of_closed_sprints_with_least_and_most(database: Database) -> None:
    for number, points in (("1", 3), ("2", 5)):
        begin = START - timedelta(days=60 - 20 * int(number))
        iteration(database, number, begin, days=10, closed=True)
        made = member(database, number, number, (begin - timedelta(days=1), "", number), points=points)
        database.event(made, "status", IDS["To Do"], IDS["Done"], begin + timedelta(days=2))
        database._records[-1] |= {"status_category": "done", "updated_at": START}
    report = sprint_of(database)
    found = []
    for name in ("velocity", "velocity_least", "velocity_most"):
        by_board = value(report, name)
        assert isinstance(by_board, tuple)
        found.append(dict(by_board)["eng:board"])
    assert found == [4, 3, 5]


def test_the_sprint_as_it_stood_before_a_change(database: Database) -> None:
    iteration(database, "1", START)
    member(database, "1", "1", (BEFORE, "", "1"), points=5)
    member(database, "2", "1", (LATER, "", "1"), points=3)
    report = sprint_of(database, as_of=LATER - timedelta(hours=1))
    assert (one(report, "committed"), one(report, "added")) == (5, 0)


@pytest.mark.parametrize(
    ("text", "expected"), [("1, 2", ["1", "2"]), ('["1","2"]', ["1", "2"]), ("", []), (None, []), ("[]", [])]
)
def test_sprints_as_tools_and_as_we_write_them(text: str | None, expected: list[str]) -> None:
    assert ids(text) == expected


# ---- standup ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "moved"), [("2026-11-23T08:00", {"i1", "i2", "i3"}), ("2026-11-24T08:00", {"i3"})]
)  # a Monday sees Friday to Sunday too, a Tuesday sees Monday
def test_a_standup_covers_the_time_since_the_last_workday(
    database: Database, now: str, moved: set[str]
) -> None:
    for number, day in enumerate((20, 22, 23, 19), 1):
        at = datetime(2026, 11, day, 7, 30, tzinfo=UTC)
        database.issue(str(number), "In Progress", [(at, "To Do", "In Progress")])
    as_of = datetime.fromisoformat(now).replace(tzinfo=UTC)
    with database.write().connect() as connected:
        report = build_standup(connected, settings(as_of=as_of))
    fact = next(fact for fact in report.facts if fact.name == "standup_moved")
    assert set(fact.ids) == moved


def test_new_blockers_and_what_is_due_soon(database: Database) -> None:
    yesterday = AS_OF - timedelta(days=1)
    database.issue("1", "Waiting", [(yesterday, "To Do", "Waiting")])
    database.issue("2", "Waiting", [(AS_OF - timedelta(days=9), "To Do", "Waiting")])
    database.issue("3", due_on=(AS_OF + timedelta(days=3)).date())
    database.issue("4", due_on=(AS_OF + timedelta(days=4)).date())
    with database.write().connect() as connected:
        report = build_standup(connected, settings())
    facts = {fact.name: set(fact.ids) for fact in report.facts}
    assert (facts["standup_blocked"], facts["standup_due"]) == ({"i1"}, {"i3"})


# ---- retrospective ---------------------------------------------------------------------------------------------------


def test_a_retrospective_tells_the_period_in_order_and_names_nobody(database: Database) -> None:
    database.person("p1", "Ada Example")
    database.issue("1", "Waiting", [(AS_OF - timedelta(days=2), "To Do", "Waiting")], assignees=["p1"])
    database.issue("2", created_at=AS_OF - timedelta(days=4), priority="urgent", assignees=["p1"])
    database.issue("3", "Waiting", [(AS_OF - timedelta(days=40), "To Do", "Waiting")])
    with database.write().connect() as connected:
        report = build_retro(connected, settings())
    assert dict(value(report, "retro_events"))["blocker"] == 1  # type: ignore[arg-type]
    table = report.sections[0].blocks[0]
    texts = [" ".join(line_text(cell, report) for cell in row) for row in table.rows]  # type: ignore[union-attr]
    assert [text.split(" ENG")[0] for text in texts] == [
        "16 Nov 2026, 14:00 urgent work came in",
        "18 Nov 2026, 14:00 blocked",
    ]
    assert not any("Ada" in text for text in texts)


# ---- nothing, or nearly nothing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("build", [build_sprint, build_standup, build_retro])
@pytest.mark.parametrize("items", [0, 1])
def test_with_no_data_a_report_says_so_in_every_format(build: Any, items: int) -> None:
    built = Database()
    built.source()
    for number in range(items):
        bare: dict[str, Any] = dict.fromkeys(("key", "url", "title", "level", "created_at", "updated_at"))
        built.issue(str(number), None, **bare)
    with built.write().connect() as connected:
        report = build(connected, settings())
    built.close()
    assert report.bottom_line
    for format in FORMATS:
        assert render(report, format)
