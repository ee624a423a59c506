"""How long a ticket waited, reckoned from its audits: metric sets and metric events.

Numbers are calendar minutes; the account's business hours are around the clock, so both kinds are equal. Which status
means that which side waits: the vendor's "About native support time duration metrics".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from syncline_connectors.zendesk.simulator.entities import Json, stamp
from syncline_connectors.zendesk.simulator.tickets import Comment, Event, Ticket

REQUESTER_WAITS = ("new", "open", "hold")
AGENT_WAITS = ("pending",)
FINISHED = ("solved", "closed", "deleted")
METRIC_IDS = 361300000000
EVENT_IDS = 926000000000

Statuses = list[tuple[datetime, str]]


def metric_set(ticket: Ticket, url: str, now: datetime) -> Json:
    """The numbers of one ticket, which has one set with an id of its own."""
    statuses = ticket.status_at() or [(ticket.created, ticket.status)]
    solved = [at for at, value in statuses if value == "solved"]
    replies = [c for c in ticket.comments[1:] if c.public and c.author.staff]
    first = replies[0].created - ticket.created if replies else None
    assigned, groups = _stations(ticket, "assignee"), _stations(ticket, "group")
    return {
        "url": url,
        "id": METRIC_IDS + ticket.id,
        "ticket_id": ticket.id,
        "created_at": stamp(ticket.created),
        "updated_at": stamp(ticket.updated),
        "group_stations": len(groups),
        "assignee_stations": len(assigned),
        "reopens": reopens(statuses),
        "replies": len(replies),
        "assignee_updated_at": stamp(_last(ticket, lambda c: c.author.id == ticket.assignee)),
        "requester_updated_at": stamp(_last(ticket, lambda c: c.author.id == ticket.requester)),
        "status_updated_at": stamp(statuses[-1][0]),
        "initially_assigned_at": stamp(assigned[0] if assigned else None),
        "assigned_at": stamp(assigned[-1] if assigned else None),
        "solved_at": stamp(solved[-1] if solved and ticket.status in FINISHED else None),
        "latest_comment_added_at": stamp(ticket.comments[-1].created if ticket.comments else None),
        "reply_time_in_minutes": _minutes(first),
        "first_resolution_time_in_minutes": _minutes(solved[0] - ticket.created if solved else None),
        "full_resolution_time_in_minutes": _minutes(solved[-1] - ticket.created if solved else None),
        "agent_wait_time_in_minutes": _minutes(spent(statuses, AGENT_WAITS, now)),
        "requester_wait_time_in_minutes": _minutes(spent(statuses, REQUESTER_WAITS, now)),
        "on_hold_time_in_minutes": _minutes(spent(statuses, ("hold",), now)),
        "custom_status_updated_at": stamp(statuses[-1][0]),
        "reply_time_in_seconds": {"calendar": int(first.total_seconds()) if first else None},
    }


# ---- events ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MetricEvent:
    """``instance`` 0 is that a metric is measured at all; a new one begins with every activation after a fulfilment."""

    id: int
    ticket: int
    metric: str
    instance: int
    kind: str
    at: datetime
    minutes: int | None = None


def metric_events(ticket: Ticket) -> list[MetricEvent]:
    """How the clocks of a ticket began, paused and ended; ids grow with time and stay."""
    statuses = ticket.status_at()
    if not statuses:
        return []
    replies = [c.created for c in ticket.comments[1:] if c.public and c.author.staff]
    made = [
        *_clock(statuses, "requester_wait_time", REQUESTER_WAITS),
        *_clock(statuses, "agent_work_time", ("new", "open")),
        *_reply(statuses[0][0], replies),
    ]
    made.sort(key=lambda told: told[0])
    return [
        MetricEvent(EVENT_IDS + ticket.id * 1000 + number, ticket.id, metric, instance, kind, at, minutes)
        for number, (at, metric, instance, kind, minutes) in enumerate(made)
    ]


_Told = tuple[datetime, str, int, str, int | None]


def _clock(statuses: Statuses, metric: str, runs: tuple[str, ...]) -> Iterator[_Told]:
    """One clock: it runs in some statuses, ends with the ticket and begins anew when that is reopened."""
    yield statuses[0][0], metric, 0, "measure", None
    instance, running, past, since = 1, False, timedelta(), statuses[0][0]
    ended = False
    for at, value in statuses:
        past += at - since if running else timedelta()
        since = at
        if value in runs and not running:
            if ended:
                instance, past, ended = instance + 1, timedelta(), False
            yield at, metric, instance, "activate", None
        elif value in FINISHED and not ended:
            yield at, metric, instance, "fulfill", None
            yield at, metric, instance, "update_status", int(past.total_seconds()) // 60
            ended = True
        elif running and value not in runs:
            yield at, metric, instance, "pause", None
            yield at, metric, instance, "update_status", int(past.total_seconds()) // 60
        running = value in runs


def _reply(created: datetime, replies: list[datetime]) -> Iterator[_Told]:
    yield created, "reply_time", 0, "measure", None
    yield created, "reply_time", 1, "activate", None
    if replies:
        yield replies[0], "reply_time", 1, "fulfill", None
        waited = int((replies[0] - created).total_seconds()) // 60
        yield replies[0], "reply_time", 1, "update_status", waited


def reopens(statuses: Statuses) -> int:
    """How often a ticket went from solved back to work."""
    values = [value for _, value in statuses]
    return sum(a == "solved" and b not in FINISHED for a, b in pairwise(values))


def spent(statuses: Statuses, wanted: tuple[str, ...], now: datetime) -> timedelta:
    """How long a ticket was in any of some statuses."""
    ends = [*(at for at, _ in statuses[1:]), now]
    spans = (end - at for (at, value), end in zip(statuses, ends, strict=True) if value in wanted)
    return sum(spans, timedelta())


def _minutes(span: timedelta | None) -> Json:
    whole = None if span is None else int(span.total_seconds()) // 60
    return {"calendar": whole, "business": whole}


def _last(ticket: Ticket, fits: Callable[[Comment], bool]) -> datetime | None:
    found = [comment.created for comment in ticket.comments if fits(comment)]
    return found[-1] if found else None


def _stations(ticket: Ticket, name: str) -> list[datetime]:
    """When somebody was put in charge."""
    return [at for at, event in _events(ticket) if event.field_name == name and event.value is not None]


def _events(ticket: Ticket) -> Iterator[tuple[datetime, Event]]:
    for audit in ticket.audits:
        for event in audit.events:
            yield audit.created, event
