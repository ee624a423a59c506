"""Points: how long each item took over the day it was done, and how old each is in its stage."""

from __future__ import annotations

from datetime import date

from syncline.report.parts import Figure, Item
from syncline.report.pictures import NAMED_POINTS, Ageing, Scatter
from syncline.report.svg.canvas import Canvas
from syncline.report.svg.ground import (
    BOTTOM,
    Beside,
    Plot,
    Values,
    draw_beside,
    draw_days,
    lay_out,
    room_beside,
)
from syncline.report.svg.labels import Labels
from syncline.report.svg.lettering import fitted
from syncline.report.svg.scales import Axis, Calendar, Number, axis
from syncline.report.words import day_text

RADIUS = 3.6
STEPS = 60
"""Places side by side that such a cloud has within a stage."""

FAR = 3
"""A point more than so many times as high as the highest level is drawn at the upper edge, as a triangle."""


def draw_scatter(canvas: Canvas, picture: Scatter, values: Values) -> None:
    items = {item.item: item for item in picture.items}
    points = [
        (id, day, number)
        for id, day in picture.at
        if (number := values.number(Figure(picture.figure.fact, id))) is not None
    ]
    plot, upright = _ground(canvas, picture, [number for _, _, number in points], picture.lines, values)
    shown = [day for _, day, _ in points] or [date.min]
    calendar = Calendar(min(shown), max(shown), plot.left, plot.right)
    draw_days(canvas, plot, calendar)
    _levels(canvas, plot, upright, picture.lines, values)
    _explain(canvas, plot, upright, [number for _, _, number in points])
    if len(points) > NAMED_POINTS:
        _cloud(canvas, plot, upright, [(calendar.middle(day), number) for _, day, number in points])
        points = []
    for id, day, number in points:
        figure, item = Figure(picture.figure.fact, id), items.get(id)
        with canvas.about(
            f"{_called(item) if item else id}: {values.measured(figure)}, {day_text(day)}", item
        ):
            _point(canvas, plot, upright, calendar.middle(day), number)
    canvas.height = BOTTOM + 22


def draw_ageing(canvas: Canvas, picture: Ageing, values: Values) -> None:
    ages = [
        number
        for _, items in picture.stages
        for item in items
        if (number := values.number(Figure(picture.figure.fact, item.item))) is not None
    ]
    plot, upright = _ground(canvas, picture, ages, picture.bands, values)
    _levels(canvas, plot, upright, picture.bands, values)
    _explain(canvas, plot, upright, ages)
    wide = (plot.right - plot.left) / len(picture.stages)
    labels = Labels(plot)
    for place, (title, items) in enumerate(picture.stages):
        left = plot.left + place * wide
        canvas.line(left, plot.top, left, plot.bottom, "axis")
        name = fitted(title, wide - 6)
        canvas.text(left + wide / 2, plot.bottom + 15, name, "middle", "soft")
        _column(canvas, plot, upright, left, wide, items, picture.figure, values, labels)
    labels.draw(canvas)
    canvas.height = BOTTOM + 22


def _column(
    canvas: Canvas,
    plot: Plot,
    upright: Axis,
    left: float,
    wide: float,
    items: tuple[Item, ...],
    figure: Figure,
    values: Values,
    labels: Labels,
) -> None:
    """The items of one stage, spread over its width in the order of their age."""
    ages = [(item, values.number(Figure(figure.fact, item.item))) for item in items]
    known = sorted(((age, item.item, item) for item, age in ages if age is not None), key=lambda one: one[:2])
    if len(known) > NAMED_POINTS:
        steps = [rank * STEPS // len(known) for rank in range(len(known))]
        points = [
            (left + wide * (step + 0.5) / STEPS, age) for step, (age, _, _) in zip(steps, known, strict=True)
        ]
        _cloud(canvas, plot, upright, points)
        return
    for rank, (age, id, item) in enumerate(known):
        x = left + wide * (rank + 0.5) / len(known)
        with canvas.about(f"{_called(item)}: {values.measured(Figure(figure.fact, id))}", item):
            y = _point(canvas, plot, upright, x, age)
        labels.mark(x, y, RADIUS)
        labels.want(x, y, RADIUS, item.key or fitted(item.title, 80), float(age))


def _called(item: Item) -> str:
    """A point is said by its key: the table beside the picture has the titles."""
    return item.key or item.title


def _ground(
    canvas: Canvas,
    picture: Scatter | Ageing,
    numbers: list[Number],
    levels: tuple[tuple[str, Figure], ...],
    values: Values,
) -> tuple[Plot, Axis]:
    heights = [height for _, figure in levels if (height := values.number(figure)) is not None]
    limit = FAR * max(heights, default=0)
    if limit > 0:
        numbers = [number for number in numbers if number <= limit]
    beside = room_beside([Beside(0, label, figure) for label, figure in levels], values)
    fact = values.fact(picture.figure)
    scale = axis([0, *numbers, *heights], whole=True)
    return lay_out(canvas, scale, fact, picture.unit, beside)


def _levels(
    canvas: Canvas, plot: Plot, upright: Axis, levels: tuple[tuple[str, Figure], ...], values: Values
) -> None:
    labels = []
    for label, figure in levels:
        height = values.number(figure)
        if height is not None:
            y = upright(height)
            canvas.line(plot.left, y, plot.right, y, "level")
            labels.append(Beside(y, label, figure))
    draw_beside(canvas, plot, labels, values)


def _cloud(canvas: Canvas, plot: Plot, upright: Axis, points: list[tuple[float, Number]]) -> None:
    """All points as one mark, each place once; what is too high stands at the edge."""
    high = upright.ticks[-1]
    canvas.dots([(x, upright(number)) for x, number in points if number <= high], "cloud")
    canvas.dots([(x, plot.top) for x, number in points if number > high], "cloud far-cloud")


def _explain(canvas: Canvas, plot: Plot, upright: Axis, numbers: list[Number]) -> None:
    """Say what the triangles are, where there are any."""
    if any(number > upright.ticks[-1] for number in numbers):
        canvas.text(plot.right, 12, "▲ higher than is shown", "end", "soft")


def _point(canvas: Canvas, plot: Plot, upright: Axis, x: float, number: Number) -> float:
    """A dot, or at the edge of the plot a triangle that points to where it should be; its height is returned."""
    if number > upright.ticks[-1]:
        y = plot.top + RADIUS
        canvas.area(((x, y - 5), (x + 4, y + 3), (x - 4, y + 3)), "far")
        return y
    y = upright(number)
    canvas.circle(x, y, RADIUS, "point")
    return y
