"""What a mutation's input asks for, in entities. Raises the vendor's refusals for what does not fit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from syncline_connectors.linear.simulator import entities as e
from syncline_connectors.linear.simulator.errors import (
    Refusal,
    input_error,
    invalid_argument,
    no_entry,
    taken,
)
from syncline_connectors.linear.simulator.resolvers import Call

Input = Mapping[str, Any]
N = TypeVar("N", bound=e.Node)
_V4 = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", re.IGNORECASE)

_SIMPLE = {
    "title": "title",
    "description": "description",
    "estimate": "estimate",
    "dueDate": "due_date",
    "sortOrder": "sort_order",
    "subIssueSortOrder": "sub_issue_sort_order",
    "prioritySortOrder": "priority_sort_order",
    "snoozedUntilAt": "snoozed_until_at",
}
_REFERENCES: Mapping[str, tuple[str, str]] = {
    "assigneeId": ("assignee", "users"),
    "delegateId": ("delegate", "users"),
    "snoozedById": ("snoozed_by", "users"),
    "projectId": ("project", "projects"),
    "projectMilestoneId": ("project_milestone", "milestones"),
    "cycleId": ("cycle", "cycles"),
}


def new_id(given: Input, table: Mapping[str, Any], kind: str) -> str | None:
    """The id that the client has chosen, if any: a UUID of version 4 that is not taken."""
    chosen = given.get("id")
    if chosen is None:
        return None
    if not _V4.match(chosen):
        raise invalid_argument("id", "isUuid", "id must be a UUID")
    id_: str = chosen.lower()
    if id_ in table:
        raise taken(kind, id_)
    return id_


def issue_changes(call: Call, given: Input, team: e.Team, issue: e.Issue | None = None) -> dict[str, Any]:
    """What an issue of ``team`` is to have, by names of `Work.edit`; ``issue`` is the one that is changed."""
    changes: dict[str, Any] = {_SIMPLE[name]: value for name, value in given.items() if name in _SIMPLE}
    _check_plain(given)
    if "priority" in given:
        changes["priority"] = given["priority"] or 0
    for name, (field, table) in _REFERENCES.items():
        if name in given:
            wanted = given[name]
            changes[field] = entry(call, getattr(call.work, table), wanted, name) if wanted else None
    if "parentId" in given:
        changes["parent"] = _parent(call, given["parentId"], issue)
    if given.get("stateId") is not None:
        changes["state"] = _state(call, given["stateId"], team)
    if given.get("subscriberIds") is not None:
        changes["subscriber_set"] = tuple(_users(call, given["subscriberIds"]))
    labels = _labels(call, given, team, issue)
    if labels is not None:
        changes["labels"] = labels
    _check_fit(changes, team, issue)
    return changes


def entry(call: Call, table: Mapping[str, N], id: str, name: str) -> N:
    """What an input field ``name`` refers to; raises the refusal of what is not there or hidden."""
    node = table.get(id)
    if node is None or not call.sight.node(node):
        raise no_entry(name)
    return node


def _check_plain(given: Input) -> None:
    if "title" in given and not (given["title"] or "").strip():
        raise invalid_argument("title", "isNotEmpty", "title should not be empty")
    if "stateId" in given and given["stateId"] is None:
        raise invalid_argument("stateId", "isUuid", "stateId must be a UUID")
    priority = given.get("priority")
    if priority is not None and not 0 <= priority <= 4:
        constraint = "max" if priority > 4 else "min"
        limit = "greater than 4" if priority > 4 else "less than 0"
        raise invalid_argument("priority", constraint, f"priority must not be {limit}")


def _check_fit(changes: Input, team: e.Team, issue: e.Issue | None) -> None:
    """Cycle, project and milestone must fit the team and each other; only an application is delegated to."""
    delegate = changes.get("delegate")
    if delegate is not None and not delegate.app:
        raise input_error("Delegate must be an app user", "Issues can be delegated to applications only.")
    cycle = changes.get("cycle")
    if cycle is not None and cycle.team is not team:
        raise input_error("Discrepancy between issue team and cycle team", "The cycle is of another team.")
    milestone = changes.get("project_milestone")
    project = changes.get("project", issue.project if issue else None)
    if changes.get("project") is not None and team not in changes["project"].teams:
        raise input_error(
            "Discrepancy between issue team and project teams", "The project is of other teams."
        )
    if milestone is not None and milestone.project is not project:
        raise input_error("Discrepancy between project and milestone", "The milestone is of another project.")


def _parent(call: Call, wanted: str | None, issue: e.Issue | None) -> e.Issue | None:
    if wanted is None:
        return None
    parent = call.find_issue(wanted)
    if parent is None:
        raise no_entry("parentId")
    above: e.Issue | None = parent
    while above is not None and issue is not None:
        if above is issue:
            raise input_error("Circular parent", "An issue cannot be its own parent.")
        above = above.parent
    return parent


def _state(call: Call, wanted: str, team: e.Team) -> e.State:
    state = entry(call, call.work.states, wanted, "stateId")
    if state.team is not team:
        raise input_error("Discrepancy between issue team and state team", "The state is of another team.")
    return state


def _users(call: Call, ids: Iterable[str]) -> list[e.User]:
    return [entry(call, call.work.users, id_, "subscriberIds") for id_ in ids]


# ---- labels ----------------------------------------------------------------------------------------------------------


def _labels(call: Call, given: Input, team: e.Team, issue: e.Issue | None) -> list[e.Label] | None:
    """The labels an issue shall have, whether they are named or what is added and removed; None for no change."""
    named, added, removed = (given.get(name) for name in ("labelIds", "addedLabelIds", "removedLabelIds"))
    if "labelIds" not in given and added is None and removed is None:
        return None
    if "labelIds" in given and (added is not None or removed is not None):
        raise input_error("labelIds cannot be used together with addedLabelIds or removedLabelIds")
    if "labelIds" in given:
        wanted = _find(call, named or (), "labelIds")
    else:
        gone = set(_find(call, removed or (), "removedLabelIds"))
        kept = [label for label in (issue.label_set if issue else ()) if label not in gone]
        wanted = [*kept, *_find(call, added or (), "addedLabelIds")]
    unique = list(dict.fromkeys(wanted))
    check_labels(unique, team)
    return unique


def _find(call: Call, ids: Iterable[str], name: str) -> list[e.Label]:
    return [entry(call, call.work.labels, id_, name) for id_ in ids]


def check_labels(labels: Iterable[e.Label], team: e.Team) -> None:
    """Raises a refusal for a group, a label of another team, or two of one group."""
    of_group: dict[str, e.Label] = {}
    for label in labels:
        if label.is_group:
            raise _label_error("labelIds not assignable", f"The label '{label.name}' is a group.")
        if label.team not in (None, team):
            shown = f"The label '{label.name}' is not associated with the same team as the issue."
            raise _label_error("labelIds for incorrect team", shown)
        group = label.parent
        if group is not None and group.id in of_group:
            shown = (
                f"The label '{label.name}' is in the same group as '{of_group[group.id].name}'. "
                "Only one label in a group can be applied to an issue."
            )
            raise _label_error("labelIds not exclusive child labels", shown)
        if group is not None:
            of_group[group.id] = label


def _label_error(message: str, shown: str) -> Refusal:
    return input_error(message, shown)


# ---- acting for others -----------------------------------------------------------------------------------------------


def acting_as(call: Call, given: Input) -> tuple[e.User | None, e.BotActor | None]:
    """Who is the creator: the caller, or for an application the name it gives, which is no user."""
    name = given.get("createAsUser")
    if name is None:
        return call.user, None
    if not call.user.app:
        raise input_error("createAsUser can only be used by applications that act as themselves")
    actor = e.BotActor(
        type="integration",
        id=call.user.id,
        name=call.user.name,
        user_display_name=name,
        avatar_url=given.get("displayIconUrl"),
    )
    return None, actor


def past(given: Input, name: str, now: datetime) -> datetime | None:
    """A time that an import gives; it must lie in the past, and now is not."""
    moment: datetime | None = given.get(name)
    if moment is not None and moment >= now:
        raise input_error(f"{name} must be a time in the past")
    return moment


Mutation = Callable[[Call, dict[str, Any]], dict[str, Any]]


def done(call: Call, **payload: Any) -> dict[str, Any]:
    """The payload of a mutation that has succeeded."""
    return {"success": True, "lastSyncId": float(call.work.sync_id), **payload}
