"""``log``: runs, and what one of them changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from syncline_cli.output import document, number_of, say, table
from syncline_cli.session import Session, with_session


@click.command()
@with_session
@click.option("--run", "number", type=click.IntRange(min=1), metavar="N", help="Show what one run did.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
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
            ((row["change"], row["kind"], row["key"] or "", row["title"] or row["ref"]) for row in changed),
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
    return ", ".join([*words, *([number_of(problems, "problem")] if problems else [])]) or "none"


def print_summary(summary: dict[str, Any]) -> None:
    """The feeds of a run, one a line, then its problems."""
    for line in feed_lines(summary.get("connections", {})):
        say(line)
    for problem in summary.get("problems", []):
        where = "/".join(filter(None, (problem["connection"], problem["stream"])))
        say(f"problem in {where}: {problem['error']}")


def feed_lines(connections: dict[str, dict[str, dict[str, Any]]]) -> list[str]:
    """Every feed's counts in words, aligned; a feed that neither read nor asked anything is left out."""
    feeds = {
        f"{connection}/{feed}": counts
        for connection, feeds in connections.items()
        for feed, counts in feeds.items()
        if counts["read"] or counts["requests"] or counts["removed"]
    }
    width = max(map(len, feeds), default=0)
    return [f"{name:<{width}}  {_feed(counts)}" for name, counts in feeds.items()]


def _feed(counts: dict[str, Any]) -> str:
    outcomes = ("created", "updated", "removed", "quarantined")
    changes = [f"{counts[word]} {word}" for word in outcomes if counts[word]]
    words = [f"{counts['read']} read", *(changes or (["nothing new"] if counts["read"] else []))]
    requests = f" ({number_of(counts['requests'], 'request')})" if counts["requests"] else ""
    remark = f" — {counts['remark']}" if counts.get("remark") else ""
    return ", ".join(words) + requests + ("" if counts["complete"] else " — incomplete") + remark
