"""What concerns everything: ``[hub]``."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from pydantic import Field

from syncline.config.values import (
    DatabaseUrl,
    Day,
    Duration,
    FilePath,
    Flag,
    Reach,
    Section,
    ZoneName,
)


class Hub(Section):
    """Where things are kept, and how time is read."""

    database: DatabaseUrl = Field(default="sqlite:///syncline.db", validate_default=True)
    """The database, from this file's directory; or a server: postgresql+psycopg://USER@HOST/NAME, without password."""
    env_file: FilePath | None = Field(default=None, examples=["syncline.env"])
    """KEY=value lines, mode 0600; `env:` looks here after the real environment."""
    timezone: ZoneName = Field(default="UTC", examples=["Europe/Berlin"])
    """Decides days and weeks in reports."""
    week_start: Day = "mon"
    """First day of a week."""
    workdays: tuple[Day, ...] = Field(default=("mon", "tue", "wed", "thu", "fri"), min_length=1)
    """Days on which work is done."""
    people: FilePath | None = Field(default=None, examples=["people.csv"])
    """CSV with person, email, team and one column per connection; `syncline people --write` adds unknown accounts."""
    history: Reach = timedelta(days=365)
    """How far back the first pull goes, or "all"; raised later, only the missing part is fetched."""
    census: Duration = timedelta(hours=24)
    """How often ids are listed to notice what vanished."""
    keep_raw: Flag = True
    """Keep the vendor's latest payload of every record."""

    @property
    def zone(self) -> ZoneInfo:
        """The time zone that decides days and weeks."""
        return ZoneInfo(self.timezone)
