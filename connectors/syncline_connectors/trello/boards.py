"""What a board is made of: its lists, labels, custom fields and members, as they stand in one answer.

A card names its list, labels and fields by id. What they are called, and whether list and board are archived, is added
to the stored card (`Board.context`), so that it can be read again without asking, and becomes another version when a
list is renamed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, NamedTuple

from syncline.jsontext import encode
from syncline.model import Status
from syncline_connectors.trello.fields import CustomField, parse_fields, resolved
from syncline_connectors.trello.values import Json, identity, number, required, rows, text

LIST, BOARD = "_list", "_board"
"""The keys under which a stored card says where it is. Not the vendor's."""
UNNAMED = "unnamed"
"""The word for a label that has neither name nor colour."""


class ListInfo(NamedTuple):
    id: str
    name: str
    closed: bool
    pos: float


class Label(NamedTuple):
    """``word`` is what people see: its name, else its colour, else `UNNAMED`."""

    id: str
    word: str


@dataclass(frozen=True)
class Board:
    """A board, and the answer it was read from.

    ``digest`` changes with what every card of it is read by; ``named`` has a digest for each list and label, by the end
    of its id, which changes with what the cards in it, or with it, are read by.
    """

    id: str
    closed: bool
    payload: Json
    lists: Mapping[str, ListInfo]
    labels: tuple[Label, ...]
    fields: Mapping[str, CustomField]
    digest: str
    named: Mapping[str, str]

    def context(self, card: Json) -> dict[str, Any]:
        """What is added to a card of this board."""
        number = card.get("idList")
        here = self.lists.get(number) if isinstance(number, str) else None
        return {
            LIST: None if here is None else {"id": here.id, "name": here.name, "closed": here.closed},
            BOARD: {"id": self.id, "closed": self.closed},
            "customFieldItems": [
                resolved(required(item, "customFieldItems"), self.fields)
                for item in rows(card.get("customFieldItems"), "customFieldItems")
            ],
        }

    def statuses(self) -> tuple[Status, ...]:
        """Its lists as native statuses: Trello has no categories."""
        return tuple(Status(name=one.name, id=one.id) for one in self.lists.values())

    def open_lists(self) -> list[ListInfo]:
        """Those that are not archived, from left to right."""
        return sorted((one for one in self.lists.values() if not one.closed), key=lambda one: one.pos)


def parse_board(answer: object) -> Board:
    """The board in an answer to `Api.board`; raises ValueError."""
    given = required(answer, "board")
    lists = parse_lists(given.get("lists"))
    labels = [
        required(entry, f"labels[{at}]") for at, entry in enumerate(rows(given.get("labels"), "labels"))
    ]
    fields = parse_fields(given.get("customFields"))
    closed = given.get("closed") is True
    words = [Label(identity(one.get("id"), "label.id"), label_word(one)) for one in labels]
    named = {one.id: [one.name, one.closed] for one in lists} | {one.id: [one.word] for one in words}
    return Board(
        id=identity(given.get("id"), "board.id"),
        closed=closed,
        payload=given,
        lists={one.id: one for one in lists},
        labels=tuple(words),
        fields={one.id: one for one in fields},
        digest=digest([closed, fields]),
        named={short(id_): digest(said)[:6] for id_, said in named.items()},
    )


def parse_lists(value: object) -> list[ListInfo]:
    return [_list(required(entry, f"lists[{at}]")) for at, entry in enumerate(rows(value, "lists"))]


def _list(entry: Json) -> ListInfo:
    name = text(entry.get("name"), "list.name") or ""
    return ListInfo(
        identity(entry.get("id"), "list.id"),
        name,
        entry.get("closed") is True,
        number(entry.get("pos"), "list.pos") or 0.0,
    )


def label_word(label: Json) -> str:
    """What people call a label."""
    name = (text(label.get("name"), "label.name") or "").strip()
    return name or text(label.get("color"), "label.color") or UNNAMED


def short(id_: str) -> str:
    """The end of an id, which tells apart what stands on one board."""
    return id_[-10:]


def digest(value: Any) -> str:
    """A short text that changes with ``value``."""
    return blake2b(encode({"of": value}), digest_size=9).hexdigest()
