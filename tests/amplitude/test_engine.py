"""The engine pulls an Amplitude project: what is stored, what is asked again, what happens to what vanishes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.amplitude.lab import KEY, SECRET, Wire

from syncline.config import load
from syncline.http import Http
from syncline.sim import SimClock, SimResponse
from syncline.sim.transport import SimTransport
from syncline.store import open_store
from syncline.sync.pull import pull
from syncline.sync.result import PullResult
from syncline_connectors.amplitude.simulator import AmplitudeSimulator

CONFIG = """
[hub]
history = "56d"
timezone = "UTC"
[connections.usage]
connector = "amplitude"
key = "env:KEY"
secret = "env:SECRET"
region = "us"
timezone = "UTC"
[[connections.usage.metrics]]
name = "visits"
event = "visit"
"""
PAYING = """
[[connections.usage.metrics]]
name = "paying"
funnel = ["visit", "pay"]
window = "7d"
"""
AT = datetime(2026, 2, 10, 12, tzinfo=UTC)
HOUR, DAY = 3600, 86400


class Company:
    """A configuration file, a database beside it, and pulls of the project."""

    def __init__(self, folder: Path, wire: Wire, clock: SimClock) -> None:
        self.file, self.wire, self.clock = folder / "syncline.toml", wire, clock
        self.configure(CONFIG)

    def configure(self, content: str) -> None:
        self.file.write_text(content, encoding="utf-8")

    def pull(self, *, exit_code: int = 0) -> PullResult:
        self.wire.sent.clear()
        config = load(self.file)
        create = not (self.file.parent / "syncline.db").exists()
        with closing(open_store(config.hub.database, create=create, clock=self.clock)) as store:
            result = pull(
                config,
                store,
                clock=self.clock,
                environ={"KEY": KEY, "SECRET": SECRET},
                open_http=partial(Http, transport=SimTransport(self.wire)),
            )
        assert result.exit_code == exit_code, (result.problems, result.set_aside)
        return result

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with (
            closing(open_store(load(self.file).hub.database, clock=self.clock)) as store,
            store.reading() as db,
        ):
            return [tuple(row) for row in db.execute(text(sql))]


@pytest.fixture
def company(tmp_path: Path, wire: Wire, clock: SimClock) -> Company:
    return Company(tmp_path, wire, clock)


def test_everything_is_stored_and_a_quiet_run_asks_two_things(
    company: Company, project: AmplitudeSimulator, clock: SimClock
) -> None:
    project.annotate("Shipped", AT, category="Releases", details="ENG-1")
    project.add_cohort("Power users", 40)
    first = company.pull()
    assert first.connections["usage"]["points"].created == 56
    kinds = dict(company.rows("SELECT kind, count(*) FROM records GROUP BY kind"))
    assert kinds == {"Annotation": 1, "Metric": 2, "MetricPoint": 57}
    clock.advance(HOUR)
    again = company.pull()
    assert company.wire.paths() == ["/api/3/annotations", "/api/2/events/segmentation"]
    assert again.connections["usage"]["points"].unchanged == 7
    assert again.connections["usage"]["points"].updated == 0


def test_a_restated_value_stands_beside_the_one_before(
    company: Company, project: AmplitudeSimulator, clock: SimClock
) -> None:
    project.set_quirks(late=0.2)
    company.pull()
    clock.advance(9 * DAY)
    company.pull()
    told = (
        "SELECT value, complete, until_seq IS NULL FROM metric_points WHERE day = '2026-03-01' ORDER BY seq"
    )
    assert [tuple(map(float, row)) for row in company.rows(told)] == [(124, 0, 0), (155, 1, 1)]


def test_a_metric_that_is_added_is_read_from_its_beginning(
    company: Company, project: AmplitudeSimulator, clock: SimClock
) -> None:
    project.set_funnel(["visit", "pay"], datetime(2026, 1, 5, tzinfo=UTC).date(), [[100, 25]] * 56)
    company.pull()
    company.configure(CONFIG + PAYING)
    clock.advance(HOUR)
    company.pull()
    counted = company.rows(
        "SELECT title, unit, count(*) FROM metric_points WHERE value IS NOT NULL GROUP BY title, unit"
    )
    assert counted == [("paying", "%", 56), ("visits", "users", 56)]


def test_a_metric_that_leaves_the_configuration_is_no_longer_listed(
    company: Company, project: AmplitudeSimulator, clock: SimClock
) -> None:
    project.set_funnel(["visit", "pay"], datetime(2026, 1, 5, tzinfo=UTC).date(), [[100, 25]] * 56)
    company.configure(CONFIG + PAYING)
    company.pull()
    company.configure(CONFIG)
    clock.advance(25 * HOUR)
    company.pull()
    absent = "SELECT remote_id, absent FROM record WHERE kind = 'Metric' ORDER BY remote_id"
    assert company.rows(absent) == [("paying", "missing"), ("visits", None)]


def test_a20_what_vanishes_is_noticed_by_the_census(
    company: Company, project: AmplitudeSimulator, clock: SimClock
) -> None:
    kept, gone = project.annotate("kept", AT), project.annotate("gone", AT)
    cohort = project.add_cohort("Power users", 40)
    company.pull()
    project.remove_annotation(gone)
    del project.cohorts[cohort.id]
    project.add_cohort("Others", 3)
    clock.advance(25 * HOUR)
    company.pull()
    absent = dict(company.rows("SELECT remote_id, absent FROM record WHERE kind IN ('Annotation', 'Metric')"))
    assert absent[str(kept.id)] is None
    assert absent[str(gone.id)] == "missing"
    assert absent[f"cohort/{cohort.id}"] == "missing"


def test_a_refused_metric_is_set_aside_until_it_is_answered(
    company: Company, project: AmplitudeSimulator, clock: SimClock
) -> None:
    project.set_funnel(["visit", "pay"], datetime(2026, 1, 5, tzinfo=UTC).date(), [[100, 25]] * 56)
    company.configure(CONFIG + PAYING)
    refuse: Callable[[Any], SimResponse | None] = lambda request: (  # noqa: E731
        SimResponse.of_json({"error": {"message": "Invalid event"}}, 400)
        if request.path == "/api/2/funnels"
        else None
    )
    company.wire.before = refuse
    told = company.pull(exit_code=3)
    assert [(item.kind, item.remote_id) for item in told.set_aside] == [("Metric", "paying")]
    assert company.rows("SELECT count(*) FROM metric_points") == [(56,)]
    clock.advance(HOUR)
    company.pull()  # told once
    company.wire.before = lambda request: None
    clock.advance(HOUR)
    company.pull()
    assert company.rows("SELECT count(*) FROM quarantine") == [(0,)]
    assert company.rows("SELECT count(*) FROM metric_points WHERE title = 'paying'") == [(56,)]


def test_another_project_behind_the_connection_is_refused(
    company: Company, project: AmplitudeSimulator, clock: SimClock
) -> None:
    project.add_cohort("Everybody", 1)
    company.pull()
    project.app_id += 1
    project.keys = {"other": SECRET}
    config = load(company.file)
    with closing(open_store(config.hub.database, clock=clock)) as store:
        result = pull(
            config,
            store,
            clock=clock,
            environ={"KEY": "other", "SECRET": SECRET},
            open_http=partial(Http, transport=SimTransport(company.wire)),
        )
    assert result.exit_code == 2
    (problem,) = result.problems
    assert "another site" in str(problem.error)


def test_a_run_that_the_budget_ends_goes_on_in_the_next(
    company: Company, project: AmplitudeSimulator, clock: SimClock
) -> None:
    """Others use the project's budget up in the middle of a first pull."""
    project.set_funnel(["visit", "pay"], datetime(2026, 1, 5, tzinfo=UTC).date(), [[100, 25]] * 56)
    company.configure(CONFIG + PAYING)
    answered = iter(range(1))
    company.wire.before = lambda request: (
        SimResponse(429) if request.path == "/api/2/funnels" and next(answered, None) is None else None
    )
    company.pull(exit_code=4)
    before = company.rows("SELECT count(*) FROM metric_points WHERE title = 'paying'")
    assert before == [(25,)], "the answer that came is kept"
    company.wire.before = lambda request: None
    clock.advance(HOUR)
    company.pull()
    assert company.wire.ranges("/api/2/funnels")[0] == ("20260130", "20260223"), (
        "it goes on behind that answer"
    )
    assert company.rows("SELECT count(*) FROM metric_points WHERE title = 'paying'") == [(56,)]


def test_counts_of_raw_events_stay_though_nothing_lists_them(
    company: Company, project: AmplitudeSimulator, clock: SimClock
) -> None:
    project.upload("visit", times=3, at=datetime(2026, 3, 1, 12, tzinfo=UTC))
    company.configure(CONFIG.replace('region = "us"', 'region = "us"\nstreams = ["metrics", "export"]'))
    company.pull()
    clock.advance(25 * HOUR)
    company.pull()
    told = "SELECT m.title, p.value FROM metric_points p JOIN records m ON m.ref = p.metric WHERE p.absent IS NULL"
    assert company.rows(f"{told} AND m.title = 'visit'") == [("visit", 3.0)] * 2, "incomplete, then complete"
