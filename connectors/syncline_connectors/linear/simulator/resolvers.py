"""What each field of the schema is: mostly an attribute of that name, here is everything else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from graphql import GraphQLInputObjectType, GraphQLResolveInfo, get_named_type

from syncline_connectors.linear.simulator import entities as e
from syncline_connectors.linear.simulator.access import Sight
from syncline_connectors.linear.simulator.errors import not_found
from syncline_connectors.linear.simulator.filters import Test, compile_filter
from syncline_connectors.linear.simulator.paging import Page, page, sort_key

if TYPE_CHECKING:
    from syncline_connectors.linear.simulator.service import LinearSimulator

_CAPITAL = re.compile(r"(?<!^)([A-Z])")


@lru_cache(maxsize=1024)
def attribute(name: str) -> str:
    """The attribute that stands for a field: ``createdAt`` is ``created_at``."""
    return _CAPITAL.sub(r"_\1", name).lower()


@dataclass(frozen=True)
class Call:
    """One request that has been let in."""

    work: LinearSimulator
    sight: Sight
    now: datetime

    @property
    def user(self) -> e.User:
        return self.sight.key.user

    def need(self, table: dict[str, Any], id: str | None, kind: str) -> Any:
        """An entity that the caller may see; raises the refusal that calls it missing."""
        node = table.get(id or "")
        if node is None or not self.sight.node(node):
            raise not_found(kind)
        return node

    def need_issue(self, id: str) -> e.Issue:
        """An issue by id or by identifier, present or former."""
        found = self.find_issue(id)
        if found is None:
            raise not_found("Issue")
        return found

    def find_issue(self, id: str) -> e.Issue | None:
        """An issue that the caller may see, or None."""
        found = self.work.issues.get(id.lower()) or self.work.issue_named(id)
        return found if self.sight.node(found) else None


Derived = Callable[[Any, Call], Any]


def resolve(source: Any, info: GraphQLResolveInfo[Any], **args: Any) -> Any:
    """The value of any field of any type."""
    call: Call = info.context
    special = DERIVED.get((info.parent_type.name, info.field_name))
    value = special(source, call) if special else read(source, info.field_name)
    if isinstance(value, str | int | float):  # as most fields are
        return value
    if _is_connection(info):
        return connection(value, info, args)
    if isinstance(value, e.Node) and not call.sight.node(value):
        return None
    return value


def _is_connection(info: GraphQLResolveInfo[Any]) -> bool:
    return get_named_type(info.return_type).name.endswith("Connection")


def read(source: Any, field: str) -> Any:
    """A field's plain value: of a mapping by the vendor's name, of an entity by attribute."""
    if isinstance(source, dict):
        return source.get(field)
    if isinstance(source, e.History) and not hasattr(e.History, attribute(field)):
        return _step(source, field)
    return getattr(source, attribute(field))


def _step(entry: e.History, field: str) -> Any:
    """A history entry has only what was changed; of labels and other entities there are ids beside them."""
    name = attribute(field)
    if name in entry.__dict__:
        return getattr(entry, name)
    if name.endswith("_label_ids"):
        labels = entry.values.get(name.removesuffix("_label_ids") + "_labels")
        return [label.id for label in labels] if labels else None
    if name.endswith("_id"):
        node = entry.values.get(name.removesuffix("_id"))
        return node.id if node else None
    return entry.values.get(name)


# ---- lists -----------------------------------------------------------------------------------------------------------


def connection(
    rows: Iterable[Any], info: GraphQLResolveInfo[Any], args: dict[str, Any], *, are_sorted: bool = False
) -> Page:
    """A page of what the caller may see of ``rows`` and what passes the filter, newest first."""
    call: Call = info.context
    work = call.work
    keep = visible(call, args)
    if args.get("filter") is not None:
        keep = _both(keep, _test(info, args, call))
    if not are_sorted:
        rows = sorted(rows, key=sort_key(args.get("orderBy") or "createdAt"), reverse=True)
    cap = work.random.randint(*work.quirks.page_cap)
    listed = list(rows)

    def find(id_: str) -> e.Node | None:
        """Steps of history stand in no table."""
        return work.entity(id_) or next((node for node in listed if node.id == id_), None)

    served = page(listed, args, keep=keep, cap=cap, find=find, lost=work.quirks.lost_cursor)
    work.served(info.field_name, served.nodes)
    return served


def _test(info: GraphQLResolveInfo[Any], args: dict[str, Any], call: Call) -> Test:
    kind = get_named_type(info.parent_type.fields[info.field_name].args["filter"].type)
    assert isinstance(kind, GraphQLInputObjectType)
    return compile_filter(kind, args["filter"], lambda node, field: look(node, field, call))


def _both(one: Test, other: Test) -> Test:
    return lambda node: one(node) and other(node)


def visible(call: Call, args: dict[str, Any]) -> Test:
    """Archived and trashed entities are left out unless asked for, disabled users likewise."""
    archived, disabled = args.get("includeArchived"), args.get("includeDisabled")
    return lambda node: (
        (archived or not node.hidden)
        and (disabled or not isinstance(node, e.User) or node.active)
        and call.sight.node(node)
    )


def look(node: Any, field: str, call: Call) -> Any:
    """What a filter sees of an entity: the same as a query, and hidden entities not at all."""
    special = _FILTERED.get((type(node).__name__, field)) or DERIVED.get((_SCHEMA_NAMES[type(node)], field))
    value = special(node, call) if special else read(node, field)
    if isinstance(value, (list, tuple)):
        return [each for each in value if not isinstance(each, e.Node) or call.sight.node(each)]
    return value if not isinstance(value, e.Node) or call.sight.node(value) else None


_SCHEMA_NAMES: dict[type, str] = {
    e.Issue: "Issue",
    e.Comment: "Comment",
    e.Attachment: "Attachment",
    e.Team: "Team",
    e.User: "User",
    e.State: "WorkflowState",
    e.Label: "IssueLabel",
    e.Project: "Project",
    e.ProjectStatus: "ProjectStatus",
    e.Milestone: "ProjectMilestone",
    e.ProjectUpdate: "ProjectUpdate",
    e.Initiative: "Initiative",
    e.Cycle: "Cycle",
}


def _of(table: str, name: str) -> Derived:
    """All of a registry whose attribute is the source, as ``comments`` whose ``issue`` it is."""

    return lambda source, call: call.work.index(table, name).get(source.id, [])


def _all(table: str) -> Derived:
    return lambda _, call: list(getattr(call.work, table).values())


def _progress(issues: Iterable[e.Issue]) -> float:
    """The share of finished issues, not counting canceled ones."""
    counted = [issue for issue in issues if issue.state.type not in ("canceled", "duplicate")]
    done = sum(issue.state.type == "completed" for issue in counted)
    return round(done / len(counted), 4) if counted else 0.0


def _milestone_status(milestone: e.Milestone, call: Call) -> str:
    issues = [i for i in call.work.issues.values() if i.project_milestone is milestone]
    if issues and _progress(issues) == 1.0:
        return "done"
    if milestone.target_date and milestone.target_date < call.now.date():
        return "overdue"
    return "next" if any(issue.state.type == "started" for issue in issues) else "unstarted"


def _blocked(issue: e.Issue, call: Call) -> bool:
    """By an issue that is still open."""
    return any(
        relation.type == "blocks" and relation.related_issue is issue and _open(relation.issue)
        for relation in call.work.relations.values()
    )


def _open(issue: e.Issue) -> bool:
    return issue.state.type not in ("completed", "canceled", "duplicate")


def _has(type: str, either: bool = False) -> Derived:
    def related(issue: e.Issue, call: Call) -> bool:
        return any(
            relation.type == type
            and (relation.issue is issue or (either and relation.related_issue is issue))
            for relation in call.work.relations.values()
        )

    return related


def _active(cycle: e.Cycle, call: Call) -> bool:
    return cycle.completed_at is None and cycle.starts_at <= call.now < cycle.ends_at


def _neighbour(step: int) -> Derived:
    """Whether a cycle is the one before or after its team's active one."""

    def found(cycle: e.Cycle, call: Call) -> bool:
        mine = [c for c in call.work.cycles.values() if c.team is cycle.team]
        active = next((c.number for c in mine if _active(c, call)), None)
        return active is not None and cycle.number == active + step

    return found


DERIVED: dict[tuple[str, str], Derived] = {
    ("Organization", "previousUrlKeys"): lambda o, call: [],
    ("Organization", "logoUrl"): lambda o, call: None,
    ("Organization", "roadmapEnabled"): lambda o, call: True,
    ("Organization", "userCount"): lambda o, call: sum(u.active for u in call.work.users.values()),
    ("Organization", "createdIssueCount"): lambda o, call: len(call.work.issues),
    ("Organization", "projectStatuses"): _all("project_statuses"),
    ("Organization", "labels"): _all("labels"),
    ("Organization", "teams"): _all("teams"),
    ("Organization", "users"): _all("users"),
    ("User", "isMe"): lambda u, call: u is call.user,
    ("User", "isAssignable"): lambda u, call: u.active,
    ("User", "isMentionable"): lambda u, call: u.active,
    ("User", "createdIssueCount"): lambda u, call: sum(i.creator is u for i in call.work.issues.values()),
    ("User", "assignedIssues"): _of("issues", "assignee"),
    ("User", "createdIssues"): _of("issues", "creator"),
    ("User", "teamMemberships"): _of("memberships", "user"),
    ("User", "teams"): lambda u, call: [m.team for m in call.work.memberships.values() if m.user is u],
    ("Team", "children"): lambda t, call: [x for x in call.work.teams.values() if x.parent is t],
    ("Team", "autoClosePeriod"): lambda t, call: None,
    ("Team", "activeCycle"): lambda t, call: next(
        (c for c in call.work.cycles.values() if c.team is t and _active(c, call)), None
    ),
    ("Team", "issueCount"): lambda t, call: sum(
        i.team is t and not i.hidden for i in call.work.issues.values()
    ),
    ("Team", "issues"): _of("issues", "team"),
    ("Team", "states"): _of("states", "team"),
    ("Team", "labels"): _of("labels", "team"),
    ("Team", "cycles"): _of("cycles", "team"),
    ("Team", "projects"): lambda t, call: [p for p in call.work.projects.values() if t in p.teams],
    ("Team", "members"): lambda t, call: call.work.members_of(t),
    ("Team", "memberships"): _of("memberships", "team"),
    ("WorkflowState", "issues"): _of("issues", "state"),
    ("IssueLabel", "children"): _of("labels", "parent"),
    ("IssueLabel", "issues"): lambda x, call: [i for i in call.work.issues.values() if x in i.label_set],
    ("Project", "priorityLabel"): lambda p, call: e.PRIORITIES[p.priority],
    ("Project", "progress"): lambda p, call: _progress(
        i for i in call.work.issues.values() if i.project is p
    ),
    ("Project", "scope"): lambda p, call: float(sum(i.project is p for i in call.work.issues.values())),
    ("Project", "issues"): _of("issues", "project"),
    ("Project", "comments"): lambda p, call: [],
    ("Project", "projectMilestones"): _of("milestones", "project"),
    ("Project", "projectUpdates"): _of("project_updates", "project"),
    ("Project", "initiatives"): lambda p, call: [
        link.initiative for link in call.work.initiative_projects.values() if link.project is p
    ],
    ("Project", "initiativeToProjects"): _of("initiative_projects", "project"),
    ("ProjectMilestone", "issues"): _of("issues", "project_milestone"),
    ("ProjectMilestone", "status"): _milestone_status,
    ("ProjectMilestone", "progress"): lambda m, call: _progress(
        i for i in call.work.issues.values() if i.project_milestone is m
    ),
    ("ProjectUpdate", "comments"): _of("comments", "project_update"),
    ("ProjectUpdate", "commentCount"): lambda u, call: sum(
        c.project_update is u for c in call.work.comments.values()
    ),
    ("Initiative", "projects"): lambda i, call: [
        link.project for link in call.work.initiative_projects.values() if link.initiative is i
    ],
    ("Initiative", "subInitiatives"): _of("initiatives", "parent_initiative"),
    ("Cycle", "issues"): _of("issues", "cycle"),
    ("Cycle", "uncompletedIssuesUponClose"): lambda c, call: [],
    ("Cycle", "progress"): lambda c, call: _progress(i for i in call.work.issues.values() if i.cycle is c),
    ("Cycle", "isActive"): _active,
    ("Cycle", "isFuture"): lambda c, call: call.now < c.starts_at,
    ("Cycle", "isPast"): lambda c, call: call.now >= c.ends_at,
    ("Cycle", "isNext"): _neighbour(1),
    ("Cycle", "isPrevious"): _neighbour(-1),
    ("Issue", "customerTicketCount"): lambda i, call: 0,
    ("Issue", "attachments"): _of("attachments", "issue"),
    ("Issue", "children"): _of("issues", "parent"),
    ("Issue", "comments"): _of("comments", "issue"),
    ("Issue", "labels"): lambda i, call: list(i.label_set),
    ("Issue", "subscribers"): lambda i, call: list(i.subscriber_set),
    ("Issue", "relations"): _of("relations", "issue"),
    ("Issue", "inverseRelations"): _of("relations", "related_issue"),
    ("IssueHistory", "actorId"): lambda h, call: h.actor.id if h.actor else None,
    ("IssueHistory", "actors"): lambda h, call: [h.actor] if h.actor else None,
    ("Comment", "children"): _of("comments", "parent"),
    ("Comment", "issueId"): lambda c, call: c.issue.id if c.issue else None,
    ("Comment", "parentId"): lambda c, call: c.parent.id if c.parent else None,
    ("Comment", "projectUpdateId"): lambda c, call: c.project_update.id if c.project_update else None,
    ("Comment", "resolvingCommentId"): lambda c, call: (
        c.resolving_comment.id if c.resolving_comment else None
    ),
}
"""Fields that are no attribute, by the vendor's names."""

_FILTERED: dict[tuple[str, str], Derived] = {
    ("Issue", "hasBlockedByRelations"): _blocked,
    ("Issue", "hasBlockingRelations"): _has("blocks"),
    ("Issue", "hasDuplicateRelations"): _has("duplicate", either=True),
    ("Issue", "hasRelatedRelations"): _has("related", either=True),
    ("Project", "accessibleTeams"): lambda p, call: list(p.teams),
}
"""What only filters ask for."""
