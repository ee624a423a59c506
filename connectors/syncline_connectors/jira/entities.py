"""What issues refer to: people, projects, boards, sprints, versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncline.model import Container, Iteration, IterationState, Person, Record, Release
from syncline_connectors.jira.translate import built
from syncline_connectors.jira.values import (
    Json,
    day,
    identity,
    instant,
    mapping,
    person,
    required,
    rows,
    text,
)

BOARD = "board-"
"""Before the number of a board: projects and boards are both containers, and Jira numbers them apart."""

SPRINT_STATES: Mapping[str, IterationState] = {
    "future": IterationState.FUTURE,
    "active": IterationState.ACTIVE,
    "closed": IterationState.CLOSED,
}


class EntityReader:
    """Reads the entities of one site. ``url`` is the site's address."""

    def __init__(self, url: str) -> None:
        self._url = url

    def person(self, payload: Json) -> Record:
        """A user. On Data Center ``key`` outlives renaming and is the id; ``name`` is what mentions and writing use."""
        return built(
            Person,
            {
                "remote_id": person(payload, "user"),
                "key": None if payload.get("accountId") else text(payload.get("name"), "name"),
                "title": text(payload.get("displayName"), "displayName"),
                "email": text(payload.get("emailAddress"), "emailAddress") or None,
                "active": payload.get("active") is not False,
                "account_type": text(payload.get("accountType"), "accountType"),
                "time_zone": text(payload.get("timeZone"), "timeZone"),
            },
        )

    def container(self, payload: Json) -> Record:
        """A project, or a board: only a board's payload was given its ``configuration``."""
        return self._board(payload) if "configuration" in payload else self._project(payload)

    def _project(self, payload: Json) -> Record:
        key = text(payload.get("key"), "key")
        return built(
            Container,
            {
                "remote_id": identity(payload.get("id"), "id"),
                "key": key,
                "url": f"{self._url}/browse/{key}" if key else None,
                "title": text(payload.get("name"), "name"),
                "type": text(payload.get("projectTypeKey"), "projectTypeKey"),
                "archived": payload.get("archived") is True,
            },
        )

    def _board(self, payload: Json) -> Record:
        number = identity(payload.get("id"), "id")
        location = mapping(payload.get("location"), "location") or {}
        project = location.get("projectId")
        return built(
            Container,
            {
                "remote_id": BOARD + number,
                "url": f"{self._url}/secure/RapidBoard.jspa?rapidView={number}",
                "title": text(payload.get("name"), "name"),
                "type": text(payload.get("type"), "type"),
                "parent": None if project is None else identity(project, "location.projectId"),
                "columns": columns(payload.get("configuration")),
            },
        )

    def iteration(self, payload: Json) -> Record:
        state = text(payload.get("state"), "state") or ""
        if state.lower() not in SPRINT_STATES:
            raise ValueError("state: not a sprint's state")
        board = payload.get("originBoardId", payload.get("boardId"))
        return built(
            Iteration,
            {
                "remote_id": identity(payload.get("id"), "id"),
                "title": text(payload.get("name"), "name"),
                "state": SPRINT_STATES[state.lower()],
                "container": None if board is None else BOARD + identity(board, "originBoardId"),
                "goal": text(payload.get("goal"), "goal") or None,
                "start_at": instant(payload.get("startDate"), "startDate"),
                "end_at": instant(payload.get("endDate"), "endDate"),
                "completed_at": instant(payload.get("completeDate"), "completeDate"),
            },
        )

    def release(self, payload: Json) -> Record:
        project = payload.get("projectId")
        return built(
            Release,
            {
                "remote_id": identity(payload.get("id"), "id"),
                "title": text(payload.get("name"), "name"),
                "container": None if project is None else identity(project, "projectId"),
                "description": text(payload.get("description"), "description") or None,
                "released": payload.get("released") is True,
                "archived": payload.get("archived") is True,
                "start_on": day(payload.get("startDate"), "startDate"),
                "due_on": day(payload.get("releaseDate"), "releaseDate"),
            },
        )


def columns(configuration: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """A board's columns: name and status ids. None where the configuration could not be read."""
    if configuration is None:
        return ()
    config = mapping(
        required(configuration, "configuration").get("columnConfig"), "configuration.columnConfig"
    )
    return tuple(
        _column(entry, f"columns[{at}]")
        for at, entry in enumerate(rows((config or {}).get("columns"), "configuration.columnConfig.columns"))
    )


def _column(entry: object, path: str) -> tuple[str, tuple[str, ...]]:
    column = required(entry, path)
    statuses = rows(column.get("statuses"), f"{path}.statuses")
    ids = tuple(
        identity(required(status, f"{path}.statuses").get("id"), f"{path}.statuses.id") for status in statuses
    )
    return text(column.get("name"), f"{path}.name") or "", ids
