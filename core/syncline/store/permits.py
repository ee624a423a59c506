"""Rate limits shared by every process on this database: one row a bucket, moved by one short transaction.

The rule is GCRA: ``next_free`` is when the next permit falls due; a burst may run ahead of it by ``burst`` permits.
The connection is separate from the run's, and does not wait for the disk: a lost permit only costs a little patience.
"""

from __future__ import annotations

from math import inf

from sqlalchemy import Connection, Row, select, text, update

from syncline.seams import SystemClock
from syncline.store.database import Store
from syncline.store.statements import insert_missing
from syncline.store.tables import bucket

FARTHEST = 2 * 3600.0
"""Seconds; nobody blocks a bucket for as long, so a time beyond was written while this host's clock was wrong."""


class StoredPermits:
    """Implements ``syncline.http.permits.Permits`` in the database.

    Give it a `Store` of its own, so that waiting for a permit never waits for a page that is being stored.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def reserve(self, name: str, rate: float, burst: int, cost: float, patience: float = inf) -> float:
        """Take ``cost`` permits, none where the wait is longer than ``patience``; returns the seconds to wait."""
        with self._store.writing() as connection:
            row = _row(connection, name, rate)
            now = self._now(connection)
            effective = min(rate, row.rate)
            # after a block the bucket is empty, so that waiting callers do not all start at once
            blocked = now < row.blocked_until < now + FARTHEST
            floor = row.blocked_until if blocked else now - burst / effective
            due = row.next_free if row.next_free < now + FARTHEST else 0.0
            free = max(due, floor) + cost / effective
            wait = float(max(0.0, free - now))
            if wait <= patience:
                connection.execute(update(bucket).where(bucket.c.name == name).values(next_free=free))
        return wait

    def block(self, name: str, seconds: float) -> None:
        """Nobody uses the bucket for ``seconds``."""
        with self._store.writing() as connection:
            known = _row(connection, name, 1e9).blocked_until
            now = self._now(connection)
            until = now + seconds
            if not until <= known < now + FARTHEST:
                connection.execute(update(bucket).where(bucket.c.name == name).values(blocked_until=until))

    def slow(self, name: str, rate: float) -> None:
        """At most ``rate`` permits a second from now on; a high rate lifts an earlier one."""
        with self._store.writing() as connection:
            _row(connection, name, rate)
            connection.execute(update(bucket).where(bucket.c.name == name).values(rate=rate))

    def _now(self, connection: Connection) -> float:
        """Epoch seconds by the one clock that all processes share: a server's, else this machine's."""
        if self._store.on_server and isinstance(self._store.clock, SystemClock):
            return float(connection.execute(_SERVER_TIME).scalar_one())
        return self._store.clock.now().timestamp()


_SERVER_TIME = text("SELECT CAST(extract(epoch FROM clock_timestamp()) AS double precision)")


def _row(connection: Connection, name: str, rate: float) -> Row[tuple[str, float, float, float]]:
    """The bucket's row, made where there is none, and kept from others until the transaction ends."""
    wanted = select(bucket).where(bucket.c.name == name).with_for_update()
    row = connection.execute(wanted).one_or_none()
    if row is None:
        values = {"name": name, "next_free": 0.0, "blocked_until": 0.0, "rate": rate}
        insert_missing(connection, bucket, tuple(values), [tuple(values.values())])
        row = connection.execute(wanted).one()
    return row
