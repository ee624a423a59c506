"""How entries are told in sentences and cells: why they stand as they do, what people say, how their date moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from syncline.report.draft import Draft
from syncline.report.formulas.health import Fired, Rule
from syncline.report.formulas.slips import AROUND, Happening, TargetMove, coincided
from syncline.report.model import Figure, Line, Name
from syncline.report.parts import Part, Refused
from syncline.report.roadmap.entries import Entries, Entry
from syncline.report.roadmap.judging import SCOPE, STATES
from syncline.report.words import tidy

NOTHING = "No project and no epic was read, or none fits the rules of the roadmap."

OWN_EVENTS = """
SELECT record_id, entry, field, at FROM entry_event
WHERE at <= :as_of AND (field = 'flagged' AND coalesce(new, '') <> '' OR field = 'assignees' AND new IS NULL
                        OR field = 'status' AND new_category = 'waiting')"""

_HAPPENED = {"flagged": "it was flagged", "assignees": "its owner left", "status": "it began to wait"}


def reasons(every: Entries, entry: Entry, most: int | None = None) -> Line:
    """Every rule that fired, or the ``most`` telling ones, with the number it found; nothing where none did."""
    return joined([_reason(every, entry, fired) for fired in entry.health.reasons[:most]], "; ")


def _reason(every: Entries, entry: Entry, fired: Fired) -> Line:
    numbers = entry.numbers
    told: Mapping[Rule, Line] = {
        Rule.NO_TARGET: ("no target date",),
        Rule.NO_BREAKDOWN: ("no breakdown",),
        Rule.NO_FORECAST: ("no forecast: ", Refused(numbers.half)),
        Rule.TARGET_PASSED: ("target passed ", numbers.overdue, " days ago"),
        Rule.LIKELIHOOD: ("likelihood ", numbers.likelihood),
        Rule.SLIP: ("slip of ", numbers.slip_share, " of the time planned"),
        Rule.BLOCKER: ("held up for ", numbers.blocked_days, " worked days"),
        Rule.SCOPE: ("scope grew by ", numbers.scope),
        Rule.UNREADY: (numbers.unready, " of what is left without owner or estimate"),
    }
    if fired.rule is Rule.STALE_SOURCE:
        return ("out of date: ", Name(", ".join(tidy(name, "?") for name in fired.about)))
    if fired.rule is Rule.GUARDRAIL:
        return ("made worse, says ", Name(", ".join(tidy(name, "?") for name in fired.about)))
    if fired.rule is Rule.WAITING:
        return ("waits for ", *joined([(every.by_id[other].item,) for other in fired.about], ", "))
    return told.get(fired.rule, ())


DIFFERS = "≠"
"""Stands beside what people say where the data says something else."""


def claimed(entry: Entry) -> Line:
    """What people say of it in a word, and whether the data disagrees."""
    if entry.claim is None:
        return ("nothing",)
    return (STATES[entry.claim.state], *((f" {DIFFERS}",) if entry.mismatch else ()))


def said(entry: Entry) -> Line:
    """What people say of it, whether the data disagrees, and how old the word is."""
    if entry.claim is None:
        return ("nothing",)
    mark: Line = ("; the data disagrees",) if entry.mismatch else ()
    age: Line = (", ", entry.numbers.claim_age, " days ago") if entry.claim.at else ()
    return (STATES[entry.claim.state], *age, *mark)


def tools(every: Entries, entry: Entry) -> Line:
    """``eng 12, product 9, 4 in several``: where the records of its parts are."""
    value = every.draft.ledger.fact(entry.numbers.tools).by_key
    prefix = f"{entry.id} "
    counted: list[Line] = [
        (Name(tidy(key[len(prefix) :], "?")), " ", Figure(entry.numbers.tools.fact, key))
        for key in sorted(value)
        if key.startswith(prefix)
    ]
    if every.draft.ledger.number(entry.numbers.mirrored):
        counted.append((entry.numbers.mirrored, " in several"))
    return joined(counted, ", ")


def joined(lines: Sequence[Line], between: str) -> Line:
    """Several lines as one; empty ones are left out."""
    found: list[Part] = []
    for line in lines:
        if line:
            found += [between, *line] if found else line
    return tuple(found)


# ---- how a date moved ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trails:
    """The moves of every entry's date and what coincided with them; ``scope`` counts by ``entry number of move``."""

    draft: Draft
    scope: Figure
    happened: Mapping[str, Sequence[Happening]]

    def line(self, entry: Entry) -> Line:
        """``11 Nov → 2 Dec (24 Oct, eng; coincided: …) → 21 Dec (17 Nov, eng)``; nothing where it never moved."""
        baseline = entry.standing.baseline
        if baseline is None or not entry.standing.trail:
            return ()
        steps = [self._step(entry, number, move) for number, move in enumerate(entry.standing.trail)]
        return (baseline, *(part for step in steps for part in step))

    def _step(self, entry: Entry, number: int, move: TargetMove) -> Line:
        to: Line = (move.new,) if move.new else ("no date",)
        tool = Name(tidy(move.tool, "?"))
        beside = self.beside(entry, number, move)
        return (" → ", *to, " (", self.draft.calendar.day(move.at), ", ", tool, *beside, ")")

    def beside(self, entry: Entry, number: int, move: TargetMove) -> Line:
        """What happened within three days of a move. That it was the cause is not said."""
        added = Figure(self.scope.fact, f"{entry.id} {number}")
        lines: list[Line] = [("scope +", added)] if self.draft.ledger.number(added) else []
        found = dict.fromkeys(one.what for one in coincided(move, self.happened.get(entry.id, ())))
        lines += [(what,) for what in found]
        return ("; coincided: ", *joined(lines, ", ")) if lines else ()


def trails(every: Entries) -> Trails:
    """What coincided with the moves of all entries that are not ended."""
    draft = every.draft

    added = {
        f"{entry.id} {number}": len(coincided(move, _joined(entry)))
        for entry in every
        for number, move in enumerate(entry.standing.trail)
        if entry.parts
    }
    scope = draft.ledger.series(
        "roadmap_coincided_scope",
        f"Items added to an entry within {AROUND} days of a move of its target, by entry and number of the move.",
        SCOPE,
        "items",
        added,
    )
    happened: dict[str, list[Happening]] = {entry.id: list(_happened(entry)) for entry in every}
    for row in draft.ledger.rows(OWN_EVENTS):
        what = _HAPPENED[row["field"]]
        happened[row["entry"]].append(Happening(datetime.fromisoformat(row["at"]), what))
    return Trails(draft, scope, happened)


def _joined(entry: Entry) -> list[Happening]:
    """What was added after work began."""
    since = entry.standing.since
    return [
        Happening(part.at, part.item)
        for part in entry.parts
        if part.at is not None and since and part.at > since
    ]


def _happened(entry: Entry) -> Iterator[Happening]:
    for held in entry.held:
        if held.since is not None and not held.own:
            yield Happening(held.since, "a part was held up")
