"""M9: the cumulative flow diagram: how many items had come how far by the end of each day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, tzinfo
from itertools import accumulate

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
        self.length = length
        self.changes = {stage: [0] * (length + 1) for stage in PROGRESS}

    def add(self, stage: Stage, day: int, by: int = 1) -> None:
        if day < self.length:
            self.changes[stage][max(day, 0)] += by

    def levels(self) -> dict[Stage, tuple[int, ...]]:
        return {stage: tuple(accumulate(steps[: self.length])) for stage, steps in self.changes.items()}


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
        if any(move.stage is None for move in path.moves):
            unread.append(path.id)
        _count(path.id, _standing(path, last, zone), first, (reached, canceled, corrected), windows)
    return Flow(
        first,
        reached.levels(),
        canceled.levels(),
        corrected.levels(),
        tuple(sorted(windows, key=lambda one: (one.first, one.item))),
        tuple(sorted(unread)),
    )


@dataclass
class _Evening:
    """Where an item stood at the end of a day on which it moved, and the furthest it came on that day."""

    day: date
    stage: Stage
    furthest: int


def _standing(path: Path, last: date, zone: tzinfo) -> list[_Evening]:
    found: list[_Evening] = []
    for move in path.moves:
        if move.stage is None:
            continue
        day = move.at.astimezone(zone).date()
        if day > last:
            break
        rank = RANK.get(move.stage, 0)
        if found and found[-1].day == day:
            rank = max(rank, found.pop().furthest)
        found.append(_Evening(day, move.stage, rank))
    return found


def _count(
    item: str,
    standing: list[_Evening],
    first: date,
    days: tuple[_Days, _Days, _Days],
    windows: list[Window],
) -> None:
    reached, canceled, corrected = days
    furthest = -1
    for number, evening in enumerate(standing):
        day = (evening.day - first).days
        until = standing[number + 1].day if number + 1 < len(standing) else None
        for stage in PROGRESS[furthest + 1 : evening.furthest + 1]:
            reached.add(stage, day)
        furthest = max(furthest, evening.furthest)
        if evening.stage is Stage.CANCELED and until is None:
            canceled.add(PROGRESS[furthest], day)
        elif below := PROGRESS[RANK.get(evening.stage, -1) + 1 : furthest + 1]:
            for stage in below:
                corrected.add(stage, day)
                if until is not None:
                    corrected.add(stage, (until - first).days, -1)
            _open(windows, Window(item, PROGRESS[furthest], evening.day, until and until - ONE_DAY))


def _open(windows: list[Window], window: Window) -> None:
    """Add a window, or lengthen the item's last one where it goes on without a break."""
    before = windows[-1] if windows else None
    if before and before.item == window.item and before.last and before.last + ONE_DAY == window.first:
        window = replace(window, first=windows.pop().first)
    windows.append(window)
