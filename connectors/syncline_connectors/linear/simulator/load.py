"""Taking in real documents as the vendor served them, with the ids, times and texts that they have.

A document has the fields that somebody asked for. Whatever is named inside it (a team, a state, a person) is taken in
as well, and a later document adds what an earlier one left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from syncline_connectors.linear.simulator import entities as e
from syncline_connectors.linear.simulator.resolvers import attribute
from syncline_connectors.linear.simulator.times import parse_moment
from syncline_connectors.linear.simulator.workspace import STATES

if TYPE_CHECKING:
    from syncline_connectors.linear.simulator.work import Work

Json = Mapping[str, Any]
N = TypeVar("N", bound=e.Node)

_TIMES = frozenset(
    {"createdAt", "updatedAt", "archivedAt", "startedAt", "completedAt", "canceledAt", "autoArchivedAt"}
    | {"editedAt", "resolvedAt", "lastSeen", "startsAt", "endsAt", "snoozedUntilAt", "retiredAt"}
)
_PLAIN = frozenset(
    {
        "name",
        "title",
        "description",
        "content",
        "body",
        "color",
        "icon",
        "key",
        "email",
        "displayName",
        "active",
    }
    | {
        "admin",
        "owner",
        "guest",
        "app",
        "private",
        "type",
        "position",
        "isGroup",
        "estimate",
        "url",
        "subtitle",
    }
    | {"metadata", "sourceType", "source", "groupBySource", "slugId", "health", "number", "trashed"}
)
_DATES = ("dueDate", "startDate", "targetDate")
_OWN_KIND = {
    "issues": "issue",
    "teams": "team",
    "users": "user",
    "viewer": "user",
    "workflowStates": "state",
    "workflowState": "state",
    "issueLabels": "label",
    "issueLabel": "label",
    "labels": "label",
    "cycles": "cycle",
    "projects": "project",
    "comments": "comment",
    "attachments": "attachment",
    "projectMilestones": "milestone",
    "issueRelation": "relation",
}
"""Which kind of entity stands under a name, where the name is not the kind."""


class Loader:
    """Takes documents into a workspace."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self._makers: Mapping[str, Callable[[Json], e.Node | None]] = {
            "user": self.user,
            "team": self.team,
            "state": self.state,
            "label": self.label,
            "cycle": self.cycle,
            "project": self.project,
            "milestone": self.milestone,
            "comment": self.comment,
            "attachment": self.attachment,
            "relation": self.relation,
            "issue": self.issue,
        }

    def response(self, data: Json) -> list[e.Node]:
        """Everything that the ``data`` of an answer holds, at the root or in the payload of a mutation."""
        found = [self._makers[kind](document) for kind, document in _documents(data, self._makers)]
        return [node for node in found if node is not None]

    # ---- kinds -----------------------------------------------------------------------------------------------------

    def user(self, raw: Json) -> e.User:
        known = self.work.users.get(raw["id"])
        name = raw.get("name") or raw["id"]
        user = known or self.work.add_user(name, id=raw["id"], email=raw.get("email"))
        return self._fill(user, raw)

    def team(self, raw: Json) -> e.Team:
        """By id, or where a document tells only that, by the key of an issue's identifier."""
        key = raw.get("key")
        same = (t for t in self.work.teams.values() if t.id == raw.get("id") or (key and t.key == key))
        team = next(same, None)
        if team is None:
            team = self.work.add_team(key or raw.get("name", "TEAM")[:3].upper(), states=(), id=raw.get("id"))
        return self._fill(team, raw)

    def state(self, raw: Json, team: e.Team | None = None) -> e.State:
        """By id, else by name in the team; a missing type is that of the vendor's state of that name."""
        known = self.work.states.get(raw.get("id", ""))
        if known and "name" not in raw:
            return known
        owner = self.team(raw["team"]) if raw.get("team") else team or self._any_team()
        named = (s for s in self.work.states_of(owner) if s.name == raw.get("name"))
        state = known or (None if raw.get("id") else next(named, None))
        if state is None:
            type_ = raw.get("type") or dict(STATES).get(raw["name"], "started")
            state = self.work.add_state(owner, raw["name"], type_, id=raw.get("id"))
        return self._fill(state, raw)

    def label(self, raw: Json) -> e.Label:
        known = self.work.labels.get(raw.get("id", ""))
        named = (x for x in self.work.labels.values() if x.name == raw["name"])
        label = known or (None if raw.get("id") else next(named, None))
        if label is None:
            label = self.work.add_label(raw["name"], id=raw.get("id"))
        if raw.get("team"):
            label.team = self.team(raw["team"])
        if raw.get("parent"):
            label.parent = self.label(raw["parent"])
        return self._fill(label, raw)

    def cycle(self, raw: Json) -> e.Cycle:
        team = self.team(raw["team"]) if raw.get("team") else self._any_team()
        known = self.work.cycles.get(raw["id"])
        return self._fill(known or self.work.add_cycle(team, id=raw["id"]), raw)

    def project(self, raw: Json) -> e.Project:
        teams = [self.team(one) for one in _nodes(raw.get("teams"))]
        known = self.work.projects.get(raw["id"])
        project = known or self.work.add_project(raw["name"], teams, id=raw["id"])
        if raw.get("state"):
            project.status = self.work.project_status(raw["state"])
        if raw.get("lead"):
            project.lead = self.user(raw["lead"])
        return self._fill(project, raw)

    def milestone(self, raw: Json) -> e.Milestone:
        known = self.work.milestones.get(raw["id"])
        made = known or self.work.add_milestone(self.project(raw["project"]), raw["name"], id=raw["id"])
        return self._fill(made, raw)

    def issue(self, raw: Json) -> e.Issue:
        """Raises KeyError where there is neither identifier nor a known id."""
        known = self.work.issues.get(raw["id"])
        if known is None:
            key, _, number = raw["identifier"].rpartition("-")
            team = self.team({"key": key, **(raw.get("team") or {})})
            state = self.state(raw["state"], team) if raw.get("state") else self._default(team)
            known = self.work.create_issue(
                team, raw.get("title", ""), id=raw["id"], number=int(number), state=state
            )
        elif raw.get("state"):
            known.state = self.state(raw["state"], known.team)
        if "labels" in raw:
            known.label_set = tuple(self.label(label) for label in _nodes(raw["labels"]))
        if "priority" in raw:
            known.priority = int(raw["priority"])
        for name, kind in (
            ("assignee", "user"),
            ("creator", "user"),
            ("cycle", "cycle"),
            ("project", "project"),
        ):
            if raw.get(name):
                setattr(known, name, self._makers[kind](raw[name]))
        if raw.get("parent"):
            known.parent = self.issue(raw["parent"])
        return self._fill(known, raw)

    def comment(self, raw: Json) -> e.Comment | None:
        """None for one of which only the id is told."""
        known = self.work.comments.get(raw["id"])
        if known is None and not raw.get("issue"):
            return None
        comment = known or self.work.comment(self.issue(raw["issue"]), raw.get("body", ""), id=raw["id"])
        if raw.get("user"):
            comment.user = self.user(raw["user"])
        return self._fill(comment, raw)

    def attachment(self, raw: Json) -> e.Attachment | None:
        known = self.work.attachments.get(raw["id"])
        if known is None and not raw.get("issue"):
            return None
        made = known or self.work.attach(self.issue(raw["issue"]), raw["url"], raw["title"], id=raw["id"])
        if raw.get("creator"):
            made.creator = self.user(raw["creator"])
        return self._fill(made, raw)

    def relation(self, raw: Json) -> e.Relation | None:
        known = self.work.relations.get(raw["id"])
        if known is None:
            both = [self.work.issues.get(raw[name]["id"]) for name in ("issue", "relatedIssue")]
            if not both[0] or not both[1]:
                return None
            known = self.work.put(
                self.work.relations,
                e.Relation(
                    **self.work.stamp(None, raw["id"]), type=raw["type"], issue=both[0], related_issue=both[1]
                ),
            )
        return self._fill(known, raw)

    # ---- parts -----------------------------------------------------------------------------------------------------

    def _any_team(self) -> e.Team:
        return next(iter(self.work.teams.values()), None) or self.work.add_team("TEAM", states=())

    def _default(self, team: e.Team) -> e.State:
        return team.default_issue_state or self.work.add_state(team, "Backlog", "backlog")

    def _fill(self, node: N, raw: Json) -> N:
        """Set what the document tells."""
        for name, value in raw.items():
            place = attribute(name)
            if not hasattr(node, place) or isinstance(getattr(type(node), place, None), property):
                continue
            if name in _PLAIN:
                setattr(node, place, value)
            elif name in _TIMES:
                setattr(node, place, value and parse_moment(value, self.work.now()))
            elif name in _DATES:
                setattr(node, place, value and date.fromisoformat(value))
        self.work.bump()
        return node


def _documents(data: Json, kinds: Mapping[str, Any]) -> Iterator[tuple[str, Json]]:
    for name, value in data.items():
        if not isinstance(value, dict):
            continue
        kind = _OWN_KIND.get(name, name)
        if kind in kinds:
            yield from ((kind, one) for one in (_nodes(value) if "nodes" in value else [value]))
        else:
            yield from _documents(value, kinds)


def _nodes(connection: Json | None) -> list[Json]:
    return list(connection["nodes"]) if connection else []
