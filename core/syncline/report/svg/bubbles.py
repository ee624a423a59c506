"""Impact against effort."""

from __future__ import annotations

import math
from collections.abc import Sequence

from syncline.report.parts import Figure
from syncline.report.pictures import Bubble, Bubbles
from syncline.report.svg.canvas import Canvas
from syncline.report.svg.ground import Plot, Values, lay_out
from syncline.report.svg.labels import Labels
from syncline.report.svg.lettering import Box, fitted, text_box, width
from syncline.report.svg.scales import Axis, Number, axis

WIDTH = 760
SMALLEST = 5.0
LARGEST = 24.0
LONGEST = 240
"""Pixels of a bubble's label."""


def draw_bubbles(canvas: Canvas, picture: Bubbles, values: Values) -> None:
    known = [
        (bubble, x, y)
        for bubble in picture.bubbles
        if (x := values.number(bubble.x)) is not None and (y := values.number(bubble.y)) is not None
    ]
    across = _scale(picture.thresholds[0], [x for _, x, _ in known], values)
    up = _scale(picture.thresholds[1], [y for _, _, y in known], values)
    fact = values.fact(picture.thresholds[1])
    plot, upright = lay_out(canvas, up, fact, picture.y_title, 12)
    across = across.over(plot.left, plot.right)
    _across(canvas, plot, across, picture, values)
    labels = Labels(plot)
    _fields(canvas, plot, across, upright, picture, values, labels)
    largest = max((values.number(one.size) or 0 for one, _, _ in known if one.size), default=0)
    for bubble, x, y in sorted(known, key=lambda one: -_radius(one[0], largest, values)):
        _bubble(canvas, bubble, across(x), upright(y), _radius(bubble, largest, values), values, labels)
    labels.draw(canvas)
    canvas.height = plot.bottom + 40


def _scale(threshold: Figure, numbers: Sequence[Number], values: Values) -> Axis:
    """Room for a bubble at either end."""
    found = [*numbers, values.number(threshold) or 0]
    return axis([0, *found, *(float(number) * 1.1 for number in found)])


def _across(canvas: Canvas, plot: Plot, across: Axis, picture: Bubbles, values: Values) -> None:
    labels = across.labels(values.fact(picture.thresholds[0]).form)
    end = 0.0
    for tick, label in zip(across.ticks, labels, strict=True):
        x = across(tick)
        canvas.line(x, plot.bottom, x, plot.bottom + 4, "edge")
        left = min(x - width(label) / 2, canvas.width - width(label))
        if left >= end:
            canvas.text(left, plot.bottom + 17, label, css="soft")
            end = left + width(label) + 8
    title = fitted(picture.x_title, plot.right - plot.left)
    canvas.text(plot.right, plot.bottom + 34, title, "end", "soft")


def _fields(
    canvas: Canvas, plot: Plot, across: Axis, upright: Axis, picture: Bubbles, values: Values, labels: Labels
) -> None:
    """Lines at the thresholds, and the names of the fields between them in their outer corners."""
    x, y = (
        across(values.number(picture.thresholds[0]) or 0),
        upright(values.number(picture.thresholds[1]) or 0),
    )
    canvas.line(x, plot.top, x, plot.bottom, "level")
    canvas.line(plot.left, y, plot.right, y, "level")
    labels.lines += [Box(x, plot.top, x, plot.bottom), Box(plot.left, y, plot.right, y)]
    high, low = plot.top + 14, plot.bottom - 6
    left, right = (plot.left + 6, "start", x - plot.left), (plot.right - 6, "end", plot.right - x)
    corners = ((*left, high), (*right, high), (*right, low), (*left, low))
    for name, (at, anchor, room, base) in zip(picture.fields, corners, strict=True):
        text = fitted(name, room - 12)
        box = text_box(at, base, text, anchor)
        if text and not any(box.meets(other) for other in labels.taken):
            labels.taken.append(box)
            canvas.text(at, base, text, anchor, "soft")


def _radius(bubble: Bubble, largest: Number, values: Values) -> float:
    """The area stands for the size."""
    size = (values.number(bubble.size) or 0) if bubble.size else 0
    if largest <= 0 or size <= 0:
        return SMALLEST
    return SMALLEST + (LARGEST - SMALLEST) * math.sqrt(float(size) / float(largest))


def _bubble(
    canvas: Canvas, bubble: Bubble, x: float, y: float, radius: float, values: Values, labels: Labels
) -> None:
    size = f", {values.measured(bubble.size)}" if bubble.size else ""
    said = f"{values.name(bubble.item)}: {values.measured(bubble.x)}, {values.measured(bubble.y)}{size}"
    with canvas.about(said, bubble.item):
        canvas.circle(x, y, radius, "bubble")
    labels.mark(x, y, 3)
    labels.want(x, y, radius, fitted(bubble.item.title, LONGEST), radius)
