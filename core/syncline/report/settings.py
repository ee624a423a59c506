"""What a report is made for: the zone that decides its days, the stretch of time it covers, and as of when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from syncline.errors import ConfigError

if TYPE_CHECKING:
    from syncline.config.company import FieldConfig
    from syncline.config.reporting import ObjectiveConfig, Roadmap

Profile = Literal["team", "exec", "public"]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class ReportSettings:
    """Everything that decides a report's content besides the database. Instants are aware.

    The period is half-open: ``period_start`` belongs to it, ``period_end`` does not. ``teams`` maps a team's name to
    its containers, written ``connection:KEY``, ``wip`` to how many items it wants in progress at most. ``profile`` says
    who reads it, and so what may appear at all. A source is stale when a stream of it was not pulled for
    ``stale_after``; the default leaves room for streams that are read once a day. Raises ConfigError.
    """

    timezone: str
    as_of: datetime
    period_start: datetime
    period_end: datetime
    title: str = "Status"
    week_start: str = "mon"
    workdays: tuple[str, ...] = WEEKDAYS[:5]
    teams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    wip: Mapping[str, int] = field(default_factory=dict)
    roadmap: Roadmap | None = None
    objectives: tuple[ObjectiveConfig, ...] = ()
    fields: Mapping[str, FieldConfig] = field(default_factory=dict)
    profile: Profile = "team"
    stale_after: timedelta = timedelta(hours=36)

    def __post_init__(self) -> None:
        for name in ("as_of", "period_start", "period_end"):
            if getattr(self, name).tzinfo is None:
                raise ConfigError(f"{name} has no time zone")
        unknown = [day for day in (self.week_start, *self.workdays) if day not in WEEKDAYS]
        if unknown:
            raise ConfigError(f"no such weekday: {unknown[0]!r}", hint=f"write one of {', '.join(WEEKDAYS)}")
        if not self.workdays:
            raise ConfigError("workdays is empty", hint="name at least one weekday")
        if not self.period_start < self.period_end:
            first, last = (_local_day(one, self.timezone) for one in (self.period_start, self.period_end))
            raise ConfigError(
                f"the period is empty: it begins with {first} and ends before {last}",
                hint="let it begin before the day of the report",
            )
        if self.period_end > self.as_of:
            raise ConfigError("the period ends after the report's own time")
        zone(self.timezone)


def _local_day(instant: datetime, timezone: str) -> date:
    return instant.astimezone(zone(timezone)).date()


def zone(name: str) -> ZoneInfo:
    """The zone of an IANA name; raises ConfigError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(
            f"unknown time zone {name!r}", hint="write an IANA name such as Europe/Berlin"
        ) from error


def whole_days(
    as_of: datetime, timezone: str, *, days: int = 7, since: date | None = None
) -> tuple[datetime, datetime]:
    """The period of whole days that ends with the last midnight up to ``as_of`` in the zone.

    It begins ``days`` days earlier, or with the day ``since``. Both ends are aware instants in UTC.
    """
    calendar = Calendar(timezone, as_of)
    first = since if since is not None else calendar.today - timedelta(days=days)
    return calendar.midnight(first), calendar.midnight(calendar.today)


@dataclass(frozen=True)
class Calendar:
    """Days of the report zone. Instants come as aware datetimes or as the database's ISO text."""

    timezone: str
    as_of: datetime

    @cached_property
    def zone(self) -> ZoneInfo:
        return zone(self.timezone)

    @property
    def today(self) -> date:
        """The day on which the report is made."""
        return self.day(self.as_of)

    def local(self, instant: datetime | str) -> datetime:
        aware = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
        return aware.astimezone(self.zone)

    def day(self, instant: datetime | str) -> date:
        return self.local(instant).date()

    def midnight(self, day: date) -> datetime:
        """The instant at which a day begins, in UTC."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def days_since(self, instant: str) -> int:
        """Midnights between an instant and the report."""
        return (self.today - self.day(instant)).days

    def week_of(self, day: date, week_start: str) -> date:
        """The first day of the week that a day belongs to."""
        return day - timedelta(days=(day.weekday() - WEEKDAYS.index(week_start)) % 7)

    def workday_after(self, count: int, workdays: tuple[str, ...]) -> date:
        """The day on which ``count`` workdays after today have passed."""
        day = self.today
        while count:
            day += timedelta(days=1)
            count -= WEEKDAYS[day.weekday()] in workdays
        return day
