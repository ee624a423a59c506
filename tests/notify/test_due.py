"""When a report is due: once for each of its moments, in the zone of the hub."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.config.reporting import Report
from syncline.notify.due import due, passed

BERLIN = ZoneInfo("Europe/Berlin")
WEEKLY = Report.model_validate(
    {
        "name": "weekly",
        "kind": "status",
        "draft": {"due": "thu 16:00", "send": ["pm"]},
        "due": "fri 15:00",
        "send": ["leads"],
    }
)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026 in Berlin; the 20th is a Friday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (at(20, 14, 59), [("report:weekly", "2026-11-13"), ("draft:weekly", "2026-11-19")]),
        (at(20, 15), [("report:weekly", "2026-11-20")]),
        (at(23, 9), [("report:weekly", "2026-11-20")]),
        (at(26, 16), [("report:weekly", "2026-11-20"), ("draft:weekly", "2026-11-26")]),
        (at(26, 15, 59), [("report:weekly", "2026-11-20")]),
    ],
)
def test_the_draft_comes_before_the_report(now: datetime, expected: list[tuple[str, str]]) -> None:
    assert [(one.subject, one.period) for one in due(WEEKLY, now, BERLIN)] == expected


def test_channels_are_those_of_the_part() -> None:
    assert [one.channels for one in due(WEEKLY, at(19, 17), BERLIN)] == [("leads",), ("pm",)]


def test_without_a_moment_it_is_due_every_day() -> None:
    report = Report.model_validate({"name": "daily", "kind": "standup"})
    assert [one.period for one in due(report, at(20, 0), BERLIN)] == ["2026-11-20"]
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)  # half past midnight in Berlin
    assert [one.period for one in due(report, late, BERLIN)] == ["2026-11-21"]


moments = st.builds(
    lambda day, hour, minute: f"{day} {hour:02d}:{minute:02d}",
    st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]),
    st.integers(0, 23),
    st.integers(0, 59),
)
zones = st.sampled_from(["Europe/Berlin", "Pacific/Auckland", "Asia/Kolkata", "America/New_York", "UTC"])


minutes = st.integers(0, 3 * 366 * 24 * 60)


@given(moments, minutes, zones)
def test_the_last_moment_has_passed_and_the_next_has_not(moment: str, minute: int, name: str) -> None:
    zone = ZoneInfo(name)
    aware = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    found = passed(moment, aware, zone)
    assert f"{found:%a %H:%M}".lower() == moment
    here = aware.astimezone(zone).replace(tzinfo=None)
    wall = found.replace(tzinfo=None)
    assert wall <= here < wall + timedelta(days=7)
