"""Every writing endpoint takes what the vendor describes and answers as described."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from tests.simulator.schema import SHARED, check_request, check_response, needs_specs
from tests.simulator.world import API, World
from tests.simulator.writer import Writer

from syncline.sim import SimClock, SimRequest
from syncline_connectors.jira.simulator import Face, adf, writes

pytestmark = needs_specs

AGILE = "/rest/agile/1.0/"
BOUNDARY = "frontier"
FORM = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="note.txt"\r\n'
    f"Content-Type: text/plain\r\n\r\nhello\r\n--{BOUNDARY}--\r\n"
).encode()
OBJECT = {"title": "Ticket 5", "url": "https://help.example.com/5", "status": {"resolved": True}}
NEW = {"project": {"key": "ED"}, "issuetype": {"name": "Task"}, "summary": "New"}


@dataclass(frozen=True)
class Exchange:
    """A request, and what is expected of its answer: the status, and whether there is a schema to judge it by."""

    method: str
    path: str
    status: int
    body: Any = None
    judged: bool = False
    query: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"


EXCHANGES = [
    Exchange(
        "POST", "issue", 201, {"fields": {**NEW, "description": adf("x")}, "transition": {"id": "31"}}, True
    ),
    Exchange("POST", "issue", 400, {"fields": {}}, True),
    Exchange("POST", "issue/bulk", 201, {"issueUpdates": [{"fields": NEW}, {"fields": {}}]}, True),
    Exchange("POST", "issue/bulk", 400, {"issueUpdates": [{"fields": {}}]}, True),
    Exchange("PUT", "issue/ED-1", 204, {"update": {"labels": [{"add": "x"}]}}),
    Exchange("PUT", "issue/ED-1", 200, {"fields": {"summary": "S"}}, False, (("returnIssue", "true"),)),
    Exchange("DELETE", "issue/ED-2", 204, None, False, (("deleteSubtasks", "true"),)),
    Exchange("PUT", "issue/ED-1/assignee", 204, {"accountId": "-1"}),
    Exchange("PUT", "issue/archive", 200, {"issueIdsOrKeys": ["ED-1", "ED-99"]}, True),
    Exchange("PUT", "issue/unarchive", 200, {"issueIdsOrKeys": ["ED-1", "ED-99"]}, True),
    Exchange("GET", "issue/createmeta/ED/issuetypes", 200, None, True, (("maxResults", "2"),)),
    Exchange("GET", "issue/createmeta/ED/issuetypes/10002", 200, None, True),
    Exchange("GET", "issue/ED-1/editmeta", 200, None, True),
    Exchange("GET", "issue/ED-1/transitions", 200, None, True, (("expand", "transitions.fields"),)),
    Exchange("POST", "issue/ED-1/transitions", 204, {"transition": {"id": "31"}}),
    Exchange("GET", "project/ED/statuses", 200, None, True),
    Exchange("POST", "issue/ED-1/comment", 201, {"body": adf("hi")}, True, (("expand", "properties"),)),
    Exchange("PUT", "issue/ED-1/comment/10000", 200, {"body": adf("ho")}, True),
    Exchange("DELETE", "issue/ED-1/comment/10000", 204),
    Exchange("GET", "comment/10000/properties", 200, None, True),
    Exchange("GET", "comment/10000/properties/mark", 200, None, True),
    Exchange("PUT", "comment/10000/properties/mark", 200, {"a": 1}),
    Exchange("PUT", "comment/10000/properties/other", 201, {"a": 1}),
    Exchange("DELETE", "comment/10000/properties/mark", 204),
    Exchange("GET", "issue/ED-1/properties", 200, None, True),
    Exchange("GET", "issue/ED-1/properties/mark", 200, None, True),
    Exchange("PUT", "issue/ED-1/properties/mark", 200, [1, 2]),
    Exchange("PUT", "issue/ED-1/properties/other", 201, "text"),
    Exchange("DELETE", "issue/ED-1/properties/mark", 204),
    Exchange(
        "POST",
        "issueLink",
        201,
        {"type": {"name": "Blocks"}, "inwardIssue": {"key": "ED-1"}, "outwardIssue": {"key": "ED-2"}},
    ),
    Exchange("DELETE", "issueLink/10000", 204),
    Exchange("GET", "issue/ED-1/remotelink", 200, None, True),
    Exchange("GET", "issue/ED-1/remotelink/10000", 200, None, True),
    Exchange("POST", "issue/ED-1/remotelink", 200, {"globalId": "known", "object": OBJECT}, True),
    Exchange("POST", "issue/ED-1/remotelink", 201, {"globalId": "new", "object": OBJECT}, True),
    Exchange("PUT", "issue/ED-1/remotelink/10000", 204, {"object": OBJECT}),
    Exchange("DELETE", "issue/ED-1/remotelink/10000", 204),
    Exchange("DELETE", "issue/ED-1/remotelink", 204, None, False, (("globalId", "known"),)),
    Exchange("GET", "attachment/meta", 200, None, True),
    Exchange("GET", "attachment/10000", 200, None, True),
    Exchange("GET", "attachment/content/10000", 303),
    Exchange("DELETE", "attachment/10000", 204),
    Exchange("GET", "user/assignable/search", 200, None, True, (("project", "ED"), ("query", "mia"))),
    Exchange("POST", AGILE + "sprint/1/issue", 204, {"issues": ["ED-1"]}),
    Exchange("POST", AGILE + "backlog/issue", 204, {"issues": ["ED-1"]}),
    Exchange("POST", AGILE + "epic/ED-3/issue", 204, {"issues": ["ED-1"]}),
    Exchange("POST", AGILE + "epic/none/issue", 204, {"issues": ["ED-1"]}),
]


@pytest.fixture
def full(world: World) -> World:
    """A site that has one of everything that is written to."""
    site, mia = world.site, world.mia
    site.admins.add(mia.account_id)
    one = site.create_issue(world.editor, "One", by=mia)
    two = site.create_issue(world.editor, "Two", by=mia)
    site.create_issue(world.editor, "Epic", type="Epic", by=mia)
    site.create_issue(world.editor, "Part", type="Sub-task", by=mia, fields={"parent": two})
    site.add_sprint(site.add_board(world.editor), "Sprint 1")
    site.comment(one, "Said", by=mia, properties={"mark": {"a": 1}})
    site.set_property(one, "mark", {"a": 1})
    site.link(one, "Relates", two, by=mia)
    site.attach(one, "a.txt", b"hello", mime="text/plain", by=mia)
    world.post("issue/ED-1/remotelink", {"globalId": "known", "object": OBJECT})
    return world


@pytest.mark.parametrize("exchange", EXCHANGES, ids=str)
def test_a_request_is_taken_and_answered_as_described(full: World, exchange: Exchange) -> None:
    path = exchange.path if exchange.path.startswith("/") else API + exchange.path
    check_request(exchange.method, path, exchange.query, exchange.body)
    made = SimRequest.of(exchange.method, path, exchange.body, full.headers)
    response = full.site(SimRequest(made.method, made.path, exchange.query, made.headers, made.body))
    assert response.status == exchange.status, response.content()
    body = response.json() if response.content() else None
    judged = check_response(exchange.method, path, response.status, body)
    assert judged or not exchange.judged


def test_an_upload_is_answered_as_described(full: World) -> None:
    kind = ("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
    headers = [*full.headers, kind, ("X-Atlassian-Token", "no-check")]
    path = API + "issue/ED-1/attachments"
    response = full.site(SimRequest("POST", path, (), headers, FORM))
    assert check_response("POST", path, response.status, response.json())


ALIKE: list[tuple[str, str]] = [
    ("GET", "issue/ED-1/transitions"),
    ("GET", "issue/ED-1/properties"),
    ("GET", "issue/ED-1/remotelink"),
    ("GET", "project/ED/statuses"),
    ("GET", "attachment/meta"),
    ("POST", "issue"),
    ("POST", "issue/ED-1/remotelink"),
]


@pytest.mark.parametrize(("method", "path"), ALIKE)
def test_a_server_answers_alike(clock: SimClock, method: str, path: str) -> None:
    """Where its shapes are those of Cloud, whose description is the only one."""
    server = Writer(clock, Face.DATA_CENTER)
    issue = server.made()
    server.site.set_property(issue, "mark", 1)
    fields = {"project": {"key": "ED"}, "issuetype": {"name": "Task"}, "summary": "S"}
    body = {"object": OBJECT} if "remotelink" in path else {"fields": fields}
    server.ask("POST", "issue/ED-1/remotelink", {"object": OBJECT})
    response = server.ask(method, path, body if method == "POST" else None)
    assert response.status in (200, 201)
    assert check_response(method, API + path, response.status, response.json())


def test_every_writing_route_is_judged_here(full: World) -> None:
    asked = {(x.method, x.path if x.path.startswith("/") else API + x.path) for x in EXCHANGES}
    asked |= {("POST", API + "issue/ED-1/attachments"), ("GET", "/file/x/binary")}
    known = {(route.method, route.endpoint) for route in writes.routes(Face.CLOUD)}
    for route, pattern in full.site._routes:
        if (route.method, route.endpoint) in known:
            paths = [path for method, path in asked if method == route.method]
            assert any(map(pattern.match, paths)), route.endpoint


RECORDED = SHARED / "data" / "jira" / "nango-cloud"
needs_records = pytest.mark.skipif(
    not RECORDED.is_dir(), reason=f"the recorded payloads are not at {RECORDED}"
)


def recorded(name: str, path: str) -> Any:
    """The body of the recorded answer whose path ends so."""
    exchanges = json.loads((RECORDED / f"{name}.exchanges.json").read_text(encoding="utf-8"))
    return next(one["response"]["body"] for one in exchanges if one["request"]["path"].split("/")[-1] == path)


@needs_records
def test_transitions_have_the_recorded_shape(full: World) -> None:
    real = recorded("list-transitions", "transitions")
    mine = full.get("issue/ED-1/transitions").json()
    assert mine.keys() == real.keys()
    assert [way["id"] for way in mine["transitions"]][:4] == [way["id"] for way in real["transitions"]][:4]
    for way in real["transitions"]:
        assert mine["transitions"][0].keys() == way.keys()
        assert mine["transitions"][0]["to"].keys() == way["to"].keys()


@needs_records
def test_what_may_be_edited_is_told_as_recorded(full: World) -> None:
    """But for fields whose operations differ between screens that were recorded."""
    real, mine = (
        recorded("get-edit-issue-metadata", "editmeta")["fields"],
        full.get("issue/ED-1/editmeta").json()["fields"],
    )
    common = real.keys() & mine.keys() - {"attachment", "issuelinks", "reporter"}
    assert {"summary", "description", "labels", "assignee", "duedate", "parent", "comment"} <= common
    for id_ in common:
        for name in ("required", "schema", "key", "operations"):
            assert mine[id_][name] == real[id_][name], id_


@needs_records
def test_comments_have_the_recorded_shape(full: World) -> None:
    real = recorded("add-comment", "comment")
    mine = full.post("issue/ED-1/comment", {"body": adf("hi")}).json()
    assert mine.keys() == real.keys()
