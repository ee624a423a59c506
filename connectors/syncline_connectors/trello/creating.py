"""Making cards: one request with the marker in it, into the list of the wanted status or the leftmost one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncline.changes import alike
from syncline.errors import (
    AccessDenied,
    InDoubt,
    Invalid,
    NotFound,
    ProtocolError,
    Unsupported,
    VendorError,
)
from syncline.model import Kind, Ref, Text
from syncline.outcomes import Ledger
from syncline.target import Draft, Move, Outcome, value_of
from syncline_connectors.trello.api import row_id
from syncline_connectors.trello.boards import Board, ListInfo
from syncline_connectors.trello.encode import Encoder
from syncline_connectors.trello.ids import SITE, is_id
from syncline_connectors.trello.labels import Labeller
from syncline_connectors.trello.links import marker_url
from syncline_connectors.trello.looking import Cards
from syncline_connectors.trello.sending import Sender
from syncline_connectors.trello.translate import CARD
from syncline_connectors.trello.updating import list_named

NATIVE: Mapping[str, str] = {
    "title": "name",
    "description": "desc",
    "due_on": "due",
    "start_on": "start",
    "assignees": "idMembers",
    "labels": "idLabels",
}
"""Fields that a card is made with; custom fields and backlinks are given to one that exists."""


class Creator:
    """Makes cards."""

    def __init__(self, cards: Cards, sender: Sender, encoder: Encoder, labeller: Labeller) -> None:
        self._cards = cards
        self._sender = sender
        self._encoder = encoder
        self._labeller = labeller

    def create(self, draft: Draft, marker: str) -> Outcome:
        if draft.kind is not Kind.ISSUE:
            raise Unsupported(f"Trello makes no {draft.kind}")
        if draft.type not in (None, CARD):
            raise Invalid(f"Trello has no type {draft.type!r}", hint=f"its only type is {CARD}", field="type")
        board = self._board(draft.container)
        ledger = Ledger()
        body = self._body(board, draft.fields, ledger)
        home = self._home(board, draft.fields.get("status"), ledger)
        sent = {**body, "idList": home.id, "urlSource": marker_url(marker), "pos": "bottom"}
        ledger.written |= {name for name, native in NATIVE.items() if native in body}
        try:
            number = row_id(self._sender.post("cards", sent), "cards")
        except ProtocolError as error:
            raise InDoubt(f"a card was made, but the answer does not tell which: {error.message}") from None
        return self._told(number, draft.fields, ledger)

    # ---- where ----

    def _board(self, container: str) -> Board:
        """The board, with room for another card; raises Invalid."""
        if not is_id(container):
            raise Invalid(f"{container!r} is no board", field="container")
        try:
            board = self._cards.board(container)
        except (NotFound, AccessDenied, Invalid) as error:
            raise Invalid(
                f"Trello shows no such board: {error.message}", status=error.status, field="container"
            ) from None
        if board.closed:
            raise Invalid(f"the board {board.payload.get('name')} is closed", field="container")
        if _is_full(board.payload):
            raise Invalid(
                f"the board {board.payload.get('name')} holds as many open cards as Trello allows",
                hint="archive some",
                field="container",
            )
        return board

    def _home(self, board: Board, status: Any, ledger: Ledger) -> ListInfo:
        """The list of the wanted status; without one, or where the board lacks it, the leftmost."""
        wanted = status.status if isinstance(status, Move) else status
        if isinstance(wanted, str):
            try:
                home = list_named(board, wanted)
            except Invalid:
                pass  # `update` tells
            else:
                ledger.written.add("status")
                return home
        lists = board.open_lists()
        if not lists:
            raise Invalid(f"the board {board.payload.get('name')} has no open list", field="container")
        return lists[0]

    # ---- what ----

    def _body(self, board: Board, fields: Mapping[str, Any], ledger: Ledger) -> dict[str, Any]:
        """What is given with the card. A title that cannot be given stops all; any other field is refused."""
        body: dict[str, Any] = {"name": self._encoder.stored("title", fields.get("title"))}
        for name in (name for name in fields if name in NATIVE and name != "title"):
            try:
                found = self._native(board, name, fields[name])
            except VendorError as error:
                ledger.refused[name] = error
                continue
            if found in (None, "", []):
                ledger.had.add(name)
            else:
                body[NATIVE[name]] = found
        return body

    def _native(self, board: Board, name: str, value: Any) -> Any:
        shall = self._encoder.stored(name, value)
        if name == "labels":
            return [self._labeller.id_of(board, word) for word in shall]
        if name in ("due_on", "start_on"):
            return self._encoder.moment(name, shall, None)
        if isinstance(shall, Text):
            return shall.source
        return list(shall) if isinstance(shall, tuple) else shall

    # ---- what came of it ----

    def _told(self, number: str, fields: Mapping[str, Any], ledger: Ledger) -> Outcome:
        ref = Ref(SITE, Kind.ISSUE, number)
        try:
            seen = self._cards.read(number)
        except VendorError:
            return ledger.outcome(ref, None, later=False)
        for name in sorted(ledger.written - {"status"}):
            if not alike(name, value_of(seen.issue, name), self._encoder.stored(name, fields[name])):
                ledger.undo(name, Invalid(f"Trello made the card without this {name}", field=name))
        return ledger.outcome(ref, seen.sourced, later=True)


def _is_full(board: Mapping[str, Any]) -> bool:
    """Whether Trello says that no further card may be opened (its guide on limits)."""
    limits = board.get("limits")
    cards = limits.get("cards") if isinstance(limits, dict) else None
    opened = cards.get("openPerBoard") if isinstance(cards, dict) else None
    return isinstance(opened, dict) and opened.get("status") == "maxExceeded"
