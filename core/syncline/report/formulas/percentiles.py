"""M8: percentiles by nearest rank, and what so many points can say."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, Protocol, TypeVar

from syncline.report.formulas.refusal import Reason, Refusal

ENOUGH = 11
"""Points from which on lines above the median are drawn: below, the next value is too likely to lie outside them."""


class Ordered(Protocol):
    def __lt__(self, other: Any, /) -> bool: ...


T = TypeVar("T", bound=Ordered)


def nearest_rank(values: Iterable[T], percent: int) -> T | Refusal:
    """M8: the value at rank ⌈percent · n ÷ 100⌉ of the sorted values, in their own unit; always one of them.

    One line of SQL gives the same: OFFSET (percent · n + 99) / 100 − 1. Give the full set, never values cut off for a
    chart, as the chart designs of jirametrics teach. ``percent`` is 1 to 100.
    """
    ordered = sorted(values)
    if not ordered:
        return Refusal(Reason.TOO_FEW, n=0, needed=1)
    return ordered[max(1, -(-percent * len(ordered) // 100)) - 1]


def percentile(values: Iterable[T], percent: int, enough: int = ENOUGH) -> T | Refusal:
    """M8: as `nearest_rank`, but refused above the median where there are fewer than ``enough`` values."""
    kept = list(values)
    if percent > 50 and len(kept) < enough:
        return Refusal(Reason.TOO_FEW, n=len(kept), needed=enough)
    return nearest_rank(kept, percent)


def chance_inside(n: int) -> Fraction:
    """M8: the chance, 0 to 1, that the next value lies within the range of ``n`` earlier ones: (n − 1) ÷ (n + 1).

    For 11 it is 83 %. Slides by Magennis print 1 − 1 ÷ (n − 1), which is too high beyond three; this one was measured.
    """
    return Fraction(n - 1, n + 1) if n > 1 else Fraction(0)
