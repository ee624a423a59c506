"""The report as Markdown: one bullet per line in a stable order, so that a diff of files is a diff of reports."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

from syncline.report.facts import Form
from syncline.report.model import Block, Board, Detail, Report, Section, Table
from syncline.report.parts import Figure, Item, Line, Moment, Part
from syncline.report.pictures import Picture
from syncline.report.plain import part_text
from syncline.report.tabled import table_of
from syncline.report.words import total_text
from syncline.text.terminal import one_line

_BREAK = "\u200b"
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~!&$^=@])")
_LEADING = re.compile(r"^(\d+)([.)])|^([-+:])")
_MENTION = re.compile(r"(\\[@#])(?=\S)")
_ADDRESS = re.compile(r"(?i)(https?|ftp|mailto|xmpp|www)([:.])")


def markdown(report: Report) -> str:
    """The whole report, without the queries of its facts, which stand in the HTML and JSON forms."""
    return "\n".join(_Writer(report).lines()) + "\n"


def escape(text: str) -> str:
    """Text from outside as Markdown that shows it and does nothing: no markup, link, mention or reference.

    Renderers link addresses and mentions after reading the escapes, so those are also broken by a zero-width space.
    """
    text = _SPECIAL.sub(r"\\\1", text)
    text = _LEADING.sub(lambda found: f"{found[1]}\\{found[2]}" if found[1] else f"\\{found[3]}", text)
    return _ADDRESS.sub(rf"\1{_BREAK}\2", _MENTION.sub(rf"\1{_BREAK}", text))


class _Writer:
    def __init__(self, report: Report) -> None:
        self._report = report

    def lines(self) -> Iterator[str]:
        report = self._report
        yield f"# {escape(report.title)}"
        yield ""
        yield from self._bullets(report.provenance.lines)
        if report.provenance.warnings:
            yield from ("", "## Warning: the data is not all there, or not fresh", "")
            yield from self._bullets(report.provenance.warnings)
        if report.bottom_line:
            yield from ("", "## Bottom line", "", *self._bullets(report.bottom_line))
        if report.cards:
            yield ""
        for card in report.cards:
            yield f"- {escape(card.title)}: {self._line((card.figure, ' (', *card.note, ')'))}"
        for section in report.spoken:
            yield from self._section(section)
        if report.silent:
            yield from ("", "## Nothing to say about", "")
            yield from (f"- {escape(section.title)}: {section.silent}" for section in report.silent)
        yield from self._ledger()

    def _section(self, section: Section) -> Iterator[str]:
        yield from ("", f"## {escape(section.title)}", "")
        if section.rule:
            yield from (f"_{section.rule}_", "")
        yield from self._bullets(section.lines)
        yield from self._blocks(section.blocks, 3)

    def _blocks(self, blocks: Iterable[Block], level: int) -> Iterator[str]:
        for block in blocks:
            match block:
                case Table():
                    yield from ("", f"{'#' * level} {escape(block.caption)}", "", *self._table(block))
                case Board():
                    yield from self._board(block, level)
                case Detail():
                    yield from (
                        "",
                        f"{'#' * level} {self._line(block.head)}",
                        "",
                        *self._bullets(block.lines),
                    )
                    yield from self._blocks(block.blocks, level + 1)
                case _:
                    yield from self._picture(block, level)

    def _board(self, board: Board, level: int) -> Iterator[str]:
        yield from ("", f"{'#' * level} {escape(board.title)}")
        for column in board.columns:
            note: Line = (" – ", *column.note) if column.note else ()
            head = self._line((column.count, *note))
            yield from (
                "",
                f"{'#' * (level + 1)} {escape(column.title)}: {head}",
                "",
                *self._bullets(column.cards),
            )
            if column.cut:
                yield "- … and more than are shown here; the number counts them all."

    def _picture(self, picture: Picture, level: int) -> Iterator[str]:
        table = table_of(picture, self._report)
        yield from ("", f"{'#' * level} {escape(picture.title)}", "", self._line(picture.summary))
        if table.rows:
            yield from ("", *self._grid(table))

    def _table(self, table: Table) -> Iterator[str]:
        if not table.rows:
            yield f"- {table.empty}"
        elif table.listing:
            yield from (self._entry(table, row) for row in table.rows)
        else:
            yield from self._grid(table)
        if table.cut:
            yield from ("", "- … and more than are shown here; the numbers count them all.")

    def _entry(self, table: Table, row: tuple[Line, ...]) -> str:
        rest = zip(table.columns[1:], row[1:], strict=True)
        cells = [f"{escape(column.title)}: {self._line(cell)}" for column, cell in rest if cell]
        return " · ".join([f"- {self._line(row[0])}", *cells])

    def _grid(self, table: Table) -> Iterator[str]:
        yield f"| {' | '.join(escape(column.title) for column in table.columns)} |"
        yield f"| {' | '.join('---:' if column.numeric else '---' for column in table.columns)} |"
        for row in (*table.rows, *([table.total] if table.total else [])):
            yield f"| {' | '.join(map(self._line, row))} |"

    def _ledger(self) -> Iterator[str]:
        yield from ("", "## Facts", "")
        for fact in self._report.facts:
            value = total_text(fact)
            words = escape(one_line(fact.unit)), escape(one_line(fact.definition))
            yield f"- {fact.id} `{fact.name}` = {value} {words[0]}".rstrip() + f" · {words[1]}"

    def _bullets(self, lines: Iterable[Line]) -> Iterator[str]:
        return (f"- {self._line(line)}" for line in lines)

    def _line(self, line: Line) -> str:
        return "".join(map(self._part, line))

    def _part(self, part: Part) -> str:
        if isinstance(part, Item):
            label = escape(part.key or part.title)
            link = f"[{label}](<{part.url}>)" if part.url else label
            return f"{link} {escape(part.title)}" if part.key else link
        text = part_text(part, self._report)
        own = isinstance(part, str | date | Moment)
        if isinstance(part, Figure):
            own = self._report.fact(part).form is not Form.WORD
        return text if own else escape(text)
