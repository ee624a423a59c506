"""Taking a run back: what we wrote is set to what stood there before, where ours still stands, and nothing else.

A value that somebody changed since, or that a later run wrote again, is left alone and said so. What was made is put
into the archive and never made again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from syncline.errors import VendorError
from syncline.model import Kind, Ref
from syncline.seams import crashpoint
from syncline.store.tables import connection, member, operation, record
from syncline.sync.apply import Hands, Writer, ends_connection
from syncline.sync.changes import encoded, typed
from syncline.sync.group import BACKLINKS
from syncline.sync.values import as_json, raw_field
from syncline.target import AddRemove, Backlink, Change, Move, Removal, Set


@dataclass(frozen=True)
class Step:
    """One thing to take back. ``change`` None: the record is put away. ``reason``: why it is left alone."""

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
    return [_step(row, again) for row in rows if row.kind == "create" or row.record_id not in made]


def _written_later(db: Connection, run_id: int, numbers: set[int]) -> set[tuple[int, str]]:
    rows = db.execute(
        select(operation.c.record_id, operation.c.field).where(
            operation.c.run_id > run_id,
            operation.c.record_id.in_(sorted(numbers)),
            operation.c.state == "done",
        )
    )
    return {(row.record_id, row.field) for row in rows}


def _step(row: Any, again: set[tuple[int, str]]) -> Step:
    now = None if row.kind == "create" else raw_field(row.data, row.field)
    change, reason = None, None
    if row.absent is not None:
        reason = "it is not there any more"
    elif (row.record_id, row.field) in again:
        reason = "a later run wrote it again"
    elif row.kind == "update":
        change = _inverse(row)
        base = (row.base or {}).get(row.field)
        if row.field != BACKLINKS and (not base or base[0] != now):
            reason = "somebody changed it since"
    elif row.kind == "comment":
        reason = "comments are removed by hand"
    elif row.kind != "create":
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
    )


def _inverse(row: Any) -> Change:
    after: Mapping[str, Any] = row.after
    if row.field == BACKLINKS:
        links = {way: tuple(Backlink(o["id"], o["url"], o["title"]) for o in after[way]) for way in after}
        return AddRemove(links.get("remove", ()), links.get("add", ()))
    if "move" in after:
        return Move(row.before)
    if "add" in after:
        return AddRemove(tuple(after["remove"]), tuple(after["add"]))
    return Set(typed(row.field, row.before))


# ---- carrying it out -----------------------------------------------------------------------------------------------


def take_back(hands: Hands, todo: list[Step]) -> Undone:
    """Every step that can be taken back; one that fails leaves the others alone."""
    told = Undone()
    for step in todo:
        reason = step.reason or ("the run was told to end" if hands.stop.asked else _take_back(hands, step))
        what = f"{step.label} of {step.connection}, {step.name}"
        if reason is None:
            told.done.append(what)
        else:
            told.left.append(f"{what}: {reason}")
    return told


def _take_back(hands: Hands, step: Step) -> str | None:
    """Take one step back; returns why not."""
    writer = hands.writers.get(step.connection)
    if writer is None:
        return f"{step.connection} may not be written to"
    if step.connection in hands.done.failed:
        return str(hands.done.failed[step.connection])
    try:
        if step.change is not None:
            return _restore(hands, writer, step)
        _put_away(hands, writer, step)
    except VendorError as error:
        if ends_connection(error):
            hands.done.failed[step.connection] = error
        return error.message
    return None


def _put_away(hands: Hands, writer: Writer, step: Step) -> None:
    writer.target.remove(step.ref, Removal.ARCHIVE)
    crashpoint("operation.sent")
    with hands.store.writing() as db:
        ledger = hands.ledger(db)
        ledger.state(step.block, step.record, "gone")
        ledger.done(step.block, step.group, step.record, "undo", step.name, None, "archived", "taken back")


def _restore(hands: Hands, writer: Writer, step: Step) -> str | None:
    assert step.change is not None
    expected = {} if step.name == BACKLINKS else {step.name: typed(step.name, step.now)}
    outcome = writer.target.update(step.ref, {step.name: step.change}, expected)
    crashpoint("operation.sent")
    error = outcome.refused.get(step.name)
    with hands.store.writing() as db:
        ledger = hands.ledger(db)
        if outcome.stored is not None:
            hands.take_in(db, writer, outcome.stored)
        if error is None:
            shown = _base_after(
                step, outcome.stored.record.model_dump(mode="json") if outcome.stored else None
            )
            ledger.base(step.block, step.record, {step.name: shown})
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


def _base_after(step: Step, stored: Mapping[str, Any] | None) -> list[Any] | None:
    """What stands there now is agreed: it stays until somebody changes the field."""
    if step.name == BACKLINKS:
        return None
    if stored is not None:
        return [raw_field(stored, step.name)]
    return [as_json(step.change.value)] if isinstance(step.change, Set) else [step.now]


def lines(todo: list[Step]) -> Iterator[str]:
    """The steps in words."""
    for step in todo:
        what = "put away" if step.change is None else f"{step.name} back"
        yield f"{step.label} of {step.connection}: {what}" + (
            f" — left alone: {step.reason}" if step.reason else ""
        )
