"""What the simulated Zendesk account answers to those who read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.simulator.zendesk import Zendesk, basic, refused

from syncline.sim import SimClock, SimRequest


@pytest.fixture
def desk(clock: SimClock) -> Zendesk:
    return Zendesk(clock, calm=True)


@pytest.fixture
def hostile(clock: SimClock) -> Zendesk:
    return Zendesk(clock, calm=False)


# ---- who ---------------------------------------------------------------------------------------------------


def test_an_admin_is_told_who_they_are(desk: Zendesk) -> None:
    user = desk.get("users/me.json")["user"]
    assert (user["id"], user["role"], user["email"]) == (desk.ada.id, "admin", "ada@example.com")


def test_nobody_gets_200_with_a_null_id_and_nothing_else(desk: Zendesk) -> None:
    me = desk.site(SimRequest.of("GET", "/api/v2/users/me"))
    assert (me.status, me.json()["user"]["id"]) == (200, None)
    assert desk.site(SimRequest.of("GET", "/api/v2/tickets")).status == 401


@pytest.mark.parametrize(
    "header",
    [
        basic("ada@example.com", "wrong"),
        basic("cleo@example.net", "secret"),
        basic("gone@example.com", "secret"),
        ("Authorization", "Bearer secret"),
        ("Authorization", "Basic !"),
    ],
)
def test_bad_credentials_are_an_error_even_for_oneself(desk: Zendesk, header: tuple[str, str]) -> None:
    response = desk.site(SimRequest.of("GET", "/api/v2/users/me", headers=[header]))
    assert refused(response, 401) == {"error": "Couldn't authenticate you"}


def test_an_api_token_is_the_accounts_and_an_oauth_token_one_persons(desk: Zendesk) -> None:
    assert desk.get("users/me", by=desk.ben)["user"]["id"] == desk.ben.id
    token = desk.site.add_token(desk.ben, "bearer", oauth=True, scopes=("tickets:read",))
    bearer = [("Authorization", "Bearer bearer")]
    assert desk.site(SimRequest.of("GET", "/api/v2/tickets", headers=bearer)).status == 200
    assert desk.site(SimRequest.of("GET", "/api/v2/groups", headers=bearer)).status == 403
    desk.site.revoke(token)
    assert desk.site(SimRequest.of("GET", "/api/v2/tickets", headers=bearer)).status == 401


def test_an_access_token_ends_and_with_it_the_access_of_who_is_gone(desk: Zendesk) -> None:
    desk.site.add_token(desk.ben, "short", oauth=True, expires=desk.clock.now() + timedelta(minutes=5))
    call = SimRequest.of("GET", "/api/v2/users/me", headers=[("Authorization", "Bearer short")])
    assert desk.site(call).status == 200
    desk.clock.advance(300)
    assert desk.site(call).status == 401
    desk.site.add_token(desk.ben, "long", oauth=True)
    call = SimRequest.of("GET", "/api/v2/users/me", headers=[("Authorization", "Bearer long")])
    assert desk.site(call).status == 200
    desk.site.delete_user(desk.ben)
    assert desk.site(call).status == 401


def test_exports_are_for_admins(desk: Zendesk) -> None:
    for stream in ("tickets/cursor", "users/cursor", "organizations", "tickets", "users"):
        assert desk.ask("GET", f"incremental/{stream}?start_time=0", by=desk.ben).status == 403


def test_a_restricted_agent_silently_sees_less(desk: Zendesk) -> None:
    secret = desk.site.add_group("Secret")
    shown, hidden = desk.ticket(group=desk.site.default_group), desk.ticket(group=secret)
    desk.site.edit_user(desk.ben, restriction="groups")
    assert [t["id"] for t in desk.get("tickets", by=desk.ben)["tickets"]] == [shown.id]
    ids = f"{shown.id},{hidden.id}"
    assert [t["id"] for t in desk.get(f"tickets/show_many?ids={ids}", by=desk.ben)["tickets"]] == [shown.id]
    assert desk.ask("GET", f"tickets/{hidden.id}", by=desk.ben).status == 403
    assert desk.ask("GET", "tickets/999999", by=desk.ben).status == 404


@pytest.mark.parametrize("restriction", ["organization", "assigned", "requested"])
def test_other_restrictions_show_what_they_name(desk: Zendesk, restriction: str) -> None:
    stranger = desk.site.add_user("Dora Example", email="dora@example.net")
    desk.site.edit_user(desk.ben, organization=desk.company, restriction=restriction)
    shown = {
        "organization": desk.ticket(),
        "assigned": desk.site.create_ticket(stranger, "b", "text", assignee=desk.ben),
        "requested": desk.site.create_ticket(desk.ben, "c", "text", organization=None),
    }
    seen = [t["id"] for t in desk.get("tickets", by=desk.ben)["tickets"]]
    assert seen == [shown[restriction].id]


# ---- tickets -----------------------------------------------------------------------------------------------


def test_a_ticket_tells_its_story(desk: Zendesk) -> None:
    ticket = desk.ticket(at=desk.clock.now() - timedelta(days=3))
    desk.site.edit(
        ticket, by=desk.ben, assignee=desk.ben, priority="high", at=desk.clock.now() - timedelta(days=2)
    )
    desk.site.reply(ticket, "Take **cover**.", by=desk.ben, at=desk.clock.now() - timedelta(days=1))
    desk.site.note(ticket, "Smells odd.", by=desk.ben)
    row = desk.read(ticket)
    assert (row["status"], row["priority"], row["group_id"]) == ("open", "high", desk.site.default_group.id)
    assert (row["requester_id"], row["organization_id"]) == (desk.cleo.id, desk.company.id)
    assert row["updated_at"] == "2026-03-02T09:00:00Z"
    comments = desk.get(f"tickets/{ticket.id}/comments")["comments"]
    assert [(c["author_id"], c["public"]) for c in comments] == [
        (desk.cleo.id, True),
        (desk.ben.id, True),
        (desk.ben.id, False),
    ]
    assert "<strong>cover</strong>" in comments[1]["html_body"]
    audits = desk.get(f"tickets/{ticket.id}/audits")["audits"]
    changed = [event["field_name"] for event in audits[1]["events"]]
    assert changed == ["assignee_id", "group_id", "priority", "status", "custom_status_id"]
    assert audits[1]["events"][3] == {
        "id": audits[1]["events"][3]["id"],
        "type": "Change",
        "value": "open",
        "field_name": "status",
        "previous_value": "new",
    }


def test_comments_come_newest_first_when_asked(desk: Zendesk) -> None:
    ticket = desk.ticket()
    for number in range(5):
        desk.site.note(ticket, f"note {number}", by=desk.ben)
    target, texts = f"tickets/{ticket.id}/comments?sort=-created_at&page[size]=2", []
    while target:
        page = desk.get(target)
        texts += [c["body"] for c in page["comments"]]
        target = page["links"]["next"].removeprefix(desk.site.site_url) if page["meta"]["has_more"] else ""
    assert texts == ["note 4", "note 3", "note 2", "note 1", "note 0", "It burns."]


def test_lists_go_by_cursor_and_by_number(desk: Zendesk) -> None:
    made = [desk.ticket().id for _ in range(7)]
    target, seen = "tickets?page[size]=3", []
    while target:
        page = desk.get(target)
        seen += [t["id"] for t in page["tickets"]]
        target = page["links"]["next"].removeprefix(desk.site.site_url) if page["meta"]["has_more"] else ""
    assert seen == made
    first = desk.get("tickets?per_page=3")
    assert ([t["id"] for t in first["tickets"]], first["count"]) == (made[:3], 7)
    assert first["next_page"].endswith("per_page=3&page=2")
    last = desk.get("tickets?per_page=3&page=3")
    assert ([t["id"] for t in last["tickets"]], last["next_page"]) == (made[6:], None)


def test_numbered_pages_end_at_ten_thousand_rows(desk: Zendesk) -> None:
    assert desk.ask("GET", "users?page=100").status == 200
    assert desk.ask("GET", "users?page=101").status == 400


def test_show_many_leaves_out_what_is_not_there_and_takes_a_hundred(desk: Zendesk) -> None:
    one, two, three = desk.ticket(), desk.ticket(), desk.ticket()
    desk.site.delete(two)
    page = desk.get(f"tickets/show_many?ids={three.id},{two.id},{one.id},999")
    assert [t["id"] for t in page["tickets"]] == [one.id, three.id]
    many = ",".join(map(str, range(101)))
    assert refused(desk.ask("GET", f"tickets/show_many?ids={many}"), 400)["error"] == "TooManyValues"
    assert desk.ask("GET", "tickets/show_many").status == 400


def test_tickets_are_found_by_external_id(desk: Zendesk) -> None:
    one, two = desk.ticket(external_id="x 1"), desk.ticket(external_id="x 1")
    desk.ticket(external_id="x 2")
    assert [t["id"] for t in desk.get("tickets?external_id=x%201")["tickets"]] == [one.id, two.id]
    many = desk.get("tickets/show_many?external_ids=x%202,x%203")["tickets"]
    assert [t["external_id"] for t in many] == ["x 2"]


def test_a_deleted_ticket_is_404_and_stands_in_the_bin(desk: Zendesk) -> None:
    ticket = desk.ticket()
    desk.site.delete(ticket, by=desk.ben)
    assert desk.ask("GET", f"tickets/{ticket.id}").status == 404
    (row,) = desk.get("deleted_tickets")["deleted_tickets"]
    assert (row["id"], row["previous_state"], row["actor"]["id"]) == (ticket.id, "new", desk.ben.id)


def test_what_has_long_been_closed_is_left_out_of_lists_only(desk: Zendesk) -> None:
    ticket = desk.ticket(at=desk.clock.now() - timedelta(days=200))
    desk.site.solve(ticket, by=desk.ben, at=desk.clock.now() - timedelta(days=190))
    assert desk.get("tickets")["tickets"] == []
    assert desk.read(ticket)["status"] == "closed"
    assert [t["id"] for t in desk.export()] == [ticket.id]


# ---- exports -----------------------------------------------------------------------------------------------


def test_the_export_withholds_the_last_minute(desk: Zendesk) -> None:
    old, new = desk.ticket(at=desk.clock.now() - timedelta(seconds=60)), desk.ticket()
    page = desk.get("incremental/tickets/cursor?start_time=0")
    assert ([t["id"] for t in page["tickets"]], page["end_of_stream"]) == ([old.id], True)
    desk.clock.advance(60)
    later = desk.get(f"incremental/tickets/cursor?cursor={page['after_cursor']}")
    assert [t["id"] for t in later["tickets"]] == [new.id]
    idle = desk.get(f"incremental/tickets/cursor?cursor={later['after_cursor']}")
    assert (idle["tickets"], idle["end_of_stream"], idle["after_cursor"]) == ([], True, later["after_cursor"])


def test_a_start_time_in_the_last_minute_is_refused(desk: Zendesk) -> None:
    now = int(desk.clock.now().timestamp())
    assert desk.ask("GET", f"incremental/tickets/cursor?start_time={now - 59}").status == 422
    assert desk.ask("GET", f"incremental/tickets/cursor?start_time={now - 60}").status == 200
    assert desk.ask("GET", "incremental/tickets/cursor").status == 400


def test_a_hostile_export_gives_every_ticket_in_short_empty_and_overlapping_pages(hostile: Zendesk) -> None:
    made = {hostile.ticket(at=hostile.clock.now() - timedelta(hours=9, seconds=-i)).id for i in range(400)}
    sizes, ids, asked = [], [], "start_time=0"
    while True:
        page = hostile.get(f"incremental/tickets/cursor?{asked}&per_page=1000")
        sizes.append(len(page["tickets"]))
        ids += [t["id"] for t in page["tickets"]]
        if page["end_of_stream"]:
            break
        asked = f"cursor={page['after_cursor']}"
        hostile.clock.advance(6)
    assert set(ids) == made
    assert len(ids) > len(made)
    assert 0 in sizes
    assert max(sizes) <= 102


def test_what_changes_between_two_pages_leaves_the_walk_and_comes_with_the_next(desk: Zendesk) -> None:
    made = [desk.ticket(at=desk.clock.now() - timedelta(hours=1)) for _ in range(4)]
    desk.site.after_each = lambda endpoint: desk.site.system_update(made[3])
    assert [t["id"] for t in desk.export(per_page=2)] == [t.id for t in made[:3]]
    desk.site.after_each = None
    desk.clock.advance(60)
    assert [t["id"] for t in desk.export()] == [t.id for t in made]


def test_hostile_lists_come_in_pages_shorter_than_asked_for(hostile: Zendesk) -> None:
    made = [hostile.ticket().id for _ in range(150)]
    target, sizes, seen = "tickets?page[size]=100", [], []
    while target:
        page = hostile.get(target)
        sizes.append(len(page["tickets"]))
        seen += [t["id"] for t in page["tickets"]]
        target = page["links"]["next"].removeprefix(hostile.site.site_url) if page["meta"]["has_more"] else ""
    assert seen == made
    assert max(sizes) < 100


def test_exports_are_ordered_by_the_time_of_any_change(desk: Zendesk) -> None:
    first = desk.ticket(at=desk.clock.now() - timedelta(days=9))
    second = desk.ticket(at=desk.clock.now() - timedelta(days=8))
    desk.site.system_update(first, at=desk.clock.now() - timedelta(days=1))
    rows = desk.export()
    assert [t["id"] for t in rows] == [second.id, first.id]
    assert rows[1]["updated_at"] < rows[0]["updated_at"]
    since = int(desk.clock.now().timestamp()) - 2 * 86400
    assert [t["id"] for t in desk.export(start_time=since)] == [first.id]


def test_the_deleted_and_the_scrubbed_stay_in_the_export(desk: Zendesk) -> None:
    ticket = desk.ticket(at=desk.clock.now() - timedelta(days=40), tags=["vip"])
    desk.site.delete(ticket, at=desk.clock.now() - timedelta(days=39))
    young = desk.ticket(at=desk.clock.now() - timedelta(days=5))
    desk.site.delete(young, at=desk.clock.now() - timedelta(days=4))
    rows = {t["id"]: t for t in desk.export()}
    assert (rows[young.id]["status"], rows[young.id]["subject"]) == ("deleted", "Printer on fire")
    scrubbed = rows[ticket.id]
    assert (scrubbed["status"], scrubbed["subject"], scrubbed["description"]) == ("deleted", "SCRUBBED", "X")
    assert (scrubbed["tags"], scrubbed["assignee_id"]) == ([], None)
    assert desk.export(exclude_deleted="true") == []


def test_exports_bring_people_groups_organizations_and_metrics_but_no_comments(desk: Zendesk) -> None:
    ticket = desk.ticket(at=desk.clock.now() - timedelta(hours=1), assignee=desk.ben)
    query = "include=users,groups,organizations,metric_sets,comments&start_time=0"
    page = desk.get(f"incremental/tickets/cursor?{query}")
    assert {u["id"] for u in page["users"]} == {desk.cleo.id, desk.ben.id}
    assert [g["id"] for g in page["groups"]] == [ticket.group]
    assert [o["organization_fields"] for o in page["organizations"]] == [{"arr_eur": 12000}]
    assert page["tickets"][0]["metric_set"]["ticket_id"] == ticket.id
    assert "comments" not in page
    assert "comments" not in page["tickets"][0]


def test_time_based_exports_repeat_the_second_in_which_a_page_ends(desk: Zendesk) -> None:
    at = desk.clock.now() - timedelta(hours=1)
    a, b, c, d = (desk.ticket(at=at + timedelta(seconds=s)).id for s in (0, 1, 1, 2))
    first = desk.get("incremental/tickets?start_time=0&per_page=2")
    assert ([t["id"] for t in first["tickets"]], first["end_of_stream"]) == ([a, b], False)
    second = desk.get(f"incremental/tickets?start_time={first['end_time']}&per_page=2")
    assert [t["id"] for t in second["tickets"]] == [b, c]
    assert second["end_time"] == first["end_time"] + 1
    third = desk.get(f"incremental/tickets?start_time={second['end_time']}&per_page=2")
    assert ([t["id"] for t in third["tickets"]], third["end_of_stream"], third["count"]) == ([d], True, 1)


def test_audits_tell_who_was_mailed(desk: Zendesk) -> None:
    ticket = desk.ticket()
    desk.site.reply(ticket, "Hello", by=desk.ben)
    events = [audit["events"][-1] for audit in desk.get(f"tickets/{ticket.id}/audits")["audits"]]
    assert [(event["type"], event["recipients"]) for event in events] == [
        ("Notification", [desk.cleo.id])
    ] * 2
    desk.clock.advance(60)
    told = desk.get("incremental/ticket_events?start_time=0")["ticket_events"]
    assert {child["event_type"] for row in told for child in row["child_events"]} == {"Comment", "Create"}


def test_a_customers_reply_to_a_closed_ticket_begins_another(desk: Zendesk) -> None:
    ticket = desk.ticket()
    desk.site.close(ticket)
    desk.site.reply(ticket, "Again", by=desk.cleo)
    first, second = desk.get("tickets")["tickets"]
    assert (first["status"], first["followup_ids"]) == ("closed", [second["id"]])
    assert (second["status"], second["description"]) == ("new", "Again")
    with pytest.raises(ValueError, match="closed"):
        desk.site.edit(ticket, by=desk.ben, priority="low")
