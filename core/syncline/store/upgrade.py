"""Bringing a database to the schema of this Syncline. The only code that imports alembic.

Foreign keys are off on this connection: with them on, a batch change of a parent table silently deletes the rows of its
children. A backup is made first, and rows are counted before and after. On a server the upgrade is one transaction.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, event, func, inspect, select, table
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from syncline.errors import ConfigError, StoreError
from syncline.seams import SystemClock
from syncline.store.database import Store, explain, newer_schema, schema_version, unchecked
from syncline.store.lock import lock, run_lock
from syncline.store.tables import SCHEMA_VERSION


def upgrade(url: str, now: datetime) -> Path | None:
    """Migrate the database at ``url``; returns the backup made before, None on a server: there it is one transaction.

    Raises LockHeld while a run is at work, SchemaError for a database of a later version, StoreError where rows would
    be lost (the database is then as it was).
    """
    if not url.startswith("sqlite"):
        _upgrade_on_server(url, now)
        return None
    database = make_url(url).database
    if not database or not Path(database).is_file():
        raise ConfigError(f"there is no database at {database}", hint="run `syncline pull` to create one")
    path = Path(database)
    with run_lock(path, now):
        _refuse_newer(path)
        kept = _backup(path, now)
        engine = create_engine(url, hide_parameters=True)
        event.listen(engine, "connect", _foreign_keys_off)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        try:
            with engine.begin() as connection:
                _migrate(connection)
        except DBAPIError as error:
            raise explain(error, Store(engine, SystemClock())) from error
        finally:
            engine.dispose()
    return kept


def _upgrade_on_server(url: str, now: datetime) -> None:
    """One transaction, in the session that holds the run's lock: it becomes whole or leaves things as they were."""
    from syncline.store.postgres import prepare

    with unchecked(url) as store:
        found = schema_version(store)
        if found is not None and int(found) > SCHEMA_VERSION:
            raise newer_schema(found)
        with lock(store, now), store.writing() as connection:
            prepare(connection)
            if found is None and inspect(connection).get_table_names():
                raise StoreError(
                    f"{store.name} is not a Syncline database", hint="check `database` under [hub]"
                )
            _migrate(connection)


def _foreign_keys_off(dbapi: sqlite3.Connection, _: object) -> None:
    dbapi.isolation_level = None  # the driver begins no transaction before it meets data: tables would stay
    dbapi.execute("PRAGMA foreign_keys=OFF").close()


def _refuse_newer(path: Path) -> None:
    try:
        with closing(sqlite3.connect(path)) as db:
            row = db.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
    except sqlite3.Error:
        return  # older than this table, or damaged: what follows tells
    if row and int(row[0]) > SCHEMA_VERSION:
        raise newer_schema(row[0])


def _backup(path: Path, now: datetime) -> Path:
    kept = path.with_name(f"{path.name}.before-upgrade-{now:%Y%m%dT%H%M%SZ}")
    try:
        os.close(os.open(kept, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600))
    except OSError as error:
        raise StoreError(f"{kept} cannot be written: {error.strerror}") from error
    try:
        with closing(sqlite3.connect(path)) as source:
            source.execute("VACUUM INTO ?", (str(kept),)).close()
    except sqlite3.Error as error:
        kept.unlink(missing_ok=True)
        raise StoreError(
            f"the backup before the upgrade failed: {error}", hint="nothing was changed"
        ) from error
    return kept


def _migrate(connection: Connection) -> None:
    before = _rows(connection)
    config = Config()
    config.set_main_option("script_location", str(files("syncline.store.migrations")))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    after = _rows(connection)
    lost = [name for name, count in before.items() if after.get(name, 0) < count]
    on_sqlite = connection.dialect.name == "sqlite"
    orphans = on_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if lost or orphans:
        raise StoreError(
            f"the upgrade would lose rows of {', '.join(lost) or 'linked tables'}",
            hint="nothing was changed; please report this",
        )


def _rows(connection: Connection) -> dict[str, int]:
    names = [name for name in inspect(connection).get_table_names() if name != "alembic_version"]
    return {
        name: connection.execute(select(func.count()).select_from(table(name))).scalar_one() for name in names
    }
