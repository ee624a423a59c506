"""Marking in charts what shipped: planned from the database, looked for in the tool, written down, sent once.

What is due is decided in `syncline.sync.marking`. A mark bears nothing of ours, so the intent that is written down
before it is sent is kept for good: what stands there is never made again, whatever becomes of it in the tool.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row

from syncline.config import Config
from syncline.config.company import Guards
from syncline.config.marks import Mark as MarkRule
from syncline.connector import CreateBy, Creation, Source
from syncline.errors import ConfigError, GuardTripped, InDoubt, NotFound, VendorError, VersionConflict
from syncline.model import Annotation, Kind, Record, Ref, Sourced
from syncline.seams import Clock, crashpoint
from syncline.store import Store
from syncline.store.home import Home
from syncline.store.ingest import Ingest
from syncline.store.tables import meta
from syncline.sync.apply import Hands, ends_connection, number_of
from syncline.sync.byhand import paused
from syncline.sync.cycle import Cycle, Outcome
from syncline.sync.desk import Desk, Place, places_of
from syncline.sync.group import RETRY, Group
from syncline.sync.guards import tripped
from syncline.sync.marking import Mark, MarkPlan, Shown, due, fingerprint
from syncline.sync.shipped import OPEN, begun, known_marks, marks_in, pulled, shipped, since_key
from syncline.target import TakesMarks

ANNOTATION = Kind.ANNOTATION
DAY = timedelta(days=1)
"""How far a day elsewhere may be from ours."""


@dataclass(frozen=True)
class Board:
    """A connection whose charts may be marked."""

    name: str
    tool: TakesMarks
    home: Home
    settle: timedelta
    """After which a mark that was made is surely in the list."""


def board(name: str, source: Source, home: Home) -> Board:
    """A connection that takes marks, and may be written to."""
    assert isinstance(source, TakesMarks)
    creation = source.capabilities.creates.get(ANNOTATION, Creation(CreateBy.NONE))
    return Board(name, source, home, timedelta(seconds=creation.settle))


@dataclass
class Marking:
    """Plans and makes the marks of one run. ``sources`` are built, and ask nothing by themselves."""

    config: Config
    store: Store
    clock: Clock
    sources: Mapping[str, Source]
    hands: Hands
    only: frozenset[str] = frozenset()
    limit: int | None = None
    approve: int | None = None
    _shown: dict[str, dict[Shown, Sourced]] = field(default_factory=dict)
    """By connection, the marks that the tool listed in this run."""

    def rules(self) -> list[MarkRule]:
        """The blocks that are looked at in this run."""
        with self.store.reading() as db:
            resting = paused(db)
        chosen = [rule for rule in self.config.mark if not self.only or rule.name in self.only]
        return [rule for rule in chosen if rule.mode != "paused" and rule.name not in resting]

    def plan(self, rule: MarkRule) -> MarkPlan:
        """What is due in one block, by what the database knows; nothing is asked, and nothing is written."""
        plan = MarkPlan(rule)
        with self.store.reading() as db:
            places = places_of(db, self.config.connections)
            if rule.to not in places or rule.to not in self.sources:
                return plan
            here, now, zone = places[rule.to], self.clock.now(), self._zone(rule.to)
            known, plan.links = known_marks(db, here.id)
            own = [places[name] for name in rule.from_ if name in places]
            since = {place.name: begun(db, here, place) or now for place in own}
            out = shipped(db, rule, own, min(since.values(), default=now).date() - DAY)
            found = due(rule, here.site, out, since=since, now=now, zone=zone, known=known)
            self._sort(db, plan, found, here, zone)
        plan.marks = plan.marks[: self.limit]
        return plan

    def _sort(
        self, db: Connection, plan: MarkPlan, found: Sequence[Mark], here: Place, zone: ZoneInfo
    ) -> None:
        """What stands in the charts already, what was refused lately as it is, and what is to be made."""
        if not found:
            return
        there = pulled(db, here)
        holds = Desk(db, {}).holds(plan.rule, [mark.source for mark in found])
        for mark in found:
            lately = [
                hold.reason
                for hold in holds.get(mark.source, ())
                if self.clock.now() - hold.at < RETRY and hold.shown.get("wanted") == mark.as_json()
            ]
            shown = next((one for one in there if one.same_as(mark, zone)), None)
            if shown is not None:
                plan.there.append((mark, shown.remote_id))
            elif lately:
                plan.left.append((mark, lately[0]))
            else:
                plan.marks.append(mark)

    def _zone(self, name: str) -> ZoneInfo:
        """Whose days the charts of a connection have."""
        source = self.sources[name]
        assert isinstance(source, TakesMarks)
        return source.mark_zone(self.config.connections[name])

    @classmethod
    def of(cls, cycle: Cycle) -> Marking:
        """By what a cycle was asked for."""
        return cls(
            cycle.config,
            cycle.store,
            cycle.clock,
            cycle.sources,
            cycle.hands,
            cycle.only,
            cycle.limit,
            cycle.approve,
        )

    # ---- the run ----

    def go(self, outcome: Outcome) -> None:
        """Settle what earlier runs left, then plan every block and make the marks of those that are on."""
        self._recover()
        for rule in self.rules():
            if self.hands.stop.asked:
                return
            plan = outcome.marks[rule.name] = self.plan(rule)
            if rule.mode != "on":
                continue
            self._begin(rule)
            self._note_there(rule, plan.there)
            refused = self._refused(plan)
            if refused:
                outcome.refused[rule.name] = refused
                continue
            self.make(rule, plan.marks)

    def _refused(self, plan: MarkPlan) -> list[str]:
        if self.approve is not None and len(plan.marks) <= self.approve:
            return []
        return tripped(plan.counts, self.config.guards or Guards())

    def _begin(self, rule: MarkRule) -> None:
        """From now on what ships is marked: what shipped before never is."""
        with self.store.writing() as db:
            places = places_of(db, self.config.connections)
            if rule.to not in places:
                return
            for name in rule.from_:
                if name in places and begun(db, places[rule.to], places[name]) is None:
                    key = since_key(places[rule.to], places[name])
                    db.execute(meta.insert().values(key=key, value=self.clock.now().isoformat()))

    # ---- making ----

    def make(self, rule: MarkRule, marks: Sequence[Mark]) -> None:
        """Make marks, each unless the tool shows it by now."""
        for mark in marks:
            board = self._able(rule.to)
            shown = None if board is None else self._listed(board)
            if board is None or shown is None:
                return
            there = next((one for one in shown if one.same_as(mark, self._zone(rule.to))), None)
            if there is not None:
                self._note_there(rule, [(mark, there.remote_id)])
            else:
                self._make(rule, board, mark)

    def _able(self, name: str) -> Board | None:
        if self.hands.stop.asked or name in self.hands.done.failed:
            return None
        return self.hands.boards.get(name)

    def _listed(self, board: Board) -> Mapping[Shown, Sourced] | None:
        """What the tool shows now, asked once a run; None where it does not say."""
        if board.name not in self._shown:
            try:
                rows = board.tool.marks()
            except VendorError as error:
                self.hands.done.failed[board.name] = error
                return None
            self._shown[board.name] = {shown(row.record): row for row in rows}
        return self._shown[board.name]

    def _make(self, rule: MarkRule, board: Board, mark: Mark) -> None:
        with self.store.writing() as db:
            self.hands.ledger(db).intend(
                mark.marker, board.home.connection_id, mark.source, rule.name, {"mark": mark.as_json()}
            )
        crashpoint("intent.written")
        try:
            stored = board.tool.add_mark(mark.draft)
        except VendorError as error:
            crashpoint("operation.sent")
            self._failed(rule, mark, error)
        else:
            crashpoint("operation.sent")
            self._made(rule.name, board, mark, stored)
        crashpoint("operation.stored")

    def _made(self, block: str, board: Board, mark: Mark, stored: Sourced) -> None:
        """The mark exists, and is ours: `undo` may take it away."""
        with self.store.writing() as db:
            ledger = self.hands.ledger(db)
            made = self.hands.take_in(db, board, stored)
            ref = Ref(board.home.site, ANNOTATION, made.remote_id)
            after = {"mark": made.remote_id, "shown": made.model_dump(mode="json")}
            why = f"shipped in {mark.connection}"
            ledger.done(block, mark.source, number_of(db, ref), "mark", board.name, None, after, why)
            ledger.settled(mark.marker, "verified", {"ref": str(ref)})
            self._release(db, block, mark)
        self.hands.done.created += 1
        self.hands.done.operations += 1

    def _failed(self, rule: MarkRule, mark: Mark, error: VendorError) -> None:
        """An answer that was lost is looked for, a fault of the connection ends its part of the run, and a refusal
        waits for a person."""
        doubtful, done = isinstance(error, InDoubt), self.hands.done
        with self.store.writing() as db:
            ledger = self.hands.ledger(db)
            ledger.settled(mark.marker, "in_doubt" if doubtful else "failed", {"error": error.message})
            ledger.done(
                rule.name, mark.source, mark.source, "mark", rule.to, None, {"label": mark.label},
                f"shipped in {mark.connection}", "in_doubt" if doubtful else "refused", error.message,
            )  # fmt: skip
            if not doubtful and not ends_connection(error):
                self._hold(db, rule, mark, str(error))
        done.in_doubt += doubtful
        done.refused += not doubtful
        if ends_connection(error):
            done.failed[rule.to] = error

    def _hold(self, db: Connection, rule: MarkRule, mark: Mark, reason: str) -> None:
        holds = Desk(db, {}).holds(rule, [mark.source]).get(mark.source, [])
        name, shown = _field(rule.to), {"wanted": mark.as_json()}
        group = Group(mark.source, (), tuple(holds))
        if self.hands.ledger(db).hold(rule.name, group, name, "blocked", reason, shown):
            self.hands.done.new_holds.append((f"{rule.name}: {{}}, {name}: {reason}", mark.label))

    def _release(self, db: Connection, block: str, mark: Mark) -> None:
        holds = Desk(db, {}).holds(_Named(block), [mark.source]).get(mark.source, [])
        self.hands.ledger(db).release(hold.number for hold in holds)

    def _note_there(self, rule: MarkRule, there: Iterable[tuple[Mark, str]]) -> None:
        """Somebody marked it by hand: that counts as ours, but is not ours to take away."""
        for mark, remote_id in there:
            with self.store.writing() as db:
                ledger = self.hands.ledger(db)
                here = places_of(db, [rule.to])[rule.to]
                ledger.intend(mark.marker, here.id, mark.source, rule.name, {"mark": mark.as_json()})
                ref = Ref(here.site, ANNOTATION, remote_id)
                ledger.settled(mark.marker, "verified", {"ref": str(ref), "found": True})
                self._release(db, rule.name, mark)

    # ---- what an earlier run left ----

    def _recover(self) -> None:
        """Look for what was sent and never answered. Once it would surely be listed, it was never made."""
        with self.store.reading() as db:
            rows = marks_in(db, [one.home.connection_id for one in self.hands.boards.values()])
        for one in self.hands.boards.values():
            for row in rows:
                if row.connection_id == one.home.connection_id and row.state in OPEN and self._able(one.name):
                    self._look_for(one, row)
        crashpoint("recovered")

    def _look_for(self, board: Board, row: Row[Any]) -> None:
        mark = Mark.of_json(row.operation["mark"])
        listed = self._listed(board)
        if listed is None:
            return
        there = [one for one in listed if one.same_as(mark, self._zone(board.name))]
        ours = next((one for one in there if one.body == mark.details), None)
        if ours is not None:
            self._made(row.block, board, mark, listed[ours])
            return
        with self.store.writing() as db:
            ledger = self.hands.ledger(db)
            if there:  # somebody made it meanwhile
                ref = Ref(board.home.site, ANNOTATION, there[0].remote_id)
                ledger.settled(row.id, "verified", {"ref": str(ref), "found": True})
            elif self.clock.now() - row.written_at >= board.settle:
                ledger.settled(row.id, "failed", {"error": "it was never made"})
            else:
                ledger.settled(row.id, "in_doubt", row.outcome)
                self.hands.done.in_doubt += 1

    # ---- saved plans ----

    def check_saved(self, saved: Mapping[str, Any], *, approve: bool) -> tuple[MarkRule, list[Mark]]:
        """A block of a saved plan; raises ConfigError where it does not fit any more, GuardTripped where refused."""
        rule = next((one for one in self.config.mark if one.name == saved["block"]), None)
        if rule is None:
            raise ConfigError(f"no [[mark]] block is named {saved['block']!r} any more", hint="plan again")
        if fingerprint(rule) != saved["fingerprint"]:
            raise ConfigError(f"the rules of {rule.name} changed since the plan was saved", hint="plan again")
        marks = [Mark.of_json(one) for one in saved["marks"]]
        plan = self.plan(rule)
        for mark in marks:
            if mark.as_json() not in [one.as_json() for one in plan.marks]:
                raise ConfigError(
                    f"“{mark.label}” is not due as it was", hint="plan again; nothing was written"
                )
        plan.marks = marks
        refused = tripped(plan.counts, self.config.guards or Guards())
        if refused and not approve:
            raise GuardTripped(
                f"{rule.name}: {'; '.join(refused)}", hint="apply FILE --approve does it all the same"
            )
        return rule, marks


@dataclass(frozen=True)
class _Named:
    name: str


def shown(mark: Record) -> Shown:
    """A mark that a tool lists."""
    assert isinstance(mark, Annotation)
    body = None if mark.body is None else mark.body.source
    return Shown(mark.remote_id, mark.title or "", mark.at, body)


def _field(to: str) -> str:
    return f"mark in {to}"


# ---- taking one back -----------------------------------------------------------------------------------------------


def unmark(hands: Hands, connection: str, remote_id: str, shown: Mapping[str, Any]) -> str | None:
    """Take away a mark that a run made, if it says what it said then; returns why not."""
    here = hands.boards.get(connection)
    if here is None:
        return f"{connection} may not be written to"
    try:
        here.tool.remove_mark(remote_id, Annotation.model_validate(shown))
    except VersionConflict:
        return "somebody changed it since"
    except NotFound:
        return "it is not there any more"
    return None


def gone(hands: Hands, db: Connection, connection: str, number: int) -> None:
    """We deleted it ourselves, so that nobody need look for it."""
    home = hands.boards[connection].home
    Ingest(db, home, hands.run_id, hands.clock.now()).mark_absent([number], "gone")
