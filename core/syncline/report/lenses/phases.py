"""By phase: what is being found out, planned, built, launched, and made better."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from syncline.report.draft import Draft
from syncline.report.lenses.cards import counted, entry_card
from syncline.report.model import Board, BoardColumn, Figure, Section
from syncline.report.roadmap.entries import Entry
from syncline.report.shared import Shared

FRESH = timedelta(days=28)
"""So long after it was done an entry counts as being launched."""

ALL = 100
"""Percent."""

RULE = (
    "Discovery: not begun, and without a target date. Planning: not begun, with a target date. Development: begun, and"
    " not done. Launch: done within the last 28 days, or done and not yet at 100 % of its users. Improvement: done"
    " longer ago."
)


class Phase(StrEnum):
    DISCOVERY = "discovery"
    PLANNING = "planning"
    DEVELOPMENT = "development"
    LAUNCH = "launch"
    IMPROVEMENT = "improvement"


def phase(entry: Entry, today: date, done_on: date | None, rolling: bool) -> Phase | None:
    """The phase of an entry; None for one that was canceled. ``rolling``: a rollout of it is under way."""
    one = entry.standing
    if one.stage == "canceled":
        return None
    if one.stage == "done":
        fresh = done_on is not None and today - done_on < FRESH
        return Phase.LAUNCH if fresh or rolling else Phase.IMPROVEMENT
    if one.began:
        return Phase.DEVELOPMENT
    return Phase.DISCOVERY if one.target is None else Phase.PLANNING


def phases_section(draft: Draft, shared: Shared) -> Section:
    """A board with a column for each phase."""
    entries, rolling = shared.roadmap, _rolling(draft, shared)
    today = draft.calendar.today
    where: dict[str, Phase] = {}
    for entry in entries:
        done_on = draft.calendar.day(entry.standing.done_at) if entry.standing.done_at else None
        found = phase(entry, today, done_on, entry.id in rolling)
        if found is not None:
            where[entry.id] = found
    if not where:
        return Section("phases", "By phase", RULE, silent="Nothing stands on the roadmap.")
    counts = counted(draft, "roadmap_phases", "Entries by phase, by the rule of the section.", Phase, where)
    columns = tuple(
        BoardColumn(
            one.value.capitalize(),
            Figure(counts.fact, one.value),
            tuple(entry_card(draft, entry) for entry in entries if where.get(entry.id) is one),
        )
        for one in Phase
    )
    return Section("phases", "By phase", RULE, (), (Board("phase_board", "Entries", columns),))


def _rolling(draft: Draft, shared: Shared) -> frozenset[str]:
    """Entries with a flag that some users, but not all, have by now."""
    seen = {
        item for flag in shared.flags.every
        if flag.in_production and 0 < (flag.state.percent or 0) < ALL
        for item in flag.items
    }  # fmt: skip
    rows = (
        draft.ledger.rows("SELECT entry, item FROM inside UNION SELECT entry, item FROM entry_record")
        if seen
        else ()
    )
    return frozenset(row["entry"] for row in rows if row["item"] in seen)
