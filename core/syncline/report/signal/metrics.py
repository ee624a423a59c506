"""Metrics as they are read: only complete intervals, with what is usual for them (M20)."""
# ruff: noqa: S608 - the parts put together here are constants of this package

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from syncline.report.draft import Draft
from syncline.report.facts import Given, Row
from syncline.report.formulas.alerts import Anomaly, Point, anomaly
from syncline.report.formulas.days import ONE_DAY
from syncline.report.formulas.exact import exact
from syncline.report.formulas.refusal import Refusal
from syncline.report.model import Column, Figure, Line, Name, Refused, Spark, Table
from syncline.report.words import tidy

MONTH = 30
"""Days of an interval by which a metric says that it counts months of the calendar."""

_SERIES = (
    "SELECT v.ref, v.day, v.value, v.users, v.complete FROM reading v"
    " WHERE v.metric = :{parameter} AND v.day < :until_day ORDER BY v.day"
)


@dataclass(frozen=True)
class Metric:
    """``figure`` is the series of complete values by ISO day; ``days`` are its keys, oldest first.

    ``parameter`` is what queries call its ref by. ``users`` says how many a value was computed from, where the tool
    does. ``usual`` is the median that the last value is compared with, ``score`` how far it is from it.
    """

    ref: str
    parameter: str
    id: str
    name: str
    unit: str
    interval: int
    figure: Figure
    days: tuple[date, ...]
    values: tuple[Fraction, ...]
    users: tuple[int | None, ...]
    target: Figure | None
    usual: Figure
    score: Figure

    @property
    def last(self) -> Figure | None:
        """The last complete value."""
        return Figure(self.figure.fact, self.days[-1].isoformat()) if self.days else None

    @property
    def read_on(self) -> date | None:
        """The last day that the last complete value speaks of."""
        return ends(self.days[-1], self.interval) if self.days else None

    def until(self, day: date) -> date:
        """The last day of the interval that begins on ``day``."""
        return ends(day, self.interval)

    def amount(self, figure: Figure) -> Line:
        """A figure with the metric's unit, which is always shown."""
        return (figure, " ", Name(self.unit)) if self.unit else (figure,)


def ends(day: date, interval: int) -> date:
    """The last day of the interval that begins on ``day``."""
    if interval == MONTH:
        return (day.replace(day=1) + timedelta(days=MONTH + 1)).replace(day=1) - ONE_DAY
    return day + timedelta(days=max(1, interval) - 1)


def metrics(draft: Draft) -> tuple[Metric, ...]:
    """Every metric that was read, by name."""
    draft.ledger.let("until_day", draft.calendar.day(draft.settings.period_end).isoformat())
    rows = draft.ledger.rows("SELECT * FROM measure ORDER BY title, ref")
    slugs = _slugs([row["id"] for row in rows])
    return tuple(_metric(draft, row, slug) for row, slug in zip(rows, slugs, strict=True))


def _slugs(ids: Sequence[str]) -> list[str]:
    """Names of facts for metrics, each once."""
    found: list[str] = []
    for id in ids:
        slug = re.sub(r"[^a-z0-9]+", "_", id.casefold()).strip("_") or "unnamed"
        while slug in found:
            slug += "_again"
        found.append(slug)
    return found


def _metric(draft: Draft, row: Row, slug: str) -> Metric:
    ledger = draft.ledger
    interval = int(row["days"] or 1)
    until = draft.calendar.day(draft.settings.period_end)
    parameter = f"metric_{slug}"
    ledger.let(parameter, row["ref"])
    sql = _SERIES.format(parameter=parameter)
    unit = tidy(row["unit"], "")

    kept = {
        one["day"]: one
        for one in ledger.rows(sql)
        if one["complete"] and ends(date.fromisoformat(one["day"]), interval) < until
    }  # a day without a value is not nought
    values = tuple(exact(one["value"]) or Fraction(0) for one in kept.values())
    places = places_of(values, unit)
    name = tidy(row["title"], tidy(row["id"], "?"))

    def series(part: str, definition: str, rule: Callable[[Sequence[Row]], Given]) -> Figure:
        return ledger.fold(
            f"{part}_of_metric_{slug}", f"{name}: {definition}", sql, unit, rule, places=places
        )

    figure = ledger.series(
        f"metric_{slug}",
        f"{name}: the values of all complete intervals that ended before the end of the period, by their first day.",
        sql,
        unit,
        lambda _: dict(zip(kept, values, strict=True)),
        places=places,
    )
    return Metric(
        ref=row["ref"],
        parameter=parameter,
        id=row["id"],
        name=name,
        unit=unit,
        interval=interval,
        figure=figure,
        days=tuple(date.fromisoformat(day) for day in kept),
        values=values,
        users=tuple(one["users"] for one in kept.values()),
        target=_target(draft, row, slug, name, unit),
        usual=series(
            "usual",
            "median of the same weekday in the eight weeks before the last value.",
            lambda _: _compared(kept, lambda found: found.median),
        ),
        score=ledger.fold(
            f"score_of_metric_{slug}",
            f"{name}: modified z of the last value against that median; beyond 3.5 either way it is unusual.",
            sql,
            "",
            lambda _: _compared(kept, lambda found: found.score),
            places=1,
        ),
    )


def _target(draft: Draft, row: Row, slug: str, name: str, unit: str) -> Figure | None:
    if row["target"] is None:
        return None
    target = exact(row["target"])
    return draft.ledger.fold(
        f"target_of_metric_{slug}",
        f"{name}: the value aimed at, as its source says.",
        f"SELECT ref, target FROM measure WHERE ref = :metric_{slug}",
        unit,
        lambda rows: exact(rows[0]["target"]),
        places=places_of((target or Fraction(0),), ""),
    )


def places_of(values: Sequence[Fraction], unit: str) -> int:
    """Decimals that a metric is printed with: none where all values are whole."""
    if all(value.denominator == 1 for value in values):
        return 0
    return 1 if unit == "%" or all(abs(value) >= 10 for value in values if value) else 2


def _compared(rows: dict[str, Row], part: Callable[[Anomaly], Given]) -> Given:
    if not rows:
        return None
    points = {date.fromisoformat(day): Point(one["value"], one["users"]) for day, one in rows.items()}
    found = anomaly(points, max(points))
    return found if isinstance(found, Refusal) else part(found)


UNUSUAL = Fraction(35, 10)


def metrics_table(draft: Draft, every: Sequence[Metric], marks: tuple[date, ...]) -> Table:
    """One row for each metric with a complete value: where it is, where it should be, and whether it moved."""
    columns = (
        Column("metric", "Metric"),
        Column("last", "Last", numeric=True),
        Column("until", "Until"),
        Column("target", "Target", numeric=True),
        Column("usual", "Against the usual"),
        Column("trend", "Trend"),
    )
    rows = tuple(_row(draft, metric, marks) for metric in every)
    return Table("metrics", "Metrics", columns, rows, folded=True, empty="No metric was read.")


def _row(draft: Draft, metric: Metric, marks: tuple[date, ...]) -> tuple[Line, ...]:
    name: Line = (Name(metric.name),)
    target: Line = metric.amount(metric.target) if metric.target else ()
    if metric.last is None or metric.read_on is None:
        return (name, ("no complete interval yet",), (), target, (), ())
    spark = Spark(
        metric.figure, metric.name, tuple(day for day in marks if metric.days[0] <= day <= metric.days[-1])
    )
    return (name, metric.amount(metric.last), (metric.read_on,), target, against(draft, metric), (spark,))


def against(draft: Draft, metric: Metric) -> Line:
    """Whether the last value is beyond noise; the reason where nobody can say."""
    score = draft.ledger.value(metric.score)
    if not isinstance(score, Fraction):
        return (Refused(metric.score),)
    if abs(score) <= UNUSUAL:
        return ("as usual: ", *metric.amount(metric.usual))
    return (
        "unusually high: " if score > 0 else "unusually low: ",
        *metric.amount(metric.usual),
        " was usual",
    )
