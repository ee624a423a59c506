"""Annotations that are written: one for what shipped, and taken away again by whoever undoes that.

Source: Amplitude, "Chart Annotations API" (v3). A create is not idempotent, and an annotation bears nothing of ours.
The documents name no limit of the texts, and no key that may read and not write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syncline.errors import InDoubt, Invalid, NotFound, ProtocolError, VersionConflict
from syncline.jsonvalues import required
from syncline.model import Annotation, Kind, Record, Sourced
from syncline_connectors.amplitude.api import ANNOTATIONS

if TYPE_CHECKING:
    from syncline.target import MarkDraft
    from syncline_connectors.amplitude.api import Api
    from syncline_connectors.amplitude.translate import Reader

SAID = ("title", "type", "at", "until", "body", "metric")
"""What of an annotation people can change."""


def add(api: Api, reader: Reader, draft: MarkDraft) -> Sourced:
    """Make one on all charts. Raises Invalid where the category is not there: categories are for people to make."""
    body = {"label": draft.label, "start": draft.at.isoformat(timespec="seconds"), "details": draft.details}
    try:
        answer = api.create(ANNOTATIONS, body | ({"category": draft.category} if draft.category else {}))
        return _read(reader, answer)
    except NotFound as error:
        raise Invalid(
            f'Amplitude has no annotation category "{draft.category}"',
            hint="make it there, or name another one in category of the [[mark]] block",
            status=error.status,
            field="category",
        ) from None
    except (ProtocolError, ValueError) as error:
        raise InDoubt(
            f"the answer to a new annotation makes no sense ({error}): it may have been made"
        ) from None


def remove(api: Api, reader: Reader, remote_id: str, expected: Record) -> None:
    """Delete one that says what is expected. Raises VersionConflict for another, NotFound where it is gone."""
    path = f"{ANNOTATIONS}/{remote_id}"
    try:
        shown = _read(reader, api.json(path)).record
    except ValueError as error:
        raise ProtocolError(f"{path}: {error}") from None
    if any(getattr(shown, name, None) != getattr(expected, name, None) for name in SAID):
        raise VersionConflict(f"annotation {remote_id} was changed since")
    api.delete(path)


def _read(reader: Reader, answer: Any) -> Sourced:
    """The annotation of an answer; raises ValueError for another answer."""
    row = required(required(answer, "answer").get("data"), "data")
    record = reader.read(Kind.ANNOTATION, row)
    if not isinstance(record, Annotation):
        raise ValueError("no annotation")
    return Sourced(record, row)
