"""Reading records anew from their stored payloads after the configuration changed: no request, no history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, null, select, update

from syncline.connector import Page, Quarantined, Translates
from syncline.model import Kind, Sourced, Status
from syncline.store import history
from syncline.store.compare import Reading, joined, read_records
from syncline.store.home import Home
from syncline.store.ingest import Ingest
from syncline.store.tables import connection as connections
from syncline.store.tables import raw, record, status, stream
from syncline.sync.observe import Observer

BATCH = 500
_WORK = (Kind.ISSUE.value, Kind.TICKET.value)


def rederive(observer: Observer) -> int:
    """Bring every record of the connection to what its configuration now says; returns how many changed.

    Safe to interrupt: the connection's fingerprint is moved last, and a second pass finds nothing to do.
    """
    connected = observer.connected
    if connected.row is None or connected.row.fingerprint == connected.fingerprint:
        return 0
    changed = 0
    if connected.row.fingerprint and isinstance(connected.source, Translates):
        changed = _all(observer, connected.source)
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


def _all(observer: Observer, source: Translates) -> int:
    changed, last = 0, 0
    while True:
        with observer.store.writing() as db:
            rows = db.execute(_batch(observer.connected.id, last)).all()
            if not rows:
                return changed
            changed += _some(db, observer, source, rows)
            last = rows[-1].id


def _batch(connection_id: int, after: int) -> Any:
    return (
        select(record.c.id, record.c.kind, record.c.remote_id, record.c.hash, raw.c.payload, raw.c.volatile)
        .join(raw, raw.c.record_id == record.c.id)
        .where(record.c.connection_id == connection_id, record.c.id > after)
        .order_by(record.c.id)
        .limit(BATCH)
    )


def _some(db: Connection, observer: Observer, source: Translates, rows: Sequence[Row[Any]]) -> int:
    changed: list[tuple[int, Reading]] = []
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
    ingest = Ingest(db, observer.home, observer.run_id, observer.clock.now())
    ingest.rederived(changed)
    ingest.page(Page(quarantined=unreadable), [])
    return len(changed)


def relearn_statuses(db: Connection, home: Home) -> None:
    """Read every known native status with the present map."""
    rows = db.execute(select(status).where(status.c.site == home.site, status.c.container == "")).all()
    db.execute(status.delete().where(status.c.site == home.site, status.c.container != ""))
    known = [Status(id=row.native_id, name=row.name, category=row.vendor_category) for row in rows]
    history.write_statuses(db, home, known)
