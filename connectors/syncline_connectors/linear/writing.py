"""The writing half: who does what.

`creating`, `updating`, `commenting`, `filing` and `linking` send; `encode` decides and is pure; `workflow` knows what
a team's issues may be given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from syncline.connector import FieldInfo
from syncline.errors import NotFound, Unsupported
from syncline.model import Kind, Priority, Ref, Sourced
from syncline.target import Change, CommentDraft, Draft, FileDraft, Outcome, Removal
from syncline_connectors.linear import documents
from syncline_connectors.linear.api import Api
from syncline_connectors.linear.assemble import Assembler
from syncline_connectors.linear.commenting import Commenter
from syncline_connectors.linear.creating import Creator
from syncline_connectors.linear.encode import INPUTS, Encoder, client_id
from syncline_connectors.linear.filing import Filer
from syncline_connectors.linear.issues import Issues
from syncline_connectors.linear.linking import Linker
from syncline_connectors.linear.lookup import is_id
from syncline_connectors.linear.metadata import Metadata
from syncline_connectors.linear.reading import TYPE, read
from syncline_connectors.linear.updating import Updater
from syncline_connectors.linear.workflow import Workflow


class Writer:
    """Writes to one workspace; ``store`` is where its files are."""

    def __init__(self, api: Api, assembler: Assembler, metadata: Metadata, site: str, store: str) -> None:
        self._api = api
        self._site = site
        self.workflow = Workflow(api, metadata)
        self.encoder = Encoder(self.workflow.spelt)
        self._issues = Issues(api, assembler)
        self._updater = Updater(api, self._issues, self.encoder, self.workflow, Linker(api))
        self._creator = Creator(api, self._issues, self.encoder, self.workflow, self._updater, site)
        self.comments = Commenter(api, site)
        self.files = Filer(api, site, store)

    def create(self, draft: Draft, marker: str) -> Outcome:
        return self._creator.create(draft, marker)

    def update(self, ref: Ref, changes: Mapping[str, Change], expected: Mapping[str, Any]) -> Outcome:
        if ref.kind is not Kind.ISSUE:
            raise Unsupported(f"a {ref.kind} of Linear is not written")
        return self._updater.update(ref, changes, expected)

    def find(self, marker: str, draft: Draft | CommentDraft | FileDraft, since: datetime) -> Sequence[Ref]:
        """What bears the id that follows from the marker: one at most, whenever it was made."""
        number = client_id(marker)
        if isinstance(draft, CommentDraft):
            kind, found = Kind.COMMENT, self.comments.read(number) is not None
        elif isinstance(draft, FileDraft):
            kind, found = Kind.ATTACHMENT, self.files.find(number) is not None
        else:
            kind, found = Kind.ISSUE, self._is_there(number)
        return [Ref(self._site, kind, number)] if found else []

    def _is_there(self, number: str) -> bool:
        pages = self._api.pages(documents.CENSUS, "issues", {"id": {"eq": number}})
        return any(rows for rows in pages)

    # ---- removing ----

    def remove(self, ref: Ref, how: Removal) -> None:
        """Archive an issue, or put it into the bin, from where Linear deletes it after 30 days.

        Linear is known to say that it did either without doing it: what is still there raises Unsupported.
        """
        if ref.kind is not Kind.ISSUE:
            raise Unsupported(f"a {ref.kind} of Linear is not taken away")
        if not is_id(ref.remote_id) or self._is_away(ref.remote_id, how):
            return
        document = documents.ARCHIVE if how is Removal.ARCHIVE else documents.DELETE
        try:
            self._api.write(document, idempotent=True, id=ref.remote_id)
        except NotFound:
            return
        if not self._is_away(ref.remote_id, how):
            done = "archived" if how is Removal.ARCHIVE else "deleted"
            raise Unsupported(f"Linear says that the issue was {done}, but it is still there")

    def _is_away(self, number: str, how: Removal) -> bool:
        try:
            payload = self._issues.read(number).sourced.payload
        except NotFound:
            return True
        if how is Removal.DELETE:
            return payload.get("trashed") is True
        return payload.get("archivedAt") is not None or payload.get("trashed") is True

    # ---- describing ----

    def creation(self, team: str) -> dict[str, tuple[FieldInfo, ...]]:
        """What an issue of a team can be given when it is made."""
        choices = {"labels": tuple(self.workflow.names(team)), "priority": tuple(Priority)}
        return {
            TYPE: tuple(
                FieldInfo(
                    id=native,
                    name=name.replace("_", " "),
                    type=_TYPES.get(name, "string"),
                    choices=choices.get(name, ()),
                    required=name == "title",
                    field=name,
                )
                for name, native in INPUTS.items()
                if name != "status"
            )
        }

    def people(self) -> tuple[Sourced, ...]:
        """Whom issues can be assigned to."""
        pages = self._api.pages(documents.PEOPLE, "users", {"active": {"eq": True}})
        return tuple(Sourced(read(Kind.PERSON, row), row) for rows in pages for row in rows)


_TYPES: Mapping[str, str] = {"due_on": "date", "estimate": "number", "labels": "array", "description": "text"}
