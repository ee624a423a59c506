"""One round of a sync after the pull: plan every block, guard it, carry it out, until nothing is left to do.

A block in preview is planned and shown, and nothing of it is written anywhere. A record leaves the list of what must be
planned when every block that concerns it has settled it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select, update

from syncline.config import Config
from syncline.config.company import Guards
from syncline.connector import Source
from syncline.errors import VendorError
from syncline.model import Kind
from syncline.seams import Clock, Stop
from syncline.store import Store
from syncline.store.ingest import begin_ingest
from syncline.store.leads import WORK, note_leads
from syncline.store.tables import dirty, held, meta, operation, record
from syncline.sync import byhand
from syncline.sync.apply import Hands, Writer
from syncline.sync.blocks import Block, blocks
from syncline.sync.commenting import Speaker
from syncline.sync.create import Maker
from syncline.sync.desk import Desk, places_of
from syncline.sync.group import Group
from syncline.sync.guards import tripped
from syncline.sync.ledger import Ledger
from syncline.sync.planner import BlockPlan, Planner, concerned
from syncline.sync.ties import owners_of_dirty
from syncline.sync.tongues import People

if TYPE_CHECKING:
    from syncline.sync.marking import MarkPlan

ROUNDS = 4
"""Plans in one run: a create, what only then can be written, what follows from that, and one that finds nothing."""


@dataclass
class Outcome:
    """What one sync came to. ``refused`` are the guards' lines by block."""

    plans: dict[str, BlockPlan] = field(default_factory=dict)
    refused: dict[str, list[str]] = field(default_factory=dict)
    marks: dict[str, MarkPlan] = field(default_factory=dict)
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
        self.hands = Hands(
            self.store, self.run_id, self.clock, self.writers, stop=self.stop, sources=self.sources
        )
        self.maker = Maker(self.hands, self.sources)
        self.planner = Planner(
            self.config,
            self.store,
            self.clock,
            self.sources,
            self.people,
            self.item,
            self.limit,
            self.maker.refusal,
        )

    # ---- the run ----

    def go(self) -> Outcome:
        """Plan and apply until nothing is left that can be done."""
        outcome = Outcome()
        with self.store.reading() as db:
            resting = byhand.paused(db)
        self.blocks = [replace(b, mode="paused") if b.name in resting else b for b in self.blocks]
        self._note_changed_rules()
        self.maker.recover(self.blocks)
        self._touch_owners()
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
            plan = self.planner.plan(block)
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
                Speaker(self.hands, group).speak()
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
            ledger.touch_also(again - {row.id for row in rows})

    def _all_blocks(self) -> list[Block]:
        """All that are not paused: one that is resumed is planned whole."""
        resting = {block.name for block in self.blocks if block.mode == "paused"}
        every = blocks(self.config.sync, self.config.fields)
        return [block for block in every if block.mode != "paused" and block.name not in resting]

    # ---- what hangs on records ----

    def _touch_owners(self) -> None:
        """What was commented on, or got a file, must be planned until that is settled, as if it had changed itself."""
        every = self._all_blocks()
        kinds = [Kind.COMMENT.value] if any(block.comments for block in every) else []
        kinds += [Kind.ATTACHMENT.value] if any(block.files for block in every) else []
        related = any(block.relations for block in every)
        if not kinds and not related:
            return
        owner = record.alias("owner")
        said = (
            select(owner.c.id)
            .join(record, (record.c.site == owner.c.site) & (record.c.subject == owner.c.remote_id))
            .join(dirty, dirty.c.record_id == record.c.id)
            .where(record.c.kind.in_(kinds), owner.c.kind.in_(WORK))
        )
        with self.store.writing() as db:
            numbers = sorted({*db.execute(said).scalars(), *(owners_of_dirty(db) if related else ())})
            if numbers:
                self.hands.ledger(db).touch(numbers, "config")

    # ---- rules that changed ----

    def _note_changed_rules(self) -> None:
        """A block that reads otherwise than last time is planned whole: everything that it concerns is dirty.

        So is one that rested: nothing is kept for it meanwhile.
        """
        with self.store.writing() as db:
            places = places_of(db, self.config.connections)
            leads = [(one.name, one.lead) for one in self.config.sync if one.lead]
            note_leads(db, leads, lambda: begin_ingest(db, self.run_id, self.clock.now()))
            known = {row.key: row.value for row in db.execute(select(meta).where(meta.c.key.like("sync:%")))}
            ledger = self.hands.ledger(db)
            for block in self.blocks:
                key, mark = f"sync:{block.name}", self.planner.fingerprint(block)
                if block.mode == "paused":
                    db.execute(meta.delete().where(meta.c.key == key))
                    continue
                if known.get(key) == mark:
                    continue
                numbers = concerned(db, places, block)
                if numbers:
                    ledger.touch(numbers, "config")
                db.execute(meta.delete().where(meta.c.key == key))
                db.execute(meta.insert().values(key=key, value=mark))
                db.execute(  # what a rule could not do, another may
                    update(held)
                    .where(held.c.block == block.name, held.c.kind == "blocked", held.c.closed_at.is_(None))
                    .values(shown={})
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


def _wanted(name: str, plan: BlockPlan, number: int) -> bool:
    """Whether a create that failed is still wanted, so that what is known of it stays open."""
    return any(f"create {make.connection}" == name for make in plan.makes if make.source == number)
