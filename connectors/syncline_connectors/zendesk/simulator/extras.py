"""Lists beside the tickets: metrics, satisfaction ratings, links to Jira, files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from syncline.sim import SimResponse
from syncline_connectors.zendesk.simulator import entities as e
from syncline_connectors.zendesk.simulator.call import Access, Call, Route
from syncline_connectors.zendesk.simulator.entities import Json, stamp
from syncline_connectors.zendesk.simulator.errors import invalid, missing_parameter, not_found
from syncline_connectors.zendesk.simulator.ledger import Write
from syncline_connectors.zendesk.simulator.metrics import METRIC_IDS
from syncline_connectors.zendesk.simulator.paging import number
from syncline_connectors.zendesk.simulator.reading import listed

UPLOADS_LIVE = timedelta(minutes=60)
MOST_LINKS = 1000
SCORES: dict[str, Callable[[e.Rating], bool]] = {
    "offered": lambda r: r.score == "offered",
    "received": lambda r: r.score in ("good", "bad"),
    "received_with_comment": lambda r: r.score in ("good", "bad") and bool(r.comment),
    "received_without_comment": lambda r: r.score in ("good", "bad") and not r.comment,
    "good": lambda r: r.score == "good",
    "good_with_comment": lambda r: r.score == "good" and bool(r.comment),
    "good_without_comment": lambda r: r.score == "good" and not r.comment,
    "bad": lambda r: r.score == "bad",
    "bad_with_comment": lambda r: r.score == "bad" and bool(r.comment),
    "bad_without_comment": lambda r: r.score == "bad" and not r.comment,
}


def routes() -> list[Route]:
    return [
        Route("GET", "ticket_metrics", metrics),
        Route("GET", "ticket_metrics/{id}", metric),
        Route("GET", "tickets/{id}/metrics", metric_of_ticket),
        Route("GET", "satisfaction_ratings", ratings, Access.ADMIN),
        Route("GET", "satisfaction_ratings/{id}", rating),
        Route("GET", "jira/links", links, Access.ADMIN),
        Route("POST", "jira/links", link, Access.ADMIN),
        Route("DELETE", "jira/links/{id}", unlink, Access.ADMIN),
        Route("POST", "uploads", upload),
        Route("DELETE", "uploads/{token}", discard),
        Route("GET", "attachments/{id}", attachment),
        Route("PUT", "tickets/{id}/comments/{comment}/attachments/{file}/redact", redact),
    ]


# ---- metrics ---------------------------------------------------------------------------------------------------------


def metrics(call: Call) -> Json:
    """Newest ticket first. What is archived has no row here, nor is there any word of that."""
    found = listed(call)[::-1]
    return call.page("ticket_metrics", found, call.render.metric_set, lambda ticket: -ticket.id)


def metric(call: Call) -> Json:
    """By the number of the set or of the ticket; described as a list of one."""
    id_ = call.id()
    found = call.work.tickets.get(id_ - METRIC_IDS) or call.work.tickets.get(id_)
    if found is None or found.deleted or not call.sees(found):
        raise not_found()
    return {"ticket_metric": [call.render.metric_set(found)]}


def metric_of_ticket(call: Call) -> Json:
    return {"ticket_metric": call.render.metric_set(call.ticket())}


# ---- ratings ---------------------------------------------------------------------------------------------------------


def ratings(call: Call) -> Json:
    found, score = list(call.work.ratings.values()), call.request.param("score")
    if score is not None:
        if score not in (*SCORES, "unoffered"):
            raise invalid("score", f"{score} is not a score", "InvalidValue")
        found = [r for r in found if SCORES.get(score, _never)(r)]
    for name, keeps in (("start_time", _since), ("end_time", _until)):
        if call.request.param(name):
            second = number(call.request, name, 0)
            found = [r for r in found if keeps(r, second)]
    return call.page("satisfaction_ratings", found, lambda r: _rating(call, r))


def _never(rating: e.Rating) -> bool:
    return False


def _since(rating: e.Rating, second: int) -> bool:
    return rating.updated.timestamp() >= second


def _until(rating: e.Rating, second: int) -> bool:
    return rating.updated.timestamp() <= second


def rating(call: Call) -> Json:
    found = call.work.ratings.get(call.id())
    if found is None:
        raise not_found()
    return {"satisfaction_rating": _rating(call, found)}


def _rating(call: Call, rating: e.Rating) -> Json:
    return {
        "url": call.render.url(f"satisfaction_ratings/{rating.id}"),
        "id": rating.id,
        "assignee_id": rating.assignee,
        "group_id": rating.group,
        "requester_id": rating.requester,
        "ticket_id": rating.ticket,
        "score": rating.score,
        "created_at": stamp(rating.created),
        "updated_at": stamp(rating.updated),
        "comment": rating.comment,
        "reason": "No reason provided",
        "reason_id": 0,
        "reason_code": 0,
    }


# ---- links to Jira ---------------------------------------------------------------------------------------------------


def links(call: Call) -> Json:
    """By number, a thousand a page; ``page[after]`` is the number of the last link seen.

    ``filter[ticket_id]`` knows tickets alone: the reference says issues too, people who tried it say not.
    """
    found = sorted(call.work.jira_links.values(), key=lambda known: known.id)
    wanted, after = call.request.param("filter[ticket_id]"), call.request.param("page[after]")
    if wanted is not None:
        found = [known for known in found if str(known.ticket) == wanted]
    if after:
        found = [known for known in found if known.id > int(after)]
    shown = found[: min(number(call.request, "page[size]", MOST_LINKS), MOST_LINKS)]
    meta = {"has_more": len(found) > len(shown), "after_cursor": str(shown[-1].id) if shown else None}
    return {"links": [_link(call, known) for known in shown], "meta": meta}


def _link(call: Call, link: e.JiraLink) -> Json:
    """Numbers are text here, and times have thousandths. As recorded; links of old have no key."""
    return {
        "id": link.id,
        "ticket_id": str(link.ticket),
        "issue_id": link.issue_id,
        "issue_key": link.issue_key or None,
        "url": f"{call.base}/api/services/jira/links/{link.id}",
        "created_at": link.created.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "updated_at": link.updated.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
    }


def link(call: Call) -> SimResponse:
    """One link of a ticket to an issue; the same again is refused."""
    asked = call.body("link")
    missing = [name for name in ("ticket_id", "issue_id", "issue_key") if not asked.get(name)]
    if missing:
        raise missing_parameter(missing[0])
    ticket = call.work.tickets.get(int(asked["ticket_id"]))
    if ticket is None or ticket.deleted is not None:
        raise invalid("ticket_id", "Ticket: is invalid", "InvalidValue")
    same = (ticket.id, str(asked["issue_id"]))
    if any((known.ticket, known.issue_id) == same for known in call.work.jira_links.values()):
        raise invalid("base", "Link: already exists", "DuplicateValue")
    call.ledger.note(Write("POST", call.request.path, ticket.id, asked), None, public=None)
    made = call.work.link_jira(ticket, asked["issue_id"], str(asked["issue_key"]), at=call.now)
    return SimResponse.of_json({"link": _link(call, made)}, 201)


def unlink(call: Call) -> SimResponse:
    if call.work.jira_links.pop(call.id(), None) is None:
        raise not_found()
    return SimResponse(204)


# ---- files -----------------------------------------------------------------------------------------------------------


def upload(call: Call) -> SimResponse:
    """The body is the file; several go under one token when the second names the token of the first."""
    name = call.request.param("filename")
    if not name:
        raise missing_parameter("filename")
    kind = call.request.header("Content-Type") or "application/octet-stream"
    made, known = call.work.attachment(name, call.request.body, kind), call.request.param("token")
    held = call.work.uploads.get(known or "")
    if held is None:
        held = e.Upload(made.token[::-1], call.user, call.now + UPLOADS_LIVE)
        call.work.uploads[held.token] = held
    held.attachments.append(made)
    rows = [call.render.attachment(one) for one in held.attachments]
    told = {
        "token": held.token,
        "expires_at": stamp(held.expires),
        "attachments": rows,
        "attachment": rows[-1],
    }
    return SimResponse.of_json({"upload": told}, 201)


def discard(call: Call) -> SimResponse:
    if call.work.uploads.pop(call.arguments["token"], None) is None:
        raise not_found()
    return SimResponse(204)


def attachment(call: Call) -> Json:
    return {"attachment": call.render.attachment(_file(call, "id"))}


def redact(call: Call) -> Json:
    """The file's content goes for good, its place in the comment stays."""
    found = _file(call, "file")
    if not any(found in comment.attachments for comment in call.ticket().comments):
        raise not_found()
    found.redacted, found.content = True, b""
    return {"attachment": call.render.attachment(found)}


def _file(call: Call, name: str) -> Any:
    found = call.work.attachments.get(call.id(name))
    if found is None:
        raise not_found()
    return found
