"""Parts of a report as plain words."""

from __future__ import annotations

from datetime import date

from syncline.report.model import Report
from syncline.report.parts import Figure, Item, Jump, Line, Moment, Name, Part, Refused, Spark, State
from syncline.report.words import day_text, moment_text, refusal_text, value_text


def line_text(line: Line, report: Report) -> str:
    return "".join(part_text(part, report) for part in line)


def part_text(part: Part, report: Report) -> str:
    match part:
        case Figure():
            return value_text(report.fact(part), part.key)
        case Refused():
            return refusal_text(report.fact(part.figure).why_not(part.figure.key))
        case Item():
            return " ".join(filter(None, (part.key, part.title)))
        case State():
            return part.value
        case Name() | Jump():
            return part.text
        case Spark():
            return part.title
        case Moment():
            return moment_text(part.at)
        case date():
            return day_text(part)
        case str():
            return part
