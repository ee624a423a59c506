"""The walk over issues on Data Center: pages by offset, each issue with its history, comments and work logs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from syncline.connector import EVERYTHING, Cursor, Page, Quarantined, Stream
from syncline.errors import NotFound
from syncline.model import Kind
from syncline.pages import PageDraft
from syncline_connectors.jira import jql
from syncline_connectors.jira.api import Api, answered
from syncline_connectors.jira.assemble import Assembler, issue_id
from syncline_connectors.jira.values import millis
from syncline_connectors.jira.walk import PAGE, Position, updated_at
from syncline_connectors.jira.windows import WINDOW, Windows

CENSUS_PAGE = 1000
"""Ids asked for at a time; a server may be set to give fewer."""


class OffsetWalk:
    """Walks one stretch of the issues. ``fields`` is what the search asks for, ``extra`` the configured JQL."""

    def __init__(
        self,
        api: Api,
        assembler: Assembler,
        *,
        stream: Stream,
        extra: str | None,
        fields: Sequence[str],
        changelog: bool,
        window: int = WINDOW,
    ) -> None:
        self._api = api
        self._assembler = assembler
        self._changelog = changelog
        asked = {"fields": list(fields), **({"expand": ["changelog"]} if changelog else {})}
        terms = jql.scoped(stream.scope - {EVERYTHING}, extra)
        self._windows = Windows(api, terms, "updated", asked, PAGE, window)

    def pages(self, at: Position, mark: str | None) -> Iterator[Page]:
        """The pages from ``at`` on; ``mark`` is where the walk before this one ended."""
        while not at.done:
            at, found = self._windows.step(at)
            times = [time for time in map(updated_at, found) if time is not None]
            at = replace(at, top=max([*times, *([] if at.top is None else [at.top])], default=None))
            cursor = Cursor(None, at.final_mark(mark)) if at.done else Cursor(at.text(), mark)
            draft = drafted(self._api, self._assembler, found, changelog=self._changelog)
            yield draft.page(cursor, last=at.done)


def drafted(api: Api, assembler: Assembler, issues: Sequence[Any], *, changelog: bool) -> PageDraft:
    """The page of issues that were asked for with ``expand=changelog``, their history included."""
    draft = assembler.draft(issues)
    for issue in issues if changelog else ():
        histories, lacking = _histories(api, issue)
        past = assembler.history([(issue_id(issue), histories)])
        draft.events += past.events
        draft.stubs += past.stubs
        draft.quarantined += past.quarantined
        if lacking:
            reason = f"changelog: {lacking} histories are not shown"
            draft.quarantined.append(
                Quarantined(Kind.ISSUE, issue_id(issue), reason, {"id": issue_id(issue)})
            )
    return draft


def _histories(api: Api, issue: Any) -> tuple[list[Any], int]:
    """An issue's histories, and how many could not be had. Data Center gives all of them; where not, ask again."""
    found, total = _log(issue)
    if len(found) >= total:
        return found, 0
    number = issue_id(issue)
    try:
        again, total = _log(
            answered(api.get(f"issue/{number}", fields="updated", expand="changelog"), "issue")
        )
    except NotFound:
        return found, 0  # gone meanwhile
    best = max(found, again, key=len)
    return best, max(0, total - len(best))


def _log(issue: Any) -> tuple[list[Any], int]:
    """The histories that came with an issue, and how many there are."""
    log = issue.get("changelog")
    histories = log.get("histories") if isinstance(log, dict) else None
    if not isinstance(histories, list):
        return [], 1
    total = log.get("total")
    return histories, total if isinstance(total, int) else len(histories)


def ids(api: Api, stream: Stream, extra: str | None, window: int = WINDOW) -> Iterator[list[str]]:
    """The ids of all issues of a stream, in batches, each once.

    In the order of their creation, which never changes: what is edited meanwhile moves nothing.
    """
    terms = jql.scoped(stream.scope - {EVERYTHING}, extra)
    if stream.since is not None or stream.until is not None:
        since = millis(stream.since) if stream.since else 0
        terms += jql.within("updated", since, millis(stream.until) if stream.until else None)
    windows = Windows(api, terms, "created", {"fields": ["created"]}, CENSUS_PAGE, window)
    at = Position(since=0)
    while not at.done:
        at, found = windows.step(at)
        yield [issue_id(row) for row in found]
