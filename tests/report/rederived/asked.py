"""What a report is asked for and what is stored: from here everything of it is derived anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from syncline.report import ReportSettings

from .flowing import cycled, rank, took
from .stored import Clock, Standing, Stored, last_changes

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Asked:
    """``stored`` is what the database holds; ``wanted`` says of which days a report speaks, and what it chooses."""

    stored: Stored
    wanted: ReportSettings

    @cached_property
    def clock(self) -> Clock:
        return Clock(ZoneInfo(self.wanted.timezone), self.wanted.as_of)

    @property
    def today(self) -> date:
        return self.clock.today

    @property
    def first(self) -> int:
        """The weekday that weeks begin with; 0 is Monday."""
        return DAYS.index(self.wanted.week_start)

    @property
    def period(self) -> Span:
        return self.wanted.period_start, self.wanted.period_end

    @property
    def last(self) -> date:
        """The last day of the period."""
        return self.until - timedelta(days=1)

    @property
    def until(self) -> date:
        """The day on which the period ends."""
        return self.clock.day(self.wanted.period_end)

    @cached_property
    def before(self) -> Span:
        """The stretch of the same number of days before the period."""
        start = self.clock.day(self.wanted.period_start)
        return self.clock.begins(start - (self.until - start)), self.wanted.period_start

    def since(self, days: int) -> datetime:
        """The midnight so many days ago."""
        return self.clock.begins(self.today - timedelta(days=days))

    def ago(self, when: datetime) -> int:
        """Midnights since then."""
        return (self.today - self.clock.day(when)).days

    def works(self, day: date) -> bool:
        return DAYS[day.weekday()] in self.wanted.workdays

    # ---- what several numbers go by ---------------------------------------------------------------------------------

    @cached_property
    def items(self) -> list[Standing]:
        return self.stored.items

    @cached_property
    def times(self) -> list[int]:
        """Days that the items took that were done in the last ninety days."""
        return [took(one, self.clock) for one in cycled(self.items, self.clock)]

    def usual(self, percent: int) -> int | None:
        """So many in a hundred of them took no longer; None where they are too few."""
        return int(rank(self.times, percent)) if len(self.times) >= 11 else None

    @property
    def quiet_after(self) -> int:
        return max(7, self.usual(85) or 0)

    @cached_property
    def changed(self) -> dict[str, datetime]:
        return last_changes(self.stored)

    @cached_property
    def stuck(self) -> list[Standing]:
        """What nobody touched for longer than that many times 24 hours."""
        limit = self.wanted.as_of - timedelta(days=self.quiet_after)
        return [
            one for one in self.items
            if one.under_way and one.item in self.changed and self.changed[one.item] < limit
        ]  # fmt: skip


def within(when: datetime | None, span: Span) -> bool:
    """Half-open."""
    return when is not None and span[0] <= when < span[1]
