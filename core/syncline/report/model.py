"""What a report says, before it is written in any format.

A report is sections; a section is sentences, tables and charts; these are made of parts. A number is never text: it is
a `Figure`, which names the fact it comes from. Text from outside has passed `syncline.report.words` before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from syncline.report.facts import Fact

SCHEMA_VERSION = 1
"""Of the JSON form; raised when a reader of the older form would go wrong."""


class State(StrEnum):
    """A state is shown by shape, word and colour, never by colour alone."""

    DONE = "done"
    IN_PROGRESS = "in progress"
    REVIEW = "in review"
    WAITING = "waiting"
    BLOCKED = "blocked"
    STUCK = "stuck"
    OVERDUE = "overdue"
    COMPLETE = "complete"
    PARTIAL = "partial"
    STALE = "stale"


@dataclass(frozen=True)
class Figure:
    """A number: a fact's value, or of a series the value at ``key`` (the sum without one)."""

    fact: str
    key: str | None = None


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


Part = str | Figure | Item | Name | date | Moment | State
Line = tuple[Part, ...]


@dataclass(frozen=True)
class Column:
    id: str
    title: str
    numeric: bool = False


@dataclass(frozen=True)
class Table:
    """``listing``: rows are things to read one by one. ``cut``: there are more rows than are shown."""

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Line, ...], ...]
    total: tuple[Line, ...] | None = None
    listing: bool = False
    cut: bool = False
    empty: str = "None."


@dataclass(frozen=True)
class Series:
    """One kind of bar. ``tone`` names its colour; ``figure`` is a series by category."""

    title: str
    tone: str
    figure: Figure


@dataclass(frozen=True)
class Chart:
    """Bars by category, stacked where there are several series. A category is its key and its label.

    Without categories there is nothing to draw, and the summary stands alone.
    """

    id: str
    title: str
    summary: Line
    upright: bool
    head: str
    unit: str
    categories: tuple[tuple[str, Name | date], ...]
    series: tuple[Series, ...]


@dataclass(frozen=True)
class Section:
    """``rule`` is the definition the section goes by, printed under its title."""

    id: str
    title: str
    rule: str | None = None
    lines: tuple[Line, ...] = ()
    blocks: tuple[Table | Chart, ...] = ()


@dataclass(frozen=True)
class Card:
    """A headline number that leads to its section."""

    id: str
    title: str
    figure: Figure
    note: Line
    section: str
    state: State | None = None


@dataclass(frozen=True)
class Provenance:
    """Where the report comes from. ``warnings`` say what makes it doubtful; there are none in a good one."""

    lines: tuple[Line, ...]
    warnings: tuple[Line, ...]


@dataclass(frozen=True)
class StatusReport:
    """The whole report. ``relations`` is the SQL of the working set that the facts' queries are over."""

    title: str
    timezone: str
    as_of: datetime
    period_start: datetime
    period_end: datetime
    known_seq: int
    provenance: Provenance
    bottom_line: tuple[Line, ...]
    cards: tuple[Card, ...]
    sections: tuple[Section, ...]
    facts: tuple[Fact, ...]
    relations: tuple[tuple[str, str], ...]

    def fact(self, figure: Figure) -> Fact:
        """The fact behind a figure: ids are numbered from F01 in the order of ``facts``."""
        return self.facts[int(figure.fact[1:]) - 1]
