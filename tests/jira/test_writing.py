"""Making, changing and taking away issues on a simulated Cloud site; the vendor's schema judges every request."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from tests.jira.lab import Wire

from syncline.errors import AccessDenied, InDoubt, Invalid, NotFound, Unsupported, VersionConflict
from syncline.http import ReadOnly
from syncline.model import Issue as IssueRecord
from syncline.model import Kind, Priority, Ref, RelationType, Text, TextFormat
from syncline.sim import SimRequest, SimResponse
from syncline.sim.clock import SimClock
from syncline.target import (
    FIELDS,
    AddRemove,
    Backlink,
    Draft,
    Move,
    Outcome,
    Related,
    Removal,
    Set,
    TakesComments,
    TakesFiles,
    Target,
)
from syncline_connectors.jira import Jira
from syncline_connectors.jira.simulator import JiraSimulator
from syncline_connectors.jira.simulator.entities import Project
from syncline_connectors.jira.simulator.issues import Issue
from syncline_connectors.jira.simulator.rules import Action, Permission, Screen

Connect = Callable[..., Jira]
MARKER = "6f9619ff-8b86-5011-b42d-00c04fc964ff"


def markdown(text: str) -> Text:
    return Text(format=TextFormat.MARKDOWN, source=text)


@pytest.fixture
def project(site: JiraSimulator) -> Project:
    found = site.find_project("ENG")
    assert found is not None
    return found


@pytest.fixture
def jira(connect: Connect, site: JiraSimulator) -> Jira:
    return connect(access="write", fields={"estimate": "Story Points"})


@pytest.fixture
def issue(site: JiraSimulator, project: Project) -> Issue:
    return site.create_issue(project, "Login fails", fields={"labels": ["a", "b"]}, by=project.lead)


def ref(issue: Issue) -> Ref:
    return Ref("site", Kind.ISSUE, str(issue.id))


def puts(wire: Wire) -> list[Any]:
    """The bodies of all edits that were sent."""
    return [sent.json() for sent in wire.sent if sent.method == "PUT"]


def stored(outcome: Outcome) -> IssueRecord:
    assert outcome.stored is not None
    assert isinstance(outcome.stored.record, IssueRecord)
    return outcome.stored.record


def draft(project: Project, **fields: Any) -> Draft:
    return Draft(Kind.ISSUE, str(project.id), "Task", {"title": "A title"} | fields)


def as_target(jira: Jira) -> Target:
    """The type checker holds the connector against the protocol here."""
    return jira


def test_it_is_a_target_that_takes_comments_and_files(jira: Jira) -> None:
    target = as_target(jira)
    assert isinstance(target, Target)
    assert isinstance(target, TakesComments)
    assert isinstance(target, TakesFiles)
    assert target.capabilities.writes == {*FIELDS, "fields"}
    assert target.capabilities.creates.keys() == {Kind.ISSUE, Kind.COMMENT, Kind.ATTACHMENT}


def test_a_reading_connection_sends_no_write(connect: Connect, wire: Wire, issue: Issue) -> None:
    with pytest.raises(ReadOnly):
        connect().update(ref(issue), {"title": Set("New")}, {})
    assert {sent.method for sent in wire.sent} == {"GET"}


class TestCreate:
    def test_every_field_arrives_and_is_read_back(
        self, jira: Jira, site: JiraSimulator, project: Project
    ) -> None:
        mia = next(iter(site.users.values()))
        version, _ = site.add_version(project, "1.0"), site.add_component(project, "web")
        outcome = jira.create(
            draft(
                project,
                description=markdown("Some *text*"),
                priority=Priority.HIGH,
                assignees=(mia.account_id,),
                labels=("b", "a"),
                due_on=date(2026, 12, 1),
                estimate=3,
                releases=(str(version.id),),
                components=("web",),
                status="Done",
            ),
            MARKER,
        )
        made = stored(outcome)
        assert outcome.refused == {}
        assert "status" not in outcome.applied
        assert outcome.applied == outcome.later
        assert (made.title, made.priority, made.priority_name) == ("A title", Priority.HIGH, "High")
        assert (made.assignees, set(made.labels)) == ((mia.account_id,), {"a", "b"})
        assert (made.due_on, made.estimate) == (date(2026, 12, 1), 3)
        assert (made.releases, made.components) == ((str(version.id),), ("web",))
        assert made.body is not None
        assert made.body.format is TextFormat.ADF

    def test_j51_the_marker_is_in_the_one_request_that_makes_the_issue(
        self, jira: Jira, wire: Wire, site: JiraSimulator, project: Project
    ) -> None:
        outcome = jira.create(draft(project), MARKER)
        [body] = wire.bodies("/issue")
        assert body["properties"] == [{"key": "syncline", "value": {"marker": MARKER}}]
        assert site.issues[int(outcome.ref.remote_id)].properties["syncline"] == {"marker": MARKER}

    def test_j52_what_is_not_on_the_create_screen_is_refused_by_name_and_left_out(
        self, jira: Jira, site: JiraSimulator, project: Project
    ) -> None:
        site.set_screen(project, Action.CREATE, Screen(("summary", "issuetype", "project", "labels")))
        outcome = jira.create(draft(project, labels=("a",), due_on=date(2026, 12, 1)), MARKER)
        assert outcome.applied == {"title", "labels"}
        assert isinstance(outcome.refused["due_on"], Unsupported)

    def test_a_required_field_that_nobody_gave_is_named_and_nothing_is_made(
        self, jira: Jira, wire: Wire, site: JiraSimulator, project: Project
    ) -> None:
        fields = ("summary", "issuetype", "project", "duedate")
        site.set_screen(project, Action.CREATE, Screen(fields, frozenset({"summary", "duedate"})))
        with pytest.raises(Invalid) as caught:
            jira.create(draft(project), MARKER)
        assert caught.value.field == "due_on"
        assert "due_on" in str(caught.value)
        assert site.issues == {}

    def test_j53_an_optional_field_that_jira_refuses_does_not_keep_the_issue_from_being_made(
        self, jira: Jira, wire: Wire, site: JiraSimulator, project: Project
    ) -> None:
        outcome = jira.create(draft(project, components=("nowhere",), labels=("a",)), MARKER)
        assert outcome.applied == {"title", "labels"}
        refused = outcome.refused["components"]
        assert isinstance(refused, Invalid)
        assert refused.field == "components"
        assert len(wire.bodies("/issue")) == 2
        assert len(site.issues) == 1

    def test_unknown_containers_and_types_are_named(self, jira: Jira, project: Project) -> None:
        with pytest.raises(Invalid) as container:
            jira.create(Draft(Kind.ISSUE, "99999", "Task", {"title": "a"}), MARKER)
        with pytest.raises(Invalid) as kind:
            jira.create(Draft(Kind.ISSUE, str(project.id), "Opus", {"title": "a"}), MARKER)
        assert (container.value.field, kind.value.field) == ("container", "type")
        assert "Task" in str(kind.value)

    def test_screens_are_asked_for_once_a_run(self, jira: Jira, wire: Wire, project: Project) -> None:
        for _ in range(3):
            jira.create(draft(project), MARKER)
        assert sum("createmeta" in path for path in wire.paths()) == 2

    def test_nobody_is_assigned_where_the_draft_says_nobody(
        self, jira: Jira, wire: Wire, project: Project
    ) -> None:
        jira.create(draft(project, assignees=()), MARKER)
        assert wire.bodies("/issue")[0]["fields"]["assignee"] is None

    def test_a_read_back_that_fails_leaves_the_issue_made(
        self, jira: Jira, wire: Wire, project: Project
    ) -> None:
        def forbid(request: SimRequest) -> SimResponse | None:
            reads = request.method == "GET" and "/issue/1" in request.path
            return SimResponse.of_json({"errorMessages": ["no"]}, 403) if reads else None

        wire.before = forbid
        outcome = jira.create(draft(project), MARKER)
        assert outcome.stored is None
        assert outcome.applied == {"title"}

    def test_no_answer_is_a_doubt_and_the_marker_finds_the_issue(
        self, jira: Jira, wire: Wire, site: JiraSimulator, project: Project, clock: SimClock
    ) -> None:
        def drop(request: SimRequest, response: SimResponse) -> SimResponse:
            lost = request.method == "POST" and request.path.endswith("/issue")
            return SimResponse.of_json({}, 504) if lost else response

        since = clock.now()
        wire.after = drop
        with pytest.raises(InDoubt):
            jira.create(draft(project), MARKER)
        [made] = site.issues
        assert [found.remote_id for found in jira.find_by_marker(MARKER, draft(project), since)] == [
            str(made)
        ]


class TestMarkers:
    def test_j54_the_search_for_a_marker_compares_numbers_and_asks_for_the_property(
        self, jira: Jira, wire: Wire, project: Project, clock: SimClock
    ) -> None:
        jira.create(draft(project), MARKER)
        jira.create(draft(project), "another")
        found = jira.find_by_marker(MARKER, draft(project), clock.now())
        body = wire.bodies("/search/jql")[-1]
        earlier = int((clock.now() - timedelta(hours=1)).timestamp() * 1000)
        assert len(found) == 1
        assert body["properties"] == ["syncline"]
        assert body["jql"] == f"creator = currentUser() AND created >= {earlier} ORDER BY id ASC"

    def test_j55_a_marker_that_the_search_does_not_show_yet_is_no_error(
        self, jira: Jira, site: JiraSimulator, project: Project, clock: SimClock
    ) -> None:
        site.set_quirks(lag=(60.0, 60.0))
        jira.create(draft(project), MARKER)
        assert jira.find_by_marker(MARKER, draft(project), clock.now()) == []
        clock.advance(61)
        assert len(jira.find_by_marker(MARKER, draft(project), clock.now())) == 1
        assert Jira.capabilities.creates[Kind.ISSUE].settle >= 60

    def test_properties_are_asked_for_one_by_one_where_the_search_leaves_them_out(
        self, jira: Jira, wire: Wire, project: Project, clock: SimClock
    ) -> None:
        made = jira.create(draft(project), MARKER)

        def without(request: SimRequest, response: SimResponse) -> SimResponse:
            if not request.path.endswith("/search/jql"):
                return response
            body = response.json()
            return SimResponse.of_json(
                {
                    **body,
                    "issues": [{k: v for k, v in i.items() if k != "properties"} for i in body["issues"]],
                }
            )

        wire.after = without
        [found] = jira.find_by_marker(MARKER, draft(project), clock.now())
        assert found == made.ref


class TestUpdate:
    def test_only_what_is_named_is_written_in_one_request(self, jira: Jira, wire: Wire, issue: Issue) -> None:
        outcome = jira.update(
            ref(issue),
            {"title": Set("New"), "priority": Set(Priority.URGENT), "due_on": Set(date(2026, 12, 1))},
            {"title": "Login fails"},
        )
        body = puts(wire)[-1]
        assert body == {
            "fields": {"summary": "New", "priority": {"name": "Highest"}, "duedate": "2026-12-01"}
        }
        assert outcome.refused == {}
        assert outcome.applied == {"title", "priority", "due_on"}
        assert outcome.later == frozenset()
        assert stored(outcome).title == "New"

    def test_what_is_there_already_is_not_written(self, jira: Jira, wire: Wire, issue: Issue) -> None:
        outcome = jira.update(
            ref(issue), {"title": Set("Login fails"), "labels": Set(("b", "a")), "status": Move("To Do")}, {}
        )
        assert outcome.applied == {"title", "labels", "status"}
        assert {sent.method for sent in wire.sent} == {"GET"}

    def test_j56_what_changed_meanwhile_is_refused_and_the_rest_is_written(
        self, jira: Jira, site: JiraSimulator, issue: Issue
    ) -> None:
        site.edit(issue, {"summary": "Somebody else's"})
        changes = {"title": Set("Mine"), "due_on": Set(date(2026, 12, 1))}
        outcome = jira.update(ref(issue), changes, {"title": "Login fails", "due_on": None})
        assert isinstance(outcome.refused["title"], VersionConflict)
        assert outcome.applied == {"due_on"}
        assert stored(outcome).title == "Somebody else's"

    def test_j57_labels_are_written_as_what_is_added_and_removed(
        self, jira: Jira, wire: Wire, site: JiraSimulator, issue: Issue
    ) -> None:
        outcome = jira.update(ref(issue), {"labels": AddRemove(add=("c",), remove=("a",))}, {})
        body = puts(wire)[-1]
        assert body == {"update": {"labels": [{"add": "c"}, {"remove": "a"}]}}
        assert set(stored(outcome).labels) == {"b", "c"}

    def test_labels_are_added_and_removed_as_jira_spells_them(self, jira: Jira, issue: Issue) -> None:
        added = jira.update(ref(issue), {"labels": AddRemove(add=("two words",))}, {})
        assert set(stored(added).labels) == {"a", "b", "two_words"}
        gone = jira.update(ref(issue), {"labels": AddRemove(remove=("two words",))}, {})
        assert set(stored(gone).labels) == {"a", "b"}

    def test_j58_no_field_is_in_fields_and_update_both(
        self, jira: Jira, wire: Wire, site: JiraSimulator, project: Project, issue: Issue
    ) -> None:
        epic = site.create_issue(project, "Epic", type="Epic", by=project.lead)
        site.add_component(project, "web")
        version = site.add_version(project, "1.0")
        changes = {
            "title": Set("New"),
            "labels": Set(()),
            "components": Set(("web",)),
            "releases": Set((str(version.id),)),
            "parent": Set(str(epic.id)),
            "estimate": Set(5.0),
        }
        outcome = jira.update(ref(issue), changes, {})
        body = puts(wire)[-1]
        assert not body["fields"].keys() & body["update"].keys()
        assert outcome.refused == {}
        assert stored(outcome).parent == str(epic.id)

    def test_j59_a_parent_is_taken_away_by_its_own_verb(
        self, jira: Jira, wire: Wire, site: JiraSimulator, project: Project
    ) -> None:
        epic = site.create_issue(project, "Epic", type="Epic", by=project.lead)
        child = site.create_issue(project, "Child", fields={"parent": epic}, by=project.lead)
        outcome = jira.update(ref(child), {"parent": Set(None)}, {"parent": str(epic.id)})
        body = puts(wire)[-1]
        assert body == {"update": {"parent": [{"set": {"none": True}}]}}
        assert stored(outcome).parent is None

    def test_j60_mail_is_kept_back_where_we_may_and_the_refusal_is_remembered(
        self, jira: Jira, wire: Wire, site: JiraSimulator, issue: Issue
    ) -> None:
        jira.update(ref(issue), {"title": Set("One")}, {})
        jira.update(ref(issue), {"title": Set("Two")}, {})
        asked = [dict(sent.query).get("notifyUsers") for sent in wire.sent if sent.method == "PUT"]
        assert asked == ["false", None, None]
        assert issue.fields["summary"] == "Two"

    def test_an_administrator_edits_in_silence(
        self, jira: Jira, wire: Wire, site: JiraSimulator, issue: Issue
    ) -> None:
        site.admins.update(site.users)
        jira.update(ref(issue), {"title": Set("One")}, {})
        [put] = [sent for sent in wire.sent if sent.method == "PUT"]
        assert dict(put.query) == {"notifyUsers": "false", "returnIssue": "true"}

    def test_j61_a_refused_field_is_told_by_name_and_the_rest_is_written(
        self, jira: Jira, issue: Issue
    ) -> None:
        changes = {"components": Set(("nowhere",)), "title": Set("New")}
        outcome = jira.update(ref(issue), changes, {})
        assert outcome.applied == {"title"}
        refused = outcome.refused["components"]
        assert isinstance(refused, Invalid)
        assert (refused.field, refused.status) == ("components", 400)

    def test_a_refusal_that_names_nothing_is_tried_field_by_field(
        self, jira: Jira, wire: Wire, issue: Issue
    ) -> None:
        def refuse(request: SimRequest) -> SimResponse | None:
            if request.method == "PUT" and "duedate" in (request.json().get("fields") or {}):
                return SimResponse.of_json({"errorMessages": ["something is wrong"], "errors": {}}, 400)
            return None

        wire.before = refuse
        outcome = jira.update(ref(issue), {"title": Set("New"), "due_on": Set(date(2026, 12, 1))}, {})
        assert outcome.applied == {"title"}
        assert "something is wrong" in str(outcome.refused["due_on"])

    def test_what_is_not_on_the_edit_screen_is_refused_by_name(
        self, jira: Jira, site: JiraSimulator, project: Project, issue: Issue
    ) -> None:
        site.set_screen(project, Action.EDIT, Screen(("summary",)))
        outcome = jira.update(ref(issue), {"title": Set("New"), "due_on": Set(date(2026, 12, 1))}, {})
        assert outcome.applied == {"title"}
        assert isinstance(outcome.refused["due_on"], Unsupported)

    def test_an_issue_that_is_gone_is_not_found(self, jira: Jira, site: JiraSimulator, issue: Issue) -> None:
        site.delete(issue)
        with pytest.raises(NotFound):
            jira.update(ref(issue), {"title": Set("New")}, {})

    def test_an_edit_at_the_same_time_is_a_conflict(self, jira: Jira, wire: Wire, issue: Issue) -> None:
        wire.before = lambda request: (
            SimResponse.of_json({"errorMessages": ["conflict"]}, 409) if request.method == "PUT" else None
        )
        outcome = jira.update(ref(issue), {"title": Set("New")}, {})
        assert isinstance(outcome.refused["title"], VersionConflict)

    @pytest.mark.parametrize("status", [413, 422])
    def test_too_large_and_misconfigured_are_invalid_by_field(
        self, jira: Jira, wire: Wire, issue: Issue, status: int
    ) -> None:
        wire.before = lambda request: (
            SimResponse.of_json({"errorMessages": ["no"]}, status) if request.method == "PUT" else None
        )
        outcome = jira.update(ref(issue), {"title": Set("New")}, {})
        refused = outcome.refused["title"]
        assert isinstance(refused, Invalid)
        assert (refused.status, refused.field) == (status, "title")

    def test_forbidden_is_told_by_field(self, jira: Jira, wire: Wire, issue: Issue) -> None:
        wire.before = lambda request: (
            SimResponse.of_json({"errorMessages": ["no"]}, 403) if request.method == "PUT" else None
        )
        outcome = jira.update(ref(issue), {"title": Set("New")}, {})
        assert isinstance(outcome.refused["title"], AccessDenied)

    def test_j62_an_edit_without_an_answer_is_judged_by_what_is_there(
        self, jira: Jira, wire: Wire, site: JiraSimulator, issue: Issue
    ) -> None:
        site.admins.update(site.users)

        def drop(request: SimRequest, response: SimResponse) -> SimResponse:
            return SimResponse.of_json({}, 504) if request.method == "PUT" else response

        wire.after = drop
        outcome = jira.update(ref(issue), {"title": Set("New")}, {})
        assert outcome.applied == outcome.later == {"title"}
        wire.after = lambda request, response: response
        wire.before = lambda request: SimResponse.of_json({}, 504) if request.method == "PUT" else None
        outcome = jira.update(ref(issue), {"title": Set("Newer")}, {})
        assert isinstance(outcome.refused["title"], InDoubt)

    def test_j63_success_without_effect_is_found_out(self, jira: Jira, wire: Wire, issue: Issue) -> None:
        wire.before = lambda request: SimResponse(204) if request.method == "PUT" else None
        outcome = jira.update(ref(issue), {"title": Set("New")}, {})
        refused = outcome.refused["title"]
        assert isinstance(refused, Invalid)
        assert "left title as it was" in str(refused)

    def test_j64_lowest_does_not_flip_to_low(
        self, jira: Jira, wire: Wire, site: JiraSimulator, issue: Issue
    ) -> None:
        site.edit(issue, {"priority": site.priority("Lowest")})
        outcome = jira.update(ref(issue), {"priority": Set(Priority.LOW)}, {})
        assert outcome.applied == {"priority"}
        assert stored(outcome).priority_name == "Lowest"

    def test_people_are_taken_away_by_null(
        self, jira: Jira, wire: Wire, site: JiraSimulator, issue: Issue
    ) -> None:
        mia = next(iter(site.users.values()))
        jira.update(ref(issue), {"assignees": Set((mia.account_id,))}, {})
        outcome = jira.update(ref(issue), {"assignees": AddRemove(remove=(mia.account_id,))}, {})
        sent = [body["fields"] for body in puts(wire)]
        assert sent[0] == {"assignee": {"accountId": mia.account_id}}
        assert sent[-1] == {"assignee": None}
        assert stored(outcome).assignees == ()

    def test_a_description_of_jiras_own_is_written_as_it_is(
        self, jira: Jira, wire: Wire, issue: Issue
    ) -> None:
        panel = {
            "type": "panel",
            "attrs": {"panelType": "info"},
            "content": [{"type": "paragraph", "content": [{"type": "text", "text": "x"}]}],
        }
        document = {"version": 1, "type": "doc", "content": [panel]}
        text = Text(format=TextFormat.ADF, source=json.dumps(document))
        outcome = jira.update(ref(issue), {"description": Set(text)}, {})
        body = puts(wire)[-1]
        assert body["fields"]["description"] == document
        assert outcome.applied == {"description"}


class TestApart:
    def test_sprints_are_entered_and_left_by_their_own_requests(
        self, jira: Jira, wire: Wire, site: JiraSimulator, project: Project, issue: Issue
    ) -> None:
        board = site.add_board(project)
        sprint = site.add_sprint(board, "Sprint 1")
        outcome = jira.update(ref(issue), {"iterations": Set((str(sprint.id),))}, {"iterations": ()})
        assert stored(outcome).iterations == (str(sprint.id),)
        assert outcome.applied == outcome.later == {"iterations"}
        outcome = jira.update(ref(issue), {"iterations": Set(())}, {})
        assert stored(outcome).iterations == ()
        assert [path for path in wire.paths() if path.endswith(("sprint/1/issue", "backlog/issue"))]

    def test_an_issue_is_in_one_open_sprint(
        self, jira: Jira, site: JiraSimulator, project: Project, issue: Issue
    ) -> None:
        board = site.add_board(project)
        one, two = site.add_sprint(board, "Sprint 1"), site.add_sprint(board, "Sprint 2")
        outcome = jira.update(ref(issue), {"iterations": Set((str(one.id), str(two.id)))}, {})
        assert isinstance(outcome.refused["iterations"], Invalid)
        missing = jira.update(ref(issue), {"iterations": Set(("99999",))}, {})
        assert isinstance(missing.refused["iterations"], Invalid)

    def test_j65_a_relation_that_is_there_is_not_made_twice(
        self, jira: Jira, wire: Wire, site: JiraSimulator, project: Project, issue: Issue
    ) -> None:
        other = site.create_issue(project, "Other")
        change = AddRemove(add=(Related(RelationType.BLOCKS, str(other.id)),))
        for _ in range(2):
            outcome = jira.update(ref(issue), {"relations": change}, {})
            assert outcome.applied == {"relations"}
        [sent] = [sent.json() for sent in wire.sent if sent.method == "POST"]
        assert (sent["inwardIssue"], sent["outwardIssue"]) == ({"id": str(issue.id)}, {"id": str(other.id)})
        assert [link.other.id for link in issue.links] == [other.id]
        gone = AddRemove(remove=change.add)
        assert jira.update(ref(issue), {"relations": gone}, {}).applied == {"relations"}
        assert not issue.links

    def test_a_relation_without_an_answer_is_looked_for(
        self, jira: Jira, wire: Wire, site: JiraSimulator, project: Project, issue: Issue
    ) -> None:
        other = site.create_issue(project, "Other")
        change = AddRemove(add=(Related(RelationType.BLOCKS, str(other.id)),))
        wire.before = lambda request: SimResponse.of_json({}, 504) if request.method == "POST" else None
        outcome = jira.update(ref(issue), {"relations": change}, {})
        assert isinstance(outcome.refused["relations"], InDoubt)
        wire.before = lambda request: None
        wire.after = lambda request, response: (
            SimResponse.of_json({}, 504) if request.method == "POST" else response
        )
        assert jira.update(ref(issue), {"relations": change}, {}).applied == {"relations"}
        assert [link.other.id for link in issue.links] == [other.id]

    def test_a_relation_to_nothing_is_invalid(self, jira: Jira, issue: Issue) -> None:
        change = AddRemove(add=(Related(RelationType.BLOCKS, "99999"),))
        outcome = jira.update(ref(issue), {"relations": change}, {})
        assert isinstance(outcome.refused["relations"], Invalid)

    def test_a_relation_that_is_refused_leaves_the_others_alone(
        self, jira: Jira, site: JiraSimulator, project: Project, issue: Issue
    ) -> None:
        other = site.create_issue(project, "Other")
        ends = ("99999", str(other.id))
        change = AddRemove(add=tuple(Related(RelationType.BLOCKS, end) for end in ends))
        outcome = jira.update(ref(issue), {"relations": change}, {})
        assert isinstance(outcome.refused["relations"], Invalid)
        assert [link.other.id for link in issue.links] == [other.id]

    def test_j66_a_backlink_is_sent_whole_and_replaces_itself(
        self, jira: Jira, wire: Wire, issue: Issue
    ) -> None:
        one = Backlink("tool:Issue:1", "https://example.com/1", "The counterpart")
        done = Backlink("tool:Issue:1", "https://example.com/1", "The counterpart", resolved=True)
        for link in (one, done):
            assert jira.update(ref(issue), {"backlinks": AddRemove(add=(link,))}, {}).applied == {"backlinks"}
        [kept] = issue.remote_links
        assert kept.global_id == "syncline:tool:Issue:1"
        for body in [sent.json() for sent in wire.sent if sent.method == "POST"]:
            assert body.keys() == {"globalId", "application", "relationship", "object"}
            assert body["object"].keys() == {"url", "title", "status"}
        jira.update(ref(issue), {"backlinks": AddRemove(remove=(one,))}, {})
        assert issue.remote_links == ()
        assert jira.update(ref(issue), {"backlinks": AddRemove(remove=(one,))}, {}).refused == {}


class TestDescribing:
    def test_a_writing_connection_tells_screens_and_people(
        self, jira: Jira, connect: Connect, site: JiraSimulator, project: Project
    ) -> None:
        site.deny(Permission.ASSIGNABLE_USER, project, site.add_user("Ada Example", email="ada@example.com"))
        found = jira.describe(str(project.id))
        task = {info.id: info for info in found.creation["Task"]}
        assert task["summary"].required
        assert task["summary"].field == "title"
        assert "High" in task["priority"].choices
        assert not task["attachment"].writable
        assert [person.record.title for person in found.people] == ["Mia Example"]
        assert connect().describe(str(project.id)).creation == {}

    def test_without_the_right_to_create_no_screen_is_told(
        self, jira: Jira, wire: Wire, project: Project
    ) -> None:
        wire.before = lambda request: (
            SimResponse.of_json({"issueTypes": [], "startAt": 0, "maxResults": 50, "total": 0})
            if request.path.endswith("/issuetypes")
            else None
        )
        assert jira.describe(str(project.id)).creation == {}
        with pytest.raises(AccessDenied, match="Create issues"):
            jira.create(draft(project), MARKER)


class TestRemove:
    def test_deleting_what_is_gone_is_no_error(self, jira: Jira, site: JiraSimulator, issue: Issue) -> None:
        jira.remove(ref(issue), Removal.DELETE)
        assert issue.deleted
        jira.remove(ref(issue), Removal.DELETE)

    def test_j67_an_archive_that_was_refused_inside_a_success_is_an_error(
        self, jira: Jira, wire: Wire, issue: Issue
    ) -> None:
        errors = {"userDoesNotHavePermission": {"count": 1, "issueIdsOrKeys": ["1"], "message": "no"}}
        wire.before = lambda request: (
            SimResponse.of_json({"numberOfIssuesUpdated": 0, "errors": errors})
            if request.path.endswith("/issue/archive")
            else None
        )
        with pytest.raises(AccessDenied):
            jira.remove(ref(issue), Removal.ARCHIVE)

    def test_archiving_needs_an_administrator(self, jira: Jira, site: JiraSimulator, issue: Issue) -> None:
        with pytest.raises(AccessDenied):
            jira.remove(ref(issue), Removal.ARCHIVE)
        site.admins.update(site.users)
        jira.remove(ref(issue), Removal.ARCHIVE)
        assert issue.archived
        jira.remove(ref(issue), Removal.ARCHIVE)

    def test_an_issue_with_subtasks_is_not_deleted(
        self, jira: Jira, site: JiraSimulator, project: Project, issue: Issue
    ) -> None:
        site.create_issue(project, "Part", type="Sub-task", fields={"parent": issue})
        with pytest.raises(Invalid):
            jira.remove(ref(issue), Removal.DELETE)
        assert not issue.deleted
