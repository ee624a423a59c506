"""The small streams, which are read whole when a census is due: teams, people, projects and what belongs to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from syncline.connector import EVERYTHING, Cursor, Page, Quarantined, Stream
from syncline.errors import ConfigError
from syncline.jsonvalues import Json, required
from syncline.model import Kind, Sourced, Status
from syncline_connectors.linear import documents
from syncline_connectors.linear.api import Api, connection, row_id
from syncline_connectors.linear.entities import HOMEPAGE, STATES
from syncline_connectors.linear.identity import Identity
from syncline_connectors.linear.reading import read
from syncline_connectors.linear.translate import status


@dataclass(frozen=True)
class List:
    """One list of the vendor: the document that asks for it, its name there, what becomes of its rows, and the filter
    that narrows it to teams."""

    document: str
    name: str
    kind: Kind
    narrowed: Callable[[Json], Json]


def _of_team(where: Json) -> Json:
    return {"team": where}


def _of_project(where: Json) -> Json:
    return {"project": _project(where)}


def _project(where: Json) -> Json:
    return {"accessibleTeams": {"some": where}}


def _everywhere(_: Json) -> Json:
    return {}


LISTS: Mapping[str, List] = {
    "teams": List(documents.TEAMS, "teams", Kind.CONTAINER, lambda where: where),
    "people": List(documents.PEOPLE, "users", Kind.PERSON, _everywhere),
    "projects": List(documents.PROJECTS, "projects", Kind.PROJECT, _project),
    "initiatives": List(documents.INITIATIVES, "initiatives", Kind.PROJECT, _everywhere),
    "milestones": List(documents.MILESTONES, "projectMilestones", Kind.MILESTONE, _of_project),
    "updates": List(documents.UPDATES, "projectUpdates", Kind.NOTE, _of_project),
    "cycles": List(documents.CYCLES, "cycles", Kind.ITERATION, _of_team),
}
"""By the name of the stream. Neither people nor initiatives belong to teams."""


class Metadata:
    """Reads the small streams of one workspace."""

    def __init__(self, api: Api, identity: Identity) -> None:
        self._api = api
        self._identity = identity

    def pages(self, stream: Stream) -> Iterator[Page]:
        """The whole stream."""
        wanted = LISTS[stream.name]
        keys = sorted(stream.scope - {EVERYTHING})
        where = wanted.narrowed({"key": {"in": keys}}) if keys else {}
        states = self.states(keys) if wanted.kind is Kind.CONTAINER else {}
        missing = set(keys) if wanted.kind is Kind.CONTAINER else set()
        for rows in self._api.pages(wanted.document, wanted.name, where):
            missing -= {row.get("key") for row in rows if isinstance(row, dict)}
            yield self._page(wanted.kind, rows, states)
        if missing:
            raise ConfigError(
                f"Linear shows no team {', '.join(sorted(missing))}",
                hint="check teams of the connection, which are keys such as ENG, and what the account may see",
            )
        statuses = tuple(status(state) for of_team in states.values() for state in of_team)
        yield Page(next=Cursor(), last=True, statuses=statuses)

    def teams(self, where: Json | None = None) -> Iterator[tuple[dict[str, Any], list[Json]]]:
        """Teams as they are stored, each with its states."""
        states = self.states()
        for rows in self._api.pages(documents.TEAMS, "teams", where):
            for row in rows:
                number = row_id(row, "teams")
                yield self._team(row, states), states.get(number, [])

    def states(self, keys: list[str] | None = None) -> dict[str, list[Json]]:
        """Workflow states by team, in the order of the workflow: their types follow each other, then positions."""
        where = {"team": {"key": {"in": keys}}} if keys else {}
        found: dict[str, list[Json]] = {}
        for rows in self._api.pages(documents.STATES, "workflowStates", where):
            for row in rows:
                row_id(row, "workflowStates")
                found.setdefault(row_id(row.get("team"), "workflowStates.team"), []).append(row)
        for of_team in found.values():
            of_team.sort(key=_place)
        return found

    def _page(self, kind: Kind, rows: list[Any], states: Mapping[str, list[Json]]) -> Page:
        records: list[Sourced] = []
        quarantined: list[Quarantined] = []
        for row in rows:
            number = row_id(row, kind.lower())
            payload = self._team(row, states) if kind is Kind.CONTAINER else row
            try:
                payload = self._with_rest(payload) if kind is Kind.PROJECT else payload
                records.append(Sourced(read(kind, payload), payload))
            except ValueError as error:
                quarantined.append(Quarantined(kind, number, str(error), row))
        return Page(records=records, quarantined=quarantined)

    def _team(self, row: Json, states: Mapping[str, list[Json]]) -> dict[str, Any]:
        here = [one for one in states.get(row["id"], ()) if one.get("archivedAt") is None]
        columns = [{name: one.get(name) for name in ("id", "name", "type")} for one in here]
        return {**row, STATES: columns, HOMEPAGE: self._identity.url_key}

    def _with_rest(self, project: Json) -> Json:
        """A project with the teams and initiatives that did not come with it."""
        more = {}
        for name in ("teams", "initiatives"):
            if project.get(name) is not None and connection(project, name)[1] is not None:
                more[name] = {"nodes": self._rest(project["id"], name)}
        return {**project, **more}

    def _rest(self, project: str, name: str) -> list[Any]:
        """All teams or initiatives of a project."""
        found: list[Any] = []
        after = None
        while True:
            data = self._api.ask(documents.PROJECT_LISTS[name], id=project, after=after)
            rows, after = connection(required(data.get("project"), "project"), name)
            found += rows
            if after is None:
                return found


ORDER = ("triage", "backlog", "unstarted", "started", "completed", "canceled", "duplicate")
"""Types in the order in which Linear shows them."""


def _place(state: Json) -> tuple[int, float, str]:
    type_, position = str(state.get("type")), state.get("position")
    number = float(position) if isinstance(position, int | float) else 0.0
    return (ORDER.index(type_) if type_ in ORDER else len(ORDER), number, str(state.get("id")))


def statuses_of(states: list[Json]) -> tuple[Status, ...]:
    """The statuses of a team, in its order; raises ValueError."""
    return tuple(status(state) for state in states)
