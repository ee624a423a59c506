"""Opening, and what is said of a database that cannot be used."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine, insert, inspect, select, text
from tests.databases import Database

from syncline.errors import ConfigError, LockHeld, SchemaError, StoreError
from syncline.sim.clock import SimClock
from syncline.store import NotCreated, Store, open_store
from syncline.store.instants import from_text, to_text
from syncline.store.lock import lock
from syncline.store.tables import meta, metadata, run
from syncline.store.upgrade import upgrade


def url(directory: Path) -> str:
    return f"sqlite:///{directory / 'syncline.db'}"


def created(directory: Path) -> Store:
    return open_store(url(directory), clock=SimClock(), create=True, busy_timeout=0.2)


def add_run(store: Store) -> None:
    with store.writing() as db:
        db.execute(insert(run).values(command="x" * 2000, started_at=store.clock.now(), state="done"))


def test_new_database_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        created(tmp_path / "made").close()
    finally:
        os.umask(before)
    database = tmp_path / "made" / "syncline.db"
    assert stat.S_IMODE(database.stat().st_mode) == 0o600
    assert stat.S_IMODE(database.parent.stat().st_mode) == 0o700


def test_is_as_durable_as_promised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "syncline.store.database.create_engine", create_engine
    )  # not the hasty one of the tests
    with created(tmp_path) as store, store.reading() as db:
        assert db.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert db.exec_driver_sql("PRAGMA synchronous").scalar() == 2, "FULL"
        assert db.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    with database.open() as store:
        with pytest.raises(RuntimeError), store.writing() as db:  # noqa: PT012 - the block is what is tested
            db.execute(insert(meta).values(key="a", value="b"))
            raise RuntimeError
        with store.reading() as db:
            assert db.execute(select(meta.c.key).where(meta.c.key == "a")).all() == []


def test_instants_keep_their_order_as_text() -> None:
    clock = SimClock()
    first = to_text(clock.now())
    clock.advance(0.001)
    assert first < to_text(clock.now())
    assert from_text(to_text(clock.now())) == clock.now()


# ---- bad databases -------------------------------------------------------------------------------------------------


def test_missing_database_is_not_created_unasked(database: Database, tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(NotCreated, match=r"does not exist|is empty") as told:
            database.open(create=False)
    assert "syncline pull" in str(told.value)
    assert not list(tmp_path.iterdir())


def test_symbolic_link_is_refused(tmp_path: Path) -> None:
    created(tmp_path / "real").close()
    (tmp_path / "syncline.db").symlink_to(tmp_path / "real" / "syncline.db")
    with pytest.raises(ConfigError, match="symbolic link"):
        open_store(url(tmp_path))


def test_newer_database_is_refused(database: Database) -> None:
    with database.open() as store, store.writing() as db:
        db.execute(text("UPDATE meta SET value = '99' WHERE key = 'schema'"))
    with pytest.raises(SchemaError, match="newer Syncline"):
        database.open()
    with pytest.raises(SchemaError, match="newer Syncline"):
        upgrade(database.url, SimClock().now())


def test_older_database_asks_for_an_upgrade(database: Database) -> None:
    with database.open() as store, store.writing() as db:
        db.execute(text("UPDATE meta SET value = '0' WHERE key = 'schema'"))
    with pytest.raises(SchemaError, match="schema 0") as raised:
        database.open()
    assert "db upgrade" in str(raised.value)


@pytest.mark.parametrize(
    "theirs",
    ["CREATE TABLE theirs (a integer)", "CREATE TABLE meta (a integer)", "CREATE TABLE meta (key integer)"],
)
def test_foreign_database_is_left_alone(database: Database, theirs: str) -> None:
    execute(database, theirs)
    before = shape_of(database)
    with pytest.raises(StoreError, match="not a Syncline database"):
        database.open()
    with pytest.raises(StoreError, match="not a Syncline database"):
        database.open(create=False)
    if database.kind != "sqlite":
        with pytest.raises(StoreError, match="not a Syncline database"):
            upgrade(database.url, SimClock().now())
    assert shape_of(database) == before


@pytest.mark.parametrize(
    "damage", [b"\0" * 4096, b"hello, this is not a database at all, but a text of some length"]
)
def test_damaged_database_points_to_restore(tmp_path: Path, damage: bytes) -> None:
    created(tmp_path).close()
    with (tmp_path / "syncline.db").open("r+b") as file:
        file.write(damage)
    with pytest.raises(StoreError, match="restore"):
        open_store(url(tmp_path))


def test_locked_database_is_told_after_its_time(tmp_path: Path) -> None:
    with created(tmp_path) as store:
        holder = sqlite3.connect(tmp_path / "syncline.db", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked by another program"):
            add_run(store)
        holder.execute("ROLLBACK")
        holder.close()
        add_run(store)


def test_full_disk_loses_nothing(tmp_path: Path) -> None:
    with created(tmp_path) as store:
        add_run(store)
        with store.reading() as db:
            pages = db.exec_driver_sql("PRAGMA page_count").scalar()
        with pytest.raises(StoreError, match="disk is full"), store.writing() as db:  # noqa: PT012 - likewise
            db.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
            for _ in range(50):
                db.execute(insert(run).values(command="x" * 2000, started_at=store.clock.now(), state="done"))
        with store.reading() as db:
            assert db.execute(text("SELECT count(*) FROM run")).scalar() == 1
            assert db.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user to drop to")
def test_read_only_database_is_told(tmp_path: Path) -> None:
    created(tmp_path).close()
    tmp_path.chmod(0o755)
    (tmp_path / "syncline.db").chmod(0o444)
    script = (
        "import os, sys, sqlalchemy.dialects.sqlite.pysqlite\nfrom sqlalchemy import insert\n"
        "from syncline.store import open_store\nfrom syncline.store.tables import meta\n"
        "from syncline.errors import StoreError\n"
        "os.setuid(65534)\n"
        "try:\n"
        "    with open_store(sys.argv[1]) as store, store.writing() as db:\n"
        "        db.execute(insert(meta).values(key='a', value='b'))\n"
        "except StoreError as error:\n"
        "    print(error)\n"
    )
    for parent in tmp_path.parents:
        if parent.stat().st_uid == os.geteuid() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o011)
    done = subprocess.run(
        [sys.executable, "-c", script, url(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert "read-only" in done.stdout or "cannot be opened" in done.stdout, done.stderr


# ---- migrations ----------------------------------------------------------------------------------------------------


def test_migrating_from_nothing_gives_what_creating_gives(databases: Callable[[], Database]) -> None:
    created, migrated = databases(), databases()
    created.open().close()
    execute(migrated, "SELECT 1")
    upgrade(migrated.url, SimClock().now())
    assert shape_of(migrated) == shape_of(created)
    migrated.open(create=False).close()


def test_upgrading_again_changes_nothing_and_keeps_a_backup(database: Database) -> None:
    with database.open() as store:
        add_run(store)
    before = shape_of(database)
    kept = upgrade(database.url, SimClock().now())
    if database.kind == "sqlite":
        assert kept is not None
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    else:
        assert kept is None, "there the upgrade is one transaction"
    assert database.rows("SELECT count(*) FROM run") == [(1,)]
    assert shape_of(database) == before


def test_an_upgrade_is_refused_under_a_run(database: Database) -> None:
    with database.open() as store, lock(store, store.clock.now()), pytest.raises(LockHeld):
        upgrade(database.url, SimClock().now())


def test_an_upgrade_that_fails_leaves_things_as_they_were(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.open() as store:
        add_run(store)

    def lose(config: object, revision: str) -> None:
        connection = config.attributes["connection"]  # type: ignore[attr-defined]
        connection.execute(text("CREATE TABLE half (a integer)"))
        connection.execute(text("DELETE FROM run"))

    monkeypatch.setattr(command, "upgrade", lose)
    with pytest.raises(StoreError, match="would lose rows of run"):
        upgrade(database.url, SimClock().now())
    assert database.rows("SELECT count(*) FROM run") == [(1,)]
    assert "half" not in {table for table, *_ in shape_of(database)}


def execute(database: Database, statement: str) -> None:
    """Run a statement in a database that need not be ours."""
    if database.kind == "sqlite":
        database.file.parent.mkdir(exist_ok=True)
    engine = create_engine(database.url)
    with engine.begin() as db:
        db.execute(text(statement))
    engine.dispose()


def shape_of(database: Database) -> set[tuple[str, ...]]:
    """Tables, columns, keys, indexes and views."""
    if database.kind == "sqlite":
        return {(name, sql) for name, sql in schema_of(database.file.parent)}
    engine = create_engine(database.url)
    found = inspect(engine)
    shape: set[tuple[str, ...]] = {
        ("view", name, str(found.get_view_definition(name))) for name in found.get_view_names()
    }
    for name in found.get_table_names():
        shape |= {(name, repr(column)) for column in found.get_columns(name)}
        keys = (
            found.get_pk_constraint(name),
            found.get_foreign_keys(name),
            found.get_unique_constraints(name),
        )
        shape.add((name, repr(keys), repr(found.get_indexes(name))))
    engine.dispose()
    return {tuple(re.sub(r"syncline_test_\w+", "", text) for text in part) for part in shape}


def schema_of(directory: Path) -> set[tuple[str, str]]:
    with sqlite3.connect(directory / "syncline.db") as db:
        rows = db.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    db.close()
    return {(name, " ".join(sql.split()).replace("( ", "(").replace(" )", ")")) for name, sql in rows}


def test_every_table_is_created(database: Database) -> None:
    database.open().close()
    assert set(metadata.tables) <= {name for name, *_ in shape_of(database)}
