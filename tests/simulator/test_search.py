"""Searching: pages, tokens, defaults and caps, the slow index, people at work meanwhile."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from tests.simulator.world import World

QUERY = "project in (ED, SHOP) ORDER BY updated ASC, id ASC"


def fill(world: World, number: int) -> list[str]:
    """Issues a minute apart, the last an hour ago; their ids."""
    first = world.clock.now() - timedelta(minutes=number + 60)
    made = [
        world.site.create_issue(world.editor, f"Issue {n}", at=first + timedelta(minutes=n))
        for n in range(number)
    ]
    return [str(issue.id) for issue in made]


def test_by_default_only_ids_come(world: World) -> None:
    fill(world, 1)
    assert world.search("project = ED")["issues"] == [{"id": "10000"}]
    only_keys = world.search("project = ED", fields=["key"])["issues"][0]
    assert "fields" not in only_keys
    assert only_keys["key"] == "ED-1"


def test_pages_have_no_total_and_end_without_a_token(world: World) -> None:
    ids = fill(world, 7)
    page = world.search(QUERY, maxResults=3)
    assert set(page) == {"issues", "nextPageToken", "isLast"}
    assert [issue["id"] for issue in world.walk(QUERY, maxResults=3)] == ids
    assert "nextPageToken" not in world.search(QUERY, maxResults=7)


def test_large_pages_are_for_ids_only(world: World) -> None:
    fill(world, 130)
    assert len(world.search(QUERY, maxResults=5000)["issues"]) == 130
    assert len(world.search(QUERY, maxResults=5000, fields=["summary"])["issues"]) == 100
    assert len(world.search(QUERY)["issues"]) == 50


def test_a_token_is_bound_to_query_and_fields_and_dies_after_a_week(world: World) -> None:
    fill(world, 3)
    token = world.search(QUERY, maxResults=1)["nextPageToken"]
    again = {"jql": QUERY, "maxResults": 1, "nextPageToken": token}
    assert world.post("search/jql", again).status == 200
    assert world.post("search/jql", {**again, "fields": ["summary"]}).status == 400
    assert world.post("search/jql", {**again, "jql": "project = ED"}).status == 400
    assert world.post("search/jql", {**again, "nextPageToken": "nonsense"}).status == 400
    world.clock.advance(7 * 24 * 3600 + 1)
    assert world.post("search/jql", again).status == 400


@pytest.mark.parametrize(
    "body", [{"startAt": 0}, {"fields": "summary"}, {"expand": ["changelog"]}, {"maxResults": "5"}]
)
def test_what_the_schema_does_not_know_is_refused(world: World, body: dict[str, Any]) -> None:
    response = world.post("search/jql", {"jql": "project = ED", **body})
    assert response.status == 400
    assert "Invalid request payload" in response.json()["errorMessages"][0]


def test_the_old_search_is_gone(world: World) -> None:
    assert world.get("search", jql="project = ED").status == 410
    assert world.post("search", {"jql": "project = ED"}).status == 410


def test_comments_worklogs_and_changelog_are_cut_short_in_a_search(world: World) -> None:
    issue = world.site.create_issue(world.editor, "Busy")
    for number in range(45):
        world.site.edit(issue, {"summary": f"Busy {number}"})
        world.site.comment(issue, f"Comment {number}", by=world.mia)
        world.site.worklog(issue, 60)
    shown = world.search("project = ED", fields=["comment", "worklog"], expand="changelog")["issues"][0]
    assert (len(shown["fields"]["comment"]["comments"]), shown["fields"]["comment"]["total"]) == (20, 45)
    assert (len(shown["fields"]["worklog"]["worklogs"]), shown["fields"]["worklog"]["total"]) == (20, 45)
    assert (len(shown["changelog"]["histories"]), shown["changelog"]["total"]) == (40, 90)
    newest, older = shown["changelog"]["histories"][:2]
    assert int(newest["id"]) > int(older["id"])
    assert world.get("issue/ED-1/comment").json()["total"] == 45


def test_the_vendors_nulls(world: World) -> None:
    world.site.create_issue(world.editor, "Bare")
    fields = world.search("project = ED", fields=["*all"])["issues"][0]["fields"]
    for name in (
        "description",
        "assignee",
        "reporter",
        "resolution",
        "duedate",
        "parent",
        "customfield_10020",
    ):
        assert name in fields
        assert fields[name] is None
    assert fields["labels"] == fields["issuelinks"] == []


def test_times_carry_the_callers_offset_without_a_colon(world: World) -> None:
    world.site.create_issue(world.editor, "Timed")
    assert world.get("issue/ED-1").json()["fields"]["updated"] == "2026-03-02T10:00:00.000+0100"


def test_the_index_is_late_but_a_look_by_id_is_not(hostile: World) -> None:
    hostile.site.set_quirks(lag=(30.0, 30.0))
    issue = hostile.site.create_issue(hostile.editor, "New")
    assert hostile.walk("project = ED") == []
    assert hostile.get(f"issue/{issue.key}").status == 200
    found = hostile.search("project = ED", reconcileIssues=[issue.id])
    assert [x["id"] for x in found["issues"]] == [str(issue.id)]
    hostile.clock.advance(31)
    assert len(hostile.walk("project = ED")) == 1
    hostile.site.edit(issue, {"summary": "Newer"})
    shown = hostile.walk("project = ED", fields=["summary"])
    assert shown[0]["fields"]["summary"] == "New"
    hostile.clock.advance(31)
    assert hostile.walk("project = ED", fields=["summary"])[0]["fields"]["summary"] == "Newer"
    hostile.site.delete(issue)
    assert len(hostile.walk("project = ED")) == 1
    assert hostile.get(f"issue/{issue.key}").status == 404
    hostile.clock.advance(31)
    assert hostile.walk("project = ED") == []


def test_an_edit_moves_a_row_behind_without_hiding_another(world: World) -> None:
    ids = fill(world, 6)
    page = world.search(QUERY, maxResults=2)
    world.site.edit(world.site.issues[int(ids[0])], {"summary": "Touched"})
    rest = []
    while token := page.get("nextPageToken"):
        page = world.search(QUERY, maxResults=2, nextPageToken=token)
        rest += [issue["id"] for issue in page["issues"]]
    assert rest == [*ids[2:], ids[0]]


def test_people_work_between_pages_by_default(hostile: World) -> None:
    fill(hostile, 40)
    hostile.site.settle()
    for _ in range(8):
        hostile.walk(QUERY, maxResults=5)
    deeds = {deed for deed, _ in hostile.site.bot.actions}
    assert len(hostile.site.bot.actions) == hostile.site.bot.budget
    assert {"edit", "delete", "move"} <= deeds


def test_a_calm_site_leaves_its_issues_alone(world: World) -> None:
    fill(world, 40)
    for _ in range(4):
        world.walk(QUERY, maxResults=5)
    assert world.site.bot.actions == []


def test_empty_pages_short_pages_and_a_lying_is_last(hostile: World) -> None:
    ids = fill(hostile, 300)
    hostile.site.settle()
    hostile.site.set_quirks(bot=0.0, empty_page=0.5, wrong_is_last=0.5)
    seen: list[str] = []
    lies = empty = 0
    sizes = set()
    page = hostile.search(QUERY, maxResults=100, fields=["summary"])
    while True:
        seen += [issue["id"] for issue in page["issues"]]
        sizes.add(len(page["issues"]))
        token = page.get("nextPageToken")
        empty += bool(token and not page["issues"])
        lies += page.get("isLast") is not (token is None)
        if not token:
            break
        page = hostile.search(QUERY, maxResults=100, fields=["summary"], nextPageToken=token)
    assert seen == ids
    assert empty
    assert lies
    assert sizes - {0, 100}


def test_the_last_page_may_name_itself(world: World) -> None:
    fill(world, 4)
    world.site.set_quirks(repeat_last_token=True)
    token = world.search(QUERY, maxResults=2)["nextPageToken"]
    assert world.search(QUERY, maxResults=2, nextPageToken=token)["nextPageToken"] == token


def test_a_token_names_the_last_row_shown(world: World) -> None:
    ids = fill(world, 3)
    token = world.search(QUERY, maxResults=2)["nextPageToken"]
    assert json.loads(base64.urlsafe_b64decode(token))[0][-1] == int(ids[1])


def test_counting_is_approximate_in_name_only(world: World) -> None:
    fill(world, 3)
    assert world.post("search/approximate-count", {"jql": "project = ED"}).json() == {"count": 3}
