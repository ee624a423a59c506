"""Entity properties: JSON that apps hang on issues and comments, unseen by people.

They move neither ``updated`` nor the history. On comments of service projects one of them, ``sd.public.comment``, says
whether customers see the comment.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from syncline.sim import SimResponse
from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.call import Call, Route
from syncline_connectors.jira.simulator.errors import Refusal
from syncline_connectors.jira.simulator.issues import PUBLIC_MARK, Comment, Issue, comment_properties
from syncline_connectors.jira.simulator.rules import Permission

MAX_KEY, MAX_VALUE = 255, 32_768


def routes() -> list[Route]:
    endpoints = {
        ("GET", "issue/{id}/properties"): issue_keys,
        ("GET", "issue/{id}/properties/{key}"): issue_property,
        ("PUT", "issue/{id}/properties/{key}"): put_issue_property,
        ("DELETE", "issue/{id}/properties/{key}"): delete_issue_property,
        ("GET", "comment/{id}/properties"): comment_keys,
        ("GET", "comment/{id}/properties/{key}"): comment_property,
        ("PUT", "comment/{id}/properties/{key}"): put_comment_property,
        ("DELETE", "comment/{id}/properties/{key}"): delete_comment_property,
    }
    return [
        Route(method, path, handler, login=method != "GET") for (method, path), handler in endpoints.items()
    ]


def with_properties(made: e.Json, issue: Issue, asked: Iterable[str]) -> e.Json:
    """An issue's document with the properties that were asked for, in lists with commas or ``*all``."""
    keys = [key for text in asked for key in text.split(",") if key]
    if not keys:
        return made
    known = issue.properties
    wanted = list(known) if "*all" in keys else [key for key in keys if key in known]
    return {**made, "properties": {key: known[key] for key in wanted}}


def check_property(key: Any, value: Any) -> None:
    """400 for a key or a value that is too long."""
    if not isinstance(key, str) or not 0 < len(key) <= MAX_KEY:
        raise Refusal(400, f"The property key must have 1 to {MAX_KEY} characters.")
    if len(json.dumps(value, ensure_ascii=False, separators=(",", ":"))) > MAX_VALUE:
        raise Refusal(400, f"The property value cannot be longer than {MAX_VALUE} characters.")


def is_public(properties: Mapping[str, Any], otherwise: bool = True) -> bool:
    """Whether customers see the comment: they do unless it says that it is internal."""
    mark = properties.get(PUBLIC_MARK)
    return not mark.get("internal", False) if isinstance(mark, dict) else otherwise


def _value(call: Call) -> Any:
    try:
        value = call.request.json()
    except ValueError:
        raise Refusal(400, "The property value must be valid, non-empty JSON.") from None
    check_property(call.arguments["key"], value)
    return value


def _one(properties: Mapping[str, Any], key: str) -> e.Json:
    if key not in properties:
        raise Refusal(404, f"The property with key '{key}' does not exist.")
    return {"key": key, "value": properties[key]}


def _keys(call: Call, of: str, properties: Mapping[str, Any]) -> e.Json:
    link = call.render.self_link(f"{of}/properties/")
    return {"keys": [{"self": link + key, "key": key} for key in properties]}


# ---- of issues -------------------------------------------------------------------------------------------------------


def _issue(call: Call) -> Issue:
    return call.issue(call.arguments["id"])


def _editable(call: Call) -> Issue:
    issue = _issue(call)
    if not call.work.permits(Permission.EDIT_ISSUES, issue.project, call.user):
        raise Refusal(403, "You do not have permission to edit issues in this project.")
    return issue


def issue_keys(call: Call) -> e.Json:
    issue = _issue(call)
    return _keys(call, f"issue/{issue.id}", issue.properties)


def issue_property(call: Call) -> e.Json:
    return _one(_issue(call).properties, call.arguments["key"])


def put_issue_property(call: Call) -> SimResponse:
    issue, key = _editable(call), call.arguments["key"]
    value, known = _value(call), key in issue.properties
    call.admit_write(issue)
    call.work.set_property(issue, key, value)
    return SimResponse(200 if known else 201)


def delete_issue_property(call: Call) -> SimResponse:
    issue, key = _editable(call), call.arguments["key"]
    _one(issue.properties, key)
    call.work.delete_property(issue, key)
    return SimResponse(204)


# ---- of comments -----------------------------------------------------------------------------------------------------


def _comment(call: Call) -> tuple[Issue, Comment]:
    wanted = call.arguments["id"]
    if not wanted.isdigit():
        raise Refusal(400, f"The comment ID '{wanted}' is invalid.")
    for issue in call.work.issues.values():
        for comment in issue.comments:
            if comment.id == int(wanted) and call.may_browse(issue.project):
                return issue, comment
    raise Refusal(404, f"Can not find a comment for the id: {wanted}.")


def _owned(call: Call) -> tuple[Issue, Comment]:
    issue, comment = _comment(call)
    own = comment.author is call.user
    needed = Permission.EDIT_OWN_COMMENTS if own else Permission.EDIT_ALL_COMMENTS
    if not call.work.permits(needed, issue.project, call.user):
        raise Refusal(403, "You do not have the permission to edit this comment.")
    return issue, comment


def comment_keys(call: Call) -> e.Json:
    _, comment = _comment(call)
    return _keys(call, f"comment/{comment.id}", comment_properties(comment))


def comment_property(call: Call) -> e.Json:
    return _one(comment_properties(_comment(call)[1]), call.arguments["key"])


def put_comment_property(call: Call) -> SimResponse:
    issue, comment = _owned(call)
    key, value, before = call.arguments["key"], _value(call), comment_properties(comment)
    call.admit_write(issue)
    _put(call, issue, comment, {**before, key: value})
    return SimResponse(200 if key in before else 201)


def delete_comment_property(call: Call) -> SimResponse:
    issue, comment = _owned(call)
    key, before = call.arguments["key"], comment_properties(comment)
    _one(before, key)
    _put(call, issue, comment, {known: value for known, value in before.items() if known != key})
    return SimResponse(204)


def _put(call: Call, issue: Issue, comment: Comment, properties: dict[str, Any]) -> None:
    changed = replace(comment, properties=properties, public=is_public(properties))
    call.work.put_comment(issue, changed)
