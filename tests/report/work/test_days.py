"""Days of the report zone, over the weeks in which clocks change, New Year, and ISO week 53."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.report.building import Database, ids, report_of, value

from syncline.report import whole_days

ZONES = ("Pacific/Auckland", "Asia/Kolkata", "America/New_York", "UTC")
NOONS = (
    date(2026, 3, 9),  # New York's clocks went forward the day before
    date(2026, 4, 6),  # Auckland's went back
    date(2026, 9, 28),  # Auckland's went forward
    date(2026, 11, 2),  # New York's went back
    date(2027, 1, 1),
    date(2027, 1, 4),  # after ISO week 53
)


@pytest.mark.parametrize("noon", NOONS, ids=str)
@pytest.mark.parametrize("name", ZONES)
def test_work_is_counted_on_the_days_of_the_zone(name: str, noon: date) -> None:
    """An item done in the first and one in the last minute of each of nine days, the fifth of which is ``noon``."""
    zone = ZoneInfo(name)
    as_of = datetime.combine(noon + timedelta(days=5), time(12), zone).astimezone(UTC)
    start, end = whole_days(as_of, name)
    database = Database()
    database.source()
    expected: set[str] = set()
    weeks: dict[str, int] = {}
    number = 0
    for shift in range(-4, 5):
        day = noon + timedelta(days=shift)
        for minute in (time(0, 0), time(23, 59)):
            number += 1
            at = datetime.combine(day, minute, zone).astimezone(UTC)
            moves = [(at - timedelta(days=2), "To Do", "In Progress"), (at, "In Progress", "Done")]
            item = database.issue(str(number), "Done", moves, created_at=at - timedelta(days=9))
            if noon + timedelta(days=5) - timedelta(days=7) <= day < noon + timedelta(days=5):
                expected.add(item)
            week = (day - timedelta(days=day.weekday())).isoformat()
            weeks[week] = weeks.get(week, 0) + 1
    report = report_of(database, as_of=as_of, timezone=name, period_start=start, period_end=end)
    database.close()
    assert ids(report, "done") == expected
    this_week = (noon + timedelta(days=5) - timedelta(days=(noon + timedelta(days=5)).weekday())).isoformat()
    found = dict(value(report, "throughput"))  # type: ignore[arg-type]
    assert {week: count for week, count in found.items() if count} == {
        week: count for week, count in weeks.items() if week != this_week
    }
    times = dict(value(report, "cycle_time"))  # type: ignore[arg-type]
    assert len(times) == number
    assert set(times.values()) <= {
        2,
        3,
        4,
    }  # two elapsed days touch three, and an hour more or less one of them
    evenings = dict(value(report, "cfd_done"))  # type: ignore[arg-type]
    assert [evenings[(noon + timedelta(days=shift)).isoformat()] for shift in range(-4, 5)] == list(
        range(2, 20, 2)
    )
