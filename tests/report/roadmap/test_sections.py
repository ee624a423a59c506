"""What the status report says of the roadmap, and what it calls poor data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from syncline.report import Report, render
from syncline.report.model import Section, Table
from syncline.report.pictures import Lines
from syncline.report.plain import line_text
from syncline.store.tables import metric_point

from ..building import AS_OF, ids, report_of, value
from .building import Board

EPIC = {"type": "Epic", "level": 1}
SECTIONS = ("scorecard", "timeline", "shipped", "slipped", "ahead")


@pytest.fixture
def board() -> Iterator[Board]:
    built = Board()
    yield built
    built.close()


def section(report: Report, id: str) -> Section:
    return next(one for one in report.sections if one.id == id)


def cells(report: Report, id: str) -> list[list[str]]:
    tables = [block for one in report.sections for block in one.blocks if getattr(block, "id", "") == id]
    return [
        [line_text(cell, report) for cell in row] for table in tables for row in getattr(table, "rows", ())
    ]


def table(report: Report, id: str) -> Table:
    blocks = (block for one in report.sections for block in one.blocks)
    return next(block for block in blocks if isinstance(block, Table) and block.id == id)


def test_a_database_without_projects_or_epics_says_so_in_one_line(board: Board) -> None:
    board.issue("1")
    report = report_of(board)
    said = {one.id: one.silent for one in report.sections if one.id in SECTIONS}
    assert set(said) == set(SECTIONS)
    assert said["scorecard"] == "No project and no epic was read, or none fits the rules of the roadmap."
    assert all(said.values())
    assert not [fact.name for fact in report.facts if fact.name in ("roadmap_progress", "roadmap_health")]


def test_what_was_shipped_and_how_late(board: Board) -> None:
    at = AS_OF - timedelta(days=2)
    begun = (AS_OF - timedelta(days=30), "To Do", "In Progress")
    moves = [begun, (at, "In Progress", "Done")]
    board.issue("1", "Done", moves, title="Guest accounts", due_on=date(2026, 11, 13), **EPIC)
    early = [begun, (AS_OF - timedelta(days=9), "In Progress", "Done")]
    board.issue("2", "Done", early, title="Before", due_on=date(2026, 11, 13), **EPIC)
    board.story("3", "1", "Done")
    report = report_of(board)
    assert cells(report, "shipped_entries") == [
        ["nothing", "ENG-1 Guest accounts", "18 Nov 2026", "13 Nov 2026", "+5", "1", "", ""]
    ]
    assert (value(report, "roadmap_shipped"), value(report, "roadmap_shipped_before")) == (1, 1)


def test_what_was_shipped_says_who_has_it_and_what_came_of_it(board: Board) -> None:
    moves = [
        (AS_OF - timedelta(days=30), "To Do", "In Progress"),
        (AS_OF - timedelta(days=2), "In Progress", "Done"),
    ]
    board.issue("1", "Done", moves, title="Guest accounts", **EPIC)
    board.issue("2", "Done", moves, title="Dark mode", **EPIC)
    for flag, title, environment in (
        ("f", "ENG-1", "prod"),
        ("s", "ENG-1", "staging"),
        ("g", "Dark mode", "prod"),
    ):
        data = {"flag": title, "environment": environment, "about": [title], "percent": 100}
        number = board._record("Rollout", flag, data=data, title=title, created_at=AS_OF - timedelta(days=40))
        share, days = {"f": ("100", 40), "s": ("5", 3), "g": ("50", 3)}[flag]
        board.event(number, "percent", "", share, AS_OF - timedelta(days=days))
    board._record("Metric", "share", data={"interval": 1, "target": 60}, title="share")
    points = []
    for days in range(1, 80):
        day = AS_OF.date() - timedelta(days=days)
        point = board._record("MetricPoint", f"share/{day}", data={"metric": "share"})
        value = {"value": 36 if days < 40 else 30, "count": None, "complete": True, "seen_at": AS_OF}
        points.append({"record_id": point, "seq": 1, "metric": "share", "day": day, "segment": ""} | value)
    with board.write().begin() as database:
        database.execute(insert(metric_point), points)
    found = {row[1]: row[-2:] for row in cells(report_of(board), "shipped_entries")}
    assert found == {
        "ENG-1 Guest accounts": ["100 %", "share 36, before 30"],
        "ENG-2 Dark mode": ["50 %", "no metric to compare yet"],
    }


def trial(board: Board, name: str, about: str, conversions: int, **data: Any) -> None:
    arms = [{"name": "old", "users": 1000, "conversions": 150}, {"name": "new", "users": 1000}]
    arms[1]["conversions"] = conversions
    whole = [{"share": None, "mean": None, "deviation": None} | arm for arm in arms]
    values = {
        "arms": whole,
        "about": [about],
        "state": "running",
        "verdict": None,
        "decision": None,
        "metric": "m",
    }
    board._record("Experiment", name, data=values | data, title=name)


def test_an_experiment_that_makes_something_worse_puts_its_entry_at_risk(board: Board) -> None:
    moves = [(AS_OF - timedelta(days=30), "To Do", "In Progress")]
    for number, title in enumerate(("Hurt", "Hurt in a part", "Helped", "Unclear", "Told", "Bare"), 1):
        board.issue(str(number), "In Progress", moves, title=title, due_on=date(2027, 12, 1), **EPIC)
        for days in range(1, 8):
            board.story(f"1{number}{days}", str(number), "Done", days=days, assignees=["ada"], estimate=1)
        board.story(f"2{number}", str(number), "To Do", assignees=["ada"], estimate=1)
    board.person("ada", "Ada Example")
    trial(board, "checkout", "ENG-1", 100)
    trial(board, "basket", "ENG-22", 100)
    trial(board, "help", "ENG-3", 200)
    trial(board, "nothing", "ENG-4", 151)
    trial(board, "told", "ENG-5", 100, verdict="keep it")
    trial(board, "of nothing", "ENG-99", 100)
    report = report_of(board)
    why = {row[0]: row[2] for row in cells(report, "scorecard_all")}
    assert {title: "made worse" in line for title, line in why.items()} == {
        "ENG-1 Hurt": True, "ENG-2 Hurt in a part": True, "ENG-3 Helped": False, "ENG-4 Unclear": False,
        "ENG-5 Told": False, "ENG-6 Bare": False,
    }  # fmt: skip
    assert "made worse, says checkout" in why["ENG-1 Hurt"]
    state = {row[0]: row[1] for row in cells(report, "scorecard_all")}
    assert (state["ENG-1 Hurt"], state["ENG-6 Bare"]) == ("at risk", "on track")


def test_the_scorecard_says_who_asks_for_an_entry(board: Board) -> None:
    board.issue("1", title="Wanted", **EPIC)
    board.issue("2", title="Not wanted", **EPIC)
    board.story("3", "1")
    titles = [column.title for column in table(report_of(board), "scorecard_all").columns]
    assert "Tickets" not in titles, "no tool has tickets"
    asked: dict[str, Any] = {"created_at": AS_OF - timedelta(days=9), "status_category": "todo", "level": 0}
    for name, about in (("t1", "1"), ("t2", "3"), ("t3", "3")):
        board._record("Ticket", name, key=f"#{name}", title="?", data={"organization": name[:1]}, **asked)
        link = {"type": "relates", "subject": name, "target": about}
        board._record("Relation", f"r{name}", data={}, created_at=AS_OF - timedelta(days=9), **link)
    report = report_of(board)
    found = {row[0]: row[-2:] for row in cells(report, "scorecard_all")}
    assert found == {"ENG-1 Wanted": ["3", "1"], "ENG-2 Not wanted": ["none", "none"]}


def test_a_trail_says_when_where_and_what_coincided(board: Board) -> None:
    item = board.issue(
        "1", "In Progress", [(AS_OF - timedelta(days=30), "To Do", "In Progress")],
        title="Guest accounts", due_on=date(2026, 12, 18), **EPIC,
    )  # fmt: skip
    board.due(item, AS_OF - timedelta(days=40), None, "2026-11-27")
    board.due(item, AS_OF - timedelta(days=11), "2026-11-27", "2026-12-18")
    board.story("2", "1")
    for number in (3, 4):
        board.story(str(number), "1", created_at=AS_OF - timedelta(days=10))
    board.story("5", "1", created_at=AS_OF - timedelta(days=2))
    report = report_of(board)
    told = ["+21", "27 Nov 2026 → 18 Dec 2026 (9 Nov 2026, eng; coincided: scope +2)"]
    (row,) = cells(report, "slipped_worst")
    assert row[1:] == told
    (row,) = cells(report, "slipped_why")
    assert row[2:4] == told


def test_the_next_two_weeks(board: Board) -> None:
    for number, days in enumerate((0, 14, 15)):
        board.issue(str(number), title=f"In {days}", due_on=AS_OF.date() + timedelta(days=days), **EPIC)
    ends = (AS_OF + timedelta(days=3)).isoformat()
    board._record("Iteration", "s1", {"state": "active", "end_at": ends}, title="Sprint 7")
    due = {"state": "proposed", "due_on": "2026-11-25", "decided_on": None}
    board._record("Decision", "d1", due, title="Which database?", created_at=AS_OF)
    board._record("Decision", "d2", due | {"state": "decided"}, title="Decided", created_at=AS_OF)
    report = report_of(board)
    assert [row[:3] for row in cells(report, "ahead_first")] == [
        ["20 Nov 2026", "ENG-0 In 0", "target"],
        ["23 Nov 2026", "Sprint 7", "sprint ends"],
        ["25 Nov 2026", "Which database?", "decision due"],
        ["4 Dec 2026", "ENG-1 In 14", "target"],
    ]


def test_poor_data_is_named(board: Board) -> None:
    begun = [(AS_OF - timedelta(days=30), "To Do", "In Progress")]
    finished = board.issue("1", "In Progress", begun, title="All is done", due_on=date(2026, 12, 1), **EPIC)
    board.story("2", "1", "Done")
    done = board.issue("3", "Done", begun, title="Done too early", **EPIC)
    board.story("4", "3", "To Do")
    two = board.issue("5", "To Do", title="Two dates", due_on=date(2026, 12, 1), **EPIC)
    board.project("p", "Two dates", due_on=date(2026, 12, 2))
    back = board.project("q", "Backwards", due_on=date(2026, 11, 1), data={"start_on": "2026-12-01"})
    board.story("6", "7")
    board.story("7", "6")
    report = report_of(board)
    assert ids(report, "roadmap_unclosed") == {finished}
    assert ids(report, "roadmap_unfinished") == {done}
    assert ids(report, "roadmap_two_dates") == {two}
    assert ids(report, "roadmap_reversed") == {back}
    assert value(report, "part_of_itself") == 2
    assert "Part of itself, by way of others" in render(report, "html")


def test_a_name_in_several_places_is_kept_apart_and_said(board: Board) -> None:
    board.issue("1", "To Do", title="Same", **EPIC)
    board.issue("2", "To Do", title="Same", **EPIC)
    board.project("p", "Same")
    report = report_of(board)
    assert value(report, "roadmap_live") == 3
    assert value(report, "roadmap_apart") == 3  # each may be one with another, whichever was read first


def burn_up(report: Report) -> str:
    blocks = (block for one in report.sections for block in one.blocks)
    (found,) = (block for block in blocks if isinstance(block, Lines) and block.id == "burn_up")
    assert not found.fans
    return line_text(found.summary, report)


def test_a_burn_up_without_a_fan_says_why(board: Board) -> None:
    board.issue("1", "In Progress", title="Guest accounts", **EPIC)
    board.story("2", "1", "In Progress")
    board.story("3", "1")
    none = " 0 of 2 items are done; cannot forecast: nothing was done in the window: 0 of 5 needed."
    assert burn_up(report_of(board)).endswith(none)
    for number in range(12):
        moves = [(AS_OF - timedelta(days=3 + number), "In Progress", "Done")]
        board.issue(f"o{number}", "Done", moves, created_at=AS_OF - timedelta(days=100))
    board.issue("o99", "In Progress", [(AS_OF - timedelta(days=3), "To Do", "In Progress")])
    assert burn_up(report_of(board)).endswith(" 0 of 2 items are done; its forecast goes by its team.")
