"""What ``include=`` adds to an answer about tickets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from syncline_connectors.zendesk.simulator.call import Call
from syncline_connectors.zendesk.simulator.entities import Json
from syncline_connectors.zendesk.simulator.tickets import Ticket


def tickets_with(call: Call, tickets: Sequence[Ticket], *, export: bool = False) -> Json:
    """``{"tickets": […]}`` with what was asked to be included; metric sets stand inside the tickets."""
    rows = [call.render.ticket(ticket, export=export) for ticket in tickets]
    if "metric_sets" in call.words("include"):
        for row, ticket in zip(rows, tickets, strict=True):
            row["metric_set"] = call.render.metric_set(ticket)
    if "comment_count" in call.words("include") and not export:
        for row, ticket in zip(rows, tickets, strict=True):
            row["comment_count"] = len(ticket.comments)
    return {"tickets": rows} | sideload(call, tickets)


def sideload(call: Call, tickets: Sequence[Ticket]) -> Json:
    """The people, groups and organizations that tickets name; comments cannot be had this way."""
    wanted, work, made = set(call.words("include")), call.work, {}
    if "users" in wanted:
        ids = (
            id_ for t in tickets for id_ in (t.requester, t.submitter, t.assignee, *t.followers, *t.email_ccs)
        )
        made["users"] = [call.render.user(work.users[id_]) for id_ in _known(ids, work.users)]
    if "groups" in wanted:
        groups = _known((t.group for t in tickets), work.groups)
        made["groups"] = [call.render.group(work.groups[id_]) for id_ in groups]
    if "organizations" in wanted:
        found = _known((t.organization for t in tickets), work.organizations)
        made["organizations"] = [call.render.organization(work.organizations[id_]) for id_ in found]
    return made


def _known(ids: Iterable[int | None], registry: object) -> list[int]:
    """Each once, in order of appearance, if it is there."""
    return [id_ for id_ in dict.fromkeys(ids) if id_ is not None and id_ in registry]  # type: ignore[operator]
