"""When a report is due: the last moment of its kind that has passed, in the zone of the hub. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from syncline.report.settings import WEEKDAYS

if TYPE_CHECKING:
    from syncline.config.reporting import Report

FRESH = timedelta(days=1)
"""A report that was never made is not due for a moment longer ago than this: it was configured after that."""


@dataclass(frozen=True)
class Due:
    """A report, or its draft, for the moment ``at`` (aware, in the hub's zone), and the channels it goes to."""

    report: Report
    draft: bool
    at: datetime
    channels: tuple[str, ...]

    @property
    def subject(self) -> str:
        return f"{'draft' if self.draft else 'report'}:{self.report.name}"

    @property
    def period(self) -> str:
        return self.at.date().isoformat()


def due(report: Report, now: datetime, zone: ZoneInfo) -> Iterator[Due]:
    """What of a report has come due: at most the draft and the report itself, for the last moment of each."""
    last = passed(report.due, now, zone)
    yield Due(report, False, last, report.send or ())
    if report.draft is not None:
        early = passed(report.draft.due, now, zone)
        if early > last:  # else the report itself has been due since
            yield Due(report, True, early, report.draft.send)


def passed(moment: str | None, now: datetime, zone: ZoneInfo) -> datetime:
    """The last ``fri 15:00`` up to now; without a moment the last midnight."""
    here = now.astimezone(zone)
    if moment is None:
        return datetime.combine(here.date(), time(), zone)
    day, _, clock = moment.partition(" ")
    hour, _, minute = clock.partition(":")
    back = (here.weekday() - WEEKDAYS.index(day)) % 7
    found = datetime.combine(here.date() - timedelta(days=back), time(int(hour), int(minute)), zone)
    return found if found <= here else found - timedelta(days=7)
