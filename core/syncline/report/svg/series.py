"""Lines over days: burn-up and burn-down with what may come, a metric with its target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from syncline.report.facts import Scalar
from syncline.report.parts import Figure
from syncline.report.pictures import Fan, Lines, Series
from syncline.report.svg.canvas import Canvas, Point
from syncline.report.svg.ground import (
    BOTTOM,
    TOP,
    Beside,
    Plot,
    Values,
    draw_beside,
    draw_days,
    lay_out,
    room_beside,
)
from syncline.report.svg.lettering import LINE, fitted, width
from syncline.report.svg.scales import Axis, Calendar, Number, axis, drawable
from syncline.report.words import day_text

MARK_ROWS = 3
"""Rows of words of marks above the plot; marks for which these are not enough stay without words."""


def draw_lines(canvas: Canvas, picture: Lines, values: Values) -> None:
    days = shown_days(picture, values)
    levels = [(label, figure) for label, figure in picture.levels if values.number(figure) is not None]
    ends = _ends(picture, values)
    named = [Beside(0, words, figure) for words, figure, _ in ends]
    named += [Beside(0, label, figure) for label, figure in levels]
    beside = room_beside(named, values)
    scale = axis(_numbers(picture, values), whole=_whole(picture, values))
    rows = _mark_rows(picture, canvas.width - beside)
    fact = values.fact(picture.series[0].figure)
    plot, upright = lay_out(canvas, scale, fact, picture.unit, beside, TOP + rows * LINE)
    calendar = Calendar(days[0], days[-1], plot.left, plot.right)
    draw_days(canvas, plot, calendar)
    _marks(canvas, plot, calendar, picture)
    labels = []
    for label, figure in levels:
        y = upright(values.number(figure) or 0)
        canvas.line(plot.left, y, plot.right, y, "level")
        labels.append(Beside(y, label, figure, "label"))
    labels += [Beside(upright(number), words, figure, "label") for words, figure, number in ends]
    _fans(canvas, calendar, upright, picture, values)
    for place, series in enumerate(picture.series):
        _leader(canvas, plot, calendar, upright, _last(values, series.figure, picture.days))
        _line(canvas, calendar, upright, picture, series, place, values)
    draw_beside(canvas, plot, labels, values)
    canvas.height = BOTTOM + 22


def shown_days(picture: Lines, values: Values) -> tuple[date, ...]:
    """The picture's days, and those of its fans."""
    found = {date.fromisoformat(key) for fan in picture.fans for key in values.keys(fan.figure)}
    return tuple(sorted(found.union(picture.days)))


def _whole(picture: Lines, values: Values) -> bool:
    """Whether the lines count things, so that halves on the axis would be odd."""
    return all(
        isinstance(value, int)
        for series in picture.series
        for value in values.fact(series.figure).by_key.values()
        if value is not None
    )


def _numbers(picture: Lines, values: Values) -> list[Number]:
    figures = [*(one.figure for one in picture.series), *(fan.figure for fan in picture.fans)]
    found = [drawable(value) for figure in figures for value in values.fact(figure).by_key.values()]
    found += [values.number(figure) for _, figure in picture.levels]
    return [number for number in found if number is not None]


def _ends(picture: Lines, values: Values) -> list[tuple[str, Figure | None, Number]]:
    """What the lines come to: the words, the last value, and its height. Of fans the certainty."""
    found: list[tuple[str, Figure | None, Number]] = []
    for series in picture.series:
        last = _last(values, series.figure, picture.days)
        if last:
            found.append((series.title, last[0], last[1]))
    for fan in picture.fans:
        last = _last(values, fan.figure, shown_days(picture, values))
        if last:
            found.append((f"{fan.percent} %", None, last[1]))
    return found


def _last(values: Values, figure: Figure, days: Iterable[date]) -> tuple[Figure, Number] | None:
    by_key = values.fact(figure).by_key
    keys = [day.isoformat() for day in days]
    known = [(key, number) for key in keys if (number := drawable(by_key.get(key))) is not None]
    return (Figure(figure.fact, known[-1][0]), known[-1][1]) if known else None


def runs(by_key: Mapping[str, Scalar | None], days: Iterable[date]) -> list[list[tuple[date, Number]]]:
    """The values in stretches without a gap."""
    found: list[list[tuple[date, Number]]] = []
    open_run = False
    for day in days:
        number = drawable(by_key.get(day.isoformat()))
        if number is not None:
            if not open_run:
                found.append([])
            found[-1].append((day, number))
        open_run = number is not None
    return found


def _line(
    canvas: Canvas,
    calendar: Calendar,
    upright: Axis,
    picture: Lines,
    series: Series,
    place: int,
    values: Values,
) -> None:
    found = runs(values.fact(series.figure).by_key, picture.days)
    strokes = [[(calendar.middle(day), upright(number)) for day, number in run] for run in found]
    css = f"ink-{series.tone}"
    with canvas.about(series.title):
        canvas.strokes([stroke for stroke in strokes if len(stroke) > 1], f"{css} dash-{place % 4}")
        for stroke in strokes:
            if len(stroke) == 1:
                canvas.circle(*stroke[0], 2, f"tone-{series.tone}")


def _leader(
    canvas: Canvas, plot: Plot, calendar: Calendar, upright: Axis, last: tuple[Figure, Number] | None
) -> None:
    """From the end of a line to its label, where these are far apart."""
    if last is not None:
        x, y = calendar.middle(date.fromisoformat(last[0].key or "")), upright(last[1])
        if plot.right - x > 20:
            canvas.line(x + 4, y, plot.right, y, "mark")


def _fans(canvas: Canvas, calendar: Calendar, upright: Axis, picture: Lines, values: Values) -> None:
    """Dashed lines from the last known value on, the room between the outermost filled."""
    start = _last(values, picture.series[0].figure, picture.days)
    if start is None or not picture.fans:
        return
    origin: Point = (calendar.middle(date.fromisoformat(start[0].key or "")), upright(start[1]))
    fans = sorted(picture.fans, key=lambda fan: fan.percent)
    strokes = [[origin, *_ahead(calendar, upright, fan, values)] for fan in fans]
    canvas.area((*strokes[0], *reversed(strokes[-1])), "fan")
    for fan, stroke in zip(fans, strokes, strict=True):
        with canvas.about(f"{fan.percent} %"):
            canvas.lines(stroke, "forecast")


def _ahead(calendar: Calendar, upright: Axis, fan: Fan, values: Values) -> list[Point]:
    by_key = values.fact(fan.figure).by_key
    known = [(key, number) for key in sorted(by_key) if (number := drawable(by_key[key])) is not None]
    return [(calendar.middle(date.fromisoformat(key)), upright(number)) for key, number in known]


def _mark_rows(picture: Lines, room: float) -> int:
    return min(MARK_ROWS, len({day for day, _ in picture.marks}))


def _marks(canvas: Canvas, plot: Plot, calendar: Calendar, picture: Lines) -> None:
    """A line on each marked day, its word in the lowest row above the plot where it meets no other."""
    rows = int((plot.top - TOP) // LINE)
    ends = [0.0] * rows
    for day, word in sorted(picture.marks):
        if not calendar.holds(day):
            continue
        x = calendar.middle(day)
        with canvas.about(f"{word}, {day_text(day)}"):
            canvas.line(x, plot.top - 4, x, plot.bottom, "mark")
        text = fitted(word, min(140, canvas.width))
        left = max(min(x + 3, plot.right - width(text)), 0)
        row = next((number for number in range(rows) if ends[number] <= left), None)
        if row is not None:
            canvas.text(left, plot.top - 5 - row * LINE, text, css="label")
            ends[row] = left + width(text) + 6
