"""What the simulated Zendesk account does with writes, and what customers hear of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.simulator.zendesk import Zendesk, refused

from syncline.sim import SimClock


@pytest.fixture
def desk(clock: SimClock) -> Zendesk:
    return Zendesk(clock, calm=True)


def create(desk: Zendesk, key: str | None = None, **values: Any) -> Any:
    body = {"ticket": {"subject": "New", "comment": {"body": "Text", "public": False}, **values}}
    return desk.post("tickets", body, **({"Idempotency_Key": key} if key else {}))


# ---- creating ----------------------------------------------------------------------------------------------


def test_a_ticket_is_made_for_a_requester(desk: Zendesk) -> None:
    response = create(
        desk, requester_id=desk.cleo.id, external_id="x1", tags=["From API", "b"], priority="high"
    )
    row = response.json()["ticket"]
    assert response.status == 201
    assert response.header("Location") == row["url"]
    assert (row["requester_id"], row["submitter_id"], row["organization_id"]) == (
        desk.cleo.id,
        desk.ada.id,
        desk.company.id,
    )
    assert (row["external_id"], row["tags"], row["status"]) == ("x1", ["b", "from_api"], "new")
    assert [event["type"] for event in response.json()["audit"]["events"]][:2] == ["Comment", "Create"]
    assert (desk.site.sent_to_customers, desk.site.ledger.customer_facing) == ([], [])


def test_a_comment_is_public_unless_it_says_otherwise(desk: Zendesk) -> None:
    made = desk.post(
        "tickets", {"ticket": {"requester_id": desk.cleo.id, "comment": {"body": "Hello"}}}
    ).json()
    assert made["ticket"]["is_public"] is True
    assert [(m.recipient, m.reason) for m in desk.site.sent_to_customers] == [
        ("cleo@example.net", "proactive")
    ]
    assert len(desk.site.ledger.public) == 1


def test_a_requester_is_known_by_e_mail_or_made(desk: Zendesk) -> None:
    known = create(desk, requester={"name": "Other", "email": "CLEO@example.net"}).json()["ticket"]
    assert known["requester_id"] == desk.cleo.id
    made = create(desk, requester={"name": "Dora Example", "email": "dora@example.net"}).json()["ticket"]
    assert desk.site.users[made["requester_id"]].name == "Dora Example"
    assert create(desk, requester={"email": "nobody@example.net"}).status == 422


def test_a_ticket_needs_a_comment(desk: Zendesk) -> None:
    told = refused(desk.post("tickets", {"ticket": {"subject": "New"}}), 422)
    assert (told["error"], list(told["details"])) == ("RecordInvalid", ["description"])
    assert desk.site.tickets == {}


def test_the_same_key_makes_one_ticket_for_two_hours(desk: Zendesk) -> None:
    first, second = create(desk, "k1"), create(desk, "k1")
    assert [r.header("x-idempotency-lookup") for r in (first, second)] == ["miss", "hit"]
    assert first.json() == second.json()
    assert refused(create(desk, "k1", subject="Other"), 400)["error"] == "IdempotentRequestError"
    assert create(desk, "k" * 256).status == 400
    assert len(desk.site.tickets) == 1
    desk.clock.advance(7200)
    assert create(desk, "k1").header("x-idempotency-lookup") == "miss"
    assert len(desk.site.tickets) == 2


def test_a_refused_creation_is_not_remembered(desk: Zendesk) -> None:
    assert create(desk, "k1", status="solved").status == 422
    assert create(desk, "k1").status == 201


# ---- updating ----------------------------------------------------------------------------------------------


def test_an_update_changes_what_it_names(desk: Zendesk) -> None:
    ticket = desk.ticket(tags=["old"])
    desk.clock.advance(90)
    response = desk.put(ticket, subject="Other", tags=["new"], type="task", due_at="2026-04-01T10:00:00Z")
    row = response.json()["ticket"]
    assert (row["subject"], row["tags"], row["type"], row["due_at"]) == (
        "Other",
        ["new"],
        "task",
        "2026-04-01T10:00:00Z",
    )
    assert row["updated_at"] == "2026-03-02T09:01:30Z"
    assert {e["field_name"] for e in response.json()["audit"]["events"]} == {
        "subject",
        "tags",
        "type",
        "due_at",
    }


def test_an_update_of_nothing_leaves_no_trace(desk: Zendesk) -> None:
    ticket = desk.ticket()
    before = desk.read(ticket)
    desk.clock.advance(90)
    response = desk.put(ticket, subject="Printer on fire")
    assert (response.json()["ticket"], "audit" in response.json()) == (before, False)


def test_only_tasks_have_a_due_date_and_only_incidents_a_problem(desk: Zendesk) -> None:
    problem, ticket = desk.ticket(type="problem"), desk.ticket()
    assert desk.put(ticket, due_at="2026-04-01T10:00:00Z").json()["ticket"]["due_at"] is None
    assert desk.put(ticket, problem_id=problem.id).json()["ticket"]["problem_id"] is None
    assert (
        desk.put(ticket, type="incident", problem_id=problem.id).json()["ticket"]["problem_id"] == problem.id
    )
    assert desk.read(problem)["has_incidents"] is True
    assert [t["id"] for t in desk.get(f"tickets/{problem.id}/incidents")["tickets"]] == [ticket.id]


def test_a_description_is_not_changed_with_or_without_an_error(desk: Zendesk) -> None:
    ticket = desk.ticket()
    assert desk.put(ticket, description="Other").json()["ticket"]["description"] == "It burns."
    desk.site.set_quirks(description_refused=True)
    assert desk.put(ticket, description="Other").status == 422


def test_naming_safe_update_at_all_asks_for_the_lock(desk: Zendesk) -> None:
    ticket = desk.ticket()
    seen = desk.read(ticket)["updated_at"]
    desk.clock.advance(5)
    desk.site.edit(ticket, by=desk.ben, priority="low")
    for value in (True, False, "true"):
        told = refused(desk.put(ticket, subject="Mine", updated_stamp=seen, safe_update=value), 409)
        assert told["error"] == "UpdateConflict"
    assert desk.read(ticket)["subject"] == "Printer on fire"
    assert desk.put(ticket, subject="Mine", updated_stamp=seen).status == 200
    now = desk.read(ticket)["updated_at"]
    assert desk.put(ticket, subject="Yours", updated_stamp=now, safe_update=True).status == 200


def test_two_updates_in_one_second_look_the_same_to_the_lock(desk: Zendesk) -> None:
    ticket = desk.ticket()
    seen = desk.read(ticket)["updated_at"]
    desk.clock.advance(0.4)
    desk.site.edit(ticket, by=desk.ben, priority="low")
    assert desk.put(ticket, priority="high", updated_stamp=seen, safe_update=True).status == 200


def test_a_closed_ticket_takes_no_update(desk: Zendesk) -> None:
    ticket = desk.ticket()
    desk.site.close(ticket)
    told = refused(desk.put(ticket, subject="Other"), 422)
    assert told["details"]["status"][0]["description"] == "Status: closed prevents ticket update"
    assert desk.ask("PUT", f"tickets/{ticket.id}/tags", {"tags": ["x"]}).status == 422


def test_an_unknown_ticket_and_an_unknown_value_are_refused(desk: Zendesk) -> None:
    assert (
        refused(desk.ask("PUT", "tickets/999", {"ticket": {"subject": "x"}}), 404)["error"]
        == "RecordNotFound"
    )
    ticket = desk.ticket()
    wrong: list[dict[str, Any]] = [{"priority": "p1"}, {"status": "done"}, {"assignee_id": desk.cleo.id}]
    for values in [*wrong, {"group_id": 1}, {"type": "bug"}]:
        assert desk.put(ticket, **values).status == 422
    assert desk.read(ticket)["status"] == "new"


# ---- status and people -------------------------------------------------------------------------------------


def test_a_status_takes_the_default_custom_status_and_a_custom_status_its_category(desk: Zendesk) -> None:
    blocked = desk.site.add_custom_status("Blocked by engineering", "hold")
    ticket = desk.ticket(assignee=desk.ben)
    row = desk.put(ticket, custom_status_id=blocked.id).json()["ticket"]
    assert (row["status"], row["custom_status_id"]) == ("hold", blocked.id)
    row = desk.put(ticket, status="pending").json()["ticket"]
    assert row["custom_status_id"] == desk.site.default_status("pending").id
    assert desk.put(ticket, custom_status_id=1).status == 422
    retired = desk.site.add_custom_status("Retired", "open", active=False)
    assert desk.put(ticket, custom_status_id=retired.id).status == 422


def test_a_ticket_is_new_once(desk: Zendesk) -> None:
    ticket = desk.ticket(assignee=desk.ben)
    assert ticket.status == "open"
    assert desk.put(ticket, status="new").status == 422


def test_solving_needs_an_assignee_and_the_required_fields(desk: Zendesk) -> None:
    area = desk.site.add_ticket_field("Area", "tagger", options=["Web", "Mobile"], required=True)
    ticket = desk.ticket()
    told = refused(desk.put(ticket, status="solved"), 422)
    assert [line["description"].split(":")[0] for line in told["details"]["base"]] == ["Assignee", "Area"]
    done = desk.put(
        ticket, status="solved", assignee_id=desk.ben.id, custom_fields=[{"id": area.id, "value": "web"}]
    )
    assert done.json()["ticket"]["status"] == "solved"
    assert len(desk.site.ledger.solved) == 2


def test_a_group_must_contain_its_agent(desk: Zendesk) -> None:
    other = desk.site.add_group("Tier 2")
    ticket = desk.ticket()
    assert desk.put(ticket, group_id=other.id, assignee_id=desk.ben.id).status == 422
    desk.put(ticket, assignee_id=desk.ben.id)
    row = desk.put(ticket, group_id=other.id).json()["ticket"]
    assert (row["group_id"], row["assignee_id"]) == (other.id, None)


def test_a_solved_ticket_closes_after_four_days(desk: Zendesk) -> None:
    ticket = desk.ticket()
    desk.site.solve(ticket, by=desk.ben)
    desk.clock.advance(4 * 86400 - 1)
    assert desk.read(ticket)["status"] == "solved"
    desk.clock.advance(1)
    row = desk.read(ticket)
    assert (row["status"], row["updated_at"]) == ("closed", "2026-03-06T09:00:00Z")


def test_a_customers_reply_reopens_what_is_solved(desk: Zendesk) -> None:
    ticket = desk.ticket(at=desk.clock.now() - timedelta(days=9))
    desk.site.solve(ticket, by=desk.ben, at=desk.clock.now() - timedelta(days=8))
    desk.site.reply(ticket, "Still burning.", by=desk.cleo, at=desk.clock.now() - timedelta(days=5))
    assert desk.read(ticket)["status"] == "open"
    metrics = desk.get(f"tickets/{ticket.id}?include=metric_sets")["ticket"]["metric_set"]
    assert metrics["reopens"] == 1


# ---- comments ----------------------------------------------------------------------------------------------


def test_an_internal_note_reaches_no_customer(desk: Zendesk) -> None:
    ticket = desk.ticket()
    heard = len(desk.site.sent_to_customers)
    desk.put(ticket, comment={"body": "Between us", "public": False})
    assert ticket.comments[-1].public is False
    assert (len(desk.site.sent_to_customers), desk.site.ledger.public) == (heard, [])
    assert len(desk.site.ledger.internal) == 1


def test_a_public_reply_is_mailed_and_listed(desk: Zendesk) -> None:
    ticket = desk.ticket()
    desk.put(ticket, comment={"body": "Dear customer"})
    assert desk.site.sent_to_customers[-1].text == "Dear customer"
    assert [w.ticket for w in desk.site.ledger.public] == [ticket.id]


def test_a_customers_own_reply_is_not_mailed_to_them(desk: Zendesk) -> None:
    ticket = desk.ticket()
    heard = len(desk.site.sent_to_customers)
    desk.site.reply(ticket, "And another thing", by=desk.cleo)
    assert len(desk.site.sent_to_customers) == heard


def test_who_may_only_comment_internally_does(desk: Zendesk) -> None:
    desk.site.edit_user(desk.ben, private_comments_only=True)
    ticket = desk.ticket()
    heard = len(desk.site.sent_to_customers)
    desk.put(ticket, by=desk.ben, comment={"body": "Dear customer", "public": True})
    assert (ticket.comments[-1].public, len(desk.site.sent_to_customers)) == (False, heard)


def test_comments_follow_the_first_one_in_being_internal(desk: Zendesk) -> None:
    ticket = desk.ticket(public=False)
    desk.put(ticket, comment={"body": "Text"})
    assert ticket.comments[-1].public is False


def test_html_is_cleaned_and_read_as_text(desk: Zendesk) -> None:
    ticket = desk.ticket()
    html = "<p>One</p><p>Two &amp; three</p><ul><li>a</li></ul><script>x()</script>"
    desk.put(ticket, comment={"html_body": html, "body": "ignored", "public": False})
    row = desk.get(f"tickets/{ticket.id}/comments")["comments"][-1]
    assert row["plain_body"] == "One\n\nTwo & three\n\n- a"
    assert "script" not in row["html_body"]


def test_a_comment_sent_twice_is_there_twice(desk: Zendesk) -> None:
    ticket = desk.ticket()
    for _ in range(2):
        desk.put(ticket, comment={"body": "Once?", "public": False})
    assert [c.body for c in ticket.comments] == ["It burns.", "Once?", "Once?"]


def test_copies_go_to_whom_the_ticket_names(desk: Zendesk) -> None:
    ticket = desk.ticket()
    put = {"user_email": "dora@example.net", "user_name": "Dora Example", "action": "put"}
    row = desk.put(ticket, email_ccs=[put]).json()["ticket"]
    (dora,) = row["email_cc_ids"]
    desk.put(ticket, comment={"body": "For both"})
    heard = [mail.recipient for mail in desk.site.sent_to_customers if mail.reason == "comment"]
    assert heard == ["cleo@example.net", "dora@example.net"]
    desk.put(ticket, email_ccs=[{"user_id": str(dora), "action": "delete"}])
    assert (ticket.email_ccs, len(desk.site.ledger.people)) == ([], 2)


def test_another_requester_is_a_write_that_customers_notice(desk: Zendesk) -> None:
    other = desk.site.add_user("Dora Example", email="dora@example.net")
    ticket = desk.ticket()
    desk.put(ticket, requester_id=other.id)
    assert [w.values for w in desk.site.ledger.customer_facing] == [{"requester_id": other.id}]


# ---- tags and fields ---------------------------------------------------------------------------------------


def test_tags_are_added_set_and_removed(desk: Zendesk) -> None:
    ticket = desk.ticket(tags=["a"])
    target = f"tickets/{ticket.id}/tags"
    assert desk.ask("PUT", target, {"tags": ["b", "A"]}).json() == {"tags": ["a", "b"]}
    assert (desk.ask("DELETE", target, {"tags": ["a"]}).status, ticket.tags) == (204, ["b"])
    assert (desk.ask("POST", target, {"tags": ["c d"]}).status, ticket.tags) == (201, ["c_d"])
    stale = {"tags": ["x"], "updated_stamp": "2020-01-01T00:00:00Z", "safe_update": True}
    assert desk.ask("PUT", target, stale).status == 409


def test_a_choice_is_a_tag_too(desk: Zendesk) -> None:
    area = desk.site.add_ticket_field("Area", "tagger", options=["Web", "Mobile app=mobile"])
    ticket = desk.ticket(tags=["vip"], fields={area: "web"})
    assert ticket.tags == ["vip", "web"]
    desk.put(ticket, custom_fields=[{"id": area.id, "value": "mobile"}])
    assert ticket.tags == ["mobile", "vip"]
    desk.put(ticket, tags=["vip"])
    assert desk.read(ticket)["custom_fields"] == [{"id": area.id, "value": None}]


def test_field_values_are_checked_by_type(desk: Zendesk) -> None:
    kinds = {
        "tagger": ("a", "z", "a"),
        "multiselect": (["a", "b"], ["z"], ["a", "b"]),
        "integer": (5, "five", "5"),
        "decimal": ("1.5", "x", "1.5"),
        "date": ("2026-03-02", "soon", "2026-03-02"),
        "regexp": ("ab", "ba", "ab"),
        "checkbox": (True, None, True),
        "text": ("x", None, "x"),
    }
    for kind, (good, bad, kept) in kinds.items():
        field = desk.site.add_ticket_field(kind, kind, options=["a", "b"], pattern="a.")
        ticket = desk.ticket()
        assert desk.put(ticket, custom_fields=[{"id": field.id, "value": good}]).status == 200
        values = {row["id"]: row["value"] for row in desk.read(ticket)["custom_fields"]}
        assert values[field.id] == kept
        if bad is not None:
            assert desk.put(ticket, custom_fields=[{"id": field.id, "value": bad}]).status == 422


# ---- removing ----------------------------------------------------------------------------------------------


def test_a_ticket_is_deleted_restored_and_gone_for_good(desk: Zendesk) -> None:
    ticket = desk.ticket()
    assert desk.ask("DELETE", f"tickets/{ticket.id}").status == 204
    assert desk.ask("DELETE", f"tickets/{ticket.id}").status == 404
    assert desk.ask("PUT", f"deleted_tickets/{ticket.id}/restore").status == 200
    assert desk.read(ticket)["status"] == "new"
    desk.ask("DELETE", f"tickets/{ticket.id}")
    job = desk.ask("DELETE", f"deleted_tickets/{ticket.id}").json()["job_status"]
    assert desk.get(f"job_statuses/{job['id']}")["job_status"]["results"][0]["success"] is True
    assert desk.get("deleted_tickets")["deleted_tickets"] == []
    assert ticket.scrubbed
    assert len(desk.site.ledger.deletions) == 3
