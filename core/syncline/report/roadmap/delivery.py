"""What was shipped, what slipped or is at risk, and what comes in the next two weeks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from syncline.report.draft import LONGEST_LIST, Draft, plural
from syncline.report.facts import Form, Row
from syncline.report.formulas.refusal import Refusal
from syncline.report.formulas.slips import Slip
from syncline.report.model import Column, Figure, Line, Name, Section, State, Table
from syncline.report.parts import Part
from syncline.report.roadmap.entries import AHEAD, Entries, Entry
from syncline.report.roadmap.measures import SHIPPED
from syncline.report.roadmap.scorecard import target
from syncline.report.roadmap.telling import NOTHING, Trails, joined, reasons, trails
from syncline.report.shared import Shared
from syncline.report.signal.decisions import WAS_OPEN
from syncline.report.signal.launch import entry_of
from syncline.report.words import tidy

AT_FIRST = 6
TRAILS = 3
"""Of those that moved; a trail is long."""

SHIPPED_RULE = (
    "Entries of the roadmap that were done in the period, by what they serve. Promised: when work began. Users: how"
    " many have it, of those its flag is meant for. Since then: a metric that is aimed at, after everybody had it and"
    " before anybody had; that proves no cause."
)
SLIPPED_RULE = (
    "Open entries that are off track or at risk, are later than promised, or were moved in the period. In brackets:"
    " when it was moved, in which tool, and what else happened within 3 days, which coincided with it and need not be"
    " the cause."
)
AHEAD_RULE = (
    "From today on, 14 days: targets of the roadmap, ends of sprints, planned releases, decisions due."
)


def shipped_section(draft: Draft, shared: Shared) -> Section:
    every = shared.roadmap
    if not len(every):
        return Section("shipped", "Shipped", silent=NOTHING)
    start, end = draft.settings.period_start, draft.settings.period_end
    done = [entry for entry in every if (at := entry.standing.done_at) is not None and start <= at < end]
    if not done:
        return Section("shipped", "Shipped", silent="Nothing on the roadmap was finished in the period.")
    done.sort(key=lambda entry: (not entry.parents, _serves(entry), entry.standing.done_at, entry.id))
    late = draft.ledger.series(
        "roadmap_delivered",
        "Days from the promised day to the day on which the entry was done.",
        SHIPPED.format(start=":period_start", end=":period_end"),
        "days",
        lambda _: {entry.id: days for entry in done if (days := _days_late(draft, entry)) is not None},
        Form.SIGNED,
    )
    words: Line = (*plural(draft.ledger, every.numbers.shipped, "entry was", "entries were"), " finished, ")
    columns = (
        Column("serves", "Serves"),
        Column("entry", "Entry"),
        Column("done", "Done"),
        Column("promised", "Promised"),
        Column("late", "Days late", numeric=True),
        Column("items", "Items", numeric=True),
        Column("users", "Users"),
        Column("metric", "Since then"),
    )
    rows = tuple((*_shipped(draft, entry, late), *_outcome(shared, entry)) for entry in done[:LONGEST_LIST])
    table = Table(
        "shipped_entries", "Shipped in the period", columns, rows, listing=True, cut=len(done) > len(rows)
    )
    return Section(
        "shipped",
        "Shipped",
        SHIPPED_RULE,
        ((*words, every.numbers.shipped_before, " in the period before."),),
        (table,),
    )


def _serves(entry: Entry) -> str:
    return entry.parents[0].title.casefold() if entry.parents else ""


def _days_late(draft: Draft, entry: Entry) -> int | None:
    baseline, done = entry.standing.baseline, entry.standing.done_at
    return (draft.calendar.day(done) - baseline).days if baseline and done else None


def _shipped(draft: Draft, entry: Entry, late: Figure) -> tuple[Line, ...]:
    baseline, done = entry.standing.baseline, entry.standing.done_at
    return (
        (entry.parents[0],) if entry.parents else ("nothing",),
        (entry.item,),
        (draft.calendar.day(done),) if done else (),
        (baseline,) if baseline else ("nothing",),
        (Figure(late.fact, entry.id),) if baseline else (),
        (entry.numbers.done,),
    )


def _outcome(shared: Shared, entry: Entry) -> tuple[Line, Line]:
    """How far it is rolled out, and the first metric around that; nothing where no flag is about it."""
    flags = [one for one in shared.flags.every if one.in_production and entry_of(one, shared) is entry]
    shares: list[Line] = [(Figure(shared.flags.percent.fact, one.ref),) for one in flags]
    after, refs = shared.after, {one.ref for one in flags}
    read = [one for one in after.readings if one.flag.ref in refs and not isinstance(one.found, Refusal)]
    if not read:
        return joined(shares, ", "), ("no metric to compare yet",) if flags else ()
    metric, key = read[0].metric, read[0].key
    early: Line = ("; too early to say more",) if read[0].early else ()
    now = metric.amount(Figure(after.after.fact, key))
    before = metric.amount(Figure(after.before.fact, key))
    return joined(shares, ", "), (Name(metric.name), " ", *now, ", before ", *before, *early)


# ---- slipped and at risk ---------------------------------------------------------------------------------------------


def slipped_section(draft: Draft, shared: Shared) -> Section:
    every = shared.roadmap
    if not len(every):
        return Section("slipped", "Slipped and at risk", silent=NOTHING)
    told = [entry for entry in every.worst_first if not entry.standing.ended and _tells(draft, entry)]
    if not told:
        return Section("slipped", "Slipped and at risk", silent="Nothing slipped, and nothing is at risk.")
    moves = trails(every)
    lines: list[Line] = []
    if draft.ledger.number(every.numbers.moved):
        words = plural(draft.ledger, every.numbers.moved, "target was", "targets were")
        lines.append((*words, " moved in the period, together by ", every.numbers.net_slip, " days."))
    moved = [entry for entry in told if entry.standing.trail]
    tables = [_moved(every, moves, moved[:TRAILS], cut=len(moved) > TRAILS)] if moved else []
    tables.append(_slips(every, moves, told[:LONGEST_LIST], cut=len(told) > LONGEST_LIST))
    return Section("slipped", "Slipped and at risk", SLIPPED_RULE, tuple(lines), tuple(tables))


def _moved(every: Entries, moves: Trails, shown: Sequence[Entry], *, cut: bool) -> Table:
    columns = (
        Column("entry", "Entry"),
        Column("slip", "Slip (days)", numeric=True),
        Column("trail", "How the target moved"),
    )
    rows = tuple(((entry.item,), every.cell(entry.numbers.slip), moves.line(entry)) for entry in shown)
    return Table("slipped_worst", "The worst", columns, rows, listing=True, cut=cut)


def _tells(draft: Draft, entry: Entry) -> bool:
    start, end = draft.settings.period_start, draft.settings.period_end
    moved = any(start <= move.at < end for move in entry.standing.trail)
    later = isinstance(entry.standing.slipped, Slip) and (entry.standing.slipped.days or 0) > 0
    return moved or later or entry.state in (State.OFF_TRACK, State.AT_RISK)


def _slips(every: Entries, moves: Trails, shown: Sequence[Entry], *, cut: bool) -> Table:
    columns = (
        Column("entry", "Entry"),
        Column("health", "Health"),
        Column("slip", "Slip (days)", numeric=True),
        Column("trail", "How the target moved"),
        Column("why", "Why"),
    )
    rows = tuple(
        (
            (entry.item,),
            (entry.state,),
            every.cell(entry.numbers.slip),
            moves.line(entry) or (*target(entry), ", never moved") if entry.standing.target else ("none",),
            reasons(every, entry),
        )
        for entry in shown
    )
    return Table("slipped_why", "Every one, and why", columns, rows, listing=True, cut=cut, folded=True)


# ---- the next two weeks ----------------------------------------------------------------------------------------------

COMING = f"""
SELECT ref, kind, connection, key, title, url, item, ends_at, day FROM coming
WHERE kind <> 'Decision' OR ref IN (SELECT ref FROM choice WHERE {WAS_OPEN})"""  # noqa: S608
KINDS = {
    "Decision": "decision due",
    "Iteration": "sprint ends",
    "Milestone": "milestone",
    "Release": "release planned",
}


def ahead_section(draft: Draft, shared: Shared) -> Section:
    """What has a day within two weeks; of entries also whether they will hardly make theirs."""
    today = draft.calendar.today
    last = today + AHEAD
    every = shared.roadmap
    due = [
        one
        for one in every
        if not one.standing.ended and one.standing.target and today <= one.standing.target <= last
    ]
    coming = [
        (day, row) for row in draft.ledger.rows(COMING) if (day := _day(draft, row)) and today <= day <= last
    ]
    figure = _counted(draft, coming)
    if not due and not coming:
        return Section(
            "ahead", "Next two weeks", silent="Nothing of the roadmap is due in the next two weeks."
        )
    rows: list[tuple[date, str, tuple[Line, ...]]] = [
        (one.standing.target, one.item.title, _due(every, one)) for one in due if one.standing.target
    ]
    rows += [(day, tidy(row["title"], "(no title)"), _event(draft, day, row)) for day, row in coming]
    rows.sort(key=lambda row: row[:2])
    columns = (
        Column("day", "Day"),
        Column("what", "What"),
        Column("kind", "Kind"),
        Column("health", "Health"),
        Column("likelihood", "Likelihood", numeric=True),
    )
    shown = tuple(row for *_, row in rows)
    tables = [
        Table("ahead_first", "Coming", columns, shown[:AT_FIRST], listing=True, cut=len(shown) > AT_FIRST)
    ]
    if len(shown) > AT_FIRST:
        tables.append(
            Table("ahead_more", "Then", columns, shown[AT_FIRST:LONGEST_LIST], listing=True, folded=True)
        )
    line: Line = plural(draft.ledger, figure, "date comes up.", "dates come up.")
    if every:
        entries_due = plural(draft.ledger, every.numbers.due, "entry is due", "entries are due")
        more: Line = plural(draft.ledger, figure, "other date.", "other dates.")
        line = (*entries_due, "; ", *more)
    return Section("ahead", "Next two weeks", AHEAD_RULE, (line,), tuple(tables))


def _counted(draft: Draft, coming: Sequence[tuple[date, Row]]) -> Figure:
    refs = {row["ref"] for _, row in coming}
    return draft.ledger.fold(
        "coming",
        "Ends of sprints, planned releases and milestones, and decisions that are due, in the next 14 days.",
        COMING,
        "dates",
        lambda rows: sum(row["ref"] in refs for row in rows),
    )


def _day(draft: Draft, row: Row) -> date | None:
    if row["ends_at"]:
        return draft.calendar.day(row["ends_at"])
    try:
        return date.fromisoformat(row["day"] or "")
    except ValueError:
        return None


def _due(every: Entries, entry: Entry) -> tuple[Line, ...]:
    likelihood = every.cell(entry.numbers.likelihood)
    return (target(entry), (entry.item,), ("target",), (entry.state,), likelihood)


def _event(draft: Draft, day: date, row: Row) -> tuple[Line, ...]:
    what: Part = draft.item(row) if row["url"] else Name(tidy(row["title"] or row["key"], "(no title)"))
    return ((day,), (what,), (KINDS[row["kind"]],), (), ())
