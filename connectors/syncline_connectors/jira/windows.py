"""Reading one query of any length on Data Center, where pages are offsets into a list that changes as we read.

Rows come in the order of a time field. Pages overlap by one row: where the row known is not the first of the next
page, the list has moved under us. Jira 11 answers 500 beyond 10,000 rows, so before that, and wherever the list has
moved, the query begins again at the minute of the earliest time on the last page. The earliest, because what a page
shows comes from the database and may be newer than the index that ordered it: one row changed just now would let us
skip the rest.

A minute with more issues than a window is read project by project, by key. JQL knows no order by id: ``id`` is another
name of ``key`` there, and ``id > 10000`` means the greater key numbers in the project of issue 10000 alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from syncline.errors import ConfigError, Invalid, ProtocolError, TransientError
from syncline_connectors.jira import jql
from syncline_connectors.jira.api import Api, is_refused, total_of
from syncline_connectors.jira.assemble import issue_id
from syncline_connectors.jira.values import instant, millis, text
from syncline_connectors.jira.walk import Position

WINDOW = 10_000
"""Rows that a query shows at most: ``jira.search.platform.max.result.window`` of Jira 11."""
MINUTE = 60 * 1000
"""Milliseconds; JQL compares minutes."""
RESTARTS = 50
"""How often in a row a list may move under us before we give up until the next run."""
BY_KEY = "ORDER BY key ASC"

Row = dict[str, Any]


class Windows:
    """Steps through the rows of ``terms`` by ``field``, "updated" or "created"; ``ask`` is what else a request says.

    A row is given again only where it has changed since. The position says all that is needed to go on.
    """

    def __init__(
        self, api: Api, terms: Sequence[str], field: str, ask: dict[str, Any], size: int, window: int = WINDOW
    ) -> None:
        self._api = api
        self._terms = list(terms)
        self._field = field
        self._ask = ask
        self._size = size
        self._window = window
        self._seen: dict[str, int | None] = {}
        self._restarts = 0

    def step(self, at: Position) -> tuple[Position, list[Row]]:
        """One request: where it leads, and the rows that are new."""
        if at.crowd is not None:
            return self._next_project(at, at.crowd) if at.project is None else self._in_project(at, at.crowd)
        return self._by_time(at)

    # ---- by time ----

    def _by_time(self, at: Position) -> tuple[Position, list[Row]]:
        terms = [*self._terms, *jql.within(self._field, at.since, at.until)]
        try:
            found, total = self._search(terms, f"ORDER BY {self._field} ASC, key ASC", at.start)
        except TransientError as error:
            if at.start == 0 or not _is_limit(error):
                raise
            self._window = at.start
            return self._again(at), []
        except Invalid as error:
            raise _bad_query(error) from None
        if not found and total > at.start == 0:
            raise ProtocolError(f"search: Jira tells of {total} issues and shows none")
        if at.start and not self._continues(at, found):
            return self._moved(at), []
        fresh = self._fresh(found)
        self._restarts = 0 if fresh else self._restarts
        return self._after(at, found, total), fresh

    def _after(self, at: Position, found: list[Row], total: int) -> Position:
        """Where a page leads."""
        if at.start + len(found) >= total:
            return replace(at, done=True, start=0, known=None)
        times = [time for time in map(self._time, found) if time is not None]
        overlaps = len(found) > 1
        following = replace(
            at,
            start=at.start + len(found) - overlaps,
            known=issue_id(found[-1]) if overlaps else None,
            low=min(times, default=at.low),
        )
        return self._again(following) if following.start + self._size > self._window else following

    def _continues(self, at: Position, found: list[Row]) -> bool:
        """Whether a page joins what is known."""
        if at.known is None:
            return bool(found)
        return bool(found) and (issue_id(found[0]) == at.known or issue_id(found[0]) in self._seen)

    def _moved(self, at: Position) -> Position:
        """Where to go on when the list has moved: at the last page's minute, else a page earlier."""
        self._count_restart()
        following = self._again(at)
        if following.crowd is None:
            return following
        return replace(at, start=max(0, at.start - self._size) if self._seen else 0)

    def _again(self, at: Position) -> Position:
        """The query from the last page's minute on; a minute that is larger than a window is a crowd."""
        earliest = at.since if at.low is None else max(at.low, at.since)
        minute = earliest - earliest % MINUTE
        if minute > at.since:
            return replace(at, since=minute, start=0, known=None)
        return replace(at, since=minute, start=0, known=None, crowd=minute)

    # ---- a crowd ----

    def _next_project(self, at: Position, minute: int) -> tuple[Position, list[Row]]:
        """The project to read next; after the last one, the time after the minute."""
        terms = self._in_minute(at, minute)
        if at.finished:
            terms.append(f"project not in ({jql.listed(at.finished)})")
        found, _ = self._search(terms, BY_KEY, 0, size=1)
        if found:
            return replace(at, project=_key(found[0]).rpartition("-")[0], key=None), []
        after = minute + MINUTE
        done = at.until is not None and after >= at.until
        return replace(at, since=after, crowd=None, finished=(), low=None, done=done), []

    def _in_project(self, at: Position, minute: int) -> tuple[Position, list[Row]]:
        """A page of one project, from the key seen last on."""
        project = at.project or ""
        terms = [*self._in_minute(at, minute), f"project = {jql.quoted(project)}"]
        if at.key is not None:
            terms.append(f"key >= {jql.quoted(at.key)}")
        try:
            found, total = self._search(terms, BY_KEY, 0)
        except Invalid as error:
            if at.key is None:
                raise _bad_query(error) from None
            found, total = [], 0
        if (
            not found and at.key is not None
        ):  # the issue was moved or deleted, and the comparison with it is void
            self._count_restart()
            return replace(at, key=None), []
        if len(found) >= total:
            return replace(at, project=None, key=None, finished=(*at.finished, project)), self._fresh(found)
        key = _key(found[-1])
        if key == at.key:
            raise ProtocolError("search: Jira shows one issue at a time")
        return replace(at, key=key), self._fresh(found)

    def _in_minute(self, at: Position, minute: int) -> list[str]:
        until = minute + MINUTE if at.until is None else min(minute + MINUTE, at.until)
        return [*self._terms, *jql.within(self._field, minute, until)]

    # ---- rows ----

    def _search(
        self, terms: Sequence[str], order: str, start: int, size: int | None = None
    ) -> tuple[list[Row], int]:
        body = {"jql": jql.query(terms, order), "startAt": start, "maxResults": size or self._size}
        page = self._api.search({**body, **self._ask})
        told = page.get("maxResultWindow")  # Jira 11 tells what its administrator has set
        if isinstance(told, int) and told > self._size:
            self._window = min(self._window, told)
        return page["issues"], total_of(page)

    def _fresh(self, found: list[Row]) -> list[Row]:
        """The rows that have not been given as they are now."""
        fresh = [row for row in found if self._seen.get(issue_id(row), -1) != self._time(row)]
        if len(self._seen) > 2 * self._window:
            self._seen.clear()
        self._seen |= {issue_id(row): self._time(row) for row in found}
        return fresh

    def _time(self, row: Row) -> int | None:
        """The row's time; None where it cannot be read, which its own reading will tell."""
        fields = row.get("fields")
        try:
            found = instant(fields.get(self._field), self._field) if isinstance(fields, dict) else None
        except ValueError:
            return None
        return millis(found) if found else None

    def _count_restart(self) -> None:
        self._restarts += 1
        if self._restarts > RESTARTS:
            raise ProtocolError(
                "search: the list changes faster than it can be read",
                hint="what came before is kept; the next run goes on",
            )


def _key(row: Row) -> str:
    found = text(row.get("key"), "key")
    if not found:
        raise ProtocolError("an issue without a key")
    return found


def _is_limit(error: TransientError) -> bool:
    """Whether Jira refuses to look so far into a list (Jira 11: 500 "Search limit exceeded")."""
    return error.status == 500 and "limit" in error.message.casefold()


def _bad_query(error: Invalid) -> Exception:
    if not is_refused(error):
        return error
    return ConfigError(
        f"Jira refuses the query: {error.message}", hint="check projects and filter of the connection"
    )
