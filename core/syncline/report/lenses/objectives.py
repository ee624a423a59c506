"""By objective: which entries serve which goal, and which serve none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from syncline.report.draft import Draft
from syncline.report.facts import Row
from syncline.report.lenses.cards import entry_card
from syncline.report.lenses.chain import aims_of, way
from syncline.report.model import Board, BoardColumn, Figure, Line, Section
from syncline.report.roadmap.entries import Entries, Entry
from syncline.report.shared import Shared
from syncline.report.signal.goals import Aim

NONE = ""
SERVED = """
SELECT e.entry, p.item AS goal FROM entry_record e LEFT JOIN entry_parent p ON p.entry = e.entry AND p.item <> e.entry
WHERE e.place = 1"""
RULE = "An entry is shown under every initiative that holds it. What is done or canceled is not shown."


def objectives_section(draft: Draft, shared: Shared) -> Section:
    """A board with a column for each initiative, and one for entries that serve none."""
    entries = shared.roadmap
    goals = {goal.item: goal for entry in entries for goal in entry.parents}
    if not goals:
        return Section(
            "objectives", "By objective", RULE, silent="Nothing on the roadmap serves an initiative."
        )
    open_ = frozenset(entry.id for entry in entries if not entry.standing.ended)
    counts = draft.ledger.series(
        "roadmap_objectives",
        "Open entries by the initiative they serve, without a key those that serve none; one that serves several counts"
        " for each.",
        SERVED,
        "entries",
        lambda rows: {goal: len(ids & open_) for goal, ids in _serving(rows).items()},
    )
    order = [*sorted(goals, key=lambda goal: (goals[goal].title, goal)), NONE]
    aims = aims_of(draft, shared)
    shown = {goal: _of(entries, goal, open_) for goal in order}
    columns = tuple(
        BoardColumn(
            goals[goal].title if goal else "No objective",
            Figure(counts.fact, goal),
            tuple(entry_card(draft, entry) for entry in found),
            _far(draft, shared, aims.get(goal, ())),
        )
        for goal, found in shown.items()
        if found
    )
    return Section(
        "objectives", "By objective", RULE, (), (Board("objective_board", "Open entries", columns),)
    )


def _far(draft: Draft, shared: Shared, aims: Sequence[Aim]) -> Line:
    """How far the objective is that the initiative stands for, where one is configured."""
    return way(draft, shared.goals, aims[0]) if shared.goals and aims else ()


def _of(entries: Entries, goal: str, open_: frozenset[str]) -> list[Entry]:
    return [
        entry
        for entry in entries
        if entry.id in open_
        and (any(one.item == goal for one in entry.parents) if goal else not entry.parents)
    ]


def _serving(rows: Sequence[Row]) -> Mapping[str, set[str]]:
    """Entries by goal; those without one under the empty text."""
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["goal"] or NONE, set()).add(row["entry"])
    return found
