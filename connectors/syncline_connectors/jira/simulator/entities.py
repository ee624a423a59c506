"""What a Jira site is made of, apart from issues: people, statuses, projects, boards, fields.

Every entity may carry ``raw``: the vendor's own document, served as it is instead of one made here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from syncline_connectors.jira.simulator.rules import Rules

Json = dict[str, Any]
Raw = Mapping[str, Any]


@dataclass(eq=False)
class User:
    """An account. ``email_visible`` is the person's privacy setting: hidden e-mail is left out of every answer.

    On Data Center ``account_id`` is the user key, which stays, and ``username`` the login name, which may change.
    """

    account_id: str
    name: str
    email: str | None = None
    email_visible: bool = True
    active: bool = True
    account_type: str = "atlassian"
    time_zone: str = "Etc/UTC"
    raw: Raw | None = None
    username: str = ""


@dataclass(frozen=True)
class Category:
    """One of Jira's fixed status categories; ``constant`` is its spelling in ``/statuses/search``."""

    id: int
    key: str
    name: str
    color: str
    constant: str


UNDEFINED = Category(1, "undefined", "No Category", "medium-gray", "TODO")
TO_DO = Category(2, "new", "To Do", "blue-gray", "TODO")
IN_PROGRESS = Category(4, "indeterminate", "In Progress", "yellow", "IN_PROGRESS")
DONE = Category(3, "done", "Done", "green", "DONE")
CATEGORIES = (UNDEFINED, TO_DO, IN_PROGRESS, DONE)


@dataclass(eq=False)
class Status:
    id: str
    name: str
    category: Category
    raw: Raw | None = None


@dataclass(eq=False)
class Priority:
    id: str
    name: str
    raw: Raw | None = None


@dataclass(eq=False)
class Resolution:
    id: str
    name: str
    raw: Raw | None = None


@dataclass(eq=False)
class IssueType:
    """``level``: -1 sub-task, 0 standard, 1 epic."""

    id: str
    name: str
    level: int = 0
    raw: Raw | None = None


@dataclass(eq=False)
class LinkType:
    id: str
    name: str
    inward: str
    outward: str


@dataclass(eq=False)
class Component:
    id: str
    name: str
    project: Project
    raw: Raw | None = None


@dataclass(eq=False)
class Version:
    """``start`` and ``release`` are ISO days."""

    id: str
    name: str
    project: Project
    description: str = ""
    released: bool = False
    archived: bool = False
    start: str | None = None
    release: str | None = None
    raw: Raw | None = None


@dataclass(eq=False)
class Project:
    """``public`` ones are seen by anonymous callers; ``hidden_from`` holds account ids that lost the permission."""

    id: str
    key: str
    name: str
    lead: User | None = None
    type_key: str = "software"
    team_managed: bool = False
    public: bool = False
    archived: bool = False
    hidden_from: set[str] = field(default_factory=set)
    old_keys: list[str] = field(default_factory=list)
    versions: list[Version] = field(default_factory=list)
    components: list[Component] = field(default_factory=list)
    last_number: int = 0
    rules: Rules = field(default_factory=Rules)
    raw: Raw | None = None


@dataclass(eq=False)
class Sprint:
    """``state`` only moves from future to active to closed."""

    id: int
    name: str
    board_id: int
    state: str = "future"
    start: datetime | None = None
    end: datetime | None = None
    complete: datetime | None = None
    goal: str = ""
    raw: Raw | None = None


@dataclass(eq=False)
class Board:
    """``type`` is scrum, kanban or simple; ``columns`` hold a name and the statuses of each."""

    id: int
    name: str
    type: str
    project: Project
    columns: tuple[tuple[str, tuple[Status, ...]], ...]
    sprints: list[Sprint] = field(default_factory=list)
    raw: Raw | None = None


@dataclass(eq=False)
class Option:
    """A choice of a select field."""

    id: str
    value: str


@dataclass(eq=False)
class Field:
    """A field of the site. ``custom`` is the vendor's type key of a custom field: ``…greenhopper.jira:gh-sprint``."""

    id: str
    name: str
    type: str
    items: str | None = None
    custom: str | None = None
    clauses: tuple[str, ...] = ()
    options: list[Option] = field(default_factory=list)
    raw: Raw | None = None

    @property
    def schema(self) -> Json:
        """The vendor's ``schema`` object of the field."""
        made: Json = {"type": self.type}
        if self.items:
            made["items"] = self.items
        if self.custom:
            return {**made, "custom": self.custom, "customId": int(self.id.rpartition("_")[2])}
        return {**made, "system": self.id}


class CustomField(StrEnum):
    """Ids of the custom fields that every simulated site starts with."""

    EPIC_NAME = "customfield_10011"
    EPIC_LINK = "customfield_10014"
    START_DATE = "customfield_10015"
    STORY_POINT_ESTIMATE = "customfield_10016"
    RANK = "customfield_10019"
    SPRINT = "customfield_10020"
    FLAGGED = "customfield_10021"
    STORY_POINTS = "customfield_10036"


_GREENHOPPER = "com.pyxis.greenhopper.jira:"
_STANDARD = "com.atlassian.jira.plugin.system.customfieldtypes:"

CUSTOM_TYPES: Mapping[str, tuple[str, str | None, str]] = {
    "number": ("number", None, _STANDARD + "float"),
    "text": ("string", None, _STANDARD + "textfield"),
    "textarea": ("string", None, _STANDARD + "textarea"),
    "date": ("date", None, _STANDARD + "datepicker"),
    "datetime": ("datetime", None, _STANDARD + "datetime"),
    "select": ("option", None, _STANDARD + "select"),
    "multiselect": ("array", "option", _STANDARD + "multiselect"),
    "labels": ("array", "string", _STANDARD + "labels"),
    "user": ("user", None, _STANDARD + "userpicker"),
    "multiuser": ("array", "user", _STANDARD + "multiuserpicker"),
    "url": ("string", None, _STANDARD + "url"),
}
"""Kind of custom field → type, items, the vendor's type key."""


def custom_field(id: str, name: str, kind: str) -> Field:
    """A custom field of a kind of `CUSTOM_TYPES`."""
    type_, items, key = CUSTOM_TYPES[kind]
    return Field(id, name, type_, items, key, (f"cf[{id.rpartition('_')[2]}]", name))


_SYSTEM = (
    ("summary", "Summary", "string", None, ("summary",)),
    ("description", "Description", "string", None, ("description",)),
    ("environment", "Environment", "string", None, ("environment",)),
    ("issuetype", "Issue Type", "issuetype", None, ("issuetype", "type")),
    ("project", "Project", "project", None, ("project",)),
    ("status", "Status", "status", None, ("status",)),
    ("statusCategory", "Status Category", "statusCategory", None, ("statusCategory",)),
    ("statuscategorychangedate", "Status Category Changed", "datetime", None, ("statusCategoryChangedDate",)),
    ("priority", "Priority", "priority", None, ("priority",)),
    ("resolution", "Resolution", "resolution", None, ("resolution",)),
    ("resolutiondate", "Resolved", "datetime", None, ("resolutiondate", "resolved")),
    ("assignee", "Assignee", "user", None, ("assignee",)),
    ("reporter", "Reporter", "user", None, ("reporter",)),
    ("creator", "Creator", "user", None, ("creator",)),
    ("created", "Created", "datetime", None, ("created", "createdDate")),
    ("updated", "Updated", "datetime", None, ("updated", "updatedDate")),
    ("duedate", "Due date", "date", None, ("due", "duedate")),
    ("labels", "Labels", "array", "string", ("labels",)),
    ("components", "Components", "array", "component", ("component",)),
    ("fixVersions", "Fix versions", "array", "version", ("fixVersion",)),
    ("versions", "Affects versions", "array", "version", ("affectedVersion",)),
    ("issuelinks", "Linked Issues", "array", "issuelinks", ("issueLink",)),
    ("subtasks", "Sub-tasks", "array", "issuelinks", ("subtasks",)),
    ("parent", "Parent", "issuelink", None, ("parent",)),
    ("comment", "Comment", "comments-page", None, ("comment",)),
    ("worklog", "Log Work", "array", "worklog", ()),
    ("attachment", "Attachment", "array", "attachment", ("attachments",)),
    ("timespent", "Time Spent", "number", None, ("timespent",)),
    ("timeestimate", "Remaining Estimate", "number", None, ("remainingEstimate",)),
    ("timeoriginalestimate", "Original estimate", "number", None, ("originalEstimate",)),
    ("security", "Security Level", "securitylevel", None, ("level",)),
    ("votes", "Votes", "votes", None, ("votes",)),
    ("watches", "Watchers", "watches", None, ("watchers",)),
    ("workratio", "Work Ratio", "number", None, ("workratio",)),
    ("lastViewed", "Last Viewed", "datetime", None, ("lastViewed",)),
)


def standard_fields() -> list[Field]:
    """The fields that a company-managed software project has."""
    impediment = [Option("10019", "Impediment")]
    return [
        *(Field(id, name, type_, items, None, clauses) for id, name, type_, items, clauses in _SYSTEM),
        Field(
            CustomField.EPIC_NAME, "Epic Name", "string", None, _GREENHOPPER + "gh-epic-label", ("cf[10011]",)
        ),
        Field(CustomField.EPIC_LINK, "Epic Link", "any", None, _GREENHOPPER + "gh-epic-link", ("cf[10014]",)),
        custom_field(CustomField.START_DATE, "Start date", "date"),
        Field(
            CustomField.STORY_POINT_ESTIMATE,
            "Story point estimate",
            "number",
            None,
            _GREENHOPPER + "jsw-story-points",
            ("cf[10016]",),
        ),
        Field(CustomField.RANK, "Rank", "any", None, _GREENHOPPER + "gh-lexo-rank", ("cf[10019]", "Rank")),
        Field(
            CustomField.SPRINT, "Sprint", "array", "json", _GREENHOPPER + "gh-sprint", ("cf[10020]", "Sprint")
        ),
        Field(
            CustomField.FLAGGED,
            "Flagged",
            "array",
            "option",
            _STANDARD + "multicheckboxes",
            ("cf[10021]", "Flagged"),
            impediment,
        ),
        custom_field(CustomField.STORY_POINTS, "Story Points", "number"),
    ]


def standard_types() -> list[IssueType]:
    return [
        IssueType("10000", "Epic", 1),
        IssueType("10001", "Story"),
        IssueType("10002", "Task"),
        IssueType("10003", "Sub-task", -1),
        IssueType("10004", "Bug"),
    ]


def standard_statuses() -> list[Status]:
    return [
        Status("10010", "Backlog", TO_DO),
        Status("10011", "To Do", TO_DO),
        Status("3", "In Progress", IN_PROGRESS),
        Status("10012", "In Review", IN_PROGRESS),
        Status("10013", "Blocked", IN_PROGRESS),
        Status("10014", "Done", DONE),
        Status("10015", "Won't Do", DONE),
    ]


def standard_priorities() -> list[Priority]:
    names = ("Highest", "High", "Medium", "Low", "Lowest")
    return [Priority(str(number), name) for number, name in enumerate(names, 1)]


def standard_resolutions() -> list[Resolution]:
    names = ("Done", "Won't Do", "Duplicate", "Cannot Reproduce")
    return [Resolution(str(10000 + number), name) for number, name in enumerate(names)]


def standard_link_types() -> list[LinkType]:
    return [
        LinkType("10000", "Blocks", "is blocked by", "blocks"),
        LinkType("10001", "Cloners", "is cloned by", "clones"),
        LinkType("10002", "Duplicate", "is duplicated by", "duplicates"),
        LinkType("10003", "Relates", "relates to", "relates to"),
    ]
