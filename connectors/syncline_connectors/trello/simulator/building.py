"""Members, boards, lists, labels and custom fields: made, renamed, archived, removed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from syncline_connectors.trello.simulator import entities as e
from syncline_connectors.trello.simulator.telling import Telling, named


class Building(Telling):
    """``by`` is who does it, by default the board's first member; ``at`` is when, by default now."""

    def add_member(self, name: str, username: str | None = None, *, email: str | None = None) -> e.Member:
        with self.lock:
            made = e.Member(self.new_id(), name, username or name.lower().replace(" ", ""), email)
            self.members[made.id] = made
            return made

    def delete_account(self, member: e.Member) -> None:
        """A person leaves Trello: of what they did only their id is left."""
        with self.lock:
            del self.members[member.id]
            for board in self.boards.values():
                board.members.pop(member.id, None)
            for card in self.cards.values():
                card.members = [other for other in card.members if other is not member]
            self.changes += 1

    def add_board(
        self,
        name: str,
        *,
        members: Iterable[e.Member] = (),
        public: bool = False,
        custom_fields: bool = False,
        organization: str | None = None,
        by: e.Member | None = None,
        at: datetime | None = None,
    ) -> e.Board:
        """An empty board. Its first member administers it; ``custom_fields`` turns on that power-up."""
        with self.lock:
            when = at or self.now()
            board = e.Board(self.new_id(when), self.new_short_link(), name, when, public=public)
            board.fields_on, board.organization = custom_fields, organization
            self.register_board(board)
            for member in (*([by] if by else []), *members):
                board.members.setdefault(member.id, "normal" if board.members else "admin")
                board.memberships.setdefault(member.id, self.new_id(when))
            self.tell("createBoard", {}, board, by=by, at=when)
            return board

    def join(
        self,
        board: e.Board,
        member: e.Member,
        *,
        kind: str = "normal",
        by: e.Member | None = None,
        at: datetime | None = None,
    ) -> None:
        """Make a person a member of a board: "admin", "normal" or "observer"."""
        with self.lock:
            when = at or self.now()
            board.members[member.id] = kind
            board.memberships.setdefault(member.id, self.new_id(when))
            data = {"idMemberAdded": member.id, "memberType": kind}
            self.tell("addMemberToBoard", data, board, by=by, at=when)

    def leave(
        self, board: e.Board, member: e.Member, *, by: e.Member | None = None, at: datetime | None = None
    ) -> None:
        """Take a person off a board. Cards keep naming them."""
        with self.lock:
            del board.members[member.id]
            data = {"idMember": member.id}
            self.tell("removeMemberFromBoard", data, board, by=by, at=at or self.now())

    def edit_board(
        self,
        board: e.Board,
        *,
        name: str | None = None,
        desc: str | None = None,
        closed: bool | None = None,
        by: e.Member | None = None,
        at: datetime | None = None,
    ) -> None:
        with self.lock:
            when = at or self.now()
            for field, value in (("name", name), ("desc", desc), ("closed", closed)):
                old = getattr(board, field)
                if value is None or value == old:
                    continue
                setattr(board, field, value)
                if field == "closed":
                    board.closed_at = when if value else None
                action = self.tell("updateBoard", {"old": {field: old}}, board, by=by, at=when)
                action.data["board"][field] = value

    def delete_board(self, board: e.Board) -> None:
        """Gone with everything on it, its feed too."""
        with self.lock:
            self.forget_board(board)
            self.changes += 1

    # ---- lists -----------------------------------------------------------------------------------------------------

    def add_list(
        self,
        board: e.Board,
        name: str,
        *,
        pos: float | str = "bottom",
        by: e.Member | None = None,
        at: datetime | None = None,
    ) -> e.TrelloList:
        with self.lock:
            when = at or self.now()
            place = self.position((x.pos for x in self.lists_of(board)), pos)
            made = e.TrelloList(self.new_id(when), name, board, place)
            self.lists[made.id] = made
            self.tell("createList", {"list": named(made)}, board, by=by, at=when, lists=(made.id,))
            return made

    def edit_list(
        self,
        list_: e.TrelloList,
        *,
        name: str | None = None,
        closed: bool | None = None,
        pos: float | None = None,
        by: e.Member | None = None,
        at: datetime | None = None,
    ) -> None:
        """Rename, archive, restore or place. The cards in it say nothing of it: an archived list's stay open."""
        with self.lock:
            when = at or self.now()
            for field, value in (("name", name), ("closed", closed), ("pos", pos)):
                old = getattr(list_, field)
                if value is None or value == old:
                    continue
                setattr(list_, field, value)
                data = {"list": named(list_) | {field: value}, "old": {field: old}}
                self.tell("updateList", data, list_.board, by=by, at=when, lists=(list_.id,))

    def move_list(
        self,
        list_: e.TrelloList,
        board: e.Board,
        *,
        by: e.Member | None = None,
        at: datetime | None = None,
    ) -> None:
        """To another board, with its cards: they are told of only as one list that left and one that came."""
        with self.lock:
            when, source = at or self.now(), list_.board
            if source is board:
                return
            moved = {"list": named(list_)}
            there = {"boardTarget": {"id": board.id}}
            self.tell("moveListFromBoard", moved | there, source, by=by, at=when, lists=(list_.id,))
            cards = self.cards_in(list_)
            list_.board = board
            for card in cards:
                self.settle_on_board(card, board)
            came = {"boardSource": {"id": source.id}}
            self.tell("moveListToBoard", moved | came, board, by=by, at=when, lists=(list_.id,))

    def settle_on_board(self, card: e.Card, board: e.Board) -> None:
        """What belongs to the old board is dropped: labels without a twin, values of custom fields, strangers."""
        twins = {(label.name, label.color): label for label in self.labels_of(board)}
        kept = [twins[label.name, label.color] for label in card.labels if (label.name, label.color) in twins]
        card.labels = [label for label in card.labels if label.board is board] + kept
        card.items = [item for item in card.items if item.field.board is board]
        card.members = [member for member in card.members if member.id in board.members]
        if self.quirks.renumber:
            board.last_number += 1
            card.number = board.last_number

    # ---- labels ----------------------------------------------------------------------------------------------------

    def add_label(
        self,
        board: e.Board,
        name: str = "",
        color: str | None = "green",
        *,
        by: e.Member | None = None,
        at: datetime | None = None,
    ) -> e.Label:
        """A label. Names may be empty and need not be unique; colour None shows none."""
        with self.lock:
            when = at or self.now()
            made = e.Label(self.new_id(when), name, color, board)
            self.labels[made.id] = made
            self.tell("createLabel", {"label": {**named(made), "color": color}}, board, by=by, at=when)
            return made

    def edit_label(self, label: e.Label, *, name: str | None = None, color: str | None = "") -> None:
        """``color`` is left as it is unless given; None takes it away."""
        with self.lock:
            label.name = label.name if name is None else name
            label.color = label.color if color == "" else color
            data = {"label": {**named(label), "color": label.color}}
            self.tell("updateLabel", data, label.board, by=None, at=self.now())

    def delete_label(self, label: e.Label) -> None:
        """Every card loses it, and says nothing of it."""
        with self.lock:
            del self.labels[label.id]
            for card in self.cards_of(label.board):
                if label in card.labels:
                    card.labels.remove(label)
            self.tell("deleteLabel", {"label": {"id": label.id}}, label.board, by=None, at=self.now())

    # ---- custom fields ---------------------------------------------------------------------------------------------

    def add_custom_field(
        self,
        board: e.Board,
        name: str,
        type_: str = "text",
        *,
        options: Iterable[str] = (),
        by: e.Member | None = None,
        at: datetime | None = None,
    ) -> e.CustomField:
        """A field of a board: text, number, date, checkbox or list. Turns the power-up on."""
        with self.lock:
            when = at or self.now()
            board.fields_on = True
            place = self.position(f.pos for f in self.fields.values() if f.board is board)
            made = e.CustomField(self.new_id(when), name, type_, board, place)
            for option in options:
                self.add_option(made, option, at=when)
            self.fields[made.id] = made
            self.tell("createCustomField", {"customField": named(made)}, board, by=by, at=when)
            return made

    def add_option(
        self, field: e.CustomField, text: str, color: str = "none", *, at: datetime | None = None
    ) -> e.Option:
        with self.lock:
            place = self.position(option.pos for option in field.options)
            made = e.Option(self.new_id(at), text, color, place)
            field.options.append(made)
            return made

    def edit_custom_field(self, field: e.CustomField, *, name: str) -> None:
        with self.lock:
            old: dict[str, Any] = {"name": field.name}
            field.name = name
            data = {"customField": named(field), "old": old}
            self.tell("updateCustomField", data, field.board, by=None, at=self.now())

    def delete_custom_field(self, field: e.CustomField) -> None:
        """Every card loses its value."""
        with self.lock:
            del self.fields[field.id]
            for card in self.cards_of(field.board):
                card.items = [item for item in card.items if item.field is not field]
            data = {"customField": named(field)}
            self.tell("deleteCustomField", data, field.board, by=None, at=self.now())
