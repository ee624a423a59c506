"""Rate limits shared by every process on a database: one row a bucket, moved by one short transaction.

The connection is separate from the run's, and does not wait for the disk: a lost permit only costs a little patience.
The rule, and the file that rates have beside a database that is one: `syncline.store.rates`.
"""

from __future__ import annotations

from math import inf

from sqlalchemy import Connection, select, text, update

from syncline.seams import SystemClock
from syncline.store.database import Store
from syncline.store.rates import Level, blocks_longer, draw
from syncline.store.statements import insert_missing
from syncline.store.tables import bucket


class StoredPermits:
    """Implements ``syncline.http.permits.Permits`` in the database.

    Give it a `Store` of its own, so that waiting for a permit never waits for a page that is being stored.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def reserve(self, name: str, rate: float, burst: int, cost: float, patience: float = inf) -> float:
        """Take ``cost`` permits, none where the wait is longer than ``patience``; returns the seconds to wait."""
        with self._store.writing() as connection:
            found = draw(_level(connection, name, rate), rate, burst, cost, self._now(connection))
            if found.wait <= patience:
                connection.execute(
                    update(bucket).where(bucket.c.name == name).values(next_free=found.next_free)
                )
        return found.wait

    def block(self, name: str, seconds: float) -> None:
        """Nobody uses the bucket for ``seconds``."""
        with self._store.writing() as connection:
            known = _level(connection, name, 1e9)
            now = self._now(connection)
            until = now + seconds
            if blocks_longer(known, until, now):
                connection.execute(update(bucket).where(bucket.c.name == name).values(blocked_until=until))

    def slow(self, name: str, rate: float) -> None:
        """At most ``rate`` permits a second from now on; a high rate lifts an earlier one."""
        with self._store.writing() as connection:
            _level(connection, name, rate)
            connection.execute(update(bucket).where(bucket.c.name == name).values(rate=rate))

    def _now(self, connection: Connection) -> float:
        """Epoch seconds by the one clock that all processes share: a server's, else this machine's."""
        if self._store.on_server and isinstance(self._store.clock, SystemClock):
            return float(connection.execute(_SERVER_TIME).scalar_one())
        return self._store.clock.now().timestamp()


_SERVER_TIME = text("SELECT CAST(extract(epoch FROM clock_timestamp()) AS double precision)")


def _level(connection: Connection, name: str, rate: float) -> Level:
    """How the bucket stands, made where there is none, and kept from others until the transaction ends."""
    level = select(bucket.c.next_free, bucket.c.blocked_until, bucket.c.rate)
    wanted = level.where(bucket.c.name == name).with_for_update()
    row = connection.execute(wanted).one_or_none()
    if row is None:
        values = {"name": name, "next_free": 0.0, "blocked_until": 0.0, "rate": rate}
        insert_missing(connection, bucket, tuple(values), [tuple(values.values())])
        row = connection.execute(wanted).one()
    return Level(*row)
