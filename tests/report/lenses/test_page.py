"""The roadmap page over a small company told by hand: where an entry stands under each lens, and what is said of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from tests.report.building import AS_OF, Database, settings

from syncline.config.reporting import Roadmap
from syncline.report import FORMATS, Report, render
from syncline.report.facts import Fact
from syncline.report.lenses.page import build_roadmap
from syncline.report.model import Board, Detail, Item, Jump, Line, Section, Table
from syncline.report.plain import line_text

ROADMAP = Roadmap.model_validate({"items": [{"from": "eng", "type": ["Epic"]}]})
TODAY = AS_OF.date()


def day(ahead: int) -> date:
    return TODAY + timedelta(days=ahead)


def ago(days: float) -> datetime:
    return AS_OF - timedelta(days=days)


def epic(database: Database, name: str, title: str, status: str = "To Do", **columns: Any) -> str:
    moves = columns.pop("moves", ())
    item = database.issue(name, status, moves, level=1, type="Epic", title=title, **columns)
    database._records[-1]["data"]["type"] = "Epic"
    return item


@pytest.fixture
def told(database: Database) -> Database:
    """Six epics: in progress, due soon, due later, without a date, done last week, done long ago."""
    epic(database, "1", "Under way", "In Progress", moves=[(ago(20), "To Do", "In Progress")], due_on=day(90))
    epic(database, "2", "Due soon", due_on=day(30))
    epic(database, "3", "Due later", due_on=day(80))
    epic(database, "4", "An idea")
    epic(
        database,
        "5",
        "Fresh",
        "Done",
        moves=[(ago(40), "To Do", "In Progress"), (ago(5), "In Progress", "Done")],
    )
    epic(
        database,
        "6",
        "Old",
        "Done",
        moves=[(ago(80), "To Do", "In Progress"), (ago(60), "In Progress", "Done")],
    )
    database.issue(
        "11", "Done", [(ago(19), "To Do", "In Progress"), (ago(9), "In Progress", "Done")], parent="1"
    )
    database.issue("12", "In Progress", [(ago(8), "To Do", "In Progress")], parent="1", flagged=True)
    database.issue("13", "Won't do", [(ago(3), "To Do", "Won't do")], parent="1")
    return database


def page(database: Database, **changes: Any) -> Report:
    with database.write().connect() as connected:
        chosen: dict[str, Any] = {"roadmap": ROADMAP, "title": "Roadmap"} | changes
        return build_roadmap(connected, settings(**chosen))


def section(report: Report, id: str) -> Section:
    return next(one for one in report.sections if one.id == id)


def columns(report: Report, id: str) -> dict[str, list[str]]:
    """Of a section's board: the titles of the cards by column."""
    (board,) = section(report, id).blocks
    assert isinstance(board, Board)
    return {column.title: [_name(card) for card in column.cards] for column in board.columns}


def _name(card: Line) -> str:
    first = card[0]
    assert isinstance(first, Jump)
    return first.text


def value(report: Report, name: str) -> Any:
    fact: Fact = next(fact for fact in report.facts if fact.name == name)
    return dict(fact.value) if isinstance(fact.value, tuple) else fact.value


def test_now_next_and_later(told: Database) -> None:
    report = page(told)
    assert columns(report, "horizon") == {
        "Now": ["Due soon", "Under way"],
        "Next": ["Due later"],
        "Later": ["An idea"],
    }
    assert value(report, "roadmap_horizon") == {"now": 2, "next": 1, "later": 1}


def test_the_configuration_says_how_far_now_and_next_reach(told: Database) -> None:
    horizon = {"now": "2w", "next": "5w"}
    roadmap = Roadmap.model_validate({"items": [{"from": "eng", "type": ["Epic"]}], "horizon": horizon})
    found = columns(page(told, roadmap=roadmap), "horizon")
    assert found == {"Now": ["Under way"], "Next": ["Due soon"], "Later": ["Due later", "An idea"]}


def test_what_is_promised_is_next(told: Database) -> None:
    told._records[3]["data"]["labels"] = ["committed"]
    chosen = {"items": [{"from": "eng", "type": ["Epic"]}], "committed": {"labels": ["committed"]}}
    found = columns(page(told, roadmap=Roadmap.model_validate(chosen)), "horizon")
    assert found["Next"] == ["Due later", "An idea"]


def test_the_last_day_of_a_horizon_belongs_to_it(database: Database) -> None:
    epic(database, "1", "On the day", due_on=day(42))
    epic(database, "2", "The day after", due_on=day(43))
    assert columns(page(database), "horizon") == {
        "Now": ["On the day"],
        "Next": ["The day after"],
        "Later": [],
    }


def test_phases(told: Database) -> None:
    report = page(told)
    assert columns(report, "phases") == {
        "Discovery": ["An idea"],
        "Planning": ["Due soon", "Due later"],
        "Development": ["Under way"],
        "Launch": ["Fresh"],
        "Improvement": ["Old"],
    }
    assert sum(value(report, "roadmap_phases").values()) == 6


def test_what_is_rolling_out_is_still_being_launched(told: Database) -> None:
    told._record(
        "Rollout",
        "flag",
        data={"about": ["ENG-6"], "percent": 20, "flag": "old", "changed_at": ago(2).isoformat()},
        created_at=ago(2),
    )
    assert columns(page(told), "phases")["Launch"] == ["Fresh", "Old"]


def test_without_initiatives_the_lens_is_silent(told: Database) -> None:
    assert section(page(told), "objectives").silent


def initiative(database: Database, name: str, title: str) -> None:
    database._record("Project", name, title=title, level=2, created_at=ago(90), data={"parents": []})


def project(database: Database, name: str, title: str, parents: list[str]) -> str:
    data = {"parents": parents, "containers": [], "assignees": [], "type": "project"}
    category = {"status_name": "Planned", "status_category": "todo"}
    return f"i{database._record('Project', name, title=title, level=1, created_at=ago(30), data=data, **category)}"


def test_an_entry_stands_under_every_initiative_it_serves(database: Database) -> None:
    initiative(database, "a", "Buyers come back")
    initiative(database, "b", "A calm shop")
    project(database, "p", "Points", ["a", "b"])
    project(database, "q", "Gifts", [])
    roadmap = Roadmap.model_validate({"items": [{"from": "eng", "kind": "project"}]})
    roadmap = Roadmap.model_validate(
        {"items": [{"from": "eng", "kind": "project", "not": {"text": ["calm", "Buyers"]}}]}
    )
    found = columns(page(database, roadmap=roadmap), "objectives")
    assert found == {"A calm shop": ["Points"], "Buyers come back": ["Points"], "No objective": ["Gifts"]}


def test_the_wall_leaves_out_what_holds_other_work(told: Database) -> None:
    (board,) = section(page(told), "kanban").blocks
    assert isinstance(board, Board)
    cards = [card for column in board.columns for card in column.cards]
    assert [part.key for card in cards for part in card if isinstance(part, Item)] == ["ENG-12"]


def lines(report: Report, entry: str) -> list[str]:
    details = {block.id: block for block in section(report, "entries").blocks if isinstance(block, Detail)}
    return [line_text(line, report) for line in details[f"entry-{entry}"].lines]


def test_the_place_of_an_entry_tells_its_scope_and_dates(told: Database) -> None:
    text = "\n".join(lines(page(told), "i1"))
    assert "1 of 3 parts are done (eng 3)" in text
    assert f"Promised for {day(90).day} Feb 2027, never moved." in text
    assert "Held up (1): ENG-12" in text


def test_every_entry_has_a_place_and_every_jump_leads_to_one(told: Database) -> None:
    report = page(told)
    places = {block.id for block in section(report, "entries").blocks if isinstance(block, Detail)}
    assert places == {f"entry-i{number}" for number in range(1, 7)}
    html = render(report, "html")
    for place in places:
        assert f'id="{place}"' in html
    for one in report.sections:
        for block in one.blocks:
            cards = (
                (card for column in block.columns for card in column.cards)
                if isinstance(block, Board)
                else ()
            )
            for card in cards:
                assert all(part.to in places for part in card if isinstance(part, Jump))


def test_tickets_about_a_part_are_demand_for_the_entry(told: Database) -> None:
    ticket: dict[str, Any] = {"title": "It hurts", "created_at": ago(9), "status_category": "todo"}
    for name in ("t1", "t2"):
        told._record("Ticket", name, key=f"#{name}", level=0, data={"organization": f"o-{name}"}, **ticket)
        link = {"type": "relates", "subject": name, "target": "12", "created_at": ago(9)}
        told._record("Relation", f"r-{name}", data={}, **link)
    report = page(told)
    assert value(report, "entry_demand_tickets") == {"i1": 2}
    entries, work = section(report, "wanted").blocks
    assert isinstance(entries, Table)
    assert [_name(row[0]) for row in entries.rows] == ["Under way"]
    assert isinstance(work, Table)
    assert [[line_text(cell, report) for cell in row] for row in work.rows] == [
        ["ENG-12 Issue 12", "In Progress", "Under way", "2", "0", "2"]
    ]
    assert any(line.startswith("Asked for in 2 tickets") for line in lines(report, "i1"))


def test_work_that_customers_ask_for_is_shown_whether_or_not_an_entry_holds_it(told: Database) -> None:
    told.issue("21", title="A bug")
    told.issue("22", "Done", [(ago(3), "To Do", "Done")], title="Fixed")
    ticket: dict[str, Any] = {"title": "It hurts", "created_at": ago(9), "status_category": "todo"}
    for name, about in (("t1", "21"), ("t2", "22")):
        told._record("Ticket", name, key=f"#{name}", level=0, data={"organization": f"o-{name}"}, **ticket)
        link = {"type": "relates", "subject": name, "target": about, "created_at": ago(9)}
        told._record("Relation", f"r-{name}", data={}, **link)
    report = page(told)
    (work,) = section(report, "wanted").blocks
    assert isinstance(work, Table)
    assert [[line_text(cell, report) for cell in row] for row in work.rows] == [
        ["ENG-21 A bug", "To Do", "none", "1", "0", "1"]
    ]


def test_an_empty_database_gives_a_page_that_says_so(database: Database) -> None:
    report = page(database)
    assert report.kind == "roadmap"
    assert all(one.silent for one in report.sections)
    assert line_text(report.bottom_line[0], report) == "Nothing on the roadmap is open."


@pytest.mark.parametrize("form", FORMATS)
def test_the_page_is_written_in_every_format_and_twice_the_same(told: Database, form: Any) -> None:
    report = page(told)
    assert render(report, form) == render(page(told), form)
