"""From Linear's payloads to records. The tables come first: this is where a status or a priority gets its meaning.

Everything here is pure. What makes no sense raises ValueError naming the path; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from syncline.jsonvalues import Json, day, each, identity, instant, mapping, name_of, number, required, text
from syncline.model import (
    Health,
    Issue,
    Priority,
    Record,
    Refinement,
    RelationType,
    Status,
    StatusCategory,
    Text,
    TextFormat,
)

R = TypeVar("R", bound=Record)

# ---- the tables ----------------------------------------------------------------------------------------------------

STATE_TYPES: Mapping[str, tuple[StatusCategory, Refinement | None]] = {
    "triage": (StatusCategory.TRIAGE, None),
    "backlog": (StatusCategory.BACKLOG, None),
    "unstarted": (StatusCategory.TODO, None),
    "started": (StatusCategory.IN_PROGRESS, None),
    "completed": (StatusCategory.DONE, None),
    "canceled": (StatusCategory.CANCELED, None),
    "duplicate": (StatusCategory.CANCELED, Refinement.DUPLICATE),
}
"""``WorkflowState.type``. The connection's own map goes before; a type not listed is read as todo."""

PROJECT_TYPES: Mapping[str, StatusCategory] = {
    "backlog": StatusCategory.BACKLOG,
    "planned": StatusCategory.TODO,
    "started": StatusCategory.IN_PROGRESS,
    "paused": StatusCategory.WAITING,
    "completed": StatusCategory.DONE,
    "canceled": StatusCategory.CANCELED,
}
"""``ProjectStatus.type``."""

INITIATIVE_STATUSES: Mapping[str, StatusCategory] = {
    "proposed": StatusCategory.TRIAGE,
    "planned": StatusCategory.TODO,
    "active": StatusCategory.IN_PROGRESS,
    "completed": StatusCategory.DONE,
    "canceled": StatusCategory.CANCELED,
}
"""``Initiative.status``, in small letters."""

PRIORITIES: Mapping[int, Priority] = {
    0: Priority.NONE,
    1: Priority.URGENT,
    2: Priority.HIGH,
    3: Priority.MEDIUM,
    4: Priority.LOW,
}
"""The lower the number the more urgent, but 0 is none."""

HEALTHS: Mapping[str, Health] = {
    "onTrack": Health.ON_TRACK,
    "atRisk": Health.AT_RISK,
    "offTrack": Health.OFF_TRACK,
}

RELATIONS: Mapping[str, RelationType] = {
    "blocks": RelationType.BLOCKS,
    "duplicate": RelationType.DUPLICATES,
    "related": RelationType.RELATES,
    "similar": RelationType.RELATES,
}
"""``IssueRelation.type``, read from ``issue`` to ``relatedIssue``; one not listed relates, with its name kept."""

LABELS = "_labels"
"""The key under which an issue's payload holds its labels by name. Not the vendor's, which gives ids alone."""
IN_GROUP = "/"
"""Between the name of a group of labels and that of the label."""

_MARKDOWN = TextFormat.MARKDOWN
_WORDS = re.compile(r"(/issue/[A-Za-z0-9]+-\d+)/[^/#?]*")
"""The words of the title in an issue's address: they change with it, and the address works without."""


# ---- parts that several kinds share --------------------------------------------------------------------------------


def markdown(value: object, path: str) -> Text | None:
    """A text as Linear wrote it."""
    words = text(value, path)
    return None if words is None else Text(format=_MARKDOWN, source=words)


def status(state: Json) -> Status:
    """A workflow state."""
    name = text(state.get("name"), "state.name")
    if not name:
        raise ValueError("state.name: missing")
    category, refinement = STATE_TYPES.get(str(state.get("type")), (StatusCategory.TODO, None))
    if state.get("type") is None:
        category, refinement = None, None  # type: ignore[assignment]
    return Status(name=name, id=optional_id(state, "state"), category=category, refinement=refinement)


def priority(value: object, path: str = "priority") -> Priority:
    """A priority; the vendor writes a float."""
    found = number(value, path)
    if found is None:
        return Priority.NONE
    known = PRIORITIES.get(int(found)) if found == int(found) else None
    if known is None:
        raise ValueError(f"{path}: not a priority")
    return known


def health(value: object, path: str = "health") -> tuple[Health | None, str | None]:
    """What a project is said to be, and the vendor's word for it."""
    word = text(value, path) or None
    return (None, None) if word is None else (HEALTHS.get(word), word)


def is_archived(payload: Json) -> bool:
    """Archived or in the bin: from either it can be brought back."""
    return payload.get("archivedAt") is not None or payload.get("trashed") is True


def id_in(payload: Json, name: str) -> str | None:
    """The id of something that a payload refers to."""
    found = mapping(payload.get(name), name)
    return None if found is None else identity(found.get("id"), name, ".id")


def optional_id(payload: Json, path: str) -> str | None:
    found = payload.get("id")
    return None if found is None else identity(found, path, ".id")


def listed(payload: Json, name: str) -> list[Any]:
    """The rows of a list inside a payload; none where it was not asked for."""
    found = mapping(payload.get(name), name)
    if found is None:
        return []
    nodes = found.get("nodes")
    if not isinstance(nodes, list):
        raise ValueError(f"{name}.nodes: not a list")
    return nodes


def built(cls: type[R], values: Mapping[str, Any]) -> R:
    """The record; a value that its model refuses is told by its field."""
    try:
        return cls.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def basics(payload: Json) -> dict[str, Any]:
    """What everything in Linear has."""
    return {
        "remote_id": identity(payload.get("id"), "id"),
        "url": _WORDS.sub(r"\1", text(payload.get("url"), "url") or "") or None,
        "created_at": instant(payload.get("createdAt"), "createdAt"),
        "updated_at": instant(payload.get("updatedAt"), "updatedAt"),
        "archived": is_archived(payload),
    }


# ---- labels --------------------------------------------------------------------------------------------------------


def label_name(label: Json) -> str:
    """A label's name; one of a group bears the group's before it."""
    name = text(label.get("name"), "label.name")
    if not name:
        raise ValueError("label.name: missing")
    group = name_of(label.get("parent"), "label.parent")
    return f"{group}{IN_GROUP}{name}" if group else name


def _labels(payload: Json) -> tuple[str, ...]:
    if LABELS in payload:
        return tuple(each(payload[LABELS], LABELS, lambda entry: label_name(required(entry, ""))))
    return tuple(label_name(required(entry, "labels.nodes")) for entry in listed(payload, "labels"))


# ---- issues --------------------------------------------------------------------------------------------------------


def issue(payload: Json) -> Issue:
    """An issue. ``resolved_at`` is when it was completed or canceled; what is archived keeps its status."""
    cycle, assignee = id_in(payload, "cycle"), id_in(payload, "assignee")
    done = payload.get("completedAt") or payload.get("canceledAt")
    return built(
        Issue,
        {
            **basics(payload),
            "key": text(payload.get("identifier"), "identifier"),
            "title": text(payload.get("title"), "title"),
            "body": markdown(payload.get("description"), "description"),
            "status": status(required(payload.get("state"), "state")),
            "priority": priority(payload.get("priority")),
            "priority_name": text(payload.get("priorityLabel"), "priorityLabel"),
            "assignees": () if assignee is None else (assignee,),
            "reporter": id_in(payload, "creator"),
            "labels": _labels(payload),
            "container": id_in(payload, "team"),
            "parent": id_in(payload, "parent"),
            "due_on": day(payload.get("dueDate"), "dueDate"),
            "resolved_at": instant(done, "completedAt"),
            "estimate": number(payload.get("estimate"), "estimate"),
            "project": id_in(payload, "project"),
            "milestone": id_in(payload, "projectMilestone"),
            "iterations": () if cycle is None else (cycle,),
        },
    )
