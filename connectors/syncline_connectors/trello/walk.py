"""The walk over the cards of some boards.

Trello cannot be asked for what has changed. A board that is new is read whole: its cards, then its feed of actions. Of
any other one the walk takes a look at all cards and at the feed since the mark, and reads again what either names; and
the cards of a list or label that was changed, since cards change with them and say nothing.

The mark is Trello's clock when the walk began, with a digest of each board, so that a quiet board costs nothing more
than the look. The overlap is subtracted only when asking, so that it never drifts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from syncline.connector import EVERYTHING, Cursor, Page, Stream
from syncline.errors import VendorError
from syncline.model import Kind
from syncline.pages import PageDraft
from syncline_connectors.trello.api import PAGE, Api, answered, card_get, listed, oldest, row_id, talk_get
from syncline_connectors.trello.assemble import Assembler, talk_count
from syncline_connectors.trello.boards import Board, short
from syncline_connectors.trello.history import CARD_ACTIONS, COMMENTS, card_of
from syncline_connectors.trello.marks import OVERLAP, Mark, Position, Seen, part_of
from syncline_connectors.trello.polls import TOGETHER, Poll, look, read_board
from syncline_connectors.trello.translate import comment_payload
from syncline_connectors.trello.values import Json, instant, millis

SINGLY = 50
"""Cards up to which they are asked for one by one, in batches; more are read with their whole board."""
SHARE = 25
"""Cards on a page of those."""
TALKS = 200
"""Cards on a page of comments."""
EVENTS = 1000
"""Actions on a page of events."""


class CardWalk:
    """Walks the cards of ``stream``. ``feeds`` are the names of what is wanted beside them."""

    def __init__(self, api: Api, assembler: Assembler, stream: Stream, feeds: frozenset[str]) -> None:
        self._api = api
        self._assembler = assembler
        self._stream = stream
        self._talk = "comments" in feeds
        self._history = "changelog" in feeds
        self._everywhere = EVERYTHING in stream.scope
        self._foreign: dict[str, Board | None] = {}
        self._at = Position(())
        self._top = 0

    def pages(self, cursor: Cursor) -> Iterator[Page]:
        """The pages from ``cursor`` on."""
        mark = Mark.of(cursor.mark)
        begun = cursor.position is not None
        self._at = Position.of(cursor.position or "") if begun else Position(self._keys(mark))
        while self._at.left:
            for poll in look(self._api, self._at.left[:TOGETHER], mark):
                if self._at.at is None and self._api.now is not None:
                    self._at = replace(self._at, at=millis(self._api.now))
                for draft in self._board(poll, mark):
                    yield draft.page(Cursor(self._at.text(), cursor.mark))
        yield Page(next=Cursor(None, self._end(mark)), last=True)

    def _keys(self, mark: Mark | None) -> tuple[str, ...]:
        """The boards to walk: those named, else the open ones and those that were open last time."""
        if not self._everywhere:
            return tuple(sorted(self._stream.scope))
        return tuple(sorted({*self._api.open_boards(), *(mark.boards if mark else ())}))

    def _end(self, mark: Mark | None) -> str:
        """The mark: when this walk began; where Trello tells no time, the latest it has dated. Never back."""
        began = self._at.at if self._at.at is not None else self._top
        return Mark(max(began, mark.at if mark else 0), self._at.done).text()

    def _board(self, poll: Poll, mark: Mark | None) -> Iterator[PageDraft]:
        """What there is to deliver of one board; afterwards it is finished."""
        board = poll.board
        if board is None:  # what is configured and out of sight, the stream of boards complains of
            self._at = self._at.finished(poll.key, None)
            return
        seen = poll.seen(board)
        inside = self._at.left[0] == poll.key and (self._at.before is not None or self._at.talked)
        if inside or mark is None or poll.glances is None:
            yield from self._whole(board)
        elif seen != mark.boards[poll.key]:
            yield from self._part(board, poll, mark, seen)
        leaves = self._everywhere and board.closed
        if (
            inside
        ):  # what was delivered before the walk broke off was read by a board that may have changed since
            seen = Seen("")
        self._at = self._at.finished(poll.key, None if leaves else seen)

    def _in_reach(self, card: Json) -> bool:
        """Whether a card is wanted; notes the latest time seen."""
        moment = touched_at(card)
        if moment is not None:
            self._top = max(self._top, millis(moment))
        return in_reach(card, self._stream)

    def _up_to_date(self, board: Board, cards: Sequence[Json]) -> Board:
        """The board, looked at again where one of its cards is in a list that is newer than our look."""
        if all(str(card.get("idList")) in board.lists for card in cards):
            return board
        found = self._api.board(board.id)
        return board if isinstance(found, VendorError) else read_board(found)

    # ---- a board as a whole ------------------------------------------------------------------------------------------

    def _whole(self, board: Board) -> Iterator[PageDraft]:
        if not self._at.talked:
            for page in self._api.cards(board.id, self._at.before):
                board = self._up_to_date(board, page)
                draft = PageDraft(statuses=board.statuses())
                for card in filter(self._in_reach, page):
                    self._assembler.card(draft, card, board)
                self._at = replace(self._at, before=oldest(page, "cards"))
                yield draft
            self._at = replace(self._at, before=None, talked=True)
        if self._talk or self._history:
            yield from self._feed(board)

    def _feed(self, board: Board) -> Iterator[PageDraft]:
        """The whole feed: events as they come, comments kept until all are known. A walk that breaks off here begins
        the feed again."""
        held: dict[str, list[Json]] = {}
        types = (*(CARD_ACTIONS if self._history else ()), *(COMMENTS if self._talk else ()))
        for page in self._api.actions(f"boards/{board.id}/actions", tuple(dict.fromkeys(types))):
            draft = PageDraft()
            if self._history:
                self._assembler.actions(draft, page)
            for action in page:
                card = card_of(action)
                if self._talk and action.get("type") in COMMENTS and card is not None:
                    held.setdefault(card, []).append(_slim(action))
            yield draft
        if self._talk:
            for glances in self._api.glances(board.id):
                cards = list(filter(self._in_reach, glances))
                for at in range(0, len(cards), TALKS):
                    yield self._all_talk(cards[at : at + TALKS], held)

    def _all_talk(self, cards: Sequence[Json], held: Mapping[str, Sequence[Json]]) -> PageDraft:
        """The comments of cards, each card's all at once. A card that counts others than the feed told is asked."""
        draft = PageDraft()
        numbers = [row_id(card, "cards") for card in cards]
        unsure = [
            number
            for number, card in zip(numbers, cards, strict=True)
            if talk_count(card) != len(held.get(number, ()))
        ]
        asked = self._talk_of(unsure)
        for number in numbers:
            talk = asked.get(number) if number in asked else held.get(number, ())
            if talk is not None:
                self._assembler.comments(draft, number, talk)
        return draft

    def _talk_of(self, cards: Sequence[str]) -> dict[str, list[Json] | None]:
        """The comments of cards; None where a card has just gone."""
        answers = self._api.batch([talk_get(card) for card in cards])
        return {card: self._all_of(card, one) for card, one in zip(cards, answers, strict=True)}

    def _all_of(self, card: str, answer: Any) -> list[Json] | None:
        if isinstance(answer, VendorError):
            return None
        found = listed(answer, "actions")
        return self._api.talk(card) if len(found) >= PAGE else found

    # ---- what has changed on a board ---------------------------------------------------------------------------------

    def _part(self, board: Board, poll: Poll, mark: Mark, seen: Seen) -> Iterator[PageDraft]:
        """The cards touched since the mark, those whose list or label was changed, all where the board itself was; and
        then what happened."""
        before = mark.boards[poll.key]
        glances = {row_id(card, "cards"): card for card in poll.glances or ()}
        actions = poll.actions or []
        named = {card for action in actions if (card := card_of(action)) is not None}
        parts = seen.differing(before)
        touched = {
            number
            for number, card in glances.items()
            if number in named or _since(card, mark) or part_of(number) in parts
        }
        renamed = seen.renamed(before)
        wanted = touched | {number for number, card in glances.items() if _stands_on(card, renamed)}
        if seen.made_of != before.made_of:
            wanted = set(glances)
        if len(wanted) > SINGLY:
            yield from self._with_their_board(board, wanted, touched)
        else:
            yield from self._one_by_one(board, sorted(wanted))
        yield from self._elsewhere(sorted(named - glances.keys()), actions)
        if self._history:
            for at in range(0, len(actions), EVENTS):
                draft = PageDraft()
                self._assembler.actions(draft, actions[at : at + EVENTS])
                yield draft

    def _with_their_board(self, board: Board, wanted: set[str], touched: set[str]) -> Iterator[PageDraft]:
        """Comments are asked for only where a card was touched: no other has new ones."""
        for page in self._api.cards(board.id):
            board = self._up_to_date(board, page)
            draft = PageDraft(statuses=board.statuses())
            cards = [card for card in page if row_id(card, "cards") in wanted and self._in_reach(card)]
            talk = self._talk_of(
                [card["id"] for card in cards if card["id"] in touched] if self._talk else ()
            )
            for card in cards:
                self._assembler.card(draft, card, board, talk.get(card["id"]))
            yield draft

    def _one_by_one(self, board: Board, wanted: Sequence[str]) -> Iterator[PageDraft]:
        for at in range(0, len(wanted), SHARE):
            draft = PageDraft(statuses=board.statuses())
            self._add(draft, wanted[at : at + SHARE], {board.id: board})
            yield draft

    def _add(self, draft: PageDraft, wanted: Sequence[str], boards: Mapping[str, Board]) -> None:
        """Ask for cards by id, with their comments; one that has just gone is left to the census."""
        gets = [get for card in wanted for get in (card_get(card), *([talk_get(card)] if self._talk else ()))]
        answers = iter(self._api.batch(gets))
        for number in wanted:
            found = next(answers)
            talk = self._all_of(number, next(answers)) if self._talk else None
            if isinstance(found, VendorError):
                continue
            card = answered(found, "cards")
            home = str(card.get("idBoard"))
            board = boards.get(home) or self._foreign_board(home)
            if board is not None and self._in_reach(card):
                self._assembler.card(draft, card, self._up_to_date(board, [card]), talk)

    def _elsewhere(self, named: Sequence[str], actions: Sequence[Json]) -> Iterator[PageDraft]:
        """Cards that the feed names and the board does not hold: deleted, or moved to another board."""
        gone = {card_of(action) for action in actions if action.get("type") == "deleteCard"}
        draft = PageDraft(gone={(Kind.ISSUE, card) for card in named if card in gone})
        if moved := [card for card in named if card not in gone]:
            self._add(draft, moved, {})
        if draft.records or draft.gone or draft.quarantined:
            yield draft

    def _foreign_board(self, number: str) -> Board | None:
        """A board that a card was moved to; None where these credentials do not see it."""
        if number not in self._foreign:
            found = self._api.board(number)
            self._foreign[number] = None if isinstance(found, VendorError) else read_board(found)
        return self._foreign[number]


def _slim(action: Json) -> Json:
    """As much of a comment as is kept of it: a busy board has ten thousands."""
    try:
        return {**comment_payload(action), "memberCreator": action.get("memberCreator")}
    except ValueError:
        return action  # its own reading will tell


def in_reach(card: Json, stream: Stream) -> bool:
    """Whether a card was last touched in the stretch of time that is wanted; one that does not tell when, was."""
    moment = touched_at(card)
    if moment is None:
        return True
    return (stream.since is None or moment >= stream.since) and (
        stream.until is None or moment < stream.until
    )


def touched_at(card: Json) -> datetime | None:
    """When a card was last touched; None where that cannot be read, which its own reading will tell."""
    try:
        return instant(card.get("dateLastActivity"), "dateLastActivity")
    except ValueError:
        return None


def _stands_on(card: Json, renamed: frozenset[str]) -> bool:
    """Whether a card is in one of these lists, or bears one of these labels."""
    places = [card.get("idList"), *(card.get("idLabels") or ())]
    return bool(renamed) and any(short(str(place)) in renamed for place in places)


def _since(card: Json, mark: Mark) -> bool:
    """Whether a card was touched since the mark; one that does not tell when counts as touched."""
    moment = touched_at(card)
    return moment is None or millis(moment) >= mark.at - OVERLAP
