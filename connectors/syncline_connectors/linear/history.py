"""From an issue's history to events. One entry may tell of several changes made together: each is an event."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from syncline.jsonvalues import Json, identity, instant, number, rows, text
from syncline.model import Event, Kind

NATIVE_FIELDS = frozenset(
    {
        "title",
        "status",
        "priority",
        "assignees",
        "labels",
        "due_on",
        "estimate",
        "parent",
        "project",
        "iterations",
        "container",
        "archived",
    }
)
"""Common fields whose history Linear keeps."""
LONGEST = 255
"""Characters of a value that an event keeps."""

PAIRS: tuple[tuple[str, str], ...] = (
    ("title", "Title"),
    ("status", "StateId"),
    ("priority", "Priority"),
    ("assignees", "AssigneeId"),
    ("due_on", "DueDate"),
    ("estimate", "Estimate"),
    ("parent", "ParentId"),
    ("project", "ProjectId"),
    ("iterations", "CycleId"),
    ("container", "TeamId"),
)
"""Common fields, and the vendor's pair ``from…`` and ``to…``. The order numbers the events of an entry: it stays."""
PRIORITY_NAMES = ("No priority", "Urgent", "High", "Medium", "Low")
"""``priorityLabel`` of 0 to 4."""
FLAGS: tuple[tuple[str, str], ...] = (("archived", "archived"), ("native:trashed", "trashed"))
"""Fields that an entry tells by the new value alone."""
LABELS_AT, FLAGS_AT, TEXT_AT = 100, 500, 600
"""Ordinals of labels, flags and the description: a set of its own for each, so that none moves another."""


class Change(NamedTuple):
    """What one event tells."""

    ordinal: int
    field: str
    old: str | None = None
    new: str | None = None
    old_name: str | None = None
    new_name: str | None = None


@dataclass(frozen=True)
class Names:
    """What ids are called: labels and workflow states; None where it is not known."""

    label: Callable[[str], str | None]
    state: Callable[[str], str | None]


def events(issue: str, entry: Json, names: Names) -> Iterator[Event]:
    """The events of one entry; raises ValueError. An entry about anything else (attachments, reactions) has none."""
    native = identity(entry.get("id"), "history.id")
    at = instant(entry.get("createdAt"), "history.createdAt")
    if at is None:
        raise ValueError("history.createdAt: missing")
    actor = text(entry.get("actorId"), "history.actorId")
    for change in changes(entry, names):
        yield Event(
            kind=Kind.ISSUE,
            remote_id=issue,
            native_id=native,
            ordinal=change.ordinal,
            at=at,
            actor=actor,
            field=change.field,
            old=_short(change.old),
            new=_short(change.new),
            old_name=_short(change.old_name),
            new_name=_short(change.new_name),
        )


def changes(entry: Json, names: Names) -> Iterator[Change]:
    """What an entry tells, in a fixed order."""
    for ordinal, (field, name) in enumerate(PAIRS):
        old, new = _value(entry, f"from{name}"), _value(entry, f"to{name}")
        if old != new:
            shown = _NAMED.get(field, _itself)
            yield Change(ordinal, field, old, new, shown(old, names), shown(new, names))
    yield from _labels(entry, names)
    for ordinal, (field, name) in enumerate(FLAGS, FLAGS_AT):
        flag = entry.get(name)
        if isinstance(flag, bool):
            old, new = str(not flag).lower(), str(flag).lower()
            yield Change(ordinal, field, old, new, old, new)
    if entry.get("updatedDescription") is True:
        yield Change(TEXT_AT, "description")


def _labels(entry: Json, names: Names) -> Iterator[Change]:
    """One event for each label: what was taken off has no new value, what was put on no old one."""
    off, on = (
        rows(entry.get("removedLabelIds"), "removedLabelIds"),
        rows(entry.get("addedLabelIds"), "addedLabelIds"),
    )
    for ordinal, (label, added) in enumerate(
        [*((one, False) for one in off), *((one, True) for one in on)], LABELS_AT
    ):
        number_ = identity(label, "labelIds")
        name = names.label(number_) or number_
        old, new = (None, name) if added else (name, None)
        yield Change(ordinal, "labels", old, new, old, new)


def states_in(entry: Json) -> Iterator[str]:
    """Ids of the workflow states that an entry speaks of."""
    for name in ("fromStateId", "toStateId"):
        if isinstance(entry.get(name), str):
            yield entry[name]


def labels_in(entry: Json) -> Iterator[str]:
    """Ids of the labels that an entry speaks of."""
    for name in ("addedLabelIds", "removedLabelIds"):
        found = entry.get(name)
        yield from (one for one in found or () if isinstance(one, str))


def moves_team(entry: Json) -> bool:
    """Whether the issue came from another team, of which nothing may be known."""
    return entry.get("fromTeamId") is not None and entry.get("fromTeamId") != entry.get("toTeamId")


def _value(entry: Json, name: str) -> str | None:
    value = entry.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{number(value, name):g}"
    return text(value, name)


def _state_name(value: str | None, names: Names) -> str | None:
    return None if value is None else names.state(value)


def _priority_name(value: str | None, _: Names) -> str | None:
    known = value is not None and value.isdigit() and int(value) < len(PRIORITY_NAMES)
    return PRIORITY_NAMES[int(value)] if known and value is not None else value


def _itself(value: str | None, _: Names) -> str | None:
    return value


def _no_name(value: str | None, _: Names) -> str | None:
    return None


_NAMED: Mapping[str, Callable[[Any, Names], str | None]] = {
    "status": _state_name,
    "priority": _priority_name,
    **dict.fromkeys(("assignees", "parent", "project", "iterations", "container"), _no_name),
}
"""How people read a value, where that is not the value itself; of references only the id is told."""


def _short(value: str | None) -> str | None:
    return value if value is None or len(value) <= LONGEST else value[: LONGEST - 1] + "…"
