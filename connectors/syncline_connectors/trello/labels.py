"""Labels by their words, people by their ids: what a card shall bear, and the requests that bring it there."""

from __future__ import annotations

from collections.abc import Iterable

from syncline.errors import ProtocolError
from syncline_connectors.trello.api import row_id
from syncline_connectors.trello.boards import Board, label_word
from syncline_connectors.trello.looking import Cards, Seen
from syncline_connectors.trello.sending import Sender
from syncline_connectors.trello.values import required, rows


class Labeller:
    """Puts labels on cards and takes them off, each by a request of its own, so that others' stay.

    A word that no label of the board bears becomes a new label without a colour: a mirrored word that nobody has drawn
    yet would otherwise block the field until somebody does.
    """

    def __init__(self, cards: Cards, sender: Sender) -> None:
        self._cards = cards
        self._sender = sender

    def change(self, seen: Seen, words: Iterable[str]) -> None:
        """Bring a card's labels to ``words``."""
        wanted = set(words)
        for id_, word in self._on(seen):
            if word not in wanted:
                self._sender.delete(f"cards/{seen.issue.remote_id}/idLabels/{id_}")
        here = set(seen.issue.labels)
        for word in (word for word in words if word not in here):
            number = self.id_of(seen.board, word)
            self._sender.post(f"cards/{seen.issue.remote_id}/idLabels", {"value": number}, idempotent=True)

    def id_of(self, board: Board, word: str) -> str:
        """The label of a word: the one there is, another after a fresh look, else a new one."""
        found = _known(board, word) or _known(self._cards.board(board.id, again=True), word)
        if found is not None:
            return found
        made = self._sender.post(f"boards/{board.id}/labels", {"name": word, "color": None})
        self._cards.forget(board.id)
        return row_id(made, "labels")

    def _on(self, seen: Seen) -> list[tuple[str, str]]:
        try:
            labels = [required(one, "labels") for one in rows(seen.card.get("labels"), "labels")]
            return [(row_id(one, "labels"), label_word(one)) for one in labels]
        except ValueError as error:
            raise ProtocolError(str(error)) from None


class Assigner:
    """Puts members on cards and takes them off, each by a request of its own."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def change(self, seen: Seen, people: Iterable[str]) -> None:
        wanted, here = list(people), seen.issue.assignees
        path = f"cards/{seen.issue.remote_id}/idMembers"
        for person in (one for one in here if one not in wanted):
            self._sender.delete(f"{path}/{person}")
        for person in (one for one in wanted if one not in here):
            self._sender.post(path, {"value": person}, idempotent=True)


def _known(board: Board, word: str) -> str | None:
    return next((label.id for label in board.labels if label.word == word), None)
