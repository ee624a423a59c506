"""M12: sprints, by replaying who entered and left, what was estimated anew, and what was done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from syncline.report.formulas.days import WorkingDays
from syncline.report.formulas.exact import Number, exact, mean
from syncline.report.formulas.refusal import Reason, Refusal

_NOTHING = Fraction(0)


class What(StrEnum):
    """What a sprint event changes."""

    MEMBER = "member"
    ESTIMATE = "estimate"
    DONE = "done"


class SprintEvent(NamedTuple):
    """At an aware instant an item entered or left the sprint, got an estimate, or became done or open again.

    ``value``: True or False for membership and done, a number or None for an estimate, in the team's unit; give every
    item the estimate 1 to count items. Events before the sprint tell how it began.
    """

    at: datetime
    item: str
    what: What
    value: Number | bool | None


class _Item(NamedTuple):
    """``stale``: done before the sprint began and not opened since, so no part of it."""

    member: bool = False
    estimate: Fraction | None = None
    done: bool = False
    stale: bool = False

    def after(self, event: SprintEvent) -> _Item:
        match event.what:
            case What.MEMBER:
                return self._replace(member=bool(event.value))
            case What.ESTIMATE:
                return self._replace(estimate=exact(event.value))
        done = bool(event.value)
        return self._replace(done=done, stale=self.stale and done)

    @property
    def scope(self) -> Fraction:
        """What it weighs in the sprint."""
        return (self.estimate or _NOTHING) if self.member and not self.stale else _NOTHING


_OUTSIDE = _Item()


@dataclass(frozen=True)
class Sprint:
    """Sums of estimates, in the team's unit. committed + added − removed = completed + unfinished.

    ``unestimated`` are items that were in it at the end and weigh nothing; ``done_before`` were done when it began.
    """

    committed: Fraction
    added: Fraction
    removed: Fraction
    completed: Fraction
    unfinished: Fraction
    unestimated: tuple[str, ...]
    done_before: tuple[str, ...]

    @property
    def scope_change(self) -> Fraction | Refusal:
        """M12: (added − removed) ÷ committed, a share."""
        return self._of_committed(self.added - self.removed)

    @property
    def completion(self) -> Fraction | Refusal:
        """M12: completed ÷ committed, a share; above 1 where more was done than committed."""
        return self._of_committed(self.completed)

    @property
    def carry_over(self) -> Fraction | Refusal:
        """M12: unfinished at the end, and so moved on, ÷ committed, a share."""
        return self._of_committed(self.unfinished)

    def _of_committed(self, part: Fraction) -> Fraction | Refusal:
        return part / self.committed if self.committed > 0 else Refusal(Reason.NOT_POSITIVE, "committed")


def sprint(
    events: Iterable[SprintEvent], start: datetime | None, end: datetime | None, as_of: datetime
) -> Sprint | Refusal:
    """M12: what was committed at the start instant, what changed in [start, end), and what came of it.

    An estimate that changes in the sprint changes its scope, as in Jira. A sprint that runs is judged as of now; one
    without end never ended. Items done before the start are no commitment. Refused without start, and before it.
    """
    if start is None:
        return Refusal(Reason.NO_START)
    if as_of < start:
        return Refusal(Reason.NO_SPAN, "not begun")
    ordered = _ordered(events)
    items = _begun(ordered, start)
    committed = _sum(items.values())
    done_before = tuple(sorted(id for id, item in items.items() if item.member and item.stale))
    added = removed = Fraction()
    for event in ordered:
        if event.at <= start or event.at > as_of or (end is not None and event.at >= end):
            continue
        change = _apply(items, event)
        if change > 0:
            added += change
        elif change < 0:
            removed -= change
    completed = _sum(item for item in items.values() if item.done)
    unfinished = _sum(item for item in items.values() if not item.done)
    unestimated = tuple(sorted(id for id, item in items.items() if item.member and item.estimate is None))
    return Sprint(committed, added, removed, completed, unfinished, unestimated, done_before)


def _sum(items: Iterable[_Item]) -> Fraction:
    return sum(filter(None, (item.scope for item in items)), _NOTHING)


def _ordered(events: Iterable[SprintEvent]) -> list[SprintEvent]:
    return sorted(events, key=lambda event: event.at)


def _begun(ordered: Sequence[SprintEvent], start: datetime) -> dict[str, _Item]:
    """Every item at the start instant."""
    items: dict[str, _Item] = {}
    for event in ordered:
        if event.at <= start:
            _apply(items, event)
    return {id: item._replace(stale=item.done) for id, item in items.items()}


def _apply(items: dict[str, _Item], event: SprintEvent) -> Fraction:
    """Carry an event out; what it changed the scope by."""
    before = items.get(event.item, _OUTSIDE)
    after = items[event.item] = before.after(event)
    return _NOTHING if after.scope is before.scope else after.scope - before.scope


@dataclass(frozen=True)
class Reading:
    """Sums of estimates in the sprint at an instant; ``remaining`` is what a burn-down draws."""

    at: datetime
    scope: Fraction
    done: Fraction

    @property
    def remaining(self) -> Fraction:
        return self.scope - self.done


def burn(events: Iterable[SprintEvent], start: datetime, instants: Sequence[datetime]) -> tuple[Reading, ...]:
    """M12: remaining(t) = Σ estimate in the sprint and not done at t; scope and done for a burn-up. Ascending instants.

    At the start it is what was committed.
    """
    ordered = _ordered(events)
    items = _begun(ordered, start)
    later = [event for event in ordered if event.at > start]
    readings: list[Reading] = []
    done = 0
    for at in instants:
        while done < len(later) and later[done].at <= at:
            _apply(items, later[done])
            done += 1
        readings.append(_reading(at, items))
    return tuple(readings)


def _reading(at: datetime, items: Mapping[str, _Item]) -> Reading:
    return Reading(at, _sum(items.values()), _sum(item for item in items.values() if item.done))


def ideal(committed: Fraction, days: Sequence[date], working: WorkingDays) -> tuple[Fraction, ...] | Refusal:
    """M12: the even line: what should remain at the end of each day; it falls on working days only."""
    worked = [working.works(day) for day in days]
    if not any(worked):
        return Refusal(Reason.NO_SPAN, "no working day")
    return tuple(committed * (1 - Fraction(sum(worked[: at + 1]), sum(worked))) for at in range(len(days)))


@dataclass(frozen=True)
class Velocity:
    """Estimates completed per sprint: the mean of the last ``n``, never without the least and the most."""

    mean: Fraction
    least: Fraction
    most: Fraction
    n: int


def velocity(completed: Sequence[Fraction], last: int = 5) -> Velocity | Refusal:
    """M12: over the ``last`` closed sprints, oldest first. Refused where none is closed."""
    kept = list(completed[-last:]) if last > 0 else []
    if not kept:
        return Refusal(Reason.TOO_FEW, "closed sprints", n=0, needed=1)
    return Velocity(mean(kept), min(kept), max(kept), len(kept))
