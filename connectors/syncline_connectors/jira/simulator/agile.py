"""Endpoints of boards and sprints, ``/rest/agile/1.0``: pages by ``startAt``, where rows can shift."""

from __future__ import annotations

from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.call import Call, Route
from syncline_connectors.jira.simulator.errors import Refusal
from syncline_connectors.jira.simulator.face import Face
from syncline_connectors.jira.simulator.render import Selection
from syncline_connectors.jira.simulator.server import Server

PREFIX = "/rest/agile/1.0/"
_MOST = 50


def routes(server: Server) -> list[Route]:
    endpoints = {
        "board": lambda call: _paged(call, boards(call), server.agile_totals),
        "board/{id}": get_board,
        "board/{id}/configuration": configuration,
        "board/{id}/sprint": lambda call: _paged(call, board_sprints(call), False),
        "board/{id}/issue": board_issues,
        "sprint/{id}": get_sprint,
    }
    return [Route("GET", path, handler, login=True, prefix=PREFIX) for path, handler in endpoints.items()]


def _paged(call: Call, page: e.Json, total: bool) -> e.Json:
    """Of a server's pages only some tell their total: of boards since some release, of sprints never."""
    if total or call.work.face is Face.CLOUD:
        return page
    return {name: value for name, value in page.items() if name != "total"}


def boards(call: Call) -> e.Json:
    wanted, kind = call.request.param("projectKeyOrId"), call.request.param("type")
    kinds = kind.split(",") if kind else []
    found = [b for b in call.work.boards.values() if call.may_browse(b.project)]
    found = [b for b in found if (not wanted or wanted in (b.project.id, b.project.key))]
    return call.page_bean([b for b in found if not kinds or b.type in kinds], lambda b: _board(call, b))


def _board(call: Call, board: e.Board) -> e.Json:
    if board.raw is not None:
        return dict(board.raw)
    project = board.project
    location = {
        "projectId": int(project.id),
        "displayName": f"{project.name} ({project.key})",
        "projectName": project.name,
        "projectKey": project.key,
        "projectTypeKey": project.type_key,
        "name": f"{project.name} ({project.key})",
    }
    link = f"{call.render.base}{PREFIX}board/{board.id}"
    made = {"id": board.id, "self": link, "name": board.name, "type": board.type, "location": location}
    if call.work.face is Face.DATA_CENTER:
        del made["location"]
        return made
    return {**made, "isPrivate": False}


def _found(call: Call) -> e.Board:
    id_ = call.arguments["id"]
    board = call.work.boards.get(int(id_)) if id_.isdigit() else None
    if board is None or not call.may_browse(board.project):
        raise Refusal(
            404,
            "Requested board cannot be viewed because it either does not exist or you do not have "
            "permission to view it.",
        )
    return board


def get_board(call: Call) -> e.Json:
    return _board(call, _found(call))


def configuration(call: Call) -> e.Json:
    board = _found(call)
    project = board.project
    columns = [
        {
            "name": name,
            "statuses": [{"id": s.id, "self": call.render.self_link(f"status/{s.id}")} for s in statuses],
        }
        for name, statuses in board.columns
    ]
    made: e.Json = {
        "id": board.id,
        "name": board.name,
        "type": board.type,
        "self": f"{call.render.base}{PREFIX}board/{board.id}/configuration",
        "location": {
            "type": "project",
            "key": project.key,
            "id": project.id,
            "self": call.render.self_link(f"project/{project.id}"),
            "name": project.name,
        },
        "filter": {"id": str(10000 + board.id), "self": call.render.self_link(f"filter/{10000 + board.id}")},
        "columnConfig": {"columns": columns, "constraintType": "issueCount"},
        "ranking": {"rankCustomFieldId": 10019},
    }
    if board.type == "scrum":
        points = e.CustomField.STORY_POINTS.value
        made["estimation"] = {"type": "field", "field": {"fieldId": points, "displayName": "Story Points"}}
    return made


def board_sprints(call: Call) -> e.Json:
    board = _found(call)
    if board.type != "scrum":
        raise Refusal(400, "The board does not support sprints")
    state = call.request.param("state")
    found = [s for s in board.sprints if not state or s.state in state.split(",")]
    return call.page_bean(found, lambda sprint: _sprint(call, sprint), most=_MOST)


def get_sprint(call: Call) -> e.Json:
    id_ = call.arguments["id"]
    sprint = call.work.sprints.get(int(id_)) if id_.isdigit() else None
    board = call.work.boards.get(sprint.board_id) if sprint else None
    if sprint is None or (board and not call.may_browse(board.project)):
        raise Refusal(404, f"Sprint with id {id_} does not exist or you do not have permission to view it.")
    return _sprint(call, sprint)


def _sprint(call: Call, sprint: e.Sprint) -> e.Json:
    """As the agile endpoints write it: ``originBoardId`` where issues say ``boardId``."""
    made = {"self": f"{call.render.base}{PREFIX}sprint/{sprint.id}", **call.render.sprint(sprint)}
    made["originBoardId"] = made.pop("boardId", sprint.board_id)
    if call.work.face is Face.DATA_CENTER and sprint.raw is None:
        times = {"startDate": sprint.start, "endDate": sprint.end, "completeDate": sprint.complete}
        # A server writes them in its own zone with a colon in the offset, unlike the times of issues.
        made |= {k: at.isoformat(timespec="milliseconds") for k, at in times.items() if at}
    return made


def board_issues(call: Call) -> e.Json:
    board = _found(call)
    shown = (issue.indexed(call.now) for issue in call.work.ever.values())
    found = sorted((x for x in shown if x and x.project is board.project), key=lambda x: x.id)
    start, size, page = call.page(found, default=50, most=100)
    selection = Selection.of(call.request.params("fields"), "*all")
    made = [call.render.issue(issue, selection) for issue in page]
    return {
        "expand": "schema,names",
        "startAt": start,
        "maxResults": size,
        "total": len(found),
        "issues": made,
    }
