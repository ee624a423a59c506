"""Sites to try: one on its best behaviour, one as it is by default."""

from __future__ import annotations

import pytest
from tests.simulator.world import World

from syncline.sim import SimClock


@pytest.fixture
def clock() -> SimClock:
    return SimClock()


@pytest.fixture
def world(clock: SimClock) -> World:
    """A calm site with two projects and one person, who calls it."""
    return World(clock, calm=True)


@pytest.fixture
def hostile(clock: SimClock) -> World:
    """The same site as it is by default."""
    return World(clock, calm=False)
