"""What a report says, before it is written in any format.

A report is sections; a section is sentences, tables and pictures; these are made of parts (`syncline.report.parts`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from syncline.report.parts import Figure, Item, Jump, Line, Moment, Name, Part, Refused, Spark, State
from syncline.report.pictures import Chart, Picture, Series

if TYPE_CHECKING:
    from syncline.report.facts import Fact

__all__ = [
    "Block", "Board", "BoardColumn", "Card", "Chart", "Column", "Detail", "Figure", "Item", "Jump", "Line", "Moment",
    "Name", "Part", "Picture", "Provenance", "Refused", "Report", "Section", "Series", "Spark", "State", "Table",
]  # fmt: skip

SCHEMA_VERSION = 2
"""Of the JSON form; raised when a reader of the older form would go wrong."""


@dataclass(frozen=True)
class Column:
    id: str
    title: str
    numeric: bool = False


@dataclass(frozen=True)
class Table:
    """``listing``: rows are things to read one by one. ``cut``: there are more rows than are shown.

    ``folded``: a reader opens it if he wants to; it is no part of what everybody reads.
    """

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Line, ...], ...]
    total: tuple[Line, ...] | None = None
    listing: bool = False
    cut: bool = False
    empty: str = "None."
    folded: bool = False


@dataclass(frozen=True)
class BoardColumn:
    """``note`` is its limit, or what is wrong with it."""

    title: str
    count: Figure
    cards: tuple[Line, ...]
    note: Line = ()
    cut: bool = False


@dataclass(frozen=True)
class Board:
    """Columns of things side by side, as on a wall."""

    id: str
    title: str
    columns: tuple[BoardColumn, ...]


@dataclass(frozen=True)
class Detail:
    """Something that a reader opens, with a place of its own in the page; ``head`` is always seen."""

    id: str
    head: Line
    lines: tuple[Line, ...] = ()
    blocks: tuple[Table | Picture, ...] = ()


Block = Table | Picture | Board | Detail


@dataclass(frozen=True)
class Section:
    """``rule`` is the definition the section goes by, printed under its title.

    ``silent`` says why there is nothing to say; the section is then one line at the end of the report. ``folded``: as
    of a table.
    """

    id: str
    title: str
    rule: str | None = None
    lines: tuple[Line, ...] = ()
    blocks: tuple[Block, ...] = ()
    silent: str | None = None
    folded: bool = False


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
class Report:
    """The whole report; ``kind`` names it: status, roadmap, standup, sprint, launch, retro.

    ``relations`` is the SQL of the working set that the facts' queries are over.
    """

    kind: str
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

    @property
    def spoken(self) -> tuple[Section, ...]:
        """The sections that have something to say, in their order."""
        return tuple(section for section in self.sections if section.silent is None)

    @property
    def silent(self) -> tuple[Section, ...]:
        return tuple(section for section in self.sections if section.silent is not None)

    def fact(self, figure: Figure) -> Fact:
        """The fact behind a figure."""
        return self._by_id[figure.fact]

    @cached_property
    def _by_id(self) -> Mapping[str, Fact]:
        return {fact.id: fact for fact in self.facts}
