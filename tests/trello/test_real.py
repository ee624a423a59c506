"""Real boards of Trello, translated without loss, where they are at hand."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.trello.lab import pull, records, stream

from syncline.model import Kind, StatusCategory
from syncline.pages import PageDraft
from syncline.sim.clock import SimClock
from syncline_connectors.trello import Trello
from syncline_connectors.trello.assemble import Assembler
from syncline_connectors.trello.boards import parse_board
from syncline_connectors.trello.fields import native_value
from syncline_connectors.trello.history import COMMENTS, NOISE
from syncline_connectors.trello.reading import Reader
from syncline_connectors.trello.simulator import TrelloSimulator
from syncline_connectors.trello.simulator import entities as e
from syncline_connectors.trello.simulator.load import load_board
from syncline_connectors.trello.translate import OWNER, board_payload, comment_payload, member_payload
from syncline_connectors.trello.webhooks import hints

SHARED = Path(os.environ.get("SYNCLINE_SHARED", Path(__file__).resolve().parents[3] / "shared"))
DATA = SHARED / "data" / "trello"
BOARDS = ("tv-idea-cards-2016", "food-grindr-2017", "gocd-test-drive-2019")

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"real payloads are not at {DATA}")

ONE_CHANGE = {"addMemberToCard", "removeMemberFromCard", "updateCheckItemStateOnCard"}


@cache
def export(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / "boards" / f"{name}.json").read_text())
    return found


def cards(board: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The cards of an export as the API gives them: with their checklists."""
    for card in board["cards"]:
        mine = [checklist for checklist in board["checklists"] if checklist["idCard"] == card["id"]]
        yield {**card, "checklists": mine}


def read(name: str) -> PageDraft:
    found, board = export(name), parse_board(export(name))
    assembler, draft = Assembler(Reader({}, "UTC"), items=True), PageDraft()
    talk: dict[str, list[Any]] = {}
    for action in found["actions"]:
        if action["type"] in COMMENTS:
            talk.setdefault(action["data"]["card"]["id"], []).append(action)
    for card in cards(found):
        assembler.card(draft, card, board, talk.pop(card["id"], []))
    for card_id, rest in talk.items():  # comments on cards that were deleted since
        assembler.comments(draft, card_id, rest)
    assembler.actions(draft, found["actions"])
    return draft


@pytest.mark.parametrize("name", BOARDS)
def test_a_board_is_read_whole_and_nothing_is_set_aside(name: str) -> None:
    found, draft = export(name), read(name)
    assert draft.quarantined == []
    counts = Counter(item.record.kind for item in draft.records)
    items = sum(len(checklist["checkItems"]) for checklist in found["checklists"])
    assert counts[Kind.ISSUE] == len(found["cards"]) + items
    assert counts[Kind.ATTACHMENT] == sum(len(card["attachments"]) for card in found["cards"])
    assert counts[Kind.COMMENT] == sum(action["type"] == "commentCard" for action in found["actions"])
    assert len(draft.events) == sum(map(changes, found["actions"]))


def test_all_boards_are_read_over_http_without_loss_and_a_second_walk_finds_nothing(
    site: TrelloSimulator, connect: Callable[..., Trello], mia: e.Member, clock: SimClock
) -> None:
    found = [export(name) for name in BOARDS]
    for one in found:
        site.join(load_board(site, one), mia)
    boards = [one["id"] for one in found]
    pages = pull(connect(boards=boards))
    assert [item.reason for page in pages for item in page.quarantined] == []
    cards = {card["id"] for one in found for card in one["cards"]}
    items = sum(len(checklist["checkItems"]) for one in found for checklist in one["checklists"])
    issues = records(pages)
    assert len(issues) == len(cards) + items
    assert len(records(pages, Kind.ATTACHMENT)) == sum(
        len(card["attachments"]) for one in found for card in one["cards"]
    )
    told = [action for one in found for action in one["actions"]]
    here = [a for a in told if a["type"] == "commentCard" and a["data"]["card"]["id"] in cards]
    assert len(records(pages, Kind.COMMENT)) == len(here)
    assert len({(one.native_id, one.ordinal) for page in pages for one in page.events}) == sum(
        map(changes, told)
    )
    clock.advance(3600)
    again = pull(connect(boards=boards), cursor=pages[-1].next)
    assert records(again) == {}
    listed = {number for batch in connect(boards=boards).census(stream(connect())) for number in batch}
    assert listed == issues.keys()


def changes(action: dict[str, Any]) -> int:
    """How many fields an action changed, counted without our code."""
    if action["type"] == "updateCard":
        return len(action["data"]["old"].keys() - NOISE)
    return int(action["type"] in ONE_CHANGE)


@pytest.mark.parametrize("name", BOARDS)
def test_cards_say_where_they_are_and_whether_they_are_archived(name: str) -> None:
    found, draft = export(name), read(name)
    closed = {one["id"] for one in found["lists"] if one["closed"]}
    listed = {one["id"]: one["name"] for one in found["lists"]}
    cards_read: dict[str, Any] = {
        item.record.remote_id: item.record for item in draft.records if item.record.kind is Kind.ISSUE
    }
    for card in found["cards"]:
        record = cards_read[card["id"]]
        assert record.status.name == listed[card["idList"]]
        assert record.archived == (card["closed"] or card["idList"] in closed)
        assert record.key == card["shortLink"]
        assert record.assignees == tuple(card["idMembers"])
        assert (record.status.category is StatusCategory.DONE) == card.get("dueComplete", False)
        assert len(record.labels) <= len(card["labels"])
        assert (record.labels != ()) == bool(card["labels"])
        assert record.due_on == (card["due"] and date.fromisoformat(card["due"][:10]))
        assert record.created_at.year >= 2016


@pytest.mark.parametrize("name", BOARDS)
def test_stored_payloads_give_the_same_records_and_a_second_reading_changes_nothing(name: str) -> None:
    reader, first, again = Reader({}, "UTC"), read(name), read(name)
    for item in first.records:
        assert reader.read(item.record.kind, json.loads(json.dumps(item.payload))) == item.record
    assert [item.payload for item in first.records] == [item.payload for item in again.records]
    assert first.events == again.events


def exchanges(name: str) -> Iterator[Any]:
    for exchange in json.loads((DATA / "nango" / f"{name}.exchanges.json").read_text()):
        yield exchange["request"]["path"], exchange["response"]["body"]


def test_recorded_answers_of_the_present_api_can_be_read() -> None:
    reader = Reader({}, "UTC")
    boards = {body["id"]: body for _, bodies in exchanges("list-boards") for body in bodies}
    lists = {one["id"]: one for path, rows in exchanges("lists") if path.endswith("/lists") for one in rows}
    seen: Counter[Kind] = Counter()
    for number, board in boards.items():
        whole = {**board, "lists": [one for one in lists.values() if one["idBoard"] == number]}
        assert reader.read(Kind.CONTAINER, board_payload(whole)).key == board["shortLink"]
        seen[Kind.CONTAINER] += 1
    assembler, draft = Assembler(reader, items=True), PageDraft()
    rows = [card for path, found in exchanges("cards") if path.endswith("/cards") for card in found]
    for card in rows:
        home = boards[card["idBoard"]]
        here = [one for one in lists.values() if one["idBoard"] == home["id"]]
        assembler.card(draft, card, parse_board({**home, "lists": here}))
    assert draft.quarantined == []
    assert len(draft.records) == len(rows) > 0
    for path, found in exchanges("attachments"):
        for row in found if path.endswith("/attachments") else ():
            seen[reader.read(Kind.ATTACHMENT, {**row, OWNER: {"id": path.split("/")[3]}}).kind] += 1
    for path, found in exchanges("members"):
        for row in found if path.endswith("/members") else ():
            seen[reader.read(Kind.PERSON, member_payload(row)).kind] += 1
    for _, action in (*exchanges("add-card-comment"), *exchanges("update-comment")):
        seen[reader.read(Kind.COMMENT, comment_payload(action)).kind] += 1
    assert all(seen[kind] for kind in (Kind.CONTAINER, Kind.ATTACHMENT, Kind.PERSON, Kind.COMMENT))


def everything_recorded() -> Iterator[dict[str, Any]]:
    """Every object in every recorded answer, whatever was asked for."""
    cassettes = json.loads((DATA / "ruby-trello-cassettes.json").read_text())
    told = [exchange["response"] for found in cassettes.values() for exchange in found]
    for path in (DATA / "nango").glob("*.exchanges.json"):
        told += [exchange["response"] for exchange in json.loads(path.read_text())]
    for response in told:
        body = response["body"]
        for row in body if isinstance(body, list) else [body]:
            if response["status"] == 200 and isinstance(row, dict):
                yield row


SHAPES: tuple[tuple[Kind, set[str]], ...] = (
    (Kind.ISSUE, {"id", "idList", "idBoard", "name", "dateLastActivity", "shortLink", "closed"}),
    (Kind.CONTAINER, {"id", "prefs", "name", "shortLink", "closed"}),
    (Kind.COMMENT, {"id", "type", "data", "date", "idMemberCreator"}),
    (Kind.ATTACHMENT, {"id", "url", "bytes", "date", "name", "mimeType"}),
    (Kind.PERSON, {"id", "username", "fullName"}),
)
"""How each kind is told from the others, by what stands in it."""


def test_every_object_of_every_recording_is_read() -> None:
    reader, read_ = Reader({}, "UTC"), Counter[Kind]()
    for row in everything_recorded():
        kind = next((kind for kind, shape in SHAPES if shape <= row.keys()), None)
        if kind is Kind.ISSUE:
            home = {"id": row["idBoard"], "name": "A board", "shortLink": "short", "closed": False}
            home["lists"] = [{"id": row["idList"], "name": "A list", "closed": False, "pos": 1}]
            draft = PageDraft()
            Assembler(reader, items=True).card(draft, row, parse_board(home))
            assert draft.quarantined == []
            assert draft.records[0].record.remote_id == row["id"]
        elif kind is Kind.CONTAINER:
            assert reader.read(kind, board_payload({**row, "lists": []})).title == row["name"]
        elif kind is Kind.ATTACHMENT:
            assert reader.read(kind, {**row, OWNER: {"id": "c"}}).remote_id == f"c/{row['id']}"
        elif kind is Kind.PERSON:
            assert reader.read(kind, member_payload(row)).title == row["fullName"]
        elif kind is Kind.COMMENT and row["type"] == "commentCard":
            assert reader.read(kind, comment_payload(row)).remote_id == row["id"]
        if kind is not None:
            read_[kind] += 1
    assert {kind: read_[kind] > 5 for kind, _ in SHAPES} == dict.fromkeys(
        (kind for kind, _ in SHAPES), True
    ), read_


def test_recorded_custom_field_values_are_read_as_what_they_are() -> None:
    recorded = json.loads((DATA / "ruby-trello-cassettes.json").read_text())
    held = [
        item
        for found in recorded.values()
        for exchange in found
        if exchange["request"].get("url", "").split("?")[0].endswith("/customFieldItems")
        for item in exchange["response"]["body"]
    ]
    kinds = Counter("idValue" if item.get("idValue") else next(iter(item["value"])) for item in held)
    assert kinds.keys() == {"text", "number", "date", "checked", "idValue"}
    values = [native_value(item["value"], ZoneInfo("UTC"), "value") for item in held if item.get("value")]
    assert "cool" in values or "nice" in values
    assert 10 in values
    assert "2020-04-17" in values
    assert True in values


@pytest.mark.parametrize("name", ["adding_comment_to_card", "changing_cards_list"])
def test_real_webhooks_lead_to_their_card(name: str) -> None:
    body = (DATA / "webhooks-zulip" / f"{name}.json").read_bytes()
    card = json.loads(body)["action"]["data"]["card"]["id"]
    assert [hint.remote_id for hint in hints(body)] == [card]
