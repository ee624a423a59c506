"""Who we are, how we say so, what the vendor's errors mean, and how limits are kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from tests.linear.lab import KEY, NOWHERE, Wire, World, error, pull, stream

from syncline.connector import Censuses, Cursor, Describes, Probes, Remarks, Translates, Vouches
from syncline.errors import (
    AccessDenied,
    AuthError,
    InDoubt,
    Invalid,
    NotFound,
    ProtocolError,
    RateLimited,
    TransientError,
    VendorError,
)
from syncline.http import Answer, Bearer, Header, ReadOnly
from syncline.model import Kind, Ref, Text, TextFormat
from syncline.sim.app import SimRequest, SimResponse
from syncline.target import CommentDraft, Set, TakesComments, TakesFiles, Target
from syncline_connectors.linear import Linear, LinearConfig
from syncline_connectors.linear.api import CODES, GRAVEST, STATUSES, USUAL_COST, error_of, meaning
from syncline_connectors.linear.documents import ADD_COMMENT, CHANGES, ME

Connect = Callable[..., Linear]


def config(**keys: Any) -> LinearConfig:
    return LinearConfig(**({"connector": "linear", "token": SecretStr(KEY)} | keys))


# ---- credentials ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "auth", "wanted"),
    [
        ("lin_api_1", None, Header),
        ("lin_oauth_1", None, Bearer),
        ("anything else", None, Bearer),
        ("anything else", "key", Header),
        ("lin_api_1", "oauth", Bearer),
    ],
)
def test_l01_a_key_goes_bare_into_the_header_a_token_after_bearer(
    token: str, auth: str | None, wanted: type[Any]
) -> None:
    made = Linear.auth(config(token=SecretStr(token), auth=auth))
    assert isinstance(made, wanted)
    told = token if wanted is Header else f"Bearer {token}"
    assert {name.lower(): value for name, value in made.headers().items()} == {"authorization": told}


def test_l01_a_key_after_bearer_is_told_in_the_vendors_words(connect: Connect) -> None:
    with pytest.raises(AuthError, match="API key as a Bearer token"):
        connect(auth="oauth").check()


def test_l02_the_token_of_an_application_works_until_it_expires(connect: Connect, world: World) -> None:
    """Applications have tokens of a day; we take them as they are and renew none."""
    world.issue()
    world.site.add_oauth_token(world.ada, "lin_oauth_1", expires=world.clock.now() + timedelta(hours=24))
    linear = connect(token=SecretStr("lin_oauth_1"))
    assert linear.check().user_id == world.ada.id
    world.later(24 * 3600)
    with pytest.raises(AuthError):
        pull(connect(token=SecretStr("lin_oauth_1")))


def test_the_configuration_says_what_it_does_not_take() -> None:
    assert config().url == "https://api.linear.app/graphql"
    with pytest.raises(ValidationError, match="fields means nothing for linear"):
        config(fields={"severity": "Severity"})
    with pytest.raises(ValidationError, match="history, which come with issues"):
        config(streams=("history", "projects"))
    with pytest.raises(ValidationError):
        config(streams=("releases",))


def test_what_the_connector_can_do_besides_reading(connect: Connect) -> None:
    linear = connect()
    for protocol in (
        Censuses,
        Describes,
        Probes,
        Vouches,
        Translates,
        Remarks,
        Target,
        TakesComments,
        TakesFiles,
    ):
        assert isinstance(linear, protocol)


# ---- the account ---------------------------------------------------------------------------------------------------


def test_the_site_is_the_organizations_id(connect: Connect, world: World, wire: Wire) -> None:
    account = connect().check()
    assert account.site == world.site.organization.id
    assert (account.site_name, account.url) == ("Acme", "https://linear.app/acme")
    assert (account.user_id, account.user_name) == (world.ada.id, "ada.example")
    assert wire.names() == ["Me"]


def test_answers_vouch_for_the_account_of_an_earlier_run(connect: Connect, world: World, wire: Wire) -> None:
    world.issue()
    memo = dict(connect().check().memo)
    linear = connect(memo)
    assert linear.vouched is False, "no answer yet"
    pull(linear)
    assert linear.vouched is True
    sent = len(wire.sent)
    assert linear.check() == connect(memo).check()
    assert len(wire.sent) == sent + 1, "only the fresh one asked"
    assert connect().vouched is None, "nothing to hold answers against"


def test_another_account_or_workspace_is_noticed_by_its_answers(
    connect: Connect, world: World, wire: Wire
) -> None:
    world.issue()
    memo = dict(connect().check().memo)
    for name in ("user", "site"):
        linear = connect({**memo, name: NOWHERE})
        pull(linear)
        assert linear.vouched is False
        assert linear.check().site == world.site.organization.id, "asked again, and told the truth"


# ---- errors --------------------------------------------------------------------------------------------------------


def answer(*errors: dict[str, Any], status: int = 200) -> Answer:
    from syncline.jsontext import encode

    return Answer(status, {}, encode({"data": None, "errors": list(errors)}))


def told(type: str | None = None, code: str | None = None, message: str = "no") -> dict[str, Any]:
    return {"message": message, "extensions": {"type": type, "code": code}}


@pytest.mark.parametrize("type_", STATUSES)
@pytest.mark.parametrize("status", [200, 400])
def test_l20_errors_come_with_200_and_400_and_mean_what_their_type_says(type_: str, status: int) -> None:
    assert meaning(answer(told(type_), status=status)) == STATUSES[type_]
    assert meaning(answer(told(type_.upper()), status=status)) == STATUSES[type_]


@pytest.mark.parametrize("code", CODES)
def test_l20_the_code_serves_where_there_is_no_type(code: str) -> None:
    assert meaning(answer(told(None, code))) == CODES[code]


def test_l20_of_several_errors_the_gravest_decides() -> None:
    assert meaning(answer(told("invalid input"), told("ratelimited"), told("internal error"))) == 429
    assert meaning(answer(told("invalid input"), told("authentication error"))) == 401
    assert meaning(answer(told(message="Entity not found: Issue"), told("invalid input"))) == 400
    assert set(STATUSES.values()) | set(CODES.values()) <= set(GRAVEST)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (Answer(200, {}, b'{"data":{}}'), 200),
        (Answer(200, {}, b'{"data":{"title":"\\"errors\\""}}'), 200),
        (Answer(200, {}, b'{"errors":[]}'), 200),
        (Answer(200, {}, b'{"errors":'), 200),
        (Answer(400, {}, b"nonsense"), 400),
        (Answer(503, {}, b'{"errors":[{"extensions":{"type":"forbidden"}}]}'), 503),
        (answer({"message": "?"}), 500),
        (answer({"message": "?"}, status=400), 400),
        (Answer(200, {}, b'{"errors":["odd"]}'), 500),
    ],
)
def test_an_answer_without_known_errors_means_what_its_status_says(given: Answer, wanted: int) -> None:
    assert meaning(given) == wanted


@pytest.mark.parametrize(
    ("one", "wanted"),
    [
        (told("invalid input", "INPUT_ERROR", "Entity not found: Issue"), NotFound),
        (told("forbidden"), AccessDenied),
        (told("user error"), Invalid),
        (told("usage limit exceeded", message="250 issues"), Invalid),
        (told("graphql error", "GRAPHQL_VALIDATION_FAILED"), ProtocolError),
        (told(), Invalid),
    ],
)
def test_l20_what_a_refusal_means(one: dict[str, Any], wanted: type[VendorError]) -> None:
    assert type(error_of([one])) is wanted


def test_l20_people_read_what_is_meant_for_them_and_the_argument_is_named() -> None:
    refusal = error_of(
        [
            {
                "message": "Argument Validation Error",
                "extensions": {
                    "userPresentableMessage": "estimate must not be less than 0.",
                    "validationErrors": [{"property": "estimate", "constraints": {"min": "…"}}],
                },
            }
        ]
    )
    assert isinstance(refusal, Invalid)
    assert (refusal.field, refusal.message) == ("estimate", "Linear: estimate must not be less than 0.")


@pytest.mark.parametrize("type_", ["lock timeout", "internal error", "network error", "bootstrap error"])
def test_l20_what_may_pass_is_asked_again(connect: Connect, world: World, wire: Wire, type_: str) -> None:
    world.issue()
    failures = [error("later", type=type_, code="X", status=200)] * 2
    wire.before = lambda request: failures.pop() if failures else None
    assert pull(connect())[-1].last
    assert not failures


@pytest.mark.parametrize(
    ("type_", "wanted"),
    [("forbidden", AccessDenied), ("invalid input", Invalid), ("authentication error", AuthError)],
)
def test_l20_what_stays_so_is_asked_once(
    connect: Connect, world: World, wire: Wire, type_: str, wanted: type[VendorError]
) -> None:
    wire.before = lambda request: error("no", type=type_, code="X", status=200)
    with pytest.raises(wanted):
        pull(connect())
    assert len(wire.sent) == 1


def test_a_write_whose_answer_is_an_internal_error_is_in_doubt_and_not_repeated(
    connect: Connect, world: World, wire: Wire
) -> None:
    issue = world.issue()
    linear = connect(access="write")
    linear.check()

    def fail(request: SimRequest) -> SimResponse | None:
        wanted = b"commentCreate" in request.body
        return error("oops", type="internal error", code="X", status=200) if wanted else None

    wire.before = fail
    draft = CommentDraft(
        Ref(world.site.organization.id, Kind.ISSUE, issue.id), Text(format=TextFormat.MARKDOWN, source="x")
    )
    with pytest.raises(InDoubt):
        linear.add_comment(draft, NOWHERE)
    assert wire.names().count("Comment") == 1


# ---- limits --------------------------------------------------------------------------------------------------------


def test_l21_a_rate_limit_told_as_400_is_waited_for(connect: Connect, world: World, wire: Wire) -> None:
    world.issue()
    failures = [error("Rate limit exceeded.", type="ratelimited", code="RATELIMITED", after=7)]
    wire.before = lambda request: failures.pop() if failures else None
    before = world.clock.now()
    assert pull(connect())[-1].last
    assert 7 <= (world.clock.now() - before).total_seconds() <= 9


def test_l21_a_limited_write_was_not_executed_and_is_sent_again(
    connect: Connect, world: World, wire: Wire
) -> None:
    issue = world.issue()
    linear = connect(access="write")
    ref = Ref(linear.check().site, Kind.ISSUE, issue.id)
    failures = [error("Rate limit exceeded.", type="ratelimited", code="RATELIMITED", after=1)]
    wire.before = lambda request: failures.pop() if failures and b"mutation" in request.body else None
    assert linear.update(ref, {"title": Set("written")}, {}).applied == {"title"}
    assert issue.title == "written"


def test_l24_a_limit_that_resets_in_an_hour_ends_the_walk_and_says_until_when(
    connect: Connect, world: World
) -> None:
    """Resets are epoch milliseconds, and there are several of them."""
    for number in range(20):
        world.issue(f"issue {number}")
    world.site.set_quirks(page_cap=(5, 5))
    world.site.limits.shrink(requests=2)
    with pytest.raises(RateLimited, match="it asks to wait until") as raised:
        pull(connect())
    assert raised.value.after == pytest.approx(3600, abs=5)


def test_l22_the_vendors_bucket_never_overflows_by_us(connect: Connect, world: World) -> None:
    """All keys of a person share one: we keep a fifth below."""
    bucket = Linear.capabilities.buckets[0]
    allowed = world.site.limits.keys.requests
    assert bucket.rate * 3600 <= allowed
    assert bucket.burst <= allowed * 0.8


def test_l23_dear_queries_take_more_permits(connect: Connect, world: World, wire: Wire) -> None:
    """2,500 requests and, of an application, 2,000,000 points an hour: 800 points to a request."""
    world.issue()
    linear = connect()
    linear.check()
    pull(linear)
    points = {
        name: int(one.header("X-Complexity") or 0)
        for name, one in zip(wire.names(), wire.answers, strict=True)
    }
    assert points["Changes"] > 5000
    assert linear._api._costs[CHANGES] == pytest.approx(points["Changes"] / 800)
    assert linear._api._costs[ME] == 1
    assert USUAL_COST[CHANGES] * 800 >= points["Changes"] * 0.8, "the first one is no surprise"


def test_a_reading_connection_refuses_every_mutation_before_it_is_sent(
    connect: Connect, world: World, wire: Wire
) -> None:
    linear = connect()
    linear.check()
    sent = len(wire.sent)
    with pytest.raises(ReadOnly):
        linear._api.write(ADD_COMMENT, input={"issueId": NOWHERE, "body": "x"})
    with pytest.raises(ReadOnly):
        linear._api.ask(ADD_COMMENT, input={})
    assert len(wire.sent) == sent


def test_lost_credentials_in_mid_walk_are_told(connect: Connect, world: World) -> None:
    for number in range(20):
        world.issue(f"issue {number}")
    world.site.set_quirks(page_cap=(5, 5))
    linear = connect()
    walk = linear.pull(stream(linear), Cursor())
    next(walk)
    world.site.revoke(world.key)
    with pytest.raises(AuthError):
        next(walk)


def test_a_network_that_is_down_is_no_answer(connect: Connect, wire: Wire) -> None:
    wire.before = lambda request: SimResponse(
        502, [("Content-Type", "text/html")], b"<html>Bad gateway</html>"
    )
    with pytest.raises(TransientError):
        connect().check()
