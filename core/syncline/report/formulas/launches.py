"""M23 and M24: what happened after a launch, beside what was before it and what was predicted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from syncline.report.formulas.days import ONE_DAY, days_of
from syncline.report.formulas.exact import Number, exact, mean
from syncline.report.formulas.percentiles import nearest_rank
from syncline.report.formulas.refusal import Reason, Refusal

DAYS = 28
WEEK = 7


@dataclass(frozen=True)
class Side:
    """Complete days from ``first`` to ``last``: their mean, and the mean of each week, in the metric's unit."""

    first: date
    last: date
    values: tuple[Fraction, ...]
    mean: Fraction
    weeks: tuple[Fraction, ...]


@dataclass(frozen=True)
class BeforeAfter:
    """``difference`` = after − before, in the metric's unit; ``change`` is the same as a share of before.

    Before and after, not cause and effect, unless an experiment is linked. ``overlapping`` names other launches from
    the first to the last of these days.
    """

    before: Side
    after: Side
    difference: Fraction
    change: Fraction | Refusal
    overlapping: tuple[str, ...]


def before_after(
    points: Mapping[date, Number],
    launch: date,
    full: date,
    complete_until: date,
    others: Mapping[str, date] | None = None,
    days: int = DAYS,
) -> BeforeAfter | Refusal:
    """M23: the mean of 28 complete days after full rollout against 28 before first exposure (Mixpanel: 15 each).

    The days of the ramp, ``launch`` to ``full``, are in neither; four whole weeks have the same weekdays on each side.
    Refused where a day has no value: missing is not nought. ``complete_until`` is the last day that is over.
    """
    before = _side(points, launch - timedelta(days=days), launch - ONE_DAY, complete_until)
    after = _side(points, full + ONE_DAY, full + timedelta(days=days), complete_until)
    if isinstance(before, Refusal):
        return before
    if isinstance(after, Refusal):
        return after
    difference = after.mean - before.mean
    change = difference / before.mean if before.mean else Refusal(Reason.DIVISION_BY_ZERO)
    near = [name for name, day in (others or {}).items() if before.first <= day <= after.last]
    return BeforeAfter(before, after, difference, change, tuple(sorted(near)))


def _side(points: Mapping[date, Number], first: date, last: date, complete_until: date) -> Side | Refusal:
    every = list(days_of(first, last))
    values = [
        value for day in every if day <= complete_until and (value := exact(points.get(day))) is not None
    ]
    if not every or len(values) < len(every):
        about = f"{first.isoformat()} to {last.isoformat()}"
        return Refusal(Reason.INCOMPLETE, about, n=len(values), needed=len(every))
    weeks = tuple(mean(values[at : at + WEEK]) for at in range(0, len(values) - WEEK + 1, WEEK))
    return Side(first, last, tuple(values), mean(values), weeks)


@dataclass(frozen=True)
class Prediction:
    """``predicted`` and ``actual`` in one unit: people reached, change of a metric, or person-weeks."""

    name: str
    predicted: Number | None
    actual: Number | None


def prediction_ratio(prediction: Prediction) -> Fraction | Refusal:
    """M24: actual ÷ predicted: 1 is as predicted, 2 twice as much (not found in other tools).

    Refused where either is missing, or nothing above nought was predicted.
    """
    predicted, actual = exact(prediction.predicted), exact(prediction.actual)
    if predicted is None or actual is None:
        return Refusal(Reason.MISSING, "predicted" if predicted is None else "actual")
    return actual / predicted if predicted > 0 else Refusal(Reason.NOT_POSITIVE, "predicted")


@dataclass(frozen=True)
class Calibration:
    """A team's line: the ``typical`` ratio of actual to predicted, with ``least`` and ``most``, of ``n`` launches."""

    typical: Fraction
    least: Fraction
    most: Fraction
    n: int
    left_out: int


def calibration(predictions: Iterable[Prediction], least: int = 3) -> Calibration | Refusal:
    """M24: the median ratio by nearest rank, with the range; refused with fewer than ``least`` launches to compare."""
    every = [prediction_ratio(one) for one in predictions]
    ratios = [one for one in every if isinstance(one, Fraction)]
    typical = nearest_rank(ratios, 50)
    if len(ratios) < least or isinstance(typical, Refusal):
        return Refusal(Reason.TOO_FEW, "launches", n=len(ratios), needed=least)
    return Calibration(typical, min(ratios), max(ratios), len(ratios), len(every) - len(ratios))
