"""Every endpoint of the simulator answers as the vendor describes it, and the judge itself can say no."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.simulator.schema import Mismatch, check_request, check_response, needs_specs
from tests.simulator.world import World

from syncline.sim import SimClock, SimRequest
from syncline_connectors.jira.simulator import Face, writes

pytestmark = needs_specs


@pytest.fixture
def full(world: World) -> World:
    """A site that has one of everything."""
    site, mia = world.site, world.mia
    hidden = site.add_user("Nils Example", email="nils@example.com", email_visible=False, active=False)
    site.add_user("Helper", account_type="app")
    board = site.add_board(world.editor)
    site.add_board(world.shop, type="kanban")
    now = world.clock.now()
    sprint = site.add_sprint(board, "Sprint 1", state="active", start=now, end=now + timedelta(days=14))
    site.add_sprint(board, "Sprint 2")
    version = site.add_version(world.editor, "1.0", release="2026-01-01", start="2025-12-01")
    component = site.add_component(world.editor, "Core")
    epic = site.create_issue(world.editor, "An epic", type="Epic", by=mia)
    fields = {
        "parent": epic,
        "assignee": hidden,
        "fixVersions": [version],
        "components": [component],
        "labels": ["a"],
        "duedate": "2026-04-01",
        "customfield_10020": [sprint],
        "customfield_10021": True,
        "customfield_10036": 3.0,
    }
    story = site.create_issue(world.editor, "A story", type="Story", by=mia, fields=fields)
    site.create_issue(world.editor, "A part", type="Sub-task", fields={"parent": story})
    site.transition(story, "In Progress", by=mia)
    site.transition(story, "Done", by=mia)
    site.edit(story, {"assignee": mia, "fixVersions": [], "labels": [], "customfield_10020": []}, by=mia)
    site.link(epic, "Blocks", story, by=mia)
    site.comment(
        story, "For the team", by=mia, public=False, visibility={"type": "role", "value": "Administrators"}
    )
    site.delete_worklog(story, site.worklog(story, 600, by=mia))
    site.worklog(story, 3600, by=mia, comment="Looked at it")
    world.clock.advance(3600)
    return world


GETS: list[tuple[str, dict[str, Any]]] = [
    ("myself", {}),
    ("serverInfo", {}),
    ("mypermissions", {"permissions": "BROWSE_PROJECTS,EDIT_ISSUES"}),
    ("search/jql", {"jql": "project = ED", "fields": "*all", "expand": "changelog,names"}),
    ("issue/ED-2", {"expand": "changelog"}),
    ("issue/ED-2/comment", {"expand": "properties", "orderBy": "-created"}),
    ("issue/ED-2/comment/10000", {}),
    ("issue/ED-2/worklog/10001", {}),
    ("issueLink/10000", {}),
    ("version/10000", {}),
    ("component/10000", {}),
    ("issue/ED-2/changelog", {"maxResults": 1}),
    ("issue/ED-2/worklog", {}),
    ("worklog/updated", {"since": 0}),
    ("worklog/deleted", {}),
    ("field", {}),
    ("field/search", {"type": "custom"}),
    ("status", {}),
    ("statuses/search", {}),
    ("statuscategory", {}),
    ("priority/search", {}),
    ("resolution", {}),
    ("resolution/search", {}),
    ("issuetype", {}),
    ("issueLinkType", {}),
    ("project/search", {"expand": "lead,description"}),
    ("project/ED", {}),
    ("project/ED/statuses", {}),
    ("project/ED/versions", {}),
    ("project/ED/version", {"status": "unreleased"}),
    ("project/ED/components", {}),
    ("users/search", {}),
    ("user/search", {"query": "mia"}),
    ("/rest/agile/1.0/board", {"projectKeyOrId": "ED"}),
    ("/rest/agile/1.0/board/1", {}),
    ("/rest/agile/1.0/board/1/configuration", {}),
    ("/rest/agile/1.0/board/1/sprint", {"state": "active"}),
    ("/rest/agile/1.0/board/1/issue", {}),
    ("/rest/agile/1.0/sprint/1", {}),
]
DEPRECATED = {"/rest/api/3/resolution", "/rest/agile/1.0/board/1/issue"}
UNDESCRIBED = {"/rest/agile/1.0/board/1/sprint", "/rest/agile/1.0/sprint/1"}
POSTS: list[tuple[str, dict[str, Any]]] = [
    ("search/jql", {"jql": "project = ED", "fields": ["*all"], "expand": "changelog", "maxResults": 1}),
    ("search/approximate-count", {"jql": "project = ED"}),
    ("issue/bulkfetch", {"issueIdsOrKeys": ["ED-1", "10001"], "fields": ["*all"], "expand": ["changelog"]}),
    ("changelog/bulkfetch", {"issueIdsOrKeys": ["ED-1", "ED-2"], "maxResults": 1}),
    ("comment/list", {"ids": [10000]}),
    ("worklog/list", {"ids": [10001]}),
]


@pytest.mark.parametrize(("path", "query"), GETS, ids=[path for path, _ in GETS])
def test_a_get_is_answered_as_described(full: World, path: str, query: dict[str, Any]) -> None:
    whole = path if path.startswith("/") else f"/rest/api/3/{path}"
    if whole not in DEPRECATED:
        check_request("GET", whole, [(name, str(value)) for name, value in query.items()])
    response = full.get(path, **query)
    assert response.status == 200, response.content()
    assert check_response("GET", whole, 200, response.json()) is (whole not in UNDESCRIBED)


@pytest.mark.parametrize(("path", "body"), POSTS, ids=[path for path, _ in POSTS])
def test_a_post_is_answered_as_described(full: World, path: str, body: dict[str, Any]) -> None:
    check_request("POST", f"/rest/api/3/{path}", body=body)
    response = full.post(path, body)
    assert response.status == 200, response.content()
    assert response.json()
    assert check_response("POST", f"/rest/api/3/{path}", 200, response.json())


@pytest.mark.parametrize("path", ["user", "user/bulk"])
def test_people_by_id(full: World, path: str) -> None:
    response = full.get(path, accountId=full.mia.account_id)
    check_response("GET", f"/rest/api/3/{path}", 200, response.json())
    assert full.mia.account_id in response.content().decode()


def test_every_route_is_judged_here(full: World) -> None:
    """Those of `writes` are judged in ``test_writing_schema``."""
    elsewhere = {(route.method, route.endpoint) for route in writes.routes(Face.CLOUD)}
    asked = {("GET", path) for path, _ in GETS} | {("POST", path) for path, _ in POSTS}
    asked |= {("GET", "user"), ("GET", "user/bulk"), ("GET", "search"), ("POST", "search")}
    for route, pattern in full.site._routes:
        if (route.method, route.endpoint) in elsewhere:
            continue
        paths = [
            p if p.startswith("/") else f"/rest/api/3/{p}" for method, p in asked if method == route.method
        ]
        assert any(map(pattern.match, paths)), route.endpoint


def test_a_wrong_response_is_refused() -> None:
    with pytest.raises(Mismatch, match="isLast"):
        check_response("POST", "/rest/api/3/search/jql", 200, {"issues": [], "isLast": "no"})
    with pytest.raises(Mismatch, match="total"):
        check_response("POST", "/rest/api/3/search/jql", 200, {"issues": [], "total": 3})


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/rest/api/3/search/jql", {"jql": "x", "startAt": 5}),
        ("/rest/api/3/search/jql", {"jql": "x", "expand": ["changelog"]}),
        ("/rest/api/3/changelog/bulkfetch", {"issueIdsOrKeys": ["1"], "fieldIds": ["a"] * 2}),
        ("/rest/api/3/nothing", {}),
    ],
)
def test_a_wrong_request_is_refused(path: str, body: dict[str, Any]) -> None:
    with pytest.raises(Mismatch):
        check_request("POST", path, body=body)


def test_a_wrong_query_is_refused() -> None:
    with pytest.raises(Mismatch, match="no query parameter"):
        check_request("GET", "/rest/api/3/issue/1/comment", [("limit", "5")])
    with pytest.raises(Mismatch, match="maxResults"):
        check_request("GET", "/rest/api/3/issue/1/comment", [("maxResults", "many")])


def test_the_gateway_answers_alike(full: World, clock: SimClock) -> None:
    path = f"/ex/jira/{full.site.cloud_id}/rest/api/3/myself"
    response = full.site(SimRequest("GET", path, (), full.headers))
    assert check_response("GET", path, response.status, response.json())
