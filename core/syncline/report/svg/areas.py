"""Bands stacked over days."""

from __future__ import annotations

from datetime import date

from syncline.report.facts import Scalar
from syncline.report.pictures import Areas, Series
from syncline.report.svg.canvas import Canvas, Point
from syncline.report.svg.ground import BOTTOM, Beside, Values, draw_beside, draw_days, lay_out, room_beside
from syncline.report.svg.scales import Calendar, axis, drawable
from syncline.report.words import day_text


def draw_areas(canvas: Canvas, picture: Areas, values: Values) -> None:
    edges = _edges(picture, values)
    beside = room_beside([Beside(0, one.title, one.figure) for one in _last(picture)], values)
    fact = values.fact(picture.series[0].figure)
    plot, upright = lay_out(canvas, axis([0, *edges[-1]], whole=True), fact, picture.unit, beside)
    calendar = Calendar(picture.days[0], picture.days[-1], plot.left, plot.right)
    floor = upright(0)
    for series, high in reversed(tuple(zip(picture.series, edges[1:], strict=True))):
        _band(canvas, calendar, floor, series, _along(calendar, picture.days, [upright(one) for one in high]))
    for first, last in picture.hatched:
        _hatch(canvas, calendar, picture, first, last, plot.top, plot.bottom)
    draw_days(canvas, plot, calendar)
    labels = [
        Beside(upright((low[-1] + high[-1]) / 2), one.title, one.figure, "label")
        for one, low, high in zip(_last(picture), edges, edges[1:], strict=False)
    ]
    draw_beside(canvas, plot, labels, values)
    canvas.height = BOTTOM + 22


def _edges(picture: Areas, values: Values) -> list[list[float]]:
    """The lower edge of the first band and the upper edge of each, one height per day."""
    edges = [[0.0] * len(picture.days)]
    for series in picture.series:
        by_day = values.fact(series.figure).by_key
        heights = [_height(by_day.get(day.isoformat())) for day in picture.days]
        edges.append([low + height for low, height in zip(edges[-1], heights, strict=True)])
    return edges


def _height(value: Scalar | None) -> float:
    return max(float(drawable(value) or 0), 0.0)


def _last(picture: Areas) -> list[Series]:
    """The series, each as of the last day."""
    key = picture.days[-1].isoformat()
    return [Series(one.title, one.tone, type(one.figure)(one.figure.fact, key)) for one in picture.series]


def _band(canvas: Canvas, calendar: Calendar, floor: float, series: Series, top: list[Point]) -> None:
    """All that lies below its upper edge: the bands under it are painted over that."""
    with canvas.about(series.title):
        canvas.area((*top, (calendar.end, floor), (calendar.start, floor)), f"band tone-{series.tone}")


def _along(calendar: Calendar, days: tuple[date, ...], heights: list[float]) -> list[Point]:
    """One point per day, and the ends of the plot."""
    points = [(calendar.middle(day), height) for day, height in zip(days, heights, strict=True)]
    return [(calendar.start, heights[0]), *points, (calendar.end, heights[-1])]


def _hatch(
    canvas: Canvas,
    calendar: Calendar,
    picture: Areas,
    first: date,
    last: date | None,
    top: float,
    bottom: float,
) -> None:
    """Slanted lines over what was taken back in these days."""
    until = min(last or calendar.last, calendar.last)
    since = max(first, calendar.first)
    if since > until:
        return
    left, right = calendar.left(since), calendar.right(until)
    when = f"from {day_text(first)}" if last is None else f"{day_text(first)} to {day_text(last)}"
    with canvas.about(f"taken back: {when}"):
        canvas.stripes(left, top, right - left, bottom - top, "hatch", apart=7)
