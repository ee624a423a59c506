"""The program as a whole: what it imports, how it ends, what it prints when something is wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest

from syncline.errors import (
    AuthError,
    ConfigError,
    GuardTripped,
    LockHeld,
    NotFound,
    RateLimited,
    SchemaError,
    StoreError,
    SynclineError,
    VendorError,
)
from syncline_cli.app import COMMANDS, run
from syncline_cli.docs import commands, render
from syncline_cli.failures import exit_code, worst

from .conftest import Ran, run_syncline

HEAVY = ("sqlalchemy", "httpx", "pydantic", "jinja2", "rich", "alembic", "tenacity", "marklas", "logging")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom syncline_cli.app import run\ncode = run(['--help'])\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)), code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[] 0\n")
    assert all(f"  {name} " in done.stdout for name in COMMANDS)


def test_version() -> None:
    from syncline import __version__

    assert run_syncline("--version").out == f"syncline {__version__}\n"


def test_every_command_and_option_has_help() -> None:
    seen = 0
    for command, ctx in commands():
        assert command.help, ctx.command_path
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, (ctx.command_path, parameter.name)
        seen += 1
    assert seen > len(COMMANDS)


def test_the_list_of_commands_says_what_the_commands_say() -> None:
    for command, ctx in commands():
        if ctx.parent and ctx.parent.parent is None:
            assert command.name == ctx.info_name


def test_docs_are_up_to_date() -> None:
    path = Path(__file__).parents[2] / "docs" / "cli.md"
    assert path.read_text(encoding="utf-8") == render()


# ---- exit codes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("x"), 2),
        (SchemaError("x"), 2),
        (StoreError("x"), 1),
        (LockHeld("x"), 75),
        (GuardTripped("x"), 5),
        (VendorError("x"), 4),
        (AuthError("x"), 4),
        (RateLimited("x"), 4),
        (NotFound("x"), 4),
        (SynclineError("x"), 1),
        (click.UsageError("x"), 2),
        (click.FileError("x"), 2),
        (click.Abort(), 130),
        (RuntimeError("x"), 1),
    ],
)
def test_exit_code_of_every_kind_of_error(error: Exception, code: int) -> None:
    assert exit_code(error) == code


def test_every_error_class_has_an_exit_code_on_purpose() -> None:
    assert {exit_code(kind("x")) for kind in SynclineError.__subclasses__()} == {1, 2, 4, 5, 75}


def test_the_worst_of_several_codes_counts() -> None:
    assert worst(0, 4, 2) == 2
    assert worst(4, 5) == 5
    assert worst(0, 6) == 6
    assert worst() == 0


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let every command that needs a configuration fail with ``error``."""

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("syncline_cli.session.Session.config", fail)


def test_an_error_is_one_line_on_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(monkeypatch, VendorError("eng: \x1b[2JJira is away", hint="try later"))
    assert run(["status"]) == 4
    out, err = capsys.readouterr()
    assert (out, err) == ("", "syncline: eng: Jira is away — try later\n")


def test_an_error_with_json_is_one_document_on_stdout(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(monkeypatch, ConfigError("two things:\nthis and that"))
    assert run(["items", "--json"]) == 2
    out, err = capsys.readouterr()
    assert json.loads(out) == {"error": "two things: this and that", "exit_code": 2}
    assert err == "syncline: two things:\nsyncline: this and that\n"


def test_a_usage_error_with_json_is_one_document_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--json", "items", "--limit", "many"]) == 2
    out, err = capsys.readouterr()
    assert json.loads(out)["exit_code"] == 2
    assert "see `syncline items --help`" in err


@pytest.mark.parametrize("word", ["statsu", "itmes"])
def test_a_mistyped_command_is_answered_with_the_nearest(
    word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([word]) == 2
    err = capsys.readouterr().err
    assert "Did you mean" in err
    assert err.count("\n") == 1


def test_a_bug_is_one_line_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(monkeypatch, ZeroDivisionError("division by zero"))
    assert run(["status"]) == 1
    err = capsys.readouterr().err
    assert (
        err == "syncline: ZeroDivisionError: division by zero — this is a bug; "
        "run again with -vv to keep its traceback, and report it\n"
    )


def test_the_traceback_of_a_bug_is_kept_private_and_redacted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    from syncline_cli.session import Session

    def fail(self: Session) -> None:
        self.redactor.add("canary-0001")
        raise ZeroDivisionError("with canary-0001 in it")

    monkeypatch.setattr(Session, "config", fail)
    assert run(["-vv", "status"]) == 1
    (kept,) = tmp_path.glob("syncline-traceback-*.txt")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "Traceback" in kept.read_text()
    err = capsys.readouterr().err
    assert str(kept) in err
    assert "canary-0001" not in err + kept.read_text()


@pytest.mark.parametrize(
    ("age", "words"), [(timedelta(hours=1), ""), (timedelta(hours=7), "another run is at work")]
)
def test_another_run_is_met_in_silence_until_it_is_stale(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], age: timedelta, words: str
) -> None:
    failing(monkeypatch, LockHeld("another run is at work", since=(datetime.now(UTC) - age).isoformat()))
    assert run(["sync"]) == 75
    out, err = capsys.readouterr()
    assert out == ""
    assert (words in err) if words else err == ""


def test_an_interrupt_ends_with_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(monkeypatch, KeyboardInterrupt())
    assert run(["status"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_reader_that_leaves_is_no_error(company: Path) -> None:
    command = f"{sys.executable} -m syncline_cli --config {company / 'syncline.toml'} items"
    script = f"{command} | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout.strip() in ("0", "141")


def test_color_is_off_where_output_is_no_terminal(company: Path) -> None:
    assert "\x1b" not in run_syncline("--config", company / "syncline.toml", "items").out


# ---- where the configuration is found ----------------------------------------------------------------------


@pytest.mark.parametrize("place", ["before", "after", "variable", "folder"])
def test_the_configuration_is_found(
    company: Path, tmp_path_factory: pytest.TempPathFactory, place: str
) -> None:
    path = company / "syncline.toml"
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    ran: dict[str, Callable[[], Ran]] = {
        "before": lambda: run_syncline("--config", path, "items", cwd=elsewhere),
        "after": lambda: run_syncline("items", "--config", path, cwd=elsewhere),
        "variable": lambda: run_syncline("items", environ={"SYNCLINE_CONFIG": str(path)}, cwd=elsewhere),
        "folder": lambda: run_syncline("items", cwd=company),
    }
    assert "4 items" in ran[place]().out


def test_without_a_configuration_one_line_says_where_was_looked(tmp_path: Path) -> None:
    ran = run_syncline("items", cwd=tmp_path, environ={"XDG_CONFIG_HOME": str(tmp_path)})
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.count("\n") == 1
    assert "syncline init" in ran.err


def test_sync_refuses_to_create_a_database(home: Path) -> None:
    ran = run_syncline("sync", "--json", cwd=home, environ={"JIRA_TOKEN": "x"})
    assert ran.code == 2
    assert "does not exist" in ran.document["error"]
    assert not (home / "syncline.db").exists()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('timezone = "Europe/Berlin"', 'timezoen = "Europe/Berlin"', 'did you mean "timezone"'),
        ('"env:JIRA_TOKEN"', '"canary-literal-token"', "secret is never written here"),
        ("[hub]", "[[sync]]\n[hub]", "sync"),
        ("[hub]", "[hub", "line 2"),
    ],
)
def test_a_wrong_configuration_is_told_in_one_line_each(home: Path, old: str, new: str, words: str) -> None:
    path = home / "syncline.toml"
    path.write_text(path.read_text().replace(old, new))
    ran = run_syncline("config", "check", cwd=home)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert "canary" not in ran.err
    assert all(line.startswith("syncline: ") for line in ran.err.splitlines())


def test_a_killed_lock_holder_frees_the_lock(company: Path) -> None:
    """Exit 75 within two seconds while another process holds the lock, and not a moment longer."""
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(company / "syncline.db")], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    with holder:
        assert holder.stdout.readline() == "held\n"
        began = datetime.now(UTC)
        ran = run_syncline("sync", cwd=company, environ={"JIRA_TOKEN": "x"})
        assert (ran.code, ran.out, ran.err) == (75, "", "")
        assert datetime.now(UTC) - began < timedelta(seconds=4)
        os.kill(holder.pid, signal.SIGKILL)


_HOLD = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from syncline.store.lock import run_lock
with run_lock(Path(sys.argv[1]), datetime.now(UTC)):
    print("held", flush=True)
    time.sleep(30)
"""
