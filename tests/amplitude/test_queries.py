"""What is asked, and that what we think it costs is what the vendor counts."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.amplitude.conftest import MONDAY
from tests.amplitude.lab import Connect, Wire, points, values, walk

from syncline.errors import SynclineError
from syncline.sim import SimClock, SimRequest
from syncline_connectors.amplitude import Amplitude
from syncline_connectors.amplitude.config import AmplitudeConfig, MetricConfig, slug
from syncline_connectors.amplitude.queries import definition, queries_of, unit_of
from syncline_connectors.amplitude.simulator import AmplitudeSimulator

IOS = {"name": "iOS", "where": [{"property": "platform", "values": ["iOS"]}]}
WEB = {"name": "Web", "where": [{"property": "platform", "values": ["Web"]}]}
EVERY = [
    {"event": "visit"},
    {"event": "visit", "measure": "totals", "interval": 7},
    {"event": "visit", "measure": "sums", "of": "amount"},
    {"event": "visit", "measure": "formula", "formula": "UNIQUES(A)/UNIQUES(B)", "second": "pay"},
    {"event": "visit", "filters": [{"property": "gp:plan", "on": "user", "op": "is not", "values": ["x"]}]},
    {"event": "visit", "group_by": ["platform"]},
    {"event": "visit", "group_by": ["platform", "event:button"], "segments": [IOS]},
    {"event": "visit", "group_by": ["platform", "country"]},
    {"event": "visit", "segments": [IOS, WEB]},
    {"users": "new"},
    {"users": "active", "group_by": ["country"], "interval": 30},
    {"sessions": "average"},
    {"sessions": "peruser"},
    {"funnel": ["visit", "pay"], "order": "unordered", "segments": [IOS]},
    {"retention": {"start": "_new", "back": "_active", "after": 7, "mode": "rolling"}},
]


def metric(**given: Any) -> MetricConfig:
    return MetricConfig.model_validate({"name": "m", **given})


@pytest.mark.parametrize("given", EVERY, ids=lambda given: ",".join(given))
def test_a10_what_a_query_costs_is_what_the_vendor_counts(clock: SimClock, given: dict[str, Any]) -> None:
    for query in queries_of(metric(**given)):
        project = AmplitudeSimulator(clock, calm=True)
        project.add_key("key", "secret")
        params = [("start", "20260202"), ("end", "20260211")]
        for name, several in query.params.items():
            params += [(name, one) for one in ([several] if isinstance(several, str) else several)]
        request = SimRequest("GET", query.path, params, [("Authorization", "Basic a2V5OnNlY3JldA==")])
        answer = project(request)
        assert answer.status == 200, answer.content()
        assert project.limits.spent == 10 * query.cost


def test_a_definition_is_the_query_itself() -> None:
    said = definition(metric(event="_active", interval=7))
    assert said == 'GET /api/2/events/segmentation?e={"event_type":"_active"}&m=uniques&i=7'
    assert definition(metric(event="visit", segments=[IOS, WEB])).count("\n") == 1
    assert definition(metric(chart="abc")) == "GET /api/3/chart/abc/csv"


@pytest.mark.parametrize(
    ("given", "unit"),
    [
        ({"event": "visit"}, "users"),
        ({"event": "visit", "measure": "totals"}, "events"),
        ({"event": "visit", "measure": "average"}, None),
        ({"funnel": ["a", "b"]}, "%"),
        ({"retention": {}}, "%"),
        ({"users": "new"}, "users"),
        ({"sessions": "average"}, "s"),
        ({"sessions": "peruser"}, None),
        ({"chart": "abc"}, None),
        ({"event": "visit", "unit": "EUR"}, "EUR"),
    ],
)
def test_the_unit_follows_from_what_is_measured(given: dict[str, Any], unit: str | None) -> None:
    assert unit_of(metric(**given)) == unit


def test_filters_and_segments_are_written_as_documented(connect: Connect, wire: Wire) -> None:
    filters = [{"property": "gp:plan", "on": "user", "op": "is", "values": ["pro", "team"]}]
    walk(connect(metrics=[{"name": "m", "event": "visit", "filters": filters, "segments": [IOS]}]))
    asked = next(request for request in wire.sent if request.path == "/api/2/events/segmentation")
    assert json.loads(str(asked.param("e"))) == {
        "event_type": "visit",
        "filters": [
            {
                "subprop_type": "user",
                "subprop_key": "gp:plan",
                "subprop_op": "is",
                "subprop_value": ["pro", "team"],
            }
        ],
    }
    assert json.loads(str(asked.param("s"))) == [{"prop": "platform", "op": "is", "values": ["iOS"]}]


def test_each_segment_is_asked_by_itself_and_named_as_configured(
    connect: Connect, project: AmplitudeSimulator
) -> None:
    project.set_series("visit", MONDAY, [60] * 56, where={"platform": "iOS"})
    project.set_series("visit", MONDAY, [80] * 56, where={"platform": "Web"})
    found = points(walk(connect(metrics=[{"name": "m", "event": "visit", "segments": [IOS, WEB]}])))
    assert {(point.segment, point.value) for point in found.values() if point.day >= MONDAY} == {
        ("iOS", 60.0),
        ("Web", 80.0),
    }
    assert "m/2026-01-05/iOS" in found


def test_groups_within_a_segment_bear_both_names(connect: Connect, project: AmplitudeSimulator) -> None:
    for country in ("Chad", "Peru"):
        project.set_series("visit", MONDAY, [5] * 56, where={"platform": "iOS", "country": country})
    project.set_quirks(indexed_labels=True)
    wanted = {"name": "m", "event": "visit", "segments": [IOS], "group_by": ["country"], "start": MONDAY}
    found = points(walk(connect(metrics=[wanted])))
    assert {point.segment for point in found.values()} == {"iOS / Chad", "iOS / Peru"}


def test_a06_users_and_sessions_are_read(connect: Connect, project: AmplitudeSimulator) -> None:
    project.set_users(MONDAY, [10] * 56, kind="new")
    project.set_sessions(MONDAY, [61.5, None, *[60.0] * 54])
    wanted = [
        {"name": "new", "users": "new", "start": MONDAY},
        {"name": "time", "sessions": "average", "start": MONDAY},
    ]
    found = values(walk(connect(metrics=wanted)))
    assert found["new/2026-01-05"] == 10
    assert (found["time/2026-01-05"], found["time/2026-01-06"]) == (61.5, None)


@pytest.mark.parametrize("wrapped", [True, False])
def test_a03_a_saved_chart_is_read_row_by_row(
    connect: Connect, project: AmplitudeSimulator, wrapped: bool
) -> None:
    project.add_chart("abc", "Visits", MONDAY, {"iOS": [3] * 70, "Web": [4] * 70})
    project.set_quirks(json_csv=wrapped)
    found = points(walk(connect(metrics=[{"name": "m", "chart": "abc", "start": date(2026, 2, 23)}])))
    assert len(found) == 14, "two rows of the seven days from the start to yesterday"
    assert found["m/2026-03-01/Web"].value == 4


def test_a03_a_chart_of_another_interval_is_told(connect: Connect, project: AmplitudeSimulator) -> None:
    project.add_chart("abc", "Visits", MONDAY, {"All": [3] * 9}, interval=7)
    for interval, count in ((1, 0), (7, 8), (30, 0)):
        pages = walk(connect(metrics=[{"name": "m", "chart": "abc", "start": MONDAY, "interval": interval}]))
        assert len(points(pages)) == count
        odd = [item.reason for page in pages for item in page.quarantined]
        assert all("set interval as the chart's" in reason for reason in odd)
        assert len(odd) == (count == 0)


# ---- the configuration ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"event": "a", "funnel": ["a", "b"]},
        {"funnel": ["a"]},
        {"event": "a", "measure": "sums"},
        {"event": "a", "of": "amount"},
        {"event": "a", "measure": "formula"},
        {"event": "a", "second": "b"},
        {"users": "new", "measure": "totals"},
        {"funnel": ["a", "b"], "filters": [{"property": "p", "values": ["x"]}]},
        {"funnel": ["a", "b"], "group_by": ["platform"]},
        {"retention": {}, "group_by": ["platform"]},
        {"users": "new", "group_by": ["event:button"]},
        {"sessions": "average", "interval": 7},
        {"chart": "abc", "segments": [IOS]},
        {"event": "a", "segments": [IOS, IOS]},
        {"event": "a", "interval": 2},
        {"event": "a", "group_by": ["a", "b", "c"]},
        {"name": "…", "event": "a"},
    ],
)
def test_what_cannot_be_asked_is_refused_before_it_is(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        metric(**given)


def test_two_metrics_that_cannot_be_told_apart_are_refused() -> None:
    names = [{"name": "Daily users", "event": "a"}, {"name": "daily_users", "event": "b"}]
    keys = {"connector": "amplitude", "key": "env:K", "secret": "env:S", "region": "eu"}
    with pytest.raises(ValidationError, match="cannot be told apart"):
        AmplitudeConfig.model_validate({**keys, "metrics": names})
    odds: tuple[dict[str, Any], ...] = (
        {"access": "own"},
        {"region": "de"},
        {"region": None},
        {"fields": {}},
    )
    for odd in odds:
        with pytest.raises(ValidationError):
            AmplitudeConfig.model_validate({**keys, **odd})


@given(st.text(min_size=1))
def test_a_slug_is_its_own_slug(name: str) -> None:
    assert slug(slug(name)) == slug(name)
    assert "/" not in slug(name)


def test_a_connector_without_a_network_says_so() -> None:

    keys = {"connector": "amplitude", "key": "env:K", "secret": "env:S", "region": "eu"}
    with pytest.raises(SynclineError):
        Amplitude(AmplitudeConfig.model_validate(keys), None, {})
