"""Reports: facts first, then pages, then formats.

`build_status` and its siblings read a database and give a `Report`, whose every number is a `Fact`; `render` writes it
down.
"""

from __future__ import annotations

from typing import Literal, get_args

from syncline.report.facts import Fact
from syncline.report.lenses.page import build_roadmap
from syncline.report.model import Report
from syncline.report.settings import ReportSettings, whole_days
from syncline.report.status import build_status
from syncline.report.work.retro import build_retro
from syncline.report.work.sprint import build_sprint
from syncline.report.work.standup import build_standup

Format = Literal["html", "markdown", "json", "csv", "text"]
FORMATS: tuple[Format, ...] = get_args(Format)

__all__ = [
    "FORMATS",
    "Fact",
    "Format",
    "Report",
    "ReportSettings",
    "build_retro",
    "build_roadmap",
    "build_sprint",
    "build_standup",
    "build_status",
    "render",
    "whole_days",
]


def render(report: Report, format: Format) -> str:
    """The report as one text.

    A whole HTML page, Markdown, a JSON document, the facts as CSV, or plain lines for a terminal.
    """
    match format:
        case "html":
            from syncline.report.html import html

            return html(report)
        case "markdown":
            from syncline.report.markdown import markdown

            return markdown(report)
        case "json":
            from syncline.report.json import as_json

            return as_json(report)
        case "csv":
            from syncline.report.csv import facts_csv

            return facts_csv(report)
        case "text":
            from syncline.report.terminal import terminal

            return terminal(report)
