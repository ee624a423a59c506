"""Taking back what a run said: a comment that it wrote is withdrawn, one that it edited says again what it said before.

What somebody made words of their own stays, and so does what the tool lets nobody delete or edit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select, update

from syncline.errors import VendorError
from syncline.model import Kind, Ref, Text, TextFormat
from syncline.seams import crashpoint
from syncline.store.tables import mirror, record
from syncline.sync.apply import Hands, Writer
from syncline.sync.group import COMMENTS
from syncline.sync.talking import same_words
from syncline.target import TakesComments

if TYPE_CHECKING:
    from syncline.sync.undo import Step

SAID = ("comment", "note")
"""Kinds of operations that say something."""


@dataclass(frozen=True)
class Said:
    """A comment that a run wrote on a record, as an operation and the row of ``mirror`` keep it.

    ``how`` is add, edit or remove; ``before`` what stood there, ``shown`` what the tool stored of ours, both as JSON.
    """

    how: str
    remote_id: str | None
    text: str
    before: Mapping[str, Any] | None = None
    copy: int | None = None
    shown: Mapping[str, Any] | None = None
    reason: str | None = None
    """Why it is left alone."""


def comment_of(after: Any) -> str | None:
    """The comment that an operation was about."""
    return _how(after)[1]


def _how(after: Any) -> tuple[str, str | None]:
    for how in ("add", "edit", "remove"):
        if isinstance(after, Mapping) and how in after:
            return how, after[how]
    return "add", None


def said(db: Connection, row: Any, *, again: bool) -> Said:
    """What an operation of these kinds said, and whether it can be taken back. ``again``: a later run wrote to it."""
    how, remote_id = _how(row.after)
    text = str(row.after.get("text") or "") if isinstance(row.after, Mapping) else ""
    copy = db.execute(
        select(mirror).where(mirror.c.record_id == row.record_id, mirror.c.remote_id == remote_id)
    ).first()
    known = db.execute(
        select(record.c.data, record.c.absent).where(
            record.c.site == row.site, record.c.kind == Kind.COMMENT.value, record.c.remote_id == remote_id
        )
    ).one_or_none()
    reason = None
    if how == "remove":
        reason = "a comment that was deleted is not brought back"
    elif again:
        reason = "a later run wrote it again"
    elif copy is None or copy.state == "gone" or (known is not None and known.absent == "gone"):
        reason = "it is not there any more"
    elif known is not None and copy.shown is not None and not same_words(known.data["body"], copy.shown):
        reason = "somebody changed it since"
    return Said(
        how,
        remote_id,
        text,
        row.before if how == "edit" else None,
        None if copy is None else copy.id,
        None if copy is None else copy.shown,
        reason,
    )


def take_back_said(hands: Hands, writer: Writer, step: Step, one: Said) -> str | None:
    """Withdraw a comment, or let it say again what it said; returns why not. Raises VendorError."""
    if not isinstance(writer.target, TakesComments) or one.remote_id is None:
        return f"{writer.name} takes no comments"
    ref = Ref(step.ref.site, Kind.COMMENT, one.remote_id)
    if one.how == "add":
        writer.target.remove_comment(ref, step.ref)
        crashpoint("operation.sent")
        _note(hands, step, one, "gone", one.shown)
        return None
    if one.before is None:
        return "it is not known what it said before"
    expected = None if one.shown is None else _text(one.shown)
    outcome = writer.target.edit_comment(ref, step.ref, _text(one.before), expected)
    crashpoint("operation.sent")
    error: VendorError | None = outcome.refused.get("body")
    if error is not None:
        return error.message
    shown = one.before
    if outcome.stored is not None and "body" not in outcome.later:
        with hands.store.writing() as db:
            shown = hands.take_in(db, writer, outcome.stored).model_dump(mode="json")["body"]
    _note(hands, step, one, "there", shown)
    return None


def _note(hands: Hands, step: Step, one: Said, state: str, shown: Mapping[str, Any] | None) -> None:
    """What stands there now is agreed: it stays until the origin is edited."""
    with hands.store.writing() as db:
        db.execute(
            update(mirror)
            .where(mirror.c.id == one.copy)
            .values(state=state, shown=shown, at=hands.clock.now())
        )
        how = "remove" if one.how == "add" else "edit"
        hands.ledger(db).done(
            step.block,
            step.group,
            step.record,
            "undo",
            COMMENTS,
            one.shown,
            {how: one.remote_id},
            "taken back",
        )


def _text(body: Mapping[str, Any]) -> Text:
    return Text(format=TextFormat(body["format"]), source=body["source"])
