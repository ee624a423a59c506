"""What the pictures with two axes share: the plot, its axes, its levels, and reading values of facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from syncline.report.facts import Fact, number_of
from syncline.report.model import Report
from syncline.report.parts import Figure, Item
from syncline.report.plain import part_text
from syncline.report.svg.canvas import Canvas
from syncline.report.svg.lettering import LINE, fitted, spread, width
from syncline.report.svg.scales import Axis, Calendar, Number, drawable
from syncline.report.words import value_text

WIDTH = 540
"""Of a picture of which two stand side by side."""

BROADEST = 200
"""Pixels that labels beside a plot may take."""


@dataclass(frozen=True)
class Values:
    """What the figures of a report say."""

    report: Report

    def number(self, figure: Figure) -> Number | None:
        return drawable(number_of(self.fact(figure), figure.key))

    def day(self, figure: Figure | None) -> date | None:
        found = number_of(self.fact(figure), figure.key) if figure else None
        return found if isinstance(found, date) else None

    def text(self, figure: Figure) -> str:
        return value_text(self.fact(figure), figure.key)

    def measured(self, figure: Figure) -> str:
        """The value with its unit."""
        return f"{self.text(figure)} {self.fact(figure).unit}".strip()

    def fact(self, figure: Figure) -> Fact:
        return self.report.fact(figure)

    def name(self, item: Item) -> str:
        return part_text(item, self.report)

    def keys(self, figure: Figure) -> tuple[str, ...]:
        return tuple(self.fact(figure).by_key)


@dataclass(frozen=True)
class Plot:
    """The rectangle that marks are drawn in."""

    left: float
    top: float
    right: float
    bottom: float


LEGEND = 190
"""Pixels left free beside the unit for a word on the marks."""

TOP = 30
BOTTOM = 250


def lay_out(
    canvas: Canvas, values: Axis, fact: Fact, unit: str, beside: float, top: float = TOP
) -> tuple[Plot, Axis]:
    """Draw the value axis with its unit, leaving ``beside`` pixels on the right; give the plot, and the axis on it."""
    labels = values.labels(fact.form)
    left = max(width(label) for label in labels) + 8
    plot = Plot(left, top, canvas.width - beside, BOTTOM)
    upright = values.over(plot.bottom, plot.top)
    canvas.text(0, 12, fitted(unit, canvas.width - LEGEND), css="soft")
    for tick, label in zip(values.ticks, labels, strict=True):
        y = upright(tick)
        canvas.line(plot.left, y, plot.right, y, "axis")
        canvas.text(left - 6, y + 4, label, "end", "soft")
    return plot, upright


def draw_days(canvas: Canvas, plot: Plot, days: Calendar) -> None:
    """The calendar below a plot."""
    for x, label in days.ticks():
        canvas.line(x, plot.bottom, x, plot.bottom + 16, "axis")
        canvas.text(x + 3, plot.bottom + 15, label, css="soft")


@dataclass(frozen=True)
class Beside:
    """A label at the right end of something that is drawn at ``y``: words, and a figure after them."""

    y: float
    words: str
    figure: Figure | None = None
    css: str = ""


def room_beside(labels: Sequence[Beside], values: Values) -> float:
    """Pixels that the labels need."""
    needed = max((width(_text(label, values)) for label in labels), default=0.0)
    return min(needed, BROADEST) + 12 if labels else 8.0


def draw_beside(canvas: Canvas, plot: Plot, labels: Sequence[Beside], values: Values) -> None:
    """Put the labels on the right of the plot, none over another; those for which there is no room are left out."""
    labels = labels[: int((plot.bottom - plot.top) // LINE)]
    places = spread([label.y + 4 for label in labels], plot.top, plot.bottom + 4) or []
    for y, label in zip(places, labels, strict=True):
        x = plot.right + 8
        number = values.text(label.figure) if label.figure else ""
        words = fitted(label.words, BROADEST - width(f": {number}")) + (":" if number else "")
        canvas.text(x, y, words, css=label.css or "soft")
        if number:
            canvas.text(x + width(f"{words} "), y, number, figure=label.figure)


def _text(label: Beside, values: Values) -> str:
    return f"{label.words}: {values.text(label.figure)}" if label.figure else label.words
