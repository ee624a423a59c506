"""The small streams: boards, and the people on them. Read whole whenever a census is due."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from syncline.connector import EVERYTHING, Cursor, Page, Quarantined, Stream
from syncline.errors import VendorError
from syncline.model import Kind, Sourced
from syncline_connectors.trello.api import Api, board_get, rows_of
from syncline_connectors.trello.boards import Board
from syncline_connectors.trello.polls import read_board
from syncline_connectors.trello.reading import Reader
from syncline_connectors.trello.translate import board_payload, member_payload


class Metadata:
    """Boards as they were when first asked for in this run."""

    def __init__(self, api: Api, reader: Reader) -> None:
        self._api = api
        self._reader = reader
        self._known: dict[str, Board | VendorError] = {}

    def keys(self, scope: Iterable[str]) -> list[str]:
        """The boards of a scope, by id or short link."""
        found = set(scope)
        return sorted(self._api.open_boards() if EVERYTHING in found else found)

    def boards(self, keys: Sequence[str], *, again: bool = False) -> list[Board]:
        """The boards; raises the error of the first that these credentials do not see."""
        wanted = [key for key in keys if again or key not in self._known]
        for key, answer in zip(wanted, self._api.batch([board_get(key) for key in wanted]), strict=True):
            self._known[key] = answer if isinstance(answer, VendorError) else read_board(answer)
        return [_there(key, self._known[key]) for key in keys]

    def visible(self, keys: Sequence[str]) -> list[Board]:
        """Those of the boards that these credentials see."""
        try:
            return self.boards(keys)
        except VendorError:
            return [one for key in keys if isinstance(one := self._known.get(key), Board)]

    # ---- streams ----

    def pages(self, stream: Stream) -> Iterator[Page]:
        """The whole stream. Boards that can be seen come first, then the error of one that cannot."""
        keys = self.keys(stream.scope)
        read = self._board_page if stream.name == "boards" else self._people_page
        yield read(self.visible(keys))
        self.boards(keys)
        yield Page(next=Cursor(None, "whole"), last=True)

    def _board_page(self, boards: Sequence[Board]) -> Page:
        found = self.page(Kind.CONTAINER, [board_payload(board.payload) for board in boards])
        statuses = tuple(status for board in boards for status in board.statuses())
        return Page(records=found.records, quarantined=found.quarantined, statuses=statuses)

    def _people_page(self, boards: Sequence[Board]) -> Page:
        members: dict[Any, Any] = {}
        for board in boards:
            for member in rows_of(board.payload.get("members"), "members"):
                known = isinstance(member, dict)
                members.setdefault(
                    member.get("id") if known else None, member_payload(member) if known else member
                )
        return self.page(Kind.PERSON, list(members.values()))

    def page(self, kind: Kind, payloads: Sequence[Any]) -> Page:
        """Records of one kind; what cannot be read is set aside."""
        records: list[Sourced] = []
        refused: list[Quarantined] = []
        for payload in payloads:
            try:
                if not isinstance(payload, dict):
                    raise ValueError(f"{kind}: not an object")
                records.append(Sourced(self._reader.read(kind, payload), payload))
            except ValueError as error:
                row = payload if isinstance(payload, dict) else {"value": payload}
                refused.append(Quarantined(kind, str(row.get("id", "unknown")), str(error), row))
        return Page(records=records, quarantined=refused)


def _there(key: str, found: Board | VendorError) -> Board:
    if isinstance(found, Board):
        return found
    raise type(found)(
        f"board {key}: {found.message}",
        hint="boards of the connection names it; the member must be on it",
        status=found.status,
    )
