"""Looking at single records on Data Center, which lists nothing by ids: one question for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from syncline.connector import Archived, Fetched, Forbidden, Missing, Page, Present
from syncline.errors import AccessDenied, Invalid, NotFound
from syncline.model import Ref
from syncline_connectors.jira.children import context
from syncline_connectors.jira.lookup import Lookup
from syncline_connectors.jira.offsets import drafted
from syncline_connectors.jira.values import Json


class ServerLookup(Lookup):
    """Answers `Source.fetch` on Data Center. A search by ids would do for many, but it tells nothing of what may not be
    seen and lags behind; a GET says 404 or 403.
    """

    def _issues(self, refs: Sequence[Ref]) -> Iterator[Fetched]:
        yield from map(self._issue, refs)

    def _issue(self, ref: Ref) -> Fetched:
        expand = {"expand": "changelog"} if self._changelog else {}
        path = f"issue/{ref.remote_id}"
        try:
            issue = self._object(path, fields=",".join(self._fields), **expand)
        except NotFound:
            return Missing(ref)
        except AccessDenied:
            return Forbidden(ref)
        draft = drafted(self._api, self._assembler, [issue], changelog=self._changelog)
        if draft.records and draft.records[0].record.archived:
            return Archived(ref)
        return Present(ref, draft.page())

    def _comments(self, refs: Sequence[Ref]) -> Iterator[Fetched]:
        """A comment can only be read through its issue, which its id does not tell; that it exists can be asked."""
        for ref in refs:
            yield self._exists(ref, f"comment/{ref.remote_id}/properties")

    def _exists(self, ref: Ref, path: str) -> Fetched:
        try:
            self._object(path)
        except (NotFound, Invalid):
            return Missing(ref)
        except AccessDenied:
            return Forbidden(ref)
        return Present(ref, Page())

    def _children(self, path: str, rows: str | None, refs: Sequence[Ref]) -> dict[str, Json]:
        """Work logs by id; those that cannot be found are left out. Before Jira 7 there is no such list."""
        try:
            return super()._children(path, rows, refs)
        except NotFound:
            return {}

    def _contexts(self, issues: Iterable[str]) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for number in sorted(set(issues)):
            try:
                found[number] = context(self._object(f"issue/{number}", fields="project"))
            except (NotFound, AccessDenied):
                continue
        return found

    def _person(self, number: str) -> Json:
        """By key; servers before Jira 6 know users by name alone, and there the name is the id."""
        try:
            return self._object("user", key=number)
        except (NotFound, Invalid):
            return self._object("user", username=number)
