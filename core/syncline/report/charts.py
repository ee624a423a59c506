"""Bar charts as SVG, drawn here: a few numbers need no library, and every mark stays under our control.

Colours are the page's CSS variables. A chart is a group with a title and a description, because a picture that holds
numbers with facts is not one image; beside it the page prints the same numbers as a table.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from markupsafe import Markup

from syncline.report.facts import number_of
from syncline.report.model import Chart, Column, Figure, Name, Report, Table
from syncline.report.words import day_text, number_text

WIDTH = 640
LABELS = 200
ROW = 26
BAR_AREA = 150
LONGEST_LABEL = 28

Numbers = Callable[[Figure], int]


def chart_table(chart: Chart) -> Table:
    """The chart's numbers as a table."""
    columns = (Column("category", chart.head), *(Column(one.tone, one.title, True) for one in chart.series))
    rows = tuple(
        ((label,), *((Figure(one.figure.fact, key),) for one in chart.series))
        for key, label in chart.categories
    )
    return Table(f"{chart.id}_table", f"{chart.title} ({chart.unit})", columns, rows)


def svg(chart: Chart, report: Report, description: str) -> Markup:
    """The chart as an SVG element. ``description`` is its summary in plain words."""

    def number(figure: Figure) -> int:
        found = number_of(report.fact(figure), figure.key)
        return found if isinstance(found, int) else 0

    height, marks = _upright(chart, number) if chart.upright else _lying(chart, number)
    return Markup(
        '<svg role="group" aria-labelledby="{id}-t {id}-d" width="{width}" height="{height}"'
        ' viewBox="0 0 {width} {height}">\n'
        '<title id="{id}-t">{title}</title>\n<desc id="{id}-d">{description}</desc>\n{marks}\n</svg>'
    ).format(
        id=chart.id,
        width=WIDTH,
        height=height,
        title=chart.title,
        description=description,
        marks=Markup("\n").join(marks),
    )


def _upright(chart: Chart, number: Numbers) -> tuple[int, list[Markup]]:
    """One bar per category, side by side."""
    step = WIDTH / len(chart.categories)
    figure, tone = chart.series[0].figure, chart.series[0].tone
    figures = [Figure(figure.fact, key) for key, _ in chart.categories]
    top = max(map(number, figures)) or 1
    marks = [Markup('<line class="axis" x1="0" x2="{}" y1="{y}" y2="{y}"/>').format(WIDTH, y=BAR_AREA + 20)]
    for place, (one, (_, label)) in enumerate(zip(figures, chart.categories, strict=True)):
        tall = BAR_AREA * number(one) / top
        left, middle, base = place * step + 5, (place + 0.5) * step, BAR_AREA + 20
        marks.append(_bar(left, base - tall, step - 10, tall, tone))
        marks.append(_text(middle, base - tall - 5, number_text(number(one)), "middle", one))
        marks.append(_text(middle, base + 16, _label(label), "middle", css="soft"))
    return BAR_AREA + 44, marks


def _lying(chart: Chart, number: Numbers) -> tuple[int, list[Markup]]:
    """One bar per category, one under the other, made of the series."""
    totals = [
        sum(number(Figure(one.figure.fact, key)) for one in chart.series) for key, _ in chart.categories
    ]
    scale = (WIDTH - LABELS - 50) / (max(totals) or 1)
    marks = _legend(chart)
    for place, (key, label) in enumerate(chart.categories):
        top = 30 + place * ROW
        marks.append(_text(LABELS - 8, top + 14, _label(label), "end"))
        left = float(LABELS)
        for one in chart.series:
            figure = Figure(one.figure.fact, key)
            wide = number(figure) * scale
            marks += _segment(left, top, wide, one.tone, figure, number(figure))
            left += wide
    return 36 + len(totals) * ROW, marks


def _segment(left: float, top: int, wide: float, tone: str, figure: Figure, value: int) -> list[Markup]:
    if not value:
        return []
    marks = [_bar(left, top, max(wide - 1.5, 0.5), ROW - 6, tone)]
    if wide >= 10 + 7 * len(str(value)):
        marks.append(_text(left + wide / 2, top + 14, number_text(value), "middle", figure, "on"))
    return marks


def _legend(chart: Chart) -> list[Markup]:
    marks = []
    left = LABELS
    for one in chart.series:
        marks.append(_bar(left, 4, 12, 12, one.tone))
        marks.append(_text(left + 17, 14, one.title, "start"))
        left += 40 + 7 * len(one.title)
    return marks


def _bar(left: float, top: float, wide: float, tall: float, tone: str) -> Markup:
    return Markup('<rect class="tone-{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
        tone, left, top, wide, tall
    )


def _text(
    left: float, top: float, text: str, anchor: str, figure: Figure | None = None, css: str | None = None
) -> Markup:
    fact = Markup(' data-fact="{}"').format(figure.fact) if figure else Markup("")
    name = Markup(' class="{}"').format(css) if css else Markup("")
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}"{}{}>{}</text>').format(
        left, top, anchor, fact, name, text
    )


def _label(label: Name | date) -> str:
    if isinstance(label, Name):
        return label.text if len(label.text) <= LONGEST_LABEL else label.text[: LONGEST_LABEL - 1] + "…"
    return day_text(label).removesuffix(f" {label.year}")
