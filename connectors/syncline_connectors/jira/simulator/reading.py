"""Endpoints of issues: one or many by id, comments, changelogs, worklogs."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.call import Call, Route
from syncline_connectors.jira.simulator.errors import Refusal
from syncline_connectors.jira.simulator.face import Face
from syncline_connectors.jira.simulator.issues import Comment, History, Issue, Worklog
from syncline_connectors.jira.simulator.properties import with_properties
from syncline_connectors.jira.simulator.render import Selection

MAX_HEAVY, MAX_LIGHT, MAX_IDS = 100, 1000, 1000
MAX_CHANGELOG_FIELDS = 10
MAX_SERVER = 1_048_576
"""What a server says when it pages a list as long as one likes."""
_MULTI_VALUED = {"comment", "worklog", "attachment", "issuelinks", "subtasks"}
_WORKLOG_PAGE = 1000


def routes() -> list[Route]:
    return [
        Route("GET", "issue/{id}", get_issue),
        Route("POST", "issue/bulkfetch", bulk_fetch),
        Route("GET", "issue/{id}/comment", get_comments),
        Route("GET", "issue/{id}/comment/{child}", get_comment),
        Route("POST", "comment/list", list_comments),
        Route("GET", "issue/{id}/changelog", get_changelog),
        Route("POST", "changelog/bulkfetch", bulk_changelog),
        Route("GET", "issue/{id}/worklog", get_worklogs),
        Route("GET", "issue/{id}/worklog/{child}", get_worklog),
        Route("GET", "issueLink/{id}", get_link),
        Route("GET", "worklog/updated", updated_worklogs, login=True),
        Route("GET", "worklog/deleted", deleted_worklogs, login=True),
        Route("POST", "worklog/list", list_worklogs, login=True),
    ]


def get_issue(call: Call) -> e.Json:
    issue = call.issue(call.arguments["id"])
    selection = Selection.of(call.request.params("fields"), "*all")
    call.charge(1)
    made = call.render.issue(issue, selection, expand=call.request.param("expand") or "", whole=True)
    return with_properties(made, issue, call.request.params("properties"))


def bulk_fetch(call: Call) -> e.Json:
    """In ascending order of id. What is not found or not visible is left out, of the errors too, says the schema."""
    allowed = {
        "issueIdsOrKeys": list,
        "fields": list,
        "expand": list,
        "properties": list,
        "fieldsByKeys": bool,
    }
    body = call.body(allowed)
    wanted, fields, expand = body.get("issueIdsOrKeys", []), body.get("fields", []), body.get("expand", [])
    selection = Selection.of(fields, "*navigable")
    light = fields and not expand and not selection.everything and not selection.navigable
    most = MAX_LIGHT if light and not selection.named & _MULTI_VALUED else MAX_HEAVY
    if not 1 <= len(wanted) <= most:
        raise Refusal(400, f"The number of issues must be between 1 and {most}.")
    issues = _visible(call, wanted)
    call.charge(len(issues))
    asked = body.get("properties", [])
    made = [
        with_properties(call.render.issue(issue, selection, expand=",".join(expand)), issue, asked)
        for issue in issues
    ]
    return {"issues": made, "issueErrors": []}


def _visible(call: Call, ids_or_keys: Iterable[str]) -> list[Issue]:
    found = {issue.id: issue for text in ids_or_keys if (issue := call.work.find_issue(str(text)))}
    return [found[id_] for id_ in sorted(found) if call.may_browse(found[id_].project)]


def get_link(call: Call) -> e.Json:
    """A link with both its ends; natively made links only."""
    for issue in call.work.issues.values():
        for link in issue.links:
            if link.id == call.arguments["id"] and link.outward and call.may_browse(issue.project):
                return {**call.render.link(link), "inwardIssue": call.render.issue_brief(issue)}
    raise Refusal(404, f"No issue link with id '{call.arguments['id']}' exists.")


# ---- comments --------------------------------------------------------------------------------------------------------


def get_comments(call: Call) -> e.Json:
    issue = call.issue(call.arguments["id"])
    order = call.request.param("orderBy") or "created"
    if order.lstrip("+-") != "created":
        raise Refusal(400, f"The value '{order}' of the parameter 'orderBy' is not supported.")
    comments = sorted(issue.comments, key=lambda c: (c.created, c.id), reverse=order.startswith("-"))
    most = 5000 if call.work.face is Face.CLOUD else MAX_SERVER
    start, size, shown = call.page(comments, default=most, most=most)
    expanded = "properties" in (call.request.param("expand") or "")
    made = [call.render.comment(issue, comment, properties=expanded) for comment in shown]
    return {"startAt": start, "maxResults": size, "total": len(comments), "comments": made}


def get_comment(call: Call) -> e.Json:
    issue, wanted = call.issue(call.arguments["id"]), call.arguments["child"]
    comment = next((comment for comment in issue.comments if str(comment.id) == wanted), None)
    if comment is None:
        raise Refusal(404, f"Can not find a comment for the id: {wanted}.")
    expanded = "properties" in (call.request.param("expand") or "")
    return call.render.comment(issue, comment, properties=expanded)


def list_comments(call: Call) -> e.Json:
    ids = call.body({"ids": list}).get("ids", [])
    if not 1 <= len(ids) <= MAX_IDS:
        raise Refusal(400, f"The number of comment ids must be between 1 and {MAX_IDS}.")
    found = [(issue, comment) for issue, comment in _all_comments(call) if comment.id in ids]
    return call.page_bean(found, lambda pair: call.render.comment(*pair), default=MAX_IDS, most=MAX_IDS)


def _all_comments(call: Call) -> Iterable[tuple[Issue, Comment]]:
    for issue in call.work.issues.values():
        if call.may_browse(issue.project):
            yield from ((issue, comment) for comment in issue.comments)


# ---- changelogs ------------------------------------------------------------------------------------------------------


def get_changelog(call: Call) -> e.Json:
    """Oldest first, unlike ``expand=changelog``."""
    issue = call.issue(call.arguments["id"])
    return call.page_bean(issue.histories, call.render.history, default=100, most=100)


def bulk_changelog(call: Call) -> e.Json:
    """Histories of many issues by date and issue; one issue's may be spread over pages."""
    allowed = {"issueIdsOrKeys": list, "fieldIds": list, "maxResults": int, "nextPageToken": str}
    body = call.body(allowed)
    wanted, fields, size = (
        body.get("issueIdsOrKeys", []),
        body.get("fieldIds", []),
        body.get("maxResults", 1000),
    )
    if not 1 <= len(wanted) <= MAX_IDS or len(fields) > MAX_CHANGELOG_FIELDS or not 1 <= size <= 10_000:
        raise Refusal(400, "The request exceeds the limits of issues, fields or results.")
    rows = _histories(_visible(call, wanted), set(fields))
    after = _after(body.get("nextPageToken"))
    rest = [row for row in rows if _place(*row) > after]
    answer: e.Json = {"issueChangeLogs": _grouped(call, rest[:size], set(fields))}
    if len(rest) > size:
        answer["nextPageToken"] = _changelog_token(_place(*rest[size - 1]))
    return answer


def _histories(issues: list[Issue], fields: set[str]) -> list[tuple[Issue, History]]:
    found = [(i, h) for i in issues for h in i.histories if _kept(h, fields)]
    return sorted(found, key=lambda row: _place(*row))


def _kept(history: History, fields: set[str]) -> list[Any]:
    return [item for item in history.items if not fields or item.get("fieldId") in fields]


def _place(issue: Issue, history: History) -> list[int]:
    return [int(history.created.timestamp() * 1000), issue.id, int(history.id)]


def _grouped(call: Call, rows: list[tuple[Issue, History]], fields: set[str]) -> list[e.Json]:
    grouped: dict[int, list[e.Json]] = {}
    for issue, history in rows:
        made = {**call.render.history(history), "items": _kept(history, fields)}
        made["created"] = _bulk_time(call, made["created"], history)
        grouped.setdefault(issue.id, []).append(made)
    return [{"issueId": str(id_), "changeHistories": made} for id_, made in grouped.items()]


def _bulk_time(call: Call, text: str, history: History) -> str | int:
    moment = history.created.timestamp()
    return {"seconds": int(moment), "milliseconds": int(moment * 1000)}.get(call.quirks.bulk_times, text)


def _changelog_token(place: list[int]) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _after(token: str | None) -> list[int]:
    if not token:
        return []
    try:
        place = json.loads(base64.urlsafe_b64decode(token))
    except ValueError:
        raise Refusal(400, "The provided next page token is invalid or has expired.") from None
    return [int(number) for number in place]


# ---- worklogs --------------------------------------------------------------------------------------------------------


def get_worklogs(call: Call) -> e.Json:
    issue = call.issue(call.arguments["id"])
    start, size, shown = call.page(issue.worklogs, default=5000, most=5000)
    made = [call.render.worklog(issue, worklog) for worklog in shown]
    return {"startAt": start, "maxResults": size, "total": len(issue.worklogs), "worklogs": made}


def get_worklog(call: Call) -> e.Json:
    issue, wanted = call.issue(call.arguments["id"]), call.arguments["child"]
    worklog = next((worklog for worklog in issue.worklogs if str(worklog.id) == wanted), None)
    if worklog is None:
        raise Refusal(404, f"Cannot find worklog with id: '{wanted}'.")
    return call.render.worklog(issue, worklog)


def updated_worklogs(call: Call) -> e.Json:
    return _changed(call, "updated", [(w.id, w.updated) for _, w in _all_worklogs(call)])


def deleted_worklogs(call: Call) -> e.Json:
    return _changed(call, "deleted", call.work.deleted_worklogs)


def _changed(call: Call, what: str, rows: list[tuple[int, Any]]) -> e.Json:
    """A page of a thousand, oldest first; the last minute is left out, as the vendor says."""
    since, limit = call.number("since", 0), call.now - timedelta(minutes=1)
    stamped = [(int(at.timestamp() * 1000), id_) for id_, at in rows if at < limit]
    due = sorted(row for row in stamped if row[0] >= since)
    shown, more = due[:_WORKLOG_PAGE], len(due) > _WORKLOG_PAGE
    until = shown[-1][0] if shown else since
    link = call.render.self_link(f"worklog/{what}?since=")
    answer: e.Json = {
        "values": [{"worklogId": id_, "updatedTime": at, "properties": []} for at, id_ in shown],
        "since": since,
        "until": until,
        "self": f"{link}{since}",
        "lastPage": not more,
    }
    return {**answer, "nextPage": f"{link}{until}"} if more else answer


def list_worklogs(call: Call) -> list[e.Json]:
    ids = call.body({"ids": list}).get("ids", [])
    if not 1 <= len(ids) <= MAX_IDS:
        raise Refusal(400, f"The number of worklog ids must be between 1 and {MAX_IDS}.")
    return [call.render.worklog(issue, w) for issue, w in _all_worklogs(call) if w.id in ids]


def _all_worklogs(call: Call) -> Iterable[tuple[Issue, Worklog]]:
    for issue in call.work.issues.values():
        if call.may_browse(issue.project):
            yield from ((issue, worklog) for worklog in issue.worklogs)
