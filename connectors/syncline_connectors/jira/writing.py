"""The writing half: who does what.

`creating`, `updating`, `commenting`, `filing` and `linking` send; `encode`, `shapes`, `edits` and `screens` decide, and
are pure; `markers` finds again what was made. Everything sent is answered for field by field (`ledger`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from syncline.connector import FieldInfo
from syncline.errors import (
    AccessDenied,
    Invalid,
    NotFound,
    ProtocolError,
    Unsupported,
    VendorError,
    VersionConflict,
)
from syncline.model import Kind, Ref, Sourced
from syncline.target import Change, CommentDraft, Draft, FileDraft, Outcome, Removal
from syncline_connectors.jira.api import Api, answered
from syncline_connectors.jira.commenting import Commenter
from syncline_connectors.jira.creating import Creator, Screens, field_infos
from syncline_connectors.jira.dialect import CLOUD
from syncline_connectors.jira.encode import Encoder
from syncline_connectors.jira.filing import Filer
from syncline_connectors.jira.linking import Linker
from syncline_connectors.jira.looking import Issues
from syncline_connectors.jira.markers import Finder
from syncline_connectors.jira.sending import Sender, accepted, body_of
from syncline_connectors.jira.transitions import Mover
from syncline_connectors.jira.updating import Updater

if TYPE_CHECKING:
    from syncline.connector import Account
    from syncline_connectors.jira.assemble import Assembler
    from syncline_connectors.jira.config import JiraConfig
    from syncline_connectors.jira.reading import Reader

_REASONS: Mapping[str, type[VendorError]] = {
    "userDoesNotHavePermission": AccessDenied,
    "issuesNotFound": NotFound,
}
PEOPLE = 200
"""Assignable people asked for at a time."""


class Writer:
    """Writes to one site."""

    def __init__(
        self,
        api: Api,
        reader: Reader,
        assembler: Assembler,
        encoder: Encoder,
        account: Account,
        config: JiraConfig,
    ) -> None:
        self._api = api
        self._reader = reader
        self._encoder = encoder
        self._screens = Screens(api)
        issues = Issues(api, assembler)
        site, sprint = account.site, reader.fields.sprint
        mover, linker = Mover(api, config.transitions), Linker(api, issues)
        self._creator = Creator(api, issues, encoder, self._screens, site)
        self._updater = Updater(api, issues, encoder, mover, linker, sprint)
        self._finder = Finder(api, site, account.user_id)
        self.comments = Commenter(api, reader, encoder, site=site, to_customers=config.customer_visible)
        self.files = Filer(api, reader, site)

    def create(self, draft: Draft, marker: str) -> Outcome:
        return self._creator.create(draft, marker)

    def find(self, marker: str, draft: Draft | CommentDraft | FileDraft, since: datetime) -> list[Ref]:
        return self._finder.find(marker, draft, since)

    def update(self, ref: Ref, changes: Mapping[str, Change], expected: Mapping[str, Any]) -> Outcome:
        if ref.kind is not Kind.ISSUE:
            raise Unsupported(f"a {ref.kind} of Jira is not written")
        return self._updater.update(ref, changes, expected)

    # ---- removing ----

    def remove(self, ref: Ref, how: Removal) -> None:
        """Archive or delete an issue, never with sub-tasks: Jira refuses then, and so do we."""
        if ref.kind is not Kind.ISSUE:
            raise Unsupported(f"a {ref.kind} of Jira is not taken away")
        issue, sender = ref.remote_id, Sender(self._api)
        if how is Removal.DELETE:
            if refusal := sender.delete(f"issue/{issue}", deleteSubtasks="false"):
                raise refusal.error()
            return
        try:
            if self._api.dialect is CLOUD:
                self._archive_on_cloud(sender, issue)
            else:
                accepted(sender.put(f"issue/{issue}/archive", None))
        except (Invalid, NotFound, VersionConflict):
            if not self._is_away(issue):
                raise

    def _archive_on_cloud(self, sender: Sender, issue: str) -> None:
        """Cloud archives a list and tells in a successful answer what it did not archive."""
        answer = accepted(sender.put("issue/archive", {"issueIdsOrKeys": [issue]}))
        told = answered(body_of(answer, "issue/archive"), "issue/archive").get("errors") or {}
        for reason, error in told.items():
            message = error.get("message") if isinstance(error, dict) else error
            refused = _REASONS.get(reason, Unsupported)
            raise refused(f"Jira did not archive the issue: {message or reason}")

    def _is_away(self, issue: str) -> bool:
        """Whether the issue is archived already, or gone."""
        try:
            answer = answered(self._api.get(f"issue/{issue}", fields="archiveddate"), "issue")
        except NotFound:
            return True
        return (answer.get("fields") or {}).get("archiveddate") is not None

    # ---- describing ----

    def creation(self, project: str) -> dict[str, tuple[FieldInfo, ...]]:
        """By the name of a type: what its creation screen takes. Empty where nothing can be made there."""
        try:
            names = [name for _, name in self._screens.types(project)]
            return {
                name: field_infos(self._screens.of(project, name).screen, self._encoder) for name in names
            }
        except (AccessDenied, Invalid):
            return {}
        except ValueError as error:
            raise ProtocolError(f"createmeta: {error}") from None

    def people(self, project: str) -> tuple[Sourced, ...]:
        """Whom work in the project can be assigned to; nobody where these credentials may not know."""
        key = answered(self._api.get(f"project/{project}"), "project").get("key")
        found: list[Sourced] = []
        try:
            asked = {"project": str(key), **({"query": ""} if self._api.dialect is CLOUD else {})}
            for batch in self._api.walk("user/assignable/search", None, PEOPLE, _who, **asked):
                found.extend(Sourced(self._reader.read(Kind.PERSON, row), row) for row in batch)
        except AccessDenied:
            return ()
        except ValueError as error:
            raise ProtocolError(f"user/assignable/search: {error}") from None
        return tuple(found)


def _who(row: Any) -> Any:
    return (row.get("accountId") or row.get("key") or row.get("name")) if isinstance(row, dict) else None
