"""By customer demand: what most customers ask for, and what that is worth."""

from __future__ import annotations

from syncline.report.draft import Draft
from syncline.report.lenses.cards import place_of
from syncline.report.model import Column, Line, Section, Table
from syncline.report.parts import Jump
from syncline.report.roadmap.entries import Entry
from syncline.report.shared import Shared
from syncline.report.signal.demand import DemandFigures
from syncline.report.words import tidy

RULE = (
    "Tickets that are about an entry or any part of it, each counted once, as links, addresses and the tools' own"
    " relations tell. It is the least there is: a ticket that nobody linked counts for nothing."
)


def wanted_section(draft: Draft, shared: Shared) -> Section:
    """Entries by tickets, the most wanted first."""
    demand, ledger = shared.entry_demand, draft.ledger

    wanted = [entry for entry in shared.roadmap if entry.id in demand.items and not entry.standing.ended]
    if not wanted:
        return Section("wanted", "By customer demand", RULE, silent="No ticket is about an open entry.")
    wanted.sort(key=lambda entry: (-ledger.number(demand.at(demand.tickets, entry.id)), int(entry.id[1:])))
    rows = tuple(_row(demand, entry) for entry in wanted)
    columns = (
        Column("entry", "Entry"),
        Column("state", "Health"),
        Column("tickets", "Tickets", numeric=True),
        Column("new", "New in the period", numeric=True),
        Column("organizations", "Organisations", numeric=True),
        *(
            (Column("weight", f"Weight ({tidy(demand.unit, 'no unit')})", numeric=True),)
            if demand.weight
            else ()
        ),
    )
    table = Table("wanted_entries", "Most wanted first", columns, rows, listing=True)
    return Section("wanted", "By customer demand", RULE, (), (table,))


def _row(demand: DemandFigures, entry: Entry) -> tuple[Line, ...]:
    figures = (demand.tickets, demand.new, demand.organizations, *((demand.weight,) if demand.weight else ()))
    numbers: list[Line] = [(demand.at(figure, entry.id),) for figure in figures]
    return ((Jump(place_of(entry), entry.item.title),), (entry.state,), *numbers)
