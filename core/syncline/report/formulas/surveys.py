"""M17 and M18: what people answer, with the margin that so few answers leave."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from syncline.report.formulas.exact import Number, exact
from syncline.report.formulas.intervals import Interval, Z, wilson
from syncline.report.formulas.refusal import Reason, Refusal

ENOUGH = 30
"""Answers from which on a net promoter score is computed; below, only counts are shown."""


@dataclass(frozen=True)
class Answer:
    """One answer to "how likely are you to recommend", on the scale ``lowest`` to ``highest``."""

    at: datetime
    score: Number | None
    respondent: str | None = None
    lowest: Number = 0
    highest: Number = 10


@dataclass(frozen=True)
class NetScore:
    """``points``: −100 to 100. ``variance`` is that of the share difference; ``margin`` ± points at 95 %."""

    points: Fraction
    variance: Fraction
    margin: float


@dataclass(frozen=True)
class Nps:
    """Counts, and the score where there are enough. ``repeated`` and ``unreadable`` answers are in no count."""

    promoters: int
    passives: int
    detractors: int
    score: NetScore | Refusal
    repeated: int = 0
    unreadable: int = 0

    @property
    def n(self) -> int:
        return self.promoters + self.passives + self.detractors


def nps(answers: Iterable[Answer], enough: int = ENOUGH) -> Nps | Refusal:
    """M17: 100 · (promoters 9–10 − detractors 0–6) ÷ n, in points, with its 95 % margin (cybaea's derivation).

    One answer for each person: the last. Scores missing or not whole numbers are counted apart. Refused where an
    answer was given on another scale than 0 to 10: such scores cannot be converted.
    """
    latest: dict[str, tuple[tuple[datetime, Fraction], int]] = {}
    repeated = unreadable = 0
    for number, answer in enumerate(answers):
        if exact(answer.lowest) != 0 or exact(answer.highest) != 10:
            return Refusal(Reason.OFF_SCALE, f"{answer.lowest}–{answer.highest}")
        score = exact(answer.score)
        if score is None or score.denominator != 1 or not 0 <= score <= 10:
            unreadable += 1
            continue
        who = f"person {answer.respondent}" if answer.respondent is not None else f"answer {number}"
        repeated += who in latest
        place = (answer.at, score)
        latest[who] = max(latest.get(who, (place, int(score))), (place, int(score)))
    scores = [score for _, score in latest.values()]
    promoters, detractors = sum(score >= 9 for score in scores), sum(score <= 6 for score in scores)
    passives = len(scores) - promoters - detractors
    return Nps(
        promoters,
        passives,
        detractors,
        net_score(promoters, len(scores), detractors, enough),
        repeated,
        unreadable,
    )


def net_score(promoters: int, n: int, detractors: int, enough: int = ENOUGH) -> NetScore | Refusal:
    """M17: the score from counts. Variance = (p + d − (p − d)²) ÷ n; margin = 1.96 · 100 · √variance."""
    if n < max(1, enough):
        return Refusal(Reason.TOO_FEW, "answers", n=n, needed=max(1, enough))
    p, d = Fraction(promoters, n), Fraction(detractors, n)
    variance = (p + d - (p - d) ** 2) / n
    return NetScore(100 * (p - d), variance, 100 * float(Z) * math.sqrt(variance))


@dataclass(frozen=True)
class Shift:
    """``points`` up or down, ± ``margin`` at 95 %; ``moved`` only where that interval excludes nought."""

    points: Fraction
    margin: float
    moved: bool


def nps_shift(now: NetScore | Refusal, before: NetScore | Refusal) -> Shift | Refusal:
    """M17: the change between two periods, in points, taken as independent. Refused where either score is."""
    if isinstance(now, Refusal):
        return now
    if isinstance(before, Refusal):
        return before
    points, variance = now.points - before.points, now.variance + before.variance
    margin = 100 * float(Z) * math.sqrt(variance)
    return Shift(points, margin, points**2 > (100 * Z) ** 2 * variance)


@dataclass(frozen=True)
class Csat:
    """``share`` of good ratings and its 95 % interval, 0 to 1. ``response_rate``: rated ÷ asked."""

    good: int
    bad: int
    share: Fraction
    interval: Interval
    response_rate: Fraction | Refusal


def csat(good: int, bad: int, asked: int | None = None) -> Csat | Refusal:
    """M18: good ÷ (good + bad), unrated ignored, as Zendesk computes it; with Wilson's interval.

    Give ratings by the time they were made. Refused where nobody rated.
    """
    interval = wilson(good, good + bad)
    if isinstance(interval, Refusal):
        return interval
    rated = good + bad
    rate: Fraction | Refusal = Refusal(Reason.MISSING, "asked")
    if asked is not None:
        rate = Fraction(rated, asked) if asked >= rated else Refusal(Reason.OFF_SCALE, "asked", n=asked)
    return Csat(good, bad, Fraction(good, rated), interval, rate)
