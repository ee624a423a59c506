"""Storing what a connector delivered: one page, one transaction.

A page is compared with what is known (`syncline.store.compare`) and then written. Delivering a page twice changes
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, select, tuple_, update

from syncline.connector import Page, Quarantined
from syncline.jsontext import encode
from syncline.model import Event, Kind, Owned, Relation, Sourced, Work
from syncline.store import history
from syncline.store.compare import Reading, chunks, compare, known_records, read_records, rows_of
from syncline.store.database import JsonText
from syncline.store.home import Home
from syncline.store.statements import insert_rows
from syncline.store.tables import dirty, event, ingest, quarantine, raw, record


@dataclass
class Tally:
    """What happened to the rows of one feed."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    quarantined: int = 0

    def add(self, other: Tally) -> None:
        for name in ("read", "created", "updated", "unchanged", "removed", "quarantined"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


def begin_ingest(connection: Connection, run_id: int, now: datetime) -> int:
    """The ``seq`` of this transaction."""
    inserted = connection.execute(insert(ingest).values(run_id=run_id, at=now))
    key = inserted.inserted_primary_key
    return int(key[0]) if key else 0


class Ingest:
    """The writing side of one transaction; it takes a ``seq`` when there is something to write."""

    def __init__(
        self, connection: Connection, home: Home, run_id: int, now: datetime, stream: str | None = None
    ) -> None:
        self._db = connection
        self._home = home
        self._run_id = run_id
        self._now = now
        self._stream = stream

    @cached_property
    def _seq(self) -> int:
        return begin_ingest(self._db, self._run_id, self._now)

    def page(self, page: Page, readings: Sequence[Reading]) -> dict[Kind | str, Tally]:
        """Store everything of a page but its cursor; returns tallies by kind, history under ``"events"``."""
        tallies: dict[Kind | str, Tally] = {}
        history.learn_statuses(self._db, self._home, page, [item.record for item in readings])
        fresh = self._records(readings, tallies)
        self._stubs(page.stubs)
        self._children(page, fresh, tallies)
        self._events(page.events, tallies)
        self._quarantine(page.quarantined, tallies)
        self._release(readings)
        return tallies

    def _records(self, readings: Sequence[Reading], tallies: dict[Kind | str, Tally]) -> set[str]:
        """Write what differs; returns the remote ids of issues and tickets that are new."""
        difference = compare(self._db, self._home, readings)
        self._insert(difference.new, self._stream)
        self._update(difference.changed)
        self._clear_absent(difference.returned)
        for part in chunks(difference.completed):
            self._db.execute(update(record).where(record.c.id.in_(part)).values(stream=self._stream))
        changed = {id(item) for _, item in difference.changed}
        new = {id(item) for item in difference.new}
        for item in readings:
            tally = tallies.setdefault(item.record.kind, Tally())
            tally.read += 1
            if id(item) in new:
                tally.created += 1
            elif id(item) in changed:
                tally.updated += 1
            else:
                tally.unchanged += 1
        return {item.record.remote_id for item in difference.new if isinstance(item.record, Work)}

    def _insert(self, new: Sequence[Reading], stream: str | None) -> None:
        if not new:
            return
        first = (self._db.execute(select(func.max(record.c.id))).scalar() or 0) + 1
        rows = [self._row(item) for item in new]
        for number, row in enumerate(rows, first):
            row |= {
                "id": number,
                "item_id": number,
                "site": self._home.site,
                "kind": new[number - first].record.kind.value,
                "remote_id": new[number - first].record.remote_id,
                "connection_id": self._home.connection_id,
                "stream": stream,
                "first_seen_at": self._now,
                "first_seq": self._seq,
            }
        insert_rows(self._db, record, rows)
        numbered = [(row["id"], item) for row, item in zip(rows, new, strict=True)]
        self._write_raw(numbered, fresh=True)
        insert_rows(
            self._db,
            dirty,
            [{"record_id": number, "reason": "created", "seq": self._seq} for number, _ in numbered],
        )

    def _update(self, changed: Sequence[tuple[int, Reading]], reason: str = "updated") -> None:
        if not changed:
            return
        if reason == "updated":
            self._observe(changed)
        rows = [self._row(item) | {"row_id": number, "delivered": self._stream} for number, item in changed]
        self._db.execute(_UPDATE, rows)
        self._write_raw(changed, fresh=False)
        self._mark_dirty([number for number, _ in changed], reason)

    def _row(self, item: Reading) -> dict[str, Any]:
        found = item.record
        row: dict[str, Any] = dict.fromkeys(_OPTIONAL)
        row |= {
            "key": found.key,
            "url": found.url,
            "title": found.title,
            "created_at": found.created_at,
            "updated_at": found.updated_at,
            "archived": found.archived,
            "data": item.data,
            "hash": item.hash,
            "seen_at": self._now,
            "seq": self._seq,
        }
        if isinstance(found, Work):
            row |= _work_columns(found)
        elif isinstance(found, Owned):
            row["subject"] = found.subject
            if isinstance(found, Relation):
                row |= {"target": found.target, "type": found.type.value}
        else:
            row |= {name: getattr(found, name, None) for name in ("type", "container", "parent", "due_on")}
        return row

    def _write_raw(self, numbered: Sequence[tuple[int, Reading]], *, fresh: bool) -> None:
        if not self._home.keep_raw or not numbered:
            return
        rows = [
            {"record_id": number, "payload": JsonText(encode(item.payload).decode()), "seq": self._seq}
            for number, item in numbered
        ]
        if not fresh:
            self._db.execute(_DELETE_RAW, [{"row_id": row["record_id"]} for row in rows])
        insert_rows(self._db, raw, rows)

    def _mark_dirty(self, numbers: Sequence[int], reason: str) -> None:
        if not numbers:
            return
        self._db.execute(_DELETE_DIRTY, [{"row_id": number} for number in numbers])
        insert_rows(
            self._db, dirty, [{"record_id": number, "reason": reason, "seq": self._seq} for number in numbers]
        )

    def _clear_absent(self, numbers: Sequence[int]) -> None:
        """They can be seen again, and belong to the connection that sees them."""
        values = {
            "absent": None,
            "absent_at": None,
            "connection_id": self._home.connection_id,
            "stream": func.coalesce(self._stream, record.c.stream),
        }
        for part in chunks(numbers):
            here = record.c.id.in_(part)
            self._db.execute(update(record).where(here, record.c.absent == "archived").values(archived=False))
            self._db.execute(update(record).where(here).values(seq=self._seq, **values))
            self._mark_dirty(part, "returned")

    def mark_absent(self, numbers: Sequence[int], absence: str) -> None:
        """Note that records cannot be seen any more, and why (``tables.record.c.absent``)."""
        for part in chunks(numbers):
            here = record.c.id.in_(part)
            self._db.execute(
                update(record).where(here).values(absent=absence, absent_at=self._now, seq=self._seq)
            )
            if absence == "archived":
                self._db.execute(update(record).where(here).values(archived=True))
            self._mark_dirty(part, "absent")

    def rederived(self, changed: Sequence[tuple[int, Reading]]) -> None:
        """Records read anew from stored payloads: no history is noted, for nothing happened at the vendor."""
        self._update(changed, reason="config")

    # -- what rides on a page --

    def _stubs(self, stubs: Sequence[Sourced]) -> None:
        readings = read_records(self._home, stubs)
        known = known_records(self._db, self._home.site, readings)
        self._insert([r for r in readings if (r.record.kind, r.record.remote_id) not in known], None)

    def _children(self, page: Page, fresh: set[str], tallies: dict[Kind | str, Tally]) -> None:
        """Children that a complete list does not show any more are gone; ``fresh`` parents have none from before."""
        here = {(s.record.kind, s.record.remote_id) for s in page.records}
        here |= {(item.kind, item.remote_id) for item in page.quarantined}
        parents: dict[Kind, list[str]] = {}
        for kind, parent in page.children_complete:
            if parent not in fresh:
                parents.setdefault(kind, []).append(parent)
        for kind, ids in parents.items():
            gone = [
                number
                for part in chunks(ids)
                for number, remote_id in self._db.execute(_children_of(self._home.site, kind, part))
                if (kind, remote_id) not in here
            ]
            self.mark_absent(gone, "gone")
            if gone:
                tallies.setdefault(kind, Tally()).removed += len(gone)

    def _events(self, events: Sequence[Event], tallies: dict[Kind | str, Tally]) -> None:
        if not events:
            return
        numbers = self._numbers({(e.kind, e.remote_id) for e in events})
        seen = self._stored_events(list(numbers.values()))
        tally = tallies.setdefault("events", Tally())
        rows: list[dict[str, Any]] = []
        for item in events:
            number = numbers.get((item.kind, item.remote_id))
            if number is None:
                continue
            tally.read += 1
            identity = (number, item.native_id, item.ordinal)
            if identity in seen:
                tally.unchanged += 1
                continue
            seen.add(identity)
            rows.append(history.row(item, number, self._now, self._seq))
        if rows:
            tally.created += len(rows)
            insert_rows(self._db, event, rows)

    def _numbers(self, identities: set[tuple[Kind, str]]) -> dict[tuple[Kind, str], int]:
        by_kind: dict[Kind, list[str]] = {}
        for kind, remote_id in identities:
            by_kind.setdefault(kind, []).append(remote_id)
        return {
            (kind, row[0]): row[1]
            for kind, ids in by_kind.items()
            for part in chunks(ids)
            for row in self._db.execute(_NUMBERS, {"site": self._home.site, "kind": kind.value, "ids": part})
        }

    def _stored_events(self, numbers: Sequence[int]) -> set[tuple[int, str, int]]:
        columns = (event.c.record_id, event.c.native_id, event.c.ordinal)
        return {
            (row[0], row[1], row[2])
            for part in chunks(numbers)
            for row in self._db.execute(select(*columns).where(event.c.record_id.in_(part)))
        }

    def _observe(self, changed: Sequence[tuple[int, Reading]]) -> None:
        """Note changes of fields whose tool keeps no history: they lie between two readings."""
        before = {
            row.id: row
            for part in chunks([number for number, _ in changed])
            for row in self._db.execute(
                select(record.c.id, record.c.data, record.c.seen_at).where(record.c.id.in_(part))
            )
        }
        rows = [
            row
            for number, item in changed
            if isinstance(item.record, Work)
            for row in history.observed(
                before[number].data,
                item.record,
                native=self._home.native,
                number=number,
                since=before[number].seen_at,
                now=self._now,
                seq=self._seq,
            )
        ]
        if rows:
            insert_rows(self._db, event, rows)

    def _quarantine(self, items: Sequence[Quarantined], tallies: dict[Kind | str, Tally]) -> None:
        for item in items:
            tally = tallies.setdefault(item.kind, Tally())
            tally.read += 1
            tally.quarantined += 1
            where = (
                (quarantine.c.connection_id == self._home.connection_id)
                & (quarantine.c.kind == item.kind.value)
                & (quarantine.c.remote_id == item.remote_id)
            )
            values = {
                "reason": " ".join(item.reason.split()),
                "payload": JsonText(encode(item.payload).decode()),
                "last_seen_at": self._now,
            }
            again = self._db.execute(
                update(quarantine).where(where).values(tries=quarantine.c.tries + 1, **values)
            )
            if not again.rowcount:
                self._db.execute(
                    insert(quarantine).values(
                        connection_id=self._home.connection_id,
                        stream=self._stream or "",
                        kind=item.kind.value,
                        remote_id=item.remote_id,
                        tries=1,
                        first_seen_at=self._now,
                        **values,
                    )
                )

    def _release(self, readings: Sequence[Reading]) -> None:
        """A record that can be read again leaves the quarantine."""
        mine = quarantine.c.connection_id == self._home.connection_id
        held = {(row[0], row[1]) for row in self._db.execute(_HELD.where(mine))}
        free = [
            identity
            for item in readings
            if (identity := (item.record.kind.value, item.record.remote_id)) in held
        ]
        if free:
            pair = tuple_(quarantine.c.kind, quarantine.c.remote_id)
            for part in chunks(free):
                self._db.execute(quarantine.delete().where(mine, pair.in_(part)))


_OPTIONAL = (
    "type",
    "level",
    "status_category",
    "status_refinement",
    "status_name",
    "priority",
    "container",
    "parent",
    "subject",
    "target",
    "resolved_at",
    "due_on",
)

_COLUMNS = (
    *_OPTIONAL,
    "key",
    "url",
    "title",
    "created_at",
    "updated_at",
    "archived",
    "data",
    "hash",
    "seen_at",
    "seq",
)
_UPDATE = (
    update(record)
    .where(record.c.id == bindparam("row_id"))
    .values({name: bindparam(name) for name in _COLUMNS})
    .values(stream=func.coalesce(bindparam("delivered"), record.c.stream))
)
_DELETE_RAW = raw.delete().where(raw.c.record_id == bindparam("row_id"))
_DELETE_DIRTY = dirty.delete().where(dirty.c.record_id == bindparam("row_id"))
_NUMBERS = rows_of(record.c.remote_id, record.c.id)
_HELD = select(quarantine.c.kind, quarantine.c.remote_id)


def _work_columns(found: Work) -> dict[str, Any]:
    return {
        "type": found.type,
        "level": found.level,
        "status_category": found.status.category,
        "status_refinement": found.status.refinement,
        "status_name": found.status.name,
        "priority": found.priority,
        "container": found.container,
        "parent": found.parent,
        "resolved_at": found.resolved_at,
        "due_on": found.due_on,
    }


def _children_of(site: str, kind: Kind, parents: Sequence[str]) -> Any:
    belongs: ColumnElement[bool] = record.c.subject.in_(parents)
    if kind is Kind.RELATION:
        belongs |= record.c.target.in_(parents)
    return select(record.c.id, record.c.remote_id).where(
        record.c.site == site, record.c.kind == kind.value, belongs, record.c.absent.is_(None)
    )
