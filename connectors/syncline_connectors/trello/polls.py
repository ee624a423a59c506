"""One look at several boards: what they are made of, how their cards stand, and what happened since the last walk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from syncline.errors import ProtocolError, VendorError
from syncline_connectors.trello.api import (
    ME,
    PAGE,
    URLS,
    Api,
    Get,
    answered,
    board_get,
    feed_get,
    glance_get,
    listed,
    oldest,
    row_id,
)
from syncline_connectors.trello.boards import Board, parse_board
from syncline_connectors.trello.marks import Mark, Seen, cards_digest, silent_digest
from syncline_connectors.trello.values import Json

EACH = 3
"""Addresses that a board known from an earlier walk takes in a batch."""
TOGETHER = (URLS - 1) // EACH
"""Boards looked at in one batch, with one address left for who we are."""


@dataclass(frozen=True)
class Poll:
    """A board by its ``key`` (id or short link), and what was seen of it. ``glances`` and ``actions`` are None where
    the board is to be read whole; ``board`` is None where these credentials do not see it."""

    key: str
    board: Board | None
    glances: list[Json] | None = None
    actions: list[Json] | None = None

    def seen(self, board: Board) -> Seen:
        if self.glances is None:
            return Seen(board.digest, board.named)
        newest = max((row_id(action, "actions") for action in self.actions or ()), default="")
        cards, silent = cards_digest(self.glances), silent_digest(self.glances)
        return Seen(board.digest, board.named, cards, newest, silent)


def look(api: Api, keys: Sequence[str], mark: Mark | None) -> list[Poll]:
    """Look at a few boards in one request. What is longer than a page is read to its end."""
    gets: list[Get] = [ME]
    for key in keys:
        gets.append(board_get(key))
        if mark is not None and key in mark.boards:
            gets += [glance_get(key), feed_get(key, mark.since)]
    answers = iter(api.batch(gets))
    api.me = row_id(answered(next(answers), "members/me"), "members/me")
    return [_poll(api, key, answers, mark) for key in keys]


def _poll(api: Api, key: str, answers: Any, mark: Mark | None) -> Poll:
    found = next(answers)
    known = mark is not None and key in mark.boards
    glances, actions = (next(answers), next(answers)) if known else (None, None)
    if isinstance(found, VendorError):
        return Poll(key, None)
    board = read_board(found)
    if mark is None or not known:
        return Poll(key, board)
    return Poll(key, board, _glances(api, board, glances), _actions(api, board, actions, mark))


def read_board(answer: Any) -> Board:
    """The board in an answer; raises ProtocolError."""
    try:
        return parse_board(answered(answer, "boards"))
    except ValueError as error:
        raise ProtocolError(f"boards: {error}") from None


def _glances(api: Api, board: Board, first: Any) -> list[Json]:
    """All cards of a board at a glance. Fewer than asked for are all there are: so Trello documents its lists."""
    found: list[Json] = listed(first, "cards")
    if len(found) >= PAGE:
        found = [*found, *(card for page in api.glances(board.id, oldest(found, "cards")) for card in page)]
    return list({row_id(card, "cards"): card for card in found}.values())


def _actions(api: Api, board: Board, first: Any, mark: Mark) -> list[Json]:
    """What happened since the mark, the latest first, each once."""
    found: list[Json] = listed(first, "actions")
    if len(found) >= PAGE:
        path = f"boards/{board.id}/actions"
        for page in api.actions(path, since=mark.since, before=row_id(found[-1], path)):
            found = [*found, *page]
    return list({row_id(action, "actions"): action for action in found}.values())
