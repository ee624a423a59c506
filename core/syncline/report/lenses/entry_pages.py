"""A place for each entry of the roadmap: what is known of it in all tools, as one chain of evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from syncline.report.draft import Draft, plural
from syncline.report.lenses.cards import place_of
from syncline.report.lenses.chain import Chain, chain
from syncline.report.model import Detail, Figure, Line, Name, Section
from syncline.report.parts import Jump, Part, Refused
from syncline.report.roadmap.entries import Entries, Entry
from syncline.report.roadmap.telling import Trails, reasons, trails
from syncline.report.shared import Shared
from syncline.report.words import tidy

RULE = "Every entry with what all tools know of it. Each number leads to its rows, each name to its source."

HELD_SHOWN = 5


def entries_section(draft: Draft, shared: Shared) -> Section:
    """One detail per entry, in the order of trouble."""
    entries = shared.roadmap
    if not len(entries):
        return Section("entries", "Entries", RULE, silent="Nothing stands on the roadmap.")
    known, moves = chain(draft, shared), trails(entries)
    details = tuple(
        Detail(
            place_of(entry),
            (entry.state, " ", entry.item),
            tuple(_lines(draft, shared, entry, known, moves)),
        )
        for entry in entries.worst_first
    )
    return Section("entries", "Entries", RULE, (), details)


def _lines(draft: Draft, shared: Shared, entry: Entry, known: Chain, moves: Trails) -> Iterator[Line]:
    """The chain from why it is wanted, over how it goes, to what came of it."""
    entries = shared.roadmap
    yield from known.goals(entry)
    yield from known.known(entry, "Note")
    yield from _asked(draft, shared, entry)
    yield from known.scores(entry)
    yield _scope(draft, entry)
    why = reasons(entries, entry)
    if why and not entry.standing.ended:
        yield ("Why: ", *why, ".")
    yield from _said(entry)
    yield from _dates(draft, entry, moves)
    yield from _waiting(draft, entries, entry)
    yield from known.launched(entry)
    yield from known.decided(entry)
    yield from known.known(entry, "Annotation")
    yield from known.known(entry, "Deploy")


def _joined(items: Sequence[Part]) -> tuple[Part, ...]:
    pairs = [(", ", item) for item in items]
    return tuple(part for pair in pairs for part in pair)[1:]


def _scope(draft: Draft, entry: Entry) -> Line:
    """How much of it there is, in which tools, and who has it."""
    ledger, numbers = draft.ledger, entry.numbers
    owner: Line = ("Led by ", *entry.owner, ". ")
    if not ledger.number(numbers.leaves):
        return (*owner, "It has no parts in any tool.")
    tools: list[Part] = []
    for row in ledger.rows("SELECT DISTINCT connection FROM sources ORDER BY connection"):
        connection = row["connection"]
        figure = numbers.in_tool(entry.id, connection)
        if ledger.number(figure):
            tools += [", " if tools else "", Name(connection), " ", figure]
    mirrored: Line = ("; in more than one tool ", numbers.mirrored) if ledger.number(numbers.mirrored) else ()
    parts = (numbers.done, " of ", *plural(ledger, numbers.leaves, "part is", "parts are"), " done (")
    return (*owner, *parts, *tools, *mirrored, ").")


def _dates(draft: Draft, entry: Entry, moves: Trails) -> Iterator[Line]:
    """What was promised, how it moved, and what is to be expected."""
    one, numbers = entry.standing, entry.numbers
    if one.baseline is None:
        yield ("No target date was ever given.",)
    else:
        trail: Line = ("Promised for ", *(moves.line(entry) or (one.baseline, ", never moved")))
        slip: Line = (": ", numbers.slip, " days") if draft.ledger.value(numbers.slip) else ()
        yield (*trail, *slip, ".")
    if one.done_at is not None:
        yield ("Done on ", draft.calendar.day(one.done_at), ".")
    elif not one.ended:
        yield from _outlook(draft, entry)


def _outlook(draft: Draft, entry: Entry) -> Iterator[Line]:
    numbers = entry.numbers
    if draft.ledger.value(numbers.half) is None:
        yield ("No forecast: ", Refused(numbers.half), ".")
        return
    slow: Part = numbers.slow if draft.ledger.value(numbers.slow) is not None else Refused(numbers.slow)
    even: Line = ("As likely as not it is done by ", numbers.half, ", and with good confidence by ", slow)
    if draft.ledger.value(numbers.likelihood) is None:
        yield (*even, ".")
    else:
        target: Line = ("; the target is met with a likelihood of ", numbers.likelihood)
        moved = entry.standing.baseline != entry.standing.target
        if moved and draft.ledger.value(numbers.likelihood_then) is not None:
            target = (*target, ", what was promised with one of ", numbers.likelihood_then)
        yield (*even, *target, ".")


def _said(entry: Entry) -> Iterator[Line]:
    if entry.claim is not None:
        words: Line = ("People say ", entry.numbers.claim)
        age: Line = (", ", entry.numbers.claim_age, " days ago") if entry.claim.at is not None else ()
        differs: Line = (", the data says ", entry.state) if entry.mismatch else ()
        yield (*words, *age, *differs, ".")


def _waiting(draft: Draft, entries: Entries, entry: Entry) -> Iterator[Line]:
    if entry.waits_for:
        others = [entries.by_id[other] for other in entry.waits_for if other in entries.by_id]
        yield ("Waits for ", *_joined([Jump(place_of(one), one.item.title) for one in others]), ".")
    if entry.held:
        yield (
            "Held up (",
            entry.numbers.held,
            "): ",
            *_joined([draft.item(one.row) for one in entry.held[:HELD_SHOWN]]),
            ".",
        )


def _asked(draft: Draft, shared: Shared, entry: Entry) -> Iterator[Line]:
    demand, ledger = shared.entry_demand, draft.ledger
    if entry.id not in demand.items:
        return
    tickets, new = Figure(demand.tickets.fact, entry.id), Figure(demand.new.fact, entry.id)
    asked = (
        *plural(ledger, tickets, "ticket", "tickets"),
        " from ",
        *demand.asking(draft, entry.id),
    )
    weight: Line = ()
    if demand.weight is not None and ledger.value(Figure(demand.weight.fact, entry.id)):
        weight = (", worth ", Figure(demand.weight.fact, entry.id), " ", Name(tidy(demand.unit, "no unit")))
    yield ("Asked for in ", *asked, " (", new, " new)", *weight, ".")
