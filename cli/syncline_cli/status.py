"""``status``: how fresh the data is, and what needs a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import click

from syncline_cli.output import document, number_of, say, table
from syncline_cli.session import Session, with_session


@click.command()
@with_session
def status(session: Session) -> None:
    """Show the last run, how fresh each stream is, and what needs a person."""
    from syncline_cli import queries

    with session.store() as (config, store), store.reading() as db:
        runs = queries.runs(db, 20)
        streams = [row for row in queries.streams(db) if row["connection"] in config.connections]
        quarantined = queries.quarantined(db)
        waiting = _waiting(db) if config.sync else []
    answer = {
        "last_run": runs[0] if runs else None,
        "unfinished_runs": [run for run in runs[1:] if run["state"] in ("running", "died")],
        "streams": [
            row | {"stale": _is_stale(row["pulled_at"], row["census_at"], session.stale)} for row in streams
        ],
        "quarantine": quarantined,
        "waiting": waiting,
        "not_pulled": sorted(set(config.connections) - {row["connection"] for row in streams}),
    }
    answer["needs_a_person"] = _needs(answer)
    if session.json:
        document(session, answer)
    else:
        _print(answer)


def _is_stale(pulled_at: str | None, census_at: str | None, stale: timedelta) -> bool:
    """Streams of a census stay fresh for a day, the others for as long as the configuration says."""
    if pulled_at is None:
        return True
    allowed = max(stale, timedelta(hours=36)) if census_at == pulled_at else stale
    return datetime.now(UTC) - datetime.fromisoformat(pulled_at) > allowed


def _needs(answer: dict[str, Any]) -> list[str]:
    """What a person should look at, in sentences."""
    needs = []
    if answer["last_run"] is None:
        needs.append("nothing was pulled yet: run `syncline pull`")
    summary = (answer["last_run"] or {}).get("summary") or {}
    needs += [
        "/".join(filter(None, (problem["connection"], problem["stream"]))) + f": {problem['error']}"
        for problem in summary.get("problems", [])
    ]
    needs += [f"{name}: nothing was pulled yet" for name in answer["not_pulled"] if answer["last_run"]]
    needs += [
        f"{row['connection']}/{row['stream']}: {row['kind']} {row['remote_id']} cannot be read: {row['reason']}"
        for row in answer["quarantine"]
    ]
    for block, kind in sorted({(one["block"], one["kind"]) for one in answer["waiting"]}):
        many = [one for one in answer["waiting"] if (one["block"], one["kind"]) == (block, kind)]
        word = "conflict" if kind == "conflict" else "blocked field"
        needs.append(f"{block}: {number_of(len(many), word)}: `syncline conflicts` lists them")
    return needs


def _waiting(db: Any) -> list[dict[str, Any]]:
    """What sync blocks wait for a person with."""
    from syncline_cli.queries import rows

    sql = "SELECT block, kind, field, reason FROM held WHERE closed_at IS NULL ORDER BY id"
    return list(rows(db, sql))


def _print(answer: dict[str, Any]) -> None:
    last = answer["last_run"]
    if last:
        end = f"{_minute(last['ended_at'])} UTC" if last["ended_at"] else "not ended"
        say(f"Last run: {last['id']} ({last['command']}), {last['state']}, {end}", bold=True)
    for run in answer["unfinished_runs"]:
        name = f"run {run['id']} ({run['command']}) of {_minute(run['started_at'])}"
        say(f"  {name} never ended; later runs made up for it")
    if answer["streams"]:
        table(
            (_cells(row) for row in answer["streams"]), ("CONNECTION", "STREAM", "READ UP TO (UTC)", "STATE")
        )
    if last or answer["streams"]:
        say()
    say("Needs a person:" if answer["needs_a_person"] else "Nothing needs a person.", bold=True)
    for sentence in answer["needs_a_person"]:
        say(f"  {sentence}")


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    words = [
        word for word, holds in (("stale", row["stale"]), ("walk unfinished", row["unfinished"])) if holds
    ]
    words += [] if row["complete"] else ["incomplete"]
    return (
        row["connection"],
        row["stream"],
        _minute(row["pulled_at"]) or "never",
        ", ".join(words) or "complete",
    )


def _minute(instant: str | None) -> str:
    return instant[:16].replace("T", " ") if instant else ""
