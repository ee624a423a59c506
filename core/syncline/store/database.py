"""Opening the database, and turning its failures into words; what concerns Postgres alone is in `postgres`.

SQLite (architecture §9): WAL, ``synchronous=FULL`` because a power cut may not lose an acknowledged commit,
``BEGIN IMMEDIATE`` for every writer because a transaction that reads first and writes later fails at once, whatever the
busy time-out.
"""

from __future__ import annotations

import itertools
import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, inspect, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError

from syncline.errors import ConfigError, SchemaError, StoreError, SynclineError
from syncline.jsontext import decode
from syncline.seams import Clock, SystemClock
from syncline.store import tables
from syncline.store.columns import JsonText
from syncline.store.files import NotCreated, in_words, prepare_file


def _to_json(value: Any) -> str:
    return value if isinstance(value, JsonText) else json.dumps(value, ensure_ascii=False)


class Store:
    """An open database. Readers never wait for writers; writers of this process wait for each other."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self.engine = engine
        self.clock = clock
        self.path = _path(engine.url)
        self.on_server = engine.url.get_backend_name() != "sqlite"
        self.writer: Connection | None = None
        """The session that holds the run's lock, on a server; while there is one, only it writes."""
        self._writers = threading.RLock()
        self._reading: dict[str, Any] = {"syncline_read": True}
        if self.on_server:
            self._reading |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

    @property
    def name(self) -> str:
        """What messages call the database."""
        if self.on_server:
            from syncline.store.postgres import name_of

            return name_of(self.engine.url)
        return f"database {self.path}" if self.path else "the database"

    @property
    def in_memory(self) -> bool:
        """Whether no other process can see it."""
        return self.path is None and not self.on_server

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection with one consistent view of the data; takes no lock."""
        with self.translated(), self.engine.connect().execution_options(**self._reading) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is committed at the end and rolled back by an exception; raises StoreError."""
        with self._writers, self.translated():
            if self.writer is None:
                with self.engine.begin() as connection:
                    yield connection
                return
            if self.writer.invalidated:
                raise StoreError(
                    f"the connection to {self.name} was lost, and the run's lock with it",
                    hint="run again; what was not committed is read again",
                )
            with self.writer.begin():
                yield self.writer

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Failures of the database are raised in words."""
        try:
            yield
        except DBAPIError as error:
            raise explain(error, self) from error
        except sqlite3.Error as error:  # of what is said to the driver itself
            raise in_words(error, self.name) from error

    def beside(self) -> Store:
        """The same database on a server, by connections of its own whose commits do not wait for the disk."""
        return Store(_engine(self.engine.url, 30.0, lasting=False), self.clock)

    def forget(self) -> None:
        """See that nothing erased is left beside the tables: SQLite's log keeps old pages until it is cut.

        Waits for readers at most as long as the busy time-out; what they hold up, the next call does. A server's own
        ``VACUUM`` does the same in its time.
        """
        if self.on_server:
            return
        with self.translated(), self._writers, self.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        self.engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def open_store(
    url: str, *, clock: Clock | None = None, create: bool = False, busy_timeout: float = 30.0
) -> Store:
    """Open the database at ``url`` (``sqlite:///path``, ``postgresql+psycopg://…``); ``busy_timeout`` is in seconds.

    Raises NotCreated where it does not exist and ``create`` is not set, SchemaError where another version of Syncline
    wrote it, ConfigError where its address is wrong, StoreError where it cannot be used.
    """
    parsed = make_url(url)
    path = _path(parsed)
    if path is not None:
        prepare_file(path, create)
    store = Store(_engine(parsed, busy_timeout), clock or SystemClock())
    try:
        _check_schema(store, create)
    except BaseException:
        store.close()
        raise
    return store


def unchecked(url: str) -> Store:
    """The database on a server as it is, whichever schema it has."""
    return Store(_engine(make_url(url), 30.0), SystemClock())


def _path(url: URL) -> Path | None:
    """The file of a SQLite URL; None for a database in memory or on a server."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database)


def _engine(url: URL, busy_timeout: float, *, lasting: bool = True) -> Engine:
    """``lasting``: commits wait for the disk, as all of SQLite's do."""
    if url.get_backend_name() != "sqlite":
        from syncline.store.postgres import make_engine  # costs a start-up that few need

        return make_engine(
            url, busy_timeout=busy_timeout, lasting=lasting, to_json=_to_json, from_json=decode
        )
    engine = create_engine(
        url,
        hide_parameters=True,
        json_serializer=_to_json,
        json_deserializer=decode,
        connect_args={"timeout": busy_timeout, "check_same_thread": False},
    )

    def on_connect(dbapi: sqlite3.Connection, _: object) -> None:
        dbapi.isolation_level = None  # transactions are begun below, not by the driver
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            _CHECKPOINT,
            _ERASING,
        ):
            dbapi.execute(f"PRAGMA {pragma}").close()

    def on_begin(connection: Connection) -> None:
        read = connection.get_execution_options().get("syncline_read", False)
        driver: Any = connection.connection.driver_connection
        driver.execute("BEGIN" if read else "BEGIN IMMEDIATE")  # by SQLAlchemy it takes ten times as long

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
    return engine


def _check_schema(store: Store, create: bool) -> None:
    """One SELECT on a database that is in order."""
    found = schema_version(store)
    if found is None:
        empty = _is_empty(store)
        if empty and store.on_server and not create:
            raise NotCreated(f"{store.name} is empty", hint="run `syncline pull` once")
        if not create or not empty:
            raise StoreError(
                f"{store.name} is not a Syncline database",
                hint="name one of our own, or an empty one, as `database` under [hub]",
            )
        create_schema(store)
    elif int(found) > tables.SCHEMA_VERSION:
        raise newer_schema(found)
    elif int(found) < tables.SCHEMA_VERSION:
        raise SchemaError(
            f"the database has schema {found}, this Syncline needs {tables.SCHEMA_VERSION}",
            hint="run `syncline db upgrade`",
        )


_CHECKPOINT = "wal_autocheckpoint=10000"
"""Pages, 40 MB: at the usual 1,000, commits of a first pull took a third more CPU time."""
_ERASING = "secure_delete=ON"
"""What is deleted is overwritten with zeros: what may not be kept is not found in the file."""
_NO_SUCH_TABLE = ("42P01", "42703", "42883")  # or one of this name that is not ours


def schema_version(store: Store) -> str | None:
    """The schema that the database says it has; None where it is not ours."""
    wanted = select(tables.meta.c.value).where(tables.meta.c.key == "schema")
    try:
        with store.reading() as connection:
            return connection.execute(wanted).scalar_one_or_none()
    except (StoreError, ConfigError) as error:
        cause = error.__cause__
        if isinstance(cause, DBAPIError) and (
            str(cause.orig).startswith(("no such table", "no such column"))
            or getattr(cause.orig, "sqlstate", None) in _NO_SUCH_TABLE
        ):
            return None
        raise


def newer_schema(found: str) -> SchemaError:
    """The error for a database of a later version."""
    return SchemaError(
        f"the database was written by a newer Syncline (schema {found}, this one knows {tables.SCHEMA_VERSION})",
        hint="upgrade Syncline",
    )


def _is_empty(store: Store) -> bool:
    with store.reading() as connection:
        return not inspect(connection).get_table_names()


_ALEMBIC_VERSION = """CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
)"""


def create_schema(store: Store) -> None:
    """Write tables and views into an empty database, in one transaction, as `syncline.store.upgrade` would."""
    version = {"version": f"{tables.SCHEMA_VERSION:04d}"}
    with store.writing() as connection:
        if store.on_server:
            from syncline.store.postgres import prepare

            prepare(connection)
        if tables.meta.name in inspect(connection).get_table_names():
            return  # another process was faster
        build_schema(connection)
        connection.execute(text(_ALEMBIC_VERSION))
        connection.execute(text("INSERT INTO alembic_version VALUES (:version)"), version)


def build_schema(connection: Connection) -> None:
    """Tables, views and version within a transaction of the caller's."""
    from syncline.store import views  # most runs find them there

    dialect = connection.dialect.name
    for index in itertools.chain.from_iterable(table.indexes for table in tables.metadata.sorted_tables):
        if some := index.info.get("some"):
            index.dialect_options[dialect]["where"] = text(f"{some} IS NOT NULL")
    tables.metadata.create_all(connection, checkfirst=False)
    for name, definition in views.definitions(dialect).items():
        connection.execute(text(f"CREATE VIEW {name} AS {definition}"))
    connection.execute(insert(tables.meta), [{"key": "schema", "value": str(tables.SCHEMA_VERSION)}])


def explain(error: DBAPIError, store: Store) -> SynclineError:
    """The failure in one line; the statement and its values stay out of it."""
    if store.on_server:
        from syncline.store import postgres

        return postgres.explain(error, store.name)
    return in_words(error.orig or error, store.name)
