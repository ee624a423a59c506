"""One issue as it stands right now: read before a write, and after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from syncline.errors import NotFound, ProtocolError
from syncline.jsonvalues import Json, required
from syncline.model import Attachment, Issue, Kind, Relation, Sourced
from syncline_connectors.linear.api import Api
from syncline_connectors.linear.assemble import Assembler
from syncline_connectors.linear.lookup import is_id
from syncline_connectors.linear.reading import read
from syncline_connectors.linear.walk import whole


@dataclass(frozen=True)
class Seen:
    """An issue and the links on it."""

    sourced: Sourced
    issue: Issue
    relations: Sequence[Relation] = field(default_factory=tuple)
    attachments: Sequence[tuple[Attachment, Json]] = field(default_factory=tuple)

    @property
    def team(self) -> str:
        if self.issue.container is None:
            raise ProtocolError(f"issue {self.issue.remote_id} has no team")
        return self.issue.container


class Issues:
    """Reads single issues of one workspace."""

    def __init__(self, api: Api, assembler: Assembler) -> None:
        self._api = api
        self._assembler = assembler

    def read(self, issue: str) -> Seen:
        """The issue with its relations and attachments, archived or not; raises NotFound."""
        rides = {"comments": False, "attachments": True, "history": False}
        rows = whole(self._api, {"id": {"in": [issue]}}, rides) if is_id(issue) else []
        if not rows:
            raise NotFound(f"Linear shows no issue {issue}", status=404)
        ((_, draft),) = self._assembler.each(rows)
        found = [one for one in draft.records if one.record.kind is Kind.ISSUE]
        if not found or not isinstance(found[0].record, Issue):
            reason = draft.quarantined[0].reason if draft.quarantined else "it is empty"
            raise ProtocolError(f"issue {issue} cannot be read: {reason}")
        return Seen(
            found[0],
            found[0].record,
            tuple(one.record for one in draft.records if isinstance(one.record, Relation)),
            tuple((one.record, one.payload) for one in draft.records if isinstance(one.record, Attachment)),
        )

    def answered(self, payload: Json) -> Seen:
        """The issue in the answer of a mutation, without its links; raises ProtocolError."""
        try:
            kept = self._assembler.payload(required(payload.get("issue"), "issue"))
            record = read(Kind.ISSUE, kept)
        except ValueError as error:
            raise ProtocolError(f"issue: {error}") from None
        if not isinstance(record, Issue):
            raise ProtocolError("issue: another kind of record")
        return Seen(Sourced(record, kept), record)
