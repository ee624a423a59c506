"""The site: registries of everything but issues, and what a test may add to them."""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from syncline.seams import Clock
from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.face import Face
from syncline_connectors.jira.simulator.issues import Issue
from syncline_connectors.jira.simulator.rules import (
    FOR_ADMINS,
    Action,
    Permission,
    Reverter,
    Screen,
    Transition,
    Workflow,
)

T = TypeVar("T", e.Status, e.IssueType, e.Priority, e.Resolution, e.LinkType)


class Site:
    """One Jira site. All that can be named is registered by its vendor id.

    ``lag`` is the least and most time in seconds that a change takes to reach the search index.
    ``id_ranges_in_project``: ``id > n`` means later keys of the project of issue n, as Data Center searches.
    """

    def __init__(self, clock: Clock, *, seed: int, lag: tuple[float, float], face: Face = Face.CLOUD) -> None:
        self.clock = clock
        self.face = face
        self.lag = lag
        self.id_ranges_in_project = face is Face.DATA_CENTER
        self.random = random.Random(seed)  # noqa: S311 - reproducible by design
        self.lock = threading.RLock()
        self.changes = 0
        self.settles_at = clock.now()
        self.users: dict[str, e.User] = {}
        self.admins: set[str] = set()
        """Account ids of those who administer Jira."""
        self.projects: dict[str, e.Project] = {}
        self.boards: dict[int, e.Board] = {}
        self.sprints: dict[int, e.Sprint] = {}
        self.issues: dict[int, Issue] = {}
        self.ever: dict[int, Issue] = {}
        self.keys: dict[str, Issue] = {}
        self.deleted_worklogs: list[tuple[int, datetime]] = []
        self.types = {x.id: x for x in e.standard_types()}
        self.statuses = {x.id: x for x in e.standard_statuses()}
        self.priorities = {x.id: x for x in e.standard_priorities()}
        self.resolutions = {x.id: x for x in e.standard_resolutions()}
        self.link_types = {x.id: x for x in e.standard_link_types()}
        self.fields = {x.id: x for x in e.standard_fields()}
        self.reverters: list[Reverter] = []
        self.upload_limit = 10 * 1024 * 1024
        self.media: dict[str, tuple[datetime, int]] = {}
        self._ids = {kind: itertools.count(start) for kind, start in _FIRST_IDS.items()}

    def now(self) -> datetime:
        """The vendor's time, to the millisecond as it stores it."""
        now = self.clock.now()
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def next_id(self, kind: str) -> int:
        """The next free number of a kind; loaded documents may have taken some."""
        return next(self._ids[kind])

    def reserve(self, kind: str, taken: int) -> None:
        """Hand out only numbers above ``taken`` from now on."""
        following = max(next(self._ids[kind]), taken + 1)
        self._ids[kind] = itertools.count(following)

    # ---- what tests add --------------------------------------------------------------------------------------------

    def add_user(
        self,
        name: str,
        *,
        email: str | None = None,
        email_visible: bool = True,
        active: bool = True,
        time_zone: str = "Etc/UTC",
        account_type: str = "atlassian",
        account_id: str | None = None,
        username: str | None = None,
    ) -> e.User:
        """``username`` is for Data Center: by default what stands before the @ of the e-mail."""
        id_ = account_id or self._account_id()
        login = username or (email or name).partition("@")[0].lower().replace(" ", ".")
        user = e.User(id_, name, email, email_visible, active, account_type, time_zone, username=login)
        self.users[id_] = user
        return user

    def add_project(
        self,
        key: str,
        name: str | None = None,
        *,
        lead: e.User | None = None,
        public: bool = False,
        team_managed: bool = False,
        type_key: str = "software",
    ) -> e.Project:
        project = e.Project(
            str(self.next_id("project")), key, name or key, lead, type_key, team_managed, public
        )
        self.projects[project.id] = project
        self.changes += 1
        return project

    def add_version(
        self,
        project: e.Project,
        name: str,
        *,
        description: str = "",
        released: bool = False,
        archived: bool = False,
        start: str | None = None,
        release: str | None = None,
    ) -> e.Version:
        id_ = str(self.next_id("version"))
        version = e.Version(id_, name, project, description, released, archived, start, release)
        project.versions.append(version)
        return version

    def add_component(self, project: e.Project, name: str) -> e.Component:
        component = e.Component(str(self.next_id("component")), name, project)
        project.components.append(component)
        return component

    def add_status(self, name: str, category: e.Category) -> e.Status:
        status = e.Status(str(self.next_id("status")), name, category)
        self.statuses[status.id] = status
        return status

    def add_type(self, name: str, level: int = 0) -> e.IssueType:
        type_ = e.IssueType(str(self.next_id("type")), name, level)
        self.types[type_.id] = type_
        return type_

    def add_field(self, name: str, kind: str, options: Iterable[str] = ()) -> e.Field:
        """A custom field; ``kind`` is one of `entities.CUSTOM_TYPES`."""
        made = e.custom_field(f"customfield_{self.next_id('field')}", name, kind)
        made.options = [e.Option(str(self.next_id("option")), value) for value in options]
        self.fields[made.id] = made
        return made

    def add_board(
        self,
        project: e.Project,
        name: str | None = None,
        *,
        type: str = "scrum",
        columns: Mapping[str, Iterable[str]] | None = None,
    ) -> e.Board:
        """A board. ``columns`` maps a column's name to names of statuses; by default one column a status."""
        wanted = columns or {status.name: [status.name] for status in self.statuses.values()}
        made = tuple((column, tuple(map(self.status, names))) for column, names in wanted.items())
        board = e.Board(self.next_id("board"), name or f"{project.key} board", type, project, made)
        self.boards[board.id] = board
        return board

    def add_sprint(
        self,
        board: e.Board,
        name: str,
        *,
        state: str = "future",
        start: datetime | None = None,
        end: datetime | None = None,
        complete: datetime | None = None,
        goal: str = "",
    ) -> e.Sprint:
        sprint = e.Sprint(self.next_id("sprint"), name, board.id, state, start, end, complete, goal)
        board.sprints.append(sprint)
        self.sprints[sprint.id] = sprint
        return sprint

    def _account_id(self) -> str:
        """Data Center has given out keys of this form since 8.4; before that a key was the first login name."""
        if self.face is Face.DATA_CENTER:
            return f"JIRAUSER{10000 + self.next_id('user') * 100}"
        return f"712020:{self.next_id('user'):08x}-0000-4000-8000-{self.next_id('user'):012x}"

    # ---- what a project lets people do -----------------------------------------------------------------------------

    def set_screen(
        self, project: e.Project, action: Action, screen: Screen, *, type: str | None = None
    ) -> None:
        """The screen of one type of issue, or of all that have none of their own."""
        project.rules.screens[action, self.type(type).id if type else None] = screen

    def set_workflow(self, project: e.Project, workflow: Workflow, *, type: str | None = None) -> None:
        """The workflow of one type of issue, or of all that have none of their own; raises KeyError for a status."""
        for name in workflow.statuses:
            self.status(name)
        project.rules.workflows[self.type(type).id if type else None] = workflow

    def workflow(self, project: e.Project, type_id: str | None) -> Workflow:
        """What was set, else a way from everywhere to every status, as team-managed projects have."""
        known = project.rules.workflows
        found = known.get(type_id) or known.get(None)
        if found:
            return found
        names = [status.name for status in self.statuses.values()]
        return Workflow("To Do", tuple(Transition(name, name) for name in names))

    def deny(self, permission: Permission, project: e.Project, user: e.User | None = None) -> None:
        """Take a permission from one person, or from everybody."""
        project.rules.denied.add((permission, user.account_id if user else ""))

    def grant(self, permission: Permission, project: e.Project, user: e.User) -> None:
        project.rules.granted.add((permission, user.account_id))

    def permits(self, permission: Permission, project: e.Project, user: e.User | None) -> bool:
        """Whether a person may; nobody who is not logged in may, whoever administers Jira may everything not denied."""
        if user is None or user.account_id in project.hidden_from:
            return False
        rules = project.rules
        if {(permission, user.account_id), (permission, "")} & rules.denied:
            return False
        admin = user.account_id in self.admins
        return admin or (permission, user.account_id) in rules.granted or permission not in FOR_ADMINS

    def settle(self) -> None:
        """Let every change reach the search index now."""
        with self.lock:
            for issue in self.ever.values():
                issue.copies = [(self.now(), copy) for _, copy in issue.copies[-1:]]
            self.settles_at = self.now()
            self.changes += 1

    # ---- looking things up -----------------------------------------------------------------------------------------

    def status(self, name: str) -> e.Status:
        """The status of that name; raises KeyError."""
        return _named(self.statuses.values(), name)

    def type(self, name: str) -> e.IssueType:
        return _named(self.types.values(), name)

    def priority(self, name: str) -> e.Priority:
        return _named(self.priorities.values(), name)

    def resolution(self, name: str) -> e.Resolution:
        return _named(self.resolutions.values(), name)

    def link_type(self, name: str) -> e.LinkType:
        return _named(self.link_types.values(), name)

    def find_project(self, id_or_key: str) -> e.Project | None:
        """By id, key in any case, or former key."""
        wanted = id_or_key.upper()
        return self.projects.get(id_or_key) or next(
            (p for p in self.projects.values() if p.key.upper() == wanted or wanted in p.old_keys), None
        )

    def find_issue(self, id_or_key: str) -> Issue | None:
        """By id, key in any case, or a key it had before a move. Archived issues are found, deleted ones not."""
        if id_or_key.isdigit():
            return self.issues.get(int(id_or_key))
        return self.keys.get(id_or_key.upper())

    def touch_index(self, issue: Issue, at: datetime | None = None) -> None:
        """Send the issue as it is now on its way to the search index."""
        low, high = self.lag
        delay = self.random.uniform(low, high) if high and self.random.random() < _LATE else low
        reached = (at or self.now()) + timedelta(seconds=delay)
        issue.index(reached)
        self.settles_at = max(self.settles_at, issue.copies[-1][0])
        self.changes += 1


_LATE = 0.5
_FIRST_IDS = {
    "user": 1,
    "project": 10000,
    "issue": 10000,
    "comment": 10000,
    "worklog": 10000,
    "history": 10000,
    "link": 10000,
    "remote link": 10000,
    "attachment": 10000,
    "local": 1,
    "media": 1,
    "version": 10000,
    "component": 10000,
    "status": 10100,
    "type": 10100,
    "priority": 10100,
    "resolution": 10100,
    "field": 10050,
    "option": 10100,
    "board": 1,
    "sprint": 1,
}


def _named(items: Iterable[T], name: str) -> T:
    found = next((item for item in items if item.name.lower() == name.lower()), None)
    if found is None:
        raise KeyError(name)
    return found
