"""What a workspace holds. Attributes are named as the vendor names its fields, in this language's spelling."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

Json = dict[str, Any]


@dataclass(eq=False, kw_only=True)
class Node:
    """Everything that has an id. Times are UTC, to the millisecond. ``site`` is where people look at the workspace."""

    id: str
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None = None

    @property
    def hidden(self) -> bool:
        """Whether lists leave it out unless archived entities are asked for."""
        return self.archived_at is not None


@dataclass(eq=False, kw_only=True)
class Organization(Node):
    name: str
    url_key: str

    @property
    def home(self) -> str:
        return f"https://linear.app/{self.url_key}"


@dataclass(eq=False, kw_only=True)
class User(Node):
    """``app`` is an application's own user, as one that acts for an integration."""

    organization: Organization
    name: str
    display_name: str
    email: str
    active: bool = True
    admin: bool = False
    owner: bool = False
    guest: bool = False
    app: bool = False
    timezone: str | None = "Etc/UTC"
    title: str | None = None
    description: str | None = None
    avatar_url: str | None = None
    avatar_background_color: str = "#5e6ad2"
    last_seen: datetime | None = None

    @property
    def url(self) -> str:
        return f"{self.organization.home}/profiles/{self.display_name}"

    @property
    def initials(self) -> str:
        return "".join(word[0] for word in self.name.split()[:2]).upper()


@dataclass(eq=False, kw_only=True)
class Team(Node):
    organization: Organization
    key: str
    name: str
    private: bool = False
    description: str | None = None
    color: str | None = "#5e6ad2"
    icon: str | None = None
    timezone: str = "Etc/UTC"
    cycles_enabled: bool = True
    triage_enabled: bool = False
    parent: Team | None = None
    retired_at: datetime | None = None
    auto_archive_period: float = 6.0
    """Months after completion."""
    issue_estimation_type: str = "notUsed"
    default_issue_state: State | None = None
    triage_issue_state: State | None = None
    last_number: int = 0
    old_keys: list[str] = field(default_factory=list)

    @property
    def display_name(self) -> str:
        return self.name

    @property
    def visibility(self) -> str:
        return "private" if self.private else "public"


@dataclass(eq=False, kw_only=True)
class Membership(Node):
    team: Team
    user: User
    owner: bool = False
    sort_order: float = 0.0


@dataclass(eq=False, kw_only=True)
class State(Node):
    """A workflow state. Types: triage, backlog, unstarted, started, completed, canceled, duplicate."""

    team: Team
    name: str
    type: str
    position: float
    color: str = "#bec2c8"
    description: str | None = None
    inherited_from: State | None = None


@dataclass(eq=False, kw_only=True)
class Label(Node):
    """``team`` None: of the whole workspace. A group cannot be put on an issue, and of its children only one."""

    organization: Organization
    name: str
    team: Team | None = None
    parent: Label | None = None
    is_group: bool = False
    color: str = "#5e6ad2"
    description: str | None = None
    creator: User | None = None
    retired_at: datetime | None = None
    last_applied_at: datetime | None = None
    inherited_from: Label | None = None


@dataclass(eq=False, kw_only=True)
class ProjectStatus(Node):
    """Types: backlog, planned, started, paused, completed, canceled."""

    name: str
    type: str
    position: float
    color: str = "#bec2c8"
    description: str | None = None
    indefinite: bool = False


@dataclass(eq=False, kw_only=True)
class Project(Node):
    organization: Organization
    name: str
    slug_id: str
    status: ProjectStatus
    teams: list[Team]
    description: str = ""
    content: str | None = None
    color: str = "#bec2c8"
    icon: str | None = None
    lead: User | None = None
    creator: User | None = None
    members: list[User] = field(default_factory=list)
    priority: int = 0
    start_date: date | None = None
    start_date_resolution: str | None = None
    target_date: date | None = None
    target_date_resolution: str | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    canceled_at: datetime | None = None
    auto_archived_at: datetime | None = None
    trashed: bool | None = None
    health: str | None = None
    health_updated_at: datetime | None = None
    last_update: ProjectUpdate | None = None
    sort_order: float = 0.0

    @property
    def state(self) -> str:
        return self.status.type

    @property
    def url(self) -> str:
        return f"{self.organization.home}/project/{slug(self.name)}-{self.slug_id}"


@dataclass(eq=False, kw_only=True)
class Milestone(Node):
    project: Project
    name: str
    description: str | None = None
    target_date: date | None = None
    sort_order: float = 0.0


@dataclass(eq=False, kw_only=True)
class ProjectUpdate(Node):
    """``health`` is onTrack, atRisk or offTrack."""

    project: Project
    user: User
    body: str
    health: str
    slug_id: str
    edited_at: datetime | None = None
    is_diff_hidden: bool = False
    is_stale: bool = False

    @property
    def url(self) -> str:
        return f"{self.project.url}/overview#project-update-{self.slug_id}"


@dataclass(eq=False, kw_only=True)
class Initiative(Node):
    """``status`` is Proposed, Planned, Active, Completed or Canceled."""

    organization: Organization
    name: str
    slug_id: str
    status: str = "Planned"
    description: str | None = None
    content: str | None = None
    color: str | None = None
    icon: str | None = None
    owner: User | None = None
    creator: User | None = None
    priority: int = 0
    target_date: date | None = None
    target_date_resolution: str | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    canceled_at: datetime | None = None
    trashed: bool | None = None
    health: str | None = None
    health_updated_at: datetime | None = None
    parent_initiative: Initiative | None = None
    sort_order: float = 0.0
    visibility: str = "public"

    @property
    def url(self) -> str:
        return f"{self.organization.home}/initiative/{slug(self.name)}-{self.slug_id}"


@dataclass(eq=False, kw_only=True)
class InitiativeToProject(Node):
    initiative: Initiative
    project: Project
    sort_order: str = "0"


@dataclass(eq=False, kw_only=True)
class Cycle(Node):
    team: Team
    number: int
    starts_at: datetime
    ends_at: datetime
    name: str | None = None
    description: str | None = None
    completed_at: datetime | None = None
    auto_archived_at: datetime | None = None
    inherited_from: Cycle | None = None


@dataclass(eq=False, kw_only=True)
class Issue(Node):
    """``number`` and ``identifier`` change when it moves to another team; ``id`` never does."""

    team: Team
    number: int
    title: str
    state: State
    description: str | None = None
    priority: int = 0
    estimate: int | None = None
    due_date: date | None = None
    started_at: datetime | None = None
    started_triage_at: datetime | None = None
    triaged_at: datetime | None = None
    completed_at: datetime | None = None
    canceled_at: datetime | None = None
    auto_archived_at: datetime | None = None
    auto_closed_at: datetime | None = None
    snoozed_until_at: datetime | None = None
    snoozed_by: User | None = None
    added_to_project_at: datetime | None = None
    added_to_cycle_at: datetime | None = None
    added_to_team_at: datetime | None = None
    trashed: bool | None = None
    assignee: User | None = None
    delegate: User | None = None
    creator: User | None = None
    external_user_creator: ExternalUser | None = None
    bot_actor: BotActor | None = None
    parent: Issue | None = None
    project: Project | None = None
    project_milestone: Milestone | None = None
    cycle: Cycle | None = None
    label_set: tuple[Label, ...] = ()
    subscriber_set: tuple[User, ...] = ()
    previous_identifiers: tuple[str, ...] = ()
    sort_order: float = 0.0
    sub_issue_sort_order: float | None = None
    priority_sort_order: float = 0.0
    integration_source_type: str | None = None
    history: list[History] = field(default_factory=list)

    @property
    def identifier(self) -> str:
        return f"{self.team.key}-{self.number}"

    @property
    def former_identifiers(self) -> list[str]:
        """All that it had before, also those of a team's former keys, which ``previous_identifiers`` leaves out."""
        return [*self.previous_identifiers, *(f"{key}-{self.number}" for key in self.team.old_keys)]

    @property
    def url(self) -> str:
        return f"{self.team.organization.home}/issue/{self.identifier}/{slug(self.title)}"

    @property
    def branch_name(self) -> str:
        return f"{self.identifier.lower()}-{slug(self.title)}"

    @property
    def priority_label(self) -> str:
        return PRIORITIES[self.priority]

    @property
    def label_ids(self) -> list[str]:
        return [label.id for label in self.label_set]

    @property
    def hidden(self) -> bool:
        return self.archived_at is not None or self.trashed is True


@dataclass(eq=False, kw_only=True)
class ExternalUser(Node):
    """Somebody of another system, whose words an integration has brought."""

    organization: Organization
    name: str
    display_name: str
    email: str | None = None
    avatar_url: str | None = None
    last_seen: datetime | None = None


@dataclass(frozen=True)
class BotActor:
    """An integration that acts without being a person. ``type`` is the integration's."""

    type: str
    id: str | None = None
    sub_type: str | None = None
    name: str | None = None
    user_display_name: str | None = None
    avatar_url: str | None = None


@dataclass(eq=False, kw_only=True)
class Comment(Node):
    """On an issue or on a project update. ``user`` None: written by an integration or somebody external."""

    body: str
    issue: Issue | None = None
    project_update: ProjectUpdate | None = None
    user: User | None = None
    external_user: ExternalUser | None = None
    bot_actor: BotActor | None = None
    parent: Comment | None = None
    edited_at: datetime | None = None
    resolved_at: datetime | None = None
    resolving_user: User | None = None
    resolving_comment: Comment | None = None
    quoted_text: str | None = None
    hide_in_linear: bool = False

    @property
    def url(self) -> str:
        about = self.issue or self.project_update
        return f"{about.url if about else ''}#comment-{self.id[:8]}"


@dataclass(eq=False, kw_only=True)
class Attachment(Node):
    """A link on an issue; one for each address on each issue."""

    issue: Issue
    url: str
    title: str
    subtitle: str | None = None
    metadata: Json = field(default_factory=dict)
    source_type: str | None = None
    source: Json | None = None
    creator: User | None = None
    external_user_creator: ExternalUser | None = None
    original_issue: Issue | None = None
    group_by_source: bool = False


@dataclass(eq=False, kw_only=True)
class Relation(Node):
    """``type`` is blocks, duplicate, related or similar."""

    type: str
    issue: Issue
    related_issue: Issue


@dataclass(eq=False, kw_only=True)
class History(Node):
    """One step of an issue's past: what changed together, by ``actor``. ``values`` by the vendor's field names."""

    issue: Issue
    actor: User | None
    bot_actor: BotActor | None = None
    values: Json = field(default_factory=dict)


PRIORITIES = ("No priority", "Urgent", "High", "Medium", "Low")
"""Labels of 0 to 4: the lower the more urgent, but 0 is none."""


def slug(text: str) -> str:
    """A title as it stands in an address."""
    kept = "".join(c if c.isascii() and c.isalnum() else " " for c in text.lower())
    return "-".join(kept.split())[:60]
