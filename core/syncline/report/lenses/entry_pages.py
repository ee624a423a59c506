"""A place for each entry of the roadmap: what is known of it in all tools, as one chain of evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from syncline.report.draft import Draft, plural
from syncline.report.facts import Row
from syncline.report.lenses.cards import place_of
from syncline.report.model import Detail, Figure, Item, Line, Name, Section
from syncline.report.parts import Jump, Part, Refused
from syncline.report.roadmap.entries import Entries, Entry
from syncline.report.roadmap.holding import Held
from syncline.report.shared import Shared
from syncline.report.words import tidy

RULE = "Every entry with what all tools know of it. Each number leads to its rows, each name to its source."

EVIDENCE = """
SELECT DISTINCT e.entry, v.ref AS item, v.kind, v.type, v.key, v.title, v.url, v.at
FROM meant m JOIN evidence v ON v.ref = m.ref
JOIN (SELECT entry, item FROM inside UNION SELECT entry, item FROM entry_record) e ON e.item = m.item
WHERE v.at <= :as_of ORDER BY e.entry, v.kind, v.at, v.ref"""

HELD_SHOWN = 5
KINDS: Mapping[str, str] = {
    "Note": "Research",
    "Decision": "Decisions",
    "Experiment": "Experiments",
    "Rollout": "Flags",
    "Annotation": "Marks",
    "Deploy": "Deploys",
}


def entries_section(draft: Draft, shared: Shared) -> Section:
    """One detail per entry, in the order of trouble."""
    entries = shared.roadmap
    if not len(entries):
        return Section("entries", "Entries", RULE, silent="Nothing stands on the roadmap.")
    evidence: dict[str, list[Row]] = defaultdict(list)
    for row in draft.ledger.rows(EVIDENCE):
        evidence[row["entry"]].append(row)
    details = tuple(
        Detail(
            place_of(entry),
            (entry.state, " ", entry.item),
            tuple(_lines(draft, shared, entries, entry, evidence[entry.id])),
        )
        for entry in entries.worst_first
    )
    return Section("entries", "Entries", RULE, (), details)


def _lines(
    draft: Draft, shared: Shared, entries: Entries, entry: Entry, evidence: Sequence[Row]
) -> Iterator[Line]:
    if entry.parents:
        yield ("Serves ", *_joined(entry.parents), ".")
    yield _scope(draft, entry)
    yield from _dates(draft, entry)
    yield from _said(entry)
    yield from _waiting(entries, entry)
    yield from _asked(draft, shared, entry)
    yield from _known(draft, evidence)


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


def _dates(draft: Draft, entry: Entry) -> Iterator[Line]:
    """What was promised, how it moved, and what is to be expected."""
    one, numbers = entry.standing, entry.numbers
    if one.baseline is None:
        yield ("No target date was ever given.",)
    else:
        trail: list[Part] = ["Promised for ", one.baseline]
        for move in one.trail:
            trail += [", then ", move.new or "no date", " (said on ", draft.calendar.day(move.at), ")"]
        if draft.ledger.value(numbers.slip):
            trail += [": ", numbers.slip, " days"]
        yield (*trail, ".")
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
        yield (*even, "; the target is met with a likelihood of ", numbers.likelihood, ".")


def _said(entry: Entry) -> Iterator[Line]:
    if entry.claim is not None:
        words: Line = ("People say ", entry.numbers.claim)
        age: Line = (", ", entry.numbers.claim_age, " days ago") if entry.claim.at is not None else ()
        differs: Line = (", the data says ", entry.state) if entry.mismatch else ()
        yield (*words, *age, *differs, ".")


def _waiting(entries: Entries, entry: Entry) -> Iterator[Line]:
    if entry.waits_for:
        others = [entries.by_id[other] for other in entry.waits_for if other in entries.by_id]
        yield ("Waits for ", *_joined([Jump(place_of(one), one.item.title) for one in others]), ".")
    if entry.held:
        yield (
            "Held up (",
            entry.numbers.held,
            "): ",
            *_joined([_held(one) for one in entry.held[:HELD_SHOWN]]),
            ".",
        )


def _held(one: Held) -> Item:
    key, title = tidy(one.row["key"], ""), tidy(one.row["title"], "(no title)")
    return Item(one.row["item"], key or None, title, None)


def _asked(draft: Draft, shared: Shared, entry: Entry) -> Iterator[Line]:
    demand, ledger = shared.entry_demand, draft.ledger
    if entry.id not in demand.items:
        return
    tickets, organizations = (
        Figure(demand.tickets.fact, entry.id),
        Figure(demand.organizations.fact, entry.id),
    )
    new = Figure(demand.new.fact, entry.id)
    asked = (
        *plural(ledger, tickets, "ticket", "tickets"),
        " from ",
        *plural(ledger, organizations, "organisation", "organisations"),
    )
    weight: Line = ()
    if demand.weight is not None and ledger.value(Figure(demand.weight.fact, entry.id)):
        weight = (", worth ", Figure(demand.weight.fact, entry.id), " ", Name(tidy(demand.unit, "no unit")))
    yield ("Asked for in ", *asked, " (", new, " new)", *weight, ".")


def _known(draft: Draft, evidence: Sequence[Row]) -> Iterator[Line]:
    for kind, title in KINDS.items():
        found = [draft.item(row) for row in evidence if row["kind"] == kind]
        if found:
            yield (f"{title}: ", *_joined(found), ".")
