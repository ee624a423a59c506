"""Values of metrics, which are kept when the tool restates them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from tests.databases import Database

from syncline.connector import Page
from syncline.model import Direction, Metric, MetricPoint, Sourced
from syncline.status import StatusMap
from syncline.store import Store, runs
from syncline.store.home import Home
from syncline.store.ingest import Ingest
from syncline.store.readings import read_records

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
HOME = Home(connection_id=1, site="s", statuses=StatusMap())
DAY = date(2026, 11, 20)


def deliver(store: Store, run: int, now: datetime, value: float | None, *, complete: bool = True) -> None:
    metric = Metric(remote_id="wau", title="Weekly users", unit="users", direction=Direction.UP)
    point = MetricPoint(remote_id="wau/2026-11-20", metric="wau", day=DAY, value=value, complete=complete)
    readings = read_records(HOME, [Sourced(metric, {"id": "wau"}), Sourced(point, {"value": value})])
    with store.writing() as db:
        Ingest(db, HOME, run, now, "metrics").page(Page(), readings)


def test_a_restated_value_stands_beside_the_one_before(database: Database) -> None:
    with database.open() as store:
        with store.writing() as db:
            db.exec_driver_sql(
                "INSERT INTO connection VALUES (1, 'usage', 'memory', 's', 's', '{}', '', '2026-01-01T00:00:00.000Z')"
            )
        run = runs.begin(store, "pull", NOW)
        deliver(store, run, NOW, 90.0, complete=False)
        deliver(store, run, NOW + timedelta(hours=1), 90.0, complete=False)
        deliver(store, run, NOW + timedelta(days=1), 100.5)
        deliver(store, run, NOW + timedelta(days=2), None)
    rows = database.rows(
        "SELECT metric, title, unit, direction, day, value, complete, seq, until_seq FROM metric_points ORDER BY seq"
    )
    told = ("s:Metric:wau", "Weekly users", "users", "up", "2026-11-20")
    seqs = [row[-2] for row in rows]
    assert [row[:5] for row in rows] == [told] * 3
    assert [(row[5], bool(row[6])) for row in rows] == [(90.0, False), (100.5, True), (None, True)]
    assert [row[-1] for row in rows] == [*seqs[1:], None], "each value holds until the next is read"
