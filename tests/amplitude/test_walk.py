"""How metrics are pulled: which days, in which windows, and what they cost."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from tests.amplitude.conftest import MONDAY
from tests.amplitude.lab import KEY, SECRET, Connect, Wire, connecting, metrics, points, values, walk

from syncline.connector import Cursor, Page
from syncline.errors import ConfigError, ProtocolError, RateLimited
from syncline.sim import SimClock, SimResponse
from syncline_connectors.amplitude.simulator import AmplitudeSimulator

VISITS = {"name": "Visits", "event": "visit", "start": MONDAY}
SEGMENTATION = "/api/2/events/segmentation"
DAY = 86400


def since(pages: list[Page]) -> Cursor:
    """Where the next walk starts."""
    return pages[-1].next


def test_a16_a_first_pull_delivers_the_metric_and_every_day_that_is_over(connect: Connect) -> None:
    pages = walk(connect(metrics=[VISITS]))
    assert metrics(pages).keys() == {"visits"}
    assert values(pages) == {f"visits/{MONDAY + timedelta(days=n)}": 100 + n for n in range(56)}, (
        "Sunday is the last: Monday is still running"
    )


def test_the_last_week_may_still_change(connect: Connect) -> None:
    found = points(walk(connect(metrics=[VISITS])))
    unsettled = [point.day for point in found.values() if not point.complete]
    assert unsettled == [date(2026, 2, 23) + timedelta(days=n) for n in range(7)]


def test_a10_the_next_run_reads_the_last_week_again_and_no_more(
    connect: Connect, wire: Wire, clock: SimClock
) -> None:
    source = connect(metrics=[VISITS])
    pages = walk(source)
    wire.sent.clear()
    again = walk(connect(metrics=[VISITS]), cursor=since(pages))
    assert wire.ranges(SEGMENTATION) == [("20260223", "20260301")]
    assert values(again).items() <= values(pages).items()
    clock.advance(DAY)
    wire.sent.clear()
    walk(connect(metrics=[VISITS]), cursor=since(again))
    assert wire.ranges(SEGMENTATION) == [("20260223", "20260302")]


def test_what_comes_late_arrives_as_a_changed_point(
    connect: Connect, project: AmplitudeSimulator, clock: SimClock
) -> None:
    project.set_quirks(late=0.1)
    first = walk(connect(metrics=[VISITS]))
    clock.advance(3 * DAY)
    second = walk(connect(metrics=[VISITS]), cursor=since(first))
    before, after = values(first), values(second)
    assert before["visits/2026-03-01"] == 140
    assert after["visits/2026-03-01"] == 146
    clock.advance(7 * DAY)
    third = points(walk(connect(metrics=[VISITS]), cursor=since(second)))
    assert third["visits/2026-03-01"].value == 155
    assert third["visits/2026-03-01"].complete


def test_a_long_absence_is_caught_up(connect: Connect, wire: Wire, clock: SimClock) -> None:
    pages = walk(connect(metrics=[VISITS]))
    clock.advance(60 * DAY)
    wire.sent.clear()
    walk(connect(metrics=[VISITS]), cursor=since(pages))
    assert wire.ranges(SEGMENTATION) == [("20260223", "20260430")]


def test_history_begins_where_the_metric_says_else_the_hub_else_a_year_ago(
    connect: Connect, wire: Wire, clock: SimClock
) -> None:
    far = datetime(2026, 2, 1, tzinfo=UTC)
    walk(connect(metrics=[VISITS]), since=far)
    walk(connect(metrics=[{**VISITS, "start": None}]), since=far)
    clock.advance(600)
    walk(connect(metrics=[{**VISITS, "start": None}]))
    starts = [first for first, _ in wire.ranges(SEGMENTATION)]
    assert starts[:2] == ["20260105", "20260201"]
    assert starts[2] == "20250302"


def test_a_part_of_the_past_is_read_up_to_what_was_read(connect: Connect, wire: Wire) -> None:
    far, until = datetime(2026, 1, 10, tzinfo=UTC), datetime(2026, 1, 20, tzinfo=UTC)
    walk(connect(metrics=[{**VISITS, "start": None}]), since=far, until=until)
    assert wire.ranges(SEGMENTATION) == [("20260110", "20260120")]


# ---- which days are over -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "hour", "last"),
    [
        ("Pacific/Auckland", 12, "2026-03-02"),  # 1:00 of the third there
        ("Pacific/Auckland", 9, "2026-03-01"),
        ("America/Los_Angeles", 9, "2026-03-01"),
        ("America/Los_Angeles", 6, "2026-02-28"),  # 22:00 of the first there
        (None, 9, "2026-02-28"),  # not yet over on Baker Island
        (None, 13, "2026-03-01"),
    ],
)
def test_a02_a_day_is_read_when_it_is_over_where_the_project_is(
    connect: Connect, clock: SimClock, zone: str | None, hour: int, last: str
) -> None:
    clock.set(datetime(2026, 3, 2, hour, tzinfo=UTC))
    found = values(walk(connect(metrics=[VISITS], timezone=zone)))
    assert max(found) == f"visits/{last}"


def test_days_on_which_the_hour_changes_are_days_like_others(clock: SimClock) -> None:
    berlin = AmplitudeSimulator(clock, zone="Europe/Berlin", calm=True)
    berlin.add_key(KEY, SECRET)
    berlin.set_series("visit", date(2026, 3, 27), range(1, 8))
    clock.set(
        datetime(2026, 3, 29, 22, 30, tzinfo=UTC)
    )  # half past midnight of the thirtieth, in summer time
    with connecting(berlin, clock) as make:
        start = {**VISITS, "start": date(2026, 3, 27)}
        found = values(walk(make(metrics=[start], timezone="Europe/Berlin")))
    assert found == {"visits/2026-03-27": 1, "visits/2026-03-28": 2, "visits/2026-03-29": 3}


# ---- weeks and months ----------------------------------------------------------------------------------------------


def test_a16_a_week_is_read_when_it_is_over(connect: Connect, wire: Wire, clock: SimClock) -> None:
    weekly = {**VISITS, "measure": "totals", "interval": 7}
    clock.set(datetime(2026, 3, 1, 23, 0, tzinfo=UTC))
    found = points(walk(connect(metrics=[weekly])))
    assert max(found) == "visits/2026-02-16", "the week of the 23rd ends with this Sunday"
    clock.advance(2 * 3600)
    found = points(walk(connect(metrics=[weekly])))
    assert max(found) == "visits/2026-02-23"
    assert found["visits/2026-02-23"].value == sum(149 + n for n in range(7))
    assert [p.complete for p in found.values()] == [True] * 7 + [False]


def test_months_are_those_of_the_calendar(connect: Connect, wire: Wire, clock: SimClock) -> None:
    monthly = {**VISITS, "measure": "totals", "interval": 30}
    found = values(walk(connect(metrics=[monthly])))
    assert found == {
        "visits/2026-01-01": sum(100 + n for n in range(27)),
        "visits/2026-02-01": sum(range(127, 155)),
    }
    assert wire.ranges(SEGMENTATION) == [("20260101", "20260228")]


def test_a17_weeks_that_begin_on_another_day_are_told_and_nothing_is_believed(
    connect: Connect, wire: Wire
) -> None:
    weekly = {**VISITS, "interval": 7}
    pages = walk(connect(metrics=[weekly], week_start="sun"))
    assert not points(pages)
    (odd,) = [item for page in pages for item in page.quarantined]
    assert "week_start" in odd.reason


# ---- windows and cost ----------------------------------------------------------------------------------------------


def test_a_dear_query_is_asked_in_parts_that_the_budget_allows(
    connect: Connect, project: AmplitudeSimulator, wire: Wire
) -> None:
    events = ["visit", "sign_up", "pay"]
    project.set_funnel(events, MONDAY, [[100, 50, 20]] * 70)
    funnel = {"name": "paying", "funnel": events, "start": MONDAY, "window": "7d"}
    found = values(walk(connect(metrics=[funnel])))
    assert found == {f"paying/{MONDAY + timedelta(days=n)}": 20.0 for n in range(56)}
    assert wire.ranges("/api/2/funnels") == [
        ("20260105", "20260120"),
        ("20260121", "20260205"),
        ("20260206", "20260221"),
        ("20260222", "20260301"),
    ]
    assert project.limits.spent == 6 * 56 + 1


def test_a10_a_year_of_several_metrics_never_exceeds_the_limits(
    connect: Connect, project: AmplitudeSimulator, clock: SimClock
) -> None:
    events = ["visit", "sign_up", "pay"]
    project.set_funnel(events, date(2025, 3, 2), [[100, 50, 20]] * 365)
    project.set_retention("_new", "_active", date(2025, 3, 2), [[100, *range(90, 70, -1)]] * 365)
    wanted = [
        {"name": "visits", "event": "visit"},
        {"name": "paying", "funnel": events},
        {"name": "day 7", "retention": {"after": 7}},
    ]
    found = values(walk(connect(metrics=wanted)))
    assert len(found) == 365 + 365 + 358
    assert not project.limits.refused
    assert project.limits.peak <= 1000
    assert clock.slept < 3600


def test_a10_too_much_at_once_is_waited_for_a_minute(connect: Connect, wire: Wire, clock: SimClock) -> None:
    refusals = iter([SimResponse.of_json({"error": {"metadata": {"details": "Exceeded rate limit"}}}, 429)])
    wire.before = lambda request: next(refusals, None) if request.path == SEGMENTATION else None
    found = values(walk(connect(metrics=[VISITS])))
    assert len(found) == 56
    assert 60 <= clock.slept < 62


def test_the_reset_of_another_limit_does_not_shorten_the_minute(
    connect: Connect, project: AmplitudeSimulator, wire: Wire, clock: SimClock
) -> None:
    soon = [("X-RateLimit-Reset", str(int(clock.now().timestamp()) + 5)), ("X-RateLimit-Remaining", "4771")]
    refusals = iter([SimResponse(429, soon)])
    wire.before = lambda request: next(refusals, None) if request.path == SEGMENTATION else None
    walk(connect(metrics=[VISITS]))
    assert 60 <= clock.slept < 62


def test_a_budget_that_others_use_up_ends_the_walk_where_it_is(
    connect: Connect, project: AmplitudeSimulator, wire: Wire
) -> None:
    wire.before = lambda request: SimResponse(429) if request.path == SEGMENTATION else None
    with pytest.raises(RateLimited):
        walk(connect(metrics=[VISITS]))


def test_a_metric_that_is_too_dear_is_refused_before_it_is_asked(connect: Connect) -> None:
    groups = {**VISITS, "group_by": ["platform", "event:button"], "interval": 30, "filters": []}
    segments = [{"name": "s", "where": [{"property": f"p{n}", "values": ["x"]} for n in range(5)]}]
    with pytest.raises(ConfigError, match="one interval costs"):
        connect(metrics=[{**groups, "segments": segments}])


# ---- marks and positions -------------------------------------------------------------------------------------------


def test_a24_a_new_metric_begins_from_its_beginning_and_the_others_go_on(
    connect: Connect, wire: Wire
) -> None:
    pages = walk(connect(metrics=[VISITS]))
    wire.sent.clear()
    more = {"name": "All visits", "event": "visit", "measure": "totals", "start": MONDAY}
    walk(connect(metrics=[VISITS, more]), cursor=since(pages))
    assert wire.ranges(SEGMENTATION) == [("20260105", "20260301"), ("20260223", "20260301")]


def test_a24_a_metric_that_is_asked_otherwise_is_read_anew(connect: Connect, wire: Wire) -> None:
    pages = walk(connect(metrics=[VISITS]))
    wire.sent.clear()
    walk(connect(metrics=[{**VISITS, "measure": "totals"}]), cursor=since(pages))
    assert wire.ranges(SEGMENTATION) == [("20260105", "20260301")]
    wire.sent.clear()
    retitled = {**VISITS, "target": 500.0, "direction": "up"}
    found = metrics(walk(connect(metrics=[retitled]), cursor=since(pages)))
    assert wire.ranges(SEGMENTATION) == [("20260223", "20260301")]
    assert (found["visits"].target, found["visits"].direction) == (500.0, "up")


def test_a_metric_that_leaves_the_configuration_leaves_the_mark(connect: Connect) -> None:
    other = {"name": "other", "event": "visit", "start": MONDAY}
    pages = walk(connect(metrics=[VISITS, other]))
    left = walk(connect(metrics=[VISITS]), cursor=since(pages))
    assert len(json.loads(str(since(pages).mark))) == 2
    assert len(json.loads(str(since(left).mark))) == 1


def test_a25_a_refused_metric_waits_alone_and_goes_on_where_it_was(
    connect: Connect, project: AmplitudeSimulator, wire: Wire, clock: SimClock
) -> None:
    both = [
        {"name": "a", "event": "visit", "start": MONDAY},
        {"name": "b", "event": "visit", "start": MONDAY},
    ]
    good = walk(connect(metrics=both))
    clock.advance(20 * DAY)
    refused = SimResponse.of_json({"error": {"message": "Invalid event"}}, 400)
    asked = iter([refused])
    wire.before = lambda request: next(asked, None) if request.path == SEGMENTATION else None
    pages = walk(connect(metrics=both), cursor=since(good))
    assert {point.metric for point in points(pages).values()} == {"b"}
    (odd,) = [item for page in pages for item in page.quarantined]
    assert (odd.remote_id, "Invalid event" in odd.reason) == ("a", True)
    wire.sent.clear()
    later = walk(connect(metrics=both), cursor=since(pages))
    assert wire.ranges(SEGMENTATION) == [("20260223", "20260321"), ("20260315", "20260321")]
    assert metrics(later).keys() == {"a", "b"}, "a metric that is told again leaves the quarantine"


def test_a_position_or_mark_of_somebody_else_is_refused(connect: Connect) -> None:
    for cursor in (Cursor("{}", None), Cursor("[1]", None), Cursor(None, "2026-03-01"), Cursor(None, "[]")):
        with pytest.raises(ProtocolError):
            walk(connect(metrics=[VISITS]), cursor=cursor)


def test_a_walk_goes_on_from_every_page(
    connect: Connect, project: AmplitudeSimulator, clock: SimClock
) -> None:
    project.set_funnel(["visit", "pay"], MONDAY, [[100, 50]] * 70)
    wanted = [VISITS, {"name": "paying", "funnel": ["visit", "pay"], "start": MONDAY}]
    pages = walk(connect(metrics=wanted))
    assert len(pages) > 4
    for number, page in enumerate(pages[:-1]):
        clock.advance(600)
        later = walk(connect(metrics=wanted), cursor=page.next)
        assert values(pages[: number + 1]) | values(later) == values(pages)
        assert since(later).mark == since(pages).mark
