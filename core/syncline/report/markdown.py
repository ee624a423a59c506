"""The report as Markdown: one bullet per line in a stable order, so that a diff of files is a diff of reports."""

from __future__ import annotations

import re
from collections.abc import Iterator

from syncline.report.charts import chart_table
from syncline.report.model import Chart, Item, Line, Name, Part, Report, Section, Table
from syncline.report.plain import part_text
from syncline.report.words import value_text

_BREAK = "\u200b"
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~!&$^=@])")
_LEADING = re.compile(r"^(\d+)([.)])|^([-+:])")
_MENTION = re.compile(r"(\\[@#])(?=\S)")
_ADDRESS = re.compile(r"(?i)(https?|ftp|mailto|xmpp|www)([:.])")


def markdown(report: Report) -> str:
    """The whole report, without the queries of its facts, which stand in the HTML and JSON forms."""
    return "\n".join(_lines(report)) + "\n"


def escape(text: str) -> str:
    """Text from outside as Markdown that shows it and does nothing: no markup, link, mention or reference.

    Renderers link addresses and mentions after reading the escapes, so those are also broken by a zero-width space.
    """
    text = _SPECIAL.sub(r"\\\1", text)
    text = _LEADING.sub(lambda found: f"{found[1]}\\{found[2]}" if found[1] else f"\\{found[3]}", text)
    return _ADDRESS.sub(rf"\1{_BREAK}\2", _MENTION.sub(rf"\1{_BREAK}", text))


def _lines(report: Report) -> Iterator[str]:
    yield f"# {escape(report.title)}"
    yield ""
    yield from _bullets(report.provenance.lines, report)
    if report.provenance.warnings:
        yield from ("", "## Warning: the data is not all there, or not fresh", "")
        yield from _bullets(report.provenance.warnings, report)
    yield from ("", "## Bottom line", "")
    yield from _bullets(report.bottom_line, report)
    yield ""
    for card in report.cards:
        yield f"- {card.title}: {_line((card.figure, ' (', *card.note, ')'), report)}"
    for section in report.sections:
        yield from _section(section, report)
    yield from _ledger(report)


def _bullets(lines: tuple[Line, ...], report: Report) -> Iterator[str]:
    for line in lines:
        yield f"- {_line(line, report)}"


def _line(line: Line, report: Report) -> str:
    return "".join(_item(part) if isinstance(part, Item) else _other(part, report) for part in line)


def _other(part: Part, report: Report) -> str:
    text = part_text(part, report)
    return escape(text) if isinstance(part, Name) else text


def _item(item: Item) -> str:
    label = escape(item.key or item.title)
    link = f"[{label}](<{item.url}>)" if item.url else label
    return f"{link} {escape(item.title)}" if item.key else link


def _section(section: Section, report: Report) -> Iterator[str]:
    yield from ("", f"## {section.title}", "")
    if section.rule:
        yield from (f"_{section.rule}_", "")
    yield from _bullets(section.lines, report)
    for block in section.blocks:
        if isinstance(block, Chart):
            yield from _chart(block, report)
        elif isinstance(block, Table):
            yield from ("", f"### {block.caption}", "", *_table(block, report))


def _chart(chart: Chart, report: Report) -> Iterator[str]:
    if chart.categories:
        yield from ("", f"### {chart.title}", "", _line(chart.summary, report), "")
        yield from _grid(chart_table(chart), report)
    else:
        yield f"- {_line(chart.summary, report)}"


def _table(table: Table, report: Report) -> Iterator[str]:
    if not table.rows:
        yield f"- {table.empty}"
    elif table.listing:
        yield from (_entry(table, row, report) for row in table.rows)
    else:
        yield from _grid(table, report)
    if table.cut:
        yield "- … and more than are shown here; the numbers count them all."


def _entry(table: Table, row: tuple[Line, ...], report: Report) -> str:
    rest = zip(table.columns[1:], row[1:], strict=True)
    cells = [f"{column.title}: {_line(cell, report)}" for column, cell in rest if cell]
    return " · ".join([f"- {_line(row[0], report)}", *cells])


def _grid(table: Table, report: Report) -> Iterator[str]:
    yield f"| {' | '.join(column.title for column in table.columns)} |"
    yield f"| {' | '.join('---:' if column.numeric else '---' for column in table.columns)} |"
    for row in (*table.rows, *([table.total] if table.total else [])):
        yield f"| {' | '.join(_line(cell, report) for cell in row)} |"


def _ledger(report: Report) -> Iterator[str]:
    yield from ("", "## Facts", "")
    for fact in report.facts:
        value = value_text(fact, None)
        yield f"- {fact.id} `{fact.name}` = {value} {fact.unit}".rstrip() + f" · {fact.definition}"
