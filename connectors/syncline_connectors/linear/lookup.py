"""Looking at single records by id. What is not among the answers is missing, whether deleted or out of sight."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from syncline.connector import Archived, Fetched, Missing, Page, Present, Quarantined
from syncline.errors import NotFound
from syncline.model import Kind, Ref, Sourced
from syncline_connectors.linear import documents
from syncline_connectors.linear.api import Api, row_id
from syncline_connectors.linear.assemble import Assembler
from syncline_connectors.linear.metadata import LISTS, Metadata
from syncline_connectors.linear.reading import read
from syncline_connectors.linear.translate import is_archived
from syncline_connectors.linear.walk import PAGE, whole

AT_ONCE = 100
"""Records of one kind that one filter names."""
DOCUMENTS: Mapping[Kind, tuple[tuple[str, str], ...]] = {
    Kind.COMMENT: ((documents.COMMENTS, "comments"),),
    Kind.ATTACHMENT: ((documents.ATTACHMENTS, "attachments"),),
    Kind.PROJECT: tuple((LISTS[name].document, LISTS[name].name) for name in ("projects", "initiatives")),
    **{
        LISTS[name].kind: ((LISTS[name].document, LISTS[name].name),)
        for name in ("people", "milestones", "updates", "cycles")
    },
}
"""The lists in which records of a kind are found. Issues, teams and relations have ways of their own."""


class Lookup:
    """Answers `Source.fetch`. ``rides``: which lists come with issues."""

    def __init__(
        self, api: Api, assembler: Assembler, metadata: Metadata, *, rides: Mapping[str, bool]
    ) -> None:
        self._api = api
        self._assembler = assembler
        self._metadata = metadata
        self._rides = rides

    def fetch(self, refs: Sequence[Ref]) -> Iterator[Fetched]:
        """One answer for each reference."""
        by_kind: dict[Kind, list[Ref]] = {}
        for ref in refs:
            by_kind.setdefault(ref.kind, []).append(ref)
        for kind, wanted in by_kind.items():
            if kind is Kind.ISSUE:
                for at in range(0, len(wanted), PAGE):
                    yield from self._issues(wanted[at : at + PAGE])
            elif kind is Kind.CONTAINER:
                yield from self._teams(wanted)
            elif kind is Kind.RELATION:
                yield from map(self._relation, wanted)
            elif kind in DOCUMENTS:
                for at in range(0, len(wanted), AT_ONCE):
                    yield from self._listed(kind, wanted[at : at + AT_ONCE])
            else:
                yield from map(Missing, wanted)

    def _issues(self, refs: Sequence[Ref]) -> Iterator[Fetched]:
        """The bin and the archive are told apart by nothing: from either an issue can be brought back."""
        known = [ref for ref in refs if is_id(ref.remote_id)]
        rows = (
            whole(self._api, {"id": {"in": [ref.remote_id for ref in known]}}, self._rides) if known else []
        )
        away = {row_id(row, "issues") for row in rows if is_archived(row)}
        here = dict(self._assembler.each([row for row in rows if row["id"] not in away]))
        for ref in refs:
            draft = here.get(ref.remote_id)
            if draft is not None:
                yield Present(ref, draft.page())
            else:
                yield Archived(ref) if ref.remote_id in away else Missing(ref)

    def _listed(self, kind: Kind, refs: Sequence[Ref]) -> Iterator[Fetched]:
        ids = [ref.remote_id for ref in refs if is_id(ref.remote_id)]
        found: dict[str, Mapping[str, Any]] = {}
        for document, name in DOCUMENTS[kind]:
            for rows in self._api.pages(document, name, {"id": {"in": ids}}) if ids else ():
                found |= {row_id(row, name): row for row in rows}
        for ref in refs:
            row = found.get(ref.remote_id)
            if row is None:
                yield Missing(ref)
            else:
                yield Archived(ref) if is_archived(row) else self._present(ref, row)

    def _teams(self, refs: Sequence[Ref]) -> Iterator[Fetched]:
        found = {row["id"]: row for row, _ in self._metadata.teams()}
        for ref in refs:
            row = found.get(ref.remote_id)
            yield Missing(ref) if row is None else self._present(ref, row)

    def _relation(self, ref: Ref) -> Fetched:
        if not is_id(ref.remote_id):
            return Missing(ref)
        try:
            row = self._api.ask(documents.RELATION, id=ref.remote_id).get("issueRelation")
        except NotFound:
            return Missing(ref)
        return self._present(ref, row) if isinstance(row, dict) else Missing(ref)

    def _present(self, ref: Ref, row: Mapping[str, object]) -> Fetched:
        try:
            return Present(ref, Page(records=[Sourced(read(ref.kind, row), row)]))
        except ValueError as error:
            return Present(ref, Page(quarantined=[Quarantined(ref.kind, ref.remote_id, str(error), row)]))


def is_id(text: str) -> bool:
    """Whether this can be an id here: a filter with something else is refused as a whole."""
    parts = text.split("-")
    return [len(part) for part in parts] == [8, 4, 4, 4, 12] and all(
        c in "0123456789abcdef-" for c in text.lower()
    )
