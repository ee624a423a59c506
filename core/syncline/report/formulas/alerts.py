"""M20: when to tell somebody: thresholds, unusual values, changes of state; once for each episode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from syncline.report.formulas.exact import Number, exact
from syncline.report.formulas.refusal import Reason, Refusal

WEEKS = 8
SCALE = Fraction(6745, 10_000)
"""Makes a median absolute deviation comparable with a standard deviation."""
UNUSUAL = Fraction(35, 10)
LEAST_VOLUME = 10


def beyond(value: Number | None, below: Number | None = None, above: Number | None = None) -> bool | Refusal:
    """M20 (a): whether a value lies below or above a threshold, in the metric's unit; the threshold is fine."""
    number = exact(value)
    if number is None:
        return Refusal(Reason.MISSING, "value")
    low, high = exact(below), exact(above)
    return (low is not None and number < low) or (high is not None and number > high)


@dataclass(frozen=True)
class Point:
    """A day's value, and how many it was made from; a count is its own ``volume``."""

    value: Number
    volume: Number | None = None


@dataclass(frozen=True)
class Anomaly:
    """``score`` is the modified z, without unit; below nought the value is unusually low. ``n`` earlier days."""

    score: Fraction
    median: Fraction
    unusual: bool
    n: int


def anomaly(
    points: Mapping[date, Point], day: date, least: int = 5, volume: Number = LEAST_VOLUME
) -> Anomaly | Refusal:
    """M20 (b): 0.6745 · (x − median) ÷ MAD over the same weekday of the eight weeks before; unusual beyond 3.5.

    Iglewicz and Hoaglin's score. A day that is missing is not nought. Refused with fewer than ``least`` such days, a
    median volume below ``volume``, or no spread at all, so that a flat series never cries wolf.
    """
    today = exact(points[day].value) if day in points else None
    if today is None:
        return Refusal(Reason.MISSING, day.isoformat())
    weeks = (day - timedelta(weeks=back) for back in range(1, WEEKS + 1))
    earlier = [points[one] for one in weeks if one in points and exact(points[one].value) is not None]
    if len(earlier) < max(1, least):
        return Refusal(Reason.TOO_FEW, "same weekdays", n=len(earlier), needed=max(1, least))
    volumes = [exact(one.volume if one.volume is not None else one.value) or Fraction(0) for one in earlier]
    if _median(volumes) < (exact(volume) or 0):
        return Refusal(Reason.TOO_FEW, "volume")
    values = [exact(one.value) or Fraction(0) for one in earlier]
    middle = _median(values)
    spread = _median([abs(value - middle) for value in values])
    if not spread:
        return Refusal(Reason.NO_SPREAD)
    score = SCALE * (today - middle) / spread
    return Anomaly(score, middle, abs(score) > UNUSUAL, len(values))


def _median(values: list[Fraction]) -> Fraction:
    """The middle value, or the mean of the two: here nobody follows a link to it, so it need not be one of them."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def changed(before: str | None, now: str | None) -> bool:
    """M20 (c): whether a state (health, target, flag, split, freshness) is another than it was; the first is not."""
    return before is not None and now is not None and before != now


class Verdict(StrEnum):
    """What a check of an alert says. Stale: its source is out of date, so it says nothing."""

    QUIET = "quiet"
    FIRING = "firing"
    STALE = "stale"


@dataclass(frozen=True)
class Episode:
    """Where an alert stands between two checks: ``open`` while it fires, ``told_at`` when somebody was last told."""

    open: bool = False
    told_at: datetime | None = None


def check(
    episode: Episode, verdict: Verdict, at: datetime, cool_down: timedelta = timedelta(0)
) -> tuple[Episode, bool]:
    """M20: the episode after a check, and whether to tell somebody: once as it begins.

    Not again while it lasts, nor within ``cool_down`` of the last time; an episode that began within it is told if it
    still lasts afterwards. A stale source neither begins nor ends anything.
    """
    if verdict is Verdict.STALE:
        return episode, False
    if verdict is Verdict.QUIET:
        return Episode(False, episode.told_at), False
    if episode.open or (episode.told_at is not None and at < episode.told_at + cool_down):
        return episode, False
    return Episode(True, at), True
