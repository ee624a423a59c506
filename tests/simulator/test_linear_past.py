"""Acting out the past of a Linear workspace, and taking in real documents."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.simulator.linear import DATA, LinearWorld, needs_data

from syncline.sim import SimClock
from syncline_connectors.linear.simulator.load import Loader

HISTORY = """query($id: String!) { issue(id: $id) { history(first: 50) { nodes {
  createdAt actor { id } actors { id } fromTitle toTitle fromPriority toPriority fromDueDate toDueDate
  fromState { name } toStateId fromAssignee { id } toAssigneeId fromTeam { key } toTeam { key }
  addedLabelIds removedLabels { name } updatedDescription descriptionUpdatedBy { id } archived autoArchived trashed
  relationChanges { identifier type } } } } }"""


@pytest.fixture
def linear(clock: SimClock) -> LinearWorld:
    return LinearWorld(clock, calm=True)


def day(number: int) -> datetime:
    return datetime(2026, 1, number, 9, tzinfo=UTC)


def history(linear: LinearWorld, id: str) -> list[dict[str, Any]]:
    """What is told of each step, oldest first, without what it leaves open."""
    nodes = linear.ask(HISTORY, id=id)["issue"]["history"]["nodes"]
    return [{name: value for name, value in node.items() if value is not None} for node in reversed(nodes)]


def test_every_change_of_the_past_is_a_step_of_history(linear: LinearWorld) -> None:
    site = linear.site
    bug = site.add_label("Bug")
    issue = site.create_issue(linear.eng, "Slow", by=linear.ada, at=day(1))
    site.edit(
        issue, by=linear.bob, at=day(2), title="Typing is slow", priority=2, labels=[bug], description="Why?"
    )
    site.transition(issue, "In Progress", by=linear.bob, at=day(3))
    site.edit(issue, by=linear.ada, at=day(4), assignee=linear.bob, labels=[])
    site.transition(issue, "Done", by=linear.bob, at=day(5))
    edited, started, assigned, done = history(linear, "ENG-1")
    assert (edited["fromTitle"], edited["toTitle"]) == ("Slow", "Typing is slow")
    assert (edited["fromPriority"], edited["toPriority"], edited["addedLabelIds"]) == (0, 2, [bug.id])
    assert (edited["updatedDescription"], edited["descriptionUpdatedBy"]) == (True, [{"id": linear.bob.id}])
    assert (started["createdAt"], started["actor"]) == ("2026-01-03T09:00:00.000Z", {"id": linear.bob.id})
    assert started["fromState"] == {"name": "Backlog"}
    assert (assigned["toAssigneeId"], assigned["removedLabels"]) == (linear.bob.id, [{"name": "Bug"}])
    assert done["toStateId"] == site.state(linear.eng, "Done").id
    told = linear.ask('{ issue(id: "ENG-1") { createdAt updatedAt startedAt completedAt } }')["issue"]
    assert [told[name][8:10] for name in ("createdAt", "startedAt", "completedAt", "updatedAt")] == [
        "01",
        "03",
        "05",
        "05",
    ]


def test_reopening_forgets_when_it_was_done(linear: LinearWorld) -> None:
    (issue,) = linear.issues(1)
    linear.site.transition(issue, "Done", by=linear.ada)
    assert issue.completed_at
    assert issue.started_at
    linear.site.transition(issue, "Todo", by=linear.ada)
    assert (issue.completed_at, issue.started_at) == (None, None)
    linear.site.transition(issue, "Canceled", by=linear.ada)
    assert issue.canceled_at


def test_setting_done_again_renews_the_time_and_is_no_step(linear: LinearWorld) -> None:
    (issue,) = linear.issues(1)
    linear.site.transition(issue, "Done", by=linear.ada)
    before, steps = issue.completed_at, len(issue.history)
    linear.clock.advance(60)
    linear.site.transition(issue, "Done", by=linear.ada)
    assert before
    assert issue.completed_at == before + timedelta(seconds=60)
    assert len(issue.history) == steps


def test_a_move_is_one_step_with_all_it_brings(linear: LinearWorld) -> None:
    own = linear.site.add_label("UX", team=linear.eng)
    issue = linear.site.create_issue(linear.eng, "Moving", labels=[own])
    linear.site.move_team(issue, linear.ops, by=linear.ada)
    (step,) = history(linear, issue.id)
    assert (step["fromTeam"], step["toTeam"]) == ({"key": "ENG"}, {"key": "OPS"})
    assert step["removedLabels"] == [{"name": "UX"}]


def test_triage_has_times_of_its_own(linear: LinearWorld) -> None:
    triage = linear.site.add_state(linear.eng, "Triage", "triage", position=-1)
    issue = linear.site.create_issue(linear.eng, "Unseen", state=triage, at=day(1))
    assert issue.started_triage_at == day(1)
    linear.site.transition(issue, "Todo", at=day(2))
    assert issue.triaged_at == day(2)


def test_what_comes_from_outside_goes_to_triage(linear: LinearWorld) -> None:
    linear.site.add_state(linear.ops, "Triage", "triage", position=-1)
    assert linear.site.create_issue(linear.ops, "Mine", by=linear.ada).state.name == "Backlog"
    assert linear.site.create_issue(linear.ops, "Theirs", by=linear.bob).state.name == "Triage"
    robot = linear.site.add_user("Sync", app=True)
    assert linear.site.create_issue(linear.ops, "Its", by=robot).state.name == "Triage"
    assert linear.site.create_issue(linear.ops, "Told", by=robot, state="Todo").state.name == "Todo"


def test_a_deleted_label_is_gone_from_issues_that_are_not_touched(linear: LinearWorld) -> None:
    bug = linear.site.add_label("Bug")
    issue = linear.site.create_issue(linear.eng, "Slow", labels=[bug])
    before = issue.updated_at
    linear.clock.advance(5)
    linear.site.delete_label(bug)
    told = linear.ask(
        '{ issue(id: "ENG-1") { labelIds } issueLabels(includeArchived: true) { nodes { id } } }'
    )
    assert (told["issue"]["labelIds"], told["issueLabels"]["nodes"]) == ([], [])
    assert issue.updated_at == before


def test_archive_trash_and_relations_are_told(linear: LinearWorld) -> None:
    issue, other = linear.issues(2)
    linear.site.archive(issue, by=linear.ada, at=day(1))
    linear.site.unarchive(issue, by=linear.ada, at=day(2))
    linear.site.trash(issue, by=linear.ada, at=day(3))
    linear.site.unrelate(linear.site.relate(issue, "blocks", other, by=linear.ada), by=linear.ada)
    steps = history(linear, issue.id)
    assert [step.get("archived") for step in steps][:2] == [True, False]
    assert [step["trashed"] for step in steps if "trashed" in step] == [True]
    changes = [step["relationChanges"][0] for step in steps if "relationChanges" in step]
    assert [change["identifier"] for change in changes] == ["ENG-2", "ENG-2"]


def test_a_team_archives_what_was_finished_long_ago_by_itself(linear: LinearWorld) -> None:
    issue, open_ = linear.issues(2)
    linear.site.transition(issue, "Done", by=linear.ada)
    linear.clock.advance(179 * 86400)
    assert linear.site.auto_archive() == []
    linear.clock.advance(2 * 86400)
    assert linear.site.auto_archive() == [issue]
    (step,) = history(linear, issue.id)[-1:]
    assert (step["archived"], step["autoArchived"]) == (True, True)
    assert "actor" not in step
    told = linear.ask('{ issue(id: "ENG-1") { archivedAt autoArchivedAt state { name } } }')["issue"]
    assert told["archivedAt"] == told["autoArchivedAt"]
    assert told["state"]["name"] == "Done"
    assert not open_.hidden


def test_the_trash_is_emptied_after_thirty_days(linear: LinearWorld) -> None:
    issue, _ = linear.issues(2)
    linear.site.trash(issue, by=linear.ada)
    linear.clock.advance(29 * 86400)
    assert linear.site.purge_trash() == []
    linear.clock.advance(86400)
    assert linear.site.purge_trash() == [issue]
    assert [node["identifier"] for node in linear.walk()] == ["ENG-2"]


def test_a_project_has_a_health_after_its_first_report(linear: LinearWorld) -> None:
    project = linear.site.add_project("Editor", [linear.eng], at=day(1))
    linear.site.project_update(project, "onTrack", "Fine", by=linear.ada, at=day(2))
    linear.site.project_update(project, "offTrack", "Not fine", by=linear.ada, at=day(9))
    linear.site.edit_project(project, status="completed", at=day(10))
    told = linear.ask(
        "{ projects { nodes { health healthUpdatedAt completedAt updatedAt lastUpdate { body } } } }"
    )
    (node,) = told["projects"]["nodes"]
    assert (node["health"], node["lastUpdate"]["body"]) == ("offTrack", "Not fine")
    assert node["healthUpdatedAt"] == "2026-01-09T09:00:00.000Z"
    assert node["completedAt"] == node["updatedAt"] == "2026-01-10T09:00:00.000Z"


def test_names_that_are_no_fields_are_refused(linear: LinearWorld) -> None:
    (issue,) = linear.issues(1)
    with pytest.raises(TypeError, match="assigned_to"):
        linear.site.edit(issue, assigned_to=linear.ada)
    with pytest.raises(KeyError):
        linear.site.transition(issue, "Nirvana")


def test_the_same_seed_gives_the_same_ids(clock: SimClock) -> None:
    one, two = (LinearWorld(clock, calm=True, seed=7) for _ in range(2))
    assert list(one.site.users) == list(two.site.users)
    assert list(one.site.users) != list(LinearWorld(clock, calm=True, seed=8).site.users)


# ---- real documents --------------------------------------------------------------------------------------------------


@needs_data
def test_real_issues_come_out_as_they_went_in(linear: LinearWorld) -> None:
    documents = json.loads((DATA / "garraia-issues.json").read_text(encoding="utf-8"))
    loader = Loader(linear.site)
    for document in documents:
        loader.issue(document)
    query = """query($after: String) { issues(first: 40, after: $after, orderBy: updatedAt, includeArchived: true) {
      pageInfo { hasNextPage endCursor } nodes { id identifier title description priority state { name }
      labels(first: 20) { nodes { name } } assignee { name } createdAt updatedAt } } }"""
    served = {node["id"]: node for node in linear.walk(query)}
    assert len(served) == len(documents) == 100
    for document in documents:
        mine = served[document["id"]]
        for node in (mine, document):
            node["labels"] = sorted(label["name"] for label in node["labels"]["nodes"])
            node |= {name: datetime.fromisoformat(node[name]) for name in ("createdAt", "updatedAt")}
        assert {name: mine[name] for name in document} == document


@needs_data
def test_recorded_answers_can_be_taken_in_and_served_again(linear: LinearWorld) -> None:
    loader = Loader(linear.site)
    first = ("list-teams", "list-users", "list-workflow-states", "list-issues")
    files = sorted((DATA / "nango").glob("*.json"), key=lambda f: (not f.name.startswith(first), f.name))
    told: Counter[str] = Counter()
    for file in files:
        for exchange in json.loads(file.read_text(encoding="utf-8")):
            told.update(
                {
                    type(node).__name__
                    for node in loader.response(exchange["response"]["body"].get("data") or {})
                }
            )
    assert set(told) >= {
        "Issue",
        "Team",
        "User",
        "State",
        "Label",
        "Cycle",
        "Project",
        "Comment",
        "Attachment",
    }
    recorded = json.loads(
        (DATA / "nango" / "list-workflow-states.exchanges.json").read_text(encoding="utf-8")
    )
    nodes = recorded[0]["response"]["body"]["data"]["workflowStates"]["nodes"]
    query = """{ workflowStates(first: 250, filter: {team: {key: {eq: "NAN"}}}) { nodes {
      id name type color description position createdAt updatedAt team { id key name } } } }"""
    served = linear.ask(query)["workflowStates"]["nodes"]
    assert sorted(served, key=lambda s: s["id"]) == sorted(nodes, key=lambda s: s["id"])
    assert len(linear.walk(filter={"team": {"key": {"eq": "NAN"}}})) == 12
