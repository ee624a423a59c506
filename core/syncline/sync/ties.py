"""Relations in the database: which ends records have, whose they are, and what must be planned because of them.

Reads, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, and_, select

from syncline.model import Kind, RelationType
from syncline.store.compare import chunks
from syncline.store.leads import WORK
from syncline.store.tables import dirty, member, record
from syncline.sync.group import Member, Tie
from syncline.sync.relating import EITHER, entries
from syncline.sync.whereabouts import items_of
from syncline.target import Related


def ties_on(db: Connection, numbers: Sequence[int]) -> dict[int, tuple[Tie, ...]]:
    """By record what it is to others of its tool; what has no direction is seen from both ends."""
    found: dict[int, set[Tie]] = {}
    for own, other in (("subject", "target"), ("target", "subject")):
        owner = record.alias("owner")
        for part in chunks(numbers):
            rows = db.execute(
                select(owner.c.id, record.c.type, record.c[other].label("end"))
                .join(owner, and_(owner.c.site == record.c.site, owner.c.remote_id == record.c[own]))
                .where(owner.c.id.in_(part), owner.c.kind.in_(WORK), *_there())
            )
            for row in rows:
                if own == "subject" or row.type == EITHER:
                    found.setdefault(row.id, set()).add(Tie(row.type, row.end))
    return {number: tuple(sorted(ties)) for number, ties in found.items()}


def _there() -> tuple[ColumnElement[bool], ...]:
    """Relations that are there."""
    return (
        record.c.kind == Kind.RELATION.value,
        record.c.absent.is_(None),
        record.c.archived.is_(False),
    )


def told(db: Connection, numbers: Sequence[int]) -> dict[int, list[Related]]:
    """By record its relations, with what people call their other ends."""
    found: dict[int, list[Related]] = {}
    for number, ties in ties_on(db, numbers).items():
        site = select(record.c.site).where(record.c.id == number).scalar_subquery()
        names = {
            row.remote_id: row.key or row.title or row.remote_id
            for row in db.execute(
                select(record.c.remote_id, record.c.key, record.c.title).where(
                    record.c.site == site,
                    record.c.kind.in_(WORK),
                    record.c.remote_id.in_([tie.end for tie in ties]),
                )
            )
        }
        found[number] = [
            Related(RelationType(tie.type), tie.end, names.get(tie.end, tie.end)) for tie in ties
        ]
    return found


def ends(db: Connection, members: Iterable[Member]) -> dict[tuple[str, str], int]:
    """Of the other ends that members show, or showed when they agreed, by site and remote id, the item."""
    wanted: dict[str, set[str]] = {}
    for one in members:
        for tie in (*one.ties, *entries(one.base)):
            wanted.setdefault(one.ref.site, set()).add(tie.end)
    return items_of(db, wanted)


def called(
    db: Connection, homes: Mapping[int, Mapping[str, str]], sites: Mapping[str, str]
) -> dict[tuple[str, str], str]:
    """By connection and remote id, what people call the records of items; ``sites`` are those of the connections."""
    found: dict[tuple[str, str], str] = {}
    for name, site in sites.items():
        ids = sorted({there[name] for there in homes.values() if name in there})
        for part in chunks(ids):
            rows = db.execute(
                select(record.c.remote_id, record.c.key, record.c.title).where(
                    record.c.site == site, record.c.kind.in_(WORK), record.c.remote_id.in_(part)
                )
            )
            for row in rows:
                found[name, row.remote_id] = row.key or row.title or row.remote_id
    return found


def grouped(db: Connection, block: str, items: Iterable[int]) -> frozenset[str]:
    """Those of some items that a block has in a group."""
    return frozenset(
        f"i{row.item_id}"
        for part in chunks(sorted(set(items)))
        for row in db.execute(
            select(record.c.item_id)
            .join(member, member.c.record_id == record.c.id)
            .where(member.c.block == block, record.c.item_id.in_(part))
        )
    )


# ---- what must be planned ------------------------------------------------------------------------------------------


def owners_of_dirty(db: Connection) -> set[int]:
    """Both ends of every relation that is new, changed or gone."""
    found: set[int] = set()
    for end in ("subject", "target"):
        owner = record.alias("owner")
        rows = db.execute(
            select(owner.c.id)
            .join(record, and_(record.c.site == owner.c.site, record.c[end] == owner.c.remote_id))
            .join(dirty, dirty.c.record_id == record.c.id)
            .where(record.c.kind == Kind.RELATION.value, owner.c.kind.in_(WORK))
        )
        found |= set(rows.scalars())
    return found


def neighbours(db: Connection, numbers: Iterable[int]) -> set[int]:
    """The records that others have relations with, or others of their items: these may have got a counterpart."""
    found: set[int] = set()
    mine = record.alias("mine")
    every = sorted(
        {
            number
            for part in chunks(sorted(numbers))
            for number in db.execute(
                select(record.c.id)
                .join(mine, mine.c.item_id == record.c.item_id)
                .where(mine.c.id.in_(part), record.c.kind.in_(WORK))
            ).scalars()
        }
    )
    for own, other in (("subject", "target"), ("target", "subject")):
        one, two = record.alias("one"), record.alias("two")
        for part in chunks(every):
            rows = db.execute(
                select(two.c.id)
                .select_from(one)
                .join(record, and_(record.c.site == one.c.site, record.c[own] == one.c.remote_id))
                .join(two, and_(two.c.site == record.c.site, two.c.remote_id == record.c[other]))
                .where(one.c.id.in_(part), two.c.kind.in_(WORK), *_there())
            )
            found |= set(rows.scalars())
    return found
