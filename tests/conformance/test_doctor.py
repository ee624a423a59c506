"""What ``doctor`` says of each tool: credentials, permissions, containers that are not there, statuses not mapped."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from syncline.config.loading import parse
from syncline.http import Http, Redactor
from syncline.registry import Registry
from syncline.seams import SystemClock
from syncline.sim.app import App, SimRequest, SimResponse
from syncline.sim.transport import SimTransport
from syncline.sync.walking import open_http
from syncline_cli import checkup
from syncline_connectors.amplitude.simulator import AmplitudeSimulator
from syncline_connectors.jira.simulator import JiraSimulator
from syncline_connectors.jira.simulator.rules import Permission
from syncline_connectors.linear.simulator import LinearSimulator
from syncline_connectors.trello.simulator import KEY, TrelloSimulator
from syncline_connectors.zendesk.simulator import CALM, Role, ZendeskSimulator

CLOCK = SystemClock()
EMAIL = "ada@example.com"
JIRA, ZENDESK = "https://demo.atlassian.net", "https://demo.zendesk.com"
SECRETS = {"KEY": KEY, "TOKEN": "ATTA" + "c" * 60}
LINEAR = "lin_api_ada"
KEYS: dict[str, dict[str, Any]] = {
    "jira": {"url": JIRA, "user": EMAIL, "token": "env:TOKEN"},
    "linear": {"token": "env:TOKEN"},
    "trello": {"key": "env:KEY", "token": "env:TOKEN"},
    "zendesk": {"url": ZENDESK, "user": EMAIL, "token": "env:TOKEN"},
    "amplitude": {"key": "env:KEY", "secret": "env:TOKEN", "region": "us", "timezone": "UTC"},
}


def jira() -> App:
    site = JiraSimulator(CLOCK, site_url=JIRA, calm=True)
    ada = site.add_user("Ada Example", email=EMAIL)
    site.add_token(ada, SECRETS["TOKEN"])
    site.add_project("ENG", lead=ada)
    return site


def linear(*scopes: str) -> App:
    site = LinearSimulator(CLOCK, calm=True)
    ada = site.add_user("Ada Example", email=EMAIL)
    site.add_team("ENG", "Engineering", members=(ada,))
    key = site.add_api_key(ada, LINEAR)
    key.scopes = frozenset(scopes or ("read", "write"))
    return site


def trello() -> App:
    site = TrelloSimulator(CLOCK, calm=True)
    mia = site.add_member("Mia Example", "mia")
    site.add_token(mia, SECRETS["TOKEN"])
    site.add_list(site.add_board("Design", members=[mia], by=mia), "Simmering")
    return site


def zendesk(role: Role = Role.ADMIN) -> App:
    desk = ZendeskSimulator(CLOCK, seed=5, site_url=ZENDESK, quirks=CALM)
    desk.add_token(desk.add_user("Ada Example", role=role, email=EMAIL), SECRETS["TOKEN"])
    return desk


def amplitude() -> App:
    project = AmplitudeSimulator(CLOCK, calm=True)
    project.add_key(SECRETS["KEY"], SECRETS["TOKEN"])
    return project


Doctor = Callable[..., checkup.Findings]


@pytest.fixture
def doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Doctor:
    """Looks at a tool, with its usual keys and more."""

    def look(name: str, tool: App, token: str | None = None, **more: Any) -> checkup.Findings:
        def opened(*arguments: Any, **options: Any) -> Http:
            return Http(*arguments, **options, transport=SimTransport(tool))

        monkeypatch.setattr(checkup, "open_http", partial(open_http, build=opened))
        monkeypatch.setenv("KEY", SECRETS["KEY"])
        monkeypatch.setenv("TOKEN", token or (LINEAR if name == "linear" else SECRETS["TOKEN"]))
        tables = {"connections": {"it": {"connector": name} | KEYS[name] | more}}
        config, problems = parse(tables, tmp_path, Registry())
        assert config is not None, problems
        return checkup.examine(config, "it", None, Redactor())

    return look


TOOLS: dict[str, Callable[[], App]] = {
    "jira": jira,
    "linear": linear,
    "trello": trello,
    "zendesk": zendesk,
    "amplitude": amplitude,
}


@pytest.mark.parametrize("name", TOOLS)
def test_nothing_is_wrong_where_nothing_is(doctor: Doctor, name: str) -> None:
    found = doctor(name, TOOLS[name]())
    assert (found.problems, found.exit_codes) == ([], [])
    assert found.account is not None


@pytest.mark.parametrize("name", TOOLS)
def test_wrong_credentials_are_named_with_what_to_check(doctor: Doctor, name: str) -> None:
    wrong = "ATTA" + "d" * 60
    found = doctor(name, TOOLS[name](), wrong)
    (told,) = found.problems
    assert found.exit_codes == [4]
    assert "check" in told
    assert "token" in told or "keys" in told
    assert wrong not in told


@pytest.mark.parametrize(
    ("name", "keys", "says"),
    [
        (
            "jira",
            {"projects": ["ENG", "NOPE"]},
            "NOPE is configured but not visible to this account; visible are: ENG",
        ),
        (
            "linear",
            {"teams": ["ENG", "NOPE"]},
            "NOPE is configured but not visible to this account; visible are: ENG",
        ),
        ("trello", {"boards": ["Nope1234"]}, "Nope1234 is configured but not visible to this account"),
        ("zendesk", {"groups": ["Nope"]}, "Zendesk has no group 'Nope' — its groups are: Support"),
    ],
    ids=["jira", "linear", "trello", "zendesk"],
)
def test_a_container_that_is_not_there_is_named(
    doctor: Doctor, name: str, keys: dict[str, Any], says: str
) -> None:
    found = doctor(name, TOOLS[name](), **keys)
    assert any(says in told for told in found.problems), found.problems
    assert set(found.exit_codes) == {2}


@pytest.mark.parametrize(
    ("name", "status"),
    [("jira", "In Review"), ("linear", "In Progress"), ("trello", "Simmering"), ("zendesk", "Pending")],
)
def test_statuses_without_a_map_are_listed_until_they_have_one(
    doctor: Doctor, name: str, status: str
) -> None:
    line = f'status "{status}"'
    assert any(told.startswith(line) for told in doctor(name, TOOLS[name]()).notes)
    mapped = doctor(name, TOOLS[name](), status={status: "waiting"})
    assert not any(told.startswith(line) for told in mapped.notes)


def test_a_permission_that_is_missing_is_named(doctor: Doctor) -> None:
    found = doctor("linear", linear("write"))
    assert found.exit_codes == [4]
    assert "Invalid scope: `read` required" in found.problems[0]


def test_a_key_that_only_reads_is_named_where_we_are_to_write(doctor: Doctor) -> None:
    site, able = linear("read"), linear()
    assert doctor("linear", site).problems == []
    assert isinstance(site, LinearSimulator)
    assert isinstance(able, LinearSimulator)
    before = site.sync_id, able.sync_id
    (told,) = (found := doctor("linear", site, access="write")).problems
    assert found.exit_codes == [4]
    assert 'access = "write"' in told
    assert "Invalid scope: `write` required" in told
    assert '"Write"' in told
    assert doctor("linear", able, access="write").problems == []
    assert (site.sync_id, able.sync_id) == before, "nothing was written"


def test_an_account_of_jira_that_may_not_edit_is_named_where_we_are_to_write(doctor: Doctor) -> None:
    site = jira()
    assert isinstance(site, JiraSimulator)
    assert doctor("jira", site, access="write", projects=["ENG"]).problems == []
    (project,) = site.projects.values()
    project.rules.denied.update({(Permission.EDIT_ISSUES, ""), (Permission.ADD_COMMENTS, "")})
    assert doctor("jira", site, projects=["ENG"]).problems == []
    for keys, where in (({"projects": ["ENG"]}, "ENG"), ({}, "any project")):
        found = doctor("jira", site, access="write", **keys)
        (told,) = found.problems
        assert found.exit_codes == [4]
        assert f'access = "write", but the account may not edit issues, add comments in {where}' in told


def test_a_token_of_zendesk_without_a_writing_scope_is_named(doctor: Doctor) -> None:
    assert doctor("zendesk", zendesk(), access="write").problems == []
    for scopes, good in ((("read",), False), (("read", "tickets:write"), True)):
        desk = ZendeskSimulator(CLOCK, seed=5, site_url=ZENDESK, quirks=CALM)
        ada = desk.add_user("Ada Example", role=Role.ADMIN, email=EMAIL)
        desk.add_token(ada, SECRETS["TOKEN"], oauth=True, scopes=scopes)
        told = doctor("zendesk", desk, access="write", user=None).problems
        assert (told == []) is good, told
        assert good or "no scope that writes tickets" in told[0]
        assert doctor("zendesk", desk, user=None).problems == []


def test_a_light_agent_of_zendesk_is_named(doctor: Doctor) -> None:
    desk = zendesk(Role.AGENT)

    def light(request: SimRequest) -> SimResponse:
        answer = desk(request)
        if not request.path.endswith("/users/me"):
            return answer
        body = json.loads(answer.content())
        return SimResponse.of_json({"user": body["user"] | {"role_type": 1}}, headers=list(answer.headers))

    (told,) = doctor("zendesk", light, access="write").problems
    assert "light agent" in told


def test_trello_says_that_it_does_not_know_what_a_token_may_do(doctor: Doctor) -> None:
    line = "what the token may do is not looked at"
    assert any(line in told for told in doctor("trello", trello(), access="write").notes)
    assert not any(line in told for told in doctor("trello", trello()).notes)


def test_an_agent_of_zendesk_reads_by_search_and_is_told_what_that_misses(doctor: Doctor) -> None:
    assert not any("administrator" in told for told in doctor("zendesk", zendesk()).notes)
    found = doctor("zendesk", zendesk(Role.AGENT))
    assert found.exit_codes == []
    assert any("no administrator, so that tickets are found by search" in told for told in found.notes)


def test_the_region_that_the_keys_belong_to_is_named(doctor: Doctor) -> None:
    found = doctor("amplitude", amplitude(), region="eu")
    assert found.exit_codes == [4]
    assert found.problems == ['the keys belong to region "us", not "eu" — region = "us"']


def test_an_event_that_is_not_there_is_named(doctor: Doctor) -> None:
    found = doctor("amplitude", amplitude(), metrics=[{"name": "m", "event": "nope"}])
    assert any('counts the event "nope"' in told for told in found.notes)
