"""The columns of every kind of file: data, which the documents are checked against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from syncline.model import Kind

Cell = Literal[
    "text", "number", "whole", "percent", "share", "date", "time", "yes/no", "list", "references", "word"
]


@dataclass(frozen=True)
class Column:
    """``aliases`` are other headers that are read as this column; all are compared without case and blanks."""

    name: str
    cell: Cell = "text"
    aliases: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True)
class Table:
    """One kind of CSV file. ``open``: every column that is not named here is a field of the company's own."""

    name: str
    columns: tuple[Column, ...]
    open: bool = False
    spellings: Mapping[str, Column] = field(init=False)
    """Every header, folded."""

    def __post_init__(self) -> None:
        found = {folded(name): one for one in self.columns for name in (one.name, *one.aliases)}
        object.__setattr__(self, "spellings", found)

    @property
    def required(self) -> list[Column]:
        return [one for one in self.columns if one.required]


def folded(header: str) -> str:
    """A header without case, and with one underscore for all that divides words."""
    return "_".join(header.casefold().replace("_", " ").replace("-", " ").split())


_ID = Column("id", aliases=("key", "uuid"))
_ABOUT = Column("about", "references", ("items", "issue", "issues", "ticket", "ticket id", "tickets", "work"))
_LABELS = Column("labels", "list", ("tags", "themes"))
_URL = Column("url", aliases=("link",))

METRICS = Table(
    "metrics",
    (
        Column("metric", aliases=("name", "kpi"), required=True),
        Column("day", "date", ("date", "week", "month", "period", "as of"), required=True),
        Column("value", "number", ("result", "amount")),
        Column("segment", aliases=("slice", "group")),
        Column("count", "whole", ("n", "sample", "sample size")),
        Column("complete", "yes/no", ("final",)),
        Column("unit"),
        Column("direction", "word"),
        Column("interval", "word", ("every", "granularity")),
        Column("target", "number", ("goal",)),
        Column("definition", aliases=("description",)),
    ),
)
SURVEYS = Table(
    "surveys",
    (
        _ID,
        Column("survey", aliases=("survey name", "question")),
        Column(
            "answered_at",
            "time",
            ("answered", "date", "time", "timestamp", "submitted at", "created at", "responded at", "at"),
            required=True,
        ),
        Column("score", "number", ("rating", "nps", "nps score", "csat"), required=True),
        Column("lowest", "number", ("min", "scale min")),
        Column("highest", "number", ("max", "scale max")),
        Column("comment", aliases=("body", "text", "feedback", "verbatim", "reason")),
        Column("respondent", aliases=("respondent id", "user", "user id", "customer", "email")),
        Column("organization", aliases=("organisation", "company", "account")),
        _ABOUT,
        _LABELS,
        _URL,
    ),
)
EXPERIMENTS = Table(
    "experiments",
    (
        _ID,
        Column("experiment", aliases=("name", "title", "test"), required=True),
        Column("arm", aliases=("variant", "variation", "group"), required=True),
        Column("share", "share", ("split", "allocation", "planned share")),
        Column("users", "whole", ("exposed", "n", "visitors", "participants")),
        Column("conversions", "whole", ("converted", "successes")),
        Column("mean", "number", ("average",)),
        Column("deviation", "number", ("sd", "standard deviation", "std")),
        Column("state", aliases=("status",)),
        Column("hypothesis"),
        Column("metric", aliases=("measure", "kpi")),
        Column("started_at", "time", ("started", "start", "start date")),
        Column("ended_at", "time", ("ended", "end", "end date", "stopped at")),
        Column("verdict", aliases=("result",)),
        Column("decision"),
        _ABOUT,
        _LABELS,
        _URL,
    ),
)
ROLLOUTS = Table(
    "rollouts",
    (
        _ID,
        Column("flag", aliases=("feature flag", "feature", "name", "toggle"), required=True),
        Column("environment", aliases=("env",)),
        Column("percent", "percent", ("percentage", "%", "rollout", "exposure"), required=True),
        Column("changed_at", "time", ("changed", "at", "date", "time", "timestamp", "since"), required=True),
        _ABOUT,
        _LABELS,
        _URL,
    ),
)
DEPLOYS = Table(
    "deploys",
    (
        _ID,
        Column("service", aliases=("app", "application", "component", "project")),
        Column("environment", aliases=("env",)),
        Column("version", aliases=("release", "tag", "build", "sha", "commit")),
        Column(
            "at", "time", ("date", "time", "timestamp", "deployed at", "finished at", "when"), required=True
        ),
        Column("result", "word", ("status", "outcome", "state")),
        Column("title", aliases=("name", "description")),
        _ABOUT,
        _LABELS,
        _URL,
    ),
)
DECISIONS = Table(
    "decisions",
    (
        _ID,
        Column("title", aliases=("decision", "summary", "name"), required=True),
        Column("state", "word", ("status",)),
        Column("owner", aliases=("decider", "deciders", "decision makers", "decided by")),
        Column("decided_on", "date", ("date", "decided", "decision date")),
        Column("due_on", "date", ("due", "needed by", "deadline")),
        Column("text", aliases=("body", "context", "rationale", "details")),
        _ABOUT,
        _LABELS,
        _URL,
    ),
)
SCORES = Table(
    "scores",
    (
        _ID,
        Column("item", aliases=("about", "issue", "ticket", "work"), required=True),
        Column("as_of", "date", ("date", "scored on")),
        Column("by", aliases=("author", "scored by")),
        Column("note", aliases=("comment", "notes")),
    ),
    open=True,
)
TABLES: Mapping[str, Table] = {
    one.name: one for one in (METRICS, SURVEYS, EXPERIMENTS, ROLLOUTS, DEPLOYS, DECISIONS, SCORES)
}

NOTE_KEYS = Table(
    "notes",
    (
        _ID,
        Column("title"),
        Column("type", aliases=("kind",)),
        Column("author", aliases=("by", "interviewer")),
        Column("noted_at", "time", ("date", "created", "created at", "at")),
        Column("about", "references", _ABOUT.aliases),
        _LABELS,
        Column("health", "word"),
        _URL,
    ),
)
"""What may stand at the top of a note."""

FEEDS: Mapping[str, tuple[str, tuple[Kind, ...]]] = {
    "metrics": ("metrics", (Kind.METRIC,)),
    "metric_points": ("metrics", (Kind.METRIC_POINT,)),
    "surveys": ("surveys", (Kind.SURVEY_RESPONSE,)),
    "experiments": ("experiments", (Kind.EXPERIMENT,)),
    "rollouts": ("rollouts", (Kind.ROLLOUT,)),
    "deploys": ("deploys", (Kind.DEPLOY,)),
    "notes": ("notes", (Kind.NOTE,)),
    "decisions": ("decisions", (Kind.DECISION,)),
    "scores": ("scores", (Kind.NOTE,)),
}
"""By stream: the key of the configuration that names its files, and what is read from them.

The file of metrics is read twice, because a census lists the ids of one kind.
"""

DIRECTIONS = {
    "up": "up",
    "down": "down",
    "higher": "up",
    "lower": "down",
    "increase": "up",
    "decrease": "down",
}
INTERVALS = {"1": "1", "7": "7", "30": "30", "day": "1", "daily": "1", "week": "7", "weekly": "7"} | {
    "month": "30",
    "monthly": "30",
}
RESULTS = {
    "ok": "succeeded",
    "success": "succeeded",
    "successful": "succeeded",
    "succeeded": "succeeded",
    "passed": "succeeded",
    "failure": "failed",
    "failed": "failed",
    "error": "failed",
    "rolled_back": "rolled_back",
    "rolled back": "rolled_back",
    "rollback": "rolled_back",
}
"""Words for how a deploy went; others stay as they are."""
STATES = {
    "proposed": "proposed",
    "open": "proposed",
    "pending": "proposed",
    "draft": "proposed",
    "accepted": "decided",
    "approved": "decided",
    "decided": "decided",
    "done": "decided",
    "superseded": "superseded",
    "deprecated": "superseded",
    "replaced": "superseded",
}
"""Words for how a decision stands; others stay as they are."""
HEALTHS = {
    "on_track": "on_track",
    "on track": "on_track",
    "green": "on_track",
    "at_risk": "at_risk",
    "at risk": "at_risk",
    "yellow": "at_risk",
    "amber": "at_risk",
    "off_track": "off_track",
    "off track": "off_track",
    "red": "off_track",
}
