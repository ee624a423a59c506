"""Days, weeks and months: whole, without gap or overlap, and never longer than asked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline_connectors.amplitude.periods import DAY, MOST_DAYS, Calendar, last_day

CALENDARS = st.builds(Calendar, st.sampled_from([1, 7, 30]), st.sampled_from([0, 6]))
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@given(CALENDARS, DAYS)
def test_every_day_is_in_one_interval(calendar: Calendar, day: date) -> None:
    begin = calendar.begin(day)
    assert begin <= day < calendar.after(begin)
    assert calendar.begin(begin) == begin
    assert calendar.begin(calendar.after(begin)) == calendar.after(begin)
    assert calendar.begin(calendar.after(begin) - DAY) == begin


@given(CALENDARS, DAYS, st.integers(0, 15))
def test_later_and_earlier_are_each_others_inverse(calendar: Calendar, day: date, steps: int) -> None:
    begin = calendar.begin(day)
    assert calendar.earlier(calendar.later(begin, steps), steps) == begin


@given(CALENDARS, DAYS, st.integers(0, 900), st.integers(1, 900))
def test_windows_are_whole_intervals_without_gap_or_overlap(
    calendar: Calendar, first: date, length: int, most: int
) -> None:
    end = calendar.begin(first + timedelta(days=length))
    windows = list(calendar.windows(first, end, most))
    expected = calendar.begin(first)
    for begin, last in windows:
        assert begin == expected
        assert calendar.begin(last + DAY) == last + DAY, "ends with an interval"
        whole = calendar.after(begin) == last + DAY
        assert whole or (last - begin).days + 1 <= min(most, MOST_DAYS)
        expected = last + DAY
    assert expected == max(end, calendar.begin(first))


@given(CALENDARS, DAYS)
def test_what_runs_is_not_over(calendar: Calendar, last: date) -> None:
    running = calendar.running(last)
    assert calendar.after(running) > last + DAY
    assert calendar.after(calendar.earlier(running, 1)) <= last + DAY


@given(st.datetimes(datetime(2001, 1, 1), datetime(2100, 1, 1)), st.integers(-12, 14))  # noqa: DTZ001
def test_a_day_that_is_over_in_an_unknown_zone_is_over_in_every_zone(naive: datetime, hours: int) -> None:
    now = naive.replace(tzinfo=UTC)
    there = now.astimezone(timezone(timedelta(hours=hours))).date()
    assert last_day(now, None) < there


@pytest.mark.parametrize(
    ("now", "zone", "last"),
    [
        ("2026-03-29T21:59:00+00:00", "Europe/Berlin", "2026-03-28"),  # the hour changed that night
        ("2026-03-29T22:00:00+00:00", "Europe/Berlin", "2026-03-29"),
        ("2026-10-25T22:59:00+00:00", "Europe/Berlin", "2026-10-24"),  # and back: a day of 25 hours
        ("2026-10-25T23:00:00+00:00", "Europe/Berlin", "2026-10-25"),
        ("2011-12-30T09:59:00+00:00", "Pacific/Apia", "2011-12-28"),
        ("2026-03-02T12:00:00+00:00", None, "2026-03-01"),
        ("2026-03-02T11:59:00+00:00", None, "2026-02-28"),
    ],
)
def test_the_last_day_that_is_over(now: str, zone: str | None, last: str) -> None:
    assert last_day(datetime.fromisoformat(now), zone) == date.fromisoformat(last)
