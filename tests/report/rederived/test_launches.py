"""Every fact of the look back on launches against a second implementation, over small companies that a seed draws."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import NamedTuple

import pytest

from syncline.report import Report
from syncline.report.signal.launch import build_launch

from . import launching
from .asked import Asked
from .comparing import differences, says, value
from .counting import Facts
from .everything import Everything
from .launch_world import Launches
from .stored import Stored

SEEDS = range(50)


class Case(NamedTuple):
    report: Report
    expected: Facts


@cache
def case(seed: int) -> Case:
    world = Launches(seed)
    wanted = world.settings()
    with world.write().connect() as connection:
        report = build_launch(connection, wanted)
    anew = Everything(Asked(Stored(world.engine, world.as_of), wanted))
    return Case(report, anew.facts | launches(anew))


def launches(anew: Everything, aimed: Collection[str] = ()) -> Facts:
    """All launches, however long ago. ``aimed``: the metrics that key results aim at."""
    asked, stored, clock = anew.asked, anew.asked.stored, anew.asked.clock
    flags = launching.launched(stored, clock)
    efforts = launching.efforts(stored, clock)
    promised = {id: one.baseline for id, one in anew.roadmap.dates.items()}
    late = {}
    for flag in flags:
        project, full = launching.project_of(flag, stored), flag.first(100)
        day = promised.get(anew.roadmap.chosen.names.get(project["item"], "")) if project else None
        late[flag.ref] = (full - day).days if full and day else None
    return {
        "launches_launched": len(flags),
        "launches_full": sum(flag.first(100) is not None for flag in flags),
        "launch_late": late,
        **launching.before_and_after(stored, clock, asked.last, aimed),
        **efforts,
        **launching.calibrations(efforts["launch_effort_ratio"]),
        **launching.tickets(stored, clock, asked.last),
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_every_fact(seed: int) -> None:
    assert not differences(case(seed).report.facts, case(seed).expected)


def test_the_companies_exercise_the_facts_of_launches() -> None:
    """A fact that is nought or empty in all of them is compared with nothing."""
    said = {
        fact.name for seed in SEEDS for fact in case(seed).report.facts if says(value(fact))
    }  # fmt: skip
    names = {name for name in launches_named() if name not in said}
    assert names == set()


def launches_named() -> set[str]:
    return {name for name in case(0).expected if name.startswith(("launch", "rollout"))}
