"""Endpoints that write links, between issues and to the world outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from syncline.sim import SimResponse
from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.call import BAD_PAYLOAD, Call, Route
from syncline_connectors.jira.simulator.comments import add_comment, readable_comment
from syncline_connectors.jira.simulator.edits import body_of
from syncline_connectors.jira.simulator.errors import Refusal, no_issue
from syncline_connectors.jira.simulator.inputs import Inputs
from syncline_connectors.jira.simulator.issues import Issue, RemoteLink
from syncline_connectors.jira.simulator.rules import Permission

MAX_GLOBAL_ID = 255


@dataclass(frozen=True)
class Pair:
    """A link to be: ``actor`` blocks (duplicates, …) ``other``."""

    actor: Issue
    type: e.LinkType
    other: Issue


def routes() -> list[Route]:
    endpoints = {
        ("POST", "issueLink"): post_link,
        ("DELETE", "issueLink/{id}"): delete_link,
        ("GET", "issue/{id}/remotelink"): get_remotes,
        ("POST", "issue/{id}/remotelink"): post_remote,
        ("DELETE", "issue/{id}/remotelink"): delete_remote_by_global_id,
        ("GET", "issue/{id}/remotelink/{child}"): get_remote,
        ("PUT", "issue/{id}/remotelink/{child}"): put_remote,
        ("DELETE", "issue/{id}/remotelink/{child}"): delete_remote,
    }
    return [
        Route(method, path, handler, login=method != "GET") for (method, path), handler in endpoints.items()
    ]


# ---- between issues --------------------------------------------------------------------------------------------------


def post_link(call: Call) -> SimResponse:
    """``inwardIssue`` is the one that acts (blocks), whatever its name suggests: so it is reported of the real service.

    A link that is there already is not made again, and the answer is the same.
    """
    body = body_of(call)
    if not {"type", "inwardIssue", "outwardIssue"} <= set(body):
        raise Refusal(400, BAD_PAYLOAD)
    pair = Pair(_end(call, body["inwardIssue"]), _type(call, body["type"]), _end(call, body["outwardIssue"]))
    _may_link(call, pair)
    comment = body.get("comment")
    draft = readable_comment(call, pair.other.project, comment, pair.other) if comment else None
    call.admit_write(pair.actor)
    make_link(call, pair)
    if draft:
        add_comment(call, pair.other, draft)
    return SimResponse(201)


def _end(call: Call, given: Any) -> Issue:
    issue = Inputs(call).linked(given)
    if issue is None:
        raise no_issue()
    return issue


def _type(call: Call, given: Any) -> e.LinkType:
    wanted: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    for key in ("id", "name"):
        if key in wanted:
            known = call.work.link_types.values()
            found = next((kind for kind in known if getattr(kind, key) == str(wanted[key])), None)
            if found is None:
                raise Refusal(404, f"No issue link type with {key} '{wanted[key]}' found.")
            return found
    raise Refusal(400, BAD_PAYLOAD)


def _may_link(call: Call, pair: Pair) -> None:
    if not call.work.permits(Permission.LINK_ISSUES, pair.actor.project, call.user):
        raise Refusal(404, f"No Link Issue Permission for issue '{pair.actor.key}'")
    if pair.actor is pair.other:
        raise Refusal(400, "You cannot link an issue to itself.")


@dataclass(frozen=True)
class HalfLink:
    """A link inside an ``update`` of one of its ends, told as readings tell it: the other acts unless ``outward``."""

    type: e.LinkType
    other: Issue
    outward: bool

    def of(self, issue: Issue) -> Pair:
        return Pair(issue, self.type, self.other) if self.outward else Pair(self.other, self.type, issue)


def readable_link(call: Call, project: e.Project, given: Mapping[str, Any]) -> HalfLink:
    """A link that the caller may add to an issue of a project."""
    outward = "outwardIssue" in given
    end = _end(call, given.get("outwardIssue" if outward else "inwardIssue"))
    actor = project if outward else end.project
    if not call.work.permits(Permission.LINK_ISSUES, actor, call.user):
        raise Refusal(404, f"No Link Issue Permission for project '{actor.key}'")
    return HalfLink(_type(call, given.get("type")), end, outward)


def make_link(call: Call, pair: Pair) -> None:
    known = [x for x in pair.actor.links if x.outward and x.other is pair.other and x.type is pair.type]
    if not known:
        call.work.link(pair.actor, pair.type.name, pair.other, by=call.user)


def delete_link(call: Call) -> SimResponse:
    wanted = call.arguments["id"]
    for issue in call.work.issues.values():
        for link in issue.links:
            if link.id == wanted and call.may_browse(issue.project) and call.may_browse(link.other.project):
                if not call.work.permits(Permission.LINK_ISSUES, issue.project, call.user):
                    raise Refusal(404, f"No Link Issue Permission for issue '{issue.key}'")
                call.work.unlink(issue, link.other, id=wanted, by=call.user)
                return SimResponse(204)
    raise Refusal(404, f"No issue link with id '{wanted}' exists.")


# ---- to the world outside --------------------------------------------------------------------------------------------


def _told(call: Call, issue: Issue, link: RemoteLink) -> e.Json:
    made: e.Json = {"id": link.id, "self": _self(call, issue, link)}
    if link.global_id is not None:
        made["globalId"] = link.global_id
    made["application"] = link.content.get("application") or {}
    if link.content.get("relationship") is not None:
        made["relationship"] = link.content["relationship"]
    return {**made, "object": link.content["object"]}


def _self(call: Call, issue: Issue, link: RemoteLink) -> str:
    return call.render.self_link(f"issue/{issue.key}/remotelink/{link.id}")


def get_remotes(call: Call) -> Any:
    """All, or the one of a ``globalId``."""
    issue, wanted = call.issue(call.arguments["id"]), call.request.param("globalId")
    if wanted is None:
        return [_told(call, issue, link) for link in issue.remote_links]
    return _told(call, issue, _by_global_id(issue, wanted))


def _by_global_id(issue: Issue, wanted: str) -> RemoteLink:
    found = next((link for link in issue.remote_links if link.global_id == wanted), None)
    if found is None:
        raise Refusal(404, f"No remote issue link found with globalId '{wanted}'.")
    return found


def _by_id(call: Call, issue: Issue) -> RemoteLink:
    wanted = call.arguments["child"]
    if not wanted.isdigit():
        raise Refusal(400, f"'{wanted}' is not a valid remote issue link id.")
    found = next((link for link in issue.remote_links if link.id == int(wanted)), None)
    if found is None:
        raise Refusal(404, f"No remote issue link found with id '{wanted}'.")
    return found


def get_remote(call: Call) -> e.Json:
    issue = call.issue(call.arguments["id"])
    return _told(call, issue, _by_id(call, issue))


def _linkable(call: Call) -> Issue:
    issue = call.issue(call.arguments["id"])
    if not call.work.permits(Permission.LINK_ISSUES, issue.project, call.user):
        raise Refusal(403, f"No Link Issue Permission for issue '{issue.key}'")
    return issue


def _content(call: Call) -> Mapping[str, Any]:
    body = body_of(call)
    if not isinstance(body.get("object"), dict):
        raise Refusal(400, errors={"object": "'object' is required."})
    missing = [name for name in ("title", "url") if not body["object"].get(name)]
    if missing:
        raise Refusal(400, errors={name: f"'{name}' is required." for name in missing})
    if len(str(body.get("globalId") or "")) > MAX_GLOBAL_ID:
        raise Refusal(400, errors={"globalId": f"'globalId' must not exceed {MAX_GLOBAL_ID} characters."})
    return body


def post_remote(call: Call) -> SimResponse:
    """New, or by its ``globalId`` written over: what the request leaves out is gone then."""
    issue, content = _linkable(call), _content(call)
    global_id = content.get("globalId") or None
    before = [link for link in issue.remote_links if global_id and link.global_id == global_id]
    call.admit_write(issue)
    id_ = before[0].id if before else call.work.next_id("remote link")
    link = RemoteLink(id_, global_id, content)
    call.work.put_remote_link(issue, link, by=call.user, touch=call.quirks.remote_links_touch)
    made = {"id": link.id, "self": _self(call, issue, link)}
    return SimResponse.of_json(made, 200 if before else 201)


def put_remote(call: Call) -> SimResponse:
    issue = _linkable(call)
    before, content = _by_id(call, issue), _content(call)
    call.admit_write(issue)
    link = RemoteLink(before.id, content.get("globalId") or None, content)
    call.work.put_remote_link(issue, link, by=call.user, touch=call.quirks.remote_links_touch)
    return SimResponse(204)


def delete_remote(call: Call) -> SimResponse:
    issue = _linkable(call)
    return _delete(call, issue, _by_id(call, issue))


def delete_remote_by_global_id(call: Call) -> SimResponse:
    issue, wanted = _linkable(call), call.request.param("globalId")
    if not wanted:
        raise Refusal(400, errors={"globalId": "'globalId' is required."})
    return _delete(call, issue, _by_global_id(issue, wanted))


def _delete(call: Call, issue: Issue, link: RemoteLink) -> SimResponse:
    call.admit_write(issue)
    call.work.delete_remote_link(issue, link, by=call.user, touch=call.quirks.remote_links_touch)
    return SimResponse(204)
