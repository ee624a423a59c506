"""The data of a simulated Trello and how its objects are made known and found."""

from __future__ import annotations

import random
import re
import string
import threading
from collections.abc import Iterable
from datetime import UTC, datetime

from syncline.seams import Clock
from syncline_connectors.trello.simulator import entities as e
from syncline_connectors.trello.simulator import shapes
from syncline_connectors.trello.simulator.quirks import Quirks

STEP = 65536.0
"""Between the positions of neighbours."""
_ID = re.compile(r"^[0-9a-f]{24}$")


def is_id(text: str) -> bool:
    return bool(_ID.match(text))


class Site:
    """Everything there is, by id. Cards and boards are also found by their short links."""

    def __init__(self, clock: Clock, seed: int, quirks: Quirks) -> None:
        self.clock, self.quirks = clock, quirks
        self.lock = threading.RLock()
        self.random = random.Random(seed)  # noqa: S311 - reproducible by design
        self._machines = [f"{self.random.getrandbits(40):010x}" for _ in range(max(1, quirks.machines))]
        self._count = self.random.getrandbits(16)
        self.members: dict[str, e.Member] = {}
        self.boards: dict[str, e.Board] = {}
        self.lists: dict[str, e.TrelloList] = {}
        self.labels: dict[str, e.Label] = {}
        self.cards: dict[str, e.Card] = {}
        self.checklists: dict[str, e.Checklist] = {}
        self.fields: dict[str, e.CustomField] = {}
        self.actions: dict[str, e.Action] = {}
        self.sent: list[e.Action] = []
        """Every action in the order in which it happened, as webhooks would tell it."""
        self.caps: dict[str, int] = {}
        """Caps other than the vendor's, by names such as ``cards.openPerBoard``."""
        self.changes = 0
        self.dropped: dict[str, datetime] = {}
        """When actions happened that are gone: their ids are still good as boundaries."""
        self._short: dict[str, e.Board | e.Card] = {}
        self._of_board: dict[str, list[e.Action]] = {}
        self._of_card: dict[str, list[e.Action]] = {}

    def now(self) -> datetime:
        return self.clock.now().astimezone(UTC)

    def new_id(self, at: datetime | None = None) -> str:
        """24 hex digits: the second, the machine, a counter. Within a second ids of two machines have no order."""
        when = at or self.now()
        self._count = (self._count + 1) % 0x1000000
        return f"{int(when.timestamp()):08x}{self.random.choice(self._machines)}{self._count:06x}"

    def new_short_link(self) -> str:
        letters = string.ascii_letters + string.digits
        while (made := "".join(self.random.choices(letters, k=8))) in self._short:
            pass
        return made

    def cap(self, name: str) -> int:
        return self.caps.get(name, shapes.cap(name))

    # ---- finding ---------------------------------------------------------------------------------------------------

    def find_card(self, text: str) -> e.Card | None:
        found = self.cards.get(text) or self._short.get(text)
        return found if isinstance(found, e.Card) else None

    def find_board(self, text: str) -> e.Board | None:
        found = self.boards.get(text) or self._short.get(text)
        return found if isinstance(found, e.Board) else None

    def find_member(self, text: str) -> e.Member | None:
        known = (m for m in self.members.values() if m.username == text)
        return self.members.get(text) or next(known, None)

    def cards_of(self, board: e.Board) -> list[e.Card]:
        return [card for card in self.cards.values() if card.board is board]

    def cards_in(self, in_: e.TrelloList) -> list[e.Card]:
        return [card for card in self.cards.values() if card.list_ is in_]

    def lists_of(self, board: e.Board) -> list[e.TrelloList]:
        return sorted((x for x in self.lists.values() if x.board is board), key=lambda x: (x.pos, x.id))

    def labels_of(self, board: e.Board) -> list[e.Label]:
        return [label for label in self.labels.values() if label.board is board]

    def fields_of(self, board: e.Board) -> list[e.CustomField]:
        if not board.fields_on:
            return []
        return sorted((f for f in self.fields.values() if f.board is board), key=lambda f: f.pos)

    def actions_of(self, board: e.Board) -> list[e.Action]:
        """In the order in which they were told."""
        return self._of_board.get(board.id, [])

    def actions_on(self, card: e.Card) -> list[e.Action]:
        """Those of its whole life, on whatever board."""
        return self._of_card.get(card.id, [])

    # ---- making known ----------------------------------------------------------------------------------------------

    def register_board(self, board: e.Board) -> None:
        self.boards[board.id] = self._short[board.short_link] = board

    def register_card(self, card: e.Card) -> None:
        self.cards[card.id] = self._short[card.short_link] = card

    def register_action(self, action: e.Action) -> None:
        self.actions[action.id] = action
        self._of_board.setdefault(action.board.id, []).append(action)
        if action.card_id:
            self._of_card.setdefault(action.card_id, []).append(action)

    def drop_action(self, action: e.Action) -> None:
        del self.actions[action.id]
        self.dropped[action.id] = action.date
        self._of_board[action.board.id].remove(action)
        if action.card_id:
            self._of_card[action.card_id].remove(action)

    def forget_card(self, card: e.Card) -> None:
        """Gone for good. Of all that feeds told of it only the deletion is left, as recorded exports show."""
        for action in [a for a in self.actions_on(card) if a.type != "deleteCard"]:
            self.drop_action(action)
        del self.cards[card.id], self._short[card.short_link]
        for checklist in card.checklists:
            self.checklists.pop(checklist.id, None)

    def forget_board(self, board: e.Board) -> None:
        for card in self.cards_of(board):
            self.forget_card(card)
        self.lists = {id_: thing for id_, thing in self.lists.items() if thing.board is not board}
        self.labels = {id_: thing for id_, thing in self.labels.items() if thing.board is not board}
        self.fields = {id_: thing for id_, thing in self.fields.items() if thing.board is not board}
        for action in list(self.actions_of(board)):
            self.drop_action(action)
        del self.boards[board.id], self._short[board.short_link]

    @staticmethod
    def position(neighbours: Iterable[float], wanted: float | str = "bottom") -> float:
        """Where "top", "bottom" or a number lies among others."""
        others = sorted(neighbours)
        if isinstance(wanted, (int, float)):
            return float(wanted)
        if not others:
            return STEP
        return others[0] / 2 if wanted == "top" else others[-1] + STEP
