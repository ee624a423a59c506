"""The report in a few plain lines for a terminal: the bottom line, the headlines, what is stuck, and the containers."""

from __future__ import annotations

from collections.abc import Iterator

from syncline.report.model import Report, Section, Table
from syncline.report.plain import line_text
from syncline.report.words import day_text
from syncline.text.terminal import cell_width

LONGEST_LIST = 5


def terminal(report: Report) -> str:
    """Lines without colour or control characters; every text in them has been cleaned."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield f"{report.title}, {day_text(report.as_of.date())}"
    for line in report.provenance.warnings:
        yield f"! {line_text(line, report)}"
    yield ""
    yield from (line_text(line, report) for line in report.bottom_line)
    yield ""
    width = max(len(card.title) for card in report.cards)
    for card in report.cards:
        number = line_text((card.figure,), report)
        yield f"  {card.title:<{width}}  {number:>6}  ({line_text(card.note, report)})"
    for id in ("stuck_items", "overdue_items", "containers"):
        table = _find(report.sections, id)
        if table.rows:
            yield from ("", table.caption, *(f"  {row}" for row in _rows(table, report)))


def _find(sections: tuple[Section, ...], id: str) -> Table:
    return next(
        block
        for section in sections
        for block in section.blocks
        if isinstance(block, Table) and block.id == id
    )


def _rows(table: Table, report: Report) -> Iterator[str]:
    """Aligned columns under their titles; in a list of things the long one, which is the first, comes last."""
    rows = table.rows[:LONGEST_LIST] if table.listing else table.rows
    heads = [column.title for column in table.columns]
    cells = [heads, *([line_text(cell, report) for cell in row] for row in rows)]
    order = [*range(1, len(heads)), 0] if table.listing else [*range(len(heads))]
    widths = [max(cell_width(row[index]) for row in cells) for index in range(len(heads))]
    for row in cells:
        yield "  ".join(
            _padded(row[index], widths[index], right=table.columns[index].numeric) for index in order
        ).rstrip()
    if len(rows) < len(table.rows):
        yield "… more in the full report"


def _padded(text: str, width: int, *, right: bool) -> str:
    space = " " * (width - cell_width(text))
    return space + text if right else text + space
