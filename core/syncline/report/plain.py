"""Parts of a report as plain words."""

from __future__ import annotations

from datetime import date

from syncline.report.facts import number_of
from syncline.report.model import Figure, Item, Line, Moment, Name, Part, State, StatusReport
from syncline.report.words import day_text, moment_text, number_text


def line_text(line: Line, report: StatusReport) -> str:
    return "".join(part_text(part, report) for part in line)


def part_text(part: Part, report: StatusReport) -> str:
    match part:
        case Figure():
            return number_text(number_of(report.fact(part), part.key))
        case Item():
            return f"{part.key} {part.title}" if part.key else part.title
        case State():
            return part.value
        case Name():
            return part.text
        case Moment():
            return moment_text(part.at)
        case date():
            return day_text(part)
        case str():
            return part
