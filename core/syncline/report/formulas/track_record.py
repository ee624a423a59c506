"""M14: what became of the forecasts that were printed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from syncline.report.formulas.exact import Number, exact, mean
from syncline.report.formulas.refusal import Reason, Refusal

PERCENTS = (50, 85, 95)


@dataclass(frozen=True)
class PrintedDate:
    """A report of ``as_of`` said: done by ``day`` with ``percent`` probability.

    ``done_on`` is None while the item is open. ``dropped``: it was canceled, or its scope was changed by decision.
    """

    item: str
    as_of: date
    percent: int
    day: date
    done_on: date | None = None
    dropped: bool = False


@dataclass(frozen=True)
class HitRate:
    """``kept`` of ``known`` dates, of ``items`` items. ``pending`` are not due yet, ``dropped`` never will be."""

    percent: int
    kept: int
    known: int
    items: int
    pending: int
    dropped: int

    @property
    def share(self) -> Fraction | Refusal:
        """M14: kept ÷ known, 0 to 1; refused while none is known."""
        return Fraction(self.kept, self.known) if self.known else Refusal(Reason.TOO_FEW, n=0, needed=1)


def hit_rate(printed: Iterable[PrintedDate], percent: int, today: date) -> HitRate:
    """M14: how many dates printed with ``percent`` probability were kept: "our past 85 % dates: 9 of 13 kept".

    A date counts once it has passed, even if the item was done early: a kept promise is known sooner than a broken
    one, and counting it at once would flatter. Needed because teams' pace drifts, which no sample shows (measured).
    """
    of_level = [one for one in printed if one.percent == percent]
    dropped = sum(one.dropped for one in of_level)
    known = [one for one in of_level if not one.dropped and one.day < today]
    kept = sum(one.done_on is not None and one.done_on <= one.day for one in known)
    items = len({one.item for one in known})
    return HitRate(percent, kept, len(known), items, len(of_level) - dropped - len(known), dropped)


@dataclass(frozen=True)
class PrintedChance:
    """A report of ``as_of`` gave ``likelihood``, 0 to 1, for being done by ``target``."""

    item: str
    as_of: date
    target: date
    likelihood: Number
    done_on: date | None = None
    dropped: bool = False


@dataclass(frozen=True)
class Brier:
    """``score``: 0 is perfect, 0.25 what always saying one half gets, 1 always wrong. ``n`` forecasts are known."""

    score: Fraction
    n: int


def brier(printed: Iterable[PrintedChance], today: date) -> Brier | Refusal:
    """M14: the mean of (likelihood − outcome)², no unit, over forecasts whose target has passed (Brier's score).

    The outcome is 1 for done by the target, else 0. Refused while none is known.
    """
    errors: list[Fraction] = []
    for one in printed:
        chance = exact(one.likelihood)
        if chance is None or one.dropped or one.target >= today:
            continue
        outcome = one.done_on is not None and one.done_on <= one.target
        errors.append((chance - outcome) ** 2)
    return Brier(mean(errors), len(errors)) if errors else Refusal(Reason.TOO_FEW, "forecasts", n=0, needed=1)
