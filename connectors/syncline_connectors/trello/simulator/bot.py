"""Somebody else at work: between two pages of a client cards are edited, moved, archived, commented, removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncline_connectors.trello.simulator import entities as e

if TYPE_CHECKING:
    from syncline_connectors.trello.simulator.hanging import Hanging


class Bot:
    """Acts ``budget`` times at most. ``did`` names what it did to which card."""

    def __init__(self, site: Hanging, budget: int) -> None:
        self._site, self.budget = site, budget
        self.did: list[tuple[str, str]] = []

    def act(self, board: e.Board, chance: float) -> None:
        """Perhaps one thing on a board."""
        random = self._site.random
        cards = self._site.cards_of(board)
        if self.budget <= 0 or not cards or random.random() >= chance:
            return
        self.budget -= 1
        card = random.choice(cards)
        kind = random.choices(("edit", "move", "comment", "archive", "create", "delete"), (4, 4, 3, 1, 2, 1))[
            0
        ]
        self._do(kind, card)
        self.did.append((kind, card.id))

    def _do(self, kind: str, card: e.Card) -> None:
        site = self._site
        if kind == "edit":
            site.edit(card, name=f"{card.name} (edited {len(self.did)})")
        elif kind == "move":
            others = [x for x in site.lists_of(card.board) if x is not card.list_]
            if others:
                site.move(card, site.random.choice(others))
        elif kind == "comment":
            site.comment(card, f"Passing by, {len(self.did)}")
        elif kind == "archive":
            site.edit(card, closed=not card.closed)
        elif kind == "create":
            site.create_card(card.list_, f"Made between pages {len(self.did)}")
        else:
            site.delete(card)
