"""Whatever happens to runs, what is kept in the end is what the vendor says in the end.

Runs come at any time of day, are cut short after any page, meet faults, and go on from the place that was saved, while
events come late and users are on their way through funnels.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest
from tests.amplitude.lab import KEY, SECRET, Connect, Wire, connecting, stream

from syncline.connector import Cursor
from syncline.errors import TransientError
from syncline.model import MetricPoint
from syncline.sim import SimClock, SimResponse
from syncline_connectors.amplitude.simulator import AmplitudeSimulator, Quirks

START = date(2026, 1, 5)
LENGTH = 150
METRICS: list[dict[str, Any]] = [
    {"name": "daily", "event": "visit"},
    {"name": "weekly", "event": "visit", "measure": "totals", "interval": 7},
    {"name": "monthly", "event": "visit", "measure": "totals", "interval": 30},
    {"name": "grouped", "event": "search", "group_by": ["platform"]},
    {"name": "funnel", "funnel": ["visit", "search", "pay"], "window": "5d"},
    {"name": "day 3", "retention": {"after": 3}},
]
BROKEN = (SimResponse(429), SimResponse(502), SimResponse(200, [], b'{"data'))


def filled(clock: SimClock, chance: random.Random, zone: str) -> AmplitudeSimulator:
    made = AmplitudeSimulator(clock, seed=1, zone=zone, quirks=Quirks(late=0.2))
    made.add_key(KEY, SECRET)
    made.set_series("visit", START, [chance.randrange(50, 5000) for _ in range(LENGTH)])
    made.set_series("visit", START, [chance.randrange(50, 5000) for _ in range(LENGTH)], measure="totals")
    for platform in ("iOS", "Web"):
        values = [chance.randrange(5, 500) for _ in range(LENGTH)]
        made.set_series("search", START, values, where={"platform": platform})
    made.set_funnel(
        METRICS[4]["funnel"], START, [[4000, 3000, chance.randrange(1, 2000)] for _ in range(LENGTH)]
    )
    cohorts = [[3000, 2500, 2000, 1500, chance.randrange(1, 1500), 5] for _ in range(LENGTH)]
    made.set_retention("_new", "_active", START, cohorts)
    return made


class Keeper:
    """Keeps what is delivered as a store would: page by page, with the place in the walk."""

    def __init__(self, connect: Connect, project: AmplitudeSimulator, zone: str) -> None:
        self.connect, self.project, self.zone = connect, project, zone
        self.points: dict[str, MetricPoint] = {}
        self.cursor = Cursor()

    def run(self, pages: int) -> bool:
        """At most so many pages of a walk, with a connector of its own; whether the walk has ended."""
        source = self.connect(metrics=[{**one, "start": START} for one in METRICS], timezone=self.zone)
        try:
            for number, page in enumerate(source.pull(stream(source, "metrics"), self.cursor)):
                assert not page.quarantined, page.quarantined
                if number == pages and not page.last:
                    return False  # killed before the page was stored
                for item in page.records:
                    if isinstance(item.record, MetricPoint):
                        assert item.record.day < self.project.today(), "what runs is not delivered"
                        self.points[item.record.remote_id] = item.record
                self.cursor = page.next
                if page.last:
                    return True
        except TransientError:
            return False
        raise AssertionError("a walk ends with its last page")


@pytest.mark.parametrize("seed", range(4))
def test_in_the_end_everything_is_as_the_vendor_says(seed: int) -> None:
    chance = random.Random(seed)
    zone = chance.choice(["UTC", "Pacific/Auckland", "America/Los_Angeles", "Europe/Berlin"])
    clock = SimClock()
    project = filled(clock, chance, zone)
    wire = Wire(project)
    with connecting(wire, clock) as connect:
        keeper = Keeper(connect, project, zone)
        for _ in range(25):
            clock.advance(chance.uniform(0.05, 4) * 86400)
            wire.before = lambda request: chance.choice(BROKEN) if chance.random() < 0.1 else None
            keeper.run(pages=chance.randrange(0, 12))
        clock.advance(12 * 86400)
        wire.before = lambda request: None
        while not keeper.run(pages=100):
            clock.advance(3600)
        keeper.run(pages=100)
        told = {name: point.value for name, point in keeper.points.items()}
        settled = {name for name, point in keeper.points.items() if point.complete}
        project.set_quirks(late=0.0)
        truth = Keeper(connect, project, zone)
        assert truth.run(pages=100)
    expected = {name: point.value for name, point in truth.points.items()}
    assert told.keys() == expected.keys(), "every interval that is over, and no other"
    assert {name: told[name] for name in settled} == {name: expected[name] for name in settled}
    last = project.today() - timedelta(days=1)
    for name in expected.keys() - settled:
        assert last - truth.points[name].day < timedelta(days=31 + 12 + 4), f"{name} has long been settled"
    assert project.limits.peak <= 1000
