"""Actions as the feed tells them: who did what to which object, with names as they were then."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from syncline_connectors.trello.simulator import entities as e
from syncline_connectors.trello.simulator.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Origin:
    """What a request says about the program that sent it: its key's app, and how the program calls itself."""

    app: str | None = None
    client: str | None = None


def board_ref(board: e.Board) -> e.Json:
    return {"id": board.id, "name": board.name, "shortLink": board.short_link}


def card_ref(card: e.Card) -> e.Json:
    return {"id": card.id, "name": card.name, "idShort": card.number, "shortLink": card.short_link}


def named(thing: e.TrelloList | e.Checklist | e.CustomField | e.Label) -> e.Json:
    return {"id": thing.id, "name": thing.name}


class Telling(Site):
    """A site that writes down what happens."""

    _origin = Origin()

    @contextmanager
    def from_program(self, origin: Origin) -> Iterator[None]:
        """What happens within was asked for by a program."""
        before, self._origin = self._origin, origin
        try:
            yield
        finally:
            self._origin = before

    def tell(
        self,
        type_: str,
        data: Mapping[str, Any],
        board: e.Board,
        *,
        by: e.Member | None,
        at: datetime,
        card: e.Card | None = None,
        lists: tuple[str, ...] = (),
    ) -> e.Action:
        """Write an action down. The one who did it is the first administrator where nobody is named."""
        who = by or self._administrator(board)
        lag = self.random.uniform(0.0, self.quirks.lag)
        action = e.Action(
            id=self.new_id(at),
            type=type_,
            date=at,
            member=who,
            data={**data, "board": board_ref(board)},
            board=board,
            card_id=card.id if card else None,
            list_ids=lists or ((card.list_.id,) if card else ()),
            app=self._origin.app,
            client=self._origin.client,
            unlisted=type_ in self.quirks.unlisted,
            visible_from=at + timedelta(seconds=lag) if lag else None,
        )
        self.register_action(action)
        self.sent.append(replace(action))
        self.changes += 1
        board.activity = max(board.activity or at, at)
        return action

    def tell_card(
        self,
        type_: str,
        card: e.Card,
        data: Mapping[str, Any] | None = None,
        *,
        by: e.Member | None,
        at: datetime,
        with_list: bool = False,
        touch: bool = True,
    ) -> e.Action:
        """An action on a card, which moves its dateLastActivity unless ``touch`` is False."""
        if touch:
            card.activity = max(card.activity, at)
        told = {"card": card_ref(card), **(data or {})}
        if with_list:
            told["list"] = named(card.list_)
        return self.tell(type_, told, card.board, by=by, at=at, card=card)

    def _administrator(self, board: e.Board) -> e.Member | None:
        first = next(iter(board.members), None)
        return self.members.get(first) if first else None
