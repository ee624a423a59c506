"""The marker on what we make, and how it is looked for.

An issue or comment bears it as a property, set in the request that makes it, which people do not see. Files bear none:
they are known by who attached them when, their name and their size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from syncline.errors import NotFound, ProtocolError
from syncline.model import Kind, Ref
from syncline.target import CommentDraft, FileDraft
from syncline_connectors.jira import jql
from syncline_connectors.jira.api import SEARCH, Api, answered
from syncline_connectors.jira.assemble import issue_id
from syncline_connectors.jira.dialect import CLOUD
from syncline_connectors.jira.values import Json, instant, millis, person, required, rows

if TYPE_CHECKING:
    from syncline.target import Draft

PROPERTY = "syncline"
"""The key of the property."""
EARLIER = timedelta(hours=1)
"""Looked for before the time asked for: the vendor's clock is not ours."""
PAGE = 100


def property_of(marker: str) -> dict[str, Any]:
    """The property that bears a marker."""
    return {"key": PROPERTY, "value": {"marker": marker}}


def bears(value: Any, marker: str) -> bool:
    """Whether a property's value is ours and bears the marker."""
    return isinstance(value, dict) and value.get("marker") == marker


class Finder:
    """Finds what bears a marker. ``me`` is the id of the account that writes."""

    def __init__(self, api: Api, site: str, me: str) -> None:
        self._api = api
        self._site = site
        self._me = me

    def find(self, marker: str, draft: Draft | CommentDraft | FileDraft, since: datetime) -> list[Ref]:
        """Everything made since then that bears the marker, the oldest first: Jira's ids grow."""
        if isinstance(draft, CommentDraft):
            kind, found = Kind.COMMENT, self._comments(marker, draft.subject.remote_id, since - EARLIER)
        elif isinstance(draft, FileDraft):
            kind, found = Kind.ATTACHMENT, self._files(draft, since - EARLIER)
        else:
            kind, found = Kind.ISSUE, self._issues(marker, since - EARLIER)
        try:
            numbers = sorted(set(found), key=lambda number: (len(number), number))
        except ValueError as error:
            raise ProtocolError(f"{kind}: {error}") from None
        return [Ref(self._site, kind, number) for number in numbers]

    # ---- issues ----

    def _issues(self, marker: str, since: datetime) -> Iterator[str]:
        for issue in self._made_since(since):
            number = issue_id(issue)
            known = issue.get("properties")
            told = isinstance(known, dict)
            if bears(known.get(PROPERTY) if told else self._property(f"issue/{number}"), marker):
                yield number

    def _made_since(self, since: datetime) -> Iterator[Any]:
        """Issues that this account made; Cloud tells their properties in the search, Data Center does not."""
        query = f"creator = currentUser() AND created >= {millis(since)} {jql.BY_ID}"
        body: dict[str, Any] = {"jql": query, "fields": ["created"], "maxResults": PAGE}
        if self._api.dialect is CLOUD:
            path = self._api.dialect.search
            for page in self._api.pages(path, {**body, "properties": [PROPERTY]}, "issues", SEARCH):
                yield from page["issues"]
            return
        seen: set[str] = set()
        while True:
            page = self._api.search({**body, "startAt": len(seen)})
            fresh = [issue for issue in page["issues"] if issue_id(issue) not in seen]
            seen.update(map(issue_id, fresh))
            yield from fresh
            if not fresh or len(seen) >= page.get("total", len(seen) + 1):
                return

    def _property(self, owner: str) -> Any:
        """The value of our property on something; None where there is none."""
        path = f"{owner}/properties/{PROPERTY}"
        try:
            return answered(self._api.get(path), path).get("value")
        except NotFound:
            return None

    # ---- what rides on issues ----

    def _comments(self, marker: str, issue: str, since: datetime) -> Iterator[str]:
        path = f"issue/{issue}/comment"
        for row in self._rows(lambda: self._api.walk(path, "comments", PAGE, expand="properties")):
            if _made_before(row, since):
                continue
            number = issue_id(row)
            known = row.get("properties")
            values = [entry.get("value") for entry in known or () if entry.get("key") == PROPERTY]
            if not values and known is None:
                values = [self._property(f"comment/{number}")]
            if any(bears(value, marker) for value in values):
                yield number

    def _rows(self, ask: Callable[[], Iterator[list[Any]]]) -> Iterator[Json]:
        """Rows of a list, none where the issue is gone."""
        try:
            for batch in ask():
                yield from (required(row, "row") for row in batch)
        except NotFound:
            return

    def _files(self, draft: FileDraft, since: datetime) -> Iterator[str]:
        path = f"issue/{draft.subject.remote_id}"
        try:
            answer = answered(self._api.get(path, fields="attachment"), path)
        except NotFound:
            return
        for row in rows(required(answer.get("fields"), "fields").get("attachment"), "fields.attachment"):
            same = row.get("filename") == draft.name and row.get("size") == len(draft.content)
            if same and person(row.get("author"), "author") == self._me and not _made_before(row, since):
                yield issue_id(row)


def _made_before(row: Json, since: datetime) -> bool:
    made = instant(row.get("created"), "created")
    return made is not None and made < since
