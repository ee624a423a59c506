"""What happens to issues, and how the site tells it: histories, moves, links, sprints, comments, archives."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from tests.simulator.world import World

from syncline_connectors.jira.simulator import CustomField
from syncline_connectors.jira.simulator.issues import Issue


@pytest.fixture
def issue(world: World) -> Issue:
    return world.site.create_issue(world.editor, "A thing", by=world.mia)


def last_items(world: World, issue: Issue) -> list[dict[str, Any]]:
    values = world.get(f"issue/{issue.id}/changelog").json()["values"]
    items: list[dict[str, Any]] = values[-1]["items"]
    return items


def test_a_change_of_status_sets_and_clears_the_resolution(world: World, issue: Issue) -> None:
    world.site.transition(issue, "Done", by=world.mia)
    assert last_items(world, issue) == [
        {
            "field": "resolution",
            "fieldtype": "jira",
            "fieldId": "resolution",
            "from": None,
            "fromString": None,
            "to": "10000",
            "toString": "Done",
        },
        {
            "field": "status",
            "fieldtype": "jira",
            "fieldId": "status",
            "from": "10011",
            "fromString": "To Do",
            "to": "10014",
            "toString": "Done",
        },
    ]
    assert world.get("issue/ED-1").json()["fields"]["resolution"]["name"] == "Done"
    world.site.transition(issue, "In Progress", by=world.mia)
    fields = world.get("issue/ED-1").json()["fields"]
    assert (fields["resolution"], fields["resolutiondate"]) == (None, None)


def test_team_managed_projects_leave_the_resolution_empty(world: World) -> None:
    project = world.site.add_project("TM", team_managed=True)
    issue = world.site.create_issue(project, "A thing")
    world.site.transition(issue, "Done")
    assert world.get("issue/TM-1").json()["fields"]["resolution"] is None


def test_every_kind_of_field_writes_its_history(world: World, issue: Issue) -> None:
    site = world.site
    choice = site.add_field("Team", "select", ["Red", "Blue"])
    several = site.add_field("Markets", "multiselect", ["North", "South"])
    version = site.add_version(world.editor, "1.0")
    board = site.add_board(world.editor)
    sprint = site.add_sprint(board, "Sprint 1", state="active")
    expected = {
        ("summary", "Better"): ("summary", None, "A thing", None, "Better"),
        ("duedate", date(2026, 5, 4)): ("duedate", None, None, "2026-05-04", "2026-05-04 00:00:00.0"),
        (CustomField.START_DATE, date(2026, 5, 4)): ("Start date", None, None, "2026-05-04", "04/May/26"),
        ("priority", "High"): ("priority", "3", "Medium", "2", "High"),
        (CustomField.STORY_POINTS, 5.0): ("Story Points", None, None, None, "5"),
        (CustomField.FLAGGED, True): ("Flagged", None, None, "[10019]", "Impediment"),
        (choice.id, "Red"): ("Team", None, None, "10100", "Red"),
    }
    for (id_, value), told in expected.items():
        site.edit(issue, {id_: value})
        (item,) = last_items(world, issue)
        assert (item["field"], item["from"], item["fromString"], item["to"], item["toString"]) == told
    for id_, value, name in (
        ("labels", ["a", "b"], ("labels", None, "a b")),
        ("fixVersions", [version], ("Fix Version", version.id, "1.0")),
        (CustomField.SPRINT, [sprint], ("Sprint", str(sprint.id), "Sprint 1")),
        (several.id, ["North", "South"], ("Markets", "[10102, 10103]", "North, South")),
        ("assignee", world.mia, ("assignee", world.mia.account_id, "Mia Example")),
    ):
        site.edit(issue, {id_: value})
        (item,) = last_items(world, issue)
        assert (item["field"], item["to"], item["toString"]) == name


def test_nothing_changed_writes_nothing(world: World, issue: Issue) -> None:
    before = issue.updated
    world.clock.advance(60)
    world.site.edit(issue, {"summary": "A thing", "labels": []})
    assert issue.histories == ()
    assert issue.updated == before


def test_an_unknown_field_is_a_mistake_of_the_test(world: World, issue: Issue) -> None:
    with pytest.raises(KeyError):
        world.site.edit(issue, {"sumary": "x"})


def test_a_move_changes_the_key_and_keeps_the_id(world: World, issue: Issue) -> None:
    world.site.move(issue, world.shop, by=world.mia)
    moved = world.get("issue/ED-1").json()
    assert (moved["id"], moved["key"]) == ("10000", "SHOP-1")
    assert moved["fields"]["project"]["key"] == "SHOP"
    told = [(item["field"], item["fromString"], item["toString"]) for item in last_items(world, issue)]
    assert told == [("project", "Editor", "Shop"), ("Key", "ED-1", "SHOP-1")]
    assert [x["key"] for x in world.walk("key in (ED-1)", fields=["key"])] == ["SHOP-1"]
    assert world.walk("project = ED") == []
    assert world.site.create_issue(world.editor, "Next").key == "ED-2"


def test_links_show_on_both_sides(world: World, issue: Issue) -> None:
    other = world.site.create_issue(world.shop, "Other")
    world.site.link(issue, "Blocks", other)
    mine, theirs = (world.get(f"issue/{x.id}").json()["fields"]["issuelinks"][0] for x in (issue, other))
    assert mine["id"] == theirs["id"]
    assert mine["outwardIssue"]["key"] == "SHOP-1"
    assert theirs["inwardIssue"]["key"] == "ED-1"
    assert last_items(world, other)[0]["toString"] == "This work item is blocked by ED-1"
    world.site.unlink(issue, other)
    assert world.get("issue/ED-1").json()["fields"]["issuelinks"] == []
    assert last_items(world, issue)[0]["fromString"] == "This work item blocks SHOP-1"


def test_parents_and_sub_tasks_show_each_other(world: World, issue: Issue) -> None:
    part = world.site.create_issue(world.editor, "A part", type="Sub-task", fields={"parent": issue})
    epic = world.site.create_issue(world.editor, "An epic", type="Epic")
    world.site.edit(issue, {"parent": epic})
    fields = world.get("issue/ED-1").json()["fields"]
    assert fields["parent"]["fields"]["issuetype"]["hierarchyLevel"] == 1
    assert [child["key"] for child in fields["subtasks"]] == [part.key]
    assert world.get(f"issue/{epic.key}").json()["fields"]["subtasks"] == []
    assert last_items(world, issue)[0]["field"] == "IssueParentAssociation"
    world.site.delete(issue)
    assert world.get(f"issue/{part.key}").status == 404


@pytest.mark.parametrize("old", [False, True])
def test_sprints_are_objects_or_old_texts(world: World, issue: Issue, old: bool) -> None:
    board = world.site.add_board(world.editor)
    now = world.clock.now()
    sprint = world.site.add_sprint(board, "Sprint 1", state="active", start=now, end=now + timedelta(days=14))
    world.site.edit(issue, {CustomField.SPRINT: [sprint]})
    world.site.old_sprints = old
    (shown,) = world.get("issue/ED-1").json()["fields"][CustomField.SPRINT]
    if old:
        assert shown.startswith(
            "com.atlassian.greenhopper.service.sprint.Sprint@1[id=1,rapidViewId=1,state=ACTIVE,"
        )
        assert "completeDate=<null>" in shown
    else:
        assert shown["boardId"] == board.id
        assert shown["endDate"] == "2026-03-16T09:00:00.000Z"


def test_boards_have_sprints_unless_they_are_kanban(world: World) -> None:
    agile = "/rest/agile/1.0/"
    scrum = world.site.add_board(world.editor, columns={"To do": ["To Do"], "Rest": ["Done", "Won't Do"]})
    kanban = world.site.add_board(world.shop, type="kanban")
    for number in range(60):
        world.site.add_sprint(scrum, f"Sprint {number}", state="closed" if number < 50 else "future")
    page = world.get(f"{agile}board/{scrum.id}/sprint").json()
    assert (len(page["values"]), page["isLast"]) == (50, False)
    assert len(world.get(f"{agile}board/{scrum.id}/sprint", state="future").json()["values"]) == 10
    assert world.get(f"{agile}board/{kanban.id}/sprint").status == 400
    columns = world.get(f"{agile}board/{scrum.id}/configuration").json()["columnConfig"]["columns"]
    assert [len(column["statuses"]) for column in columns] == [1, 2]
    assert world.get(f"{agile}board/99").status == 404


def test_comments_are_edited_deleted_and_restricted(world: World, issue: Issue) -> None:
    role = {"type": "role", "value": "Administrators"}
    open_, closed = (
        world.site.comment(issue, "For all", by=world.mia),
        world.site.comment(issue, "For some", by=world.mia, visibility=role, public=False),
    )
    world.clock.advance(60)
    world.site.edit_comment(issue, open_, "For everybody", by=world.mia)
    one, two = world.get("issue/ED-1/comment", expand="properties").json()["comments"]
    assert one["updated"] > one["created"]
    assert "visibility" not in one
    assert (two["visibility"]["value"], two["jsdPublic"]) == ("Administrators", False)
    assert two["properties"] == [{"key": "sd.public.comment", "value": {"internal": True}}]
    before = issue.updated
    world.clock.advance(60)
    world.site.delete_comment(issue, closed, touch=False)
    assert issue.updated == before
    assert world.get("issue/ED-1/comment").json()["total"] == 1


def test_archived_issues_leave_the_search_but_answer_by_id(world: World, issue: Issue) -> None:
    world.site.archive(issue)
    assert world.walk("project = ED") == []
    assert world.get("issue/ED-1").status == 200
    world.site.unarchive(issue)
    assert len(world.walk("project = ED")) == 1


def test_many_are_read_in_order_of_id_and_missing_ones_are_left_out(world: World, issue: Issue) -> None:
    other = world.site.create_issue(world.shop, "Other")
    answer = world.post("issue/bulkfetch", {"issueIdsOrKeys": ["SHOP-1", "999", "ED-1"]}).json()
    assert [x["id"] for x in answer["issues"]] == [str(issue.id), str(other.id)]
    assert answer["issueErrors"] == []
    too_many = {"issueIdsOrKeys": [str(n) for n in range(101)]}
    assert world.post("issue/bulkfetch", too_many).status == 400
    assert world.post("issue/bulkfetch", {**too_many, "fields": ["summary"]}).status == 200
    assert world.post("issue/bulkfetch", {**too_many, "fields": ["comment"]}).status == 400


def test_changelogs_of_many_are_paged_by_time_and_filtered_by_field(world: World, issue: Issue) -> None:
    other = world.site.create_issue(world.shop, "Other")
    for number in range(3):
        for one in (issue, other):
            world.clock.advance(60)
            world.site.edit(
                one, {"summary": f"Title {number}", "priority": ("High", "Low", "Medium")[number]}
            )
    body: dict[str, Any] = {"issueIdsOrKeys": ["ED-1", "SHOP-1"], "fieldIds": ["summary"], "maxResults": 4}
    first = world.post("changelog/bulkfetch", body).json()
    second = world.post("changelog/bulkfetch", {**body, "nextPageToken": first["nextPageToken"]}).json()
    assert "nextPageToken" not in second
    for page, number in ((first, 2), (second, 1)):
        assert [len(log["changeHistories"]) for log in page["issueChangeLogs"]] == [number, number]
    items = [x for log in first["issueChangeLogs"] for h in log["changeHistories"] for x in h["items"]]
    assert {x["fieldId"] for x in items} == {"summary"}
    assert world.post("changelog/bulkfetch", {**body, "fieldIds": [str(n) for n in range(11)]}).status == 400
    assert (
        world.post("changelog/bulkfetch", {**body, "issueIdsOrKeys": [str(n) for n in range(1001)]}).status
        == 400
    )


@pytest.mark.parametrize(("form", "value"), [("seconds", 1772442000), ("milliseconds", 1772442000000)])
def test_times_in_bulk_changelogs_may_be_numbers(world: World, issue: Issue, form: str, value: int) -> None:
    world.site.set_quirks(bulk_times=form)
    world.site.edit(issue, {"summary": "New"})
    answer = world.post("changelog/bulkfetch", {"issueIdsOrKeys": ["ED-1"]}).json()
    assert answer["issueChangeLogs"][0]["changeHistories"][0]["created"] == value


def test_worklogs_are_told_a_minute_late(world: World, issue: Issue) -> None:
    made = world.site.worklog(issue, 600, by=world.mia)
    assert world.get("worklog/updated").json()["values"] == []
    world.clock.advance(120)
    assert [x["worklogId"] for x in world.get("worklog/updated").json()["values"]] == [made.id]
    world.site.delete_worklog(issue, made)
    world.clock.advance(120)
    assert [x["worklogId"] for x in world.get("worklog/deleted").json()["values"]] == [made.id]
    assert world.get("worklog/updated").json()["values"] == []


@pytest.mark.parametrize(
    "path", ["version/9", "component/9", "issueLink/9", "issue/ED-1/comment/9", "issue/ED-1/worklog/9"]
)
def test_what_is_not_there_is_not_found(world: World, issue: Issue, path: str) -> None:
    answer = world.get(path)
    assert answer.status == 404
    assert answer.json()["errorMessages"]


def test_a_real_document_is_served_as_it_is(world: World) -> None:
    payload = {
        "id": "77",
        "key": "REAL-5",
        "fields": {
            "summary": "Real",
            "created": "2026-01-05T10:00:00.000+0200",
            "updated": "2026-01-06T10:00:00.123+0200",
            "project": {"id": "500", "key": "REAL", "name": "Real"},
            "status": {
                "id": "41",
                "name": "Odd",
                "statusCategory": {"id": 4, "key": "indeterminate"},
                "extra": 1,
            },
            "customfield_99999": {"never": ["seen", "before"]},
            "assignee": {"accountId": "a1", "displayName": "Someone", "active": False},
        },
    }
    world.site.load([payload])
    fields = world.get("issue/REAL-5").json()["fields"]
    assert fields["customfield_99999"] == {"never": ["seen", "before"]}
    assert fields["status"]["extra"] == 1
    assert "resolution" not in fields
    assert [x["key"] for x in world.walk("status = Odd", fields=["key"])] == ["REAL-5"]
    assert world.get("user", accountId="a1").json()["active"] is False
    world.site.transition(world.site.issues[77], "Done")
    assert last_items(world, world.site.issues[77])[-1]["fromString"] == "Odd"
