"""Looking at single records by id. What was deleted answers 404, like what never was; the feed of deletions tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from syncline.connector import Archived, Fetched, Forbidden, Gone, Missing, Page, Present, Quarantined
from syncline.errors import AccessDenied, VendorError
from syncline.model import Kind, Ref, Sourced
from syncline.pages import PageDraft
from syncline_connectors.trello.api import PAGE, Api, Get, answered, card_get, listed, row_id
from syncline_connectors.trello.assemble import Assembler
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
        """Check items are looked for on their card. Actions are asked only of cards that are not archived."""
        wanted = {ref: (apart(ref.remote_id) or (ref.remote_id, ""))[0] for ref in refs}
        cards = sorted({card for card in wanted.values() if is_id(card)})
        found = dict(zip(cards, self._api.batch([card_get(card) for card in cards]), strict=True))
        drafts = {number: self._draft(answer) for number, answer in found.items()}
        shown = [
            number for number, draft in drafts.items() if isinstance(draft, PageDraft) and not _is_away(draft)
        ]
        gets = [self._feed(number) for number in shown] if self._talk or self._history else []
        for number, answer in zip(shown, self._api.batch(gets), strict=False):
            self._add_feed(drafts[number], number, answer)
        for ref, number in wanted.items():
            found_ = drafts.get(number)
            yield (
                self._present(ref, found_)
                if isinstance(found_, PageDraft)
                else self._absent(ref, number, found_)
            )

    def _feed(self, card: str) -> Get:
        """The actions of a card that are wanted, in one list: it is cut at a thousand, which few cards reach."""
        types = "all" if self._history else ",".join(COMMENTS)
        return Get(f"cards/{card}/actions", {"filter": types, "limit": str(PAGE)})

    def _draft(self, answer: Any) -> PageDraft | VendorError:
        """The card of an answer with what lives in it; the error that stands in its place, or in that of its board."""
        if isinstance(answer, VendorError):
            return answer
        card = answered(answer, "cards")
        home = self._board(str(card.get("idBoard")))
        if isinstance(home, Board) and str(card.get("idList")) not in home.lists:
            home = self._board(home.id, again=True)  # a list that is newer than our look at its board
        if isinstance(home, VendorError):
            return AccessDenied(home.message, status=home.status)
        draft = PageDraft(statuses=home.statuses())
        self._assembler.card(draft, card, home)
        return draft

    def _add_feed(self, draft: PageDraft | VendorError, card: str, answer: Any) -> None:
        if isinstance(answer, VendorError) or isinstance(draft, VendorError):
            return  # it has just gone: what was seen of it stands
        actions = listed(answer, "actions")
        if self._talk:
            talk = [action for action in actions if action.get("type") in COMMENTS]
            self._assembler.comments(draft, card, self._api.talk(card) if len(actions) >= PAGE else talk)
        if self._history:
            self._assembler.actions(draft, actions)

    def _present(self, ref: Ref, draft: PageDraft) -> Fetched:
        mine = [item.record for item in draft.records if item.record.kind is ref.kind]
        record = next((one for one in mine if one.remote_id == ref.remote_id), None)
        refused = any(one.kind is ref.kind and one.remote_id == ref.remote_id for one in draft.quarantined)
        if record is None and not refused:
            return Missing(ref)  # a check item that its card does not show
        if record is not None and record.archived:
            return Archived(ref)
        return Present(ref, draft.page())

    def _absent(self, ref: Ref, card: str, error: VendorError | None) -> Fetched:
        if error is None:
            return Missing(ref)  # no id of Trello
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


def _is_away(draft: PageDraft) -> bool:
    """Whether the card is archived, so that nothing more needs to be known of it."""
    return bool(draft.records) and draft.records[0].record.archived
