"""Writing on Jira Data Center: wiki markup, users by name, epic links by key, screens without names of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from tests.jira.lab import Wire
from tests.jira.server import CONTEXT, check_sent, connecting, data_center

from syncline.errors import AccessDenied, Invalid, NotFound
from syncline.model import Issue as IssueRecord
from syncline.model import Kind, Priority, Ref, Text, TextFormat, Visibility
from syncline.sim.clock import SimClock
from syncline.target import AddRemove, Backlink, CommentDraft, Draft, FileDraft, Move, Outcome, Removal, Set
from syncline_connectors.jira import Jira
from syncline_connectors.jira.simulator import JiraSimulator
from syncline_connectors.jira.simulator.entities import Project
from syncline_connectors.jira.simulator.issues import Issue

MARKER = "6f9619ff-8b86-5011-b42d-00c04fc964ff"


@pytest.fixture
def instance(clock: SimClock) -> JiraSimulator:
    return data_center(clock)


@pytest.fixture
def line(instance: JiraSimulator) -> Iterator[Wire]:
    made = Wire(instance)
    yield made
    for request in made.sent:
        check_sent(request)


@pytest.fixture
def connect(line: Wire, clock: SimClock) -> Iterator[Callable[..., Jira]]:
    with connecting(line, clock) as make:
        yield make


@pytest.fixture
def jira(connect: Callable[..., Jira]) -> Jira:
    made = connect(access="write", fields={"estimate": "Story Points"})
    made.check()
    return made


@pytest.fixture
def project(instance: JiraSimulator) -> Project:
    found = instance.find_project("ENG")
    assert found is not None
    return found


@pytest.fixture
def issue(instance: JiraSimulator, project: Project) -> Issue:
    return instance.create_issue(project, "Login fails", by=project.lead)


def ref(issue: Issue) -> Ref:
    return Ref("site", Kind.ISSUE, str(issue.id))


def record(outcome: Outcome) -> IssueRecord:
    assert outcome.stored is not None
    assert isinstance(outcome.stored.record, IssueRecord)
    return outcome.stored.record


def puts(line: Wire) -> list[Any]:
    return [sent.json() for sent in line.sent if sent.method == "PUT"]


def test_j79_texts_are_wiki_markup_and_people_are_written_by_name(
    jira: Jira, instance: JiraSimulator, line: Wire, project: Project
) -> None:
    mia = project.lead
    assert mia is not None
    fields = {
        "title": "A title",
        "description": Text(format=TextFormat.MARKDOWN, source="Some **bold** text"),
        "assignees": (mia.account_id,),
        "labels": ("a",),
        "priority": Priority.HIGH,
        "due_on": date(2026, 12, 1),
        "estimate": 3,
    }
    outcome = jira.create(Draft(Kind.ISSUE, str(project.id), "Task", fields), MARKER)
    [sent] = [sent.json() for sent in line.sent if sent.method == "POST" and sent.path.endswith("/issue")]
    assert sent["fields"]["assignee"] == {"name": "mia"}
    assert sent["fields"]["description"] == "Some *bold* text"
    assert outcome.refused == {}
    made = record(outcome)
    assert made.assignees == (mia.account_id,)
    assert made.body == Text(format=TextFormat.WIKI, source="Some *bold* text")


def test_markers_are_read_one_by_one_for_the_search_tells_no_properties(
    jira: Jira, instance: JiraSimulator, line: Wire, project: Project, clock: SimClock
) -> None:
    draft = Draft(Kind.ISSUE, str(project.id), "Task", {"title": "A title"})
    jira.create(draft, "another")
    made = jira.create(draft, MARKER)
    assert list(jira.find_by_marker(MARKER, draft, clock.now())) == [made.ref]
    assert sum(sent.path.endswith("/properties/syncline") for sent in line.sent) == 2


def test_an_edit_is_read_again_for_the_server_answers_nothing(jira: Jira, line: Wire, issue: Issue) -> None:
    outcome = jira.update(ref(issue), {"title": Set("New")}, {"title": "Login fails"})
    assert puts(line)[-1] == {"fields": {"summary": "New"}}
    assert outcome.applied == outcome.later == {"title"}
    assert record(outcome).title == "New"
    assert all("returnIssue" not in dict(sent.query) for sent in line.sent)


def test_j80_a_parent_is_an_epic_link_by_its_key_where_the_screen_has_no_parent(
    jira: Jira, instance: JiraSimulator, line: Wire, project: Project, issue: Issue
) -> None:
    epic = instance.create_issue(project, "Epic", type="Epic", by=project.lead)
    outcome = jira.update(ref(issue), {"parent": Set(str(epic.id))}, {"parent": None})
    [written] = puts(line)[-1]["fields"].values()
    assert written == epic.key
    assert outcome.refused == {}
    assert record(outcome).parent == str(epic.id)
    outcome = jira.update(ref(issue), {"parent": Set(None)}, {})
    assert outcome.refused == {}
    assert record(outcome).parent is None
    missing = jira.update(ref(issue), {"parent": Set("99999")}, {})
    assert isinstance(missing.refused["parent"], Invalid)


def test_nobody_is_assigned_by_null(
    jira: Jira, line: Wire, instance: JiraSimulator, project: Project
) -> None:
    mine = instance.create_issue(project, "a", by=project.lead, fields={"assignee": project.lead})
    outcome = jira.update(ref(mine), {"assignees": Set(())}, {})
    assert puts(line)[-1] == {"fields": {"assignee": None}}
    assert record(outcome).assignees == ()


def test_status_and_backlinks(jira: Jira, issue: Issue) -> None:
    link = AddRemove(add=(Backlink("tool:Issue:1", "https://example.com/1", "The counterpart"),))
    outcome = jira.update(ref(issue), {"status": Move("In Progress"), "backlinks": link}, {})
    assert outcome.applied == {"status", "backlinks"}
    assert record(outcome).status.name == "In Progress"
    assert len(issue.remote_links) == 1


def test_comments_bear_their_marker_and_files_are_read_at_our_own_address(
    jira: Jira, line: Wire, issue: Issue, clock: SimClock
) -> None:
    draft = CommentDraft(ref(issue), Text(format=TextFormat.MARKDOWN, source="Hello **you**"))
    made = jira.add_comment(draft, MARKER)
    assert str(issue.comments[0].body) == "Hello *you*"
    assert made.stored is not None
    assert made.stored.record.model_dump()["visibility"] is Visibility.TEAM
    assert list(jira.find_by_marker(MARKER, draft, clock.now())) == [made.ref]
    file = FileDraft(ref(issue), "plan.bin", b"\x00bytes")
    outcome = jira.attach(file, MARKER)
    assert list(jira.find_by_marker(MARKER, file, clock.now())) == [outcome.ref]
    assert jira.download(outcome.ref) == b"\x00bytes"
    assert line.sent[-1].path == f"{CONTEXT}/secure/attachment/{outcome.ref.remote_id}/plan.bin"


def test_one_issue_is_archived_and_twice_is_no_error(
    jira: Jira, instance: JiraSimulator, issue: Issue
) -> None:
    with pytest.raises(AccessDenied):
        jira.remove(ref(issue), Removal.ARCHIVE)
    instance.admins.update(instance.users)
    for _ in range(2):
        jira.remove(ref(issue), Removal.ARCHIVE)
    assert issue.archived
    instance.delete(issue)
    jira.remove(ref(issue), Removal.ARCHIVE)
    with pytest.raises(NotFound):
        jira.update(ref(issue), {"title": Set("New")}, {})
