"""Reading tickets, one by one and in lists."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from syncline_connectors.zendesk.simulator.call import Call, Route
from syncline_connectors.zendesk.simulator.entities import Json
from syncline_connectors.zendesk.simulator.errors import missing_parameter, too_many_values
from syncline_connectors.zendesk.simulator.filing import BIN_DAYS
from syncline_connectors.zendesk.simulator.limits import DELETED_TICKETS, LIST_TICKETS
from syncline_connectors.zendesk.simulator.sideloads import tickets_with
from syncline_connectors.zendesk.simulator.tickets import Comment, Ticket

ARCHIVED_AFTER = timedelta(days=120)
"""A ticket that has been closed for so long is left out of lists; its number, its export and a search still find it."""
MOST_IDS = 100


def routes() -> list[Route]:
    return [
        Route("GET", "tickets", list_tickets, rules=(LIST_TICKETS,)),
        Route("GET", "tickets/show_many", show_many),
        Route("GET", "tickets/count", count),
        Route("GET", "tickets/{id}", show),
        Route("GET", "tickets/{id}/comments", comments),
        Route("GET", "tickets/{id}/comments/count", count_comments),
        Route("GET", "tickets/{id}/audits", audits),
        Route("GET", "tickets/{id}/tags", tags),
        Route("GET", "tickets/{id}/incidents", incidents),
        Route("GET", "deleted_tickets", deleted, rules=(DELETED_TICKETS,)),
    ]


def listed(call: Call) -> list[Ticket]:
    """What a list shows: what is within reach and not archived."""
    return [t for t in call.tickets() if not (t.closed and t.updated + ARCHIVED_AFTER <= call.now)]


def list_tickets(call: Call) -> Json:
    found = listed(call)
    wanted = call.request.param("external_id")
    if wanted is not None:
        found = [t for t in found if t.external_id == wanted]
    return _page(call, found)


def show_many(call: Call) -> Json:
    """Those of the ids that are there, in order of their numbers, without a word on the others."""
    ids = call.words("ids")
    external = call.words("external_ids")
    if not ids and not external:
        raise missing_parameter("ids")
    if len(ids) > MOST_IDS or len(external) > MOST_IDS:
        raise too_many_values()
    named = [call.work.tickets.get(id_) for id_ in sorted({int(text) for text in ids if text.isdigit()})]
    named += [t for t in call.work.tickets.values() if external and t.external_id in external]
    found = [t for t in dict.fromkeys(named) if t and t.deleted is None and call.sees(t)]
    return tickets_with(call, found) | {"next_page": None, "previous_page": None, "count": len(found)}


def _page(call: Call, tickets: list[Ticket]) -> Json:
    page = call.page("tickets", tickets, lambda ticket: ticket)
    made = page | tickets_with(call, page["tickets"])
    if "meta" in page:
        # Recorded: pages by cursor leave this copy of the custom fields out.
        for row in made["tickets"]:
            row.pop("fields", None)
    return made


def count(call: Call) -> Json:
    return {"count": {"value": len(listed(call)), "refreshed_at": call.now.isoformat()}}


def show(call: Call) -> Json:
    made = tickets_with(call, [call.ticket()])
    return {"ticket": made.pop("tickets")[0], **made}


def comments(call: Call) -> Json:
    """Oldest first, or newest with ``sort=-created_at`` or ``sort_order=desc``."""
    ticket = call.ticket()
    newest_first = call.request.param("sort") == "-created_at" or call.request.param("sort_order") == "desc"
    rows = ticket.comments[::-1] if newest_first else ticket.comments

    def place(comment: Comment) -> Any:
        return -comment.id if newest_first else comment.id

    page = call.page("comments", rows, call.render.comment, place)
    if "users" in call.words("include"):
        authors = dict.fromkeys(row["author_id"] for row in page["comments"])
        page["users"] = [call.render.user(call.work.users[id_]) for id_ in authors]
    return page


def count_comments(call: Call) -> Json:
    return {"count": {"value": len(call.ticket().comments), "refreshed_at": call.now.isoformat()}}


def audits(call: Call) -> Json:
    return call.page("audits", call.ticket().audits, call.render.audit)


def tags(call: Call) -> Json:
    return {"tags": call.ticket().tags}


def incidents(call: Call) -> Json:
    problem = call.ticket()
    return _page(call, [t for t in call.tickets() if t.problem == problem.id])


def _binned(call: Call, ticket: Ticket) -> bool:
    return ticket.deleted is not None and not ticket.scrubbed and ticket.deleted + BIN_DAYS > call.now


def deleted(call: Call) -> Json:
    """What lies in the bin, for 30 days."""
    found = [t for t in call.work.tickets.values() if _binned(call, t) and call.sees(t)]
    return call.page("deleted_tickets", found, call.render.deleted_ticket)
