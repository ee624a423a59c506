"""The writing half: who does what.

`creating`, `updating` and `notes` send through `sending`; `encode` decides and is pure; `fence` has the last word.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from syncline.errors import NotFound, ProtocolError, Unsupported
from syncline.model import Kind, Ref, Sourced
from syncline.target import Change, CommentDraft, Draft, FileDraft, Outcome, Removal
from syncline_connectors.zendesk.api import Api
from syncline_connectors.zendesk.creating import Creator
from syncline_connectors.zendesk.notes import Notes
from syncline_connectors.zendesk.sending import Sender
from syncline_connectors.zendesk.updating import Tickets, Updater

if TYPE_CHECKING:
    from syncline.connector import Account
    from syncline_connectors.zendesk.assemble import Assembler
    from syncline_connectors.zendesk.config import ZendeskConfig
    from syncline_connectors.zendesk.encode import Encoder
    from syncline_connectors.zendesk.fence import Fence
    from syncline_connectors.zendesk.metadata import Catalogues
    from syncline_connectors.zendesk.scope import Scope


class Writer:
    """Writes to one account."""

    def __init__(
        self,
        api: Api,
        assembler: Assembler,
        rules: Scope,
        encoder: Encoder,
        catalogues: Catalogues,
        fence: Fence,
        account: Account,
        config: ZendeskConfig,
    ) -> None:
        statuses = catalogues.statuses()
        fence.learn(statuses)
        self._api = api
        self._assembler = assembler
        self._catalogues = catalogues
        self._site = account.site
        self._sender = Sender(api)
        tickets, to_customers = Tickets(api, assembler), config.customer_visible
        groups = frozenset(
            str(row.get("id"))
            for row in catalogues.groups()
            if config.groups is None or row.get("name") in config.groups
        )
        self._creator = Creator(api, self._sender, tickets, encoder, rules, groups, account.site)
        self._updater = Updater(self._sender, tickets, encoder, statuses, to_customers=to_customers)
        self.comments = self.files = Notes(
            api,
            self._sender,
            tickets,
            assembler,
            site=account.site,
            me=account.user_id,
            to_customers=to_customers,
        )

    def create(self, draft: Draft, marker: str) -> Outcome:
        return self._creator.create(draft, marker)

    def find(self, marker: str, draft: Draft | CommentDraft | FileDraft, since: datetime) -> list[Ref]:
        if not isinstance(draft, Draft):
            return self.comments.find(marker, draft, since)
        return [Ref(self._site, Kind.TICKET, number) for number in self._creator.find(marker)]

    def update(self, ref: Ref, changes: Mapping[str, Change], expected: Mapping[str, Any]) -> Outcome:
        return self._updater.update(ref, changes, expected)

    def remove(self, ref: Ref, how: Removal) -> None:
        """Into the bin, from where a person can take a ticket back for 30 days."""
        if ref.kind is not Kind.TICKET or how is not Removal.DELETE:
            raise Unsupported(f"a {ref.kind} of Zendesk cannot be archived", hint="it can be deleted")
        if refusal := self._sender.delete(ref.remote_id):
            raise refusal.error()

    def people(self, group: str) -> tuple[Sourced, ...]:
        """Whom tickets of a group can be assigned to."""
        try:
            rows = [
                row
                for batch in self._api.pages(f"groups/{group}/memberships", "group_memberships")
                for row in batch
            ]
        except NotFound:
            return ()
        members = {str(row.get("user_id")) for row in rows if isinstance(row, dict)}
        found = [row for row in self._catalogues.staff() if str(row.get("id")) in members]
        try:
            return tuple(Sourced(self._assembler.read(Kind.PERSON, row), row) for row in found)
        except ValueError as error:
            raise ProtocolError(f"users: {error}") from None
