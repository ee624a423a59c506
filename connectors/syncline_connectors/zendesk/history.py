"""What was done to tickets, as events: from the export of ticket events and from the audits of one ticket. Pure.

Both tell the same, in other shapes: the export has the field's name as a key beside ``previous_value``, an audit has
it under ``field_name`` beside ``value``. What a ticket was created with is no change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from syncline.jsonvalues import Json, identity, instant
from syncline.model import Event, Kind
from syncline_connectors.zendesk.catalogue import LABELS, CompanyField, Statuses

FIELDS: Mapping[str, str] = {
    "custom_status_id": "status",
    "status": "status",
    "subject": "title",
    "priority": "priority",
    "type": "type",
    "assignee_id": "assignees",
    "group_id": "container",
    "tags": "labels",
    "problem_id": "parent",
    "due_at": "due_on",
    "due_date": "due_on",
    "organization_id": "organization",
}
"""By the vendor's name; of whom a ticket is from, nothing is told."""
NATIVE = frozenset(FIELDS.values())
"""Common fields whose history Zendesk keeps."""
COMMENTS = frozenset({"Comment", "VoiceComment"})
REWRITES = ("Redaction", "Privacy")
"""Parts of the names of events after which comments read otherwise than they were written."""
LONGEST = 255
"""Characters of a value that an event keeps."""

Change = tuple[str, Any, Any, Json]
"""A field by the vendor's name, its value before and after, and the entry that tells it."""


class HistoryReader:
    """Reads the history of one account. ``person`` gives an id that may be kept, else None; ``hidden`` are fields by
    common name of which nothing may be told."""

    def __init__(
        self,
        statuses: Statuses,
        fields: Mapping[str, CompanyField],
        person: Callable[[Any], Any],
        hidden: frozenset[str] = frozenset(),
    ) -> None:
        self._hidden = hidden
        self._statuses = statuses
        self._company = {company.of.id: (name, company) for name, company in fields.items()}
        self._person = person

    def events(self, ticket: str, told: Json) -> Iterator[Event]:
        """The changes of one update; raises ValueError."""
        changes = list(_changes(told))
        names = {name for name, *_ in changes}
        at = instant(told.get("created_at") or told.get("timestamp"), "created_at")
        if at is None:
            raise ValueError("created_at: missing")
        who = told.get("updater_id", told.get("author_id"))
        actor = self._person(who) if who != -1 else None
        for ordinal, (name, old, new, entry) in enumerate(changes):
            if name == "status" and "custom_status_id" in names and new not in ("closed",):
                continue  # the custom status says the same, more closely
            field, one, other = self._field(name), self._value(name, old), self._value(name, new)
            if field is None or field in self._hidden or new == "deleted":
                continue
            yield Event(
                kind=Kind.TICKET,
                remote_id=ticket,
                native_id=identity(entry.get("id") or told.get("id"), "id"),
                ordinal=ordinal,
                at=at,
                actor=None if actor is None else str(actor),
                field=field,
                old=one[0],
                old_name=one[1],
                new=other[0],
                new_name=other[1],
            )

    def _field(self, name: str) -> str | None:
        return self._company[name][0] if name in self._company else FIELDS.get(name)

    def _value(self, name: str, value: Any) -> tuple[str | None, str | None]:
        """A value and what people read for it."""
        if value is None or value == "":
            return None, None
        if name == "custom_status_id":
            known = self._statuses.custom.get(str(value))
            return str(value), known.label if known else str(value)
        if name == "status":
            return str(value), LABELS.get(str(value), str(value))
        if name in self._company:
            return _short(value), _short(self._company[name][1].read(value))
        return _short(value), _short(value)


def _short(value: Any) -> str | None:
    if value is None:
        return None
    words = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return words[:LONGEST]


def entries(told: Json) -> list[Json]:
    """The single things of one update."""
    found = told.get("child_events", told.get("events"))
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _changes(told: Json) -> Iterator[Change]:
    for entry in entries(told):
        kind = entry.get("event_type", entry.get("type"))
        if kind != "Change":
            continue
        if "field_name" in entry:
            yield str(entry["field_name"]), entry.get("previous_value"), entry.get("value"), entry
            continue
        before = entry.get("previous_value")
        custom = entry.get("custom_ticket_fields")
        for number, value in custom.items() if isinstance(custom, dict) else ():
            old = before.get(number) if isinstance(before, dict) else before
            yield str(number), old, value, entry
        for name in FIELDS:
            if name in entry:
                yield name, _tags_before(entry) if name == "tags" else before, entry[name], entry


def _tags_before(entry: Json) -> Any:
    """The tags before a change, where only what was added and removed is told."""
    before, now = entry.get("previous_value"), entry.get("tags")
    if before is not None or not isinstance(now, list):
        return before
    added, removed = entry.get("added_tags") or [], entry.get("removed_tags") or []
    return [*(tag for tag in now if tag not in added), *removed]


def is_comment(entry: Json) -> bool:
    """Whether an entry is a comment with its text."""
    return entry.get("event_type", entry.get("type")) in COMMENTS and "public" in entry


def rewrites(entry: Json) -> bool:
    """Whether after this a comment reads otherwise, or to others, than before."""
    kind = str(entry.get("event_type", entry.get("type")))
    return any(word in kind for word in REWRITES)
