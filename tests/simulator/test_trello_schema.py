"""The simulated Trello against the vendor's description and against recorded answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.simulator.trello import Trello
from tests.simulator.trello_schema import (
    differences,
    needs_data,
    needs_specs,
    operations,
    parameters,
    plain,
    recorded,
)

from syncline.sim import SimClock
from syncline_connectors.trello.simulator import TrelloSimulator
from syncline_connectors.trello.simulator.feed import FEED
from syncline_connectors.trello.simulator.nested import BOARD_CARDS, CARDS

GUIDED = (
    FEED
    | CARDS
    | BOARD_CARDS
    | {
        "actions_limit",
        "actions_since",
        "actions_before",
        "action_fields",
        "action_memberCreator",
        "board_fields",
        "cards",
        "checklist_fields",
        "checkItems",
        "checkItem_fields",
        "filter",
        "labels_limit",
        "label_fields",
        "list_fields",
        "member_fields",
    }
)
"""Parameters of reads that only the guide to nested resources describes."""
RECORDED_WRITES = {
    ("POST", "/cards"): {"dueReminder", "closed", "cardRole"},
    ("PUT", "/cards/{id}"): {"dueReminder"},
    ("POST", "/checklists/{idChecklist}/checkItems"): {"state", "idChecklist"},
    ("PUT", "/cards/{id}/actions/{idAction}/comments"): set[str](),
}
"""Parameters of writes that clients send and the description lacks."""
UNDESCRIBED = {
    ("GET", "/cards/{id}/attachments/{idAttachment}/download/{name}"),
    ("DELETE", "/tokens/{token}"),
    ("PUT", "/actions/{idAction}/text"),
}


@pytest.fixture
def trello(clock: SimClock) -> Trello:
    return Trello(clock, calm=True)


@needs_specs
def test_every_endpoint_is_one_that_the_vendor_describes(clock: SimClock) -> None:
    ours = {(route.method, route.path) for route in TrelloSimulator(clock).routes}
    unknown = {(method, path) for method, path in ours if (method, plain(path)) not in operations()}
    assert unknown <= UNDESCRIBED


@needs_specs
def test_every_parameter_is_one_that_the_vendor_describes(clock: SimClock) -> None:
    strange = []
    for route in TrelloSimulator(clock).routes:
        operation = operations().get((route.method, plain(route.path)))
        if operation is None:
            continue
        known = parameters(operation) | (GUIDED if route.method == "GET" else set())
        known |= RECORDED_WRITES.get((route.method, route.path), set())
        strange += [f"{route.method} {route.path} {name}" for name in sorted(route.params - known)]
    assert strange == []


@needs_specs
def test_answers_are_judged_by_the_description(trello: Trello) -> None:
    """`Trello` judges every answer of every test; here that it finds something to judge by, and judges."""
    card = trello.card()
    trello.get(f"/cards/{card.id}")
    trello.get("/members/me/boards")
    assert {("GET", "/cards/{id}"), ("GET", "/members/{id}/boards")} <= trello.judged


# ---- recorded answers ------------------------------------------------------------------------------------------------


def furnished(clock: SimClock) -> Trello:
    """With one of everything, so that no list is empty."""
    trello = Trello(clock, calm=True)
    site = trello.site
    label = site.add_label(trello.board, "bug", "red")
    card = trello.card("Recorded", desc="Text", due=datetime(2026, 4, 1, tzinfo=UTC), labels=[label])
    site.attach(card, "https://example.com", name="A", by=trello.ada)
    site.add_item(site.add_checklist(card, "Steps"), "one")
    site.comment(card, "Hello")
    return trello


def _card(trello: Trello) -> Any:
    return next(iter(trello.site.cards.values()))


def _first(rows: Any) -> Any:
    return rows[0]


def _created(rows: Any) -> Any:
    return next(row for row in rows if row["type"] == "createCard")


READS: dict[str, tuple[Callable[[Trello], str], Callable[[Any], Any]]] = {
    "get-member": (lambda t: "/members/me", lambda body: body),
    "get-board": (lambda t: f"/boards/{t.board.id}", lambda body: body),
    "boards": (lambda t: "/members/me/boards", _first),
    "get-card": (lambda t: f"/cards/{_card(t).id}", lambda body: body),
    "list-cards": (lambda t: f"/boards/{t.board.id}/cards?filter=all", _first),
    "list-lists": (lambda t: f"/boards/{t.board.id}/lists?filter=all", _first),
    "get-list": (lambda t: f"/lists/{t.todo.id}", lambda body: body),
    "list-labels": (lambda t: f"/boards/{t.board.id}/labels?limit=1000", _first),
    "list-members": (lambda t: f"/boards/{t.board.id}/members", _first),
    "list-attachments": (lambda t: f"/cards/{_card(t).id}/attachments", _first),
    "list-checklists": (lambda t: f"/cards/{_card(t).id}/checklists?checkItems=all", _first),
    "list-board-actions": (lambda t: f"/boards/{t.board.id}/actions", _created),
}
FREE = ("$.prefs", "$.limits", "$.idPremOrgsAdmin", "$.data.list", "$.labels")
"""What differs from account to account."""


@needs_data
@pytest.mark.parametrize("name", READS)
def test_an_answer_has_the_shape_of_the_recorded_one(clock: SimClock, name: str) -> None:
    target, choose = READS[name]
    trello = furnished(clock)
    real, made = choose(recorded(name)), choose(trello.get(target(trello)))
    assert list(_told(differences(real, made))) == []


def _writes(trello: Trello) -> dict[str, Callable[[], Any]]:
    card = f"/cards/{_card(trello).id}"
    checklist = _card(trello).checklists[0]
    item = f"{card}/checkItem/{checklist.items[0].id}"
    label = next(iter(trello.site.labels))
    comment = trello.site.comment(_card(trello), "Mine", by=trello.ada).id
    attachment = f"{card}/attachments/{_card(trello).attachments[0].id}"
    return {
        "create-card": lambda: trello.write("POST", "/cards", {"idList": trello.todo.id, "name": "x"}),
        "update-card": lambda: trello.write("PUT", card, {"name": "x"}),
        "move-card": lambda: trello.write("PUT", card, {"idList": trello.done.id}),
        "add-card-comment": lambda: trello.write("POST", f"{card}/actions/comments", {"text": "x"}),
        "update-comment": lambda: trello.write("PUT", f"{card}/actions/{comment}/comments", {"text": "x"}),
        "create-attachment": lambda: trello.write(
            "POST", f"{card}/attachments", {"url": "https://example.com"}
        ),
        "create-list": lambda: trello.write("POST", "/lists", {"idBoard": trello.board.id, "name": "x"}),
        "update-list": lambda: trello.write("PUT", f"/lists/{trello.todo.id}", {"name": "x"}),
        "delete-list": lambda: trello.write("PUT", f"/lists/{trello.todo.id}/closed", {"value": True}),
        "add-checklist-item": lambda: trello.write(
            "POST", f"/checklists/{checklist.id}/checkItems", {"name": "x"}
        ),
        "update-checklist": lambda: trello.write("PUT", f"/checklists/{checklist.id}", {"name": "x"}),
        "update-checklist-item": lambda: trello.write("PUT", item, {"name": "x"}),
        "update-label": lambda: trello.write("PUT", f"/labels/{label}", {"name": "x"}),
        "update-board": lambda: trello.write("PUT", f"/boards/{trello.board.id}", {"desc": "x"}),
        "delete-label": lambda: trello.write("DELETE", f"/labels/{label}"),
        "delete-attachment": lambda: trello.write("DELETE", attachment),
        "delete-checklist": lambda: trello.write("DELETE", f"/checklists/{checklist.id}"),
        "delete-comment": lambda: trello.write("DELETE", f"{card}/actions/{comment}/comments"),
        "delete-card": lambda: trello.write("DELETE", card),
    }


@needs_data
@pytest.mark.parametrize("name", list(_writes(furnished(SimClock()))))
def test_an_answer_to_a_write_has_the_shape_of_the_recorded_one(clock: SimClock, name: str) -> None:
    real, made = recorded(name), _writes(furnished(clock))[name]()
    assert list(_told(differences(real, made))) == []


def _told(found: Iterator[str]) -> Iterator[str]:
    """``display`` of actions, and what differs from account to account, are not compared."""
    return (row for row in found if not row.startswith((*FREE, "$.display", "$.entities")))
