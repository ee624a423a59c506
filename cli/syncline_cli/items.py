"""``items``: the list of what there is."""

from __future__ import annotations

import sys
from typing import Any

import click

from syncline_cli.output import document, note, number_of, table
from syncline_cli.session import Session, with_session

SHOWN = 100
"""Rows shown to a person who did not say how many."""


@click.command()
@with_session
@click.option(
    "--kind",
    multiple=True,
    type=click.Choice(["Issue", "Ticket"], case_sensitive=False),
    help="Kind of record.",
)
@click.option(
    "--status",
    multiple=True,
    metavar="STATUS",
    help="Category, category/refinement, or the status's own name.",
)
@click.option("--label", multiple=True, metavar="LABEL", help="One of the item's labels.")
@click.option("--text", metavar="TEXT", help="Text within key, title or description.")
@click.option("--container", multiple=True, metavar="NAME", help="Key or name of the project, team or board.")
@click.option("--assignee", multiple=True, metavar="PERSON", help="Name or account id of an assignee.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    metavar="N",
    help=f"How many; 0 for all. On a terminal {SHOWN}, else all.",
)
def items(
    session: Session,
    kind: tuple[str, ...],
    status: tuple[str, ...],
    label: tuple[str, ...],
    text: str | None,
    container: tuple[str, ...],
    assignee: tuple[str, ...],
    limit: int | None,
) -> None:
    """List items, the latest change first.

    An option given several times means any of its values; different options must all fit.
    """
    from syncline_cli import queries

    filters = queries.Filters(kind, status, label, container, assignee, text)
    shown = _limit(session, limit)
    with session.store() as (_, store), store.reading() as db:
        found = queries.items(db, filters, shown)
    if session.json:
        document(session, found)
        return
    if not found:
        hint = "; `syncline status` says what was pulled" if filters == queries.Filters() else ""
        note(session, f"no items{hint}")
        return
    table((_cells(item) for item in found), ("ITEM", "KEY", "STATUS", "ASSIGNEE", "UPDATED", "TITLE"))
    cut = shown is not None and len(found) == shown
    note(session, number_of(len(found), "item") + (" shown; --limit 0 shows all" if cut else ""))


def _limit(session: Session, limit: int | None) -> int | None:
    if limit is None:
        return SHOWN if sys.stdout.isatty() and not session.json else None
    return limit or None


def _cells(item: dict[str, Any]) -> tuple[str, ...]:
    lead = item["records"][0]
    return (
        item["item"],
        lead["key"] or "",
        lead["status"]["name"] or "",
        ", ".join(lead["assignees"]),
        (lead["updated_at"] or "")[:10],
        lead["title"] or "",
    )
