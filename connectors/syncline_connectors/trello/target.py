"""The methods of `syncline.target`, as `Trello` has them: each asks the writer, which is made when first needed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from syncline.connector import CreateBy, Creation
from syncline.model import Kind, Ref, Text
from syncline.target import Change, CommentDraft, Draft, FileDraft, Outcome, Removal
from syncline_connectors.trello.fields import COMMON

if TYPE_CHECKING:
    from syncline_connectors.trello.encode import Encoder
    from syncline_connectors.trello.writing import Writer

WRITES = frozenset(
    {
        "title",
        "description",
        "status",
        "assignees",
        "labels",
        "due_on",
        "start_on",
        "backlinks",
        "fields",
        *COMMON,
    }
)
"""What can be written; those of `COMMON` only where a custom field is named for them."""
CREATES: Mapping[Kind, Creation] = {
    Kind.ISSUE: Creation(CreateBy.MARKER, settle=60, later=frozenset()),
    Kind.COMMENT: Creation(CreateBy.MARKER, settle=60),
    Kind.ATTACHMENT: Creation(CreateBy.MARKER, settle=60),
}
"""Trello is not known to show late what was written; a minute is for the doubt."""


class Writes(ABC):
    """The writing half of the connector."""

    @abstractmethod
    def _writer(self) -> Writer:
        """The writer; asks who we are where no run has."""

    @abstractmethod
    def _encoder(self) -> Encoder:
        """How values are written."""

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
        return self._writer().comments.add(draft)

    def edit_comment(self, ref: Ref, subject: Ref, body: Text, expected: Text | None = None) -> Outcome:
        return self._writer().comments.edit(ref, subject, body, expected)

    def remove_comment(self, ref: Ref, subject: Ref) -> None:
        self._writer().comments.remove(ref, subject)

    def attach(self, draft: FileDraft, marker: str) -> Outcome:
        return self._writer().files.attach(draft)

    def download(self, ref: Ref) -> bytes:
        return self._writer().files.download(ref)
