"""What a reader sees first: the bottom line, and five cards."""

from __future__ import annotations

from datetime import date

from syncline.report.draft import Draft, plural
from syncline.report.flow import Flow
from syncline.report.model import Card, Line, State
from syncline.report.shared import Shared


def bottom_line(draft: Draft, shared: Shared) -> tuple[Line, ...]:
    """At most three sentences, from figures alone."""
    ledger = draft.ledger
    if not any(ledger.rows("SELECT 1 FROM work LIMIT 1")):
        return (("The database holds no issue or ticket yet, so there is nothing to report.",),)
    flow = shared.flow
    done = (*plural(ledger, flow.done, "item was", "items were"), " done in the period, ")
    compared: Line = (*done, flow.done_before, " in the one before.")
    return compared, _under_way(draft, flow), _late(draft, flow)


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


def cards(shared: Shared) -> tuple[Card, ...]:
    flow = shared.flow
    return (
        Card("done", "Done", flow.done, ("before: ", flow.done_before), "done", State.DONE),
        Card(
            "in-progress",
            "In progress",
            flow.doing,
            ("in review: ", flow.review),
            "in-progress",
            State.IN_PROGRESS,
        ),
        Card(
            "blocked", "Blocked or waiting", flow.blocked, ("overdue: ", flow.overdue), "stuck", State.BLOCKED
        ),
        Card("stuck", "Stuck", flow.stuck, ("no change for days: ", flow.threshold), "stuck", State.STUCK),
        Card("created", "Created", flow.created, ("before: ", flow.created_before), "done"),
    )
