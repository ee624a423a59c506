"""The company's list, ``people.csv``: one row for a person, one column for a connection. Pure.

A line that begins with # is a remark. What is wrong with a row is a `Mistake`, and the others count; what is wrong with
the file raises ConfigError.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from syncline.config.values import nearest
from syncline.errors import ConfigError
from syncline.people.accounts import folded

OWN = ("person", "email", "team")
DELIMITERS = ",;\t"
HINT = "its first line must be as in: person,email,team,eng,product"


@dataclass(frozen=True)
class Mistake:
    """What a person must correct. ``line`` is 0 where no line of the file is at fault."""

    line: int
    text: str


@dataclass(frozen=True)
class Entry:
    """One person; ``cells`` by connection, those that are not empty."""

    line: int
    person: str
    email: str | None
    team: str | None
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Roster:
    """The list as it was read. ``columns`` are the headers as we call them, None for one that means nothing;
    ``header_end`` is where the header's line ends in the text."""

    entries: tuple[Entry, ...] = ()
    columns: tuple[str | None, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    delimiter: str = ","
    header_end: int = 0


def read(name: str, text: str, connections: Collection[str], teams: Collection[str] = ()) -> Roster:
    """The list in ``text``; ``name`` is what messages call the file. Raises ConfigError where it is none."""
    lines = _Lines(text)
    first = lines.peek()
    if first is None:
        raise ConfigError(f"{name} is empty", hint=HINT)
    delimiter = max(DELIMITERS, key=lambda sign: len(next(csv.reader([first], delimiter=sign))))
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        header_line, header = lines.next_line, next(rows)
        columns, mistakes = _columns(name, header_line, header, connections)
        header_end = lines.offset
        entries = list(_entries(rows, lines, columns, mistakes))
    except csv.Error as error:
        raise ConfigError(f"{name} line {lines.count}: {error}", hint="is a quote missing?") from None
    mistakes += _repeated(entries)
    if teams:
        mistakes += _unknown_teams(entries, teams)
    mistakes.sort(key=lambda one: one.line)
    return Roster(tuple(entries), tuple(columns), tuple(mistakes), delimiter, header_end)


class _Lines(Iterator[str]):
    """The lines of the list without remarks and blank lines, counted; both may stand only between rows."""

    def __init__(self, text: str) -> None:
        self._lines = list(io.StringIO(text, newline=""))
        self.count = 0
        self.offset = 0
        self._within = False

    def peek(self) -> str | None:
        """The line that comes next."""
        self._skip()
        return self._lines[self.count] if self.count < len(self._lines) else None

    @property
    def next_line(self) -> int:
        """Its number."""
        self._skip()
        return self.count + 1

    def _skip(self) -> None:
        while not self._within and self.count < len(self._lines) and _remark(self._lines[self.count]):
            self._advance()

    def _advance(self) -> str:
        line = self._lines[self.count]
        self.count += 1
        self.offset += len(line)
        return line

    def __next__(self) -> str:
        self._skip()
        if self.count >= len(self._lines):
            raise StopIteration
        line = self._advance()
        self._within ^= line.count('"') % 2 == 1
        return line


def _remark(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _columns(
    name: str, line: int, header: Sequence[str], connections: Collection[str]
) -> tuple[list[str | None], list[Mistake]]:
    known = {folded(one): one for one in (*OWN, *connections)}
    columns: list[str | None] = []
    mistakes: list[Mistake] = []
    for title in header:
        column = known.get(folded(title))
        if column is None and title.strip():
            mistakes.append(
                Mistake(line, f'column "{title.strip()}" is no connection; {nearest(title, known)}')
            )
        if column is not None and column in columns:
            mistakes.append(Mistake(line, f"column {column} stands there twice; the first counts"))
            column = None
        columns.append(column)
    if "person" not in columns:
        raise ConfigError(f"{name} line {line}: the column person is missing", hint=HINT)
    return columns, mistakes


def _entries(
    rows: Iterator[list[str]], lines: _Lines, columns: Sequence[str | None], mistakes: list[Mistake]
) -> Iterator[Entry]:
    while lines.peek() is not None:
        line = lines.next_line
        cells = next(rows)
        found = {
            column: text
            for column, cell in zip(columns, cells, strict=False)
            if column is not None and (text := " ".join(cell.split()))
        }
        if any(cells[len(columns) :]):
            mistakes.append(
                Mistake(line, f"has {len(cells)} cells, the header has {len(columns)}; it is not read")
            )
        elif "person" not in found and found:
            mistakes.append(Mistake(line, "names no person; it is not read"))
        elif found:
            own = {column: found.pop(column, None) for column in OWN}
            yield Entry(line, own["person"] or "", own["email"], own["team"], found)


def _repeated(entries: list[Entry]) -> list[Mistake]:
    """Persons that stand there twice: the first row counts."""
    first: dict[str, int] = {}
    mistakes: list[Mistake] = []
    for entry in list(entries):
        line = first.setdefault(folded(entry.person), entry.line)
        if line != entry.line:
            mistakes.append(
                Mistake(
                    entry.line, f'"{entry.person}" stands in line {line}, too; write one row for a person'
                )
            )
            entries.remove(entry)
    return mistakes


def _unknown_teams(entries: Sequence[Entry], teams: Collection[str]) -> list[Mistake]:
    return [
        Mistake(entry.line, f'no team is named "{entry.team}"; {nearest(entry.team, teams)}')
        for entry in entries
        if entry.team and entry.team not in teams
    ]


def accounts_in(cell: str) -> list[str]:
    """What a cell names: one account, or several divided by semicolons."""
    return [piece for piece in (one.strip() for one in cell.split(";")) if piece]
