"""``log``: runs, and what one of them changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from syncline_cli.output import document, say, table
from syncline_cli.session import Session, with_session


@click.command()
@with_session
@click.option("--run", "number", type=click.IntRange(min=1), metavar="N", help="Show what one run did.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="How many runs, or changes of one run.",
)
def log(session: Session, number: int | None, limit: int) -> None:
    """List the latest runs, or what one of them did."""
    if number is None:
        _log_runs(session, limit)
    else:
        _log_run(session, number, limit)


def _log_runs(session: Session, limit: int) -> None:
    from syncline_cli import queries

    with session.store() as (_, store), store.reading() as db:
        found = queries.runs(db, limit)
    if session.json:
        document(session, found)
    else:
        _print_runs(found)


def _log_run(session: Session, number: int, limit: int) -> None:
    from syncline_cli import queries

    with session.store() as (_, store), store.reading() as db:
        one = queries.run(db, number)
        changed = queries.changed_in(db, number, limit)
    if one is None:
        raise click.UsageError(f"there is no run {number}")
    if session.json:
        document(session, one | {"changed": changed})
    else:
        _print_run(one, changed)


def _print_run(run: dict[str, Any], changed: list[dict[str, Any]]) -> None:
    _print_runs([run])
    print_summary(run["summary"] or {})
    if changed:
        say()
        table(
            ((row["change"], row["kind"], row["key"] or row["ref"], row["title"] or "") for row in changed),
            ("CHANGE", "KIND", "KEY", "TITLE"),
        )


def _print_runs(found: list[dict[str, Any]]) -> None:
    cells = (
        (
            str(run["id"]),
            run["command"],
            run["started_at"][:19].replace("T", " "),
            _seconds(run["started_at"], run["ended_at"]),
            run["state"],
            "" if run["exit_code"] is None else str(run["exit_code"]),
            _totals(run["summary"] or {}),
        )
        for run in found
    )
    table(cells, ("RUN", "COMMAND", "STARTED (UTC)", "TOOK", "STATE", "EXIT", "CHANGES"))


def _seconds(started: str, ended: str | None) -> str:
    if ended is None:
        return ""
    return f"{(datetime.fromisoformat(ended) - datetime.fromisoformat(started)).total_seconds():.1f} s"


def _totals(summary: dict[str, Any]) -> str:
    counts = [feed for feeds in summary.get("connections", {}).values() for feed in feeds.values()]
    totals = {word: sum(feed.get(word, 0) for feed in counts) for word in ("created", "updated", "removed")}
    words = [f"{number} {word}" for word, number in totals.items() if number]
    problems = len(summary.get("problems", []))
    return ", ".join([*words, *([f"{problems} problems"] if problems else [])]) or "none"


def print_summary(summary: dict[str, Any]) -> None:
    """The feeds of a run, one a line, then its problems."""
    for connection, feeds in summary.get("connections", {}).items():
        for feed, counts in feeds.items():
            say(feed_line(f"{connection}/{feed}", counts))
    for problem in summary.get("problems", []):
        where = "/".join(filter(None, (problem["connection"], problem["stream"])))
        say(f"problem in {where}: {problem['error']}")


def feed_line(name: str, counts: dict[str, Any]) -> str:
    """One feed's counts in words."""
    words = [f"{counts['read']} read", f"{counts['created']} created", f"{counts['updated']} updated"]
    words += [f"{counts[word]} {word}" for word in ("removed", "quarantined") if counts[word]]
    incomplete = "" if counts["complete"] else " — incomplete"
    return f"{name}: {', '.join(words)} ({counts['requests']} requests){incomplete}"
