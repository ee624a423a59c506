"""Dates of the roadmap, derived anew: when work began, what was promised then, how the target moved since (M16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from .asked import Asked, Span, within
from .chosen import Chosen, Row
from .stored import Standing, at, standing

LONG_AGO = datetime.min.replace(tzinfo=UTC)
Told = tuple[datetime, date | None, date | None]


@dataclass(frozen=True)
class Move:
    """Of a target: when, to which day, and by how many days from the last day there was; None: taken away."""

    at: datetime
    new: date | None
    days: int | None


@dataclass(frozen=True)
class Dates:
    """``baseline`` is what was promised when work began on ``since``; None where nothing ever was."""

    since: datetime | None
    target: date | None
    baseline: date | None
    moves: tuple[Move, ...]
    history: tuple[Told, ...]

    @property
    def slip(self) -> int | None:
        return (self.target - self.baseline).days if self.target and self.baseline else None

    def net(self, span: Span) -> int:
        return sum(move.days or 0 for move in self.moves if within(move.at, span))

    def target_at(self, moment: datetime) -> date | None:
        return next((old for when, old, _ in self.history if when > moment), self.target)


def as_day(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None


@dataclass(frozen=True)
class Record:
    """A record of an entry: how it stood, its date then, and every change of it, known since ``known``."""

    row: Row
    now: Standing
    target: date | None
    history: tuple[Told, ...]
    known: datetime

    def at(self, moment: datetime) -> date | None:
        return next((old for when, old, _ in self.history if when > moment), self.target)


def records(asked: Asked, chosen: Chosen) -> dict[str, list[Record]]:
    """By entry its records, the leading one first."""
    stored = asked.stored
    dated = {
        row["ref"]: [event for event in stored.events_of[row["ref"]] if event["field"] == "due_on"]
        for entry in chosen.entries.values()
        for row in entry.rows
    }
    telling = {
        stored.by_ref[ref]["connection"]
        for ref, events in dated.items()
        for event in events
        if event["origin"] == "native" and at(event["at"]) <= stored.as_of
    }

    def record(row: Row) -> Record:
        now = standing(stored.piece(row), stored.as_of, tells=False)
        told = [(at(e["at"]), as_day(e["old"]), as_day(e["new"])) for e in dated[row["ref"]]]
        known = row["created_at"] if row["connection"] in telling else row["first_seen_at"]
        past = tuple(one for one in told if one[0] <= stored.as_of)
        return Record(row, now, now.due, past, at(known) if known else LONG_AGO)

    return {id: [record(row) for row in entry.rows] for id, entry in chosen.entries.items()}


def dates(asked: Asked, mine: Sequence[Record], parts: Sequence[Standing]) -> Dates:
    """``parts``: everything below the entry."""
    since = _since(mine, parts)
    order = list((asked.wanted.roadmap and asked.wanted.roadmap.target) or ())

    def rank(record: Record) -> int:
        name = record.row["connection"]
        return order.index(name) if name in order else len(order)

    told = sorted(mine, key=rank)
    target, history = _told([one for one in told if one.known <= asked.wanted.as_of] or told)
    created = min((at(one.row["created_at"]) for one in mine if one.row["created_at"]), default=LONG_AGO)
    baseline, moves = _moves(history, target, since or created)
    return Dates(since, target, baseline, moves, history)


def _since(mine: Sequence[Record], parts: Sequence[Standing]) -> datetime | None:
    """When the entry itself came into progress, or else the first of its parts, or else when it was created busy."""
    own = [one.now.started for one in mine if one.now.started]
    below = [part.started for part in parts if part.started]
    if own or below:
        return min(own or below)
    made = [at(one.row["created_at"]) for one in mine if one.row["created_at"]]
    return min(made, default=None) if mine[0].now.stage in ("doing", "review", "done") else None


def _told(told: Sequence[Record]) -> tuple[date | None, tuple[Told, ...]]:
    """The first date that is set, and its history; what is older is another's, if that showed the same date then."""
    main = next((one for one in told if one.target), None)
    main = main or next((one for one in told if one.history), told[0])
    history, known, others = list(main.history), main.known, [one for one in told if one is not main]
    while True:
        then = history[0][1] if history else main.target
        older = next((one for one in others if one.known < known and one.at(known) == then), None)
        if older is None:
            return main.target, tuple(history)
        history = [change for change in older.history if change[0] <= known] + history
        known = older.known
        others.remove(older)


def _moves(
    history: Sequence[Told], target: date | None, began: datetime
) -> tuple[date | None, tuple[Move, ...]]:
    """The target when work began, or else the first one given after; and every change since."""
    now = history[0][1] if history else target
    promised = next((old for when, old, _ in history if when > began), history[-1][2] if history else target)
    baseline, last = promised, promised
    moves: list[Move] = []
    for when, _, new in sorted(history, key=lambda change: change[0]):
        if when > began:
            if baseline is None:
                baseline = last = new
            elif new != now:
                moves.append(Move(when, new, (new - last).days if new and last else None))
                last = new or last
        now = new
    return baseline, tuple(moves)
