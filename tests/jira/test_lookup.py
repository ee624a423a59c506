"""Looking at single records, and the census."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.jira.lab import SEARCH, Wire, pull, records, stream

from syncline.connector import Archived, Fetched, Forbidden, Missing, Present
from syncline.model import Kind, Ref
from syncline.sim.app import SimRequest, SimResponse
from syncline_connectors.jira import Jira
from syncline_connectors.jira.simulator import JiraSimulator

Connect = Callable[..., Jira]


def fetch(jira: Jira, kind: Kind, *numbers: object) -> list[Fetched]:
    answers = list(jira.fetch([Ref("site", kind, str(number)) for number in numbers]))
    order = {str(number): at for at, number in enumerate(numbers)}
    return sorted(answers, key=lambda answer: order[answer.ref.remote_id])


class TestIssues:
    def test_j25_what_bulkfetch_does_not_return_is_missing(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        project = site.find_project("ENG")
        assert project is not None
        ids = [site.create_issue(project, f"{n}").id for n in range(150)]
        site.delete(site.issues[ids[3]])
        answers = fetch(connect(), Kind.ISSUE, *ids, 999)
        assert [type(answer) for answer in answers if answer.ref.remote_id in (str(ids[3]), "999")] == [
            Missing,
            Missing,
        ]
        assert sum(isinstance(answer, Present) for answer in answers) == 149
        asked = [body["issueIdsOrKeys"] for body in wire.bodies("issue/bulkfetch")]
        assert [len(ids) for ids in asked] == [100, 51]

    def test_j05_deleted_and_hidden_look_alike_so_both_are_only_missing(
        self, site: JiraSimulator, connect: Connect
    ) -> None:
        project, hidden = site.find_project("ENG"), site.add_project("HID")
        assert project is not None
        deleted, secret = site.create_issue(project, "a"), site.create_issue(hidden, "b")
        site.delete(deleted)
        site.revoke(next(iter(site.users.values())), hidden)
        assert [type(a) for a in fetch(connect(), Kind.ISSUE, deleted.id, secret.id)] == [Missing, Missing]

    def test_j25_what_bulkfetch_lists_as_an_error_is_asked_for_alone(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        project = site.find_project("ENG")
        assert project is not None
        good, denied = site.create_issue(project, "a").id, site.create_issue(project, "b").id
        errors = {
            "issues": [],
            "issueErrors": [{"id": str(n), "errorMessage": "later"} for n in (good, denied, 7)],
        }

        def answers(request: SimRequest) -> SimResponse | None:
            if request.path.endswith("issue/bulkfetch"):
                return SimResponse.of_json(errors)
            return SimResponse(403) if request.path.endswith(f"/issue/{denied}") else None

        wire.before = answers
        assert [type(a) for a in fetch(connect(), Kind.ISSUE, good, denied, 7)] == [
            Present,
            Forbidden,
            Missing,
        ]

    def test_an_issue_comes_with_all_that_rides_on_it(self, site: JiraSimulator, connect: Connect) -> None:
        project = site.find_project("ENG")
        assert project is not None
        one = site.create_issue(project, "one")
        for number in range(25):
            site.comment(one, f"{number}")
        site.worklog(one, 60)
        site.transition(one, "Done")
        (answer,) = fetch(connect(), Kind.ISSUE, one.id)
        assert isinstance(answer, Present)
        walked = pull(connect())
        assert sorted(map(str, answer.page.records)) == sorted(
            str(item) for page in walked for item in page.records
        )
        assert list(answer.page.events) == [event for page in walked for event in page.events]
        assert answer.page.children_complete == walked[0].children_complete

    def test_j32_an_archived_issue_is_still_there_for_who_knows_its_id(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        project = site.find_project("ENG")
        assert project is not None
        one = site.create_issue(project, "one")
        site.archive(one)

        def archived(request: SimRequest, answer: SimResponse) -> SimResponse:
            content = answer.json()
            for entry in content.get("issues", ()) if isinstance(content, dict) else ():
                entry["fields"]["archiveddate"] = "2026-03-01T00:00:00.000+0000"
            return SimResponse.of_json(content)

        wire.after = archived
        assert not records(pull(connect()))
        assert [type(a) for a in fetch(connect(), Kind.ISSUE, one.id)] == [Archived]

    def test_j33_a_moved_issue_is_found_by_its_id(self, site: JiraSimulator, connect: Connect) -> None:
        project = site.find_project("ENG")
        assert project is not None
        one = site.create_issue(project, "one")
        site.move(one, site.add_project("WEB"))
        (answer,) = fetch(connect(), Kind.ISSUE, one.id)
        assert isinstance(answer, Present)
        assert answer.page.records[0].record.key == "WEB-1"


class TestOtherKinds:
    def test_everything_that_a_pull_delivers_can_be_looked_at(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        project = site.find_project("ENG")
        assert project is not None
        mia = next(iter(site.users.values()))
        desk = site.add_project("SUP", type_key="service_desk")
        one, two = site.create_issue(project, "one"), site.create_issue(desk, "two")
        site.comment(one, "a", by=mia), site.comment(two, "b", by=mia)
        site.worklog(one, 60, by=mia)
        site.link(one, "Blocks", two)
        board = site.add_board(project)
        site.add_sprint(board, "S1")
        site.add_version(project, "1.0")
        jira = connect()
        pulled: dict[tuple[Kind, str], Any] = {}
        for name in ("issues", "people", "projects", "boards", "sprints", "versions"):
            for page in pull(jira, name):
                pulled |= {(item.record.kind, item.record.remote_id): item for item in page.records}
        assert len({kind for kind, _ in pulled}) == 8
        unserved = {"version": Kind.RELEASE, "issueLink": Kind.RELATION}  # by the simulator

        def serve(request: SimRequest) -> SimResponse | None:
            *_, name, number = request.path.split("/")
            return SimResponse.of_json(pulled[unserved[name], number].payload) if name in unserved else None

        wire.before = serve
        for (kind, number), item in pulled.items():
            (answer,) = fetch(jira, kind, number)
            assert isinstance(answer, Present), (kind, number)
            assert answer.page.records[0].record == item.record

    @pytest.mark.parametrize(
        ("kind", "number"),
        [
            (Kind.COMMENT, "77"),
            (Kind.WORK_LOG, "77"),
            (Kind.PERSON, "nobody"),
            (Kind.RELEASE, "77"),
            (Kind.ITERATION, "77"),
            (Kind.CONTAINER, "77"),
            (Kind.CONTAINER, "board-77"),
            (Kind.TICKET, "77"),
        ],
    )
    def test_what_is_not_there_is_missing(
        self, connect: Connect, wire: Wire, kind: Kind, number: str
    ) -> None:
        assert [type(answer) for answer in fetch(connect(), kind, number)] == [Missing]

    @pytest.mark.parametrize(("status", "answer"), [(200, Present), (404, Missing), (403, Forbidden)])
    def test_attachments_and_links_are_looked_at_alone(
        self, connect: Connect, wire: Wire, status: int, answer: type[Fetched]
    ) -> None:
        ends = {"inwardIssue": {"id": "1"}, "outwardIssue": {"id": "2"}}
        content = {"id": "9", "filename": "a", "type": {"name": "Blocks"}, **ends}
        paths = ("/rest/api/3/attachment/9", "/rest/api/3/issueLink/9")
        wire.before = lambda request: SimResponse.of_json(content, status) if request.path in paths else None
        for kind in (Kind.ATTACHMENT, Kind.RELATION):
            assert [type(found) for found in fetch(connect(), kind, 9)] == [answer]

    def test_a_record_that_cannot_be_read_is_present_and_set_aside(
        self, connect: Connect, wire: Wire
    ) -> None:
        wire.before = lambda request: (
            SimResponse.of_json({"id": "9", "name": 5}) if request.path.endswith("/version/9") else None
        )
        (found,) = fetch(connect(), Kind.RELEASE, 9)
        assert isinstance(found, Present)
        assert [q.reason for q in found.page.quarantined] == ["name: expected text, found int"]


class TestCensus:
    def test_j31_ids_alone_come_by_the_thousands(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        project = site.find_project("ENG")
        assert project is not None
        ids = [str(site.create_issue(project, f"{n}").id) for n in range(300)]
        jira = connect()
        assert list(jira.census(stream(jira))) == [ids]
        assert [(b["fields"], b["maxResults"]) for b in wire.bodies(SEARCH)] == [(["id"], 5000)]

    def test_j32_archived_and_deleted_issues_are_not_listed(
        self, site: JiraSimulator, connect: Connect
    ) -> None:
        project = site.find_project("ENG")
        assert project is not None
        kept, archived, deleted = (site.create_issue(project, name) for name in "abc")
        site.archive(archived)
        site.delete(deleted)
        jira = connect()
        assert list(jira.census(stream(jira))) == [[str(kept.id)]]
