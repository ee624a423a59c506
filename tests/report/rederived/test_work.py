"""Facts about work against a second implementation, over small companies that a seed draws."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from syncline.report import Fact, ReportSettings, build_roadmap, build_status
from syncline.report.settings import WEEKDAYS

from . import binding, checking, flowing, planning
from .stored import Clock, Stored
from .world import World

SEEDS = range(45)


class Case(NamedTuple):
    """A report, and what is stored."""

    facts: Mapping[str, Fact]
    stored: Stored
    clock: Clock
    first: int
    period: checking.Period

    @property
    def last(self) -> date:
        """The last day of the period."""
        return self.clock.day(self.period[1]) - timedelta(days=1)


@cache
def case(seed: int) -> Case:
    world = World(seed)
    engine, wanted = world.engine_written, world.settings()
    with engine.connect() as connection:
        reports = (build_status(connection, wanted), build_roadmap(connection, wanted))
    facts = (fact for report in reports for fact in report.facts)
    return case_of(facts, Stored(engine, world.as_of), wanted)


def case_of(facts: Iterable[Fact], stored: Stored, wanted: ReportSettings) -> Case:
    clock = Clock(ZoneInfo(wanted.timezone), wanted.as_of)
    period = (wanted.period_start, wanted.period_end)
    return Case({fact.name: fact for fact in facts}, stored, clock, WEEKDAYS.index(wanted.week_start), period)


def value(case: Case, name: str) -> Any:
    """A series by key; a value."""
    found = case.facts[name].value
    return dict(found) if isinstance(found, tuple) else found


def compare(case: Case, expected: Mapping[str, Any]) -> None:
    assert {name: value(case, name) for name in expected} == dict(expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_times_and_throughput(seed: int) -> None:
    check_times(case(seed))


def check_times(case: Case) -> None:
    items, clock = case.stored.items, case.clock
    took = {one.item: flowing.took(one, clock) for one in flowing.cycled(items, clock)}
    many = len(took) >= 11
    expected: dict[str, Any] = {
        "ages": flowing.ages(items, clock),
        "cycle_time": took,
        "cycles": len(took),
        "throughput": flowing.throughput(items, clock, case.first),
        "flow_efficiency": flowing.active_share(items, clock),
    }
    for percent in (50, 85, 95):
        expected[f"cycle_time_{percent}"] = flowing.rank(list(took.values()), percent) if many else None
    law = flowing.mean_times(items, clock, case.first)
    expected |= {
        "little_implied": {"days": law[0] if law else None},
        "little_measured": {"days": law[1] if law else None},
    }
    compare(case, expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_cumulative_flow(seed: int) -> None:
    check_cumulative(case(seed))


def check_cumulative(case: Case) -> None:
    found = flowing.cumulative(case.stored.items, case.clock, case.first)
    compare(case, {f"cfd_{stage}": series for stage, series in found.items()})


@pytest.mark.parametrize("seed", SEEDS)
def test_burn_up(seed: int) -> None:
    check_burn_up(case(seed))


def check_burn_up(case: Case) -> None:
    name, parts = flowing.parts_of_largest(case.stored, case.clock, case.first)
    if name is None:
        assert "burn_up_done" not in case.facts
        return
    assert dict(case.facts["burn_up_done"].parameters)["burn_up"] == name
    done, scope = flowing.burn_up(parts, case.clock.days(case.first), case.clock)
    compare(case, {"burn_up_done": done, "burn_up_scope": scope})


@pytest.mark.parametrize("seed", SEEDS)
def test_waits(seed: int) -> None:
    check_waits(case(seed))


def check_waits(case: Case) -> None:
    days = flowing.blocked_days(case.stored.items, case.clock)
    compare(case, {"blocked": len(days)} | ({"blocked_days": days} if "blocked_days" in case.facts else {}))
    assert set(case.facts["blocked"].ids) == set(days)


@pytest.mark.parametrize("seed", SEEDS)
def test_sprints(seed: int) -> None:
    check_sprints(case(seed))


def check_sprints(case: Case) -> None:
    if "sprint_committed" in case.facts:
        compare(case, planning.sprints(case.stored))
    else:
        assert not planning.planned(case.stored)
    compare(case, {"in_two_sprints": planning.in_two(case.stored, case.stored.items)})


@pytest.mark.parametrize("seed", SEEDS)
def test_data_quality(seed: int) -> None:
    check_quality(case(seed))


def check_quality(case: Case) -> None:
    broken = checking.rules(case.stored, case.clock, case.period, case.first)
    assert {name: set(case.facts[name].ids) for name in broken} == broken
    compare(case, {name: len(items) for name, items in broken.items() if name != "absent"})
    compare(
        case,
        {
            "unread_events": checking.unread_events(case.stored),
            "waits_for_itself": len(binding.circled(binding.blocking(case.stored))),
            "part_of_itself": len(binding.circled(binding.parts_of(case.stored))),
        },
    )


def test_the_companies_exercise_every_fact() -> None:
    """A fact that is nought or empty in all of them is compared with nothing."""
    first = case(0)
    names = {
        *checking.rules(first.stored, first.clock, first.period, first.first),
        *planning.sprints(first.stored),
    }
    names |= {
        "blocked_days",
        "in_two_sprints",
        "waits_for_itself",
        "part_of_itself",
        "flow_efficiency",
        "cfd_canceled",
    }
    silent = {name for name in names if not any(_says(case(seed), name) for seed in SEEDS)}
    assert not silent


def _says(case: Case, name: str) -> bool:
    found = value(case, name) if name in case.facts else None
    return any(found.values()) if isinstance(found, dict) else bool(found)
