"""``doctor``: is everything in place, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from syncline_cli.failures import DONE, USAGE, worst
from syncline_cli.output import document, number_of, say
from syncline_cli.session import Session, with_session

if TYPE_CHECKING:
    from syncline.config import Config
    from syncline.sync.survey import Remark
    from syncline_cli.checkup import Findings


@click.command()
@with_session
@click.argument("name", metavar="NAME")
def map(session: Session, name: str) -> None:
    """Print the status rows of a [[sync]] block from what both workflows are called: to be checked and pasted.

    Rows that the file has are kept; names that mean the same category come together.
    """
    from syncline.sync.blocks import blocks
    from syncline.sync.survey import rows_for, written
    from syncline_cli import checkup

    config = session.config()
    known = {block.name: block for block in blocks(config.sync, config.fields)}
    if name not in known:
        raise click.UsageError(
            f"no [[sync]] block is named {name!r}; configured: {', '.join(known) or 'none'}"
        )
    sites = _known_sites(config)
    surveys = {}
    for connection in known[name].between:
        found = checkup.examine(config, connection, sites.get(connection), session.redactor)
        for text in found.problems:
            say(f"# {connection}: {text}")
        if found.survey is not None:
            surveys[connection] = found.survey
    rows = rows_for(known[name], surveys)
    if session.json:
        document(session, rows)
    else:
        say(written(rows))


@click.command()
@with_session
@click.argument("connections", nargs=-1, metavar="[CONN]...")
@click.option(
    "--canary",
    metavar="CONN:CONTAINER",
    help="Write one marked record into a sandbox container: every field, read back, put away again.",
)
def doctor(session: Session, connections: tuple[str, ...], canary: str | None) -> int:
    """Check every connection by asking its tool, and the files; end with the next step.

    Per connection: credentials, site, visible containers, statuses without a map and how they are read, fields by name,
    clocks, what may be read. Per sync block: statuses without a row, fields that nobody takes, what a new record would
    lack. Nothing is stored.

    With --canary it compares what a connector declares with what the tool does, by one record in a container that is
    there for trying things out. It is archived at the end, or deleted where it cannot be archived; nobody but the
    account itself is assigned to it. Exit code 6 tells that something was refused or stored otherwise.
    """
    from syncline_cli import checkup

    config = session.config()
    if canary is not None:
        if connections:
            raise click.UsageError("--canary names its connection itself")
        return _canary(session, config, canary)
    chosen = _chosen(config, connections)
    sites = _known_sites(config)
    found = {name: checkup.examine(config, name, sites.get(name), session.redactor) for name in chosen}
    people = _people(config, found)
    files = checkup.file_problems(config)
    syncs = _syncs(config, found)
    wrong = files or people or any(remark.wrong for each in syncs.values() for remark in each)
    code = worst(*(code for one in found.values() for code in one.exit_codes), USAGE if wrong else DONE)
    answer = {
        "connections": {name: checkup.as_document(one) for name, one in found.items()},
        "sync": {
            name: {
                "notes": [one.text for one in each if not one.wrong],
                "problems": [one.text for one in each if one.wrong],
            }
            for name, each in syncs.items()
        },
        "people": people,
        "files": files,
        "next": _next_step(code, files, pulled=bool(sites)),
        "exit_code": code,
    }
    if session.json:
        document(session, answer)
    else:
        _print(answer, found)
    return code


def _canary(session: Session, config: Config, where: str) -> int:
    from syncline_cli import trial

    name, colon, container = where.partition(":")
    if not colon or not container:
        raise click.UsageError("--canary takes a connection and a container, such as eng:SANDBOX")
    _chosen(config, (name,))
    answer = trial.sing(config, name, container, session.redactor, _say if not session.json else None)
    if session.json:
        document(session, answer)
    return int(answer["exit_code"])


def _say(state: str, what: str, text: str) -> None:
    marks = {"ok": "ok   ", "not tried": "note "}
    say(f"  {marks.get(state, 'FAIL ')} {what}: {text}")


def _chosen(config: Config, names: tuple[str, ...]) -> list[str]:
    for name in names:
        if name not in config.connections:
            known = ", ".join(sorted(config.connections))
            raise click.UsageError(f"there is no connection named {name!r}; configured: {known}")
    return list(names or config.connections)


def _known_sites(config: Config) -> dict[str, str]:
    """Where each connection was at home at its last check; empty before the first pull."""
    from syncline.store import NotCreated, open_store
    from syncline_cli import queries

    try:
        store = open_store(config.hub.database)
    except NotCreated:
        return {}
    with store, store.reading() as db:
        return {row["name"]: row["site"] for row in queries.rows(db, "SELECT name, site FROM connection")}


def _people(config: Config, found: dict[str, Findings]) -> list[str]:
    """What the list of people has wrong; accounts that nobody is known to have become notes of their connection."""
    if config.hub.people is None:
        return []
    from syncline.errors import ConfigError
    from syncline.store import NotCreated, open_store
    from syncline_cli import people

    try:
        with open_store(config.hub.database) as store:
            _, resolution = people.look(config, store)
    except NotCreated:
        return []
    except ConfigError as error:
        return [str(error)]
    for name, text in people.without_a_person(resolution).items():
        if name in found:
            found[name].notes.append(text)
    return [f"{config.hub.people.name} line {one.line}: {one.text}" for one in resolution.mistakes]


def _syncs(config: Config, found: dict[str, Findings]) -> dict[str, list[Remark]]:
    """What is to be said of every block, as far as its connections were looked at."""
    if not config.sync:
        return {}
    from syncline.sync.blocks import blocks
    from syncline.sync.survey import remarks

    surveys = {name: one.survey for name, one in found.items() if one.survey is not None}
    return {
        block.name: list(remarks(block, surveys))
        for block in blocks(config.sync, config.fields)
        if any(name in surveys for name in block.between)
    }


def _next_step(code: int, files: list[str], *, pulled: bool) -> str:
    if code == 2 and files:
        return "correct what is marked FAIL, the files' permissions too, then run `syncline doctor` again"
    if code == 2:
        return "correct the configuration or the secrets, then run `syncline doctor` again"
    if code == 4:
        return "see to the account's permissions or to the tool, then run `syncline doctor` again"
    return "everything is in place; cron may run `syncline sync`" if pulled else "run `syncline pull`"


def _print(answer: dict[str, Any], found: dict[str, Findings]) -> None:
    from syncline_cli import checkup

    for name, one in found.items():
        say(name, bold=True)
        if one.account:
            where, who = f"{one.account.site_name} ({one.account.url})", one.account.user_name
            say(f"  ok    signed in at {where} as {who}" if who else f"  ok    reads {where}")
        if one.containers:
            visible = number_of(len(one.containers), "container")
            say(f"  ok    {visible} visible: {checkup.shortened(one.containers, 12)}")
        readable = [stream for stream, state in one.streams.items() if state == "readable"]
        if readable:
            say(f"  ok    readable: {', '.join(readable)}")
        for text in one.notes:
            say(f"  note  {text}")
        for text in one.problems:
            say(f"  FAIL  {text}")
    for name, block in answer["sync"].items():
        say(f"sync {name}", bold=True)
        for text in block["notes"]:
            say(f"  note  {text}")
        for text in block["problems"]:
            say(f"  FAIL  {text}")
        if not block["notes"] and not block["problems"]:
            say("  ok    every status has a row, every field a taker")
    for text in (*answer["people"], *answer["files"]):
        say(f"  FAIL  {text}")
    say()
    say(f"next: {answer['next']}")
