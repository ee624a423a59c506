"""What happens to cards: made, edited, moved, archived, deleted; every change is told as the vendor tells it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from syncline_connectors.trello.simulator import entities as e
from syncline_connectors.trello.simulator.building import Building
from syncline_connectors.trello.simulator.telling import card_ref, named

_PLAIN = {
    "name": "name",
    "desc": "desc",
    "closed": "closed",
    "due": "due",
    "start": "start",
    "due_complete": "dueComplete",
    "pos": "pos",
    "cover_attachment": "idAttachmentCover",
}
"""What an edit may change, with the vendor's names."""


class Work(Building):
    """``by`` is who does it, by default the board's first member; ``at`` is when, by default now."""

    def create_card(
        self,
        list_: e.TrelloList,
        name: str,
        *,
        desc: str = "",
        due: datetime | None = None,
        start: datetime | None = None,
        due_complete: bool = False,
        labels: Iterable[e.Label] = (),
        members: Iterable[e.Member] = (),
        pos: float | str = "bottom",
        by: e.Member | None = None,
        at: datetime | None = None,
    ) -> e.Card:
        """A new card. Of its first members, labels and texts the feed says nothing of its own."""
        with self.lock:
            when, board = at or self.now(), list_.board
            board.last_number += 1
            place = self.position((card.pos for card in self.cards_in(list_)), pos)
            id_, link = self.new_id(when), self.new_short_link()
            card = e.Card(id_, link, board.last_number, name, list_, place, when, when, desc)
            card.due, card.start, card.due_complete = due, start, due_complete
            card.creator = by
            card.labels, card.members = list(labels), list(members)
            self.register_card(card)
            self.tell_card("createCard", card, by=by, at=when, with_list=True)
            return card

    def edit(
        self, card: e.Card, *, by: e.Member | None = None, at: datetime | None = None, **changes: Any
    ) -> None:
        """Change name, desc, closed, due, start, due_complete, pos or cover_attachment: one action for each.

        What is already so makes no action. Raises KeyError for any other name.
        """
        with self.lock:
            when = at or self.now()
            for field, value in changes.items():
                shown, old = _PLAIN[field], getattr(card, field)
                if value == old:
                    continue
                setattr(card, field, value)
                if field == "closed":
                    card.closed_at = when if value else None
                data = {"old": {shown: _shown(old)}, "card": card_ref(card) | {shown: _shown(value)}}
                self.tell_card("updateCard", card, data, by=by, at=when, with_list=True)

    def archive(self, card: e.Card, *, by: e.Member | None = None, at: datetime | None = None) -> None:
        self.edit(card, closed=True, by=by, at=at)

    def restore(self, card: e.Card, *, by: e.Member | None = None, at: datetime | None = None) -> None:
        self.edit(card, closed=False, by=by, at=at)

    def move(
        self,
        card: e.Card,
        list_: e.TrelloList,
        *,
        pos: float | str = "bottom",
        by: e.Member | None = None,
        at: datetime | None = None,
    ) -> None:
        """Into another list, of this board or of another."""
        with self.lock:
            when, source = at or self.now(), card.list_
            if source is list_:
                return
            card_pos = self.position((other.pos for other in self.cards_in(list_)), pos)
            if source.board is list_.board:
                card.list_, card.pos = list_, card_pos
                data = {
                    "old": {"idList": source.id},
                    "card": card_ref(card) | {"idList": list_.id},
                    "listBefore": named(source),
                    "listAfter": named(list_),
                }
                action = self.tell_card("updateCard", card, data, by=by, at=when)
                action.list_ids = (source.id, list_.id)
                return
            self._move_board(card, source, list_, by, when)
            card.pos = card_pos

    def _move_board(
        self, card: e.Card, source: e.TrelloList, list_: e.TrelloList, by: e.Member | None, at: datetime
    ) -> None:
        """The old board's feed tells that it left, the new one's that it came; id and short link stay."""
        left = {"card": card_ref(card), "list": named(source)}
        there = {"boardTarget": {"id": list_.board.id}}
        self.tell("moveCardFromBoard", left | there, source.board, by=by, at=at, card=card)
        card.list_ = list_
        self.settle_on_board(card, list_.board)
        came = {"boardSource": {"id": source.board.id, "name": source.board.name}}
        self.tell_card("moveCardToBoard", card, came, by=by, at=at, with_list=True)

    def delete(self, card: e.Card, *, by: e.Member | None = None, at: datetime | None = None) -> None:
        """For good. The feed of the board keeps one line, and forgets what else it told of the card."""
        with self.lock:
            ref = card_ref(card)
            del ref["name"]
            self.tell_card(
                "deleteCard", card, {"card": ref}, by=by, at=at or self.now(), with_list=True, touch=False
            )
            self.forget_card(card)

    def copy(
        self,
        card: e.Card,
        list_: e.TrelloList,
        *,
        name: str | None = None,
        keep: Iterable[str] = ("labels", "members", "due"),
        by: e.Member | None = None,
        at: datetime | None = None,
    ) -> e.Card:
        """A copy in a list, told as copyCard. ``keep`` are the vendor's words of what is taken along."""
        with self.lock:
            when, kept = at or self.now(), set(keep)
            made = self.create_card(list_, name or card.name, desc=card.desc, by=by, at=when)
            if "all" in kept or "labels" in kept:
                made.labels = [label for label in card.labels if label.board is made.board]
            if "all" in kept or "members" in kept:
                made.members = [member for member in card.members if member.id in made.board.members]
            if "all" in kept or "due" in kept:
                made.due = card.due
            created = self.actions_of(made.board)[-1]
            created.type = "copyCard"
            created.data["cardSource"] = card_ref(card)
            return made

    # ---- labels and members ----------------------------------------------------------------------------------------

    def label(
        self, card: e.Card, label: e.Label, *, by: e.Member | None = None, at: datetime | None = None
    ) -> None:
        with self.lock:
            card.labels.append(label)
            self._labelled("addLabelToCard", card, label, by, at)

    def unlabel(
        self, card: e.Card, label: e.Label, *, by: e.Member | None = None, at: datetime | None = None
    ) -> None:
        """Raises ValueError for a label that is not there."""
        with self.lock:
            card.labels.remove(label)
            self._labelled("removeLabelFromCard", card, label, by, at)

    def _labelled(
        self, type_: str, card: e.Card, label: e.Label, by: e.Member | None, at: datetime | None
    ) -> None:
        data = {"label": {**named(label), "color": label.color}, "text": label.name, "value": label.color}
        self.tell_card(type_, card, data, by=by, at=at or self.now(), touch=self.quirks.label_touches)

    def set_ids(
        self,
        card: e.Card,
        field: str,
        values: Sequence[e.Label] | Sequence[e.Member],
        *,
        by: e.Member | None = None,
        at: datetime | None = None,
    ) -> None:
        """Replace all labels or all members at once, which is told as an edit of the card."""
        with self.lock:
            shown = {"labels": "idLabels", "members": "idMembers"}[field]
            old = [thing.id for thing in getattr(card, field)]
            new = [thing.id for thing in values]
            if set(old) == set(new):
                return
            setattr(card, field, list(values))
            data = {"old": {shown: old}, "card": card_ref(card) | {shown: new}}
            self.tell_card("updateCard", card, data, by=by, at=at or self.now(), with_list=True)

    def assign(
        self, card: e.Card, member: e.Member, *, by: e.Member | None = None, at: datetime | None = None
    ) -> None:
        with self.lock:
            card.members.append(member)
            self._assigned("addMemberToCard", card, member, {}, by, at)

    def unassign(
        self, card: e.Card, member: e.Member, *, by: e.Member | None = None, at: datetime | None = None
    ) -> None:
        """Raises ValueError for somebody who is not there."""
        with self.lock:
            card.members.remove(member)
            self._assigned("removeMemberFromCard", card, member, {"deactivated": False}, by, at)

    def _assigned(
        self,
        type_: str,
        card: e.Card,
        member: e.Member,
        more: Mapping[str, Any],
        by: e.Member | None,
        at: datetime | None,
    ) -> None:
        told = {"idMember": member.id, "member": {"id": member.id, "name": member.name}, **more}
        self.tell_card(type_, card, told, by=by or member, at=at or self.now())


def _shown(value: Any) -> Any:
    return e.stamp(value) if isinstance(value, datetime) else value
