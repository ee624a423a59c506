"""Looking at single records by id. What was deleted answers 404, like what never was; the feed of deletions tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from syncline.connector import Archived, Fetched, Forbidden, Gone, Missing, Page, Present, Quarantined
from syncline.errors import AccessDenied, VendorError
from syncline.model import Kind, Ref, Sourced
from syncline_connectors.trello.api import Api, Get, answered, card_get, listed, row_id
from syncline_connectors.trello.assemble import Assembler, Draft
from syncline_connectors.trello.boards import Board
from syncline_connectors.trello.history import COMMENTS, card_of
from syncline_connectors.trello.ids import apart, is_id
from syncline_connectors.trello.metadata import Metadata
from syncline_connectors.trello.reading import Reader
from syncline_connectors.trello.translate import OWNER, board_payload, comment_payload, member_payload
from syncline_connectors.trello.values import Json


class Lookup:
    """Answers `Source.fetch`. ``scope`` are the boards of the connection."""

    def __init__(
        self,
        api: Api,
        reader: Reader,
        assembler: Assembler,
        metadata: Metadata,
        *,
        scope: frozenset[str],
        feeds: frozenset[str],
    ) -> None:
        self._api = api
        self._reader = reader
        self._assembler = assembler
        self._metadata = metadata
        self._scope = scope
        self._talk = "comments" in feeds
        self._history = "changelog" in feeds
        self._boards: dict[str, Board | VendorError] = {}
        self._deleted: Mapping[str, str] | None = None
        self._single: Mapping[Kind, Callable[[Ref], Fetched]] = {
            Kind.COMMENT: self._comment,
            Kind.ATTACHMENT: self._attachment,
            Kind.PERSON: self._person,
            Kind.CONTAINER: self._container,
        }

    def fetch(self, refs: Sequence[Ref]) -> Iterator[Fetched]:
        """One answer for each reference."""
        work = [ref for ref in refs if ref.kind is Kind.ISSUE]
        yield from self._work(work)
        for ref in refs:
            if ref.kind is not Kind.ISSUE:
                look = self._single.get(ref.kind)
                yield Missing(ref) if look is None else look(ref)

    # ---- cards and check items ----

    def _work(self, refs: Sequence[Ref]) -> Iterator[Fetched]:
        """Check items are looked for on their card."""
        wanted = {ref: (apart(ref.remote_id) or (ref.remote_id, ""))[0] for ref in refs}
        cards = sorted({card for card in wanted.values() if is_id(card)})
        gets = [get for card in cards for get in (card_get(card), *self._feeds(card))]
        answers = iter(self._api.batch(gets))
        found = {card: (next(answers), [next(answers) for _ in self._feeds(card)]) for card in cards}
        for ref, card in wanted.items():
            if card not in found:
                yield Missing(ref)
            else:
                yield self._card(ref, card, *found[card])

    def _feeds(self, card: str) -> list[Get]:
        """The actions of a card that are wanted, in one list: it is cut at a thousand, which few cards reach."""
        types = {"filter": "all" if self._history else ",".join(COMMENTS), "limit": "1000"}
        return [Get(f"cards/{card}/actions", types)] if self._talk or self._history else []

    def _card(self, ref: Ref, number: str, answer: Any, feeds: Sequence[Any]) -> Fetched:
        if isinstance(answer, VendorError):
            return self._absent(ref, number, answer)
        card = answered(answer, "cards")
        home = self._board(str(card.get("idBoard")))
        if isinstance(home, Board) and str(card.get("idList")) not in home.lists:
            home = self._board(home.id, again=True)  # a list that is newer than our look at its board
        if isinstance(home, VendorError):
            return Forbidden(ref)
        actions = [
            action
            for feed in feeds
            if not isinstance(feed, VendorError)
            for action in listed(feed, "actions")
        ]
        talk = [action for action in actions if action.get("type") in COMMENTS]
        if len(talk) >= 1000 or (len(actions) >= 1000 and self._talk):
            talk = self._api.talk(number)
        whole = self._talk and all(not isinstance(feed, VendorError) for feed in feeds)
        draft = Draft(statuses=home.statuses())
        self._assembler.card(draft, card, home, talk if whole else None)
        if self._history:
            self._assembler.actions(draft, actions)
        return self._present(ref, draft)

    def _present(self, ref: Ref, draft: Draft) -> Fetched:
        mine = [item.record for item in draft.records if item.record.kind is ref.kind]
        record = next((one for one in mine if one.remote_id == ref.remote_id), None)
        refused = any(one.kind is ref.kind and one.remote_id == ref.remote_id for one in draft.quarantined)
        if record is None and not refused:
            return Missing(ref)  # a check item that its card does not show
        if record is not None and record.archived:
            return Archived(ref)
        return Present(ref, draft.page())

    def _absent(self, ref: Ref, card: str, error: VendorError) -> Fetched:
        if isinstance(error, AccessDenied):
            return Forbidden(ref)
        action = self._deletions().get(card)
        return Missing(ref) if action is None else Gone(ref, f"action deleteCard {action}")

    def _deletions(self) -> Mapping[str, str]:
        """The latest deletions on the boards of the connection: card and action. Asked for once."""
        if self._deleted is None:
            keys = self._metadata.keys(self._scope)
            told = {"filter": "deleteCard", "limit": "1000"}
            answers = self._api.batch([Get(f"boards/{key}/actions", told) for key in keys])
            actions = [row for one in answers if isinstance(one, list) for row in one]
            self._deleted = {
                card: row_id(row, "actions") for row in actions if (card := card_of(row)) is not None
            }
        return self._deleted

    def _board(self, number: str, *, again: bool = False) -> Board | VendorError:
        if again or number not in self._boards:
            try:
                (self._boards[number],) = self._metadata.boards([number], again=again)
            except VendorError as error:
                if error.status not in (400, 403, 404):
                    raise
                self._boards[number] = error
        return self._boards[number]

    # ---- the rest ----

    def _comment(self, ref: Ref) -> Fetched:
        answer = self._ask(ref, f"actions/{ref.remote_id}")
        if not isinstance(answer, dict):
            return answer
        return self._read(ref, comment_payload(answer)) if answer.get("type") in COMMENTS else Missing(ref)

    def _attachment(self, ref: Ref) -> Fetched:
        place = apart(ref.remote_id)
        if place is None:
            return Missing(ref)
        answer = self._ask(ref, f"cards/{place[0]}/attachments/{place[1]}")
        return self._read(ref, {**answer, OWNER: {"id": place[0]}}) if isinstance(answer, dict) else answer

    def _person(self, ref: Ref) -> Fetched:
        answer = self._ask(ref, f"members/{ref.remote_id}", fields="id,username,fullName,email")
        return self._read(ref, member_payload(answer)) if isinstance(answer, dict) else answer

    def _container(self, ref: Ref) -> Fetched:
        if not is_id(ref.remote_id):
            return Missing(ref)
        answer = self._api.board(ref.remote_id)
        if isinstance(answer, VendorError):
            return Forbidden(ref) if isinstance(answer, AccessDenied) else Missing(ref)
        return self._read(ref, board_payload(answered(answer, "boards")))

    def _ask(self, ref: Ref, path: str, **params: str) -> dict[str, Any] | Fetched:
        if not is_id(ref.remote_id) and ref.kind is not Kind.ATTACHMENT:
            return Missing(ref)
        (answer,) = self._api.batch([Get(path, params)])
        if isinstance(answer, VendorError):
            return Forbidden(ref) if isinstance(answer, AccessDenied) else Missing(ref)
        return answered(answer, path)

    def _read(self, ref: Ref, payload: Json) -> Fetched:
        try:
            record = self._reader.read(ref.kind, payload)
        except ValueError as error:
            return Present(ref, Page(quarantined=[Quarantined(ref.kind, ref.remote_id, str(error), payload)]))
        return Present(ref, Page(records=[Sourced(record, payload)]))
