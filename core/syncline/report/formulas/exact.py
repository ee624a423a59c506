"""Exact numbers: what tools send as decimals stays what it was until it is printed."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

Number = int | float | Decimal | Fraction


@lru_cache(maxsize=4096)
def _as_written(value: float) -> Fraction | None:
    return Fraction(repr(value)) if math.isfinite(value) else None


def exact(value: Number | None) -> Fraction | None:
    """The number as a fraction; a float is the decimal people wrote, so 0.8 is four fifths (for M1 to M25).

    None where it is missing, infinite or not a number.
    """
    if value is None:
        return None
    if isinstance(value, float):
        return _as_written(value)
    if isinstance(value, Decimal) and not value.is_finite():
        return None
    return Fraction(value)


def rounded(value: Number, places: int = 0) -> Decimal:
    """For printing only: halves go away from zero, the same on every machine. ``value`` must be finite (M1 to M25)."""
    number = exact(value)
    if number is None:
        raise ValueError(f"not a finite number: {value!r}")
    scaled = abs(number) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(-whole if number < 0 else whole).scaleb(-places)


def ratio(part: Number | None, whole: Number | None) -> Fraction | None:
    """``part`` ÷ ``whole``; None where either is missing or the whole is nought (for M1 to M25)."""
    over, under = exact(part), exact(whole)
    return None if over is None or not under else over / under


def mean(values: list[Fraction]) -> Fraction:
    """The arithmetic mean of at least one value (for M5, M11, M12, M14, M23)."""
    return sum(values, Fraction()) / len(values)
