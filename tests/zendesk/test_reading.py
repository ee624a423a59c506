"""How Zendesk is read: who we are, the exports, the lists, and what payloads mean."""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.zendesk.world import AGENT, URL, Lab, records, ref, walked

from syncline.connector import Cursor, Forbidden, Gone, Missing, Present
from syncline.errors import AuthError, ConfigError, ProtocolError
from syncline.http.pace import sustainable_rate
from syncline.model import Kind, Ref, Visibility
from syncline.sim import SimRequest, SimResponse
from syncline_connectors.zendesk.api import BUCKETS, Guard
from syncline_connectors.zendesk.simulator import Role


class TestWho:
    def test_z01_a_token_goes_with_the_mail_of_its_user(self, lab: Lab) -> None:
        lab.connect().check()
        scheme, _, pair = str(lab.wire.sent[-1].header("Authorization")).partition(" ")
        assert (scheme, b64decode(pair)) == ("Basic", b"ada@example.com/token:token")

    def test_z01_an_oauth_token_goes_alone(self, lab: Lab) -> None:
        lab.desk.add_token(lab.ada, "oauth-token", oauth=True)
        from pydantic import SecretStr

        from syncline.secrets import Secret

        account = lab.connect(user=None, token=Secret(None, SecretStr("oauth-token"))).check()
        assert lab.wire.sent[-1].header("Authorization") == "Bearer oauth-token"
        assert account.user_id == str(lab.ada.id)

    def test_z02_nobody_is_answered_with_200_and_is_told_apart(self, lab: Lab) -> None:
        nobody = {"user": {"id": None, "name": "Anonymous user", "role": "end-user"}}
        lab.wire.before = lambda request: SimResponse.of_json(nobody)
        with pytest.raises(AuthError):
            lab.connect().check()

    def test_z02_a_customer_is_no_agent(self, lab: Lab) -> None:
        lab.wire.before = lambda request: SimResponse.of_json({"user": {"id": 7, "role": "end-user"}})
        with pytest.raises(AuthError, match="agent"):
            lab.connect().check()

    def test_who_we_are_is_remembered_and_read_off_the_exports(self, lab: Lab) -> None:
        account = lab.connect().check()
        assert account.site == "demo.zendesk.com"
        again = lab.connect(memo=dict(account.memo))
        assert again.vouched is False
        walked(again)
        lab.wire.sent.clear()
        assert again.vouched
        assert again.check() == account
        assert not lab.wire.sent
        assert lab.connect(memo=dict(account.memo), user=AGENT).vouched is None, (
            "another user, another account"
        )

    def test_a_bearer_token_names_nobody_so_that_it_is_asked_for(self, lab: Lab) -> None:
        account = lab.connect().check()
        assert lab.connect(memo={**account.memo, "user": ""}, user=None).vouched is None


class TestExports:
    def test_z03_a_cursor_is_used_again_and_no_time_is_named_after_it(self, lab: Lab) -> None:
        lab.ticket("first")
        lab.later()
        end = walked(lab.connect())[-1].next
        lab.ticket("second")
        lab.later()
        lab.wire.sent.clear()
        pages = walked(lab.connect(), cursor=end)
        assert [record.title for record in records(pages).values()] == ["second"]
        asked = [dict(r.query) for r in lab.wire.sent if r.path.endswith("tickets/cursor")]
        assert all("cursor" in query and "start_time" not in query for query in asked)

    def test_z03_the_last_minute_is_withheld_and_comes_with_the_next_walk(self, lab: Lab) -> None:
        lab.ticket("early")
        lab.later()
        lab.ticket("just now")
        first = walked(lab.connect())
        assert [record.title for record in records(first).values()] == ["early"]
        lab.later()
        assert "just now" in [
            record.title for record in records(walked(lab.connect(), cursor=first[-1].next)).values()
        ]

    def test_z03_an_empty_page_is_not_the_end(self, lab: Lab) -> None:
        for number in range(5):
            lab.ticket(f"ticket {number}")
        lab.desk.set_quirks(empty_page=1.0, export_cap=(2, 2))
        lab.later()
        assert len(records(walked(lab.connect()))) == 5

    def test_z03_the_end_may_name_no_cursor_and_the_old_one_stays(self, lab: Lab) -> None:
        lab.ticket("first")
        lab.later()
        end = walked(lab.connect())[-1].next
        lab.desk.set_quirks(no_cursor=1.0)
        again = walked(lab.connect(), cursor=end)[-1].next
        assert again.mark is not None
        assert '"cursor"' in again.mark
        lab.ticket("second")
        lab.later()
        assert [r.title for r in records(walked(lab.connect(), cursor=again)).values()] == ["second"]

    def test_z03_a_page_that_comes_again_for_ever_is_told(self, lab: Lab) -> None:
        made = lab.ticket()
        lab.later()
        walked(lab.connect())
        row = {"id": made.id, "status": "deleted", "group_id": None, "tags": [], "generated_timestamp": 1}
        page = {"tickets": [row], "end_of_stream": False, "after_cursor": "the same"}
        cursor = "incremental/tickets/cursor"
        lab.wire.before = lambda r: SimResponse.of_json(page) if r.path.endswith(cursor) else None
        with pytest.raises(ProtocolError, match="repeats"):
            walked(lab.connect())

    def test_a_page_without_its_rows_or_its_end_is_nonsense(self, lab: Lab) -> None:
        nonsense: list[Any] = [{}, {"tickets": []}, {"tickets": {}, "end_of_stream": True}, []]
        for spoiled in nonsense:
            lab.wire.before = lambda request, body=spoiled: SimResponse.of_json(body)  # type: ignore[misc]
            with pytest.raises(ProtocolError):
                walked(lab.connect())

    def test_z04_ten_a_minute_is_never_exceeded_by_what_is_declared(self) -> None:
        export = next(bucket for bucket in BUCKETS if bucket.name == "export")
        assert export.burst + 60 * export.rate <= 10

    def test_z05_comments_come_with_the_events_of_all_tickets(self, lab: Lab) -> None:
        file = lab.desk.attachment("trace.txt", b"bytes")
        made = lab.ticket()
        lab.desk.reply(made, "a public answer", by=lab.ben)
        note = lab.desk.reply(made, "an internal note", by=lab.ben, public=False, attachments=[file])
        lab.later()
        source = lab.connect()
        walked(source)
        lab.wire.sent.clear()
        pages = walked(source, "comments")
        assert lab.wire.paths() == ["GET incremental/ticket_events"]
        comments = records(pages, Kind.COMMENT)
        assert len(comments) == 3
        assert comments[str(note.id)].visibility is Visibility.TEAM
        assert comments[str(note.id)].author == str(lab.ben.id)
        assert records(pages, Kind.ATTACHMENT)[str(file.id)].title == "trace.txt"

    def test_z05_a_comment_reads_the_same_from_its_ticket(self, lab: Lab) -> None:
        file = lab.desk.attachment("trace.txt", b"bytes")
        made = lab.ticket()
        lab.desk.reply(made, "**bold**", by=lab.ben, attachments=[file])
        lab.later()
        source = lab.connect()
        walked(source)
        told = [item for page in walked(source, "comments") for item in page.records]
        (answer,) = source.fetch([ref(made)])
        assert isinstance(answer, Present)
        looked = [item for item in answer.page.records if item.record.kind is not Kind.TICKET]
        assert {(i.record.kind, i.record.remote_id): i for i in told} == {
            (i.record.kind, i.record.remote_id): i for i in looked
        }

    def test_events_of_one_second_come_twice_and_count_once(self, lab: Lab) -> None:
        made = lab.ticket()
        lab.desk.note(made, "a thought", by=lab.ben)
        lab.later()
        first = walked(lab.connect(), "comments")
        again = walked(lab.connect(), "comments", first[-1].next)
        assert not any(page.records or page.events for page in again)

    def test_what_is_said_on_a_ticket_brings_it_while_the_export_withholds_it(self, lab: Lab) -> None:
        made = lab.ticket()
        lab.desk.note(made, "a thought", by=lab.ben, at=lab.clock.now())
        lab.later(2)
        lab.desk.system_update(made)
        source = lab.connect()
        assert not records(walked(source))
        pages = walked(source, "comments")
        assert str(made.id) in records(pages)
        assert len(records(pages, Kind.COMMENT)) == 2

    def test_so_it_does_where_something_else_of_it_was_read_before(self, lab: Lab) -> None:
        made = lab.ticket()
        lab.desk.link_jira(made, "10044", "ENG-44")
        lab.later(2)
        lab.desk.system_update(made)
        source = lab.connect()
        assert records(walked(source, "links"), Kind.ATTACHMENT)
        assert not records(walked(source))
        assert str(made.id) in records(walked(source, "comments"))

    def test_a_ticket_out_of_the_bin_brings_what_was_said_before(self, lab: Lab) -> None:
        made = lab.ticket()
        lab.desk.delete(made, by=lab.ada)
        lab.later()
        source = lab.connect()
        walked(source)
        first = walked(source, "comments")
        assert not records(first, Kind.COMMENT)
        lab.desk.restore(made, by=lab.ada)
        lab.later()
        again = lab.connect()
        walked(again)
        assert len(records(walked(again, "comments", first[-1].next), Kind.COMMENT)) == 1

    def test_an_event_export_that_goes_back_is_nonsense(self, lab: Lab) -> None:
        answer = {"ticket_events": [], "count": 0, "end_of_stream": False, "end_time": 5}
        lab.wire.before = lambda request: SimResponse.of_json(answer)
        with pytest.raises(ProtocolError):
            walked(lab.connect(), "comments", Cursor(mark='{"at":900}'))

    def test_a_second_with_more_events_than_fit_is_passed(self, lab: Lab) -> None:
        ends = iter([(900, False), (901, True)])

        def before(request: SimRequest) -> SimResponse | None:
            if not request.path.endswith("ticket_events"):
                return None
            at, end = next(ends)
            return SimResponse.of_json(
                {"ticket_events": [], "count": 0, "end_of_stream": end, "end_time": at}
            )

        lab.wire.before = before
        pages = walked(lab.connect(), "comments", Cursor(mark='{"at":900}'))
        assert [dict(request.query)["start_time"] for request in lab.wire.sent] == ["900", "901"]
        assert pages[-1].next.mark == '{"at":901}'

    def test_z29_a_comment_that_leaves_no_other_trace_is_not_missed(self, lab: Lab) -> None:
        made = lab.ticket()
        lab.later()
        source = lab.connect()
        end = walked(source, "comments")[-1].next
        lab.desk.note(made, "late", by=lab.ben)
        lab.later()
        (comment,) = records(walked(lab.connect(), "comments", end), Kind.COMMENT).values()
        assert comment.subject == str(made.id)

    def test_z29_archived_tickets_have_their_metrics(self, lab: Lab) -> None:
        made = lab.ticket()
        lab.desk.reply(made, "an answer", by=lab.ben)
        lab.desk.solve(made, by=lab.ben)
        lab.desk.close(made, by=lab.ben)
        lab.later(60 * 24 * 200)
        ticket = records(walked(lab.connect()))[str(made.id)]
        assert ticket.replies == 1
        assert ticket.first_replied_at is not None
        assert ticket.resolved_at is not None

    def test_z08_metrics_come_with_the_export(self, lab: Lab) -> None:
        made = lab.ticket()
        lab.later(7)
        lab.desk.reply(made, "an answer", by=lab.ben)
        lab.later()
        source = lab.connect()
        ticket = records(walked(source))[str(made.id)]
        assert (ticket.replies, ticket.reopens) == (1, 0)
        assert (ticket.first_replied_at - ticket.created_at).total_seconds() == 7 * 60
        assert not [path for path in lab.wire.paths() if "metrics" in path]

    def test_z08_custom_statuses_are_one_page(self, lab: Lab) -> None:
        for number in range(120):
            lab.desk.add_custom_status(f"status {number}", "open")
        lab.wire.sent.clear()
        (statuses,) = [page.statuses for page in walked(lab.connect(), "statuses") if page.statuses]
        assert len(statuses) > 120
        assert lab.wire.paths().count("GET custom_statuses") == 1


class TestLists:
    def test_z07_lists_are_paged_by_cursor_never_by_number(self, lab: Lab) -> None:
        for number in range(230):
            lab.desk.add_organization(f"Company {number}")
        found = records(walked(lab.connect(), "organizations"), Kind.ORGANIZATION)
        assert len(found) == 231
        assert not any(name in ("page", "per_page") for request in lab.wire.sent for name, _ in request.query)

    def test_z07_a_search_whose_cursor_has_expired_begins_again(self, lab: Lab) -> None:
        lab.desk.add_token(lab.ben, "token")
        for number in range(130):
            lab.ticket(f"ticket {number}")
        lab.later(30)
        agent = lab.connect(user=AGENT)
        agent.check()
        stream = next(one for one in agent.streams() if one.name == "tickets")
        pages = agent.pull(stream, Cursor())
        first = next(pages)
        lab.later(90)
        later = walked(agent, cursor=first.next)
        assert len(records([first, *later])) == 130

    def test_z07_a_search_is_asked_again_from_before_its_mark(self, lab: Lab) -> None:
        lab.desk.add_token(lab.ben, "token")
        lab.desk.set_quirks(search_lag=(300.0, 300.0))
        agent = lab.connect(user=AGENT)
        agent.check()
        made = lab.ticket("shown late")
        end = walked(agent)[-1].next
        lab.later(10)
        assert str(made.id) in records(walked(agent, cursor=end))

    def test_a_list_that_does_not_say_whether_there_is_more_is_nonsense(self, lab: Lab) -> None:
        lab.wire.before = lambda request: SimResponse.of_json({"groups": []})
        with pytest.raises(ProtocolError):
            lab.connect().containers()

    def test_lists_that_may_come_without_pages_are_whole_then(self, lab: Lab) -> None:
        made = lab.ticket()
        lab.desk.link_jira(made, "10044", "ENG-44")

        def after(request: SimRequest, answer: SimResponse) -> SimResponse:
            if not request.path.endswith("jira/links"):
                return answer
            return SimResponse.of_json({"links": answer.json()["links"]})

        lab.wire.after = after
        assert len(records(walked(lab.connect(), "links"), Kind.ATTACHMENT)) == 1

    def test_a_guard_stops_what_goes_in_circles(self) -> None:
        guard = Guard("a list", "a")
        guard.see("b", empty=False)
        with pytest.raises(ProtocolError):
            guard.see("a", empty=False)
        with pytest.raises(ProtocolError):
            guard.see(None, empty=False)

    def test_z22_links_to_jira_hang_on_their_tickets_by_key(self, lab: Lab) -> None:
        made = lab.ticket()
        lab.desk.link_jira(made, "10044", "ENG-44")
        (link,) = records(walked(lab.connect(), "links"), Kind.ATTACHMENT).values()
        assert (link.key, link.subject, link.title) == ("ENG-44", str(made.id), "Jira issue ENG-44")
        assert link.remote_id.startswith("jira-link-")
        assert link.url is None
        told = records(walked(lab.connect(jira="https://acme.atlassian.net"), "links"), Kind.ATTACHMENT)
        assert [one.url for one in told.values()] == ["https://acme.atlassian.net/browse/ENG-44"]

    def test_z22_an_account_without_the_jira_app_has_no_links(self, lab: Lab) -> None:
        lab.desk.refuse("GET", "jira/links", 404, {"error": "InvalidEndpoint"})
        assert not records(walked(lab.connect(), "links"), Kind.ATTACHMENT)

    def test_answers_to_surveys_are_responses(self, lab: Lab) -> None:
        made = lab.ticket()
        lab.desk.solve(made, by=lab.ben)
        lab.desk.rate(made, "good", comment="Quick!")
        lab.later()
        (answer,) = records(walked(lab.connect(), "satisfaction"), Kind.SURVEY_RESPONSE).values()
        assert (answer.survey, answer.score, answer.highest, answer.subject) == (
            "satisfaction",
            1.0,
            1.0,
            str(made.id),
        )
        assert answer.body.source == "Quick!"
        assert answer.respondent is None, "customers are left out unless the configuration says otherwise"


class TestLimits:
    @pytest.mark.parametrize(
        ("headers", "rate"),
        [
            ({"zendesk-ratelimit-tickets-index": "total=100; remaining=9; resets=30"}, 0.3),
            ({"zendesk-ratelimit-tickets-index": "total=100;remaining=99;resets=30"}, None),
            ({"zendesk-ratelimit-tickets-index": "nonsense"}, None),
            ({"x-rate-limit": "700", "x-rate-limit-remaining": "60", "ratelimit-reset": "20"}, 3.0),
            (
                {
                    "zendesk-ratelimit-ticket-updates": "total=100; remaining=5; resets=50",
                    "x-rate-limit": "700",
                    "x-rate-limit-remaining": "60",
                    "ratelimit-reset": "20",
                },
                0.1,
            ),
        ],
    )
    def test_z23_headers_lower_the_rate_before_a_limit_is_reached(
        self, headers: dict[str, str], rate: float | None
    ) -> None:
        found = sustainable_rate(headers, datetime(2026, 1, 1, tzinfo=UTC))
        assert found == (None if rate is None else pytest.approx(rate))

    def test_z23_the_smallest_plan_is_not_run_into(self, lab: Lab) -> None:
        from syncline_connectors.zendesk.simulator import Plan

        lab.desk.limits.plan = Plan.TEAM
        lab.desk.add_token(lab.ben, "token")
        for number in range(150):
            lab.desk.create_ticket(lab.cleo, f"ticket {number}", "words", group=lab.tier1)
        lab.later(30)
        agent = lab.connect(user=AGENT)
        agent.check()
        assert len(records(walked(agent))) == 150
        assert not lab.desk.limits.refused


class TestMeaning:
    def test_z10_priority_type_and_days(self, lab: Lab) -> None:
        made = lab.ticket(type="task", priority="normal", due=datetime(2031, 3, 4, 12, tzinfo=UTC))
        problem = lab.ticket("the cause", type="problem")
        incident = lab.ticket("one of many", type="incident", problem=problem)
        lab.later()
        found = records(walked(lab.connect()))
        task = found[str(made.id)]
        assert (task.priority, task.priority_name, task.type, task.due_on) == (
            "medium",
            "normal",
            "task",
            date(2031, 3, 4),
        )
        assert found[str(incident.id)].parent == str(problem.id)

    @pytest.mark.parametrize(
        ("word", "category", "refinement"),
        [
            ("new", "triage", None),
            ("open", "in_progress", None),
            ("pending", "waiting", "customer"),
            ("hold", "waiting", "vendor"),
            ("solved", "done", None),
        ],
    )
    def test_statuses_have_categories(
        self, lab: Lab, word: str, category: str, refinement: str | None
    ) -> None:
        made = lab.ticket()
        if word != "new":
            lab.desk.edit(made, by=lab.ben, assignee=lab.ben, status=word)
        lab.later()
        status = records(walked(lab.connect()))[str(made.id)].status
        assert (status.category, status.refinement) == (category, refinement)

    def test_z09_a_custom_status_is_read_by_what_agents_call_it(self, lab: Lab) -> None:
        parts = lab.desk.add_custom_status("Waiting for parts", "hold")
        made = lab.ticket()
        lab.desk.edit(made, by=lab.ben, custom_status=parts)
        lab.later()
        source = lab.connect()
        status = records(walked(source))[str(made.id)].status
        assert (status.id, status.name, status.category) == (str(parts.id), "Waiting for parts", "waiting")
        (event,) = [e for page in walked(source, "comments") for e in page.events if e.field == "status"]
        assert (event.new, event.new_name) == (str(parts.id), "Waiting for parts")

    def test_z11_closed_is_none_of_the_custom_ones_and_is_taken_up_by_another_ticket(self, lab: Lab) -> None:
        made = lab.ticket()
        lab.desk.solve(made, by=lab.ben)
        lab.desk.close(made, by=lab.ben)
        after = lab.ticket("again", followup_of=made)
        lab.later()
        found = records(walked(lab.connect()))
        closed = found[str(made.id)]
        assert (closed.status.name, closed.status.category) == ("Closed", "done")
        assert found[str(after.id)].follows == str(made.id)

    def test_a_merged_ticket_names_the_one_it_went_into(self, lab: Lab) -> None:
        one, two = lab.ticket("twice"), lab.ticket("once")
        lab.desk.merge(one, two, by=lab.ben)
        lab.later()
        assert records(walked(lab.connect()))[str(one.id)].merged_into == str(two.id)

    def test_a_ticket_has_its_place_its_people_and_its_address(self, lab: Lab) -> None:
        made = lab.ticket(assignee=lab.ben, tags=["one", "two"])
        lab.later()
        ticket = records(walked(lab.connect(keep={"requester": "full"})))[str(made.id)]
        assert (ticket.key, ticket.url) == (f"#{made.id}", f"{URL}/agent/tickets/{made.id}")
        assert (ticket.container, ticket.assignees) == (str(lab.tier1.id), (str(lab.ben.id),))
        assert (ticket.requester, ticket.organization) == (str(lab.cleo.id), str(lab.company.id))
        assert ticket.labels == ("one", "two")
        assert ticket.body.source == "Please help"
        assert ticket.channel == "web"

    def test_company_fields_are_read_by_title_or_number(self, lab: Lab) -> None:
        made = lab.ticket(fields={lab.severity.id: "s1"})
        lab.later()
        copies: tuple[Any, ...] = (
            "Severity",
            lab.severity.id,
            {"field": "severity", "values": {"critical": ["S1"]}},
        )
        words = [
            records(walked(lab.connect(fields={"severity": copy})))[str(made.id)].fields["severity"]
            for copy in copies
        ]
        assert words == ["S1", "S1", "critical"]

    def test_a_field_that_is_not_there_or_twice_is_told(self, lab: Lab) -> None:
        lab.desk.add_ticket_field("Severity", "text")
        with pytest.raises(ConfigError, match="several"):
            lab.connect(fields={"severity": "Severity"}).check()
        with pytest.raises(ConfigError, match="no ticket field"):
            lab.connect(fields={"severity": "Sevrity"}).check()

    def test_history_tells_fields_by_common_names(self, lab: Lab) -> None:
        made = lab.ticket(fields={lab.severity.id: "s1"})
        lab.desk.edit(
            made, by=lab.ben, priority="high", group=lab.hr, fields={lab.severity.id: "s2"}, subject="Other"
        )
        lab.desk.tag(made, "one", by=lab.ben)
        lab.later()
        source = lab.connect(fields={"severity": "Severity"})
        events = {e.field: e for page in walked(source, "comments") for e in page.events}
        assert (events["priority"].old, events["priority"].new) == (None, "high")
        assert (events["severity"].old_name, events["severity"].new_name) == ("S1", "S2")
        assert (events["container"].new, events["title"].new) == (str(lab.hr.id), "Other")
        assert "one" in str(events["labels"].new)
        assert events["title"].actor == str(lab.ben.id)


class TestLooking:
    def test_tickets_are_told_apart(self, lab: Lab) -> None:
        here, away, hidden = lab.ticket(), lab.ticket(), lab.ticket(group=lab.hr)
        lab.desk.delete(away, by=lab.ada)
        never = Ref("demo.zendesk.com", Kind.TICKET, "999999999")
        answers = {a.ref: type(a) for a in lab.connect().fetch([ref(here), ref(away), never])}
        assert answers == {ref(here): Present, ref(away): Missing, never: Missing}
        lab.desk.edit_user(lab.ada, role=Role.AGENT, restriction="groups")
        (answer,) = lab.connect().fetch([ref(hidden)])
        assert isinstance(answer, Forbidden)

    def test_a_ticket_that_says_it_was_deleted_is_gone(self, lab: Lab) -> None:
        made = lab.ticket()

        def after(request: SimRequest, answer: SimResponse) -> SimResponse:
            if not request.path.endswith("show_many"):
                return answer
            body = answer.json()
            body["tickets"][0]["status"] = "deleted"
            return SimResponse.of_json(body)

        lab.wire.after = after
        (answer,) = lab.connect().fetch([ref(made)])
        assert isinstance(answer, Gone)

    def test_other_records_are_looked_at_by_their_ids(self, lab: Lab) -> None:
        made = lab.ticket()
        file = lab.desk.attachment("trace.txt", b"bytes")
        lab.desk.reply(made, "words", by=lab.ben, attachments=[file])
        site = "demo.zendesk.com"
        wanted = [
            Ref(site, Kind.PERSON, str(lab.ben.id)),
            Ref(site, Kind.ORGANIZATION, str(lab.company.id)),
            Ref(site, Kind.CONTAINER, str(lab.tier1.id)),
            Ref(site, Kind.ATTACHMENT, str(file.id)),
        ]
        assert all(isinstance(answer, Present) for answer in lab.connect().fetch(wanted))
        missing = [
            Ref(site, Kind.COMMENT, "1"),
            Ref(site, Kind.PERSON, "999999"),
            Ref(site, Kind.ATTACHMENT, "jira-link-1"),
        ]
        assert all(isinstance(answer, Missing) for answer in lab.connect().fetch(missing))

    def test_a_redacted_comment_is_read_again(self, lab: Lab) -> None:
        made = lab.ticket(body="a card number")
        lab.later()
        source = lab.connect()
        end = walked(source, "comments")[-1].next
        lab.desk.note(made, "something", by=lab.ben)
        lab.later()

        def after(request: SimRequest, answer: SimResponse) -> SimResponse:
            if not request.path.endswith("ticket_events"):
                return answer
            body = answer.json()
            for row in body["ticket_events"]:
                row["child_events"].append({"id": 1, "event_type": "CommentRedactionEvent", "comment_id": 1})
            return SimResponse.of_json(body)

        made.comments[0].html = made.comments[0].plain = made.comments[0].body = "▇▇▇▇"
        lab.wire.after = after
        pages = walked(lab.connect(), "comments", end)
        assert (Kind.COMMENT, str(made.id)) in {pair for page in pages for pair in page.children_complete}
        first = records(pages, Kind.COMMENT)[str(made.comments[0].id)]
        assert first.body.source == "▇▇▇▇"
