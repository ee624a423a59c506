"""The report as CSV, for a spreadsheet: the ledger, one row per value, or one table.

A spreadsheet runs a cell that begins with ``=``, ``+``, ``-`` or ``@`` as a formula, after a tab or a line end too. So
texts that begin with one of these get an apostrophe in front (OWASP ASVS 1.2.10); numbers stay numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from syncline.report.facts import Fact, Scalar
from syncline.report.model import Block, Detail, Report, Table
from syncline.report.parts import Figure, Line
from syncline.report.pictures import Picture
from syncline.report.plain import line_text
from syncline.report.tabled import table_of
from syncline.report.words import decimal, refusal_text
from syncline.text.terminal import one_line

Cell = str | int
_TRAPS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


def facts_csv(report: Report) -> str:
    """Every fact: one row for a single value, one row per key for a series."""
    head = ("fact", "name", "key", "value", "unit", "rows", "refused", "definition")
    return _written([head, *(row for fact in report.facts for row in _fact(fact))])


def table_csv(report: Report, id: str) -> str:
    """The table with this id, or that of the picture with this id. Raises KeyError where there is none."""
    blocks = (block for section in report.sections for block in _all(section.blocks))
    found = next((block for block in blocks if block.id == id), None)
    if found is None:
        raise KeyError(id)
    table = found if isinstance(found, Table) else table_of(found, report)
    rows = (*table.rows, *((table.total,) if table.total else ()))
    cells = [[_cell(cell, report) for cell in row] for row in rows]
    return _written([[column.title for column in table.columns], *cells])


def table_ids(report: Report) -> tuple[str, ...]:
    """The ids that `table_csv` knows, in reading order."""
    return tuple(block.id for section in report.sections for block in _all(section.blocks))


def guarded(text: str) -> str:
    """The text so that a spreadsheet takes it for a text."""
    return f"'{text}" if text.startswith(_TRAPS) else text


def _all(blocks: Iterable[Block]) -> Iterator[Table | Picture]:
    for block in blocks:
        if isinstance(block, Detail):
            yield from _all(block.blocks)
        elif isinstance(block, Table | Picture):
            yield block


def _fact(fact: Fact) -> Iterator[tuple[Cell, ...]]:
    for key, value in fact.by_key.items():
        refused = fact.why_not(key)
        why = refusal_text(refused) if refused else ""
        number = _scalar(value)
        words = _text(fact.unit), fact.n, _text(why), _text(fact.definition)
        yield fact.id, fact.name, _text(key), number, *words


def _cell(cell: Line, report: Report) -> Cell:
    """A single number as a number, all else as text."""
    if len(cell) == 1 and isinstance(cell[0], Figure):
        fact, key = report.fact(cell[0]), cell[0].key
        if key is not None or not isinstance(fact.value, tuple):
            return _scalar(fact.by_key.get(key or ""))
    return guarded(line_text(cell, report))


def _scalar(value: Scalar | None) -> Cell:
    if value is None or isinstance(value, int):
        return "" if value is None else value
    return _text(value) if isinstance(value, str) else decimal(value)


def _text(text: str) -> str:
    """Words of a ledger, which keeps them as they are: made fit to print, whatever prints the file."""
    return guarded(one_line(text))


def _written(rows: Iterable[Iterable[Cell]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()
