"""The demo company's site agrees with what is said of it, whatever the seed."""

from __future__ import annotations

import time
from collections import Counter
from datetime import timedelta
from typing import Any

import httpx
import pytest
from tests.simulator.world import basic

from syncline.sim import SimClock, SimRequest
from syncline_connectors.demo import EMAIL, TOKEN, build, facts, serve_demo
from syncline_connectors.jira.simulator import JiraSimulator

HEADERS = [basic("ada@example.com", TOKEN)]


@pytest.fixture(scope="module", params=[0, 7])
def company(request: pytest.FixtureRequest) -> tuple[JiraSimulator, int]:
    return build(SimClock(), request.param), request.param


def keys(site: JiraSimulator, jql: str) -> frozenset[str]:
    body = {"jql": jql, "fields": ["key"], "maxResults": 5000}
    response = site(SimRequest.of("POST", "/rest/api/3/search/jql", body, HEADERS))
    assert response.status == 200, response.content()
    return frozenset(issue["key"] for issue in response.json()["issues"])


def whole(site: JiraSimulator, key: str) -> Any:
    return site(SimRequest.of("GET", f"/rest/api/3/issue/{key}?expand=changelog", None, HEADERS)).json()


def test_the_search_finds_what_is_said(company: tuple[JiraSimulator, int]) -> None:
    site, seed = company
    said = facts(site.clock.now(), seed)
    assert len(keys(site, "project in (WEB, APP, OPS)")) == said.issues >= 100
    for project, number in said.by_project.items():
        assert len(keys(site, f"project = {project}")) == number
    for status, number in said.by_status.items():
        assert len(keys(site, f'status = "{status}"')) == number
    assert keys(site, 'status in ("In Progress", "In Review", Blocked)') == said.in_progress
    assert keys(site, "status = Blocked") == said.blocked
    assert keys(site, "Flagged is not EMPTY") == said.flagged
    assert keys(site, "status = Done AND resolutiondate > -7d") == said.done_last_7_days
    assert keys(site, "status = Done AND resolutiondate > -14d") == said.done_last_14_days
    assert keys(site, 'issuetype = Bug AND status not in (Done, "Won\'t Do")') == said.open_bugs
    assert keys(site, 'Sprint = "WEB sprint 6"') == said.active_sprint
    assert len(keys(site, "issuetype = Bug AND labels = regression")) == said.bug_wave


def test_history_ends_where_the_issue_stands(company: tuple[JiraSimulator, int]) -> None:
    site, _ = company
    for issue in site.issues.values():
        moves = [x for history in issue.histories for x in history.items if x["field"] == "status"]
        times = [history.created for history in issue.histories]
        assert times == sorted(times)
        assert all(issue.created <= at <= site.now() for at in times)
        if moves:
            assert moves[-1]["toString"] == issue.fields["status"].name
            assert [x["toString"] for x in moves[:-1]] == [x["fromString"] for x in moves[1:]]


def test_slips_are_in_the_history(company: tuple[JiraSimulator, int]) -> None:
    site, seed = company
    for key, days in facts(site.clock.now(), seed).slipped_epics.items():
        histories = reversed(whole(site, key)["changelog"]["histories"])
        seen = [x["to"] for history in histories for x in history["items"] if x["field"] == "duedate"]
        assert seen == [day.isoformat() for day in days]


def test_there_is_something_true_to_say(company: tuple[JiraSimulator, int]) -> None:
    site, seed = company
    said = facts(site.clock.now(), seed)
    for told in (
        "done_last_7_days",
        "in_progress",
        "blocked",
        "flagged",
        "quiet_for_10_days",
        "slipped_epics",
    ):
        assert getattr(said, told), told
    for told in ("overdue_epics", "given_up", "reopened", "open_bugs", "carried_over", "held_by_leavers"):
        assert getattr(said, told), told
    people = Counter(said.in_progress_by_person)
    assert people.total() == len(said.in_progress)


def test_the_same_seed_tells_the_same_story() -> None:
    clock = SimClock()
    one, two = build(clock, 3), build(clock, 3)
    texts = [
        sorted((i.key, str(i.updated), len(i.histories)) for i in site.issues.values()) for site in (one, two)
    ]
    assert texts[0] == texts[1]
    assert facts(clock.now(), 3) == facts(clock.now() + timedelta(seconds=30), 3)


def test_it_is_made_in_no_time() -> None:
    began = time.process_time()
    build(SimClock())
    assert time.process_time() - began < 0.5


def test_it_is_served_on_loopback() -> None:
    with serve_demo(SimClock()) as demo, httpx.Client(auth=(EMAIL, TOKEN)) as client:
        me = client.get(f"{demo.urls['jira']}/rest/api/3/myself").json()
        assert me["displayName"] == "Ada Sample"
        assert me["self"].startswith(demo.urls["jira"])
        assert demo.traffic["jira"].count(path="/myself") == 1
