"""What Amplitude does that a connector must know; the list is in the documentation, and both agree."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from tests.amplitude.conftest import MONDAY
from tests.amplitude.lab import Connect, Wire, metrics, points, values, walk
from tests.pitfalls import DOCS, agree

from syncline.model import RECORDS, Kind, Work
from syncline.sim import SimClock, SimResponse
from syncline.target import Target
from syncline_connectors.amplitude import Amplitude, AmplitudeConfig
from syncline_connectors.amplitude.api import HOSTS
from syncline_connectors.amplitude.simulator import AmplitudeSimulator

HERE = Path(__file__).resolve().parent
DOCUMENT = DOCS / "amplitude.md"
KEYS = {"connector": "amplitude", "key": "env:K", "secret": "env:S", "region": "eu"}
GROUPED = {"name": "m", "event": "visit", "group_by": ["platform"], "start": MONDAY}
DAY = 86400


@pytest.mark.skipif(not DOCUMENT.is_file(), reason="the documentation is not at hand")
def test_the_list_of_pitfalls_and_the_tests_agree() -> None:
    agree("A", DOCUMENT, HERE)


def test_a01_the_region_has_to_be_said() -> None:
    with pytest.raises(ValidationError, match="region"):
        AmplitudeConfig.model_validate({name: value for name, value in KEYS.items() if name != "region"})


def test_a08_members_of_cohorts_are_never_asked_for(
    connect: Connect, project: AmplitudeSimulator, wire: Wire
) -> None:
    project.add_cohort("Power users", 40)
    walk(connect(), "cohorts")
    assert wire.paths() == ["/api/3/cohorts"]


def test_a09_reading_writes_nothing(connect: Connect, project: AmplitudeSimulator, wire: Wire) -> None:
    """Making a release twice makes two, and it cannot be found again: none is made, and annotations by blocks only."""
    assert Amplitude.capabilities.creates.keys() == {Kind.ANNOTATION}
    assert not Amplitude.capabilities.writes
    source = connect(
        metrics=[GROUPED], streams=["metrics", "annotations", "cohorts", "export"], access="write"
    )
    assert not isinstance(source, Target)
    source.check()
    for stream in source.streams():
        walk(source, stream.name)
    assert {request.method for request in wire.sent} == {"GET"}


def test_a11_only_the_two_analytics_hosts_are_spoken_to() -> None:
    for region in HOSTS:
        config = AmplitudeConfig.model_validate(KEYS | {"region": region})
        first, second = Amplitude.origins(config)
        assert first == HOSTS[region]
        assert {first, second} == {"https://amplitude.com", "https://analytics.eu.amplitude.com"}


def test_a12_no_event_becomes_work(connect: Connect) -> None:
    assert not any(issubclass(RECORDS[kind], Work) for kind in Amplitude.capabilities.reads)
    assert {kind for stream in connect(metrics=[GROUPED]).streams() for kind in stream.kinds} == {
        Kind.METRIC,
        Kind.METRIC_POINT,
        Kind.ANNOTATION,
    }


def test_a13_every_request_counts_against_one_budget(
    connect: Connect, project: AmplitudeSimulator, clock: SimClock
) -> None:
    """Whether other requests share the budget of charts is not documented."""
    (bucket,) = Amplitude.capabilities.buckets
    assert 300 * bucket.rate + bucket.burst <= 900, "and a hundred for people"
    project.set_funnel(["visit", "pay"], MONDAY, [[100, 25]] * 56)
    funnel = {"name": "paying", "funnel": ["visit", "pay"], "start": MONDAY}
    for _ in range(6):
        source = connect(metrics=[funnel])
        walk(source)
        for _ in range(20):
            walk(source, "annotations")
    assert not project.limits.refused
    assert project.limits.peak <= 900


def test_a20_a_change_that_bears_no_time_is_noticed_all_the_same(
    connect: Connect, project: AmplitudeSimulator, clock: SimClock
) -> None:
    made = project.annotate("before", clock.now())
    end = walk(connect(), "annotations")[-1].next
    made.label = "after"
    (found,) = [item.record.title for page in walk(connect(), "annotations", end) for item in page.records]
    assert found == "after"


def _groups(*labels: Any) -> SimResponse:
    data = {"series": [[1]] * len(labels), "seriesLabels": list(labels), "xValues": ["2026-01-05"]}
    return SimResponse.of_json({"data": data})


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        ([[0, "iOS"], [0, "Web"], [0, " iOS "]], "two groups are called 'iOS'"),
        ([None, ""], "two groups are called"),
        ([f"group {n}" for n in range(1000)], "leaves the rest out"),
    ],
)
def test_a21_groups_that_cannot_be_told_apart_or_are_not_all_are_not_believed(
    connect: Connect, wire: Wire, labels: list[Any], reason: str
) -> None:
    wire.before = lambda request: _groups(*labels) if "segmentation" in request.path else None
    pages = walk(connect(metrics=[GROUPED]))
    assert not points(pages)
    (odd,) = [item for page in pages for item in page.quarantined]
    assert reason in odd.reason


def test_a21_as_many_groups_as_there_are_is_asked_for(connect: Connect, wire: Wire) -> None:
    walk(connect(metrics=[GROUPED]))
    asked = [request for request in wire.sent if "segmentation" in request.path]
    assert {(request.param("g"), request.param("limit")) for request in asked} == {("platform", "1000")}


def test_a22_a_funnel_is_not_settled_while_users_are_on_their_way(
    connect: Connect, project: AmplitudeSimulator, clock: SimClock
) -> None:
    project.set_quirks(late=0.001)
    project.set_funnel(["visit", "pay"], MONDAY, [[1000, 500]] * 70)
    funnel = {"name": "paying", "funnel": ["visit", "pay"], "window": "7d", "start": MONDAY}
    first = walk(connect(metrics=[funnel]))
    unsettled = [point.day for point in points(first).values() if not point.complete]
    assert unsettled == [date(2026, 3, 1) - timedelta(days=n) for n in reversed(range(14))]
    clock.advance(13 * DAY)
    later = values(walk(connect(metrics=[funnel]), cursor=first[-1].next))
    assert values(first)["paying/2026-03-01"] != 50
    assert later["paying/2026-03-01"] == pytest.approx(50, abs=0.1)


def test_a23_a_cohort_that_was_never_computed_has_no_size(
    connect: Connect, project: AmplitudeSimulator
) -> None:
    project.add_cohort("new", 0, computed=False)
    project.add_cohort("nobody", 0)
    pages = walk(connect(), "cohorts")
    assert len(metrics(pages)) == 2
    assert list(values(pages).values()) == [0]


COSTS = [
    ("one event, by day", {"event": "visit"}),
    ("one event, grouped by one property", {"event": "visit", "group_by": ["platform"]}),
    ("funnel of three events, window of 7 days", {"funnel": ["a", "b", "c"], "window": "7d"}),
    ("retention after 7 days", {"retention": {"after": 7}}),
]


@pytest.mark.skipif(not DOCUMENT.is_file(), reason="the documentation is not at hand")
@pytest.mark.parametrize(("words", "given"), COSTS, ids=[words for words, _ in COSTS])
def test_what_the_documentation_says_of_costs_is_so(
    connect: Connect, project: AmplitudeSimulator, clock: SimClock, words: str, given: dict[str, Any]
) -> None:
    told = re.search(rf"^\| {words} \| (\d+) \| ([\d,]+): (.+) \|$", DOCUMENT.read_text(), re.MULTILINE)
    assert told is not None
    source = connect(metrics=[{"name": "m", **given}])
    source.check()
    spent, slept = project.limits.spent, clock.slept
    first = walk(source)
    assert project.limits.spent - spent == int(told[2].replace(",", ""))
    minutes = (clock.slept - slept) / 60
    assert told[3] == ("half a minute" if round(minutes, 1) == 0.6 else f"{round(minutes)} minutes")
    clock.advance(DAY)
    spent = project.limits.spent
    walk(connect(metrics=[{"name": "m", **given}]), cursor=first[-1].next)
    assert project.limits.spent - spent - 1 == int(told[1]), "and one for the time of day"
