"""From Trello's actions to events.

Trello's feed has no labels and no custom fields, although the documents list actions for both: of 2,254 actions in real
exports none is about a label alone. So their history is observed, and what the feed does tell of them is kept under
``native:``, where it cannot count twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from syncline.model import Event, Kind
from syncline_connectors.trello.boards import label_word
from syncline_connectors.trello.ids import within
from syncline_connectors.trello.translate import COMPLETE, ITEM_STATUSES
from syncline_connectors.trello.values import Json, day_in, identity, instant, mapping, required, text

CARD_ACTIONS = (
    "createCard",
    "copyCard",
    "convertToCardFromCheckItem",
    "emailCard",
    "updateCard",
    "moveCardToBoard",
    "moveCardFromBoard",
    "deleteCard",
    "commentCard",
    "copyCommentCard",
    "updateComment",
    "deleteComment",
    "addLabelToCard",
    "removeLabelFromCard",
    "addMemberToCard",
    "removeMemberFromCard",
    "addAttachmentToCard",
    "deleteAttachmentFromCard",
    "addChecklistToCard",
    "removeChecklistFromCard",
    "updateCheckItemStateOnCard",
    "updateCustomFieldItem",
)
"""The actions that touch a card: asked for, so that a card named by one is read again."""
COMMENTS = ("commentCard", "copyCommentCard")
"""The actions that are comments."""

NATIVE_FIELDS = frozenset(
    {
        "status",
        "title",
        "description",
        "assignees",
        "due_on",
        "start_on",
        "container",
        "resolution",
        "archived",
    }
)
"""Common fields whose history Trello keeps."""

NOISE = frozenset({"pos", "cover", "idAttachmentCover", "manualCoverAttachment", "dueReminder"})
"""Changes of a card that no field tells of: its place within the list, its picture, when somebody is reminded."""

LONGEST = 255
"""Characters of a value that an event keeps."""


class Change(NamedTuple):
    """What an action changed: a common field or ``native:…``, and both values with what people read."""

    field: str
    old: str | None = None
    old_name: str | None = None
    new: str | None = None
    new_name: str | None = None


class HistoryReader:
    """Reads actions. ``zone`` decides days."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._readers: Mapping[str, Callable[[Json], Iterator[Change]]] = {
            "updateCard": self._update,
            "moveCardToBoard": _moved,
            "addMemberToCard": lambda data: _member(data, joined=True),
            "removeMemberFromCard": lambda data: _member(data, joined=False),
            "addLabelToCard": lambda data: _label(data, added=True),
            "removeLabelFromCard": lambda data: _label(data, added=False),
            "updateCustomFieldItem": _custom,
            "updateCheckItemStateOnCard": _ticked,
        }

    def events(self, action: Json) -> Iterator[Event]:
        """The events of one action, none for one that changes no field; raises ValueError."""
        read = self._readers.get(str(action.get("type")))
        if read is None:
            return
        data = required(action.get("data"), "action.data")
        id_, at = identity(action.get("id"), "action.id"), instant(action.get("date"), "action.date")
        if at is None:
            raise ValueError("action.date: missing")
        actor = action.get("idMemberCreator")
        owner = _subject(action, data)
        for ordinal, change in enumerate(read(data)):
            yield Event(
                kind=Kind.ISSUE,
                remote_id=owner,
                native_id=id_,
                ordinal=ordinal,
                at=at,
                actor=None if actor is None else identity(actor, "action.idMemberCreator"),
                **{name: _short(value) for name, value in change._asdict().items()},
            )

    def _update(self, data: Json) -> Iterator[Change]:
        """``data.old`` holds what changed, ``data.card`` what it became."""
        now = required(data.get("card"), "data.card")
        for name, before in sorted((mapping(data.get("old"), "data.old") or {}).items()):
            if name == "idList":
                yield _listed(data)
            elif name in ("due", "start"):
                yield Change(f"{name}_on", *self._day(before), *self._day(now.get(name)))
            elif name in ("name", "desc"):
                yield _text(name, before, now.get(name))
            elif name == "closed":
                yield Change("archived", *_flag(before), *_flag(now.get(name)))
            elif name == "dueComplete":
                yield Change("resolution", *_resolution(before), *_resolution(now.get(name)))
            elif name not in NOISE:
                yield Change(f"native:{name}", *_plain(before), *_plain(now.get(name)))

    def _day(self, value: object) -> tuple[str | None, str | None]:
        found = day_in(self._zone, value, "data.old")
        day = None if found is None else found.isoformat()
        return day, day


def card_of(action: Json) -> str | None:
    """The card that an action is about; None where it is about none."""
    data = mapping(action.get("data"), "action.data") or {}
    found = (mapping(data.get("card"), "data.card") or {}).get("id") or data.get("idCard")
    return found if isinstance(found, str) and found else None


def _subject(action: Json, data: Json) -> str:
    card = identity(card_of(action), "data.card.id")
    if action.get("type") != "updateCheckItemStateOnCard":
        return card
    return within(
        card, identity(required(data.get("checkItem"), "data.checkItem").get("id"), "data.checkItem.id")
    )


# ---- single changes --------------------------------------------------------------------------------------------------


def _listed(data: Json) -> Change:
    ends: list[str | None] = []
    for name in ("listBefore", "listAfter"):
        place = mapping(data.get(name), f"data.{name}") or {}
        ends += [text(place.get("id"), f"data.{name}.id"), text(place.get("name"), f"data.{name}.name")]
    return Change("status", *ends)


def _moved(data: Json) -> Iterator[Change]:
    """To another board: the board it came from has no name here, the list it came from is not told at all."""
    source = mapping(data.get("boardSource"), "data.boardSource") or {}
    board = mapping(data.get("board"), "data.board") or {}
    yield Change("container", *_named(source), *_named(board))
    place = mapping(data.get("list"), "data.list")
    if place is not None:
        yield Change("status", None, None, *_named(place))


def _member(data: Json, *, joined: bool) -> Iterator[Change]:
    member = mapping(data.get("member"), "data.member") or {}
    id_ = text(data.get("idMember"), "data.idMember") or text(member.get("id"), "data.member.id")
    who = (id_, text(member.get("name"), "data.member.name") or id_)
    yield Change("assignees", None, None, *who) if joined else Change("assignees", *who)


def _label(data: Json, *, added: bool) -> Iterator[Change]:
    label = mapping(data.get("label"), "data.label")
    if label is None:
        return
    what = (text(label.get("id"), "data.label.id"), label_word(label))
    yield Change("native:labels", None, None, *what) if added else Change("native:labels", *what)


def _custom(data: Json) -> Iterator[Change]:
    field = mapping(data.get("customField"), "data.customField") or {}
    item = mapping(data.get("customFieldItem"), "data.customFieldItem") or {}
    before = mapping(data.get("old"), "data.old") or {}
    name = str(field.get("id") or item.get("idCustomField"))
    yield Change(f"native:{name}", *_held(before), *_held(item))


def _held(item: Json) -> tuple[str | None, str | None]:
    """The value of a custom field item: an option's id, or the one value of an object."""
    value = item.get("value")
    found = item.get("idValue") or (next(iter(value.values()), None) if isinstance(value, dict) else value)
    return _plain(found)


def _ticked(data: Json) -> Iterator[Change]:
    """An action tells what a check item became; before, it was the other."""
    state = required(data.get("checkItem"), "data.checkItem").get("state")
    now = ITEM_STATUSES.get(str(state))
    if now is None:
        return
    before = next(one for one in ITEM_STATUSES.values() if one is not now)
    yield Change("status", before.id, before.name, now.id, now.name)


def _text(name: str, before: object, now: object) -> Change:
    """Of a description only the fact of its change is kept."""
    if name == "desc":
        return Change("description")
    return Change("title", *_plain(before), *_plain(now))


def _named(place: Json) -> tuple[str | None, str | None]:
    id_ = text(place.get("id"), "id")
    return id_, text(place.get("name"), "name") or id_


def _flag(value: object) -> tuple[str, str]:
    word = "true" if value is True else "false"
    return word, word


def _resolution(value: object) -> tuple[str | None, str | None]:
    return (COMPLETE, COMPLETE) if value is True else (None, None)


def _plain(value: Any) -> tuple[str | None, str | None]:
    if value is None or value == "":
        return None, None
    word = (
        value
        if isinstance(value, str)
        else ",".join(map(str, value))
        if isinstance(value, list)
        else str(value)
    )
    return word, word


def _short(value: str | None) -> str | None:
    return value if value is None or len(value) <= LONGEST else value[: LONGEST - 1] + "…"
