"""What every section is written with: the ledger, the calendar, and the user's own words made fit to print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from syncline.report.facts import Ledger, Row
from syncline.report.model import Column, Figure, Item, Line, Moment, Name, Table
from syncline.report.settings import Calendar, ReportSettings
from syncline.report.words import safe_url, tidy

LONGEST_LIST = 45
"""Rows shown of one list; the facts count them all."""

AT_FIRST = 6
"""A list that is longer is not unfolded at first."""

WEEKS = 12
NO_CONTAINER = "(no container)"
NOBODY = "(unassigned)"


@dataclass(frozen=True)
class Draft:
    """A report in the making."""

    settings: ReportSettings
    calendar: Calendar
    ledger: Ledger
    hosts: frozenset[str]

    def item(self, row: Row) -> Item:
        key = tidy(row["key"], "")
        title = tidy(row["title"], "(no title)")
        return Item(row["item"], key or None, title, safe_url(row["url"], self.hosts))

    def moment(self, text: str) -> Moment:
        return Moment(self.calendar.local(text))

    def when(self, instant: datetime) -> Moment:
        return Moment(self.calendar.local(instant))

    def day(self, text: str | None) -> Line:
        """The day of an instant in the report zone, or nothing."""
        return (self.calendar.day(text),) if text else ()

    def container(self, row: Row) -> Line:
        return (Name(tidy(row["container_title"], NO_CONTAINER)),)

    def owners(self, row: Row) -> Line:
        rows = self.ledger.rows(
            "SELECT DISTINCT person, name FROM assigned WHERE ref = ? ORDER BY name, person", row["lead"]
        )
        return (Name(", ".join(tidy(one["name"], "(no name)") for one in rows)),) if rows else (NOBODY,)

    @property
    def weeks(self) -> list[date]:
        """The first days of the last twelve whole weeks."""
        end = self.calendar.week_of(self.calendar.today, self.settings.week_start)
        return [end - timedelta(weeks=back) for back in range(WEEKS, 0, -1)]

    @cached_property
    def containers(self) -> Mapping[str, str]:
        """Container to its printed name, in the order in which they are listed; '' stands for none."""
        rows = self.ledger.rows(
            "SELECT container, max(container_title) AS title FROM work WHERE container <> ''"
            " GROUP BY container ORDER BY container"
        )
        return {row["container"]: _container_name(row) for row in rows} | {"": NO_CONTAINER}

    def listing(
        self,
        id: str,
        caption: str,
        rows: Sequence[Row],
        figure: Figure,
        cells: Mapping[Column, Sequence[Line]],
        empty: str = "None.",
    ) -> Table:
        """A table with one row per item: the item first, then ``cells`` column by column; a long one is folded."""
        columns = (Column("item", "Item"), *cells)
        lines = zip(*([(self.item(row),) for row in rows], *cells.values()), strict=True)
        cut = self.ledger.number(figure) > len(rows)
        folded = len(rows) > AT_FIRST
        return Table(id, caption, columns, tuple(lines), listing=True, cut=cut, empty=empty, folded=folded)


def _container_name(row: Row) -> str:
    """The title, with the key where it says more."""
    key = tidy(row["container"].partition(":")[2], "")
    title = tidy(row["title"], key)
    return title if not key or title == key else f"{title} ({key})"


def plural(ledger: Ledger, figure: Figure, one: str, many: str) -> Line:
    """``1 item was`` or ``2 items were``: the figure, and the words that fit it."""
    return (figure, f" {one if ledger.number(figure) == 1 else many}")


def work(condition: str, *columns: str) -> str:
    """The query for the items of a condition: their ids, then ``columns``. Only this package's own texts go in."""
    return f"SELECT {', '.join(('item', *columns))} FROM work WHERE {condition}"  # noqa: S608
