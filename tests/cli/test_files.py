"""What is written: whole, with the permissions that fit under any umask, never through a link."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from syncline.errors import ConfigError
from syncline.store import open_store
from syncline_cli.files import PRIVATE, SHARED, write_file

from .conftest import Ran

Call = Callable[..., Ran]
INIT = (
    "init",
    "--url",
    "acme.example",
    "--user",
    "mia@acme.example",
    "--projects",
    "eng, web",
    "--non-interactive",
)


@pytest.fixture
def _open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.usefixtures("_open_umask")
@pytest.mark.parametrize("wanted", [PRIVATE, SHARED])
def test_a_file_has_its_mode_whatever_the_umask(tmp_path: Path, wanted: int) -> None:
    write_file(tmp_path / "a", "text", mode=wanted)
    write_file(tmp_path / "a", "other", mode=wanted)
    assert (mode(tmp_path / "a"), (tmp_path / "a").read_text()) == (wanted, "other")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_stricter_umask_is_respected(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write_file(tmp_path / "a", "text", mode=SHARED)
    finally:
        os.umask(before)
    assert mode(tmp_path / "a") == 0o600


def test_a_link_is_refused_and_its_target_untouched(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("mine")
    (tmp_path / "link").symlink_to(target)
    with pytest.raises(ConfigError, match="symbolic link"):
        write_file(tmp_path / "link", "text", mode=SHARED)
    assert target.read_text() == "mine"


def test_a_dangling_link_is_refused_too(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match="symbolic link"):
        write_file(tmp_path / "link", "text", mode=SHARED)
    assert not (tmp_path / "nowhere").exists()


def test_an_existing_file_is_kept_unless_it_may_be_replaced(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("mine")
    with pytest.raises(ConfigError, match="exists already"):
        write_file(tmp_path / "a", "text", mode=SHARED, replace=False)
    assert (tmp_path / "a").read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("place", ["file/below", "/proc/nowhere/report.html"])
def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        write_file(tmp_path / place, "text", mode=SHARED)


# ---- init --------------------------------------------------------------------------------------------------


def test_init_writes_what_the_next_command_needs(call: Call, tmp_path: Path) -> None:
    answer = call(tmp_path, *INIT, "--json").document
    assert answer["config"] == str(tmp_path / "syncline.toml")
    assert "syncline doctor" in answer["next"]
    assert (tmp_path / "syncline.env").read_text() == "JIRA_TOKEN=\n"
    open_store(answer["database"]).close()
    checked = call(tmp_path, "config", "check", "--json").document
    assert checked["connections"] == {"jira": "jira"}
    text = (tmp_path / "syncline.toml").read_text()
    assert 'projects = ["ENG", "WEB"]' in text
    assert 'url = "https://acme.example"' in text


def test_files_of_init_are_private_under_an_open_umask(tmp_path: Path) -> None:
    code = f"import os, sys; os.umask(0); from syncline_cli.app import run; sys.exit(run({list(INIT)!r}))"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)
    modes = {path.name: mode(path) for path in tmp_path.iterdir()}
    assert modes.pop("syncline.toml") == 0o644
    assert set(modes) >= {"syncline.env", "syncline.db"}
    assert set(modes.values()) == {0o600}


def test_init_replaces_nothing_without_force(call: Call, tmp_path: Path) -> None:
    call(tmp_path, *INIT)
    (tmp_path / "syncline.env").write_text("JIRA_TOKEN=kept\nOTHER=1\n")
    before = (tmp_path / "syncline.toml").read_text()
    with pytest.raises(Exception, match="exists already"):
        call(tmp_path, *INIT)
    assert (tmp_path / "syncline.toml").read_text() == before
    call(tmp_path, *INIT, "--force")
    assert (tmp_path / "syncline.env").read_text() == "JIRA_TOKEN=kept\nOTHER=1\n"
    assert mode(tmp_path / "syncline.env") == 0o600


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("init", "--non-interactive", "--user", "mia@acme.example"), "--url is missing"),
        ((*INIT, "--token-env", "ATATT-very-secret"), "name of a variable"),
        (("init", "--non-interactive", "--user", "m", "--url", "http://acme.example"), "https://"),
        (("init", "--non-interactive", "--user", "m", "--url", "https://acme.example/?a=b"), "bare address"),
    ],
)
def test_init_refuses_wrong_answers_and_writes_nothing(
    call: Call, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    with pytest.raises(Exception, match=words):
        call(tmp_path, *arguments)
    assert list(tmp_path.iterdir()) == []


# ---- db ----------------------------------------------------------------------------------------------------


def test_a_backup_can_be_restored(call: Call, company: Path) -> None:
    call(company, "db", "backup", "copy.db")
    assert mode(company / "copy.db") == 0o600
    (company / "syncline.db").unlink()
    call(company, "db", "restore", "copy.db", "--yes")
    assert len(call(company, "items", "--json").document) == 4
    assert call(company, "db", "check", "--json").document["problems"] == []


def test_a_backup_replaces_nothing(call: Call, company: Path) -> None:
    (company / "copy.db").write_text("mine")
    with pytest.raises(Exception, match="exists already"):
        call(company, "db", "backup", "copy.db")
    assert (company / "copy.db").read_text() == "mine"


def test_restore_asks_first(call: Call, company: Path) -> None:
    call(company, "db", "backup", "copy.db")
    with pytest.raises(click.UsageError, match="--yes says so"):
        call(company, "db", "restore", "copy.db")
    assert len(call(company, "items", "--json").document) == 4


def test_upgrade_keeps_what_was(call: Call, company: Path) -> None:
    answer = call(company, "db", "upgrade", "--json").document
    assert Path(answer["backup"]).is_file()
    assert len(call(company, "items", "--json").document) == 4


def test_a_damaged_database_is_told_and_ends_with_1(call: Call, company: Path) -> None:
    from syncline.store import tables

    with open_store(f"sqlite:///{company / 'syncline.db'}") as store, store.writing() as db:
        db.execute(tables.record.update().where(tables.record.c.id == 1).values(data={"nonsense": True}))
    ran = call(company, "db", "check", "--json")
    assert ran.code == 1
    assert "record 1" in ran.document["problems"][0]


# ---- report ------------------------------------------------------------------------------------------------


def test_the_report_is_written_beside_the_configuration(call: Call, company: Path) -> None:
    printed = call(company, "report", "status").out
    page = company / "reports" / "status.html"
    assert str(page) in printed
    assert mode(page) == 0o644
    assert page.read_text().startswith("<!")


@pytest.mark.parametrize(
    ("options", "begins"),
    [
        (("--format", "markdown"), "# "),
        (("--format", "json"), "{"),
        (("--json",), "{"),
        (("--out", "-"), "<!"),
        (("--format", "text"), "Status"),
    ],
)
def test_other_forms_of_the_report_go_to_stdout(
    call: Call, company: Path, options: tuple[str, ...], begins: str
) -> None:
    ran = call(company, "report", "status", *options)
    assert ran.out.startswith(begins)
    assert "\x1b" not in ran.out
    assert not (company / "reports").exists()


def test_the_name_of_the_file_decides_the_form(call: Call, company: Path) -> None:
    answer = call(company, "report", "status", "--out", "weekly.json")
    assert "weekly.json" in answer.out
    assert (company / "weekly.json").read_text().startswith("{")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--as-of", "2099-01-01"), "in the future"),
        (("--as-of", "yesterday"), "not a day or an ISO time"),
        (("--since", "2099-01-01"), "period is empty"),
    ],
)
def test_a_report_of_a_time_that_makes_no_sense_is_refused(
    call: Call, company: Path, options: tuple[str, ...], words: str
) -> None:
    with pytest.raises(Exception, match=words):
        call(company, "report", "status", *options)


def test_a_report_through_a_link_is_refused(call: Call, company: Path) -> None:
    (company / "reports").mkdir()
    (company / "victim").write_text("mine")
    (company / "reports" / "status.html").symlink_to(company / "victim")
    with pytest.raises(ConfigError, match="symbolic link"):
        call(company, "report", "status")
    assert (company / "victim").read_text() == "mine"
