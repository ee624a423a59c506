"""Endpoints that write comments. In service projects a comment is public unless it says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from syncline.sim import SimResponse
from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.call import BAD_PAYLOAD, Call, Route
from syncline_connectors.jira.simulator.edits import body_of
from syncline_connectors.jira.simulator.errors import Refusal
from syncline_connectors.jira.simulator.inputs import Inputs, Unfit
from syncline_connectors.jira.simulator.issues import Comment, Issue
from syncline_connectors.jira.simulator.properties import check_property, is_public
from syncline_connectors.jira.simulator.rules import Permission

_NOT_VALID = "Comment body is not valid!"
_EMPTY = "Comment body can not be empty!"
_VISIBLE_TO = ("role", "group")


@dataclass(frozen=True)
class Draft:
    """A comment as it was sent: ``body`` in the form that is kept."""

    body: Any
    visibility: Mapping[str, str] | None
    properties: Mapping[str, Any]


def routes() -> list[Route]:
    return [
        Route("POST", "issue/{id}/comment", post, login=True),
        Route("PUT", "issue/{id}/comment/{child}", put, login=True),
        Route("DELETE", "issue/{id}/comment/{child}", delete),
    ]


def post(call: Call) -> SimResponse:
    issue = call.issue(call.arguments["id"])
    draft = readable_comment(call, issue.project, body_of(call), issue)
    call.admit_write(issue)
    return SimResponse.of_json(_told(call, issue, add_comment(call, issue, draft)), 201)


def _told(call: Call, issue: Issue, comment: Comment) -> e.Json:
    expanded = "properties" in (call.request.param("expand") or "").split(",")
    return call.render.comment(issue, comment, properties=expanded)


def readable_comment(
    call: Call, project: e.Project, given: Mapping[str, Any], issue: Issue | None = None
) -> Draft:
    """A comment that the caller may add; 400 for who may not and for what is not one."""
    may = call.work.permits(Permission.ADD_COMMENTS, project, call.user)
    if not may or (issue and issue.archived):
        raise Refusal(400, "You do not have the permission to comment on this issue.")
    return _draft(call, given)


def _draft(call: Call, given: Mapping[str, Any]) -> Draft:
    return Draft(_body(call, given.get("body")), _visibility(given), _properties(given))


def _body(call: Call, body: Any) -> Any:
    if body in (None, ""):
        raise Refusal(400, errors={"comment": _EMPTY})
    inputs = Inputs(call)
    if not inputs.cloud and not isinstance(body, str):
        raise Refusal(400, "Can not deserialize instance of java.lang.String out of START_OBJECT token")
    try:
        kept = inputs.rich(body, unfit=_NOT_VALID)
    except Unfit as unfit:
        raise Refusal(400, errors={"comment": unfit.message}) from None
    if kept is None or (isinstance(kept, str) and not kept.strip()):
        raise Refusal(400, errors={"comment": _EMPTY})
    return kept


def _visibility(given: Mapping[str, Any]) -> Mapping[str, str] | None:
    visibility = given.get("visibility")
    if not visibility:
        return None
    if not isinstance(visibility, dict) or visibility.get("type") not in _VISIBLE_TO:
        raise Refusal(400, BAD_PAYLOAD)
    name = visibility.get("value") or visibility.get("identifier")
    if not isinstance(name, str):
        raise Refusal(400, errors={"commentLevel": "The role or group of the comment must be named."})
    return {"type": visibility["type"], "value": name}


def _properties(given: Mapping[str, Any]) -> dict[str, Any]:
    properties = given.get("properties") or []
    if not isinstance(properties, list) or any(not isinstance(x, dict) or "key" not in x for x in properties):
        raise Refusal(400, BAD_PAYLOAD)
    for one in properties:
        check_property(one["key"], one.get("value"))
    return {one["key"]: one.get("value") for one in properties}


def add_comment(call: Call, issue: Issue, draft: Draft) -> Comment:
    return call.work.comment(
        issue,
        draft.body,
        by=call.user,
        visibility=draft.visibility,
        public=is_public(draft.properties),
        properties=draft.properties,
    )


def _found(call: Call, issue: Issue) -> Comment:
    wanted = call.arguments["child"]
    comment = next((one for one in issue.comments if str(one.id) == wanted), None)
    if comment is None:
        raise Refusal(404, f"Can not find a comment for the id: {wanted}.")
    return comment


def _may(call: Call, issue: Issue, comment: Comment, own: Permission, every: Permission, word: str) -> None:
    mine = comment.author is not None and comment.author is call.user
    if issue.archived or not call.work.permits(own if mine else every, issue.project, call.user):
        raise Refusal(400, f"You do not have the permission to {word} this comment.")


def put(call: Call) -> SimResponse:
    """The body anew. Properties that are not named stay; for who may see it, `Quirks.edit_unrestricts`."""
    issue = call.issue(call.arguments["id"])
    comment = _found(call, issue)
    _may(call, issue, comment, Permission.EDIT_OWN_COMMENTS, Permission.EDIT_ALL_COMMENTS, "edit")
    draft = _draft(call, body_of(call))
    call.admit_write(issue)
    if call.quirks.edit_unrestricts and draft.visibility is None:
        comment = replace(comment, visibility=None)
    properties = {**comment.properties, **draft.properties}
    public = is_public(draft.properties, otherwise=comment.public)
    comment = replace(comment, properties=properties, public=public)
    changed = call.work.edit_comment(issue, comment, draft.body, by=call.user, visibility=draft.visibility)
    return SimResponse.of_json(_told(call, issue, changed))


def delete(call: Call) -> SimResponse:
    """Nobody logged in: 405, as documented for this one."""
    if call.user is None:
        raise Refusal(405, "You are not authenticated. Authentication required to perform this operation.")
    issue = call.issue(call.arguments["id"])
    comment = _found(call, issue)
    _may(call, issue, comment, Permission.DELETE_OWN_COMMENTS, Permission.DELETE_ALL_COMMENTS, "delete")
    call.admit_write(issue)
    call.work.delete_comment(issue, comment)
    return SimResponse(204)
