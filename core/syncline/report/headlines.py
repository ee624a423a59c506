"""What a reader sees first: the bottom line, and five cards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from syncline.report.draft import Draft, plural
from syncline.report.flow import Flow
from syncline.report.model import Card, Figure, Line, State
from syncline.report.relations import literal
from syncline.report.roadmap.telling import joined, reasons
from syncline.report.shared import Shared
from syncline.report.signal.goals import north_star, target_of

if TYPE_CHECKING:
    from syncline.report.kept.make import Before
    from syncline.report.roadmap.entries import Entry

CARDS = 5
REASONS = 2
_COUNTED = (State.OFF_TRACK, State.AT_RISK, State.ON_TRACK)
_ALL = (*_COUNTED, State.NO_DATA)
"""What an open entry can be."""


def bottom_line(draft: Draft, shared: Shared, before: Before | None = None) -> tuple[Line, ...]:
    """At most three sentences, from figures alone."""
    ledger = draft.ledger
    anything = ledger.rows("SELECT 1 FROM work LIMIT 1") or len(shared.roadmap)
    if not anything:
        return (("The database holds no issue or ticket of this time, so there is nothing to report.",),)
    live = [entry for entry in shared.roadmap.worst_first if not entry.standing.ended]
    if live:
        return _worst(draft, shared, live), _health(draft, shared, before), _coming(draft, shared, live)
    flow = shared.flow
    done = (*plural(ledger, flow.done, "item was", "items were"), " done in the period, ")
    compared: Line = (*done, flow.done_before, " in the one before.")
    return compared, _under_way(draft, flow), _late(draft, flow)


# ---- with a roadmap --------------------------------------------------------------------------------------------------


def _worst(draft: Draft, shared: Shared, live: list[Entry]) -> Line:
    """The promised entry that stands worst and why; if none is promised, the worst of all."""
    worst = next((entry for entry in live if entry.standing.committed), live[0])
    if worst.state is State.ON_TRACK:
        return ("Everything that was promised is on track.",)
    why = reasons(shared.roadmap, worst, REASONS)
    word = " has " if worst.state is State.NO_DATA else " is "
    return (worst.item, word, worst.state, *((": ", *why) if why else ()), ".")


def _health(draft: Draft, shared: Shared, before: Before | None) -> Line:
    """How many stand how, and how many did when the last report was made; together they are all that are open.

    What none stands as, and none did, is not mentioned.
    """
    numbers = shared.roadmap.numbers
    then = _states_before(draft, before)
    told: list[Line] = []
    for state in _ALL:
        now = Figure(numbers.states.fact, state.value)
        was = Figure(then.fact, state.value) if then is not None else None
        if any(draft.ledger.value(one) for one in (now, was) if one):
            told.append((now, f" {state.value}", *((" (before: ", was, ")") if was else ())))
    line = (*plural(draft.ledger, numbers.live, "open entry", "open entries"), " on the roadmap: ")
    line = (*line, *joined(told, ", "))
    return (*line, ".")


def _states_before(draft: Draft, before: Before | None) -> Figure | None:
    facts = () if before is None else before.then if before.said is None else before.said
    said = next((fact for fact in facts if fact.name == "roadmap_states"), None)
    if said is None or not isinstance(said.value, tuple):
        return None
    rows = [(state, number) for state, number in said.value if isinstance(number, int)]
    columns = ("state", "entries")
    draft.ledger.give("states_before", literal(columns, tuple(rows)), columns, rows)
    return draft.ledger.series(
        "roadmap_states_before",
        "Entries of the roadmap by their computed health when the report was made that this one is compared with.",
        "SELECT state, entries FROM states_before",
        "entries",
        lambda found: (
            dict.fromkeys((state.value for state in _ALL), 0)
            | {row["state"]: row["entries"] for row in found}
        ),
    )


def _coming(draft: Draft, shared: Shared, live: list[Entry]) -> Line:
    """The next deadline, and what waits for people."""
    ahead = [
        (entry.standing.target, entry.id, entry)
        for entry in live
        if entry.standing.target is not None and entry.standing.target >= draft.calendar.today
    ]
    line: Line = ("No deadline of the roadmap lies ahead",)
    if ahead:
        target, _, entry = min(ahead, key=lambda one: one[:2])
        line = ("The next deadline is ", target, ": ", entry.item)
    asks = shared.asks
    if not draft.ledger.number(asks.decisions):
        return (*line, "; no decision waits.")
    waiting = plural(draft.ledger, asks.decisions, "decision waits", "decisions wait")
    if not draft.ledger.number(asks.overdue):
        return (*line, "; ", *waiting, ".")
    return (*line, "; ", *waiting, ", ", asks.overdue, " of them for too long.")


# ---- without one -----------------------------------------------------------------------------------------------------


def _under_way(draft: Draft, flow: Flow) -> Line:
    ledger = draft.ledger
    if not ledger.number(flow.doing):
        return ("Nothing is in progress.",)
    doing = (*plural(ledger, flow.doing, "item is", "items are"), " in progress: ")
    stuck = (
        *plural(ledger, flow.stuck, "has", "have"),
        " not changed for more than ",
        flow.threshold,
        " days. ",
    )
    if not ledger.number(flow.blocked):
        return (*doing, *stuck, "Nothing is blocked or waiting.")
    return (*doing, *stuck, *plural(ledger, flow.blocked, "item is", "items are"), " blocked or waiting.")


def _late(draft: Draft, flow: Flow) -> Line:
    oldest = draft.ledger.behind(flow.overdue, "due_on", 1)
    if not oldest:
        return ("No open item is overdue.",)
    words = plural(draft.ledger, flow.overdue, "open item is overdue", "open items are overdue")
    due = date.fromisoformat(oldest[0]["due_on"])
    return (*words, ", the longest ", draft.item(oldest[0]), ", due ", due, ".")


# ---- cards -----------------------------------------------------------------------------------------------------------


def cards(draft: Draft, shared: Shared) -> tuple[Card, ...]:
    """What the roadmap, a metric and customers give; where they give nothing, the next best of the work itself."""
    wanted = [*_of_roadmap(draft, shared), *_of_metric(draft, shared), *_of_tickets(shared)]
    return (*wanted, *_of_work(shared.flow))[:CARDS]


def _of_roadmap(draft: Draft, shared: Shared) -> Iterator[Card]:
    if not len(shared.roadmap):
        return
    numbers = shared.roadmap.numbers
    yield Card(
        "shipped", "Shipped", numbers.shipped, ("before: ", numbers.shipped_before), "shipped", State.DONE
    )
    on_track = Figure(numbers.states.fact, State.ON_TRACK.value)
    yield Card("on-track", "On track", on_track, ("of open: ", numbers.live), "scorecard", State.ON_TRACK)
    yield Card(
        "net-slip", "Net slip in days", numbers.net_slip, ("targets moved: ", numbers.moved), "slipped"
    )


def _of_metric(draft: Draft, shared: Shared) -> Iterator[Card]:
    """The metric that comes first, as in the section on goals; where nothing is aimed at, the first that was read."""
    read = (metric for metric in shared.metrics if metric.last is not None)
    star = north_star(shared.goals, shared.metrics) or next(read, None)
    if star is None or star.last is None:
        return
    target = target_of(draft, shared.goals, star)
    usual = draft.ledger.value(star.usual) is not None
    note: Line = ("usual: ", *star.amount(star.usual)) if usual else ("nothing is aimed at",)
    if target:
        note = ("target: ", *star.amount(target))
    yield Card("metric", star.name, star.last, note, "goals")


def _of_tickets(shared: Shared) -> Iterator[Card]:
    if shared.support is not None:
        period, before = shared.support.period, shared.support.before
        yield Card("tickets", "New tickets", period.created, ("before: ", before.created), "customers")


def _of_work(flow: Flow) -> Iterator[Card]:
    yield Card("done", "Done", flow.done, ("before: ", flow.done_before), "done", State.DONE)
    yield Card(
        "in-progress",
        "In progress",
        flow.doing,
        ("in review: ", flow.review),
        "in-progress",
        State.IN_PROGRESS,
    )
    yield Card(
        "blocked", "Blocked or waiting", flow.blocked, ("overdue: ", flow.overdue), "stuck", State.BLOCKED
    )
    yield Card("stuck", "Stuck", flow.stuck, ("no change for days: ", flow.threshold), "stuck", State.STUCK)
    yield Card("created", "Created", flow.created, ("before: ", flow.created_before), "done")
