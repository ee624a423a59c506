"""By customer demand: what most customers ask for, and what that is worth."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from syncline.report.draft import Draft
from syncline.report.lenses.cards import place_of
from syncline.report.model import Column, Line, Name, Section, Table
from syncline.report.parts import Jump, Part
from syncline.report.roadmap.entries import Entries, Entry
from syncline.report.shared import Shared
from syncline.report.signal.demand import DemandFigures
from syncline.report.words import tidy

RULE = (
    "Tickets that are about an entry or any part of it, each counted once, as links, addresses and the tools' own"
    " relations tell; then the open work that they are about, whether or not it is part of an entry. It is the least"
    " there is: a ticket that nobody linked counts for nothing."
)
TOP = 10
"""Pieces of work that everybody reads."""

_OPEN = (
    "SELECT w.* FROM work w WHERE w.is_open = 1 AND w.item IN (SELECT item FROM asked)"
    " AND w.item NOT IN (SELECT item FROM entry_record)"
)
_HELD_BY = "SELECT DISTINCT item, entry FROM inside WHERE item IN (SELECT item FROM asked) ORDER BY entry"


def wanted_section(draft: Draft, shared: Shared) -> Section:
    """Entries by tickets, the most wanted first; then open work."""
    tables = tuple(
        table for table in (_entries(draft, shared), _work(draft, shared)) if table is not None and table.rows
    )
    if not tables:
        return Section("wanted", "By customer demand", RULE, silent="No ticket is about any open work.")
    return Section("wanted", "By customer demand", RULE, (), tables)


def _sorted(draft: Draft, demand: DemandFigures, ids: Iterable[str]) -> list[str]:
    """The most tickets first, then the most weight."""

    def order(id: str) -> tuple[int, Fraction, str]:
        weight = draft.ledger.value(demand.at(demand.weight, id)) if demand.weight else None
        worth = Fraction(weight) if isinstance(weight, int | Fraction) else Fraction()
        return -draft.ledger.number(demand.at(demand.tickets, id)), -worth, id

    return sorted(ids, key=order)


def _columns(demand: DemandFigures) -> tuple[Column, ...]:
    weight = Column("weight", f"Weight ({tidy(demand.unit, 'no unit')})", numeric=True)
    return (
        Column("tickets", "Tickets", numeric=True),
        Column("new", "New in the period", numeric=True),
        Column("organizations", "Organisations", numeric=True),
        *((weight,) if demand.weight else ()),
    )


def _numbers(draft: Draft, demand: DemandFigures, id: str) -> list[Line]:
    figures = [demand.at(one, id) for one in (demand.tickets, demand.new, demand.organizations)]
    numbers: list[Line] = [(one,) for one in figures]
    if demand.weight:
        weight = demand.at(demand.weight, id)
        numbers.append((weight,) if draft.ledger.value(weight) is not None else ())
    return numbers


def _entries(draft: Draft, shared: Shared) -> Table:
    demand = shared.entry_demand
    wanted = {one.id: one for one in shared.roadmap if one.id in demand.items and not one.standing.ended}
    rows: tuple[tuple[Line, ...], ...] = tuple(
        ((_jump(wanted[id]),), (wanted[id].state,), *_numbers(draft, demand, id))
        for id in _sorted(draft, demand, wanted)
    )
    columns = (Column("entry", "Entry"), Column("state", "Health"), *_columns(demand))
    return Table("wanted_entries", "Entries, most wanted first", columns, rows, listing=True)


def _jump(entry: Entry) -> Jump:
    return Jump(place_of(entry), entry.item.title)


def _work(draft: Draft, shared: Shared) -> Table | None:
    """Open work that tickets are about, with the entry that holds it."""
    demand = shared.demand
    known = set(demand.items)
    found = {row["item"]: row for row in draft.ledger.rows(_OPEN) if row["item"] in known}
    if not found:
        return None
    holding = _holding(draft, shared.roadmap)
    ordered = _sorted(draft, demand, found)
    rows: tuple[tuple[Line, ...], ...] = tuple(
        (
            (draft.item(found[id]),),
            (Name(tidy(found[id]["status_name"], "?")),),
            holding.get(id, ("none",)),
            *_numbers(draft, demand, id),
        )
        for id in ordered[:TOP]
    )
    columns = (
        Column("item", "Work"),
        Column("status", "Status"),
        Column("entry", "Entry"),
        *_columns(demand),
    )
    return Table(
        "wanted_work", "Open work, most wanted first", columns, rows, listing=True, cut=len(ordered) > TOP
    )


def _holding(draft: Draft, entries: Entries) -> dict[str, Line]:
    """By item the entries of which it is a part."""
    found: dict[str, tuple[Part, ...]] = {}
    for row in draft.ledger.rows(_HELD_BY) if len(entries) else ():
        if (entry := entries.by_id.get(row["entry"])) is not None:
            before = found.get(row["item"], ())
            found[row["item"]] = (*before, *((", ",) if before else ()), _jump(entry))
    return found
