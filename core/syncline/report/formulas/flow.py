"""M7, M10, M11: what is under way, how old it is, how long things take and how many are finished."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from syncline.report.formulas.days import day_of, days_of
from syncline.report.formulas.exact import mean
from syncline.report.formulas.percentiles import percentile
from syncline.report.formulas.refusal import Reason, Refusal
from syncline.report.formulas.stages import UNDER_WAY, Life

PACES = (50, 85, 95)
_TICK = timedelta(microseconds=1)


def calendar_days(first: date, last: date) -> int:
    """M7: days from one to the other, both counted, so that the same day is 1; weekends are not taken out."""
    return (last - first).days + 1


def wip(lives: Iterable[Life], at: datetime) -> int:
    """M7: items started by ``at`` and neither done nor canceled by then (the Kanban guide)."""
    return sum(_under_way(life, at) for life in lives)


def _under_way(life: Life, at: datetime) -> bool:
    ends = (life.done_at, life.canceled_at)
    return (
        life.started_at is not None and life.started_at <= at and all(end is None or end > at for end in ends)
    )


def throughput(lives: Iterable[Life], first: date, last: date, zone: tzinfo) -> tuple[tuple[date, int], ...]:
    """M7: items done on each day from ``first`` to ``last``, in the zone; items, not points; canceled is not done."""
    counts = Counter(day_of(life.done_at, zone) for life in lives if life.done_at is not None)
    return tuple((day, counts[day]) for day in days_of(first, last))


def per_week(daily: Iterable[tuple[date, int]], week_start: int = 0) -> tuple[tuple[date, int], ...]:
    """M7: the same by week, keyed by its first day; ``week_start`` 0 is Monday. Give whole weeks."""
    weeks: Counter[date] = Counter()
    for day, count in daily:
        weeks[day - timedelta(days=(day.weekday() - week_start) % 7)] += count
    return tuple(sorted(weeks.items()))


@dataclass(frozen=True)
class Times:
    """Days by item. Listed, and in no time: done ``without_start``, and ``reversed``: done before the day of start."""

    days: tuple[tuple[str, int], ...]
    without_start: tuple[str, ...]
    reversed: tuple[str, ...]


def cycle_times(lives: Iterable[Life], zone: tzinfo) -> Times:
    """M7: cycle time of each done item: day done − day started + 1, in whole days of the zone."""
    return _times(((life, life.started_at) for life in lives), zone)


def lead_times(lives: Iterable[Life], zone: tzinfo) -> Times:
    """M7: lead time of each done item: day done − day created + 1, in whole days of the zone."""
    return _times(((life, life.created_at) for life in lives), zone)


def _times(starts: Iterable[tuple[Life, datetime | None]], zone: tzinfo) -> Times:
    days: list[tuple[str, int]] = []
    missing: list[str] = []
    reversed_: list[str] = []
    for life, start in starts:
        if life.done_at is None:
            continue
        if start is None:
            missing.append(life.id)
            continue
        took = calendar_days(day_of(start, zone), day_of(life.done_at, zone))
        if took < 1:
            reversed_.append(life.id)
        else:
            days.append((life.id, took))
    return Times(tuple(sorted(days)), tuple(sorted(missing)), tuple(sorted(reversed_)))


def ages(lives: Iterable[Life], today: date, zone: tzinfo) -> tuple[tuple[str, int], ...]:
    """M7: age of each item that is under way: today − day started + 1, in whole days of the zone; oldest first.

    Items whose start is not known have no age, and are not here.
    """
    found = [
        (life.id, calendar_days(day_of(life.started_at, zone), today))
        for life in lives
        if life.started_at is not None and life.stage in UNDER_WAY
    ]
    return tuple(sorted(found, key=lambda one: (-one[1], one[0])))


@dataclass(frozen=True)
class Pace:
    """How long the done ones took, in days: half of them at most ``half``, and so on; refused where too few are."""

    half: int | Refusal
    slow: int | Refusal
    slowest: int | Refusal
    n: int


def pace(cycle_days: Sequence[int]) -> Pace:
    """M8: 50, 85 and 95 % of cycle times, in days, by nearest rank over all of them."""
    half, slow, slowest = (percentile(cycle_days, percent) for percent in PACES)
    return Pace(half, slow, slowest, len(cycle_days))


class Ageing(StrEnum):
    """How an item's age compares with what the done ones took."""

    USUAL = "up to half"
    LONGER = "beyond half"
    SLOW = "beyond 85 %"
    SLOWEST = "beyond 95 %"


def ageing(age: int, than: Pace) -> Ageing | Refusal:
    """M7, M8: the band of an age in days: above the 95, 85 or 50 % line of cycle times. Refused without all lines."""
    lines = ((than.slowest, Ageing.SLOWEST), (than.slow, Ageing.SLOW), (than.half, Ageing.LONGER))
    for line, band in lines:
        if isinstance(line, Refusal):
            return line
        if age > line:
            return band
    return Ageing.USUAL


class Stay(NamedTuple):
    """From an aware instant on, the item was in the named status."""

    since: datetime
    status: str


def flow_efficiency(stays: Sequence[Stay], until: datetime, waits: frozenset[str]) -> Fraction | Refusal:
    """M10: active time ÷ elapsed time, 0 to 1, from the first stay to ``until`` (Kanban's flow efficiency).

    ``waits`` are the statuses that mean waiting. Refused where none are named, as all time would look active.
    """
    if not waits:
        return Refusal(Reason.NOT_MAPPED)
    if not stays or until <= stays[0].since:
        return Refusal(Reason.NO_SPAN)
    ends = [*(stay.since for stay in stays[1:]), until]
    waited = sum(
        (
            min(end, until) - min(stay.since, until)
            for stay, end in zip(stays, ends, strict=True)
            if stay.status in waits
        ),
        timedelta(),
    )
    return 1 - Fraction(waited // _TICK, (until - stays[0].since) // _TICK)


@dataclass(frozen=True)
class Little:
    """``implied`` = mean WIP ÷ mean throughput, and the ``measured`` mean cycle time, both in days.

    ``ratio`` = implied ÷ measured: far from 1, the data or the process is not what it seems. A hint, no finding.
    """

    mean_wip: Fraction
    mean_throughput: Fraction
    implied: Fraction
    measured: Fraction

    @property
    def ratio(self) -> Fraction:
        return self.implied / self.measured


def little(
    daily_wip: Sequence[int], daily_done: Sequence[int], cycle_days: Sequence[int]
) -> Little | Refusal:
    """M11: Little's law over the same days: items under way at some time of each day, and items done on it.

    Because cycle times count both their days, an item belongs to the WIP of its first and of its last day.
    """
    if not daily_wip or not cycle_days or len(daily_wip) != len(daily_done):
        return Refusal(Reason.TOO_FEW, n=min(len(daily_wip), len(cycle_days)), needed=1)
    if not sum(daily_done):
        return Refusal(Reason.NO_THROUGHPUT)
    under_way, done = mean(list(map(Fraction, daily_wip))), mean(list(map(Fraction, daily_done)))
    return Little(under_way, done, under_way / done, mean(list(map(Fraction, cycle_days))))


def daily_wip(lives: Iterable[Life], first: date, last: date, zone: tzinfo) -> tuple[int, ...]:
    """M7, M11: items under way at some time of each day: started on it or before, not ended before it."""
    steps: Mapping[date, int] = _steps(lives, zone)
    level = sum(step for day, step in steps.items() if day < first)
    levels: list[int] = []
    for day in days_of(first, last):
        level += steps.get(day, 0)
        levels.append(level)
    return tuple(levels)


def _steps(lives: Iterable[Life], zone: tzinfo) -> Counter[date]:
    steps: Counter[date] = Counter()
    for life in lives:
        if life.started_at is None:
            continue
        start, end = day_of(life.started_at, zone), life.done_at or life.canceled_at
        if end is None:
            steps[start] += 1
        elif day_of(end, zone) >= start:
            steps[start] += 1
            steps[day_of(end, zone) + timedelta(days=1)] -= 1
    return steps
