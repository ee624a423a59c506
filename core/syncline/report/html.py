"""The report as one HTML file: no script, nothing loaded, readable by eye, keyboard and screen reader.

Everything passes autoescape; the only markup not from the template is built here and in `syncline.report.charts`.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import date
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from syncline.report.charts import chart_table, svg
from syncline.report.model import (
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
    Spark,
    State,
)
from syncline.report.plain import line_text
from syncline.report.words import day_text, moment_text, number_text, refusal_text, value_text

SHAPES = {
    State.DONE: "✓",
    State.IN_PROGRESS: "●",
    State.REVIEW: "◐",
    State.WAITING: "○",
    State.BLOCKED: "■",
    State.STUCK: "▲",
    State.OVERDUE: "◆",
    State.COMPLETE: "✓",
    State.PARTIAL: "◐",
    State.STALE: "▲",
    State.ON_TRACK: "●",
    State.AT_RISK: "▲",
    State.OFF_TRACK: "■",
    State.NO_DATA: "○",
    State.CANCELED: "✕",
}


def html(report: Report) -> str:
    """The whole page."""
    css = resources.files("syncline.report").joinpath("templates/report.css").read_text("utf-8")
    environment = Environment(
        loader=PackageLoader("syncline.report", "templates"), autoescape=True, undefined=StrictUndefined
    )
    environment.filters |= {
        "line": lambda line: line_html(line, report),
        "figure": lambda figure: figure_html(figure, report),
        "chart": lambda chart: _chart(chart, report),
        "chart_table": chart_table,
        "shape": shape,
        "day": day_text,
        "total": lambda fact: value_text(fact, None),
        "number": number_text,
    }
    template = environment.get_template("report.html.j2")
    return template.render(report=report, css=Markup(css), policy=policy(css)) + "\n"  # noqa: S704


def policy(css: str) -> str:
    """A content security policy that allows this very style sheet and nothing else."""
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )


def line_html(line: Line, report: Report) -> Markup:
    return Markup("").join(_part(part, report) for part in line)


def _part(part: Part, report: Report) -> Markup:
    match part:
        case Figure():
            return figure_html(part, report)
        case Item():
            return _item(part)
        case State():
            css = part.value.replace(" ", "-")
            return Markup('<span class="state state-{}">{} {}</span>').format(css, shape(part), part.value)
        case Refused():
            why = refusal_text(report.fact(part.figure).why_not(part.figure.key))
            return Markup('<span class="refused">{}</span>').format(why)
        case Jump():
            return Markup('<a href="#{}">{}</a>').format(part.to, part.text)
        case Spark():
            return Markup("{}").format(part.title)
        case Name():
            return Markup("<bdi>{}</bdi>").format(part.text)
        case Moment():
            return _time(part.at.isoformat(), moment_text(part.at))
        case date():
            return _time(part.isoformat(), day_text(part))
        case str():
            return Markup("{}").format(part)


def figure_html(figure: Figure, report: Report) -> Markup:
    """A number that leads to its fact."""
    text = value_text(report.fact(figure), figure.key)
    return Markup('<a class="n" href="#{id}" data-fact="{id}">{text}</a>').format(id=figure.fact, text=text)


def _item(item: Item) -> Markup:
    key = Markup('<bdi class="key">{}</bdi>').format(item.key) if item.key else None
    label = key or Markup("<bdi>{}</bdi>").format(item.title)
    link = (
        Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(item.url, label) if item.url else label
    )
    return Markup("{} <bdi>{}</bdi>").format(link, item.title) if key else link


def _time(machine: str, human: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(machine, human)


def shape(state: State) -> Markup:
    return Markup('<span aria-hidden="true">{}</span>').format(SHAPES[state])


def _chart(chart: Chart, report: Report) -> Markup:
    return svg(chart, report, line_text(chart.summary, report))
