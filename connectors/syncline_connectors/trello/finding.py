"""Finding again what was made: cards by their marker, comments and files by who made them when, and what they hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from syncline.errors import NotFound, ProtocolError
from syncline.model import Kind, Ref
from syncline.target import CommentDraft, Draft, FileDraft
from syncline_connectors.trello.api import Api, Get, answered, listed, row_id, talk_get
from syncline_connectors.trello.commenting import said
from syncline_connectors.trello.ids import SITE, made_at, within
from syncline_connectors.trello.links import marker_of
from syncline_connectors.trello.looking import attachments
from syncline_connectors.trello.values import Json, instant, mapping

EARLIER = timedelta(minutes=10)
"""Looked for before the time asked for: the vendor's clock is not ours."""


class Finder:
    """Finds what was made. ``me`` is the member whose token we use."""

    def __init__(self, api: Api, me: str) -> None:
        self._api = api
        self._me = me

    def find(self, marker: str, draft: Draft | CommentDraft | FileDraft, since: datetime) -> list[Ref]:
        """Everything made since then that bears the marker, the oldest first: Trello's ids grow."""
        earliest = since - EARLIER
        if isinstance(draft, CommentDraft):
            kind, found = Kind.COMMENT, self._comments(draft, earliest)
        elif isinstance(draft, FileDraft):
            kind, found = Kind.ATTACHMENT, self._files(draft, earliest)
        else:
            kind, found = Kind.ISSUE, self._cards(marker, draft.container, earliest)
        try:
            return [Ref(SITE, kind, number) for number in sorted(set(found))]
        except ValueError as error:
            raise ProtocolError(f"{kind}: {error}") from None

    def _cards(self, marker: str, board: str, since: datetime) -> Iterator[str]:
        """Cards of the board, the latest first, until they are older."""
        for page in self._api.marked(board):
            for card in page:
                if any(marker_of(one.get("url")) == marker for one in attachments(card)):
                    yield row_id(card, "cards")
            made = [made_at(row_id(card, "cards")) for card in page]
            if all(moment is not None and moment < since for moment in made):
                return

    def _comments(self, draft: CommentDraft, since: datetime) -> Iterator[str]:
        text = said(draft.body).strip()
        for action in self._of(talk_get(draft.subject.remote_id)):
            data = mapping(action.get("data"), "data") or {}
            mine = action.get("idMemberCreator") == self._me and str(data.get("text")).strip() == text
            if mine and not _before(action, since):
                yield row_id(action, "actions")

    def _files(self, draft: FileDraft, since: datetime) -> Iterator[str]:
        card = draft.subject.remote_id
        for row in self._attachments(card):
            same = row.get("name") == draft.name and row.get("bytes") == len(draft.content)
            if same and row.get("idMember") == self._me and not _before(row, since):
                yield within(card, row_id(row, "attachments"))

    def _of(self, get: Get) -> list[Json]:
        """Rows of a list, none where the card is gone."""
        (answer,) = self._api.batch([get])
        return [] if isinstance(answer, NotFound) else listed(answer, "list")

    def _attachments(self, card: str) -> list[Json]:
        try:
            path = f"cards/{card}"
            return list(attachments(answered(self._api.get(path, fields="id", attachments="true"), path)))
        except NotFound:
            return []


def _before(row: Json, since: datetime) -> bool:
    made = instant(row.get("date"), "date")
    return made is not None and made < since
