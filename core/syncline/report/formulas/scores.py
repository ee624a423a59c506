"""M1 to M3: scores that rank what could be done, and how robust a rank is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from syncline.report.formulas.exact import Number, exact, mean
from syncline.report.formulas.percentiles import nearest_rank
from syncline.report.formulas.refusal import Reason, Refusal

IMPACTS = tuple(map(Fraction, ("3", "2", "1", "1/2", "1/4")))
CONFIDENCES = tuple(map(Fraction, ("1", "4/5", "1/2", "1/5")))
"""100, 80, 50 % as Intercom has them, and 20 % for a moonshot, as seen elsewhere."""


class Period(StrEnum):
    """What a reach is counted over."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


PER_QUARTER: Mapping[Period, Fraction] = {
    Period.DAY: Fraction(91),
    Period.WEEK: Fraction(13),
    Period.MONTH: Fraction(3),
    Period.QUARTER: Fraction(1),
    Period.YEAR: Fraction(1, 4),
}
"""A quarter is three months, or thirteen weeks."""


class Mark(StrEnum):
    """What a reader must know about an input of a score."""

    NORMALISED = "reach converted to a quarter"
    GUESSED = "confidence above 1 read as percent, else as a share"
    OFF_SCALE = "not a value of the usual scale"


@dataclass(frozen=True)
class RiceInputs:
    """``reach`` in people per ``period``, ``impact`` without unit, ``effort`` in person-months.

    ``confidence_unit`` is ``%`` or ``share``; without it the value decides, and the score is marked.
    """

    reach: Number | None
    impact: Number | None
    confidence: Number | None
    effort: Number | None
    period: Period | None = Period.QUARTER
    confidence_unit: str | None = "%"


@dataclass(frozen=True)
class Score:
    """A score without unit; the higher the sooner."""

    value: Fraction
    marks: tuple[Mark, ...] = ()


def rice(inputs: RiceInputs) -> Score | Refusal:
    """M1: reach per quarter × impact × confidence ÷ effort (Intercom's RICE as its calculators and guides tell it).

    Refused, never infinite: effort missing or not above zero, any input missing or below zero, a reach without period.
    """
    numbers: dict[str, Fraction] = {}
    for name in ("reach", "impact", "confidence", "effort"):
        number = _input(name, getattr(inputs, name))
        if isinstance(number, Refusal):
            return number
        numbers[name] = number
    if not numbers["effort"]:
        return Refusal(Reason.NOT_POSITIVE, "effort")
    if inputs.period is None:
        return Refusal(Reason.NO_PERIOD, "reach")
    confidence = confidence_share(numbers["confidence"], inputs.confidence_unit)
    if isinstance(confidence, Refusal):
        return confidence
    reach = numbers["reach"] * PER_QUARTER[inputs.period]
    value = reach * numbers["impact"] * confidence / numbers["effort"]
    return Score(value, _marks(inputs, numbers["impact"], confidence))


def _input(name: str, value: Number | None) -> Fraction | Refusal:
    number = exact(value)
    if number is None:
        return Refusal(Reason.MISSING if value is None else Reason.NOT_A_NUMBER, name)
    return Refusal(Reason.NEGATIVE, name) if number < 0 else number


def _marks(inputs: RiceInputs, impact: Fraction, confidence: Fraction) -> tuple[Mark, ...]:
    found = {
        Mark.NORMALISED: inputs.period is not Period.QUARTER,
        Mark.GUESSED: inputs.confidence_unit is None,
        Mark.OFF_SCALE: impact not in IMPACTS or confidence not in CONFIDENCES,
    }
    return tuple(mark for mark, true in found.items() if true)


def confidence_share(value: Number, unit: str | None = "%") -> Fraction | Refusal:
    """M1: a confidence as a share, 0 to 1, from percent or share; 80 and 0.8 are both in use.

    Without a unit, what is above 1 is percent. Refused where the share would not lie between 0 and 1.
    """
    number = exact(value)
    if number is None:
        return Refusal(Reason.NOT_A_NUMBER, "confidence")
    percent = unit == "%" or (unit is None and number > 1)
    share = number / 100 if percent else number
    return share if 0 <= share <= 1 else Refusal(Reason.OFF_SCALE, "confidence")


def less_confident(inputs: RiceInputs) -> RiceInputs | Refusal:
    """M1, sensitivity: the same inputs with the confidence one step down (100, 80, 50, 20 %); refused at the lowest."""
    number = _input("confidence", inputs.confidence)
    share = number if isinstance(number, Refusal) else confidence_share(number, inputs.confidence_unit)
    if isinstance(share, Refusal):
        return share
    lower = next((step for step in CONFIDENCES if step < share), None)
    if lower is None:
        return Refusal(Reason.OFF_SCALE, "confidence")
    return replace(inputs, confidence=lower, confidence_unit="share")


@dataclass(frozen=True)
class Ranked:
    """``rank`` 1 is the best; equals share it. ``cautious_rank`` is the rank with the confidence one step down."""

    id: str
    rank: int
    score: Score
    cautious_rank: int | None = None


@dataclass(frozen=True)
class Ranking:
    """Best first, equals by id; ``unscored`` is listed with its reasons, by id."""

    scored: tuple[Ranked, ...]
    unscored: tuple[tuple[str, Refusal], ...]


def rice_ranking(items: Mapping[str, RiceInputs]) -> Ranking:
    """M1: ranks by RICE, and whether each item keeps its rank when its own confidence is one step lower."""
    scores = {id: rice(inputs) for id, inputs in items.items()}
    table = ranking(scores)
    values = [one.score.value for one in table.scored]
    scored = tuple(replace(one, cautious_rank=_cautious(one, items[one.id], values)) for one in table.scored)
    return Ranking(scored, table.unscored)


def _cautious(one: Ranked, inputs: RiceInputs, values: list[Fraction]) -> int | None:
    lower = less_confident(inputs)
    score = lower if isinstance(lower, Refusal) else rice(lower)
    if isinstance(score, Refusal):
        return None
    ahead = sum(value > score.value for value in values)
    return 1 + ahead - (one.score.value > score.value)


def ranking(scores: Mapping[str, Score | Refusal]) -> Ranking:
    """M1, M2: items by score; refused ones apart. Ranks count from 1, and equals share the better one."""
    values = sorted((score.value for score in scores.values() if isinstance(score, Score)), reverse=True)
    place: dict[Fraction, int] = {}
    for rank, value in enumerate(values, 1):
        place.setdefault(value, rank)
    scored = [
        Ranked(id, place[score.value], score) for id, score in scores.items() if isinstance(score, Score)
    ]
    unscored = [(id, score) for id, score in scores.items() if isinstance(score, Refusal)]
    return Ranking(
        tuple(sorted(scored, key=lambda one: (one.rank, one.id))),
        tuple(sorted(unscored, key=lambda one: one[0])),
    )


class IceMode(StrEnum):
    """Both are in use, so the mode is printed with the score."""

    PRODUCT = "product"
    MEAN = "mean"


def ice(
    impact: Number | None, confidence: Number | None, ease: Number | None, mode: IceMode = IceMode.PRODUCT
) -> Score | Refusal:
    """M2: impact × confidence × ease, or their mean; each 1 to 10, no unit (the product as product guides teach it).

    Refused where a part is missing or off its scale.
    """
    parts: list[Fraction] = []
    for name, value in (("impact", impact), ("confidence", confidence), ("ease", ease)):
        number = _input(name, value)
        if isinstance(number, Refusal):
            return number
        if not 1 <= number <= 10:
            return Refusal(Reason.OFF_SCALE, name)
        parts.append(number)
    return Score(mean(parts) if mode is IceMode.MEAN else parts[0] * parts[1] * parts[2])


class Quadrant(StrEnum):
    """The four fields of impact against effort."""

    QUICK_WIN = "quick win"
    BIG_BET = "big bet"
    FILL_IN = "fill-in"
    RECONSIDER = "reconsider"


@dataclass(frozen=True)
class Thresholds:
    """From ``impact`` on an impact is high, from ``effort`` on an effort is. Printed beside the chart."""

    impact: Fraction
    effort: Fraction


def midpoint(lowest: Number, highest: Number) -> Fraction | Refusal:
    """M3: the middle of a scale, in its unit: the threshold unless configured otherwise."""
    low, high = exact(lowest), exact(highest)
    return Refusal(Reason.NOT_A_NUMBER) if low is None or high is None else (low + high) / 2


def median_thresholds(points: Mapping[str, tuple[Number | None, Number | None]]) -> Thresholds | Refusal:
    """M3, the other option: the medians (nearest rank) of the shown (impact, effort) pairs."""
    pairs = [(exact(one), exact(two)) for one, two in points.values()]
    impact = nearest_rank([one for one, two in pairs if one is not None and two is not None], 50)
    effort = nearest_rank([two for one, two in pairs if one is not None and two is not None], 50)
    if isinstance(impact, Refusal):
        return impact
    return effort if isinstance(effort, Refusal) else Thresholds(impact, effort)


def quadrant(impact: Number | None, effort: Number | None, thresholds: Thresholds) -> Quadrant | Refusal:
    """M3: impact and effort in the units of the thresholds; both thresholds belong to the high side (our proposal)."""
    high, costly = exact(impact), exact(effort)
    if high is None or costly is None:
        return Refusal(Reason.MISSING, "impact" if high is None else "effort")
    if high >= thresholds.impact:
        return Quadrant.BIG_BET if costly >= thresholds.effort else Quadrant.QUICK_WIN
    return Quadrant.RECONSIDER if costly >= thresholds.effort else Quadrant.FILL_IN
