"""A walk over metrics under every fault: it raises, or delivers everything; it is never shorter and whole."""

from __future__ import annotations

import pytest
from tests.amplitude.conftest import MONDAY
from tests.amplitude.lab import Connect, Wire, points, values, walk

from syncline.connector import Cursor
from syncline.errors import AccessDenied, AuthError, ProtocolError, SynclineError, TransientError
from syncline.sim import SimClock, SimRequest, SimResponse
from syncline.sim.faults import Fault, inflict
from syncline.testing.faults import NONSENSE, PASSING
from syncline_connectors.amplitude.simulator import AmplitudeSimulator

METRICS = [
    {"name": "a visits", "event": "visit", "start": MONDAY},
    {"name": "b paying", "funnel": ["visit", "pay"], "start": MONDAY},
    {"name": "c day 1", "retention": {"after": 1}, "start": MONDAY},
    {"name": "d chart", "chart": "abc", "start": MONDAY},
]
PATHS = (
    "/api/2/events/segmentation",
    "/api/2/funnels",
    "/api/2/retention",
    "/api/3/chart/abc/csv",
)


@pytest.fixture(autouse=True)
def _data(project: AmplitudeSimulator) -> None:
    project.set_funnel(["visit", "pay"], MONDAY, [[100, 25]] * 56)
    project.set_retention("_new", "_active", MONDAY, [[100, 90, 40]] * 56)
    project.add_chart("abc", "Visits", MONDAY, {"All": [3] * 56})


def strike(wire: Wire, clock: SimClock, fault: Fault, path: str, times: int) -> None:
    """Let the next requests to one address meet a fault."""
    left = iter(range(times))

    def met(request: SimRequest) -> SimResponse | None:
        if request.path != path or next(left, None) is None:
            return None
        return inflict(fault, wire.tool, request, clock, 1.0)

    wire.before = met


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("fault", [*PASSING, *NONSENSE])
def test_a_fault_that_passes_loses_nothing(
    connect: Connect, wire: Wire, clock: SimClock, fault: Fault, path: str
) -> None:
    whole = values(walk(connect(metrics=METRICS)))
    clock.advance(600)
    strike(wire, clock, fault, path, times=1)
    try:
        found = values(walk(connect(metrics=METRICS)))
    except (TransientError, ProtocolError):
        return  # told
    assert found == whole


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("fault", [*PASSING, *NONSENSE])
def test_a_fault_that_stays_is_told_and_what_came_before_is_kept(
    connect: Connect, wire: Wire, clock: SimClock, fault: Fault, path: str
) -> None:
    strike(wire, clock, fault, path, times=10_000)
    source = connect(metrics=METRICS)
    (asked,) = [one for one in source.streams() if one.name == "metrics"]
    pages = []
    told: SynclineError | None = None
    try:
        for page in source.pull(asked, Cursor()):
            pages.append(page)
            assert not page.last
    except SynclineError as error:
        told = error
    assert isinstance(told, TransientError | ProtocolError), told
    wire.before = lambda request: None
    clock.advance(600)
    later = walk(connect(metrics=METRICS), cursor=pages[-1].next if pages else None)
    clock.advance(600)
    assert values([*pages, *later]) == values(walk(connect(metrics=METRICS)))


@pytest.mark.parametrize(
    ("answer", "odd"),
    [
        (SimResponse.of_json({"data": {}}), "series"),
        (SimResponse.of_json({"error": {"message": "Invalid event"}}, 400), "Invalid event"),
        (SimResponse.of_json({"error": {"message": "Forbidden"}}, 403), "403"),
        (SimResponse.of_json({"error": {"message": "No such chart"}}, 404), "404"),
    ],
)
def test_a25_the_trouble_of_one_metric_is_not_that_of_the_others(
    connect: Connect, wire: Wire, answer: SimResponse, odd: str
) -> None:
    wire.before = lambda request: answer if request.path == PATHS[1] else None
    pages = walk(connect(metrics=METRICS))
    assert {point.metric for point in points(pages).values()} == {"a_visits", "c_day_1", "d_chart"}
    (told,) = [item for page in pages for item in page.quarantined]
    assert (told.remote_id, odd in told.reason) == ("b_paying", True)
    assert "b_paying" not in str(pages[-1].next.mark), "it is still to be read"


def test_lost_keys_end_the_walk(connect: Connect, wire: Wire) -> None:
    wire.before = lambda request: SimResponse(401) if request.path == PATHS[1] else None
    with pytest.raises(AuthError):
        walk(connect(metrics=METRICS))


def test_annotations_that_may_not_be_seen_stop_their_stream_alone(
    connect: Connect, project: AmplitudeSimulator
) -> None:
    project.forbid("/annotations")
    with pytest.raises(AccessDenied):
        walk(connect(metrics=METRICS), "annotations")
    assert len(values(walk(connect(metrics=METRICS)))) == 56 * 3 + 55
