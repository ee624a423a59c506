"""The feeds of actions of the simulated Trello, and what happened that they tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.simulator.trello import Trello

from syncline.sim import SimClock

FEED = "/boards/{id}/actions?limit=1000"


@pytest.fixture
def trello(clock: SimClock) -> Trello:
    return Trello(clock, calm=True)


def newest(trello: Trello, target: str = "") -> Any:
    return trello.get(target or f"/boards/{trello.board.id}/actions?limit=1")[0]


def test_a_past_that_was_acted_out_is_told_truly(trello: Trello) -> None:
    begun = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
    card = trello.site.create_card(trello.todo, "Old", by=trello.ben, at=begun)
    trello.site.move(card, trello.done, by=trello.ada, at=begun + timedelta(days=2))
    told = trello.get(f"/cards/{card.id}/actions?filter=all")
    assert [(a["type"], a["date"], a["idMemberCreator"]) for a in told] == [
        ("updateCard", "2026-01-07T08:00:00.000Z", trello.ada.id),
        ("createCard", "2026-01-05T08:00:00.000Z", trello.ben.id),
    ]
    assert trello.get(f"/cards/{card.id}")["dateLastActivity"] == "2026-01-07T08:00:00.000Z"


def test_a_move_names_both_lists_and_an_edit_the_old_value(trello: Trello) -> None:
    card = trello.card("Old name")
    trello.site.move(card, trello.done)
    moved = newest(trello)["data"]
    assert moved["old"] == {"idList": trello.todo.id}
    assert moved["listBefore"] == {"id": trello.todo.id, "name": "To do"}
    assert moved["listAfter"] == {"id": trello.done.id, "name": "Done"}
    assert moved["card"]["idList"] == trello.done.id
    trello.site.edit(card, name="New name", at=trello.clock.now() + timedelta(seconds=1))
    edited = newest(trello)["data"]
    assert (edited["old"], edited["card"]["name"]) == ({"name": "Old name"}, "New name")


def test_each_changed_field_is_an_action_and_no_change_is_none(trello: Trello) -> None:
    card = trello.card("Same")
    before = len(trello.feed())
    trello.site.edit(card, name="Same", desc="")
    assert len(trello.feed()) == before
    trello.site.edit(card, name="Other", desc="More", closed=True)
    assert trello.feed()[: len(trello.feed()) - before] == ["updateCard"] * 3


def test_the_newest_fifty_come_unless_more_are_asked_for(trello: Trello) -> None:
    card = trello.card()
    for number in range(70):
        trello.site.comment(card, f"comment {number}", at=trello.clock.now() + timedelta(seconds=number))
    usual = trello.get(f"/boards/{trello.board.id}/actions")
    assert len(usual) == 50
    assert usual[0]["data"]["text"] == "comment 69"
    assert len(trello.feed()) == 74
    assert trello.ask("GET", f"/boards/{trello.board.id}/actions?limit=1001").status == 400


def test_types_and_fields_are_chosen(trello: Trello) -> None:
    card = trello.card()
    trello.site.move(card, trello.done)
    trello.site.edit(card, name="Other")
    trello.site.comment(card, "Hello")

    def types(kinds: str) -> list[str]:
        return trello.feed(f"/boards/{trello.board.id}/actions?filter={kinds}")

    assert types("commentCard,createCard") == ["commentCard", "createCard"]
    moves = trello.get(f"/boards/{trello.board.id}/actions?filter=updateCard:idList")
    assert [action["data"]["old"] for action in moves] == [{"idList": trello.todo.id}]
    only = trello.get(f"/boards/{trello.board.id}/actions?fields=type&memberCreator=false&limit=1")
    assert set(only[0]) == {"id", "type"}
    assert trello.get(f"/boards/{trello.board.id}/actions?format=count&limit=1000") == {"_value": 7}


@pytest.mark.parametrize("inclusive", [True, False])
def test_whether_a_boundary_is_told_is_a_switch(trello: Trello, inclusive: bool) -> None:
    trello.site.set_quirks(inclusive=inclusive)
    card = trello.card()
    made = [
        trello.site.comment(card, str(n), at=trello.clock.now() + timedelta(seconds=n)) for n in (1, 2, 3)
    ]
    base = f"/boards/{trello.board.id}/actions?filter=commentCard"

    def texts(more: str) -> list[str]:
        return [action["data"]["text"] for action in trello.get(base + more)]

    edge = ["2"] if inclusive else []
    when = trello.site.actions[made[1].id].date.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert texts(f"&since={made[1].id}") == texts(f"&since={when}") == ["3", *edge]
    assert texts(f"&before={made[1].id}") == texts(f"&before={when}") == [*edge, "1"]


def test_a_card_does_not_tell_all_that_its_board_tells(trello: Trello) -> None:
    card = trello.card()
    trello.site.assign(card, trello.ben)
    trello.site.comment(card, "Hello")
    assert "addMemberToCard" in trello.feed()
    assert trello.feed(f"/cards/{card.id}/actions?filter=all") == ["commentCard", "createCard"]
    assert trello.feed(f"/cards/{card.id}/actions") == ["commentCard"]


def test_what_no_recorded_feed_holds_is_told_to_webhooks_only(trello: Trello) -> None:
    card = trello.card()
    label = trello.site.add_label(trello.board, "bug", "red")
    before, activity = trello.feed(), card.activity
    trello.clock.advance(5)
    trello.site.label(card, label)
    comment = trello.site.comment(card, "Hello")
    trello.site.edit_comment(comment, "Hello again")
    assert trello.feed() == ["commentCard", *before]
    sent = [action.type for action in trello.site.sent[-3:]]
    assert sent == ["addLabelToCard", "commentCard", "updateComment"]
    assert card.activity > activity


def test_an_edited_comment_keeps_its_action(trello: Trello, clock: SimClock) -> None:
    card = trello.card()
    comment = trello.site.comment(card, "Hello", by=trello.ben)
    clock.advance(60)
    trello.site.edit_comment(comment, "Hello again")
    told = newest(trello)
    assert (told["id"], told["data"]["text"]) == (comment.id, "Hello again")
    assert told["date"] == "2026-03-02T09:00:01.000Z"
    assert told["data"]["dateLastEdited"] == "2026-03-02T09:01:01.000Z"
    trello.site.delete_comment(comment)
    assert comment.id not in [action["id"] for action in trello.get(f"/cards/{card.id}/actions")]


def test_a_deletion_is_all_that_is_left_of_a_card(trello: Trello) -> None:
    card, other = trello.card("Gone"), trello.card("Here")
    trello.site.comment(card, "Hello")
    trello.site.comment(other, "Hello")
    trello.site.delete(card)
    about = [
        a
        for a in trello.get(FEED.format(id=trello.board.id))
        if a["data"].get("card", {}).get("id") == card.id
    ]
    assert [action["type"] for action in about] == ["deleteCard"]
    assert "name" not in about[0]["data"]["card"]
    assert trello.ask("GET", f"/cards/{card.id}").status == 404
    assert trello.ask("GET", f"/cards/{card.short_link}").status == 404
    assert trello.get(f"/boards/{trello.board.id}/cards/all?fields=id") == [{"id": other.id}]


def test_a_card_that_changes_boards(trello: Trello) -> None:
    site = trello.site
    target = site.add_board("Other", members=[trello.ada])
    list_ = site.add_list(target, "Inbox")
    site.create_card(list_, "First there")
    bug, twin = site.add_label(trello.board, "bug", "red"), site.add_label(target, "bug", "red")
    alone = site.add_label(trello.board, "alone", "blue")
    card = trello.card(labels=[bug, alone], members=[trello.ada, trello.ben])
    field = site.add_custom_field(trello.board, "Points", "number")
    site.set_field(card, field, 3)
    link, number = card.short_link, card.number
    site.move(card, list_)
    shown = trello.get(f"/cards/{link}?customFieldItems=true")
    assert (shown["id"], shown["idBoard"], shown["idList"]) == (card.id, target.id, list_.id)
    assert (number, shown["idShort"]) == (1, 2)
    assert (shown["idLabels"], shown["idMembers"], shown["customFieldItems"]) == (
        [twin.id],
        [trello.ada.id],
        [],
    )
    assert trello.feed()[0] == "moveCardFromBoard"
    told = trello.get(f"/boards/{target.id}/actions?limit=1")[0]
    assert (told["type"], told["data"]["boardSource"]["id"]) == ("moveCardToBoard", trello.board.id)


def test_a_list_says_nothing_in_its_cards(trello: Trello, clock: SimClock) -> None:
    card = trello.card()
    activity = card.activity
    clock.advance(60)
    trello.site.edit_list(trello.todo, name="Backlog", closed=True)
    assert card.activity == activity
    assert trello.feed()[:2] == ["updateList", "updateList"]
    assert trello.feed(f"/lists/{trello.todo.id}/actions")[:2] == ["updateList", "updateList"]


def test_a_list_that_changes_boards_takes_its_cards(trello: Trello) -> None:
    target = trello.site.add_board("Other", members=[trello.ada])
    card = trello.card()
    trello.site.move_list(trello.todo, target)
    assert trello.get(f"/cards/{card.id}")["idBoard"] == target.id
    assert trello.feed()[0] == "moveListFromBoard"
    assert trello.feed(f"/boards/{target.id}/actions")[0] == "moveListToBoard"


def test_the_app_is_told_of_what_a_program_did(trello: Trello) -> None:
    card = trello.card()
    trello.ask(
        "PUT", f"/cards/{card.id}", {"name": "Other"}, headers=[("X-Trello-Client-Identifier", "syncline-a")]
    )
    told = newest(trello)
    assert told["appCreator"] == {"id": trello.site.credentials.keys[trello.token.key]}
    assert trello.site.sent[-1].client == "syncline-a"
    trello.site.edit(card, name="By hand")
    assert newest(trello)["appCreator"] is None


def test_a_late_feed_is_a_switch(trello: Trello, clock: SimClock) -> None:
    trello.site.set_quirks(lag=30.0)
    card = trello.card()
    trello.site.comment(card, "Late")
    assert "commentCard" not in trello.feed()
    clock.advance(30)
    assert "commentCard" in trello.feed()


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 1000),
    limit=st.integers(2, 9),
    inclusive=st.booleans(),
    steps=st.lists(st.integers(0, 1500), min_size=1, max_size=40),
)
def test_paging_back_by_id_misses_nothing(seed: int, limit: int, inclusive: bool, steps: list[int]) -> None:
    """Also where ids of one second have no order; a boundary told twice is the same action."""
    clock = SimClock()
    trello = Trello(clock, calm=False, seed=seed)
    trello.site.set_quirks(inclusive=inclusive, bot=0.0)
    trello.site.limits.enabled = False
    card = trello.card()
    for number, milliseconds in enumerate(steps):
        clock.advance(milliseconds / 1000)
        trello.site.comment(card, str(number))
    seen: list[str] = []
    before = ""
    while page := trello.get(f"/boards/{trello.board.id}/actions?limit={limit}{before}"):
        fresh = [action["id"] for action in page if action["id"] not in seen]
        seen += fresh
        if len(page) < limit:
            break
        before = f"&before={page[-1]['id']}"
    assert set(seen) == {action.id for action in trello.site.actions_of(trello.board)}
    dates = [trello.site.actions[id_].date for id_ in seen]
    assert dates == sorted(dates, reverse=True)


def test_somebody_works_between_pages(clock: SimClock) -> None:
    trello = Trello(clock, calm=False)
    for number in range(5):
        trello.card(f"card {number}")
    for _ in range(60):
        trello.get(f"/boards/{trello.board.id}/cards/all?limit=2&fields=id")
    assert len(trello.site.bot.did) == trello.site.quirks.bot_budget
    trello.site.be_calm()
    did = len(trello.site.bot.did)
    trello.get(f"/boards/{trello.board.id}/cards/all")
    assert len(trello.site.bot.did) == did


def test_an_account_that_is_gone_leaves_its_id(trello: Trello) -> None:
    card = trello.card(members=[trello.ben])
    trello.site.comment(card, "Hello", by=trello.ben)
    trello.site.delete_account(trello.ben)
    told = newest(trello)
    assert told["idMemberCreator"] == trello.ben.id
    assert "memberCreator" not in told
    assert trello.get(f"/cards/{card.id}")["idMembers"] == []


def test_an_item_becomes_a_card(trello: Trello) -> None:
    checklist = trello.site.add_checklist(trello.card("Source"), "Steps")
    item = trello.site.add_item(checklist, "one")
    trello.clock.advance(1)
    made = trello.site.convert(checklist, item)
    told = newest(trello)
    assert (told["type"], told["data"]["card"]["id"]) == ("convertToCardFromCheckItem", made.id)
    assert told["data"]["cardSource"]["name"] == "Source"
    assert checklist.items == []


def test_a_comment_is_edited_where_its_card_is_now(trello: Trello) -> None:
    target = trello.site.add_board("Other", members=[trello.ada])
    card = trello.card()
    comment = trello.site.comment(card, "Hello", by=trello.ada)
    trello.site.move(card, trello.site.add_list(target, "Inbox"))
    trello.site.leave(trello.board, trello.ada)
    assert trello.write("PUT", f"/actions/{comment.id}", {"text": "Hello again"})["id"] == comment.id
    assert [action["id"] for action in trello.get(f"/cards/{card.id}/actions")] == [comment.id]


def test_pages_by_number_end_before_a_thousand(trello: Trello) -> None:
    card = trello.card()
    for number in range(25):
        trello.site.comment(card, str(number), at=trello.clock.now() + timedelta(seconds=number))
    path = f"/boards/{trello.board.id}/actions?filter=commentCard&limit=10"
    third = trello.get(f"{path}&page=2")
    assert [action["data"]["text"] for action in third] == ["4", "3", "2", "1", "0"]
    assert trello.ask("GET", f"{path}&page=100").status == 400


def test_actions_of_some_models_and_of_a_person(trello: Trello) -> None:
    one, two = trello.card("one"), trello.card("two", by=trello.ben)
    path = f"/boards/{trello.board.id}/actions"
    assert [a["data"]["card"]["id"] for a in trello.get(f"{path}?idModels={one.id}")] == [one.id]
    both = trello.get(f"{path}?idModels={one.id},{two.id}&memberCreator_fields=username")
    assert [action["memberCreator"]["username"] for action in both] == ["benexample", "adaexample"]
    assert all(set(action["memberCreator"]) == {"id", "username"} for action in both)
    bens = trello.get(f"/members/{trello.ben.id}/actions")
    assert [action["type"] for action in bens] == ["createCard"]
    assert trello.get(f"/actions/{bens[0]['id']}/card")["name"] == "two"
    assert trello.get(f"/actions/{bens[0]['id']}/board")["name"] == "Product"


def test_the_id_of_an_action_that_is_gone_is_a_good_boundary(trello: Trello) -> None:
    """Also within its second: what was told before it is told after it."""
    card = trello.card()
    made = []
    for number in range(3):
        trello.clock.advance(0.1)
        made.append(trello.site.comment(card, str(number)))
    trello.site.delete_comment(made[1])
    older = trello.get(f"/cards/{card.id}/actions?before={made[1].id}")
    assert [action["id"] for action in older] == [made[0].id]
