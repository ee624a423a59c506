"""Endpoints that make, edit, archive and delete issues."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncline.sim import SimResponse
from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.call import Call, Route
from syncline_connectors.jira.simulator.edits import Edits, body_of, gather, on_cloud, require, same_moment
from syncline_connectors.jira.simulator.errors import Refusal
from syncline_connectors.jira.simulator.face import Face
from syncline_connectors.jira.simulator.hanging import Hanging, revert
from syncline_connectors.jira.simulator.inputs import NO_PARENT, Inputs, Place, Unfit
from syncline_connectors.jira.simulator.issues import Issue
from syncline_connectors.jira.simulator.properties import check_property
from syncline_connectors.jira.simulator.render import Selection
from syncline_connectors.jira.simulator.rules import Action, Permission, Screen
from syncline_connectors.jira.simulator.screens import edit_screen, screen_of, type_of
from syncline_connectors.jira.simulator.transitions import Step, chosen, walk

NO_CONTENT = SimResponse(204)
_MOST_NEW = 50
_MOST_ARCHIVED = 1000


def routes(face: Face) -> list[Route]:
    made = [
        Route("POST", "issue", create, login=True),
        Route("POST", "issue/bulk", create_many, login=True),
        Route("PUT", "issue/{id}", edit, login=True),
        Route("DELETE", "issue/{id}", delete, login=True),
        Route("PUT", "issue/{id}/assignee", assign),
    ]
    if face is Face.CLOUD:
        archiving = {"issue/archive": archive_many, "issue/unarchive": unarchive_many}
        return [*made, *(Route("PUT", path, handler) for path, handler in archiving.items())]
    one = {"issue/{id}/archive": archive_one, "issue/{id}/restore": restore_one}
    return [*made, *(Route("PUT", path, handler, login=True) for path, handler in one.items())]


# ---- new issues ------------------------------------------------------------------------------------------------------


def create(call: Call) -> SimResponse:
    return SimResponse.of_json(_create(call, body_of(call)), 201)


def create_many(call: Call) -> SimResponse:
    """Each by itself: what is wrong with some is told by their place, 400 only when none was right."""
    wanted = body_of(call).get("issueUpdates")
    if not isinstance(wanted, list) or not 1 <= len(wanted) <= _MOST_NEW:
        raise Refusal(400, f"The number of issues must be between 1 and {_MOST_NEW}.")
    issues: list[e.Json] = []
    errors: list[e.Json] = []
    for place, body in enumerate(wanted):
        try:
            issues.append(_create(call, body if isinstance(body, dict) else {}))
        except Refusal as refusal:
            told = {"errorMessages": refusal.messages, "errors": refusal.errors}
            errors.append({"status": refusal.status, "elementErrors": told, "failedElementNumber": place})
    return SimResponse.of_json({"issues": issues, "errors": errors}, 201 if issues else 400)


def _create(call: Call, body: Mapping[str, Any]) -> e.Json:
    place = _place(call, body.get("fields") or {})
    screen = screen_of(call.work, place.project, place.type, Action.CREATE)
    edits = gather(call, body, place, screen)
    if place.type.level < 0 and not edits.values.get("parent") and not edits.errors:
        edits.errors["issuetype"] = NO_PARENT
    edits.refuse_if_wrong()
    edits.values = _defaults(call, place, screen) | edits.values
    require(call, edits, place, screen)
    properties = _properties(body)
    hanging = Hanging.of(call, place.project, edits)
    issue = _made(call, place, edits)
    for key, value in properties.items():
        call.work.set_property(issue, key, value)
    hanging.add(call, issue)
    made: e.Json = {"id": str(issue.id), "key": issue.key, "self": call.render.self_link(f"issue/{issue.id}")}
    if isinstance(body.get("transition"), dict):
        made["transition"] = _first_step(call, issue, body["transition"])
    return made


def _place(call: Call, fields: Mapping[str, Any]) -> Place:
    """The project and type of a new issue; both are looked at before anything else."""
    errors: dict[str, str] = {}
    given = fields.get("project")
    named = str(given.get("id") or given.get("key") or "") if isinstance(given, dict) else ""
    project = call.work.find_project(named) if named else None
    if project is None or not call.may_browse(project) or project.archived:
        raise Refusal(400, errors={"project": "valid project is required"})
    if not call.work.permits(Permission.CREATE_ISSUES, project, call.user):
        errors["project"] = "You cannot create issues in this project."
    type_ = Inputs(call).find_type(fields.get("issuetype"), project)
    if type_ is None:
        errors["issuetype"] = (
            "Specify a valid issue type" if on_cloud(call) else "valid issue type is required"
        )
    if errors or type_ is None:
        raise Refusal(400, errors=errors)
    return Place(project, type_)


def _defaults(call: Call, place: Place, screen: Screen) -> dict[str, Any]:
    return {"reporter": call.user, **screen.defaults}


def _properties(body: Mapping[str, Any]) -> dict[str, Any]:
    given = body.get("properties") or []
    if not isinstance(given, list) or any(not isinstance(x, dict) or "key" not in x for x in given):
        raise Refusal(400, "Properties must be a list of objects with a key and a value.")
    for one in given:
        check_property(one["key"], one.get("value"))
    return {one["key"]: one.get("value") for one in given}


def _made(call: Call, place: Place, edits: Edits) -> Issue:
    work = call.work
    values = {**edits.values, "issuetype": place.type}
    return work.create_issue(
        place.project,
        values.pop("summary"),
        type=place.type.name,
        status=work.workflow(place.project, place.type.id).initial,
        fields=values,
        by=call.user,
    )


def _first_step(call: Call, issue: Issue, wanted: Mapping[str, Any]) -> e.Json:
    """The transition asked for with the issue. The issue stays even when it is refused; the answer tells."""
    errors: e.Json = {"errorMessages": [], "errors": {}}
    try:
        step = chosen(call, issue, {"transition": wanted})
        walk(call, issue, Step(step, Edits()))
    except Refusal as refusal:
        told = {"errorMessages": refusal.messages, "errors": refusal.errors}
        return {"status": refusal.status, "errorCollection": told}
    return {"status": 200, "errorCollection": errors}


# ---- edits -----------------------------------------------------------------------------------------------------------


def edit(call: Call) -> SimResponse:
    """204, or 200 with the issue when ``returnIssue`` asks for it. ``overrideScreenSecurity`` is for apps: ignored."""
    issue = call.issue(call.arguments["id"])
    body = body_of(call)
    _may_be_silent(call, issue)
    if not body.get("fields") and not body.get("update") and not body.get("properties"):
        raise Refusal(400, "one of 'fields' or 'update' required")
    screen, place = edit_screen(call, issue), Place(issue.project, type_of(call.work, issue), issue)
    edits = gather(call, body, place, screen)
    edits.refuse_if_wrong()
    require(call, edits, place, screen, given=True)
    hanging, properties = Hanging.of(call, issue.project, edits), _properties(body)
    same_moment(call, issue)
    call.admit_write(issue)
    before = {id_: issue.fields.get(id_) for id_ in edits.values}
    call.work.edit(issue, edits.values, by=call.user)
    for key, value in properties.items():
        call.work.set_property(issue, key, value)
    hanging.add(call, issue)
    answer = _edited(call, issue)
    revert(call, issue, before)
    return answer


def _may_be_silent(call: Call, issue: Issue) -> None:
    """Only administrators may keep the vendor from mailing everybody who watches."""
    silent = call.request.param("notifyUsers") == "false"
    if silent and not call.work.permits(Permission.ADMINISTER_PROJECTS, issue.project, call.user):
        raise Refusal(
            403, "To discard the user notification either admin or project admin permissions are required."
        )


def _edited(call: Call, issue: Issue) -> SimResponse:
    if call.request.param("returnIssue") != "true" or not on_cloud(call):
        return NO_CONTENT
    expand = call.request.param("expand") or ""
    selection = Selection.of((), "*all")
    return SimResponse.of_json(call.render.issue(issue, selection, expand=expand, whole=True))


def assign(call: Call) -> SimResponse:
    """``accountId`` (on Data Center ``name``): null for nobody, -1 for the project's default."""
    issue, key = call.issue(call.arguments["id"]), "accountId" if on_cloud(call) else "name"
    if call.user is None or not call.work.permits(Permission.ASSIGN_ISSUES, issue.project, call.user):
        raise Refusal(403, "You do not have permission to assign issues.")
    body = body_of(call)
    if key not in body or len({"accountId", "name", "key"} & set(body)) > 1:
        raise Refusal(
            400, f"Exactly one of 'name', 'key' and 'accountId' must be given: '{key}' is expected."
        )
    call.admit_write(issue)
    try:
        place = Place(issue.project, type_of(call.work, issue), issue)
        user = Inputs(call).read(call.work.fields["assignee"], {key: body[key]}, place)
    except Unfit as unfit:
        raise Refusal(400, errors={"assignee": unfit.message}) from None
    before = {"assignee": issue.fields.get("assignee")}
    call.work.edit(issue, {"assignee": user}, by=call.user)
    revert(call, issue, before)
    return NO_CONTENT


def delete(call: Call) -> SimResponse:
    issue = call.issue(call.arguments["id"])
    if not call.work.permits(Permission.DELETE_ISSUES, issue.project, call.user):
        raise Refusal(403, "You do not have permission to delete issues in this project.")
    if call.work.subtasks(issue) and call.request.param("deleteSubtasks") != "true":
        raise Refusal(
            400,
            f"The issue '{issue.key}' has subtasks.  You must specify the 'deleteSubtasks' parameter to "
            "delete this issue and all its subtasks.",
        )
    call.work.delete(issue)
    return NO_CONTENT


# ---- the archive -----------------------------------------------------------------------------------------------------


def archive_many(call: Call) -> e.Json:
    return _archive(call, archived=True)


def unarchive_many(call: Call) -> e.Json:
    return _archive(call, archived=False)


def _archive(call: Call, *, archived: bool) -> e.Json:
    if call.user is None:
        raise Refusal(401, "User is not logged in.")
    if call.user.account_id not in call.work.admins:
        raise Refusal(403, "Only admins can archive or unarchive issues. Access denied.")
    wanted = body_of(call).get("issueIdsOrKeys")
    if not isinstance(wanted, list) or not wanted:
        raise Refusal(400, "No valid issue to archive or unarchive. Bad request.")
    if len(wanted) > _MOST_ARCHIVED:
        raise Refusal(
            412,
            f"The number of issues to archive or unarchive exceeds the hard limit of {_MOST_ARCHIVED}. "
            "Precondition failed.",
        )
    errors: dict[str, list[str]] = {}
    good = [issue for name in wanted if (issue := _archivable(call, str(name), errors))]
    if not good:
        raise Refusal(400, "No valid issue to archive or unarchive. Bad request.")
    counted = 0
    for issue in good:
        for one in (issue, *call.work.subtasks(issue)):
            counted += 1
            (call.work.archive if archived else call.work.unarchive)(one)
    return {"numberOfIssuesUpdated": counted, "errors": {kind: _told(kind, x) for kind, x in errors.items()}}


_WORDS = {
    "issuesNotFound": "Issue not found.",
    "issueIsSubtask": "Issue is subtask.",
    "issuesInArchivedProjects": "Issue exists in archived project.",
}


def _archivable(call: Call, name: str, errors: dict[str, list[str]]) -> Issue | None:
    issue = call.work.find_issue(name)
    if issue is None or not call.may_browse(issue.project):
        errors.setdefault("issuesNotFound", []).append(name)
        return None
    if issue.project.archived:
        errors.setdefault("issuesInArchivedProjects", []).append(name)
        return None
    if type_of(call.work, issue).level < 0:
        errors.setdefault("issueIsSubtask", []).append(name)
        return None
    return issue


def _told(kind: str, names: list[str]) -> e.Json:
    return {"count": len(names), "issueIdsOrKeys": names, "message": _WORDS[kind]}


def archive_one(call: Call) -> SimResponse:
    return _archive_one(call, archived=True)


def restore_one(call: Call) -> SimResponse:
    return _archive_one(call, archived=False)


def _archive_one(call: Call, *, archived: bool) -> SimResponse:
    """Data Center's: one issue with its sub-tasks, 204; 400 for a sub-task."""
    issue = call.issue(call.arguments["id"])
    if not call.work.permits(Permission.ARCHIVE_ISSUES, issue.project, call.user):
        raise Refusal(403, "You do not have permission to archive issues in this project.")
    if type_of(call.work, issue).level < 0:
        raise Refusal(400, "Sub-tasks cannot be archived on their own.")
    if issue.archived is archived:
        raise Refusal(409, f"Issue {issue.key} is already {'archived' if archived else 'restored'}.")
    for one in (issue, *call.work.subtasks(issue)):
        (call.work.archive if archived else call.work.unarchive)(one)
    return NO_CONTENT
