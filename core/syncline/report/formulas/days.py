"""Days of the report zone, and which of them are worked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class WorkingDays:
    """``weekdays``: 0 is Monday. A holiday is not worked, whatever its weekday."""

    weekdays: frozenset[int] = frozenset(range(5))
    holidays: frozenset[date] = frozenset()

    def works(self, day: date) -> bool:
        return day.weekday() in self.weekdays and day not in self.holidays

    def after(self, day: date, until: date) -> int:
        """Working days later than ``day``, up to and with ``until`` (M15: how long something is blocked)."""
        return sum(self.works(one) for one in days_of(day + ONE_DAY, until))


EVERY_DAY = WorkingDays(frozenset(range(7)))


def day_of(at: datetime, zone: tzinfo) -> date:
    """The day of an aware instant in the report zone (for M7, M9, M16, M21)."""
    return at.astimezone(zone).date()


def days_of(first: date, last: date) -> Iterator[date]:
    """Every day from ``first`` to ``last``, both included; none where ``last`` lies before (for M9, M12, M13)."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def years_later(day: date, years: int) -> date:
    """The same date ``years`` on; 29 February becomes the 28th (M13: the horizon)."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
