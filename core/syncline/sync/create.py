"""Creates: written down before they are sent, sent once, and looked for by their marker when no answer came."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from syncline.connector import CreateBy, Creation, Present, Source
from syncline.errors import InDoubt, VendorError
from syncline.model import Kind, Priority, Record, Ref, Sourced
from syncline.seams import crashpoint
from syncline.store.tables import intent, record, run
from syncline.sync.apply import Hands, Writer, ends_connection, number_of
from syncline.sync.blocks import Block
from syncline.sync.commenting import look_for
from syncline.sync.desk import Desk, places_of
from syncline.sync.group import RETRY, Group, Hold, Tongue
from syncline.sync.ledger import BEHIND, Ledger
from syncline.sync.making import Drafted, drafted, read_again, since, written_down
from syncline.sync.match import Loose, Make
from syncline.sync.values import raw_field
from syncline.sync.whereabouts import containers
from syncline.target import Draft, Outcome


@dataclass
class Maker:
    """Makes counterparts in one run. ``doubtful`` are markers that must not be sent yet."""

    hands: Hands
    sources: Mapping[str, Source]
    doubtful: set[str] = field(default_factory=set)

    # ---- making ----

    def make(self, block: Block, make: Make, source: Loose, tongue: Tongue | None) -> None:
        """Make one counterpart, unless it may exist already or was refused as it is."""
        hands = self.hands
        writer = hands.able(make.connection)
        if writer is None or tongue is None or make.marker in self.doubtful:
            hands.done.unsettled.add(source.number)
            return
        plan = self._drafted(block, make, source, tongue)
        if plan is None:
            self._hold(block, make, source, {}, _no_container(make))
            return
        try:
            if self._made_before(block, make, source, writer, plan.draft):
                return
        except VendorError as error:
            hands.done.failed[make.connection] = error
            hands.done.unsettled.add(source.number)
            return
        operation = _operation(block, source, plan)
        with hands.store.writing() as db:
            hands.ledger(db).intend(
                make.marker, writer.home.connection_id, source.number, block.name, operation
            )
        crashpoint("intent.written")
        try:
            outcome = writer.target.create(plan.draft, make.marker)
        except InDoubt as error:
            self._in_doubt(block, make, source, error)
            return
        except VendorError as error:
            self._failed(block, make, source, operation, error)
            return
        crashpoint("operation.sent")
        self._adopt(block, make, source, writer, outcome)

    def _made_before(self, block: Block, make: Make, source: Loose, writer: Writer, draft: Draft) -> bool:
        """Link the counterpart that a lost database made, where there is one.

        Only what is older than this database can have one. What both show then is compared as of any two that are
        linked for the first time.
        """
        creation = writer.target.capabilities.creates.get(draft.kind, Creation(CreateBy.NONE))
        if creation.by is not CreateBy.MARKER or source.created_at is None:
            return False
        with self.hands.store.reading() as db:
            begun = db.execute(select(func.min(run.c.started_at))).scalar()
        if begun is None or source.created_at > begun:
            return False
        found = writer.target.find_by_marker(make.marker, draft, source.created_at)
        stored = _fetched(writer, found[0]) if found else None
        if stored is None:
            return False
        with self.hands.store.writing() as db:
            number, _ = self._stored(db, writer, stored)
            ledger = self.hands.ledger(db)
            if ledger.group_of(block.name, number) is not None:
                return False
            group = source.group or (number if block.about else min(source.number, number))
            ledger.join(block.name, source.number, number, "created", make.marker, group, about=block.about)
        self.hands.done.joined += 1
        return True

    def _stored(self, db: Connection, writer: Writer, stored: Sourced) -> tuple[int, Record]:
        """Take a record in; returns its row, and what it is."""
        made = self.hands.take_in(db, writer, stored)
        number = number_of(db, Ref(writer.home.site, made.kind, made.remote_id))
        if number is None:
            raise LookupError(f"{made.kind} {made.remote_id} was stored and is not there")
        return number, made

    def _drafted(self, block: Block, make: Make, source: Loose, tongue: Tongue) -> Drafted | None:
        """What is sent; None where the container is not there."""
        with self.hands.store.reading() as db:
            site = places_of(db, [make.connection])[make.connection].site
            container = containers(db, site).get(make.container)
        if container is None:
            return None
        creates = self.sources[make.connection].capabilities.creates
        kind = Kind.TICKET if Kind.TICKET in creates else Kind.ISSUE
        return drafted(block, make, source, tongue, container, kind)

    def refusal(
        self, block: Block, make: Make, source: Loose, tongue: Tongue, holds: Sequence[Hold]
    ) -> str | None:
        """Why a counterpart is not tried again: the tool refused the very same lately."""
        now = self.hands.clock.now()
        lately = [h for h in holds if h.name == f"create {make.connection}" and now - h.at < RETRY]
        if not lately:
            return None
        plan = self._drafted(block, make, source, tongue)
        wanted = {} if plan is None else _operation(block, source, plan)
        return next((hold.reason for hold in lately if hold.shown.get("wanted") == wanted), None)

    def _in_doubt(self, block: Block, make: Make, source: Loose, error: InDoubt) -> None:
        self.doubtful.add(make.marker)
        self.hands.done.in_doubt += 1
        self.hands.done.unsettled.add(source.number)
        with self.hands.store.writing() as db:
            ledger = self.hands.ledger(db)
            ledger.settled(make.marker, "in_doubt", {"error": error.message})
            ledger.done(
                block.name, source.number, source.number, "create", make.connection, None, make.marker,
                "no counterpart", "in_doubt", error.message,
            )  # fmt: skip
        crashpoint("operation.stored")

    def _failed(
        self, block: Block, make: Make, source: Loose, operation: Mapping[str, Any], error: VendorError
    ) -> None:
        """Nothing was made: a fault of the connection ends its part of the run, a refusal waits for a person."""
        hands = self.hands
        with hands.store.writing() as db:
            ledger = hands.ledger(db)
            ledger.settled(make.marker, "failed", {"error": error.message})
            ledger.done(
                block.name, source.number, source.number, "create", make.connection, None, make.marker,
                "no counterpart", "refused", error.message,
            )  # fmt: skip
        if ends_connection(error):
            hands.done.failed[make.connection] = error
            hands.done.unsettled.add(source.number)
            return
        hands.done.refused += 1
        self._hold(block, make, source, operation, str(error))

    def _hold(
        self, block: Block, make: Make, source: Loose, operation: Mapping[str, Any], reason: str
    ) -> None:
        with self.hands.store.writing() as db:
            holds = Desk(db, {}).holds(block, [source.number]).get(source.number, [])
            group = Group(source.number, (), tuple(holds))
            name = f"create {make.connection}"
            if self.hands.ledger(db).hold(
                block.name, group, name, "blocked", reason, {"wanted": dict(operation)}
            ):
                label = source.key or source.title or source.ref.remote_id
                self.hands.done.new_holds.append((f"{block.name}: {{}}, {name}: {reason}", label))

    # ---- taking in what was made ----

    def _adopt(
        self,
        block: Block,
        make: Make,
        source: Loose,
        writer: Writer,
        outcome: Outcome,
        sent: Mapping[str, Any] | None = None,
    ) -> None:
        """The counterpart exists: store it, link it, and note what both showed.

        ``sent`` is what an earlier run wrote down, where its answer was lost: what the record shows otherwise is then
        somebody's change.
        """
        hands = self.hands
        stored = outcome.stored or _fetched(writer, outcome.ref)
        with hands.store.writing() as db:
            ledger = hands.ledger(db)
            if stored is None:
                ledger.settled(make.marker, "in_doubt", {"ref": str(outcome.ref)})
                self.doubtful.add(make.marker)
                return
            number, made = self._stored(db, writer, stored)
            one, other = source.number, number
            group = source.group or (other if block.about else min(one, other))
            ledger.join(block.name, one, other, "created", make.marker, group, about=block.about)
            data = made.model_dump(mode="json")
            given = outcome.applied if sent is None else _given(writer, made.kind, sent, data)
            self._note_bases(ledger, block, source, number, data, given, sent)
            ledger.settled(make.marker, "verified", {"ref": str(outcome.ref)})
            ledger.done(
                block.name, group, number, "create", make.connection, None, str(outcome.ref), "no counterpart"
            )
            holds = Desk(db, {}).holds(block, [source.number]).get(source.number, [])
            ledger.release(h.number for h in holds if h.name == f"create {make.connection}")
        hands.done.created += 1
        hands.done.operations += 1
        crashpoint("operation.stored")

    def _note_bases(
        self,
        ledger: Ledger,
        block: Block,
        source: Loose,
        number: int,
        data: Mapping[str, Any],
        given: Collection[str],
        sent: Mapping[str, Any] | None,
    ) -> None:
        """What was given is agreed; for everything else the new record is behind, and will be told."""
        own = {name: [raw] for name, raw in (sent["source"] if sent else _shown(block, source)).items()}
        new: dict[str, Any] = {}
        for name in own:
            shown = raw_field(data, name)
            if name not in given:
                new[name] = [shown, BEHIND]
            else:
                new[name] = [shown if sent is None else sent["fields"][name]]
        if source.group is None:
            ledger.base(block.name, source.number, own)
        ledger.base(block.name, number, new)

    # ---- what an earlier run left ----

    def recover(self, known: Sequence[Block]) -> None:
        """Settle what was sent and never answered: updates are planned anew, creates are looked for."""
        with self.hands.store.reading() as db:
            rows = db.execute(
                select(intent).where(intent.c.state.in_(("sent", "in_doubt"))).order_by(intent.c.written_at)
            ).all()
        by_name = {block.name: block for block in known}
        names = {writer.home.connection_id: name for name, writer in self.hands.writers.items()}
        for row in rows:
            if "mark" in row.operation:  # syncline.sync.marks
                continue
            if "update" in row.operation:
                with self.hands.store.writing() as db:
                    self.hands.ledger(db).settled(row.id, "abandoned")
                continue
            if "comment" in row.operation:
                look_for(self.hands, row, names.get(row.connection_id))
                continue
            self._look_for(row, by_name.get(row.block), names.get(row.connection_id))
        crashpoint("recovered")

    def _look_for(self, row: Row[Any], block: Block | None, name: str | None) -> None:
        self.doubtful.add(row.id)
        writer = None if name is None else self.hands.able(name)
        if block is None or name is None or writer is None or block.mode != "on":
            return
        draft = read_again(row.operation)
        try:
            found = writer.target.find_by_marker(row.id, draft, since(row.written_at))
        except VendorError as error:
            self.hands.done.failed[name] = error
            return
        source = self._source(block, row.record_id)
        if source is None:
            return
        if not found:
            self._not_there(row, draft.kind, writer)
            return
        make = Make(block.name, source.number, name, "", block.config.create[0], row.id)
        if source.partners and name in source.partners:
            with self.hands.store.writing() as db:
                self.hands.ledger(db).settled(row.id, "verified", {"ref": str(found[0])})
            return
        self._adopt(block, make, source, writer, Outcome(found[0]), row.operation)
        if len(found) > 1:
            twins = ", ".join(str(ref) for ref in found[1:])
            self._hold(block, make, source, {}, f"{found[0]} has twins: {twins}; delete them by hand")

    def _not_there(self, row: Row[Any], kind: Kind, writer: Writer) -> None:
        """Once it would surely be found, it was never made, and is planned again with the same marker."""
        creation = writer.target.capabilities.creates.get(kind, Creation(CreateBy.NONE))
        if creation.by is CreateBy.NONE:
            return
        waited = self.hands.clock.now() - row.written_at
        with self.hands.store.writing() as db:
            ledger = self.hands.ledger(db)
            if waited < timedelta(seconds=creation.settle):
                ledger.settled(row.id, "in_doubt", row.outcome)
                self.hands.done.in_doubt += 1
                return
            ledger.settled(row.id, "failed", {"error": "it was never made"})
            ledger.touch([row.record_id], "config")
        self.doubtful.discard(row.id)

    def _source(self, block: Block, number: int) -> Loose | None:
        with self.hands.store.reading() as db:
            every = db.execute(select(record.c.connection_id).where(record.c.id == number)).scalar()
            if every is None:
                return None
            found = Desk(db, places_of(db, block.between)).loose(block, [number])
        return found[0] if found else None


def _operation(block: Block, source: Loose, plan: Drafted) -> dict[str, Any]:
    """A create as its intent keeps it."""
    return written_down(plan.draft) | {"source": _shown(block, source)}


def _no_container(make: Make) -> str:
    return f"{make.connection} has no container {make.container}"


def _shown(block: Block, source: Loose) -> dict[str, Any]:
    """What the source holds in every field that crosses later on, too."""
    return {
        rule.name: raw_field(source.data, rule.field_of(source.connection))
        for rule in block.rules
        if not rule.on_create
    }


def _given(writer: Writer, kind: Kind, sent: Mapping[str, Any], data: Mapping[str, Any]) -> frozenset[str]:
    """What a create gave whose answer was lost: what it named, but what is told later, or was left out by the tool."""
    later = writer.target.capabilities.creates.get(kind, Creation(CreateBy.NONE)).later
    return frozenset(name for name in sent["fields"].keys() - later if not _empty(raw_field(data, name)))


def _empty(shown: Any) -> bool:
    return shown in (None, "", [], Priority.NONE.value)


def _fetched(writer: Writer, ref: Ref) -> Sourced | None:
    """The record as the tool shows it now."""
    for answer in writer.target.fetch([ref]):
        if isinstance(answer, Present):
            for item in answer.page.records:
                if item.record.remote_id == ref.remote_id and item.record.kind is ref.kind:
                    return item
    return None
