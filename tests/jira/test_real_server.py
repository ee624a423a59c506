"""Real documents of Jira Server, 2011 to 2021, read without loss, where they are at hand; counted by themselves."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr
from tests.jira.lab import SHARED, pull, records, stream
from tests.jira.server import connecting

from syncline.connector import Cursor, Missing, Present
from syncline.errors import AuthError
from syncline.model import Kind, Ref, TextFormat
from syncline.sim.app import SimRequest, SimResponse
from syncline.sim.clock import SimClock
from syncline_connectors.jira.dialect import DATA_CENTER
from syncline_connectors.jira.fields import field_map, parse_catalogue
from syncline_connectors.jira.reading import Reader
from syncline_connectors.jira.translate import native_status

DATA = SHARED / "data" / "jira"
URL = "https://jira.example.com"
SERVER = {"versionNumbers": [7, 12, 3], "deploymentType": "Server", "baseUrl": "http://localhost:8080"}
ME = {"key": "ada", "name": "ada", "displayName": "Ada Example"}
NOT_FOUND = SimResponse.of_json({"message": "null for uri", "status-code": 404}, 404)

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the real data is not at {DATA}")


def load(path: str) -> Any:
    return json.loads((DATA / path).read_text(encoding="utf-8"))


def tidev(project: str) -> list[Any]:
    with gzip.open(DATA / "tidev" / f"{project}.issues.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def every(node: Any, wanted: Callable[[dict[str, Any]], bool]) -> Iterator[dict[str, Any]]:
    """All objects of a kind inside a document, at any depth."""
    if isinstance(node, dict):
        if wanted(node):
            yield node
        node = list(node.values())
    if isinstance(node, list):
        for inner in node:
            yield from every(inner, wanted)


def is_user(node: dict[str, Any]) -> bool:
    return "displayName" in node and ("key" in node or "name" in node) and "active" in node


# ---- a server that serves documents as they are ----------------------------------------------------------------------


class Shelf:
    """Answers a search with real issues, in the order of their last change, fifty at a time.

    The archive tells of more comments than it kept; asked for them, it gives those it has.
    """

    def __init__(self, issues: list[Any]) -> None:
        self.issues = sorted(issues, key=lambda issue: (issue["fields"]["updated"], int(issue["id"])))

    def __call__(self, request: SimRequest) -> SimResponse:
        name = request.path.removeprefix("/rest/api/2/")
        if name == "search":
            return SimResponse.of_json(self._search(request.json()))
        if name.endswith("/comment"):
            comments = next(i for i in self.issues if i["id"] == name.split("/")[1])["fields"]["comment"][
                "comments"
            ]
            start = int(request.param("startAt") or 0)
            return SimResponse.of_json({"total": len(comments), "comments": comments[start : start + 100]})
        fixed: dict[str, Any] = {"serverInfo": SERVER, "myself": ME, "field": []}
        return SimResponse.of_json(fixed[name]) if name in fixed else NOT_FOUND

    def _search(self, body: dict[str, Any]) -> dict[str, Any]:
        assert re.fullmatch(r"updated >= 0 ORDER BY updated ASC, key ASC", body["jql"])
        start, size = body["startAt"], min(body["maxResults"], 50)
        shown = self.issues[start : start + size]
        return {"startAt": start, "maxResults": size, "total": len(self.issues), "issues": shown}


@pytest.mark.parametrize("project", ["ALOY", "DAEMON", "MOD"])
def test_every_issue_of_a_public_server_is_read_with_all_that_rides_on_it(project: str) -> None:
    issues = tidev(project)
    with connecting(Shelf(issues), SimClock()) as make:
        jira = make(url=URL, streams=("issues", "comments", "worklogs"))
        pages = pull(jira)
        for page in pages:
            for item in page.records:
                assert jira.translate(item.record.kind, item.payload) == item.record
    assert [item.reason for page in pages for item in page.quarantined] == []
    found = records(pages)
    assert set(found) == {issue["id"] for issue in issues}
    fields = [issue["fields"] for issue in issues]
    assert len(records(pages, Kind.COMMENT)) == sum(len(f["comment"]["comments"]) for f in fields)
    assert len(records(pages, Kind.ATTACHMENT)) == sum(len(f["attachment"]) for f in fields)
    assert set(records(pages, Kind.RELATION)) == {link["id"] for f in fields for link in f["issuelinks"]}
    sprints = [x["id"] for f in fields for x in [*(f.get("closedSprints") or ()), f.get("sprint")] if x]
    assert sum(len(issue.iterations) for issue in found.values()) >= len(set(sprints))
    assert {number for issue in found.values() for number in issue.iterations} == set(map(str, sprints))
    assert Counter(i.status.name for i in found.values()) == Counter(f["status"]["name"] for f in fields)
    assert Counter(i.assignees for i in found.values()) == Counter(
        (f["assignee"]["key"],) if f["assignee"] else () for f in fields
    )
    parents = [(f.get("parent") or f.get("epic") or {}).get("id") for f in fields]
    assert Counter(i.parent for i in found.values()) == Counter(str(x) if x else None for x in parents)
    bodies = [issue.body for issue in found.values() if issue.body]
    assert {body.format for body in bodies} == {TextFormat.WIKI}
    assert Counter(body.source for body in bodies) == Counter(
        f["description"] for f in fields if f.get("description") is not None
    )
    people = {user["key"] for user in every(fields, is_user)}
    stubs = {s.record.remote_id for page in pages for s in page.stubs if s.record.kind is Kind.PERSON}
    assert stubs <= people
    assert stubs >= {f["reporter"]["key"] for f in fields if f["reporter"]}


# ---- the recordings of 7.12 ------------------------------------------------------------------------------------------


def recording(name: str) -> list[Any]:
    found: list[Any] = load(f"oca-cassettes/{name}.exchanges.json")
    return found


class Tape:
    """Answers as was recorded, by method and path; ``extra`` are answers that nobody recorded."""

    def __init__(self, *names: str, **extra: Any) -> None:
        self.sent: list[SimRequest] = []
        self._known = {f"/rest/api/2/{path}": SimResponse.of_json(body) for path, body in extra.items()}
        for exchange in (one for name in names for one in recording(name)):
            path = urlsplit(exchange["request"]["url"]).path
            answer = exchange["response"]
            made = SimResponse.of_json(answer["body"], answer["status"])
            known = self._known.get(path)
            if known is None or len(made.body) > len(known.body):
                self._known[path] = made

    def __call__(self, request: SimRequest) -> SimResponse:
        self.sent.append(request)
        return self._known.get(request.path, NOT_FOUND)


LOGIN = "connector_jira__test_auth_check_connection"


class TestRecordings:
    def test_who_we_are(self) -> None:
        tape = Tape(LOGIN)
        me = next(e["response"]["body"] for e in recording(LOGIN) if e["request"]["url"].endswith("/myself"))
        with connecting(tape, SimClock()) as make:
            account = make(url=URL, user="ada", token=SecretStr("x")).check()
        assert (account.user_id, account.user_name) == (me["key"], me["displayName"])
        assert account.site == "jira.example.com"  # this version names no serverId
        assert account.memo["dialect"] == "data center"

    def test_a_refusal(self) -> None:
        tape = Tape("connector_jira__test_auth_check_connection_failure")
        with connecting(tape, SimClock()) as make, pytest.raises(AuthError, match="Data Center"):
            make(url=URL, user="ada", token=SecretStr("x")).check()

    def test_a_search_is_walked_to_its_end(self) -> None:
        tape = Tape(LOGIN, "connector_jira__test_import_batch_timestamp_tasks")
        bodies = [
            exchange["response"]["body"]
            for exchange in recording("connector_jira__test_import_batch_timestamp_tasks")
            if "/search" in exchange["request"]["url"]
        ]
        with connecting(tape, SimClock()) as make:
            jira = make(url=URL)
            ids = [number for batch in jira.census(stream(jira)) for number in batch]
        assert sorted(ids) == sorted(issue["id"] for issue in bodies[0]["issues"])
        assert len(ids) == bodies[0]["total"]

    def test_issues_epics_and_parents(self) -> None:
        names = ("connector_jira__test_import_task_parents", "connector_jira__test_import_task_epic")
        issues = {
            body["id"]: body
            for name in names
            for exchange in recording(name)
            if isinstance(body := exchange["response"]["body"], dict) and "fields" in body
        }
        search = {"total": len(issues), "issues": list(issues.values())}
        with connecting(Tape(LOGIN, *names, search=search), SimClock()) as make:
            jira = make(url=URL, streams=("issues", "comments", "worklogs"))
            pages = pull(jira)
            looked = list(jira.fetch([Ref("s", Kind.ISSUE, number) for number in issues]))
        found = records(pages)
        assert [item.reason for page in pages for item in page.quarantined] == []
        assert set(found) == set(issues) == {"10000", "10001", "10002"}
        assert [found[n].parent for n in sorted(found)] == [None, "10000", "10001"]
        assert [found[n].level for n in sorted(found)] == [1, 0, -1]
        logs = sum(i["fields"]["worklog"]["total"] for i in issues.values())
        assert len(records(pages, Kind.WORK_LOG)) == logs
        assert [type(answer) for answer in looked] == [Present] * 3

    def test_work_logs_by_id(self) -> None:
        name = "connector_jira__test_import_batch_timestamp_analytic_line"
        rows = next(e["response"]["body"] for e in recording(name) if e["request"]["url"].endswith("/list"))
        projects = {
            f"issue/{row['issueId']}": {"id": row["issueId"], "key": "TEST-1", "fields": {"project": None}}
            for row in rows
        }
        refs = [Ref("s", Kind.WORK_LOG, row["id"]) for row in rows]
        with connecting(Tape(LOGIN, name, **projects), SimClock()) as make:
            answers = list(make(url=URL).fetch([*refs, Ref("s", Kind.WORK_LOG, "99999")]))
        assert [type(answer) for answer in answers] == [Present] * len(rows) + [Missing]
        read = [a.page.records[0].record for a in answers if isinstance(a, Present)]
        assert [(r.remote_id, getattr(r, "seconds", None)) for r in read] == [
            (row["id"], row["timeSpentSeconds"]) for row in rows
        ]


# ---- documents of many kinds -----------------------------------------------------------------------------------------


@pytest.fixture
def reader() -> Reader:
    catalogue = next(e["response"]["body"] for e in recording(LOGIN) if "/field" in e["request"]["url"])
    return Reader(URL, field_map(parse_catalogue(catalogue), {}), DATA_CENTER)


def server_documents() -> Iterator[Any]:
    """Every document of a Server: recordings, a public tracker's, a public archive's, and webhooks."""
    for file in sorted((DATA / "oca-cassettes").glob("*.json")):
        yield from (exchange["response"]["body"] for exchange in json.loads(file.read_text()))
    for file in sorted((DATA / "go-jira").glob("*.json")):
        yield json.loads(file.read_text())
    for file in sorted((DATA / "webhooks-mattermost").glob("webhook-server-*.json")):
        yield json.loads(file.read_text())
    for project in ("ALOY", "DAEMON", "MOD"):
        yield load(f"tidev/{project}.project.json")
        yield tidev(project)


def test_every_person_is_read(reader: Reader) -> None:
    number = 0
    for user in (user for document in server_documents() for user in every(document, is_user)):
        if "accountId" in user:
            continue
        person: Any = reader.read(Kind.PERSON, user)
        assert (person.remote_id, person.key) == (user.get("key") or user["name"], user.get("name"))
        assert (person.title, person.active) == (user["displayName"], user["active"])
        number += 1
    assert number > 10_000


def test_every_status_is_read(reader: Reader) -> None:
    rows = [
        row for document in server_documents() for row in every(document, lambda n: "statusCategory" in n)
    ]
    assert len(rows) > 2_000
    for row in rows:
        status = native_status(row, "status")
        assert (status.id, status.name) == (row["id"], row["name"])


def test_every_project_is_read(reader: Reader) -> None:
    rows = [*load("go-jira/all_projects.json"), load("go-jira/project.json")]
    rows += [load(f"tidev/{key}.project.json") for key in ("ALOY", "DAEMON", "MOD")]
    assert len(rows) > 500
    read: list[Any] = [reader.read(Kind.CONTAINER, row) for row in rows]
    assert [(p.remote_id, p.key, p.title) for p in read] == [(r["id"], r["key"], r["name"]) for r in rows]
    assert read[0].url == f"{URL}/browse/{rows[0]['key']}"


def test_every_version_is_read(reader: Reader) -> None:
    rows = [
        row
        for document in server_documents()
        for row in every(document, lambda n: "released" in n and "archived" in n and "id" in n)
    ]
    assert len(rows) > 1_000
    for row in rows:
        version: Any = reader.read(Kind.RELEASE, row)
        assert (version.remote_id, version.title, version.released) == (
            row["id"],
            row["name"],
            row["released"],
        )
        assert str(version.due_on or "") == row.get("releaseDate", "")


def test_boards_and_sprints_of_2016_are_read(reader: Reader) -> None:
    boards = load("go-jira/all_boards.json")["values"]
    read: list[Any] = [reader.read(Kind.CONTAINER, {**board, "configuration": None}) for board in boards]
    assert [(b.remote_id, b.title) for b in read] == [(f"board-{b['id']}", b["name"]) for b in boards]
    sprints = load("go-jira/sprints.json")["values"]
    found: list[Any] = [reader.read(Kind.ITERATION, sprint) for sprint in sprints]
    assert [(s.remote_id, s.title, s.state) for s in found] == [
        (str(s["id"]), s["name"], s["state"]) for s in sprints
    ]
    assert sum(s.start_at is not None for s in found) == sum("startDate" in s for s in sprints)
    assert sum(s.completed_at is not None for s in found) == sum("completeDate" in s for s in sprints)


def test_every_issue_of_a_webhook_and_a_sprint_is_read(reader: Reader) -> None:
    bodies = [json.loads(f.read_text()) for f in (DATA / "webhooks-mattermost").glob("webhook-server-*.json")]
    issues = [b["issue"] for b in bodies if "issue" in b] + load("go-jira/issues_in_sprint.json")["issues"]
    issues = [issue for issue in issues if "summary" in issue["fields"]]
    assert len(issues) == 17
    for issue in issues:
        read: Any = reader.read(Kind.ISSUE, issue)
        fields = issue["fields"]
        assert (read.key, read.title) == (issue["key"], fields["summary"])
        assert (read.status.name, read.type) == (fields["status"]["name"], fields["issuetype"]["name"])
        assert read.updated_at is not None


def test_a_walk_that_is_cut_short_loses_nothing_of_it() -> None:
    issues = tidev("MOD")
    with connecting(Shelf(issues), SimClock()) as make:
        jira = make(url=URL, streams=("issues",))
        walk = jira.pull(stream(jira), Cursor())
        pages = [next(walk), next(walk)]
        again = make(url=URL, streams=("issues",))
        pages += list(again.pull(stream(again), pages[-1].next))
    assert set(records(pages)) == {issue["id"] for issue in issues}
