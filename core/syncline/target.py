"""What a connector that writes is: the second half of the protocol, beside `syncline.connector`.

A *target* creates records with a marker, changes them field by field, and says for every field what became of it. It
knows no base, link or policy: it is told what to write and what the plan saw, and answers with what the tool now
stores. Whatever it cannot write it refuses by name; it never drops a field silently and never guesses.

What the engine does with the errors a write raises: `InDoubt` means that the write may have been executed (look for the
marker before trying again), any other `TransientError` that it was not; `Invalid`, `Unsupported`, `AccessDenied`,
`NotFound` and `VersionConflict` are final for this try.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from syncline.connector import FIELDS as FIELDS
from syncline.connector import Source
from syncline.errors import VendorError
from syncline.model import Issue, Kind, Record, Ref, RelationType, Sourced, Text, Visibility, Work

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

# ---- fields and their values ----------------------------------------------------------------------------------------

LISTED = frozenset({"assignees", "labels", "releases", "iterations", "components", "relations", "backlinks"})
"""Fields that hold several values, so that they can be changed by what is added and removed."""


@dataclass(frozen=True)
class Set:
    """The field becomes ``value``; None clears it."""

    value: Any


@dataclass(frozen=True)
class AddRemove:
    """Of a listed field, these values are added and removed; whatever else it holds stays."""

    add: tuple[Any, ...] = ()
    remove: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Move:
    """The status becomes ``status``, a native name, directly or over the native statuses of ``path``, never otherwise.

    A walk that ends half-way is refused, and ``stored`` of the outcome shows where it ended.
    ``with_fields`` are what the way asks for (a resolution): native field name to native value. ``visibility``: who may
    be told by the tool; a status that customers are told of is refused unless it is ``customer``.
    """

    status: str
    path: tuple[str, ...] = ()
    with_fields: Mapping[str, Any] = field(default_factory=dict)
    visibility: Visibility = Visibility.TEAM


Change = Set | AddRemove | Move


@dataclass(frozen=True)
class Related:
    """The record ``type`` the record ``target`` (a remote id of the same tool): A *blocks* B.

    ``label`` is what people call the target; it tells no two apart.
    """

    type: RelationType
    target: str
    label: str = field(default="", compare=False)


@dataclass(frozen=True)
class Backlink:
    """A link to a counterpart elsewhere, by the tool's own link object. ``id`` is ours and stays the same for good."""

    id: str
    url: str
    title: str
    relationship: str = "mirrors"
    resolved: bool = False


def value_of(record: Record, name: str) -> Any:
    """What a record holds in a field that `FIELDS` or ``[fields]`` names; raises KeyError for another one.

    A status is its native name. Relations and backlinks are records or links of their own: not here.
    """
    if name == "title":
        return record.title
    if isinstance(record, Work):
        if name == "description":
            return record.body
        if name == "status":
            return record.status.name
        if name in ("type", "priority", "assignees", "labels", "due_on", "start_on", "estimate", "parent"):
            return getattr(record, name)
        if isinstance(record, Issue) and name in ("releases", "iterations", "components"):
            return getattr(record, name)
        if name not in FIELDS:
            return record.fields.get(name)
    raise KeyError(name)


def same_value(name: str, one: Any, other: Any) -> bool:
    """Whether two values of a field say the same: texts by their canonical Markdown, listed fields as sets."""
    if one == other:
        return True
    if name in LISTED:
        return set(one or ()) == set(other or ())
    if isinstance(one, Text) or isinstance(other, Text):
        return _markdown(one) == _markdown(other)
    return False


def _markdown(text: Text | None) -> str:
    from syncline.text import to_markdown

    return "" if text is None else to_markdown(text).source


# ---- what is asked for, and what became of it -----------------------------------------------------------------------


@dataclass(frozen=True)
class Draft:
    """A record to be made: ``container`` is a remote id, ``type`` the tool's own name, ``fields`` values by field."""

    kind: Kind
    container: str
    type: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class CommentDraft:
    """A comment to be made on ``subject``. ``visibility`` is never widened: what the tool cannot keep, it refuses."""

    subject: Ref
    body: Text
    visibility: Visibility = Visibility.TEAM


@dataclass(frozen=True)
class FileDraft:
    """A file to be attached to ``subject``."""

    subject: Ref
    name: str
    content: bytes
    mime_type: str = "application/octet-stream"


@dataclass(frozen=True)
class MarkDraft:
    """A mark to be made on the time line of every chart, at ``at`` (aware). ``category`` is the tool's own name."""

    label: str
    at: datetime
    details: str
    category: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a write.

    Every field that was asked for is in ``applied`` (the tool has it, also where it had it before), in ``refused``
    with the reason, or in neither: then it was not tried (a tool that takes a status only on a record that exists), and
    ``update`` will. ``stored`` is the record as the tool has it afterwards, None where that could not be read.
    ``later`` names applied fields whose stored value was read after the write instead of answered by it, so that it
    may show somebody else's edit.
    """

    ref: Ref
    applied: frozenset[str] = frozenset()
    refused: Mapping[str, VendorError] = field(default_factory=dict)
    stored: Sourced | None = None
    later: frozenset[str] = frozenset()


class Removal(StrEnum):
    """How a record is taken away."""

    ARCHIVE = "archive"
    DELETE = "delete"


# ---- the protocol ---------------------------------------------------------------------------------------------------


@runtime_checkable
class Target(Source, Protocol):
    """A tool that can be written to. What it can write stands in its capabilities: ``writes``, ``creates``."""

    def create(self, draft: Draft, marker: str) -> Outcome:
        """Make a record that `find_by_marker` finds by ``marker``, in one request with it.

        Raises Invalid naming the field where a required one is missing or the container or type is unknown: then
        nothing was made. A field that may be missing and cannot be given is refused, and the record made without it.
        Raises InDoubt where no answer came; then it is never sent again here.
        """
        ...

    def find_by_marker(
        self, marker: str, draft: Draft | CommentDraft | FileDraft, since: datetime
    ) -> Sequence[Ref]:
        """Every record that bears ``marker``, the oldest first, among those made since ``since`` (aware, our clock).

        Empty means that there is none *to be seen yet*: only after the settling time of `Creation` is it proof.
        """
        ...

    def update(self, ref: Ref, changes: Mapping[str, Change], expected: Mapping[str, Any]) -> Outcome:
        """Change the fields named, and only those. Raises NotFound where the record is not there.

        ``expected`` holds what the plan saw, by field: a field that holds something else by now is refused with
        VersionConflict and left alone, the others are written. One that already holds the value is not written.

        Where an answer was lost the record is looked at again: a field that holds the value is applied, and ``later``;
        any other is refused with InDoubt, or the whole update raises it. A repeat is always safe.
        """
        ...

    def remove(self, ref: Ref, how: Removal) -> None:
        """Archive or delete; raises Unsupported where the tool cannot. What is gone already is no error."""
        ...

    def stored_form(self, field: str, value: Any) -> Any:
        """What reading will show once ``value`` was written to ``field``. Pure; needs no request once the tool's own
        fields are known.

        Raises Invalid naming the field where the tool cannot hold the value (too long), Unsupported where it has no
        such field, or of relations no such type.
        """
        ...


@runtime_checkable
class TakesComments(Protocol):
    """Can write comments."""

    def add_comment(self, draft: CommentDraft, marker: str) -> Outcome:
        """``ref`` of the outcome is the comment's; its field is ``body``."""
        ...

    def edit_comment(self, ref: Ref, subject: Ref, body: Text, expected: Text | None = None) -> Outcome:
        """Replace the text; visibility stays. Refused with VersionConflict where it is not ``expected`` any more."""
        ...

    def remove_comment(self, ref: Ref, subject: Ref) -> None:
        """Delete; what is gone already is no error."""
        ...


@runtime_checkable
class TakesFiles(Protocol):
    """Can attach files and give their bytes."""

    def attach(self, draft: FileDraft, marker: str) -> Outcome:
        """``ref`` of the outcome is the attachment's. Raises Invalid where the file is too large."""
        ...

    def download(self, ref: Ref) -> bytes:
        """The bytes of an attachment; raises NotFound."""
        ...


@runtime_checkable
class TakesMarks(Protocol):
    """Can mark on the time line of its charts what shipped: annotations. It need not be a `Target`.

    `Creation` of `Kind.ANNOTATION` says how long a mark that was made may be missing from the list. Marks bear nothing
    of ours: one is known by its label and its day, whoever made it.
    """

    @classmethod
    def mark_zone(cls, config: Any) -> ZoneInfo:
        """Whose days the time line has. Raises ConfigError where the configuration does not say."""
        ...

    def marks(self) -> Sequence[Sourced]:
        """Every mark that there is, asked anew: what is looked at before one is made."""
        ...

    def add_mark(self, draft: MarkDraft) -> Sourced:
        """Make one, sent once; returns it as the tool now has it. Raises InDoubt where no answer came that tells."""
        ...

    def remove_mark(self, remote_id: str, expected: Record) -> None:
        """Delete. Raises VersionConflict where it says something else than ``expected``, NotFound where it is gone."""
        ...
