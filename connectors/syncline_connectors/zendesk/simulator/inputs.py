"""What a body asks of a ticket, checked as the vendor checks it and put into the words of `Work`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from syncline_connectors.zendesk.simulator import entities as e
from syncline_connectors.zendesk.simulator.call import Call
from syncline_connectors.zendesk.simulator.entities import Json
from syncline_connectors.zendesk.simulator.errors import conflict, invalid, record_invalid
from syncline_connectors.zendesk.simulator.filing import Draft
from syncline_connectors.zendesk.simulator.tickets import Ticket
from syncline_connectors.zendesk.simulator.work import Work

Values = dict[str, Any]
MOST_TEXT = 65_535
_PLAIN = {
    "subject": "subject",
    "external_id": "external_id",
    "recipient": "recipient",
    "tags": "tags",
    "follower_ids": "followers",
    "email_cc_ids": "email_ccs",
}
_PATTERNS = {"integer": r"-?\d+", "decimal": r"-?\d+(\.\d+)?"}


def read_ticket(call: Call, asked: Json, ticket: Ticket | None) -> Values:
    """The values that a body sets; of ``ticket``, or of one to be made. Raises 422; ignores what the vendor ignores."""
    values: Values = {ours: asked[theirs] for theirs, ours in _PLAIN.items() if theirs in asked}
    for name, known in (("priority", e.PRIORITIES), ("type", e.TYPES), ("status", e.STATUSES)):
        if name in asked:
            values[name] = _one_of(name, asked[name], known)
    _read_people(call, asked, values)
    if isinstance(asked.get("email_ccs"), list):
        values["email_ccs"] = _read_copied(call.work, asked["email_ccs"], ticket)
    _read_places(call.work, asked, values)
    if asked.get("custom_status_id") is not None:
        # The vendor does not say which of the two wins; the more precise one does here.
        values.pop("status", None)
        values["custom_status"] = _known(
            call.work.custom_statuses, asked["custom_status_id"], "custom_status_id"
        )
    if "problem_id" in asked:
        values["problem"] = asked["problem_id"]
    if "due_at" in asked:
        values["due"] = e.moment_of(asked["due_at"]) if asked["due_at"] else None
    fields = asked.get("custom_fields", asked.get("fields"))
    if fields is not None:
        values["fields"] = read_fields(call.work, fields)
    _check(call.work, values, ticket)
    return values


def _one_of(name: str, value: Any, known: tuple[str, ...]) -> Any:
    if value is not None and value not in known:
        raise invalid(name, f"{name.capitalize()}: {value} is not a valid {name}", "InvalidValue")
    if name == "status" and value is None:
        raise invalid(name, "Status: cannot be blank", "BlankValue")
    return value


def _read_people(call: Call, asked: Json, values: Values) -> None:
    work = call.work
    if asked.get("assignee_email"):
        agent = work.user_by_email(asked["assignee_email"])
        if agent is None or not agent.staff:
            raise invalid("assignee", "Assignee: is invalid", "InvalidValue")
        values["assignee"] = agent.id
    if "assignee_id" in asked:
        values["assignee"] = _agent(work, asked["assignee_id"])
    if asked.get("requester_id") is not None:
        values["requester"] = _known(work.users, asked["requester_id"], "requester")
    elif isinstance(asked.get("requester"), dict):
        values["requester"] = _requester(work, asked["requester"])


def _read_copied(work: Work, asked: list[Json], ticket: Ticket | None) -> list[int]:
    """Who gets copies after some were put on the list and some taken off it; strangers are made known."""
    copied = list(ticket.email_ccs) if ticket else []
    for row in asked:
        known = work.users.get(int(row.get("user_id") or 0)) or work.user_by_email(
            row.get("user_email") or ""
        )
        if known is None and row.get("user_email"):
            known = work.add_user(row.get("user_name") or row["user_email"], email=row["user_email"])
        if known and row.get("action") == "delete":
            copied = [id_ for id_ in copied if id_ != known.id]
        elif known and known.id not in copied:
            copied.append(known.id)
    return copied


def _agent(work: Work, id_: Any) -> int | None:
    agent = work.users.get(id_) if id_ is not None else None
    if id_ is not None and (agent is None or not agent.staff or not agent.active):
        raise invalid("assignee", "Assignee: is invalid", "InvalidValue")
    return agent.id if agent else None


def _requester(work: Work, asked: Json) -> int:
    """Known by the e-mail, or made."""
    known = work.user_by_email(asked.get("email") or "")
    if known:
        return known.id
    if not asked.get("name"):
        text = "Requester: Name: is too short (minimum is 1 characters)"
        raise invalid("requester", text, "ValueTooShort")
    return work.add_user(asked["name"], email=asked.get("email")).id


def _read_places(work: Work, asked: Json, values: Values) -> None:
    places: tuple[tuple[str, str, Mapping[int, Any]], ...] = (
        ("group_id", "group", work.groups),
        ("organization_id", "organization", work.organizations),
        ("brand_id", "brand", work.brands),
        ("ticket_form_id", "form", work.forms),
    )
    for theirs, ours, registry in places:
        if theirs in asked:
            value = asked[theirs]
            values[ours] = None if value is None else _known(registry, value, ours)


def _known(registry: Mapping[int, Any], id_: Any, name: str) -> int:
    found = registry.get(id_) if isinstance(id_, int) else None
    if found is None or getattr(found, "deleted", False) or not getattr(found, "active", True):
        raise invalid(name, f"{name.capitalize()}: is invalid", "InvalidValue")
    return int(found.id)


# ---- custom fields ---------------------------------------------------------------------------------------------------


def read_fields(work: Work, asked: Any) -> dict[int, Any]:
    """Values by the field's id, given as a list of ``{id, value}`` or as an object. Unknown fields are ignored."""
    pairs = asked.items() if isinstance(asked, dict) else ((row.get("id"), row.get("value")) for row in asked)
    made = {}
    for key, value in pairs:
        field = work.fields.get(int(key)) if str(key).isdigit() else None
        if field is None or not field.removable or not field.active:
            continue
        made[field.id] = _value(field, value)
    return made


def _value(field: e.TicketField, value: Any) -> Any:
    if value in (None, ""):
        return None
    reader = _READERS.get(field.type)
    return reader(field, value) if reader else str(value)


def _wrong(field: e.TicketField) -> Exception:
    return invalid("base", f"{field.title}: is invalid", "InvalidFormat")


def _choice(field: e.TicketField, value: Any) -> str:
    if field.option(value) is None:
        raise invalid("base", f"{field.title}: {value} is not a valid option", "InvalidValue")
    return str(value)


def _choices(field: e.TicketField, value: Any) -> list[str]:
    return [_choice(field, one) for one in (value if isinstance(value, list) else [value])]


def _number(field: e.TicketField, value: Any) -> str:
    """Numbers are served as text."""
    if not re.fullmatch(_PATTERNS[field.type], str(value)):
        raise _wrong(field)
    return str(value)


def _day(field: e.TicketField, value: Any) -> str:
    try:
        return date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError:
        raise _wrong(field) from None


def _matching(field: e.TicketField, value: Any) -> str:
    if field.pattern and not re.fullmatch(field.pattern, str(value)):
        raise _wrong(field)
    return str(value)


def _box(field: e.TicketField, value: Any) -> bool:
    return value in (True, "true", "1", 1)


_READERS: dict[str, Callable[[e.TicketField, Any], Any]] = {
    "tagger": _choice,
    "multiselect": _choices,
    "integer": _number,
    "decimal": _number,
    "date": _day,
    "regexp": _matching,
    "checkbox": _box,
}


# ---- what holds between values ---------------------------------------------------------------------------------------


def _check(work: Work, values: Values, ticket: Ticket | None) -> None:
    """Raises 422: who may hold a ticket, what it takes to solve it, and that a ticket is new only once."""

    def after(name: str) -> Any:
        return values[name] if name in values else getattr(ticket, name) if ticket else None

    assignee, group = after("assignee"), after("group")
    if assignee is not None and group is not None and "group" in values:
        chosen = "assignee" in values
        if chosen and group not in [g.id for g in work.groups_of(work.users[assignee])]:
            raise invalid("assignee", "Assignee: is not a member of the group", "InvalidValue")
    status = _status(work, values)
    if status == "new" and ticket and ticket.status != "new":
        raise invalid("status", "Status: cannot be changed back to new", "InvalidValue")
    if status in ("solved", "closed") and (ticket is None or ticket.status != "solved"):
        _check_solving(work, values, ticket, assignee)


def _status(work: Work, values: Values) -> Any:
    chosen = work.custom_statuses.get(values.get("custom_status", 0))
    return chosen.category if chosen else values.get("status")


def _check_solving(work: Work, values: Values, ticket: Ticket | None, assignee: Any) -> None:
    held = {**(ticket.fields if ticket else {}), **values.get("fields", {})}
    missing = ["Assignee"] if assignee is None else []
    required = (f for f in work.fields.values() if f.required and f.active and f.removable)
    missing += [field.title for field in required if held.get(field.id) in (None, [], False)]
    if missing:
        told = [(f"{title}: is required when solving a ticket", "BlankValue") for title in missing]
        raise record_invalid({"base": told})


# ---- comments and locks ----------------------------------------------------------------------------------------------


def read_comment(call: Call, asked: Json, ticket: Ticket | None) -> Draft | None:
    """The comment that a body holds; public unless it says otherwise or the ticket began with an internal one.

    "The initial value set on ticket creation persists for any additional comment unless you change it": the vendor's
    reference of comments.
    """
    given = asked.get("comment")
    if isinstance(given, str):
        given = {"body": given}
    if not isinstance(given, dict):
        return None
    body, html = given.get("body") or given.get("value"), given.get("html_body")
    if not (body or html) and not given.get("uploads"):
        return None
    if len(html or body or "") > MOST_TEXT:
        raise invalid("comment", f"Comment: is too long (maximum is {MOST_TEXT} characters)", "ValueTooLong")
    public = bool(given["public"]) if "public" in given else public_by_default(ticket)
    author = call.work.users.get(given.get("author_id") or 0)
    return Draft(body or "", html, public, author, _attached(call, given.get("uploads")))


def public_by_default(ticket: Ticket | None) -> bool:
    return ticket.comments[0].public if ticket and ticket.comments else True


def _attached(call: Call, tokens: Any) -> list[e.Attachment]:
    """The files that wait under the tokens; a token that is spent or not known brings nothing."""
    found = []
    for token in [tokens] if isinstance(tokens, str) else tokens or []:
        upload = call.work.uploads.get(token)
        if upload and not upload.used and upload.expires > call.now:
            upload.used = True
            found += upload.attachments
    return found


def check_lock(asked: Json, ticket: Ticket) -> None:
    """409 for an update made on what is no longer so. Naming ``safe_update`` at all asks for it, whatever its value."""
    if "safe_update" not in asked:
        return
    seen = asked.get("updated_stamp")
    if not seen:
        raise invalid("base", "updated_stamp is required for a safe update", "BlankValue")
    try:
        same = e.moment_of(str(seen)) == ticket.updated
    except ValueError:
        same = False
    if not same:
        raise conflict()
