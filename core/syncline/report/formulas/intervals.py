"""95 % intervals of shares and of their differences (M17, M18, M22)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from syncline.report.formulas.refusal import Reason, Refusal

Z = Fraction(196, 100)
"""Standard deviations on either side that hold 95 % of a normal law."""


@dataclass(frozen=True)
class Interval:
    """From ``low`` to ``high``, in the unit of what was estimated."""

    low: float
    high: float

    @property
    def excludes_nought(self) -> bool:
        return self.low > 0 or self.high < 0


def wilson(successes: int, n: int) -> Interval | Refusal:
    """M18: Wilson's 95 % score interval of a share, 0 to 1. Refused unless 0 ≤ successes ≤ n and n ≥ 1.

    Unlike the textbook interval it stays between 0 and 1, and is not empty where all or none succeed.
    """
    if n < 1 or not 0 <= successes <= n:
        return Refusal(Reason.TOO_FEW if n < 1 else Reason.OFF_SCALE, n=n, needed=1)
    share, z2 = Fraction(successes, n), Z**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = float(Z / (1 + z2 / n)) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    low = 0.0 if successes == 0 else max(0.0, float(middle) - half)
    return Interval(low, 1.0 if successes == n else min(1.0, float(middle) + half))


def difference_of_shares(successes: int, n: int, successes_before: int, n_before: int) -> Interval | Refusal:
    """M22: the 95 % interval of share − share before, −1 to 1, by Newcombe's method (his tenth) from Wilson's.

    It does not promise certainty where nobody, or everybody, converted, as the textbook interval does.
    """
    now, before = wilson(successes, n), wilson(successes_before, n_before)
    if isinstance(now, Refusal):
        return now
    if isinstance(before, Refusal):
        return before
    share, share_before = successes / n, successes_before / n_before
    difference = share - share_before
    return Interval(
        difference - math.hypot(share - now.low, before.high - share_before),
        difference + math.hypot(now.high - share, share_before - before.low),
    )
