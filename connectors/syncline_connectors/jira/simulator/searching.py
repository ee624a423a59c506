"""``/search/jql`` and its relatives.

A page token holds the sort values of the last row shown, so rows that move, appear or vanish behind it do not shift
what follows. It is bound to its query and fields and dies after seven days.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from syncline.sim import SimResponse
from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.call import Call, Route
from syncline_connectors.jira.simulator.errors import Refusal
from syncline_connectors.jira.simulator.issues import Issue
from syncline_connectors.jira.simulator.jql import JqlError, Query, parse
from syncline_connectors.jira.simulator.matching import Reader, SortKey
from syncline_connectors.jira.simulator.properties import with_properties
from syncline_connectors.jira.simulator.render import Selection

TOKEN_LIFE = 7 * 24 * 3600.0
MAX_IDS = 5000
MAX_RECONCILED = 50
MAX_PROPERTIES = 5
_BODY = {
    "jql": str,
    "nextPageToken": str,
    "maxResults": int,
    "fields": list,
    "expand": str,
    "properties": list,
    "fieldsByKeys": bool,
    "failFast": bool,
    "reconcileIssues": list,
}
MOVING = re.compile(r"\(\s*\)|[=<>]\s*\"?[-+]?\d+[mhdw]\b")
"""Queries whose meaning changes as time passes."""

Rows = list[tuple[SortKey, Issue]]


@dataclass(frozen=True)
class _Asked:
    jql: str
    token: str | None
    size: int
    fields: tuple[str, ...]
    expand: str
    reconcile: tuple[int, ...]
    properties: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """What a token is bound to."""
        text = json.dumps([self.jql, self.fields, self.expand])
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


class Searches:
    """Answers queries; the rows of a query are kept while nothing on the site changes."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Any, ...], tuple[int, Rows]] = {}

    def routes(self) -> list[Route]:
        return [
            Route("GET", "search/jql", self.search),
            Route("POST", "search/jql", self.search),
            Route("POST", "search/approximate-count", self.count),
            Route("GET", "search", gone),
            Route("POST", "search", gone),
        ]

    def search(self, call: Call) -> e.Json:
        asked = _from_body(call) if call.request.method == "POST" else _from_query(call)
        selection = Selection.of(asked.fields, "id")
        rows = self._rows(call, asked)
        start = _resume(call, asked, rows)
        size = _size(call, asked, selection)
        if start and call.work.random.random() < call.quirks.empty_page:
            return _answer(call, asked, [], asked.token)
        shown = rows[start : start + size]
        token = _token(call, asked, shown[-1][0]) if start + size < len(rows) else None
        if token is None and call.quirks.repeat_last_token and asked.token:
            token = asked.token
        issues = [issue for _, issue in shown]
        call.charge(len(issues))
        made = [
            with_properties(call.render.issue(issue, selection, expand=asked.expand), issue, asked.properties)
            for issue in issues
        ]
        answer = _answer(call, asked, made, token)
        if token:
            call.between_pages([issue for _, issue in rows])
        return answer

    def count(self, call: Call) -> e.Json:
        body = call.body({"jql": str})
        asked = _Asked(body.get("jql", ""), None, 0, (), "", ())
        return {"count": len(self._rows(call, asked))}

    def _rows(self, call: Call, asked: _Asked) -> Rows:
        reader, work = call.reader(), call.work
        key = (asked.jql, reader.visible, reader.zone.key, call.user)
        kept = self._kept.get(key)
        if kept and kept[0] == work.changes and not asked.reconcile:
            return kept[1]
        query = _read(asked.jql)
        rows = matching(call, reader, query, asked.reconcile)
        if work.settles_at <= call.now and not MOVING.search(asked.jql) and not asked.reconcile:
            self._kept[key] = (work.changes, rows)
        return rows


def gone(call: Call) -> SimResponse:
    """The old search was removed."""
    message = "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API."
    return Refusal(410, message).response()


def _read(jql: str) -> Query:
    try:
        return parse(jql)
    except JqlError as error:
        raise Refusal(400, *error.messages) from None


def matching(call: Call, reader: Reader, query: Query, fresh: Sequence[int]) -> Rows:
    try:
        test, order = reader.test(query), reader.order(query)
    except JqlError as error:
        raise Refusal(400, *error.messages) from None
    seen = (_seen(issue, call.now, issue.id in fresh) for issue in call.work.ever.values())
    shown = [issue for issue in seen if issue and issue.project.id in reader.visible and test(issue)]
    return sorted(((order(issue), issue) for issue in shown), key=lambda row: row[0])


def _seen(issue: Issue, now: datetime, fresh: bool) -> Issue | None:
    """The copy in the index, or the issue itself when the caller asked for a reconciled reading."""
    if fresh:
        return None if issue.deleted or issue.archived else issue
    return issue.indexed(now)


# ---- parameters ------------------------------------------------------------------------------------------------------


def _from_body(call: Call) -> _Asked:
    body = call.body(_BODY)
    return _asked(
        body.get("jql", ""),
        body.get("nextPageToken"),
        body.get("maxResults", 50),
        body.get("fields", []),
        body.get("expand", ""),
        body.get("reconcileIssues", []),
        body.get("properties", []),
    )


def _from_query(call: Call) -> _Asked:
    request = call.request
    ids = [text for value in request.params("reconcileIssues") for text in value.split(",")]
    fields = request.params("fields")
    size = call.number("maxResults", 50)
    return _asked(
        request.param("jql") or "",
        request.param("nextPageToken"),
        size,
        fields,
        request.param("expand") or "",
        ids,
        request.params("properties"),
    )


def _asked(
    jql: str,
    token: str | None,
    size: int,
    fields: Sequence[str],
    expand: str,
    reconcile: Sequence[Any],
    properties: Sequence[str],
) -> _Asked:
    if len(properties) > MAX_PROPERTIES:
        raise Refusal(400, f"The maximum number of properties is {MAX_PROPERTIES}.")
    if len(reconcile) > MAX_RECONCILED:
        raise Refusal(400, f"The maximum number of issues to reconcile is {MAX_RECONCILED}.")
    if not size >= 1:
        raise Refusal(400, "The value of 'maxResults' must be greater than 0.")
    ids = tuple(int(id_) for id_ in reconcile)
    return _Asked(jql, token, size, tuple(fields), expand, ids, tuple(properties))


def _size(call: Call, asked: _Asked, selection: Selection) -> int:
    if selection.ids_only:
        return min(asked.size, MAX_IDS)
    return min(asked.size, call.work.random.randint(*call.quirks.page_cap))


# ---- tokens ----------------------------------------------------------------------------------------------------------


def _token(call: Call, asked: _Asked, last: SortKey) -> str:
    content = [last.values, asked.digest, int(call.now.timestamp())]
    return base64.urlsafe_b64encode(json.dumps(content, separators=(",", ":")).encode()).decode()


def _resume(call: Call, asked: _Asked, rows: Rows) -> int:
    """The position of the first row behind the token."""
    if asked.token is None:
        return 0
    try:
        values, digest, issued = json.loads(base64.urlsafe_b64decode(asked.token))
    except ValueError:
        raise _bad_token() from None
    if digest != asked.digest or call.now.timestamp() - issued > TOKEN_LIFE:
        raise _bad_token()
    directions = rows[0][0].descending if rows else []
    return bisect_right(rows, SortKey(values, directions), key=lambda row: row[0])


def _bad_token() -> Refusal:
    return Refusal(400, "The provided next page token is invalid or has expired.")


def _answer(call: Call, asked: _Asked, issues: list[e.Json], token: str | None) -> e.Json:
    answer: e.Json = {"issues": issues}
    if token:
        answer["nextPageToken"] = token
    wrong = call.work.random.random() < call.quirks.wrong_is_last
    if token or not wrong:
        answer["isLast"] = (token is None) is not wrong
    if "names" in asked.expand.split(","):
        answer["names"] = {id_: field.name for id_, field in call.work.fields.items()}
    return answer
