"""Taking a run back: what we wrote is set to what stood there before, where ours still stands, and nothing else.

A value that somebody changed since, or that a later run wrote again, is left alone and said so. What was made is put
into the archive and never made again, what was said is withdrawn where the tool can (`syncline.sync.unsaying`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, select

from syncline.errors import VendorError
from syncline.model import Kind, Ref
from syncline.seams import crashpoint
from syncline.store.tables import connection, member, operation, record
from syncline.sync.apply import LINKS, Hands, Writer, ends_connection
from syncline.sync.changes import decoded, encoded, typed
from syncline.sync.group import BACKLINKS, COMMENTS, RELATIONS, Tie
from syncline.sync.ledger import Ledger
from syncline.sync.proving import agree_as_it_is, read_back, stands, take_in_pages
from syncline.sync.ties import ties_on
from syncline.sync.unsaying import SAID, Said, comment_of, said, take_back_said
from syncline.sync.values import as_json, raw_field
from syncline.target import AddRemove, Backlink, Change, Move, Outcome, Removal, Set

SPOKEN = (COMMENTS, "note")
"""Where operations keep what was said."""
EXCERPT = 40


@dataclass(frozen=True)
class Step:
    """One thing to take back: a comment that was ``said``, a ``change``, or else the record, which is put away.

    ``reason``: why it is left alone.
    """

    number: int
    record: int
    ref: Ref
    label: str
    connection: str
    block: str
    group: int
    name: str
    now: Any
    change: Change | None
    reason: str | None = None
    said: Said | None = None
    mark: Mapping[str, Any] | None = None
    """A mark in charts, as it was made."""

    @property
    def what(self) -> str:
        """What is taken back, in words."""
        if self.mark is not None:
            return "the mark"
        if self.said is None:
            return self.name
        words = " ".join(self.said.text.split())
        return f"comment “{words[:EXCERPT]}…”" if len(words) > EXCERPT + 1 else f"comment “{words}”"


@dataclass
class Undone:
    """What taking a run back came to, in sentences."""

    done: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def steps(db: Connection, run_id: int) -> list[Step]:
    """Everything that a run wrote, the latest first, and how it would be taken back."""
    rows = db.execute(
        select(
            operation,
            record.c.site,
            record.c.kind.label("record_kind"),
            record.c.remote_id,
            record.c.key,
            record.c.title,
            record.c.data,
            record.c.absent,
            connection.c.name,
            member.c.base,
        )
        .join(record, record.c.id == operation.c.record_id)
        .join(connection, connection.c.id == record.c.connection_id)
        .outerjoin(
            member, (member.c.record_id == operation.c.record_id) & (member.c.block == operation.c.block)
        )
        .where(operation.c.run_id == run_id, operation.c.state == "done")
        .order_by(operation.c.id.desc())
    ).all()
    made = {row.record_id for row in rows if row.kind == "create"}
    again = _written_later(db, run_id, {row.record_id for row in rows})
    kept = [row for row in rows if row.kind == "create" or row.record_id not in made]
    ties = ties_on(db, sorted({row.record_id for row in kept if row.field == RELATIONS}))
    return [_said(db, row, again) if row.kind in SAID else _step(row, again, ties) for row in kept]


def _written_later(db: Connection, run_id: int, numbers: set[int]) -> set[tuple[int, str]]:
    """What later runs wrote: records with fields, and with the ids of comments."""
    rows = db.execute(
        select(operation.c.record_id, operation.c.field, operation.c.after).where(
            operation.c.run_id > run_id,
            operation.c.record_id.in_(sorted(numbers)),
            operation.c.state == "done",
        )
    ).all()
    fields = {(row.record_id, row.field) for row in rows}
    return fields | {
        (row.record_id, number) for row in rows if row.field in SPOKEN and (number := comment_of(row.after))
    }


def _said(db: Connection, row: Any, again: set[tuple[int, str]]) -> Step:
    one = said(db, row, again=(row.record_id, comment_of(row.after)) in again)
    reason = "it is not there any more" if row.absent is not None else one.reason
    return replace(_step(row, set(), {}), said=one, reason=reason)


def _step(row: Any, again: set[tuple[int, str]], ties: Mapping[int, Sequence[Tie]]) -> Step:
    now = None if row.kind in ("create", "mark") else raw_field(row.data, row.field)
    change, reason = None, None
    if row.absent is not None:
        reason = "it is not there any more"
    elif (row.record_id, row.field) in again:
        reason = "a later run wrote it again"
    elif row.kind == "update":
        change = _inverse(row)
        if not _stands(row, now, ties.get(row.record_id, ())):
            reason = "somebody changed it since"
    elif row.kind == "undo":
        reason = "what was taken back is not written again"
    elif row.kind not in ("create", "mark"):
        reason = f"what was {row.kind}d is brought back by hand"
    return Step(
        row.id,
        row.record_id,
        Ref(row.site, Kind(row.record_kind), row.remote_id),
        row.key or row.title or row.remote_id,
        row.name,
        row.block,
        row.group_id,
        row.field,
        now,
        change,
        reason,
        mark=row.after if row.kind == "mark" else None,
    )


def _stands(row: Any, now: Any, ties: Sequence[Tie]) -> bool:
    """Whether what we wrote still stands there."""
    if row.field == RELATIONS:
        return stands(ties, row.after)
    base = (row.base or {}).get(row.field)
    return row.field == BACKLINKS or bool(base and base[0] == now)


def _inverse(row: Any) -> Change:
    after: Mapping[str, Any] = row.after
    if row.field == BACKLINKS:
        links = {way: tuple(Backlink(o["id"], o["url"], o["title"]) for o in after[way]) for way in after}
        return AddRemove(links.get("remove", ()), links.get("add", ()))
    if "move" in after:
        return Move(row.before)
    if row.field == RELATIONS:
        return decoded(RELATIONS, {"add": after["remove"], "remove": after["add"]})
    if "add" in after:
        return AddRemove(tuple(after["remove"]), tuple(after["add"]))
    return Set(typed(row.field, row.before))


# ---- carrying it out -----------------------------------------------------------------------------------------------


def take_back(hands: Hands, todo: list[Step]) -> Undone:
    """Every step that can be taken back; one that fails leaves the others alone."""
    told = Undone()
    for step in todo:
        reason = step.reason or ("the run was told to end" if hands.stop.asked else _take_back(hands, step))
        what = f"{step.label} of {step.connection}, {step.what}"
        if reason is None:
            told.done.append(what)
        else:
            told.left.append(f"{what}: {reason}")
    return told


def _take_back(hands: Hands, step: Step) -> str | None:
    """Take one step back; returns why not."""
    if step.mark is not None:
        return _unmark(hands, step, step.mark)
    writer = hands.writers.get(step.connection)
    if writer is None:
        return f"{step.connection} may not be written to"
    if step.connection in hands.done.failed:
        return str(hands.done.failed[step.connection])
    try:
        if step.said is not None:
            return take_back_said(hands, writer, step, step.said)
        if step.change is not None:
            return _restore(hands, writer, step)
        _put_away(hands, writer, step)
    except VendorError as error:
        if ends_connection(error):
            hands.done.failed[step.connection] = error
        return error.message
    return None


def _unmark(hands: Hands, step: Step, mark: Mapping[str, Any]) -> str | None:
    """What was marked stays known, so that it is not marked again."""
    from syncline.sync.marks import gone, unmark  # few companies mark anything

    if step.connection in hands.done.failed:
        return str(hands.done.failed[step.connection])
    try:
        reason = unmark(hands, step.connection, mark["mark"], mark["shown"])
    except VendorError as error:
        if ends_connection(error):
            hands.done.failed[step.connection] = error
        return error.message
    crashpoint("operation.sent")
    if reason is None:
        with hands.store.writing() as db:
            gone(hands, db, step.connection, step.record)
            ledger = hands.ledger(db)
            ledger.done(step.block, step.group, step.record, "undo", step.name, None, "removed", "taken back")
    return reason


def _put_away(hands: Hands, writer: Writer, step: Step) -> None:
    writer.target.remove(step.ref, Removal.ARCHIVE)
    crashpoint("operation.sent")
    with hands.store.writing() as db:
        ledger = hands.ledger(db)
        ledger.state(step.block, step.record, "gone")
        ledger.done(step.block, step.group, step.record, "undo", step.name, None, "archived", "taken back")


def _restore(hands: Hands, writer: Writer, step: Step) -> str | None:
    assert step.change is not None
    expected = {} if step.name in LINKS else {step.name: typed(step.name, step.now)}
    outcome = writer.target.update(step.ref, {step.name: step.change}, expected)
    crashpoint("operation.sent")
    error = outcome.refused.get(step.name)
    pages = read_back(writer, step.ref, step.change) if step.name == RELATIONS else []
    with hands.store.writing() as db:
        ledger = hands.ledger(db)
        if outcome.stored is not None:
            hands.take_in(db, writer, outcome.stored)
        take_in_pages(hands, db, writer, pages)
        if error is None:
            _agree(ledger, step, outcome)
            ledger.done(
                step.block,
                step.group,
                step.record,
                "undo",
                step.name,
                as_json(step.now),
                encoded(step.change),
                "taken back",
            )
    return error.message if error is not None else None


def _agree(ledger: Ledger, step: Step, outcome: Outcome) -> None:
    """What stands there now is agreed: it stays until somebody changes the field."""
    if step.name == RELATIONS and isinstance(step.change, AddRemove):
        agree_as_it_is(ledger, step.block, step.group, step.ref, step.change)
        return
    shown = _base_after(step, outcome.stored.record.model_dump(mode="json") if outcome.stored else None)
    ledger.base(step.block, step.record, {step.name: shown})


def _base_after(step: Step, stored: Mapping[str, Any] | None) -> list[Any] | None:
    if step.name == BACKLINKS:
        return None
    if stored is not None:
        return [raw_field(stored, step.name)]
    return [as_json(step.change.value)] if isinstance(step.change, Set) else [step.now]


def lines(todo: list[Step]) -> Iterator[str]:
    """The steps in words."""
    for step in todo:
        what = "put away" if step.change is None else f"{step.name} back"
        what = "mark taken away" if step.mark is not None else what
        if step.said is not None:
            what = f"{step.what} {'withdrawn' if step.said.how == 'add' else 'back'}"
        yield f"{step.label} of {step.connection}: {what}" + (
            f" — left alone: {step.reason}" if step.reason else ""
        )
