"""The writing half: who does what.

`creating`, `updating`, `items`, `labels`, `backlinks`, `commenting` and `filing` send; `encode` decides and is pure;
`finding` finds again what was made. Everything sent is answered for field by field.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from syncline.errors import NotFound, Unsupported
from syncline.model import Kind, Ref
from syncline.target import Change, CommentDraft, Draft, FileDraft, Outcome, Removal
from syncline_connectors.trello.api import Api
from syncline_connectors.trello.backlinks import Linker
from syncline_connectors.trello.commenting import Commenter
from syncline_connectors.trello.creating import Creator
from syncline_connectors.trello.encode import Encoder
from syncline_connectors.trello.filing import Filer
from syncline_connectors.trello.finding import Finder
from syncline_connectors.trello.ids import apart
from syncline_connectors.trello.items import ItemUpdater
from syncline_connectors.trello.labels import Assigner, Labeller
from syncline_connectors.trello.looking import Cards
from syncline_connectors.trello.reading import Reader
from syncline_connectors.trello.sending import Sender
from syncline_connectors.trello.updating import Hands, Updater

if TYPE_CHECKING:
    from syncline_connectors.trello.config import TrelloConfig


class Writer:
    """Writes to the boards of one connection."""

    def __init__(self, api: Api, reader: Reader, encoder: Encoder, config: TrelloConfig, me: str) -> None:
        self._sender = Sender(api.http, config.name)
        cards = Cards(api, reader)
        labeller = Labeller(cards, self._sender)
        hands = Hands(
            cards,
            self._sender,
            encoder,
            reader.fields,
            labeller,
            Assigner(self._sender),
            Linker(self._sender),
        )
        self._creator = Creator(cards, self._sender, encoder, labeller)
        self._updater = Updater(hands)
        self._items = ItemUpdater(cards, self._sender, encoder)
        self._finder = Finder(api, me)
        self.comments = Commenter(api, self._sender)
        self.files = Filer(api, self._sender)

    def create(self, draft: Draft, marker: str) -> Outcome:
        return self._creator.create(draft, marker)

    def find(self, marker: str, draft: Draft | CommentDraft | FileDraft, since: datetime) -> list[Ref]:
        return self._finder.find(marker, draft, since)

    def update(self, ref: Ref, changes: Mapping[str, Change], expected: Mapping[str, Any]) -> Outcome:
        if ref.kind is not Kind.ISSUE:
            raise Unsupported(f"a {ref.kind} of Trello is not written")
        updater = self._updater if apart(ref.remote_id) is None else self._items
        return updater.update(ref, changes, expected)

    def remove(self, ref: Ref, how: Removal) -> None:
        """Archive or delete a card, delete a check item. Deleting leaves nothing: Trello has no bin."""
        if ref.kind is not Kind.ISSUE:
            raise Unsupported(f"a {ref.kind} of Trello is not taken away")
        inside = apart(ref.remote_id) is not None
        if inside and how is Removal.ARCHIVE:
            raise Unsupported(
                "a check item of Trello cannot be archived", hint="it is archived with its card"
            )
        if inside:
            self._items.remove(ref)
        elif how is Removal.DELETE:
            self._sender.delete(f"cards/{ref.remote_id}")
        else:
            self._archive(ref.remote_id)

    def _archive(self, card: str) -> None:
        try:
            self._sender.put(f"cards/{card}", {"closed": True})
        except NotFound:
            return
