"""What stands under ``[connections.NAME]`` for Amplitude."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from syncline.config import ConnectionConfig
from syncline.config.values import (
    CalendarDay,
    Duration,
    Number,
    OneOrMore,
    Positive,
    Section,
    Url,
    Word,
    Words,
    ZoneName,
)
from syncline.model import Direction
from syncline.secrets import Secret

Feed = Literal["metrics", "annotations", "cohorts", "export"]
FEEDS: tuple[Feed, ...] = ("metrics", "annotations", "cohorts")
"""What is pulled where nothing is said."""
Operator = Literal[
    "is",
    "is not",
    "contains",
    "does not contain",
    "less",
    "less or equal",
    "greater",
    "greater or equal",
    "set is",
    "set is not",
]
KINDS = ("event", "users", "sessions", "funnel", "retention", "chart")
"""The keys of which a metric has exactly one: what it measures."""
OF_PROPERTIES = ("sums", "value_avg")
_NOT_A_WORD = re.compile(r"[\W_]+")


def slug(name: str) -> str:
    """What a metric is known by, from its name: case and punctuation do not matter."""
    return _NOT_A_WORD.sub("_", name.casefold()).strip("_")


class Filter(Section):
    """A condition on the events that are counted."""

    property: Word = Field(examples=["plan"])
    """The property's name; the company's own user properties begin with `gp:`."""
    on: Literal["event", "user"] = "event"
    """Whether it is a property of the event or of the user."""
    op: Operator = "is"
    """How it is compared."""
    values: OneOrMore = Field(examples=[["pro", "team"]])
    """What it is compared with."""


class Condition(Section):
    """A condition on users. The property `userdata_cohort` stands for a cohort, by its id."""

    property: Word = Field(examples=["platform"])
    """The property's name; the company's own begin with `gp:`."""
    op: Operator = "is"
    """How it is compared."""
    values: OneOrMore = Field(examples=[["iOS"]])
    """What it is compared with."""


class Segment(Section):
    """Some of the users, under a name."""

    name: Word = Field(examples=["iOS"])
    """What its points are called."""
    where: Annotated[tuple[Condition, ...], Field(min_length=1)] = Field(
        examples=[[{"property": "platform", "values": ["iOS"]}]]
    )
    """Conditions that all hold."""


class Retention(Section):
    """Which of the users who did one thing came back to do another."""

    start: Word = "_new"
    """The event that users start with: `_new`, `_active`, or an event."""
    back: Word = "_active"
    """The event that counts as coming back: `_active`, `_all`, or an event."""
    after: Positive = 7
    """After how many intervals: 7 with `interval = 1` is day 7."""
    mode: Literal["n-day", "rolling"] = "n-day"
    """`n-day`: in that very interval; `rolling`: then or later."""


class MetricConfig(Section):
    """A number that is read for every day, week or month: one query of a chart, or one saved chart."""

    name: Word = Field(examples=["weekly_active_users"])
    """What it is called in reports, objectives and alerts; its points belong together as long as this stays."""
    event: Word | None = Field(default=None, examples=["_active"])
    """Counts an event: its name, `ce:` and the name of a custom event, `_active`, `_all`, `revenue_amount`."""
    measure: Literal["uniques", "totals", "average", "pct_dau", "sums", "value_avg", "formula"] = "uniques"
    """What of the event is counted; `sums` and `value_avg` need `of`, `formula` needs `formula`."""
    of: Word | None = Field(default=None, examples=["amount"])
    """The event property that `sums` adds up and `value_avg` averages."""
    formula: Word | None = Field(default=None, examples=["UNIQUES(A)/UNIQUES(B)"])
    """A formula over A, the event, and B, the `second` one."""
    second: Word | None = Field(default=None, examples=["signed_up"])
    """The event called B in a formula."""
    filters: tuple[Filter, ...] = Field(default=(), examples=[[{"property": "plan", "values": ["pro"]}]])
    """Conditions on the events that are counted; all hold."""
    users: Literal["active", "new"] | None = Field(default=None, examples=["new"])
    """Counts active or new users."""
    sessions: Literal["average", "peruser"] | None = Field(default=None, examples=["average"])
    """Seconds of an average session, or sessions per user."""
    funnel: Annotated[tuple[Word, ...], Field(min_length=2)] | None = Field(
        default=None, examples=[["signed_up", "created_board"]]
    )
    """The share of users who, having done the first event, did all of them."""
    order: Literal["ordered", "unordered", "sequential"] = "ordered"
    """Whether the events of a funnel must follow each other: in this order, in any, or with none between."""
    window: Duration = timedelta(days=30)
    """How long users may take for a funnel."""
    retention: Retention | None = Field(default=None, examples=[{"after": 7}])
    """The share of users who came back."""
    chart: Word | None = Field(default=None, examples=["abc123"])
    """A saved chart, by the id in its address; its rows are segments."""
    segments: tuple[Segment, ...] = Field(
        default=(), examples=[[{"name": "iOS", "where": [{"property": "platform", "values": ["iOS"]}]}]]
    )
    """Groups of users that are measured each by itself, instead of all users."""
    group_by: Annotated[Words, Field(max_length=2)] | None = Field(default=None, examples=[["platform"]])
    """User properties by whose values users are told apart; `event:` before a property of the event."""
    interval: Literal[1, 7, 30] = 1
    """What one point covers: a day (1), a week (7) or a calendar month (30)."""
    unit: Word | None = Field(default=None, examples=["%"])
    """The unit in reports; left out: users, events, % or s, where it follows from what is measured."""
    target: Number | None = Field(default=None, examples=[12000.0])
    """The value aimed at."""
    direction: Direction | None = Field(default=None, examples=["up"])
    """Which way is better: `up` or `down`."""
    start: CalendarDay | None = None
    """The first day that is read; left out: as far back as `history` says, a year at most."""

    @property
    def id(self) -> str:
        """What the metric is known by."""
        return slug(self.name)

    @model_validator(mode="after")
    def _measure_one_thing(self) -> Self:
        given = [name for name in KINDS if getattr(self, name) is not None]
        if len(given) != 1:
            said = " and ".join(given) or "none of them"
            raise ValueError(f"must have exactly one of {', '.join(KINDS)}; it has {said}")
        if not slug(self.name):
            raise ValueError("name must hold a letter or a digit")
        return self

    @model_validator(mode="after")
    def _say_what_belongs_together(self) -> Self:
        if (self.measure in OF_PROPERTIES) != (self.of is not None):
            raise ValueError('of belongs to measure "sums" or "value_avg", and these need it')
        if (self.measure == "formula") != (self.formula is not None):
            raise ValueError('formula belongs to measure = "formula", which needs it')
        if self.second is not None and self.formula is None:
            raise ValueError("second belongs to a formula")
        if self.event is None and (self.filters or self.measure != "uniques"):
            raise ValueError("filters and measure belong to an event")
        return self

    @model_validator(mode="after")
    def _ask_what_is_documented(self) -> Self:
        if self.group_by and self.event is None and self.users is None:
            raise ValueError(
                "group_by is for events and users; Amplitude does not say how it labels other groups"
            )
        if (
            self.group_by
            and self.users is not None
            and any(one.startswith("event:") for one in self.group_by)
        ):
            raise ValueError("users are grouped by properties of users")
        if self.sessions and (self.segments or self.interval != 1):
            raise ValueError("sessions are told by day and for all users only")
        if self.chart and (self.segments or self.group_by):
            raise ValueError("a saved chart has its own segments")
        names = [segment.name for segment in self.segments]
        if len(set(names)) < len(names):
            raise ValueError("two segments have one name")
        return self


class AmplitudeConfig(ConnectionConfig):
    """One Amplitude project. It is read, and [[mark]] blocks write annotations."""

    mappable: ClassVar[frozenset[str]] = frozenset()
    unused: ClassVar[frozenset[str]] = frozenset({"customer_visible", "fields", "status", "containers"})

    url: Url | None = Field(default=None, examples=["https://proxy.acme.example"])
    """Address to use instead of the region's own: a proxy."""
    key: Secret = Field(examples=["env:AMPLITUDE_KEY"])
    """API key of the project (Settings, Projects)."""
    secret: Secret = Field(examples=["env:AMPLITUDE_SECRET"])
    """Secret key of the project."""
    region: Literal["us", "eu"] = Field(examples=["eu"])
    """Where the project's data is kept; the keys are worth nothing in the other region."""
    timezone: ZoneName | None = Field(default=None, examples=["Europe/Berlin"])
    """The project's time zone, as in its settings; left out: a day is read when it is over everywhere on earth."""
    week_start: Literal["mon", "sun"] = "mon"
    """The day on which the project's weeks begin."""
    metrics: tuple[MetricConfig, ...] = Field(
        default=(), examples=[[{"name": "weekly_active_users", "event": "_active", "interval": 7}]]
    )
    """What is read, one table each; usually written as `[[connections.NAME.metrics]]`."""
    streams: Annotated[tuple[Feed, ...], Field(min_length=1)] = FEEDS
    """What is pulled; left out: all but the raw export."""

    @model_validator(mode="after")
    def _name_each_once(self) -> Self:
        known: dict[str, str] = {}
        for metric in self.metrics:
            if metric.id in known:
                raise ValueError(f'metrics "{known[metric.id]}" and "{metric.name}" cannot be told apart')
            known[metric.id] = metric.name
        return self
