"""``link``, ``unlink`` and ``suggest``: which records are one piece of work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from syncline_cli.output import document, note, say
from syncline_cli.session import Session, with_session

if TYPE_CHECKING:
    from syncline.store import Store
    from syncline.sync.ledger import Ledger


@click.command()
@with_session
@click.argument("one", metavar="REF")
@click.argument("other", metavar="REF")
@click.option("--about", is_flag=True, help="The first is about the second, such as a ticket about an issue.")
def link(session: Session, one: str, other: str, about: bool) -> None:
    """Say that two records of different tools are one piece of work; REF is a reference, key or address."""
    from syncline.sync import byhand
    from syncline.sync.blocks import blocks

    with session.store() as (config, store):
        numbers = [_record(store, wanted) for wanted in (one, other)]
        with by_hand(store, "link") as ledger:
            name = byhand.link(ledger, blocks(config.sync, config.fields), *numbers, about=about)
    if session.json:
        document(session, {"linked": [one, other], "block": name})
    elif name is None:
        note(session, f"{one} and {other} are one item now; no [[sync]] block keeps them in agreement")
    else:
        note(session, f"{one} and {other} are linked; {name} keeps them in agreement from the next sync on")


@click.command()
@with_session
@click.argument("one", metavar="REF")
def unlink(session: Session, one: str) -> None:
    """Take a record out of its group: nothing crosses any more, and it counts by itself."""
    with session.store() as (_, store):
        number = _record(store, one)
        with by_hand(store, "unlink") as ledger:
            left = ledger.unlink(number)
    if session.json:
        document(session, {"unlinked": one, "left": left})
    else:
        note(session, f"{one} stands by itself now" if left else f"{one} was not linked")


@contextmanager
def by_hand(store: Store, command: str) -> Iterator[Ledger]:
    """One transaction of a run of its own, under the lock: what a person decides is written down like anything else."""
    from syncline.store import runs
    from syncline.store.lock import lock
    from syncline.sync.ledger import Ledger

    now = datetime.now(UTC)
    with lock(store, now):
        run = runs.begin(store, command, now)
        code = 1
        try:
            with store.writing() as db:
                yield Ledger(db, run, now)
            code = 0
        finally:
            runs.end(store, run, datetime.now(UTC), code, {})


def _record(store: Store, wanted: str) -> int:
    """The record that REF means; raises a usage error listing the candidates where there are several."""
    from syncline_cli.queries import find

    with store.reading() as db:
        found = find(db, wanted)
    if not found:
        raise click.UsageError(f"no record {wanted!r} is known; `syncline items --text …` searches")
    if len(found) > 1:
        names = "; ".join(f"{row['ref']} ({row['connection']}: {row['title']})" for row in found)
        raise click.UsageError(f"{wanted!r} may mean several records: {names}")
    return int(found[0]["record_id"])


@click.command()
@with_session
def suggest(session: Session) -> None:
    """List records that may belong together and were not linked, because more than one fits."""
    from syncline.sync.byhand import waiting
    from syncline.sync.whole import Wish
    from syncline.sync.whole import plan as plan_all

    with session.store() as (config, store):
        previews = frozenset(block.name for block in config.sync if block.mode == "preview")
        wish = Wish(previews)
        plans = plan_all(config, store, wish, redactor=session.redactor)[0] if previews else []
        with store.reading() as db:
            found = [
                (one.block, one.group, one.shown.get("candidates", ()), one.reason)
                for one in waiting(db)
                if one.field == "link"
            ]
            found += [
                (one.block, one.one, one.candidates, one.reason) for p in plans for one in p.suggestions
            ]
            answer: list[dict[str, Any]] = [
                {
                    "block": block,
                    "record": _described(db, record),
                    "candidates": [_described(db, number) for number in candidates],
                    "reason": reason,
                }
                for block, record, candidates, reason in found
            ]
    if session.json:
        document(session, answer)
        return
    for one in answer:
        say(f"{one['block']}: {_line(one['record'])}: {one['reason']}", bold=True)
        for candidate in one["candidates"]:
            told = " ".join(filter(None, (candidate["connection"], candidate["key"], candidate["title"])))
            say(f"  syncline link {one['record']['ref']} {candidate['ref']}   # {told}")
    if not answer:
        say("There is nothing to suggest.")


def _described(db: Any, number: int) -> dict[str, Any]:
    from syncline_cli.queries import rows

    sql = "SELECT ref, connection, key, title FROM records WHERE record_id = :number"
    return next(
        rows(db, sql, number=number), {"ref": str(number), "connection": None, "key": None, "title": None}
    )


def _line(one: dict[str, Any]) -> str:
    return f"{one['connection']} {one['key'] or one['ref']} “{one['title']}”"
