"""Relations in the database: which ends records have, whose they are, and what must be planned because of them.

Reads, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import BindParameter, ColumnElement, Connection, Select, and_, bindparam, select

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
    for own, query in (("subject", _TIES), ("target", _TIES_FROM_THERE)):
        for part in chunks(numbers):
            for row in db.execute(query, {"ids": part}):
                if own == "subject" or row.type == EITHER:
                    found.setdefault(row.id, set()).add(Tie(row.type, row.end))
    return {number: tuple(sorted(ties)) for number, ties in found.items()}


def _ties(own: str, other: str) -> Select[int, str, str]:
    owner = record.alias("owner")
    return (
        select(owner.c.id, record.c.type, record.c[other].label("end"))
        .join(owner, and_(owner.c.site == record.c.site, owner.c.remote_id == record.c[own]))
        .where(owner.c.id.in_(_IDS), owner.c.kind.in_(WORK), *_there())
    )


def _there() -> tuple[ColumnElement[bool], ...]:
    """Relations that are there."""
    return (
        record.c.kind == Kind.RELATION.value,
        record.c.absent.is_(None),
        record.c.archived.is_(False),
    )


_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_TIES, _TIES_FROM_THERE = _ties("subject", "target"), _ties("target", "subject")
"""Made once, as what is asked below: to make them costs more than most answers."""


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
    return {number for query in _OF_DIRTY for number in db.execute(query).scalars()}


def _of_dirty(end: str) -> Select[int]:
    owner = record.alias("owner")
    return (
        select(owner.c.id)
        .join(record, and_(record.c.site == owner.c.site, record.c[end] == owner.c.remote_id))
        .join(dirty, dirty.c.record_id == record.c.id)
        .where(record.c.kind == Kind.RELATION.value, owner.c.kind.in_(WORK))
    )


_OF_DIRTY = (_of_dirty("subject"), _of_dirty("target"))


def neighbours(db: Connection, numbers: Iterable[int]) -> set[int]:
    """The records that others have relations with, or others of their items: these may have got a counterpart."""
    every = _all_of(db, _SAME_ITEMS, numbers)
    return _all_of(db, _POINTED_AT, every) | _all_of(db, _POINTING_AT, every)


def _all_of(db: Connection, query: Select[int], numbers: Iterable[int]) -> set[int]:
    return {
        number for part in chunks(sorted(numbers)) for number in db.execute(query, {"ids": part}).scalars()
    }


def _same_items() -> Select[int]:
    mine = record.alias("mine")
    return (
        select(record.c.id)
        .join(mine, mine.c.item_id == record.c.item_id)
        .where(mine.c.id.in_(_IDS), record.c.kind.in_(WORK))
    )


def _at_other_end(own: str, other: str) -> Select[int]:
    one, two = record.alias("one"), record.alias("two")
    return (
        select(two.c.id)
        .select_from(one)
        .join(record, and_(record.c.site == one.c.site, record.c[own] == one.c.remote_id))
        .join(two, and_(two.c.site == record.c.site, two.c.remote_id == record.c[other]))
        .where(one.c.id.in_(_IDS), two.c.kind.in_(WORK), *_there())
    )


_SAME_ITEMS = _same_items()
_POINTED_AT = _at_other_end("subject", "target")
_POINTING_AT = _at_other_end("target", "subject")
