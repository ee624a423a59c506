"""What is particular to a database on a server: its failures in words, the lock that fences, what it cannot hold."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, insert, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError
from tests.databases import Database, Server, server

from syncline.errors import ConfigError, LockHeld, StoreError
from syncline.seams import SystemClock
from syncline.sim.clock import SimClock
from syncline.store import Store, open_store, runs
from syncline.store.backup import backup, check, restore
from syncline.store.lock import lock
from syncline.store.permits import StoredPermits
from syncline.store.tables import meta
from syncline.store.views import definitions

NOW = SimClock().now()
CANARY = "canary-password-77c1"


def put(store: Store, key: str) -> None:
    with store.writing() as db:
        db.execute(insert(meta).values(key=key, value="1"))


def elsewhere(place: Database, /, **changes: Any) -> str:
    """The address of the database with some parts changed."""
    return make_url(place.url).set(**changes).render_as_string(hide_password=False)


# ---- the lock fences -----------------------------------------------------------------------------------------------


def test_who_loses_the_lock_loses_the_transaction_and_writes_no_more(
    postgres: Server, on_postgres: Database
) -> None:
    with on_postgres.open() as store, on_postgres.open() as other, lock(store, NOW):
        put(store, "before")
        with pytest.raises(StoreError, match="run again"), store.writing() as db:  # noqa: PT012 - what is tested
            db.execute(insert(meta).values(key="in the middle", value="1"))
            postgres.execute(f"SELECT pg_terminate_backend({session_pid(db)}, 5000)")
            db.execute(insert(meta).values(key="afterwards", value="1"))
        with lock(other, NOW):
            put(other, "the next run")
            for _ in range(2):
                with pytest.raises(StoreError, match="was lost, and the run's lock with it"):
                    put(store, "behind its back")
    assert keys(on_postgres) == {"schema", "before", "the next run"}


def session_pid(db: Connection) -> int:
    """The server's number of a session."""
    return int(db.execute(text("SELECT pg_backend_pid()")).scalar_one())


def keys(database: Database) -> set[str]:
    return {row[0] for row in database.rows("SELECT key FROM meta")}


def test_a_lock_lost_between_two_pages_is_noticed_before_the_next_is_stored(
    postgres: Server, on_postgres: Database
) -> None:
    with on_postgres.open() as store, lock(store, NOW):
        with store.writing() as db:
            session = session_pid(db)
        postgres.execute(f"SELECT pg_terminate_backend({session}, 5000)")
        for _ in range(2):
            with pytest.raises(StoreError, match="run again"):
                put(store, "late")
    assert keys(on_postgres) == {"schema"}


def test_two_schemas_of_one_database_have_a_lock_each(postgres: Server, on_postgres: Database) -> None:
    with (
        postgres.schema() as url,
        open_store(url, create=True) as other,
        on_postgres.open() as store,
        lock(store, NOW),
        lock(other, NOW),
    ):
        put(other, "mine")


def test_a_session_is_not_ended_for_being_idle_while_a_vendor_is_slow(on_postgres: Database) -> None:
    with on_postgres.open() as store, lock(store, NOW), store.writing() as db:
        for name in ("idle_session_timeout", "idle_in_transaction_session_timeout"):
            assert db.execute(text("SELECT current_setting(:name)"), {"name": name}).scalar() == "0"


def test_nobody_learns_of_a_run_that_is_not_ours(postgres: Server, on_postgres: Database) -> None:
    """A foreign program may hold the same number: then nothing is said of since when."""
    with on_postgres.open() as store, store.engine.connect() as foreign:
        schema = foreign.execute(text("SELECT current_schema()")).scalar()
        foreign.execute(
            text("SELECT pg_advisory_lock(hashtextextended('syncline run in ' || :schema, 0))"),
            {"schema": schema},
        )
        with (
            pytest.raises(LockHeld, match="another run is at work on database postgres") as held,
            lock(store, NOW),
        ):
            pass
    assert held.value.since is None


# ---- permits -------------------------------------------------------------------------------------------------------


def test_processes_of_several_machines_go_by_the_servers_clock(on_postgres: Database) -> None:
    class Ahead(SystemClock):
        def now(self) -> datetime:
            raise AssertionError("the server's clock decides")

    with on_postgres.open(clock=Ahead()) as store:
        permits = StoredPermits(store)
        permits.block("b", 30)
        assert 29 < permits.reserve("b", rate=10, burst=10, cost=1) < 31


# ---- what it holds -------------------------------------------------------------------------------------------------


def test_what_it_cannot_hold_is_held_as_a_sign(on_postgres: Database) -> None:
    with on_postgres.open() as store:
        put(store, "a\0b")
    assert "a␀b" in keys(on_postgres)


def test_text_sorts_by_code_point(database: Database) -> None:
    words = ["Zoe", "ab", "a b", "aB", "ä", "z", "_x", "10", "9", "😀", "\uffff"]
    with database.open() as store:
        for word in words:
            put(store, word)
    found = [row[0] for row in database.rows("SELECT key FROM meta WHERE key <> 'schema' ORDER BY key")]
    assert found == sorted(words)


def test_sessions_speak_utf8_and_utc_whatever_the_environment_says(
    on_postgres: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    monkeypatch.setenv("PGTZ", "Asia/Tokyo")
    monkeypatch.setenv("PGDATESTYLE", "German")
    with on_postgres.open() as store:
        put(store, "日本語")
        with store.reading() as db:
            assert db.execute(text("SHOW TimeZone")).scalar() == "UTC"
    assert "日本語" in keys(on_postgres)


def test_reading_cannot_write_and_sees_one_moment(on_postgres: Database) -> None:
    with on_postgres.open() as store, store.reading() as db:
        assert db.execute(text("SELECT count(*) FROM meta")).scalar() == 1
        put(store, "meanwhile")
        assert db.execute(text("SELECT count(*) FROM meta")).scalar() == 1
        with pytest.raises(StoreError, match="read-only"), store.reading() as other:
            other.execute(insert(meta).values(key="a", value="1"))


# ---- failures in words ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "kind", "told"),
    [
        ({"database": "nowhere"}, ConfigError, 'database nowhere on .* "nowhere" does not exist'),
        ({"username": "nobody-known"}, ConfigError, 'role "nobody-known" does not exist'),
        ({"username": "refused"}, ConfigError, r"cannot be opened: .*pg_hba\.conf rejects"),
        ({"host": "127.0.0.1", "port": 1, "query": {}}, StoreError, "cannot be reached: .*[Rr]efused"),
        ({"host": "nowhere.invalid", "query": {}}, StoreError, r"cannot be reached: .*nowhere\.invalid"),
        ({"query": {"service": "unknown"}}, ConfigError, 'definition of service "unknown" not found'),
    ],
)
def test_a_wrong_address_is_told_in_one_line(
    on_postgres: Database, changes: dict[str, str], kind: type[Exception], told: str
) -> None:
    with pytest.raises(kind, match=told) as raised:
        open_store(elsewhere(on_postgres, **changes))
    assert len(str(raised.value).splitlines()) == 1


@pytest.fixture
def guarded(postgres: Server) -> Server:
    """A server with a role that must give a password; only our own is set up so."""
    if postgres.own is None:
        pytest.skip("the server is not our own")
    postgres.guard(CANARY)
    return postgres


def test_a_wrong_password_is_told_and_never_shown(
    guarded: Server, on_postgres: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = elsewhere(on_postgres, username="guarded")
    monkeypatch.delenv("PGPASSWORD", raising=False)
    with pytest.raises(ConfigError, match=r"no password supplied.*pgpass"):
        open_store(url)
    monkeypatch.setenv("PGPASSWORD", CANARY + "-wrong")
    with pytest.raises(ConfigError, match="password authentication failed") as told:
        open_store(url)
    chain = [told.value, told.value.__cause__, told.value.__context__]
    assert CANARY not in "".join(f"{error} {error!r}" for error in chain)


def test_the_password_may_stand_in_environment_file_or_service(
    guarded: Server, on_postgres: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url = elsewhere(on_postgres, username="guarded")
    with monkeypatch.context() as patch:
        patch.setenv("PGPASSWORD", CANARY)
        open_store(url, create=True).close()
    passfile = tmp_path / "pgpass"
    passfile.touch(mode=0o600)
    passfile.write_text(f"*:*:*:guarded:{CANARY}\n")
    monkeypatch.setenv("PGPASSFILE", str(passfile))
    with open_store(url) as store:
        assert store.name == f"database postgres on {guarded.own}"
    services = tmp_path / "services"
    query = make_url(url).query
    services.write_text(
        f"[hub]\nhost={query['host']}\ndbname=postgres\nuser=guarded\noptions={query['options']}\n"
    )
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    with open_store("postgresql+psycopg:///?service=hub") as store:
        put(store, "by service")
        assert store.name == "database on hub"


def test_what_the_role_may_not_do_is_told(postgres: Server, on_postgres: Database) -> None:
    on_postgres.open().close()
    postgres.execute("DROP ROLE IF EXISTS reader")
    postgres.execute("CREATE ROLE reader LOGIN")
    schema = on_postgres.rows("SELECT current_schema()")[0][0]
    url = elsewhere(on_postgres, username="reader")
    try:
        with pytest.raises((StoreError, ConfigError)):
            open_store(url)
        postgres.execute(f"GRANT USAGE ON SCHEMA {schema} TO reader")
        with pytest.raises(StoreError, match=r"does not allow this.*permission denied for table meta"):
            open_store(url)
        postgres.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO reader")
        with open_store(url) as store:
            assert check(store) == [], "who reads needs no more"
            with pytest.raises(StoreError, match=r"permission denied for table meta.*docs/postgres\.md"):
                put(store, "a")
    finally:
        postgres.execute("DROP OWNED BY reader; DROP ROLE reader")


def test_the_roles_of_the_document_can_do_their_part_and_no_more(
    postgres: Server, on_postgres: Database
) -> None:
    on_postgres.open().close()
    schema = on_postgres.rows("SELECT current_schema()")[0][0]
    for role in ("runner", "analyst"):
        postgres.execute(f"DROP ROLE IF EXISTS {role}; CREATE ROLE {role} LOGIN")
        postgres.execute(f"GRANT USAGE ON SCHEMA {schema} TO {role}")
    postgres.execute(
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO runner;"
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO runner"
    )
    views = ", ".join(f"{schema}.{name}" for name in definitions("postgresql"))
    postgres.execute(f"GRANT SELECT ON {views} TO analyst")
    try:
        with open_store(elsewhere(on_postgres, username="runner")) as store, lock(store, NOW):
            assert runs.begin(store, "pull", NOW) == 1
            StoredPermits(store).reserve("b", rate=10, burst=10, cost=1)
        engine = create_engine(elsewhere(on_postgres, username="analyst"))
        with engine.connect() as db:
            for name in definitions("postgresql"):
                db.execute(text(f"SELECT * FROM {name}"))
            with pytest.raises(ProgrammingError, match="permission denied for table raw"):
                db.execute(text("SELECT * FROM raw"))
        engine.dispose()
    finally:
        postgres.execute("DROP OWNED BY runner, analyst; DROP ROLE runner, analyst")


def test_a_locked_table_is_told_after_its_time(on_postgres: Database) -> None:
    with on_postgres.open() as store, on_postgres.open() as other, other.writing() as db:
        db.execute(text("LOCK TABLE meta"))
        with pytest.raises(StoreError, match="locked by another session"):
            put(store, "a")


def test_a_deadlock_ends_one_of_two_in_words(on_postgres: Database) -> None:
    both = Barrier(2, timeout=20)

    def cross(first: str, second: str) -> str:
        with on_postgres.open(busy_timeout=20) as store:
            try:
                with store.writing() as db:
                    db.execute(text("SET LOCAL deadlock_timeout = '20ms'"))
                    db.execute(text("UPDATE meta SET value = '2' WHERE key = :key"), {"key": first})
                    both.wait()
                    db.execute(text("UPDATE meta SET value = '2' WHERE key = :key"), {"key": second})
            except StoreError as error:
                return str(error)
        return ""

    with on_postgres.open() as store:
        put(store, "a")
        put(store, "b")
    with ThreadPoolExecutor(2) as pool:
        told = "".join(pool.map(cross, "ab", "ba"))
    assert told.count("gave up a transaction that another one was in the way of") == 1


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("53100", "cannot grow: the disk is full"),
        ("53300", "has no connection left"),
        ("25006", "is read-only"),
        ("57P01", "was shut down"),
        ("57014", "cancelled a statement"),
        ("58030", "error of its system"),
        ("XX001", "is damaged"),
        ("40001", "gave up a transaction"),
    ],
)
def test_what_the_server_reports_is_told(on_postgres: Database, state: str, told: str) -> None:
    with on_postgres.open() as store, pytest.raises(StoreError, match=told) as raised, store.writing() as db:
        db.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'secret value' USING ERRCODE = '{state}'; END $$"))
    assert "secret value" not in str(raised.value)


def test_a_database_of_another_encoding_is_refused(postgres: Server, on_postgres: Database) -> None:
    postgres.execute("DROP DATABASE IF EXISTS narrow")
    postgres.execute("CREATE DATABASE narrow ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    try:
        with pytest.raises(ConfigError, match=r"encoding is SQL_ASCII.*UTF8"):
            open_store(elsewhere(on_postgres, database="narrow", query=public(on_postgres)), create=True)
    finally:
        postgres.execute("DROP DATABASE narrow")


def public(database: Database) -> dict[str, str]:
    return {name: str(value) for name, value in make_url(database.url).query.items() if name != "options"}


def test_a_schema_that_is_not_there_is_told(on_postgres: Database) -> None:
    query = public(on_postgres) | {"options": "-csearch_path=not_there"}
    with pytest.raises(ConfigError, match=r"no schema for our tables.*search_path"):
        open_store(elsewhere(on_postgres, query=query), create=True)


def test_tables_of_others_on_the_search_path_do_not_stand_for_ours(
    postgres: Server, on_postgres: Database
) -> None:
    with postgres.schema() as other:
        behind = make_url(other).query["options"]
        theirs = open_store(other, create=True)
        put(theirs, "theirs")
        theirs.close()
        first = make_url(on_postgres.url).query["options"]
        both = f"{first},{str(behind).removeprefix('-csearch_path=')}"
        query = public(on_postgres) | {"options": both}
        with open_store(elsewhere(on_postgres, query=query)) as store:
            assert store.name.startswith("database postgres"), "the first schema that has tables is meant"


# ---- without the driver; backup and check --------------------------------------------------------------------------


def run_python(script: str, *arguments: str) -> str:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, env=env, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_without_the_driver_one_line_says_what_to_install() -> None:
    script = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from syncline.store import open_store\nfrom syncline.errors import ConfigError\n"
        "try:\n    open_store('postgresql+psycopg://u@h/d')\n"
        "except ConfigError as error:\n    print(error)\n"
    )
    assert "pip install 'syncline[postgres]'" in run_python(script)


def test_a_sqlite_database_loads_nothing_of_postgres(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom syncline.store import open_store\nimport syncline.sync.pull\n"
        "from syncline.store.lock import lock\nfrom datetime import datetime, UTC\n"
        "from contextlib import ExitStack\nfrom syncline.sync.opening import shared_permits\n"
        "with open_store(sys.argv[1], create=True) as store, lock(store, datetime.now(UTC)), ExitStack() as stack:\n"
        "    shared_permits(store, store.clock, stack).reserve('b', 10, 10, 1)\n"
        "print(sorted(n for n in sys.modules if 'psycopg' in n or 'postgres' in n))\n"
    )
    assert run_python(script, f"sqlite:///{tmp_path / 's.db'}") == "[]\n"


def test_backup_and_restore_are_left_to_the_servers_tools(on_postgres: Database, tmp_path: Path) -> None:
    with on_postgres.open() as store:
        put(store, "kept")
        with pytest.raises(ConfigError, match="run: pg_dump") as told:
            backup(store, tmp_path / "copy.dump")
    assert not (tmp_path / "copy.dump").exists()
    with pytest.raises(ConfigError, match="while nothing runs: pg_restore") as again:
        restore(tmp_path / "copy.dump", on_postgres.url, NOW)
    for error, deed in ((told, "run: "), (again, "while nothing runs: ")):
        command = str(error.value.hint).removeprefix(deed)
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        with on_postgres.open() as store:
            assert check(store) == []
    assert keys(on_postgres) == {"schema", "kept"}


def test_check_finds_what_is_wrong_on_a_server(on_postgres: Database) -> None:
    with on_postgres.open() as store:
        assert check(store) == []
        with store.writing() as db:
            db.execute(text("ALTER TABLE raw DROP CONSTRAINT raw_record_id_fkey"))
            db.execute(
                text(
                    "ALTER TABLE raw ADD CONSTRAINT loose FOREIGN KEY (record_id) REFERENCES record NOT VALID"
                )
            )
        assert [line for line in check(store) if "loose was never checked" in line]


# ---- the server goes away ------------------------------------------------------------------------------------------


def test_a_server_that_is_shut_down_ends_the_run_in_words_and_loses_nothing(
    postgres: Server, tmp_path: Path
) -> None:
    if postgres.own is None:
        pytest.skip("the server is not our own")
    with server() as running, running.schema() as url:
        database = Database("postgres", url, tmp_path)
        with database.open() as store:
            with pytest.raises(StoreError, match="run again"), lock(store, NOW):  # noqa: PT012 - what is tested
                put(store, "before")
                running.control("-m", "fast", "stop")
                put(store, "after")
            with pytest.raises(StoreError, match=r"cannot be reached|broke the connection|shut down"):
                put(store, "still away")
            with pytest.raises(StoreError, match="cannot be reached"):
                database.open()
            running.start()
            put(store, "back")
        assert keys(database) == {"schema", "before", "back"}


def test_time_is_not_spent_waiting_for_a_lock_that_is_held(on_postgres: Database) -> None:
    with on_postgres.open() as store, on_postgres.open(busy_timeout=30) as other, lock(store, NOW):
        began = time.monotonic()
        with pytest.raises(LockHeld), lock(other, NOW):
            pass
        assert time.monotonic() - began < 1
