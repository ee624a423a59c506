"""The walk over issues: what has changed since the mark, page by page, and then the history of what was seen.

The position holds everything a walk needs to go on after a crash, also the issues whose history is still to be fetched.
The mark is a time of the vendor's clock and is fixed from what the walk itself has seen; the overlap is subtracted only
when asking, so that it never drifts.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from syncline.connector import EVERYTHING, Cursor, Page, Stream
from syncline.errors import AccessDenied, ConfigError, Invalid, NotFound, ProtocolError
from syncline.pages import PageDraft
from syncline_connectors.jira import jql
from syncline_connectors.jira.api import CHANGELOG, Api, TokenGuard, is_refused, listed, next_token
from syncline_connectors.jira.assemble import Assembler, issue_id
from syncline_connectors.jira.values import instant, millis

PAGE = 100
OVERLAP = 5 * 60 * 1000
"""Milliseconds asked again before the mark: the search index lags behind."""
STEP_BACK = 60 * 1000
"""Milliseconds asked again where a page token was refused: JQL compares minutes."""
RESTARTS = 3
LOGS = 1000
"""Issues whose history is fetched together: what changelog/bulkfetch takes."""
HISTORIES = 5000
"""Histories a page of changelog/bulkfetch may hold."""


@dataclass(frozen=True)
class Position:
    """Where a walk stands; times are epoch milliseconds.

    ``since`` and ``until`` bound the query. ``started`` is the vendor's clock when the walk began, ``top`` the
    latest ``updated`` seen, ``last`` the one seen last. ``mark`` is given where walks side by side share it.
    ``logs`` are issues whose history is still to be fetched; ``done`` says that the search has ended.

    Of an offset walk (Data Center): ``start`` is the offset of the next page, ``known`` the id of the row it must begin
    with, ``low`` the earliest time on the page before. ``crowd`` is a minute that holds too many issues for offsets: it
    is read project by project, ``project`` from its ``key`` on, ``finished`` are done.
    """

    since: int
    until: int | None = None
    token: str | None = None
    started: int | None = None
    top: int | None = None
    last: int | None = None
    mark: int | None = None
    logs: tuple[str, ...] = ()
    done: bool = False
    start: int = 0
    known: str | None = None
    low: int | None = None
    crowd: int | None = None
    project: str | None = None
    key: str | None = None
    finished: tuple[str, ...] = ()

    def text(self) -> str:
        kept = {name: value for name, value in asdict(self).items() if value or name == "since"}
        return json.dumps(kept, separators=(",", ":"))

    @classmethod
    def of(cls, text: str) -> Position:
        """Read a position; raises ProtocolError."""
        try:
            found = json.loads(text)
            lists = {name: tuple(found.get(name, ())) for name in ("logs", "finished")}
            return cls(**{**found, **lists})
        except (ValueError, TypeError, AttributeError):
            raise ProtocolError("the saved position of a walk cannot be read", hint="pull --full") from None

    def final_mark(self, before: str | None) -> str:
        """Where the next walk starts: the latest time seen, never beyond the walk's own beginning, never back."""
        if self.mark is not None:
            return str(self.mark)
        if self.top is None and before is not None:
            return before
        seen = [time for time in (self.started, self.top) if time is not None]
        return str(max(int(before or 0), min(seen, default=0)))


def start(stream: Stream, cursor: Cursor, now: datetime | None) -> Position:
    """The position from which to go on, or at which to begin. ``now`` is the vendor's clock."""
    if cursor.position is not None:
        return Position.of(cursor.position)
    since = millis(stream.since) if stream.since else 0
    if cursor.mark is not None:
        since = max(0, int(cursor.mark) - OVERLAP)
    return Position(
        since=since,
        until=millis(stream.until) if stream.until else None,
        started=millis(now) if now else None,
    )


class IssueWalk:
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
    ) -> None:
        self._api = api
        self._assembler = assembler
        self._projects = stream.scope - {EVERYTHING}
        self._extra = extra
        self._fields = list(fields)
        self._changelog = changelog
        self._restarts = 0

    def pages(self, at: Position, mark: str | None) -> Iterator[Page]:
        """The pages from ``at`` on; ``mark`` is where the walk before this one ended."""
        if _over(at):
            yield Page(next=Cursor(None, at.final_mark(mark)), last=True)
            return
        at = yield from self._histories(at, mark)
        for following, found in self._api.http.ahead(self._answers(at)):
            at = replace(following, logs=self._logs(at, found))
            yield self._page(self._assembler.draft(found), at, mark)
            at = yield from self._histories(at, mark)

    def _page(self, draft: PageDraft, following: Position, mark: str | None) -> Page:
        over = _over(following)
        cursor = Cursor(None, following.final_mark(mark)) if over else Cursor(following.text(), mark)
        return draft.page(cursor, last=over)

    # ---- searching ----

    def _answers(self, at: Position) -> Iterator[tuple[Position, list[Any]]]:
        """Page after page of the search, each with where it leads."""
        guard = TokenGuard("search/jql", at.token)
        while not at.done:
            at, found = self._search(at)
            if at.token:
                guard.see(at.token, empty=not found)
            yield at, found

    def _search(self, at: Position) -> tuple[Position, list[Any]]:
        """One page of the search, and where that leads."""
        try:
            answer = self._api.search(self._query(at))
        except Invalid as error:
            return self._search(self._after_refusal(at, error))
        found = listed(answer, "issues", "search/jql")
        token = next_token(answer, "search/jql")
        times = [time for time in map(updated_at, found) if time is not None]
        return replace(
            at,
            token=token,
            started=self._started(at),
            done=token is None,
            top=max([*times, *([at.top] if at.top is not None else [])], default=None),
            last=times[-1] if times else at.last,
        ), found

    def _started(self, at: Position) -> int | None:
        """When the walk began; its first answer tells where nothing was asked before."""
        now = self._api.now()
        return at.started if at.started is not None or now is None else millis(now)

    def _query(self, at: Position) -> dict[str, Any]:
        query = jql.bounded(self._projects, self._extra, at.since, at.until, jql.BY_TIME)
        body: dict[str, Any] = {"jql": query, "fields": self._fields, "maxResults": PAGE}
        return {**body, "nextPageToken": at.token} if at.token else body

    def _after_refusal(self, at: Position, error: Invalid) -> Position:
        """A refused token has expired: go on from the time seen last. A refused query is a mistake in the file."""
        if not is_refused(error):
            raise error
        if at.token is None:
            raise ConfigError(
                f"Jira refuses the query: {error.message}", hint="check projects and filter of the connection"
            ) from None
        self._restarts += 1
        if self._restarts > RESTARTS:
            raise ProtocolError("search/jql: Jira refuses its own page tokens") from None
        since = at.since if at.last is None else max(at.since, at.last - STEP_BACK)
        return replace(at, token=None, since=since)

    # ---- history ----

    def _logs(self, at: Position, found: Sequence[Any]) -> tuple[str, ...]:
        """The issues that wait for their history when these have come, too."""
        return tuple(dict.fromkeys((*at.logs, *map(issue_id, found)))) if self._changelog else at.logs

    def _histories(self, at: Position, mark: str | None) -> Generator[Page, None, Position]:
        """The history of what waits for it, where that fills a request or no more will come; returns what is left."""
        while len(at.logs) >= LOGS or (at.done and at.logs):
            yield from self._history(at, mark)
            at = replace(at, logs=at.logs[LOGS:])
        return at

    def _history(self, at: Position, mark: str | None) -> Iterator[Page]:
        """The history of the first `LOGS` issues that wait; only its last page moves the position."""
        draft: PageDraft | None = None
        for changelogs in changelogs_of(self._api, at.logs[:LOGS]):
            if draft is not None:
                yield self._page(draft, at, mark)
            draft = self._assembler.history(changelogs)
        yield self._page(draft or PageDraft(), replace(at, logs=at.logs[LOGS:]), mark)


def _over(at: Position) -> bool:
    return at.done and not at.logs


def changelogs_of(api: Api, issues: Sequence[str]) -> Iterator[list[tuple[str, list[Any]]]]:
    """The whole histories of issues, in batches of ``(issue id, histories)``.

    ``expand=changelog`` stops at 40 histories, so it is not used. Where bulkfetch is not to be had, issue by issue.
    """
    body = {"issueIdsOrKeys": list(issues), "maxResults": HISTORIES}
    begun = False
    try:
        for page in api.pages("changelog/bulkfetch", body, "issueChangeLogs", CHANGELOG):
            begun = True
            yield [_one_log(entry) for entry in page["issueChangeLogs"]]
    except (AccessDenied, NotFound):
        if begun:
            raise
        for issue in issues:
            yield [(issue, _history_of(api, issue))]


def _history_of(api: Api, issue: str) -> list[Any]:
    try:
        batches = api.walk(f"issue/{issue}/changelog", "values", PAGE)
        return [entry for batch in batches for entry in batch]
    except NotFound:
        return []


def _one_log(entry: Any) -> tuple[str, list[Any]]:
    if not isinstance(entry, dict):
        raise ProtocolError("changelog/bulkfetch: an entry that is not an object")
    issue = entry.get("issueId")
    if not isinstance(issue, str | int):
        raise ProtocolError("changelog/bulkfetch: an entry without an issue")
    return str(issue), listed(entry, "changeHistories", "changelog/bulkfetch")


def updated_at(issue: Any) -> int | None:
    """When an issue last changed; None where that cannot be read, which its own reading will tell."""
    fields = issue.get("fields") if isinstance(issue, dict) else None
    try:
        found = instant(fields.get("updated"), "updated") if isinstance(fields, dict) else None
    except ValueError:
        return None
    return millis(found) if found else None
