"""Changing tickets: read, compare, one guarded request for plain fields, tags by what changes, the status last.

A guarded request names the ``updated_at`` that was read, and Zendesk refuses it (409) where the ticket changed since.
A refused one is looked at again: what still stands as it was read is sent once more, the rest is a conflict. The lock
knows whole seconds only, so that nothing rests on it alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from syncline.changes import Due, alike, due, sift
from syncline.errors import Invalid, ProtocolError, Unsupported, VendorError, VersionConflict
from syncline.jsonvalues import Json
from syncline.model import Kind, Ref, Sourced, Ticket, Visibility
from syncline.outcomes import Ledger
from syncline.target import Change, Move, Outcome, value_of
from syncline_connectors.zendesk.api import Api
from syncline_connectors.zendesk.assemble import Assembler
from syncline_connectors.zendesk.catalogue import FINISHED, Statuses
from syncline_connectors.zendesk.encode import Encoder
from syncline_connectors.zendesk.sending import CLOSED, FOLLOW_UP, Refusal, Sender, body_of

if TYPE_CHECKING:
    from syncline.http import Answer

APART = frozenset({"labels", "status"})
"""Fields with requests of their own."""
TRIES = 3


@dataclass(frozen=True)
class Seen:
    """A ticket as it stands: its record, and its payload as answered."""

    sourced: Sourced
    ticket: Ticket
    row: Json

    @property
    def lock(self) -> dict[str, Any]:
        """What makes a change depend on nobody having been faster. Left out, not false, means without a lock."""
        return {"safe_update": True, "updated_stamp": self.row.get("updated_at")}


class Tickets:
    """Reads single tickets of one account."""

    def __init__(self, api: Api, assembler: Assembler) -> None:
        self._api = api
        self._assembler = assembler

    def read(self, number: str) -> Seen:
        """The ticket; raises NotFound where it is not there, deleted, or left out by the configuration."""
        return self.seen(self._api.ticket(number))

    def seen(self, row: Any) -> Seen:
        """The ticket in an answer; raises ProtocolError where it cannot be read."""
        if not isinstance(row, dict):
            raise ProtocolError("an answer without a ticket")
        try:
            sourced = self._assembler.sourced(row)
        except ValueError as error:
            raise ProtocolError(f"ticket: {error}") from None
        assert isinstance(sourced.record, Ticket)
        return Seen(sourced, sourced.record, row)

    def answered(self, answer: Answer, before: Seen) -> Seen | None:
        """The ticket in the answer to a change, with the metrics read before; None where it does not tell."""
        try:
            row = body_of(answer, "ticket").get("ticket")
            return self.seen(
                {**row, "metric_set": before.row.get("metric_set")} if isinstance(row, dict) else None
            )
        except VendorError:
            return None


class Updater:
    """Changes tickets of one account. ``to_customers`` says whether tickets may be solved."""

    def __init__(
        self, sender: Sender, tickets: Tickets, encoder: Encoder, statuses: Statuses, *, to_customers: bool
    ) -> None:
        self._sender = sender
        self._tickets = tickets
        self._encoder = encoder
        self._statuses = statuses
        self._to_customers = to_customers

    def update(self, ref: Ref, changes: Mapping[str, Change], expected: Mapping[str, Any]) -> Outcome:
        if ref.kind is not Kind.TICKET:
            raise Unsupported(f"a {ref.kind} of Zendesk is not written")
        seen = self._tickets.read(ref.remote_id)
        ledger = Ledger()
        todo = sift(changes, ledger, partial(self._due, seen, expected))
        after: Seen | None = seen
        if todo:
            after = self._plain(seen, {name: one for name, one in todo.items() if name not in APART}, ledger)
        if "labels" in todo:
            self._tags(seen, todo["labels"], ledger)
        if "status" in todo:
            self._status(after or seen, todo["status"], ledger)
        return self._told(ref, seen, after, todo, ledger)

    # ---- what is to be done ----

    def _due(self, seen: Seen, expected: Mapping[str, Any], name: str, change: Change) -> Due | None:
        if isinstance(change, Move):
            self._permit(change)
        one = due(name, change, expected, seen.ticket, self._encoder.stored, "Zendesk")
        if one is not None and seen.row.get("status") == "closed":
            raise Unsupported(CLOSED, hint=FOLLOW_UP)
        return one

    def _permit(self, move: Move) -> None:
        """Every status is one step away, so that a path needs no walking; but customers are told of some."""
        for name in move.path:
            self._encoder.status(name)
        target = self._statuses.named(move.status)
        if target is None or target.category not in FINISHED:
            return
        if not self._to_customers or move.visibility is not Visibility.CUSTOMER:
            raise Unsupported(
                f"{target.label} tells the customer that the ticket is solved",
                hint='customer_visible = true on the connection and visibility = "customer" on status allow it',
            )

    # ---- plain fields ----

    def _plain(self, seen: Seen, todo: Mapping[str, Due], ledger: Ledger) -> Seen | None:
        """Write them in one request; the ticket as it stands after it, None where that is not known."""
        parts: dict[str, Json] = {}
        for name, one in todo.items():
            try:
                parts[name] = self._encoder.json(name, one.shall)
            except VendorError as error:
                ledger.refuse([name], error)
        return self._write(seen, todo, parts, ledger, TRIES) if parts else seen

    def _write(
        self, seen: Seen, todo: Mapping[str, Due], parts: Mapping[str, Json], ledger: Ledger, tries: int
    ) -> Seen | None:
        try:
            answer = self._sender.put(
                seen.ticket.remote_id, {**_merged(parts.values()), **seen.lock}, idempotent=True
            )
        except VendorError as error:
            ledger.refuse(parts, error)
            return None
        if not isinstance(answer, Refusal):
            ledger.written |= parts.keys()
            return self._tickets.answered(answer, seen)
        if answer.conflict and tries > 1:
            return self._again(seen, todo, parts, ledger, tries - 1)
        return self._without_refused(seen, todo, parts, ledger, tries, answer)

    def _again(
        self, seen: Seen, todo: Mapping[str, Due], parts: Mapping[str, Json], ledger: Ledger, tries: int
    ) -> Seen | None:
        """After a 409: what holds the value was our own first try, what holds another one is a conflict."""
        fresh = self._tickets.read(seen.ticket.remote_id)
        left = {}
        for name, part in parts.items():
            now = value_of(fresh.ticket, name)
            if alike(name, now, todo[name].shall):
                ledger.written.add(name)
            elif alike(name, now, todo[name].now):
                left[name] = part
            else:
                ledger.refuse([name], VersionConflict(f"{name} was changed in Zendesk meanwhile", status=409))
        return self._write(fresh, todo, left, ledger, tries) if left else fresh

    def _without_refused(
        self,
        seen: Seen,
        todo: Mapping[str, Due],
        parts: Mapping[str, Json],
        ledger: Ledger,
        tries: int,
        refusal: Refusal,
    ) -> Seen | None:
        """A refusal changes nothing: what it names is left out; where it names nothing, each is sent alone."""
        named = {name: text for name, text in refusal.fields().items() if name in parts}
        if refusal.status != 422 or refusal.closed or (len(parts) == 1 and not named):
            ledger.refuse(parts, refusal.error(next(iter(parts)) if len(parts) == 1 else None))
            return seen
        if not named:
            after: Seen | None = seen
            for name in sorted(parts):
                after = self._write(after or seen, todo, {name: parts[name]}, ledger, tries)
            return after
        for name, text in named.items():
            ledger.refuse([name], Invalid(f"Zendesk refuses {name}: {text}", status=422, field=name))
        rest = {name: part for name, part in parts.items() if name not in named}
        return self._write(seen, todo, rest, ledger, tries) if rest else seen

    # ---- tags ----

    def _tags(self, seen: Seen, one: Due, ledger: Ledger) -> None:
        """By what is added and removed: tags that others add meanwhile stay."""
        number, had, has = seen.ticket.remote_id, set(one.now or ()), set(one.shall or ())
        try:
            refusal = self._sender.tag(number, has - had) if has - had else None
            if refusal is None and had - has:
                refusal = self._sender.untag(number, had - has)
        except VendorError as error:
            ledger.refuse(["labels"], error)
            return
        if refusal is not None:
            ledger.refuse(["labels"], refusal.error("labels"))
        else:
            ledger.written.add("labels")

    # ---- status ----

    def _status(self, seen: Seen, one: Due, ledger: Ledger) -> None:
        """By the custom status where there are any, else by the word; never both, for it is not said which wins."""
        chosen = self._statuses.named(str(one.shall))
        if chosen is None:
            return
        wanted: Json = (
            {"custom_status_id": int(chosen.id)} if chosen.id.isdecimal() else {"status": chosen.id}
        )
        number = seen.ticket.remote_id
        try:
            answer = self._sender.put(number, wanted, idempotent=True)
        except VendorError as error:
            ledger.refuse(["status"], error)
            return
        if isinstance(answer, Refusal):
            ledger.refuse(["status"], answer.error("status"))
        else:
            ledger.written.add("status")

    # ---- what came of it ----

    def _told(
        self, ref: Ref, before: Seen, after: Seen | None, todo: Mapping[str, Due], ledger: Ledger
    ) -> Outcome:
        if not (ledger.written or ledger.doubtful):
            return ledger.outcome(ref, before.sourced, later=False)
        later = after is None or bool(ledger.doubtful) or bool(todo.keys() & APART)
        if later:
            try:
                after = self._tickets.read(ref.remote_id)
            except VendorError:
                return ledger.outcome(ref, None, later=True)
        if after is None:
            return ledger.outcome(ref, None, later=True)
        for name, one in todo.items():
            self._verify(name, one, after, ledger)
        return ledger.outcome(ref, after.sourced, later=later)

    def _verify(self, name: str, one: Due, after: Seen, ledger: Ledger) -> None:
        """Hold what was written against what is there now."""
        now = value_of(after.ticket, name)
        holds = alike(name, now, one.shall) or (name == "labels" and set(one.shall or ()) <= set(now or ()))
        if name in ledger.doubtful:
            ledger.settle(name, holds=holds)
        elif name in ledger.written and not holds and alike(name, now, one.now):
            ledger.undo(name, Invalid(f"Zendesk said yes and left {name} as it was", field=name))
        elif name == "status" and name in ledger.written and not holds:
            ledger.undo(name, Invalid(f"Zendesk moved it on to {now}", field=name))


def _merged(parts: Iterable[Json]) -> dict[str, Any]:
    """One ticket of several parts; custom fields are put into one list."""
    merged: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items():
            merged[name] = [*merged.get(name, ()), *value] if name == "custom_fields" else value
    return merged
