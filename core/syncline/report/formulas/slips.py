"""M16: how far a target date moved from its baseline, and every step on the way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from fractions import Fraction

from syncline.report.formulas.days import day_of
from syncline.report.formulas.refusal import Reason, Refusal

AROUND = 3
"""Days before and after a move in which other events are said to have coincided with it."""


@dataclass(frozen=True)
class TargetChange:
    """The target date became ``new`` at an aware instant; None: it was removed. ``tool`` and ``actor`` said so."""

    at: datetime
    old: date | None
    new: date | None
    tool: str = ""
    actor: str = ""


@dataclass(frozen=True)
class TargetMove:
    """A change after the baseline. ``days`` counts from the last date there was: above zero is later.

    None where the date was removed.
    """

    at: datetime
    old: date | None
    new: date | None
    days: int | None
    tool: str = ""
    actor: str = ""


@dataclass(frozen=True)
class Slip:
    """``days`` = current − baseline, None while the date is removed. ``moves`` is the trail, oldest first.

    ``later`` sums the days of moves to a later date, ``earlier`` those of moves to an earlier one, below zero.
    """

    baseline: date
    current: date | None
    days: int | None
    moves: tuple[TargetMove, ...]
    later: int
    earlier: int


def slip(
    changes: Sequence[TargetChange], current: date | None, committed_at: datetime | None, as_of: datetime
) -> Slip | Refusal:
    """M16: current target − baseline, in days, with every move (baselines as in Gantt tools; the trail is ours).

    The baseline is the target when the item was committed: first entry to doing, or a flag. Without a target then, it
    is the first one given afterwards, which is no move. A removal is a move, and so is a date given again, which is
    compared with the last one: taking a date away and setting a later one does not make a slip vanish. ``current``
    counts only where no change is known. Refused before the commitment, and where there never was a target.
    """
    if committed_at is None or committed_at > as_of:
        return Refusal(Reason.NO_BASELINE, "not committed")
    ordered = sorted(changes, key=lambda one: one.at)
    known = [change for change in ordered if change.at <= as_of]
    target = ordered[0].old if ordered else current
    baseline: date | None = None
    last: date | None = None
    moves: list[TargetMove] = []
    for change in known:
        if change.at > committed_at and baseline is None:
            baseline = last = target
        if baseline is not None and change.new != target:
            moved = None if change.new is None or last is None else (change.new - last).days
            moves.append(TargetMove(change.at, target, change.new, moved, change.tool, change.actor))
            last = change.new or last
        target = change.new
    baseline = baseline or target
    if baseline is None:
        return Refusal(Reason.NO_BASELINE, "no target")
    days = None if target is None else (target - baseline).days
    later, earlier = _both_ways(moves)
    return Slip(baseline, target, days, tuple(moves), later, earlier)


def _both_ways(moves: Iterable[TargetMove]) -> tuple[int, int]:
    steps = [move.days for move in moves if move.days is not None]
    return sum(step for step in steps if step > 0), sum(step for step in steps if step < 0)


@dataclass(frozen=True)
class NetSlip:
    """Days: ``net`` = ``later`` + ``earlier`` (below zero, shown apart); ``removed`` dates have no days."""

    net: int
    later: int
    earlier: int
    moves: int
    removed: int


def net_slip(slips: Iterable[Slip], start: datetime, end: datetime) -> NetSlip:
    """M16: the sum of all moves in [start, end), in days."""
    moves = [move for one in slips for move in one.moves if start <= move.at < end]
    later, earlier = _both_ways(moves)
    return NetSlip(later + earlier, later, earlier, len(moves), sum(move.new is None for move in moves))


def slip_share(found: Slip | Refusal, committed_at: datetime, zone: tzinfo) -> Fraction | Refusal:
    """M15, M16: slip ÷ the baseline's length, both in days; the length counts first and last day.

    Refused without a current date, and where the baseline lay before the commitment.
    """
    if isinstance(found, Refusal):
        return found
    if found.days is None:
        return Refusal(Reason.MISSING, "target")
    length = (found.baseline - day_of(committed_at, zone)).days + 1
    return Fraction(found.days, length) if length > 0 else Refusal(Reason.NO_SPAN)


@dataclass(frozen=True)
class Happening:
    """Something else that happened to the item: scope, blocker, owner; ``what`` is printed."""

    at: datetime
    what: str


def coincided(move: TargetMove, happenings: Iterable[Happening], days: int = AROUND) -> tuple[Happening, ...]:
    """M16: what happened within ``days`` times 24 hours of a move, oldest first. Coincided, not caused."""
    reach = timedelta(days=days)
    near = [one for one in happenings if abs(one.at - move.at) <= reach]
    return tuple(sorted(near, key=lambda one: (one.at, one.what)))
