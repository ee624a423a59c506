"""What pictures show, before they are drawn (`syncline.report.svg`). Every number in them is a figure.

Each has an id that is unique in its report, a title, and a summary: one sentence that says what is to be seen. A
picture without anything to draw is not drawn; its summary stands alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from syncline.report.parts import Figure, Item, Line, Name, State

Tone = Literal["done", "doing", "review", "ready", "backlog", "canceled", "good", "warn", "bad"]


@dataclass(frozen=True)
class Series:
    """One kind of mark. ``tone`` names its colour; ``figure`` is a series by category or by ISO day."""

    title: str
    tone: Tone
    figure: Figure


@dataclass(frozen=True)
class Chart:
    """Bars by category, stacked where there are several series. A category is its key and its label."""

    id: str
    title: str
    summary: Line
    upright: bool
    head: str
    unit: str
    categories: tuple[tuple[str, Name | date], ...]
    series: tuple[Series, ...]


@dataclass(frozen=True)
class Bar:
    """A row of a time line: from ``start`` to ``end``, as far as they are known; dates that nobody typed are striped.

    ``baseline`` is the promised day, ``trail`` the days it was moved to since, oldest first. ``half`` and ``slow`` are
    the days of the 50 and 85 % forecasts, figures with one day each, or None where the forecast is refused, for which
    ``refused`` gives the reason. ``progress`` is a share; ``slip`` in days. ``waits_for`` holds ids of other bars.
    """

    item: Item
    state: State
    start: date | None
    end: date | None
    typed: bool = True
    baseline: date | None = None
    trail: tuple[date, ...] = ()
    half: Figure | None = None
    slow: Figure | None = None
    refused: Figure | None = None
    progress: Figure | None = None
    slip: Figure | None = None
    waits_for: tuple[str, ...] = ()


@dataclass(frozen=True)
class Timeline:
    """Bars over a calendar. Without any date a bar is listed below instead. ``late``: pairs of item ids (waits, waited
    for) where the second is expected after the first begins."""

    id: str
    title: str
    summary: Line
    today: date
    bars: tuple[Bar, ...]
    late: frozenset[tuple[str, str]] = frozenset()


NAMED_POINTS = 300
"""Beyond so many points none says what it is: a cloud is looked at whole."""


@dataclass(frozen=True)
class Scatter:
    """A point per item: ``figure`` is a series of days by item, drawn over the day in ``at``; ``lines`` are levels
    with a label such as ``85 %``. ``items`` are those that are listed: all up to `NAMED_POINTS`, else the first."""

    id: str
    title: str
    summary: Line
    unit: str
    figure: Figure
    at: tuple[tuple[str, date], ...]
    items: tuple[Item, ...]
    lines: tuple[tuple[str, Figure], ...] = ()


@dataclass(frozen=True)
class Ageing:
    """Points of items by their stage: ``figure`` is the age in days by item. ``bands`` are levels across all stages."""

    id: str
    title: str
    summary: Line
    unit: str
    stages: tuple[tuple[str, tuple[Item, ...]], ...]
    figure: Figure
    bands: tuple[tuple[str, Figure], ...] = ()


@dataclass(frozen=True)
class Areas:
    """Bands stacked over days, the lowest first: cumulative flow. Keys of the series are ISO days, one for each day.

    ``hatched`` is drawn over the bands as what was taken back: (first day, last day or None for still).
    """

    id: str
    title: str
    summary: Line
    unit: str
    days: tuple[date, ...]
    series: tuple[Series, ...]
    hatched: tuple[tuple[date, date | None], ...] = ()


@dataclass(frozen=True)
class Fan:
    """What may be left, or done, after today: ``figure`` is a series by ISO day, for one ``percent`` of certainty."""

    percent: int
    figure: Figure


@dataclass(frozen=True)
class Lines:
    """Lines over days: burn-up, burn-down, a metric with its target. Keys of the series are ISO days; days without a
    value leave a gap. ``fans`` continue the first series. ``marks`` are days with a word (a launch, a deadline)."""

    id: str
    title: str
    summary: Line
    unit: str
    days: tuple[date, ...]
    series: tuple[Series, ...]
    fans: tuple[Fan, ...] = ()
    marks: tuple[tuple[date, str], ...] = ()
    levels: tuple[tuple[str, Figure], ...] = ()


@dataclass(frozen=True)
class Bubble:
    """``x`` and ``y`` are figures of one number; ``size`` None draws the smallest."""

    item: Item
    x: Figure
    y: Figure
    size: Figure | None = None


@dataclass(frozen=True)
class Bubbles:
    """Impact against effort: names of the four fields go round from top left. ``thresholds`` are figures (x, y)."""

    id: str
    title: str
    summary: Line
    x_title: str
    y_title: str
    size_title: str
    bubbles: tuple[Bubble, ...]
    thresholds: tuple[Figure, Figure]
    fields: tuple[str, str, str, str]


Picture = Chart | Timeline | Scatter | Ageing | Areas | Lines | Bubbles
