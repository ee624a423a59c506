"""From the cards and actions of one answer to one page: records, what lives in them, events, whom they mention."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from syncline.connector import Quarantined
from syncline.model import Kind, Sourced
from syncline.pages import PageDraft
from syncline_connectors.trello.api import row_id
from syncline_connectors.trello.boards import Board
from syncline_connectors.trello.ids import within
from syncline_connectors.trello.links import is_ours
from syncline_connectors.trello.reading import Reader
from syncline_connectors.trello.translate import OWNER, comment_payload, member_payload, owner_of
from syncline_connectors.trello.values import Json, required, rows

OWN_RECORDS = frozenset({"attachments", "checklists", "badges"})
"""What becomes records of its own, and sums over it: not kept in the card's payload."""
CHECKLIST = "_checklist"
"""The key under which a check item says which list it stands on. Not the vendor's."""


class Assembler:
    """Turns cards and actions into drafts. ``items``: whether check items are wanted. A stub is given once."""

    def __init__(self, reader: Reader, *, items: bool) -> None:
        self._reader = reader
        self._items = items
        self._people: set[str] = set()

    # ---- cards ----

    def card(self, draft: PageDraft, card: Json, board: Board, talk: Sequence[Json] | None = None) -> None:
        """Add a card of ``board`` with what lives in it; ``talk`` are all its comments, None where not asked for."""
        number = row_id(card, "cards")
        try:
            payload = card_payload(card, board)
            draft.records.append(Sourced(self._reader.read(Kind.ISSUE, payload), payload))
        except ValueError as error:
            draft.quarantined.append(Quarantined(Kind.ISSUE, number, str(error), card))
            return
        self._children(draft, Kind.ATTACHMENT, number, _attachments(card))
        if self._items:
            self._children(draft, Kind.ISSUE, number, _items(card, payload))
        if talk is not None:
            self.comments(draft, number, talk)

    def comments(self, draft: PageDraft, card: str, talk: Sequence[Json]) -> None:
        """Add all comments of a card."""
        self._children(draft, Kind.COMMENT, card, map(_comment, talk))
        self._introduce(draft, talk)

    def _children(
        self, draft: PageDraft, kind: Kind, card: str, found: Iterator[dict[str, Any] | None] | None
    ) -> None:
        """Add the children of one kind; where one cannot be read, or none were given, the list is not whole."""
        if found is None:
            return
        refused = len(draft.quarantined)
        for payload in found:
            try:
                record = self._reader.read(kind, required(payload, kind.lower()))
            except ValueError as error:
                draft.quarantined.append(_quarantined(kind, card, payload, error))
                continue
            draft.records.append(Sourced(record, payload or {}))
        if len(draft.quarantined) == refused:
            draft.complete.add((kind, card))

    # ---- actions ----

    def actions(self, draft: PageDraft, actions: Iterable[Json]) -> None:
        """Add the events of actions."""
        taken = list(actions)
        for action in taken:
            try:
                draft.events += list(self._reader.history.events(action))
            except ValueError as error:
                number = row_id(action, "actions")
                draft.quarantined.append(Quarantined(Kind.ISSUE, number, f"action: {error}", action))
        self._introduce(draft, taken)

    def _introduce(self, draft: PageDraft, actions: Iterable[Json]) -> None:
        """Give a stub of whoever acted, the first time; one that makes no sense is no loss."""
        for action in actions:
            who = action.get("memberCreator")
            number = who.get("id") if isinstance(who, dict) else None
            if not isinstance(who, dict) or not isinstance(number, str) or number in self._people:
                continue
            self._people.add(number)
            payload = member_payload(who)
            try:
                draft.stubs.append(Sourced(self._reader.read(Kind.PERSON, payload), payload))
            except ValueError:
                continue


def card_payload(card: Json, board: Board) -> dict[str, Any]:
    """A card as it is stored; raises ValueError."""
    kept = {name: value for name, value in card.items() if name not in OWN_RECORDS}
    return kept | board.context(card)


def talk_count(card: Json) -> int | None:
    """How many comments a card has by its own count; None where it does not tell."""
    badges = card.get("badges")
    count = badges.get("comments") if isinstance(badges, Mapping) else None
    return count if isinstance(count, int) else None


# ---- what lives in a card ----


def _comment(action: Json) -> dict[str, Any] | None:
    try:
        return comment_payload(action)
    except ValueError:
        return None


def _attachments(card: Json) -> Iterator[dict[str, Any] | None] | None:
    """Files and links, without those that are ours; None where the card does not tell."""
    if card.get("attachments") is None:
        return None
    entries = rows_or_none(card["attachments"])
    if entries is None:
        return iter((None,))
    return (
        {**entry, OWNER: {"id": card.get("id")}} if isinstance(entry, dict) else None
        for entry in entries
        if not (isinstance(entry, dict) and is_ours(entry))
    )


def _items(card: Json, payload: Json) -> Iterator[dict[str, Any] | None] | None:
    if card.get("checklists") is None:
        return None
    return _each_item(rows_or_none(card["checklists"]), owner_of(payload))


def _each_item(checklists: list[Any] | None, owner: Json) -> Iterator[dict[str, Any] | None]:
    if checklists is None:
        yield None
        return
    for checklist in checklists:
        items = rows_or_none(checklist.get("checkItems")) if isinstance(checklist, dict) else None
        if items is None:
            yield None
            continue
        about = {"id": checklist.get("id"), "name": checklist.get("name")}
        for item in items:
            yield {**item, OWNER: owner, CHECKLIST: about} if isinstance(item, dict) else None


def rows_or_none(value: object) -> list[Any] | None:
    """A list, an empty one for null; None for what is neither."""
    try:
        return rows(value, "list")
    except ValueError:
        return None


def _quarantined(kind: Kind, card: str, payload: Any, error: ValueError) -> Quarantined:
    known = payload if isinstance(payload, dict) else {"value": payload}
    number = known.get("id")
    own = isinstance(number, str)
    inside = kind is not Kind.COMMENT
    named = (within(card, str(number)) if inside else str(number)) if own else f"of {card}"
    return Quarantined(kind, named, str(error), known)
