"""Real exports of boards served by the simulated Trello, and requests that real clients sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.simulator.trello import Trello
from tests.simulator.trello_schema import DATA, exports, needs_data

from syncline.sim import SimClock, SimRequest
from syncline_connectors.trello.simulator import TrelloSimulator

pytestmark = needs_data

SERVED = {
    "id",
    "name",
    "desc",
    "closed",
    "idBoard",
    "idList",
    "idLabels",
    "idMembers",
    "idShort",
    "shortLink",
} | {
    "pos",
    "due",
    "dateLastActivity",
    "idAttachmentCover",
}


def document(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(params=exports(), ids=lambda path: path.stem)
def real(request: pytest.FixtureRequest) -> dict[str, Any]:
    return document(request.param)


@pytest.fixture
def trello(clock: SimClock, real: dict[str, Any]) -> Trello:
    """A calm Trello that Ada reads, with a real board whose feed says nothing of her."""
    trello = Trello(clock, calm=True)
    board = trello.site.load(real)
    board.members[trello.ada.id] = "normal"
    board.memberships[trello.ada.id] = trello.site.new_id()
    trello.site.limits.enabled = False
    trello.board = board
    return trello


def pages(trello: Trello, path: str, size: int) -> Iterator[dict[str, Any]]:
    before = ""
    while page := trello.get(f"{path}limit={size}{before}"):
        yield from page
        before = f"&before={page[-1]['id']}"


def by_id(rows: Any) -> dict[str, Any]:
    return {row["id"]: row for row in rows}


def test_every_card_is_served_as_it_was(trello: Trello, real: dict[str, Any]) -> None:
    more = "attachments=true&checklists=all&members=true"
    served = by_id(pages(trello, f"/boards/{trello.board.id}/cards/all?{more}&", 50))
    assert set(served) == set(by_id(real["cards"]))
    for card in real["cards"]:
        shown = served[card["id"]]
        assert {name: shown[name] for name in SERVED} == {name: card[name] for name in SERVED}
        assert set(shown["idChecklists"]) == set(card["idChecklists"])
        assert [a["url"] for a in shown["attachments"]] == [a["url"] for a in card.get("attachments", ())]


def test_every_item_of_a_checklist_is_served(trello: Trello, real: dict[str, Any]) -> None:
    served = trello.get(f"/boards/{trello.board.id}/checklists")
    wanted = {
        item["id"]: item["state"] for checklist in real["checklists"] for item in checklist["checkItems"]
    }
    assert {item["id"]: item["state"] for checklist in served for item in checklist["checkItems"]} == wanted


def test_every_action_is_served_once(trello: Trello, real: dict[str, Any]) -> None:
    served = list(pages(trello, f"/boards/{trello.board.id}/actions?", 300))
    assert len(served) == len(real["actions"])
    wanted = by_id(real["actions"])
    assert all(wanted[action["id"]]["data"] == action["data"] for action in served)
    assert [a["date"] for a in served] == sorted((a["date"] for a in real["actions"]), reverse=True)


def test_lists_and_labels_and_members_are_served(trello: Trello, real: dict[str, Any]) -> None:
    board = f"/boards/{trello.board.id}"
    lists = by_id(trello.get(f"{board}/lists/all"))
    assert {id_: row["closed"] for id_, row in lists.items()} == {x["id"]: x["closed"] for x in real["lists"]}
    labels = trello.get(f"{board}/labels?limit=1000")
    assert [(x["id"], x["name"], x["color"]) for x in labels] == [
        (x["id"], x["name"], x["color"]) for x in real["labels"]
    ]
    members = set(by_id(trello.get(f"{board}/members"))) - {trello.ada.id}
    assert members == {membership["idMember"] for membership in real["memberships"]}


def test_work_goes_on_with_a_loaded_board(trello: Trello) -> None:
    card = next(card for card in trello.site.cards.values() if not card.closed)
    trello.write("PUT", f"/cards/{card.id}", {"name": "Changed here"})
    assert trello.get(f"/cards/{card.id}")["name"] == "Changed here"
    assert (
        trello.get(f"/boards/{trello.board.id}/actions?limit=1")[0]["data"]["card"]["name"] == "Changed here"
    )
    made = trello.write("POST", "/cards", {"idList": card.list_.id, "name": "New here"})
    assert made["idShort"] > max(c.number for c in trello.site.cards.values() if c.id != made["id"])


def test_requests_of_real_clients_are_understood(clock: SimClock) -> None:
    """Each was recorded with the answer 200; the simulator knows the endpoint and every parameter."""
    site = TrelloSimulator(clock)
    elsewhere = ("/1/organizations", "/1/members/me/organizations", "/1/webhooks")
    strange = []
    for path in sorted((DATA / "nango").glob("*.json")):
        for exchange in json.loads(path.read_text(encoding="utf-8")):
            asked = exchange["request"]
            if asked["path"].startswith(elsewhere):
                continue
            route = site.route_of(SimRequest(asked["method"], asked["path"]))
            given = {**asked.get("params", {}), **(asked.get("body") or {})}
            unknown = set(given) - (route.params if route else set())
            if route is None or unknown:
                strange.append((asked["method"], asked["path"], sorted(unknown)))
    assert strange == []
