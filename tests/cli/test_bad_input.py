"""Everything that may be wrong outside of us: one clear line, the right exit code, nothing lost."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.engine import URL

from syncline.sim.faults import Fault
from syncline.store import database
from syncline_cli.app import run

from .conftest import Place, Ran

DATABASE = "syncline.db"


def check_one_line(ran: Ran, code: int, *words: str) -> None:
    assert ran.code == code, (ran.out, ran.err)
    assert ran.out == ""
    lines = ran.err.splitlines()
    assert len(lines) == 1, ran.err
    assert lines[0].startswith("syncline: ")
    for word in words:
        assert word in lines[0]


# ---- the vendor ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault.LOGIN_PAGE, "web page"),
        (Fault.TRUNCATED_JSON, "JSON"),
        (Fault.SERVER_ERROR, "500"),
        (Fault.BAD_GATEWAY, "502"),
        (Fault.RATE_LIMIT_BARE, "429"),
        (Fault.EMPTY_BODY, ""),
    ],
)
def test_a_vendor_that_fails_is_one_line_and_exit_4_and_nothing_is_lost(
    place: Place, fault: Fault, words: str
) -> None:
    place.patch.setattr("syncline.seams.SystemClock.sleep", lambda self, seconds: None)
    assert place.run("pull", "-q").code == 0
    place.vendor.fault, place.vendor.path = fault, "/search/jql"
    ran = place.run("-q", "sync")
    check_one_line(ran, 4, "jira", words)
    assert len(place.run("items", "--json").document) == 3
    assert place.run("status", "--json").document["needs_a_person"]
    place.vendor.fault = None
    assert place.run("-q", "sync").code == 0
    assert place.run("status", "--json").document["needs_a_person"] == []


def test_another_site_than_last_time_is_refused_with_2(place: Place) -> None:
    assert place.run("-q", "pull").code == 0
    place.jira.cloud_id = "00000000-0000-4000-8000-000000000bad"
    place.jira.edit(place.jira.keys["ENG-1"], {"summary": "Another site's issue"})
    check_one_line(place.run("-q", "sync"), 2, "another site")
    seen = place.run("doctor", "--json")
    assert seen.code == 2
    assert len(place.run("items", "--text", "another site's", "--json").document) == 0
    assert "another site" in seen.document["connections"]["jira"]["problems"][0]


def test_a_caller_who_sees_nothing_is_not_believed(place: Place) -> None:
    """Jira answers 200 with empty lists to a token that is not good: that must never read as "all is gone"."""
    assert place.run("-q", "pull").code == 0
    assert place.run("-q", "sync", token="expired-token").code == 4
    assert len(place.run("items", "--json").document) == 3


# ---- the database ----------------------------------------------------------------------------------------


def test_a_newer_database_is_refused_with_2(place: Place) -> None:
    with closing(sqlite3.connect(place.folder / DATABASE)) as db, db:
        db.execute("UPDATE meta SET value = '999' WHERE key = 'schema'")
    for command in (["pull"], ["status"], ["items"], ["db", "upgrade"]):
        check_one_line(place.run(*command), 2, "newer")


def test_a_damaged_database_is_refused_with_1(place: Place) -> None:
    (place.folder / DATABASE).write_bytes(b"this is no database at all" * 100)
    for suffix in ("-wal", "-shm"):
        (place.folder / f"{DATABASE}{suffix}").unlink(missing_ok=True)
    for command in ("pull", "status", "items"):
        check_one_line(place.run(command), 1, "database")


def test_a_locked_database_is_told_with_1(place: Place) -> None:
    place.patch.setattr(
        database.open_store, "__kwdefaults__", {"clock": None, "create": False, "busy_timeout": 0.1}
    )
    with closing(sqlite3.connect(place.folder / DATABASE, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        check_one_line(place.run("-q", "pull"), 1, "locked")
        other.execute("ROLLBACK")
    assert place.run("-q", "pull").code == 0


def test_a_full_disk_is_told_with_1_and_nothing_is_lost(place: Place) -> None:
    """SQLite's own page limit stands for the disk: it fails at the same place with the same error."""
    assert place.run("-q", "pull").code == 0
    project = place.jira.find_project("ENG")
    assert project is not None
    for number in range(30):
        place.jira.create_issue(project, f"filler {number} " + "x" * 200)
    engine = database._engine

    def limit(dbapi: sqlite3.Connection, _: object) -> None:
        pages = dbapi.execute("PRAGMA page_count").fetchone()[0]
        dbapi.execute(f"PRAGMA max_page_count = {pages}").close()

    def cramped(url: URL, busy_timeout: float) -> Engine:
        made = engine(url, busy_timeout)
        event.listen(made, "connect", limit)
        return made

    place.patch.setattr(database, "_engine", cramped)
    ran = place.run("-q", "sync")
    assert ran.code == 1
    assert "full" in ran.err
    place.patch.setattr(database, "_engine", engine)
    assert place.run("-q", "sync").code == 0
    assert len(place.run("items", "--json").document) == 33


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_database_is_told_with_1(place: Place) -> None:
    (place.folder / DATABASE).chmod(0o400)
    check_one_line(place.run("-q", "pull"), 1, "read-only")


def test_a_database_that_is_a_link_is_refused(place: Place, tmp_path_factory: pytest.TempPathFactory) -> None:
    target = tmp_path_factory.mktemp("elsewhere") / "theirs.db"
    (place.folder / DATABASE).rename(target)
    (place.folder / DATABASE).symlink_to(target)
    before = target.read_bytes()
    check_one_line(place.run("-q", "pull"), 2, "symbolic link")
    assert target.read_bytes() == before


def test_an_env_file_that_others_may_read_is_refused(place: Place) -> None:
    place.patch.delenv("JIRA_TOKEN", raising=False)
    env = place.folder / "syncline.env"
    env.write_text("JIRA_TOKEN=canary-in-open-file\n")
    env.chmod(0o644)
    place.patch.chdir(place.folder)
    code = run(["-q", "pull"])
    ran = Ran(code, *place.capture.readouterr())
    check_one_line(ran, 2, "syncline.env")
    assert "canary" not in ran.err


def test_files_of_a_run_are_private_under_an_open_umask(place: Place) -> None:
    before = os.umask(0)
    try:
        assert place.run("-q", "pull").code == 0
        assert place.run("report", "status", "-q").code == 0
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in Path(place.folder).rglob("*")}
    assert {name: mode for name, mode in modes.items() if mode & 0o022} == {}
    assert {mode for name, mode in modes.items() if name.startswith(DATABASE)} == {0o600}
