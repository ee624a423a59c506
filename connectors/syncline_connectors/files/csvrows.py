"""From lines to rows: delimiter, header, line numbers. Pure.

What is wrong with one row is told with the row (`Row.problem`); what is wrong with the file raises ProtocolError, for
then nothing that follows can be trusted.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from syncline.config.values import nearest
from syncline.errors import ProtocolError
from syncline_connectors.files.cells import shown
from syncline_connectors.files.tables import Table, folded

DELIMITERS = ",;\t"
_TOLD = re.compile(r'"?sep=([,;\t])"?')
MOST_COLUMNS = 1000
"""No table of ours has more; a file with more is not what it is taken for."""


@dataclass(frozen=True)
class Row:
    """One row: the line it begins on, its cells that are not empty by column, and why it cannot be read, if so."""

    line: int
    cells: dict[str, str]
    problem: str | None = None


@dataclass(frozen=True)
class Header:
    """Which column stands where, None where it is not read. ``unknown`` are headers that mean nothing here."""

    columns: tuple[str | None, ...]
    unknown: tuple[str, ...]


def read(
    name: str,
    lines: Iterable[str],
    table: Table,
    ignored: Collection[str] = (),
    copies: Mapping[str, str] | None = None,
) -> tuple[Header, Iterator[Row]]:
    """The header of a file and its rows. ``copies``: folded header to company field, for an open table."""
    numbered = _Numbered(lines)
    first = next(numbered, None)
    told = _TOLD.fullmatch(first.rstrip("\r\n")) if first else None
    if told:  # Excel's own way to say it
        first = next(numbered, None)
    if first is None:
        raise ProtocolError(f"{name} is empty", hint="its first line must name the columns")
    delimiter = told[1] if told else delimiter_of(first)
    reader = csv.reader(itertools.chain([first], numbered), delimiter=delimiter, strict=True)
    try:
        titles = next(reader)
    except csv.Error as error:
        raise ProtocolError(f"{name} line 1: {_words(error)}") from None
    header = match(name, titles, table, ignored, copies or {})
    return header, _rows(name, reader, numbered, header)


class _Numbered(Iterator[str]):
    """Counts lines, so that a row can be told by the line it begins on, whatever stands in its quotes."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.count = 0

    def __next__(self) -> str:
        line = next(self._lines)
        self.count += 1
        return line


def delimiter_of(line: str) -> str:
    """The sign that divides the most headers: comma, semicolon or tab."""
    counts = {sign: len(next(csv.reader([line], delimiter=sign), [])) for sign in DELIMITERS}
    return max(DELIMITERS, key=lambda sign: counts[sign])


def match(
    name: str, titles: list[str], table: Table, ignored: Collection[str], copies: Mapping[str, str]
) -> Header:
    """What each header means; raises ProtocolError where a column is missing or stands there twice."""
    if len(titles) > MOST_COLUMNS:
        raise ProtocolError(f"{name} has {len(titles)} columns, at most {MOST_COLUMNS} are read")
    skipped = {folded(one) for one in ignored}
    columns: list[str | None] = []
    unknown: list[str] = []
    owners: dict[str, str] = {}
    for title in titles:
        column = _column(title, table, skipped, copies)
        columns.append(column)
        if column is None:
            if title.strip() and folded(title) not in skipped:
                unknown.append(title.strip())
            continue
        if column in owners:
            raise ProtocolError(
                f"{name} line 1: {shown(owners[column])} and {shown(title)} are both read as {column}",
                hint="rename one, or name it under `ignore`",
            )
        owners[column] = title
    for needed in table.required:
        if needed.name not in owners:
            raise ProtocolError(
                f"{name} line 1: the column {needed.name} is missing; "
                f"there are: {', '.join(map(shown, titles[:20])) or 'none'}",
                hint=f"it may also be called {', '.join(needed.aliases)}" if needed.aliases else None,
            )
    return Header(tuple(columns), tuple(unknown))


def _column(title: str, table: Table, skipped: Collection[str], copies: Mapping[str, str]) -> str | None:
    key = folded(title)
    if not key or key in skipped:
        return None
    if key in copies:
        return copies[key]
    if key in table.spellings:
        return table.spellings[key].name
    return key if table.open else None


def _rows(name: str, reader: Iterator[list[str]], numbered: _Numbered, header: Header) -> Iterator[Row]:
    while True:
        line = numbered.count + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise ProtocolError(f"{name} line {line}: {_words(error)}") from None
        if cells is None:
            return
        if any(cell and not cell.isspace() for cell in cells):
            yield _row(line, cells, header)


def _row(line: int, cells: list[str], header: Header) -> Row:
    found = {
        column: text
        for column, cell in zip(header.columns, cells, strict=False)
        if column is not None and (text := cell.strip())
    }
    if len(cells) < len(header.columns) or any(cells[len(header.columns) :]):
        return Row(line, found, f"has {len(cells)} cells, the header has {len(header.columns)}")
    for column, text in found.items():
        if "\0" in text:
            return Row(line, found, f"column {column}: holds a NUL character")
    return Row(line, found)


def unknown_columns(unknown: Iterable[str], table: Table, present: Collection[str | None]) -> str:
    """A sentence about headers that mean nothing here, each with the column it may have been meant for."""
    names = list(unknown)
    free = [one.name for one in table.columns if one.name not in present]
    told = [f"{shown(name)} ({hint})" if (hint := _meant(name, free)) else shown(name) for name in names[:10]]
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    word = "columns are" if len(names) > 1 else "column is"
    return f"{len(names)} {word} not read: {', '.join(told)}{more}; correct, or name under `ignore`"


def _meant(name: str, free: list[str]) -> str:
    hint = nearest(folded(name), free) if free else ""
    return hint if hint.startswith("did you mean") else ""


def _words(error: csv.Error) -> str:
    text = str(error)
    if "field larger" in text:
        return "a cell has more than 131,072 characters; is a closing quote missing?"
    if "unexpected end" in text:
        return "a quoted cell begins in this row and has no end; is the file cut off?"
    if "expected after" in text:
        return "a quote stands within a quoted cell; write it twice"
    return text
