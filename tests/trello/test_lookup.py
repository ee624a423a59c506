"""Looking at single records by id."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.trello.lab import Wire, pull, records

from syncline.connector import Archived, Fetched, Forbidden, Gone, Missing, Present
from syncline.model import Kind, Ref
from syncline_connectors.trello import Trello
from syncline_connectors.trello.simulator import TrelloSimulator
from syncline_connectors.trello.simulator import entities as e

Connect = Callable[..., Trello]
NEVER = "0" * 24


@pytest.fixture
def card(site: TrelloSimulator, board: e.Board, mia: e.Member) -> e.Card:
    return site.create_card(site.lists_of(board)[0], "a card", by=mia)


def ref(kind: Kind, number: str) -> Ref:
    return Ref("trello", kind, number)


def one(trello: Trello, kind: Kind, number: str) -> Fetched:
    (answer,) = trello.fetch([ref(kind, number)])
    return answer


def read(answer: Fetched, kind: Kind) -> list[Any]:
    assert isinstance(answer, Present)
    return [item.record for item in answer.page.records if item.record.kind is kind]


def test_a_card_comes_with_all_that_lives_in_it_as_a_walk_would_bring_it(
    connect: Connect, site: TrelloSimulator, card: e.Card, mia: e.Member
) -> None:
    site.comment(card, "hello", by=mia)
    site.attach(card, "https://acme.example/plan", name="plan")
    site.add_item(site.add_checklist(card, "To do"), "a thing")
    site.move(card, site.lists_of(card.board)[1], by=mia)
    site.assign(card, mia)
    answer = one(connect(boards=[card.board.id]), Kind.ISSUE, card.id)
    pages = pull(connect(boards=[card.board.id]))
    assert isinstance(answer, Present)
    for kind in (Kind.ISSUE, Kind.COMMENT, Kind.ATTACHMENT):
        assert {item.remote_id: item for item in read(answer, kind)} == records(pages, kind)
    assert answer.page.children_complete == {
        (kind, card.id) for kind in (Kind.ISSUE, Kind.COMMENT, Kind.ATTACHMENT)
    }
    events = {event.field for event in answer.page.events}
    assert events == {"status"}, "who was assigned, only the feed of the board tells"


def test_a_check_item_is_looked_for_on_its_card(
    connect: Connect, site: TrelloSimulator, card: e.Card
) -> None:
    checklist = site.add_checklist(card, "To do")
    item = site.add_item(checklist, "a thing")
    trello = connect(boards=[card.board.id])
    answer = one(trello, Kind.ISSUE, f"{card.id}/{item.id}")
    assert [found.title for found in read(answer, Kind.ISSUE)] == ["a card", "a thing"]
    site.remove_item(checklist, item)
    assert isinstance(one(trello, Kind.ISSUE, f"{card.id}/{item.id}"), Missing)


def test_what_was_deleted_is_told_from_what_never_was(
    connect: Connect, site: TrelloSimulator, card: e.Card, wire: Wire
) -> None:
    other = site.create_card(card.list_, "another")
    site.delete(card)
    site.delete(other)
    wanted = [
        ref(Kind.ISSUE, number) for number in (card.id, other.id, NEVER, "999999999", f"{card.id}/{NEVER}")
    ]
    answers = {answer.ref: type(answer) for answer in connect(boards=[card.board.id]).fetch(wanted)}
    assert list(answers.values()) == [Gone, Gone, Missing, Missing, Gone]
    asked = [path for path in wire.asked() if "deleteCard" in path]
    deletions = [request for request in wire.sent if request.param("filter") == "deleteCard"]
    assert len(asked) + len(deletions) == 1, "once for all of them"


def test_archived_and_out_of_sight(connect: Connect, site: TrelloSimulator, card: e.Card) -> None:
    hidden = site.add_list(site.add_board("Hidden", members=[site.add_member("Ben Example")]), "Here")
    secret = site.create_card(hidden, "secret")
    site.edit_list(card.list_, closed=True)
    trello = connect(boards=[card.board.id])
    assert isinstance(one(trello, Kind.ISSUE, card.id), Archived), "with its list"
    assert isinstance(one(trello, Kind.ISSUE, secret.id), Forbidden)
    assert isinstance(one(trello, Kind.CONTAINER, hidden.board.id), Forbidden)


def test_comments_attachments_people_and_boards(
    connect: Connect, site: TrelloSimulator, card: e.Card, mia: e.Member
) -> None:
    comment = site.comment(card, "hello", by=mia)
    attachment = site.attach(card, "https://acme.example/plan", name="plan")
    trello = connect(boards=[card.board.id])
    pages = pull(trello)
    assert read(one(trello, Kind.COMMENT, comment.id), Kind.COMMENT) == [
        records(pages, Kind.COMMENT)[comment.id]
    ]
    inside = f"{card.id}/{attachment.id}"
    assert read(one(trello, Kind.ATTACHMENT, inside), Kind.ATTACHMENT) == [
        records(pages, Kind.ATTACHMENT)[inside]
    ]
    people = records(pull(trello, "people"), Kind.PERSON)
    assert read(one(trello, Kind.PERSON, mia.id), Kind.PERSON)[0].title == people[mia.id].title
    boards = records(pull(trello, "boards"), Kind.CONTAINER)
    assert read(one(trello, Kind.CONTAINER, card.board.id), Kind.CONTAINER) == [boards[card.board.id]]


@pytest.mark.parametrize(
    "kind", [Kind.COMMENT, Kind.ATTACHMENT, Kind.PERSON, Kind.CONTAINER, Kind.RELEASE, Kind.RELATION]
)
def test_what_is_not_there_is_missing(connect: Connect, board: e.Board, kind: Kind) -> None:
    trello = connect(boards=[board.id])
    for number in (NEVER, "999999999", f"{NEVER}/{NEVER}", "../members/me"):
        assert isinstance(one(trello, kind, number), Missing)


def test_an_action_that_is_no_comment_is_none(connect: Connect, site: TrelloSimulator, card: e.Card) -> None:
    action = next(iter(site.actions_of(card.board)))
    assert isinstance(one(connect(boards=[card.board.id]), Kind.COMMENT, action.id), Missing)


def test_what_a_board_is_made_of_is_described(
    connect: Connect, site: TrelloSimulator, board: e.Board, mia: e.Member
) -> None:
    site.edit_list(site.lists_of(board)[1], closed=True)
    site.add_custom_field(board, "Severity", "list", options=["S1", "S2"])
    found = connect(fields={"severity": "severity"}).describe(board.id)
    assert [status.name for status in found.statuses] == ["To Do", "Done"]
    assert [(field.name, field.type, field.choices, field.field) for field in found.fields] == [
        ("Severity", "option", ("S1", "S2"), "severity")
    ]
    assert [item.record.remote_id for item in found.people] == [mia.id]
    assert found.types == ("Card",)


def test_the_containers_are_the_boards_that_can_be_seen(
    connect: Connect, site: TrelloSimulator, board: e.Board
) -> None:
    hidden = site.add_board("Hidden", members=[site.add_member("Ben Example")])
    found = connect(boards=[board.id, hidden.id]).containers()
    assert [item.record.remote_id for item in found] == [board.id]
    assert [item.record.remote_id for item in connect().containers()] == [board.id]


def test_what_a_person_should_know(
    connect: Connect, site: TrelloSimulator, board: e.Board, mia: e.Member
) -> None:
    zone = "due and start dates are read as days in UTC; time_zone names another zone"
    assert connect(boards=[board.id]).remarks() == [zone]
    assert connect(boards=[board.id], time_zone="Europe/Berlin").remarks() == []
    site.add_board("Open to all", members=[mia], public=True, by=mia)
    told = connect(access="write", time_zone="Europe/Berlin").remarks()
    assert told == [
        "what the token may do is not looked at: Trello tells it only where the token stands in the address; "
        "one that only reads is refused at the first write",
        "the board 'Open to all' is public: everybody can read what is written there",
    ]
