"""Changing a status: directly, over a path, with what a transition asks for, and where it stops."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.jira.lab import SHARED, Wire

from syncline.errors import AccessDenied, InDoubt, Invalid, VendorError
from syncline.model import Kind, Ref
from syncline.sim import SimRequest, SimResponse
from syncline.target import Move, Outcome
from syncline_connectors.jira import Jira
from syncline_connectors.jira.simulator import JiraSimulator
from syncline_connectors.jira.simulator.entities import Project
from syncline_connectors.jira.simulator.issues import Issue
from syncline_connectors.jira.simulator.rules import Permission, Transition, Workflow
from syncline_connectors.jira.transitions import leading_to, transitions_of

Connect = Callable[..., Jira]

STEPS = (
    Transition("Begin", "In Progress", ("To Do",)),
    Transition("Review", "In Review", ("In Progress",)),
    Transition("Finish", "Done", ("In Review",), fields=("resolution",), required=frozenset({"resolution"})),
)


@pytest.fixture
def project(site: JiraSimulator) -> Project:
    found = site.find_project("ENG")
    assert found is not None
    site.set_workflow(found, Workflow("To Do", STEPS))
    return found


@pytest.fixture
def issue(site: JiraSimulator, project: Project) -> Issue:
    return site.create_issue(project, "Login fails", by=project.lead)


def move(jira: Jira, issue: Issue, status: str, *path: str, **given: Any) -> Outcome:
    ref = Ref("site", Kind.ISSUE, str(issue.id))
    return jira.update(ref, {"status": Move(status, path, given)}, {})


def refusal(outcome: Outcome) -> VendorError:
    assert outcome.applied == frozenset()
    return outcome.refused["status"]


def status_of(issue: Issue) -> str:
    return str(issue.fields["status"].name)


def test_a_direct_transition_is_taken(connect: Connect, issue: Issue) -> None:
    outcome = move(connect(access="write"), issue, "in progress")
    assert outcome.applied == outcome.later == {"status"}
    assert status_of(issue) == "In Progress"


def test_j68_a_path_is_walked_and_transitions_are_asked_for_before_each_hop(
    connect: Connect, wire: Wire, issue: Issue
) -> None:
    outcome = move(connect(access="write"), issue, "Done", "In Progress", "In Review", Resolution="Done")
    assert outcome.applied == {"status"}
    assert status_of(issue) == "Done"
    asked = [sent.method for sent in wire.sent if sent.path.endswith("/transitions")]
    assert asked == ["GET", "POST"] * 3


def test_j69_nothing_is_hopped_over_that_was_not_named(connect: Connect, wire: Wire, issue: Issue) -> None:
    error = refusal(move(connect(access="write"), issue, "Done"))
    assert isinstance(error, Invalid)
    assert str(error) == "no transition from To Do to Done — from here it goes to: In Progress"
    assert status_of(issue) == "To Do"
    assert not [sent for sent in wire.sent if sent.method == "POST"]


def test_where_a_path_stopped_is_said(connect: Connect, issue: Issue) -> None:
    error = refusal(move(connect(access="write"), issue, "Done", "In Progress"))
    assert "no transition from In Progress to Done" in str(error)
    assert "it came from To Do and stands in In Progress now" in str(error)
    assert status_of(issue) == "In Progress"


def test_the_way_and_its_fields_may_stand_in_the_configuration(connect: Connect, issue: Issue) -> None:
    way = {"via": ["In Progress", "In Review"], "set": {"Resolution": "Done"}}
    outcome = move(connect(access="write", transitions={"Done": way}), issue, "Done")
    assert outcome.applied == {"status"}
    assert issue.fields["resolution"].name == "Done"


def test_a_path_is_gone_on_from_where_the_issue_stands(
    connect: Connect, site: JiraSimulator, issue: Issue
) -> None:
    site.transition(issue, "In Progress")
    outcome = move(connect(access="write"), issue, "Done", "In Progress", "In Review", Resolution="Done")
    assert outcome.applied == {"status"}


def test_j70_a_field_that_a_transition_asks_for_is_never_guessed(
    connect: Connect, site: JiraSimulator, issue: Issue
) -> None:
    site.transition(issue, "In Review")
    error = refusal(move(connect(access="write"), issue, "Done"))
    assert isinstance(error, Invalid)
    assert 'the transition "Finish" to Done asks for Resolution' in str(error)
    assert '"Done" = { set = { "Resolution" = … } }' in str(error)
    assert status_of(issue) == "In Review"


def test_a_field_that_the_transition_does_not_take_is_refused_before_anything_is_sent(
    connect: Connect, wire: Wire, issue: Issue
) -> None:
    error = refusal(move(connect(access="write"), issue, "In Progress", Resolution="Done"))
    assert 'the transition "Begin" to In Progress takes no Resolution' in str(error)
    assert status_of(issue) == "To Do"


def test_a_validator_that_refuses_is_quoted(
    connect: Connect, site: JiraSimulator, project: Project, issue: Issue
) -> None:
    strict = Transition("Begin", "In Progress", validator=lambda issue, values: "Sub-tasks are open.")
    site.set_workflow(project, Workflow("To Do", (strict,)))
    error = refusal(move(connect(access="write"), issue, "In Progress"))
    assert "Sub-tasks are open." in str(error)
    assert "it stands in To Do" in str(error)


def test_without_the_permission_no_transition_is_offered(
    connect: Connect, site: JiraSimulator, project: Project, issue: Issue
) -> None:
    site.deny(Permission.TRANSITION_ISSUES, project)
    error = refusal(move(connect(access="write"), issue, "In Progress"))
    assert "is the account permitted to transition?" in str(error)


def test_j71_after_a_transition_without_an_answer_the_status_is_read(
    connect: Connect, wire: Wire, issue: Issue
) -> None:
    def drop(request: SimRequest, response: SimResponse) -> SimResponse:
        return SimResponse.of_json({}, 502) if request.method == "POST" else response

    wire.after = drop
    assert move(connect(access="write"), issue, "In Progress").applied == {"status"}
    wire.after = lambda request, response: response
    wire.before = lambda request: SimResponse.of_json({}, 502) if request.method == "POST" else None
    assert isinstance(refusal(move(connect(access="write"), issue, "In Review")), InDoubt)


def test_forbidden_is_told(connect: Connect, wire: Wire, issue: Issue) -> None:
    wire.before = lambda request: SimResponse.of_json({}, 403) if request.method == "POST" else None
    assert isinstance(refusal(move(connect(access="write"), issue, "In Progress")), AccessDenied)


def test_an_automation_that_moves_it_on_is_told(
    connect: Connect, site: JiraSimulator, wire: Wire, issue: Issue
) -> None:
    def move_on(request: SimRequest, response: SimResponse) -> SimResponse:
        if request.method == "POST":
            site.transition(issue, "Done")
        return response

    wire.after = move_on
    assert "moved it on to Done" in str(refusal(move(connect(access="write"), issue, "In Progress")))


def test_an_unknown_key_of_a_way_is_a_mistake(connect: Connect) -> None:
    with pytest.raises(ValueError, match="resolution"):
        connect(access="write", transitions={"Done": {"resolution": "Done"}})


@pytest.mark.skipif(not SHARED.is_dir(), reason="no recorded payloads at hand")
def test_recorded_transitions_are_read() -> None:
    answer = json.loads((SHARED / "data/jira/go-jira/transitions.json").read_text())
    found = transitions_of(answer)
    assert [(one.id, one.to) for one in found][:2] == [("2", "In Progress"), ("711", "Closed")]
    assert leading_to("in progress", found)[0].screen["summary"].choices == ("red", "blue")
