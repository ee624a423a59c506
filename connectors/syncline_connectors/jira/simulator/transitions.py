"""Endpoints of transitions: which ways are open from where an issue stands, and going one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from syncline.sim import SimResponse
from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.call import Call, Route
from syncline_connectors.jira.simulator.edits import Edits, body_of, gather, on_cloud, require, same_moment
from syncline_connectors.jira.simulator.errors import Refusal
from syncline_connectors.jira.simulator.hanging import Hanging, revert
from syncline_connectors.jira.simulator.inputs import Place
from syncline_connectors.jira.simulator.issues import Issue
from syncline_connectors.jira.simulator.rules import Permission, Transition
from syncline_connectors.jira.simulator.screens import field_metas, type_of, types_of


@dataclass(frozen=True)
class Step:
    """A transition with what is written on its way."""

    way: Transition
    edits: Edits


def routes() -> list[Route]:
    return [
        Route("GET", "issue/{id}/transitions", get_transitions),
        Route("POST", "issue/{id}/transitions", do_transition, login=True),
        Route("GET", "project/{id}/statuses", project_statuses),
    ]


def get_transitions(call: Call) -> e.Json:
    """None for who may not transition. Fields are told only when asked for."""
    issue = call.issue(call.arguments["id"])
    wanted = call.request.param("transitionId")
    shown = [(id_, way) for id_, way in open_ways(call, issue) if wanted in (None, id_)]
    return {"expand": "transitions", "transitions": [_told(call, issue, id_, way) for id_, way in shown]}


def open_ways(call: Call, issue: Issue) -> list[tuple[str, Transition]]:
    """The ways that the caller may go from where the issue stands, with their ids."""
    may = call.work.permits(Permission.TRANSITION_ISSUES, issue.project, call.user)
    if not may or issue.archived or call.user is None:
        return []
    workflow = call.work.workflow(issue.project, type_of(call.work, issue).id)
    here, user = _status(call, issue), call.user
    ways = [(id_, way) for id_, way in workflow.numbered() if not way.sources or here.name in way.sources]
    return [(id_, way) for id_, way in ways if way.condition is None or way.condition(issue, user)]


def _status(call: Call, issue: Issue) -> e.Status:
    known = issue.fields["status"]
    return known if isinstance(known, e.Status) else call.work.statuses[known["id"]]


def _told(call: Call, issue: Issue, id_: str, way: Transition) -> e.Json:
    made: e.Json = {"id": id_, "name": way.name, "to": call.render.status(call.work.status(way.to))}
    if on_cloud(call):
        made |= {
            "hasScreen": way.has_screen,
            "isGlobal": not way.sources,
            "isInitial": False,
            "isAvailable": True,
            "isConditional": way.condition is not None,
            "isLooped": False,
        }
    if "transitions.fields" in (call.request.param("expand") or "").split(","):
        type_ = type_of(call.work, issue)
        made["fields"] = field_metas(call, way.screen, issue.project, type_)
    return made


def do_transition(call: Call) -> SimResponse:
    """Anything that is wrong, the way or a field, leaves the issue as it was."""
    issue = call.issue(call.arguments["id"])
    body = body_of(call)
    way = chosen(call, issue, body)
    place = Place(issue.project, type_of(call.work, issue), issue)
    screen = way.screen
    if way.has_screen:
        screen = type(screen)((*screen.fields, "comment", "issuelinks"), screen.required)
    edits = gather(call, body, place, screen)
    edits.refuse_if_wrong()
    same_moment(call, issue)
    call.admit_write(issue)
    walk(call, issue, Step(way, edits))
    return SimResponse(204)


def chosen(call: Call, issue: Issue, body: Mapping[str, Any]) -> Transition:
    """The way that a body names; 400 unless it is open."""
    wanted = body.get("transition")
    if not isinstance(wanted, dict) or wanted.get("id") in (None, ""):
        raise Refusal(400, "Missing 'transition' identifier")
    found = next((way for id_, way in open_ways(call, issue) if id_ == str(wanted["id"])), None)
    if found is None:
        raise Refusal(400, f"Transition id '{wanted['id']}' is not valid for this issue.")
    return found


def walk(call: Call, issue: Issue, step: Step) -> None:
    """Go, unless a validator refuses or a field that the way demands is missing."""
    way, edits = step.way, step.edits
    place = Place(issue.project, type_of(call.work, issue), issue)
    require(call, edits, place, way.screen)
    refused = way.validator(issue, edits.values) if way.validator else None
    if refused:
        raise Refusal(400, refused)
    hanging = Hanging.of(call, issue.project, edits)
    before = {id_: issue.fields.get(id_) for id_ in ("status", *edits.values)}
    call.work.enter(issue, call.work.status(way.to), edits.values, by=call.user)
    hanging.add(call, issue)
    revert(call, issue, before)


def project_statuses(call: Call) -> list[e.Json]:
    """The statuses of each type, by its workflow."""
    project = call.project(call.arguments["id"])
    return [_type_statuses(call, project, type_) for type_ in types_of(call.work, project)]


def _type_statuses(call: Call, project: e.Project, type_: e.IssueType) -> e.Json:
    made = call.render.type(type_)
    names = call.work.workflow(project, type_.id).statuses
    statuses = [call.render.status(call.work.status(name)) for name in names]
    told = {"self": made.get("self", ""), "id": made["id"], "name": made["name"], "subtask": made["subtask"]}
    return {**told, "statuses": statuses}
