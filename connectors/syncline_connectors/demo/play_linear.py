"""Acts the roadmap out on a simulated Linear workspace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from syncline.seams import Clock
from syncline_connectors.demo.company import PEOPLE
from syncline_connectors.demo.roadmap import INITIATIVES, TEAM, Entry, Need, Roadmap
from syncline_connectors.linear.simulator import LinearSimulator
from syncline_connectors.linear.simulator import entities as e

WORKFLOW = (
    ("Backlog", "backlog"),
    ("Todo", "unstarted"),
    ("In Progress", "started"),
    ("In Review", "started"),
    ("Done", "completed"),
    ("Canceled", "canceled"),
)
PRIORITIES = {"Highest": 1, "High": 2, "Medium": 3, "Low": 4}
Address = Callable[[str], str]
"""The web address of a Jira issue, by its key."""


def play_linear(
    roadmap: Roadmap, clock: Clock, seed: int, began: datetime, jira: Address
) -> tuple[LinearSimulator, e.User, dict[str, e.Issue]]:
    """A calm workspace, the person whose key reads it, and its issues by their identifiers."""
    site = LinearSimulator(clock, calm=True, seed=seed, name="Example shops", url_key="example-shops")
    people = [
        site.add_user(p.name, email=p.email, active=p.active, admin=number == 0, at=began)
        for number, p in enumerate(PEOPLE)
    ]
    team = site.add_team(TEAM, "Product", WORKFLOW, members=people, at=began)
    projects = {entry.title: _project(site, entry, team, people) for entry in roadmap.entries}
    for title, names in INITIATIVES.items():
        owned = [projects[name] for name in names]
        site.add_initiative(title, owned, by=people[0], owner=people[0], status="Active", at=began)
    words = sorted({label for need in roadmap.needs for label in need.labels})
    labels = {word: site.add_label(word, at=began) for word in words}
    issues = {}
    for need in roadmap.needs:
        issue = issues[need.key] = _issue(site, need, team, people, projects, labels)
        if issue.identifier != need.key:
            raise AssertionError(f"the workspace says {issue.identifier}, the story {need.key}")
        if need.linked and need.mirrors:
            title = f"{need.mirrors} in Jira"
            site.attach(issue, jira(need.mirrors), title, by=people[need.by], at=need.created)
    return site, people[0], issues


def _project(site: LinearSimulator, entry: Entry, team: e.Team, people: list[e.User]) -> e.Project:
    lead = people[entry.lead]
    first = entry.targets[0][1] if entry.targets else None
    project = site.add_project(
        entry.title, [team], by=lead, lead=lead, target_date=first, status="Planned", at=entry.created
    )
    deeds: list[tuple[datetime, Callable[..., object]]] = []
    for at, day in entry.targets[1:]:
        deeds.append((at, partial(site.edit_project, project, target_date=day)))
    for at, health, text in entry.updates:
        deeds.append((at, partial(site.project_update, project, health, text, by=lead)))
    ended = max([entry.created, *(at for at, _ in deeds)]) + timedelta(minutes=1)
    deeds.append((ended, partial(site.edit_project, project, status=entry.status)))
    for at, act in sorted(deeds, key=lambda deed: deed[0]):
        act(at=at)
    return project


def _issue(
    site: LinearSimulator,
    need: Need,
    team: e.Team,
    people: list[e.User],
    projects: dict[str, e.Project],
    labels: dict[str, e.Label],
) -> e.Issue:
    author = people[need.by]
    issue = site.create_issue(
        team,
        need.title,
        by=author,
        at=need.created,
        state=need.state,
        labels=[labels[word] for word in need.labels],
        description=f"{need.title}. Made up for the demonstration.",
        priority=PRIORITIES[need.priority],
        project=projects[need.entry] if need.entry else None,
    )
    who = people[need.assignee] if need.assignee is not None else None
    if who:
        started = need.steps[0][0] - timedelta(minutes=3) if need.steps else need.created
        site.edit(issue, by=author, at=max(started, need.created), assignee=who)
    for at, state in need.steps:
        site.transition(issue, state, by=who or author, at=at)
    return issue
