"""How the simulated Trello counts requests."""

from __future__ import annotations

import pytest
from tests.simulator.trello import Trello, oauth

from syncline.sim import SimClock, SimRequest, SimResponse


@pytest.fixture
def trello(clock: SimClock) -> Trello:
    return Trello(clock, calm=True)


def ask(trello: Trello, times: int, *, by: str = "ada-token") -> list[int]:
    return [trello.ask("GET", f"/boards/{trello.board.id}?fields=name", by=by).status for _ in range(times)]


def error(response: SimResponse) -> str:
    assert response.status == 429
    assert response.header("Retry-After") is None
    document = response.json()
    assert document["message"] == "Rate limit exceeded"
    return str(document["error"])


def test_a_token_has_a_hundred_in_ten_seconds(trello: Trello, clock: SimClock) -> None:
    assert ask(trello, 100) == [200] * 100
    assert error(trello.ask("GET", f"/boards/{trello.board.id}")) == "API_TOKEN_LIMIT_EXCEEDED"
    assert ask(trello, 1, by="ben-token") == [200], "another token of the same key"
    clock.advance(10)
    assert ask(trello, 1) == [200]
    assert trello.site.limits.refused == {"API_TOKEN_LIMIT_EXCEEDED": 1}


def test_a_key_has_three_hundred(trello: Trello) -> None:
    tokens = [f"token-{number}" for number in range(4)]
    for token in tokens:
        trello.site.add_token(trello.ada, token)
    for token in tokens[:3]:
        assert ask(trello, 100, by=token) == [200] * 100
    response = trello.ask("GET", f"/boards/{trello.board.id}", by=tokens[3])
    assert error(response) == "API_KEY_LIMIT_EXCEEDED"


def test_members_have_a_hundred_in_a_quarter_of_an_hour(trello: Trello, clock: SimClock) -> None:
    for _ in range(100):
        assert trello.ask("GET", "/members/me?fields=id").status == 200
        clock.advance(1)
    assert error(trello.ask("GET", "/members/me")) == "MEMBER_LIMIT_EXCEEDED"
    assert ask(trello, 1) == [200]
    clock.advance(900)
    assert trello.ask("GET", "/members/me").status == 200


def test_who_does_not_stop_is_shut_out_with_all_tokens(trello: Trello, clock: SimClock) -> None:
    assert ask(trello, 100) == [200] * 100
    assert ask(trello, 201) == [429] * 201
    assert error(trello.ask("GET", f"/boards/{trello.board.id}", by="ben-token")) == "API_KEY_LIMIT_EXCEEDED"
    clock.advance(10)
    assert ask(trello, 1, by="ben-token") == [200]


def test_headers_count_down(trello: Trello) -> None:
    def left() -> tuple[str | None, str | None]:
        response = trello.ask("GET", f"/boards/{trello.board.id}")
        assert response.header("x-rate-limit-api-token-max") == "100"
        assert response.header("x-rate-limit-api-token-interval-ms") == "10000"
        return tuple(response.header(f"x-rate-limit-api-{kind}-remaining") for kind in ("token", "key"))  # type: ignore[return-value]

    assert [left(), left()] == [("99", "299"), ("98", "298")]


def test_a_refusal_writes_nothing(trello: Trello) -> None:
    card = trello.card("Before")
    trello.site.limits.per_token = 0
    assert trello.ask("PUT", f"/cards/{card.id}", {"name": "After"}).status == 429
    assert card.name == "Before"


def test_a_parameter_that_nobody_describes_is_noticed(trello: Trello) -> None:
    path = f"/boards/{trello.board.id}/cards/all"
    trello.get(f"{path}?fields=name&modifiedSince=yesterday")
    assert list(trello.site.unknown) == [("GET", "/boards/{id}/cards/{filter}", "modifiedSince")]
    trello.site.set_quirks(strict=True)
    assert trello.ask("GET", f"{path}?modifiedSince=yesterday").status == 400
    assert trello.ask("GET", f"{path}?fields=name").status == 200
    asked = SimRequest.of("GET", f"/1{path}?key={trello.token.key}", headers=[oauth("ada-token")])
    assert trello.site(asked).status == 200
