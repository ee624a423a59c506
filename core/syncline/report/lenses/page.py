"""The roadmap page: its lenses in their order, without a word about formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncline.report.draft import Draft, plural
from syncline.report.lenses.cards import ALL, place_of
from syncline.report.lenses.entry_pages import entries_section
from syncline.report.lenses.horizon import horizon_section
from syncline.report.lenses.kanban import kanban_section
from syncline.report.lenses.objectives import objectives_section
from syncline.report.lenses.phases import phases_section
from syncline.report.lenses.priority import priority_section
from syncline.report.lenses.wanted import wanted_section
from syncline.report.making import drafting, made, working_set
from syncline.report.model import Card, Figure, Line, Report, State
from syncline.report.parts import Jump, Part
from syncline.report.provenance import provenance
from syncline.report.roadmap.scorecard import timeline_section
from syncline.report.settings import ReportSettings
from syncline.report.shared import Shared

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncline.report.basis import Basis

TOLD = (State.OFF_TRACK, State.AT_RISK, State.ON_TRACK, State.NO_DATA)
"""What an open entry can be, the worst first."""

SECTIONS = (
    horizon_section,
    timeline_section,
    kanban_section,
    objectives_section,
    wanted_section,
    phases_section,
    priority_section,
    entries_section,
)


def build_roadmap(connection: Connection, settings: ReportSettings) -> Report:
    """Read the database once and say where the roadmap stands; the same database and settings give an equal report."""
    return assemble(working_set(connection, settings), settings)


def assemble(basis: Basis, settings: ReportSettings) -> Report:
    """The roadmap of a working set."""
    with drafting(basis, settings) as draft:
        shared = Shared(draft)
        origin = provenance(draft)
        sections = tuple(section(draft, shared) for section in SECTIONS)
        return made(
            "roadmap", draft, basis, origin, _bottom_line(draft, shared), _cards(draft, shared), sections
        )


def _bottom_line(draft: Draft, shared: Shared) -> tuple[Line, ...]:
    """How the open entries stand, and the worst of them."""
    entries = shared.roadmap
    open_ = [entry for entry in entries if not entry.standing.ended]
    if not open_:
        return (("Nothing on the roadmap is open.",),)
    states = entries.numbers.states
    count = draft.ledger.series(
        "roadmap_open_entries",
        "Entries of the roadmap that are neither done nor canceled.",
        ALL,
        "entries",
        lambda rows: {"open": sum(row["entry"] in {entry.id for entry in open_} for row in rows)},
    )
    figures = [(state, Figure(states.fact, state.value)) for state in TOLD]
    told: list[Part] = []
    for state, figure in figures:
        if draft.ledger.number(figure):
            told += [", " if told else "", figure, f" {state.value}"]
    lines: list[Line] = [
        (*plural(draft.ledger, Figure(count.fact, "open"), "entry is", "entries are"), " open: ", *told, ".")
    ]
    worst = next(entry for entry in entries.worst_first if not entry.standing.ended)
    if worst.state in (State.OFF_TRACK, State.AT_RISK):
        lines.append(("The worst is ", Jump(place_of(worst), worst.item.title), " ", worst.state, "."))
    return tuple(lines)


def _cards(draft: Draft, shared: Shared) -> tuple[Card, ...]:
    """The headlines; none where nothing stands on the roadmap."""
    numbers = shared.roadmap.measured
    if numbers is None:
        return ()

    def state(id: str, title: str, which: State) -> Card:
        return Card(id, title, Figure(numbers.states.fact, which.value), ("entries",), "entries", which)

    return (
        state("on-track", "On track", State.ON_TRACK),
        state("at-risk", "At risk", State.AT_RISK),
        state("off-track", "Off track", State.OFF_TRACK),
        Card("net-slip", "Net slip", numbers.net_slip, ("days in the period",), "entries"),
        state("done", "Done lately", State.DONE),
    )
