"""M9: the cumulative flow diagram: how many items had come how far by the end of each day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta, tzinfo
from itertools import accumulate
from typing import NamedTuple

from syncline.report.formulas.days import ONE_DAY
from syncline.report.formulas.stages import PROGRESS, RANK, Move, Stage


@dataclass(frozen=True)
class Path:
    """An item's moves in the order of their time; where it was created is the first of them."""

    id: str
    moves: Sequence[Move]


@dataclass(frozen=True)
class Window:
    """An item stood below the furthest stage it had reached, from ``first`` up to and with ``last``; None: still."""

    item: str
    reached: Stage
    first: date
    last: date | None


@dataclass(frozen=True)
class Flow:
    """Numbers of items by the end of each day from ``first`` on, one per day.

    ``reached``: furthest stage so far is this one or later. ``canceled``: left for good from this furthest stage.
    Neither ever falls. ``corrected``: counted in ``reached`` though standing below it that day; drawn hatched.
    ``unread`` lists items with a status that could not be read: such moves count for nothing.
    """

    first: date
    reached: Mapping[Stage, tuple[int, ...]]
    canceled: Mapping[Stage, tuple[int, ...]]
    corrected: Mapping[Stage, tuple[int, ...]]
    windows: tuple[Window, ...]
    unread: tuple[str, ...]

    def within(self, stage: Stage) -> tuple[int, ...]:
        """M9: items whose furthest stage is this one and that were not canceled: the height of its band."""
        here = self.reached[stage]
        later = (0,) * len(here) if stage is Stage.DONE else self.reached[PROGRESS[RANK[stage] + 1]]
        return tuple(
            came - went - left for came, went, left in zip(here, later, self.canceled[stage], strict=True)
        )


class _Days:
    """Changes of a number by day, summed up at the end; what lies before the first day is its opening level."""

    def __init__(self, length: int) -> None:
        self.changes = {stage: [0] * length for stage in PROGRESS}

    def add(self, stage: Stage, day: int, by: int = 1) -> None:
        self.changes[stage][day if day > 0 else 0] += by

    def levels(self) -> dict[Stage, tuple[int, ...]]:
        return {stage: tuple(accumulate(steps)) for stage, steps in self.changes.items()}


def cumulative_flow(paths: Iterable[Path], first: date, last: date, zone: tzinfo) -> Flow:
    """M9: per day and stage, the items whose furthest stage so far is at least that (jirametrics' design).

    Days are days of the zone; what counts is where an item stood at the end of each. Moves after ``last`` are not
    looked at, so the diagram is as it would have been drawn then. A move back does not lower a band but opens a
    window. A canceled item leaves through the exit of its furthest stage; one that was taken up again never left.
    """
    length = (last - first).days + 1
    reached, canceled, corrected = _Days(length), _Days(length), _Days(length)
    windows: list[Window] = []
    unread: list[str] = []
    for path in paths:
        if None in [move.stage for move in path.moves]:
            unread.append(path.id)
        evenings = _evenings(path.moves, first, length, zone)
        _count(path.id, evenings, first, (reached, canceled, corrected), windows)
    return Flow(
        first,
        reached.levels(),
        canceled.levels(),
        corrected.levels(),
        tuple(sorted(windows, key=lambda one: (one.first, one.item))),
        tuple(sorted(unread)),
    )


class _Evening(NamedTuple):
    """Where an item stood at the end of a day on which it moved, and the furthest it came on that day."""

    day: int
    stage: Stage
    furthest: int


def _evenings(moves: Sequence[Move], first: date, length: int, zone: tzinfo) -> list[_Evening]:
    """By days since ``first``; a day is below nought where it lies before."""
    base = first.toordinal()
    found: list[_Evening] = []
    for at, stage in [(move.at, move.stage) for move in moves]:
        if stage is None:
            continue
        day = at.astimezone(zone).toordinal() - base
        if day >= length:
            break
        rank = RANK.get(stage, 0)
        if found and found[-1].stage is stage is Stage.CANCELED:
            continue
        if found and found[-1].day == day:
            rank = max(rank, found.pop().furthest)
        found.append(_Evening(day, stage, rank))
    return found


def _count(
    item: str, evenings: list[_Evening], first: date, days: tuple[_Days, _Days, _Days], windows: list[Window]
) -> None:
    reached, canceled, corrected = days
    furthest = -1
    for number, (day, stage, rank) in enumerate(evenings, 1):
        while furthest < rank:
            furthest += 1
            reached.add(PROGRESS[furthest], day)
        if RANK.get(stage) == furthest:
            continue
        until = evenings[number].day if number < len(evenings) else None
        if stage is Stage.CANCELED and until is None:
            canceled.add(PROGRESS[furthest], day)
            continue
        for above in PROGRESS[RANK.get(stage, -1) + 1 : furthest + 1]:
            corrected.add(above, day)
            if until is not None:
                corrected.add(above, until, -1)
        last = None if until is None else first + timedelta(days=until - 1)
        _open(windows, Window(item, PROGRESS[furthest], first + timedelta(days=day), last))


def _open(windows: list[Window], window: Window) -> None:
    """Add a window, or lengthen the item's last one where it goes on without a break."""
    before = windows[-1] if windows else None
    if before and before.item == window.item and before.last and before.last + ONE_DAY == window.first:
        window = replace(window, first=windows.pop().first)
    windows.append(window)
