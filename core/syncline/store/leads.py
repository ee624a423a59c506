"""Which record speaks for its item: the ``lead`` of the sync block that joined it, else the one created first.

Stands in ``record.speaks``, so that every report asks one column. It is settled anew in the transaction that joins or
parts records, and whenever one of them vanishes or comes back: a record that is not there speaks for nobody else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import Connection, func, select, update

from syncline.model import Kind
from syncline.store.compare import chunks
from syncline.store.tables import connection, member, meta, record

WORK = (Kind.ISSUE.value, Kind.TICKET.value)
_HERE = (None, "archived", "forbidden")
"""Absences of a record that may still speak: it is there."""
_LEADS = "leads"

Leads = Sequence[tuple[str, str]]
"""Blocks that name a lead and the connection it is of, in the order of the configuration."""


def note_leads(db: Connection, leads: Leads, begin: Callable[[], int]) -> None:
    """Have ``leads`` decide from now on; where others did before, all items are settled anew, in an ingest of its own.

    ``begin`` gives its ``seq``.
    """
    text = to_json([list(one) for one in leads]).decode()
    if text == _noted(db):
        return
    db.execute(meta.delete().where(meta.c.key == _LEADS))
    db.execute(meta.insert().values(key=_LEADS, value=text))
    joined = select(record.c.item_id).where(record.c.kind.in_(WORK)).group_by(record.c.item_id)
    settle_leads(db, db.execute(joined.having(func.count() > 1)).scalars().all(), begin())


def _noted(db: Connection) -> str:
    found = db.execute(select(meta.c.value).where(meta.c.key == _LEADS)).scalar()
    return "[]" if found is None else str(found)


def settle_leads(db: Connection, items: Iterable[int], seq: int | None = None) -> None:
    """Settle who speaks for these items; ``seq`` is noted on the records that begin or cease to."""
    leads: Leads = [(block, name) for block, name in from_json(_noted(db))]
    for part in chunks(sorted(set(items))):
        by_item: dict[int, list[Any]] = {}
        for row in _records(db, part):
            by_item.setdefault(row.item_id, []).append(row)
        speakers = {_speaker(db, rows, leads) for rows in by_item.values()}
        for speaks in (True, False):
            turned = [
                row.id
                for rows in by_item.values()
                for row in rows
                if row.speaks is not speaks and (row.id in speakers) is speaks
            ]
            values = {"speaks": speaks} | ({} if seq is None else {"seq": seq})
            for some in chunks(turned):
                db.execute(update(record).where(record.c.id.in_(some)).values(values))


def settle_leads_of(db: Connection, numbers: Sequence[int], seq: int) -> None:
    """Settle who speaks for the items of these records that are not alone; at most `chunks` of them."""
    own = select(record.c.item_id).where(record.c.id.in_(numbers), record.c.kind.in_(WORK))
    shared = select(record.c.item_id).where(record.c.item_id.in_(own)).group_by(record.c.item_id)
    settle_leads(db, db.execute(shared.having(func.count() > 1)).scalars().all(), seq)


def _records(db: Connection, items: Sequence[int]) -> Sequence[Any]:
    return db.execute(
        select(
            record.c.id,
            record.c.item_id,
            record.c.created_at,
            record.c.absent,
            record.c.speaks,
            connection.c.name.label("connection"),
        )
        .join(connection, connection.c.id == record.c.connection_id)
        .where(record.c.item_id.in_(items), record.c.kind.in_(WORK))
    ).all()


def _speaker(db: Connection, rows: Sequence[Any], leads: Leads) -> int:
    here = [row for row in rows if row.absent in _HERE] or list(rows)
    if len(here) > 1 and leads:
        for name in _named(db, here, leads):
            able = [row for row in here if row.connection == name]
            if able:
                return _first(able)
    return _first(here)


def _named(db: Connection, rows: Sequence[Any], leads: Leads) -> list[str]:
    """The leads of the blocks that the records are in."""
    found = select(member.c.block).where(member.c.record_id.in_([row.id for row in rows]))
    blocks = set(db.execute(found).scalars())
    return [name for block, name in leads if block in blocks]


def _first(rows: Sequence[Any]) -> int:
    """The earliest created; of those that do not say when, the one known longest."""
    return int(min(rows, key=lambda row: (row.created_at is None, row.created_at or 0, row.id)).id)
