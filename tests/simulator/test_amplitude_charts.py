"""The simulated Amplitude answers charts as the vendor documents them, and counts what they cost."""

from __future__ import annotations

import json
import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from tests.simulator.amplitude import Asker, event, example, needs_examples, shape

from syncline.sim import SimClock
from syncline_connectors.amplitude.simulator import AmplitudeSimulator, Refusal

SEGMENTATION, FUNNELS, RETENTION = "/api/2/events/segmentation", "/api/2/funnels", "/api/2/retention"
MONDAY = date(2026, 2, 2)
"""Four weeks before the clock starts."""


@pytest.fixture
def clock() -> SimClock:
    return SimClock()


@pytest.fixture
def project(clock: SimClock) -> AmplitudeSimulator:
    """A calm project with six weeks of visits, by platform too."""
    made = AmplitudeSimulator(clock, calm=True)
    made.add_key("key", "secret")
    made.set_series("visit", MONDAY, [100 + n for n in range(42)])
    made.set_series("visit", MONDAY, [60] * 42, where={"platform": "iOS"})
    made.set_series("visit", MONDAY, [80] * 42, where={"platform": "Web"})
    return made


@pytest.fixture
def ask(project: AmplitudeSimulator) -> Asker:
    return Asker(project)


def test_segmentation_has_a_value_for_every_day_asked(ask: Asker) -> None:
    data = ask.data(SEGMENTATION, e=event("visit"), start="20260131", end="20260203")
    assert data["xValues"] == ["2026-01-31", "2026-02-01", "2026-02-02", "2026-02-03"]
    assert data["series"] == [[0, 0, 100, 101]]


def test_the_running_day_counts_what_has_passed_of_it_and_the_future_nothing(
    ask: Asker, clock: SimClock
) -> None:
    assert clock.now() == datetime(2026, 3, 2, 9, tzinfo=UTC)
    data = ask.data(SEGMENTATION, e=event("visit"), start="20260301", end="20260303")
    assert data["series"] == [[127, round(128 * 9 / 24), 0]]


def test_days_are_those_of_the_project(clock: SimClock) -> None:
    far = AmplitudeSimulator(clock, zone="Pacific/Auckland", calm=True)
    clock.set(datetime(2026, 3, 1, 11, 30, tzinfo=UTC))  # half past midnight of the second there
    assert far.today() == date(2026, 3, 2)
    assert far.day_done() == pytest.approx(0.5 / 24)


def test_a_day_on_which_the_hour_changes_is_shorter(clock: SimClock) -> None:
    berlin = AmplitudeSimulator(clock, zone="Europe/Berlin", calm=True)
    clock.set(datetime(2026, 3, 29, 10, 0, tzinfo=UTC))  # noon in summer time: eleven of 23 hours
    assert berlin.day_done() == pytest.approx(11 / 23)


def test_weeks_begin_on_monday_and_months_on_the_first(ask: Asker) -> None:
    weeks = ask.data(SEGMENTATION, e=event("visit"), m="totals", i=7, start="20260204", end="20260215")
    assert weeks["xValues"] == ["2026-02-02", "2026-02-09"]
    assert weeks["series"] == [[102 + 103 + 104 + 105 + 106, sum(range(107, 114))]]  # the first week is cut
    months = ask.data(SEGMENTATION, e=event("visit"), i=30, start="20260201", end="20260302")
    assert months["xValues"] == ["2026-02-01", "2026-03-01"]


def test_a_week_set_as_a_whole_is_told_in_part_while_it_runs(project: AmplitudeSimulator, ask: Asker) -> None:
    project.set_series("visit", date(2026, 2, 23), [7000, 7000], interval=7)
    data = ask.data(SEGMENTATION, e=event("visit"), i=7, start="20260223", end="20260308")
    assert data["series"] == [[7000, round(7000 * 9 / 24 / 7)]]


def test_groups_come_largest_first_with_their_labels(project: AmplitudeSimulator, ask: Asker) -> None:
    data = ask.data(SEGMENTATION, e=event("visit"), g="platform", start="20260202", end="20260203")
    assert (data["seriesLabels"], data["series"]) == (["Web", "iOS"], [[80, 80], [60, 60]])
    project.set_quirks(indexed_labels=True)
    data = ask.data(SEGMENTATION, e=event("visit"), g="platform", start="20260202", end="20260203", limit=1)
    assert (data["seriesLabels"], data["series"]) == ([[0, "Web"]], [[80, 80]])


def test_a_segment_narrows_to_its_users(ask: Asker) -> None:
    ios = json.dumps([{"prop": "platform", "op": "is", "values": ["iOS"]}])
    data = ask.data(SEGMENTATION, e=event("visit"), s=ios, start="20260202", end="20260203")
    assert data["series"] == [[60, 60]]


def test_what_comes_late_changes_the_last_week(
    project: AmplitudeSimulator, ask: Asker, clock: SimClock
) -> None:
    project.set_quirks(late=0.1)
    asked = {"e": event("visit"), "start": "20260222", "end": "20260301"}
    before = ask.data(SEGMENTATION, **asked)["series"][0]
    clock.advance(8 * 86400)
    after = ask.data(SEGMENTATION, **asked)["series"][0]
    assert after == [120 + n for n in range(8)]
    assert before[0] == after[0]
    assert all(early < late for early, late in zip(before[1:], after[1:], strict=True))


def test_users_and_sessions_answer_in_their_own_shapes(project: AmplitudeSimulator, ask: Asker) -> None:
    project.set_users(MONDAY, [10, 11], kind="new")
    project.set_sessions(MONDAY, [61.5, None])
    new = ask.data("/api/2/users", m="new", start="20260202", end="20260203")
    average = ask.data("/api/2/sessions/average", start="20260202", end="20260203")
    assert new["series"] == [[10, 11]]
    assert average["series"] == [[61.5, None]]


def test_funnel_counts_by_day_and_in_all(project: AmplitudeSimulator, ask: Asker) -> None:
    project.set_funnel(["a", "b"], MONDAY, [[10, 4], [20, 6]])
    (data,) = ask.data(FUNNELS, e=[event("a"), event("b")], start="20260202", end="20260203")
    assert data["dayFunnels"]["series"] == [[10, 4], [20, 6]]
    assert (data["cumulativeRaw"], data["cumulative"]) == ([30, 10], [1.0, 1 / 3])


def test_a_funnel_has_users_on_their_way(project: AmplitudeSimulator, ask: Asker, clock: SimClock) -> None:
    project.set_quirks(late=0.001)
    project.set_funnel(["a", "b"], date(2026, 3, 1), [[1000, 500]])
    asked = {"e": [event("a"), event("b")], "cs": 7 * 86400, "start": "20260301", "end": "20260301"}
    (young,) = ask.data(FUNNELS, **asked)
    clock.advance(20 * 86400)
    (old,) = ask.data(FUNNELS, **asked)
    assert old["cumulativeRaw"] == [1000, 500]
    assert young["cumulativeRaw"][1] < 100


def test_retention_says_what_is_not_over(project: AmplitudeSimulator, ask: Asker) -> None:
    project.set_retention("_new", "_active", date(2026, 2, 27), [[100, 90, 50, 40]] * 3)
    data = ask.data(RETENTION, se=event("_new"), re=event("_active"), start="20260227", end="20260301")
    series = data["series"][0]
    assert series["dates"] == ["Mar 01", "Feb 28", "Feb 27"]
    assert [cell["incomplete"] for cell in series["values"]["Feb 28"]] == [False, False, False, True]
    assert series["values"]["Feb 27"][3] == {"count": 40, "outof": 100, "incomplete": False}


def test_a_saved_chart_is_csv_in_json_or_bare(project: AmplitudeSimulator, ask: Asker) -> None:
    project.add_chart("abc123", "Visits", MONDAY, {"All": [1, 2]})
    wrapped = ask("/api/3/chart/abc123/csv").json()["data"]
    project.set_quirks(json_csv=False)
    bare = ask("/api/3/chart/abc123/csv").content().decode()
    assert wrapped == bare
    assert bare.splitlines()[2:] == [",2026-02-02T00:00:00,2026-02-03T00:00:00", "\tAll,1,2"]
    assert ask("/api/3/chart/nope/csv").status == 404


# ---- as documented -------------------------------------------------------------------------------------------------


@needs_examples
def test_segmentation_has_the_documented_shape(ask: Asker) -> None:
    told = ask.data(SEGMENTATION, e=event("visit"), g="platform", start="20260202", end="20260203")
    documented = example("dashboard-rest--event-segmentation-response")["data"]
    assert shape(told).keys() == shape(documented).keys()
    for name in ("series", "seriesLabels", "xValues"):
        assert shape(told[name]) == shape(documented[name])


@needs_examples
def test_funnel_has_the_documented_shape(project: AmplitudeSimulator, ask: Asker) -> None:
    project.set_funnel(["a", "b"], MONDAY, [[10, 4], [20, 6]])
    told = ask.data(FUNNELS, e=[event("a"), event("b")], start="20260202", end="20260203")
    assert shape(told) == shape(example("dashboard-rest--funnel-analysis-response")["data"])


@needs_examples
def test_retention_has_the_documented_shape(project: AmplitudeSimulator, ask: Asker) -> None:
    project.set_retention("_new", "_active", MONDAY, [[100, 90, 50]] * 2)
    told = ask.data(RETENTION, se=event("_new"), re=event("_active"), start="20260202", end="20260203")
    documented = example("dashboard-rest--retention-analysis-response")["data"]
    assert shape(told["seriesMeta"]) == shape(documented["seriesMeta"])
    mine, theirs = told["series"][0], documented["series"][0]
    assert (shape(mine["dates"]), shape(mine["combined"])) == (
        shape(theirs["dates"]),
        shape(theirs["combined"]),
    )
    assert [shape(row) for row in mine["values"].values()] == [
        shape(row) for row in theirs["values"].values()
    ]


# ---- what it costs -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "params", "cost"),
    [
        (SEGMENTATION, {"e": event("visit")}, 10),
        (SEGMENTATION, {"e": event("visit"), "e2": event("visit")}, 20),
        (SEGMENTATION, {"e": event("visit"), "g": "platform"}, 50),
        (SEGMENTATION, {"e": event("visit", group_by=[{"type": "event", "value": "x"}])}, 50),
        (SEGMENTATION, {"e": event("visit"), "s": '[{"prop":"a","op":"is","values":["b"]}]'}, 20),
        (FUNNELS, {"e": [event("a"), event("b"), event("c")]}, 60),
        (RETENTION, {"se": event("_new"), "re": event("_active")}, 80),
        ("/api/2/sessions/average", {}, 40),
        ("/api/2/users", {}, 10),
    ],
)
def test_a_query_costs_days_times_conditions_times_weight(
    project: AmplitudeSimulator, ask: Asker, path: str, params: dict[str, object], cost: int
) -> None:
    ask.data(path, **params, start="20260202", end="20260211")
    assert project.limits.spent == cost


def test_a_thousand_in_five_minutes_is_the_most(
    project: AmplitudeSimulator, ask: Asker, clock: SimClock
) -> None:
    year = {"e": event("visit"), "start": "20260101", "end": "20261231"}
    assert [ask(SEGMENTATION, year).status for _ in range(3)] == [200, 200, 429]
    refused = ask(SEGMENTATION, year)
    assert refused.header("Retry-After") is None
    assert "cost 365" in refused.json()["error"]["metadata"]["details"]
    clock.advance(301)
    assert ask(SEGMENTATION, year).status == 200
    assert project.limits.refused == {"cost in 300 s": 2}


def test_five_requests_at_once_are_the_most(project: AmplitudeSimulator) -> None:
    entered, leave = threading.Barrier(6), threading.Event()

    def hold() -> None:
        with project.limits.under_way():
            entered.wait(10)
            leave.wait(10)

    threads = [threading.Thread(target=hold) for _ in range(5)]
    for thread in threads:
        thread.start()
    entered.wait(10)
    try:
        with pytest.raises(Refusal), project.limits.under_way():
            pass
    finally:
        leave.set()
        for thread in threads:
            thread.join()
    assert project.limits.busiest == 5


@pytest.mark.parametrize(
    "params",
    [
        {"start": "20260202", "end": "20260203"},
        {"e": event("visit"), "start": "2026-02-02", "end": "20260203"},
        {"e": event("visit"), "start": "20260203", "end": "20260202"},
        {"e": event("visit"), "start": "20250202", "end": "20260203"},
        {"e": event("visit"), "m": "sums", "start": "20260202", "end": "20260203"},
        {"e": event("visit"), "m": "formula", "start": "20260202", "end": "20260203"},
        {"e": event("visit"), "i": 2, "start": "20260202", "end": "20260203"},
        {"e": "visit", "start": "20260202", "end": "20260203"},
        {"e": event("visit"), "s": "[1", "start": "20260202", "end": "20260203"},
    ],
)
def test_what_the_documents_do_not_allow_is_refused(ask: Asker, params: dict[str, object]) -> None:
    assert ask(SEGMENTATION, params).status == 400


def test_a_year_is_the_most(ask: Asker) -> None:
    first = date(2026, 1, 1)
    ends = [f"{first + timedelta(days=n):%Y%m%d}" for n in (364, 365)]
    asked = [{"e": event("visit"), "start": "20260101", "end": end} for end in ends]
    assert [ask(SEGMENTATION, params).status for params in asked] == [200, 400]
