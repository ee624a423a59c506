"""From actions to events."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from syncline.model import Event
from syncline_connectors.trello.history import HistoryReader, card_of

CARD, ACTION, ADA = "6560a1b2c3d4e5f601234567", "6560a1b2c3d4e5f6000000ac", "6560a1b2c3d4e5f6000000aa"


def events(kind: str, /, *, zone: str = "UTC", **data: Any) -> list[Event]:
    action = {
        "id": ACTION,
        "type": kind,
        "date": "2026-11-22T10:00:00.000Z",
        "idMemberCreator": ADA,
        "data": {"card": {"id": CARD, **data.pop("card", {})}, **data},
    }
    return list(HistoryReader(ZoneInfo(zone)).events(action))


def changes(kind: str, /, *, zone: str = "UTC", **data: Any) -> list[tuple[str | None, ...]]:
    found = events(kind, zone=zone, **data)
    return [(e.field, e.old, e.old_name, e.new, e.new_name) for e in found]


def test_a_move_between_lists_is_a_status() -> None:
    moved: dict[str, Any] = {
        "listBefore": {"id": "a", "name": "To Do"},
        "listAfter": {"id": "b", "name": "Doing"},
    }
    (event,) = events("updateCard", old={"idList": "a"}, **moved)
    assert (event.remote_id, event.native_id, event.actor) == (CARD, ACTION, ADA)
    assert (event.field, event.old, event.new, event.new_name) == ("status", "a", "b", "Doing")


@pytest.mark.parametrize(
    ("old", "card", "expected"),
    [
        ({"closed": False}, {"closed": True}, ("archived", "false", "false", "true", "true")),
        ({"name": "a"}, {"name": "b"}, ("title", "a", "a", "b", "b")),
        ({"desc": "a"}, {"desc": "b"}, ("description", None, None, None, None)),
        ({"dueComplete": False}, {"dueComplete": True}, ("resolution", None, None, "complete", "complete")),
        ({"subscribed": "x"}, {"subscribed": "y"}, ("native:subscribed", "x", "x", "y", "y")),
    ],
)
def test_what_an_update_changed(old: Any, card: Any, expected: tuple[str | None, ...]) -> None:
    assert changes("updateCard", old=old, card=card) == [expected]


def test_dates_are_days_of_the_configured_zone() -> None:
    (found,) = changes(
        "updateCard", zone="Europe/Berlin", old={"due": None}, card={"due": "2026-12-01T23:30:00.000Z"}
    )
    assert found == ("due_on", None, None, "2026-12-02", "2026-12-02")


def test_a_place_within_a_list_is_no_event() -> None:
    assert changes("updateCard", old={"pos": 1, "dueReminder": -1}, card={"pos": 2}) == []


def test_people_come_and_go() -> None:
    joined = changes("addMemberToCard", idMember=ADA, member={"id": ADA, "name": "Ada"})
    assert joined == [("assignees", None, None, ADA, "Ada")]
    assert changes("removeMemberFromCard", idMember=ADA) == [("assignees", ADA, ADA, None, None)]


def test_t11_a_move_to_another_board_is_told_once_by_the_board_it_came_to() -> None:
    came: dict[str, Any] = {
        "boardSource": {"id": "s"},
        "board": {"id": "t", "name": "Target"},
        "list": {"id": "l", "name": "In"},
    }
    assert changes("moveCardToBoard", **came) == [
        ("container", "s", "s", "t", "Target"),
        ("status", None, None, "l", "In"),
    ]
    assert changes("moveCardFromBoard", boardTarget={"id": "t"}, list={"id": "x", "name": "Out"}) == []


def test_labels_and_custom_fields_are_kept_where_they_cannot_count_twice() -> None:
    label = {"id": "l", "name": "", "color": "red"}
    assert changes("addLabelToCard", label=label) == [("native:labels", None, None, "l", "red")]
    field: dict[str, Any] = {
        "customField": {"id": "f"},
        "customFieldItem": {"value": {"number": "3"}},
        "old": {"value": None},
    }
    assert changes("updateCustomFieldItem", **field) == [("native:f", None, None, "3", "3")]


def test_a_ticked_item_is_an_event_of_the_item() -> None:
    (event,) = events("updateCheckItemStateOnCard", checkItem={"id": ADA, "state": "complete"})
    assert event.remote_id == f"{CARD}/{ADA}"
    assert (event.field, event.old, event.new) == ("status", "checkItem:incomplete", "checkItem:complete")


def test_long_values_are_cut() -> None:
    (found,) = changes("updateCard", old={"name": "a" * 300}, card={"name": "b"})
    assert found[1] == "a" * 254 + "…"


@pytest.mark.parametrize("kind", ["createCard", "commentCard", "enablePlugin", "somethingNew"])
def test_t09_other_actions_are_no_events(kind: str) -> None:
    assert events(kind) == []


def test_an_action_that_makes_no_sense_is_refused() -> None:
    for broken in ({"data": None}, {"date": None}, {"data": {"old": {"name": "a"}}}):
        action = {
            "id": ACTION,
            "type": "updateCard",
            "date": "2026-11-22T10:00:00Z",
            "data": {"card": {"id": CARD}, "old": {}},
        }
        with pytest.raises(ValueError, match=r"data|date"):
            list(HistoryReader(ZoneInfo("UTC")).events({**action, **broken}))


def test_the_card_of_an_action_is_known_in_either_place() -> None:
    assert card_of({"data": {"idCard": CARD}}) == CARD
    assert card_of({"data": {"board": {"id": "b"}}}) is None
    assert card_of({}) is None
