"""Incremental exports of what happened: ticket events (audits) and metric events. Both are time-based."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from syncline_connectors.zendesk.simulator.call import Access, Call, Route
from syncline_connectors.zendesk.simulator.entities import Json
from syncline_connectors.zendesk.simulator.exports import Row, by_time, visible
from syncline_connectors.zendesk.simulator.limits import INCREMENTAL
from syncline_connectors.zendesk.simulator.metrics import MetricEvent, metric_events
from syncline_connectors.zendesk.simulator.render import SYSTEM_METADATA, as_text, named, via
from syncline_connectors.zendesk.simulator.tickets import Audit, Event

_CHANNELS = {"web": "Web form", "api": "Web service", "email": "Mail", "rule": "Rule"}
"""What this stream calls the way a change came."""


def routes() -> list[Route]:
    return [
        Route("GET", "incremental/ticket_events", ticket_events, Access.ADMIN, (INCREMENTAL,)),
        Route("GET", "incremental/ticket_metric_events", ticket_metric_events, Access.ADMIN, (INCREMENTAL,)),
    ]


# ---- ticket events ---------------------------------------------------------------------------------------------------


def ticket_events(call: Call) -> Json:
    """One row for each audit; the comments' texts only with ``include=comment_events``."""
    with_comments = "comment_events" in call.words("include")
    audits = (audit for ticket in call.work.tickets.values() for audit in ticket.audits)
    found = [Row(int(audit.created.timestamp()), audit.id, audit) for audit in audits]
    rows, rest = by_time(call, visible(call, found))
    return {"ticket_events": [_ticket_event(call, row.what, with_comments) for row in rows], **rest}


def _ticket_event(call: Call, audit: Audit, with_comments: bool) -> Json:
    told = call.render.audit(audit)
    changes = [event for event in audit.events if event.kind != "Notification"]
    return {
        "id": audit.id,
        "ticket_id": audit.ticket,
        "timestamp": int(audit.created.timestamp()),
        "created_at": told["created_at"],
        "updater_id": audit.author,
        "via": _CHANNELS.get(audit.channel, audit.channel),
        "system": SYSTEM_METADATA,
        "metadata": {},
        "event_type": "Audit",
        "merged_ticket_ids": audit.merged,
        "child_events": [_child(call, audit, event, with_comments) for event in changes],
    }


def _child(call: Call, audit: Audit, event: Event, with_comments: bool) -> Json:
    made: Json = {
        "id": event.id,
        "via": _CHANNELS.get(audit.channel, audit.channel),
        "via_reference_id": None,
    }
    if event.comment and with_comments:
        body = call.render.comment(event.comment)
        return {**made, **body, "via": via(audit.channel), "event_type": "Comment"}
    if event.comment:
        seen = {"comment_present": True, "comment_public": event.comment.public}
        return {**made, **seen, "event_type": "Comment"}
    return {**made, **_change(event), "event_type": event.kind}


def _change(event: Event) -> Json:
    """The field's name is a key; the account's own fields are keys below ``custom_ticket_fields``."""
    before = {"previous_value": as_text(event.previous)} if event.kind == "Change" else {}
    if event.field_name.isdigit():
        return {"custom_ticket_fields": {event.field_name: event.value}, **before}
    if event.field_name == "tags":
        old, new = event.previous or [], event.value
        added, removed = [t for t in new if t not in old], [t for t in old if t not in new]
        return {"tags": new, "added_tags": added, "removed_tags": removed, **before}
    return {named(event.field_name): as_text(event.value), **before}


# ---- metric events ---------------------------------------------------------------------------------------------------


def ticket_metric_events(call: Call) -> Json:
    """As an export, or with ``page[size]`` in pages of a hundred at most."""
    if call.request.param("page[size]") is not None:
        start = int(call.request.param("start_time") or 0)
        rows = [row for row in visible(call, list(_metric_rows(call))) if row.second >= start]
        return call.page("ticket_metric_events", rows, lambda row: _metric_event(row.what), _place)
    rows, rest = by_time(call, visible(call, list(_metric_rows(call))))
    return {"ticket_metric_events": [_metric_event(row.what) for row in rows], **rest}


def _place(row: Row) -> Any:
    return row.place


def _metric_rows(call: Call) -> Iterator[Row]:
    for ticket in call.work.tickets.values():
        for event in metric_events(ticket):
            yield Row(int(event.at.timestamp()), event.id, event)


def _metric_event(event: MetricEvent) -> Json:
    made: Json = {
        "id": event.id,
        "ticket_id": event.ticket,
        "metric": event.metric,
        "instance_id": event.instance,
        "type": event.kind,
        "time": event.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    if event.minutes is None:
        return made
    return {**made, "status": {"calendar": event.minutes, "business": event.minutes}}
