"""What a review of the store found."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from tests.databases import Database, rates_of

from syncline.connector import Page
from syncline.errors import StoreError
from syncline.jsontext import encode
from syncline.model import Issue, Sourced, Status
from syncline.sim.clock import SimClock
from syncline.status import StatusMap
from syncline.store import backup as keeping
from syncline.store import open_store, runs
from syncline.store.database import create_schema
from syncline.store.home import Home
from syncline.store.ingest import Ingest
from syncline.store.instants import from_text, to_text
from syncline.store.readings import read_records
from syncline.store.upgrade import upgrade

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


@pytest.mark.parametrize("year", [1, 999, 1970, 9999])
def test_instants_of_any_year_are_read_back(year: int) -> None:
    moment = datetime(year, 1, 1, 12, tzinfo=UTC)
    assert from_text(to_text(moment)) == moment
    assert len(to_text(moment)) == 24


def test_instants_beyond_the_calendar_do_not_end_a_run() -> None:
    assert to_text(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=2)))) == "0001-01-01T00:00:00.000Z"


def test_numbers_that_json_has_no_word_for_do_not_break_the_views() -> None:
    assert encode({"points": float("inf"), "rest": float("nan")}) == b'{"points":null,"rest":null}'


def test_more_records_than_a_statement_may_name_can_vanish(database: Database) -> None:
    with database.open() as store:
        run = runs.begin(store, "pull", NOW)
        with store.writing() as db:
            assert db.connection.dbapi_connection is not None
            if database.kind == "sqlite":
                db.connection.dbapi_connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 1000)
            db.exec_driver_sql(
                "INSERT INTO connection VALUES (1, 'c', 'memory', 's', 's', '{}', '', '2026-01-01T00:00:00.000Z')"
            )
            home = Home(connection_id=1, site="s", statuses=StatusMap())
            status = Status(name="Open")
            for title in ("before", "after"):
                readings = read_records(
                    home,
                    [
                        Sourced(Issue(remote_id=str(n), title=title, status=status), {"n": n, "title": title})
                        for n in range(3000)
                    ],
                )
                Ingest(db, home, run, NOW, "issues").page(Page(), readings)
            Ingest(db, home, run, NOW).mark_absent(list(range(1, 3001)), "archived")
            Ingest(db, home, run, NOW, "issues").page(Page(), readings)
        with store.reading() as db:
            assert db.exec_driver_sql("SELECT count(*) FROM record WHERE absent IS NULL").scalar() == 3000


def test_permits_recover_from_a_clock_that_was_a_day_ahead(database: Database) -> None:
    clock = SimClock()
    right = clock.now()
    with database.open(clock=clock) as store, rates_of(store) as permits:
        clock.set(right + timedelta(days=1))
        permits.reserve("jira", 10, 10, 1)
        permits.block("jira", 60)
        clock.set(right)
        assert permits.reserve("jira", 10, 10, 1) < 1
        permits.block("jira", 60)
        assert 60 <= permits.reserve("jira", 10, 10, 1) < 62, "and a block made now holds"


def test_two_processes_may_create_the_database_at_once(database: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        for store in pool.map(lambda _: database.open(busy_timeout=20), range(4)):
            with store:
                create_schema(store)
                assert keeping.check(store) == []


def test_a_restore_that_fails_leaves_the_database_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 's.db'}"
    with open_store(url, create=True) as store:
        keeping.backup(store, tmp_path / "copy.db")
    real: Callable[..., sqlite3.Connection] = sqlite3.connect

    def full(database: object, **options: bool) -> sqlite3.Connection:
        made = real(database, **options)
        if str(database) != str(tmp_path / "copy.db") and "mode=ro" not in str(database):
            made.execute("PRAGMA max_page_count = 2").close()
        return made

    monkeypatch.setattr(sqlite3, "connect", full)
    with pytest.raises(StoreError):
        keeping.restore(tmp_path / "copy.db", url, NOW)
    monkeypatch.undo()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.db", "s.db", "s.db.lock"]
    with open_store(url) as store:
        assert keeping.check(store) == []


def test_restoring_the_database_over_itself_empties_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 's.db'}"
    with open_store(url, create=True) as store:
        runs.begin(store, "pull", NOW)
    keeping.restore(tmp_path / "s.db", url, NOW)
    with closing(sqlite3.connect(tmp_path / "s.db")) as db:
        assert db.execute("SELECT count(*) FROM run").fetchone() == (1,)


def test_an_upgrade_that_cannot_be_backed_up_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 's.db'}"
    open_store(url, create=True).close()
    (tmp_path / f"s.db.before-upgrade-{NOW:%Y%m%dT%H%M%SZ}").touch()
    with pytest.raises(StoreError, match="cannot be written"):
        upgrade(url, NOW)

    def full(path: Path) -> sqlite3.Connection:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(sqlite3, "connect", full)
    with pytest.raises(StoreError, match="backup before the upgrade"):
        upgrade(url, NOW + timedelta(seconds=1))
    assert len(list(tmp_path.glob("*before-upgrade*"))) == 1, "half a backup does not stay"
