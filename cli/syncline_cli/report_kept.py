"""``report list``, ``diff``, ``verify`` and ``explain``: what was kept of reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from syncline_cli.failures import DIFFERENCES
from syncline_cli.output import document, number_of, say, table
from syncline_cli.session import Session, with_session

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncline.report import Fact, Report
    from syncline.report.kept.diff import Diff
    from syncline.report.kept.saved import Saved


class _Number(click.IntRange):
    """The number of a report."""

    name = "report's number"


REPORT = _Number(min=1)
LARGEST = 2**63 - 1
"""What a database can count to."""
FEW = 12


@click.command("list")
@with_session
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    default=20,
    show_default=True,
    help="How many reports.",
)
def list_reports(session: Session, limit: int) -> None:
    """List the reports that were kept, the newest first."""
    from syncline.store import reports
    from syncline.store.instants import to_text

    with session.store() as (_, store), store.reading() as db:
        found = [dict(row) for row in reports.listed(db, min(limit, LARGEST))]
    if session.json:
        document(
            session,
            [
                {
                    "id": row["id"],
                    "kind": row["kind"],
                    "name": row["name"],
                    "profile": row["profile"],
                    "state": row["state"],
                    "as_of": to_text(row["as_of"]),
                    "known_seq": row["known_seq"],
                    "compared_with": row["before_id"],
                    "format": row["format"],
                    "path": row["path"],
                    "facts": row["facts"],
                }
                for row in found
            ],
        )
        return
    if not found:
        say("No report was kept yet: `syncline report status` makes one.")
        return
    cells = (
        (
            str(row["id"]),
            row["kind"],
            row["profile"],
            row["state"],
            to_text(row["as_of"])[:16].replace("T", " "),
            str(row["facts"]),
            row["path"] or "-",
        )
        for row in found
    )
    table(cells, ("REPORT", "KIND", "PROFILE", "STATE", "AS OF (UTC)", "FACTS", "FILE"))


def _saved(db: Connection, number: int) -> Saved:
    from syncline.errors import ConfigError
    from syncline.report.kept.saved import load

    found = load(db, number)
    if found is None:
        raise ConfigError(
            f"there is no report no. {number}", hint="`syncline report list` shows what was kept"
        )
    return found


# ---- forget ----------------------------------------------------------------------------------------------------------


@click.command()
@with_session
@click.option(
    "--before",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    required=True,
    help="Reports as of an earlier day than this, in the time zone of the configuration.",
)
@click.option("--yes", is_flag=True, help="Do it; without this it is only said what would be done.")
def forget(session: Session, before: datetime, yes: bool) -> None:
    """Remove old reports from the database, with every fact that they held.

    The last report of each kind and name stays, because the next one is compared with it. The forecasts that were
    printed in what is removed no longer count in the record of forecasts. Files that were written stay where they are.
    """
    from syncline.store import reports

    at = before.replace(tzinfo=session.config().hub.zone)
    with session.store() as (_, store):
        if yes:
            with store.writing() as db:
                numbers = reports.old(db, at)
                reports.forget(db, numbers)
        else:
            with store.reading() as db:
                numbers = reports.old(db, at)
    if session.json:
        document(session, {"reports": numbers, "removed": yes})
    elif yes:
        say(f"{number_of(len(numbers), 'report')} removed.")
    else:
        say(f"{number_of(len(numbers), 'report')} would be removed; --yes removes them.")


# ---- diff ------------------------------------------------------------------------------------------------------------


@click.command()
@with_session
@click.argument("first", type=REPORT, metavar="A")
@click.argument("then", type=REPORT, metavar="B")
@click.option("--all", "everything", is_flag=True, help="Every value; else the weightiest of each part.")
def diff(session: Session, first: int, then: int, everything: bool) -> int:
    """Compare two kept reports: what happened between them, what was learned late, what means another thing now.

    A and B are numbers of `syncline report list`. Exits with 6 where they differ.
    """
    from syncline.report.kept.compare import compare
    from syncline.report.readers import reading

    with session.store() as (_, store), reading(store) as db:
        told = compare(db, _saved(db, first), _saved(db, then))
    parts = {"happened": told.happened, "learned": told.learned, "redefined": told.redefined}
    if session.json:
        document(
            session,
            {"from": first, "to": then, "told_apart": told.restated}
            | {name: [*_changes(changes)] for name, changes in parts.items()},
        )
    else:
        _print_diff(parts, None if everything else FEW, restated=told.restated)
    return DIFFERENCES if any(parts.values()) else 0


def _changes(changes: Diff) -> Iterable[dict[str, Any]]:
    from syncline.report.kept.diff import ranked
    from syncline.report.kept.values import written

    for subject, change in ranked(changes):
        old, new = change.old, change.new
        yield {
            "fact": subject.name,
            "key": subject.key or None,
            "old": written(old.value) if old else None,
            "new": written(new.value) if new else None,
        }


_HEADS = {
    "happened": "Happened between the two:",
    "learned": "Learned later about the time before the first:",
    "redefined": "Means another thing now, so that it cannot be compared:",
}


def _print_diff(parts: Mapping[str, Diff], limit: int | None, *, restated: bool) -> None:
    from syncline.report.kept.diff import ranked
    from syncline.report.kept.words import point_text

    if not any(parts.values()):
        say("No difference.")
        return
    for name, changes in parts.items():
        if not changes:
            continue
        say(_HEADS[name], bold=True)
        listed = ranked(changes)
        for subject, change in listed[:limit]:
            key = f" [{subject.key}]" if subject.key else ""
            say(f"  {subject.name}{key}: {point_text(change.old)} → {point_text(change.new)}")
        if limit is not None and len(listed) > limit:
            say(f"  and {number_of(len(listed) - limit, 'value')} more: --all shows them")
    if not restated:
        say("The first report cannot be made again, so what was learned late stands among what happened.")


# ---- verify ----------------------------------------------------------------------------------------------------------


@click.command()
@with_session
@click.argument("number", type=REPORT, metavar="REPORT")
def verify(session: Session, number: int) -> int:
    """Run every fact of a kept report again, write it again, and compare.

    A record keeps its present version only, so facts about records that changed since cannot be made again; they are
    counted apart from facts that differ without such a reason. Exits with 6 unless everything is the same.
    """
    from syncline.errors import ConfigError
    from syncline.report import FORMATS, render
    from syncline.report.kept import verify as checking
    from syncline.report.kept.audience import shown
    from syncline.report.kept.saved import digest_of
    from syncline.report.readers import reading

    with session.store() as (_, store), reading(store) as db:
        saved = _saved(db, number)

        def again(made: Report) -> str:
            if saved.format not in FORMATS:
                raise ConfigError(f"this Syncline does not write {saved.format}")
            return render(shown(db, made, saved.settings), saved.format)

        found = checking.verify(db, saved, again, digest_of)
    groups = checking.by_reason(found.checked)
    if session.json:
        reasons = [
            {"verdict": verdict.value, "why": why, "facts": [fact.name for fact in facts]}
            for (verdict, why), facts in groups.items()
        ]
        page = {"verdict": found.page.value, "why": found.page_why}
        document(
            session, {"report": number, "facts": len(found.checked), "differences": reasons, "page": page}
        )
        return DIFFERENCES if found.differs else 0
    same = found.count(checking.Verdict.SAME)
    say(f"{same} of {number_of(len(found.checked), 'fact')} are the same.")
    for (verdict, why), facts in groups.items():
        names = ", ".join(fact.name for fact in facts[:FEW]) + (", …" if len(facts) > FEW else "")
        differ = "differs" if len(facts) == 1 else "differ"
        word = differ if verdict is checking.Verdict.WRONG else verdict.value
        say(f"{number_of(len(facts), 'fact')} {word}: {why}: {names}")
    if found.page is checking.Verdict.SAME:
        say(f"What was written ({saved.format}) is the same to the byte.")
    else:
        say(f"What was written ({saved.format}) is not the same: {found.page_why}.")
    return DIFFERENCES if found.differs else 0


# ---- explain ---------------------------------------------------------------------------------------------------------


@click.command()
@with_session
@click.argument("fact", metavar="FACT")
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", default=20, show_default=True, help="Rows shown."
)
def explain(session: Session, fact: str, limit: int) -> None:
    """Say where a number comes from: its definition, its query, and the rows behind it with their links.

    FACT is an id as the report prints it (F12) or a name, of the last kept report; 17:F12 means report no. 17.
    """
    from syncline.store import reports

    with session.store() as (_, store), store.reading() as db:
        saved, found = _fact(db, fact)
        rows = [dict(row) for row in reports.rows_named(db, found.ids)]
    if session.json:
        document(session, _explained(saved, found) | {"rows": rows})
        return
    _print_fact(saved, found)
    for row in rows[:limit]:
        say(f"  {row['key'] or row['ref']}  {row['title'] or ''}  {row['url'] or ''}".rstrip())
    others = found.n - min(limit, len(rows))
    if others > 0:
        say(f"  and {number_of(others, 'row')} more")


def _fact(db: Connection, asked: str) -> tuple[Saved, Fact]:
    from syncline.errors import ConfigError
    from syncline.store import reports

    number, colon, name = asked.partition(":")
    if colon and number.isdecimal():
        saved = _saved(db, int(number))
    else:
        name = asked
        last = reports.latest_made(db)
        if last is None:
            raise ConfigError("no report was kept yet", hint="`syncline report status` makes one")
        saved = _saved(db, last)
    found = saved.fact(name)
    if found is None:
        raise ConfigError(f"report {saved.id} has no fact {name!r}", hint="write its id (F12) or its name")
    return saved, found


def _explained(saved: Saved, fact: Fact) -> dict[str, Any]:
    from syncline.report.facts import full_sql
    from syncline.report.kept.values import refusals_written, written
    from syncline.store.instants import to_text

    return {
        "report": saved.id,
        "kind": saved.kind,
        "as_of": to_text(saved.as_of),
        "known_seq": saved.known_seq,
        "fact": fact.id,
        "name": fact.name,
        "definition": fact.definition,
        "value": written(fact.value),
        "unit": fact.unit,
        "n": fact.n,
        "digest": fact.digest,
        "refused": refusals_written(fact.refused),
        "parameters": dict(fact.parameters) | {"as_of": to_text(saved.as_of)},
        "sql": full_sql(fact, dict(saved.relations)),
    }


def _print_fact(saved: Saved, fact: Fact) -> None:
    from syncline.report.kept.words import value_lines

    say(f"{fact.id} {fact.name}, of {saved.kind} report no. {saved.id}", bold=True)
    say(fact.definition)
    for line in value_lines(fact):
        say(line)
    say()
    say("Query over the working set (--json gives it whole, to be run on the database):", dim=True)
    say(fact.sql)
    for name, value in fact.parameters:
        say(f"  :{name} = {value}")
    say()
    say(f"{number_of(fact.n, 'row')}, digest {fact.digest}")
