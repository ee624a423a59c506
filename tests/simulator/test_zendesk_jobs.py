"""Changes to many tickets, files, and how often the simulated Zendesk account may be asked."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from tests.simulator.zendesk import Zendesk, refused

from syncline.sim import SimClock, SimRequest
from syncline.sim.server import serve
from syncline_connectors.zendesk.simulator import ACCOUNT_ID, Plan


@pytest.fixture
def desk(clock: SimClock) -> Zendesk:
    return Zendesk(clock, calm=True)


def finished(desk: Zendesk, method: str, target: str, body: Any = None) -> list[Any]:
    response = desk.ask(method, target, body)
    assert response.status == 200, response.content()
    job = response.json()["job_status"]
    assert (job["status"], job["results"]) == ("queued", None)
    desk.clock.advance(60)
    told = desk.get(f"job_statuses/{job['id']}")["job_status"]
    assert told["status"] == "completed"
    rows: list[Any] = told["results"]
    return rows


# ---- jobs ------------------------------------------------------------------------------------------------------------


def test_many_are_made_changed_and_removed_by_jobs(desk: Zendesk) -> None:
    rows = [{"subject": str(n), "comment": {"body": "x", "public": False}} for n in range(3)]
    made = finished(desk, "POST", "tickets/create_many", {"tickets": rows})
    assert [row["account_id"] for row in made] == [ACCOUNT_ID] * 3
    ids = [row["id"] for row in made]
    patch = {"ticket": {"priority": "high", "additional_tags": ["a"]}}
    done = finished(desk, "PUT", f"tickets/update_many?ids={ids[0]},{ids[1]}", patch)
    assert [row["success"] for row in done] == [True, True]
    assert [(t.priority, t.tags) for t in desk.site.tickets.values()] == [("high", ["a"])] * 2 + [(None, [])]
    finished(desk, "DELETE", f"tickets/destroy_many?ids={ids[0]}")
    assert [t.deleted is not None for t in desk.site.tickets.values()] == [True, False, False]
    assert len(desk.site.ledger.writes) == 6


def test_a_job_tells_what_failed_and_does_the_rest(desk: Zendesk) -> None:
    good, closed, stale = desk.ticket(), desk.ticket(), desk.ticket()
    desk.site.close(closed)
    lock = {"updated_stamp": "2020-01-01T00:00:00Z", "safe_update": True}
    rows = [
        {"id": good.id, "priority": "low"},
        {"id": closed.id, "priority": "low"},
        {"id": stale.id, "priority": "low", **lock},
        {"id": 999, "priority": "low"},
    ]
    told = finished(desk, "PUT", "tickets/update_many", {"tickets": rows})
    assert [row.get("success") for row in told] == [True, None, None, None]
    assert [row["error"] for row in told[1:]] == ["RecordInvalid", "TicketUpdateConflict", "RecordNotFound"]
    assert (good.priority, closed.priority, stale.priority) == ("low", None, None)


def test_a_job_takes_its_time_and_a_hundred_tickets(clock: SimClock) -> None:
    desk = Zendesk(clock, calm=False)
    ticket = desk.ticket()
    asked = desk.ask("PUT", f"tickets/update_many?ids={ticket.id}", {"ticket": {"priority": "low"}})
    job = asked.json()["job_status"]["id"]
    assert desk.get(f"job_statuses/{job}")["job_status"]["status"] == "working"
    assert ticket.priority is None
    clock.advance(20)
    assert desk.get(f"job_statuses/{job}")["job_status"]["status"] == "completed"
    clock.advance(86400)
    assert desk.ask("GET", f"job_statuses/{job}").status == 404
    rows = [{"id": ticket.id}] * 101
    assert refused(desk.ask("PUT", "tickets/update_many", {"tickets": rows}), 400)["error"] == "TooManyValues"


def test_thirty_jobs_may_wait(clock: SimClock) -> None:
    desk = Zendesk(clock, calm=False)
    target = f"tickets/destroy_many?ids={desk.ticket().id}"
    assert [desk.ask("DELETE", target).status for _ in range(31)] == [200] * 30 + [429]


def test_tickets_are_merged_by_a_job(desk: Zendesk) -> None:
    one, two, into = desk.ticket("a"), desk.ticket("b"), desk.ticket("c")
    told = finished(desk, "POST", f"tickets/{into.id}/merge", {"ids": [one.id, two.id]})
    assert [row["success"] for row in told] == [True, True]
    assert (one.status, two.status, into.status) == ("closed", "closed", "new")
    assert (desk.site.ledger.public, len(desk.site.ledger.closed)) == ([], 1)


def test_a_follow_up_continues_what_is_closed(desk: Zendesk) -> None:
    ticket = desk.ticket()
    more = {"comment": {"body": "Next", "public": False}, "via_followup_source_id": ticket.id}
    assert desk.post("tickets", {"ticket": more}).status == 422
    desk.site.close(ticket)
    made = desk.post("tickets", {"ticket": more}).json()["ticket"]
    assert (made["via"]["source"]["rel"], made["via"]["source"]["from"]["ticket_id"]) == (
        "follow_up",
        ticket.id,
    )
    assert desk.read(ticket)["followup_ids"] == [made["id"]]


# ---- files -----------------------------------------------------------------------------------------------------------


def sent(desk: Zendesk, target: str, content: bytes) -> Any:
    headers = [*desk.headers, ("Content-Type", "text/plain")]
    response = desk.site(
        SimRequest("POST", "/api/v2/uploads", SimRequest.of("POST", target).query, headers, content)
    )
    assert response.status == 201
    return response.json()["upload"]


def test_a_file_is_sent_put_in_a_comment_and_read(desk: Zendesk) -> None:
    ticket = desk.ticket()
    first = sent(desk, "/?filename=a b.txt", b"one")
    both = sent(desk, f"/?filename=c.txt&token={first['token']}", b"two")
    assert (both["token"], len(both["attachments"])) == (first["token"], 2)
    for _ in range(2):
        desk.put(ticket, comment={"body": "Files", "public": False, "uploads": [first["token"]]})
    comments = desk.get(f"tickets/{ticket.id}/comments")["comments"]
    assert [len(c["attachments"]) for c in comments] == [0, 2, 0]
    row = comments[1]["attachments"][0]
    assert (row["file_name"], row["size"]) == ("a b.txt", 3)
    path = row["content_url"].removeprefix(desk.site.site_url).split("?")[0]
    assert desk.site(SimRequest.of("GET", path)).content() == b"one"
    redacted = f"tickets/{ticket.id}/comments/{comments[1]['id']}/attachments/{row['id']}/redact"
    assert desk.ask("PUT", redacted).status == 200
    assert desk.site(SimRequest.of("GET", path)).content() == b""


def test_an_unused_file_is_gone_after_an_hour_or_when_discarded(desk: Zendesk) -> None:
    ticket, held = desk.ticket(), sent(desk, "/?filename=a.txt", b"one")
    desk.clock.advance(3601)
    desk.put(ticket, comment={"body": "File", "public": False, "uploads": [held["token"]]})
    assert ticket.comments[-1].attachments == []
    assert desk.ask("DELETE", f"uploads/{held['token']}").status == 204
    assert desk.ask("DELETE", f"uploads/{held['token']}").status == 404


# ---- limits ----------------------------------------------------------------------------------------------------------


def test_the_plan_limits_the_whole_account_by_the_minute(desk: Zendesk) -> None:
    desk.site.limits.plan = Plan.TEAM
    desk.clock.advance(45)
    answers = [desk.ask("GET", "users/me", by=who) for who in (desk.ada, desk.ben) for _ in range(100)]
    assert {a.status for a in answers} == {200}
    assert (answers[0].header("x-rate-limit"), answers[0].header("x-rate-limit-remaining")) == ("200", "199")
    over = desk.ask("GET", "users/me")
    assert (over.status, over.header("retry-after"), over.header("ratelimit-reset")) == (429, "15", "15")
    assert desk.site.limits.refused == {"account": 1}
    desk.clock.advance(15)
    assert desk.ask("GET", "users/me").status == 200


def test_exports_share_ten_requests_a_minute(desk: Zendesk) -> None:
    targets = ["incremental/tickets/cursor?start_time=0", "incremental/users/cursor?start_time=0"] * 5
    assert {desk.ask("GET", target).status for target in targets} == {200}
    over = desk.ask("GET", "incremental/organizations?start_time=0")
    assert (over.status, over.header("retry-after")) == (429, "60")
    desk.site.limits.plan = Plan.HIGH_VOLUME
    assert desk.ask("GET", "incremental/organizations?start_time=0").status == 200


def test_one_ticket_takes_thirty_updates_in_ten_minutes_of_each_person(desk: Zendesk) -> None:
    ticket = desk.ticket()
    for number in range(30):
        response = desk.put(ticket, subject=str(number))
        assert response.status == 200
    assert response.header("zendesk-ratelimit-per-ticket-updates") == "total=30; remaining=0; resets=600"
    assert desk.put(ticket, subject="x").status == 429
    assert desk.put(ticket, by=desk.ben, subject="y").status == 200
    assert (ticket.subject, desk.site.limits.refused) == ("y", {"per-ticket-updates": 1})


def test_a_hundred_tickets_are_updated_in_a_minute(desk: Zendesk) -> None:
    tickets = [desk.ticket() for _ in range(101)]
    assert [desk.put(t, priority="low").status for t in tickets] == [200] * 100 + [429]


def test_listing_tickets_has_a_limit_of_its_own_that_headers_tell(desk: Zendesk) -> None:
    response = desk.ask("GET", "tickets?page[size]=1")
    assert response.header("zendesk-ratelimit-tickets-index") == "total=100; remaining=99; resets=60"


# ---- what tests may order --------------------------------------------------------------------------------------------


def test_errors_and_locks_may_be_ordered(desk: Zendesk) -> None:
    ticket = desk.ticket()
    desk.site.refuse("PUT", "tickets/{id}", 503, "maintenance", retry_after=5)
    answers = [desk.put(ticket, subject=s) for s in "ab"]
    assert [(a.status, a.header("retry-after")) for a in answers] == [(503, "5"), (200, None)]
    desk.site.forbid("GET", "jira/links")
    assert desk.ask("GET", "jira/links").status == 403
    desk.site.set_quirks(conflict=1.0)
    assert desk.put(ticket, subject="c").status == 409
    assert ticket.subject == "b"


def test_what_is_not_there_is_404(desk: Zendesk) -> None:
    missing = desk.site(SimRequest.of("GET", "/api/v2/nothing", headers=desk.headers))
    assert missing.json()["error"] == "InvalidEndpoint"


def test_every_request_that_writes_is_listed(desk: Zendesk) -> None:
    ticket = desk.ticket()
    desk.get("tickets")
    desk.put(ticket, priority="nonsense")
    desk.ask("DELETE", "jira/links/5")
    assert desk.site.ledger.requests == [
        ("PUT", f"/api/v2/tickets/{ticket.id}"),
        ("DELETE", "/api/v2/jira/links/5"),
    ]


def test_addresses_lead_back_to_where_the_account_is_served(desk: Zendesk) -> None:
    made = [desk.ticket().id for _ in range(3)]
    with serve(desk.site) as url, httpx.Client(headers=dict(desk.headers)) as client:
        desk.site.site_url = url
        target, seen = f"{url}/api/v2/tickets.json?page[size]=2", []
        while target:
            page = client.get(target).json()
            seen += [row["id"] for row in page["tickets"]]
            target = page["links"]["next"] if page["meta"]["has_more"] else ""
    assert seen == made
