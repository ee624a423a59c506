"""Carrying a plan out: write down, send, look at what the tool stored, write that down.

One write at a time, each in its own transactions, so that a process that dies anywhere leaves nothing that the next run
cannot understand: an update is planned anew from what the tools show, a create is looked for by its marker.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import Connection, select

from syncline.connector import Page, Source
from syncline.errors import AccessDenied, InDoubt, RecordError, VendorError, VersionConflict
from syncline.model import Record, Ref, Sourced, Text, TextFormat
from syncline.seams import Clock, Stop, crashpoint
from syncline.store import Store
from syncline.store.home import Home
from syncline.store.ingest import Ingest
from syncline.store.readings import read_records
from syncline.store.tables import intent, record
from syncline.sync.changes import encoded, typed
from syncline.sync.group import BACKLINKS, COMMENTS, RELATIONS, FieldStep, GroupPlan, Member, NoteDue
from syncline.sync.ledger import Ledger
from syncline.sync.proving import proven, read_back, take_in_pages, took
from syncline.sync.values import as_json, raw_field
from syncline.target import AddRemove, Change, CommentDraft, Outcome, Removal, Set, TakesComments, Target

if TYPE_CHECKING:
    from syncline.sync.marks import Board

LINKS = frozenset({BACKLINKS, RELATIONS})
"""Fields that are objects of their own in a tool: a record does not hold them."""
EARLIER = timedelta(hours=1)
"""How long before our clock a tool's clock may say that something was written."""


@dataclass(frozen=True)
class Writer:
    """A connection that may be written to."""

    name: str
    target: Target
    home: Home


@dataclass
class Done:
    """What applying came to. ``failed`` are connections that stopped, with the error that stopped them."""

    operations: int = 0
    created: int = 0
    joined: int = 0
    refused: int = 0
    in_doubt: int = 0
    new_holds: list[tuple[str, str]] = field(default_factory=list)
    """What a person should hear of for the first time: a sentence with {} for the record, and the record."""
    failed: dict[str, VendorError] = field(default_factory=dict)
    unsettled: set[int] = field(default_factory=set)
    """Records that must be planned again."""


@dataclass
class Hands:
    """What applies plans in one run."""

    store: Store
    run_id: int
    clock: Clock
    writers: Mapping[str, Writer]
    done: Done = field(default_factory=Done)
    stop: Stop = field(default_factory=Stop)
    sources: Mapping[str, Source] = field(default_factory=dict)
    """Every connection, also those that are only read."""
    boards: Mapping[str, Board] = field(default_factory=dict)
    """Connections whose charts may be marked."""

    def ledger(self, db: Connection) -> Ledger:
        return Ledger(db, self.run_id, self.clock.now())

    def able(self, connection: str) -> Writer | None:
        """Who writes to a connection; None where nobody may, it failed, or the run shall end."""
        if self.stop.asked or connection in self.done.failed:
            return None
        return self.writers.get(connection)

    # ---- one group ----

    def carry_out(self, plan: GroupPlan) -> None:
        """One group's plan: every write, then what is judged and what is held. Nothing where the run shall end."""
        if self.stop.asked:
            self.done.unsettled |= {one.number for one in plan.group.members}
            return
        late: dict[str, dict[int, str]] = {}
        steps = {step.name: step for step in plan.steps}
        for number, changes in sorted(plan.writes.items()):
            one = next(one for one in plan.group.members if one.number == number)
            for name, reason in self._write(plan, steps, one, changes).items():
                late.setdefault(name, {})[number] = reason
        for number in plan.archive:
            self._archive(plan, next(one for one in plan.group.members if one.number == number))
        for note in plan.notes:
            self._say(plan, note)
        with self.store.writing() as db:
            ledger = self.ledger(db)
            self._judge(ledger, plan, late)
            for number, marks in plan.marks.items():
                ledger.base(plan.block, number, marks)
            for number in plan.leaves:
                ledger.unlink(number)
        own = {one.number for one in plan.group.members}
        if own & self.done.unsettled:
            self.done.unsettled |= own  # whichever of them is why the group was planned
        crashpoint("group.judged")

    def _judge(self, ledger: Ledger, plan: GroupPlan, late: Mapping[str, Mapping[int, str]]) -> None:
        for step in plan.steps:
            own = late.get(step.name, {})
            ledger.settle(plan, step, own)
            self._note(ledger, plan, step)
        for number, reason in sorted(plan.unsaid.items()):
            self.hold(ledger, plan, COMMENTS, "blocked", reason, {}, number)
        ledger.release(plan.closes)

    def _note(self, ledger: Ledger, plan: GroupPlan, step: FieldStep) -> None:
        """Conflicts and what cannot be written, where somebody should hear of it."""
        if step.conflict is not None:
            self.hold(ledger, plan, step.name, "conflict", step.conflict, step.shown, None)
        for number, reason in sorted({**step.behind, **step.drift}.items()):
            if reason and not any(
                hold.member == number and hold.name == step.name and "wanted" in hold.shown
                for hold in plan.group.holds
            ):
                self.hold(ledger, plan, step.name, "blocked", reason, step.shown, number)

    def hold(
        self,
        ledger: Ledger,
        plan: GroupPlan,
        name: str,
        kind: str,
        reason: str,
        shown: Mapping[str, Any],
        number: int | None,
    ) -> None:
        if ledger.hold(plan.block, plan.group, name, kind, reason, shown, number):
            labels = " = ".join(one.label for one in plan.group.members)
            self.done.new_holds.append((f"{plan.block}: {{}}, {name}: {reason}", labels))

    # ---- one write ----

    def _write(
        self, plan: GroupPlan, steps: Mapping[str, FieldStep], one: Member, changes: Mapping[str, Change]
    ) -> dict[str, str]:
        """Write a member's fields; returns those that were not written, with the reason."""
        writer = self.able(one.connection)
        if writer is None:
            self.done.unsettled.add(one.number)
            return dict.fromkeys(changes, "")
        asked = changes
        changes = self._proven(plan, one, changes)
        unproven = {RELATIONS: ""} if changes.get(RELATIONS) != asked.get(RELATIONS) else {}
        if not changes:
            return unproven
        expected = {
            name: typed(name, steps[name].before[one.number]) for name in changes if name not in LINKS
        }
        marker = str(uuid5(NAMESPACE_URL, f"{self.run_id}/{plan.block}/{one.ref}"))
        with self.store.writing() as db:
            told = {name: encoded(change) for name, change in changes.items()}
            self.ledger(db).intend(
                marker,
                writer.home.connection_id,
                one.number,
                plan.block,
                {"update": str(one.ref), "changes": told},
            )
        crashpoint("intent.written")
        try:
            outcome = writer.target.update(one.ref, dict(changes), expected)
        except VendorError as error:
            outcome = self._failed(one, changes, error)
        crashpoint("operation.sent")
        pages = []
        if RELATIONS in changes and one.connection not in self.done.failed:
            pages = read_back(writer, one.ref, changes[RELATIONS])
        with self.store.writing() as db:
            refused = self._write_down(db, writer, plan, steps, one, changes, outcome)
            take_in_pages(self, db, writer, pages)
            doubtful = any(isinstance(error, InDoubt) for error in outcome.refused.values())
            self.ledger(db).settled(marker, "abandoned" if doubtful else "verified")
        crashpoint("operation.stored")
        if RELATIONS in outcome.applied and not took(pages, one.ref, changes[RELATIONS]):
            self.done.unsettled.add(one.number)
            refused[RELATIONS] = ""
        return unproven | refused

    def _proven(self, plan: GroupPlan, one: Member, changes: Mapping[str, Change]) -> dict[str, Change]:
        """The changes without relations that may only be out of sight elsewhere."""
        change = changes.get(RELATIONS)
        if not isinstance(change, AddRemove):
            return dict(changes)
        kept = proven(self, plan, one, change)
        if kept != change:
            self.done.unsettled.add(one.number)
        return {
            name: kept if name == RELATIONS else given
            for name, given in changes.items()
            if name != RELATIONS or kept.add or kept.remove
        }

    def _failed(self, one: Member, changes: Mapping[str, Change], error: VendorError) -> Outcome:
        """The write as a whole failed: every field with it. A fault of the connection ends its part of the run."""
        if ends_connection(error):
            self.done.failed[one.connection] = error
        return Outcome(one.ref, refused=dict.fromkeys(changes, error))

    def _write_down(
        self,
        db: Connection,
        writer: Writer,
        plan: GroupPlan,
        steps: Mapping[str, FieldStep],
        one: Member,
        changes: Mapping[str, Change],
        outcome: Outcome,
    ) -> dict[str, str]:
        ledger = self.ledger(db)
        stored = None
        if outcome.stored is not None:
            stored = self.take_in(db, writer, outcome.stored).model_dump(mode="json")
        bases: dict[str, Any] = {}
        refused: dict[str, str] = {}
        for name, change in changes.items():
            step = steps[name]
            error = outcome.refused.get(name)
            if name in outcome.applied:
                if name != RELATIONS:  # its base moves with what is read back
                    bases[name] = [_base_after(name, change, step, one, stored, name in outcome.later)]
                self._count(ledger, plan, one, step, change)
                held = [h.number for h in plan.group.holds if h.member == one.number and h.name == name]
                ledger.release(held)
                continue
            refused[name] = self._refused(ledger, plan, one, step, change, error)
        ledger.base(plan.block, one.number, bases)
        return refused

    def _count(self, ledger: Ledger, plan: GroupPlan, one: Member, step: FieldStep, change: Change) -> None:
        self.done.operations += 1
        ledger.done(
            plan.block,
            plan.group.number,
            one.number,
            "update",
            step.name,
            as_json(step.before[one.number]),
            encoded(change),
            step.why,
        )

    def _refused(
        self,
        ledger: Ledger,
        plan: GroupPlan,
        one: Member,
        step: FieldStep,
        change: Change,
        error: VendorError | None,
    ) -> str:
        """Note why a field was not written; returns the reason."""
        reason = str(error) if error is not None else "the tool did not take it"
        doubtful = isinstance(error, InDoubt)
        self.done.in_doubt += doubtful
        self.done.refused += not doubtful
        ledger.done(
            plan.block,
            plan.group.number,
            one.number,
            "update",
            step.name,
            as_json(step.before[one.number]),
            encoded(change),
            step.why,
            "in_doubt" if doubtful else "refused",
            reason,
        )
        again = error is not None and (ends_connection(error) or isinstance(error, InDoubt | VersionConflict))
        if again:
            self.done.unsettled.add(one.number)
        else:
            shown = {"wanted": encoded(change), "held": step.before[one.number]}
            self.hold(ledger, plan, step.name, "blocked", reason, shown, one.number)
        return reason

    def take_in(self, db: Connection, writer: Writer | Board, stored: Sourced) -> Record:
        """Store a record as the tool has it now, and return it as it is read."""
        readings = read_records(writer.home, [stored])
        Ingest(db, writer.home, self.run_id, self.clock.now()).page(Page(records=[stored]), readings)
        return readings[0].record

    # ---- notes ----

    def _say(self, plan: GroupPlan, note: NoteDue) -> None:
        """Write a note once: one whose answer was lost is looked for before it is sent again."""
        one = next(one for one in plan.group.members if one.number == note.member)
        writer = self.able(one.connection)
        if writer is None or not isinstance(writer.target, TakesComments):
            self.done.unsettled.add(one.number)
            return
        draft = CommentDraft(one.ref, Text(format=TextFormat.MARKDOWN, source=note.text), note.visibility)
        ref, error, shown = None, None, None
        try:
            ref = self._said_before(writer, note, draft)
            if ref is None:
                self._intend_note(writer, plan, note)
                outcome = writer.target.add_comment(draft, note.marker)
                ref, error = outcome.ref, outcome.refused.get("body")
                shown = outcome.stored and outcome.stored.record.model_dump(mode="json")["body"]
        except VendorError as raised:
            error = raised
            if ends_connection(raised):
                self.done.failed[one.connection] = raised
        crashpoint("operation.sent")
        self._note_written(plan, one, note, error, ref, shown)

    def _said_before(self, writer: Writer, note: NoteDue, draft: CommentDraft) -> Ref | None:
        """The note, where it was sent and never answered and is there after all."""
        with self.store.reading() as db:
            sent = db.execute(
                select(intent.c.written_at).where(intent.c.id == note.marker, intent.c.state != "verified")
            ).scalar()
        found = writer.target.find_by_marker(note.marker, draft, sent - EARLIER) if sent is not None else ()
        return found[0] if found else None

    def _intend_note(self, writer: Writer, plan: GroupPlan, note: NoteDue) -> None:
        with self.store.writing() as db:
            self.ledger(db).intend(
                note.marker, writer.home.connection_id, note.member, plan.block, {"update": note.key}
            )
        crashpoint("intent.written")

    def _note_written(
        self,
        plan: GroupPlan,
        one: Member,
        note: NoteDue,
        error: VendorError | None,
        ref: Ref | None,
        shown: Mapping[str, Any] | None,
    ) -> None:
        doubtful = isinstance(error, InDoubt)
        told = {"add": None if ref is None else ref.remote_id, "text": note.text}
        with self.store.writing() as db:
            ledger = self.ledger(db)
            state = "done" if error is None else "in_doubt" if doubtful else "refused"
            ledger.done(
                plan.block, plan.group.number, one.number, "note", "note", None, told, note.key, state,
                None if error is None else error.message,
            )  # fmt: skip
            ledger.settled(note.marker, "verified" if error is None else "abandoned")
            if error is None and ref is not None:  # our words, and nobody's that could be copied
                ledger.ours(plan.block, one.number, ref.remote_id, shown)
            if error is None or not (doubtful or ends_connection(error)):
                ledger.base(plan.block, one.number, {note.key: ["written" if error is None else "refused"]})
        self.done.operations += error is None
        self.done.in_doubt += doubtful
        if error is not None and (doubtful or ends_connection(error)):
            self.done.unsettled.add(one.number)
        elif error is not None:
            sentence = f"{plan.block}: {{}}, note: {error.message}"
            self.done.new_holds.append((sentence, one.label))
        crashpoint("operation.stored")

    # ---- the archive ----

    def _archive(self, plan: GroupPlan, one: Member) -> None:
        writer = self.able(one.connection)
        if writer is None:
            self.done.unsettled.add(one.number)
            return
        error: VendorError | None = None
        try:
            writer.target.remove(one.ref, Removal.ARCHIVE)
        except VendorError as raised:
            error = raised
        crashpoint("operation.sent")
        with self.store.writing() as db:
            ledger = self.ledger(db)
            state = "done" if error is None else "refused"
            ledger.done(
                plan.block,
                plan.group.number,
                one.number,
                "archive",
                "archived",
                False,
                True,
                "its counterpart is gone",
                state,
                str(error) if error is not None else None,
            )
            if error is None:
                ledger.state(plan.block, one.number, "gone")
                ledger.release(hold.number for hold in plan.group.holds if hold.name == "archived")
                self.done.operations += 1
            elif isinstance(error, RecordError):
                self.hold(ledger, plan, "archived", "blocked", str(error), {}, one.number)
            else:
                self._failed(one, {}, error)
                self.done.unsettled.add(one.number)
        crashpoint("operation.stored")


def ends_connection(error: VendorError) -> bool:
    """Whether an error speaks of the connection: one that speaks of a record leaves the others alone."""
    return not isinstance(error, RecordError | InDoubt | AccessDenied)


def _base_after(
    name: str,
    change: Change,
    step: FieldStep,
    one: Member,
    stored: Mapping[str, Any] | None,
    later: bool,
) -> Any:
    """What the base becomes: what the tool answered, or what was meant where somebody may have edited since."""
    if name == BACKLINKS and isinstance(change, AddRemove):
        return _links_after(one, change)
    if stored is not None and not later:
        return raw_field(stored, name)
    return _meant(change, step.before[one.number])


def _links_after(one: Member, change: AddRemove) -> dict[str, str]:
    shown = dict((one.base.get(BACKLINKS) or [{}])[0])
    shown = {
        number: url for number, url in shown.items() if number not in {link.id for link in change.remove}
    }
    return shown | {link.id: link.url for link in change.add}


def _meant(change: Change, before: Any) -> Any:
    if isinstance(change, Set):
        return as_json(change.value)
    if isinstance(change, AddRemove):
        kept = [value for value in before or () if value not in change.remove]
        return kept + [value for value in change.add if value not in kept]
    return change.status


def number_of(db: Connection, ref: Ref) -> int | None:
    """The row of a record."""
    found = db.execute(
        select(record.c.id).where(
            record.c.site == ref.site, record.c.kind == ref.kind.value, record.c.remote_id == ref.remote_id
        )
    ).scalar()
    return None if found is None else int(found)
