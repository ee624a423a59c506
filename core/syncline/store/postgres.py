"""Postgres: how it is opened, what its failures mean, and the lock of a run. Nothing of it is imported for SQLite.

A run holds an advisory lock in the very session that writes (`session_lock`). Who loses the lock has lost its
transaction with it, so no lease and no fencing number are needed.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from syncline.errors import ConfigError, LockHeld, StoreError, SynclineError

if TYPE_CHECKING:
    from syncline.store.database import Store

_DEFAULTS = {
    "application_name": "syncline",
    "connect_timeout": "10",
    # a machine that vanished must not hold the lock for two hours, nor a run wait for it as long
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}
"""Given to libpq where the address does not say otherwise."""

_SETTINGS = """
SELECT set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO', false),
       set_config('lock_timeout', %(busy)s, false),
       set_config('synchronous_commit', CASE WHEN NOT %(lasting)s THEN 'off'
         WHEN current_setting('synchronous_commit') = 'off' THEN 'on'
         ELSE current_setting('synchronous_commit') END, false)
"""
_OPTIONAL_SETTINGS = """
SELECT set_config(name, wanted, false) FROM (VALUES
  ('idle_session_timeout', '0'), ('idle_in_transaction_session_timeout', '0'),
  ('client_connection_check_interval', '5s'), ('tcp_keepalives_idle', '30'),
  ('tcp_keepalives_interval', '10'), ('tcp_keepalives_count', '3')) AS given (name, wanted)
WHERE current_setting(name, true) IS NOT NULL
"""
"""For the session of a run; some are unknown to older servers."""


def make_engine(
    url: URL,
    *,
    busy_timeout: float,
    lasting: bool,
    to_json: Callable[[Any], str],
    from_json: Callable[[str | bytes], Any],
) -> Engine:
    """An engine for ``url``; raises ConfigError where the driver is not installed."""
    given = {name: value for name, value in _DEFAULTS.items() if name not in url.query}
    try:
        engine = create_engine(
            url,
            hide_parameters=True,
            json_serializer=to_json,
            json_deserializer=from_json,
            connect_args=given | {"client_encoding": "utf8"},
        )
    except ImportError:
        raise ConfigError(
            "a PostgreSQL database needs psycopg, which is not installed",
            hint="pip install 'syncline[postgres]'",
        ) from None
    settings = {"busy": f"{max(1, int(busy_timeout * 1000))}ms", "lasting": lasting}

    def on_connect(dbapi: Any, _: object) -> None:
        from syncline.store.postgres_text import TextDumper

        dbapi.adapters.register_dumper(str, TextDumper)
        dbapi.autocommit = True
        dbapi.execute(_SETTINGS, settings)
        dbapi.autocommit = False

    event.listen(engine, "connect", on_connect)
    return engine


def name_of(url: URL) -> str:
    """What messages call the database; never with a password."""
    where = url.host or url.query.get("host") or url.query.get("service")
    name = url.database or url.query.get("dbname") or ""
    return f"database {name}".rstrip() + (f" on {where}" if where else "")


# ---- making it -----------------------------------------------------------------------------------------------------


def prepare(connection: Connection) -> None:
    """Before tables are made: only one process makes them, and the database can hold what tools write."""
    schema, encoding = connection.execute(
        text("SELECT current_schema(), current_setting('server_encoding')")
    ).one()
    if schema is None:
        raise ConfigError(
            "the database has no schema for our tables: none on the role's search_path exists",
            hint="CREATE SCHEMA, or correct search_path",
        )
    if encoding != "UTF8":
        raise ConfigError(
            f"the database's encoding is {encoding}, which cannot hold every text",
            hint="create one with ENCODING 'UTF8' TEMPLATE template0",
        )
    connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('syncline made in ' || :s, 0))"), {"s": schema}
    )


def schema_of(connection: Connection) -> str | None:
    """The schema that holds our tables, or would."""
    found = connection.execute(
        text(
            "SELECT coalesce((SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = to_regclass('meta')), "
            "current_schema())"
        )
    ).scalar()
    return None if found is None else str(found)


def invalid_parts(connection: Connection) -> list[str]:
    """Constraints that were never checked and indexes that are not whole, one line each."""
    rows = connection.execute(
        text(
            "SELECT conrelid::regclass || ': ' || conname || ' was never checked' FROM pg_constraint "
            "WHERE connamespace = current_schema()::regnamespace AND NOT convalidated "
            "UNION ALL SELECT indrelid::regclass || ': index ' || indexrelid::regclass || ' is not whole' "
            "FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid "
            "WHERE relnamespace = current_schema()::regnamespace AND NOT indisvalid"
        )
    )
    return sorted(rows.scalars())


# ---- the lock of a run ---------------------------------------------------------------------------------------------

_HOLDER = """
SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.classid::bigint = ((CAST(:key AS bigint) >> 32) & 4294967295)
  AND l.objid::bigint = (CAST(:key AS bigint) & 4294967295)
"""
_LABEL = re.compile(r"syncline (\d+)@(\S*) (\S+)")


@contextmanager
def session_lock(store: Store, now: datetime) -> Iterator[None]:
    """Hold the run's lock and write in the session that holds it; raises LockHeld at once where another run does."""
    with store.translated():
        connection = store.engine.connect()
    try:
        with store.translated():
            _take(connection, store.name, now)
        store.writer = connection
        yield
    finally:
        store.writer = None
        with suppress(DBAPIError):
            if not connection.invalidated:
                connection.rollback()
                connection.execute(text("SELECT pg_advisory_unlock_all()"))
                connection.commit()
                connection.invalidate()  # its name and settings are the run's: nobody else uses the session
        connection.close()


def _take(connection: Connection, subject: str, now: datetime) -> None:
    key = connection.execute(
        text("SELECT hashtextextended('syncline run in ' || :schema, 0)"), {"schema": schema_of(connection)}
    ).scalar()
    if not connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}).scalar():
        label = connection.execute(text(_HOLDER), {"key": key}).scalar()
        raise _held(subject, str(label or ""))
    own = f"syncline {os.getpid()}@{socket.gethostname()[:20]} {now.isoformat(timespec='seconds')}"
    connection.execute(text("SELECT set_config('application_name', :own, false)"), {"own": own})
    connection.execute(text(_OPTIONAL_SETTINGS))
    connection.commit()


def _held(subject: str, label: str) -> LockHeld:
    known = _LABEL.fullmatch(label)
    if known is None:
        return LockHeld(f"another run is at work on {subject}")
    pid, host, since = known.groups()
    return LockHeld(
        f"another run is at work on {subject} (process {pid} on {host}, since {since})", since=since
    )


# ---- what its failures mean ----------------------------------------------------------------------------------------

_AGAIN = "run again; what was not committed is read again"
_WORDS: dict[str, tuple[str, str]] = {
    "08": ("broke the connection", _AGAIN),
    "25006": ("is read-only", "connect to the primary server, as a role that may write"),
    "28": ("refuses the role or its password", "check ~/.pgpass or PGPASSWORD, and pg_hba.conf"),
    "3D000": ("does not exist", "create it with `createdb`"),
    "3F000": ("has no such schema", "CREATE SCHEMA, or correct search_path"),
    "40": ("gave up a transaction that another one was in the way of", _AGAIN),
    "42501": ("does not allow this to the role", "grant it what docs/postgres.md lists"),
    "53100": ("cannot grow: the disk is full", "free some space and run again; nothing was lost"),
    "53300": ("has no connection left", "raise max_connections, or end a session that hangs"),
    "53": ("is out of memory or another resource", "see the server's log"),
    "55P03": ("is locked by another session", "wait for it to finish, or look for one that hangs"),
    "57014": ("cancelled a statement", "somebody did so, or statement_timeout is too short"),
    "57P": ("was shut down or ended our session", _AGAIN),
    "58": ("cannot be read or written: the server reports an error of its system", "see the server's log"),
    "XX001": ("is damaged", "restore the last backup with pg_restore"),
    "XX002": ("is damaged", "REINDEX, or restore the last backup with pg_restore"),
}
"""By the first characters of SQLSTATE, the longest first that fits."""

_CONFIGURATION = re.compile(
    r"authentication failed|no password supplied|does not exist|pg_hba\.conf|definition of service"
    r"|permission denied for database|certificate|SSL|root\.crt|invalid .*option"
)
"""In English; a server that speaks another language gets exit code 1 instead of 2, with its own words."""


def explain(error: DBAPIError, subject: str) -> SynclineError:
    """A StoreError, or a ConfigError where the address is to blame; statement, values and passwords stay out of it."""
    state = getattr(error.orig, "sqlstate", None) or ""
    for length in (5, 3, 2):
        if state[:length] in _WORDS:
            what, hint = _WORDS[state[:length]]
            blamed = ConfigError if state[:2] in ("28", "3D", "3F") else StoreError
            return blamed(f"{subject} {what}{_detail(error, state)}", hint=hint)
    reason = " ".join(str(error.orig).split())[:400]
    if state:
        return StoreError(f"{subject} failed: {str(error.orig).splitlines()[0]}")
    if error.connection_invalidated:
        return StoreError(f"{subject} broke the connection", hint=_AGAIN)
    if _CONFIGURATION.search(reason):
        return ConfigError(
            f"{subject} cannot be opened: {reason}", hint="check `database` under [hub], and ~/.pgpass"
        )
    if "connection" in reason or "resolve host" in reason:
        return StoreError(
            f"{subject} cannot be reached: {reason}", hint="see whether the server runs, and where"
        )
    return StoreError(f"{subject} failed: {reason}")


def _detail(error: DBAPIError, state: str) -> str:
    """Which object is refused: the server's first line names it and no value."""
    return f" ({str(error.orig).splitlines()[0]})" if state == "42501" else ""
