"""M12 for a report: sprints by replaying who entered and left, what was estimated anew, and what was done."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from syncline.report.draft import Draft
from syncline.report.facts import Given, Row
from syncline.report.formulas.days import WorkingDays, days_of
from syncline.report.formulas.refusal import Refusal
from syncline.report.formulas.sprints import (
    Sprint,
    SprintEvent,
    Velocity,
    What,
    burn,
    ideal,
    sprint,
    velocity,
)
from syncline.report.model import Column, Figure, Line, Name, Series, Table
from syncline.report.parts import Refused
from syncline.report.pictures import Lines
from syncline.report.relations.flow import WINDOW
from syncline.report.settings import WEEKDAYS
from syncline.report.words import tidy

LAST = 5
"""Closed sprints that a velocity is made of."""

INSTANT = timedelta(milliseconds=1)
"""As long as instants are told apart: what happens at midnight belongs to the day that begins."""

SHOWN = 6
CHANGES = (
    "SELECT c.item, c.field, c.place, c.at, c.value, c.site FROM sprint_change c JOIN work w ON w.item = c.item"
    " WHERE w.counted = 1 AND w.sub_task = 0 AND c.item IN (SELECT item FROM move)"
    " UNION ALL SELECT d.item, 'done', d.place, d.at, d.stage, '' FROM done_change d JOIN work w ON w.item = d.item"
    " WHERE w.counted = 1 AND w.sub_task = 0"
    " AND d.item IN (SELECT item FROM sprint_change WHERE field = 'iterations') ORDER BY 1, 2, 3"
)
OF_SPRINT = (
    "SELECT item, field, place, at, value FROM sprint_change WHERE item IN"
    " (SELECT item FROM sprint_change WHERE field = 'iterations' AND value LIKE :burn_down_of) ORDER BY 1, 2, 3"
)
SPRINT_RULE = (
    "Committed is what was in a sprint at its start instant; what came later was added, what left removed. An estimate"
    " that changed in the sprint changed its scope. What was done before the start is no part of it. Where nothing in"
    " a sprint is estimated, its items count one each. Histories are followed for two hundred days: sprints that began"
    " earlier are left out, and so is in every sprint what ended earlier. Velocity is the mean of the last five closed"
    " sprints, never without the least and the most."
)


class Change(NamedTuple):
    """One row of `CHANGES`: the sprints, the estimate, or whether an item was done, from an instant on."""

    item: str
    field: str
    place: int
    at: str
    value: str | None
    site: str


@dataclass(frozen=True)
class Held:
    """A sprint with a start: what happened to its items. ``closed`` as of the report."""

    row: Row
    start: datetime
    end: datetime | None
    closed: bool
    events: tuple[SprintEvent, ...]
    result: Sprint | Refusal

    @property
    def ref(self) -> str:
        return str(self.row["ref"])

    @property
    def name(self) -> Name:
        return Name(tidy(self.row["title"], "(no name)"))


@dataclass(frozen=True)
class Sprints:
    """The last sprints of every board, newest first, and their figures: series by ref, ``velocity`` by board."""

    every: tuple[Held, ...]
    without_start: tuple[Row, ...]
    backwards: tuple[Row, ...]
    figures: Mapping[str, Figure]

    def current(self) -> list[Held]:
        """The newest sprint that runs on each board, or the last that was closed."""
        found: dict[str, Held] = {}
        for one in sorted(self.every, key=lambda one: (one.closed, -one.start.timestamp(), one.ref)):
            found.setdefault(one.row["board"], one)
        return sorted(found.values(), key=lambda one: (one.closed, str(one.row["title"]), one.ref))


def sprints(draft: Draft) -> Sprints | None:
    """None where no tool has sprints."""
    rows = draft.ledger.rows("SELECT * FROM sprint ORDER BY ref")
    if not rows:
        return None
    backwards = [row for row in rows if _backwards(row)]
    lately = _lately(draft, [row for row in rows if not _backwards(row)])
    kept: list[Held] = []

    def rule(changes: Iterable[Row]) -> Mapping[str, Mapping[str, Given]]:
        happened = _happened(changes, {(row["site"], row["remote_id"]) for row in lately})
        kept.extend(_held(draft, row, happened[row["site"], row["remote_id"]]) for row in lately)
        parts: dict[str, dict[str, Given]] = {
            f"sprint_{name}": {one.ref: _part(one, name) for one in kept} for name in _PARTS
        }
        return parts | _velocities(kept)

    texts = {f"sprint_{name}": text for name, text in _PARTS.items()} | _VELOCITY
    figures = draft.ledger.stream(texts, CHANGES, "points", rule)
    waiting = [row for row in rows if row["state"] == "active" and row["start_at"] is None]
    return Sprints(tuple(kept), tuple(waiting), tuple(backwards), figures)


def unfit(known: Sprints) -> list[Line]:
    """A line for each sprint of which nothing can be said, by name and why."""
    why = ((known.without_start, " runs, but no start is known"), (known.backwards, " ends before it begins"))
    return [
        (Name(tidy(row["title"], "(no name)")), f"{words}; nothing is said of it.")
        for rows, words in why
        for row in rows
    ]


_PARTS = {
    "committed": "M12: estimates in each sprint at its start.",
    "added": "M12: estimates that entered it after its start.",
    "removed": "M12: estimates that left it after its start.",
    "completed": "M12: estimates in it that were done by its end.",
    "unfinished": "M12: estimates in it that were not done by its end, or by now.",
}
_VELOCITY = {
    "velocity": "M12: mean of what was completed in the last five closed sprints of each board.",
    "velocity_least": "The least of these.",
    "velocity_most": "The most of these.",
}


def _part(one: Held, name: str) -> Given:
    return one.result if isinstance(one.result, Refusal) else _plain(getattr(one.result, name))


def _plain(value: Fraction) -> int | Fraction:
    return value.numerator if value.denominator == 1 else value


def _velocities(kept: Sequence[Held]) -> dict[str, dict[str, Given]]:
    found: dict[str, dict[str, Given]] = {name: {} for name in _VELOCITY}
    for board in sorted({one.row["board"] for one in kept}):
        closed = sorted(
            (one for one in kept if one.closed and one.row["board"] == board),
            key=lambda one: (one.start, one.ref),
        )
        speed = velocity([one.result.completed for one in closed if isinstance(one.result, Sprint)], LAST)
        for name, part in zip(_VELOCITY, ("mean", "least", "most"), strict=True):
            found[name][board] = _plain(getattr(speed, part)) if isinstance(speed, Velocity) else speed
    return found


def _lately(draft: Draft, rows: Sequence[Row]) -> list[Row]:
    """Of each board those that run and the last closed ones, as far as the histories that were read reach back.

    Sprints begun after the report are not known yet.
    """
    as_of = draft.settings.as_of
    first = as_of - timedelta(days=WINDOW)
    begun = [
        row for row in rows if row["start_at"] and first <= datetime.fromisoformat(row["start_at"]) <= as_of
    ]
    newest = sorted(begun, key=lambda row: (row["start_at"], row["ref"]), reverse=True)
    found: list[Row] = []
    closed: dict[str, int] = defaultdict(int)
    for row in newest:
        closed[row["board"]] += _closed(row, as_of)
        if closed[row["board"]] <= LAST + 1:
            found.append(row)
    return found


def _backwards(row: Row) -> bool:
    end = _end(row)
    return end is not None and bool(row["start_at"]) and end <= datetime.fromisoformat(row["start_at"])


def _end(row: Row) -> datetime | None:
    text = row["completed_at"] or row["end_at"]
    return datetime.fromisoformat(text) if text else None


def _closed(row: Row, as_of: datetime) -> bool:
    end = _end(row)
    return row["state"] == "closed" and end is not None and end <= as_of


def _held(draft: Draft, row: Row, happened: Sequence[SprintEvent]) -> Held:
    as_of = draft.settings.as_of
    start, closed = datetime.fromisoformat(row["start_at"]), _closed(row, as_of)
    end = _end(row) if closed else None
    events = tuple(_weighed(happened))
    return Held(row, start, end, closed, events, sprint(events, start, end, as_of))


def _weighed(happened: Sequence[SprintEvent]) -> Iterator[SprintEvent]:
    """Items count one each where nothing is estimated."""
    yield from happened
    if not any(one.what is What.ESTIMATE and one.value for one in happened):
        latest_first = sorted(happened, key=lambda one: one.at, reverse=True)
        first = {one.item: one.at for one in latest_first}
        yield from (SprintEvent(at, item, What.ESTIMATE, 1) for item, at in first.items())


def _happened(
    rows: Iterable[Row], wanted: set[tuple[str, str]]
) -> defaultdict[tuple[str, str], list[SprintEvent]]:
    """What happened to everything that ever was in a sprint."""
    found: defaultdict[tuple[str, str], list[SprintEvent]] = defaultdict(list)
    for _, of_item in groupby(rows, key=itemgetter(0)):
        changes = [Change(*row) for row in of_item]
        entered: dict[tuple[str, str], list[SprintEvent]] = {}
        for one in changes:
            if one.field == "iterations":
                _enter(entered, one, wanted)
        if entered:
            others = [_other(one) for one in changes if one.field != "iterations"]
            for key, events in entered.items():
                found[key] += [*others, *events]
    return found


def _enter(
    entered: dict[tuple[str, str], list[SprintEvent]], change: Change, wanted: set[tuple[str, str]]
) -> None:
    now = {(change.site, number) for number in ids(change.value)} & wanted
    for key in sorted(entered.keys() | now):
        member = SprintEvent(datetime.fromisoformat(change.at), change.item, What.MEMBER, key in now)
        entered.setdefault(key, []).append(member)


def ids(value: str | None) -> list[str]:
    """Sprints as tools write them (``1,2``) and as we do (``["1","2"]``)."""
    if value and value.startswith("["):
        return [str(one) for one in json.loads(value)]
    return [one.strip() for one in (value or "").split(",") if one.strip()]


def _other(change: Change) -> SprintEvent:
    at = datetime.fromisoformat(change.at)
    if change.field == "done":
        return SprintEvent(at, change.item, What.DONE, change.value == "done")
    return SprintEvent(at, change.item, What.ESTIMATE, _number(change.value))


def _number(value: str | None) -> float | None:
    try:
        return float(value) if value else None
    except ValueError:
        return None


# ---- what is shown ---------------------------------------------------------------------------------------------------

_COLUMNS = ("Sprint", "State", "Committed", "Added", "Removed", "Completed", "Not done", "Velocity")


def table(
    draft: Draft, known: Sprints, shown: Sequence[Held], id: str = "sprints", folded: bool = False
) -> Table:
    """One row for each sprint."""
    rows = tuple(_row(draft, known, one) for one in shown)
    columns = tuple(
        Column(title.lower().replace(" ", "_"), title, title not in _COLUMNS[:2]) for title in _COLUMNS
    )
    return Table(id, "Sprints", columns, rows, folded=folded, empty="No sprint has begun.")


def _row(draft: Draft, known: Sprints, one: Held) -> tuple[Line, ...]:
    def cell(name: str, key: str) -> Line:
        figure = Figure(known.figures[name].fact, key)
        return (figure,) if draft.ledger.value(figure) is not None else (Refused(figure),)

    board = str(one.row["board"])
    mean = cell("velocity", board)
    speed: Line = mean
    if not isinstance(mean[0], Refused):
        speed = (*mean, " (", *cell("velocity_least", board), " to ", *cell("velocity_most", board), ")")
    numbers = [cell(f"sprint_{name}", one.ref) for name in _PARTS]
    ends = _end(one.row)
    state: Line = ("closed",) if one.closed else ("runs to ", draft.calendar.day(ends)) if ends else ("runs",)
    return ((one.name,), state, *numbers, speed)


def burn_down(draft: Draft, one: Held) -> Lines:
    """What remained at the end of each day of a sprint, beside an even line. Once in a report."""
    day = draft.calendar.day
    first, end = day(one.start), one.end or _end(one.row)
    last = day(end) if end else draft.calendar.today
    days = tuple(days_of(first, max(first, last)))
    past = [one_day for one_day in days if one_day < draft.calendar.today]
    evenings = [draft.calendar.midnight(one_day + timedelta(days=1)) - INSTANT for one_day in past]
    readings = burn(one.events, one.start, [max(at, one.start) for at in evenings])
    left: dict[str, Given] = dict.fromkeys((at.isoformat() for at in days), None)
    left |= {at.isoformat(): _plain(reading.remaining) for at, reading in zip(past, readings, strict=True)}
    even: dict[str, Given] = {}
    if isinstance(one.result, Sprint):
        working = WorkingDays(frozenset(WEEKDAYS.index(name) for name in draft.settings.workdays))
        line = ideal(one.result.committed, days, working)
        if not isinstance(line, Refusal):
            even = {at.isoformat(): _plain(value) for at, value in zip(days, line, strict=True)}
    draft.ledger.let("burn_down_of", f"%{one.row['remote_id']}%")
    made = draft.ledger.family(
        {
            "burn_down": "M12: estimates in the sprint and not done, by the end of each day.",
            "burn_down_even": "M12: what would remain of what was committed at an even pace on worked days.",
        },
        OF_SPRINT,
        "points",
        lambda _: {"burn_down": left, "burn_down_even": even},
    )
    series = (
        Series("Remaining", "doing", made["burn_down"]),
        Series("Even pace", "backlog", made["burn_down_even"]),
    )
    return Lines("burn_down", "Burn-down", (one.name, ", by the end of each day."), "points", days, series)


def in_two(draft: Draft) -> Figure:
    """Items that stand in several running sprints."""
    running = set(map(tuple, draft.ledger.rows("SELECT site, remote_id FROM sprint WHERE state = 'active'")))

    def several(rows: Sequence[Row]) -> Given:
        last = {row["item"]: (row["site"], row["value"]) for row in rows}
        return sum(len({(site, one) for one in ids(value)} & running) > 1 for site, value in last.values())

    return draft.ledger.fold(
        "in_two_sprints",
        "Items that stand in several running sprints at once.",
        "SELECT c.item, c.site, c.value FROM sprint_change c JOIN work w ON w.item = c.item"
        " WHERE c.field = 'iterations' AND w.is_open = 1 AND w.sub_task = 0 ORDER BY c.item, c.place",
        "items",
        several,
    )
