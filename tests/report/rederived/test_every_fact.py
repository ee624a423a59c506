"""Every fact of the status report and of the roadmap against a second implementation, over companies that a seed draws.

A fact that nobody derives anew fails here, and so does one that says nothing in any of these companies.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import syncline.report
from syncline.report import Report, ReportSettings, build_roadmap, build_status
from syncline.report.kept.make import make

from . import checking, flowing
from .asked import Asked
from .changed import changes
from .comparing import differences, says, value
from .counting import Facts
from .everything import Everything
from .stored import Stored
from .whole_world import Whole

SEEDS = range(40)
COMPARED = 4
"""One in so many is compared with how things stood when its period began."""

ELSEWHERE = {
    "redefined": "counted anew in `test_learned`: it takes a report that is kept",
}
"""Facts that no company here has, and where they are compared."""

OTHERS = ("signal/launch.py", "work/standup.py", "work/retro.py")
"""What makes other reports: `test_launches` derives the first of them anew, the others count rows that they list."""


class Case(NamedTuple):
    wanted: ReportSettings
    anew: Everything
    then: Everything | None
    status: Report
    page: Report

    @property
    def expected(self) -> Facts:
        """Of the status report, with what changed since the period began."""
        before = changes(self.then, self.then, self.anew) if self.then else {}
        return self.anew.facts | before


def earlier(wanted: ReportSettings) -> ReportSettings:
    """The same report when the period began: of a period as long that ended there."""
    start, length = wanted.period_start, wanted.period_end - wanted.period_start
    return replace(wanted, as_of=start, period_end=start, period_start=start - length)


@cache
def case(seed: int) -> Case:
    world = Whole(seed)
    engine, wanted = world.engine_written, world.settings()
    then = None
    with engine.connect() as connection:
        if seed % COMPARED:
            status = build_status(connection, wanted)
        else:
            status = make(connection, "status", wanted)
            then = Everything(Asked(Stored(engine, wanted.period_start), earlier(wanted)))
        page = build_roadmap(connection, wanted)
    anew = Everything(Asked(Stored(engine, wanted.as_of), wanted))
    return Case(wanted, anew, then, status, page)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_fact_of_the_status_report(seed: int) -> None:
    assert not differences(case(seed).status.facts, case(seed).expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_fact_of_the_roadmap(seed: int) -> None:
    assert not differences(case(seed).page.facts, case(seed).expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_items_behind_a_number(seed: int) -> None:
    """Not only how many: which."""
    asked, roadmap = case(seed).anew.asked, case(seed).anew.roadmap
    facts = {fact.name: fact for fact in case(seed).status.facts}
    expected = checking.rules(asked, roadmap.parts, roadmap.chosen.names)
    expected |= {
        "blocked": {one.item for one in flowing.blocked(asked.items)},
        "stuck": {one.item for one in asked.stuck},
        "overdue": set(case(seed).anew.facts["late"]),
        "roadmap_live": set(roadmap.open),
        "no_target": {id for id in roadmap.open if roadmap.begun(id) and not roadmap.dates[id].target},
    }
    found = {name: set(facts[name].ids) for name in expected if name in facts}
    assert found == {name: expected[name] for name in found}


# ---- nothing is left out ---------------------------------------------------------------------------------------------


def compared() -> dict[str, list[Any]]:
    """By name of a fact what it said in all these companies; whoever asks alone makes them all, which takes long."""
    found: dict[str, list[Any]] = {}
    for seed in SEEDS:
        for fact in (*case(seed).status.facts, *case(seed).page.facts):
            found.setdefault(fact.name, []).append(value(fact))
    return found


@pytest.mark.timeout(600)
def test_the_companies_exercise_every_fact() -> None:
    """A fact that is nought or empty in all of them is compared with nothing."""
    assert {name for name, said in compared().items() if not any(map(says, said))} == set()


def written_names() -> Iterator[tuple[str, bool]]:
    """Names that the code gives to facts, and whether they are whole: a helper may put something before or behind."""
    makers = {"count", "groups", "each", "fold", "series", "median", "users", "of_arms", "of_effects"}
    folder = Path(syncline.report.__path__[0])
    for path in sorted(set(folder.rglob("*.py")) - {folder / name for name in OTHERS}):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args and _called(node.func) in makers:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value, isinstance(node.func, ast.Attribute)


def _called(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


@pytest.mark.timeout(600)
def test_no_fact_that_the_code_makes_is_left_out() -> None:
    """Whoever adds a fact adds it to the second implementation, and to what these companies do."""
    names = {**compared(), **ELSEWHERE}
    left_out = {
        name for name, whole in written_names()
        if name.isidentifier() and name not in names
        and (whole or not any(f"_{name}_" in f"_{known}_" for known in names))
    }  # fmt: skip
    assert left_out == set()
