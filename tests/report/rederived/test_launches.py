"""Facts about rollouts and launches against a second implementation, over small companies that a seed draws."""

from __future__ import annotations

from functools import cache

import pytest

from syncline.report.signal.launch import build_launch

from . import launching
from .launch_world import Launches
from .stored import Stored
from .test_work import Case, case_of, compare, value

SEEDS = range(50)


@cache
def case(seed: int) -> Case:
    world = Launches(seed)
    wanted = world.settings()
    with world.write().connect() as connection:
        report = build_launch(connection, wanted)
    return case_of(report.facts, Stored(world.engine, world.as_of), wanted)


@pytest.mark.parametrize("seed", SEEDS)
def test_rollouts(seed: int) -> None:
    check_rollouts(case(seed))


def check_rollouts(case: Case) -> None:
    found = launching.launched(case.stored, case.clock)
    compare(case, launching.rollouts(case.stored, case.clock))
    compare(
        case,
        {
            "launches_launched": len(found),
            "launches_full": sum(flag.first(100) is not None for flag in found),
        },
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_before_and_after(seed: int) -> None:
    check_before_and_after(case(seed))


def check_before_and_after(case: Case) -> None:
    compare(case, launching.before_and_after(case.stored, case.clock, case.last))


@pytest.mark.parametrize("seed", SEEDS)
def test_efforts(seed: int) -> None:
    check_efforts(case(seed))


def check_efforts(case: Case) -> None:
    found = launching.efforts(case.stored, case.clock)
    if all(one is None for one in found["launch_effort_predicted"].values()):
        assert "launch_effort_ratio" not in case.facts
    else:
        compare(case, found | launching.calibrations(found["launch_effort_ratio"]))


@pytest.mark.parametrize("seed", SEEDS)
def test_tickets(seed: int) -> None:
    check_tickets(case(seed))


def check_tickets(case: Case) -> None:
    if "launch_ticket_days" in case.facts:
        compare(case, launching.tickets(case.stored, case.clock, case.last))


def test_the_companies_exercise_every_fact() -> None:
    """A fact that is nought or empty in all of them is compared with nothing."""
    names = {f"launch_{name}" for name in launching.SIDED}
    names |= {
        "rollout_rollbacks",
        "launch_effort_ratio",
        "launch_calibration_typical",
        "launch_tickets_after",
    }
    for name in names:
        cases = [case(seed) for seed in SEEDS if name in case(seed).facts]
        assert any(one for case in cases for one in value(case, name).values()), name
