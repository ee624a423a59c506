"""What the simulated Zendesk account tells beside its tickets: events, metrics, ratings, links, searches, furniture."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.simulator.zendesk import Zendesk, refused

from syncline.sim import SimClock
from syncline_connectors.zendesk.simulator.tickets import Ticket


@pytest.fixture
def desk(clock: SimClock) -> Zendesk:
    return Zendesk(clock, calm=True)


def hours_ago(desk: Zendesk, hours: float) -> Any:
    return desk.clock.now() - timedelta(hours=hours)


def worked(desk: Zendesk) -> Ticket:
    """Asked 10 hours ago, answered after 1, pending for 2, solved after 5 and reopened after 6."""
    ticket = desk.ticket(at=hours_ago(desk, 10))
    desk.site.reply(ticket, "Hello", by=desk.ben, at=hours_ago(desk, 9), assignee=desk.ben)
    desk.site.edit(ticket, by=desk.ben, status="pending", at=hours_ago(desk, 8))
    desk.site.reply(ticket, "It still burns", by=desk.cleo, at=hours_ago(desk, 6))
    desk.site.solve(ticket, by=desk.ben, at=hours_ago(desk, 5))
    desk.site.reply(ticket, "Again!", by=desk.cleo, at=hours_ago(desk, 4))
    return ticket


# ---- events ----------------------------------------------------------------------------------------------------------


def test_ticket_events_tell_every_change_and_comments_only_when_asked(desk: Zendesk) -> None:
    ticket = desk.ticket(at=hours_ago(desk, 2), tags=["vip"])
    area = desk.site.add_ticket_field("Area", "tagger", options=["Web"])
    desk.site.reply(ticket, "Hi", by=desk.ben, public=False, at=hours_ago(desk, 1), fields={area: "web"})
    plain = desk.get("incremental/ticket_events?start_time=0")
    assert [row["timestamp"] for row in plain["ticket_events"]] == [
        int(hours_ago(desk, hours).timestamp()) for hours in (2, 1)
    ]
    comment, tags, custom = plain["ticket_events"][1]["child_events"]
    assert (comment["comment_present"], comment["comment_public"], "body" in comment) == (True, False, False)
    assert (tags["added_tags"], tags["removed_tags"], tags["previous_value"]) == (["web"], [], ["vip"])
    assert custom["custom_ticket_fields"] == {str(area.id): "web"}
    told = desk.get("incremental/ticket_events?start_time=0&include=comment_events")
    first = told["ticket_events"][0]["child_events"][0]
    assert (first["event_type"], first["body"], first["public"]) == ("Comment", "It burns.", True)
    assert (told["count"], told["end_of_stream"]) == (2, True)


def test_a_merge_closes_one_ticket_and_tells_the_other(desk: Zendesk) -> None:
    source, into = desk.ticket("a", at=hours_ago(desk, 3)), desk.ticket("b", at=hours_ago(desk, 3))
    desk.site.merge(source, into, by=desk.ben, at=hours_ago(desk, 2))
    assert (desk.read(source)["status"], desk.read(source)["tags"]) == ("closed", ["closed_by_merge"])
    events = desk.get("incremental/ticket_events?start_time=0")["ticket_events"]
    assert [row["merged_ticket_ids"] for row in events if row["ticket_id"] == into.id] == [[], [source.id]]
    assert [c.public for c in into.comments] == [True, False]


def test_what_the_vendor_does_by_itself_is_told_as_the_systems(desk: Zendesk) -> None:
    ticket = desk.ticket(at=hours_ago(desk, 200))
    desk.site.solve(ticket, by=desk.ben, at=hours_ago(desk, 150))
    last = desk.get("incremental/ticket_events?start_time=0")["ticket_events"][-1]
    assert (last["updater_id"], last["via"]) == (-1, "Rule")
    assert last["child_events"][0]["status"] == "closed"


def test_metric_events_run_pause_and_end_with_the_ticket(desk: Zendesk) -> None:
    ticket = worked(desk)
    page = desk.get("incremental/ticket_metric_events?start_time=0")
    rows = [row for row in page["ticket_metric_events"] if row["metric"] == "requester_wait_time"]
    assert {row["ticket_id"] for row in rows} == {ticket.id}
    assert [(row["type"], row["instance_id"]) for row in rows] == [
        ("measure", 0),
        ("activate", 1),
        ("pause", 1),
        ("update_status", 1),
        ("activate", 1),
        ("fulfill", 1),
        ("update_status", 1),
        ("activate", 2),
    ]
    assert [row["status"]["calendar"] for row in rows if row["type"] == "update_status"] == [120, 180]
    replies = [row for row in page["ticket_metric_events"] if row["metric"] == "reply_time"]
    assert replies[-1]["status"] == {"calendar": 60, "business": 60}
    paged = desk.get("incremental/ticket_metric_events?start_time=0&page[size]=5")
    assert (len(paged["ticket_metric_events"]), paged["meta"]["has_more"]) == (5, True)


# ---- metrics and ratings ---------------------------------------------------------------------------------------------


def test_a_metric_set_counts_what_happened(desk: Zendesk) -> None:
    ticket = worked(desk)
    row = desk.get(f"tickets/{ticket.id}/metrics")["ticket_metric"]
    assert (row["reopens"], row["replies"], row["assignee_stations"], row["group_stations"]) == (1, 1, 1, 1)
    minutes = {
        name: row[f"{name}_in_minutes"]["calendar"] for name in ("reply_time", "first_resolution_time")
    }
    assert minutes == {"reply_time": 60, "first_resolution_time": 300}
    assert row["requester_wait_time_in_minutes"]["calendar"] == 120 + 60 + 240
    assert row["agent_wait_time_in_minutes"]["calendar"] == 120
    assert (row["solved_at"], row["initially_assigned_at"]) == (None, "2026-03-02T00:00:00Z")
    assert desk.get(f"ticket_metrics/{row['id']}")["ticket_metric"] == [row]


def test_the_list_of_metrics_leaves_out_what_is_archived(desk: Zendesk) -> None:
    old = desk.ticket(at=hours_ago(desk, 24 * 200))
    desk.site.solve(old, by=desk.ben, at=hours_ago(desk, 24 * 190))
    new = desk.ticket(at=hours_ago(desk, 2))
    assert [row["ticket_id"] for row in desk.get("ticket_metrics")["ticket_metrics"]] == [new.id]
    sets = desk.get("incremental/tickets/cursor?start_time=0&include=metric_sets")["tickets"]
    assert [row["metric_set"]["ticket_id"] for row in sets] == [old.id, new.id]


def test_ratings_are_listed_by_score_for_admins(desk: Zendesk) -> None:
    good, bad = desk.ticket(), desk.ticket()
    desk.site.rate(good, "good", comment="Thanks")
    desk.site.rate(bad, "offered")
    desk.site.rate(bad, "bad", at=desk.clock.now() + timedelta(hours=1))
    rows = desk.get("satisfaction_ratings")["satisfaction_ratings"]
    assert [(r["ticket_id"], r["score"], r["comment"]) for r in rows] == [
        (good.id, "good", "Thanks"),
        (bad.id, "bad", None),
    ]
    for score, count in (("received", 2), ("good_with_comment", 1), ("bad_with_comment", 0), ("offered", 0)):
        assert len(desk.get(f"satisfaction_ratings?score={score}")["satisfaction_ratings"]) == count
    since = int(desk.clock.now().timestamp()) + 60
    assert len(desk.get(f"satisfaction_ratings?start_time={since}")["satisfaction_ratings"]) == 1
    assert desk.read(good)["satisfaction_rating"]["score"] == "good"
    assert desk.ask("GET", "satisfaction_ratings", by=desk.ben).status == 403


def test_a_survey_asks_the_customer_a_day_after(desk: Zendesk) -> None:
    desk.site.surveys = True
    ticket = desk.ticket()
    assert desk.read(ticket)["satisfaction_rating"] == {"score": "unoffered"}
    desk.site.solve(ticket, by=desk.ben)
    desk.clock.advance(86400)
    assert desk.read(ticket)["satisfaction_rating"]["score"] == "offered"
    assert desk.site.sent_to_customers[-1].reason == "rating"


# ---- links to Jira ---------------------------------------------------------------------------------------------------


def test_links_to_jira_are_text_and_paged_by_number(desk: Zendesk) -> None:
    one, two = desk.ticket(), desk.ticket()
    for number in range(3):
        desk.site.link_jira(one, 10_000 + number, f"ENG-{number}")
    made = {"link": {"ticket_id": str(two.id), "issue_id": "10009", "issue_key": "ENG-9"}}
    assert desk.post("jira/links", made).status == 201
    assert desk.post("jira/links", made).status == 422
    page = desk.get("jira/links?page[size]=3")
    assert [(row["ticket_id"], row["issue_key"]) for row in page["links"]] == [
        (str(one.id), f"ENG-{n}") for n in range(3)
    ]
    assert page["meta"]["has_more"] is True
    rest = desk.get(f"jira/links?page[after]={page['meta']['after_cursor']}")["links"]
    assert [row["issue_id"] for row in rest] == ["10009"]
    assert [row["id"] for row in desk.get(f"jira/links?filter[ticket_id]={two.id}")["links"]] == [
        rest[0]["id"]
    ]
    assert desk.ask("DELETE", f"jira/links/{rest[0]['id']}").status == 204
    assert desk.ask("GET", "jira/links", by=desk.ben).status == 403


# ---- searching -------------------------------------------------------------------------------------------------------


def found(desk: Zendesk, query: str) -> list[int]:
    return [row["id"] for row in desk.get(f"search?query={query}")["results"]]


def test_a_search_reads_keys_comparisons_and_words(desk: Zendesk) -> None:
    old = desk.ticket("Old printer", at=hours_ago(desk, 200), tags=["vip"], external_id="x1")
    new = desk.ticket("New scanner", at=hours_ago(desk, 1), assignee=desk.ben)
    queries = {
        "type:ticket": [old.id, new.id],
        "type:ticket+printer": [old.id],
        "type:ticket+tags:vip": [old.id],
        "type:ticket+-tags:vip": [new.id],
        "type:ticket+external_id:x1": [old.id],
        "type:ticket+created%3C2026-03-01": [old.id],
        "type:ticket+status%3Enew": [new.id],
        "type:ticket+assignee:none": [old.id],
        'type:ticket+"New scanner"': [new.id],
        "type:organization+Example": [desk.company.id],
        "type:user+ben@example.com": [desk.ben.id],
    }
    assert {query: found(desk, query) for query in queries} == queries


def test_a_search_is_late_while_the_ticket_itself_is_not(clock: SimClock) -> None:
    desk = Zendesk(clock, calm=False)
    ticket = desk.ticket(external_id="x1")
    assert found(desk, "type:ticket+external_id:x1") == []
    assert [t["id"] for t in desk.get("tickets?external_id=x1")["tickets"]] == [ticket.id]
    clock.advance(130)
    assert found(desk, "type:ticket+external_id:x1") == [ticket.id]
    desk.site.edit(ticket, by=desk.ben, subject="Changed")
    (row,) = desk.get("search?query=type:ticket+external_id:x1")["results"]
    assert row["subject"] == "Printer on fire"
    clock.advance(130)
    (row,) = desk.get("search?query=type:ticket+external_id:x1")["results"]
    assert row["subject"] == "Changed"


def test_a_search_ends_at_a_thousand_and_an_export_does_not(desk: Zendesk) -> None:
    made = [desk.ticket(at=hours_ago(desk, 2)).id for _ in range(25)]
    assert desk.ask("GET", "search?query=type:ticket&page=11").status == 422
    assert desk.ask("GET", "search?query=type:ticket&page=10").status == 200
    target, seen = "search/export?query=burns&filter[type]=ticket&page[size]=10", []
    while target:
        page = desk.get(target)
        seen += [row["id"] for row in page["results"]]
        target = (page["links"]["next"] or "").removeprefix(desk.site.site_url)
    assert seen == made
    cursor = desk.get("search/export?query=burns&filter[type]=ticket&page[size]=10")["links"]["next"]
    desk.clock.advance(3601)
    assert desk.ask("GET", cursor.removeprefix(desk.site.site_url)).status == 400
    assert desk.ask("GET", "search/export?query=x").status == 400


# ---- people and furniture --------------------------------------------------------------------------------------------


def test_people_companies_and_groups_are_listed(desk: Zendesk) -> None:
    assert [u["id"] for u in desk.get("users")["users"]] == [desk.ada.id, desk.ben.id, desk.cleo.id]
    assert [u["id"] for u in desk.get("users?role[]=agent&role[]=admin")["users"]] == [
        desk.ada.id,
        desk.ben.id,
    ]
    shown = desk.get(f"users/show_many?ids={desk.cleo.id}")["users"][0]
    assert (shown["role"], shown["organization_id"], shown["ticket_restriction"]) == (
        "end-user",
        desk.company.id,
        "requested",
    )
    assert [o["name"] for o in desk.get("organizations")["organizations"]] == ["Example Inc."]
    assert [g["name"] for g in desk.get("groups")["groups"]] == ["Support"]
    members = desk.get("group_memberships?page[size]=100")["group_memberships"]
    assert [m["user_id"] for m in members] == [desk.ada.id, desk.ben.id]
    assert desk.ask("GET", "users/1").status == 404
    desk.site.delete_user(desk.ben)
    assert [u["id"] for u in desk.get("users")["users"]] == [desk.ada.id, desk.cleo.id]


def test_exports_tell_changed_people_and_companies(desk: Zendesk) -> None:
    desk.clock.advance(3600)
    since = int(desk.clock.now().timestamp()) - 100
    desk.site.edit_user(desk.cleo, name="Cleo Sample", at=desk.clock.now() - timedelta(seconds=80))
    desk.site.edit_organization(desk.company, at=desk.clock.now() - timedelta(seconds=80), arr_eur=15000)
    assert [u["name"] for u in desk.export("incremental/users/cursor", start_time=since)] == ["Cleo Sample"]
    page = desk.get(f"incremental/organizations?start_time={since}")
    assert [o["organization_fields"] for o in page["organizations"]] == [{"arr_eur": 15000}]
    assert len(desk.get("incremental/users?start_time=0")["users"]) == 3


def test_fields_tell_options_and_which_are_the_accounts_own(desk: Zendesk) -> None:
    area = desk.site.add_ticket_field("Area", "tagger", options=["Web", "Mobile app=mobile"], required=True)
    rows = {row["id"]: row for row in desk.get("ticket_fields?page[size]=100")["ticket_fields"]}
    made = rows[area.id]
    assert [(o["name"], o["value"]) for o in made["custom_field_options"]] == [
        ("Web", "web"),
        ("Mobile app", "mobile"),
    ]
    assert (made["required"], made["removable"]) == (True, True)
    system = [row["type"] for row in rows.values() if not row["removable"]]
    assert system[:5] == ["subject", "description", "status", "tickettype", "priority"]
    assert desk.get(f"ticket_fields/{area.id}")["ticket_field"] == made


def test_statuses_come_all_at_once_and_by_what_is_asked(desk: Zendesk) -> None:
    blocked = desk.site.add_custom_status("Blocked", "hold")
    desk.site.add_custom_status("Retired", "open", active=False)
    every = desk.get("custom_statuses")["custom_statuses"]
    assert len(every) == 7
    assert all(row["status_category"] != "closed" for row in every)
    held = desk.get("custom_statuses?status_categories=hold&default=false")["custom_statuses"]
    assert [row["id"] for row in held] == [blocked.id]
    assert len(desk.get("custom_statuses?active=true")["custom_statuses"]) == 6
    assert desk.get(f"custom_statuses/{blocked.id}")["custom_status"] == held[0]


def test_an_account_has_brands_forms_and_settings(desk: Zendesk) -> None:
    (brand,) = desk.get("brands")["brands"]
    assert desk.get("account/settings")["settings"]["brands"]["default_brand_id"] == brand["id"]
    (form,) = desk.get("ticket_forms")["ticket_forms"]
    assert form["default"] is True
    assert refused(desk.ask("GET", "account/settings", by=desk.cleo), 401)


def test_people_leave_groups_and_companies_go(desk: Zendesk) -> None:
    tier = desk.site.add_group("Tier 2")
    desk.site.add_member(tier, desk.ben)
    desk.site.remove_member(desk.site.default_group, desk.ben)
    members = desk.get(f"users/{desk.ben.id}/group_memberships")["group_memberships"]
    assert [m["group_id"] for m in members] == [tier.id]
    assert len(desk.get(f"groups/{tier.id}/memberships")["group_memberships"]) == 1
    desk.site.delete_organization(desk.company)
    assert desk.get("organizations")["organizations"] == []
    assert desk.get(f"users/{desk.cleo.id}")["user"]["organization_id"] is None


def test_a_ticket_keeps_the_form_it_was_made_with(desk: Zendesk) -> None:
    form = desk.site.add_form("Bugs")
    made = {"comment": {"body": "a", "public": False}, "ticket_form_id": form.id}
    assert desk.post("tickets", {"ticket": made}).json()["ticket"]["ticket_form_id"] == form.id


def test_a_hostile_account_can_be_calmed(clock: SimClock) -> None:
    desk = Zendesk(clock, calm=False)
    made = [desk.ticket(at=hours_ago(desk, 2)).id for _ in range(150)]
    desk.site.be_calm()
    page = desk.get("incremental/tickets/cursor?start_time=0")["tickets"]
    assert sorted(t["id"] for t in page) == made
    assert found(desk, "type:ticket+fire")[:1] == made[:1]
