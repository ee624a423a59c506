"""An Amplitude project to read, and connectors to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from tests.amplitude.lab import KEY, SECRET, Connect, Wire, connecting

from syncline.sim import SimClock
from syncline_connectors.amplitude.simulator import AmplitudeSimulator

MONDAY = date(2026, 1, 5)
"""Eight weeks before the clock starts, Monday 2 March 2026, 9:00 UTC."""


@pytest.fixture
def clock() -> SimClock:
    return SimClock()


@pytest.fixture
def project(clock: SimClock) -> AmplitudeSimulator:
    """A calm project with nine weeks of visits: 100 on the first day, and one more each day."""
    made = AmplitudeSimulator(clock, calm=True)
    made.add_key(KEY, SECRET)
    made.set_series("visit", MONDAY, [100 + n for n in range(70)])
    return made


@pytest.fixture
def wire(project: AmplitudeSimulator) -> Wire:
    return Wire(project)


@pytest.fixture
def connect(wire: Wire, clock: SimClock) -> Iterator[Connect]:
    with connecting(wire, clock) as make:
        yield make
