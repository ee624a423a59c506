"""The customers of the demo company and what they wrote to its support in Zendesk. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syncline_connectors.demo.company import BUGS, DORA, GUS
from syncline_connectors.demo.story import Story

ORGANIZATIONS = {
    "Alder Example": 48_000,
    "Birch Example": 36_000,
    "Cedar Example": 24_000,
    "Dogwood Example": 18_000,
    "Elm Example": 12_000,
    "Fir Example": 9_000,
    "Ginkgo Example": 6_000,
    "Hazel Example": 0,
}
"""Shops that pay for the product, with what they pay in EUR a year."""
GROUPS = ("Tier 1", "Tier 2")
SECRET = "CANARY-4f9c2e-payslip"  # noqa: S105 - a word to look for, not a password
"""Stands in the ticket about an employee, of which nothing may ever be stored."""
ESCALATED = "escalated"
WAVE = (5, 3, 2, 1, 1, 1, 1, 0, 0, 0, 2, 0, 1, 0)
"""How many tickets each bug of the wave brought, in the order of `BUGS`."""


@dataclass(frozen=True)
class Ask:
    """A ticket. ``about`` is the key of the Jira bug behind it, ``told`` how that is known: by the
    link of Jira's own app, or by the address in the text of a call."""

    subject: str
    text: str
    created: datetime
    organization: str
    agent: int | None
    group: str = "Tier 1"
    priority: str = "normal"
    tags: tuple[str, ...] = ()
    about: str | None = None
    told: str = "app"
    answered: datetime | None = None
    solved: datetime | None = None
    rating: str | None = None
    number: int = 0


def plan_asks(story: Story, seed: int) -> tuple[Ask, ...]:
    """All tickets, numbered as Zendesk numbers them."""
    chance = random.Random(seed + 1)  # noqa: S311 - reproducible by design
    asks = [*_wave(story, chance), *_others(story), _private(story)]
    asks.sort(key=lambda ask: ask.created)
    return tuple(replace(ask, number=number) for number, ask in enumerate(asks, 1))


def _wave(story: Story, chance: random.Random) -> Iterator[Ask]:
    """What customers wrote after version 2.4, about its bugs. The largest shops wrote about the worst one."""
    keys = {plan.title: plan for plan in story.plans if plan.type == "Bug"}
    names = list(ORGANIZATIONS)
    for count, (bug, number) in enumerate(zip(BUGS, WAVE, strict=True)):
        plan = keys[bug]
        for nth in range(number):
            at = plan.created + timedelta(hours=3 + 9 * nth + 5 * chance.random())
            solved = max(plan.since, at) + timedelta(hours=5 + nth)
            late = plan.status != "Done" or solved >= story.now - timedelta(hours=2)
            yield Ask(
                f"{bug} ({names[(count + nth) % len(names)].split()[0]})",
                f"Since your last version: {bug[0].lower()}{bug[1:]}. Please help.",
                at,
                names[(count + nth) % len(names)],
                (DORA, GUS)[nth % 2],
                group=GROUPS[nth % 2],
                priority="urgent" if nth == 0 and number > 3 else "high" if number > 2 else "normal",
                tags=("release-2-4",),
                about=plan.key,
                told="call" if nth == 2 else "app",
                answered=at + timedelta(hours=1 + 4 * chance.random()),
                solved=None if late else solved,
                rating=None if late or nth == 3 else "bad" if nth in (1, 4) else "good",
            )


_OTHERS = (
    # subject, days ago, organization, solved days ago, rating, tags
    ("How do we export our orders?", 62, "Cedar Example", 61, "good", ()),
    ("Invoice has the old address", 55, "Elm Example", 53, "good", ("billing",)),
    ("Please add gift cards", 47, "Birch Example", 44, None, ("wish",)),
    ("Can points be spent in the shop?", 41, "Alder Example", 38, "good", ("wish",)),
    ("A user cannot sign in", 36, "Fir Example", 35, "good", ()),
    ("Delivery price for islands", 29, "Ginkgo Example", 27, "bad", ()),
    ("Two languages on one page", 8, "Hazel Example", None, None, ()),
    ("Orders from islands are lost", 4, "Birch Example", None, None, (ESCALATED,)),
    ("Refund for last month", 2, "Dogwood Example", None, None, ("billing",)),
)


def _others(story: Story) -> Iterator[Ask]:
    """What customers always write."""
    for subject, days, organization, solved, rating, tags in _OTHERS:
        at = story.ago(days)
        yield Ask(
            subject,
            f"{subject} We look forward to your answer.",
            at,
            organization,
            DORA if solved else None,
            priority="high" if ESCALATED in tags else "normal",
            tags=tags,
            answered=at + timedelta(hours=3) if solved else None,
            solved=None if solved is None else story.ago(solved),
            rating=rating,
        )


def _private(story: Story) -> Ask:
    """What concerns an employee and nobody else: it bears a tag that the configuration leaves out."""
    return Ask(
        f"Salary {SECRET}",
        f"The payslip of October is wrong. {SECRET}",
        story.ago(6),
        "Hazel Example",
        GUS,
        tags=("hr",),
        answered=story.ago(5.5),
    )
