"""What Jira allows at most, of a text, to one issue and to a site; and its webhooks, which are hints."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.jira.lab import Wire

from syncline.connector import Archived, Present
from syncline.errors import Invalid
from syncline.model import Kind, Ref, Text, TextFormat
from syncline.sim import SimResponse
from syncline.sim.clock import SimClock
from syncline.target import Set
from syncline_connectors.jira import Jira
from syncline_connectors.jira.simulator import JiraSimulator
from syncline_connectors.jira.simulator.issues import Issue
from syncline_connectors.jira.webhooks import Hint, hints, verify

Connect = Callable[..., Jira]
LIMIT = 32_767


@pytest.fixture
def issue(site: JiraSimulator) -> Issue:
    project = site.find_project("ENG")
    assert project is not None
    return site.create_issue(project, "Login fails", by=project.lead)


def ref(issue: Issue) -> Ref:
    return Ref("site", Kind.ISSUE, str(issue.id))


def markdown(text: str) -> Text:
    return Text(format=TextFormat.MARKDOWN, source=text)


def test_j97_the_limit_of_a_text_holds_after_its_conversion(
    connect: Connect, site: JiraSimulator, issue: Issue
) -> None:
    jira = connect(access="write")
    marked = markdown("**" + "x" * (LIMIT - 1) + "**")
    assert len(marked.source) > LIMIT, "the marks are no characters of what Jira stores"
    done = jira.update(ref(issue), {"description": Set(marked)}, {})
    assert done.applied == {"description"}
    too_long = markdown("x" * (LIMIT + 1))
    done = jira.update(ref(issue), {"description": Set(too_long), "title": Set("Still written")}, {})
    assert done.applied == {"title"}
    refused = done.refused["description"]
    assert isinstance(refused, Invalid)
    assert refused.field == "description"
    assert "32,767" in str(refused)
    with pytest.raises(Invalid, match="32,767"):
        jira.stored_form("description", too_long)


def test_j98_too_many_writes_to_one_issue_are_waited_out(
    connect: Connect, clock: SimClock, site: JiraSimulator, issue: Issue
) -> None:
    jira = connect(access="write")
    began = clock.monotonic()
    for number in range(25):
        done = jira.update(ref(issue), {"title": Set(f"Title {number}")}, {})
        assert done.applied == {"title"}
    assert issue.fields["summary"] == "Title 24"
    assert site.limits.refused["jira-per-issue-on-write"] > 0, "the limit was met"
    assert clock.monotonic() - began < 60, "and passed soon"


def test_j99_a_site_near_its_limit_is_asked_more_slowly(
    connect: Connect, wire: Wire, clock: SimClock, site: JiraSimulator, issue: Issue
) -> None:
    def near(request: object, answer: SimResponse) -> SimResponse:
        reset = f"{clock.now() + timedelta(minutes=1):%Y-%m-%dT%H:%MZ}"
        told = [("X-RateLimit-Limit", "1000"), ("X-RateLimit-Remaining", "60"), ("X-RateLimit-Reset", reset)]
        kept = [(name, value) for name, value in answer.headers if not name.lower().startswith("x-ratelimit")]
        return SimResponse(answer.status, [*kept, *told], answer.body)

    def seconds() -> float:
        began = clock.monotonic()
        for _ in range(130):
            list(jira.fetch([ref(issue)]))
        return clock.monotonic() - began

    jira = connect()
    jira.check()
    calm = seconds()
    wire.after = near
    assert seconds() > 10 * (calm + 1)


def test_j100_a_webhook_is_a_hint_and_its_fields_are_never_taken(
    connect: Connect, site: JiraSimulator, issue: Issue
) -> None:
    body = json.dumps(
        {
            "webhookEvent": "jira:issue_updated",
            "issue": {"id": str(issue.id), "key": issue.key, "fields": {"summary": "an older title"}},
        }
    ).encode()
    assert hints(json.loads(body)) == (Hint(Kind.ISSUE, str(issue.id)),)
    (answer,) = connect().fetch([ref(issue)])
    assert isinstance(answer, Present)
    assert answer.page.records[0].record.title == "Login fails"
    assert not verify("another secret", body, "sha256=00")


def test_j101_what_a_look_finds_and_no_search_shows_is_archived(
    connect: Connect, wire: Wire, site: JiraSimulator, issue: Issue
) -> None:
    jira = connect()
    site.set_quirks(lag=(600.0, 600.0))
    project = site.find_project("ENG")
    assert project is not None
    fresh = site.create_issue(project, "Not yet in the index", by=project.lead)
    site.archive(issue)
    answers = {answer.ref: type(answer) for answer in jira.fetch([ref(issue), ref(fresh)])}
    assert answers == {ref(issue): Archived, ref(fresh): Present}
    (asked,) = wire.bodies("/search/jql")
    assert asked["reconcileIssues"] == [issue.id, fresh.id]
