"""The scorecard: how every entry of the roadmap stands, the worst first; and the same on a time line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from syncline.report.draft import LONGEST_LIST, Draft, plural
from syncline.report.formulas.refusal import Refusal
from syncline.report.model import Column, Figure, Line, Section, Table
from syncline.report.pictures import Bar, Timeline
from syncline.report.roadmap.entries import Entries, Entry
from syncline.report.roadmap.judging import HEALTH_RULE, RECORDS_OF_LEADS
from syncline.report.roadmap.telling import DIFFERS, NOTHING, claimed, reasons, said, tools
from syncline.report.shared import Shared
from syncline.report.signal.demand import DemandFigures

AT_FIRST = 2
"""Rows that everybody reads."""

BARS = 35
"""Of a time line; what ends first is shown."""

SCORECARD_RULE = (
    "An entry is one real thing, in however many tools it stands. Health is computed: "
    + HEALTH_RULE.removeprefix("M15: ")
    + " What people say stands beside it. Done counts lowest-level items without the canceled ones. Slip is the target"
    " less what was promised when work began."
)

TIMELINE_RULE = (
    "From the beginning of work, or the day that somebody typed, to the target, or to the day it was done. The mark is"
    " what was promised when work began, the diamonds are the days of the 50 % and the 85 % forecast."
)


def scorecard_section(draft: Draft, shared: Shared) -> Section:
    every = shared.roadmap
    if not len(every):
        return Section("scorecard", "Roadmap", silent=NOTHING)
    worst = [entry for entry in every.worst_first if not entry.standing.ended]
    promised = [entry for entry in worst if entry.standing.committed]
    lines = _lines(draft, every)
    return Section(
        "scorecard",
        "Roadmap",
        SCORECARD_RULE,
        lines,
        (_brief(every, promised[:AT_FIRST], len(promised) > AT_FIRST), _whole(every, _asking(shared))),
    )


def _lines(draft: Draft, every: Entries) -> tuple[Line, ...]:
    """How many entries people say something else of; how many stand how is the bottom line's to say."""
    disagree = draft.ledger.fold(
        "roadmap_disagree",
        "Entries of which people say something else than the data.",
        RECORDS_OF_LEADS,
        "entries",
        lambda _: sum(entry.mismatch for entry in every),
    )
    if not draft.ledger.number(disagree):
        return ()
    entries = plural(draft.ledger, disagree, "entry", "entries")
    return (("People and data disagree on ", *entries, f" ({DIFFERS})."),)


def _brief(every: Entries, shown: Sequence[Entry], cut: bool) -> Table:
    columns = (
        Column("entry", "Entry"),
        Column("health", "Health"),
        Column("said", "People say"),
        Column("done", "Done", numeric=True),
        Column("target", "Target"),
        Column("slip", "Slip (days)", numeric=True),
        Column("likelihood", "Likelihood", numeric=True),
    )
    rows = tuple(
        (
            (entry.item,),
            (entry.state,),
            claimed(entry),
            every.cell(entry.numbers.progress),
            target(entry),
            _short(every, entry.numbers.slip),
            _short(every, entry.numbers.likelihood),
        )
        for entry in shown
    )
    return Table(
        "scorecard_worst", "The worst first", columns, rows, listing=True, cut=cut,
        empty="Nothing that is promised is open.",
    )  # fmt: skip


def _short(every: Entries, figure: Figure) -> Line:
    """The figure, or that there is none: the table of every entry says why."""
    return (figure,) if every.draft.ledger.value(figure) is not None else ("unknown",)


def target(entry: Entry) -> Line:
    return (entry.standing.target,) if entry.standing.target else ("none",)


_WHOLE = (
    ("entry", "Entry", False),
    ("health", "Health", False),
    ("why", "Why", False),
    ("said", "People say", False),
    ("done", "Done", True),
    ("open", "Open", True),
    ("canceled", "Canceled", True),
    ("promised", "Promised", False),
    ("target", "Target", False),
    ("slip", "Slip (days)", True),
    ("moves", "Moves", True),
    ("half", "Done by, 50 %", False),
    ("slow", "Done by, 85 %", False),
    ("slowest", "Done by, 95 %", False),
    ("likelihood", "Likelihood of the target", True),
    ("likelihood_then", "Likelihood of the promise", True),
    ("basis", "By", False),
    ("held", "Held up", True),
    ("owner", "Owner", False),
    ("tools", "Items in tools", False),
)


_ASKED = (("tickets", "Tickets", True), ("organizations", "Organisations", True))


def _asking(shared: Shared) -> DemandFigures | None:
    """Who asks for entries; None where no tool has tickets."""
    return shared.entry_demand if shared.support is not None else None


def _whole(every: Entries, demand: DemandFigures | None) -> Table:
    ordered = every.worst_first
    columns = tuple(Column(*one) for one in (*_WHOLE, *(_ASKED if demand else ())))
    rows = tuple((*_row(every, entry), *_asked(demand, entry)) for entry in ordered[:LONGEST_LIST])
    cut = len(ordered) > LONGEST_LIST
    return Table("scorecard_all", "Every entry", columns, rows, listing=True, cut=cut, folded=True)


def _row(every: Entries, entry: Entry) -> tuple[Line, ...]:
    numbers, standing = entry.numbers, entry.standing
    return (
        (entry.item,),
        (entry.state,),
        reasons(every, entry),
        said(entry),
        (numbers.done,),
        (numbers.open,),
        (numbers.canceled,),
        (standing.baseline,) if standing.baseline else ("nothing",),
        target(entry),
        every.cell(numbers.slip),
        every.cell(numbers.moves),
        *_forecast(every, entry),
        (numbers.held,),
        entry.owner,
        tools(every, entry),
    )


def _asked(demand: DemandFigures | None, entry: Entry) -> tuple[Line, ...]:
    if demand is None:
        return ()
    if entry.id not in demand.items:
        return (("none",), ("none",))
    return (demand.at(demand.tickets, entry.id),), (demand.at(demand.organizations, entry.id),)


def _forecast(every: Entries, entry: Entry) -> tuple[Line, ...]:
    """The cells of the forecast; where there is none the reason stands in the first."""
    numbers = entry.numbers
    days = (numbers.half, numbers.slow, numbers.slowest)
    figures = (*days, numbers.likelihood, numbers.likelihood_then, numbers.basis)
    if entry.standing.ended:
        return ((),) * len(figures)
    if entry.prospect is None or isinstance(entry.prospect.outlook, Refusal):
        return (every.cell(numbers.half), *((),) * (len(figures) - 1))
    return tuple(every.cell(figure) for figure in figures)


# ---- the time line ---------------------------------------------------------------------------------------------------


def timeline_section(draft: Draft, shared: Shared) -> Section:
    every = shared.roadmap
    shown = [entry for entry in every.worst_first if not entry.standing.ended or _lately(draft, entry)]
    if not shown:
        return Section(
            "timeline", "Time line", silent=NOTHING if not len(every) else "Nothing on the roadmap is open."
        )
    shown.sort(key=lambda entry: (_end(draft, entry) or date.max, entry.item.title, entry.id))
    more: Line = ("Shown is what ends first; every entry is in the numbers.",)
    lines = (more,) if len(shown) > BARS else ()
    return Section("timeline", "Time line", TIMELINE_RULE, lines, (timeline(draft, every, shown[:BARS]),))


def _lately(draft: Draft, entry: Entry) -> bool:
    done = entry.standing.done_at
    return done is not None and done >= draft.settings.period_start


def timeline(draft: Draft, every: Entries, shown: Sequence[Entry]) -> Timeline:
    """These entries over a calendar; lines go only between entries that are shown."""
    ids = {entry.id for entry in shown}
    summary: Line = ("The targets moved by ", every.numbers.net_slip, " days in the period.")
    return Timeline(
        "roadmap_timeline",
        "Targets and forecasts",
        summary,
        draft.calendar.today,
        tuple(_bar(draft, every, entry, ids) for entry in shown),
        frozenset((entry.id, other) for entry in shown for other in entry.late_for if other in ids),
    )


def _bar(draft: Draft, every: Entries, entry: Entry, shown: set[str]) -> Bar:
    standing, numbers, value = entry.standing, entry.numbers, draft.ledger.value
    start, end = standing.start_on(draft), _end(draft, entry)
    if start and end and start > end:
        start = None
    forecast = not standing.ended and value(numbers.half) is not None and value(numbers.slow) is not None
    return Bar(
        item=entry.item,
        state=entry.state,
        start=start,
        end=end,
        typed=end is not None,
        baseline=standing.baseline,
        trail=tuple(move.new for move in standing.trail if move.new),
        half=numbers.half if forecast else None,
        slow=numbers.slow if forecast else None,
        refused=None if forecast or standing.ended else numbers.half,
        progress=numbers.progress if value(numbers.progress) is not None else None,
        slip=numbers.slip if value(numbers.slip) is not None else None,
        waits_for=tuple(other for other in entry.waits_for if other in shown),
    )


def _end(draft: Draft, entry: Entry) -> date | None:
    """When it was done, or else is to be done."""
    done = entry.standing.done_at
    return draft.calendar.day(done) if done else entry.standing.target
