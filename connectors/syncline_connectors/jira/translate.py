"""From Jira's payloads to records. The tables come first: this is where a status, priority or link gets its meaning.

Everything here is pure. What makes no sense raises ValueError naming the path; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import JsonValue, ValidationError

from syncline.jsontext import encode
from syncline.model import (
    Issue,
    Priority,
    Record,
    Refinement,
    RelationType,
    Status,
    StatusCategory,
    Text,
    TextFormat,
    Visibility,
)
from syncline_connectors.jira.fields import CompanyField, FieldMap, plain
from syncline_connectors.jira.sprints import sprint_ids
from syncline_connectors.jira.values import (
    Json,
    day,
    each,
    id_of,
    identity,
    instant,
    mapping,
    name_of,
    number,
    person,
    required,
    rows,
    text,
)

R = TypeVar("R", bound=Record)

# what every issue asks for by name: looking a member up in its class takes Python 3.11 a fifth of a microsecond
_ADF, _WIKI = TextFormat.ADF, TextFormat.WIKI
_TEAM, _PRIVATE = Visibility.TEAM, Visibility.PRIVATE
_NO_PRIORITY = Priority.NONE

# ---- the tables ----------------------------------------------------------------------------------------------------

STATUS_CATEGORIES: Mapping[str, StatusCategory] = {
    "new": StatusCategory.TODO,
    "indeterminate": StatusCategory.IN_PROGRESS,
    "done": StatusCategory.DONE,
    "undefined": StatusCategory.TODO,
}
"""``status.statusCategory.key`` to category; a key not listed is read as todo. The connection's own map goes before."""

CANCELED_RESOLUTIONS: Mapping[str, Refinement | None] = {
    "won't do": None,
    "won't fix": None,
    "wont do": None,
    "wont fix": None,
    "declined": None,
    "rejected": None,
    "canceled": None,
    "cancelled": None,
    "abandoned": None,
    "obsolete": None,
    "invalid": None,
    "not a bug": None,
    "cannot reproduce": None,
    "can't reproduce": None,
    "incomplete": None,
    "known error": None,
    "duplicate": Refinement.DUPLICATE,
}
"""Resolutions that make a status of the category done canceled: Jira itself has no such category."""

PRIORITIES: Mapping[str, Priority] = {
    "blocker": Priority.URGENT,
    "highest": Priority.URGENT,
    "urgent": Priority.URGENT,
    "p0": Priority.URGENT,
    "critical": Priority.HIGH,
    "high": Priority.HIGH,
    "major": Priority.HIGH,
    "p1": Priority.HIGH,
    "medium": Priority.MEDIUM,
    "normal": Priority.MEDIUM,
    "p2": Priority.MEDIUM,
    "minor": Priority.LOW,
    "low": Priority.LOW,
    "lowest": Priority.LOW,
    "trivial": Priority.LOW,
    "p3": Priority.LOW,
    "p4": Priority.LOW,
}
"""Priority names; one not listed is read as none, with its name kept."""

LINK_TYPES: Mapping[str, RelationType] = {
    "blocks": RelationType.BLOCKS,
    "blocker": RelationType.BLOCKS,
    "duplicate": RelationType.DUPLICATES,
    "cloners": RelationType.CLONES,
    "causes": RelationType.CAUSES,
    "problem/incident": RelationType.CAUSES,
    "relates": RelationType.RELATES,
}
"""Link types by name, read from the outward side (A *blocks* B); one not listed relates, with its name kept."""

OWN_RECORDS = frozenset({"comment", "worklog", "attachment", "issuelinks"})
"""Lists in an issue that become records of their own and are not kept in the issue's payload."""


# ---- parts that several kinds share --------------------------------------------------------------------------------


def rich_text(value: object, path: str) -> Text | None:
    """A text as Jira wrote it: an ADF document in API v3, wiki markup where it is a string."""
    if value is None:
        return None
    if isinstance(value, str):
        return Text(format=_WIKI, source=value)
    return Text(format=_ADF, source=encode(required(value, path)).decode())


def status_category(key: object) -> StatusCategory:
    """The category of ``statusCategory.key``; the vendor may invent keys."""
    known = STATUS_CATEGORIES.get(key) if isinstance(key, str) else None
    return known or StatusCategory.TODO


def native_status(value: object, path: str, resolution: str | None = None) -> Status:
    """A status with the vendor's category, or canceled where it is done with a resolution that says so."""
    found = required(value, path)
    key = (mapping(found.get("statusCategory"), path, ".statusCategory") or {}).get("key")
    name = text(found.get("name"), path, ".name")
    if not name:
        raise ValueError(f"{path}.name: missing")
    status_id = None if found.get("id") is None else identity(found["id"], path, ".id")
    return _status(name, status_id, key if isinstance(key, str) else None, resolution)


@lru_cache(maxsize=512)
def _status(name: str, status_id: str | None, category_key: str | None, resolution: str | None) -> Status:
    """The same few statuses stand in all issues: each is made once."""
    category, refinement = status_category(category_key), None
    if category is StatusCategory.DONE and resolution is not None:
        spelt = resolution.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").strip().casefold()
        if spelt in CANCELED_RESOLUTIONS:
            category, refinement = StatusCategory.CANCELED, CANCELED_RESOLUTIONS[spelt]
    return Status(name=name, id=status_id, category=category, refinement=refinement)


def built(make: type[R], values: dict[str, Any]) -> R:
    """A record of ``values``; what the model refuses is told in one line."""
    try:
        return make.model_validate(values)  # a third faster than to call the class with forty names
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or make.__name__
        raise ValueError(f"{where}: {first['msg']}") from None


# ---- the issue -----------------------------------------------------------------------------------------------------


class IssueReader:
    """Reads the issues of one site. ``url`` is the site's address, which links are built from."""

    def __init__(self, url: str, fields: FieldMap) -> None:
        self._url = url
        self._map = fields

    def read(self, payload: Json) -> Issue:
        """The issue of a payload; raises ValueError."""
        fields = required(payload.get("fields"), "fields")
        key = text(payload.get("key"), "key")
        resolution = name_of(fields.get("resolution"), "fields.resolution")
        values = {
            "remote_id": identity(payload.get("id"), "id"),
            "key": key,
            "url": f"{self._url}/browse/{key}" if key else None,
            "title": text(fields.get("summary"), "fields.summary"),
            "created_at": instant(fields.get("created"), "fields.created"),
            "updated_at": instant(fields.get("updated"), "fields.updated"),
            "archived": fields.get("archiveddate") is not None,
            "body": rich_text(fields.get("description"), "fields.description"),
            "status": native_status(fields.get("status"), "fields.status", resolution),
            "resolution": resolution,
            "reporter": person(fields.get("reporter"), "fields.reporter"),
            "labels": rows(fields.get("labels"), "fields.labels"),
            "parent": parent_of(fields),
            "due_on": day(fields.get("duedate"), "fields.duedate"),
            "resolved_at": instant(fields.get("resolutiondate"), "fields.resolutiondate"),
            "releases": each(fields.get("fixVersions"), "fields.fixVersions", id_of),
            "affects": each(fields.get("versions"), "fields.versions", id_of),
            "components": _names(fields.get("components"), "fields.components"),
            "visibility": _TEAM if fields.get("security") is None else _PRIVATE,
            **_people_and_place(fields),
            **_type(fields.get("issuetype")),
            **_priority(fields.get("priority")),
            **self._custom(fields),
        }
        return built(Issue, values)

    def _custom(self, fields: Json) -> dict[str, Any]:
        known = self._map
        return {
            "iterations": sprint_ids(fields, known.sprint),
            "flagged": fields.get("flagged") is True or any(map(fields.get, known.flagged)),
            "estimate": self._estimate(fields),
            "start_on": self._start(fields),
            "fields": self._company(fields) if known.company else {},
        }

    def _company(self, fields: Json) -> dict[str, JsonValue]:
        return {
            name: value
            for name, company in self._map.company.items()
            if (value := company_value(company, fields.get(company.id))) is not None
        }

    def _estimate(self, fields: Json) -> float | None:
        for name in self._map.estimate:
            if fields.get(name) is None:
                continue
            found = number(fields[name], f"fields.{name}")
            if found is not None:
                return found
        return None

    def _start(self, fields: Json) -> date | None:
        for name in self._map.start_on:
            if fields.get(name) is None:
                continue
            found = day(fields[name], f"fields.{name}")
            if found is not None:
                return found
        return None


def parent_of(fields: Json) -> str | None:
    """The parent's id, from ``parent``, or from ``epic``: Agile's object, and where the walk puts a looked-up link."""
    for name in ("parent", "epic"):
        found = mapping(fields.get(name), "fields.", name)
        if found is not None and found.get("id") is not None:
            return identity(found["id"], f"fields.{name}.id")
    return None


def epic_key(fields: Json, links: tuple[str, ...]) -> str | None:
    """The key that an epic link field holds, for an issue whose parent's id is not given otherwise."""
    for name in links:
        value = fields.get(name)
        if isinstance(value, dict):
            value = (value.get("data") or {}).get("key") if isinstance(value.get("data"), dict) else None
        if isinstance(value, str) and value:
            return value
    return None


def company_value(company: CompanyField, value: Any) -> JsonValue:
    """A company field in the company's words."""
    found = plain(value)
    if isinstance(found, str):
        return company.word(found)
    if isinstance(found, list):
        return [company.word(entry) if isinstance(entry, str) else entry for entry in found] or None
    return found  # type: ignore[no-any-return]


def _people_and_place(fields: Json) -> dict[str, Any]:
    assignee = person(fields.get("assignee"), "fields.assignee")
    project = mapping(fields.get("project"), "fields.project")
    return {
        "assignees": (assignee,) if assignee else (),
        "container": identity(project.get("id"), "fields.project.id") if project else None,
    }


def _type(value: object) -> dict[str, Any]:
    """Type and level. ``hierarchyLevel`` is the vendor's own; old payloads only tell sub-tasks apart."""
    found = mapping(value, "fields.issuetype")
    if found is None:
        return {}
    name = text(found.get("name"), "fields.issuetype.name")
    level = found.get("hierarchyLevel")
    if level is None:
        level = -1 if found.get("subtask") is True else 1 if name == "Epic" else 0
    return {"type": name, "level": level}


def _priority(value: object) -> dict[str, Any]:
    name = name_of(value, "fields.priority")
    if name is None:
        return {}
    return {"priority": PRIORITIES.get(name.strip().casefold(), _NO_PRIORITY), "priority_name": name}


def _names(value: object, path: str) -> list[str]:
    return [name for name in each(value, path, _name) if name is not None]


def _name(entry: object) -> str | None:
    return name_of(entry, "")
