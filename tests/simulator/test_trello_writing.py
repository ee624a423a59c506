"""What the simulated Trello does for those who write."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from tests.simulator.trello import FORM, Trello, oauth, refused, said

from syncline.sim import SimClock, SimRequest

SOME_ID = "0" * 24


@pytest.fixture
def trello(clock: SimClock) -> Trello:
    return Trello(clock, calm=True)


# ---- cards -----------------------------------------------------------------------------------------------------------


def test_a_card_is_made_from_json_a_form_or_the_query(trello: Trello) -> None:
    given = {"idList": trello.todo.id, "name": "Größe & Farbe", "desc": "**a**\nb"}
    form = urlencode(given).encode()
    answers = [
        trello.ask("POST", "/cards", given),
        trello.ask("POST", "/cards", form, headers=[FORM]),
        trello.ask("POST", f"/cards?{urlencode(given)}"),
    ]
    cards = [said(answer) for answer in answers]
    assert [(card["name"], card["desc"], card["idList"]) for card in cards] == [
        (given["name"], given["desc"], given["idList"])
    ] * 3
    assert len({card["id"] for card in cards}) == 3, "nothing tells a second try from a second card"
    assert [card["idShort"] for card in cards] == [1, 2, 3]


def test_a_source_address_becomes_an_attachment(trello: Trello) -> None:
    given = {"idList": trello.todo.id, "name": "Marked", "urlSource": "https://example.com/syncline/1"}
    made = trello.write("POST", "/cards", given)
    assert [attachment["url"] for attachment in made["attachments"]] == ["https://example.com/syncline/1"]
    assert made["name"] == "Marked"
    shown = trello.get(f"/cards/{made['id']}?attachments=true")
    assert len(shown["attachments"]) == 1
    assert set(trello.feed()[:2]) == {"addAttachmentToCard", "createCard"}


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        ({"idList": None}, 400, "invalid value for idList"),
        ({"idList": "x"}, 400, "invalid id"),
        ({"idList": SOME_ID}, 404, "The requested resource was not found."),
        ({"desc": "x" * 16385}, 400, "invalid value for desc"),
        ({"name": "x" * 16385}, 400, "invalid value for name"),
        ({"idLabels": [SOME_ID]}, 400, "invalid value for idLabels"),
        ({"idMembers": [SOME_ID]}, 400, "invalid value for idMembers"),
        ({"due": "soon"}, 400, "invalid value for due"),
        ({"pos": "middle"}, 400, "invalid value for pos"),
        ({"dueComplete": "maybe"}, 400, "invalid value for dueComplete"),
        ({"urlSource": "nowhere"}, 400, "invalid value for urlSource"),
    ],
)
def test_a_card_that_cannot_be_made(trello: Trello, change: Any, status: int, message: str) -> None:
    given = {"idList": trello.todo.id, "name": "Card", **change}
    assert refused(trello.ask("POST", "/cards", given), status) == message
    if "urlSource" not in change:
        assert trello.get(f"/boards/{trello.board.id}/cards/all") == []


def test_a_long_text_just_fits(trello: Trello) -> None:
    given = {"idList": trello.todo.id, "name": "Card", "desc": "x" * 16384}
    assert len(trello.write("POST", "/cards", given)["desc"]) == 16384


def test_some_fields_of_a_card_are_changed(trello: Trello, clock: SimClock) -> None:
    card = trello.card("Before", desc="Stays")
    clock.advance(60)
    given = {"name": "After", "due": "2026-04-01T12:00:00Z", "dueComplete": True, "start": "2026-03-30"}
    changed = trello.write("PUT", f"/cards/{card.id}", given)
    assert (changed["name"], changed["desc"], changed["due"]) == (
        "After",
        "Stays",
        "2026-04-01T12:00:00.000Z",
    )
    assert (changed["dueComplete"], changed["start"]) == (True, "2026-03-30T00:00:00.000Z")
    assert changed["dateLastActivity"] == "2026-03-02T09:01:01.000Z"
    assert trello.write("PUT", f"/cards/{card.id}", {"due": None})["due"] is None
    assert trello.write("PUT", f"/cards/{card.id}?due=null")["due"] is None


def test_an_empty_name_is_refused_and_nothing_is_changed(trello: Trello) -> None:
    card = trello.card("Before")
    assert refused(trello.ask("PUT", f"/cards/{card.id}", {"desc": "new", "name": ""}), 400)
    assert card.desc == ""


def test_a_card_is_moved_and_placed(trello: Trello) -> None:
    first, second, third = (trello.card(name) for name in "abc")
    trello.write("PUT", f"/cards/{third.id}", {"pos": "top"})
    assert [card["name"] for card in trello.get(f"/lists/{trello.todo.id}/cards")] == ["c", "a", "b"]
    trello.write("PUT", f"/cards/{first.id}", {"idList": trello.done.id})
    assert [card["name"] for card in trello.get(f"/lists/{trello.todo.id}/cards")] == ["c", "b"]
    assert trello.write("PUT", f"/cards/{second.id}", {"pos": 1})["pos"] == 1


def test_a_card_changes_boards_only_with_the_board(trello: Trello) -> None:
    target = trello.site.add_board("Other", members=[trello.ada])
    inbox = trello.site.add_list(target, "Inbox")
    card = trello.card()
    assert trello.ask("PUT", f"/cards/{card.id}", {"idList": inbox.id}).status == 400
    moved = trello.write("PUT", f"/cards/{card.id}", {"idBoard": target.id, "idList": inbox.id})
    assert (moved["idBoard"], moved["idList"]) == (target.id, inbox.id)
    back = trello.write("PUT", f"/cards/{card.id}", {"idBoard": trello.board.id})
    assert back["idList"] == trello.todo.id, "the first open list"


def test_archiving_keeps_a_card_and_deleting_does_not(trello: Trello) -> None:
    card = trello.card()
    assert trello.write("PUT", f"/cards/{card.id}", {"closed": "true"})["closed"] is True
    assert trello.write("PUT", f"/cards/{card.id}", {"closed": False})["closed"] is False
    assert trello.write("DELETE", f"/cards/{card.id}") == {"limits": {}}
    assert trello.ask("DELETE", f"/cards/{card.id}").status == 404


def test_a_full_board_takes_no_card(trello: Trello) -> None:
    trello.site.caps["cards.openPerBoard"] = 2
    for name in "ab":
        trello.write("POST", "/cards", {"idList": trello.todo.id, "name": name})
    assert trello.ask("POST", "/cards", {"idList": trello.todo.id, "name": "c"}).status == 403
    limits = trello.get(f"/boards/{trello.board.id}?fields=limits")["limits"]
    assert limits["cards"]["openPerBoard"]["status"] == "disabled"


@pytest.mark.parametrize("by", ["cleo-token", "reader"])
def test_who_may_not_write(trello: Trello, by: str) -> None:
    trello.site.add_token(trello.ada, "reader", write=False)
    card = trello.card("Before")
    assert refused(trello.ask("PUT", f"/cards/{card.id}", {"name": "x"}, by=by), 401)
    assert refused(trello.ask("POST", "/cards", {"idList": trello.todo.id, "name": "x"}, by=by), 401)
    assert card.name == "Before"


def test_observers_read(trello: Trello) -> None:
    card = trello.card()
    trello.site.join(trello.board, trello.cleo, kind="observer")
    assert trello.get(f"/cards/{card.id}", by="cleo-token")["id"] == card.id
    assert trello.ask("PUT", f"/cards/{card.id}", {"name": "x"}, by="cleo-token").status == 401


def test_a_body_that_is_no_json_is_refused(trello: Trello) -> None:
    assert trello.ask("POST", "/cards", b"{").status == 400


# ---- labels and members ----------------------------------------------------------------------------------------------


def test_labels_are_added_and_removed_by_themselves(trello: Trello) -> None:
    card, label = trello.card(), trello.site.add_label(trello.board, "bug", "red")
    assert trello.write("POST", f"/cards/{card.id}/idLabels", {"value": label.id}) == [label.id]
    assert trello.ask("POST", f"/cards/{card.id}/idLabels", {"value": label.id}).status == 400
    trello.write("DELETE", f"/cards/{card.id}/idLabels/{label.id}")
    assert refused(trello.ask("DELETE", f"/cards/{card.id}/idLabels/{label.id}"), 400)
    assert card.labels == []


def test_a_label_of_another_board_is_refused(trello: Trello) -> None:
    other = trello.site.add_board("Other", members=[trello.ada])
    label, card = trello.site.add_label(other, "bug", "red"), trello.card()
    assert trello.ask("POST", f"/cards/{card.id}/idLabels", {"value": label.id}).status == 400
    assert trello.ask("PUT", f"/cards/{card.id}", {"idLabels": [label.id]}).status == 400


def test_all_labels_at_once_are_an_edit(trello: Trello) -> None:
    card = trello.card()
    labels = [trello.site.add_label(trello.board, name, None) for name in "ab"]
    trello.write("PUT", f"/cards/{card.id}", {"idLabels": ",".join(label.id for label in labels)})
    told = trello.get(f"/boards/{trello.board.id}/actions?limit=1")[0]
    assert (told["type"], told["data"]["old"]) == ("updateCard", {"idLabels": []})


def test_a_label_is_defined_changed_and_taken_from_every_card(trello: Trello) -> None:
    path = f"/boards/{trello.board.id}/labels"
    made = trello.write("POST", path, {"name": "", "color": "sky_dark"})
    assert (made["name"], made["color"]) == ("", "sky_dark")
    plain = trello.write("POST", "/labels", {"name": "plain", "color": "null", "idBoard": trello.board.id})
    assert plain["color"] is None
    assert trello.ask("POST", path, {"name": "x", "color": "beige"}).status == 400
    card = trello.card()
    trello.write("POST", f"/cards/{card.id}/idLabels", {"value": made["id"]})
    assert trello.write("PUT", f"/labels/{made['id']}", {"name": "named"})["color"] == "sky_dark"
    trello.write("DELETE", f"/labels/{made['id']}")
    assert trello.get(f"/cards/{card.id}")["idLabels"] == []
    assert trello.ask("GET", f"/labels/{made['id']}").status == 404


def test_members_are_those_of_the_board(trello: Trello) -> None:
    card = trello.card()
    added = trello.write("POST", f"/cards/{card.id}/idMembers", {"value": trello.ben.id})
    assert [member["username"] for member in added] == ["benexample"]
    assert trello.ask("POST", f"/cards/{card.id}/idMembers", {"value": trello.cleo.id}).status == 400
    assert trello.write("DELETE", f"/cards/{card.id}/idMembers/{trello.ben.id}") == []
    assert refused(trello.ask("DELETE", f"/cards/{card.id}/idMembers/{trello.ben.id}"), 400)


# ---- comments --------------------------------------------------------------------------------------------------------


def test_a_comment_is_written_edited_and_deleted(trello: Trello) -> None:
    card = trello.card()
    made = trello.write("POST", f"/cards/{card.id}/actions/comments", {"text": "Hello"})
    assert (made["type"], made["data"]["text"], made["idMemberCreator"]) == (
        "commentCard",
        "Hello",
        trello.ada.id,
    )
    path = f"/cards/{card.id}/actions/{made['id']}/comments"
    assert trello.write("PUT", path, {"text": "Hello again"})["data"]["text"] == "Hello again"
    assert trello.write("PUT", f"/actions/{made['id']}", {"text": "Third"})["id"] == made["id"]
    assert trello.write("DELETE", path) == {"_value": None}
    assert trello.ask("GET", f"/actions/{made['id']}").status == 404
    assert trello.ask("POST", f"/cards/{card.id}/actions/comments", {"text": "x" * 16385}).status == 400


def test_only_the_author_edits_a_comment(trello: Trello) -> None:
    card = trello.card()
    comment = trello.site.comment(card, "Mine", by=trello.ada)
    assert trello.ask("PUT", f"/actions/{comment.id}", {"text": "x"}, by="ben-token").status == 401
    assert trello.ask("DELETE", f"/actions/{comment.id}", by="ben-token").status == 401
    bens = trello.site.comment(card, "Ben's", by=trello.ben)
    trello.write("DELETE", f"/actions/{bens.id}")


def test_other_actions_are_no_comments(trello: Trello) -> None:
    trello.card()
    created = trello.get(f"/boards/{trello.board.id}/actions?limit=1")[0]
    assert trello.ask("PUT", f"/actions/{created['id']}", {"text": "x"}).status == 400


# ---- attachments -----------------------------------------------------------------------------------------------------


def test_the_same_address_may_be_attached_twice(trello: Trello) -> None:
    card = trello.card()
    path = f"/cards/{card.id}/attachments"
    given = {"url": "https://example.com/a", "name": "A"}
    first, second = trello.write("POST", path, given), trello.write("POST", path, given)
    assert first["id"] != second["id"]
    assert [attachment["url"] for attachment in trello.get(path)] == [given["url"]] * 2
    trello.write("DELETE", f"{path}/{first['id']}")
    assert trello.ask("GET", f"{path}/{first['id']}").status == 404
    assert trello.get(f"{path}/{second['id']}")["name"] == "A"


@pytest.mark.parametrize(
    "given", [{}, {"url": "ftp://example.com"}, {"url": "https://e.com", "name": "x" * 257}]
)
def test_an_attachment_that_cannot_be_made(trello: Trello, given: Any) -> None:
    card = trello.card()
    assert refused(trello.ask("POST", f"/cards/{card.id}/attachments", given), 400)
    assert card.attachments == []


def test_a_file_is_uploaded_and_read_again(trello: Trello) -> None:
    card = trello.card()
    body = (
        b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nNotes\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n'
        b"Content-Type: text/plain\r\n\r\n\x00hello\r\n--b--\r\n"
    )
    kind = ("Content-Type", "multipart/form-data; boundary=b")
    made = said(trello.ask("POST", f"/cards/{card.id}/attachments", body, headers=[kind]))
    assert (made["name"], made["isUpload"], made["bytes"], made["mimeType"]) == (
        "Notes",
        True,
        6,
        "text/plain",
    )
    path = made["url"].removeprefix("https://trello.com/1")
    assert trello.ask("GET", path).content() == b"\x00hello"
    in_query = SimRequest.of("GET", f"/1{path}?key={trello.token.key}&token=ada-token")
    assert trello.site(in_query).status == 401


# ---- checklists ------------------------------------------------------------------------------------------------------


def test_checklists_and_their_items(trello: Trello) -> None:
    card = trello.card()
    made = trello.write("POST", "/checklists", {"idCard": card.id, "name": "Steps"})
    path = f"/checklists/{made['id']}"
    one = trello.write("POST", f"{path}/checkItems", {"name": "one", "checked": "true"})
    two = trello.write("POST", f"{path}/checkItems", {"name": "two", "pos": "top"})
    assert (one["state"], two["state"]) == ("complete", "incomplete")
    shown = trello.get(f"/cards/{card.id}/checklists")
    assert [item["name"] for item in shown[0]["checkItems"]] == ["two", "one"]
    changed = trello.write(
        "PUT", f"/cards/{card.id}/checkItem/{two['id']}", {"state": "complete", "name": "2"}
    )
    assert (changed["state"], changed["name"]) == ("complete", "2")
    assert trello.get(f"/cards/{card.id}")["badges"]["checkItemsChecked"] == 2
    assert trello.write("PUT", path, {"name": "Ways"})["name"] == "Ways"
    assert "updateCheckItemStateOnCard" in trello.feed()
    trello.write("DELETE", f"{path}/checkItems/{one['id']}")
    assert [item["id"] for item in trello.get(f"{path}/checkItems")] == [two["id"]]
    trello.write("DELETE", path)
    assert trello.ask("GET", path).status == 404
    assert trello.get(f"/cards/{card.id}")["idChecklists"] == []


# ---- custom fields ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "given", "stored"),
    [
        ("text", {"text": "hello"}, {"text": "hello"}),
        ("number", {"number": "3.5"}, {"number": "3.5"}),
        ("checkbox", {"checked": "true"}, {"checked": "true"}),
        ("date", {"date": "2026-04-01T12:00:00Z"}, {"date": "2026-04-01T12:00:00.000Z"}),
    ],
)
def test_a_value_is_set_and_cleared(trello: Trello, kind: str, given: Any, stored: Any) -> None:
    card, field = trello.card(), trello.site.add_custom_field(trello.board, "Field", kind)
    path = f"/cards/{card.id}/customField/{field.id}/item"
    assert trello.write("PUT", path, {"value": given})["value"] == stored
    assert trello.get(f"/cards/{card.id}/customFieldItems")[0]["value"] == stored
    assert trello.feed()[0] == "updateCustomFieldItem"
    trello.write("PUT", path, {"value": "", "idValue": ""})
    assert trello.get(f"/cards/{card.id}/customFieldItems") == []


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("number", {"number": "many"}),
        ("number", {"text": "3"}),
        ("checkbox", {"checked": "yes"}),
        ("date", "x"),
    ],
)
def test_a_value_of_another_type_is_refused(trello: Trello, kind: str, given: Any) -> None:
    card, field = trello.card(), trello.site.add_custom_field(trello.board, "Field", kind)
    assert trello.ask("PUT", f"/cards/{card.id}/customField/{field.id}/item", {"value": given}).status == 400


def test_a_list_takes_its_own_options(trello: Trello) -> None:
    card = trello.card()
    field = trello.site.add_custom_field(trello.board, "Kind", "list", options=["New", "Old"])
    path = f"/cards/{card.id}/customField/{field.id}/item"
    made = trello.write("PUT", path, {"idValue": field.options[1].id})
    assert (made["idValue"], made["value"]) == (field.options[1].id, None)
    assert trello.ask("PUT", path, {"idValue": SOME_ID}).status == 400


def test_several_values_at_once(trello: Trello) -> None:
    card = trello.card()
    fields = [trello.site.add_custom_field(trello.board, name, "number") for name in "ab"]
    rows = [{"idCustomField": field.id, "value": {"number": "1"}} for field in fields]
    assert len(trello.write("PUT", f"/cards/{card.id}/customFields", {"customFieldItems": rows})) == 2


def test_a_field_is_defined_only_with_the_power_up(trello: Trello) -> None:
    given = {
        "idModel": trello.board.id,
        "modelType": "board",
        "name": "Points",
        "type": "number",
        "pos": "top",
    }
    assert trello.ask("POST", "/customFields", given).status == 403
    trello.board.fields_on = True
    made = trello.write("POST", "/customFields", given)
    assert trello.get(f"/customFields/{made['id']}")["name"] == "Points"


# ---- boards, lists, tokens -------------------------------------------------------------------------------------------


def test_a_board_comes_with_labels_and_lists(trello: Trello) -> None:
    made = trello.write("POST", "/boards", {"name": "Fresh"})
    assert [x["name"] for x in trello.get(f"/boards/{made['id']}/lists")] == ["To Do", "Doing", "Done"]
    assert len(trello.get(f"/boards/{made['id']}/labels")) == 6
    assert trello.ask("POST", "/boards", {"name": "x", "prefs_permissionLevel": "secret"}).status == 400
    bare = trello.write("POST", "/boards", {"name": "Bare", "defaultLists": "false", "defaultLabels": False})
    assert trello.get(f"/boards/{bare['id']}/lists") == []
    assert trello.write("PUT", f"/boards/{bare['id']}", {"closed": True})["closed"] is True
    trello.write("DELETE", f"/boards/{bare['id']}")
    assert trello.ask("GET", f"/boards/{bare['id']}").status == 404


def test_lists_are_made_renamed_archived_and_emptied(trello: Trello) -> None:
    made = trello.write("POST", "/lists", {"idBoard": trello.board.id, "name": "Later", "pos": "bottom"})
    assert trello.write("PUT", f"/lists/{made['id']}", {"name": "Sometime"})["name"] == "Sometime"
    assert trello.write("PUT", f"/lists/{made['id']}/closed", {"value": True})["closed"] is True
    trello.card("a")
    target = {"idBoard": trello.board.id, "idList": trello.done.id}
    trello.write("POST", f"/lists/{trello.todo.id}/moveAllCards", target)
    assert len(trello.get(f"/lists/{trello.done.id}/cards")) == 1
    trello.write("POST", f"/lists/{trello.done.id}/archiveAllCards")
    assert trello.get(f"/lists/{trello.done.id}/cards") == []


def test_a_token_tells_what_it_allows_and_is_revoked(trello: Trello) -> None:
    told = trello.get("/tokens/ada-token")
    assert (told["idMember"], told["dateExpires"]) == (trello.ada.id, None)
    assert {model["modelType"] for model in told["permissions"]} == {"Member", "Board"}
    assert trello.ask("GET", "/tokens/ben-token").status == 401
    trello.write("DELETE", "/tokens/ada-token")
    assert trello.ask("GET", "/members/me").status == 401


def test_what_a_test_orders_is_refused_once(trello: Trello) -> None:
    trello.site.refuse("POST", "/cards", 500, "Internal Server Error")
    given = {"idList": trello.todo.id, "name": "Card"}
    assert refused(trello.ask("POST", "/cards", given), 500) == "Internal Server Error"
    assert trello.ask("POST", "/cards", given).status == 200


def test_an_address_that_there_is_not(trello: Trello) -> None:
    assert trello.site(SimRequest.of("GET", "/1/nowhere", headers=[oauth("ada-token")])).status == 404
