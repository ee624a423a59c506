"""``db``: keeping the database."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from syncline_cli.failures import DONE, UNEXPECTED
from syncline_cli.files import refuse_link
from syncline_cli.output import document, note, warn
from syncline_cli.session import Session, with_session

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def db() -> None:
    """Keep the database: check, backup, restore, upgrade."""


@db.command()
@with_session
def check(session: Session) -> int:
    """Check the whole database for damage; takes longer the larger it is."""
    from syncline.store.backup import check as check_store

    with session.store() as (config, store):
        problems = check_store(store)
    code = UNEXPECTED if problems else DONE
    if session.json:
        document(session, {"database": config.hub.database, "problems": problems, "exit_code": code})
    for problem in problems:
        warn(session, problem)
    note(
        session,
        "the database is damaged: restore the last backup" if problems else "the database is in order",
    )
    return code


@db.command()
@with_session
@click.argument("file", type=_FILE)
def backup(session: Session, file: Path) -> None:
    """Copy the database to FILE while others may go on using it; FILE must not exist yet.

    A database on a server is left to the server's own pg_dump; the command is told.
    """
    from syncline.store.backup import backup as write_backup

    _refuse_existing(file)
    with session.store() as (_, store):
        write_backup(store, file)
    _done(session, file, f"the database is copied to {file}")


@db.command()
@with_session
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore(session: Session, file: Path, yes: bool) -> None:
    """Put the backup FILE in the place of the database.

    A database on a server is left to the server's own pg_restore; the command is told.
    """
    from syncline.store.backup import restore as put_back

    refuse_link(file)
    config = session.config()
    if not yes:
        if session.json or not sys.stdin.isatty():
            raise click.UsageError("nobody is there to ask whether to replace the database; --yes says so")
        click.confirm(f"Replace {config.hub.database} by {file}?", abort=True, err=True)
    aside = put_back(file, config.hub.database, datetime.now(UTC))
    _done(session, file, f"the database is what {file} was; `syncline sync` brings it up to date")
    if aside:
        note(session, f"what stood there is kept as {aside}")


@db.command()
@with_session
def upgrade(session: Session) -> None:
    """Bring a database written by an older version to this one's schema; what it was is kept beside it.

    On a server the upgrade is one transaction, and nothing is copied.
    """
    from syncline.store.upgrade import upgrade as upgrade_schema

    config = session.config()
    kept = upgrade_schema(config.hub.database, datetime.now(UTC))
    if session.json:
        document(session, {"database": config.hub.database, "backup": str(kept) if kept else None})
    note(
        session,
        "the database has this version's schema" + (f"; what it was is kept as {kept}" if kept else ""),
    )


def _refuse_existing(file: Path) -> None:
    refuse_link(file)
    if file.exists():
        raise click.UsageError(f"{file} exists already; name a new file")


def _done(session: Session, file: Path, text: str) -> None:
    if session.json:
        document(session, {"file": str(file)})
    note(session, text)
