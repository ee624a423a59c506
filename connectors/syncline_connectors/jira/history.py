"""From Jira's changelog to events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from syncline.model import Event, Kind
from syncline_connectors.jira.fields import CompanyField, FieldMap
from syncline_connectors.jira.values import Json, identity, instant, person, required, rows, text

# ---- the tables: what an item of the changelog is about, by ``fieldId`` where there is one, else by ``field`` ------

BY_ID: Mapping[str, str] = {
    "status": "status",
    "assignee": "assignees",
    "reporter": "reporter",
    "priority": "priority",
    "duedate": "due_on",
    "summary": "title",
    "description": "description",
    "environment": "environment",
    "labels": "labels",
    "fixVersions": "releases",
    "versions": "affects",
    "components": "components",
    "parent": "parent",
    "project": "container",
    "issuetype": "type",
    "resolution": "resolution",
}
BY_NAME: Mapping[str, str] = {
    **BY_ID,
    "Fix Version": "releases",
    "Version": "affects",
    "Component": "components",
    "Sprint": "iterations",
    "Epic Link": "parent",
    "IssueParentAssociation": "parent",
    "Parent": "parent",
    "Parent Issue": "parent",
    "Key": "key",
    "Flagged": "flagged",
}
"""Items without ``fieldId`` exist: Key, Link, IssueParentAssociation, Workflow, RemoteIssueLink, and all old ones."""

LONG_TEXTS = frozenset({"description", "environment"})
"""Of these only the fact of the change is kept."""

NATIVE_FIELDS = frozenset(
    {
        "status",
        "assignees",
        "reporter",
        "priority",
        "due_on",
        "title",
        "labels",
        "iterations",
        "releases",
        "affects",
        "components",
        "parent",
        "container",
        "type",
        "resolution",
        "flagged",
        "estimate",
        "start_on",
    }
)
"""Common fields whose history Jira keeps."""

_ISSUE = Kind.ISSUE

LONGEST = 255
"""Characters of a value that an event keeps."""


class HistoryReader:
    """Reads the changelogs of one site."""

    def __init__(self, fields: FieldMap) -> None:
        self._company = {company.id: (name, company) for name, company in fields.company.items()}
        self._common = {
            **dict.fromkeys(fields.sprint, "iterations"),
            **dict.fromkeys(fields.flagged, "flagged"),
            **dict.fromkeys(fields.estimate, "estimate"),
            **dict.fromkeys(fields.start_on, "start_on"),
        }
        known = self._company.keys() | self._common.keys()
        self._named = {name: number for name, number in fields.names.items() if number in known}

    def events(self, issue: str, history: Json) -> Iterator[Event]:
        """The events of one history: one for each item, in its order; raises ValueError."""
        number = identity(history.get("id"), "history.id")
        at = instant(history.get("created"), "history.created")
        if at is None:
            raise ValueError("history.created: missing")
        actor = person(history.get("author"), "history.author")
        for ordinal, entry in enumerate(rows(history.get("items"), "history.items")):
            try:
                change = self._change(required(entry, ""))
            except ValueError as error:
                raise ValueError(f"history.items[{ordinal}]{error}") from None
            yield Event(
                kind=_ISSUE,
                remote_id=issue,
                native_id=number,
                ordinal=ordinal,
                at=at,
                actor=actor,
                **change,
            )

    def _change(self, item: Json) -> dict[str, Any]:
        """What changed, from what to what: ids in ``old`` and ``new`` where the vendor gives them, else the words."""
        name = text(item.get("field"), ".field") or ""
        native = text(item.get("fieldId"), ".fieldId") or ""
        if not native and item.get("fieldtype") == "custom":
            native = self._named.get(name, "")  # servers name custom fields by what people see
        if native in self._company:
            found, company = self._company[native]
            return {"field": found, **_company_values(item, company)}
        found = self._common.get(native) or BY_ID.get(native) or ("" if native else BY_NAME.get(name, ""))
        found = found or (BY_NAME.get(name, "") if name in ("Sprint", "Epic Link") else "")
        if found in LONG_TEXTS:
            return {"field": found}
        return {"field": found or f"native:{native or name}", **_values(item, listed=found == "iterations")}


def _values(item: Json, *, listed: bool) -> dict[str, Any]:
    old, new = _short(item.get("from")), _short(item.get("to"))
    if listed:
        old, new = old and old.replace(" ", ""), new and new.replace(" ", "")
    old_name, new_name = _short(item.get("fromString")), _short(item.get("toString"))
    return {
        "old": old_name if old is None else old,
        "old_name": old_name,
        "new": new_name if new is None else new,
        "new_name": new_name,
    }


def _company_values(item: Json, company: CompanyField) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, word_key in (("old", "fromString"), ("new", "toString")):
        word = _short(item.get(word_key))
        values |= {key: None if word is None else company.word(word), f"{key}_name": word}
    return values


def _short(value: object) -> str | None:
    """A value as text; Jira writes null and the empty text for the same thing."""
    if value is None or value == "":
        return None
    words = value if isinstance(value, str) else str(value)
    return words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"
