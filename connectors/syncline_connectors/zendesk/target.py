"""The methods of `syncline.target`, as `Zendesk` has them: each asks the writer, made when it is first needed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from syncline.connector import CreateBy, Creation
from syncline.model import Kind, Ref, Text
from syncline.target import Change, CommentDraft, Draft, FileDraft, Outcome, Removal

if TYPE_CHECKING:
    from syncline_connectors.zendesk.encode import Encoder
    from syncline_connectors.zendesk.writing import Writer

WRITES = frozenset({"title", "status", "type", "priority", "assignees", "labels", "fields"})
"""A ticket's description is its first comment: it is given when a ticket is made and never changed."""
CREATES: Mapping[Kind, Creation] = {
    Kind.TICKET: Creation(CreateBy.IDEMPOTENCY_KEY, settle=60),
    Kind.COMMENT: Creation(CreateBy.MARKER, settle=60),
    Kind.ATTACHMENT: Creation(CreateBy.MARKER, settle=60),
}
"""The key is remembered for two hours; afterwards ``external_id``, which is the marker too, finds the ticket."""


class Writes(ABC):
    """The writing half of a connector."""

    @abstractmethod
    def _writer(self) -> Writer:
        """The writer of the account; asks who we are and what there is, where no run has."""

    @abstractmethod
    def _encoder(self) -> Encoder:
        """How values are written; asks which fields there are, where no run has."""

    def create(self, draft: Draft, marker: str) -> Outcome:
        return self._writer().create(draft, marker)

    def find_by_marker(
        self, marker: str, draft: Draft | CommentDraft | FileDraft, since: datetime
    ) -> Sequence[Ref]:
        return self._writer().find(marker, draft, since)

    def update(self, ref: Ref, changes: Mapping[str, Change], expected: Mapping[str, Any]) -> Outcome:
        return self._writer().update(ref, changes, expected)

    def remove(self, ref: Ref, how: Removal) -> None:
        self._writer().remove(ref, how)

    def stored_form(self, field: str, value: Any) -> Any:
        return self._encoder().stored(field, value)

    def add_comment(self, draft: CommentDraft, marker: str) -> Outcome:
        return self._writer().notes.add(draft, marker)

    def edit_comment(self, ref: Ref, subject: Ref, body: Text, expected: Text | None = None) -> Outcome:
        return self._writer().notes.edit(ref, subject)

    def remove_comment(self, ref: Ref, subject: Ref) -> None:
        self._writer().notes.remove(ref)

    def attach(self, draft: FileDraft, marker: str) -> Outcome:
        return self._writer().notes.attach(draft, marker)

    def download(self, ref: Ref) -> bytes:
        return self._writer().notes.download(ref)
