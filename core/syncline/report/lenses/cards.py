"""How an entry of the roadmap is shown on a board or in a list: one line that leads to its place in the page."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from syncline.report.draft import Draft
from syncline.report.model import Figure, Line
from syncline.report.parts import Jump, Part, State
from syncline.report.roadmap.entries import Entry


def place_of(entry: Entry) -> str:
    """The id of the entry's own place in the page; made of its number, never of words from outside."""
    return f"entry-{entry.id}"


ALL = "SELECT entry FROM entry_record WHERE place = 1"


def counted(
    draft: Draft, name: str, definition: str, places: type[StrEnum], where: Mapping[str, StrEnum]
) -> Figure:
    """How many entries stand in each place of a board, nought included."""
    return draft.ledger.series(
        name,
        definition,
        ALL,
        "entries",
        lambda rows: {one.value: sum(where.get(row["entry"]) is one for row in rows) for one in places},
    )


def entry_card(draft: Draft, entry: Entry) -> Line:
    """Its name, how it stands, how much of it is done, and when it is to be there."""
    parts: list[Part] = [Jump(place_of(entry), entry.item.title), ": ", entry.state]
    if not entry.standing.ended and entry.broken_down:
        parts += [", ", entry.numbers.progress, " done"]
    if entry.standing.done_at is not None:
        word = " " if entry.state is State.DONE else ", done "
        parts += [word, draft.calendar.day(entry.standing.done_at)]
    elif entry.standing.target is not None:
        parts += [", due ", entry.standing.target]
    return tuple(parts)
