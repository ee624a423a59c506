"""The report as JSON: the contract for programs. Keys are sorted; every number is a fact, named where it is used.

Its schema is ``docs/report-schema.json``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any

from syncline.report.facts import Fact, Scalar, number_of
from syncline.report.model import SCHEMA_VERSION, Block, Board, Detail, Report, Section, Table
from syncline.report.parts import Figure, Item, Jump, Line, Moment, Name, Part, Refused, Spark, State
from syncline.report.pictures import Picture
from syncline.report.plain import line_text
from syncline.report.tabled import table_of
from syncline.report.words import decimal, refusal_text
from syncline.store.instants import to_text

_INVISIBLE = re.compile(
    "[\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def as_json(report: Report) -> str:
    """The report as one JSON document, indented; invisible characters are escaped, so a terminal may show it."""
    text = json.dumps(document(report), sort_keys=True, indent=1, ensure_ascii=False)
    return _INVISIBLE.sub(lambda found: json.dumps(found[0])[1:-1], text) + "\n"


def document(report: Report) -> dict[str, Any]:
    """The report as plain values. Instants are UTC texts, days ISO dates; a sentence is its text and its parts."""
    return {
        "schema": SCHEMA_VERSION,
        "report": report.kind,
        "title": report.title,
        "timezone": report.timezone,
        "as_of": to_text(report.as_of),
        "known_seq": report.known_seq,
        "period": {"start": to_text(report.period_start), "end": to_text(report.period_end)},
        "provenance": [_line(line, report) for line in report.provenance.lines],
        "warnings": [_line(line, report) for line in report.provenance.warnings],
        "bottom_line": [_line(line, report) for line in report.bottom_line],
        "cards": {card.id: {"fact": card.figure.fact, "title": card.title} for card in report.cards},
        "order": [section.id for section in report.sections],
        "sections": {section.id: _section(section, report) for section in report.sections},
        "facts": {fact.name: _fact(fact) for fact in report.facts},
        "working_set": dict(report.relations),
    }


def _fact(fact: Fact) -> dict[str, Any]:
    series = isinstance(fact.value, tuple)
    values = {key: _value(one) for key, one in fact.by_key.items()}
    refused = {key: refusal_text(one) for key, one in fact.refused}
    return {
        "id": fact.id,
        "definition": fact.definition,
        "sql": fact.sql,
        "parameters": dict(fact.parameters),
        "value": values if series else values[""],
        "refused": refused if series else refused.get(""),
        "unit": fact.unit,
        "form": fact.form.value,
        "places": fact.places,
        "n": fact.n,
        "ids": list(fact.ids),
        "digest": fact.digest,
    }


def _value(value: Scalar | None) -> int | str | None:
    """Whole numbers as they are; all other numbers, and days, as text."""
    if isinstance(value, Fraction) and value.denominator == 1:
        return int(value)
    return value if value is None or isinstance(value, int | str) else decimal(value)


def _section(section: Section, report: Report) -> dict[str, Any]:
    return {
        "title": section.title,
        "rule": section.rule,
        "silent": section.silent,
        "lines": [_line(line, report) for line in section.lines],
        **_blocks(section.blocks, report),
    }


def _blocks(blocks: Iterable[Block], report: Report) -> dict[str, Any]:
    """Blocks by kind and id; ``blocks`` holds the ids in reading order."""
    found: dict[str, Any] = {"blocks": [], "tables": {}, "pictures": {}, "boards": {}, "details": {}}
    for block in blocks:
        found["blocks"].append(block.id)
        match block:
            case Table():
                found["tables"][block.id] = _table(block, report)
            case Board():
                found["boards"][block.id] = _board(block, report)
            case Detail():
                found["details"][block.id] = _detail(block, report)
            case _:
                found["pictures"][block.id] = _picture(block, report)
    return found


def _table(table: Table, report: Report) -> dict[str, Any]:
    ids = [column.id for column in table.columns]
    return {
        "caption": table.caption,
        "columns": ids,
        "titles": {column.id: column.title for column in table.columns},
        "rows": [_row(ids, row, report) for row in table.rows],
        "total": _row(ids, table.total, report) if table.total else None,
        "cut": table.cut,
    }


def _row(ids: list[str], row: tuple[Line, ...], report: Report) -> dict[str, Any]:
    return dict(zip(ids, (_cell(cell, report) for cell in row), strict=True))


def _board(board: Board, report: Report) -> dict[str, Any]:
    columns = [
        {
            "title": column.title,
            "count": _part(column.count, report),
            "note": _line(column.note, report) if column.note else None,
            "cards": [_cell(card, report) for card in column.cards],
            "cut": column.cut,
        }
        for column in board.columns
    ]
    return {"title": board.title, "columns": columns}


def _detail(detail: Detail, report: Report) -> dict[str, Any]:
    return {
        "head": _cell(detail.head, report),
        "lines": [_line(line, report) for line in detail.lines],
        **_blocks(detail.blocks, report),
    }


def _picture(picture: Picture, report: Report) -> dict[str, Any]:
    """What is to be seen, and the table of the same numbers."""
    return {
        "kind": type(picture).__name__.lower(),
        "title": picture.title,
        "summary": _line(picture.summary, report),
        "table": _table(table_of(picture, report), report),
    }


def _line(line: Line, report: Report) -> dict[str, Any]:
    return {
        "text": line_text(line, report),
        "facts": [part.fact for part in line if isinstance(part, Figure)],
    }


def _cell(cell: Line, report: Report) -> Any:
    """A cell of one part is that part; a cell of several is a list; an empty cell is null."""
    parts = [_part(part, report) for part in cell if not (isinstance(part, str) and not part.strip(" ,"))]
    if len(parts) <= 1:
        return parts[0] if parts else None
    return parts


def _part(part: Part, report: Report) -> Any:
    match part:
        case Figure():
            value = _value(number_of(report.fact(part), part.key))
            return {"fact": part.fact, "key": part.key, "value": value}
        case Item():
            return {"item": part.item, "key": part.key, "title": part.title, "url": part.url}
        case State():
            return part.value
        case Refused():
            why = refusal_text(report.fact(part.figure).why_not(part.figure.key))
            return {"fact": part.figure.fact, "key": part.figure.key, "refused": why}
        case Jump():
            return {"to": part.to, "text": part.text}
        case Spark():
            return {"fact": part.figure.fact, "title": part.title}
        case Name():
            return part.text
        case Moment():
            return to_text(part.at)
        case date():
            return part.isoformat()
        case str():
            return part.strip()
