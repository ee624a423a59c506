"""Changing cards: look, refuse what somebody else changed or Trello cannot hold, write the rest, tell of every field.

Name, text, dates and list go in one request. Each label, member, custom field and backlink takes one of its own, which
touches nothing but itself. Trello locks nothing: what is edited between our look and our write is overwritten.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from syncline.changes import Due, alike, due, sift
from syncline.errors import Invalid, Unsupported, VendorError
from syncline.model import Ref, Text
from syncline.outcomes import Ledger
from syncline.target import Change, Move, Outcome, value_of
from syncline_connectors.trello.backlinks import Linker
from syncline_connectors.trello.boards import Board, ListInfo
from syncline_connectors.trello.encode import Encoder, held_at
from syncline_connectors.trello.fields import FieldMap
from syncline_connectors.trello.labels import Assigner, Labeller
from syncline_connectors.trello.looking import Cards, Seen, foreign
from syncline_connectors.trello.sending import Sender
from syncline_connectors.trello.values import Json

PLAIN: Mapping[str, str] = {
    "title": "name",
    "description": "desc",
    "status": "idList",
    "due_on": "due",
    "start_on": "start",
}
"""Fields written together, by Trello's names."""
_NAMED = re.compile(r"invalid value for (\w+)")


@dataclass(frozen=True)
class Hands:
    """What an update is made with."""

    cards: Cards
    sender: Sender
    encoder: Encoder
    fields: FieldMap
    labeller: Labeller
    assigner: Assigner
    linker: Linker


class Updater:
    """Changes cards of one connection."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands

    def update(self, ref: Ref, changes: Mapping[str, Change], expected: Mapping[str, Any]) -> Outcome:
        seen = self._hands.cards.read(ref.remote_id)
        if self._outdated(seen, changes):
            seen = replace(seen, board=self._hands.cards.board(seen.board.id, again=True))
        ledger = Ledger()
        todo = sift(changes, ledger, partial(self._due, seen, expected))
        plain = {name: one for name, one in todo.items() if name in PLAIN}
        answer = self._edit(seen, plain, ledger) if plain else None
        for name in (name for name in todo if name not in PLAIN):
            self._attempt(name, partial(self._step(name), seen, todo[name]), ledger)
        return self._told(ref, seen, answer, todo, ledger)

    # ---- what is to be done ----

    def _outdated(self, seen: Seen, changes: Mapping[str, Change]) -> bool:
        """Whether a change names a list or a custom field that may be newer than our look at the board."""
        fields = seen.board.fields.values()
        if any(
            self._hands.fields.on(name, fields) is None
            for name in self._hands.fields.places
            if name in changes
        ):
            return True
        moves = [change.status for change in changes.values() if isinstance(change, Move)]
        return any(find_list(seen.board, name) is None for name in moves)

    def _due(self, seen: Seen, expected: Mapping[str, Any], name: str, change: Change) -> Due | None:
        if name == "backlinks":
            return Due(change) if self._hands.linker.differs(seen, change) else None

        def stored(name: str, value: Any) -> Any:
            return (
                list_named(seen.board, value).name
                if name == "status"
                else self._hands.encoder.stored(name, value)
            )

        return due(name, change, expected, seen.issue, stored, "Trello")

    # ---- what goes together ----

    def _edit(self, seen: Seen, todo: Mapping[str, Due], ledger: Ledger) -> Json | None:
        """Write them in one request; the answer, which is the card. What Trello refuses by name is left out; where it
        names nothing, each is sent alone."""
        body = {PLAIN[name]: self._native(seen, name, one.shall) for name, one in todo.items()}
        try:
            answer = self._hands.sender.put(f"cards/{seen.issue.remote_id}", body)
        except Invalid as error:
            return self._after_refusal(seen, todo, error, ledger)
        except VendorError as error:
            ledger.refuse(todo, error)
            return None
        ledger.written |= todo.keys()
        return answer if isinstance(answer, dict) else None

    def _after_refusal(
        self, seen: Seen, todo: Mapping[str, Due], error: Invalid, ledger: Ledger
    ) -> Json | None:
        told = _NAMED.search(error.message)
        blamed = [name for name in todo if told is not None and PLAIN[name] == told[1]]
        if len(todo) == 1:
            blamed = list(todo)
        if not blamed:
            answers = [self._edit(seen, {name: one}, ledger) for name, one in sorted(todo.items())]
            return next((answer for answer in reversed(answers) if answer is not None), None)
        for name in blamed:
            ledger.refused[name] = Invalid(error.message, status=error.status, field=name)
        rest = {name: one for name, one in todo.items() if name not in blamed}
        return self._edit(seen, rest, ledger) if rest else None

    def _native(self, seen: Seen, name: str, shall: Any) -> Any:
        if name == "status":
            return list_named(seen.board, shall).id
        if name in ("due_on", "start_on"):
            return self._hands.encoder.moment(name, shall, held_at(seen.card, name))
        if name == "description":
            return shall.source if isinstance(shall, Text) else ""
        return shall

    # ---- what goes alone ----

    def _step(self, name: str) -> Callable[[Seen, Due], None]:
        steps: Mapping[str, Callable[[Seen, Due], None]] = {
            "labels": lambda seen, one: self._hands.labeller.change(seen, one.shall),
            "assignees": lambda seen, one: self._hands.assigner.change(seen, one.shall),
            "backlinks": lambda seen, one: self._hands.linker.change(seen, one.change),
        }
        return steps.get(name) or (lambda seen, one: self._custom(seen, name, one))

    def _custom(self, seen: Seen, name: str, one: Due) -> None:
        field = self._hands.fields.on(name, seen.board.fields.values())
        if field is None:
            raise Unsupported(
                f"the board has no custom field for {name}",
                hint=f"make one named {self._hands.fields.places[name].wanted!r} on it, or leave {name} out",
            )
        body = self._hands.encoder.item(name, one.shall, field)
        self._hands.sender.put(f"cards/{seen.issue.remote_id}/customField/{field.id}/item", body)

    def _attempt(self, name: str, write: Callable[[], None], ledger: Ledger) -> None:
        try:
            write()
        except VendorError as error:
            ledger.refuse([name], foreign(error, name))
        else:
            ledger.written.add(name)

    # ---- what came of it ----

    def _told(
        self, ref: Ref, before: Seen, answer: Json | None, todo: Mapping[str, Due], ledger: Ledger
    ) -> Outcome:
        if not todo:
            return ledger.outcome(ref, before.sourced, later=False)
        answered = answer is not None and todo.keys() <= PLAIN.keys() and not ledger.doubtful
        try:
            after = self._merged(before, answer or {}) if answered else self._hands.cards.read(ref.remote_id)
        except VendorError:
            return ledger.outcome(ref, None, later=True)
        self._verify(before, after, todo, ledger)
        return ledger.outcome(ref, after.sourced, later=not answered)

    def _merged(self, before: Seen, answer: Json) -> Seen:
        """The card of an answer, with what an answer to a write leaves out: custom fields were not touched."""
        card = {name: answer.get(name, value) for name, value in before.card.items()}
        return self._hands.cards.seen(card, before.board)

    def _verify(self, before: Seen, after: Seen, todo: Mapping[str, Due], ledger: Ledger) -> None:
        """Hold what was written against what is there now; what is there counts as written, whatever was answered."""
        for name, one in todo.items():
            if name == "backlinks":
                continue
            now = value_of(after.issue, name)
            holds = alike(name, now, one.shall)
            if name in ledger.doubtful:
                ledger.settle(name, holds=holds)
            elif holds and isinstance(ledger.refused.get(name), Invalid):
                del ledger.refused[name]  # "member is already on the card"
                ledger.written.add(name)
            elif not holds and name in ledger.written and alike(name, now, value_of(before.issue, name)):
                ledger.undo(name, Invalid(f"Trello said yes and left {name} as it was", field=name))


def list_named(board: Board, name: str) -> ListInfo:
    """The open list of a name; raises Invalid listing those there are."""
    found = find_list(board, name)
    if found is None:
        names = ", ".join(one.name for one in board.open_lists()) or "none"
        raise Invalid(f"the board has no open list {name!r}", hint=f"its lists are: {names}", field="status")
    return found


def find_list(board: Board, name: str) -> ListInfo | None:
    """The open list of a name, the leftmost where several bear it; where none does, one that differs in case only."""
    lists = board.open_lists()
    exact = [one for one in lists if one.name == name]
    loose = [one for one in lists if one.name.strip().casefold() == name.strip().casefold()]
    return next(iter((*exact, *loose)), None)
