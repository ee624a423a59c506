"""One round of a sync after the pull: plan every block, guard it, carry it out, until nothing is left to do.

A block in preview is planned and shown, and nothing of it is written anywhere. A record leaves the list of what must be
planned when every block that concerns it has settled it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Connection, select, update

from syncline.config import Config
from syncline.config.company import Guards
from syncline.connector import Source
from syncline.errors import VendorError
from syncline.seams import Clock, Stop
from syncline.store import Store
from syncline.store.tables import dirty, held, meta, operation, record
from syncline.sync import byhand
from syncline.sync.apply import Hands, Writer
from syncline.sync.blocks import Block, blocks
from syncline.sync.create import Maker
from syncline.sync.desk import WORK, Desk, Place, places_of
from syncline.sync.group import Group, GroupPlan, Tongue
from syncline.sync.guards import Counts, tripped
from syncline.sync.ledger import Ledger
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
from syncline.target import Target

ROUNDS = 4
"""Plans in one run: a create, what only then can be written, what follows from that, and one that finds nothing."""


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
        updates = {number for plan in self.groups for number in plan.writes}
        removals = sum(len(plan.archive) for plan in self.groups)
        return Counts(len(self.makes), len(updates), removals)

    @property
    def empty(self) -> bool:
        """Nothing would be written to any tool, and nothing linked."""
        counts = self.counts
        return not (counts.creates or counts.updates or counts.removals or self.joins)


@dataclass
class Outcome:
    """What one sync came to. ``refused`` are the guards' lines by block."""

    plans: dict[str, BlockPlan] = field(default_factory=dict)
    refused: dict[str, list[str]] = field(default_factory=dict)
    created: int = 0
    in_doubt: int = 0
    written: list[dict[str, Any]] = field(default_factory=list)
    """Every field that was written, or should have been, in this run."""
    waiting: list[dict[str, Any]] = field(default_factory=list)
    """What is open once it is over."""
    news: list[tuple[str, str]] = field(default_factory=list)
    """Sentences with {} for the record, and the record: see `Done`."""
    failed: dict[str, VendorError] = field(default_factory=dict)


@dataclass
class Cycle:
    """Everything that planning and applying of one run share. ``sources`` are built, and ask nothing by themselves."""

    config: Config
    store: Store
    clock: Clock
    run_id: int
    sources: Mapping[str, Source]
    writers: Mapping[str, Writer]
    people: People | None = None
    only: frozenset[str] = frozenset()
    item: int | None = None
    limit: int | None = None
    approve: int | None = None
    stop: Stop = field(default_factory=Stop)

    def __post_init__(self) -> None:
        self.blocks = [
            block
            for block in blocks(self.config.sync, self.config.fields)
            if not self.only or block.name in self.only
        ]
        self.guards = self.config.guards or Guards()
        self.hands = Hands(self.store, self.run_id, self.clock, self.writers, stop=self.stop)
        self.maker = Maker(self.hands, self.sources)

    # ---- the run ----

    def go(self) -> Outcome:
        """Plan and apply until nothing is left that can be done."""
        outcome = Outcome()
        with self.store.reading() as db:
            resting = byhand.paused(db)
        self.blocks = [replace(b, mode="paused") if b.name in resting else b for b in self.blocks]
        self._note_changed_rules()
        self.maker.recover(self.blocks)
        first = True
        for _ in range(ROUNDS):
            before = self._done_so_far()
            planned = self._round(outcome, first=first)
            first = False
            if not planned or self._done_so_far() == before or self.limit is not None:
                break
        self.conclude(outcome)
        return outcome

    def conclude(self, outcome: Outcome) -> None:
        """What was done and what is open, for whoever asked."""
        done = self.hands.done
        outcome.created, outcome.in_doubt = done.created, done.in_doubt
        outcome.news, outcome.failed = done.new_holds, done.failed
        with self.store.reading() as db:
            outcome.written = list(_written(db, self.run_id))
            outcome.waiting = [
                {
                    "block": one.block,
                    "kind": one.kind,
                    "field": one.field,
                    "reason": one.reason,
                    "records": list(one.labels),
                }
                for one in byhand.waiting(db)
            ]

    def _done_so_far(self) -> tuple[int, int, int]:
        done = self.hands.done
        return done.operations, done.created, done.joined

    def _round(self, outcome: Outcome, *, first: bool) -> bool:
        """Plan all blocks once and apply those that are on; False where there was nothing to apply."""
        with self.store.reading() as db:
            waiting = {row.record_id: row.seq for row in db.execute(select(dirty))}
        settled: dict[str, set[int]] = {}
        busy = False
        for block in self.blocks:
            if self.stop.asked:
                break
            if block.mode == "paused" or (block.mode == "preview" and not first):
                continue
            plan = self.plan(block)
            if first:
                outcome.plans[block.name] = plan
            settled[block.name] = set(plan.quiet)
            if block.mode != "on":
                continue
            refused = self._refused(plan)
            if refused:
                outcome.refused[block.name] = refused
                continue
            self._apply(plan)
            busy |= not plan.empty
            settled[block.name] |= {one.number for group in plan.groups for one in group.group.members}
            settled[block.name] |= {one.one for one in plan.suggestions} | {
                one.source for one in plan.unplaced
            }
        self._clean(waiting, settled)
        return busy

    def _refused(self, plan: BlockPlan) -> list[str]:
        counts = plan.counts
        total = counts.creates + counts.updates + counts.removals
        if self.approve is not None and total <= self.approve:
            return []
        if not tripped(counts, self.guards):
            return []
        with self.store.reading() as db:  # only now the share counts, and counting costs
            links = Desk(db, places_of(db, self.config.connections)).links(plan.block)
        return tripped(replace(counts, links=links), self.guards)

    # ---- planning ----

    def plan(self, block: Block) -> BlockPlan:
        """What shall be done about one block, from the database alone."""
        with self.store.reading() as db:
            desk = Desk(db, places_of(db, self.config.connections))
            known = db.execute(select(meta.c.value).where(meta.c.key == f"sync:{block.name}")).scalar()
            whole = known != self.fingerprint(block)
            numbers = sorted(_concerned(db, desk.places, block)) if whole else desk.dirty(block)
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
        loose = {one.number: one for one in (desk.introduced(found) if block.config.conditions() else found)}
        plan.loose = loose
        grouped = desk.groups_of(block, numbers)
        groups = {group.number: group for group in desk.groups(block, grouped.values(), now)}
        groups |= self._match(desk, plan, list(loose.values()))
        joins = plan.joins
        spoken = [*loose.values(), *(one for group in groups.values() for one in group.members)]
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
            reason = self.maker.refusal(plan.block, wanted, one, speech, holds)
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
        found = desk.candidates(block, able) if able else {}
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

    def speech(self, desk: Desk, block: Block, spoken: Sequence[object]) -> Tongue:
        sites = [desk.places[name].site for name in block.between if name in desk.places]
        return tongue(
            desk,
            block,
            spoken,  # type: ignore[arg-type]
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
            now=self.clock.now(),
        )

    def _limit(self, plan: BlockPlan) -> None:
        """Leave out what goes beyond ``--limit``: so many records are written, whatever else could be."""
        if self.limit is None:
            return
        left = self.limit
        kept: list[GroupPlan] = []
        for group in plan.groups:
            size = len(group.writes) + len(group.archive)
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

    # ---- applying ----

    def _apply(self, plan: BlockPlan) -> None:
        with self.store.writing() as db:
            ledger = self.hands.ledger(db)
            for join in plan.joins:
                ledger.join(
                    plan.block.name,
                    join.one,
                    join.other,
                    join.origin,
                    join.evidence,
                    plan.homes[join],
                    about=plan.block.about,
                )
                self.hands.done.joined += 1
            self._note_loose(ledger, plan)
        for group in plan.groups:
            if group.busy:
                self.hands.carry_out(group)
        for make in plan.makes:
            self.maker.make(plan.block, make, plan.loose[make.source], plan.tongue)

    def _note_loose(self, ledger: Ledger, plan: BlockPlan) -> None:
        """What a person must say about records in no group: which belongs to which, and where one is to be made."""
        noted = {one.one: ("link", "conflict", one.reason, one.candidates) for one in plan.suggestions}
        noted |= {
            one.source: (f"create {one.connection}", "blocked", one.reason, ()) for one in plan.unplaced
        }
        desk = Desk(ledger.db, {})
        holds = desk.holds(plan.block, sorted(plan.loose))
        for number in sorted(plan.loose):
            open_ = [
                hold
                for hold in holds.get(number, ())
                if hold.name == "link" or hold.name.startswith("create ")
            ]
            if number not in noted:
                stale = [hold.number for hold in open_ if not _wanted(hold.name, plan, number)]
                ledger.release(stale)
                continue
            name, kind, reason, candidates = noted[number]
            if any(hold.name == name and hold.reason == reason for hold in open_):
                continue
            group = Group(number, (), tuple(open_))
            if ledger.hold(plan.block.name, group, name, kind, reason, {"candidates": list(candidates)}):
                label = plan.loose[number].key or plan.loose[number].title or ""
                self.hands.done.new_holds.append((f"{plan.block.name}: {{}}, {name}: {reason}", label))

    def _clean(self, waiting: Mapping[int, int], settled: Mapping[str, set[int]]) -> None:
        """What every block that concerns it has settled need not be planned again, unless it changed meanwhile."""
        again = self.hands.done.unsettled
        with self.store.writing() as db:
            places = places_of(db, self.config.connections)
            concerned = {
                places[name].id: [
                    b.name for b in self._all_blocks() if name in b.between and b.mode != "paused"
                ]
                for name in places
            }
            rows = db.execute(
                select(record.c.id, record.c.connection_id, record.c.kind, dirty.c.seq).join(
                    dirty, dirty.c.record_id == record.c.id
                )
            ).all()
            ledger = self.hands.ledger(db)
            done = []
            for row in rows:
                names = concerned.get(row.connection_id, [])
                work = row.kind in WORK
                if waiting.get(row.id) != row.seq or row.id in again:
                    continue
                if not work or all(row.id in settled.get(name, ()) for name in names):
                    done.append(row.id)
            ledger.clean(done)

    def _all_blocks(self) -> list[Block]:
        """All that are not paused: one that is resumed is planned whole."""
        resting = {block.name for block in self.blocks if block.mode == "paused"}
        every = blocks(self.config.sync, self.config.fields)
        return [block for block in every if block.mode != "paused" and block.name not in resting]

    # ---- rules that changed ----

    def _note_changed_rules(self) -> None:
        """A block that reads otherwise than last time is planned whole: everything that it concerns is dirty.

        So is one that rested: nothing is kept for it meanwhile.
        """
        with self.store.writing() as db:
            places = places_of(db, self.config.connections)
            known = {row.key: row.value for row in db.execute(select(meta).where(meta.c.key.like("sync:%")))}
            ledger = self.hands.ledger(db)
            for block in self.blocks:
                key, mark = f"sync:{block.name}", self.fingerprint(block)
                if block.mode == "paused":
                    db.execute(meta.delete().where(meta.c.key == key))
                    continue
                if known.get(key) == mark:
                    continue
                numbers = _concerned(db, places, block)
                if numbers:
                    ledger.touch(numbers, "config")
                db.execute(meta.delete().where(meta.c.key == key))
                db.execute(meta.insert().values(key=key, value=mark))
                db.execute(  # what a rule could not do, another may
                    update(held)
                    .where(held.c.block == block.name, held.c.kind == "blocked", held.c.closed_at.is_(None))
                    .values(shown={})
                )

    def fingerprint(self, block: Block) -> str:
        """Of everything that decides what a block's plan is, but for the records."""
        access = {name: self.config.connections[name].access for name in block.between}
        parts = [block.config.model_dump(mode="json"), access]
        return hashlib.blake2b(to_json(parts), digest_size=16).hexdigest()


def _concerned(db: Connection, places: Mapping[str, Place], block: Block) -> list[int]:
    """Every work record of a block's connections."""
    own = [places[name].id for name in block.between if name in places]
    return list(
        db.execute(
            select(record.c.id).where(record.c.connection_id.in_(own), record.c.kind.in_(WORK))
        ).scalars()
    )


def _written(db: Connection, run_id: int) -> Iterator[dict[str, Any]]:
    rows = db.execute(
        select(operation, record.c.site, record.c.kind.label("record_kind"), record.c.remote_id)
        .outerjoin(record, record.c.id == operation.c.record_id)
        .where(operation.c.run_id == run_id)
        .order_by(operation.c.id)
    )
    for row in rows:
        yield {
            "block": row.block,
            "ref": f"{row.site}:{row.record_kind}:{row.remote_id}",
            "kind": row.kind,
            "field": row.field,
            "before": row.before,
            "after": row.after,
            "why": row.why,
            "state": row.state,
            "error": row.error,
        }


def _directed(block: Block, join: Join, loose: Mapping[int, Loose]) -> Join:
    """In a block of many to one, the first of `between` points at the others."""
    if not block.about or loose[join.one].connection == block.between[0]:
        return join
    return Join(join.block, join.other, join.one, join.origin, join.evidence)


def _wanted(name: str, plan: BlockPlan, number: int) -> bool:
    """Whether a create that failed is still wanted, so that what is known of it stays open."""
    return any(f"create {make.connection}" == name for make in plan.makes if make.source == number)
