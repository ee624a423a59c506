"""The report in plain lines for a terminal: the bottom line, the headlines, and what everybody reads of it.

Of the long reports (`FIRST`) that is what matters most; of the others every section, but for what is folded or drawn.
"""

from __future__ import annotations

from collections.abc import Iterator

from syncline.report.model import Block, Board, Report, Table
from syncline.report.plain import line_text
from syncline.report.words import day_text
from syncline.text.terminal import cell_width

LONGEST_LIST = 5
LONGEST_OF_SHORT = 12
"""Things of a list that are printed of a long report, and of a short one."""

FIRST = {"status": ("decisions", "scorecard", "stuck_items", "overdue_items", "containers")}
"""Of long reports ids of sections whose lines and tables are printed, and of single tables, in this order."""


def terminal(report: Report) -> str:
    """Lines without colour or control characters; every text in them has been cleaned."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield f"{report.title}, {day_text(report.as_of.date())}"
    for line in report.provenance.warnings:
        yield f"! {line_text(line, report)}"
    if report.bottom_line:
        yield ""
        yield from (line_text(line, report) for line in report.bottom_line)
    if report.cards:
        yield from ("", *_cards(report))
    if report.kind not in FIRST:
        yield from _whole(report)
    for id in FIRST.get(report.kind, ()):
        yield from _section(id, report)
        yield from _table(id, report)


def _cards(report: Report) -> Iterator[str]:
    width = max(len(card.title) for card in report.cards)
    for card in report.cards:
        number = line_text((card.figure,), report)
        yield f"  {card.title:<{width}}  {number:>6}  ({line_text(card.note, report)})"


def _whole(report: Report) -> Iterator[str]:
    """Every section that is not folded, as far as it is in words."""
    for section in report.spoken:
        if not section.folded:
            lines = [line_text(line, report) for line in section.lines]
            lines += [line for block in section.blocks for line in _block(block, report)]
            if lines:
                yield from ("", section.title, *(f"  {line}".rstrip() for line in lines))


def _block(block: Block, report: Report) -> Iterator[str]:
    if isinstance(block, Board):
        yield from _board(block, report)
    elif isinstance(block, Table) and block.rows and not block.folded:
        yield from _rows(block, report, LONGEST_OF_SHORT)


def _board(board: Board, report: Report) -> Iterator[str]:
    """One column below the other, each with what stands in it."""
    for column in board.columns:
        note = line_text(column.note, report)
        count = line_text((column.count,), report)
        yield f"{column.title}: {count}" + (f" ({note})" if note else "")
        cards = column.cards[:LONGEST_OF_SHORT]
        yield from (f"  {line_text(card, report)}" for card in cards)
        if column.cut or len(cards) < len(column.cards):
            yield "  … more in the full report"


def _section(id: str, report: Report) -> Iterator[str]:
    """Title, lines and open tables of the section with this id, but for tables that have an id of their own here."""
    single = FIRST[report.kind]
    for section in report.spoken:
        if section.id == id:
            lines = [line_text(line, report) for line in section.lines]
            for block in section.blocks:
                if isinstance(block, Table) and block.rows and not block.folded and block.id not in single:
                    lines += _rows(block, report)
            if lines:
                yield from ("", section.title, *(f"  {line}" for line in lines))


def _table(id: str, report: Report) -> Iterator[str]:
    for section in report.spoken:
        for block in section.blocks:
            if isinstance(block, Table) and block.id == id and block.rows:
                yield from ("", block.caption, *(f"  {row}" for row in _rows(block, report)))


def _rows(table: Table, report: Report, longest: int = LONGEST_LIST) -> Iterator[str]:
    """Aligned columns under their titles; in a list of things the long one, which is the first, comes last."""
    rows = table.rows[:longest] if table.listing else table.rows
    heads = [column.title for column in table.columns]
    cells = [heads, *([line_text(cell, report) for cell in row] for row in rows)]
    order = [*range(1, len(heads)), 0] if table.listing else [*range(len(heads))]
    widths = [max(cell_width(row[index]) for row in cells) for index in range(len(heads))]
    for row in cells:
        yield "  ".join(
            _padded(row[index], widths[index], right=table.columns[index].numeric) for index in order
        ).rstrip()
    if table.cut or len(rows) < len(table.rows):
        yield "… more in the full report"


def _padded(text: str, width: int, *, right: bool) -> str:
    space = " " * (width - cell_width(text))
    return space + text if right else text + space
