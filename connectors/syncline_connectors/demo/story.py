"""The demo company's last ninety days as a plan: what was made when, by whom, and how it went.

Pure: the same moment and seed give the same plan. `syncline_connectors.demo.play` acts it out, and
`syncline_connectors.demo.facts` draws from it what any report on it must say.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from syncline_connectors.demo.company import (
    ADA,
    BEN,
    BUGS,
    CHORES,
    CLEO,
    DORA,
    EMIL,
    FAY,
    GUS,
    HANA,
    THEMES,
    Theme,
)

SPRINT_DAYS = 14
SPRINTS = 7
ACTIVE_SPRINT = 5
"""Sprints are counted from 0; those before are closed, those after planned."""
BUG_WAVE = (20, 14)
"""The wave's first and last day, counted back from today."""


@dataclass(frozen=True)
class Plan:
    """One issue. ``steps`` are the statuses it went through, ``due`` every due day with the moment it was set."""

    project: str
    type: str
    title: str
    created: datetime
    by: int
    assignee: int | None
    steps: tuple[tuple[datetime, str], ...] = ()
    epic: str | None = None
    points: float | None = None
    due: tuple[tuple[datetime, date], ...] = ()
    flagged: datetime | None = None
    blocked_by: str | None = None
    sprints: tuple[int, ...] = ()
    version: str | None = None
    priority: str = "Medium"
    labels: tuple[str, ...] = ()
    comments: tuple[tuple[datetime, int, str], ...] = ()
    key: str = ""

    @property
    def status(self) -> str:
        return self.steps[-1][1] if self.steps else "To Do"

    @property
    def since(self) -> datetime:
        """When it came to its present status."""
        return self.steps[-1][0] if self.steps else self.created


@dataclass
class Story:
    """All plans in order of creation, keys given, and the moment the story is told."""

    now: datetime
    plans: list[Plan] = field(default_factory=list)

    def ago(self, days: float) -> datetime:
        return self.now - timedelta(days=days)

    def day(self, ahead: int) -> date:
        return (self.now + timedelta(days=ahead)).date()

    def sprint_dates(self, number: int) -> tuple[datetime, datetime]:
        """The active sprint began nine days ago."""
        start = self.ago(9) + timedelta(days=SPRINT_DAYS * (number - ACTIVE_SPRINT))
        return start, start + timedelta(days=SPRINT_DAYS)

    def sprint_at(self, moment: datetime) -> int | None:
        for number in range(SPRINTS):
            start, end = self.sprint_dates(number)
            if start <= moment < end:
                return number
        return None


def tell(now: datetime, seed: int = 0) -> Story:
    """The story up to ``now``."""
    story = Story(now)
    chance = random.Random(seed)  # noqa: S311 - reproducible by design
    plans = [*_themes(story, chance), *_bugs(story, chance), *_chores(story, chance)]
    plans.sort(key=lambda plan: plan.created)
    story.plans = _trouble(story, _keyed(plans))
    return story


def _keyed(plans: list[Plan]) -> list[Plan]:
    """Keys as Jira gives them: counted up in each project, in order of creation."""
    last: dict[str, int] = {}
    keyed = []
    for plan in plans:
        last[plan.project] = last.get(plan.project, 0) + 1
        keyed.append(replace(plan, key=f"{plan.project}-{last[plan.project]}"))
    keys = {plan.title: plan.key for plan in keyed if plan.type == "Epic"}
    return [replace(plan, epic=keys[plan.epic]) if plan.epic else plan for plan in keyed]


# ---- epics and their stories -----------------------------------------------------------------------------------------


def _themes(story: Story, chance: random.Random) -> Iterator[Plan]:
    for theme in THEMES:
        stories = [_story(story, chance, theme, number) for number in range(len(theme.stories))]
        yield _epic(story, theme, stories)
        yield from stories


def _epic(story: Story, theme: Theme, stories: list[Plan]) -> Plan:
    steps = [(story.ago(theme.begun - 1), "In Progress")]
    if theme.finished:
        steps.append((max(plan.since for plan in stories) + timedelta(hours=3), "Done"))
    due = tuple((story.ago(set_), story.day(ahead)) for set_, ahead in theme.due)
    created, owner = story.ago(theme.begun + 2), theme.team[0]
    return Plan(theme.project, "Epic", theme.title, created, owner, owner, tuple(steps), due=due)


def _story(story: Story, chance: random.Random, theme: Theme, number: int) -> Plan:
    begun = _begun(chance, theme, number)
    steps = () if begun is None else _course(story, chance, begun, finished=number < theme.done)
    plan = Plan(
        theme.project,
        "Story",
        theme.stories[number],
        story.ago(theme.begun + 1 - number * 0.05),
        theme.team[0],
        theme.team[number % len(theme.team)] if steps else None,
        steps,
        epic=theme.title,
        points=float(chance.choice((1, 2, 3, 5, 8))),
        labels=("customer",) if chance.random() < 0.2 else (),
    )
    return replace(plan, sprints=_sprints(story, plan)) if theme.project == "WEB" else plan


def _begun(chance: random.Random, theme: Theme, number: int) -> float | None:
    """How many days ago work on a story began; two stories after the finished ones are under way."""
    if theme.finished:
        return theme.begun - number * theme.pace
    if number < theme.done:
        return theme.begun - number * (theme.begun - 4) / theme.done
    return 2 + 3 * (number - theme.done) + chance.random() if number < theme.done + 2 else None


def _course(
    story: Story, chance: random.Random, begun: float, *, finished: bool
) -> tuple[tuple[datetime, str], ...]:
    """In progress, in review, done."""
    start = begun - chance.random() * 0.5
    steps = [(story.ago(start), "In Progress")]
    if finished or chance.random() < 0.4:
        review = max(start - 1 - chance.random() * 4, 0.4)
        steps.append((story.ago(review), "In Review"))
        if finished:
            steps.append((story.ago(max(review - 0.2 - chance.random() * 2, 0.1)), "Done"))
    return tuple(steps)


def _sprints(story: Story, plan: Plan) -> tuple[int, ...]:
    """Every sprint that it was worked on in: more than one means it was carried over."""
    if not plan.steps:
        return ()
    first = story.sprint_at(plan.steps[0][0])
    last = story.sprint_at(plan.since if plan.status == "Done" else story.now)
    if first is None or last is None:
        return ()
    return tuple(range(first, last + 1))


# ---- bugs and chores -------------------------------------------------------------------------------------------------


def _bugs(story: Story, chance: random.Random) -> Iterator[Plan]:
    """After version 2.4 came a wave of bugs; most are fixed in 2.4.1, four are left."""
    first, last = BUG_WAVE
    for number, title in enumerate(BUGS):
        days = first - (first - last) * number / len(BUGS)
        fixed = number < len(BUGS) - 4
        who = (ADA, BEN, CLEO)[number % 3]
        steps: tuple[tuple[datetime, str], ...] = ()
        if fixed:
            began = days - 0.5 - chance.random()
            ended = max(began - 1 - chance.random() * 6, 0.2)
            steps = ((story.ago(began), "In Progress"), (story.ago(ended), "Done"))
        priority = chance.choice(("Highest", "High", "Medium"))
        yield Plan(
            "WEB",
            "Bug",
            title,
            story.ago(days),
            DORA,
            who if fixed else None,
            steps,
            version="2.4.1",
            priority=priority,
            labels=("regression",),
        )


def _chores(story: Story, chance: random.Random) -> Iterator[Plan]:
    team = {"WEB": (BEN, CLEO), "APP": (FAY, EMIL), "OPS": (GUS, DORA)}
    for number, (project, title) in enumerate(CHORES):
        begun = 86 - number * 2.6
        kind = "Bug" if title.startswith(("Crash", "Disk", "Alerts")) else "Task"
        forgotten = number % 7 == 6
        steps = () if forgotten else _course(story, chance, begun, finished=begun > 10)
        created, who = story.ago(begun + 1 + chance.random()), team[project][number % 2]
        points = float(chance.choice((1, 2)))
        yield Plan(project, kind, title, created, who, who if steps else None, steps, points=points)


# ---- what went wrong -------------------------------------------------------------------------------------------------


def _trouble(story: Story, plans: list[Plan]) -> list[Plan]:
    """Blocked, flagged, reopened, given up and orphaned work, each on issues known by title."""
    by_title = {(plan.project, plan.title): n for n, plan in enumerate(plans)}

    def change(project: str, title: str, **changes: object) -> None:
        at = by_title[project, title]
        plans[at] = replace(plans[at], **changes)  # type: ignore[arg-type]

    def key(project: str, title: str) -> str:
        return plans[by_title[project, title]].key

    ago, day = story.ago, timedelta(days=1)
    blocked = ((ago(18), "In Progress"), (ago(11), "Blocked"))
    change(
        "APP",
        "Queue orders until there is a network",
        assignee=FAY,
        steps=blocked,
        flagged=ago(11),
        blocked_by=key("OPS", "Encrypt the second copy"),
        comments=((ago(11) + day / 24, FAY, "Waiting for the platform team, nothing I can do until then."),),
    )
    change(
        "APP",
        "Encrypt what is stored",
        assignee=GUS,
        steps=((ago(16), "In Progress"), (ago(9), "Blocked")),
        flagged=ago(9),
    )
    change(
        "WEB",
        "Translate the new page",
        assignee=CLEO,
        steps=((ago(20), "In Progress"),),
        flagged=ago(6),
        sprints=(4, 5),
    )
    change("OPS", "Encrypt the second copy", assignee=HANA, steps=((ago(23), "In Progress"),))
    reopened = ((ago(30), "In Progress"), (ago(27), "Done"), (ago(12), "In Progress"), (ago(3), "Done"))
    change("OPS", "Upgrade the database", assignee=GUS, steps=reopened)
    change("WEB", "Let buyers split an order", assignee=BEN, steps=((ago(5), "Won't Do"),), sprints=())
    change("APP", "Replace the icon set", assignee=EMIL, steps=((ago(13), "Won't Do"),))
    return plans
