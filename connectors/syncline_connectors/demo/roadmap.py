"""The product side of the demo company: what stands on the roadmap in Linear, and which of it engineers work on.

Pure, and drawn from the story of Jira: a need that mirrors a Jira issue goes through the same states.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from syncline_connectors.demo.company import ADA, BEN, CLEO, DORA, FAY, THEMES, Theme
from syncline_connectors.demo.story import Plan, Story

TEAM = "PRD"
STATES = {
    "Backlog": "Backlog",
    "To Do": "Todo",
    "In Progress": "In Progress",
    "Blocked": "In Progress",
    "In Review": "In Review",
    "Done": "Done",
    "Won't Do": "Canceled",
}
"""What a status in Jira is called in Linear."""
INITIATIVES = {
    "Buyers come back": ("Guest accounts", "Push messages", "Points for loyal buyers"),
    "A shop that never lets you down": (
        "Checkout on one page",
        "Search that forgives typing errors",
        "Offline mode",
        "Backups that are known to restore",
    ),
}
WANTED = "needs-eng"
"""The label of a need that engineers shall have in Jira, too."""
BY_TITLE, BY_LINK = "Checkout on one page", "Search that forgives typing errors"
"""Themes whose stories stand in Linear as well: under the same title, or under another one and with the address."""


@dataclass(frozen=True)
class Entry:
    """A project. ``targets`` are all target days it had, each with the moment when it was set; ``epic`` is Jira's."""

    title: str
    lead: int
    status: str
    created: datetime
    targets: tuple[tuple[datetime, date], ...] = ()
    updates: tuple[tuple[datetime, str, str], ...] = ()
    epic: str | None = None

    @property
    def slipped(self) -> int:
        """Days between the first target and the last."""
        return (self.targets[-1][1] - self.targets[0][1]).days if self.targets else 0


@dataclass(frozen=True)
class Need:
    """An issue in Linear. ``mirrors`` is the key of the Jira issue that is the same work, ``linked`` whether it says so
    by an address instead of the same title."""

    title: str
    created: datetime
    by: int
    assignee: int | None
    state: str = "Todo"
    steps: tuple[tuple[datetime, str], ...] = ()
    entry: str | None = None
    priority: str = "Medium"
    labels: tuple[str, ...] = ()
    mirrors: str | None = None
    linked: bool = False
    key: str = ""

    @property
    def now(self) -> str:
        return self.steps[-1][1] if self.steps else self.state


@dataclass(frozen=True)
class Roadmap:
    entries: tuple[Entry, ...]
    needs: tuple[Need, ...]

    def need(self, title: str) -> Need:
        return next(need for need in self.needs if need.title == title)


def plan_roadmap(story: Story) -> Roadmap:
    """What product people wrote down while the story went on."""
    epics = {plan.title: plan for plan in story.plans if plan.type == "Epic"}
    entries = [_entry(story, theme, epics[theme.title]) for theme in THEMES]
    needs = sorted([*_mirrored(story, epics), *_own(story)], key=lambda need: need.created)
    keyed = (replace(need, key=f"{TEAM}-{number}") for number, need in enumerate(needs, 1))
    return Roadmap((*entries, *_dreams(story)), tuple(keyed))


# ---- projects --------------------------------------------------------------------------------------------------------

_UPDATES: dict[str, tuple[tuple[int, str, str], ...]] = {
    "Checkout on one page": (
        (31, "onTrack", "Eight stories are done; ten shops try the new page."),
        (12, "offTrack", "The bugs of 2.4 took two weeks of the team. We move the day."),
        (5, "atRisk", "The new day holds if the translations come this week."),
    ),
    "Search that forgives typing errors": ((10, "onTrack", "Part numbers are found. Synonyms are next."),),
    "Offline mode": (
        (24, "atRisk", "Two edits of one basket are harder than we thought."),
        (8, "offTrack", "Blocked: we wait for the encryption of the platform team."),
    ),
    "Backups that are known to restore": ((6, "atRisk", "The second copy has nobody who works on it."),),
    "Guest accounts": ((20, "onTrack", "Out with 2.4, behind a flag."),),
}


def _entry(story: Story, theme: Theme, epic: Plan) -> Entry:
    updates = tuple((story.ago(days), health, text) for days, health, text in _UPDATES.get(theme.title, ()))
    targets = tuple((max(at, epic.created), day) for at, day in epic.due)
    status = "Completed" if theme.finished else "In Progress"
    return Entry(theme.title, theme.team[0], status, epic.created, targets, updates, epic.key)


def _dreams(story: Story) -> Iterator[Entry]:
    """What is on the roadmap and nowhere else yet."""
    target = ((story.ago(15), story.day(75)),)
    yield Entry("Points for loyal buyers", CLEO, "Planned", story.ago(15), target)
    yield Entry("Gift cards", DORA, "Backlog", story.ago(33))


# ---- issues ----------------------------------------------------------------------------------------------------------


def _mirrored(story: Story, epics: dict[str, Plan]) -> Iterator[Need]:
    keys = {epics[BY_TITLE].key: BY_TITLE, epics[BY_LINK].key: BY_LINK}
    for plan in story.plans:
        if plan.epic not in keys:
            continue
        entry = keys[plan.epic]
        linked = entry == BY_LINK
        yield Need(
            f"Search: {plan.title[0].lower()}{plan.title[1:]}" if linked else plan.title,
            plan.created - timedelta(hours=1),
            plan.by,
            plan.assignee,
            steps=tuple((at + timedelta(minutes=2), STATES[status]) for at, status in plan.steps),
            entry=entry,
            priority=plan.priority,
            mirrors=plan.key,
            linked=linked,
        )


_OWN: tuple[
    tuple[str, int, int | None, str, tuple[tuple[float, str], ...], str | None, tuple[str, ...]], ...
] = (
    # title, days ago, assignee, priority, steps, project, labels
    (
        "Ask twelve shops why they leave the basket",
        26,
        CLEO,
        "High",
        ((22, "In Progress"), (3.2, "Done")),
        BY_TITLE,
        ("discovery",),
    ),
    ("Draw the empty basket", 19, FAY, "Medium", ((14, "In Progress"), (5.1, "Done")), BY_TITLE, ("design",)),
    ("Draw the search results", 17, FAY, "Medium", ((9, "In Progress"),), BY_LINK, ("design",)),
    ("Words for being offline", 16, CLEO, "Low", ((12, "In Progress"),), "Offline mode", ("design",)),
    ("What would make a buyer loyal?", 14, CLEO, "Medium", (), "Points for loyal buyers", ("discovery",)),
    ("Which shops sell gift cards already?", 13, None, "Low", (), "Gift cards", ("discovery",)),
    ("Draw the points page", 11, FAY, "Low", (), "Points for loyal buyers", ("design",)),
    ("Price the loyalty points", 12, DORA, "Medium", ((4, "Canceled"),), "Points for loyal buyers", ()),
    ("Show the points in the basket", 6, BEN, "High", (), "Points for loyal buyers", (WANTED,)),
)


def _own(story: Story) -> Iterator[Need]:
    """What only product people have."""
    for title, days, assignee, priority, steps, entry, labels in _OWN:
        yield Need(
            title,
            story.ago(days),
            ADA,
            assignee,
            steps=tuple((story.ago(at), state) for at, state in steps),
            entry=entry,
            priority=priority,
            labels=labels,
        )
