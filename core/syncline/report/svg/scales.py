"""From values and days to pixels, and the marks of an axis."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import partial
from itertools import count, pairwise

from syncline.report.facts import Form, Scalar
from syncline.report.svg.lettering import width
from syncline.report.words import MONTHS, printed

Number = int | Fraction | float

TICKS = 5
"""The most steps of a value axis."""

BETWEEN = 10
"""Pixels between two labels of an axis, at least."""


_MOST = 10**12
_LEAST = Fraction(1, 10**9)


def drawable(value: Scalar | None) -> Number | None:
    """The value if it is a number of bearable size, else None: other values have no place in a picture."""
    return value if isinstance(value, int | Fraction | float) and -_MOST < value < _MOST else None


@dataclass(frozen=True)
class Axis:
    """Numbers over pixels. ``ticks`` are round; the first and the last are the ends."""

    ticks: tuple[Fraction, ...]
    start: float
    end: float

    def __call__(self, value: Number) -> float:
        low, high = self.ticks[0], self.ticks[-1]
        return self.start + float((Fraction(value) - low) / (high - low)) * (self.end - self.start)

    def over(self, start: float, end: float) -> Axis:
        """The same numbers over other pixels."""
        return Axis(self.ticks, start, end)

    def labels(self, form: Form) -> tuple[str, ...]:
        """What stands at the ticks: as many decimals as the step needs, the form of the values."""
        step = self.ticks[1] - self.ticks[0]
        shown = step * 100 if form in (Form.PERCENT, Form.CHANCE) else step
        places = next(places for places in count() if (shown * 10**places).denominator == 1)
        plain = Form.PERCENT if form is Form.CHANCE else form
        return tuple(printed(tick, plain, places) for tick in self.ticks)


def axis(values: Iterable[Number], *, whole: bool = False) -> Axis:
    """An axis for the values, with about five round steps.

    It begins at nought, unless all values are far from it as seen from their spread. ``whole`` makes no step below 1.
    """
    exact = [Fraction(value) for value in values] or [Fraction(0)]
    low, high = min(exact), max(exact)
    if (low > 0 and low < 2 * (high - low)) or low == high > 0:
        low = Fraction(0)
    elif (high < 0 and -high < 2 * (high - low)) or low == high < 0:
        high = Fraction(0)
    if high - low < _LEAST:
        high = low + 1
    step = _round_step((high - low) / TICKS, whole)
    first, last = math.floor(low / step), math.ceil(high / step)
    return Axis(tuple(step * number for number in range(first, last + 1)), 0, 1)


def _round_step(least: Fraction, whole: bool) -> Fraction:
    """The smallest of 1, 2, 5, 10, 20, … (or a tenth of these, and so on) that is not below ``least``."""
    power = Fraction(1)
    while power > least:
        power /= 10
    while power * 10 <= least:
        power *= 10
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least)
    return max(step, Fraction(1)) if whole else step


@dataclass(frozen=True)
class Calendar:
    """Days over pixels, from the beginning of ``first`` to the end of ``last``. A mark stands in its day's middle."""

    first: date
    last: date
    start: float
    end: float

    @property
    def day(self) -> float:
        """Pixels of one day."""
        return (self.end - self.start) / ((self.last - self.first).days + 1)

    def left(self, day: date) -> float:
        """Where a day begins."""
        return self.start + (day - self.first).days * self.day

    def right(self, day: date) -> float:
        return self.left(day) + self.day

    def middle(self, day: date) -> float:
        return self.left(day) + self.day / 2

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last

    def ticks(self) -> list[tuple[float, str]]:
        """Where a label begins, and the label: days, weeks, months or years, the finest that leave each other room."""
        for days, between in _DIVISIONS:
            if self.day * days < BETWEEN:
                continue
            found = list(between(self.first, self.last))
            labels = _labels(found, monthly=days >= _MONTH)
            ends = [
                (self.left(day), self.left(day) + width(label))
                for day, label in zip(found, labels, strict=True)
            ]
            if all(end + BETWEEN <= start for (_, end), (start, _) in pairwise(ends)):
                within = zip(ends, labels, strict=True)
                return [(start, label) for (start, end), label in within if end <= self.end]
        return []


_MONTH = 28
_YEAR = 365


def _weeks(count: int, first: date, last: date) -> Iterator[date]:
    """Mondays."""
    start = first.toordinal() + -first.weekday() % 7
    for ordinal in range(start, min(last.toordinal(), date.max.toordinal()) + 1, 7 * count):
        yield date.fromordinal(ordinal)


def _months(count: int, first: date, last: date) -> Iterator[date]:
    month = first.year * 12 + first.month - 1 + (first.day > 1)
    for number in range(month + -month % count, last.year * 12 + last.month, count):
        yield date(number // 12, number % 12 + 1, 1)


def _days(count: int, first: date, last: date) -> Iterator[date]:
    for offset in range(0, (last - first).days + 1, count):
        yield first + timedelta(days=offset)


_DIVISIONS: tuple[tuple[int, Callable[[date, date], Iterator[date]]], ...] = (
    *((number, partial(_days, number)) for number in (1, 2)),
    *((7 * number, partial(_weeks, number)) for number in (1, 2)),
    *((_MONTH * number, partial(_months, number)) for number in (1, 2, 3, 6)),
    *((_YEAR * number, partial(_months, 12 * number)) for number in (1, 2, 5, 10, 20, 50, 100, 500, 1000)),
)


def _labels(days: Sequence[date], *, monthly: bool) -> list[str]:
    """``3 Nov`` or ``Nov``; with the year where it is another than before."""
    found = []
    year = None
    for day in days:
        name = MONTHS[day.month - 1] if monthly else f"{day.day} {MONTHS[day.month - 1]}"
        found.append(name if day.year == year else f"{name} {day.year}")
        year = day.year
    return found
