"""The facts of the demo company's reports against the second implementation of `tests.report.rederived`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from tests.report.rederived import launching
from tests.report.rederived import test_launches as launches
from tests.report.rederived import test_work as work
from tests.report.rederived.stored import Stored

from syncline.config import load
from syncline.report import build_roadmap, build_status
from syncline.report.configured import settings_of
from syncline.report.signal.launch import build_launch


@cache
def case(folder: Path, now: datetime) -> work.Case:
    engine = create_engine(f"sqlite:///{folder / 'syncline.db'}")
    wanted = settings_of(load(folder / "syncline.toml"), now)
    with engine.connect() as connection:
        reports = [build(connection, wanted) for build in (build_launch, build_roadmap, build_status)]
    return work.case_of((fact for report in reports for fact in report.facts), Stored(engine, now), wanted)


@pytest.mark.parametrize(
    "check",
    [
        work.check_times,
        work.check_cumulative,
        work.check_waits,
        work.check_sprints,
        work.check_quality,
        launches.check_rollouts,
        launches.check_tickets,
    ],
)
def test_facts(folder: Path, now: datetime, check: Callable[[work.Case], None]) -> None:
    check(case(folder, now))


def test_before_and_after(folder: Path, now: datetime) -> None:
    """Launches of the last twelve weeks, with the metrics that key results aim at."""
    found = case(folder, now)
    objectives = load(folder / "syncline.toml").objective
    aimed = {result.metric for objective in objectives for result in objective.key_result}
    expected = launching.before_and_after(found.stored, found.clock, found.last, aimed)
    assert expected["launch_before"]
    assert {name: work.value(found, name) for name in expected} == expected
