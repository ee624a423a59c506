"""One request as the endpoints see it: who asks, what may be seen, what was said in the query or the body."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from syncline.sim import SimRequest, SimResponse
from syncline_connectors.trello.simulator import entities as e
from syncline_connectors.trello.simulator.access import Caller, Credentials
from syncline_connectors.trello.simulator.errors import Refusal, invalid, no_permission, not_found
from syncline_connectors.trello.simulator.multipart import File, parts_of
from syncline_connectors.trello.simulator.site import is_id

if TYPE_CHECKING:
    from syncline_connectors.trello.simulator.hanging import Hanging
    from syncline_connectors.trello.simulator.quirks import Quirks

MOST_TEXT = 16384
_ACCESS = frozenset({"key", "token"})


@dataclass(frozen=True)
class Call:
    """A request that has been let in. ``args`` are the parts of the path, ``given`` the query and the body together."""

    site: Hanging
    request: SimRequest
    caller: Caller
    credentials: Credentials
    args: Mapping[str, str]
    given: Mapping[str, Any]
    files: Mapping[str, File]
    after_page: Callable[[e.Board], None]

    @property
    def quirks(self) -> Quirks:
        return self.site.quirks

    @property
    def member(self) -> e.Member:
        """The person; raises Refusal where a program has none."""
        if self.caller.member is None:
            raise no_permission()
        return self.caller.member

    # ---- what was said ---------------------------------------------------------------------------------------------

    def has(self, name: str) -> bool:
        return name in self.given

    def text(self, name: str, default: str = "") -> str:
        """Raises Refusal for anything that is longer than the vendor keeps, or is no text."""
        value = self.given.get(name, default)
        if value is None:
            return ""
        if isinstance(value, (dict, list)) or len(str(value)) > MOST_TEXT:
            raise invalid(f"value for {name}")
        return str(value)

    def needed(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise invalid(f"value for {name}")
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.given.get(name, default)
        text = str(value).lower()
        if text not in ("true", "false"):
            raise invalid(f"value for {name}")
        return text == "true"

    def number(self, name: str, default: int, *, most: int, least: int = 0) -> int:
        text = str(self.given.get(name, default))
        if not text.isdigit() or not least <= int(text) <= most:
            raise invalid(f"value for {name}")
        return int(text)

    def words(self, name: str, default: str = "") -> list[str]:
        """A list, or a text with commas."""
        value = self.given.get(name, default)
        parts = value if isinstance(value, list) else str(value or "").split(",")
        return [str(part) for part in parts if part]

    def time(self, name: str) -> datetime | None:
        value = self.given.get(name)
        if value in (None, "", "null"):
            return None
        try:
            return e.parse_time(str(value))
        except ValueError:
            raise invalid(f"value for {name}") from None

    def place(self, name: str = "pos") -> float | str:
        """top, bottom or a positive number."""
        value = self.given.get(name, "bottom")
        if value in ("top", "bottom"):
            return str(value)
        try:
            place = float(value)
        except (TypeError, ValueError):
            raise invalid(f"value for {name}") from None
        if place < 0:
            raise invalid(f"value for {name}")
        return place

    def refuse_unknown(self, known: Collection[str]) -> None:
        unknown = [name for name in self.given if name not in known and name not in _ACCESS]
        if unknown:
            raise Refusal(400, f"unknown parameter {unknown[0]}")

    # ---- what may be seen and changed ------------------------------------------------------------------------------

    def board(self, id_: str, *, write: bool = False) -> e.Board:
        found = self.site.find_board(id_)
        if found is None:
            raise _missing(id_)
        return self._allowed(found, "", write)

    def list_(self, id_: str, *, write: bool = False) -> e.TrelloList:
        found = self.site.lists.get(id_)
        if found is None:
            raise _missing(id_)
        self._allowed(found.board, "list", write)
        return found

    def card(self, id_: str, *, write: bool = False) -> e.Card:
        found = self.site.find_card(id_)
        if found is None:
            raise _missing(id_)
        self._allowed(found.board, "card", write)
        return found

    def label(self, id_: str, *, write: bool = False) -> e.Label:
        found = self.site.labels.get(id_)
        if found is None:
            raise _missing(id_)
        self._allowed(found.board, "", write)
        return found

    def checklist(self, id_: str, *, write: bool = False) -> e.Checklist:
        found = self.site.checklists.get(id_)
        if found is None:
            raise _missing(id_)
        self._allowed(found.card.board, "", write)
        return found

    def item(self, checklist: e.Checklist, id_: str) -> e.CheckItem:
        found = next((item for item in checklist.items if item.id == id_), None)
        if found is None:
            raise _missing(id_)
        return found

    def custom_field(self, id_: str, *, write: bool = False) -> e.CustomField:
        found = self.site.fields.get(id_)
        if found is None or not found.board.fields_on:
            raise _missing(id_)
        self._allowed(found.board, "", write)
        return found

    def action(self, id_: str, *, write: bool = False) -> e.Action:
        found = self.site.actions.get(id_)
        if found is None or found.unlisted:
            raise _missing(id_)
        self._allowed(self.home(found), "", write)
        return found

    def home(self, action: e.Action) -> e.Board:
        """Where the card of an action is now, which may be another board than where it happened."""
        card = self.site.cards.get(action.card_id or "")
        return card.board if card else action.board

    def person(self, id_: str) -> e.Member:
        """A member by id or username, or the caller as ``me``."""
        found = self.member if id_ == "me" else self.site.find_member(id_)
        if found is None:
            raise Refusal(404, "member not found")
        return found

    def _allowed(self, board: e.Board, what: str, write: bool) -> e.Board:
        """``what`` is how the vendor names what it refuses."""
        if not self.caller.may_read(board) or (write and not self.caller.may_write(board)):
            raise no_permission(what)
        return board


def _missing(id_: str) -> Refusal:
    """Malformed ids are 400, unknown ones 404. Short links are ids too."""
    return not_found() if is_id(id_) or (len(id_) == 8 and id_.isalnum()) else invalid("id")


def what_was_said(request: SimRequest) -> tuple[dict[str, Any], dict[str, File]]:
    """The query with the body over it: JSON, a form, or a form with files. Raises Refusal for broken JSON."""
    given: dict[str, Any] = dict(request.query)
    kind = (request.header("Content-Type") or "").partition(";")[0].strip().lower()
    if not request.body:
        return given, {}
    if kind == "multipart/form-data":
        fields, files = parts_of(request.header("Content-Type") or "", request.body)
        return given | fields, files
    if kind == "application/x-www-form-urlencoded":
        return given | _nested(parse_qsl(request.body.decode(), keep_blank_values=True)), {}
    try:
        body = json.loads(request.body)
    except ValueError:
        raise Refusal(400, "Error parsing body") from None
    if not isinstance(body, dict):
        raise Refusal(400, "Error parsing body")
    return given | body, {}


def _nested(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """``value[text]=x`` is ``{"value": {"text": "x"}}``."""
    made: dict[str, Any] = {}
    for name, value in pairs:
        outer, bracket, inner = name.partition("[")
        if bracket:
            made.setdefault(outer, {})[inner.rstrip("]")] = value
        else:
            made[name] = value
    return made


Handler = Callable[[Call], Any]


@dataclass(frozen=True)
class Route:
    """``path`` such as ``/cards/{id}/actions``; ``params`` are what the vendor describes or shows in its guides."""

    method: str
    path: str
    handler: Handler
    params: frozenset[str] = frozenset()


def route(method: str, path: str, handler: Handler, params: str = "", *more: frozenset[str]) -> Route:
    return Route(method, path, handler, frozenset(params.split()).union(*more))


def as_response(answer: Any) -> SimResponse:
    return answer if isinstance(answer, SimResponse) else SimResponse.of_json(answer)
