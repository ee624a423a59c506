"""``pull``: reading what changed in the connected tools."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from syncline_cli.failures import exit_code
from syncline_cli.log import feed_lines
from syncline_cli.output import document, note, warn
from syncline_cli.progress import progress_bars
from syncline_cli.session import Session, database_file, with_session
from syncline_cli.signals import stoppable

SWITCH = 0.02
"""Seconds until a busy thread makes room: at the usual 0.005, readers and writer of a pull cost each other 7 %."""

if TYPE_CHECKING:
    from syncline.config import Config
    from syncline.registry import Registry
    from syncline.sync.opening import Hire
    from syncline.sync.result import PullResult


@click.command()
@with_session
@click.argument("connections", nargs=-1, metavar="[CONN]...")
@click.option("--full", is_flag=True, help="Read everything again instead of what changed.")
def pull(session: Session, connections: tuple[str, ...], full: bool) -> int:
    """Read what changed in the connected tools; without CONN, in all of them."""
    result = _pull(session, connections, full=full, command="pull", create=True)
    if session.json:
        document(session, answer(result))
    tell(session, result)
    return result.exit_code


def _pull(session: Session, names: tuple[str, ...], *, full: bool, command: str, create: bool) -> PullResult:
    refuse_second_run(session)
    sys.setswitchinterval(SWITCH)
    from syncline.registry import Registry
    from syncline.sync.pull import pull as pull_all

    registry = Registry()
    with (
        _helpers(session.config(), names, registry) as helpers,
        session.store(create=create) as (config, store),
        progress_bars(session) as progress,
        stoppable() as stop,
    ):
        return pull_all(
            config,
            store,
            registry=registry,
            names=names,
            full=full,
            command=command,
            redactor=session.redactor,
            on_progress=progress,
            stop=stop,
            helpers=helpers,
        )


@contextmanager
def _helpers(config: Config, names: tuple[str, ...], registry: Registry) -> Iterator[Hire]:
    """Where helpers come from: where there is no database yet, much may be to be read, and they are at hand at once."""
    from syncline.sync.opening import processes

    database = database_file(config)
    if database is None or database.exists():
        yield processes
        return
    from syncline.connector import Splits
    from syncline.sync.processes import Processes

    chosen = {
        config.connections[name].connector
        for name in names or config.connections
        if name in config.connections
    }
    connectors = [registry.get(name) for name in sorted(chosen)]
    found = Processes()
    with found.forked([one for one in connectors if issubclass(one, Splits)]):
        yield lambda: found if found.most else None


def refuse_second_run(session: Session) -> None:
    """Raise LockHeld before what a pull needs is loaded, so that cron's second run is gone in a moment."""
    from syncline.store.lock import refuse_if_held

    database = database_file(session.config())
    if database is not None:
        refuse_if_held(database)


def answer(result: PullResult) -> dict[str, Any]:
    """The document of ``pull --json``."""
    summary = result.summary()
    problems = [
        problem | {"exit_code": exit_code(found.error)}
        for problem, found in zip(summary["problems"], result.problems, strict=True)
    ]
    return {
        "connections": summary["connections"],
        "run": result.run,
        "problems": problems,
        "stopped": result.stopped or None,
        "exit_code": result.exit_code,
    }


def tell(session: Session, result: PullResult) -> None:
    """One line a feed, then what went wrong."""
    if not session.json:
        for line in feed_lines(result.summary()["connections"]):
            note(session, line)
    for problem in result.problems:
        where = "/".join(filter(None, (problem.connection, problem.stream)))
        warn(session, f"{where}: {problem.error}")
    for found in result.set_aside:
        what = f"{found.kind} {found.remote_id} could not be read and was set aside: {found.reason}"
        warn(session, f"{found.connection}: {what} — `syncline status` keeps it in view")
    tell_stopped(session, result)


def tell_stopped(session: Session, result: PullResult) -> None:
    """That a run was told to end, and what that means."""
    if result.stopped:
        warn(session, f"told to end by {result.stopped}: what was begun is done, the next run does the rest")
