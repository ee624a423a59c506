"""Comments and files: what customers never see, markers, and bytes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.jira.lab import Wire

from syncline.errors import InDoubt, Invalid, NotFound, Unsupported, VersionConflict
from syncline.model import Comment, Kind, Ref, Text, TextFormat, Visibility
from syncline.sim import SimRequest, SimResponse
from syncline.sim.clock import SimClock
from syncline.target import CommentDraft, FileDraft, Outcome
from syncline_connectors.jira import Jira
from syncline_connectors.jira.simulator import JiraSimulator
from syncline_connectors.jira.simulator.entities import Project
from syncline_connectors.jira.simulator.issues import Issue

Connect = Callable[..., Jira]
MARKER = "6f9619ff-8b86-5011-b42d-00c04fc964ff"
HELLO = Text(format=TextFormat.MARKDOWN, source="Hello")
INTERNAL = {"key": "sd.public.comment", "value": {"internal": True}}


@pytest.fixture
def jira(connect: Connect) -> Jira:
    return connect(access="write")


@pytest.fixture
def project(site: JiraSimulator) -> Project:
    found = site.find_project("ENG")
    assert found is not None
    return found


@pytest.fixture
def desk(site: JiraSimulator, project: Project) -> Project:
    return site.add_project("HELP", "Help", lead=project.lead, type_key="service_desk")


def on(site: JiraSimulator, project: Project) -> Issue:
    return site.create_issue(project, "Login fails", by=project.lead)


def subject(issue: Issue) -> Ref:
    return Ref("site", Kind.ISSUE, str(issue.id))


def comment_of(outcome: Outcome) -> Comment:
    assert outcome.stored is not None
    assert isinstance(outcome.stored.record, Comment)
    return outcome.stored.record


def text_of(issue: Issue) -> list[str]:
    return [comment.body["content"][0]["content"][0]["text"] for comment in issue.comments]


class TestAdding:
    def test_j72_what_is_for_the_team_is_internal_in_the_request_that_makes_it(
        self, jira: Jira, wire: Wire, site: JiraSimulator, project: Project, desk: Project
    ) -> None:
        for place in (project, desk):
            outcome = jira.add_comment(CommentDraft(subject(on(site, place)), HELLO), MARKER)
            assert comment_of(outcome).visibility is Visibility.TEAM
            assert outcome.applied == {"body"}
            assert outcome.later == frozenset()
        for body in [sent.json() for sent in wire.sent if sent.method == "POST"]:
            assert INTERNAL in body["properties"]

    def test_customers_are_written_to_only_where_the_connection_may(
        self, connect: Connect, wire: Wire, site: JiraSimulator, desk: Project, project: Project
    ) -> None:
        request = on(site, desk)
        public = CommentDraft(subject(request), HELLO, Visibility.CUSTOMER)
        with pytest.raises(Unsupported, match="customer_visible"):
            connect(access="write").add_comment(public, MARKER)
        assert request.comments == ()
        allowed = connect(access="write", customer_visible=True)
        assert comment_of(allowed.add_comment(public, MARKER)).visibility is Visibility.CUSTOMER
        elsewhere = CommentDraft(subject(on(site, project)), HELLO, Visibility.CUSTOMER)
        with pytest.raises(Unsupported, match="no service project"):
            allowed.add_comment(elsewhere, MARKER)

    def test_private_comments_are_refused(self, jira: Jira, site: JiraSimulator, project: Project) -> None:
        issue = on(site, project)
        with pytest.raises(Unsupported):
            jira.add_comment(CommentDraft(subject(issue), HELLO, Visibility.PRIVATE), MARKER)
        assert issue.comments == ()

    def test_j73_a_comment_that_jira_shows_to_customers_all_the_same_is_taken_back(
        self, jira: Jira, wire: Wire, site: JiraSimulator, desk: Project
    ) -> None:
        issue = on(site, desk)

        def show(request: SimRequest, response: SimResponse) -> SimResponse:
            if request.method == "POST" and request.path.endswith("/comment"):
                return SimResponse.of_json({**response.json(), "jsdPublic": True, "properties": []}, 201)
            return response

        wire.after = show
        with pytest.raises(Unsupported, match="taken back"):
            jira.add_comment(CommentDraft(subject(issue), HELLO), MARKER)
        assert issue.comments == ()

    def test_j74_a_lost_answer_is_found_by_the_comments_own_property(
        self, jira: Jira, wire: Wire, site: JiraSimulator, project: Project, clock: SimClock
    ) -> None:
        issue, since = on(site, project), clock.now()
        draft = CommentDraft(subject(issue), HELLO)

        def drop(request: SimRequest, response: SimResponse) -> SimResponse:
            return SimResponse.of_json({}, 504) if request.method == "POST" else response

        wire.after = drop
        with pytest.raises(InDoubt):
            jira.add_comment(draft, MARKER)
        wire.after = lambda request, response: response
        jira.add_comment(draft, "another")
        [found] = jira.find_by_marker(MARKER, draft, since)
        assert found.remote_id == str(issue.comments[0].id)
        assert jira.find_by_marker(MARKER, draft, since + timedelta(hours=2)) == []

    def test_the_property_is_asked_for_where_the_list_leaves_it_out(
        self, jira: Jira, wire: Wire, site: JiraSimulator, project: Project, clock: SimClock
    ) -> None:
        draft = CommentDraft(subject(on(site, project)), HELLO)
        made = jira.add_comment(draft, MARKER)

        def without(request: SimRequest, response: SimResponse) -> SimResponse:
            if request.method != "GET" or not request.path.endswith("/comment"):
                return response
            body = response.json()
            rows = [{k: v for k, v in row.items() if k != "properties"} for row in body["comments"]]
            return SimResponse.of_json({**body, "comments": rows})

        wire.after = without
        assert [ref.remote_id for ref in jira.find_by_marker(MARKER, draft, clock.now())] == [
            made.ref.remote_id
        ]

    def test_an_empty_comment_is_refused_by_jira_and_told(
        self, jira: Jira, site: JiraSimulator, project: Project
    ) -> None:
        empty = Text(format=TextFormat.ADF, source='{"type":"doc","version":1,"content":[{"type":"oops"}]}')
        with pytest.raises(Invalid) as caught:
            jira.add_comment(CommentDraft(subject(on(site, project)), empty), MARKER)
        assert caught.value.field == "body"


class TestEditing:
    def test_the_text_is_replaced(self, jira: Jira, site: JiraSimulator, project: Project) -> None:
        issue = on(site, project)
        made = jira.add_comment(CommentDraft(subject(issue), HELLO), MARKER)
        outcome = jira.edit_comment(
            made.ref, subject(issue), Text(format=TextFormat.MARKDOWN, source="Bye"), HELLO
        )
        assert outcome.applied == {"body"}
        assert text_of(issue) == ["Bye"]

    def test_j75_an_edit_keeps_to_whom_the_comment_is_shown(
        self, jira: Jira, wire: Wire, site: JiraSimulator, project: Project
    ) -> None:
        issue = on(site, project)
        limits = {"type": "role", "value": "Administrators"}
        kept = site.comment(issue, "Secret", by=project.lead, visibility=limits)
        ref = Ref("site", Kind.COMMENT, str(kept.id))
        outcome = jira.edit_comment(ref, subject(issue), HELLO)
        assert issue.comments[0].visibility is not None
        assert dict(issue.comments[0].visibility) == limits
        assert comment_of(outcome).visibility is Visibility.PRIVATE

    def test_one_that_changed_meanwhile_is_left_alone(
        self, jira: Jira, site: JiraSimulator, project: Project
    ) -> None:
        issue = on(site, project)
        kept = site.comment(issue, "Somebody's", by=project.lead)
        outcome = jira.edit_comment(Ref("site", Kind.COMMENT, str(kept.id)), subject(issue), HELLO, HELLO)
        assert isinstance(outcome.refused["body"], VersionConflict)
        assert outcome.stored is not None
        assert text_of(issue) == ["Somebody's"]

    def test_what_customers_read_is_not_edited(self, jira: Jira, site: JiraSimulator, desk: Project) -> None:
        issue = on(site, desk)
        kept = site.comment(issue, "Public", by=desk.lead, public=True)
        outcome = jira.edit_comment(Ref("site", Kind.COMMENT, str(kept.id)), subject(issue), HELLO)
        assert isinstance(outcome.refused["body"], Unsupported)
        assert text_of(issue) == ["Public"]

    def test_removing_what_is_gone_is_no_error(
        self, jira: Jira, site: JiraSimulator, project: Project
    ) -> None:
        issue = on(site, project)
        made = jira.add_comment(CommentDraft(subject(issue), HELLO), MARKER)
        for _ in range(2):
            jira.remove_comment(made.ref, subject(issue))
        assert issue.comments == ()
        with pytest.raises(NotFound):
            jira.edit_comment(made.ref, subject(issue), HELLO)


class TestFiles:
    CONTENT = b"\x00\xffbytes"

    def draft(self, issue: Issue, **keys: Any) -> FileDraft:
        return FileDraft(subject(issue), **{"name": "plan.bin", "content": self.CONTENT} | keys)

    def test_j76_a_file_is_attached_with_the_header_that_jira_wants(
        self, jira: Jira, wire: Wire, site: JiraSimulator, project: Project
    ) -> None:
        outcome = jira.attach(self.draft(on(site, project)), MARKER)
        [sent] = [sent for sent in wire.sent if sent.path.endswith("/attachments")]
        assert sent.header("X-Atlassian-Token") == "no-check"
        assert outcome.stored is not None
        assert outcome.stored.record.title == "plan.bin"
        assert jira.download(outcome.ref) == self.CONTENT

    def test_j77_files_are_found_by_name_size_time_and_author(
        self, jira: Jira, site: JiraSimulator, project: Project, clock: SimClock
    ) -> None:
        issue, since = on(site, project), clock.now()
        draft = self.draft(issue)
        other = site.add_user("Ada Example", email="ada@example.com")
        site.attach(issue, "plan.bin", self.CONTENT, by=other)
        site.attach(issue, "plan.bin", self.CONTENT + b"more", by=project.lead)
        assert jira.find_by_marker(MARKER, draft, since) == []
        made = jira.attach(draft, MARKER)
        assert [ref.remote_id for ref in jira.find_by_marker(MARKER, draft, since)] == [made.ref.remote_id]
        assert jira.find_by_marker(MARKER, draft, since + timedelta(hours=2)) == []

    def test_j78_bytes_are_asked_for_at_our_own_address_without_a_redirect(
        self, jira: Jira, wire: Wire, site: JiraSimulator, project: Project
    ) -> None:
        outcome = jira.attach(self.draft(on(site, project)), MARKER)
        jira.download(outcome.ref)
        assert wire.sent[-1].path == f"/rest/api/3/attachment/content/{outcome.ref.remote_id}"
        assert dict(wire.sent[-1].query) == {"redirect": "false"}
        with pytest.raises(NotFound):
            jira.download(Ref("site", Kind.ATTACHMENT, "99999"))

    def test_too_large_a_file_is_invalid(self, jira: Jira, site: JiraSimulator, project: Project) -> None:
        site.upload_limit = 3
        with pytest.raises(Invalid) as caught:
            jira.attach(self.draft(on(site, project)), MARKER)
        assert caught.value.field == "content"

    @pytest.mark.parametrize("name", ["../plan", "a\nb", " ", "x" * 256])
    def test_names_that_are_none_are_refused_before_anything_is_sent(
        self, jira: Jira, wire: Wire, site: JiraSimulator, project: Project, name: str
    ) -> None:
        with pytest.raises(Invalid):
            jira.attach(self.draft(on(site, project), name=name), MARKER)
        assert not [sent for sent in wire.sent if sent.method == "POST"]
