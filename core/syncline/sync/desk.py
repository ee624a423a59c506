"""What the planner may know, from the database. Reads, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import BindParameter, Connection, Select, and_, bindparam, func, select

from syncline.model import Kind, Ref
from syncline.store.compare import chunks
from syncline.store.leads import WORK
from syncline.store.tables import (
    connection as connections,
)
from syncline.store.tables import (
    dirty,
    event,
    held,
    link,
    member,
    operation,
    record,
)
from syncline.sync.blocks import Block
from syncline.sync.group import RELATIONS, Group, Hold, Member, Tie
from syncline.sync.hearing import files_on, heard
from syncline.sync.match import Loose
from syncline.sync.ties import neighbours, owners_of_dirty, ties_on
from syncline.sync.values import PEOPLE

LATELY = timedelta(hours=24)
"""How far back what we wrote counts when somebody else seems to undo it."""


class Named(Protocol):
    """A block of any sort."""

    @property
    def name(self) -> str: ...


@dataclass(frozen=True)
class Place:
    """A connection as the database knows it."""

    name: str
    id: int
    site: str


@dataclass
class Desk:
    """One look at the database; ``places`` are the connections that have been checked at least once."""

    db: Connection
    places: Mapping[str, Place]
    names: Mapping[int, str] = field(init=False)

    def __post_init__(self) -> None:
        self.names = {place.id: name for name, place in self.places.items()}

    # ---- what must be planned ----

    def dirty(self, block: Block) -> list[int]:
        """Numbers of the work records of a block's connections that must be planned, in order.

        A file or link that is new on a record makes that record one of them: it may lead to its counterpart. So does an
        account that is new, or changed, for records that wait for somebody's.
        """
        own = set(self.own(block))
        waiting = sorted(row.record_id for row in self.db.execute(select(dirty.c.record_id)))
        found: set[int] = set()
        owners: dict[str, set[str]] = {}
        accounts = False
        kinds = {Kind.ATTACHMENT.value} | ({Kind.COMMENT.value} if block.comments else set())
        for part in chunks(waiting):  # by their numbers, so that it costs nothing how many others there are
            columns = (record.c.id, record.c.connection_id, record.c.kind, record.c.site, record.c.subject)
            for row in self.db.execute(select(*columns).where(record.c.id.in_(part))):
                if row.connection_id not in own:
                    continue
                if row.kind in WORK:
                    found.add(row.id)
                elif row.kind == Kind.PERSON.value:
                    accounts = True
                elif row.subject and row.kind in kinds:
                    owners.setdefault(row.site, set()).add(row.subject)
        if accounts:
            found |= self._waiting(block, PEOPLE)
        if found and any(rule.name == "parent" for rule in block.rules):
            found |= self._children_waiting(block, found)
        found |= self._numbers(owners)
        if block.relations is not None:
            found |= owners_of_dirty(self.db)
            found |= neighbours(self.db, found)
            found = self._within(own, found)
        return sorted(found)

    def _within(self, own: set[int], numbers: set[int]) -> set[int]:
        """Those of some records that belong to these connections."""
        return {
            row.id
            for part in chunks(sorted(numbers))
            for row in self.db.execute(
                select(record.c.id).where(record.c.id.in_(part), record.c.connection_id.in_(sorted(own)))
            )
        }

    def _children_waiting(self, block: Block, found: set[int]) -> set[int]:
        """Members of groups whose parent could not be told, where it is among ``found``: it may be linked now."""
        parent = record.alias("parent")
        rows = [
            row
            for part in chunks(sorted(self._waiting(block, ("parent",))))
            for row in self.db.execute(
                select(record.c.id, parent.c.id.label("parent"))
                .join(parent, and_(parent.c.site == record.c.site, parent.c.remote_id == record.c.parent))
                .where(record.c.id.in_(part), parent.c.kind.in_(WORK))
            )
        ]
        return {row.id for row in rows if row.parent in found}

    def _waiting(self, block: Block, names: Iterable[str]) -> set[int]:
        """Members of groups that one of these fields is blocked in."""
        groups = select(held.c.group_id).where(
            held.c.block == block.name,
            held.c.field.in_(sorted(names)),
            held.c.kind == "blocked",
            held.c.closed_at.is_(None),
        )
        return set(
            self.db.execute(
                select(member.c.record_id).where(member.c.block == block.name, member.c.group_id.in_(groups))
            ).scalars()
        )

    def _numbers(self, wanted: Mapping[str, set[str]]) -> set[int]:
        """The work records of some remote ids, by site."""
        return {
            row.id
            for site, ids in wanted.items()
            for part in chunks(sorted(ids))
            for row in self.db.execute(
                select(record.c.id).where(
                    record.c.site == site, record.c.kind.in_(WORK), record.c.remote_id.in_(part)
                )
            )
        }

    def groups_of(self, block: Block, numbers: Sequence[int]) -> dict[int, int]:
        """Of each number that is in a group of the block, the group."""
        return {
            row.record_id: row.group_id
            for part in chunks(numbers)
            for row in self.db.execute(_GROUPS, {"block": block.name, "ids": part})
        }

    # ---- groups ----

    def groups(self, block: Block, group_ids: Iterable[int], now: datetime) -> list[Group]:
        """The groups with all their members and what is open about them, in order."""
        wanted = sorted(set(group_ids))
        rows = [
            row
            for part in chunks(wanted)
            for row in self.db.execute(_MEMBERS, {"block": block.name, "ids": part})
        ]
        return self._grouped(block, rows, now)

    def as_groups(self, block: Block, groups: Mapping[int, Iterable[int]]) -> dict[int, Group]:
        """Records as the groups that they would be once they were joined, by the groups' numbers."""
        wanted = {number: sorted(set(members)) for number, members in groups.items()}
        every = sorted({one for members in wanted.values() for one in members})
        rows = [
            row
            for part in chunks(every)
            for row in self.db.execute(_AS_MEMBERS, {"block": block.name, "ids": part})
        ]
        ties = ties_on(self.db, every) if block.relations is not None else {}
        known = {row.record_id: self._member(row, {}, ties) for row in rows}
        holds = self.holds(block, sorted(wanted))
        return {
            number: Group(
                number, tuple(known[one] for one in members if one in known), tuple(holds.get(number, ()))
            )
            for number, members in wanted.items()
        }

    def _grouped(self, block: Block, rows: Sequence[Any], now: datetime) -> list[Group]:
        numbers = sorted({row.record_id for row in rows})
        holds = self.holds(block, sorted({row.group_id for row in rows}))
        written = self._written(block, numbers, now)
        changed = self._changed_at(numbers) if any(rule.policy.newest for rule in block.rules) else {}
        ties = ties_on(self.db, numbers) if block.relations is not None else {}
        names = [*(rule.name for rule in block.rules), *([RELATIONS] if block.relations else [])]
        by_group: dict[int, list[Member]] = {}
        for row in rows:
            by_group.setdefault(row.group_id, []).append(self._member(row, changed, ties))
        numbered = {group: [one.number for one in members] for group, members in by_group.items()}
        talks = heard(self.db, block, numbered) if block.comments is not None else {}
        files = files_on(self.db, numbers) if block.files is not None else {}
        return [
            Group(
                number,
                tuple(members),
                tuple(holds.get(number, ())),
                {
                    key: written[key]
                    for one in members
                    for key in ((one.number, name) for name in names)
                    if key in written
                },
                talks.get(number),
                {one.number: files[one.number] for one in members if one.number in files},
            )
            for number, members in sorted(by_group.items())
        ]

    def _member(
        self,
        row: Any,
        changed: Mapping[int, Mapping[str, datetime]],
        ties: Mapping[int, tuple[Tie, ...]],
    ) -> Member:
        return Member(
            number=row.record_id,
            ref=Ref(row.site, Kind(row.kind), row.remote_id),
            connection=self.names.get(row.connection_id, ""),
            key=row.key,
            title=row.title,
            container=row.box,
            data=row.data,
            base=row.base or {},
            state=row.state,
            absent=row.absent,
            archived=row.archived,
            changed_at=changed.get(row.record_id, {}),
            updated_at=row.updated_at,
            url=row.url,
            item=row.item_id,
            ties=ties.get(row.record_id, ()),
        )

    def holds(self, block: Named, group_ids: Sequence[int]) -> dict[int, list[Hold]]:
        """What is open about groups; a record that is in none has its own number for that."""
        found: dict[int, list[Hold]] = {}
        for part in chunks(group_ids):
            for row in self.db.execute(_HELD, {"block": block.name, "ids": part}):
                found.setdefault(row.group_id, []).append(
                    Hold(
                        row.id,
                        row.field,
                        row.kind,
                        row.record_id,
                        row.reason,
                        row.shown,
                        row.at,
                        row.answer,
                    )
                )
        return found

    def _written(
        self, block: Block, numbers: Sequence[int], now: datetime
    ) -> dict[tuple[int, str], tuple[Any, ...]]:
        found: dict[tuple[int, str], tuple[Any, ...]] = {}
        for part in chunks(numbers):
            rows = self.db.execute(
                select(operation.c.record_id, operation.c.field, operation.c.after)
                .where(
                    operation.c.record_id.in_(part),
                    operation.c.block == block.name,
                    operation.c.kind == "update",
                    operation.c.state == "done",
                    operation.c.at >= now - LATELY,
                )
                .order_by(operation.c.id)
            )
            for row in rows:
                key = (row.record_id, row.field)
                found[key] = (*found.get(key, ()), row.after)
        return found

    def _changed_at(self, numbers: Sequence[int]) -> dict[int, dict[str, datetime]]:
        found: dict[int, dict[str, datetime]] = {}
        for part in chunks(numbers):
            rows = self.db.execute(
                select(event.c.record_id, event.c.field, func.max(event.c.at).label("at"))
                .where(event.c.record_id.in_(part))
                .group_by(event.c.record_id, event.c.field)
            )
            for row in rows:
                found.setdefault(row.record_id, {})[row.field] = row.at
        return found

    # ---- loose records and who they may belong to ----

    def loose(self, block: Block, numbers: Sequence[int]) -> list[Loose]:
        """Work records as matching and copying see them; what the tool does not list any more is left out."""
        groups = self.groups_of(block, numbers)
        partners = self._partners(block, set(groups.values()))
        parted = self.parted(numbers) if block.creates else {}
        found = []
        for part in chunks(numbers):
            rows = self.db.execute(_LOOSE, {"ids": part})
            found += [self._loose(row, groups.get(row.id), partners, parted.get(row.id, {})) for row in rows]
        return found

    def _loose(
        self,
        row: Any,
        group: int | None,
        partners: Mapping[int, frozenset[str]],
        parted: Mapping[int, int],
    ) -> Loose:
        own = self.names.get(row.connection_id, "")
        body = (row.data.get("body") or {}).get("source") or ""
        return Loose(
            number=row.id,
            ref=Ref(row.site, Kind(row.kind), row.remote_id),
            connection=own,
            key=row.key,
            url=row.url,
            title=row.title,
            container=row.box,
            data=row.data,
            created_at=row.created_at,
            group=group,
            partners=partners.get(group, frozenset()) - {own} if group is not None else frozenset(),
            parted=frozenset(self.names.get(place, "") for place in parted.values()),
            words=f"{row.title or ''}\n{body}",
        )

    def _partners(self, block: Block, group_ids: set[int]) -> dict[int, frozenset[str]]:
        found: dict[int, set[str]] = {}
        for part in chunks(sorted(group_ids)):
            rows = self.db.execute(
                select(member.c.group_id, record.c.connection_id)
                .join(record, record.c.id == member.c.record_id)
                .where(member.c.block == block.name, member.c.group_id.in_(part))
            )
            for row in rows:
                found.setdefault(row.group_id, set()).add(self.names.get(row.connection_id, ""))
        return {number: frozenset(names) for number, names in found.items()}

    def parted(self, numbers: Sequence[int]) -> dict[int, dict[int, int]]:
        """By record, whom it was linked with until somebody ended that, and their connections."""
        found: dict[int, dict[int, int]] = {}
        for own, other in ((link.c.source_id, link.c.target_id), (link.c.target_id, link.c.source_id)):
            for part in chunks(numbers):
                rows = self.db.execute(
                    select(own.label("own"), record.c.id, record.c.connection_id)
                    .join(record, record.c.id == other)
                    .where(own.in_(part), link.c.until.is_not(None))
                )
                for row in rows:
                    found.setdefault(row.own, {})[row.id] = row.connection_id
        return found

    def own(self, block: Block) -> list[int]:
        """The connections of a block, by their rows."""
        return [self.places[name].id for name in block.between if name in self.places]

    def links(self, block: Block) -> int:
        """How many records of a block have a counterpart."""
        groups = select(func.count(func.distinct(member.c.group_id))).where(member.c.block == block.name)
        return int(self.db.execute(groups).scalar_one())


def places_of(db: Connection, configured: Iterable[str]) -> dict[str, Place]:
    """The configured connections that have been checked at least once."""
    rows = db.execute(_PLACES).all()
    wanted = set(configured)
    return {row.name: Place(row.name, row.id, row.site) for row in rows if row.name in wanted}


def _box(box: Any) -> Any:
    return and_(
        box.c.site == record.c.site, box.c.kind == Kind.CONTAINER.value, box.c.remote_id == record.c.container
    )


# ---- queries, made once: to make them costs more than most answers ----


def _members(which: Any) -> Select[Any]:
    """Records with what they are in a block."""
    box = record.alias("box")
    return (
        select(
            member.c.group_id,
            record.c.id.label("record_id"),
            func.coalesce(member.c.state, "active").label("state"),
            member.c.base,
            record.c.site,
            record.c.kind,
            record.c.remote_id,
            record.c.connection_id,
            record.c.key,
            record.c.title,
            record.c.url,
            record.c.data,
            record.c.absent,
            record.c.archived,
            record.c.updated_at,
            record.c.item_id,
            box.c.key.label("box"),
        )
        .select_from(record)
        .outerjoin(member, and_(member.c.record_id == record.c.id, member.c.block == _BLOCK))
        .outerjoin(box, _box(box))
        .where(which)
        .order_by(member.c.group_id, record.c.id)
    )


def _loose() -> Select[Any]:
    box = record.alias("box")
    return (
        select(
            record.c.id,
            record.c.site,
            record.c.kind,
            record.c.remote_id,
            record.c.connection_id,
            record.c.key,
            record.c.url,
            record.c.title,
            record.c.data,
            record.c.created_at,
            record.c.item_id,
            box.c.key.label("box"),
        )
        .outerjoin(box, _box(box))
        .where(record.c.id.in_(_IDS), record.c.absent.is_(None))
        .order_by(record.c.id)
    )


_BLOCK: BindParameter[str] = bindparam("block")
_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_GROUPS = select(member.c.record_id, member.c.group_id).where(
    member.c.block == _BLOCK, member.c.record_id.in_(_IDS)
)
_MEMBERS = _members(and_(member.c.block == _BLOCK, member.c.group_id.in_(_IDS)))
_AS_MEMBERS = _members(record.c.id.in_(_IDS))
_HELD = (
    select(held)
    .where(held.c.block == _BLOCK, held.c.group_id.in_(_IDS), held.c.closed_at.is_(None))
    .order_by(held.c.id)
)
_LOOSE = _loose()
_PLACES = select(connections.c.id, connections.c.name, connections.c.site)
