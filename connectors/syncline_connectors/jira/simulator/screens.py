"""Which fields an issue's screens have, and how ``createmeta`` and ``editmeta`` tell it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.call import Call, Route
from syncline_connectors.jira.simulator.errors import Refusal, no_project
from syncline_connectors.jira.simulator.face import Face
from syncline_connectors.jira.simulator.issues import Issue
from syncline_connectors.jira.simulator.rules import Action, Permission, Screen
from syncline_connectors.jira.simulator.site import Site

_ORDER = (
    "summary",
    "issuetype",
    "project",
    "parent",
    "description",
    "priority",
    "assignee",
    "reporter",
    "labels",
    "components",
    "fixVersions",
    "versions",
    "environment",
    "duedate",
)
_APART = ("attachment", "issuelinks")
_NEVER = (e.CustomField.RANK,)
_MOST = 200
_SEVERAL = ["add", "set", "remove"]
_OPERATIONS = {
    "attachment": [],
    "issuetype": [],
    "issuelinks": ["add"],
    "comment": ["add", "edit", "remove"],
}


def routes() -> list[Route]:
    endpoints = {
        "issue/createmeta/{id}/issuetypes": create_types,
        "issue/createmeta/{id}/issuetypes/{type}": create_fields,
        "issue/{id}/editmeta": edit_fields,
    }
    return [Route("GET", path, handler, login=True) for path, handler in endpoints.items()]


# ---- screens ---------------------------------------------------------------------------------------------------------


def types_of(site: Site, project: e.Project) -> list[e.IssueType]:
    """The types that a project has."""
    named = project.rules.types
    return [type_ for type_ in site.types.values() if not named or type_.id in named]


def screen_of(site: Site, project: e.Project, type_: e.IssueType, action: Action) -> Screen:
    """The screen that was set for a type, for the project, or the usual one."""
    known = project.rules.screens
    return known.get((action, type_.id)) or known.get((action, None)) or _usual(site, project, type_, action)


def _usual(site: Site, project: e.Project, type_: e.IssueType, action: Action) -> Screen:
    custom = [id_ for id_, field in site.fields.items() if field.custom and id_ not in _NEVER]
    wanted = [*_ORDER, *custom, *_APART, *(["comment"] if action is Action.EDIT else [])]
    fields = tuple(id_ for id_ in wanted if _fits(site, project, type_, action, id_))
    required = {"summary", "issuetype", "project", "reporter"} & set(fields)
    if site.face is Face.DATA_CENTER and e.CustomField.EPIC_NAME in fields:
        required.add(e.CustomField.EPIC_NAME)
    return Screen(fields, frozenset(required), {"priority": site.priority("Medium")})


def _fits(site: Site, project: e.Project, type_: e.IssueType, action: Action, id_: str) -> bool:
    if id_ == "project":
        return action is Action.CREATE
    if id_ == "parent":
        return type_.level < 0 or site.face is Face.CLOUD
    if id_ == e.CustomField.EPIC_NAME:
        return type_.level == 1 and not project.team_managed
    if id_ == e.CustomField.EPIC_LINK:
        return type_.level == 0 and site.face is Face.DATA_CENTER
    return True


def type_of(site: Site, issue: Issue) -> e.IssueType:
    """An issue's type, also of a loaded one, which holds the vendor's document of it."""
    known = issue.fields.get("issuetype")
    return known if isinstance(known, e.IssueType) else site.types[(known or {})["id"]]


def edit_screen(call: Call, issue: Issue) -> Screen:
    """Who may not edit, or edits what is archived, finds no field on the screen: so the vendor tells it."""
    if issue.archived or not call.work.permits(Permission.EDIT_ISSUES, issue.project, call.user):
        return Screen(())
    return screen_of(call.work, issue.project, type_of(call.work, issue), Action.EDIT)


# ---- endpoints -------------------------------------------------------------------------------------------------------


def _project(call: Call) -> e.Project:
    project = call.project(call.arguments["id"])
    if not call.work.permits(Permission.CREATE_ISSUES, project, call.user):
        raise no_project(call.arguments["id"])
    return project


def _page(call: Call, items: list[Any], cloud_name: str) -> e.Json:
    """Cloud names its rows by what they are and tells no ``isLast``; Data Center has the usual page."""
    if call.number("maxResults", 50) > _MOST:
        raise Refusal(400, f"Parameter 'maxResults' must not exceed the limit '{_MOST}'")
    made = call.page_bean(items, lambda one: one, default=50, most=_MOST)
    if call.work.face is Face.CLOUD:
        made[cloud_name] = made.pop("values")
        del made["isLast"]
    return made


def create_types(call: Call) -> e.Json:
    types = types_of(call.work, _project(call))
    return _page(call, [call.render.type(type_) for type_ in types], "issueTypes")


def create_fields(call: Call) -> e.Json:
    project, wanted = _project(call), call.arguments["type"]
    type_ = next((x for x in types_of(call.work, project) if x.id == wanted), None)
    if type_ is None:
        raise Refusal(404, f"Issue type with id '{wanted}' does not exist.")
    screen = screen_of(call.work, project, type_, Action.CREATE)
    metas = field_metas(call, screen, project, type_)
    return _page(call, [{**meta, "fieldId": id_} for id_, meta in metas.items()], "fields")


def edit_fields(call: Call) -> e.Json:
    issue = call.issue(call.arguments["id"])
    type_ = type_of(call.work, issue)
    return {"fields": field_metas(call, edit_screen(call, issue), issue.project, type_)}


# ---- what is told of a field -----------------------------------------------------------------------------------------


def field_metas(call: Call, screen: Screen, project: e.Project, type_: e.IssueType) -> dict[str, e.Json]:
    """What a screen says of each of its fields, by id."""
    return {id_: _meta(call, call.work.fields[id_], screen, project, type_) for id_ in screen.fields}


def _meta(call: Call, field: e.Field, screen: Screen, project: e.Project, type_: e.IssueType) -> e.Json:
    default = screen.defaults.get(field.id)
    made: e.Json = {
        "required": field.id in screen.required,
        "schema": field.schema,
        "name": field.name,
        "hasDefaultValue": default is not None,
        "operations": operations(field),
    }
    if call.work.face is Face.CLOUD:
        made["key"] = field.id
    if default is not None:
        made["defaultValue"] = call.render.value(default)
    allowed = allowed_values(call.work, field, project, type_)
    if allowed is not None:
        made["allowedValues"] = [call.render.value(value) for value in allowed]
    return made


def operations(field: e.Field) -> list[str]:
    """What ``update`` may do to a field."""
    if field.id in _OPERATIONS:
        return list(_OPERATIONS[field.id])
    several = field.type == "array" and field.id != e.CustomField.SPRINT
    return list(_SEVERAL) if several else ["set"]


def allowed_values(
    site: Site, field: e.Field, project: e.Project, type_: e.IssueType
) -> Iterable[Any] | None:
    """The values to choose from, None where anything may be written."""
    known: dict[str, Iterable[Any]] = {
        "issuetype": [type_],
        "project": [project],
        "priority": site.priorities.values(),
        "resolution": site.resolutions.values(),
        "components": project.components,
        "fixVersions": project.versions,
        "versions": project.versions,
    }
    if field.id in known:
        return known[field.id]
    return field.options if "option" in (field.type, field.items) else None
