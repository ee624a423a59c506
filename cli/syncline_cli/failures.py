"""What an error means to the caller: its exit code and its one line."""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime
from typing import TYPE_CHECKING

import click

from syncline.errors import (
    ConfigError,
    GuardTripped,
    LockHeld,
    SchemaError,
    Stopped,
    StoreError,
    SynclineError,
    VendorError,
)

if TYPE_CHECKING:
    from syncline_cli.session import Session

DONE = 0
UNEXPECTED = 1
USAGE = 2
DIFFERENCES = 6
INTERRUPTED = 130

EXIT_CODES: tuple[tuple[type[SynclineError], int], ...] = (
    (ConfigError, USAGE),
    (SchemaError, USAGE),
    (StoreError, UNEXPECTED),
    (LockHeld, 75),
    (GuardTripped, 5),
    (Stopped, 4),
    (VendorError, 4),
)
"""The exit code of each kind of error; the first that fits."""

PRECEDENCE = (1, 2, 75, 5, 4, 3, 6, 0)
"""Of several codes, the one that is returned."""


def exit_code(error: BaseException) -> int:
    """The exit code that ``error`` ends a command with."""
    if isinstance(error, SynclineError):
        return next((code for kind, code in EXIT_CODES if isinstance(error, kind)), UNEXPECTED)
    if isinstance(error, click.Abort):
        return INTERRUPTED
    return USAGE if isinstance(error, click.ClickException) else UNEXPECTED


def worst(*codes: int) -> int:
    """The code that stands for all of ``codes``."""
    return min(codes, key=PRECEDENCE.index, default=DONE)


def report_failure(session: Session, error: Exception) -> int:
    """Print what ``error`` says, as a line on stderr and with ``--json`` as a document; returns the exit code."""
    code = exit_code(error)
    if isinstance(error, click.exceptions.NoArgsIsHelpError) and not session.json:
        click.echo(error.format_message(), err=True)
        return code
    lines = [session.redact(line) for line in _lines(session, error)]
    if session.json and not session.answered:
        document = {"error": " ".join(lines), "exit_code": code}
        sys.stdout.write(json.dumps(document) + "\n")
    if not (isinstance(error, LockHeld) and _lock_is_expected(session, error)):
        for line in lines:
            print(f"syncline: {line}", file=sys.stderr)  # noqa: T201 - the place where errors are printed
    return code


def _lines(session: Session, error: Exception) -> list[str]:
    from syncline.text.terminal import clean, one_line

    if isinstance(error, SynclineError):
        return [line for line in clean(str(error)).splitlines() if line.strip()]
    if isinstance(error, click.Abort):
        return ["interrupted"]
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return ["a command is missing"]
    if isinstance(error, click.UsageError):
        path = error.ctx.command_path if error.ctx else "syncline"
        return [one_line(f"{error.format_message()} — see `{path} --help`")]
    if isinstance(error, click.ClickException):
        return [one_line(error.format_message())]
    return [one_line(f"{type(error).__name__}: {error} — this is a bug; {_traceback_note(session, error)}")]


def _lock_is_expected(session: Session, error: LockHeld) -> bool:
    """Silence for cron: another run at work is normal until it has been at work for too long."""
    if session.verbose or sys.stderr.isatty():
        return False
    if error.since is None:
        return True
    since = datetime.fromisoformat(error.since)
    return datetime.now(since.tzinfo) - since < session.stale


def _traceback_note(session: Session, error: Exception) -> str:
    if session.verbose < 2:
        return "run again with -vv to keep its traceback, and report it"
    return f"please report it with {_write_traceback(session, error)}"


def _write_traceback(session: Session, error: Exception) -> str:
    import tempfile
    import traceback

    text = "".join(traceback.format_exception(error))
    descriptor, path = tempfile.mkstemp(prefix="syncline-traceback-", suffix=".txt")
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(session.redact(text))
    return path
