"""M22: experiments: first whether users are split as planned, then what the arms differ by."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from syncline.report.formulas.exact import Number, exact
from syncline.report.formulas.intervals import Interval, Z, difference_of_shares
from syncline.report.formulas.refusal import Reason, Refusal

DO_NOT_READ = 0.01
"""Below this p-value of the split an experiment has no verdict (the published advice is 0.01 down to 0.001)."""

FEWEST_EXPECTED = 5
"""Users expected in each arm, from which on the chi-squared law describes the split."""

FEWEST_MEASURED = 30
"""Users in each arm, from which on a mean is near enough to normal."""


@dataclass(frozen=True)
class Arm:
    """A variant. ``share`` of users as planned, 0 to 1; ``users`` exposed; ``conversions`` of them.

    Where a mean is measured: ``mean`` and ``deviation`` (standard) in the metric's unit.
    """

    name: str
    users: int
    conversions: int | None = None
    mean: Number | None = None
    deviation: Number | None = None
    share: Number | None = None


@dataclass(frozen=True)
class Split:
    """Sample ratio: χ², its degrees of freedom, and the p-value; ``readable`` unless p is below `DO_NOT_READ`."""

    chi_squared: Fraction
    degrees: int
    p: float
    readable: bool


def split(arms: Sequence[Arm], limit: float = DO_NOT_READ) -> Split | Refusal:
    """M22: the χ² test of users per arm against the plan, equal shares unless planned (the SRM guides).

    Refused with fewer than two arms, shares that are not above zero, or fewer than five expected users in an arm.
    """
    if len(arms) < 2:
        return Refusal(Reason.TOO_FEW, "arms", n=len(arms), needed=2)
    planned = [exact(arm.share) for arm in arms]
    if all(share is None for share in planned):
        planned = [Fraction(1)] * len(arms)
    shares = [share for share in planned if share is not None and share > 0]
    if len(shares) < len(arms) or any(arm.users < 0 for arm in arms):
        return Refusal(Reason.NOT_POSITIVE, "planned share or users")
    total = sum(arm.users for arm in arms)
    expected = [total * share / sum(shares) for share in shares]
    if min(expected) < FEWEST_EXPECTED:
        return Refusal(
            Reason.TOO_FEW, "users expected in an arm", n=int(min(expected)), needed=FEWEST_EXPECTED
        )
    chi_squared = sum(
        ((arm.users - due) ** 2 / due for arm, due in zip(arms, expected, strict=True)), Fraction()
    )
    p = chi_squared_tail(float(chi_squared), len(arms) - 1)
    return Split(chi_squared, len(arms) - 1, p, p >= limit)


def chi_squared_tail(x: float, degrees: int) -> float:
    """M22: P(χ² ≥ x), 0 to 1, for whole ``degrees`` of freedom: finite sums of positive terms, exact but for rounding.

    Even degrees: e^(−x/2) · Σ (x/2)^i ÷ i!. Odd ones: erfc(√(x/2)) + e^(−x/2) · Σ (x/2)^(i+½) ÷ Γ(i + 3/2).
    """
    if x <= 0:
        return 1.0
    half, odd = x / 2, degrees % 2
    terms = (
        math.exp((i + odd / 2) * math.log(half) - half - math.lgamma(i + 1 + odd / 2))
        for i in range(degrees // 2)
    )
    start = math.erfc(math.sqrt(half)) if odd else 0.0
    return min(1.0, start + math.fsum(terms))


class Direction(StrEnum):
    """Which way the metric is meant to go."""

    UP = "up"
    DOWN = "down"


class Verdict(StrEnum):
    """What the interval says: entirely on one side of nought, or neither."""

    BETTER = "better"
    WORSE = "worse"
    UNCLEAR = "no difference shown"


@dataclass(frozen=True)
class Effect:
    """An arm − the control, in the metric's unit or as a difference of shares (times 100: percentage points)."""

    arm: str
    difference: Fraction
    interval: Interval
    verdict: Verdict


@dataclass(frozen=True)
class Readout:
    """The split first. ``effects`` has one entry per arm but the control, each refused where it cannot be read."""

    split: Split | Refusal
    effects: tuple[tuple[str, Effect | Refusal], ...]
    told: str | None = None


def readout(arms: Sequence[Arm], direction: Direction, told: str | None = None) -> Readout:
    """M22: the split, then each arm against the control, which is the first; 95 % intervals.

    Where users are not split as planned there is no effect to read. ``told`` is the source's own verdict, often
    sequential or Bayesian: it is printed and nothing is computed beside it.
    """
    ratio = split(arms)
    refused = None
    if isinstance(ratio, Refusal):
        refused = ratio
    elif not ratio.readable:
        refused = Refusal(Reason.SAMPLE_RATIO)
    elif told:
        refused = Refusal(Reason.TOLD_BY_SOURCE, told)
    others = arms[1:]
    return Readout(
        ratio, tuple((arm.name, refused or effect(arm, arms[0], direction)) for arm in others), told
    )


def effect(arm: Arm, control: Arm, direction: Direction) -> Effect | Refusal:
    """M22: difference and 95 % interval of two arms; worse only if the interval lies entirely on the worse side.

    That is a regression as LaunchDarkly defines it, with the absolute difference. Conversions go before means.
    """
    if arm.conversions is not None and control.conversions is not None:
        interval = difference_of_shares(arm.conversions, arm.users, control.conversions, control.users)
        if isinstance(interval, Refusal):
            return interval
        difference = Fraction(arm.conversions, arm.users) - Fraction(control.conversions, control.users)
    else:
        means = _difference_of_means(arm, control)
        if isinstance(means, Refusal):
            return means
        difference, interval = means
    return Effect(arm.name, difference, interval, _verdict(interval, direction))


def _difference_of_means(arm: Arm, control: Arm) -> tuple[Fraction, Interval] | Refusal:
    now, before = exact(arm.mean), exact(control.mean)
    spread, spread_before = exact(arm.deviation), exact(control.deviation)
    if now is None or before is None or spread is None or spread_before is None:
        return Refusal(Reason.MISSING, "mean or deviation")
    if min(arm.users, control.users) < FEWEST_MEASURED:
        return Refusal(
            Reason.TOO_FEW, "users in an arm", n=min(arm.users, control.users), needed=FEWEST_MEASURED
        )
    half = float(Z) * math.sqrt(spread**2 / arm.users + spread_before**2 / control.users)
    return now - before, Interval(float(now - before) - half, float(now - before) + half)


def _verdict(interval: Interval, direction: Direction) -> Verdict:
    if not interval.excludes_nought:
        return Verdict.UNCLEAR
    return Verdict.BETTER if (interval.low > 0) is (direction is Direction.UP) else Verdict.WORSE
