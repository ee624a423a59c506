"""The working set of signal: the same on both databases, its printed queries, and what hostile texts become of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine
from tests.databases import Database as Place

from syncline.config.reporting import ObjectiveConfig
from syncline.jsontext import encode
from syncline.report import Report, render
from syncline.report.basis import load
from syncline.report.making import drafting, given, working_set
from syncline.report.relations.signal import RELATIONS, STEPS
from syncline.report.shared import Shared
from syncline.report.signal.customers import customers_section
from syncline.report.signal.decisions import decisions_section
from syncline.report.signal.goals import goals_section
from syncline.report.signal.launch import build_launch
from syncline.report.signal.trials import trials_section

from ..hostile import TITLES, URLS
from ..reading import assert_harmless, loaded
from ..test_rederive import rows_of
from .world import AS_OF, WEIGHED, World, ago, copied, report_of, settings

DOCS = Path(__file__).resolve().parents[3] / "docs"
OBJECTIVE = ObjectiveConfig.model_validate(
    {
        "title": "More",
        "from": "eng:initiative:Growth",
        "owner": "Ada",
        "start": date(2026, 10, 1),
        "due": date(2026, 12, 31),
        "key_result": [{"title": "Share", "metric": "share", "baseline": 1, "target": 2.5}],
    }
)
CHANGES: dict[str, Any] = {"roadmap": WEIGHED, "objectives": (OBJECTIVE,)}


def everything() -> World:
    """One of each thing that signal speaks of, and of the ways in which it is known."""
    world = World()
    item = int(world.issue("10", "In Progress")[1:])
    world.issue("20")
    world.organization("o1", arr=12.5, size="big", paying=True, left=None)
    world.agent("a1")
    moves = (
        (ago(4), "In Progress", "Done"),
        (ago(3), "Done", "In Progress"),
        (ago(2), "In Progress", "Done"),
    )
    first = world.ticket(
        "1", ago(9), moves, organization="o1", labels=("x", "y"), first_replied_at="2026-11-12T08:00:00.250Z"
    )
    world.about(first, item)
    world.ticket("2", ago(8), status="Done", resolved=ago(3), reporter="a1", parent="1")
    world.reply("2", ago(7), "a1")
    world.reply("2", ago(6), "a1")
    world.ticket("3", ago(7), merged_into="1")
    world.attachment("f1", "3", "https://example.atlassian.net/browse/ENG-10")
    world.attachment("f2", "2", None, "ENG-20")
    world.attachment("f3", "20", "https://example.atlassian.net/tickets/2")
    world._record("Relation", "r1", data={"type": "relates"}, type="relates", subject="2", target="20")
    world.about(world.ticket("4", ago(1)), item, "created", until=ago(0.5))
    world.rating("1", ago(2), 1)
    world.rating("2", ago(2), None)
    world.answer(ago(3), 9, respondent="p1")
    values: dict[date, float | None] = {
        date(2026, 11, 1) + timedelta(days=number): number / 7 for number in range(15)
    }
    world.metric("share", values, unit="%", direction="up", target=2.5, provisional={date(2026, 11, 14)})
    world.rollout("flag", ((ago(8), 5.0), (ago(6), 100.0)), about=["ENG-10"])
    world.rollout("unwatched", (), percent=20, changed_at="2026-11-13T08:00:00Z")
    arms = [
        {"name": "a", "users": 10, "conversions": 1, "share": 0.5},
        {"name": "b", "users": 11, "conversions": 2},
    ]
    world.experiment("test", arms, about=["ENG-10"], started_at="2026-11-01T00:00:00Z", metric="share")
    world.decision("D-1", "proposed", date(2026, 11, 18), owner="Ada", about=["ENG-10", "?"])
    world.decision("D-2", "decided", decided_on="2026-11-02")
    world._record("Deploy", "d1", data={"at": "2026-11-15T10:00:00Z", "result": "succeeded"}, title="shop")
    world._record("Annotation", "n1", data={"at": "2026-11-16T10:00:00Z", "type": "Release"}, title="2.4")
    world.initiative("g1", "Growth")
    world.project("p1", "Grow", "in_progress", ("g1",))
    world._record("Objective", "o1", data={"owner": "Ada", "start_on": "2026-11-01"}, title="Theirs")
    world._record(
        "KeyResult", "k1", data={"objective": "o1", "metric": "share", "baseline": 0, "target": 1.5}
    )
    world.conflict(item)
    return world


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    built = everything()
    built.write()
    yield built
    built.close()


@pytest.fixture(scope="module")
def report(world: World) -> Report:
    return report_of(world, **CHANGES)


def test_every_relation_has_rows(world: World) -> None:
    made = settings(**CHANGES)
    with world.engine.connect() as connected:
        found = load(connected, AS_OF, given(connected, made))
    assert {name for name in RELATIONS if not loaded(found, name)} == set(STEPS)


def test_both_databases_give_the_same_rows(world: World, on_postgres: Place) -> None:
    made = settings(**CHANGES)
    on_postgres.open().close()
    other = create_engine(
        on_postgres.url, json_serializer=lambda value: encode(value).decode()
    )  # as the store writes
    copied(world.engine, other)
    with world.engine.connect() as one, other.connect() as two:
        here = load(one, AS_OF, given(one, made))
        there = load(two, AS_OF, given(two, made))
    other.dispose()
    for name in ("aim", "aim_result", *RELATIONS):
        assert here.relations[name].columns == there.relations[name].columns
        rows = [sorted(map(repr, map(_alike, loaded(basis, name)))) for basis in (here, there)]
        assert rows[0] == rows[1], name


def _alike(row: tuple[object, ...]) -> tuple[object, ...]:
    """SQLite gives whole numbers of an object as such, Postgres as floating ones."""
    return tuple(float(one) if isinstance(one, int | float) else one for one in row)


def test_the_printed_sql_gives_the_rows_of_every_fact_on_the_database(world: World, report: Report) -> None:
    ours = re.compile(rf"\b({'|'.join(RELATIONS)})\b")
    for fact in (one for one in report.facts if ours.search(one.sql)):
        rows = rows_of(world, report, fact)
        assert len(rows) == fact.n, fact.name
    names = {fact.name for fact in report.facts}
    assert {"demand_weight", "key_result_pace", "metric_share", "launch_before", "decisions_overdue"} <= names


def test_every_definition_stands_in_the_document(world: World) -> None:
    made = settings(**CHANGES)
    with world.engine.connect() as connected:
        basis, launch = working_set(connected, made), build_launch(connected, made)
    with drafting(basis, made) as draft:
        shared = Shared(draft)
        for section in (decisions_section, goals_section, customers_section, trials_section):
            section(draft, shared)
        facts = (*draft.ledger.facts(), *launch.facts)
    ours = re.compile(rf"\b({'|'.join({'aim', 'aim_result'} | RELATIONS.keys())})\b")
    elsewhere = listed(DOCS / "reports.md")
    expected = {
        fact.name: fact.definition
        for fact in facts
        if ours.search(fact.sql) and "metric_" not in fact.name and fact.name not in elsewhere
    }
    assert listed(DOCS / "signal.md") == expected


def listed(page: Path) -> dict[str, str]:
    """Facts and their definitions in the tables of a page."""
    rows = re.findall(r"^\| `(\w+)` \| .*? \| (.*) \|$", page.read_text("utf-8"), re.MULTILINE)
    return dict(rows)


def test_the_same_report_twice(world: World, report: Report) -> None:
    assert render(report_of(world, **CHANGES), "json") == render(report, "json")


def test_hostile_texts_in_every_field() -> None:
    world = World()
    for number, text in enumerate(TITLES[::3]):
        name = f"x{number}"
        item = int(world.issue(name, title=text, url=URLS[3 * number % len(URLS)])[1:])
        world.about(world.ticket(name, ago(2), labels=(text,), organization=text), item)
        world.ticket(f"{name} free", ago(2), labels=(text,))
        world.answer(ago(2), 5, text)
        world.metric(f"{name} {text}", {date(2026, 11, 10): 1.5}, unit=text, target=3)
        world.rollout(f"{name} {text}", ((ago(3), 100.0),), environment=text)
        world.experiment(f"{name} {text}", [{"name": text, "users": 9, "conversions": 1}] * 2, verdict=text)
        world.decision(f"{name} {text}", text, owner=text, about=[text])
        world._record("Deploy", name, data={"at": "2026-11-15T10:00:00Z", "result": text}, title=text)
    objective = OBJECTIVE.model_copy(update={"title": TITLES[1], "owner": TITLES[2], "from_": TITLES[3]})
    report = report_of(world, objectives=(objective,))
    world.close()
    assert_harmless(render(report, "html"))
    assert "\x1b" not in render(report, "text") + render(report, "markdown")
