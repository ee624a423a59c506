"""One card as it stands right now: read before a write, and after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from syncline.errors import Invalid, NotFound, ProtocolError, VendorError
from syncline.model import Issue, Sourced
from syncline.pages import PageDraft
from syncline_connectors.trello.api import Api, answered, card_get
from syncline_connectors.trello.assemble import Assembler
from syncline_connectors.trello.boards import Board
from syncline_connectors.trello.ids import is_id
from syncline_connectors.trello.polls import read_board
from syncline_connectors.trello.reading import Reader
from syncline_connectors.trello.values import Json


@dataclass(frozen=True)
class Seen:
    """A card: its record, the answer it was read from (attachments among it), and its board."""

    sourced: Sourced
    issue: Issue
    card: Json
    board: Board


class Cards:
    """Reads single cards, and the boards they are on, each once."""

    def __init__(self, api: Api, reader: Reader) -> None:
        self._api = api
        self._reader = reader
        self._boards: dict[str, Board] = {}

    def read(self, card: str) -> Seen:
        """The card; raises NotFound."""
        return self.seen(*self._ask(card))

    def item(self, card: str, remote_id: str) -> Sourced | None:
        """A check item of a card; None where the card has no such. Raises NotFound where there is no such card."""
        draft = PageDraft()
        Assembler(self._reader, items=True).card(draft, *self._ask(card))
        return next((item for item in draft.records if item.record.remote_id == remote_id), None)

    def _ask(self, card: str) -> tuple[Json, Board]:
        if not is_id(card):
            raise NotFound(f"{card} is no id of Trello")
        (answer,) = self._api.batch([card_get(card)])
        found = answered(answer, f"cards/{card}")
        home = str(found.get("idBoard"))
        board = self.board(home)
        if str(found.get("idList")) not in board.lists:
            board = self.board(home, again=True)  # a list that is newer than our look at its board
        return found, board

    def seen(self, card: Json, board: Board) -> Seen:
        """The card of an answer; raises ProtocolError where it cannot be read."""
        draft = PageDraft()
        Assembler(self._reader, items=False).card(draft, card, board)
        record = draft.records[0].record if draft.records else None
        if not isinstance(record, Issue):
            reason = draft.quarantined[0].reason if draft.quarantined else "it is empty"
            raise ProtocolError(f"card {card.get('id')} cannot be read: {reason}")
        return Seen(draft.records[0], record, card, board)

    def board(self, number: str, *, again: bool = False) -> Board:
        """A board; raises what stands in place of its answer."""
        if again or number not in self._boards:
            answer = self._api.board(number)
            if isinstance(answer, VendorError):
                raise answer
            self._boards[number] = read_board(answer)
        return self._boards[number]

    def forget(self, number: str) -> None:
        """Something was made on this board: look again when it is needed."""
        self._boards.pop(number, None)


def attachments(card: Json) -> Sequence[dict[str, Any]]:
    """The attachments that came with a card, ours among them."""
    found = card.get("attachments") or ()
    return [one for one in found if isinstance(one, dict)]


def foreign(error: VendorError, name: str) -> VendorError:
    """Not found, told while writing one field: it is the value that is not there, for the card was."""
    if isinstance(error, NotFound):
        return Invalid(f"{name}: {error.message}", status=error.status, field=name)
    return error
