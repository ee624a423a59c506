"""The workspace: registries of everything but issues, and what a test or a demo may add to them."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from syncline.seams import Clock
from syncline_connectors.linear.simulator import entities as e
from syncline_connectors.linear.simulator.paging import sort_key
from syncline_connectors.linear.simulator.times import milliseconds

N = TypeVar("N", bound=e.Node)

STATES: tuple[tuple[str, str], ...] = (
    ("Backlog", "backlog"),
    ("Todo", "unstarted"),
    ("In Progress", "started"),
    ("Done", "completed"),
    ("Canceled", "canceled"),
    ("Duplicate", "duplicate"),
)
"""Name and type of what a new team gets, in order of position. Triage is opt-in."""
PROJECT_STATUSES = (
    ("Backlog", "backlog"),
    ("Planned", "planned"),
    ("In Progress", "started"),
    ("Paused", "paused"),
    ("Completed", "completed"),
    ("Canceled", "canceled"),
)


class Workspace:
    """One workspace. Everything that is made takes ``at``, the time it was made at, by default now.

    ``sync_id`` counts changes over the whole workspace, as the vendor's ``lastSyncId`` does.
    """

    def __init__(self, clock: Clock, *, seed: int, name: str, url_key: str) -> None:
        self.clock = clock
        self.random = random.Random(seed)  # noqa: S311 - reproducible by design
        self.lock = threading.RLock()
        self.sync_id = 0
        self._sorted: dict[tuple[str, str], tuple[int, list[Any]]] = {}
        self._indexes: dict[tuple[str, str], tuple[int, dict[str, list[Any]]]] = {}
        self.users: dict[str, e.User] = {}
        self.external_users: dict[str, e.ExternalUser] = {}
        self.teams: dict[str, e.Team] = {}
        self.memberships: dict[str, e.Membership] = {}
        self.states: dict[str, e.State] = {}
        self.labels: dict[str, e.Label] = {}
        self.project_statuses: dict[str, e.ProjectStatus] = {}
        self.projects: dict[str, e.Project] = {}
        self.milestones: dict[str, e.Milestone] = {}
        self.project_updates: dict[str, e.ProjectUpdate] = {}
        self.initiatives: dict[str, e.Initiative] = {}
        self.initiative_projects: dict[str, e.InitiativeToProject] = {}
        self.cycles: dict[str, e.Cycle] = {}
        self.issues: dict[str, e.Issue] = {}
        self.comments: dict[str, e.Comment] = {}
        self.attachments: dict[str, e.Attachment] = {}
        self.relations: dict[str, e.Relation] = {}
        made = self.stamp(None)
        self.organization = e.Organization(**made, name=name, url_key=url_key)
        for position, (label, type_) in enumerate(PROJECT_STATUSES):
            status = e.ProjectStatus(**self.stamp(None), name=label, type=type_, position=float(position))
            self.project_statuses[status.id] = status

    # ---- time and ids ----------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The vendor's time, to the millisecond as it stores it."""
        return milliseconds(self.clock.now())

    def new_id(self) -> str:
        """A random UUID, the same one at the same place of every run with the same seed."""
        return str(UUID(int=self.random.getrandbits(128), version=4))

    def stamp(self, at: datetime | None, id: str | None = None) -> dict[str, Any]:
        """What every new entity starts with."""
        moment = milliseconds(at) if at else self.now()
        return {"id": id or self.new_id(), "created_at": moment, "updated_at": moment}

    def bump(self) -> int:
        """Count one change."""
        self.sync_id += 1
        return self.sync_id

    def touch(self, node: e.Node, at: datetime | None = None) -> datetime:
        """Note that something was changed; time never goes back for one entity."""
        moment = milliseconds(at) if at else self.now()
        node.updated_at = max(node.updated_at, moment)
        self.bump()
        return moment

    def index(self, table: str, name: str) -> dict[str, list[Any]]:
        """The entities of a registry by the id of what their attribute ``name`` is, made anew after every change."""
        made = self._indexes.get((table, name))
        if made is None or made[0] != self.sync_id:
            found: dict[str, list[Any]] = {}
            for node in getattr(self, table).values():
                owner = getattr(node, name)
                if owner is not None:
                    found.setdefault(owner.id, []).append(node)
            made = self._indexes[table, name] = (self.sync_id, found)
        return made[1]

    def newest_first(self, table: str, order_by: str) -> list[Any]:
        """All of a registry, sorted as lists are; sorted anew after every change."""
        made = self._sorted.get((table, order_by))
        if made is None or made[0] != self.sync_id:
            rows = sorted(getattr(self, table).values(), key=sort_key(order_by), reverse=True)
            made = self._sorted[table, order_by] = (self.sync_id, rows)
        return made[1]

    def put(self, table: dict[str, N], node: N) -> N:
        table[node.id] = node
        self.bump()
        return node

    # ---- people ----------------------------------------------------------------------------------------------------

    def add_user(
        self,
        name: str,
        *,
        email: str | None = None,
        id: str | None = None,
        at: datetime | None = None,
        display_name: str | None = None,
        **more: Any,
    ) -> e.User:
        """``more`` are fields of `entities.User`, such as ``admin``, ``guest``, ``active`` or ``app``."""
        short = display_name or name.lower().replace(" ", ".")
        address = email or f"{short}@example.com"
        user = e.User(
            **self.stamp(at, id),
            organization=self.organization,
            name=name,
            display_name=short,
            email=address,
            **more,
        )
        return self.put(self.users, user)

    def deactivate(self, user: e.User, *, at: datetime | None = None) -> None:
        """Suspend a user: the account stays, disabled."""
        user.active = False
        self.touch(user, at)

    def add_external_user(
        self, name: str, *, email: str | None = None, at: datetime | None = None
    ) -> e.ExternalUser:
        user = e.ExternalUser(
            **self.stamp(at), organization=self.organization, name=name, display_name=name, email=email
        )
        return self.put(self.external_users, user)

    # ---- teams -----------------------------------------------------------------------------------------------------

    def add_team(
        self,
        key: str,
        name: str | None = None,
        states: Iterable[tuple[str, str]] | None = None,
        *,
        members: Iterable[e.User] = (),
        id: str | None = None,
        at: datetime | None = None,
        **more: Any,
    ) -> e.Team:
        """A team with its workflow, ``states`` being names and types in order of position.

        ``more`` are fields of `entities.Team`, such as ``private``.
        """
        team = e.Team(**self.stamp(at, id), organization=self.organization, key=key, name=name or key, **more)
        self.put(self.teams, team)
        for position, (label, type_) in enumerate(STATES if states is None else states):
            self.add_state(team, label, type_, position=float(position), at=at)
        for user in members:
            self.add_member(team, user, at=at)
        return team

    def add_state(
        self,
        team: e.Team,
        name: str,
        type: str,
        *,
        position: float | None = None,
        id: str | None = None,
        at: datetime | None = None,
    ) -> e.State:
        place = float(len(self.states_of(team))) if position is None else position
        state = e.State(**self.stamp(at, id), team=team, name=name, type=type, position=place)
        if type == "triage" and team.triage_issue_state is None:
            team.triage_issue_state, team.triage_enabled = state, True
        if type in ("backlog", "unstarted") and team.default_issue_state is None:
            team.default_issue_state = state
        return self.put(self.states, state)

    def states_of(self, team: e.Team) -> list[e.State]:
        return [state for state in self.states.values() if state.team is team]

    def rename_team(
        self, team: e.Team, key: str, *, name: str | None = None, at: datetime | None = None
    ) -> None:
        """Give a team another key: all its issues have other identifiers then, and are not touched."""
        team.old_keys.append(team.key)
        team.key, team.name = key, name or team.name
        self.touch(team, at)

    def rename_state(self, state: e.State, name: str, *, at: datetime | None = None) -> None:
        """The issues that are in it are not touched."""
        state.name = name
        self.touch(state, at)

    def state(self, team: e.Team, name_or_type: str) -> e.State:
        """A team's state by its name, or the first one of a type; raises KeyError."""
        mine = sorted(self.states_of(team), key=lambda state: state.position)
        for state in mine:
            if state.name == name_or_type and state.archived_at is None:
                return state
        for state in mine:
            if state.type == name_or_type and state.archived_at is None:
                return state
        raise KeyError(name_or_type)

    def add_member(
        self, team: e.Team, user: e.User, *, owner: bool = False, at: datetime | None = None
    ) -> e.Membership:
        return self.put(self.memberships, e.Membership(**self.stamp(at), team=team, user=user, owner=owner))

    def remove_member(self, team: e.Team, user: e.User) -> None:
        """Take somebody out of a team; the membership is gone without a trace."""
        gone = [m.id for m in self.memberships.values() if m.team is team and m.user is user]
        for id_ in gone:
            del self.memberships[id_]
        self.bump()

    def members_of(self, team: e.Team) -> list[e.User]:
        return [m.user for m in self.memberships.values() if m.team is team]

    def add_label(
        self,
        name: str,
        *,
        team: e.Team | None = None,
        group: bool = False,
        parent: e.Label | None = None,
        id: str | None = None,
        by: e.User | None = None,
        at: datetime | None = None,
        color: str = "#5e6ad2",
    ) -> e.Label:
        """A label of the workspace, or of one team. A ``group`` holds others, of which an issue takes one at most."""
        label = e.Label(
            **self.stamp(at, id),
            organization=self.organization,
            name=name,
            team=team,
            parent=parent,
            is_group=group,
            creator=by,
            color=color,
        )
        return self.put(self.labels, label)

    def rename_label(self, label: e.Label, name: str, *, at: datetime | None = None) -> None:
        """The issues that carry it are not touched."""
        label.name = name
        self.touch(label, at)

    def add_cycle(
        self,
        team: e.Team,
        *,
        starts: datetime | None = None,
        weeks: int = 2,
        name: str | None = None,
        number: int | None = None,
        id: str | None = None,
        at: datetime | None = None,
    ) -> e.Cycle:
        mine = [cycle for cycle in self.cycles.values() if cycle.team is team]
        begin = milliseconds(starts) if starts else self.now()
        cycle = e.Cycle(
            **self.stamp(at, id),
            team=team,
            number=number or len(mine) + 1,
            starts_at=begin,
            ends_at=begin + timedelta(weeks=weeks),
            name=name,
        )
        return self.put(self.cycles, cycle)

    def complete_cycle(self, cycle: e.Cycle, *, at: datetime | None = None) -> None:
        cycle.completed_at = self.touch(cycle, at)

    # ---- projects --------------------------------------------------------------------------------------------------

    def project_status(self, name_or_type: str) -> e.ProjectStatus:
        """By name or type; raises KeyError."""
        for status in self.project_statuses.values():
            if name_or_type in (status.name, status.type):
                return status
        raise KeyError(name_or_type)

    def add_project(
        self,
        name: str,
        teams: Sequence[e.Team],
        *,
        status: str = "backlog",
        id: str | None = None,
        by: e.User | None = None,
        at: datetime | None = None,
        **more: Any,
    ) -> e.Project:
        """``more`` are fields of `entities.Project`, such as ``lead``, ``target_date`` or ``description``."""
        project = e.Project(
            **self.stamp(at, id),
            organization=self.organization,
            name=name,
            slug_id=self._slug_id(),
            status=self.project_status(status),
            teams=list(teams),
            creator=by,
            **more,
        )
        return self.put(self.projects, project)

    def edit_project(
        self, project: e.Project, *, status: str | None = None, at: datetime | None = None, **changes: Any
    ) -> None:
        """Change fields of `entities.Project` by name; ``status`` by its name or type."""
        moment = self.touch(project, at)
        if status is not None:
            project.status = self.project_status(status)
            project.completed_at = moment if project.status.type == "completed" else None
            project.canceled_at = moment if project.status.type == "canceled" else None
            if project.status.type == "started" and project.started_at is None:
                project.started_at = moment
        for name, value in changes.items():
            _set(project, name, value)

    def trash_project(self, project: e.Project, *, at: datetime | None = None) -> None:
        """Delete a project; its issues stay where they are."""
        project.archived_at, project.trashed = self.touch(project, at), True

    def add_milestone(
        self,
        project: e.Project,
        name: str,
        *,
        target: date | None = None,
        id: str | None = None,
        at: datetime | None = None,
        description: str | None = None,
    ) -> e.Milestone:
        before = [m for m in self.milestones.values() if m.project is project]
        milestone = e.Milestone(
            **self.stamp(at, id),
            project=project,
            name=name,
            target_date=target,
            description=description,
            sort_order=float(len(before)),
        )
        return self.put(self.milestones, milestone)

    def project_update(
        self, project: e.Project, health: str, body: str, *, by: e.User, at: datetime | None = None
    ) -> e.ProjectUpdate:
        """Report on a project; ``health`` is onTrack, atRisk or offTrack and becomes the project's."""
        update = e.ProjectUpdate(
            **self.stamp(at), project=project, user=by, body=body, health=health, slug_id=self._slug_id()
        )
        project.health, project.last_update = health, update
        project.health_updated_at = self.touch(project, at)
        return self.put(self.project_updates, update)

    def add_initiative(
        self,
        name: str,
        projects: Iterable[e.Project] = (),
        *,
        id: str | None = None,
        by: e.User | None = None,
        at: datetime | None = None,
        **more: Any,
    ) -> e.Initiative:
        """``more`` are fields of `entities.Initiative`, such as ``status``, ``owner`` or ``target_date``."""
        initiative = e.Initiative(
            **self.stamp(at, id),
            organization=self.organization,
            name=name,
            slug_id=self._slug_id(),
            creator=by,
            **more,
        )
        self.put(self.initiatives, initiative)
        for project in projects:
            self.add_to_initiative(initiative, project, at=at)
        return initiative

    def add_to_initiative(
        self, initiative: e.Initiative, project: e.Project, *, at: datetime | None = None
    ) -> e.InitiativeToProject:
        link = e.InitiativeToProject(**self.stamp(at), initiative=initiative, project=project)
        return self.put(self.initiative_projects, link)

    def edit_initiative(
        self, initiative: e.Initiative, *, at: datetime | None = None, **changes: Any
    ) -> None:
        self.touch(initiative, at)
        for name, value in changes.items():
            _set(initiative, name, value)

    def archive_entity(self, node: e.Node, *, at: datetime | None = None) -> None:
        """Archive anything but an issue: a label, state, team, project, cycle or initiative."""
        node.archived_at = self.touch(node, at)

    def _slug_id(self) -> str:
        return f"{self.random.getrandbits(48):012x}"


def _set(node: e.Node, name: str, value: Any) -> None:
    if not hasattr(node, name):
        raise TypeError(f"{type(node).__name__} has no field {name}")
    setattr(node, name, value)
