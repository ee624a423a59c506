"""What is noted of plans: dates, states and health that changed between two readings. A roadmap tells slips by them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.databases import Database

from syncline.connector import Page
from syncline.model import (
    Health,
    Issue,
    Iteration,
    IterationState,
    KeyResult,
    Milestone,
    Objective,
    Project,
    Record,
    Release,
    Sourced,
    Status,
)
from syncline.status import StatusMap
from syncline.store import runs
from syncline.store.home import Home
from syncline.store.ingest import Ingest
from syncline.store.readings import read_records

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
HOME = Home(1, "s", StatusMap(), native=frozenset({"status", "due_on"}))
"""Of a tool that keeps these two for its issues, and of nothing else."""
MARCH, APRIL = date(2027, 3, 31), date(2027, 4, 30)
TODO, DOING = Status(id="1", name="Planned"), Status(id="2", name="Started")


def made(model: type[Record], **values: Any) -> Record:
    return model(remote_id="1", title="Doors", **values)


PLANS = [
    (Project, {"status": TODO, "due_on": MARCH}, {"status": DOING, "due_on": APRIL}),
    (Project, {"status": TODO, "health": Health.ON_TRACK}, {"status": TODO, "health": Health.AT_RISK}),
    (Milestone, {"due_on": MARCH}, {"due_on": APRIL}),
    (Objective, {"start_on": MARCH, "due_on": MARCH}, {"start_on": APRIL, "due_on": APRIL}),
    (KeyResult, {"due_on": MARCH, "target": 40.0}, {"due_on": APRIL, "target": 35.0}),
    (Release, {"due_on": MARCH, "released": False}, {"due_on": APRIL, "released": True}),
    (
        Iteration,
        {"state": IterationState.ACTIVE, "end_at": NOW},
        {"state": IterationState.ACTIVE, "end_at": NOW + timedelta(days=7)},
    ),
    (Issue, {"status": TODO, "due_on": MARCH}, {"status": DOING, "due_on": APRIL}),
]


@pytest.mark.parametrize(("model", "before", "after"), PLANS, ids=[row[0].__name__ for row in PLANS])
def test_a_plan_that_changed_is_noted(
    database: Database, model: type[Record], before: dict[str, Any], after: dict[str, Any]
) -> None:
    with database.open() as store:
        with store.writing() as db:
            db.exec_driver_sql(
                "INSERT INTO connection VALUES (1, 'plans', 'memory', 's', 's', '{}', '', '2026-01-01T00:00:00.000Z')"
            )
        run = runs.begin(store, "pull", NOW)
        for day, values in enumerate((before, after, after)):
            reading = read_records(HOME, [Sourced(made(model, **values), values_of(values))])
            with store.writing() as db:
                Ingest(db, HOME, run, NOW + timedelta(days=day), "plans").page(Page(), reading)
    rows = database.rows("SELECT field, at_from FROM events")
    changed = {name for name in before if before[name] != after[name]}
    native = HOME.native if model is Issue else set()
    assert {row[0] for row in rows} == changed - native
    assert len(rows) == len(changed - native), "and once"
    assert all(str(row[1]).startswith("2026-11-22") for row in rows), "since the reading before"


def values_of(values: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}
