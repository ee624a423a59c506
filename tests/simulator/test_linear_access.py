"""Who may call a Linear workspace, how much, and how refusals look."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.simulator.linear import LinearWorld

from syncline.sim import SimClock, SimRequest
from syncline_connectors.linear.simulator import Allowance, errors

ME = "{ viewer { id } }"


@pytest.fixture
def linear(clock: SimClock) -> LinearWorld:
    return LinearWorld(clock, calm=True)


def bearing(header: str) -> list[tuple[str, str]]:
    return [("Authorization", header)]


def header(response: Any, name: str) -> int:
    return int(response.header(name))


# ---- keys ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [[], bearing("lin_api_wrong"), bearing("")])
def test_without_a_good_key_nobody_is_let_in(linear: LinearWorld, given: list[tuple[str, str]]) -> None:
    response = linear.post(ME, headers=given)
    assert response.status == 401
    assert "data" not in response.json()
    (error,) = response.json()["errors"]
    assert error["message"] == "Authentication required, not authenticated"
    said = error["extensions"]
    assert (said["type"], said["code"], said["userError"]) == (
        "authentication error",
        "AUTHENTICATION_ERROR",
        True,
    )


def test_a_key_is_not_a_bearer_token(linear: LinearWorld) -> None:
    response = linear.post(ME, headers=bearing("Bearer lin_api_ada"))
    assert response.status == 400
    (error,) = response.json()["errors"]
    assert "Remove the Bearer prefix" in error["message"]
    assert error["extensions"]["type"] == "invalid input"


def test_a_token_of_an_application_is_one(linear: LinearWorld) -> None:
    robot = linear.site.add_user("Sync", app=True)
    token = linear.site.add_oauth_token(robot)
    good = linear.post(ME, headers=bearing(f"Bearer {token.secret}"))
    assert good.json()["data"]["viewer"]["id"] == robot.id
    assert linear.post(ME, headers=bearing(token.secret)).status == 401


def test_a_revoked_or_expired_key_and_a_suspended_person_are_not_let_in(linear: LinearWorld) -> None:
    expiring = linear.site.add_api_key(linear.bob, expires=linear.clock.now() + timedelta(hours=1))
    assert linear.post(ME, headers=bearing(expiring.secret)).status == 200
    linear.clock.advance(3600)
    assert linear.post(ME, headers=bearing(expiring.secret)).status == 401
    linear.site.revoke(linear.key)
    assert linear.post(ME).status == 401
    lasting = linear.site.add_api_key(linear.bob)
    linear.site.deactivate(linear.bob)
    assert linear.post(ME, headers=bearing(lasting.secret)).status == 401


def test_a_key_may_be_for_reading_alone(linear: LinearWorld) -> None:
    linear.issues(1)
    linear.site.add_api_key(linear.ada, "lin_api_reads", scopes=["read"])
    linear.headers = bearing("lin_api_reads")
    assert linear.ask(ME)
    error = linear.refuse('mutation { issueUpdate(id: "ENG-1", input: {title: "No"}) { success } }')
    assert (error["extensions"]["type"], error["extensions"]["code"]) == ("forbidden", "FORBIDDEN")
    assert linear.site.issue_named("ENG-1").title == "Issue 0"  # type: ignore[union-attr]


# ---- requests that are none ------------------------------------------------------------------------------------------


def test_only_posts_to_graphql_are_served(linear: LinearWorld) -> None:
    assert linear.site(SimRequest.of("GET", "/graphql", headers=linear.headers)).status == 400
    assert linear.site(SimRequest.of("POST", "/rest", {"query": ME}, linear.headers)).status == 404


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"query": 1}', b'{"query": "{ viewer { id } }", "variables": 3}']
)
def test_a_body_that_is_no_request_is_refused(linear: LinearWorld, body: bytes) -> None:
    assert linear.site(SimRequest.of("POST", "/graphql", body, linear.headers)).status == 400


def test_a_document_that_cannot_be_read_is_refused_whole(linear: LinearWorld) -> None:
    response = linear.post("{ viewer { id }")
    assert response.status == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"


def test_every_mistake_of_a_document_is_told(linear: LinearWorld) -> None:
    response = linear.post("{ viewer { id nonsense } issues(firts: 1) { nodes { id } } }")
    assert response.status == 400
    assert len(response.json()["errors"]) == 2
    assert {e["extensions"]["code"] for e in response.json()["errors"]} == {"GRAPHQL_VALIDATION_FAILED"}
    assert response.header("X-RateLimit-Requests-Remaining") == "2499"


# ---- limits ----------------------------------------------------------------------------------------------------------


def test_every_answer_tells_what_is_left_and_when_it_is_full_again(linear: LinearWorld) -> None:
    response = linear.post("{ users(first: 10) { nodes { id name } } }")
    assert header(response, "X-Complexity") == 12
    assert header(response, "X-RateLimit-Requests-Limit") == 2500
    assert header(response, "X-RateLimit-Requests-Remaining") == 2499
    assert header(response, "X-RateLimit-Complexity-Limit") == 3_000_000
    assert header(response, "X-RateLimit-Complexity-Remaining") == 3_000_000 - 12
    in_an_hour = (linear.clock.now().timestamp() + 3600) * 1000
    assert header(response, "X-RateLimit-Requests-Reset") == in_an_hour


def test_too_many_requests_are_refused_with_400_until_some_have_leaked_away(linear: LinearWorld) -> None:
    linear.site.limits.shrink(requests=3)
    for _ in range(3):
        assert linear.post(ME).status == 200
    response = linear.post(ME)
    assert response.status == 400
    assert response.header("Retry-After") is None
    assert header(response, "X-RateLimit-Requests-Remaining") == 0
    (error,) = response.json()["errors"]
    assert (error["extensions"]["type"], error["extensions"]["code"]) == ("ratelimited", "RATELIMITED")
    assert linear.site.limits.refused == {"requests": 1}
    linear.clock.advance(1199)
    assert linear.post(ME).status == 400
    linear.clock.advance(1)
    assert linear.post(ME).status == 200


def test_a_refusal_may_tell_how_long_to_wait(linear: LinearWorld) -> None:
    linear.site.limits.shrink(requests=1)
    linear.site.limits.with_retry_after = True
    linear.post(ME)
    wait = header(linear.post(ME), "Retry-After")
    linear.clock.advance(wait)
    assert linear.post(ME).status == 200


def test_all_keys_of_a_person_share_a_bucket_and_others_have_their_own(linear: LinearWorld) -> None:
    linear.site.limits.shrink(requests=2)
    second = linear.site.add_api_key(linear.ada)
    other = linear.site.add_api_key(linear.bob)
    linear.post(ME)
    linear.post(ME, headers=bearing(second.secret))
    assert linear.post(ME).status == 400
    assert linear.post(ME, headers=bearing(other.secret)).status == 200


def test_points_are_limited_apart_from_requests(linear: LinearWorld) -> None:
    linear.site.limits.shrink(points=100)
    query = "{ users { nodes { id name } } }"
    assert linear.post(query).status == 200
    response = linear.post(query)
    assert (response.status, response.json()["errors"][0]["extensions"]["code"]) == (400, "RATELIMITED")
    assert linear.site.limits.refused == {"complexity": 1}
    assert linear.post(ME).status == 200


def test_whoever_knocks_without_a_key_is_counted_too(linear: LinearWorld) -> None:
    linear.site.limits.nobody = Allowance(2, 100)
    answers = [linear.post(ME, headers=[]).status for _ in range(3)]
    assert answers == [401, 401, 400]
    assert linear.post(ME).status == 200


def test_a_query_may_not_be_too_complex(linear: LinearWorld) -> None:
    query = "{ issues(first: 250) { nodes { id labels { nodes { id name } } } } }"
    response = linear.post(query)
    assert response.status == 400
    (error,) = response.json()["errors"]
    assert (error["message"], error["extensions"]["code"]) == ("Query too complex", "INPUT_ERROR")
    assert "Maximum allowed complexity: 10000." in error["extensions"]["userPresentableMessage"]
    linear.site.set_quirks(flat_issues=True)
    assert linear.ask(query)


def test_the_documented_query_of_issues_fits_with_a_full_page(linear: LinearWorld) -> None:
    """Per node 11 to 13 points, as documented: 250 of them come to about 3,200."""
    query = """query($first: Int) { issues(first: $first) { pageInfo { hasNextPage endCursor } nodes { id identifier
      number previousIdentifiers title description url priority priorityLabel estimate dueDate createdAt updatedAt
      startedAt completedAt canceledAt archivedAt autoArchivedAt trashed snoozedUntilAt state { id name type }
      team { id key } project { id } cycle { id number } parent { id } assignee { id email } creator { id } labelIds
      } } }"""
    assert 2_000 < header(linear.post(query, {"first": 250}), "X-Complexity") < 3_500


def test_what_is_left_can_be_asked_for(linear: LinearWorld) -> None:
    status = linear.ask(
        "{ rateLimitStatus { kind identifier limits { type allowedAmount remainingAmount period reset } } }"
    )["rateLimitStatus"]
    left = {limit["type"]: (limit["allowedAmount"], limit["remainingAmount"]) for limit in status["limits"]}
    assert left["requests"] == (2500, 2499)
    assert left["complexity"][0] == 3_000_000
    assert status["limits"][0]["period"] == 3_600_000


def test_limits_can_be_switched_off(linear: LinearWorld) -> None:
    linear.site.limits.shrink(requests=1)
    linear.site.limits.enabled = False
    assert [linear.post(ME).status for _ in range(3)] == [200, 200, 200]


# ---- errors that a test orders ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refusal", "type_"),
    [
        (errors.lock_timeout, "lock timeout"),
        (errors.internal_error, "internal error"),
        (errors.feature_missing, "feature not accessible"),
    ],
)
def test_an_ordered_error_comes_once_and_nothing_is_done(
    linear: LinearWorld, refusal: Any, type_: str
) -> None:
    linear.issues(1)
    linear.site.order("issueUpdate", refusal())
    query = 'mutation { issueUpdate(id: "ENG-1", input: {title: "Other"}) { issue { title } } }'
    assert linear.refuse(query)["extensions"]["type"] == type_
    assert linear.ask('{ issue(id: "ENG-1") { title } }')["issue"]["title"] == "Issue 0"
    assert linear.ask(query)["issueUpdate"]["issue"]["title"] == "Other"


def test_a_part_of_an_answer_may_fail_and_the_rest_is_there(linear: LinearWorld) -> None:
    project = linear.site.add_project("Editor", [linear.eng])
    linear.site.create_issue(linear.eng, "One", project=project)
    linear.site.order("Issue.project", errors.internal_error())
    query = "{ issues { nodes { title project { name } } } }"
    response = linear.post(query)
    answer = response.json()
    assert response.status == 200
    assert answer["data"]["issues"]["nodes"] == [{"title": "One", "project": None}]
    assert answer["errors"][0]["path"] == ["issues", "nodes", 0, "project"]
    assert linear.ask(query)["issues"]["nodes"][0]["project"] == {"name": "Editor"}


def test_a_mistake_of_the_simulator_is_no_fault_of_the_client(linear: LinearWorld) -> None:
    linear.site.limits.status = lambda key: 1 / 0  # type: ignore[method-assign,assignment,return-value]
    said = linear.refuse("{ rateLimitStatus { kind } }")["extensions"]
    assert (said["type"], said["userError"]) == ("internal error", False)


def test_a_plan_may_hold_only_so_many_issues(linear: LinearWorld) -> None:
    linear.issues(2)
    linear.site.issue_limit = 2
    query = 'mutation($team: String!) { issueCreate(input: {teamId: $team, title: "One more"}) { success } }'
    assert linear.refuse(query, team=linear.eng.id)["extensions"]["type"] == "usage limit exceeded"


def test_every_answer_says_what_time_it_is(linear: LinearWorld) -> None:
    assert linear.post(ME).header("Date") == "Mon, 02 Mar 2026 09:00:00 GMT"
    assert linear.post(ME, headers=[]).header("Date")
