"""The methods of `syncline.target`, as `Linear` has them: each asks the writer, which is made when first needed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from syncline.connector import CreateBy, Creation
from syncline.model import Kind, Ref, Text
from syncline.target import Change, CommentDraft, Draft, FileDraft, Outcome, Removal

if TYPE_CHECKING:
    from syncline_connectors.linear.writing import Writer

CREATES: Mapping[Kind, Creation] = {
    Kind.ISSUE: Creation(CreateBy.CLIENT_ID, settle=5),
    Kind.COMMENT: Creation(CreateBy.CLIENT_ID, settle=5),
    Kind.ATTACHMENT: Creation(CreateBy.CLIENT_ID, settle=5),
}
"""We choose the id. A look by id sees what was made at once; five seconds are for what is still under way."""


class Writes(ABC):
    """The writing half of a connector."""

    @abstractmethod
    def _writer(self) -> Writer:
        """The writer of the workspace; asks who we are, where no run has."""

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
        return self._writer().encoder.stored(field, value)

    def add_comment(self, draft: CommentDraft, marker: str) -> Outcome:
        return self._writer().comments.add(draft, marker)

    def edit_comment(self, ref: Ref, subject: Ref, body: Text, expected: Text | None = None) -> Outcome:
        return self._writer().comments.edit(ref, body, expected)

    def remove_comment(self, ref: Ref, subject: Ref) -> None:
        self._writer().comments.remove(ref)

    def attach(self, draft: FileDraft, marker: str) -> Outcome:
        return self._writer().files.attach(draft, marker)

    def download(self, ref: Ref) -> bytes:
        return self._writer().files.download(ref)
