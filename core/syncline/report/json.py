"""The report as JSON: the contract for programs. Keys are sorted; every number is a fact, named where it is used."""

from __future__ import annotations

import json
import re
from datetime import date
from fractions import Fraction
from typing import Any

from syncline.report.facts import Fact, Scalar, Value, number_of
from syncline.report.model import (
    SCHEMA_VERSION,
    Chart,
    Figure,
    Item,
    Jump,
    Line,
    Moment,
    Name,
    Part,
    Refused,
    Report,
    Section,
    Spark,
    State,
    Table,
)
from syncline.report.plain import line_text
from syncline.report.settings import to_text
from syncline.report.words import refusal_text

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
        "sections": {section.id: _section(section, report) for section in report.sections},
        "facts": {fact.name: _fact(fact) for fact in report.facts},
        "working_set": dict(report.relations),
    }


def _fact(fact: Fact) -> dict[str, Any]:
    return {
        "id": fact.id,
        "definition": fact.definition,
        "sql": fact.sql,
        "parameters": dict(fact.parameters),
        "value": _values(fact.value),
        "unit": fact.unit,
        "n": fact.n,
        "ids": list(fact.ids),
        "digest": fact.digest,
    }


def _values(value: Value) -> Any:
    return {key: _value(one) for key, one in value} if isinstance(value, tuple) else _value(value)


def _value(value: Scalar | None) -> Any:
    """Whole numbers as they are, days as ISO text, all other numbers as decimal text of at most twelve digits."""
    match value:
        case Fraction() if value.denominator == 1:
            return int(value)
        case Fraction() | float():
            return f"{float(value):.12g}"
        case date():
            return value.isoformat()
        case _:
            return value


def _section(section: Section, report: Report) -> dict[str, Any]:
    return {
        "title": section.title,
        "rule": section.rule,
        "lines": [_line(line, report) for line in section.lines],
        "tables": {block.id: _table(block, report) for block in section.blocks if isinstance(block, Table)},
        "charts": {block.id: _chart(block) for block in section.blocks if isinstance(block, Chart)},
    }


def _table(table: Table, report: Report) -> dict[str, Any]:
    ids = [column.id for column in table.columns]
    rows = [dict(zip(ids, (_cell(cell, report) for cell in row), strict=True)) for row in table.rows]
    return {"caption": table.caption, "columns": ids, "rows": rows, "cut": table.cut}


def _chart(chart: Chart) -> dict[str, Any]:
    series = [{"title": one.title, "fact": one.figure.fact} for one in chart.series]
    return {
        "title": chart.title,
        "unit": chart.unit,
        "keys": [key for key, _ in chart.categories],
        "series": series,
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
            return {
                "fact": part.fact,
                "key": part.key,
                "value": _value(number_of(report.fact(part), part.key)),
            }
        case Item():
            return {"item": part.item, "key": part.key, "title": part.title, "url": part.url}
        case State():
            return part.value
        case Refused():
            return {"refused": refusal_text(report.fact(part.figure).why_not(part.figure.key))}
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
