"""Writing tickets, one at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from syncline.sim import SimResponse
from syncline_connectors.zendesk.simulator.call import Call, Route
from syncline_connectors.zendesk.simulator.entities import Json
from syncline_connectors.zendesk.simulator.errors import bad_request, conflict, invalid, not_found
from syncline_connectors.zendesk.simulator.inputs import (
    check_lock,
    public_by_default,
    read_comment,
    read_ticket,
)
from syncline_connectors.zendesk.simulator.ledger import Write
from syncline_connectors.zendesk.simulator.limits import (
    CREATE_TICKET,
    DELETE_TICKET,
    PER_TICKET,
    UPDATE_TICKET,
)
from syncline_connectors.zendesk.simulator.tickets import Audit, Ticket

REMEMBERED = timedelta(hours=2)
MOST_KEY = 255


@dataclass(frozen=True)
class _Answered:
    """What a creation with a key was answered, and to which body."""

    digest: bytes
    response: SimResponse
    until: datetime


class Writing:
    """The endpoints that change one ticket. Remembers creations by their key, for each caller, for two hours."""

    def __init__(self) -> None:
        self._answered: dict[tuple[int, str], _Answered] = {}

    def routes(self) -> list[Route]:
        return [
            Route("POST", "tickets", self.create),
            Route("PUT", "tickets/{id}", update, rules=(UPDATE_TICKET,)),
            Route("DELETE", "tickets/{id}", delete, rules=(DELETE_TICKET,)),
            Route("PUT", "tickets/{id}/tags", add_tags, rules=(UPDATE_TICKET,)),
            Route("POST", "tickets/{id}/tags", set_tags, rules=(UPDATE_TICKET,)),
            Route("DELETE", "tickets/{id}/tags", remove_tags, rules=(UPDATE_TICKET,)),
            Route("PUT", "deleted_tickets/{id}/restore", restore),
        ]

    def create(self, call: Call) -> SimResponse:
        call.limit(CREATE_TICKET, str(call.user.id))
        key = call.request.header("Idempotency-Key")
        if key is None:
            return created(call, call.body("ticket"))
        if len(key) > MOST_KEY:
            raise bad_request("IdempotentRequestError", "The idempotency key is longer than 255 characters")
        place, digest = (call.user.id, key), hashlib.sha256(call.request.body).digest()
        known = self._answered.get(place)
        if known and known.until > call.now:
            if known.digest != digest:
                text = "The request body does not match that of the first request with this idempotency key"
                raise bad_request("IdempotentRequestError", text)
            return _looked_up(known.response, "hit")
        response = created(call, call.body("ticket"))
        self._answered[place] = _Answered(digest, response, call.now + REMEMBERED)
        return _looked_up(response, "miss")


def _looked_up(response: SimResponse, found: str) -> SimResponse:
    headers = [*response.headers, ("x-idempotency-lookup", found)]
    return SimResponse(response.status, headers, response.body)


# ---- one ticket ------------------------------------------------------------------------------------------------------


def created(call: Call, asked: Json) -> SimResponse:
    ticket = make(call, asked)
    audit = ticket.audits[-1]
    body = {"ticket": call.render.ticket(ticket), "audit": call.render.audit(audit)}
    return SimResponse.of_json(body, 201, [("Location", call.render.url(f"tickets/{ticket.id}"))])


def make(call: Call, asked: Json) -> Ticket:
    """Raises 422. As recorded, ``description`` serves where there is no comment."""
    if "comment" not in asked and asked.get("description"):
        asked = {**asked, "comment": {"body": asked["description"]}}
    note(call, None, asked)
    values, draft = read_ticket(call, asked, None), read_comment(call, asked, None)
    if draft is None:
        raise invalid("description", "Description: cannot be blank", "BlankValue")
    work, requester = call.work, call.work.users[values.pop("requester", call.user.id)]
    submitter = work.users.get(asked.get("submitter_id") or 0) or call.user
    draft.author = draft.author or (submitter if submitter is not call.user else None)
    before = _followed(call, asked)
    return work.create(
        requester, values.pop("subject", None), draft, submitter, call.now, "api", values, followup_of=before
    )


def _followed(call: Call, asked: Json) -> Ticket | None:
    """The closed ticket that a new one follows."""
    id_ = asked.get("via_followup_source_id")
    if id_ is None:
        return None
    before = call.work.tickets.get(id_)
    if before is None or not before.closed:
        text = "Via followup source: the ticket is not closed"
        raise invalid("via_followup_source_id", text, "InvalidValue")
    return before


def update(call: Call) -> Json:
    ticket, asked = call.ticket(), call.body("ticket")
    call.limit(PER_TICKET, f"{call.user.id}/{ticket.id}")
    audit = change(call, ticket, asked)
    told = {"ticket": call.render.ticket(ticket)}
    return {**told, "audit": call.render.audit(audit)} if audit else told


def change(call: Call, ticket: Ticket, asked: Json) -> Audit | None:
    """Raises 422 and 409; nothing is changed then."""
    note(call, ticket, asked)
    if ticket.closed:
        raise invalid("status", "Status: closed prevents ticket update")
    if "description" in asked and call.quirks.description_refused:
        raise invalid("description", "Description: cannot be changed", "InvalidValue")
    check_lock(asked, ticket)
    if call.work.random.random() < call.quirks.conflict:
        raise conflict()
    values, draft = read_ticket(call, asked, ticket), read_comment(call, asked, ticket)
    return call.work.update(ticket, values, call.user, call.now, "api", draft)


def note(call: Call, ticket: Ticket | None, asked: Json) -> None:
    """Write down what was asked for, before it is judged."""
    comment = asked.get("comment")
    public: bool | None = None
    if comment is not None:
        given = comment.get("public") if isinstance(comment, dict) else None
        public = public_by_default(ticket) if given is None else bool(given)
    chosen = call.work.custom_statuses.get(asked.get("custom_status_id") or 0)
    status = chosen.category if chosen else asked.get("status")
    write = Write(call.request.method, call.request.path, ticket.id if ticket else None, asked)
    call.ledger.note(write, status, public=public)


def delete(call: Call) -> SimResponse:
    ticket = call.ticket()
    call.ledger.note_deletion(Write("DELETE", call.request.path, ticket.id, {}))
    call.work.delete(ticket, by=call.user)
    return SimResponse(204)


def restore(call: Call) -> Json:
    call.work.restore(binned(call), by=call.user)
    return {}


def binned(call: Call) -> Ticket:
    """The ticket that the path names, if it lies in the bin."""
    ticket = call.work.tickets.get(call.id())
    if ticket is None or ticket.deleted is None or ticket.scrubbed:
        raise not_found()
    return ticket


# ---- tags ------------------------------------------------------------------------------------------------------------


def add_tags(call: Call) -> Json:
    return _tagged(call, lambda old, given: [*old, *given])


def set_tags(call: Call) -> SimResponse:
    return SimResponse.of_json(_tagged(call, lambda old, given: given), 201)


def remove_tags(call: Call) -> SimResponse:
    _tagged(call, lambda old, given: [tag for tag in old if tag not in given])
    return SimResponse(204)


def _tagged(call: Call, combine: Any) -> Json:
    ticket, asked = call.ticket(), call.json()
    given = asked.get("tags")
    if not isinstance(given, list):
        raise bad_request("ParameterMissing", "Parameter tags is required")
    if ticket.closed:
        raise invalid("status", "Status: closed prevents ticket update")
    check_lock(asked, ticket)
    call.limit(PER_TICKET, f"{call.user.id}/{ticket.id}")
    write = Write(call.request.method, call.request.path, ticket.id, {"tags": given})
    call.ledger.note(write, None, public=None)
    wanted: Sequence[str] = combine(ticket.tags, given)
    call.work.update(ticket, {"tags": wanted}, call.user, call.now, "api")
    return {"tags": ticket.tags}
