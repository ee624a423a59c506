"""Counts the words of a report's main part: what stands there before anything is unfolded."""

from __future__ import annotations

from collections.abc import Iterator

from syncline.report import Report
from syncline.report.model import Board, Detail, Line, Section, Table
from syncline.report.plain import line_text


def counted(report: Report) -> dict[str, int]:
    """Words by section; ``top`` is the bottom line with the cards. Rules and the ledger are no part of it."""
    top = [*report.bottom_line, *((card.title, " ", card.figure, " ", *card.note) for card in report.cards)]
    found = {"top": _words(top, report)}
    for section in report.spoken:
        if not section.folded:
            found[section.id] = _words(_lines(section), report) + len(section.title.split())
    return found


def _words(lines: list[Line], report: Report) -> int:
    return sum(len(line_text(line, report).split()) for line in lines)


def _lines(section: Section) -> list[Line]:
    return [*section.lines, *(line for block in section.blocks for line in _of(block))]


def _of(block: object) -> Iterator[Line]:
    match block:
        case Table(folded=False):
            yield (block.caption,)
            if not block.rows:
                yield (block.empty,)
            else:
                yield tuple(f"{column.title} " for column in block.columns)
            for row in block.rows:
                yield from row
        case Table():
            yield (block.caption,)
        case Detail():
            yield block.head
        case Board():
            for column in block.columns:
                yield (column.title,)
                yield from column.cards
        case _:
            yield (getattr(block, "title", ""),)
            yield getattr(block, "summary", ())
