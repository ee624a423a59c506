"""Locks, permits, backup, restore, check."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, text
from tests.databases import Database, rates_of
from tests.store.test_database import created, url

from syncline.errors import ConfigError, LockHeld, StoreError
from syncline.sim.clock import SimClock
from syncline.store import Store, open_store
from syncline.store.backup import backup, check, restore
from syncline.store.lock import lock, run_lock
from syncline.store.rates import FileRates, rates_beside
from syncline.store.tables import meta

NOW = SimClock().now()


def put(store: Store, key: str) -> None:
    with store.writing() as db:
        db.execute(insert(meta).values(key=key, value="1"))


def keys(directory: Path) -> set[str]:
    with open_store(url(directory)) as store, store.reading() as db:
        return set(db.execute(text("SELECT key FROM meta")).scalars())


# ---- the lock ------------------------------------------------------------------------------------------------------


HOLD = """
import sys, time
from datetime import UTC, datetime
from syncline.store import open_store
from syncline.store.lock import lock
with open_store(sys.argv[1]) as store, lock(store, datetime.now(UTC)):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_lock_dies_with_its_process(database: Database) -> None:
    database.open().close()
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with (
        database.open() as store,
        subprocess.Popen(
            [sys.executable, "-c", HOLD, database.url], stdout=subprocess.PIPE, text=True, env=env
        ) as holder,
    ):
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        began = time.monotonic()
        with pytest.raises(LockHeld, match=f"process {holder.pid}.*since 20") as held, lock(store, NOW):
            pass
        assert time.monotonic() - began < 2
        assert held.value.since is not None
        assert datetime.fromisoformat(held.value.since).tzinfo is not None
        holder.kill()
        holder.wait()
        patiently(lambda: take_and_leave(store))


def take_and_leave(store: Store) -> None:
    with lock(store, NOW):
        pass


def patiently(attempt: Callable[[], None]) -> None:
    """A server learns a moment later that a client is gone."""
    end = time.monotonic() + 5
    while True:
        try:
            return attempt()
        except LockHeld:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


def test_the_lock_is_free_after_a_run_and_after_a_failure(database: Database) -> None:
    with database.open() as store:
        with pytest.raises(ZeroDivisionError), lock(store, NOW):
            raise ZeroDivisionError
        for _ in range(2):
            take_and_leave(store)
        put(store, "after")


def test_reading_takes_no_lock(database: Database) -> None:
    with database.open() as store, lock(store, NOW):
        put(store, "mine")
        with store.writing() as db:
            db.execute(insert(meta).values(key="not yet", value="1"))
            assert database.rows("SELECT key FROM meta WHERE key <> 'schema'") == [("mine",)]


def test_lock_file_is_private_and_no_link(tmp_path: Path) -> None:
    database = tmp_path / "syncline.db"
    with run_lock(database, SimClock().now()):
        assert stat.S_IMODE((tmp_path / "syncline.db.lock").stat().st_mode) == 0o600
    (tmp_path / "syncline.db.lock").unlink()
    (tmp_path / "syncline.db.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="symbolic link"), run_lock(database, SimClock().now()):
        pass
    assert not (tmp_path / "elsewhere").exists()


# ---- permits -------------------------------------------------------------------------------------------------------


def take(database: str, seconds: float, taken: multiprocessing.queues.Queue[list[float]]) -> None:
    times: list[float] = []
    with open_store(database) as store, rates_of(store) as permits:
        end = time.time() + seconds
        while time.time() < end:
            wait = permits.reserve("account:default", rate=20, burst=4, cost=1)
            times.append(time.time() + wait)  # not when a busy machine let us go on
            time.sleep(wait)
    taken.put(times)


def test_four_processes_share_one_rate(database: Database) -> None:
    database.open().close()
    context = multiprocessing.get_context("forkserver")  # what each would load is loaded once
    context.set_forkserver_preload(["syncline.store", "syncline.store.postgres", "syncline.store.rates"])
    taken: multiprocessing.queues.Queue[list[float]] = context.Queue()
    workers = [context.Process(target=take, args=(database.url, 2.0, taken)) for _ in range(4)]
    for worker in workers:
        worker.start()
    times = sorted(moment for _ in workers for moment in taken.get(timeout=60))
    for worker in workers:
        worker.join()
    worst = max(sum(1 for moment in times if start <= moment < start + 1.0) for start in times)
    assert worst <= 20 + 4 + 1, "never more than rate + burst in any second (one more for the clock's grain)"
    assert len(times) >= 30, "and not much less than the rate"


def test_a_blocked_bucket_makes_everybody_wait(database: Database) -> None:
    with database.open() as store, rates_of(store) as permits:
        permits.block("b", 30)
        assert permits.reserve("b", rate=10, burst=10, cost=1) == pytest.approx(30.1)
        permits.block("b", 5)
        waits = [permits.reserve("b", rate=10, burst=10, cost=1) for _ in range(2)]
        assert waits == pytest.approx([30.2, 30.3]), (
            "a shorter block shortens nothing, and nobody bursts after it"
        )


def test_who_will_not_wait_so_long_takes_nothing(database: Database) -> None:
    with database.open() as store, rates_of(store) as permits:
        permits.reserve("b", rate=1, burst=1, cost=100)
        told = [permits.reserve("b", rate=1, burst=1, cost=50, patience=120) for _ in range(3)]
        assert told == pytest.approx([149] * 3, abs=1)


def test_permits_do_not_wait_for_a_page_that_is_being_stored(database: Database) -> None:
    with database.open() as store, rates_of(store) as permits, lock(store, NOW):
        permits.reserve("b", rate=10, burst=10, cost=1)
        with store.writing() as db:
            db.execute(insert(meta).values(key="page", value="1"))
            permits.reserve("b", rate=10, burst=10, cost=1)
            permits.block("b", 1)
            permits.slow("b", 5)


def test_the_file_of_rates_is_private_and_may_be_lost(tmp_path: Path) -> None:
    with created(tmp_path) as store:
        for _ in range(2):
            with rates_of(store) as permits:
                permits.reserve("b", rate=10, burst=10, cost=1)
            (kept,) = tmp_path.glob("*.rates")
            assert stat.S_IMODE(kept.stat().st_mode) == 0o600
            kept.unlink()


def test_a_damaged_file_of_rates_is_named_with_what_to_do(tmp_path: Path) -> None:
    path = rates_beside(tmp_path / "syncline.db")
    path.write_bytes(b"not a database at all" * 500)
    with pytest.raises(StoreError, match=r"file of rates .*syncline\.db\.rates is .*damaged") as told:
        FileRates(path, SimClock())
    assert told.value.hint == "delete the file: it holds nothing but rates"


def test_a_failure_takes_no_permit(tmp_path: Path) -> None:
    with FileRates(tmp_path / "rates", SimClock()) as rates:
        with pytest.raises(ZeroDivisionError):
            rates.reserve("b", rate=0, burst=10, cost=1)
        assert rates.reserve("c", rate=10, burst=1, cost=1) == 0, "and the file is not locked"


def test_a_vendor_may_lower_a_rate_and_lift_it(database: Database) -> None:
    with database.open() as store, rates_of(store) as permits:
        permits.slow("b", 1.0)
        waits = [permits.reserve("b", rate=100, burst=1, cost=1) for _ in range(4)]
        assert waits[-1] == pytest.approx(3.0)
        permits.slow("b", 100)
        assert permits.reserve("b", rate=100, burst=1, cost=1) == pytest.approx(3.01)


# ---- backup and restore --------------------------------------------------------------------------------------------


def test_a_backup_holds_what_was_committed_and_is_private(tmp_path: Path) -> None:
    with created(tmp_path) as store:
        put(store, "before")
        backup(store, tmp_path / "copy.db")
        put(store, "after")
        with pytest.raises(ConfigError, match="exists already"):
            backup(store, tmp_path / "copy.db")
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600
    aside = restore(tmp_path / "copy.db", url(tmp_path), SimClock().now())
    assert {"schema", "before"} == keys(tmp_path)
    assert aside is not None
    assert aside.exists(), "what was there is kept"


def test_half_a_backup_is_refused_and_the_database_stays(tmp_path: Path) -> None:
    with created(tmp_path) as store:
        put(store, "mine")
        backup(store, tmp_path / "copy.db")
    whole = (tmp_path / "copy.db").read_bytes()
    (tmp_path / "copy.db").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StoreError, match="not a whole backup"):
        restore(tmp_path / "copy.db", url(tmp_path), SimClock().now())
    assert "mine" in keys(tmp_path)


def test_nothing_is_restored_under_a_run(tmp_path: Path) -> None:
    with created(tmp_path) as store:
        backup(store, tmp_path / "copy.db")
    with run_lock(tmp_path / "syncline.db", SimClock().now()), pytest.raises(LockHeld):
        restore(tmp_path / "copy.db", url(tmp_path), SimClock().now())


def test_check_finds_what_is_wrong(tmp_path: Path) -> None:
    with created(tmp_path) as store:
        assert check(store) == []
    with sqlite3.connect(tmp_path / "syncline.db") as db:
        db.execute("PRAGMA foreign_keys=OFF")
        db.execute("INSERT INTO raw (record_id, payload, seq) VALUES (7, '{}', 1)")
    db.close()
    with open_store(url(tmp_path)) as store:
        assert any("raw" in line for line in check(store))
