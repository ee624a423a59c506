"""What the roadmap asks of people: entries that are off track or unlikely, and what could be left out instead (M13)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from syncline.report.draft import Draft, plural
from syncline.report.facts import Given, Row
from syncline.report.formulas.forecast import Basis, most_by
from syncline.report.formulas.sample import sample
from syncline.report.model import Figure, Line, State
from syncline.report.roadmap import outlook

if TYPE_CHECKING:
    from syncline.report.roadmap.entries import Entry
    from syncline.report.shared import Shared

LIKELY = 85
"""Percent from which on a target is said to hold."""
NAMED = 1
"""Entries that are named in one sentence."""

_ENTRIES = "SELECT entry FROM entry_record WHERE place = 1"
_DECIDED = (
    "SELECT m.item FROM meant m JOIN choice c ON c.ref = m.ref WHERE m.kind = 'Decision' AND {open}"
    " UNION SELECT i.entry FROM meant m JOIN choice c ON c.ref = m.ref JOIN inside i ON i.item = m.item"
    " WHERE m.kind = 'Decision' AND {open}"
    " UNION SELECT e.entry FROM meant m JOIN choice c ON c.ref = m.ref JOIN entry_record e ON e.item = m.item"
    " WHERE m.kind = 'Decision' AND {open}"
)
_LEAVES = "SELECT item, entry, stage, done_at FROM inside_work WHERE leaf = 1 AND counted = 1 AND stage <> 'canceled'"


def entry_asks(draft: Draft, shared: Shared, open_decision: str) -> tuple[Line, ...]:
    """A sentence about the entries that are off track with no open decision, and one for each that could be saved."""
    ledger = draft.ledger
    decided = {row["item"] for row in ledger.rows(_DECIDED.format(open=open_decision))}
    live = [entry for entry in shared.roadmap.worst_first if not entry.standing.ended]
    off = [entry for entry in live if entry.state is State.OFF_TRACK and entry.id not in decided]
    unlikely = [entry for entry in live if _unlikely(draft, entry)]
    told = {entry.id for entry in off}
    lines = [
        *_sentence(
            draft, "entries_undecided", "Roadmap entries that are off track, about which no decision is open.", off,
            " off track without an open decision",
        ),
        *_sentence(
            draft, "entries_unlikely", f"Other open entries whose target is less than {LIKELY} % likely.",
            [entry for entry in unlikely if entry.id not in told],
            " not likely to meet the target",
        ),
    ]  # fmt: skip
    return (*lines, *_options(draft, unlikely))


def _unlikely(draft: Draft, entry: Entry) -> bool:
    chance = draft.ledger.value(entry.numbers.likelihood)
    target = entry.standing.target
    return target is not None and isinstance(chance, float) and chance * 100 < LIKELY


def _sentence(draft: Draft, name: str, definition: str, found: Sequence[Entry], says: str) -> list[Line]:
    if not found:
        return []
    ids = {entry.id for entry in found}
    figure = draft.ledger.fold(
        name, definition, _ENTRIES, "entries", lambda rows: sum(row["entry"] in ids for row in rows)
    )
    named: Line = (": ", found[0].item) if len(found) == 1 else ()
    return [(*plural(draft.ledger, figure, "entry is", "entries are"), says, *named, ".")]


def _options(draft: Draft, unlikely: Sequence[Entry]) -> list[Line]:
    """What would have to be left out for the target to hold; only where an entry goes by its own history."""
    asked = [
        entry
        for entry in unlikely
        if entry.prospect
        and entry.prospect.basis is Basis.OWN
        and (entry.standing.target or date.min) > draft.calendar.today
    ][:NAMED]
    if not asked:
        return []
    figure = draft.ledger.series(
        "entry_cut",
        f"Open parts of an entry − those that can be left to meet its target with {LIKELY} % likelihood.",
        _LEAVES,
        "items",
        lambda rows: _cuts(draft, asked, rows),
    )
    return [
        (
            entry.item,
            " would likely meet its target without ",
            cut,
            " of its ",
            entry.numbers.open,
            " open parts.",
        )
        for entry in asked
        if (cut := Figure(figure.fact, entry.id)) and draft.ledger.number(cut) > 0
    ]


def _saved(entry: Entry) -> Line:
    assert entry.standing.target is not None
    return ("For ", entry.item, " to be likely by ", entry.standing.target, ", ")


def _cuts(draft: Draft, asked: Sequence[Entry], rows: Sequence[Row]) -> Mapping[str, Given]:
    calendar, settings = draft.calendar, outlook.window(draft)
    done: dict[str, list[date]] = defaultdict(list)
    left: dict[str, int] = defaultdict(int)
    ids = {entry.id for entry in asked}
    for row in rows:
        if row["entry"] not in ids:
            continue
        if row["stage"] != "done":
            left[row["entry"]] += 1
        elif row["done_at"]:
            done[row["entry"]].append(calendar.day(row["done_at"]))
    found: dict[str, Given] = {}
    for entry in asked:
        assert entry.standing.target is not None
        began = calendar.day(entry.standing.since) if entry.standing.since else calendar.today
        own = sample(done[entry.id], calendar.today, settings, known_from=began)
        fits = most_by(entry.standing.target, LIKELY, own, calendar.today, settings)
        found[entry.id] = left[entry.id] - fits if isinstance(fits, int) else fits
    return found
