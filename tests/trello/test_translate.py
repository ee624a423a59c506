"""What becomes of a card, a check item, a comment, an attachment, a member and a board."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.config.connection import FieldCopy
from syncline.model import Kind, Priority, StatusCategory, TextFormat
from syncline.pages import PageDraft
from syncline.status import StatusMap
from syncline_connectors.trello.assemble import Assembler, card_payload
from syncline_connectors.trello.boards import UNNAMED, parse_board
from syncline_connectors.trello.ids import apart, is_id, made_at, within
from syncline_connectors.trello.reading import Reader

CARD, BOARD, LIST = "6560a1b2c3d4e5f601234567", "6560a1b2c3d4e5f600000001", "6560a1b2c3d4e5f600000002"
ADA = "6560a1b2c3d4e5f6000000aa"
FIELD, OPTION = "6560a1b2c3d4e5f6000000f1", "6560a1b2c3d4e5f6000000f2"


def board(**changes: Any) -> dict[str, Any]:
    return {
        "id": BOARD,
        "name": "Design",
        "closed": False,
        "shortLink": "AbCd1234",
        "lists": [{"id": LIST, "name": "Doing", "closed": False, "pos": 1}],
        "labels": [],
        "customFields": [
            {
                "id": FIELD,
                "name": "Severity",
                "type": "list",
                "options": [{"id": OPTION, "value": {"text": "1 - Critical"}}],
            }
        ],
        **changes,
    }


def card(**changes: Any) -> dict[str, Any]:
    return {
        "id": CARD,
        "shortLink": "XyZ98765",
        "shortUrl": "https://trello.com/c/XyZ98765",
        "name": "A card",
        "desc": "**md**\nnext",
        "idBoard": BOARD,
        "idList": LIST,
        "idMembers": [ADA],
        "labels": [],
        "due": None,
        "start": None,
        "dueComplete": False,
        "closed": False,
        "dateLastActivity": "2026-11-22T10:00:00.000Z",
        "customFieldItems": [],
        **changes,
    }


def reader(zone: str = "UTC", **fields: Any) -> Reader:
    return Reader({name: FieldCopy.model_validate(copy) for name, copy in fields.items()}, zone)


def read(given_: dict[str, Any], on: dict[str, Any] | None = None, zone: str = "UTC", **fields: Any) -> Any:
    payload = card_payload(given_, parse_board(on or board()))
    return reader(zone, **fields).read(Kind.ISSUE, payload)


def test_a_card() -> None:
    found = read(card())
    assert (found.remote_id, found.key, found.url) == (CARD, "XyZ98765", "https://trello.com/c/XyZ98765")
    assert (found.title, found.type, found.level) == ("A card", "Card", 0)
    assert (found.body.format, found.body.source) == (TextFormat.MARKDOWN, "**md**\nnext")
    assert (found.status.name, found.status.id, found.status.category) == ("Doing", LIST, None)
    assert (found.container, found.assignees) == (BOARD, (ADA,))
    assert found.updated_at == datetime(2026, 11, 22, 10, tzinfo=UTC)


def test_t08_when_a_card_was_made_is_in_its_id() -> None:
    assert read(card()).created_at == datetime(2023, 11, 24, 13, 14, 26, tzinfo=UTC)
    assert made_at("no id") is None


def test_t24_the_text_is_kept_to_the_letter() -> None:
    odd = "line one\nline two  \n\n\n* a\n+ b\n@mia <b>raw</b> https://trello.com/c/x &amp;"
    assert read(card(desc=odd)).body.source == odd
    assert read(card(desc="")).body is None


@pytest.mark.parametrize(
    ("name", "color", "word"),
    [("bug", "red", "bug"), ("", "red", "red"), ("  ", "green_dark", "green_dark"), ("", None, UNNAMED)],
)
def test_a_label_is_called_by_its_name_else_its_colour(name: str, color: str | None, word: str) -> None:
    assert read(card(labels=[{"id": OPTION, "name": name, "color": color}])).labels == (word,)


def test_two_labels_of_one_name_are_one_word() -> None:
    twice = [{"id": OPTION, "name": "bug", "color": "red"}, {"id": FIELD, "name": "bug", "color": "blue"}]
    assert read(card(labels=twice)).labels == ("bug",)


@pytest.mark.parametrize(
    ("zone", "due", "day"),
    [
        ("UTC", "2026-12-01T23:30:00.000Z", date(2026, 12, 1)),
        ("Europe/Berlin", "2026-12-01T23:30:00.000Z", date(2026, 12, 2)),
        ("America/New_York", "2026-12-01T03:30:00.000Z", date(2026, 11, 30)),
    ],
)
def test_due_and_start_are_days_of_the_configured_zone(zone: str, due: str, day: date) -> None:
    found = read(card(due=due, start=due), zone=zone)
    assert (found.due_on, found.start_on) == (day, day)


def test_t10_a_card_is_archived_with_its_list_and_with_its_board() -> None:
    away = [{"id": LIST, "name": "Doing", "closed": True, "pos": 1}]
    assert not read(card()).archived
    assert read(card(closed=True)).archived
    assert read(card(), board(lists=away)).archived
    assert read(card(), board(closed=True)).archived


def test_t25_archived_is_not_done_and_a_ticked_due_date_is_unless_the_map_says_otherwise() -> None:
    assert read(card(closed=True)).status.category is None
    ticked = read(card(dueComplete=True))
    assert ticked.status.category is StatusCategory.DONE
    assert ticked.resolution == "complete"
    plain = StatusMap().resolve(ticked.status)
    assert plain.category is StatusCategory.DONE
    mapped = StatusMap.of(_connection({"Doing": "in_progress/review"})).resolve(ticked.status)
    assert mapped.category is StatusCategory.IN_PROGRESS
    unticked = StatusMap().resolve(read(card()).status)
    assert unticked.category is StatusCategory.IN_PROGRESS, "by the published table of names"
    elsewhere = board(lists=[{"id": LIST, "name": "Whatever", "closed": False, "pos": 1}])
    assert StatusMap().resolve(read(card(), elsewhere).status).category is StatusCategory.TODO


def _connection(status: dict[str, str]) -> Any:
    from syncline.config import ConnectionConfig

    return ConnectionConfig.model_validate({"connector": "trello", "status": status})


def test_custom_fields_are_read_in_the_companys_words() -> None:
    items = [{"id": "1", "idCustomField": FIELD, "idValue": OPTION, "value": None}]
    severity = {"field": "Severity", "values": {"s1": ["1 - Critical"]}}
    assert read(card(customFieldItems=items), severity=severity).fields == {"severity": "s1"}
    assert read(card(customFieldItems=items), severity={"field": FIELD}).fields == {
        "severity": "1 - Critical"
    }
    assert read(card(customFieldItems=items)).fields == {}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"number": "3.5"}, 3.5),
        ({"number": "10"}, 10),
        ({"text": "words"}, "words"),
        ({"checked": "true"}, True),
        ({"date": "2026-12-01T12:00:00.000Z"}, "2026-12-01"),
    ],
)
def test_a_custom_value_is_what_it_is(value: dict[str, str], found: object) -> None:
    fields = [{"id": FIELD, "name": "Any", "type": next(iter(value))}]
    items = [{"id": "1", "idCustomField": FIELD, "value": value}]
    assert read(card(customFieldItems=items), board(customFields=fields), any={"field": "any"}).fields == {
        "any": found
    }


def test_estimate_and_priority_may_be_custom_fields() -> None:
    fields = [
        {"id": FIELD, "name": "Points", "type": "number"},
        {"id": OPTION, "name": "Prio", "type": "text"},
    ]
    items = [
        {"id": "1", "idCustomField": FIELD, "value": {"number": "5"}},
        {"id": "2", "idCustomField": OPTION, "value": {"text": "Very"}},
    ]
    prio = {"field": "Prio", "values": {"urgent": ["Very", "Much"]}}
    found = read(
        card(customFieldItems=items), board(customFields=fields), estimate={"field": "Points"}, priority=prio
    )
    assert (found.estimate, found.priority, found.fields) == (5.0, Priority.URGENT, {})
    plain = read(card(customFieldItems=items), board(customFields=fields), priority={"field": "Prio"})
    assert (plain.priority, plain.priority_name) == (Priority.NONE, "Very")


def drafted(given_: dict[str, Any], talk: list[Any] | None = None) -> PageDraft:
    draft = PageDraft()
    Assembler(reader(), items=True).card(draft, given_, parse_board(board()), talk)
    return draft


ITEM = {
    "id": OPTION,
    "name": "first thing",
    "state": "complete",
    "idMember": ADA,
    "due": "2026-12-01T12:00:00.000Z",
}


def test_check_items_are_work_below_their_card() -> None:
    draft = drafted(card(closed=True, checklists=[{"id": FIELD, "name": "To do", "checkItems": [ITEM]}]))
    item: Any = draft.records[1].record
    assert (item.remote_id, item.key, item.level, item.parent) == (f"{CARD}/{OPTION}", None, -1, CARD)
    assert (item.title, item.status.name, item.status.category) == (
        "first thing",
        "complete",
        StatusCategory.DONE,
    )
    assert (item.assignees, item.due_on, item.container) == ((ADA,), date(2026, 12, 1), BOARD)
    assert item.archived, "with its card"
    assert (Kind.ISSUE, CARD) in draft.complete


def test_attachments_without_those_that_are_ours() -> None:
    rows = [
        {
            "id": OPTION,
            "name": "plan.pdf",
            "url": "https://trello.com/x",
            "bytes": 7,
            "mimeType": "application/pdf",
        },
        {"id": FIELD, "name": "x", "url": "https://syncline.example/marker/abc"},
        {"id": LIST, "name": "ENG-1", "url": "https://acme.example/ENG-1#syncline=g1"},
    ]
    draft = drafted(card(attachments=rows))
    (found,) = [item.record for item in draft.records if item.record.kind is Kind.ATTACHMENT]
    assert (found.remote_id, found.title) == (f"{CARD}/{OPTION}", "plan.pdf")
    assert (Kind.ATTACHMENT, CARD) in draft.complete


def test_a_comment_keeps_its_id_when_it_is_edited() -> None:
    action = {
        "id": OPTION,
        "type": "commentCard",
        "date": "2026-11-22T10:00:00.000Z",
        "idMemberCreator": ADA,
        "data": {
            "text": "said",
            "dateLastEdited": "2026-11-22T11:00:00.000Z",
            "card": {"id": CARD, "shortLink": "XyZ98765", "name": "its name then"},
            "list": {"id": LIST, "name": "its list then"},
        },
    }
    draft = drafted(card(), [action])
    (item,) = [item for item in draft.records if item.record.kind is Kind.COMMENT]
    found: Any = item.record
    assert (found.remote_id, found.subject, found.author) == (OPTION, CARD, ADA)
    assert found.updated_at == datetime(2026, 11, 22, 11, tzinfo=UTC)
    assert found.url == f"https://trello.com/c/XyZ98765#comment-{OPTION}"
    assert "its list then" not in str(item.payload), "what is told of the world around it is not kept"


@pytest.mark.parametrize(
    "odd",
    [
        {"name": 7},
        {"dateLastActivity": "yesterday"},
        {"idMembers": "nobody"},
        {"labels": [None]},
        {"idList": "ffffffffffffffffffffffff"},
        {"due": "soon"},
        {"customFieldItems": [None]},
    ],
)
def test_a_card_that_makes_no_sense_is_set_aside_alone(odd: dict[str, Any]) -> None:
    draft = drafted(card(**odd))
    assert draft.records == []
    assert [(one.kind, one.remote_id) for one in draft.quarantined] == [(Kind.ISSUE, CARD)]


def test_a_child_that_makes_no_sense_is_set_aside_and_its_list_is_not_whole() -> None:
    draft = drafted(
        card(attachments=[{"name": "no id"}], checklists=[{"checkItems": [{**ITEM, "state": "maybe"}]}])
    )
    assert [item.record.kind for item in draft.records] == [Kind.ISSUE]
    assert {one.remote_id for one in draft.quarantined} == {f"of {CARD}", f"{CARD}/{OPTION}"}
    assert draft.complete == set()


def test_a_board_shows_its_open_lists_in_order() -> None:
    lists = [
        {"id": "c", "name": "Third", "closed": False, "pos": 3},
        {"id": "x", "name": "Gone", "closed": True, "pos": 2},
        {"id": "a", "name": "First", "closed": False, "pos": 1},
    ]
    found: Any = reader().read(Kind.CONTAINER, board(lists=lists, shortUrl="https://trello.com/b/AbCd1234"))
    assert (found.key, found.type, found.title) == ("AbCd1234", "board", "Design")
    assert found.columns == (("First", ("a",)), ("Third", ("c",)))


def test_the_digests_of_a_board_change_with_what_its_cards_are_read_by_and_with_nothing_else() -> None:
    same = parse_board(board())
    assert parse_board(board(closed=True)).digest != same.digest
    assert parse_board(board(customFields=[])).digest != same.digest
    renamed = [{"id": LIST, "name": "Busy", "closed": False, "pos": 1}]
    away = [{"id": LIST, "name": "Doing", "closed": True, "pos": 1}]
    placed = [{"id": LIST, "name": "Doing", "closed": False, "pos": 9}]
    for lists in (renamed, away):
        found = parse_board(board(lists=lists))
        assert (found.digest, found.named.keys()) == (same.digest, same.named.keys())
        assert found.named != same.named
    for other in (board(lists=placed), board(desc="other words", limits={}, name="New name")):
        assert (parse_board(other).digest, parse_board(other).named) == (same.digest, same.named)
    bug, defect = ([{"id": OPTION, "name": name, "color": "red"}] for name in ("bug", "defect"))
    assert parse_board(board(labels=bug)).named != parse_board(board(labels=defect)).named


hexadecimal = st.text("0123456789abcdef", min_size=24, max_size=24)


@given(hexadecimal, hexadecimal)
def test_what_lives_in_a_card_is_named_with_it(outer: str, inner: str) -> None:
    assert apart(within(outer, inner)) == (outer, inner)
    assert apart(outer) is None
    assert is_id(outer)


@given(st.text())
def test_no_other_text_is_taken_for_an_id(text: str) -> None:
    if len(text) != 24:
        assert not is_id(text)
        assert made_at(text) is None
