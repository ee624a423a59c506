"""The common model: what a record is, whichever tool it lives in.

Records are frozen and closed. Times are aware and in UTC; dates have no zone. References to other records of the same
site are plain remote ids, because a field's meaning already says their kind (``assignees`` are persons, ``parent`` is
an issue). A full reference across sites is a `Ref`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict, JsonValue


class Kind(StrEnum):
    """Every kind of record there is, spelt as the record's class."""

    ISSUE = "Issue"
    TICKET = "Ticket"
    COMMENT = "Comment"
    ATTACHMENT = "Attachment"
    PERSON = "Person"
    TEAM = "Team"
    ORGANIZATION = "Organization"
    CONTAINER = "Container"
    ITERATION = "Iteration"
    RELEASE = "Release"
    MILESTONE = "Milestone"
    PROJECT = "Project"
    OBJECTIVE = "Objective"
    KEY_RESULT = "KeyResult"
    RELATION = "Relation"
    WORK_LOG = "WorkLog"
    METRIC = "Metric"
    METRIC_POINT = "MetricPoint"
    ANNOTATION = "Annotation"
    ROLLOUT = "Rollout"
    EXPERIMENT = "Experiment"
    SURVEY_RESPONSE = "SurveyResponse"
    NOTE = "Note"
    DECISION = "Decision"
    DEPLOY = "Deploy"


class Ref(NamedTuple):
    """``site:kind:remote_id``, by the vendor's immutable id. Keys and URLs are display, never identity."""

    site: str
    kind: Kind
    remote_id: str

    def __str__(self) -> str:
        return f"{self.site}:{self.kind}:{self.remote_id}"

    @classmethod
    def parse(cls, text: str) -> Ref:
        """Read ``site:kind:remote_id``; raises ValueError. Only the remote id may hold colons."""
        site, kind, remote_id = text.split(":", 2)
        if not site or not remote_id:
            raise ValueError(f"not a reference: {text!r}")
        return cls(site, Kind(kind), remote_id)


class StatusCategory(StrEnum):
    """The seven categories every native status is read into, in their order of progress."""

    TRIAGE = "triage"
    BACKLOG = "backlog"
    TODO = "todo"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    DONE = "done"
    CANCELED = "canceled"


class Refinement(StrEnum):
    """A closer word for a status, always within one category: `REFINES` says which."""

    REVIEW = "review"
    BLOCKED = "blocked"
    CUSTOMER = "customer"
    VENDOR = "vendor"
    DUPLICATE = "duplicate"


REFINES: Mapping[Refinement, StatusCategory] = {
    Refinement.REVIEW: StatusCategory.IN_PROGRESS,
    Refinement.BLOCKED: StatusCategory.WAITING,
    Refinement.CUSTOMER: StatusCategory.WAITING,
    Refinement.VENDOR: StatusCategory.WAITING,
    Refinement.DUPLICATE: StatusCategory.CANCELED,
}


class Priority(StrEnum):
    """The common priorities, highest first."""

    URGENT = "urgent"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NONE = "none"


class Visibility(StrEnum):
    """Who may see a text: private < team < customer."""

    PRIVATE = "private"
    TEAM = "team"
    CUSTOMER = "customer"


class TextFormat(StrEnum):
    """The language a vendor's text is written in."""

    ADF = "adf"
    WIKI = "wiki"
    HTML = "html"
    MARKDOWN = "markdown"
    PLAIN = "plain"


class RelationType(StrEnum):
    """What the source of a relation is to its target. Other meanings are RELATES, with the native name kept."""

    BLOCKS = "blocks"
    DUPLICATES = "duplicates"
    RELATES = "relates"
    CLONES = "clones"
    CAUSES = "causes"


class Model(BaseModel):
    """Frozen, closed: an unknown field is a mistake. Built on first use (`ready`): a run needs few of the classes."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Text(Model):
    """A vendor's text as the vendor wrote it. ``source`` is the JSON text where the format is ADF.

    Markdown is computed when planning or rendering (`syncline.text`), never when pulling.
    """

    format: TextFormat
    source: str


class Status(Model):
    """A native status and the category it is read into.

    A connector gives the vendor's own ``category`` (None where the tool has none); the connection's status map is laid
    over it by the engine (`syncline.status`), so ``category`` is set on every stored record.
    """

    name: str
    id: str | None = None
    category: StatusCategory | None = None
    refinement: Refinement | None = None


class Record(Model):
    """One tool's copy of something."""

    kind: ClassVar[Kind]

    remote_id: str
    key: str | None = None
    url: str | None = None
    title: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    archived: bool = False


class Work(Record):
    """What issues and tickets share. ``level``: -1 sub-task, 0 standard, 1 epic, 2 and above initiatives."""

    body: Text | None = None
    type: str | None = None
    level: int = 0
    status: Status
    priority: Priority = Priority.NONE
    priority_name: str | None = None
    resolution: str | None = None
    assignees: tuple[str, ...] = ()
    reporter: str | None = None
    labels: tuple[str, ...] = ()
    container: str | None = None
    parent: str | None = None
    due_on: date | None = None
    start_on: date | None = None
    resolved_at: datetime | None = None
    estimate: float | None = None
    fields: Mapping[str, JsonValue] = {}
    """The company's own fields, by their name in ``[fields]``."""


class Issue(Work):
    """A piece of work: Jira issue, Linear issue, Trello card."""

    kind = Kind.ISSUE

    project: str | None = None
    """Remote id of the Project it belongs to, where the tool has such things."""
    milestone: str | None = None
    iterations: tuple[str, ...] = ()
    releases: tuple[str, ...] = ()
    """Releases the work is planned for (Jira's fix versions)."""
    affects: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    flagged: bool = False
    visibility: Visibility = Visibility.TEAM


class Ticket(Work):
    """A customer's request. ``container`` is the group that answers it, ``parent`` the problem it is an incident of."""

    kind = Kind.TICKET

    requester: str | None = None
    organization: str | None = None
    channel: str | None = None
    """How it came in, in the tool's own word: email, web, api, …"""
    first_replied_at: datetime | None = None
    """When the customer first had an answer from an agent."""
    replies: int | None = None
    """Public answers of agents."""
    reopens: int | None = None
    merged_into: str | None = None
    """The ticket that this one was merged into."""
    follows: str | None = None
    """The closed ticket that this one takes up again."""


class Health(StrEnum):
    """How a project is said to stand, best first. What people claim, not what the data shows."""

    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    OFF_TRACK = "off_track"


class Project(Work):
    """A roadmap entry of a tool that has such things. ``level``: 1 project, 2 and above initiatives.

    ``assignees`` are its leads, ``container`` the first of its ``containers``, ``parent`` an initiative.
    """

    kind = Kind.PROJECT

    level: int = 1
    health: Health | None = None
    health_name: str | None = None
    """In the tool's own word."""
    containers: tuple[str, ...] = ()
    """All teams or boards that work on it."""
    parents: tuple[str, ...] = ()
    """All initiatives it serves, where the tool allows several; ``parent`` is the first."""


class Owned(Record):
    """Something that belongs to one issue or ticket: ``subject`` is that record's remote id."""

    subject: str
    author: str | None = None


class Comment(Owned):
    kind = Kind.COMMENT

    body: Text
    visibility: Visibility = Visibility.TEAM
    editor: str | None = None
    parent: str | None = None
    """The comment that this one answers."""


class Attachment(Owned):
    kind = Kind.ATTACHMENT

    mime_type: str | None = None
    size: int | None = None
    """In bytes."""


class WorkLog(Owned):
    kind = Kind.WORK_LOG

    started_at: datetime | None = None
    seconds: int = 0
    body: Text | None = None


class Relation(Owned):
    """``subject`` is the source: it blocks, duplicates, clones or causes ``target``."""

    kind = Kind.RELATION

    type: RelationType
    target: str
    native_name: str | None = None


class Person(Record):
    """An account of one tool; ``title`` is the display name. E-mail is often hidden by the vendor."""

    kind = Kind.PERSON

    email: str | None = None
    active: bool = True
    account_type: str | None = None
    """In the tool's own word: user, app, agent, end-user, …"""
    time_zone: str | None = None
    organization: str | None = None


class Team(Record):
    """People who work together, where the tool tells that apart from where work lives. ``members`` are persons."""

    kind = Kind.TEAM

    container: str | None = None
    members: tuple[str, ...] = ()


class Organization(Record):
    """A customer's company."""

    kind = Kind.ORGANIZATION

    labels: tuple[str, ...] = ()
    fields: Mapping[str, JsonValue] = {}
    """The company's own fields, by their name in ``[fields]``."""


class Container(Record):
    """Where work lives: Jira project or board, Linear team, Trello board."""

    kind = Kind.CONTAINER

    type: str | None = None
    parent: str | None = None
    columns: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Board columns in order: name and native status ids."""


class IterationState(StrEnum):
    FUTURE = "future"
    ACTIVE = "active"
    CLOSED = "closed"


class Iteration(Record):
    """Sprint or cycle."""

    kind = Kind.ITERATION

    state: IterationState
    container: str | None = None
    goal: str | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None
    completed_at: datetime | None = None


class Release(Record):
    """Version, release."""

    kind = Kind.RELEASE

    container: str | None = None
    description: str | None = None
    released: bool = False
    start_on: date | None = None
    due_on: date | None = None
    """Planned day while unreleased, actual day afterwards: vendors keep one date."""


class Milestone(Record):
    """A point within a project."""

    kind = Kind.MILESTONE

    project: str | None = None
    due_on: date | None = None
    body: Text | None = None


class Objective(Record):
    kind = Kind.OBJECTIVE

    owner: str | None = None
    start_on: date | None = None
    due_on: date | None = None
    body: Text | None = None


class KeyResult(Record):
    """``metric`` is the remote id of the metric that measures it."""

    kind = Kind.KEY_RESULT

    objective: str | None = None
    metric: str | None = None
    owner: str | None = None
    baseline: float | None = None
    target: float | None = None
    current: float | None = None
    unit: str | None = None
    due_on: date | None = None


class Direction(StrEnum):
    """Which way a metric is meant to go."""

    UP = "up"
    DOWN = "down"


class Metric(Record):
    """Something that is measured again and again; ``title`` is its name in reports."""

    kind = Kind.METRIC

    unit: str | None = None
    direction: Direction | None = None
    interval: int = 1
    """Days that one point covers: 1, 7 or 30 (a month)."""
    target: float | None = None
    definition: str | None = None
    """How the tool computes it, as text."""


class MetricPoint(Record):
    """One value of a metric: the interval that begins on ``day``, a day of the tool's own time zone.

    ``value`` None means that the tool has no value there, which is not zero. ``complete`` is false while the tool may
    still restate it.
    """

    kind = Kind.METRIC_POINT

    metric: str
    day: date
    segment: str = ""
    value: float | None = None
    count: int | None = None
    """How many the value was computed from, where the tool says."""
    complete: bool = True


class About(Record):
    """Something told about work items that may live in any tool.

    ``about`` names them as the source wrote them: a ref, a key or a URL. What they mean is found out by the engine.
    """

    about: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


class Annotation(About):
    """A mark on the time line of metrics: a release, an incident, a campaign. ``type`` is the tool's category."""

    kind = Kind.ANNOTATION

    type: str | None = None
    at: datetime
    until: datetime | None = None
    body: Text | None = None
    metric: str | None = None
    """The only metric or chart that it is about."""


class Rollout(About):
    """A feature flag in one environment. Its past percentages are events of the field ``percent``."""

    kind = Kind.ROLLOUT

    flag: str
    environment: str | None = None
    percent: float | None = None
    """Of the users it is meant for, 0 to 100; None where the tool does not say."""
    changed_at: datetime | None = None


class Arm(Model):
    """One variant of an experiment. ``users`` were exposed, ``conversions`` of them did what is counted."""

    name: str
    share: float | None = None
    """Of the users, as planned: 0 to 1."""
    users: int | None = None
    conversions: int | None = None
    mean: float | None = None
    deviation: float | None = None
    """Standard deviation of a measure whose mean is given."""


class Experiment(About):
    """A test of variants; the first arm is the control."""

    kind = Kind.EXPERIMENT

    state: str | None = None
    """draft, running, stopped, or the tool's own word."""
    hypothesis: Text | None = None
    metric: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    arms: tuple[Arm, ...] = ()
    verdict: str | None = None
    """What the tool itself concludes, in its own words."""
    decision: str | None = None


class SurveyResponse(About):
    """One answer to one question. NPS: ``score`` 0 to 10. Satisfaction: 0 bad, 1 good, ``highest`` 1."""

    kind = Kind.SURVEY_RESPONSE

    survey: str
    answered_at: datetime
    score: float | None = None
    lowest: float = 0
    highest: float = 10
    body: Text | None = None
    respondent: str | None = None
    organization: str | None = None
    subject: str | None = None
    """The ticket that was rated."""


class Note(About):
    """Something written down: an interview, a competitor's move, a project update, scores given by hand.

    ``type`` says which: ``interview``, ``competitor``, ``update``, ``score``, or the source's own word. An update has
    ``subject``, the project it speaks of, and often ``health``.
    """

    kind = Kind.NOTE

    type: str | None = None
    body: Text | None = None
    author: str | None = None
    noted_at: datetime | None = None
    subject: str | None = None
    health: Health | None = None
    health_name: str | None = None
    fields: Mapping[str, JsonValue] = {}
    """The company's own fields that it gives values for."""


class Decision(About):
    """``state``: proposed, decided, superseded, or the source's own word. ``due_on``: needed by."""

    kind = Kind.DECISION

    state: str | None = None
    body: Text | None = None
    owner: str | None = None
    decided_on: date | None = None
    due_on: date | None = None


class Deploy(About):
    """Something was put into an environment."""

    kind = Kind.DEPLOY

    service: str | None = None
    environment: str | None = None
    version: str | None = None
    at: datetime
    result: str | None = None
    """succeeded, failed, rolled_back, or the tool's own word; None: not said."""


RECORDS: Mapping[Kind, type[Record]] = {
    cls.kind: cls
    for cls in (
        Issue,
        Ticket,
        Comment,
        Attachment,
        Person,
        Team,
        Organization,
        Container,
        Iteration,
        Release,
        Milestone,
        Project,
        Objective,
        KeyResult,
        Relation,
        WorkLog,
        Metric,
        MetricPoint,
        Annotation,
        Rollout,
        Experiment,
        SurveyResponse,
        Note,
        Decision,
        Deploy,
    )
}
"""The closed list: every kind and its class."""


class Event(Model):
    """One change of one field, as the tool's own history tells it.

    ``field`` is a common field name (``status``, ``assignees``, ``due_on``, …), a name of ``[fields]``, or
    ``native:<id>`` for what has no common name. ``old`` and ``new`` are native ids or values, the ``_name`` forms are
    what people read. ``native_id`` and ``ordinal`` identify the event within its record, so that reading history twice
    stores it once.
    """

    kind: Kind
    remote_id: str
    native_id: str
    ordinal: int = 0
    at: datetime
    actor: str | None = None
    field: str
    old: str | None = None
    old_name: str | None = None
    new: str | None = None
    new_name: str | None = None


class Sourced(NamedTuple):
    """A record and the vendor's payload it was read from."""

    record: Record
    payload: Mapping[str, Any]


_building = threading.Lock()


def ready(kinds: Iterable[Kind]) -> None:
    """Build the classes of these kinds before threads use them: not every version of pydantic does so one at a time."""
    classes: list[type[Model]] = [Text, Status, Event, *(RECORDS[kind] for kind in sorted(kinds))]
    with _building:
        for cls in classes:
            cls.model_rebuild()
