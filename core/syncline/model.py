"""The common model: what a record is, whichever tool it lives in.

Records are frozen and closed. Times are aware and in UTC; dates have no zone. References to other records of the same
site are plain remote ids, because a field's meaning already says their kind (``assignees`` are persons, ``parent`` is
an issue). A full reference across sites is a `Ref`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict, JsonValue

if TYPE_CHECKING:
    from syncline.model_more import Annotation as Annotation
    from syncline.model_more import Arm as Arm
    from syncline.model_more import Decision as Decision
    from syncline.model_more import Deploy as Deploy
    from syncline.model_more import Direction as Direction
    from syncline.model_more import Experiment as Experiment
    from syncline.model_more import Health as Health
    from syncline.model_more import KeyResult as KeyResult
    from syncline.model_more import Metric as Metric
    from syncline.model_more import MetricPoint as MetricPoint
    from syncline.model_more import Milestone as Milestone
    from syncline.model_more import Note as Note
    from syncline.model_more import Objective as Objective
    from syncline.model_more import Organization as Organization
    from syncline.model_more import Project as Project
    from syncline.model_more import Rollout as Rollout
    from syncline.model_more import SurveyResponse as SurveyResponse
    from syncline.model_more import Team as Team
    from syncline.model_more import Ticket as Ticket

MORE = frozenset(
    {
        *("Annotation", "Arm", "Decision", "Deploy", "Direction", "Experiment", "Health", "KeyResult"),
        *("Metric", "MetricPoint", "Milestone", "Note", "Objective", "Organization", "Project"),
        *("Rollout", "SurveyResponse", "Team", "Ticket"),
    }
)
"""What stands in `syncline.model_more` and is imported from here."""


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


class _Records(Mapping[Kind, type[Record]]):
    """Every kind and its class, which is imported when it is asked for."""

    def __getitem__(self, kind: Kind) -> type[Record]:
        found = globals().get(kind.value) or __getattr__(kind.value)
        assert isinstance(found, type)
        assert issubclass(found, Record)
        return found

    def __iter__(self) -> Iterator[Kind]:
        return iter(Kind)

    def __len__(self) -> int:
        return len(Kind)


RECORDS: Mapping[Kind, type[Record]] = _Records()
"""The closed list: every kind and its class."""


def __getattr__(name: str) -> Any:
    """The classes that few runs need, from `syncline.model_more`: building all took a twentieth of a short run."""
    if name not in MORE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("syncline.model_more"), name)


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
