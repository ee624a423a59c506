"""What a database holds, by plain SQL over the views of ``docs/sql.md``, and how a piece of work stood at an instant.

Written from ``docs/reports.md``, without anything of the report's own code: what is derived from this is compared with
the facts of a report, which are made in another way.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, text

GONE = ("gone", "missing", "out_of_scope")
BUSY = ("in_progress", "waiting")
ENDED = ("done", "canceled")
WINDOW = timedelta(days=200)
"""How far back moves between stages, flags, sprints and estimates are followed."""

FOLLOWED = (
    *("status", "flagged", "iterations", "estimate", "due_on"),
    *("parent", "project", "percent", "assignees"),
)
"""Fields whose history says how things stood; of all others it only counts that something changed."""


@dataclass(frozen=True)
class State:
    category: str | None
    word: str | None = None

    @property
    def stage(self) -> str:
        if self.category in ENDED:
            return str(self.category)
        if self.category in BUSY:
            return "review" if (self.category, self.word) == ("in_progress", "review") else "doing"
        names = {"triage": "backlog", "backlog": "backlog", "todo": "ready"}
        return names.get(self.category or "", "unknown")


@dataclass(frozen=True)
class Change:
    """``was`` and ``now`` say what the statuses are read as; of other fields they say nothing."""

    at: datetime
    field: str
    old: str | None
    new: str | None
    was: State
    now: State
    native: bool


@dataclass
class Piece:
    """A piece of work: the record that speaks for it, with that record's changes in their order."""

    row: Mapping[str, Any]
    data: Mapping[str, Any]
    owned: bool
    changes: list[Change] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        """A column of the view ``records``; instants are aware, days are dates."""
        found = self.__dict__["row"][name]
        if found and name.endswith("_at"):
            return datetime.fromisoformat(found)
        return date.fromisoformat(found) if found and name.endswith("_on") else found

    def of(self, field: str) -> list[Change]:
        return [change for change in self.changes if change.field == field]

    def lately(self, field: str, as_of: datetime) -> list[Change]:
        return [change for change in self.of(field) if change.at >= as_of - WINDOW]

    @property
    def sub_task(self) -> bool:
        return bool(self.level is not None and self.level < 0)

    @property
    def box(self) -> str:
        return f"{self.connection}:{self.container or self.container_id}" if self.container_id else ""


@dataclass(frozen=True)
class Standing:
    """How a piece of work stood. ``dated``: what its end is known from; ``counted``: whether the tool still has it."""

    piece: Piece
    state: State
    started: datetime | None
    done: datetime | None
    dated: str | None
    canceled: datetime | None
    counted: bool
    archived: bool
    flagged: bool
    due: date | None

    @property
    def item(self) -> str:
        return str(self.piece.item)

    @property
    def stage(self) -> str:
        return self.state.stage

    @property
    def whole(self) -> bool:
        """In a count of items at all: there, and no sub-task."""
        return self.counted and not self.piece.sub_task

    @property
    def still_open(self) -> bool:
        return self.counted and not self.archived and self.state.category not in ENDED

    @property
    def under_way(self) -> bool:
        return self.still_open and not self.piece.sub_task and self.stage in ("doing", "review")

    @property
    def ended(self) -> datetime | None:
        return self.done or self.canceled


@dataclass(frozen=True)
class Clock:
    """Days of the report zone."""

    zone: ZoneInfo
    as_of: datetime

    def day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    @property
    def today(self) -> date:
        return self.day(self.as_of)

    def begins(self, day: date) -> datetime:
        return datetime.combine(day, time(0), self.zone)

    def weeks(self, first: int) -> list[date]:
        """First days of the twelve whole weeks before the one that runs; ``first``: 0 is Monday."""
        here = self.today
        while here.weekday() != first:
            here -= timedelta(days=1)
        return [here - timedelta(days=7 * back) for back in range(12, 0, -1)]

    def days(self, first: int) -> Iterator[date]:
        """Whole days since the first of these weeks."""
        here = self.weeks(first)[0]
        while here < self.today:
            yield here
            here += timedelta(days=1)


class Stored:
    """The rows of a database as of a report."""

    def __init__(self, engine: Engine, as_of: datetime) -> None:
        self.engine, self.as_of = engine, as_of
        self.records = self.rows("SELECT * FROM records")
        self.events = self.rows(f"SELECT * FROM events WHERE field IN {FOLLOWED} ORDER BY at, event_id")
        self.links = self.rows("SELECT * FROM links")
        self.by_ref = {row["ref"]: row for row in self.records}

    def rows(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(text(sql), values).mappings()]

    def of(self, *kinds: str) -> list[dict[str, Any]]:
        return [row for kind in kinds for row in self.by_kind[kind]]

    @cached_property
    def by_kind(self) -> Mapping[str, list[dict[str, Any]]]:
        return grouped(self.records, "kind")

    @cached_property
    def events_of(self) -> Mapping[str, list[dict[str, Any]]]:
        return grouped(self.events, "ref")

    @cached_property
    def pieces(self) -> list[Piece]:
        """Every piece of work that there was by then."""
        return [
            self.piece(row, row["ref"] in self.owners)
            for row in self.of("Issue")
            if row["speaks"] and (row["created_at"] is None or at(row["created_at"]) <= self.as_of)
        ]

    @cached_property
    def owners(self) -> Mapping[str, set[str]]:
        """By record the persons that it is assigned to."""
        found: dict[str, set[str]] = {}
        for row in self.rows("SELECT * FROM assignments"):
            found.setdefault(row["ref"], set()).add(row["person"])
        return found

    def changes(self, ref: str) -> list[Change]:
        return [_change(event) for event in self.events_of[ref]]

    def piece(self, row: Mapping[str, Any], owned: bool = False) -> Piece:
        """A record with its changes, whether it speaks for its item or not."""
        return Piece(row, json.loads(row["data"]), owned, self.changes(row["ref"]))

    @cached_property
    def standings(self) -> list[Standing]:
        tells = {piece.connection for piece in self.pieces for change in piece.of("status") if change.native}
        return [standing(piece, self.as_of, piece.connection in tells) for piece in self.pieces]

    @cached_property
    def items(self) -> list[Standing]:
        """What is counted: sub-tasks and what a tool no longer lists are not."""
        return [one for one in self.standings if one.whole]

    @cached_property
    def standing_of(self) -> Mapping[str, Standing]:
        """By item; none that was not there yet."""
        return {one.item: one for one in self.standings}

    @cached_property
    def touched(self) -> Mapping[str, tuple[datetime, bool]]:
        """By record when anything of it last changed, and whether its tool told any of that."""
        rows = self.rows(
            "SELECT ref, max(at) AS at, max(origin = 'native') AS told FROM events WHERE at <= :as_of GROUP BY ref",
            as_of=instant(self.as_of),
        )
        return {row["ref"]: (at(row["at"]), bool(row["told"])) for row in rows}


def last_changes(stored: Stored) -> dict[str, datetime]:
    """When any record of an item last changed, or something was said of it, as far as that was by then."""
    found: dict[str, list[datetime]] = defaultdict(list)
    item_of = {row["ref"]: row["item"] for row in stored.of("Issue")}
    told: set[str] = set()
    for ref, (when, native) in stored.touched.items():
        if ref in item_of:
            found[item_of[ref]].append(when)
            told |= {item_of[ref]} if native else set()
    for row in stored.of("Comment", "WorkLog", "Attachment"):
        item = item_of.get(f"{row['site']}:Issue:{row['subject_id']}")
        if item and row["created_at"]:
            found[item].append(at(row["created_at"]))
    for piece in stored.pieces:
        own = [piece.created_at] + ([] if piece.item in told else [piece.updated_at])
        found[piece.item] += [when for when in own if when]
    return {
        item: max(known)
        for item, every in found.items()
        if (known := [when for when in every if when <= stored.as_of])
    }


def grouped(rows: Iterable[dict[str, Any]], column: str) -> Mapping[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row[column]].append(row)
    return found


def at(told: str) -> datetime:
    return datetime.fromisoformat(told)


def instant(moment: datetime) -> str:
    """As the database keeps it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _change(row: Mapping[str, Any]) -> Change:
    return Change(
        at(row["at"]),
        row["field"],
        row["old"],
        row["new"],
        State(row["old_category"], row["old_refinement"]),
        State(row["new_category"], row["new_refinement"]),
        row["origin"] == "native",
    )


def entered(moves: list[Change], category: str) -> datetime | None:
    """The last entry into a category that nothing undid; a move within it is none."""
    since = None
    for move in moves:
        if (move.now.category == category) != (move.was.category == category):
            since = move.at if move.now.category == category else None
    return since


def standing(piece: Piece, as_of: datetime, tells: bool) -> Standing:
    """What its record says now, taken back by what came after ``as_of``; ``tells``: its tool gives histories."""
    moves = piece.of("status")
    past = [move for move in moves if move.at <= as_of]
    resolved = piece.resolved_at if piece.resolved_at and piece.resolved_at <= as_of else None
    updated = piece.updated_at if piece.updated_at and piece.updated_at <= as_of else None
    state = _state(piece, moves, as_of)
    ends = {name: entered(past, name) or resolved or updated for name in ENDED}
    known = {"history": entered(past, "done"), "resolved": resolved, "updated": updated}
    gone = piece.absent and not (piece.absent_at and piece.absent_at > as_of)
    return Standing(
        piece=piece,
        state=state,
        started=_started(piece, moves, state, as_of, tells),
        done=ends["done"] if state.category == "done" else None,
        dated=next((how for how, when in known.items() if when and state.category == "done"), None),
        canceled=ends["canceled"] if state.category == "canceled" else None,
        counted=not (gone and piece.absent in GONE),
        archived=bool(piece.archived) or piece.absent == "archived",
        flagged=_flagged(piece, as_of),
        due=_due(piece, as_of),
    )


def _state(piece: Piece, moves: list[Change], as_of: datetime) -> State:
    later = [move for move in moves if move.at > as_of]
    if later:
        return later[0].was
    ever_done = any(move.now.category == "done" != move.was.category for move in moves)
    if piece.status_category == "done" and not ever_done and piece.resolved_at and piece.resolved_at > as_of:
        return State(None)
    return State(piece.status_category, piece.status_refinement)


def _started(
    piece: Piece, moves: list[Change], state: State, as_of: datetime, tells: bool
) -> datetime | None:
    if moves and moves[0].was.category in BUSY:
        return piece.created_at if moves[0].native else None
    if not moves:
        return piece.created_at if tells and state.category in BUSY else None
    return next((move.at for move in moves if move.at <= as_of and move.now.category in BUSY), None)


def _flagged(piece: Piece, as_of: datetime) -> bool:
    later = [change for change in piece.of("flagged") if change.at > as_of]
    return is_set(later[0].old) if later else bool(piece.data.get("flagged"))


def is_set(value: str | None) -> bool:
    return value not in (None, "", "[]", "false")


def _due(piece: Piece, as_of: datetime) -> date | None:
    later = [change for change in piece.of("due_on") if change.at > as_of]
    if not later:
        due: date | None = piece.due_on
        return due
    return date.fromisoformat(later[0].old[:10]) if later[0].old else None
