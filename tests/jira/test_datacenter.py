"""Jira Data Center: told apart, logged in to, identified, and read whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from tests.jira.lab import Wire, pull, records, stream
from tests.jira.server import CONTEXT, TOKEN, URL, check_sent, connecting, data_center, paths

from syncline.connector import Cursor, Forbidden, Missing, Page, Present
from syncline.errors import AuthError, ConfigError, ProtocolError
from syncline.model import Kind, Ref, TextFormat
from syncline.sim.app import SimRequest, SimResponse
from syncline.sim.clock import SimClock
from syncline_connectors.jira import Jira
from syncline_connectors.jira.simulator import CustomField, JiraSimulator, Server

Connect = Callable[..., Jira]
APPLICATION = "9d2f36c1-0000-4000-8000-000000000001"
LOGIN = SimResponse(200, [("Content-Type", "text/html")], b"<html>Log in</html>")


@pytest.fixture
def clock() -> SimClock:
    return SimClock()


@pytest.fixture
def site(clock: SimClock) -> JiraSimulator:
    return data_center(clock)


@pytest.fixture
def wire(site: JiraSimulator) -> Iterator[Wire]:
    made = Wire(site)
    yield made
    for request in made.sent:
        check_sent(request)


@pytest.fixture
def connect(wire: Wire, clock: SimClock) -> Iterator[Connect]:
    with connecting(wire, clock) as make:
        yield make


def answering(ending: str, response: SimResponse) -> Callable[[SimRequest], SimResponse | None]:
    return lambda request: response if request.path.endswith(ending) else None


def project_of(site: JiraSimulator, key: str = "ENG") -> Any:
    found = site.find_project(key)
    assert found is not None
    return found


class TestWho:
    def test_j81_it_is_told_apart_by_asking_and_remembered(self, connect: Connect, wire: Wire) -> None:
        account = connect().check()
        assert paths(wire) == [
            "/rest/api/3/myself",
            "/rest/api/2/serverInfo",
            "/rest/api/2/myself",
            "/rest/applinks/1.0/manifest",
            "/rest/api/2/field",
        ]
        assert (account.user_id, account.user_name, account.url) == ("JIRAUSER10100", "Mia Example", URL)
        wire.sent.clear()
        connect(dict(account.memo)).probe()
        assert paths(wire) == ["/rest/api/2/myself"]

    def test_an_access_token_is_a_bearer_and_a_password_goes_with_a_user(
        self, connect: Connect, wire: Wire
    ) -> None:
        connect().probe()
        assert wire.sent[-1].header("Authorization") == f"Bearer {TOKEN}"
        connect(user="mia", token=SecretStr("secret-password")).probe()
        assert (wire.sent[-1].header("Authorization") or "").startswith("Basic ")

    @pytest.mark.parametrize("user", [None, "mia"])
    def test_wrong_credentials_are_told_apart_from_clouds(self, connect: Connect, user: str | None) -> None:
        with pytest.raises(AuthError, match=r"Data Center does not accept.*personal access token"):
            connect(user=user, token=SecretStr("stale")).probe()

    def test_a_captcha_is_told_apart(self, connect: Connect) -> None:
        stale = {"user": "mia", "token": SecretStr("stale")}
        said = []
        for _ in range(4):
            with pytest.raises(AuthError) as caught:
                connect(**stale).probe()
            said.append("CAPTCHA" in caught.value.message)
        assert said == sorted(said)
        assert said[0] is False
        assert said[-1] is True

    def test_a_login_page_before_the_unknown_api_is_looked_behind(self, connect: Connect, wire: Wire) -> None:
        wire.before = answering("/rest/api/3/myself", LOGIN)
        assert connect().check().user_id == "JIRAUSER10100"

    def test_a_login_page_everywhere_is_nonsense(self, connect: Connect, wire: Wire) -> None:
        wire.before = lambda request: LOGIN
        with pytest.raises(ProtocolError, match="web page"):
            connect().probe()

    def test_a_login_page_in_place_of_the_tenant_does_not_hide_a_wrong_password(
        self, connect: Connect, wire: Wire
    ) -> None:
        wire.before = answering("/_edge/tenant_info", LOGIN)
        with pytest.raises(AuthError, match="Data Center does not accept"):
            connect(user="mia", token=SecretStr("stale")).probe()

    def test_j82_a_server_that_moved_to_cloud_is_another_site(self, connect: Connect, wire: Wire) -> None:
        memo = dict(connect().check().memo)
        wire.before = answering("/myself", SimResponse.of_json({"accountId": "5b10", "displayName": "Mia"}))
        with pytest.raises(ConfigError, match="another site"):
            connect(memo).probe()

    def test_j82_cloud_that_became_a_server_is_another_site(self, connect: Connect) -> None:
        with pytest.raises(ConfigError, match="another site"):
            connect({"url": URL, "base": "site", "cloud": "c-1"}).probe()

    def test_every_way_in_finds_out_which_jira_it_is(self, site: JiraSimulator, connect: Connect) -> None:
        site.create_issue(project_of(site), "one")
        assert list(connect().containers())
        assert list(connect().fetch([Ref("s", Kind.ISSUE, "1")])) == [Missing(Ref("s", Kind.ISSUE, "1"))]
        jira = connect()
        assert [len(batch) for batch in jira.census(stream(jira))] == [1]

    def test_its_texts_are_wiki_markup(self, connect: Connect) -> None:
        jira = connect()
        memo = dict(jira.check().memo)
        assert jira.capabilities.text_format is TextFormat.WIKI
        assert connect(memo).capabilities.text_format is TextFormat.WIKI
        assert Jira.capabilities.text_format is TextFormat.ADF


class TestSite:
    def test_j83_by_server_id(self, connect: Connect, wire: Wire) -> None:
        def with_id(request: SimRequest, answer: SimResponse) -> SimResponse:
            known = request.path.endswith("/serverInfo")
            return SimResponse.of_json(answer.json() | {"serverId": "B1-2:3"}) if known else answer

        wire.after = with_id
        account = connect().check()
        assert (account.site, account.memo["evidence"]) == ("B1-2_3", "serverId")
        wire.sent.clear()
        assert connect(dict(account.memo)).check().site == "B1-2_3"
        assert paths(wire) == ["/rest/api/2/myself", "/rest/api/2/serverInfo"]

    @pytest.mark.parametrize(
        "manifest",
        [
            SimResponse.of_json({"id": APPLICATION, "typeId": "jira"}),
            SimResponse(200, [], f"<manifest><id>{APPLICATION}</id></manifest>".encode()),
        ],
    )
    def test_j83_else_by_the_id_in_the_manifest_of_its_links(
        self, connect: Connect, wire: Wire, manifest: SimResponse
    ) -> None:
        wire.before = answering("/manifest", manifest)
        account = connect().check()
        assert (account.site, account.memo["evidence"]) == (APPLICATION, "applicationId")

    def test_j83_else_by_its_address_and_an_upgrade_changes_nothing(
        self, connect: Connect, wire: Wire
    ) -> None:
        account = connect().check()
        assert (account.site, account.memo["evidence"]) == ("jira.example.com_jira", "address")
        wire.before = answering("/manifest", SimResponse.of_json({"id": APPLICATION}))
        wire.sent.clear()
        assert connect(dict(account.memo)).check().site == "jira.example.com_jira"
        assert paths(wire) == ["/rest/api/2/myself"]


class TestReading:
    def fill(self, site: JiraSimulator) -> Any:
        mia = next(iter(site.users.values()))
        issue = site.create_issue(
            project_of(site), "one", fields={"description": "h1. Steps [~mia]", "assignee": mia}
        )
        site.comment(issue, "hello *you*", by=mia)
        site.worklog(issue, 600, by=mia)
        site.attach(issue, "a b.txt", b"text", by=mia)
        site.edit(issue, {"summary": "two"}, by=mia)
        return issue

    def test_j84_an_issue_with_all_that_rides_on_it_takes_one_request(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        issue = self.fill(site)
        jira = connect(streams=("issues", "comments", "changelog", "worklogs"))
        jira.check()
        wire.sent.clear()
        pages = pull(jira)
        assert paths(wire) == ["/rest/api/2/search"]
        (found,) = records(pages).values()
        assert (found.title, found.assignees, found.body.format) == (
            "two",
            ("JIRAUSER10100",),
            TextFormat.WIKI,
        )
        assert found.url == f"{URL}/browse/{issue.key}"
        assert [e.field for page in pages for e in page.events if e.new == "two"] == ["title"]
        (comment,) = records(pages, Kind.COMMENT).values()
        assert comment.url.startswith(f"{URL}/browse/")
        assert len(records(pages, Kind.WORK_LOG)) == 1
        (attached,) = records(pages, Kind.ATTACHMENT).values()
        assert attached.url == f"{URL}/secure/attachment/{attached.remote_id}/a%20b.txt"
        for page in pages:
            assert not page.quarantined
            for item in page.records:
                assert jira.translate(item.record.kind, item.payload) == item.record

    def test_j85_a_person_is_the_key_and_the_name_is_what_mentions_use(
        self, site: JiraSimulator, connect: Connect
    ) -> None:
        self.fill(site)
        site.rename(next(iter(site.users.values())), "mia.married")
        jira = connect()
        (stub,) = [s.record for page in pull(jira) for s in page.stubs if s.record.kind is Kind.PERSON]
        assert (stub.remote_id, stub.key) == ("JIRAUSER10100", "mia.married")
        (known,) = records(pull(jira, "people"), Kind.PERSON).values()
        assert (known.remote_id, known.key, known.email) == (
            "JIRAUSER10100",
            "mia.married",
            "mia@acme.example",
        )

    def test_people_who_left_are_listed_too(self, site: JiraSimulator, connect: Connect) -> None:
        site.add_user("Gone Example", email="gone@acme.example", active=False, username="gone")
        site.anonymize(site.add_user("Hidden Example", email="h@acme.example", account_id="JIRAUSER90000"))
        found = records(pull(connect(), "people"), Kind.PERSON)

        assert {person.active for person in found.values()} == {True, False}
        assert len(found) == 3

    def test_j86_users_are_listed_by_cursor_where_that_is_possible(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        rows = [{"key": f"JIRAUSER{n}", "name": f"user{n}", "displayName": f"User {n}"} for n in range(3)]

        def users(request: SimRequest) -> SimResponse | None:
            if not request.path.endswith("/user/list"):
                return None
            at = int(request.param("cursor") or 0)
            more = {"nextCursor": str(at + 1)} if at < 2 else {}
            return SimResponse.of_json({"values": rows[at : at + 1], "isLast": at == 2} | more)

        wire.before = users
        assert len(records(pull(connect(), "people"), Kind.PERSON)) == 3
        assert "/rest/api/2/user/search" not in paths(wire)

    def test_the_small_streams(self, site: JiraSimulator, connect: Connect, wire: Wire) -> None:
        project = project_of(site)
        site.add_version(project, "1.0")
        site.add_project("OPS")
        jira = connect()
        assert {p.key for p in records(pull(jira, "projects"), Kind.CONTAINER).values()} == {"ENG", "OPS"}
        assert [v.title for v in records(pull(jira, "versions"), Kind.RELEASE).values()] == ["1.0"]
        assert [s for page in pull(jira, "statuses") for s in page.statuses]
        assert "/rest/api/2/project/ENG/versions" in paths(wire)
        assert {s.name for s in jira.describe(project.id).statuses}

    def test_j87_without_jira_software_there_are_no_boards(self, connect: Connect, wire: Wire) -> None:
        dead = SimResponse.of_json({"message": "null for uri", "status-code": 404}, 404)
        wire.before = lambda request: dead if "/rest/agile/" in request.path else None
        assert records(pull(connect(), "boards"), Kind.CONTAINER) == {}
        assert records(pull(connect(), "sprints"), Kind.ITERATION) == {}

    def test_boards_and_sprints(self, site: JiraSimulator, connect: Connect) -> None:
        project = project_of(site)
        board = site.add_board(project, "Team")
        sprint = site.add_sprint(board, "Sprint, one [a]")
        issue = site.create_issue(project, "one")
        site.edit(issue, {CustomField.SPRINT: [sprint]})
        jira = connect()
        (found,) = records(pull(jira, "sprints"), Kind.ITERATION).values()
        assert (found.title, found.container) == ("Sprint, one [a]", f"board-{board.id}")
        (read,) = records(pull(jira)).values()
        assert read.iterations == (str(sprint.id),)

    def test_j88_epics_are_found_by_their_keys(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        project = project_of(site)
        epic = site.create_issue(project, "epic", type="Epic")
        site.clock.sleep(600)
        child = site.create_issue(project, "child")
        site.edit(child, {CustomField.EPIC_LINK: epic.key})
        jira = connect()
        mark = str(int((site.now() - timedelta(seconds=60)).timestamp() * 1000))
        found = records(pull(jira, cursor=Cursor(None, mark)))
        assert found[str(child.id)].parent == str(epic.id)
        asked = [body for body in wire.bodies("/search") if body.get("validateQuery") is False]
        assert [body["jql"] for body in asked] == [f'key in ("{epic.key}")']


class TestLooking:
    def test_j89_one_by_one_which_tells_missing_from_forbidden(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        issue = site.create_issue(project_of(site), "one")
        site.edit(issue, {"summary": "two"})
        hidden = site.create_issue(project_of(site), "hidden")
        refuse = SimResponse.of_json({"errorMessages": ["You do not have the permission"]}, 403)
        wire.before = answering(f"/issue/{hidden.id}", refuse)
        refs = [Ref("s", Kind.ISSUE, str(number)) for number in (issue.id, hidden.id, 999)]
        answers = {answer.ref: answer for answer in connect().fetch(refs)}
        found = answers[refs[0]]
        assert isinstance(found, Present)
        assert (found.page.records[0].record.title, len(found.page.events)) == ("two", 1)
        assert [type(answers[ref]) for ref in refs[1:]] == [Forbidden, Missing]

    def test_j90_a_comment_can_only_be_known_to_exist(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        wire.before = answering("/comment/7/properties", SimResponse.of_json({"keys": []}))
        here, gone = Ref("s", Kind.COMMENT, "7"), Ref("s", Kind.COMMENT, "8")
        answers = {answer.ref: answer for answer in connect().fetch([here, gone])}
        assert answers[here] == Present(here, Page())
        assert answers[gone] == Missing(gone)

    def test_work_logs_people_and_projects(self, site: JiraSimulator, connect: Connect) -> None:
        mia = next(iter(site.users.values()))
        issue = site.create_issue(project_of(site), "one")
        log = site.worklog(issue, 600, by=mia)
        wanted = [
            (Kind.WORK_LOG, str(log.id)),
            (Kind.PERSON, "JIRAUSER10100"),
            (Kind.CONTAINER, project_of(site).id),
        ]
        refs = [Ref("s", kind, number) for kind, number in wanted]
        nobody = Ref("s", Kind.PERSON, "nobody")
        answers = {answer.ref: answer for answer in connect().fetch([*refs, nobody])}
        assert answers.pop(nobody) == Missing(nobody)
        for ref in refs:
            answer = answers[ref]
            assert isinstance(answer, Present)
            assert answer.page.records[0].record.remote_id == ref.remote_id

    def test_a_person_without_a_key_is_looked_up_by_name(self, connect: Connect) -> None:
        (answer,) = connect().fetch([Ref("s", Kind.PERSON, "mia")])
        assert isinstance(answer, Present)


class TestOldServers:
    @pytest.fixture
    def site(self, clock: SimClock) -> JiraSimulator:
        return data_center(clock, Server.old(context=CONTEXT))

    def test_a_server_of_2018_is_read_with_a_password(self, site: JiraSimulator, connect: Connect) -> None:
        issue = site.create_issue(project_of(site), "one")
        site.edit(issue, {"summary": "two"})
        jira = connect(user="mia", token=SecretStr("secret-password"))
        assert jira.check().user_id == "JIRAUSER10100"
        pages = pull(jira)
        assert [item.title for item in records(pages).values()] == ["two"]
        assert {event.field for page in pages for event in page.events} == {"title"}
        assert records(pull(jira, "boards"), Kind.CONTAINER) == {}
