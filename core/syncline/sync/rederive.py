"""Reading records anew from their stored payloads after the configuration changed: no request, no history.

What linked records showed when they last agreed is read anew with them, or the change would look like somebody's edit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, null, select, update

from syncline.connector import Page, Quarantined, Translates
from syncline.model import Kind, Sourced, Status
from syncline.store import history
from syncline.store.compare import chunks
from syncline.store.home import Home
from syncline.store.ingest import Ingest
from syncline.store.readings import Read, joined, read_records
from syncline.store.tables import connection as connections
from syncline.store.tables import member, raw, record, status, stream
from syncline.sync.observe import Observer
from syncline.sync.values import raw_field

BATCH = 500
_WORK = (Kind.ISSUE.value, Kind.TICKET.value)

Fields = Mapping[str, Mapping[str, str]]
"""By block, of each field that crosses, the field that is read in the connection."""


def rederive(observer: Observer, fields: Fields) -> int:
    """Bring every record of the connection to what its configuration now says; returns how many changed.

    Safe to interrupt: the connection's fingerprint is moved last, and a second pass finds nothing to do.
    """
    connected = observer.connected
    if connected.row is None or connected.row.fingerprint == connected.fingerprint:
        return 0
    changed = 0
    if connected.row.fingerprint and isinstance(connected.source, Translates):
        changed = _all(observer, connected.source, fields)
    with observer.store.writing() as db:
        relearn_statuses(db, observer.home)
        if connected.row.fingerprint and _lacks_payloads(db, connected.id):
            db.execute(update(stream).where(stream.c.connection_id == connected.id).values(scope=null()))
        db.execute(
            update(connections)
            .where(connections.c.id == connected.id)
            .values(fingerprint=connected.fingerprint)
        )
    return changed


def _lacks_payloads(db: Connection, connection_id: int) -> bool:
    """Whether work is kept without what it was read from, so that it must be asked for again."""
    found = db.execute(
        select(record.c.id)
        .outerjoin(raw, raw.c.record_id == record.c.id)
        .where(record.c.connection_id == connection_id, record.c.kind.in_(_WORK), raw.c.record_id.is_(None))
        .limit(1)
    )
    return found.first() is not None


def _all(observer: Observer, source: Translates, fields: Fields) -> int:
    changed, last = 0, 0
    while True:
        with observer.store.writing() as db:
            rows = db.execute(_batch(observer.connected.id, last)).all()
            if not rows:
                return changed
            changed += _some(db, observer, source, fields, rows)
            last = rows[-1].id


def _batch(connection_id: int, after: int) -> Any:
    return (
        select(record.c.id, record.c.kind, record.c.remote_id, record.c.hash, raw.c.payload, raw.c.volatile)
        .join(raw, raw.c.record_id == record.c.id)
        .where(record.c.connection_id == connection_id, record.c.id > after)
        .order_by(record.c.id)
        .limit(BATCH)
    )


def _some(
    db: Connection, observer: Observer, source: Translates, fields: Fields, rows: Sequence[Row[Any]]
) -> int:
    changed: list[tuple[int, Read]] = []
    unreadable: list[Quarantined] = []
    for row in rows:
        payload = joined(row.payload, row.volatile)
        try:
            found = source.translate(Kind(row.kind), payload)
        except ValueError as error:
            unreadable.append(Quarantined(Kind(row.kind), row.remote_id, str(error), payload))
            continue
        (reading,) = read_records(observer.home, [Sourced(found, payload)])
        if reading.hash != row.hash:
            changed.append((row.id, reading))
    _move_bases(db, fields, dict(changed))
    ingest = Ingest(db, observer.home, observer.run_id, observer.clock.now())
    ingest.rederived(changed)
    ingest.page(Page(quarantined=unreadable), [])
    return len(changed)


def _move_bases(db: Connection, fields: Fields, changed: Mapping[int, Read]) -> None:
    """Where a base is what the record showed, it becomes what the record shows now."""
    for part in chunks(sorted(changed)):
        rows = db.execute(
            select(member.c.block, member.c.record_id, member.c.base, record.c.data)
            .join(record, record.c.id == member.c.record_id)
            .where(member.c.record_id.in_(part))
        ).all()
        for row in rows:
            now = changed[row.record_id].record.model_dump(mode="json")
            base = _moved(row.base, fields.get(row.block, {}), row.data, now)
            if base != row.base:
                here = (member.c.block == row.block) & (member.c.record_id == row.record_id)
                db.execute(update(member).where(here).values(base=base))


def _moved(
    base: Mapping[str, Any], fields: Mapping[str, str], before: Mapping[str, Any], now: Mapping[str, Any]
) -> dict[str, Any]:
    agreed = {
        name: fields[name]
        for name, known in base.items()
        if name in fields and known and known[0] == raw_field(before, fields[name])
    }
    return {**base, **{name: [raw_field(now, read), *base[name][1:]] for name, read in agreed.items()}}


def relearn_statuses(db: Connection, home: Home) -> None:
    """Read every known native status with the present map."""
    rows = db.execute(select(status).where(status.c.site == home.site, status.c.container == "")).all()
    db.execute(status.delete().where(status.c.site == home.site, status.c.container != ""))
    known = [Status(id=row.native_id, name=row.name, category=row.vendor_category) for row in rows]
    history.write_statuses(db, home, known)
