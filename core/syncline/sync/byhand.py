"""What people decide: which records belong together, what a conflict comes to, which block pauses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from syncline.config import Config
from syncline.errors import ConfigError
from syncline.store.tables import connection, held, member, meta, record
from syncline.sync.blocks import Block
from syncline.sync.desk import Desk, places_of
from syncline.sync.given import Words, meant, words_for
from syncline.sync.ledger import Ledger
from syncline.sync.tongues import people_of
from syncline.sync.values import Unsaid
from syncline.sync.whereabouts import persons

PAUSED = "paused:"


@dataclass(frozen=True)
class Waiting:
    """Something that waits for a person: a conflict, or a field that cannot be written."""

    number: int
    block: str
    group: int
    field: str
    kind: str
    reason: str
    at: datetime
    answered: bool
    labels: tuple[str, ...]
    shown: Mapping[str, Any]
    members: Mapping[int, tuple[str, str]]
    """By record, its connection and label."""


def waiting(db: Connection) -> list[Waiting]:
    """Everything that is open, the oldest first."""
    rows = db.execute(select(held).where(held.c.closed_at.is_(None)).order_by(held.c.id)).all()
    return [_waiting(db, row) for row in rows]


def _waiting(db: Connection, row: Any) -> Waiting:
    found = db.execute(
        select(record.c.id, record.c.key, record.c.title, connection.c.name)
        .join(connection, connection.c.id == record.c.connection_id)
        .outerjoin(member, (member.c.record_id == record.c.id) & (member.c.block == row.block))
        .where((member.c.group_id == row.group_id) | (record.c.id == row.group_id))
        .order_by(record.c.id)
    ).all()
    members = {one.id: (one.name, one.key or one.title or str(one.id)) for one in found}
    return Waiting(
        row.id,
        row.block,
        row.group_id,
        row.field,
        row.kind,
        row.reason,
        row.at,
        row.answer is not None,
        tuple(label for _, label in members.values()),
        row.shown,
        members,
    )


# ---- conflicts -----------------------------------------------------------------------------------------------------


def take(ledger: Ledger, one: Waiting, name: str) -> None:
    """The value that a connection shows wins, as long as everything shows what it shows now; raises ConfigError."""
    numbers = [number for number, (where, _) in one.members.items() if where == name]
    if not numbers:
        known = ", ".join(sorted({where for where, _ in one.members.values()}))
        raise ConfigError(f"{name} has no record in this group", hint=f"take one of: {known}")
    _answer(ledger, one, {"take": numbers[0]})


def words(db: Connection, config: Config, block: Block) -> Words:
    """What a person may say about a block's fields."""
    desk = Desk(db, places_of(db, block.between))
    sites = [place.site for place in desk.places.values()]
    names = persons(db, sites)
    known: dict[str, str] = {}
    for site, accounts in people_of(desk, sites).items():
        called = {person: names[site][remote][1] or person for remote, person in accounts.items()}
        known |= words_for(accounts, called)
    rows = {name: number for one in reversed(block.between) for name, number in block.statuses(one).items()}
    return Words(rows, known, {name: own.values for name, own in config.fields.items() if own.values})


def give(ledger: Ledger, one: Waiting, value: Any, known: Words) -> None:
    """A value that a person wrote wins; raises ConfigError where it means nothing, saying what would."""
    try:
        meant(one.field, value, known)
    except Unsaid as reason:
        raise ConfigError(f"{one.field} of {' = '.join(one.labels)}: {reason.reason}") from None
    _answer(ledger, one, {"value": value})


def _answer(ledger: Ledger, one: Waiting, answer: Mapping[str, Any]) -> None:
    if one.kind != "conflict" or one.field == "link":
        raise ConfigError(
            f"{one.field} of {' = '.join(one.labels)} is no conflict: {one.reason}",
            hint="mend what it says; it is tried again when something changes",
        )
    ledger.db.execute(update(held).where(held.c.id == one.number).values(answer=dict(answer)))
    ledger.touch(list(one.members), "config")


# ---- links ---------------------------------------------------------------------------------------------------------


def link(ledger: Ledger, blocks: Sequence[Block], one: int, other: int, *, about: bool) -> str | None:
    """Join two records by hand; returns the block that keeps them in agreement, None where none does.

    Raises ConfigError where either has a counterpart already or they live in one connection.
    """
    places = {
        row.id: row.name
        for row in ledger.db.execute(
            select(record.c.id, connection.c.name)
            .join(connection, connection.c.id == record.c.connection_id)
            .where(record.c.id.in_([one, other]))
        )
    }
    if places[one] == places[other] and not about:
        raise ConfigError(
            f"both records live in {places[one]}",
            hint="only records of different connections are one piece of work",
        )
    block = next(
        (b for b in blocks if {places[one], places[other]} <= set(b.between) and b.about is about), None
    )
    name = block.name if block else ""
    if about and block is not None and places[one] != block.between[0]:
        one, other = other, one
    groups = [ledger.group_of(name, number) for number in (one, other)]
    if not about and None not in groups:
        raise ConfigError("both have a counterpart already", hint="`syncline unlink` one of them first")
    group = groups[1] or groups[0] or (other if about else min(one, other))
    _refuse_second(ledger, name, group, places[one if groups[0] is None else other], about=about)
    ledger.join(name, one, other, "person", None, group, about=about)
    return name or None


def _refuse_second(ledger: Ledger, block: str, group: int, place: str, *, about: bool) -> None:
    """One piece of work has one record in each connection."""
    if about:
        return
    rows = ledger.db.execute(
        select(record.c.key, connection.c.name)
        .join(member, member.c.record_id == record.c.id)
        .join(connection, connection.c.id == record.c.connection_id)
        .where(member.c.block == block, member.c.group_id == group, connection.c.name == place)
    ).all()
    if rows:
        raise ConfigError(
            f"it has a counterpart in {place} already: {rows[0].key}", hint="`syncline unlink` that one first"
        )


# ---- pausing -------------------------------------------------------------------------------------------------------


def paused(db: Connection) -> frozenset[str]:
    """Blocks that a person has paused."""
    rows = db.execute(select(meta.c.key).where(meta.c.key.like(f"{PAUSED}%")))
    return frozenset(row.key.removeprefix(PAUSED) for row in rows)


def pause(db: Connection, name: str, now: datetime) -> bool:
    """Let a block rest until it is resumed; False where it rests already."""
    if name in paused(db):
        return False
    db.execute(meta.insert().values(key=f"{PAUSED}{name}", value=now.isoformat()))
    return True


def resume(db: Connection, name: str) -> bool:
    """Let a block go on: everything it concerns is planned anew; False where it did not rest."""
    found = db.execute(meta.delete().where(meta.c.key == f"{PAUSED}{name}")).rowcount
    db.execute(meta.delete().where(meta.c.key == f"sync:{name}"))
    return bool(found)
