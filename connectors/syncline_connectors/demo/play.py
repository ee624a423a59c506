"""Acts the story out on a simulated Jira site."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from syncline.seams import Clock
from syncline_connectors.demo.company import PEOPLE, PROJECTS
from syncline_connectors.demo.story import ACTIVE_SPRINT, SPRINTS, Plan, Story
from syncline_connectors.jira.simulator import CustomField, JiraSimulator
from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.issues import Issue

COLUMNS = {
    "To do": ("Backlog", "To Do"),
    "Doing": ("In Progress", "Blocked"),
    "Review": ("In Review",),
    "Done": ("Done", "Won't Do"),
}
RELEASES = (("2.3", 56, True), ("2.4", 21, True), ("2.4.1", 4, False), ("2.5", -30, False))
"""Versions of the web shop: name, days ago of the release day, whether released. 2.4.1 is overdue."""


@dataclass
class Stage:
    """The site while the story is acted out."""

    site: JiraSimulator
    people: list[e.User]
    projects: dict[str, e.Project]
    sprints: list[e.Sprint]
    versions: dict[str, e.Version]
    issues: dict[str, Issue]


def play(story: Story, clock: Clock, seed: int) -> tuple[JiraSimulator, e.User]:
    """A calm site on which everything of the story has happened, and the person whose token reads it."""
    site = JiraSimulator(clock, seed=seed, calm=True)
    stage = _set_stage(site, story)
    for plan in story.plans:
        issue = stage.issues[plan.key] = _create(stage, plan)
        if issue.key != plan.key:
            raise AssertionError(f"the site says {issue.key}, the story {plan.key}")
    for plan in story.plans:
        _act(stage, story, plan)
    site.settle()
    return site, stage.people[0]


def _set_stage(site: JiraSimulator, story: Story) -> Stage:
    people = [
        site.add_user(
            p.name, email=p.email, email_visible=p.email_visible, active=p.active, time_zone=p.time_zone
        )
        for p in PEOPLE
    ]
    projects = {key: site.add_project(key, name, lead=people[0]) for key, name in PROJECTS.items()}
    board = site.add_board(projects["WEB"], "Web shop sprints", type="scrum", columns=COLUMNS)
    site.add_board(projects["APP"], "Mobile app", type="kanban", columns=COLUMNS)
    site.add_board(projects["OPS"], "Platform", type="kanban", columns=COLUMNS)
    versions = {
        name: site.add_version(
            projects["WEB"], name, released=released, release=f"{story.ago(days):%Y-%m-%d}"
        )
        for name, days, released in RELEASES
    }
    return Stage(site, people, projects, list(_sprints(site, board, story)), versions, {})


def _sprints(site: JiraSimulator, board: e.Board, story: Story) -> Iterator[e.Sprint]:
    for number in range(SPRINTS):
        start, end = story.sprint_dates(number)
        state = "closed" if number < ACTIVE_SPRINT else "active" if number == ACTIVE_SPRINT else "future"
        closed = end if state == "closed" else None
        planned = state == "future"
        yield site.add_sprint(
            board,
            f"WEB sprint {number + 1}",
            state=state,
            start=None if planned else start,
            end=None if planned else end,
            complete=closed,
            goal="A checkout that fits on one page",
        )


def _create(stage: Stage, plan: Plan) -> Issue:
    fields: dict[str, Any] = {"priority": plan.priority, "labels": list(plan.labels)}
    fields["description"] = f"{plan.title}.\nMade up for the demonstration."
    if plan.epic:
        fields["parent"] = stage.issues[plan.epic]
    if plan.points is not None:
        fields[CustomField.STORY_POINTS] = plan.points
    if plan.version:
        fields["fixVersions"] = [stage.versions[plan.version]]
    project, author = stage.projects[plan.project], stage.people[plan.by]
    return stage.site.create_issue(
        project, plan.title, type=plan.type, fields=fields, by=author, at=plan.created
    )


def _act(stage: Stage, story: Story, plan: Plan) -> None:
    """Everything that happened to one issue, in order of time."""
    deeds = sorted(_deeds(stage, story, plan), key=lambda deed: deed[0])
    issue, site = stage.issues[plan.key], stage.site
    who = stage.people[plan.assignee if plan.assignee is not None else plan.by]
    for at, kind, value in deeds:
        if kind == "status":
            resolution = "Won't Do" if value == "Won't Do" else None
            site.transition(issue, value, resolution=resolution, by=who, at=at)
        elif kind == "comment":
            author, text = value
            site.comment(issue, text, by=stage.people[author], at=at)
        elif kind == "blocked":
            site.link(value, "Blocks", issue, by=who, at=at)
        else:
            site.edit(issue, {kind: value}, by=who, at=at)


Deed = tuple[datetime, str, Any]


def _deeds(stage: Stage, story: Story, plan: Plan) -> Iterator[Deed]:
    started = plan.steps[0][0] if plan.steps else plan.created
    if plan.assignee is not None:
        yield max(plan.created, started - timedelta(minutes=5)), "assignee", stage.people[plan.assignee]
    yield from ((at, "status", status) for at, status in plan.steps)
    yield from ((max(at, plan.created), "duedate", day) for at, day in plan.due)
    yield from ((at, "comment", (author, text)) for at, author, text in plan.comments)
    if plan.flagged:
        yield plan.flagged, CustomField.FLAGGED, True
    if plan.blocked_by and plan.flagged:
        yield plan.flagged, "blocked", stage.issues[plan.blocked_by]
    yield from _sprint_deeds(stage, story, plan, started)


def _sprint_deeds(stage: Stage, story: Story, plan: Plan, started: datetime) -> Iterator[Deed]:
    """Put into a sprint before work begins, carried over when the next one starts."""
    for count, number in enumerate(plan.sprints, 1):
        held: Sequence[e.Sprint] = [stage.sprints[n] for n in plan.sprints[:count]]
        at = started - timedelta(minutes=10) if count == 1 else story.sprint_dates(number)[0]
        yield max(at, plan.created), CustomField.SPRINT, list(held)
