"""What a report says of an earlier one that did not know everything, against a second implementation."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Connection, insert, text

from syncline.report import Report, ReportSettings, render
from syncline.report.kept.make import make
from syncline.report.kept.saved import Kept, save
from syncline.store import tables

from .asked import Asked
from .changed import changes, watched
from .comparing import differences, says, value
from .everything import Everything
from .stored import Stored
from .test_every_fact import earlier
from .whole_world import Whole

SEEDS = (6, 12, 17)
LATE = ("due_on", "percent")
"""Fields of which some changes were learned only after the first report."""


class Case(NamedTuple):
    said: Everything
    restated: Everything
    now: Everything
    report: Report
    redefined: Report


@cache
def case(seed: int) -> Case:
    world = Whole(seed)
    wanted = world.settings()
    before = earlier(wanted)
    late = [event for event in world._events if _late(event, before) and world.maybe(0.6)]
    world._events = [event for event in world._events if event not in late]
    engine = world.engine_written
    with engine.connect() as connection:
        said = _anew(world, before)
        number = _keep(connection, before)
        _learn(connection, late)
        connection.commit()
        report = make(connection, "status", wanted, number)
        other = replace(wanted, workdays=("mon", "tue", "wed", "thu"))
        redefined = make(connection, "status", other, number)
    return Case(said, _anew(world, before), _anew(world, wanted), report, redefined)


def _late(event: dict[str, Any], before: ReportSettings) -> bool:
    return event["field"] in LATE and bool(event["at"] < before.as_of)


def _anew(world: Whole, wanted: ReportSettings) -> Everything:
    made = Everything(Asked(Stored(world.engine, wanted.as_of), wanted))
    assert made.facts  # worked out before more is learned
    return made


def _keep(connection: Connection, wanted: ReportSettings) -> int:
    report = make(connection, "status", wanted)
    return save(connection, report, Kept(wanted, 1, "text", render(report, "text"), wanted.as_of))


def _learn(connection: Connection, late: list[dict[str, Any]]) -> None:
    connection.execute(text("INSERT INTO ingest (seq, run_id, at) VALUES (2, 1, '2027-01-18T00:00:00.000Z')"))
    if late:
        connection.execute(insert(tables.event), [event | {"seq": 2} for event in late])


@pytest.mark.parametrize("seed", SEEDS)
def test_what_happened_and_what_was_learned(seed: int) -> None:
    found = case(seed)
    expected = found.now.facts | changes(found.said, found.restated, found.now)
    assert not differences(found.report.facts, expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_means_another_thing(seed: int) -> None:
    """With other workdays nothing that restates the first report was learned."""
    found = case(seed)
    wanted = replace(found.restated.asked.wanted, workdays=("mon", "tue", "wed", "thu"))
    other = Everything(Asked(found.restated.asked.stored, wanted))
    said, restated = watched(found.said.facts), watched(other.facts)
    subjects = {(name, key) for side in (said, restated) for name, values in side.items() for key in values}
    missing = object()
    changed = sum(
        said.get(name, {}).get(key, missing) != restated.get(name, {}).get(key, missing)
        for name, key in subjects
    )
    facts = {fact.name: value(fact) for fact in found.redefined.facts}
    assert facts.get("redefined", 0) == changed
    assert not any(name.startswith("restated_") for name in facts)


def test_the_companies_exercise_what_was_learned() -> None:
    said = {fact.name: value(fact) for seed in SEEDS for fact in case(seed).report.facts}
    assert says(said["restated_learned_roadmap_slip"])
    assert "before_learned_roadmap_slip" in said
    assert any("redefined" in {fact.name for fact in case(seed).redefined.facts} for seed in SEEDS)
