"""What sentences and cells of a report are made of.

A number is never text: it is a `Figure`, which names the fact it comes from. Text from outside has passed
`syncline.report.words` before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class State(StrEnum):
    """A state is shown by shape, word and colour, never by colour alone."""

    DONE = "done"
    IN_PROGRESS = "in progress"
    REVIEW = "in review"
    WAITING = "waiting"
    BLOCKED = "blocked"
    STUCK = "stuck"
    OVERDUE = "overdue"
    CANCELED = "canceled"
    COMPLETE = "complete"
    PARTIAL = "partial"
    STALE = "stale"
    ON_TRACK = "on track"
    AT_RISK = "at risk"
    OFF_TRACK = "off track"
    NO_DATA = "no data"


@dataclass(frozen=True)
class Figure:
    """A fact's value, or of a series the value at ``key`` (without one the sum, where it has one)."""

    fact: str
    key: str | None = None


@dataclass(frozen=True)
class Refused:
    """Stands where a figure has no value: the reason, in words."""

    figure: Figure


@dataclass(frozen=True)
class Item:
    """A piece of work as a reader knows it. ``url`` leads to a configured source, or is None."""

    item: str
    key: str | None
    title: str
    url: str | None


@dataclass(frozen=True)
class Name:
    """A word of the user's own: a container, a person, a status."""

    text: str


@dataclass(frozen=True)
class Moment:
    """An instant, in the report zone."""

    at: datetime


@dataclass(frozen=True)
class Jump:
    """Words that lead to another place of the same report, by that place's id. The words are our own, or cleaned."""

    to: str
    text: str


@dataclass(frozen=True)
class Spark:
    """A small line within a text: a series by ISO day, and the days that are marked on it. ``title`` says of what."""

    figure: Figure
    title: str
    marks: tuple[date, ...] = ()


Part = str | Figure | Refused | Item | Name | date | Moment | State | Jump | Spark
Line = tuple[Part, ...]
