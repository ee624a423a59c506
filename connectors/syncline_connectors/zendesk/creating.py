"""Making tickets: one request with the marker in it, as a key for the next two hours and as ``external_id`` for good.

What we write first is an internal note: nobody outside is told that there is a ticket.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncline.changes import alike
from syncline.errors import InDoubt, Invalid, NotFound, Unsupported, VendorError
from syncline.jsonvalues import Json
from syncline.model import Kind, Ref, Text
from syncline.outcomes import Ledger
from syncline.target import Draft, Outcome, value_of
from syncline_connectors.zendesk.api import Api, number_of
from syncline_connectors.zendesk.encode import Encoder, html
from syncline_connectors.zendesk.scope import Scope, Verdict
from syncline_connectors.zendesk.sending import Refusal, Sender, body_of
from syncline_connectors.zendesk.translate import OURS
from syncline_connectors.zendesk.updating import Tickets

LATER = frozenset({"status"})
"""Fields that only a ticket that exists can be given."""


class Creator:
    """Makes tickets in one account. ``groups`` are those that are read: what is made elsewhere would be lost to us."""

    def __init__(
        self,
        api: Api,
        sender: Sender,
        tickets: Tickets,
        encoder: Encoder,
        rules: Scope,
        groups: frozenset[str],
        site: str,
    ) -> None:
        self._api = api
        self._sender = sender
        self._tickets = tickets
        self._encoder = encoder
        self._rules = rules
        self._groups = groups
        self._site = site

    def create(self, draft: Draft, marker: str) -> Outcome:
        if draft.kind is not Kind.TICKET:
            raise Unsupported(f"Zendesk makes no {draft.kind}")
        ledger = Ledger()
        wanted = {name: value for name, value in draft.fields.items() if name not in LATER}
        if draft.type is not None:
            wanted.setdefault("type", draft.type)
        parts = self._parts(draft, wanted, ledger)
        number = self._made(draft, parts, marker, ledger)
        return self._told(number, wanted, draft, ledger)

    # ---- what is sent ----

    def _parts(self, draft: Draft, wanted: Mapping[str, Any], ledger: Ledger) -> dict[str, Json]:
        """By common name the JSON that sets it; raises Invalid for a place or a type that is not there."""
        if draft.container not in self._groups:
            raise Invalid(
                f"Zendesk shows no group {draft.container} to make tickets in",
                hint="it must be among the connection's groups",
                field="container",
            )
        parts: dict[str, Json] = {}
        for name, value in wanted.items():
            try:
                parts[name] = self._part(name, value)
            except VendorError as error:
                if name in ("title", "type"):
                    raise
                ledger.refuse([name], error)
        return parts

    def _part(self, name: str, value: Any) -> Json:
        if name == "labels":
            words = self._encoder.stored(name, value)
            if (
                self._rules.verdict({"tags": list(words), "group_id": next(iter(self._groups))})
                is not Verdict.KEPT
            ):
                raise Invalid(
                    "with one of these labels the ticket would be left out by `exclude`", field="labels"
                )
            return {"tags": list(words)}
        if name == "description":
            if not isinstance(value, Text):
                raise Invalid("a description is a text", field="description")
            return {"comment": {"html_body": html("description", value), "public": False}}
        return self._encoder.json(name, value)

    def _body(self, draft: Draft, parts: Mapping[str, Json], marker: str) -> dict[str, Any]:
        body: dict[str, Any] = {"external_id": marker, "group_id": int(draft.container)}
        custom: list[Any] = []
        for part in parts.values():
            custom += part.get("custom_fields", ())
            body |= {name: value for name, value in part.items() if name != "custom_fields"}
        if custom:
            body["custom_fields"] = custom
        body["tags"] = [*body.get("tags", ()), OURS]
        title = str(body.get("subject") or draft.fields.get("title") or "")
        body.setdefault("comment", {"body": title or "(no description)", "public": False})
        return body

    # ---- the request ----

    def _made(self, draft: Draft, parts: dict[str, Json], marker: str, ledger: Ledger) -> str:
        """The number of the ticket. A 422 has made nothing: once more without the fields it names."""
        answer = self._sender.make(self._body(draft, parts, marker), marker)
        if isinstance(answer, Refusal) and answer.status == 422:
            named = {
                name: text for name, text in answer.fields().items() if name in parts and name != "title"
            }
            if named:
                for name, text in named.items():
                    ledger.refuse([name], Invalid(f"Zendesk refuses {name}: {text}", status=422, field=name))
                    del parts[name]
                answer = self._sender.make(self._body(draft, parts, marker), f"{marker}-less")
        if isinstance(answer, Refusal):
            return self._known(answer, marker)
        ledger.written |= parts.keys()
        ticket = body_of(answer, "a ticket").get("ticket")
        try:
            return number_of(ticket, "a ticket")
        except VendorError:
            raise InDoubt("a ticket was made, but the answer does not tell which") from None

    def _known(self, refusal: Refusal, marker: str) -> str:
        """A key that was used for another body (400) means that there is a ticket already."""
        if refusal.status in (400, 409):
            found = self.find(marker)
            if found:
                return found[0]
            if refusal.status == 409:
                raise InDoubt(f"{refusal.what}: Zendesk is at it already", status=409)
        names = refusal.fields()
        raise refusal.error(next(iter(names), None))

    def find(self, marker: str) -> list[str]:
        """Numbers of the tickets that bear a marker, the oldest first."""
        rows = [row for batch in self._api.pages("tickets", "tickets", external_id=marker) for row in batch]
        mine = [row for row in rows if isinstance(row, dict) and row.get("external_id") == marker]
        return sorted({number_of(row, "tickets") for row in mine}, key=int)

    # ---- what came of it ----

    def _told(self, number: str, wanted: Mapping[str, Any], draft: Draft, ledger: Ledger) -> Outcome:
        ref = Ref(self._site, Kind.TICKET, number)
        ledger.written &= draft.fields.keys()
        try:
            seen = self._tickets.read(number)
        except NotFound:
            raise
        except VendorError:
            return ledger.outcome(ref, None, later=False)
        for name in sorted(ledger.written - {"description"}):
            shall = self._encoder.stored(name, wanted[name])
            if not alike(name, value_of(seen.ticket, name), shall):
                ledger.undo(name, Invalid(f"Zendesk made the ticket without {name}", field=name))
        return ledger.outcome(ref, seen.sourced, later=True)
