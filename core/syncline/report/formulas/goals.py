"""M5: objectives and key results: progress, and how far it is from an even pace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from syncline.report.formulas.exact import Number, exact
from syncline.report.formulas.refusal import Reason, Refusal

AMBER_FROM = Fraction(4, 10)
GREEN_FROM = Fraction(7, 10)


class Colour(StrEnum):
    """Half-open: red < 0.4 ≤ amber < 0.7 ≤ green."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"


@dataclass(frozen=True)
class Progress:
    """``value`` lies between 0 and 1; ``raw`` is the same before it was cut off, and is kept in the ledger."""

    value: Fraction
    raw: Fraction


def key_result(baseline: Number | None, current: Number | None, target: Number | None) -> Progress | Refusal:
    """M5: (current − baseline) ÷ (target − baseline), a share of the way; the three are in the metric's unit.

    Works for metrics that are meant to fall, because both differences change their sign. Refused where target and
    baseline are the same. Worked out, never typed, as OneCamp has it.
    """
    numbers = {"baseline": exact(baseline), "current": exact(current), "target": exact(target)}
    missing = [name for name, number in numbers.items() if number is None]
    if missing:
        return Refusal(Reason.MISSING, missing[0])
    start, now, end = (number or Fraction(0) for number in numbers.values())
    if start == end:
        return Refusal(Reason.TARGET_IS_BASELINE)
    raw = (now - start) / (end - start)
    return Progress(min(max(raw, Fraction(0)), Fraction(1)), raw)


def expected(start: date | None, due: date | None, today: date) -> Fraction | Refusal:
    """M5: the share of [start, due] that has passed, 0 to 1: progress at an even pace. Refused unless due is later."""
    if start is None or due is None:
        return Refusal(Reason.MISSING, "start" if start is None else "due")
    if due <= start:
        return Refusal(Reason.NO_SPAN)
    passed = Fraction((today - start).days, (due - start).days)
    return min(max(passed, Fraction(0)), Fraction(1))


def pace(progress: Progress | Refusal, passed: Fraction | Refusal) -> Fraction | Refusal:
    """M5: progress − share of the time passed, −1 to 1: above zero is ahead of an even pace."""
    if isinstance(progress, Refusal):
        return progress
    return passed if isinstance(passed, Refusal) else progress.value - passed


@dataclass(frozen=True)
class Objective:
    """``counted`` key results make the value; ``left_out`` have none."""

    value: Fraction
    counted: int
    left_out: int


def objective(results: Sequence[tuple[Progress | Refusal, Number]]) -> Objective | Refusal:
    """M5: the weighted mean of (progress, weight) pairs, 0 to 1; Google calls 0.6 to 0.7 the sweet spot.

    A key result without progress or with a weight that is not above zero is left out and counted. Refused where
    none is left.
    """
    kept = [
        (progress.value, weight)
        for progress, given in results
        if isinstance(progress, Progress) and (weight := exact(given)) is not None and weight > 0
    ]
    if not kept:
        return Refusal(Reason.TOO_FEW, "key results", n=0, needed=1)
    total = sum(weight for _, weight in kept)
    value = sum((value * weight for value, weight in kept), Fraction()) / total
    return Objective(value, len(kept), len(results) - len(kept))


def colour(value: Fraction) -> Colour:
    """M5: the colour of a progress, 0 to 1. *Measure What Matters* leaves gaps between its bands; ours have none."""
    if value < AMBER_FROM:
        return Colour.RED
    return Colour.AMBER if value < GREEN_FROM else Colour.GREEN
