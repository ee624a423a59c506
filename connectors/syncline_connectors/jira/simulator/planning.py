"""Endpoints that plan: issues into sprints, onto the backlog, below epics. At most fifty at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from syncline.sim import SimResponse
from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.agile import PREFIX
from syncline_connectors.jira.simulator.call import Call, Route
from syncline_connectors.jira.simulator.edits import body_of
from syncline_connectors.jira.simulator.errors import Refusal
from syncline_connectors.jira.simulator.face import Face
from syncline_connectors.jira.simulator.issues import Issue
from syncline_connectors.jira.simulator.rules import Permission
from syncline_connectors.jira.simulator.screens import type_of

_MOST = 50


def routes() -> list[Route]:
    endpoints = {
        "sprint/{id}/issue": into_sprint,
        "backlog/issue": onto_backlog,
        "epic/none/issue": out_of_epic,
        "epic/{id}/issue": below_epic,
    }
    return [Route("POST", path, handler, login=True, prefix=PREFIX) for path, handler in endpoints.items()]


def _issues(call: Call) -> list[Issue]:
    wanted = body_of(call).get("issues")
    if not isinstance(wanted, list) or not wanted:
        raise Refusal(400, "At least one issue must be given.")
    if len(wanted) > _MOST:
        raise Refusal(400, f"The number of issues exceeds the limit of {_MOST}.")
    issues = [call.issue(str(name)) for name in wanted]
    for issue in issues:
        allowed = call.work.permits(Permission.EDIT_ISSUES, issue.project, call.user)
        if not allowed or not call.work.permits(Permission.SCHEDULE_ISSUES, issue.project, call.user):
            raise Refusal(403, f"You do not have permission to assign issue {issue.key}.")
    return issues


def _each(call: Call, issues: Iterable[Issue], field: str, value: Any) -> SimResponse:
    for issue in issues:
        call.work.edit(issue, {field: value(issue)}, by=call.user)
    return SimResponse(204)


def _over(issue: Issue) -> list[e.Sprint]:
    """The sprints of an issue that are over: they stay."""
    known = issue.fields.get(e.CustomField.SPRINT) or ()
    return [sprint for sprint in known if isinstance(sprint, e.Sprint) and sprint.state == "closed"]


def into_sprint(call: Call) -> SimResponse:
    wanted = call.arguments["id"]
    sprint = call.work.sprints.get(int(wanted)) if wanted.isdigit() else None
    board = call.work.boards.get(sprint.board_id) if sprint else None
    if sprint is None or board is None or not call.may_browse(board.project):
        raise Refusal(
            404, f"Sprint with id {wanted} does not exist or you do not have permission to view it."
        )
    if sprint.state == "closed":
        raise Refusal(400, "Issues cannot be moved into a sprint that is completed.")
    return _each(call, _issues(call), e.CustomField.SPRINT, lambda issue: [*_over(issue), sprint])


def onto_backlog(call: Call) -> SimResponse:
    return _each(call, _issues(call), e.CustomField.SPRINT, lambda issue: _over(issue) or None)


def _field(call: Call) -> str:
    """An epic is a parent on Cloud, and named by a custom field on Data Center."""
    return "parent" if call.work.face is Face.CLOUD else e.CustomField.EPIC_LINK


def below_epic(call: Call) -> SimResponse:
    wanted = call.arguments["id"]
    epic = call.work.find_issue(wanted)
    if epic is None or not call.may_browse(epic.project) or type_of(call.work, epic).level != 1:
        raise Refusal(404, f"The epic '{wanted}' does not exist or you do not have permission to view it.")
    issues = _issues(call)
    if any(type_of(call.work, issue).level != 0 for issue in issues):
        raise Refusal(400, "Only standard issues can be added to an epic.")
    return _each(call, issues, _field(call), lambda issue: epic)


def out_of_epic(call: Call) -> SimResponse:
    return _each(call, _issues(call), _field(call), lambda issue: None)
