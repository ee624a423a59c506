"""Saying what is to be said: comments written down before they are sent, and looked for where no answer came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import Connection, Row, insert, select, update

from syncline.connector import CreateBy, Creation
from syncline.errors import InDoubt, VendorError, VersionConflict
from syncline.model import Kind, Record, Ref, Text, TextFormat, Visibility
from syncline.seams import crashpoint
from syncline.store.tables import mirror, record
from syncline.sync.apply import EARLIER, Hands, Writer, ends_connection
from syncline.sync.group import COMMENTS, GroupPlan, Member, Say
from syncline.sync.ledger import Ledger
from syncline.target import CommentDraft, Outcome, TakesComments


@dataclass
class Speaker:
    """Carries out what a group's plan says of comments."""

    hands: Hands
    plan: GroupPlan
    refused: dict[int, str] = field(default_factory=dict)
    """By member why something could not be said."""

    def speak(self) -> None:
        """Everything in its order; one that fails leaves the others alone."""
        if not self.plan.says:
            return
        members = {one.number: one for one in self.plan.group.members}
        for say in self.plan.says:
            if say.writes:
                self._write(say, members[say.member])
            else:
                with self.hands.store.writing() as db:
                    state = "gone" if say.how == "forget" else "there"
                    self._note(db, say, state, shown=say.expected, remote_id=say.remote_id)
        self._tell({say.member for say in self.plan.says} - self.plan.unsaid.keys())

    def _tell(self, numbers: set[int]) -> None:
        """What was refused waits for a person; where all was said nothing waits any more."""
        with self.hands.store.writing() as db:
            ledger = self.hands.ledger(db)
            for number in sorted(numbers):
                if number in self.refused:
                    self.hands.hold(ledger, self.plan, COMMENTS, "blocked", self.refused[number], {}, number)
                elif number not in self.hands.done.unsettled:
                    holds = self.plan.group.holds
                    ledger.release(
                        one.number for one in holds if (one.name, one.member) == (COMMENTS, number)
                    )

    def _write(self, say: Say, one: Member) -> None:
        writer = self.hands.able(one.connection)
        if writer is None or not isinstance(writer.target, TakesComments):
            self._again(one)
            return
        marker = self._intend(writer, say, one)
        error: VendorError | None = None
        outcome: Outcome | None = None
        try:
            outcome = _sent(writer.target, say, one, marker)
            error = outcome.refused.get("body")
        except VendorError as raised:
            error = raised
        crashpoint("operation.sent")
        if error is None:
            self._done(writer, say, one, marker, outcome)
        else:
            self._failed(say, one, marker, error)
        crashpoint("operation.stored")

    def _intend(self, writer: Writer, say: Say, one: Member) -> str:
        """An addition is looked for by its marker if need be; whatever else is lost is planned anew."""
        what: dict[str, Any] = {"update": f"{say.how} comment", "ref": str(one.ref)}
        marker = say.marker
        if say.how == "add":
            what = {"comment": say.source, "said": say.said, "text": say.text, "visibility": say.visibility}
        else:
            marker = str(uuid5(NAMESPACE_URL, f"{self.hands.run_id}/{say.how}/{one.ref}/{say.remote_id}"))
        with self.hands.store.writing() as db:
            ledger = self.hands.ledger(db)
            ledger.intend(marker, writer.home.connection_id, one.number, self.plan.block, what)
        crashpoint("intent.written")
        return marker

    # ---- what came of it ----

    def _done(self, writer: Writer, say: Say, one: Member, marker: str, outcome: Outcome | None) -> None:
        with self.hands.store.writing() as db:
            stored = None if outcome is None or outcome.stored is None else outcome.stored
            shown = _meant(say.text) if stored is None else _body(self.hands.take_in(db, writer, stored))
            if outcome is not None and "body" in outcome.later:
                shown = _meant(say.text)
            remote_id = say.remote_id if outcome is None else outcome.ref.remote_id
            state = "gone" if say.how == "remove" else "there"
            self._note(db, say, state, shown=shown, remote_id=remote_id)
            ledger = self.hands.ledger(db)
            self._count(ledger, say, one, remote_id, "done", None)
            ledger.settled(marker, "verified", None if remote_id is None else {"comment": remote_id})
        self.hands.done.operations += 1

    def _failed(self, say: Say, one: Member, marker: str, error: VendorError) -> None:
        """A fault of the connection ends its part of the run; a refusal is noted, and not tried again as it is."""
        hands = self.hands
        doubtful = isinstance(error, InDoubt)
        final = not (doubtful or ends_connection(error) or isinstance(error, VersionConflict))
        with hands.store.writing() as db:
            ledger = hands.ledger(db)
            self._count(ledger, say, one, say.remote_id, "in_doubt" if doubtful else "refused", error.message)
            state = "in_doubt" if doubtful and say.how == "add" else "failed"
            ledger.settled(marker, state, {"error": error.message})
            if final:
                refused = {
                    "wanted": say.text,
                    "visibility": say.visibility,
                    "reason": error.message,
                    "at": hands.clock.now().isoformat(),
                }
                self._note(
                    db, say, "refused" if say.copy is None or say.how == "add" else "there", refused=refused
                )
        hands.done.in_doubt += doubtful
        if final:
            self.refused.setdefault(one.number, error.message)
            hands.done.refused += 1
        else:
            if ends_connection(error):
                hands.done.failed[one.connection] = error
            self._again(one)

    def _count(
        self, ledger: Ledger, say: Say, one: Member, remote_id: str | None, state: str, error: str | None
    ) -> None:
        ledger.done(
            self.plan.block, self.plan.group.number, one.number, "comment", COMMENTS, say.expected,
            {say.how: remote_id, "text": say.text}, "said on the other side", state, error,
        )  # fmt: skip

    def _again(self, one: Member) -> None:
        """Its comments are looked at again in the next run, whether or not anything about it changes."""
        self.hands.done.unsettled.add(one.number)
        with self.hands.store.writing() as db:
            self.hands.ledger(db).touch([one.number], "config")

    def _note(self, db: Connection, say: Say, state: str, **values: Any) -> None:
        note(db, self.plan.block, say, state, self.hands, **values)


def note(db: Connection, block: str, say: Say, state: str, hands: Hands, **values: Any) -> None:
    """Keep what became of a comment's copy; a refusal leaves what was known of it."""
    found = {"refused": None} | values | {"state": state, "at": hands.clock.now()}
    if "refused" not in values and say.said is not None:
        found["said"] = dict(say.said)
    here = (
        mirror.c.id == say.copy
        if say.copy is not None
        else (
            (mirror.c.block == block)
            & (mirror.c.source_id == say.source)
            & (mirror.c.record_id == say.member)
        )
    )
    if not db.execute(update(mirror).where(here).values(**found)).rowcount:
        row = {"block": block, "source_id": say.source, "record_id": say.member, **found}
        db.execute(insert(mirror).values(**row))


def _sent(target: TakesComments, say: Say, one: Member, marker: str) -> Outcome:
    text = Text(format=TextFormat.MARKDOWN, source=say.text)
    if say.how == "add":
        return target.add_comment(CommentDraft(one.ref, text, Visibility(say.visibility)), marker)
    ref = Ref(one.ref.site, Kind.COMMENT, say.remote_id or "")
    if say.how == "remove":
        target.remove_comment(ref, one.ref)
        return Outcome(ref)
    seen = say.expected
    expected = None if seen is None else Text(format=TextFormat(seen["format"]), source=seen["source"])
    return target.edit_comment(ref, one.ref, text, expected)


def _body(stored: Record) -> Mapping[str, Any]:
    body: Mapping[str, Any] = stored.model_dump(mode="json")["body"]
    return body


def _meant(text: str) -> dict[str, Any]:
    return {"format": TextFormat.MARKDOWN.value, "source": text}


# ---- what an earlier run left --------------------------------------------------------------------------------------


def look_for(hands: Hands, row: Row[Any], name: str | None) -> None:
    """Settle a comment that was sent and never answered: it is there, it surely is not, or it is too early to say."""
    writer = None if name is None else hands.able(name)
    if writer is None or name is None:
        return
    with hands.store.reading() as db:
        one = db.execute(select(record).where(record.c.id == row.record_id)).one_or_none()
    if one is None:
        return
    subject = Ref(one.site, Kind(one.kind), one.remote_id)
    text = Text(format=TextFormat.MARKDOWN, source=row.operation["text"])
    draft = CommentDraft(subject, text, Visibility(row.operation.get("visibility", Visibility.TEAM)))
    try:
        found = writer.target.find_by_marker(row.id, draft, row.written_at - EARLIER)
    except VendorError as error:
        hands.done.failed[name] = error
        return
    with hands.store.writing() as db:
        _settle(hands, hands.ledger(db), row, writer, found[0] if found else None)


def _settle(hands: Hands, ledger: Ledger, row: Row[Any], writer: Writer, found: Ref | None) -> None:
    if found is not None:
        text = row.operation["text"]
        say = Say("add", row.record_id, row.operation["comment"], text, row.operation["said"])
        note(ledger.db, row.block, say, "there", hands, shown=_meant(text), remote_id=found.remote_id)
        ledger.done(
            row.block, ledger.group_of(row.block, row.record_id) or row.record_id, row.record_id, "comment", COMMENTS,
            None, {"add": found.remote_id, "text": text}, "said on the other side",
        )  # fmt: skip
        ledger.settled(row.id, "verified", {"comment": found.remote_id})
    elif not _surely_absent(hands, row, writer):
        ledger.settled(row.id, "in_doubt", row.outcome)
        hands.done.in_doubt += 1
        hands.done.unsettled.add(row.record_id)
    else:
        ledger.settled(row.id, "failed", {"error": "it was never made"})
    ledger.touch([row.record_id], "config")


def _surely_absent(hands: Hands, row: Row[Any], writer: Writer) -> bool:
    creation = writer.target.capabilities.creates.get(Kind.COMMENT, Creation(CreateBy.NONE))
    waited = hands.clock.now() - row.written_at
    return creation.by is not CreateBy.NONE and waited >= timedelta(seconds=creation.settle)
