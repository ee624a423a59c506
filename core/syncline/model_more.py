"""Records that not every tool has: tickets, projects, metrics, experiments, and what is told about work.

They belong to `syncline.model` and are imported from there, which loads this module when one is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum

from pydantic import JsonValue

from syncline.model import Kind, Model, Record, Text, Work


class Health(StrEnum):
    """How a project is said to stand, best first. What people claim, not what the data shows."""

    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    OFF_TRACK = "off_track"


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
