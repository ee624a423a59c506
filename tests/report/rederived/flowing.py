"""How work flows, derived anew from what is stored: ages, times, throughput, cumulative flow, burn-up, waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from .stored import WINDOW, Clock, Piece, Standing, State, Stored, is_set

Series = dict[str, int | Fraction | None]
RANKS = ("backlog", "ready", "doing", "review", "done")


def cycled(items: Iterable[Standing], clock: Clock) -> list[Standing]:
    """Items done in the last ninety days that began before they ended."""
    first = clock.begins(clock.today - timedelta(days=90))
    return [
        one for one in items if one.done and one.done >= first and one.started and one.started <= one.done
    ]


def took(one: Standing, clock: Clock) -> int:
    """Both days count, weekends too."""
    assert one.started is not None
    assert one.done is not None
    return 1 + (clock.day(one.done) - clock.day(one.started)).days


def rank(values: Sequence[int | Fraction], percent: int) -> int | Fraction:
    """The least of the values that at least so many in a hundred of them do not exceed."""
    return min(v for v in set(values) if sum(w <= v for w in values) * 100 >= percent * len(values))


def ages(items: Iterable[Standing], clock: Clock) -> Series:
    return {
        one.item: 1 + (clock.today - clock.day(one.started)).days
        for one in items
        if one.under_way and one.started
    }


def throughput(items: Iterable[Standing], clock: Clock, first: int) -> Series:
    """Items by the week in which they were done, from midnight to midnight."""
    found: Series = {}
    for week in clock.weeks(first):
        start, end = clock.begins(week), clock.begins(week + timedelta(days=7))
        found[week.isoformat()] = sum(one.done is not None and start <= one.done < end for one in items)
    return found


# ---- cumulative flow -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    at: datetime
    state: State

    @property
    def stage(self) -> str:
        return self.state.stage

    @property
    def waits(self) -> bool:
        return self.state.category == "waiting"


def path(piece: Piece, as_of: datetime) -> list[Entry]:
    """Stages from its creation on, or from where it stood when the window begins; no more than is known by then.

    What happened before it was created, as a tool says, makes it so much older. Without a creation its first change
    is all that tells when it was where.
    """
    moves = piece.lately("status", as_of)
    first = moves[0].was if moves else State(piece.status_category, piece.status_refinement)
    if not moves and first.category == "done" and piece.resolved_at and piece.resolved_at > as_of:
        first = State(None)
    told = [Entry(move.at, move.now) for move in moves if move.at <= as_of]
    if piece.created_at is None:
        return told
    begin = min([piece.created_at, *(move.at for move in moves)])
    return [Entry(max(begin, as_of - WINDOW), first), *told]


def untold(one: Standing, as_of: datetime) -> bool:
    """Its history does not say when it came how far."""
    if one.piece.created_at is None or (one.stage == "done" and one.dated != "history"):
        return True
    if one.stage in ("doing", "review"):
        return one.started is None
    return one.stage == "canceled" and "canceled" not in [entry.stage for entry in path(one.piece, as_of)[1:]]


def in_weeks(items: Iterable[Standing], clock: Clock, first: int) -> list[Standing]:
    """What had not ended before the first of the twelve weeks."""
    begin = clock.begins(clock.weeks(first)[0])
    return [one for one in items if one.ended is None or one.ended >= begin]


def cumulative(items: Iterable[Standing], clock: Clock, first: int) -> dict[str, Series]:
    """By stage and day: items whose furthest stage by its end is this one, and what had left for good."""
    days = list(clock.days(first))
    found: dict[str, Series] = {name: {day.isoformat(): 0 for day in days} for name in (*RANKS, "canceled")}
    for one in in_weeks(items, clock, first):
        if untold(one, clock.as_of):
            continue
        entries = [entry for entry in path(one.piece, clock.as_of) if clock.day(entry.at) < clock.today]
        read = [entry for entry in entries if entry.stage != "unknown"]
        left = _left(read)
        for day in days:
            reached = [entry for entry in read if clock.day(entry.at) <= day]
            if reached:
                gone = left is not None and clock.day(left) <= day
                furthest = max((RANKS.index(e.stage) if e.stage in RANKS else 0) for e in reached)
                series = found["canceled" if gone else RANKS[furthest]]
                series[day.isoformat()] = int(series[day.isoformat()] or 0) + 1
    return found


def _left(entries: Sequence[Entry]) -> datetime | None:
    """When it was canceled and not taken up again."""
    since = None
    for entry in entries:
        if entry.stage != "canceled":
            since = None
        elif since is None:
            since = entry.at
    return since


# ---- burn-up ---------------------------------------------------------------------------------------------------------


def largest(items: Iterable[Standing]) -> str | None:
    """The team or container with most open items; the first by name among equals."""
    names = Counter(one.piece.team or one.piece.box for one in items if one.still_open)
    del names[""]
    return min(names, key=lambda name: (-names[name], name)) if names else None


def burn_up(parts: Iterable[Standing], days: Iterable[date], clock: Clock) -> tuple[Series, Series]:
    """By the end of each day: parts that were done, and parts that were there and not canceled."""
    done: Series = {}
    scope: Series = {}
    kept = [one for one in parts if one.stage != "canceled" or one.canceled]
    for day in days:
        end = clock.begins(day + timedelta(days=1))
        done[day.isoformat()] = sum(one.done is not None and one.done < end for one in kept)
        there = [one for one in kept if one.piece.created_at is None or one.piece.created_at < end]
        canceled = sum(one.canceled is not None and one.canceled < end for one in kept)
        scope[day.isoformat()] = len(there) - canceled
    return done, scope


# ---- waits -----------------------------------------------------------------------------------------------------------


def blocked(items: Iterable[Standing]) -> list[Standing]:
    return [one for one in items if one.still_open and (one.state.category == "waiting" or one.flagged)]


def blocked_days(items: Iterable[Standing], clock: Clock) -> Series:
    """Midnights since it began to wait or was flagged, whichever came first; None where nothing tells."""
    found: Series = {}
    for one in blocked(items):
        since = [at for at in (_waits_since(one, clock.as_of), _flagged_since(one, clock.as_of)) if at]
        found[one.item] = (clock.today - clock.day(min(since))).days if since else None
    return found


def _waits_since(one: Standing, as_of: datetime) -> datetime | None:
    since = None
    before = one.piece.created_at is not None
    for entry in path(one.piece, as_of):
        if not entry.waits:
            since = None
        elif not before:
            since = entry.at
        before = entry.waits
    return since


def _flagged_since(one: Standing, as_of: datetime) -> datetime | None:
    since = None
    for change in one.piece.lately("flagged", as_of):
        if change.at <= as_of:
            since = (since or change.at) if is_set(change.new) else None
    return since


def active_share(items: Iterable[Standing], clock: Clock) -> Fraction | None:
    """The median share of its time in which an item did not wait, from start to done; None where nothing ever waits."""
    shares: list[Fraction] = []
    some_wait = False
    for one in cycled(items, clock):
        entries = path(one.piece, clock.as_of)
        some_wait = some_wait or any(entry.waits for entry in entries)
        assert one.started is not None
        assert one.done is not None
        if entries and entries[0].at <= one.started < one.done:
            shares.append(1 - _waited(entries, one.started, one.done) / _span(one.started, one.done))
    return Fraction(rank(shares, 50)) if shares and some_wait else None


def _waited(entries: Sequence[Entry], start: datetime, end: datetime) -> Fraction:
    ends = [*(entry.at for entry in entries[1:]), end]
    spans = [
        (max(entry.at, start), min(until, end))
        for entry, until in zip(entries, ends, strict=True)
        if entry.waits
    ]
    return sum((_span(*span) for span in spans if span[0] < span[1]), Fraction())


def _span(start: datetime, end: datetime) -> Fraction:
    return Fraction((end - start) // timedelta(milliseconds=1))


def mean_times(items: Sequence[Standing], clock: Clock, first: int) -> tuple[Fraction, Fraction] | None:
    """The cycle time that work under way and throughput imply over the twelve weeks, and the mean one (M11)."""
    weeks = clock.weeks(first)
    days = [weeks[0] + timedelta(days=number) for number in range(84)]
    lives = [(clock.day(one.started), one) for one in items if one.started]
    wip = sum(
        begun <= day and (one.ended is None or clock.day(one.ended) >= day)
        for begun, one in lives
        for day in days
    )
    done = [(begun, clock.day(one.done)) for begun, one in lives if one.done and clock.day(one.done) in days]
    times = [(end - begun).days + 1 for begun, end in done if end >= begun]
    return (Fraction(wip, len(done)), Fraction(sum(times), len(times))) if times else None


def parts_of_largest(
    stored: Stored,
    clock: Clock,
    first: int,
    leaves: Mapping[str, Sequence[Standing]],
    left: Mapping[str, int],
) -> tuple[str | None, list[Standing]]:
    """What the burn-up is of, and its parts: the entry with most open leaves, or else the largest team or container."""
    if any(left.values()):
        entry = min(left, key=lambda name: (-left[name], name))
        return entry, list(leaves[entry])
    name = largest(stored.items)
    return name, [
        one for one in in_weeks(stored.items, clock, first) if (one.piece.team or one.piece.box) == name
    ]
