"""Which earlier report a new one continues, or is compared with."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from syncline.errors import ConfigError
from syncline.report.kept.saved import Saved, load
from syncline.report.settings import Calendar, ReportSettings
from syncline.store import reports

if TYPE_CHECKING:
    from sqlalchemy import Connection


def base_before(db: Connection, kind: str, settings: ReportSettings) -> int | None:
    """The last report of the kind made before the day of this one, so that all of one day say the same.

    One that is older than twice the period says too little of what is new: then the state at the period's beginning
    serves better. Drafts, and reports as of a time in the past, do not count.
    """
    calendar = Calendar(settings.timezone, settings.as_of)
    midnight = calendar.midnight(calendar.today)
    length = settings.period_end - settings.period_start
    until = midnight - timedelta(milliseconds=1)
    return reports.latest(db, kind=kind, until=until, since=midnight - 2 * length)


def number_of(db: Connection, kind: str, asked: str, as_of: datetime) -> Saved:
    """The report that ``asked`` means: ``last``, or a number; raises ConfigError where there is none such."""
    hint = "`syncline report list` shows what was kept"
    if asked == "last":
        number = reports.latest(db, kind=kind, until=as_of - timedelta(milliseconds=1))
        if number is None:
            raise ConfigError(f"no {kind} report was kept yet", hint="name a day with --since")
    else:
        number = int(asked)
    saved = load(db, number)
    if saved is None:
        raise ConfigError(f"there is no report no. {asked}", hint=hint)
    if saved.kind != kind:
        raise ConfigError(f"report {asked} is a {saved.kind} report", hint=hint)
    if saved.as_of >= as_of:
        raise ConfigError(f"report {asked} is not earlier than this one", hint=hint)
    return saved


def continued(settings: ReportSettings, saved: Saved) -> ReportSettings:
    """The settings with a period that follows the saved report's; on the same day, with the same period."""
    after = saved.period_end < settings.period_end
    return replace(settings, period_start=saved.period_end if after else saved.period_start)
