"""The methods of `syncline.target` for a connector whose writing half is objects of its own, made when first needed.

A connector that is only read loads nothing of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from syncline.model import Ref, Text

if TYPE_CHECKING:
    from syncline.target import Change, CommentDraft, Draft, FileDraft, Outcome, Removal


class Encodes(Protocol):
    """Knows how values are written."""

    def stored(self, name: str, value: Any, /) -> Any: ...


class WritesComments(Protocol):
    """The methods of `syncline.target.TakesComments`."""

    def add(self, draft: CommentDraft, marker: str) -> Outcome: ...
    def edit(self, ref: Ref, subject: Ref, body: Text, expected: Text | None, /) -> Outcome: ...
    def remove(self, ref: Ref, subject: Ref) -> None: ...


class WritesFiles(Protocol):
    """The methods of `syncline.target.TakesFiles`."""

    def attach(self, draft: FileDraft, marker: str) -> Outcome: ...
    def download(self, ref: Ref) -> bytes: ...


class Writer(Protocol):
    """The methods of `syncline.target.Target`."""

    @property
    def comments(self) -> WritesComments: ...
    @property
    def files(self) -> WritesFiles: ...

    def create(self, draft: Draft, marker: str) -> Outcome: ...
    def find(
        self, marker: str, draft: Draft | CommentDraft | FileDraft, since: datetime
    ) -> Sequence[Ref]: ...
    def update(self, ref: Ref, changes: Mapping[str, Change], expected: Mapping[str, Any]) -> Outcome: ...
    def remove(self, ref: Ref, how: Removal) -> None: ...


class Writes(ABC):
    """The writing half of a connector: each method asks the writer."""

    @abstractmethod
    def _writer(self) -> Writer:
        """The writer of the account; asks who we are and what there is, where no run has."""

    @abstractmethod
    def _encoder(self) -> Encodes:
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
        return self._writer().comments.add(draft, marker)

    def edit_comment(self, ref: Ref, subject: Ref, body: Text, expected: Text | None = None) -> Outcome:
        return self._writer().comments.edit(ref, subject, body, expected)

    def remove_comment(self, ref: Ref, subject: Ref) -> None:
        self._writer().comments.remove(ref, subject)

    def attach(self, draft: FileDraft, marker: str) -> Outcome:
        return self._writer().files.attach(draft, marker)

    def download(self, ref: Ref) -> bytes:
        return self._writer().files.download(ref)
