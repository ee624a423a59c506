"""The roadmap and goals, and who hears what and when."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from syncline.config.values import (
    CalendarDay,
    Duration,
    Moment,
    Number,
    Section,
    Word,
    Words,
    listed,
)
from syncline.config.when import When
from syncline.secrets import Secret


class RoadmapItems(When):
    """A condition on the records of one connection."""

    from_: Word = Field(alias="from", examples=["product"])
    """Connection whose records stand on the roadmap."""


class Horizon(Section):
    """How far "now" and "next" reach; beyond is "later"."""

    now: Duration = Field(examples=["6w"])
    """From today."""
    next: Duration = Field(examples=["13w"])
    """From today."""


class Demand(Section):
    """How the demand behind an item is weighed."""

    weight: Word = Field(examples=["arr"])
    """A number of `[fields]`."""


class Score(Section):
    """How items are ranked."""

    method: Literal["rice", "ice"]
    """The formula."""
    reach_period: Literal["week", "month", "quarter", "year"] = "quarter"
    """The period that reach is counted in."""


class Roadmap(Section):
    """What stands on the roadmap; children in every tool roll up."""

    items: tuple[RoadmapItems, ...] = Field(min_length=1, examples=[[{"from": "product", "kind": "project"}]])
    """An item is what any of these rules holds for."""
    target: Words | None = Field(default=None, examples=[["product", "eng"]])
    """Whose date counts: the first that is set."""
    match: tuple[Literal["native", "url", "title"], ...] = ("url", "title")
    """By what entries of two tools are one: the tools' own link objects, an address that one names, the same title."""
    committed: When | None = Field(default=None, examples=[{"labels": ["committed"]}])
    """Which items are promised."""
    horizon: Horizon | None = Field(default=None, examples=[{"now": "6w", "next": "13w"}])
    """How far "now" and "next" reach."""
    public: When | None = Field(default=None, examples=[{"labels": ["public-roadmap"]}])
    """Which items the public roadmap may show."""
    demand: Demand | None = Field(default=None, examples=[{"weight": "arr"}])
    """What customers' demand is weighed by."""
    score: Score | None = Field(default=None, examples=[{"method": "rice", "reach_period": "quarter"}])
    """How items are ranked."""

    def conditions(self) -> list[When]:
        """Every condition of the roadmap."""
        return [*self.items, *(when for when in (self.committed, self.public) if when is not None)]


class KeyResultConfig(Section):
    """A number that says whether the objective is reached."""

    title: Word = Field(examples=["Activation 31 % to 40 %"])
    """What people call it."""
    metric: Word = Field(examples=["activation_rate"])
    """A metric of a connection."""
    baseline: Number = Field(examples=[31])
    """Where it began."""
    target: Number = Field(examples=[40])
    """Where it should end."""


class ObjectiveConfig(Section):
    """A goal, with the numbers that measure it."""

    title: Word = Field(examples=["New teams reach value in week one"])
    """What people call it."""
    from_: Word | None = Field(default=None, alias="from", examples=["product:initiative:Activation"])
    """The record that stands for it, as connection:kind:name."""
    owner: Word | None = Field(default=None, examples=["mia"])
    """A person."""
    start: CalendarDay | None = Field(default=None, examples=[date(2026, 10, 1)])
    """First day."""
    due: CalendarDay | None = Field(default=None, examples=[date(2026, 12, 31)])
    """Last day."""
    key_result: tuple[KeyResultConfig, ...] = ()
    """One table per number."""


class Channel(Section):
    """A place that messages go to."""

    kind: Literal["mail", "slack"]
    """What it is."""
    to: Words | None = None
    """Of mail: addresses."""
    url: Secret | None = None
    """Of chat: the webhook's address, as a reference, because whoever has it may post."""

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        needed, other = (self.to, self.url) if self.kind == "mail" else (self.url, self.to)
        if needed is None or other is not None:
            raise ValueError('kind "mail" takes to, kind "slack" takes url')
        return self


class Mail(Section):
    """How mail is sent."""

    url: Secret = Field(examples=["env:SMTP_URL"])
    """The mail server's address with its credentials, as a reference."""
    from_: Word = Field(alias="from", examples=["Syncline <syncline@acme.example>"])
    """The sender."""


class Draft(Section):
    """An earlier copy for those who check the report; it is sent, and written to no file."""

    due: Moment = Field(examples=["thu 16:00"])
    """When it is made, once a week."""
    send: Words = Field(examples=[["pm"]])
    """Channels it goes to."""


class Report(Section):
    """A report made by `sync` once per period."""

    name: Word = Field(examples=["weekly"])
    """Its label."""
    kind: Literal["status", "roadmap", "standup", "sprint", "launch", "retro"] = Field(examples=["status"])
    """Which report."""
    profile: Literal["team", "exec", "public"] = "team"
    """Who reads it: decides what personal data may appear at all."""
    period: Duration | None = Field(default=None, examples=["7d"])
    """The time it covers, in whole days; left out: 7 days."""
    draft: Draft | None = Field(default=None, examples=[{"due": "thu 16:00", "send": ["pm"]}])
    """An earlier copy for those who check it."""
    due: Moment | None = Field(default=None, examples=["fri 15:00"])
    """When it is made, once a week, by the first `sync` from then on; left out: once a day."""
    send: Words | None = Field(default=None, examples=[["leads"]])
    """Channels it goes to."""
    out: Word | None = Field(default=None, examples=["reports/weekly/{date}.html"])
    """File it is written to, from this file's directory; `{date}` is the day it was due."""

    @field_validator("out")
    @classmethod
    def _dated(cls, out: str | None) -> str | None:
        left = (out or "").replace("{date}", "")
        if "{" in left or "}" in left:
            raise ValueError("knows {date} and no other word in braces")
        if Path(left).is_absolute() or ".." in Path(left).parts:
            raise ValueError("must lie below this file's directory")
        return out


class Alert(Section):
    """A message when a metric leaves its bounds."""

    name: Word = Field(examples=["weekly active users fall"])
    """Its label."""
    metric: Word = Field(examples=["weekly_active_users"])
    """A metric of a connection."""
    below: Number | None = Field(default=None, examples=[9000])
    """Tell when it is lower."""
    above: Number | None = Field(default=None, examples=[50000])
    """Tell when it is higher."""
    send: Words = Field(examples=[["pm"]])
    """Channels it goes to."""

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.below is None and self.above is None:
            raise ValueError("needs below or above")
        return self


Channels = Annotated[tuple[Word, ...], BeforeValidator(listed)]


class Notify(Section):
    """Who hears when something needs a person, or fails."""

    person_needed: Channels = Field(default=(), examples=[["pm"]])
    """Told once when something new waits for a person."""
    remind: Duration | None = Field(default=None, examples=["7d"])
    """These are told again after this long, as long as something waits."""
    failure: Channels = Field(default=(), examples=[["pm"]])
    """Told once when a run fails, and again only after one was good."""
    stale: Duration | None = Field(default=None, examples=["6h"])
    """The channels of `failure` are told when a connection was not pulled for this long."""
    heartbeat: Secret | None = Field(default=None, examples=["env:HEARTBEAT_URL"])
    """An address that is called after each finished run, so that its owner notices when there is none."""
