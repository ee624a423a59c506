"""Backup, restore and check of the database. A server has its own tools for the first two: the command is told."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing
from datetime import datetime
from pathlib import Path
from shlex import quote

from pydantic import ValidationError
from sqlalchemy import func, select, text
from sqlalchemy.engine import URL, make_url

from syncline.errors import ConfigError, SchemaError, StoreError
from syncline.model import RECORDS, Kind
from syncline.store import tables, views
from syncline.store.database import Store
from syncline.store.lock import run_lock


def backup(store: Store, target: Path) -> None:
    """Write a compact copy of the database to ``target`` (mode 0600), a new file. Safe while a run is at work."""
    if store.on_server:
        raise ConfigError(
            f"{store.name} is on a server, whose own tools make its backups",
            hint=f"run: {_dump(store, target)}",
        )
    if store.path is None:
        raise ConfigError("a database in memory cannot be backed up")
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600))
    except FileExistsError:
        raise ConfigError(f"{target} exists already", hint="name a file that does not") from None
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror}") from error
    try:
        with closing(sqlite3.connect(store.path)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
            copy.execute("VACUUM").close()
    except sqlite3.Error as error:
        target.unlink(missing_ok=True)
        raise StoreError(f"backup to {target} failed: {error}") from error


def restore(source: Path, url: str, now: datetime) -> Path | None:
    """Put the backup ``source`` in the place of the database at ``url``, after checking that it is whole.

    What stood there is kept beside it; its new path is returned. Raises LockHeld while a run is at work.
    """
    parsed = make_url(url)
    database = parsed.database
    if parsed.get_backend_name() != "sqlite" or not database:
        command = f"pg_restore --clean --if-exists --single-transaction --dbname={_libpq(parsed)} {quote(str(source))}"
        raise ConfigError(
            "a database on a server is restored by the server's own tools",
            hint=f"while nothing runs: {command}",
        )
    path = Path(database)
    _verify(source)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with run_lock(path, now):
        ready = _copy_beside(source, path)
        aside = _set_aside(path, now)
        ready.replace(path)
    return aside


def _dump(store: Store, target: Path) -> str:
    from syncline.store.postgres import schema_of

    with store.reading() as connection:
        schema = schema_of(connection) or "public"
    where = f"--schema={quote(schema)} --file={quote(str(target))} {_libpq(store.engine.url)}"
    return f"pg_dump --format=custom {where}"


def _libpq(url: URL) -> str:
    """The address for the server's tools, as one word of a shell."""
    return quote(url.set(drivername="postgresql").render_as_string(hide_password=True))


def _copy_beside(source: Path, path: Path) -> Path:
    """A whole copy of ``source`` in the folder of ``path``, made before the present database is touched."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    os.close(descriptor)
    ready = Path(name)
    try:
        with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(ready)) as copy:
            original.backup(copy)
    except sqlite3.Error as error:
        for suffix in ("", "-wal", "-shm", "-journal"):
            ready.with_name(ready.name + suffix).unlink(missing_ok=True)
        raise StoreError(f"{source} cannot be copied: {error}", hint="the database is as it was") from error
    return ready


def _verify(source: Path) -> None:
    if not source.is_file():
        raise ConfigError(f"there is no backup at {source}")
    try:
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as connection:
            verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
            found = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
    except sqlite3.Error as error:
        raise StoreError(f"{source} is not a whole backup: {error}", hint="try an older one") from error
    if verdict != "ok" or found is None:
        raise StoreError(f"{source} is not a whole backup: {verdict}", hint="try an older one")
    if int(found[0]) > tables.SCHEMA_VERSION:
        raise SchemaError(f"{source} was written by a newer Syncline", hint="upgrade Syncline")


def _set_aside(path: Path, now: datetime) -> Path | None:
    """Move the present database away, with what its journal still holds."""
    if not path.exists():
        return None
    aside = path.with_name(f"{path.name}.before-restore-{now:%Y%m%dT%H%M%SZ}")
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.replace(aside.with_name(aside.name + suffix))
    return aside


def check(store: Store) -> list[str]:
    """What is wrong with the database, one line each; nothing where it is in order."""
    with store.reading() as connection:
        problems: list[str] = []
        if connection.dialect.name == "sqlite":
            verdicts = connection.exec_driver_sql("PRAGMA integrity_check(20)").scalars().all()
            problems += [f"integrity: {line}" for line in verdicts if line != "ok"]
            orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            problems += [
                f"row {row[1]} of {row[0]} points to a missing row of {row[2]}" for row in orphans[:20]
            ]
        else:
            from syncline.store.postgres import invalid_parts

            problems += invalid_parts(connection)
        for name in views.definitions(connection.dialect.name):
            connection.execute(select(text("1")).select_from(text(name)).limit(1)).all()
        problems += [
            f"record {row.id}: {reason}"
            for row in connection.execution_options(yield_per=500).execute(
                select(tables.record.c.id, tables.record.c.kind, tables.record.c.data)
            )
            if (reason := _unreadable(row.kind, row.data))
        ]
        total = connection.execute(select(func.count()).select_from(tables.meta)).scalar_one()
        return problems if total else [*problems, "the schema version is missing"]


def _unreadable(kind: str, data: object) -> str | None:
    try:
        RECORDS[Kind(kind)].model_validate(data)
    except ValidationError as error:
        return f"its data does not fit {kind}: {error.error_count()} errors"
    except ValueError:
        return f"{kind} is not a kind of record"
    return None
