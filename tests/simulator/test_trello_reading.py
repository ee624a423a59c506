"""What the simulated Trello answers to those who read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from tests.simulator.trello import Trello, oauth, refused, said

from syncline.sim import SimClock, SimRequest
from syncline.sim.server import serve
from syncline_connectors.trello.simulator import KEY

NOT_FOUND = "The requested resource was not found."
SOME_ID = "0" * 24


@pytest.fixture
def trello(clock: SimClock) -> Trello:
    return Trello(clock, calm=True)


# ---- who -------------------------------------------------------------------------------------------------------------


def test_a_member_is_told_who_they_are(trello: Trello) -> None:
    me = trello.get("/members/me")
    assert (me["id"], me["username"], me["email"]) == (trello.ada.id, "adaexample", "ada@example.com")
    assert me["idBoards"] == [trello.board.id]


def test_of_others_no_mail_address_is_told(trello: Trello) -> None:
    assert "email" not in trello.get(f"/members/{trello.ada.id}", by="ben-token")


def test_key_and_token_may_stand_in_the_query(trello: Trello) -> None:
    asked = SimRequest.of("GET", f"/1/members/me?fields=username&key={KEY}&token=ben-token")
    assert said(trello.site(asked)) == {"id": trello.ben.id, "username": "benexample"}


def test_a_token_of_oauth_2_is_a_bearer(trello: Trello) -> None:
    trello.site.add_token(trello.cleo, "modern", oauth2=True)
    asked = SimRequest.of("GET", "/1/members/me", headers=[("Authorization", "Bearer modern")])
    assert said(trello.site(asked))["id"] == trello.cleo.id
    wrong = SimRequest.of("GET", "/1/members/me", headers=[("Authorization", "Bearer ada-token")])
    assert refused(trello.site(wrong), 401) == "invalid token"


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (oauth("nobody"), "invalid token"),
        (oauth("ada-token", "f" * 32), "invalid key"),
        (oauth(""), "unauthorized permission requested"),
        (("X-Nothing", ""), "unauthorized permission requested"),
    ],
)
def test_bad_credentials_are_refused_in_plain_text(
    trello: Trello, header: tuple[str, str], message: str
) -> None:
    response = trello.site(SimRequest.of("GET", "/1/members/me", headers=[header]))
    assert refused(response, 401) == message


def test_a_token_works_only_with_the_key_that_made_it(trello: Trello) -> None:
    other = "e" * 32
    trello.site.add_token(trello.ada, "second", key=other)
    crossed = SimRequest.of("GET", "/1/members/me", headers=[oauth("ada-token", other)])
    assert refused(trello.site(crossed), 401) == "invalid token"


def test_a_revoked_and_an_expired_token_are_refused(trello: Trello, clock: SimClock) -> None:
    trello.site.add_token(trello.ada, "brief", expires=clock.now() + timedelta(hours=1))
    assert trello.ask("GET", "/members/me", by="brief").status == 200
    clock.advance(3600)
    assert trello.ask("GET", "/members/me", by="brief").status == 401
    trello.site.revoke(trello.token)
    assert refused(trello.ask("GET", "/members/me"), 401) == "invalid token"


def test_what_one_may_not_see_is_refused_and_not_hidden(trello: Trello) -> None:
    card = trello.card()
    board = trello.ask("GET", f"/boards/{trello.board.id}", by="cleo-token")
    assert refused(board, 401) == "unauthorized permission requested"
    assert refused(trello.ask("GET", f"/cards/{card.id}", by="cleo-token"), 401) == (
        "unauthorized card permission requested"
    )
    assert trello.get("/members/me/boards", by="cleo-token") == []


def test_a_public_board_is_read_without_a_person(trello: Trello) -> None:
    board = trello.site.add_board("Open", members=[trello.ada], public=True)
    asked = SimRequest.of("GET", f"/1/boards/{board.id}?key={KEY}")
    assert said(trello.site(asked))["name"] == "Open"


def test_a_token_for_some_boards_sees_those(trello: Trello) -> None:
    other = trello.site.add_board("Other", members=[trello.ada])
    trello.site.add_token(trello.ada, "narrow", boards=[other])
    assert [board["name"] for board in trello.get("/members/me/boards", by="narrow")] == ["Other"]
    assert trello.ask("GET", f"/boards/{trello.board.id}", by="narrow").status == 401


# ---- ids -------------------------------------------------------------------------------------------------------------


def test_an_id_begins_with_the_second_of_its_creation(trello: Trello) -> None:
    when = datetime(2026, 1, 5, 8, 30, tzinfo=UTC)
    card = trello.site.create_card(trello.todo, "Old", at=when)
    assert len(card.id) == 24
    assert datetime.fromtimestamp(int(card.id[:8], 16), UTC) == when


def test_cards_and_boards_are_found_by_short_link_too(trello: Trello) -> None:
    card = trello.card()
    assert trello.get(f"/cards/{card.short_link}")["id"] == card.id
    assert trello.get(f"/boards/{trello.board.short_link}")["id"] == trello.board.id


@pytest.mark.parametrize("kind", ["cards", "boards", "lists", "labels", "checklists", "actions"])
def test_a_malformed_id_is_400_and_an_unknown_one_404(trello: Trello, kind: str) -> None:
    assert refused(trello.ask("GET", f"/{kind}/not-an-id"), 400) == "invalid id"
    assert refused(trello.ask("GET", f"/{kind}/{SOME_ID}"), 404) == NOT_FOUND


# ---- cards -----------------------------------------------------------------------------------------------------------


def test_filters_tell_open_cards_from_visible_ones(trello: Trello) -> None:
    """A card in an archived list keeps ``closed: false``."""
    plain, archived, inside = trello.card("plain"), trello.card("archived"), trello.card("x", in_=trello.done)
    trello.site.archive(archived)
    trello.site.edit_list(trello.done, closed=True)

    def ids(kind: str) -> set[str]:
        return {card["id"] for card in trello.get(f"/boards/{trello.board.id}/cards/{kind}")}

    assert ids("all") == {plain.id, archived.id, inside.id}
    assert ids("open") == {plain.id, inside.id}
    assert ids("visible") == {plain.id}
    assert ids("closed") == {archived.id}
    assert ids("none") == set()
    assert trello.get(f"/cards/{inside.id}")["closed"] is False
    usual = {card["id"] for card in trello.get(f"/boards/{trello.board.id}/cards")}
    assert usual == ids("visible")
    assert trello.ask("GET", f"/boards/{trello.board.id}/cards/some").status == 400


def test_pages_of_cards_go_from_the_newest_back(trello: Trello) -> None:
    made = [trello.card(f"card {number}").id for number in range(7)]
    seen: list[str] = []
    before = ""
    while page := trello.get(f"/boards/{trello.board.id}/cards/all?limit=3&fields=name{before}"):
        assert len(page) <= 3
        assert all(set(card) == {"id", "name"} for card in page)
        seen += [card["id"] for card in page]
        before = f"&before={page[-1]['id']}"
    assert seen == made[::-1]


def test_the_boundary_of_a_page_may_be_told_twice(trello: Trello) -> None:
    cards = [trello.card(f"card {number}").id for number in range(3)]
    path = f"/boards/{trello.board.id}/cards/all?fields=id&before={cards[1]}"
    assert [card["id"] for card in trello.get(path)] == [cards[0]]
    trello.site.set_quirks(inclusive=True)
    assert [card["id"] for card in trello.get(path)] == [cards[1], cards[0]]


@pytest.mark.parametrize("limit", ["0x", "1001", "-1"])
def test_a_limit_over_a_thousand_is_refused(trello: Trello, limit: str) -> None:
    path = f"/boards/{trello.board.id}/cards/all?limit={limit}"
    assert refused(trello.ask("GET", path), 400) == "invalid value for limit"


def test_cards_since_a_time_are_those_made_since(trello: Trello, clock: SimClock) -> None:
    trello.card("before")
    clock.advance(60)
    since = clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    later = trello.card("after")
    found = trello.get(f"/boards/{trello.board.id}/cards/all?since={since}")
    assert [card["id"] for card in found] == [later.id]


def test_a_card_brings_what_was_asked_for(trello: Trello) -> None:
    site, board = trello.site, trello.board
    label = site.add_label(board, "", None)
    card = trello.card(labels=[label], members=[trello.ben])
    site.attach(card, "https://example.com/a", name="A")
    checklist = site.add_checklist(card, "Steps")
    site.add_item(checklist, "one", complete=True)
    field = site.add_custom_field(board, "Points", "number")
    site.set_field(card, field, 3)
    path = f"/boards/{board.id}/cards/all?attachments=true&checklists=all&customFieldItems=true&members=true"
    shown = trello.get(path)[0]
    assert shown["labels"] == [{"id": label.id, "idBoard": board.id, "name": "", "color": None}]
    assert [attachment["url"] for attachment in shown["attachments"]] == ["https://example.com/a"]
    assert [item["state"] for item in shown["checklists"][0]["checkItems"]] == ["complete"]
    assert shown["customFieldItems"][0]["value"] == {"number": "3"}
    assert [member["id"] for member in shown["members"]] == [trello.ben.id]
    assert (shown["badges"]["checkItemsChecked"], shown["badges"]["attachments"]) == (1, 1)
    plain = trello.get(f"/boards/{board.id}/cards/all")[0]
    assert not {"attachments", "checklists", "customFieldItems", "members"} & set(plain)


def test_an_unknown_field_is_refused(trello: Trello) -> None:
    card = trello.card()
    assert (
        refused(trello.ask("GET", f"/cards/{card.id}?fields=name,nonsense"), 400)
        == "invalid value for fields"
    )


def test_values_are_hidden_while_the_power_up_is_off(trello: Trello) -> None:
    card = trello.card()
    field = trello.site.add_custom_field(trello.board, "Points", "number")
    trello.site.set_field(card, field, 3)
    trello.board.fields_on = False
    assert trello.get(f"/boards/{trello.board.id}/customFields") == []
    assert trello.get(f"/cards/{card.id}?customFieldItems=true")["customFieldItems"] == []


def test_one_field_of_a_card_by_itself(trello: Trello) -> None:
    card = trello.card("By itself")
    assert trello.get(f"/cards/{card.id}/name") == {"_value": "By itself"}
    assert trello.get(f"/cards/{card.id}/idLabels") == []


# ---- boards ----------------------------------------------------------------------------------------------------------


def test_lists_are_open_ones_unless_filtered(trello: Trello) -> None:
    trello.site.edit_list(trello.done, closed=True)

    def names(more: str) -> list[str]:
        return [list_["name"] for list_ in trello.get(f"/boards/{trello.board.id}/lists{more}")]

    assert names("") == ["To do"]
    assert names("?filter=all") == names("/all") == ["To do", "Done"]
    assert names("/closed") == ["Done"]


def test_labels_are_fifty_unless_more_are_asked_for(trello: Trello) -> None:
    for number in range(60):
        trello.site.add_label(trello.board, f"label {number}")
    assert len(trello.get(f"/boards/{trello.board.id}/labels")) == 50
    assert len(trello.get(f"/boards/{trello.board.id}/labels?limit=1000")) == 60


def test_a_closed_board_is_listed_with_the_others(trello: Trello) -> None:
    trello.site.edit_board(trello.board, closed=True)
    assert [board["closed"] for board in trello.get("/members/me/boards")] == [True]
    assert trello.get("/members/me/boards?filter=open") == []


def test_a_board_brings_what_was_asked_for(trello: Trello) -> None:
    trello.card()
    trello.site.add_custom_field(trello.board, "Kind", "list", options=["New", "Old"])
    more = "cards=all&card_fields=name&lists=all&labels=all&members=all&customFields=true&actions=all"
    board = trello.get(f"/boards/{trello.board.id}?fields=name&{more}")
    assert [set(card) for card in board["cards"]] == [{"id", "name"}]
    assert [option["value"] for option in board["customFields"][0]["options"]] == [
        {"text": "New"},
        {"text": "Old"},
    ]
    assert [member["username"] for member in board["members"]] == ["adaexample", "benexample"]
    assert len(board["lists"]) == 2
    assert board["actions"][0]["type"] == "createCustomField"


def test_a_greedy_request_is_refused(trello: Trello) -> None:
    for number in range(12):
        trello.card(f"card {number}")
    trello.site.set_quirks(greedy_cards=10)
    response = trello.ask("GET", f"/boards/{trello.board.id}?cards=all&card_attachments=true")
    assert response.status == 429
    assert response.json()["error"] == "API_TOO_MANY_CARDS_REQUESTED"
    assert len(trello.get(f"/boards/{trello.board.id}/cards/all?limit=10&attachments=true")) == 10


def test_limits_say_how_near_the_cap_is(trello: Trello) -> None:
    trello.site.caps["cards.openPerBoard"] = 5
    for number in range(4):
        trello.card(f"card {number}")
    limits = trello.get(f"/boards/{trello.board.id}?fields=limits")["limits"]
    assert limits["cards"]["openPerBoard"] == {"status": "warn", "disableAt": 5, "warnAt": 4, "count": 4}
    assert limits["labels"]["perBoard"] == {"status": "ok", "disableAt": 1000, "warnAt": 800}


# ---- batches ---------------------------------------------------------------------------------------------------------


def test_a_batch_wraps_each_answer(trello: Trello) -> None:
    card = trello.card()
    urls = f"/boards/{trello.board.id}?fields=name,/cards/{card.id}?fields=name%252Cdesc,/cards/{SOME_ID}"
    first, second, third = trello.get(f"/batch?urls={urls}")
    assert first == {"200": {"id": trello.board.id, "name": "Product"}}
    assert set(second["200"]) == {"id", "name", "desc"}
    assert (third["statusCode"], third["message"]) == (404, NOT_FOUND)


def test_a_batch_holds_ten_at_most(trello: Trello) -> None:
    assert trello.ask("GET", "/batch?urls=" + ",".join(["/members/me"] * 11)).status == 400


def test_each_of_a_batch_counts(trello: Trello) -> None:
    trello.site.limits.per_token = 5
    answers = trello.get("/batch?urls=" + ",".join([f"/boards/{trello.board.id}"] * 8))
    assert [answer.get("statusCode", 200) for answer in answers] == [200] * 5 + [429] * 3


def test_one_field_of_a_board_by_itself(trello: Trello) -> None:
    assert trello.get(f"/boards/{trello.board.id}/name") == {"_value": "Product"}
    assert trello.get(f"/boards/{trello.board.id}/limits")["lists"]["openPerBoard"]["status"] == "ok"
    assert trello.ask("GET", f"/boards/{trello.board.id}/nonsense").status == 400


def test_boards_bring_their_lists(trello: Trello) -> None:
    board = trello.get("/members/me/boards?lists=all&fields=name")[0]
    assert [list_["name"] for list_ in board["lists"]] == ["To do", "Done"]


def test_it_is_served_over_http(trello: Trello) -> None:
    card = trello.card("Über HTTP")
    with serve(trello.site) as address:
        answer = httpx.get(
            f"{address}/1/cards/{card.id}", params={"fields": "name,desc"}, headers=[oauth("ada-token")]
        )
    assert answer.json() == {"id": card.id, "name": "Über HTTP", "desc": ""}
