"""Days, weeks and months of a project: which are over, and how they fall into queries. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
MONTH = 30
"""The interval that stands for a calendar month."""
MOST_DAYS = 365
"""Days that one query may cover."""
LAST_ZONE = timedelta(hours=12)
"""How far behind UTC the last place on earth is: a day that is over there is over in every project."""


def last_day(now: datetime, zone: str | None) -> date:
    """The last day that is over in the project's zone; where that is not known, the last that is over in any."""
    here = now.astimezone(ZoneInfo(zone)) if zone else now.astimezone(UTC) - LAST_ZONE
    return here.date() - DAY


@dataclass(frozen=True)
class Calendar:
    """How one metric's intervals follow each other: 1 day, 7 days from ``first_weekday`` (Monday 0), or a month."""

    interval: int
    first_weekday: int = 0

    def begin(self, day: date) -> date:
        """Where the interval begins that ``day`` is in."""
        if self.interval == MONTH:
            return day.replace(day=1)
        back = (day.weekday() - self.first_weekday) % 7 if self.interval == 7 else 0
        return day - timedelta(days=back)

    def after(self, begin: date) -> date:
        """Where the interval after the one beginning at ``begin`` begins."""
        if self.interval == MONTH:
            return (begin.replace(day=1) + timedelta(days=32)).replace(day=1)
        return begin + timedelta(days=self.interval)

    def later(self, begin: date, intervals: int) -> date:
        """Where the interval begins that is so many after."""
        for _ in range(intervals):
            begin = self.after(begin)
        return begin

    def earlier(self, begin: date, intervals: int) -> date:
        """Where the interval begins that is so many before."""
        for _ in range(intervals):
            begin = self.begin(begin - DAY)
        return begin

    def running(self, last: date) -> date:
        """Where the first interval begins that is not over with the day ``last``."""
        return self.begin(last + DAY)

    def windows(self, first: date, end: date, most_days: int) -> Iterator[tuple[date, date]]:
        """Runs of whole intervals from the one of ``first`` up to ``end`` (excluded): first and last day of each.

        Each covers at most ``most_days``, but always a whole interval.
        """
        begin = self.begin(first)
        while begin < end:
            until = self.after(begin)
            while until < end and (self.after(until) - begin).days <= min(most_days, MOST_DAYS):
                until = self.after(until)
            yield begin, until - DAY
            begin = until
