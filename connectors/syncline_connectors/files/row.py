"""The cells of one row by column; what is wrong is told with the column's name. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import TypeVar

from pydantic import JsonValue

from syncline_connectors.files import cells
from syncline_connectors.files.cells import Dialect

T = TypeVar("T")


class Cells:
    """One row. A column that is empty or not there is None; every method raises ValueError naming the column."""

    def __init__(self, row: Mapping[str, str], dialect: Dialect) -> None:
        self.row = row
        self._dialect = dialect

    def _read(self, column: str, read: Callable[[str], T]) -> T | None:
        cell = self.row.get(column)
        if cell is None:
            return None
        try:
            return read(cell)
        except ValueError as error:
            raise ValueError(f"column {column}: {error}") from None

    def text(self, column: str) -> str | None:
        return self.row.get(column)

    def number(self, column: str) -> float | None:
        return self._read(column, lambda cell: cells.measure(cell, self._dialect))

    def whole(self, column: str) -> int | None:
        return self._read(column, lambda cell: cells.whole(cell, self._dialect))

    def percent(self, column: str) -> float | None:
        return self._read(column, lambda cell: cells.percent(cell, self._dialect))

    def share(self, column: str) -> float | None:
        return self._read(column, lambda cell: cells.share(cell, self._dialect))

    def day(self, column: str) -> date | None:
        return self._read(column, cells.day)

    def instant(self, column: str) -> datetime | None:
        return self._read(column, lambda cell: cells.instant(cell, self._dialect))

    def flag(self, column: str) -> bool | None:
        return self._read(column, cells.flag)

    def word(self, column: str, words: Mapping[str, str]) -> str | None:
        """One of ``words``, no other."""
        return self._read(column, lambda cell: cells.word_of(cell, words))

    def usual(self, column: str, words: Mapping[str, str]) -> str | None:
        """The usual word where there is one, else the file's own."""
        return self._read(column, lambda cell: words.get(cell.casefold(), cell))

    def references(self, column: str) -> tuple[str, ...]:
        return self._read(column, cells.references) or ()

    def names(self, column: str) -> tuple[str, ...]:
        return self._read(column, cells.names) or ()

    def company_value(self, column: str) -> JsonValue:
        return self._read(column, lambda cell: cells.company_value(column, cell, self._dialect))


def needed(value: T | None, column: str) -> T:
    """A value that must be there."""
    if value is None:
        raise ValueError(f"column {column}: is empty")
    return value
