"""A report's settings as the configuration gives them."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from syncline.report.settings import Profile, ReportSettings, whole_days

if TYPE_CHECKING:
    from syncline.config import Config


def settings_of(
    config: Config,
    as_of: datetime,
    *,
    title: str = "Status",
    days: int = 7,
    since: date | None = None,
    profile: Profile = "team",
) -> ReportSettings:
    """The settings of a report as of an aware instant, over whole days of the hub's zone; raises ConfigError."""
    start, end = whole_days(as_of, config.hub.timezone, days=days, since=since)
    return ReportSettings(
        timezone=config.hub.timezone,
        as_of=as_of,
        period_start=start,
        period_end=end,
        title=title,
        week_start=config.hub.week_start,
        workdays=config.hub.workdays,
        teams={name: team.containers for name, team in config.teams.items()},
        wip={name: team.wip for name, team in config.teams.items() if team.wip is not None},
        roadmap=config.roadmap,
        objectives=config.objective,
        fields=config.fields,
        profile=profile,
    )
