"""From Trello's payloads to records: cards, and what rides on them. The tables come first.

Everything here is pure. What makes no sense raises ValueError naming the path; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from syncline.model import (
    Attachment,
    Comment,
    Container,
    Issue,
    Person,
    Priority,
    Record,
    Status,
    StatusCategory,
    Text,
    TextFormat,
)
from syncline_connectors.trello.boards import BOARD, LIST, label_word, parse_lists
from syncline_connectors.trello.fields import FieldMap, priority
from syncline_connectors.trello.ids import made_at, within
from syncline_connectors.trello.values import (
    Json,
    day_in,
    identity,
    instant,
    mapping,
    number,
    required,
    rows,
    text,
)

R = TypeVar("R", bound=Record)

CARD, ITEM = "Card", "Check item"
"""The types of work there are."""

OWNER = "_card"
"""The key under which a payload that lives inside a card says whose it is. Not the vendor's."""

COMPLETE = "complete"
"""The resolution of a card whose due date is ticked off."""

ITEM_STATUSES: Mapping[str, Status] = {
    "incomplete": Status(name="incomplete", id="checkItem:incomplete", category=StatusCategory.TODO),
    "complete": Status(name="complete", id="checkItem:complete", category=StatusCategory.DONE),
}
"""The two states of a check item."""

SITE_URL = "https://trello.com"


def built(make: type[R], values: dict[str, Any]) -> R:
    """A record of ``values``; what the model refuses is told in one line."""
    try:
        return make.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or make.__name__
        raise ValueError(f"{where}: {first['msg']}") from None


def is_archived(card: Json) -> bool:
    """Trello archives a card by itself, with its list, or with its board, and says so only where it was done."""
    places = (mapping(card.get(LIST), LIST), mapping(card.get(BOARD), BOARD))
    return card.get("closed") is True or any(one is not None and one.get("closed") is True for one in places)


def markdown(value: object, path: str) -> Text | None:
    """A text as Trello has it; an empty one is none."""
    found = text(value, path)
    return Text(format=TextFormat.MARKDOWN, source=found) if found else None


class IssueReader:
    """Reads cards and check items. ``zone`` decides days."""

    def __init__(self, fields: FieldMap, zone: ZoneInfo) -> None:
        self._fields = fields
        self._zone = zone

    def read(self, payload: Json) -> Record:
        return self._item(payload) if OWNER in payload else self._card(payload)

    def _card(self, card: Json) -> Issue:
        id_ = identity(card.get("id"), "id")
        key = text(card.get("shortLink"), "shortLink")
        done = card.get("dueComplete") is True
        values = {
            "remote_id": id_,
            "key": key,
            "url": text(card.get("shortUrl"), "shortUrl") or (f"{SITE_URL}/c/{key}" if key else None),
            "title": text(card.get("name"), "name"),
            "created_at": made_at(id_),
            "updated_at": instant(card.get("dateLastActivity"), "dateLastActivity"),
            "archived": is_archived(card),
            "body": markdown(card.get("desc"), "desc"),
            "type": CARD,
            "status": _status(card, done=done),
            "resolution": COMPLETE if done else None,
            "resolved_at": instant(card.get("dateCompleted"), "dateCompleted") if done else None,
            "assignees": _ids(card.get("idMembers"), "idMembers"),
            "labels": _labels(card.get("labels")),
            "container": identity(card.get("idBoard"), "idBoard"),
            "due_on": day_in(self._zone, card.get("due"), "due"),
            "start_on": day_in(self._zone, card.get("start"), "start"),
            **self._custom(card),
        }
        return built(Issue, values)

    def _custom(self, card: Json) -> dict[str, Any]:
        held = self._fields.read(rows(card.get("customFieldItems"), "customFieldItems"))
        estimate, word = held.pop("estimate", None), held.pop("priority", None)
        return {
            "fields": held,
            "estimate": number(estimate, "estimate"),
            "priority": Priority.NONE if word is None else priority(word),
            "priority_name": None if word is None else str(word),
        }

    def _item(self, item: Json) -> Issue:
        owner = required(item.get(OWNER), OWNER)
        card, number_ = identity(owner.get("id"), f"{OWNER}.id"), identity(item.get("id"), "id")
        state = text(item.get("state"), "state") or "incomplete"
        if state not in ITEM_STATUSES:
            raise ValueError("state: neither complete nor incomplete")
        member = item.get("idMember")
        values = {
            "remote_id": within(card, number_),
            "url": text(owner.get("url"), f"{OWNER}.url"),
            "title": text(item.get("name"), "name"),
            "created_at": made_at(number_),
            "archived": owner.get("archived") is True,
            "type": ITEM,
            "level": -1,
            "status": ITEM_STATUSES[state],
            "assignees": () if member is None else (identity(member, "idMember"),),
            "container": identity(owner.get("board"), f"{OWNER}.board"),
            "parent": card,
            "due_on": day_in(self._zone, item.get("due"), "due"),
        }
        return built(Issue, values)


def _status(card: Json, *, done: bool) -> Status:
    """The list a card is in. A due date that is ticked off is done, where the connection's map does not say else."""
    here = required(card.get(LIST), LIST)
    name = text(here.get("name"), f"{LIST}.name")
    if name is None:
        raise ValueError(f"{LIST}.name: missing")
    category = StatusCategory.DONE if done else None
    return Status(name=name, id=identity(here.get("id"), f"{LIST}.id"), category=category)


def _ids(value: object, path: str) -> list[str]:
    return [identity(entry, f"{path}[{at}]") for at, entry in enumerate(rows(value, path))]


def _labels(value: object) -> list[str]:
    """The words of a card's labels, each once: two labels may bear one name."""
    found = [required(entry, f"labels[{at}]") for at, entry in enumerate(rows(value, "labels"))]
    return list(dict.fromkeys(map(label_word, found)))


# ---- what lives inside a card ----------------------------------------------------------------------------------------


def owner_of(card: Json) -> dict[str, Any]:
    """What a check item, comment or attachment is told of its card."""
    return {
        "id": card.get("id"),
        "url": card.get("shortUrl"),
        "board": card.get("idBoard"),
        "archived": is_archived(card),
    }


def comment_payload(action: Json) -> dict[str, Any]:
    """A comment without what is told of the world around it: names of lists and boards change behind its back."""
    data = required(action.get("data"), "data")
    card = mapping(data.get("card"), "data.card") or {}
    kept = {name: data[name] for name in ("text", "dateLastEdited") if name in data}
    of = {"id": card.get("id") or data.get("idCard"), "shortLink": card.get("shortLink")}
    return {
        **{name: action.get(name) for name in ("id", "type", "date", "idMemberCreator")},
        "data": {**kept, "card": of},
    }


def comment(payload: Json) -> Record:
    data = required(payload.get("data"), "data")
    card = required(data.get("card"), "data.card")
    id_, link = identity(payload.get("id"), "id"), text(card.get("shortLink"), "data.card.shortLink")
    made = instant(payload.get("date"), "date")
    author = payload.get("idMemberCreator")
    values = {
        "remote_id": id_,
        "url": f"{SITE_URL}/c/{link}#comment-{id_}" if link else None,
        "subject": identity(card.get("id"), "data.card.id"),
        "author": None if author is None else identity(author, "idMemberCreator"),
        "created_at": made,
        "updated_at": instant(data.get("dateLastEdited"), "data.dateLastEdited") or made,
        "body": Text(format=TextFormat.MARKDOWN, source=text(data.get("text"), "data.text") or ""),
    }
    return built(Comment, values)


def attachment(payload: Json) -> Record:
    card = identity(required(payload.get(OWNER), OWNER).get("id"), f"{OWNER}.id")
    author = payload.get("idMember")
    values = {
        "remote_id": within(card, identity(payload.get("id"), "id")),
        "url": text(payload.get("url"), "url"),
        "title": text(payload.get("name"), "name") or text(payload.get("fileName"), "fileName"),
        "subject": card,
        "author": None if author in (None, "") else identity(author, "idMember"),
        "created_at": instant(payload.get("date"), "date"),
        "mime_type": text(payload.get("mimeType"), "mimeType") or None,
        "size": payload.get("bytes"),
    }
    return built(Attachment, values)


# ---- what cards refer to ---------------------------------------------------------------------------------------------


def person(payload: Json) -> Record:
    """A member. Trello shows nobody's e-mail to others."""
    name = text(payload.get("username"), "username")
    values = {
        "remote_id": identity(payload.get("id"), "id"),
        "key": name,
        "url": f"{SITE_URL}/{name}" if name else None,
        "title": text(payload.get("fullName"), "fullName") or name,
        "email": text(payload.get("email"), "email") or None,
    }
    return built(Person, values)


def container(payload: Json) -> Record:
    """A board. Its columns are its lists, archived ones left out."""
    lists = parse_lists(payload.get("lists"))
    shown = sorted((one for one in lists if not one.closed), key=lambda one: one.pos)
    values = {
        "remote_id": identity(payload.get("id"), "id"),
        "key": text(payload.get("shortLink"), "shortLink"),
        "url": text(payload.get("shortUrl"), "shortUrl") or text(payload.get("url"), "url"),
        "title": text(payload.get("name"), "name"),
        "type": "board",
        "archived": payload.get("closed") is True,
        "columns": [(one.name, (one.id,)) for one in shown],
    }
    return built(Container, values)


BOARD_KEPT = ("id", "name", "desc", "closed", "shortLink", "shortUrl", "url", "idOrganization")
LIST_KEPT = ("id", "name", "closed", "pos")


def board_payload(answer: Json) -> dict[str, Any]:
    """A board as it is stored: with its lists, without what is counted, preferred or looked at."""
    kept = {name: answer[name] for name in BOARD_KEPT if name in answer}
    lists = [required(entry, "lists") for entry in rows(answer.get("lists"), "lists")]
    return {**kept, "lists": [{name: one.get(name) for name in LIST_KEPT} for one in lists]}


MEMBER_KEPT = ("id", "username", "fullName", "email")
"""What is the same on every board; a member's role is not."""


def member_payload(member: Json) -> dict[str, Any]:
    return {name: member[name] for name in MEMBER_KEPT if name in member}
