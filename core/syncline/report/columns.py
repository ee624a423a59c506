"""What the cells of a column share, said once for the whole column instead of in every cell of it.

A class of the table names its columns of numbers (``n3``: the third), those that must not break (``w3``) and those of
sentences (``s3``). Lists of things, which become cards on a narrow screen, take the titles of their cells from the
style sheet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from syncline.report.model import Detail, Report, Section, Table
from syncline.report.parts import State

MOST = 24
"""Columns that have a class; a table of more is none that anybody reads."""


WIDE = 9
"""Columns of a table beyond which it is scrolled sideways."""

SENTENCE = 4
"""Parts of a cell beyond which it is read as a sentence."""


def rules() -> str:
    """The style of the classes, of no weight of its own, so that other rules say more."""
    numbers, whole, sentences = (
        ",".join(f".{letter}{place} tr>:nth-child({place})" for place in range(1, MOST + 1))
        for letter in "nws"
    )
    return (
        f":is(th,td):where({numbers}){{text-align:right;white-space:nowrap;min-width:0}}\n"
        f":is(th,td):where({whole}){{white-space:nowrap}}\n"
        f"td:where({sentences}){{min-width:18rem}}\n"
    )


def classes(table: Table) -> str:
    """The classes of a table, but the one for the titles of its cells."""
    numbers = [f"n{place}" for place, one in enumerate(table.columns, 1) if one.numeric and place <= MOST]
    whole = [
        f"w{place}" for place, one in enumerate(table.columns, 1) if not one.numeric and _short(table, place)
    ]
    sentences = [
        f"s{place}" for place, one in enumerate(table.columns, 1) if not one.numeric and _long(table, place)
    ]
    return " ".join((*(["listing"] if table.listing else []), *numbers, *whole, *sentences))


def _long(table: Table, place: int) -> bool:
    """Whether a cell of a column, in a table too wide for the page, is of many parts: it would break at every word."""
    return len(table.columns) > WIDE and any(len(row[place - 1]) > SENTENCE for row in table.rows)


def _short(table: Table, place: int) -> bool:
    """Whether every cell of a column is a day, a state, or nothing."""
    cells = [row[place - 1] for row in table.rows]
    lone = all(len(cell) < 2 and isinstance((*cell, date.min)[0], date | State) for cell in cells)
    return place <= MOST and lone and any(cells)


def titles(report: Report) -> dict[tuple[str, ...], str]:
    """The class of each way in which lists are headed."""
    heads = dict.fromkeys(_heads(table) for table in _listings(report.sections))
    return {head: f"t{number}" for number, head in enumerate(heads, 1)}


def _heads(table: Table) -> tuple[str, ...]:
    return tuple(column.title for column in table.columns)


def title_class(table: Table, known: dict[tuple[str, ...], str]) -> str:
    return known.get(_heads(table), "") if table.listing else ""


def title_rules(known: dict[tuple[str, ...], str]) -> str:
    """The titles of cells, by their table's class and their place in it; the first heads the others."""
    found: dict[str, list[str]] = {}
    for head, name in known.items():
        for place, title in enumerate(head[1:], 2):
            found.setdefault(title, []).append(f".{name} td:nth-child({place})")
    return "".join(f'{",".join(where)}{{--c:"{_quoted(title)}: "}}\n' for title, where in found.items())


def _quoted(text: str) -> str:
    """The inside of a string of CSS: whatever is no letter or blank is written as its number."""
    return "".join(
        one if one.isascii() and (one.isalnum() or one in " ,()%") else f"\\{ord(one):x} " for one in text
    )


def _listings(sections: Iterable[Section]) -> Iterator[Table]:
    for section in sections:
        for block in section.blocks:
            inner = block.blocks if isinstance(block, Detail) else (block,)
            yield from (one for one in inner if isinstance(one, Table) and one.listing and one.rows)
