"""What the demo company knows from numbers and papers: usage in Amplitude, and files. Pure.

Days are counted back from today, so that the answers are the same on every day.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from syncline_connectors.demo.company import PEOPLE
from syncline_connectors.demo.roadmap import Roadmap
from syncline_connectors.demo.story import Story
from syncline_connectors.demo.support import ORGANIZATIONS

LAUNCH, INCIDENT, EVERYBODY = 21, 17, 12
"""Days ago: version 2.4 went out, payments failed, guest accounts were on for everybody."""
FUNNEL = ("signed_up", "ordered")
FUNNEL_DAYS = 42
BEFORE, AFTER = (24, 22), (11, 9)
"""First and last day, counted back, over which activation is compared: the days just before the launch, and as many
after everybody had guest accounts. There are three of each, because Amplitude may still restate the last eight days."""
WEEKS = 8
FILES = ("nps", "experiments", "flags", "deploys", "decisions", "scores")
FLAG = "guest-accounts"
ROLLOUT = ((LAUNCH, 5), (19, 25), (INCIDENT, 0), (15, 25), (EVERYBODY, 100))
"""Days ago and percent of the flag."""
Row = tuple[object, ...]


@dataclass(frozen=True)
class Mark:
    """An annotation in Amplitude."""

    label: str
    at: datetime
    details: str
    category: str


@dataclass(frozen=True)
class Evidence:
    """``funnel``: for each day of the last six weeks, the oldest first, who came and who did what is counted.
    ``weekly``: by Monday. ``tables``: by file, header and rows. ``papers``: Markdown by file."""

    funnel: tuple[tuple[date, tuple[int, int]], ...]
    weekly: Mapping[date, int]
    marks: tuple[Mark, ...]
    tables: Mapping[str, tuple[Row, ...]]
    papers: Mapping[str, str]


def gather(story: Story, roadmap: Roadmap, seed: int) -> Evidence:
    """All of it, up to the moment of the story."""
    tables = {
        "nps": tuple(_nps(story, seed)),
        "experiments": tuple(_experiments(story)),
        "flags": tuple(_flags(story)),
        "deploys": tuple(_deploys(story)),
        "decisions": tuple(_decisions(story, roadmap)),
        "scores": tuple(_scores(story, roadmap)),
    }
    return Evidence(
        tuple(_funnel(story)), _weekly(story), tuple(_marks(story)), tables, dict(_papers(story, roadmap))
    )


# ---- Amplitude -------------------------------------------------------------------------------------------------------


def _funnel(story: Story) -> Iterator[tuple[date, tuple[int, int]]]:
    """Three in ten ordered something within a day; four in ten since guests need no password."""
    for ago in range(FUNNEL_DAYS, 0, -1):
        came = 180 + ago * 37 % 41
        percent = 31 if ago > LAUNCH else 39 if ago <= EVERYBODY else 33
        yield story.day(-ago), (came, round(came * percent / 100))


def _weekly(story: Story) -> dict[date, int]:
    """Weekly active users by the week's Monday: more of them since the launch."""
    this = story.now.date() - timedelta(days=story.now.weekday())
    mondays = [this - timedelta(weeks=number) for number in range(WEEKS, -1, -1)]
    launch = story.day(-LAUNCH)
    return {
        monday: 9_100 + 40 * number + (900 if monday >= launch else 0)
        for number, monday in enumerate(mondays)
    }


def _marks(story: Story) -> Iterator[Mark]:
    yield Mark("Version 2.4", story.ago(LAUNCH), "Guest accounts, behind a flag.", "Releases")
    failed = "Vouchers were taken twice; the flag was turned off for two days."
    yield Mark("Incident: payments failed for 47 minutes", story.ago(INCIDENT), failed, "Incidents")
    yield Mark("Guest accounts are on for everybody", story.ago(EVERYBODY), "", "Releases")


# ---- files -----------------------------------------------------------------------------------------------------------


def _nps(story: Story, seed: int) -> Iterator[Row]:
    """Forty answers of the last thirty days."""
    chance = random.Random(seed + 2)  # noqa: S311 - reproducible by design
    yield "id", "survey", "answered at", "score", "organization", "comment"
    names = list(ORGANIZATIONS)
    for number in range(40):
        score = chance.choice((10, 10, 9, 9, 9, 8, 8, 7, 6, 4, 3))
        at = story.ago(30 - number * 0.7)
        word = "Guests can pay at last." if score > 8 else "Vouchers!" if score < 7 else ""
        yield f"n{number + 1}", "NPS", _stamp(at), score, names[number % len(names)], word


def _experiments(story: Story) -> Iterator[Row]:
    yield (
        "experiment", "variant", "share", "users", "conversions", "status", "metric", "started", "ended",
        "verdict", "decision",
    )  # fmt: skip
    one, two = "Checkout on one page", "Ask for an account after the order"
    yield (
        one,
        "two pages",
        "50 %",
        4012,
        1204,
        "stopped",
        "activation_rate",
        story.day(-40),
        story.day(-26),
        "",
        "",
    )
    yield one, "one page", "50 %", 3987, 1361, "", "", "", "", "one page wins", "build it for everybody"
    yield two, "before", "50 %", 1511, 604, "running", "activation_rate", story.day(-9), "", "", ""
    yield two, "after", "50 %", 1498, 611, "", "", "", "", "", ""


def _flags(story: Story) -> Iterator[Row]:
    yield "flag", "env", "percent", "at"
    for ago, percent in ROLLOUT:
        yield FLAG, "prod", f"{percent} %", _stamp(story.ago(ago))
    yield "offline-mode", "prod", "10 %", _stamp(story.ago(10))


def _deploys(story: Story) -> Iterator[Row]:
    yield "service", "environment", "version", "deployed at", "status"
    for version, ago, status in (
        ("2.3", 56.0, "success"),
        ("2.4", float(LAUNCH), "success"),
        ("2.4-vouchers", INCIDENT + 0.1, "rollback"),
        ("2.4-vouchers-2", 15.5, "success"),
        ("2.4-tax", 8.0, "success"),
    ):
        yield "shop", "prod", version, _stamp(story.ago(ago)), status


def _decisions(story: Story, roadmap: Roadmap) -> Iterator[Row]:
    points = roadmap.need("Show the points in the basket").key
    yield "id", "title", "status", "owner", "date", "needed by", "about"
    yield "D-1", "Guests need no password", "decided", _name(0), story.day(-60), "", ""
    yield (
        "D-2",
        "Turn guest accounts off until vouchers are right",
        "decided",
        _name(0),
        story.day(-17),
        "",
        "",
    )
    yield "D-3", "Do points expire?", "open", _name(2), "", story.day(-2), points
    yield "D-4", "Which payment methods in Norway?", "open", _name(3), "", story.day(9), ""
    yield "D-5", "Keep the old page for old browsers?", "superseded", _name(1), story.day(-50), "", ""


def _scores(story: Story, roadmap: Roadmap) -> Iterator[Row]:
    yield "item", "as of", "reach", "impact", "confidence", "effort"
    for number, title in enumerate(
        (
            "What would make a buyer loyal?",
            "Which shops sell gift cards already?",
            "Show the points in the basket",
        ),
        1,
    ):
        yield (
            roadmap.need(title).key,
            story.day(-10),
            2000 * number,
            1 + number % 2,
            f"{40 + 20 * number} %",
            number,
        )


def _papers(story: Story, roadmap: Roadmap) -> Iterator[tuple[str, str]]:
    asked = roadmap.need("Ask twelve shops why they leave the basket").key
    loyal = roadmap.need("What would make a buyer loyal?").key
    yield (
        "alder.md",
        _paper("interview", story.day(-20), 0, [asked], "Alder Example: buyers leave at the password")
        + "Nine of ten baskets are left where a password is asked for.\n\n> I only want to pay.\n",
    )
    yield (
        "birch.md",
        _paper("interview", story.day(-13), 2, [asked, loyal], "Birch Example: points, but simple ones")
        + "They would show points in the basket, and nowhere else.\n",
    )
    yield (
        "competitor-loyalty.md",
        _paper("competitor", story.day(-7), 3, [loyal], "A competitor gives points for reviews")
        + "Announced last week, in two countries.\n",
    )


def _paper(kind: str, day: date, who: int, about: list[str], title: str) -> str:
    head = f"type: {kind}\ndate: {day}\nauthor: {_name(who)}\nabout: [{', '.join(about)}]"
    return f"---\n{head}\n---\n# {title}\n\n"


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}Z"


def _name(number: int) -> str:
    return PEOPLE[number].name
