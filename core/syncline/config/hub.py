"""What concerns everything: the hub, the guards, teams, and the company's own fields."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from syncline.config.values import (
    DatabaseUrl,
    Day,
    Duration,
    FilePath,
    Flag,
    Positive,
    Reach,
    Section,
    Share,
    Whole,
    Word,
    Words,
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
    """CSV with person, email, team and one column per connection; not built yet."""
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


class Guard(Section):
    """The larger of a number and a share of the block's links."""

    number: Whole = Field(ge=0, examples=[20])
    """So many are always allowed."""
    share: Share = Field(examples=[0.05])
    """Or this share of the block's links, from 0 to 1."""


class Guards(Section):
    """Beyond these a sync block is refused whole, because its plan looks like a disaster (exit 5)."""

    creates: Guard = Field(default=Guard(number=20, share=0.05), examples=[{"number": 20, "share": 0.05}])
    """Records made."""
    updates: Guard = Field(default=Guard(number=200, share=0.2), examples=[{"number": 200, "share": 0.2}])
    """Records changed."""
    removals: Guard = Field(default=Guard(number=3, share=0.05), examples=[{"number": 3, "share": 0.05}])
    """Records removed."""


class TeamConfig(Section):
    """A team in reports: the containers it works in and how much it takes on at once."""

    containers: Words = Field(examples=[["eng:ENG", "product:COR"]])
    """Its containers, each as connection:key."""
    wip: Positive | None = Field(default=None, examples=[8])
    """How many items it wants in progress at most."""


class FieldConfig(Section):
    """A field of the company's own; each connection says where its copy lives."""

    type: Literal["choice", "number", "text"] = Field(examples=["choice"])
    """What it holds."""
    values: Words | None = Field(default=None, examples=[["s1", "s2", "s3"]])
    """For a choice: its values."""
    unit: Word | None = Field(default=None, examples=["users/quarter"])
    """For a number: its unit, shown in reports."""

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if (self.values is not None) != (self.type == "choice"):
            raise ValueError("values belong to a choice, and a choice needs them")
        if self.unit is not None and self.type != "number":
            raise ValueError("unit belongs to a number")
        return self


FieldConfigs = Mapping[Word, FieldConfig]
