"""The design side of the demo company: a board in Trello. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from syncline_connectors.demo.company import ADA, CLEO, FAY
from syncline_connectors.demo.story import Story

LISTS = ("Briefs", "Doing", "Crit", "Handed over")
MEMBERS = (ADA, CLEO, FAY)


@dataclass(frozen=True)
class Card:
    """``need`` is the title of the Linear issue that it is attached to; ``moves`` are the lists it came to."""

    title: str
    created: datetime
    by: int
    members: tuple[int, ...] = ()
    list_: str = "Briefs"
    moves: tuple[tuple[datetime, str], ...] = ()
    need: str | None = None
    hours: float | None = None
    due: date | None = None
    checks: tuple[tuple[str, bool], ...] = ()
    archived: datetime | None = None
    comment: str | None = None


_CARDS: tuple[tuple[str, int, int, tuple[tuple[float, str], ...], str | None, float, int | None], ...] = (
    # title, days ago, who, moves, the need in Linear, hours, due in days
    (
        "Draw the empty basket",
        18,
        FAY,
        ((13, "Doing"), (8, "Crit"), (5, "Handed over")),
        "Draw the empty basket",
        6,
        -5,
    ),
    (
        "Draw the search results",
        16,
        FAY,
        ((9, "Doing"), (2, "Crit")),
        "Draw the search results",
        10,
        3,
    ),
    ("Words for being offline", 15, CLEO, ((12, "Doing"),), "Words for being offline", 3, -1),
    ("Draw the points page", 10, FAY, (), "Draw the points page", 12, 20),
    ("Draw the new page", 61, FAY, ((60, "Doing"), (58, "Handed over")), "Draw the new page", 16, None),
    ("Pictures for the winter sale", 9, FAY, ((4, "Doing"),), None, 8, 12),
    ("Icons for payment methods", 12, CLEO, ((6, "Doing"), (3, "Handed over")), None, 4, None),
    ("A darker green", 7, CLEO, (), None, 1, None),
    ("Posters for the fair", 70, FAY, ((66, "Doing"), (60, "Handed over")), None, 5, None),
    ("A mascot", 64, CLEO, (), None, 20, None),
)
_ARCHIVED = {"Posters for the fair": 50, "A mascot": 30}
_CHECKS = {
    "Draw the search results": (("With results", True), ("Without results", True), ("While typing", False)),
    "Draw the points page": (("Wide", False), ("Narrow", False)),
}


def plan_cards(story: Story) -> tuple[Card, ...]:
    """The board as designers kept it."""
    return tuple(
        Card(
            title,
            story.ago(days),
            who,
            (who,),
            moves=tuple((story.ago(at), to) for at, to in moves),
            need=need,
            hours=hours,
            due=None if due is None else story.day(due),
            checks=_CHECKS.get(title, ()),
            archived=story.ago(_ARCHIVED[title]) if title in _ARCHIVED else None,
            comment="Three drafts are attached to the brief." if title == "A darker green" else None,
        )
        for title, days, who, moves, need, hours, due in _CARDS
    )
