"""One history of one site, pulled into SQLite and into Postgres: the same rows, in the same order, the same report."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from tests.databases import Database, plain
from tests.sim.schedules import Schedule
from tests.store.test_points import deliver
from tests.sync.company import Company

from syncline.report import FORMATS, ReportSettings, build_status, render
from syncline.sim.clock import SimClock
from syncline.store import open_store
from syncline.store.tables import bucket, metadata
from syncline.store.views import definitions
from syncline.sync.ledger import Ledger

Rows = dict[str, list[tuple[Any, ...]]]


def lived(seed: int, url: str) -> Schedule:
    """Pull the same eventful weeks of a hostile site, but let nothing fail or die."""
    schedule = Schedule(seed, url)
    schedule.faults.enabled = False
    schedule._people_and_issues()
    awkward(schedule)
    with open_store(url, clock=schedule.clock, create=True) as store:
        for _ in range(4):
            schedule._people_work()
            assert schedule._pull(store, crash=False) is not None
            schedule.clock.advance(26 * 3600)
    return schedule


@dataclass
class Staffed(Company):
    """A company that keeps a list of its people and says who works where."""

    def document(self) -> dict[str, Any]:
        found = super().document()
        found["hub"]["people"] = str(self.directory / "people.csv")
        return found | {"teams": {"core": {"containers": ["a:K"]}, "web": {"containers": ["b:K"]}}}


def agreed(folder: Path, url: str) -> None:
    """Two tools in agreement, a run undone, a record unlinked, the people who work there, and a metric."""
    create = {"from": "a", "to": "b", "type": "Task", "when": {"labels": ["copy"]}}
    here = Staffed(folder, url, block={"create": [create], "pair": [{"a": "K", "b": "K"}]})
    (folder / "people.csv").write_text(
        "person,email,team,a,b\nÄnne Example,anne@example.com,core,,\nbob example,bob@example.net,web,,\n",
        encoding="utf-8",
    )
    for number in range(3):
        here.put("a", number, labels=["x"])
        here.put("b", number, labels=["Ä", "a"])
    here.put("a", 7, labels=["copy"], title="50 % of it")
    here.sync()
    here.edit("a", "a1", title="another", status=here.status("a", 1).model_dump(mode="json"))
    run = here.sync().run
    here.undo(run)
    with here.store() as store:
        with store.writing() as db:
            number = db.execute(text("SELECT id FROM record WHERE remote_id = 'b2'")).scalar_one()
            Ledger(db, run, here.clock.now()).unlink(int(number))
        for value in (90.0, 100.5, None):
            here.clock.sleep(3600)
            deliver(store, run, here.clock.now(), value)


def awkward(schedule: Schedule) -> None:
    """Texts that databases are known to trip over."""
    issues = list(schedule.jira.issues.values())
    texts = (
        "nul \0 here",
        "50 % of %(x)s and :name",
        "quote ' \" \\ \\u0000",
        "😀 ä Ä a A _ - é",
        "\u2028\ufeff x",
    )
    for issue, words in zip(issues, texts * len(issues), strict=False):
        schedule.jira.edit(issue, {"summary": words})


def tables_of(url: str) -> Rows:
    """Every row of every table as Python values, in the order of its key."""
    with open_store(url) as store, store.reading() as db:
        return {
            table.name: [tuple(row) for row in db.execute(select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
            if table is not bucket  # beside SQLite's database there is a file for it
        }


ORDERS = {
    "records": "key, ref",
    "items": "title, item",
    "events": "old_name, new_name, event_id",
    "assignments": "person_name, item",
    "record_fields": "field, item",
    "metric_points": "title, seq",
    "people": "person, ref",
    "teams": "container_title, team, ref",
    "links": "origin, id",
    "writes": "field, id",
    "runs": "id",
    "facts": "definition, report, fact",
}


def views_of(url: str) -> Rows:
    """Every row of every view as users get it, sorted by the database itself; text first, where collations differ."""
    with open_store(url) as store, store.reading() as db:
        found: Rows = {}
        for name, order in ORDERS.items():
            by = ", ".join(f"{column} IS NULL, {column}" for column in order.split(", "))
            rows = db.execute(text(f"SELECT * FROM {name} ORDER BY {by}"))
            found[name] = [_parsed(tuple(rows.keys()), plain(row)) for row in rows]
        return found


def _parsed(columns: tuple[str, ...], row: tuple[Any, ...]) -> tuple[Any, ...]:
    """JSON by its value: SQLite keeps its blanks, and gives a text in its quotes."""
    return tuple(
        _value(value) if name in ("data", "summary", "before", "after") else value
        for name, value in zip(columns, row, strict=True)
    )


def _value(given: Any) -> Any:
    try:
        return json.loads(given) if isinstance(given, str) else given
    except ValueError:
        return given


def reports_of(url: str, now: SimClock) -> list[str]:
    """The report in every format, but for the texts of the working set, which each database spells its own way."""
    end = now.now()
    settings = ReportSettings("Europe/Berlin", end, end - timedelta(days=7), end, "Weekly status")
    with open_store(url) as store, store.reading() as db:
        report = build_status(db, settings)
    spelt_alike = replace(report, relations=tuple((name, name) for name, _ in report.relations))
    return [render(spelt_alike, form) for form in FORMATS]


def test_every_view_is_compared() -> None:
    assert set(ORDERS) == set(definitions("sqlite")) == set(definitions("postgresql"))


@pytest.mark.parametrize("seed", [201, 202])
def test_the_same_rows_stand_in_both_databases(seed: int, on_postgres: Database, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'syncline.db'}"
    here, there = lived(seed, url), lived(seed, on_postgres.url)
    assert here.clock.now() == there.clock.now()
    assert_same(tables_of(url), tables_of(on_postgres.url))
    assert_same(views_of(url), views_of(on_postgres.url))
    assert any("␀" in str(row) for row in views_of(url)["items"]), "the awkward texts are among them"
    assert reports_of(url, here.clock) == reports_of(on_postgres.url, there.clock)


def test_the_same_agreement_stands_in_both_databases(on_postgres: Database, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'syncline.db'}"
    agreed(tmp_path, url)
    agreed(tmp_path, on_postgres.url)
    assert_same(tables_of(url), tables_of(on_postgres.url))
    views = views_of(url)
    assert_same(views, views_of(on_postgres.url))
    elsewhere = {"assignments", "record_fields", "facts"}  # in the history of one site, and in tests/report
    assert {name for name, rows in views.items() if not rows} <= elsewhere


def assert_same(here: Rows, there: Rows) -> None:
    for name, rows in here.items():
        assert rows == there[name], f"{name} differs"
    assert sum(map(len, here.values())) > 50
