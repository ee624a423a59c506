"""Who we are and where: tokens at the site and the gateway, anonymous answers, the identity of the site."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr, ValidationError
from tests.jira.lab import URL, Wire, pull, records, stream

from syncline.connector import Censuses, Cursor, Describes, Probes, Splits, Translates
from syncline.errors import AuthError, ProtocolError, VendorError
from syncline.http import Basic, Bearer
from syncline.sim.app import SimRequest, SimResponse
from syncline.sim.clock import SimClock
from syncline_connectors.jira import Jira, JiraConfig
from syncline_connectors.jira.simulator import CLOUD_ID, JiraSimulator

Connect = Callable[..., Jira]
LOGIN = SimResponse(200, [("Content-Type", "text/html")], b"<html>Log in</html>")
NOT_FOUND = SimResponse(404, [("Content-Type", "text/html")], b"<html>dead link</html>")


def scoped(site: JiraSimulator) -> None:
    """Mia's token works only behind the gateway."""
    mia = next(iter(site.users.values()))
    site.credentials.tokens.clear()
    site.add_token(mia, "good-token", scoped=True)


def answering(ending: str, response: SimResponse) -> Callable[[SimRequest], SimResponse | None]:
    return lambda request: response if request.path.endswith(ending) else None


class TestAddresses:
    def test_j08_a_classic_token_works_at_the_site(self, connect: Connect, wire: Wire) -> None:
        account = connect().check()
        assert (account.site, account.url, account.user_name) == (CLOUD_ID, URL, "Mia Example")
        assert account.memo["base"] == "site"
        assert wire.paths() == ["/rest/api/3/myself", "/_edge/tenant_info", "/rest/api/3/field"]

    def test_j09_a_scoped_token_is_tried_at_the_gateway_and_the_choice_remembered(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        scoped(site)
        first = connect()
        account = first.check()
        gateway = f"/ex/jira/{CLOUD_ID}/rest/api/3"
        assert account.site == CLOUD_ID
        assert wire.paths() == [
            "/rest/api/3/myself",
            "/_edge/tenant_info",
            f"{gateway}/myself",
            f"{gateway}/field",
        ]
        wire.sent.clear()
        later = connect(dict(account.memo))
        later.probe()
        pull(later)
        assert set(wire.paths()) == {f"{gateway}/myself", f"{gateway}/search/jql"}

    def test_j09_a_classic_token_in_place_of_a_scoped_one_is_found_at_the_site(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        memo = {"url": URL, "base": "gateway", "cloud": CLOUD_ID}
        for token in site.credentials.tokens:
            assert not token.scoped
        refuse = SimResponse(401, [], b"Unauthorized")
        wire.before = lambda request: refuse if request.path.startswith("/ex/jira") else None
        jira = connect(memo)
        jira.probe()
        assert wire.paths()[-1] == "/rest/api/3/myself"
        assert jira.check().memo["base"] == "site"

    def test_a_service_account_sends_a_bearer_token(
        self, site: JiraSimulator, connect: Connect, wire: Wire
    ) -> None:
        bot = site.add_user("Robot", account_type="app")
        site.add_token(bot, "robot-token", oauth=True)
        assert connect(user=None, token=SecretStr("robot-token")).check().user_name == "Robot"
        assert wire.sent[-1].header("Authorization") == "Bearer robot-token"

    def test_j10_the_cloud_id_is_asked_of_the_site_without_credentials(
        self, connect: Connect, wire: Wire
    ) -> None:
        connect().check()
        (asked,) = [request for request in wire.sent if request.path == "/_edge/tenant_info"]
        assert asked.header("Authorization") is None
        assert asked.header("Host") == "demo.atlassian.net"

    def test_what_was_remembered_of_another_address_is_forgotten(self, connect: Connect, wire: Wire) -> None:
        memo = {"url": "https://other.atlassian.net", "base": "gateway", "cloud": "other-cloud"}
        connect(memo).probe()
        assert wire.paths() == ["/rest/api/3/myself"]

    def test_j11_links_lead_to_the_site_also_behind_the_gateway(
        self, site: JiraSimulator, connect: Connect
    ) -> None:
        scoped(site)
        project = site.find_project("ENG")
        assert project is not None
        site.comment(site.create_issue(project, "one"), "hello")
        pages = pull(connect())
        urls = [item.record.url for page in pages for item in page.records]
        assert urls[0] == f"{URL}/browse/ENG-1"
        assert all(url is None or url.startswith(f"{URL}/") for url in urls)


class TestProof:
    def test_j12_an_anonymous_200_is_not_a_login(self, connect: Connect, wire: Wire) -> None:
        wire.before = answering("/myself", SimResponse.of_json({"displayName": "Anonymous"}))
        with pytest.raises(AuthError, match="not logged in"):
            connect().probe()

    def test_j12_a_pull_proves_first_so_that_empty_lists_are_not_believed(
        self, site: JiraSimulator, connect: Connect
    ) -> None:
        site.credentials.tokens.clear()
        for project in site.projects.values():
            project.public = True
        with pytest.raises(AuthError):
            pull(connect())
        jira = connect()
        with pytest.raises(AuthError):
            list(jira.census(jira.streams()[-1]))

    def test_a_wrong_token_is_said_to_be_wrong(self, connect: Connect) -> None:
        with pytest.raises(AuthError, match="not accepted, neither at the site nor at the gateway") as caught:
            connect(token=SecretStr("stale")).probe()
        assert caught.value.status == 401
        assert "stale" not in str(caught.value)

    def test_a_wrong_token_is_said_to_be_wrong_also_where_the_gateway_cannot_be_reached(
        self, connect: Connect, wire: Wire
    ) -> None:
        """A firewall lets the site through and not api.atlassian.com: the address is not what is wrong."""
        down = SimResponse(503, [], b"")
        wire.before = lambda request: down if request.path.startswith("/ex/jira") else None
        with pytest.raises(AuthError, match=r"not accepted at the site \(401\), and the gateway") as caught:
            connect(token=SecretStr("stale")).probe()
        assert "check user and token" in str(caught.value)

    @pytest.mark.parametrize(
        "body", [b"<html>401</html>", b"Basic authentication with passwords is deprecated.", b""]
    )
    def test_j50_a_401_may_hold_anything(self, connect: Connect, wire: Wire, body: bytes) -> None:
        wire.before = answering("/myself", SimResponse(401, [("Content-Type", "text/html")], body))
        with pytest.raises(AuthError):
            connect().probe()

    def test_j13_a_captcha_is_told_apart(self, connect: Connect, wire: Wire) -> None:
        denied = SimResponse(403, [("X-Seraph-LoginReason", "AUTHENTICATION_DENIED")])
        wire.before = answering("/myself", denied)
        with pytest.raises(AuthError, match="CAPTCHA"):
            connect().probe()

    def test_a_login_page_is_nonsense(self, connect: Connect, wire: Wire) -> None:
        wire.before = answering("/myself", LOGIN)
        with pytest.raises(ProtocolError, match="web page"):
            connect().probe()

    def test_damaged_json_is_nonsense(self, connect: Connect, wire: Wire) -> None:
        wire.before = answering("/myself", SimResponse(200, [], b'{"accountId": "5b'))
        with pytest.raises(ProtocolError, match="damaged"):
            connect().probe()

    def test_no_jira_at_the_address(self, connect: Connect, wire: Wire) -> None:
        wire.before = lambda request: NOT_FOUND
        with pytest.raises(VendorError, match=r"no Jira at this address.*check url") as caught:
            connect().probe()
        assert caught.value.status == 404

    def test_credentials_lost_meanwhile_are_noticed(self, site: JiraSimulator, connect: Connect) -> None:
        jira = connect()
        jira.probe()
        site.credentials.tokens[0].revoked = True
        with pytest.raises(AuthError):
            jira.probe()


class TestSite:
    @pytest.mark.parametrize("tenant", [NOT_FOUND, SimResponse.of_json({}), SimResponse(401)])
    def test_where_no_cloud_id_is_served_the_server_tells_itself_apart(
        self, connect: Connect, wire: Wire, tenant: SimResponse
    ) -> None:
        wire.before = answering("/_edge/tenant_info", tenant)
        assert connect().check().site == "demo.atlassian.net"

    def test_a_login_page_in_its_place_is_no_other_site(self, connect: Connect, wire: Wire) -> None:
        """A passing fault at the first check must not give the site an identity that it loses again."""
        wire.before = answering("/_edge/tenant_info", LOGIN)
        with pytest.raises(ProtocolError):
            connect().check()

    def test_no_colon_gets_into_the_site(self, connect: Connect, wire: Wire) -> None:
        info = SimResponse.of_json({"baseUrl": "http://127.0.0.1:8801", "deploymentType": "Cloud"})
        wire.before = lambda request: (
            info if request.path.endswith("/serverInfo") else NOT_FOUND if "_edge" in request.path else None
        )
        assert connect().check().site == "127.0.0.1_8801"


class TestConfiguration:
    def make(self, **keys: object) -> JiraConfig:
        given = {"connector": "jira", "url": URL, "token": SecretStr("t")} | keys
        return JiraConfig.model_validate(given)

    def test_it_keeps_every_promise_of_the_protocol(self, connect: Connect) -> None:
        jira = connect()
        for promise in (Probes, Splits, Censuses, Translates, Describes):
            assert isinstance(jira, promise)

    def test_everything_is_pulled_by_default(self, connect: Connect) -> None:
        names = [stream.name for stream in connect().streams()]
        assert names == ["projects", "boards", "statuses", "people", "sprints", "versions", "issues"]
        assert [s.name for s in connect(streams=("issues",)).streams()] == [
            "projects",
            "statuses",
            "people",
            "issues",
        ]

    def test_history_is_native_only_where_it_is_pulled(self, connect: Connect) -> None:
        assert "status" in connect(fields={"severity": "Priority"}).capabilities.history
        assert "severity" in connect(fields={"severity": "Priority"}).capabilities.history
        assert connect(streams=("issues",)).capabilities.history == {}

    def test_credentials_are_declared(self) -> None:
        assert isinstance(Jira.auth(self.make(user="mia@acme.example")), Basic)
        assert isinstance(Jira.auth(self.make()), Bearer)
        assert Jira.origins(self.make()) == (URL, "https://api.atlassian.com")

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("project = A ORDER BY created", "ORDER BY"),
            ("project = A order\tby created", "ORDER BY"),
            ("a = 1) OR (b = 2", "parentheses"),
            ("(a = 1", "parentheses"),
            ('summary ~ "open', "quotation"),
            ("   ", "empty"),
        ],
    )
    def test_a_filter_that_would_change_our_query_is_refused(self, text: str, reason: str) -> None:
        with pytest.raises(ValidationError, match=reason):
            self.make(filter=text)

    def test_a_filter_may_speak_of_order_and_parentheses_in_quotes(self) -> None:
        text = "summary ~ \"order by (\" AND (a = 'x)' OR b in (1, 2))"
        assert self.make(filter=text).filter == text

    def test_what_rides_on_issues_needs_them(self) -> None:
        with pytest.raises(ValidationError, match="come with issues"):
            self.make(streams=["comments"])
        with pytest.raises(ValidationError, match="streams"):
            self.make(streams=["issuess"])

    def test_the_gateway_must_be_encrypted(self) -> None:
        with pytest.raises(ValidationError, match="gateway"):
            self.make(gateway="http://gateway.example")


def test_j47_the_removed_search_is_never_called(site: JiraSimulator, connect: Connect, wire: Wire) -> None:
    project = site.find_project("ENG")
    assert project is not None
    site.create_issue(project, "one")
    assert records(pull(connect()))
    assert not {"/rest/api/3/search", "/rest/api/2/search"}.intersection(wire.paths())


@pytest.mark.parametrize("headers", [[("Retry-After", "2")], []])
def test_j41_a_429_is_waited_for(
    site: JiraSimulator, connect: Connect, wire: Wire, headers: list[tuple[str, str]]
) -> None:
    project = site.find_project("ENG")
    assert project is not None
    site.create_issue(project, "one")
    refusals = iter([SimResponse(429, headers)])
    wire.before = lambda request: next(refusals, None) if request.path.endswith("/search/jql") else None
    assert len(records(pull(connect()))) == 1


class TestAnswersThatNameUs:
    """J-102: Cloud names the account of every answer."""

    def known(self, connect: Connect) -> Jira:
        return connect(dict(connect().check().memo))

    def test_j102_a_walk_that_names_us_needs_no_question(self, connect: Connect, wire: Wire) -> None:
        jira = self.known(connect)
        wire.sent.clear()
        assert jira.vouched is False, "nothing has been answered yet"
        list(jira.pull(stream(jira), Cursor()))
        assert jira.vouched is True
        assert [path for path in wire.paths() if not path.endswith("/search/jql")] == []

    def test_j102_one_answer_that_names_nobody_spoils_it_for_good(self, connect: Connect, wire: Wire) -> None:
        jira = self.known(connect)

        def nobody(request: SimRequest, answer: SimResponse) -> SimResponse:
            kept = [(name, value) for name, value in answer.headers if name.lower() != "x-aaccountid"]
            return SimResponse(answer.status, kept, answer.body, answer.wire)

        wire.after = nobody
        list(jira.pull(stream(jira), Cursor()))
        assert jira.vouched is False
        wire.after = lambda request, answer: answer
        list(jira.pull(stream(jira), Cursor()))
        assert jira.vouched is False

    def test_j102_somebody_else_is_not_us(self, connect: Connect, site: JiraSimulator) -> None:
        jira = self.known(connect)
        other = site.add_user("Noa Example", email="noa@acme.example")
        site.credentials.tokens[0] = replace(site.credentials.tokens[0], user=other)
        list(jira.pull(stream(jira), Cursor()))
        assert jira.vouched is False

    def test_j102_before_the_first_check_answers_tell_nothing(self, connect: Connect) -> None:
        assert connect().vouched is None

    def test_the_mark_is_no_later_than_the_first_answer(
        self, connect: Connect, site: JiraSimulator, clock: SimClock
    ) -> None:
        jira = self.known(connect)
        project = site.find_project("ENG")
        assert project is not None
        site.create_issue(project, "from the future", at=clock.now() + timedelta(hours=1))
        pages = list(jira.pull(stream(jira), Cursor(mark="0")))
        assert int(pages[-1].next.mark or 0) <= clock.now().timestamp() * 1000
