"""Changing check items: their name, tick, due date and the one person they may be given to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncline.changes import alike
from syncline.errors import Invalid, NotFound, Unsupported, VendorError, VersionConflict
from syncline.model import Issue, Ref, Sourced
from syncline.outcomes import Ledger
from syncline.target import AddRemove, Change, Move, Outcome, value_of
from syncline_connectors.trello.encode import Encoder
from syncline_connectors.trello.ids import apart
from syncline_connectors.trello.looking import Cards
from syncline_connectors.trello.sending import Sender
from syncline_connectors.trello.translate import ITEM_STATUSES

NATIVE: Mapping[str, str] = {"title": "name", "status": "state", "due_on": "due", "assignees": "idMember"}
"""Fields of a check item, by Trello's names."""


class ItemUpdater:
    """Changes check items."""

    def __init__(self, cards: Cards, sender: Sender, encoder: Encoder) -> None:
        self._cards = cards
        self._sender = sender
        self._encoder = encoder

    def update(self, ref: Ref, changes: Mapping[str, Change], expected: Mapping[str, Any]) -> Outcome:
        before, ledger, shall = self._read(ref), Ledger(), {}
        for name, change in changes.items():
            try:
                found = self._wanted(before, name, change, expected)
            except VendorError as error:
                ledger.refuse([name], error)
                continue
            if alike(name, value_of(before.record, name), found):
                ledger.had.add(name)
            else:
                shall[name] = found
        if not shall:
            return ledger.outcome(ref, before, later=False)
        self._send(ref, before, shall, ledger)
        return self._told(ref, shall, ledger)

    def remove(self, ref: Ref) -> None:
        self._sender.delete(_path(ref))

    def _read(self, ref: Ref) -> Sourced:
        """The item as it is on its card; raises NotFound."""
        card, _ = apart(ref.remote_id) or ("", "")
        found = self._cards.item(card, ref.remote_id)
        if found is None:
            raise NotFound("the card has no such check item")
        return found

    def _wanted(self, before: Sourced, name: str, change: Change, expected: Mapping[str, Any]) -> Any:
        """What the field shall hold; raises VersionConflict where it is not as expected."""
        if name not in NATIVE:
            raise Unsupported(f"a check item of Trello has no {name}")
        if isinstance(change, Move) != (name == "status") or isinstance(change, AddRemove):
            raise Unsupported(f"{name} of a check item is not changed by {type(change).__name__}")
        found = self._encoder.stored(name, change.status if isinstance(change, Move) else change.value)
        if name == "status" and found not in ITEM_STATUSES:
            raise Invalid(f"a check item is complete or incomplete, not {found!r}", field=name)
        if name == "assignees" and len(found) > 1:
            raise Invalid("a check item is given to one member", field=name)
        now = value_of(before.record, name)
        if name in expected and not alike(name, now, expected[name]) and not alike(name, now, found):
            raise VersionConflict(
                f"{name} was changed in Trello meanwhile", hint="the next run plans it anew"
            )
        return found

    def _send(self, ref: Ref, before: Sourced, shall: Mapping[str, Any], ledger: Ledger) -> None:
        """All in one request; where Trello refuses that, each alone, so that one does not stop the others."""
        body = {NATIVE[name]: self._native(before, name, value) for name, value in shall.items()}
        try:
            self._sender.put(_path(ref), body)
        except VendorError as error:
            if len(shall) == 1 or not isinstance(error, Invalid):
                ledger.refuse(shall, error)
                return
            for name in sorted(shall):
                self._send(ref, before, {name: shall[name]}, ledger)
        else:
            ledger.written |= shall.keys()

    def _native(self, before: Sourced, name: str, value: Any) -> Any:
        if name == "due_on":
            return self._encoder.moment(name, value, before.payload.get("due"))
        return next(iter(value), None) if name == "assignees" else value

    def _told(self, ref: Ref, shall: Mapping[str, Any], ledger: Ledger) -> Outcome:
        try:
            after = self._read(ref)
        except VendorError:
            return ledger.outcome(ref, None, later=True)
        for name, value in shall.items():
            holds = isinstance(after.record, Issue) and alike(name, value_of(after.record, name), value)
            if name in ledger.doubtful:
                ledger.settle(name, holds=holds)
            elif name in ledger.written and not holds:
                ledger.undo(name, Invalid(f"Trello said yes and left {name} as it was", field=name))
        return ledger.outcome(ref, after, later=True)


def _path(ref: Ref) -> str:
    card, number = apart(ref.remote_id) or ("", "")
    return f"cards/{card}/checkItem/{number}"
