"""What issues refer to: teams, people, projects, initiatives, milestones, updates, cycles."""

from __future__ import annotations

from syncline.jsonvalues import Json, day, identity, instant, number, required, rows, text
from syncline.model import (
    Container,
    Iteration,
    IterationState,
    Milestone,
    Note,
    Person,
    Project,
    Record,
    Status,
    StatusCategory,
    Text,
    TextFormat,
)
from syncline_connectors.linear.identity import HOME
from syncline_connectors.linear.translate import (
    INITIATIVE_STATUSES,
    PROJECT_TYPES,
    basics,
    built,
    health,
    id_in,
    listed,
    markdown,
    optional_id,
    priority,
)

STATES = "_states"
"""The key under which a team's payload holds its workflow states. Not the vendor's."""
HOMEPAGE = "_home"
"""The key under which a team's payload holds the workspace's part of addresses. Not the vendor's."""
INITIATIVE = 2
"""The level of an initiative, whether or not another stands above it."""


def team(payload: Json) -> Record:
    """A team; its columns are its workflow states in the order of the workflow."""
    key = text(payload.get("key"), "key")
    home = text(payload.get(HOMEPAGE), HOMEPAGE)
    return built(
        Container,
        {
            **basics(payload),
            "key": key,
            "url": f"{HOME}/{home}/team/{key}" if home and key else None,
            "title": text(payload.get("name"), "name"),
            "type": "team",
            "parent": id_in(payload, "parent"),
            "columns": tuple(_column(required(state, STATES)) for state in rows(payload.get(STATES), STATES)),
            "archived": payload.get("archivedAt") is not None or payload.get("retiredAt") is not None,
        },
    )


def _column(state: Json) -> tuple[str, tuple[str, ...]]:
    return text(state.get("name"), f"{STATES}.name") or "", (identity(state.get("id"), f"{STATES}.id"),)


def person(payload: Json) -> Record:
    """A user: ``name`` is the full name, which people know; ``displayName`` is what mentions use."""
    return built(
        Person,
        {
            **basics(payload),
            "key": text(payload.get("displayName"), "displayName"),
            "title": text(payload.get("name"), "name") or text(payload.get("displayName"), "displayName"),
            "email": text(payload.get("email"), "email") or None,
            "active": payload.get("active") is not False,
            "account_type": _account_type(payload),
            "time_zone": text(payload.get("timezone"), "timezone"),
        },
    )


def _account_type(payload: Json) -> str | None:
    if payload.get("app") is True:
        return "app"
    if payload.get("guest") is True:
        return "guest"
    return "user" if payload.get("app") is False else None


def project(payload: Json) -> Record:
    """A project. Its short ``description`` is the body only where it has no ``content``."""
    teams = [required(one, "teams.nodes") for one in listed(payload, "teams")]
    containers = tuple(identity(one.get("id"), "teams.nodes.id") for one in teams)
    initiatives = [required(one, "initiatives.nodes") for one in listed(payload, "initiatives")]
    parents = tuple(identity(one.get("id"), "initiatives.nodes.id") for one in initiatives)
    lead = id_in(payload, "lead")
    state, word = health(payload.get("health"))
    done = payload.get("completedAt") or payload.get("canceledAt")
    return built(
        Project,
        {
            **basics(payload),
            "title": text(payload.get("name"), "name"),
            "body": _body(payload),
            "type": "project",
            "status": _project_status(payload),
            "priority": priority(payload.get("priority")),
            "priority_name": text(payload.get("priorityLabel"), "priorityLabel"),
            "assignees": () if lead is None else (lead,),
            "reporter": id_in(payload, "creator"),
            "container": containers[0] if containers else None,
            "containers": containers,
            "parent": parents[0] if parents else None,
            "parents": parents,
            "due_on": day(payload.get("targetDate"), "targetDate"),
            "start_on": day(payload.get("startDate"), "startDate"),
            "resolved_at": instant(done, "completedAt"),
            "health": state,
            "health_name": word,
        },
    )


def _project_status(payload: Json) -> Status:
    found = required(payload.get("status"), "status")
    name = text(found.get("name"), "status.name")
    if not name:
        raise ValueError("status.name: missing")
    category = PROJECT_TYPES.get(str(found.get("type")), StatusCategory.TODO)
    return Status(name=name, id=optional_id(found, "status"), category=category)


def initiative(payload: Json) -> Record:
    """An initiative: a roadmap entry above projects. It has a target date and no start."""
    name = text(payload.get("status"), "status")
    if not name:
        raise ValueError("status: missing")
    owner, parent = id_in(payload, "owner"), id_in(payload, "parentInitiative")
    state, word = health(payload.get("health"))
    return built(
        Project,
        {
            **basics(payload),
            "title": text(payload.get("name"), "name"),
            "body": _body(payload),
            "type": "initiative",
            "level": INITIATIVE,
            "status": Status(name=name, category=INITIATIVE_STATUSES.get(name.lower(), StatusCategory.TODO)),
            "priority": priority(payload.get("priority")),
            "assignees": () if owner is None else (owner,),
            "reporter": id_in(payload, "creator"),
            "parent": parent,
            "parents": () if parent is None else (parent,),
            "due_on": day(payload.get("targetDate"), "targetDate"),
            "resolved_at": instant(payload.get("completedAt"), "completedAt"),
            "health": state,
            "health_name": word,
        },
    )


def _body(payload: Json) -> Text | None:
    content = text(payload.get("content"), "content")
    return markdown(
        content if content else (text(payload.get("description"), "description") or None), "content"
    )


def milestone(payload: Json) -> Record:
    return built(
        Milestone,
        {
            **basics(payload),
            "title": text(payload.get("name"), "name"),
            "project": id_in(payload, "project"),
            "due_on": day(payload.get("targetDate"), "targetDate"),
            "body": markdown(payload.get("description"), "description"),
        },
    )


def update(payload: Json) -> Record:
    """A project update: what its author claimed at the time."""
    state, word = health(payload.get("health"))
    made = instant(payload.get("createdAt"), "createdAt")
    return built(
        Note,
        {
            **basics(payload),
            "type": "update",
            "body": markdown(payload.get("body"), "body") or Text(format=TextFormat.MARKDOWN, source=""),
            "author": id_in(payload, "user"),
            "noted_at": made,
            "subject": id_in(payload, "project"),
            "health": state,
            "health_name": word,
        },
    )


def cycle(payload: Json) -> Record:
    """A cycle. A name of its own is rare: otherwise it is shown by its number."""
    order = number(payload.get("number"), "number")
    named = text(payload.get("name"), "name")
    completed = instant(payload.get("completedAt"), "completedAt")
    return built(
        Iteration,
        {
            **basics(payload),
            "key": None if order is None else f"{order:g}",
            "title": named or ("Cycle" if order is None else f"Cycle {order:g}"),
            "state": _cycle_state(payload),
            "container": id_in(payload, "team"),
            "goal": text(payload.get("description"), "description") or None,
            "start_at": instant(payload.get("startsAt"), "startsAt"),
            "end_at": instant(payload.get("endsAt"), "endsAt"),
            "completed_at": completed,
        },
    )


CYCLE_STATES = (
    ("isActive", IterationState.ACTIVE),
    ("isFuture", IterationState.FUTURE),
    ("isPast", IterationState.CLOSED),
)


def _cycle_state(payload: Json) -> IterationState:
    """As the vendor says; a completed one is closed."""
    if payload.get("completedAt") is not None:
        return IterationState.CLOSED
    for name, state in CYCLE_STATES:
        if payload.get(name) is True:
            return state
    return IterationState.FUTURE
