"""Credentials, permissions and limits, traps included."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from tests.simulator.world import World, basic

from syncline.sim import SimRequest, SimResponse

ME, SEARCH = "/rest/api/3/myself", "/rest/api/3/search/jql?jql=project%20in%20(ED,SHOP)"


def ask(world: World, target: str, *headers: tuple[str, str], gateway: bool = False) -> SimResponse:
    prefix = f"/ex/jira/{world.site.cloud_id}" if gateway else ""
    return world.site(SimRequest.of("GET", prefix + target, None, headers))


def bearer(secret: str) -> tuple[str, str]:
    return "Authorization", f"Bearer {secret}"


@pytest.fixture
def filled(world: World) -> World:
    world.site.create_issue(world.editor, "Secret")
    public = world.site.add_project("PUB", public=True)
    world.site.create_issue(public, "Open")
    return world


def test_the_tenant_is_told_to_anybody(world: World) -> None:
    assert ask(world, "/_edge/tenant_info").json() == {"cloudId": world.site.cloud_id}


WRONG: Sequence[tuple[tuple[str, str], ...]] = (
    (),
    (basic("mia@example.com", "wrong"),),
    (basic("nobody@example.com", "secret-of-mia"),),
    (("Authorization", "Basic ???"),),
    (bearer("secret-of-mia"),),
)


@pytest.mark.parametrize("headers", WRONG)
def test_bad_credentials_find_nothing_rather_than_fail(
    filled: World, headers: tuple[tuple[str, str], ...]
) -> None:
    assert ask(filled, ME, *headers).status == 401
    answer = ask(filled, SEARCH, *headers)
    assert (answer.status, answer.json()["issues"]) == (200, [])
    public = ask(filled, "/rest/api/3/search/jql?jql=updated%3E0", *headers).json()["issues"]
    assert len(public) == 1
    assert answer.header("X-Seraph-LoginReason") == ("AUTHENTICATED_FAILED" if headers else None)
    assert ask(filled, "/rest/api/3/issue/ED-1", *headers).status == 404


def test_good_credentials_say_so(filled: World) -> None:
    assert ask(filled, ME, *filled.headers).header("X-Seraph-LoginReason") == "OK"


def test_tokens_expire_in_the_middle_of_things(filled: World) -> None:
    filled.token.expires = filled.clock.now() + timedelta(minutes=5)
    assert len(ask(filled, SEARCH, *filled.headers).json()["issues"]) == 1
    filled.clock.advance(301)
    assert ask(filled, SEARCH, *filled.headers).json()["issues"] == []
    assert ask(filled, ME, *filled.headers).status == 401


def test_scoped_tokens_work_at_the_gateway_only(world: World) -> None:
    world.site.add_token(world.mia, "scoped", scoped=True)
    header = basic("mia@example.com", "scoped")
    assert ask(world, ME, header).status == 401
    assert ask(world, ME, header, gateway=True).status == 200
    assert ask(world, ME, bearer("scoped"), gateway=True).status == 200


def test_the_gateway_refuses_what_it_does_not_know(world: World) -> None:
    assert ask(world, ME, gateway=True).status == 401
    assert ask(world, SEARCH, bearer("wrong"), gateway=True).status == 401
    assert world.site(SimRequest.of("GET", f"/ex/jira/other{ME}", None, world.headers)).status == 404
    classic = ask(world, ME, *world.headers, gateway=True)
    assert classic.json()["self"].startswith(f"https://api.atlassian.com/ex/jira/{world.site.cloud_id}/")


def test_app_tokens_learn_their_sites(world: World) -> None:
    world.site.add_token(world.mia, "app", oauth=True)
    (site,) = ask(world, "/oauth/token/accessible-resources", bearer("app")).json()
    assert site["id"] == world.site.cloud_id
    assert ask(world, "/oauth/token/accessible-resources", bearer("no")).status == 401


def test_a_lost_permission_looks_like_a_deletion(filled: World) -> None:
    filled.site.revoke(filled.mia, filled.editor)
    assert filled.get("issue/ED-1").status == 404
    assert filled.get("issue/ED-1").json()["errorMessages"] == [
        "Issue does not exist or you do not have permission to see it."
    ]
    assert filled.get("project/ED").status == 404
    assert [p["key"] for p in filled.get("project/search").json()["values"]] == ["PUB", "SHOP"]
    assert filled.post("search/jql", {"jql": "project = ED"}).status == 400
    assert filled.walk("updated > 0") != []
    assert filled.post("issue/bulkfetch", {"issueIdsOrKeys": ["ED-1"]}).json()["issues"] == []


def test_some_endpoints_are_forbidden_outright(world: World) -> None:
    world.site.forbid("GET", "users/search")
    assert world.get("users/search").status == 403
    assert world.get("user/search", query="mia").status == 200


def test_hidden_addresses_and_leavers(world: World) -> None:
    world.site.add_user("Nils Example", email="nils@example.com", email_visible=False, active=False)
    shown = {user["displayName"]: user for user in world.get("users/search").json()}
    assert "emailAddress" not in shown["Nils Example"]
    assert shown["Nils Example"]["active"] is False
    assert shown["Mia Example"]["emailAddress"] == "mia@example.com"
    assert world.get("user/search", query="nils").json() == []


def test_every_answer_carries_the_servers_time(world: World) -> None:
    for path in ("myself", "unknown"):
        assert world.get(path).header("Date") == "Mon, 02 Mar 2026 09:00:00 GMT"
    assert ask(world, "/_edge/tenant_info").header("Date")


def test_nothing_else_is_there(world: World) -> None:
    assert world.get("unknown").status == 404
    assert world.post("issue/ED-1", {}).status == 404


# ---- limits ----------------------------------------------------------------------------------------------------------


def test_a_burst_is_refused_and_forgiven(world: World) -> None:
    statuses = [world.get("field").status for _ in range(101)]
    assert statuses == [200] * 100 + [429]
    refused = world.get("field")
    assert refused.header("RateLimit-Reason") == "jira-burst-based"
    assert refused.header("Retry-After") == "1"
    assert refused.header("X-RateLimit-Reset") == "2026-03-02T09:01Z"
    assert refused.content() == b""
    assert world.get("status").status == 200
    world.clock.advance(1)
    assert world.get("field").status == 200
    assert world.site.limits.refused == {"jira-burst-based": 2}


def test_answers_warn_before_the_limit(world: World) -> None:
    answers = [world.get("field") for _ in range(85)]
    assert answers[0].header("X-RateLimit-Remaining") == "99"
    assert answers[0].header("X-RateLimit-NearLimit") is None
    assert answers[-1].header("X-RateLimit-NearLimit") == "true"


def test_a_quota_lasts_until_the_hour_is_over(world: World) -> None:
    world.site.limits.quota = 5
    world.clock.advance(1800)
    assert [world.get("field").status for _ in range(6)] == [200] * 5 + [429]
    refused = world.get("field")
    assert refused.header("RateLimit-Reason") == "jira-quota-tenant-based"
    assert refused.header("Retry-After") == "1800"
    world.clock.advance(1800)
    assert world.get("field").status == 200


def test_issues_that_are_read_count_against_the_quota(world: World) -> None:
    for number in range(10):
        world.site.create_issue(world.editor, f"Issue {number}")
    world.site.limits.quota = 8
    assert world.post("search/jql", {"jql": "project = ED"}).status == 200
    assert world.get("field").status == 429


def test_the_gateway_may_not_say_how_long(world: World) -> None:
    world.site.limits.quota = 0
    world.site.limits.with_retry_after = False
    refused = world.get("field")
    assert refused.header("Retry-After") is None
    assert refused.header("X-RateLimit-Reset") == "2026-03-02T10:00Z"
