"""Storing what a connector delivered: one page, one transaction.

A page is compared with what is known (`syncline.store.compare`) and then written. Delivering a page twice changes
nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    bindparam,
    cast,
    func,
    insert,
    select,
    tuple_,
    union_all,
    update,
)

from syncline.connector import Page, Quarantined
from syncline.jsontext import encode
from syncline.model import Event, Kind
from syncline.store import columns, history
from syncline.store.columns import JsonText
from syncline.store.compare import WORK, chunks, compare, known_records, look_up, rows_of
from syncline.store.home import Home
from syncline.store.readings import Packed, Read
from syncline.store.statements import insert_rows, insert_values
from syncline.store.tables import (
    LAST_NUMBER,
    dirty,
    event,
    ingest,
    meta,
    metric_point,
    quarantine,
    raw,
    record,
)


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
    inserted = connection.execute(_BEGIN, {"run_id": run_id, "at": now})
    key = inserted.inserted_primary_key
    return int(key[0]) if key else 0


class Ingest:
    """The writing side of one transaction; it takes a ``seq`` when there is something to write.

    ``wary_since``: see `syncline.store.compare.compare`.
    """

    def __init__(
        self,
        connection: Connection,
        home: Home,
        run_id: int,
        now: datetime,
        stream: str | None = None,
        wary_since: datetime | None = None,
    ) -> None:
        self._db = connection
        self._home = home
        self._run_id = run_id
        self._now = now
        self._stream = stream
        self._wary_since = wary_since
        self._spell = columns.spelling_of(connection)
        self.erased = 0
        """How many records a page had us erase."""
        self._stale: frozenset[str] = frozenset()
        self.disputed: Sequence[tuple[Read, str]] = ()
        """What a rival looks after: `syncline.store.compare.Difference`."""
        self.overruled: Sequence[tuple[Read, str]] = ()
        """Work that a rival looked after until now, which stands behind this connection in the configuration."""

    @cached_property
    def _seq(self) -> int:
        return begin_ingest(self._db, self._run_id, self._now)

    def page(
        self, page: Page, readings: Sequence[Read], stubs: Sequence[Read] = ()
    ) -> dict[Kind | str, Tally]:
        """Store everything of a page but its cursor; returns tallies by kind, history under ``"events"``.

        ``readings`` and ``stubs`` are what its records and stubs were read into: those themselves are not looked at.
        """
        tallies: dict[Kind | str, Tally] = {}
        history.learn_statuses(self._db, self._home, page, readings)
        fresh = self._records(readings, tallies)
        self._stubs(stubs)
        self._children(page, readings, fresh, tallies)
        self._events(page.events, tallies)
        self._quarantine(page.quarantined, tallies)
        self._release(readings)
        self._gone(page.gone, tallies)
        if page.withdrawn:
            from syncline.store.erase import erase  # few pages ask for it

            self.erased = erase(self._db, self._home, page.withdrawn)
        return tallies

    def _records(self, readings: Sequence[Read], tallies: dict[Kind | str, Tally]) -> set[str]:
        """Write what differs; returns the remote ids of issues and tickets that are new."""
        difference = compare(self._db, self._home, readings, self._wary_since)
        self.disputed = difference.disputed
        self._stale = difference.stale
        self._take_over(difference.taken)
        self._insert(difference.new, self._stream)
        self._update(difference.changed)
        self._clear_absent(difference.returned)
        for part in chunks(difference.completed):
            self._db.execute(update(record).where(record.c.id.in_(part)).values(stream=self._stream))
        created = Counter(item.kind for item in difference.new)
        updated = Counter(item.kind for _, item in difference.changed)
        for kind, read in Counter(item.kind for item in readings).items():
            new, changed = created[kind], updated[kind]
            tallies[kind] = Tally(read, new, changed, unchanged=read - new - changed)
        return {item.remote_id for item in difference.new if item.kind in WORK}

    def _insert(self, new: Sequence[Read], stream: str | None) -> None:
        if not new:
            return
        first = (self._db.execute(_LAST).scalar() or 0) + 1
        numbered = list(enumerate(new, first))
        spell, seq = self._spell, self._seq
        at = spell.instant(self._now)
        mine = (self._home.site, self._home.connection_id, stream, at, at, seq, seq)
        insert_values(
            self._db,
            record,
            _NEW,
            [
                (
                    number,
                    number,
                    item.kind.value,
                    item.remote_id,
                    *mine,
                    *(item.row if isinstance(item, Packed) else columns.values(item, spell)),
                )
                for number, item in numbered
            ],
        )
        self._write_raw(numbered, fresh=True)
        self._keep_points(numbered)
        insert_values(self._db, dirty, _DIRTY, [(number, "created", seq) for number, _ in numbered])

    def _update(self, changed: Sequence[tuple[int, Read]], reason: str = "updated") -> None:
        if not changed:
            return
        if reason == "updated":
            self._observe(changed)
        rest = {"delivered": self._stream, "seen_at": self._now, "seq": self._seq}
        rows = [
            dict(zip(columns.COLUMNS, columns.values(item, columns.TYPED), strict=True))
            | {"row_id": number}
            | rest
            for number, item in changed
        ]
        self._db.execute(_UPDATE, rows)
        self._write_raw(changed, fresh=False)
        self._keep_points(changed)
        self._mark_dirty([number for number, _ in changed], reason)

    def _write_raw(self, numbered: Sequence[tuple[int, Read]], *, fresh: bool) -> None:
        if not self._home.keep_raw or not numbered:
            return
        if not fresh:
            self._db.execute(_DELETE_RAW, [{"row_id": number} for number, _ in numbered])
        json, seq = self._spell.json, self._seq
        insert_values(
            self._db,
            raw,
            _RAW,
            [
                (
                    number,
                    json(item.payload),
                    None if (apart := item.apart) is None else json(apart),
                    seq,
                )
                for number, item in numbered
            ],
        )

    def _keep_points(self, numbered: Sequence[tuple[int, Read]]) -> None:
        """Values of metrics are never overwritten: what a report said can be looked up after the tool restated it."""
        rows = [
            history.point(item.record, number, self._now, self._seq)
            for number, item in numbered
            if item.kind is Kind.METRIC_POINT
        ]
        insert_rows(self._db, metric_point, rows)

    def _mark_dirty(self, numbers: Sequence[int], reason: str) -> None:
        if not numbers:
            return
        self._db.execute(_DELETE_DIRTY, [{"row_id": number} for number in numbers])
        insert_values(self._db, dirty, _DIRTY, [(number, reason, self._seq) for number in numbers])

    def _take_over(self, taken: Sequence[tuple[int, int, Read]]) -> None:
        """What a junior delivered first, in a race, belongs to this connection."""
        rivals = self._home.rivals
        self.overruled = [(item, rivals[of]) for _, of, item in taken if of in rivals and item.kind in WORK]
        if not taken:
            return
        values = {
            "connection_id": self._home.connection_id,
            "stream": func.coalesce(self._stream, record.c.stream),
        }
        for part in chunks([number for number, _, _ in taken]):
            self._db.execute(update(record).where(record.c.id.in_(part)).values(seq=self._seq, **values))
            self._mark_dirty(part, "updated")

    def _clear_absent(self, numbers: Sequence[int]) -> None:
        """They can be seen again, and belong to the connection that sees them."""
        if not numbers:
            return
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
            self._settle_leads(part)
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
            self._settle_leads(part)
            self._mark_dirty(part, "absent")

    def _settle_leads(self, numbers: Sequence[int]) -> None:
        from syncline.store.leads import settle_leads_of  # on few pages records vanish or come back

        settle_leads_of(self._db, numbers, self._seq)

    def rederived(self, changed: Sequence[tuple[int, Read]]) -> None:
        """Records read anew from stored payloads: no history is noted, for nothing happened at the vendor."""
        self._update(changed, reason="config")

    # -- what rides on a page --

    def _stubs(self, stubs: Sequence[Read]) -> None:
        known = known_records(self._db, self._home.site, stubs)
        self._insert([r for r in stubs if (r.kind, r.remote_id) not in known], None)

    def _children(
        self,
        page: Page,
        readings: Sequence[Read],
        fresh: set[str],
        tallies: dict[Kind | str, Tally],
    ) -> None:
        """Children that a complete list does not show any more are gone; ``fresh`` parents have none from before."""
        parents: dict[Kind, list[str]] = {}
        for kind, parent in page.children_complete:
            if parent not in fresh and parent not in self._stale:
                parents.setdefault(kind, []).append(parent)
        if not parents:
            return
        here = {(item.kind, item.remote_id) for item in readings}
        here |= {(item.kind, item.remote_id) for item in page.quarantined}
        for kind, ids in parents.items():
            gone = [
                number
                for part in chunks(ids)
                for number, remote_id in self._db.execute(
                    _children_of(kind), {"site": self._home.site, "parents": part}
                )
                if (kind, remote_id) not in here
            ]
            self.mark_absent(gone, "gone")
            if gone:
                tallies.setdefault(kind, Tally()).removed += len(gone)

    def _gone(self, identities: Collection[tuple[Kind, str]], tallies: dict[Kind | str, Tally]) -> None:
        """Records that the vendor says were deleted; one that is known to be absent stays what it is."""
        for (kind, _), number in self._numbers(set(identities)).items():
            here = self._db.execute(
                select(record.c.id).where(record.c.id == number, record.c.absent.is_(None))
            )
            if here.first() is not None:
                self.mark_absent([number], "gone")
                tallies.setdefault(kind, Tally()).removed += 1

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
            for row in look_up(self._db, _NUMBERS, self._home.site, kind, ids)
        }

    def _stored_events(self, numbers: Sequence[int]) -> set[tuple[int, str, int]]:
        columns = (event.c.record_id, event.c.native_id, event.c.ordinal)
        return {
            (row[0], row[1], row[2])
            for part in chunks(numbers)
            for row in self._db.execute(select(*columns).where(event.c.record_id.in_(part)))
        }

    def _observe(self, changed: Sequence[tuple[int, Read]]) -> None:
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
            if item.kind in WORK or item.kind in history.PLANS
            for row in history.observed(
                before[number].data,
                item.record,
                native=self._home.native if item.kind in self._home.told else frozenset(),
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
                "subject": item.subject,
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

    def _release(self, readings: Sequence[Read]) -> None:
        """A record that can be read again leaves the quarantine."""
        found = self._db.execute(_HELD, {"connection": self._home.connection_id})
        held = {(row[0], row[1]) for row in found}
        if not held:
            return
        mine = quarantine.c.connection_id == self._home.connection_id
        pair = tuple_(quarantine.c.kind, quarantine.c.remote_id)
        read = {(item.kind.value, item.remote_id) for item in readings}
        for part in chunks(sorted(held & read)):
            self._db.execute(quarantine.delete().where(mine, pair.in_(part)))


_NEW = (
    "id",
    "item_id",
    "kind",
    "remote_id",
    "site",
    "connection_id",
    "stream",
    "first_seen_at",
    "seen_at",
    "first_seq",
    "seq",
    *columns.COLUMNS,
)
_RAW = ("record_id", "payload", "volatile", "seq")
_DIRTY = ("record_id", "reason", "seq")
_UPDATE = (
    update(record)
    .where(record.c.id == bindparam("row_id"))
    .values({name: bindparam(name) for name in (*columns.COLUMNS, "seen_at", "seq")})
    .values(stream=func.coalesce(bindparam("delivered"), record.c.stream))
)
_DELETE_RAW = raw.delete().where(raw.c.record_id == bindparam("row_id"))
_DELETE_DIRTY = dirty.delete().where(dirty.c.record_id == bindparam("row_id"))
_NUMBERS = rows_of(record.c.remote_id, record.c.id)
_HELD = select(quarantine.c.kind, quarantine.c.remote_id).where(
    quarantine.c.connection_id == bindparam("connection")
)
_NUMBERS_GIVEN = union_all(
    select(func.max(record.c.id).label("number")),
    select(cast(meta.c.value, BigInteger)).where(meta.c.key == LAST_NUMBER),
).subquery()
_LAST = select(func.max(_NUMBERS_GIVEN.c.number))
_BEGIN = insert(ingest)


@cache
def _children_of(kind: Kind) -> Any:
    """What belongs to these; of a piece of work, the pieces below it (Trello's check items)."""
    parents: BindParameter[str] = bindparam("parents", expanding=True)
    owner = record.c.parent if kind in (Kind.ISSUE, Kind.TICKET) else record.c.subject
    belongs: ColumnElement[bool] = owner.in_(parents)
    if kind is Kind.RELATION:
        belongs |= record.c.target.in_(parents)
    return select(record.c.id, record.c.remote_id).where(
        record.c.site == bindparam("site"), record.c.kind == kind.value, belongs, record.c.absent.is_(None)
    )
