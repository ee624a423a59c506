"""What shall be done about one block, from the database alone: nothing is asked and nothing is written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic_core import to_json
from sqlalchemy import Connection, select

from syncline.config import Config
from syncline.connector import Source
from syncline.seams import Clock
from syncline.store import Store
from syncline.store.leads import WORK
from syncline.store.tables import meta, record
from syncline.sync.blocks import Block
from syncline.sync.desk import Desk, Place, places_of
from syncline.sync.group import Group, GroupPlan, Hold, Member, Tongue
from syncline.sync.guards import Counts
from syncline.sync.kin import Kin
from syncline.sync.match import (
    Clusters,
    Join,
    Loose,
    Make,
    Suggestion,
    Unplaced,
    counterparts,
    joined,
    too_old,
)
from syncline.sync.plan import plan_group
from syncline.sync.tongues import People, people_of, tongue
from syncline.sync.whereabouts import introduced
from syncline.target import Target


@dataclass
class BlockPlan:
    """What shall be done about one block. ``quiet`` are records that need nothing."""

    block: Block
    joins: list[Join] = field(default_factory=list)
    groups: list[GroupPlan] = field(default_factory=list)
    makes: list[Make] = field(default_factory=list)
    suggestions: list[Suggestion] = field(default_factory=list)
    unplaced: list[Unplaced] = field(default_factory=list)
    quiet: set[int] = field(default_factory=set)
    loose: dict[int, Loose] = field(default_factory=dict)
    later: set[int] = field(default_factory=set)
    """Records whose link a limit leaves to another run: until then they get no other counterpart."""
    homes: dict[Join, int] = field(default_factory=dict)
    """The group that each join ends in."""
    tongue: Tongue | None = None

    @property
    def counts(self) -> Counts:
        updates = {number for plan in self.groups for number in plan.touched}
        removals = sum(plan.removals for plan in self.groups)
        return Counts(len(self.makes), len(updates), removals)

    @property
    def empty(self) -> bool:
        """Nothing would be written to any tool, and nothing linked."""
        counts = self.counts
        return not (counts.creates or counts.updates or counts.removals or self.joins)


Refusal = Callable[[Block, Make, Loose, Tongue, Sequence[Hold]], str | None]
"""Why a counterpart is not made again, or None."""


@dataclass
class Planner:
    """What planning needs in one run. ``sources`` are built, and ask nothing by themselves."""

    config: Config
    store: Store
    clock: Clock
    sources: Mapping[str, Source]
    people: People | None
    item: int | None
    limit: int | None
    refusal: Refusal

    def plan(self, block: Block) -> BlockPlan:
        """What shall be done about one block, from the database alone."""
        with self.store.reading() as db:
            desk = Desk(db, places_of(db, self.config.connections))
            known = db.execute(select(meta.c.value).where(meta.c.key == f"sync:{block.name}")).scalar()
            whole = known != self.fingerprint(block)
            numbers = sorted(concerned(db, desk.places, block)) if whole else desk.dirty(block)
            if self.item is not None:
                numbers = self._of_item(desk)
            return self._planned(desk, block, numbers)

    def _of_item(self, desk: Desk) -> list[int]:
        rows = desk.db.execute(
            select(record.c.id).where(record.c.item_id == self.item, record.c.kind.in_(WORK))
        )
        return sorted({row.id for row in rows})

    def _planned(self, desk: Desk, block: Block, numbers: Sequence[int]) -> BlockPlan:
        plan = BlockPlan(block)
        now = self.clock.now()
        found = desk.loose(block, numbers)
        loose = {
            one.number: one for one in (introduced(desk.db, found) if block.config.conditions() else found)
        }
        plan.loose = loose
        grouped = desk.groups_of(block, numbers)
        groups = {group.number: group for group in desk.groups(block, grouped.values(), now)}
        groups |= self._match(desk, plan, list(loose.values()))
        joins = plan.joins
        spoken: list[Member | Loose] = [
            *loose.values(),
            *(one for group in groups.values() for one in group.members),
        ]
        speech = self.speech(desk, block, spoken)
        plan.tongue = speech
        plan.groups = [plan_group(block, group, speech) for _, group in sorted(groups.items())]
        matched = {number for join in joins for number in (join.one, join.other)} | plan.later
        asked = {one.one for one in plan.suggestions}
        for one in loose.values():
            if one.number not in matched and one.number not in asked:
                self._plan_counterparts(desk, plan, one, speech)
        plan.quiet = set(numbers) - self._busy(plan) - plan.later
        self._limit(plan)
        return plan

    def _plan_counterparts(self, desk: Desk, plan: BlockPlan, one: Loose, speech: Tongue) -> None:
        for wanted in counterparts(plan.block, one):
            if isinstance(wanted, Unplaced):
                plan.unplaced.append(wanted)
                continue
            holds = desk.holds(plan.block, [one.number]).get(one.number, [])
            reason = self.refusal(plan.block, wanted, one, speech, holds)
            if reason is None:
                plan.makes.append(wanted)
            else:
                plan.unplaced.append(Unplaced(plan.block.name, one.number, wanted.connection, reason))

    def _match(self, desk: Desk, plan: BlockPlan, loose: Sequence[Loose]) -> dict[int, Group]:
        """Note who belongs together; returns the groups that there will be."""
        block = plan.block
        able = [
            one for one in loose if one.group is not None or not too_old(block.config.since, one.created_at)
        ]
        able = [one for one in able if len(one.partners) < len(block.between) - 1]
        found = Kin(desk).candidates(block, able) if able else {}
        answers = [answer for one in able for answer in joined(block, one, found.get(one.number, {}))]
        plan.suggestions = [one for one in answers if isinstance(one, Suggestion)]
        wanted = [one for one in answers if isinstance(one, Join)]
        return self._joined(desk, plan, [_directed(block, join, plan.loose) for join in wanted])

    def _joined(self, desk: Desk, plan: BlockPlan, wanted: Sequence[Join]) -> dict[int, Group]:
        block = plan.block
        ends = sorted({number for join in wanted for number in (join.one, join.other)})
        clusters = Clusters(desk.groups_of(block, ends))
        for join in sorted(wanted, key=lambda one: (one.one, one.other)):
            if self.limit is not None and len(plan.joins) >= self.limit:
                plan.later |= {join.one, join.other}
            elif clusters.add(join):
                plan.joins.append(join)
        plan.homes = {join: clusters.group_of(join, about=block.about) for join in plan.joins}
        known = desk.groups(block, set(plan.homes.values()), self.clock.now())
        members = {group.number: {one.number for one in group.members} for group in known}
        for join, number in plan.homes.items():
            members.setdefault(number, set()).update(clusters.members[join.one])
        return desk.as_groups(block, members)

    def speech(self, desk: Desk, block: Block, spoken: Sequence[Member | Loose]) -> Tongue:
        """How the connections of a block speak about these records."""
        sites = [desk.places[name].site for name in block.between if name in desk.places]
        return tongue(
            desk,
            block,
            spoken,
            people=people_of(desk, sites, self.people),
            capabilities={name: source.capabilities for name, source in self.sources.items()},
            stored_forms={
                name: source.stored_form
                for name, source in self.sources.items()
                if isinstance(source, Target)
            },
            writable=frozenset(
                name for name, given in self.config.connections.items() if given.access == "write"
            ),
            customers=frozenset(
                name for name, given in self.config.connections.items() if given.customer_visible
            ),
            now=self.clock.now(),
            tools={name: given.connector.capitalize() for name, given in self.config.connections.items()},
        )

    def _limit(self, plan: BlockPlan) -> None:
        """Leave out what goes beyond ``--limit``: so many records are written, whatever else could be."""
        if self.limit is None:
            return
        left = self.limit
        kept: list[GroupPlan] = []
        for group in plan.groups:
            size = len(group.touched) + group.removals
            if size <= left:
                kept.append(group)
                left -= size
        plan.groups = kept
        plan.makes = plan.makes[:left]

    def _busy(self, plan: BlockPlan) -> set[int]:
        """Records that something is to be done or noted about."""
        found = {number for join in plan.joins for number in (join.one, join.other)}
        found |= {make.source for make in plan.makes} | {one.source for one in plan.unplaced}
        found |= {one.one for one in plan.suggestions}
        for group in plan.groups:
            if group.busy:
                found |= {one.number for one in group.group.members}
        return found

    def fingerprint(self, block: Block) -> str:
        """Of everything that decides what a block's plan is, but for the records."""
        access = {name: self.config.connections[name].access for name in block.between}
        parts = [block.config.model_dump(mode="json"), access]
        return hashlib.blake2b(to_json(parts), digest_size=16).hexdigest()


def concerned(db: Connection, places: Mapping[str, Place], block: Block) -> list[int]:
    """Every work record of a block's connections."""
    own = [places[name].id for name in block.between if name in places]
    return list(
        db.execute(
            select(record.c.id).where(record.c.connection_id.in_(own), record.c.kind.in_(WORK))
        ).scalars()
    )


def _directed(block: Block, join: Join, loose: Mapping[int, Loose]) -> Join:
    """In a block of many to one, the first of `between` points at the others."""
    if not block.about or loose[join.one].connection == block.between[0]:
        return join
    return Join(join.block, join.other, join.one, join.origin, join.evidence)
