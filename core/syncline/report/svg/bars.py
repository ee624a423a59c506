"""Bars by category."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from syncline.report.parts import Figure, Name
from syncline.report.pictures import Chart, Series
from syncline.report.svg.canvas import Canvas
from syncline.report.svg.ground import WIDTH, Values
from syncline.report.svg.lettering import LINE, fitted, width
from syncline.report.words import day_text

LABELS = 180
ROW = 26
TALL = 150


def draw_chart(canvas: Canvas, chart: Chart, values: Values) -> None:
    if chart.upright:
        _upright(canvas, chart, values)
    else:
        _lying(canvas, chart, values)


def _upright(canvas: Canvas, chart: Chart, values: Values) -> None:
    """The categories side by side, their series one on the other."""
    top = _legend(canvas, chart) + 18
    base = top + TALL
    step = WIDTH / len(chart.categories)
    scale = TALL / (max(_totals(chart, values)) or 1)
    wide = max(step * 0.78, 1)
    texts = [_words(label) for _, label in chart.categories]
    numbered = len(chart.series) == 1 and max(map(width, _numbers(chart, values))) + 4 <= step
    shown = _labelled([(place + 0.5) * step for place in range(len(texts))], texts)
    for place, (key, label) in enumerate(chart.categories):
        middle = (place + 0.5) * step
        y = base
        for series in chart.series:
            tall = _value(values, series, key) * scale
            if tall <= 0:
                continue
            figure = Figure(series.figure.fact, key)
            with canvas.about(f"{_words(label)}: {series.title}, {values.measured(figure)}"):
                canvas.rect(middle - wide / 2, y - tall, wide, max(tall - 1, 0.5), f"tone-{series.tone}")
            y -= tall
            if len(chart.series) > 1 and tall >= LINE + 2 and width(values.text(figure)) <= wide - 2:
                canvas.text(middle, y + tall / 2 + 4, values.text(figure), "middle", "on", figure)
        if numbered:
            figure = Figure(chart.series[0].figure.fact, key)
            canvas.text(middle, y - 5, values.text(figure), "middle", figure=figure)
        if place in shown:
            canvas.text(shown[place], base + 15, texts[place], css="soft")
    canvas.line(0, base, WIDTH, base, "edge")
    canvas.height = base + 22


def _labelled(middles: list[float], texts: list[str]) -> dict[int, float]:
    """Where the labels begin: of every category, or of every second, third, … so that none meets another."""
    wide = [width(text) for text in texts]
    starts = [
        min(max(middle - room / 2, 0), WIDTH - room) for middle, room in zip(middles, wide, strict=True)
    ]
    for every in range(1, len(texts)):
        places = range(0, len(texts), every)
        if all(starts[one] + wide[one] + 4 <= starts[next] for one, next in pairwise(places)):
            return {place: starts[place] for place in places}
    return {0: starts[0]}


def _numbers(chart: Chart, values: Values) -> list[str]:
    """What stands above lone bars."""
    return [values.text(Figure(chart.series[0].figure.fact, key)) for key, _ in chart.categories]


def _lying(canvas: Canvas, chart: Chart, values: Values) -> None:
    """The categories one under the other, their series side by side."""
    top = _legend(canvas, chart)
    scale = (WIDTH - LABELS - 8) / (max(_totals(chart, values)) or 1)
    for key, label in chart.categories:
        canvas.text(LABELS - 8, top + 14, _words(label), "end", "label")
        left = float(LABELS)
        for series in chart.series:
            left = _segment(canvas, left, top, scale, series, Figure(series.figure.fact, key), values)
        top += ROW
    canvas.height = top + 4


def _segment(
    canvas: Canvas, left: float, top: float, scale: float, series: Series, figure: Figure, values: Values
) -> float:
    """Draw one part of a bar; where the next begins is returned."""
    wide = _value(values, series, figure.key) * scale
    if wide <= 0:
        return left
    text = values.text(figure)
    with canvas.about(f"{series.title}: {values.measured(figure)}"):
        canvas.rect(left, top, max(wide - 1.5, 0.5), ROW - 6, f"tone-{series.tone}")
    if wide >= width(text) + 4:
        canvas.text(left + wide / 2, top + 14, text, "middle", "on", figure)
    return left + wide


def _totals(chart: Chart, values: Values) -> list[float]:
    return [sum(_value(values, series, key) for series in chart.series) for key, _ in chart.categories]


def _value(values: Values, series: Series, key: str | None) -> float:
    """The length of a bar; nought for what has no value or is below nought."""
    return max(float(values.number(Figure(series.figure.fact, key)) or 0), 0.0)


def _legend(canvas: Canvas, chart: Chart) -> float:
    """Which tone is what, in as many rows as it takes; where the bars may begin is returned."""
    if len(chart.series) == 1:
        return 4
    x, y = 0.0, 4.0
    for series in chart.series:
        title = fitted(series.title, WIDTH - 20)
        wide = 17 + width(title)
        if x and x + wide > WIDTH:
            x, y = 0.0, y + ROW - 6
        canvas.rect(x, y, 12, 12, f"tone-{series.tone}")
        canvas.text(x + 17, y + 10, title, css="label")
        x += wide + 16
    return y + 26


def _words(label: Name | date) -> str:
    """A category in few letters: of a day no year."""
    if isinstance(label, Name):
        return fitted(label.text, LABELS - 12)
    return day_text(label).removesuffix(f" {label.year}")
