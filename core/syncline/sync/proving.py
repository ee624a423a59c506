"""What is looked at again around a write of relations: that their other ends are in sight, and that the tool took them.

No answer of a tool shows an issue with its relations, and one that lost its sight of an issue shows none to it either.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from syncline.connector import Page, Present, Source
from syncline.errors import VendorError
from syncline.model import Kind, Ref, Relation, RelationType
from syncline.store.ingest import Ingest
from syncline.store.leads import WORK
from syncline.store.readings import read_records
from syncline.store.tables import member, record
from syncline.sync.desk import places_of
from syncline.sync.group import RELATIONS, GroupPlan, Member, Tie
from syncline.sync.relating import as_base, entries
from syncline.sync.ties import ties_on
from syncline.sync.whereabouts import homes
from syncline.target import AddRemove, Change, Related

if TYPE_CHECKING:
    from syncline.sync.apply import Hands, Writer
    from syncline.sync.ledger import Ledger


def proven(hands: Hands, plan: GroupPlan, one: Member, change: AddRemove) -> AddRemove:
    """The change without what only seems to have been taken away: whose other end is out of sight where it is gone."""
    if not change.remove:
        return change
    with hands.store.reading() as db:
        known = {link: _elsewhere(db, plan, one, link) for link in change.remove}
    kept = tuple(
        link
        for link in change.remove
        if known[link] and all(_in_sight(hands.sources.get(name), ref) for name, ref in known[link].items())
    )
    return AddRemove(change.add, kept)


def _elsewhere(db: Connection, plan: GroupPlan, one: Member, link: Related) -> Mapping[str, Ref]:
    """By connection of the other members that do not show it, the record at its other end."""
    item = db.execute(
        select(record.c.item_id).where(
            record.c.site == one.ref.site, record.c.kind.in_(WORK), record.c.remote_id == link.target
        )
    ).scalar()
    if item is None:
        return {}
    names = [other.connection for other in plan.group.members if other.connection != one.connection]
    places = places_of(db, names)
    there = homes(db, {place.id: name for name, place in places.items()}, [item]).get(item, {})
    rows = db.execute(
        select(record.c.site, record.c.remote_id, record.c.kind).where(
            record.c.item_id == item, record.c.kind.in_(WORK)
        )
    )
    refs = {(row.site, row.remote_id): Ref(row.site, Kind(row.kind), row.remote_id) for row in rows}
    return {
        other.connection: refs[other.ref.site, end]
        for other in plan.group.members
        if (end := there.get(other.connection)) is not None
        and other is not one
        and (link.type.value, end) not in other.ties
    }


def _in_sight(source: Source | None, ref: Ref) -> bool:
    if source is None:
        return False
    try:
        return any(isinstance(answer, Present) for answer in source.fetch([ref]))
    except VendorError:
        return False


def read_back(writer: Writer, ref: Ref, change: Change) -> list[Page]:
    """The record with everything on it, as its tool shows it now, and the other ends of what was written.

    Nothing where they cannot be seen. Both ends were changed: of one that is not known to be, an older version would
    be believed, with relations as they were.
    """
    links = (*change.add, *change.remove) if isinstance(change, AddRemove) else ()
    others = [ref._replace(remote_id=number) for number in sorted({link.target for link in links})]
    try:
        return [one.page for one in writer.target.fetch([ref, *others]) if isinstance(one, Present)]
    except VendorError:
        return []


def take_in_pages(hands: Hands, db: Connection, writer: Writer, pages: Sequence[Page]) -> None:
    """Store what was read back."""
    for page in pages:
        readings, stubs = (read_records(writer.home, some) for some in (page.records, page.stubs))
        Ingest(db, writer.home, hands.run_id, hands.clock.now()).page(page, readings, stubs)


def took(pages: Sequence[Page], ref: Ref, change: Change) -> bool:
    """Whether the tool shows the relations as they were to be."""
    here = {item.record.remote_id for page in pages for item in page.records if item.record.kind is ref.kind}
    if ref.remote_id not in here or not isinstance(change, AddRemove):
        return False
    shown: set[tuple[RelationType, str]] = set()
    for item in (item for page in pages for item in page.records):
        if isinstance(item.record, Relation):
            one = item.record
            if one.subject == ref.remote_id:
                shown.add((one.type, one.target))
            if one.target == ref.remote_id and one.type is RelationType.RELATES:
                shown.add((one.type, one.subject))
    wanted, unwanted = ({(link.type, link.target) for link in some} for some in (change.add, change.remove))
    return wanted <= shown and not unwanted & shown


# ---- taking back ---------------------------------------------------------------------------------------------------


def stands(ties: Collection[Tie], after: Mapping[str, Any]) -> bool:
    """Whether a record still shows what a run made of its relations; ``after`` is the change as JSON."""
    made, unmade = ({(one["type"], one["target"]) for one in after[way]} for way in ("add", "remove"))
    return made <= set(ties) and not unmade & set(ties)


def agree_as_it_is(ledger: Ledger, block: str, group: int, ref: Ref, change: AddRemove) -> None:
    """Who shows a relation has it and who does not lacks it, for all that was ever said, until somebody changes it."""
    db = ledger.db
    links = (*change.add, *change.remove)
    rows = db.execute(
        select(record.c.remote_id, record.c.item_id).where(
            record.c.site == ref.site,
            record.c.kind.in_(WORK),
            record.c.remote_id.in_([link.target for link in links]),
        )
    )
    items = {row.remote_id: row.item_id for row in rows}
    members = db.execute(
        select(member.c.record_id, member.c.base, record.c.connection_id)
        .join(record, record.c.id == member.c.record_id)
        .where(member.c.block == block, member.c.group_id == group)
    ).all()
    there = homes(db, {one.connection_id: str(one.connection_id) for one in members}, items.values())
    ties = ties_on(db, [one.record_id for one in members])
    for one in members:
        known = entries(one.base)
        for link in links:
            end = there.get(items.get(link.target, 0), {}).get(str(one.connection_id))
            if end is not None:
                tie = Tie(link.type.value, end)
                known[tie] = tie in ties.get(one.record_id, ())
        ledger.base(block, one.record_id, {RELATIONS: [as_base(known)]})
