"""Some schedules in every run of the suite; `make sim` runs thousands."""

from __future__ import annotations

import pytest
from tests.databases import Database
from tests.sim.schedules import CORPUS, Schedule


@pytest.mark.parametrize("seed", [*CORPUS, *range(1, 21)])
def test_invariants_hold(seed: int) -> None:
    Schedule(seed).run()


@pytest.mark.parametrize("seed", range(101, 105))
def test_invariants_hold_on_a_server(seed: int, on_postgres: Database) -> None:
    Schedule(seed, on_postgres.url).run()


def test_one_seed_is_one_schedule() -> None:
    first, second = Schedule(7), Schedule(7)
    first.run()
    second.run()
    assert first.fired == second.fired
    assert first.clock.now() == second.clock.now()
