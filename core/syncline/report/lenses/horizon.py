"""Now, next, later: what is on, what is promised or near, and the rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from syncline.report.draft import Draft
from syncline.report.lenses.cards import counted, entry_card
from syncline.report.model import Board, BoardColumn, Figure, Section
from syncline.report.roadmap.entries import Entries, Entry
from syncline.report.shared import Shared

if TYPE_CHECKING:
    from syncline.report.settings import ReportSettings

NOW, NEXT = timedelta(weeks=6), timedelta(weeks=13)
"""Unless the configuration says otherwise."""

RULE = (
    "Now is what is in progress, or due by the day named there. Next is what is promised, or due by the later day. All"
    " the rest is later. What is done or canceled is not shown."
)


class When(StrEnum):
    """How far away an entry is."""

    NOW = "now"
    NEXT = "next"
    LATER = "later"


def reach(settings: ReportSettings, today: date) -> tuple[date, date]:
    """The last days of now and of next."""
    horizon = settings.roadmap.horizon if settings.roadmap else None
    return today + (horizon.now if horizon else NOW), today + (horizon.next if horizon else NEXT)


def when(entry: Entry, now: date, next_: date, promising: bool) -> When:
    """Where an open entry stands; ``now`` and ``next_`` are the last days of each.

    ``promising``: the configuration says what is promised; else nothing is next for that reason.
    """
    one = entry.standing
    if one.stage in ("doing", "review") or (one.target is not None and one.target <= now):
        return When.NOW
    if (promising and one.committed) or (one.target is not None and one.target <= next_):
        return When.NEXT
    return When.LATER


def horizon_section(draft: Draft, shared: Shared) -> Section:
    """A board of three columns, the soonest first in each."""
    entries = shared.roadmap
    now, next_ = reach(draft.settings, draft.calendar.today)
    promising = draft.settings.roadmap is not None and draft.settings.roadmap.committed is not None
    where = {entry.id: when(entry, now, next_, promising) for entry in entries if not entry.standing.ended}
    if not where:
        return Section("horizon", "Now, next, later", RULE, silent="Nothing on the roadmap is open.")
    says = "Open entries by how far away they are, by the rule of the section."
    counts = counted(draft, "roadmap_horizon", says, When, where)
    columns = (
        _column(draft, When.NOW, counts, _soonest(entries, where), where, now),
        _column(draft, When.NEXT, counts, _soonest(entries, where), where, next_),
        _column(draft, When.LATER, counts, _soonest(entries, where), where, None),
    )
    return Section("horizon", "Now, next, later", RULE, (), (Board("horizon_board", "By horizon", columns),))


def _soonest(entries: Entries, where: dict[str, When]) -> Sequence[Entry]:
    kept = (entry for entry in entries if entry.id in where)
    return sorted(kept, key=lambda entry: (entry.standing.target or date.max, int(entry.id[1:])))


def _column(
    draft: Draft,
    which: When,
    counts: Figure,
    ordered: Sequence[Entry],
    where: dict[str, When],
    until: date | None,
) -> BoardColumn:
    cards = tuple(entry_card(draft, entry) for entry in ordered if where[entry.id] is which)
    words = "in progress, or due by " if which is When.NOW else "promised, or due by "
    note = (words, until) if until else ()
    return BoardColumn(which.value.capitalize(), Figure(counts.fact, which.value), cards, note)
