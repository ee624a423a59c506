"""The answers on the roadmap, found in the report as its reader sees it; and every fact again by its own query."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from syncline.config import load
from syncline.report import Report, build_status, render
from syncline.report.configured import settings_of
from syncline.report.facts import digest, full_sql
from syncline.store import open_store
from syncline.store.instants import to_text

from .conftest import Ask

EXPECTED: dict[str, Any] = json.loads(
    (files("syncline_connectors.demo") / "expected.json").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def report(folder: Path, now: datetime) -> Report:
    settings = settings_of(load(folder / "syncline.toml"), now + timedelta(minutes=5))
    with open_store(f"sqlite:///{folder / 'syncline.db'}") as store, store.reading() as db:
        return build_status(db, settings)


@pytest.fixture(scope="module")
def titles(ask: Ask) -> dict[str, str]:
    """Item to title of every project and epic."""
    return dict(ask("SELECT item, title FROM records WHERE kind IN ('Project', 'Issue') AND level = 1"))


def by_title(report: Report, name: str, titles: dict[str, str]) -> dict[str, Any]:
    fact = next(one for one in report.facts if one.name == name)
    assert isinstance(fact.value, tuple)
    return {titles[key]: value for key, value in fact.value}


def rows(report: Report, caption: str) -> list[list[str]]:
    """The cells of a table of the page, as text."""
    html = render(report, "html")
    body = html.split(caption, 1)[1].split("</table>")[0]
    lines = [
        [" ".join(re.sub(r"<[^>]*>", "", cell).split()) for cell in re.split(r"<t[hd][^>]*>", row)[1:]]
        for row in re.findall(r"<tr[^>]*>(.*?)</tr>", body, re.S)
    ]  # fmt: skip
    return [line for line in lines if line]


def test_a_project_and_its_epic_are_one_entry(report: Report, titles: dict[str, str]) -> None:
    assert sorted(by_title(report, "roadmap_health", titles)) == sorted(
        {*EXPECTED["slipped by days"], "Gift cards"}
    )


def test_slips(report: Report, titles: dict[str, str]) -> None:
    slips = by_title(report, "roadmap_slip", titles)
    assert slips.pop("Gift cards") is None  # it has no target
    assert slips == EXPECTED["slipped by days"]
    moves = by_title(report, "roadmap_moves", titles)
    assert {title for title, number in moves.items() if number} == {
        title for title, days in EXPECTED["slipped by days"].items() if days
    }


def test_what_people_say(report: Report, titles: dict[str, str]) -> None:
    said = by_title(report, "roadmap_claim", titles)
    assert {title: word.replace(" ", "_") for title, word in said.items()} == EXPECTED["said health"]


def test_both_stand_in_the_page_and_in_the_document(report: Report) -> None:
    found = {row[0]: row for row in rows(report, "Every entry")}
    for title, days in EXPECTED["slipped by days"].items():
        assert (f"+{days}" if days else "0") in found[title], title
    for title, word in EXPECTED["said health"].items():
        assert word.replace("_", " ") in found[title][3], title
    document = json.loads(render(report, "json"))
    assert {"roadmap_slip", "roadmap_claim"} <= document["facts"].keys()


def test_progress_again_by_plain_sql(report: Report, ask: Ask, titles: dict[str, str]) -> None:
    """Items below a Linear project or its Jira epic, each once, by two plain joins and nothing of the report."""
    found = ask(
        "SELECT p.title, i.item, i.status_category FROM records p"
        " JOIN records c ON c.kind = 'Issue' AND c.site = p.site AND c.absent IS NULL"
        "  AND (c.parent_id = p.remote_id OR json_extract(c.data, '$.project') = p.remote_id)"
        " JOIN items i ON i.item = c.item"
        " WHERE p.kind IN ('Project', 'Issue') AND p.level = 1"
        "  AND i.item NOT IN (SELECT w.item FROM records s JOIN records w ON w.site = s.site AND w.kind = 'Issue'"
        "                     AND w.remote_id = s.parent_id WHERE s.level < 0)"
        " UNION SELECT p.title, s.item, s.status_category FROM records s"
        " JOIN records w ON w.site = s.site AND w.kind = 'Issue' AND w.remote_id = s.parent_id"
        " JOIN records c ON c.item = w.item JOIN records p ON p.site = c.site AND p.level = 1"
        "  AND (c.parent_id = p.remote_id OR json_extract(c.data, '$.project') = p.remote_id)"
        " WHERE s.level < 0"
    )
    leaves: dict[str, dict[str, str]] = {}
    for title, item, category in found:
        leaves.setdefault(title, {})[item] = category
    done = by_title(report, "roadmap_done", titles)
    canceled = by_title(report, "roadmap_canceled", titles)
    every = by_title(report, "roadmap_leaves", titles)
    for title, items in leaves.items():
        states = list(items.values())
        assert every[title] == len(states), title
        assert done[title] == states.count("done"), title
        assert canceled[title] == states.count("canceled"), title


def test_every_fact_again_by_its_own_query(report: Report, folder: Path) -> None:
    relations = dict(report.relations)
    mine = [fact for fact in report.facts if fact.name.startswith(("roadmap_", "net_slip", "coming"))]
    assert len(mine) > 30
    with open_store(f"sqlite:///{folder / 'syncline.db'}") as store, store.reading() as db:
        for fact in mine:
            sql = full_sql(fact, relations)
            asked = {"as_of": to_text(report.as_of), **dict(fact.parameters)}
            found = list(db.execute(text(sql), {name: asked[name] for name in asked if f":{name}" in sql}))
            assert len(found) == fact.n, fact.name
            assert digest({str(row[0]) for row in found}) == fact.digest, fact.name
