"""Trello's REST API as this connector uses it: addresses, batches, paging, and what its refusals mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlencode

from syncline.errors import AccessDenied, Invalid, NotFound, ProtocolError, VendorError
from syncline_connectors.trello.history import CARD_ACTIONS, COMMENTS
from syncline_connectors.trello.values import Json

if TYPE_CHECKING:
    from syncline.http import Answer, Http

MEMBERS, OF_MEMBERS = "members", "members/"
"""The bucket of everything below ``/members/``, which Trello counts apart."""
URLS = 10
"""Addresses a batch holds at most."""
PAGE = 1000
"""Rows a list gives at most."""
CARDS = 250
"""Cards asked for at a time with all that lives in them: a thousand so laden are refused, or time out after 30 s."""
FEWEST = 10
"""Cards below which we do not go where Trello finds a page too laden."""

TOO_MANY = "API_TOO_MANY_CARDS_REQUESTED"

_CARD = (
    "id,idShort,shortLink,shortUrl,name,desc,idBoard,idList,idMembers,idLabels,labels,due,dueComplete,start,"
    "closed,dateLastActivity,idChecklists,badges,isTemplate"
)
_ATTACHMENT = "id,name,fileName,url,bytes,date,mimeType,isUpload,idMember"
_BOARD = "id,name,desc,closed,shortLink,shortUrl,url,idOrganization,limits"

CARD: Mapping[str, str] = {
    "fields": _CARD,
    "customFieldItems": "true",
    "attachments": "true",
    "attachment_fields": _ATTACHMENT,
    "checklists": "all",
}
"""What is asked of a card: all that is stored."""
GLANCE: Mapping[str, str] = {"fields": "id,idList,idLabels,closed,dateLastActivity,badges"}
"""What tells whether a card has changed."""
INVENTORY: Mapping[str, str] = {
    "fields": "id,dateLastActivity",
    "checklists": "all",
    "checklist_fields": "id",
}
"""What a census asks: which cards there are, and which items are in them."""
MARKED: Mapping[str, str] = {"fields": "id", "attachments": "true", "attachment_fields": "id,url"}
"""What tells whether a card was made by us."""
BOARD: Mapping[str, str] = {
    "fields": _BOARD,
    "lists": "all",
    "labels": "all",
    "labels_limit": str(PAGE),
    "customFields": "true",
    "members": "all",
}
"""What is asked of a board: all that its cards are read by, and who is on it."""
FEED: Mapping[str, str] = {
    "filter": ",".join(CARD_ACTIONS),
    "memberCreator_fields": "id,username,fullName",
    "member_fields": "id,username,fullName",
}
"""What is asked of the action feed."""
TALK: Mapping[str, str] = {"filter": ",".join(COMMENTS), "limit": str(PAGE)}
"""What is asked of a card's actions for its comments."""


class Get(NamedTuple):
    """One address of a batch."""

    path: str
    params: Mapping[str, str] = {}

    @property
    def url(self) -> str:
        """As a batch takes it: a comma that is not encoded would end the address."""
        query = urlencode(self.params, quote_via=quote, safe="")
        return f"/{self.path}?{query}" if query else f"/{self.path}"


def board_get(board: str) -> Get:
    return Get(f"boards/{board}", BOARD)


def glance_get(board: str) -> Get:
    return Get(f"boards/{board}/cards/all", {**GLANCE, "limit": str(PAGE)})


def feed_get(board: str, since: str) -> Get:
    return Get(f"boards/{board}/actions", {**FEED, "limit": str(PAGE), "since": since})


def card_get(card: str) -> Get:
    return Get(f"cards/{card}", CARD)


def talk_get(card: str) -> Get:
    return Get(f"cards/{card}/actions", TALK)


ME = Get("members/me", {"fields": "id"})
"""Who we are; in a batch it costs no request."""


class Api:
    """Calls to the API at the base address of ``http``."""

    def __init__(self, http: Http) -> None:
        self.http = http
        http.listen(self.heard)
        self.now: datetime | None = None
        """Trello's clock at its first answer; None before, or where it tells none."""
        self.me: str | None = None
        """The member that a poll was answered to."""
        self._laden = CARDS
        http.understand(meaning)

    def heard(self, answer: Answer) -> None:
        """Note what an answer tells by the way."""
        self.now = self.now or answer.server_time

    def get(self, path: str, **params: str | int | None) -> Any:
        bucket = MEMBERS if path.startswith(OF_MEMBERS) else "default"
        return self.http.get_json(path, params=params, bucket=bucket)

    def board(self, key: str) -> Any:
        """The answer about a board, or the error that stands in its place."""
        return self._alone(board_get(key))

    def open_boards(self) -> list[str]:
        """Ids of the member's open boards."""
        path = "members/me/boards"
        return [row_id(row, path) for row in listed(self.get(path, filter="open", fields="id"), path)]

    # ---- several at once ----

    def batch(self, wanted: Sequence[Get]) -> list[Any]:
        """The answers, in order, ten a request. Where there is none the error stands: no such thing, or not for us.

        Whether Trello counts a batch as one request or as ten is not documented; we count ten, and members apart.
        """
        found: list[Any] = []
        for at in range(0, len(wanted), URLS):
            found += self._batch(wanted[at : at + URLS])
        return found

    def _batch(self, wanted: Sequence[Get]) -> list[Any]:
        if len(wanted) == 1:
            return [self._alone(wanted[0])]
        if members := sum(get.path.startswith(OF_MEMBERS) for get in wanted):
            self.http.take(MEMBERS, members)
        urls = ",".join(get.url for get in wanted)
        answer = self.http.get_json("batch", params={"urls": urls}, cost=len(wanted) - members)
        if not isinstance(answer, list) or len(answer) != len(wanted):
            raise ProtocolError("batch: not one answer for each address")
        pairs = zip(wanted, answer, strict=True)
        return [one["200"] if _is_answer(one) else self._alone(get) for get, one in pairs]

    def _alone(self, get: Get) -> Any:
        """Ask by itself, so that a refusal says what it is and a fault is tried again."""
        try:
            return self.get(get.path, **get.params)
        except (NotFound, AccessDenied, Invalid) as error:
            return error

    # ---- lists, newest first ----

    def actions(
        self,
        path: str,
        types: Sequence[str] = CARD_ACTIONS,
        *,
        since: str | None = None,
        before: str | None = None,
    ) -> Iterator[list[Json]]:
        """Pages of an action feed. Whether its bounds count in is not documented, so that rows come once here."""
        return self._pages(path, {**FEED, "filter": ",".join(types), "since": since}, before, by_id=False)

    def talk(self, card: str) -> list[Json]:
        """All comments of a card."""
        return [row for page in self._pages(f"cards/{card}/actions", TALK, None, by_id=False) for row in page]

    def glances(self, board: str, before: str | None = None) -> Iterator[list[Json]]:
        """Pages of what tells whether a board's cards have changed."""
        return self._pages(f"boards/{board}/cards/all", GLANCE, before)

    def inventory(self, board: str) -> Iterator[list[Json]]:
        """Pages of the ids that a census counts."""
        return self._laden_pages(board, INVENTORY, None)

    def marked(self, board: str) -> Iterator[list[Json]]:
        """Pages of a board's cards with the addresses attached to them, the latest first."""
        return self._laden_pages(board, MARKED, None)

    def cards(self, board: str, before: str | None = None) -> Iterator[list[Json]]:
        """Pages of a board's cards with all that lives in them, archived ones too."""
        return self._laden_pages(board, CARD, before)

    def _laden_pages(self, board: str, params: Mapping[str, str], before: str | None) -> Iterator[list[Json]]:
        """What is too laden for Trello is asked for in smaller pages."""
        path = f"boards/{board}/cards/all"
        while True:
            size = self._laden
            try:
                for page in self._pages(path, params, before, size):
                    before = oldest(page, path)
                    yield page
                return
            except ProtocolError as error:
                if error.status != _TOO_LADEN or size <= FEWEST:
                    raise
                self._laden = max(FEWEST, size // 4)

    def _pages(
        self,
        path: str,
        params: Mapping[str, str | None],
        before: str | None,
        size: int = PAGE,
        *,
        by_id: bool = True,
    ) -> Iterator[list[Json]]:
        """To the page that brings nothing new; a full page that brings nothing new is a walk in circles.

        Cards are ordered by id, actions by date, and ids of one second have no order between Trello's machines.
        """
        seen: set[str] = set()
        while True:
            rows = listed(self.get(path, **{**params, "limit": size, "before": before}), path)
            fresh = list({number: row for row in rows if (number := row_id(row, path)) not in seen}.values())
            if not fresh:
                if len(rows) >= size:
                    raise ProtocolError(f"{path}: Trello repeats a page")
                return
            seen.update(row_id(row, path) for row in fresh)
            before = oldest(fresh, path) if by_id else row_id(fresh[-1], path)
            yield fresh


_TOO_LADEN = 413
_NOT_ALLOWED = "permission requested"


def meaning(answer: Answer) -> int:
    """What a status of Trello stands for.

    401 is also what it answers to good credentials that may not see something ("unauthorized card permission
    requested"); 449 says that a part of the request failed; and too many cards at once is no matter of waiting.
    """
    if answer.status < 400:
        return answer.status
    said = answer.text()
    if TOO_MANY in said:
        return _TOO_LADEN
    if answer.status == 401 and _NOT_ALLOWED in said:
        return 403
    return 503 if answer.status == 449 else answer.status


def listed(answer: Any, what: str) -> list[Any]:
    """A list that must be there: anything else is nonsense, never an empty page."""
    if isinstance(answer, VendorError):
        raise answer
    if not isinstance(answer, list):
        raise ProtocolError(f"{what}: expected a list, found {type(answer).__name__}")
    return answer


def rows_of(value: Any, what: str) -> list[Any]:
    """A list inside an answer; null is an empty one."""
    return [] if value is None else listed(value, what)


def answered(answer: Any, what: str) -> dict[str, Any]:
    """An answer that must be an object; raises the error that stands in its place."""
    if isinstance(answer, VendorError):
        raise answer
    if not isinstance(answer, dict):
        raise ProtocolError(f"{what}: expected an object, found {type(answer).__name__}")
    return answer


def row_id(row: Any, what: str) -> str:
    """The id of a row; without it nothing can be kept, so the answer is nonsense."""
    found = row.get("id") if isinstance(row, dict) else None
    if not isinstance(found, str) or not found:
        raise ProtocolError(f"{what}: a row without an id")
    return found


def oldest(rows: Sequence[Json], what: str) -> str:
    """The smallest id: Trello's begin with the time at which the thing was made."""
    return min(row_id(row, what) for row in rows)


def _is_answer(one: Any) -> bool:
    return isinstance(one, dict) and "200" in one
