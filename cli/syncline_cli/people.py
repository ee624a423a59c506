"""``people``: who has which account, and whose nobody knows."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncline_cli.failures import DONE, USAGE
from syncline_cli.output import document, number_of, say, table, warn
from syncline_cli.session import Session, with_session

if TYPE_CHECKING:
    from syncline.config import Config
    from syncline.people import Account, Resolution
    from syncline.store import Store
    from syncline.sync.people import Listed

NEW_FILE = 0o600
"""Names and addresses are nobody else's business."""


@click.command()
@with_session
@click.option("--write", is_flag=True, help="Add a row for every account without a person to the list.")
def people(session: Session, write: bool) -> int:
    """Show who has which account, accounts without a person, and what the list has wrong.

    The list is the file that `people` under [hub] names: person, email, team, and one column for each connection. An
    account belongs to whose row names it by id, login, e-mail or display name, or shows the same e-mail. With --write
    rows are added at its end; what stands there is not touched. Exit code 2 tells that a row must be corrected.
    """
    with session.store() as (config, store):
        found, resolution = look(config, store)
        rows = _write(config, found, resolution) if write else []
    code = USAGE if resolution.mistakes else DONE
    if session.json:
        document(session, answer(found, resolution, rows) | {"exit_code": code})
    else:
        _print(found, resolution, rows, write=write)
    for mistake in resolution.mistakes:
        warn(session, f"{found.path.name if found.path else 'people'} line {mistake.line}: {mistake.text}")
    return code


def look(config: Config, store: Store) -> tuple[Listed, Resolution]:
    """The list as it stands on the disk against the accounts in the database; raises ConfigError."""
    from syncline.people import resolve
    from syncline.store.people import accounts, sites_of
    from syncline.sync.people import listed

    found = listed(config)
    with store.reading() as db:
        sites = sites_of(db, config.connections)
        everyone = accounts(db, with_work=True)
    return found, resolve(found.roster, everyone, sites)


def without_a_person(resolution: Resolution) -> dict[str, str]:
    """By connection a sentence about its accounts that nobody is known to have."""
    from syncline_cli.checkup import shortened

    by_connection: dict[str, list[str]] = {}
    for account in resolution.unknown:
        by_connection.setdefault(account.connection, []).append(account.name or account.remote_id)
    return {
        name: f"{number_of(len(names), 'account')} without a person: {shortened(names)}; see `syncline people`"
        for name, names in by_connection.items()
    }


# ---- writing -----------------------------------------------------------------------------------------------


def _write(config: Config, found: Listed, resolution: Resolution) -> Sequence[Mapping[str, str]]:
    """Put rows at the end of the list; raises ConfigError where that cannot be done."""
    from syncline.errors import ConfigError
    from syncline.people import added, new_rows
    from syncline.sync.people import listed

    if found.path is None:
        raise ConfigError("no list of people is named", hint='set people = "people.csv" under [hub]')
    rows = new_rows(resolution)
    text = added(found.text or "", found.roster, rows, config.connections)
    if text == found.text:
        return []
    if listed(config).text != found.text:
        raise ConfigError(f"{found.path.name} was changed meanwhile", hint="run again")
    try:
        _replace(found.path, ("\ufeff" if found.marked else "") + text)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise ConfigError(f"{found.path} cannot be written: {reason}") from None
    return rows


def _replace(path: Path, text: str) -> None:
    """Write the whole file in one step, with the permissions it had; what a link leads to is written, not the link."""
    path = path.resolve()
    mode = path.stat().st_mode & 0o777 if path.exists() else NEW_FILE
    descriptor, fresh = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        os.chmod(fresh, mode)
        os.replace(fresh, path)
    except BaseException:
        os.unlink(fresh)
        raise


# ---- showing -----------------------------------------------------------------------------------------------


def answer(found: Listed, resolution: Resolution, rows: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """The document of ``people --json``."""
    return {
        "file": str(found.path) if found.path else None,
        "people": [
            {
                "person": person.name,
                "email": person.email,
                "team": person.team,
                "line": person.line,
                "accounts": [_account(account) | {"matched": by} for account, by in person.accounts],
            }
            for person in resolution.people
        ],
        "unknown": [_account(account) for account in resolution.unknown],
        "mistakes": [{"line": mistake.line, "text": mistake.text} for mistake in resolution.mistakes],
        "added": [dict(row) for row in rows],
    }


def _account(account: Account) -> dict[str, Any]:
    return {
        "connection": account.connection,
        "ref": account.ref,
        "key": account.key,
        "name": account.name,
        "email": account.email,
        "active": account.active,
        "open_items": account.open_items,
    }


def _print(found: Listed, resolution: Resolution, rows: Sequence[Mapping[str, str]], *, write: bool) -> None:
    if resolution.people:
        table(
            (
                (person.name, person.team or "", ", ".join(_shown(account) for account, _ in person.accounts))
                for person in resolution.people
            ),
            ("PERSON", "TEAM", "ACCOUNTS"),
        )
    if resolution.unknown and not write:
        say()
        say(f"{number_of(len(resolution.unknown), 'account')} without a person:", bold=True)
        table(
            (
                (account.connection, account.name or "", str(account.open_items or ""), account.remote_id)
                for account in resolution.unknown
            ),
            ("CONNECTION", "NAME", "OPEN ITEMS", "ID"),
        )
    say()
    say(_closing(found, resolution, rows, write=write))


def _shown(account: Account) -> str:
    return f"{account.connection}:{account.key or account.name or account.remote_id}"


def _closing(found: Listed, resolution: Resolution, rows: Sequence[Mapping[str, str]], *, write: bool) -> str:
    if found.path is None:
        return 'no list of people is named: set people = "people.csv" under [hub]'
    if rows:
        return f"{number_of(len(rows), 'row')} added to {found.path}; see to their names and teams"
    if write or not resolution.unknown:
        return "every account has a person" if not resolution.mistakes else "nothing to add"
    return f"`syncline people --write` adds them to {found.path.name}"
