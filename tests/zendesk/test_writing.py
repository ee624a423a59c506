"""What is sent to Zendesk, and what is made of its answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.simulator.zendesk_schema import check_request, needs_spec
from tests.zendesk.world import Lab, records, ref, walked

from syncline.errors import InDoubt, Invalid, NotFound, RateLimited, Unsupported, VersionConflict
from syncline.model import Kind, Priority, Text, TextFormat, Visibility
from syncline.sim import SimRequest, SimResponse
from syncline.sim.faults import Fault, inflict
from syncline.target import AddRemove, Change, CommentDraft, Draft, FileDraft, Move, Removal, Set
from syncline_connectors.zendesk.encode import Encoder, html, tags
from syncline_connectors.zendesk.fence import Fence

SOLVED = Move("Solved", visibility=Visibility.CUSTOMER)
"""As a rule asks for it that says that customers may be told."""


def words(text: str) -> Text:
    return Text(format=TextFormat.MARKDOWN, source=text)


def bodies(lab: Lab, method: str, end: str) -> list[dict[str, Any]]:
    """The JSON of every request of one kind."""
    return [r.json() for r in lab.wire.sent if r.method == method and r.path.endswith(end)]


def draft(lab: Lab, **fields: Any) -> Draft:
    return Draft(Kind.TICKET, str(lab.tier1.id), "question", {"title": "From engineering", **fields})


def losing(lab: Lab, method: str, end: str, fault: Fault = Fault.DROP_AFTER) -> None:
    """Lose the next answer to one kind of request, which is executed all the same."""
    left = [1]

    def before(request: SimRequest) -> SimResponse | None:
        if left and request.method == method and request.path.endswith(end):
            left.pop()
            return inflict(fault, lab.desk, request, lab.clock, 1.0)
        return None

    lab.wire.before = before


class TestCreating:
    def test_z13_one_request_makes_a_ticket_that_no_customer_hears_of(self, lab: Lab) -> None:
        target = lab.connect(access="write", fields={"severity": "Severity"})
        given = {
            "labels": ("Two Words",),
            "priority": Priority.HIGH,
            "severity": "S1",
            "description": words("*why*"),
        }
        outcome = target.create(draft(lab, **given), "marker-1")
        assert outcome.applied == {"title", *given}
        assert outcome.refused == {}
        (sent,) = bodies(lab, "POST", "/tickets")
        ticket = sent["ticket"]
        assert ticket["external_id"] == "marker-1"
        assert ticket["comment"] == {"html_body": "<p><em>why</em></p>\n", "public": False}
        assert not {"requester_id", "requester", "status", "custom_status_id"} & ticket.keys()
        made = lab.desk.tickets[int(outcome.ref.remote_id)]
        assert (made.subject, made.type, made.priority, made.group) == (
            "From engineering",
            "question",
            "high",
            lab.tier1.id,
        )
        assert not lab.desk.sent_to_customers
        assert list(target.find_by_marker("marker-1", draft(lab), lab.clock.now())) == [outcome.ref]

    def test_z14_a_repeated_key_is_answered_with_the_first_ticket(self, lab: Lab) -> None:
        losing(lab, "POST", "/tickets")
        before = len(lab.desk.tickets)
        target = lab.connect(access="write")
        outcome = target.create(draft(lab), "marker-1")
        keys = [request.header("Idempotency-Key") for request in lab.wire.sent if request.method == "POST"]
        assert keys == ["marker-1", "marker-1"], "sent again, with the same key"
        assert len(lab.desk.tickets) == before + 1
        assert outcome.stored is not None

    def test_z14_a_key_that_was_used_for_another_text_leads_to_its_ticket(self, lab: Lab) -> None:
        target = lab.connect(access="write")
        first = target.create(draft(lab), "marker-1").ref
        assert target.create(draft(lab, labels=("late",)), "marker-1").ref == first
        assert sum(ticket.external_id == "marker-1" for ticket in lab.desk.tickets.values()) == 1

    def test_z14_after_two_hours_the_marker_is_what_finds_it(self, lab: Lab) -> None:
        made = lab.connect(access="write").create(draft(lab), "marker-1").ref
        lab.later(180)
        since = lab.clock.now() - timedelta(hours=4)
        assert list(lab.connect(access="write").find_by_marker("marker-1", draft(lab), since)) == [made]

    def test_what_zendesk_refuses_by_name_is_left_out(self, lab: Lab) -> None:
        target = lab.connect(access="write")
        outcome = target.create(draft(lab, assignees=(str(lab.cleo.id),)), "marker-1")
        assert isinstance(outcome.refused["assignees"], Invalid)
        assert "title" in outcome.applied

    def test_a_group_that_is_not_read_is_no_place(self, lab: Lab) -> None:
        target = lab.connect(
            access="write", groups=["Support"] if lab.tier1.name == "Support" else [lab.tier1.name]
        )
        elsewhere = Draft(Kind.TICKET, str(lab.hr.id), None, {"title": "lost to us"})
        with pytest.raises(Invalid) as told:
            target.create(elsewhere, "marker-1")
        assert told.value.field == "container"

    def test_a_label_that_would_exclude_the_ticket_is_refused(self, lab: Lab) -> None:
        target = lab.connect(access="write", exclude={"labels": ["hr"]})
        outcome = target.create(draft(lab, labels=("hr",)), "marker-1")
        assert isinstance(outcome.refused["labels"], Invalid)

    def test_z21_what_we_make_bears_our_tag_and_only_internal_notes(self, lab: Lab) -> None:
        target = lab.connect(access="write")
        outcome = target.create(draft(lab, labels=("one",)), "marker-1")
        made = lab.desk.tickets[int(outcome.ref.remote_id)]
        assert made.tags == ["one", "syncline"]
        assert outcome.stored is not None
        assert outcome.stored.record.labels == ("one",)  # type: ignore[attr-defined]
        target.add_comment(CommentDraft(outcome.ref, words("a note")), "marker-2")
        target.attach(FileDraft(outcome.ref, "notes.txt", b"bytes"), "marker-3")
        assert [comment.public for comment in made.comments] == [False, False, False]
        assert not lab.desk.ledger.customer_facing
        assert not lab.desk.sent_to_customers


class TestUpdating:
    def test_z16_a_field_that_somebody_else_changed_is_a_conflict_and_the_others_are_written(
        self, lab: Lab
    ) -> None:
        made = lab.ticket()
        lab.clock.advance(5)
        target = lab.connect(access="write")
        self._meanwhile(lab, made, priority="urgent")
        outcome = target.update(ref(made), {"title": Set("Ours"), "priority": Set(Priority.LOW)}, {})
        assert outcome.applied == {"title"}
        assert isinstance(outcome.refused["priority"], VersionConflict)
        assert (made.subject, made.priority) == ("Ours", "urgent")

    def test_z16_a_lock_that_our_own_lost_try_broke_is_no_conflict(self, lab: Lab) -> None:
        made = lab.ticket()
        lab.clock.advance(5)
        losing(lab, "PUT", f"/tickets/{made.id}")
        outcome = lab.connect(access="write").update(ref(made), {"title": Set("Ours")}, {})
        assert outcome.applied == {"title"}
        assert made.subject == "Ours"

    def test_z16_the_lock_is_true_or_left_out_never_false(self, lab: Lab) -> None:
        made = lab.ticket()
        target = lab.connect(access="write")
        changes: dict[str, Change] = {
            "title": Set("Ours"),
            "labels": Set(("one",)),
            "status": Move("Pending"),
        }
        assert target.update(ref(made), changes, {}).applied == changes.keys()
        plain, status = bodies(lab, "PUT", f"/tickets/{made.id}")
        assert plain["ticket"]["safe_update"] is True
        assert plain["ticket"]["updated_stamp"]
        assert "safe_update" not in status["ticket"]

    def _meanwhile(self, lab: Lab, made: Any, **values: Any) -> None:
        """Somebody is faster than our first change."""
        left = [1]

        def before(request: SimRequest) -> None:
            if left and request.method == "PUT":
                left.pop()
                lab.clock.advance(2)
                lab.desk.edit(made, by=lab.ben, **values)

        lab.wire.before = before

    def test_z17_tags_are_added_and_removed_never_overwritten(self, lab: Lab) -> None:
        made = lab.ticket(tags=["old", "theirs"])
        target = lab.connect(access="write")
        self._meanwhile(lab, made, tags=["old", "theirs", "meanwhile"])
        target.update(ref(made), {"labels": AddRemove(add=("New One",), remove=("old",))}, {})
        assert sorted(made.tags) == ["meanwhile", "new_one", "theirs"]
        assert bodies(lab, "PUT", f"/tickets/{made.id}/tags") == [{"tags": ["new_one"]}]
        assert bodies(lab, "DELETE", "/tags") == [{"tags": ["old"]}]
        assert not [body for body in bodies(lab, "PUT", f"/tickets/{made.id}") if "tags" in body["ticket"]]

    def test_the_tag_of_a_choice_is_no_label_so_that_the_choice_stays(self, lab: Lab) -> None:
        made = lab.ticket(fields={lab.severity.id: "s1"}, tags=["mine"])
        assert "s1" in made.tags, "Zendesk keeps choices as tags, too"
        target = lab.connect(access="write", fields={"severity": "Severity"})
        target.update(ref(made), {"labels": Set(("other",))}, {})
        assert made.fields[lab.severity.id] == "s1"
        assert sorted(made.tags) == ["other", "s1"]

    def test_z09_one_of_the_two_statuses_is_sent_the_closer_one(self, lab: Lab) -> None:
        waiting = lab.desk.add_custom_status("Waiting for parts", "hold")
        made = lab.ticket()
        outcome = lab.connect(access="write").update(ref(made), {"status": Move("Waiting for parts")}, {})
        assert outcome.applied == {"status"}
        assert bodies(lab, "PUT", f"/tickets/{made.id}") == [{"ticket": {"custom_status_id": waiting.id}}]
        assert outcome.stored is not None
        status = outcome.stored.record.status  # type: ignore[attr-defined]
        assert (status.name, status.category, status.refinement) == ("Waiting for parts", "waiting", "vendor")

    def test_z09_without_custom_statuses_the_word_is_sent(self, lab: Lab) -> None:
        lab.desk.refuse("GET", "custom_statuses", 404, {"error": "RecordNotFound"}, times=9)
        made = lab.ticket()
        outcome = lab.connect(access="write").update(ref(made), {"status": Move("On-hold")}, {})
        assert bodies(lab, "PUT", f"/tickets/{made.id}") == [{"ticket": {"status": "hold"}}]
        assert outcome.applied == {"status"}

    def test_z11_a_closed_ticket_is_left_alone_and_said_to_be_closed(self, lab: Lab) -> None:
        made = lab.ticket()
        lab.desk.solve(made, by=lab.ben)
        lab.desk.close(made, by=lab.ben)
        target = lab.connect(access="write")
        changes: dict[str, Change] = {"title": Set("Ours"), "labels": Set(("one",)), "status": Move("Open")}
        outcome = target.update(ref(made), changes, {})
        assert outcome.refused.keys() == changes.keys()
        assert all(
            isinstance(error, Unsupported) and "closed" in str(error) for error in outcome.refused.values()
        )
        assert not lab.wire.written()
        with pytest.raises(Unsupported, match="closed"):
            target.add_comment(CommentDraft(ref(made), words("late")), "marker")

    def test_z12_a_description_is_never_written(self, lab: Lab) -> None:
        made = lab.ticket()
        target = lab.connect(access="write")
        outcome = target.update(ref(made), {"description": Set(words("another"))}, {})
        assert isinstance(outcome.refused["description"], Unsupported)
        assert not lab.wire.written()

    def test_z31_foretelling_a_description_says_so_too(self, lab: Lab) -> None:
        with pytest.raises(Unsupported, match="first comment"):
            lab.connect(access="write").stored_form("description", words("another"))

    def test_z18_what_must_be_filled_in_before_solving_is_named(self, lab: Lab) -> None:
        lab.desk.add_ticket_field("Category", "text", required=True)
        made = lab.ticket()
        target = lab.connect(access="write", customer_visible=True)
        outcome = target.update(ref(made), {"title": Set("Ours"), "status": SOLVED}, {})
        assert outcome.applied == {"title"}
        error = outcome.refused["status"]
        assert isinstance(error, Invalid)
        assert error.field == "status"
        assert "Category" in str(error)

    def test_z30_the_message_tells_people_which_field(self, lab: Lab) -> None:
        lab.desk.add_ticket_field("Root cause", "text", required=True)
        made = lab.ticket(assignee=lab.ben)
        target = lab.connect(access="write", customer_visible=True)
        outcome = target.update(ref(made), {"status": SOLVED}, {})
        assert "Root cause" in str(outcome.refused["status"])
        assert "Zendesk" in str(outcome.refused["status"])

    def test_solving_needs_a_connection_and_a_rule_that_customers_may_see(self, lab: Lab) -> None:
        made = lab.ticket(assignee=lab.ben)
        shown = lab.connect(access="write", customer_visible=True)
        for target, move in ((lab.connect(access="write"), SOLVED), (shown, Move("Solved"))):
            outcome = target.update(ref(made), {"status": move}, {})
            assert "customer_visible" in str(outcome.refused["status"])
            assert 'visibility = "customer"' in str(outcome.refused["status"])
        assert not lab.wire.written()
        outcome = shown.update(ref(made), {"status": SOLVED}, {})
        assert outcome.applied == {"status"}
        assert made.status == "solved"

    def test_z10_fields_are_written_in_the_vendors_words(self, lab: Lab) -> None:
        made = lab.ticket()
        box = lab.desk.add_ticket_field("Escalated", "checkbox")
        count = lab.desk.add_ticket_field("Seats", "integer")
        day = lab.desk.add_ticket_field("Deadline", "date")
        fields = {"escalated": "Escalated", "seats": "Seats", "deadline": "Deadline", "severity": "Severity"}
        target = lab.connect(access="write", fields=fields)
        values = {
            "priority": Priority.MEDIUM,
            "escalated": True,
            "seats": 12,
            "deadline": "2031-02-03",
            "severity": "S2",
        }
        outcome = target.update(ref(made), {name: Set(value) for name, value in values.items()}, {})
        assert outcome.applied == values.keys(), outcome.refused
        assert made.priority == "normal"
        held = {box.id: True, count.id: "12", day.id: "2031-02-03", lab.severity.id: "s2"}
        assert {number: made.fields[number] for number in held} == held
        assert outcome.stored is not None
        read = outcome.stored.record.fields  # type: ignore[attr-defined]
        assert read == {"escalated": True, "seats": 12.0, "deadline": "2031-02-03", "severity": "S2"}

    def test_z24_a_lock_of_the_database_is_waited_for(self, lab: Lab) -> None:
        made = lab.ticket()
        lab.desk.refuse("PUT", "tickets/{id}", 409, {"error": "UpdateConflict"}, times=1)
        outcome = lab.connect(access="write").update(ref(made), {"title": Set("Ours")}, {})
        assert outcome.applied == {"title"}

    def test_z24_so_it_is_where_nothing_else_is_locked(self, lab: Lab) -> None:
        made = lab.ticket()
        for endpoint in ("tickets/{id}", "tickets/{id}/tags"):
            lab.desk.refuse("PUT", endpoint, 409, {"error": "DatabaseConflict"}, times=1)
        changes: dict[str, Change] = {"labels": Set(("one",)), "status": Move("Pending")}
        assert lab.connect(access="write").update(ref(made), changes, {}).applied == changes.keys()

    def test_z24_too_many_changes_of_one_ticket_are_told_with_the_time(self, lab: Lab) -> None:
        made = lab.ticket()
        target = lab.connect(access="write")

        def often() -> None:
            for number in range(40):
                target.update(ref(made), {"title": Set(f"title {number}")}, {})

        with pytest.raises(RateLimited) as told:
            often()
        assert told.value.after

    def test_an_excluded_ticket_is_not_written_to(self, lab: Lab) -> None:
        made = lab.ticket(tags=["hr"])
        target = lab.connect(access="write", exclude={"labels": ["hr"]})
        with pytest.raises(NotFound):
            target.update(ref(made), {"title": Set("Ours")}, {})
        with pytest.raises(NotFound):
            target.add_comment(CommentDraft(ref(made), words("a note")), "marker")
        assert not lab.wire.written()

    def test_archiving_is_not_known_and_deleting_is_into_the_bin(self, lab: Lab) -> None:
        made = lab.ticket()
        target = lab.connect(access="write")
        with pytest.raises(Unsupported):
            target.remove(ref(made), Removal.ARCHIVE)
        for _ in range(2):
            target.remove(ref(made), Removal.DELETE)
        assert made.deleted is not None


class TestNotes:
    def test_z15_a_comment_without_an_answer_is_looked_for_and_not_sent_again(self, lab: Lab) -> None:
        made = lab.ticket()
        lab.desk.note(made, "Fixed in ENG-1", by=lab.ben)
        note = CommentDraft(ref(made), words("Fixed in ENG-1"))
        losing(lab, "PUT", f"/tickets/{made.id}")
        target = lab.connect(access="write")
        since = lab.clock.now()
        with pytest.raises(InDoubt):
            target.add_comment(note, "marker-1")
        assert [comment.plain for comment in made.comments].count("Fixed in ENG-1") == 2, "Ben's and ours"
        found = target.find_by_marker("marker-1", note, since)
        assert [one.remote_id for one in found] == [str(made.comments[-1].id)]

    def test_z15_a_marker_in_an_audit_tells_two_equal_comments_apart(self, lab: Lab) -> None:
        made = lab.ticket()
        target = lab.connect(access="write")
        note = CommentDraft(ref(made), words("Fixed"))
        refs = [target.add_comment(note, f"marker-{number}").ref for number in range(2)]
        sent = [body["ticket"]["metadata"] for body in bodies(lab, "PUT", f"/tickets/{made.id}")]
        assert sent == [{"syncline": "marker-0"}, {"syncline": "marker-1"}]

        def after(request: SimRequest, answer: SimResponse) -> SimResponse:
            if not request.path.endswith("/audits"):
                return answer
            body = answer.json()
            for audit, metadata in zip(body["audits"][1:], sent, strict=True):
                audit["metadata"]["custom"] = metadata
            return SimResponse.of_json(body)

        lab.wire.after = after
        for number, wanted in enumerate(refs):
            assert list(target.find_by_marker(f"marker-{number}", note, lab.clock.now())) == [wanted]

    def test_a_note_that_turns_out_public_is_hidden_and_told(self, lab: Lab) -> None:
        made = lab.ticket()

        def after(request: SimRequest, answer: SimResponse) -> SimResponse:
            if request.method != "PUT" or request.path.endswith("make_private"):
                return answer
            body = answer.json()
            body["audit"]["events"][0]["public"] = True
            return SimResponse.of_json(body)

        lab.wire.after = after
        lab.wire.before = lambda request: SimResponse(200) if request.path.endswith("make_private") else None
        with pytest.raises(Unsupported, match="hidden"):
            lab.connect(access="write").add_comment(CommentDraft(ref(made), words("a note")), "marker-1")
        assert lab.wire.paths()[-1].endswith("make_private")

    def test_z28_html_is_what_is_sent_and_its_length_is_what_counts(self, lab: Lab) -> None:
        made = lab.ticket()
        lab.connect(access="write").add_comment(
            CommentDraft(ref(made), words("a **bold** <script>")), "marker"
        )
        (sent,) = bodies(lab, "PUT", f"/tickets/{made.id}")
        assert sent["ticket"]["comment"].keys() == {"html_body", "public"}
        assert "<strong>bold</strong>" in sent["ticket"]["comment"]["html_body"]
        assert "<script" not in sent["ticket"]["comment"]["html_body"]
        with pytest.raises(Invalid) as told:
            html("body", words("word " * 20_000))
        assert told.value.field == "body"

    def test_a_private_comment_cannot_be_kept(self, lab: Lab) -> None:
        made = lab.ticket()
        with pytest.raises(Unsupported):
            lab.connect(access="write").add_comment(
                CommentDraft(ref(made), words("mine"), Visibility.PRIVATE), "m"
            )

    def test_a_file_whose_note_got_no_answer_is_found_by_name_and_size(self, lab: Lab) -> None:
        made = lab.ticket()
        file = FileDraft(ref(made), "notes.txt", b"bytes")
        losing(lab, "PUT", f"/tickets/{made.id}")
        target = lab.connect(access="write")
        with pytest.raises(InDoubt):
            target.attach(file, "marker-1")
        (found,) = target.find_by_marker("marker-1", file, lab.clock.now())
        assert target.download(found) == b"bytes"

    def test_files_are_read_without_credentials(self, lab: Lab) -> None:
        made = lab.ticket()
        target = lab.connect(access="write")
        stored = target.attach(FileDraft(ref(made), "notes.txt", b"bytes"), "marker").ref
        target.download(stored)
        assert lab.wire.sent[-1].path.startswith("/attachments/")
        assert lab.wire.sent[-1].header("Authorization") is None


class TestNever:
    """What the vendor offers and we do not use, because nobody could say what became of it."""

    def test_z19_no_bulk_request_can_be_sent(self) -> None:
        for path in ("tickets/update_many", "tickets/create_many", "tickets/destroy_many"):
            for method in ("PUT", "POST", "DELETE"):
                with pytest.raises(Unsupported):
                    Fence("https://demo.zendesk.com", to_customers=True).check(
                        method, f"https://demo.zendesk.com/api/v2/{path}", {"ticket": {"subject": "words"}}
                    )

    def test_z20_nothing_is_imported(self) -> None:
        with pytest.raises(Unsupported):
            Fence("https://demo.zendesk.com", to_customers=True).check(
                "POST", "https://demo.zendesk.com/api/v2/imports/tickets", {"ticket": {}}
            )


@pytest.mark.parametrize(
    ("given", "stored"), [(("Two Words", "b", "B"), ("b", "two_words")), ((), ()), (None, ())]
)
def test_labels_as_zendesk_keeps_them(given: Any, stored: tuple[str, ...]) -> None:
    assert tags(given) == stored


@pytest.mark.parametrize("given", [("a,b",), ("",), (7,), ("a\nb\x00",)])
def test_labels_that_zendesk_cannot_keep(given: Any) -> None:
    with pytest.raises(Invalid):
        tags(given)


def test_a_status_that_is_not_there_is_named_with_those_that_are() -> None:
    from syncline_connectors.zendesk.catalogue import Statuses

    with pytest.raises(Invalid, match="Pending") as told:
        Encoder({}, Statuses()).stored("status", "Someday")
    assert told.value.field == "status"


DESCRIBED_IN_PROSE = {
    ("/api/v2/uploads", "filename"),
    ("/api/v2/satisfaction_ratings", "score"),
    ("/api/v2/satisfaction_ratings", "start_time"),
}
"""Parameters that the description of an endpoint explains in words only."""


@needs_spec
def test_requests_are_as_the_vendor_describes_them(lab: Lab) -> None:
    made = lab.ticket()
    target = lab.connect(access="write", fields={"severity": "Severity"})
    target.check()
    target.create(draft(lab, labels=("one",), severity="S1", description=words("why")), "marker-1")
    target.update(ref(made), {"title": Set("Ours"), "labels": Set(("one",)), "status": Move("Pending")}, {})
    target.update(ref(made), {"assignees": Set((str(lab.ben.id),)), "severity": Set("S2")}, {})
    target.add_comment(CommentDraft(ref(made), words("a note")), "marker-2")
    target.attach(FileDraft(ref(made), "notes.txt", b"bytes"), "marker-3")
    lab.later()
    for name in ("groups", "people", "organizations", "satisfaction", "tickets", "comments"):
        assert records(walked(target, name)) is not None
    judged = 0
    for request in lab.wire.sent:
        body = request.json() if request.body and request.body[:1] == b"{" else None
        formal = [pair for pair in request.query if (request.path, pair[0]) not in DESCRIBED_IN_PROSE]
        check_request(request.method, request.path, formal, body)
        judged += body is not None
    assert judged >= 7
