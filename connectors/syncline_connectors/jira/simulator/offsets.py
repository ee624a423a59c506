"""``/rest/api/2/search`` of Data Center: pages by ``startAt``, where rows that move shift all that follow.

A page is what stands at those places now, so a row that leaves a page already read pulls an unread one in front of the
reader, and a row that moves back is read twice. ``total`` is exact. Shapes as recorded from 7.12 and 10.3.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from syncline.sim import SimResponse
from syncline_connectors.jira.simulator import entities as e
from syncline_connectors.jira.simulator.call import Call, Route
from syncline_connectors.jira.simulator.datacenter import schemas
from syncline_connectors.jira.simulator.errors import Refusal
from syncline_connectors.jira.simulator.jql import JqlError, parse
from syncline_connectors.jira.simulator.matching import Reader
from syncline_connectors.jira.simulator.render import Selection
from syncline_connectors.jira.simulator.searching import MOVING, Rows, matching
from syncline_connectors.jira.simulator.server import Server

_DEFAULT = 50
_BODY: dict[str, tuple[type, ...]] = {
    "jql": (str,),
    "startAt": (int,),
    "maxResults": (int,),
    "fields": (list,),
    "expand": (list,),
    "validateQuery": (bool, str),
}
_LENIENT = ("false", "warn", "none")


@dataclass(frozen=True)
class _Asked:
    jql: str
    start: int
    size: int
    fields: tuple[str, ...]
    expand: frozenset[str]
    strict: bool


class OffsetSearches:
    """Answers queries; the rows of a query are kept while nothing on the site changes."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._kept: dict[tuple[Any, ...], tuple[int, Rows]] = {}

    def routes(self) -> list[Route]:
        return [Route("GET", "search", self.search), Route("POST", "search", self.search)]

    def search(self, call: Call) -> e.Json | SimResponse:
        asked = _from_body(call) if call.request.method == "POST" else _from_query(call)
        size = self._size(call, asked.size)
        window = self._server.window
        if window is not None and asked.start + size > window:
            return _beyond(asked.start + size, window)
        rows, warnings = self._rows(call, asked)
        shown = [issue for _, issue in rows[asked.start : asked.start + size]]
        answer: e.Json = {
            "expand": "schema,names",
            "startAt": asked.start,
            "maxResults": size,
            "total": len(rows),
        }
        answer |= {"maxResultWindow": window} if window is not None else {}
        selection = Selection.of(asked.fields, "*navigable")
        expand = ",".join(asked.expand)
        answer["issues"] = [call.render.issue(issue, selection, expand=expand) for issue in shown]
        answer |= {"warningMessages": warnings} if warnings else {}
        answer |= schemas(call, asked.expand)
        if asked.start + size < len(rows):
            call.between_pages([issue for _, issue in rows])
        return answer

    def _size(self, call: Call, asked: int) -> int:
        """The server lowers what is asked without a word, and tells the number it has used."""
        most = self._server.max_results
        if call.quirks.offset_cap:
            most = min(most, call.work.random.randint(*call.quirks.offset_cap))
        return min(asked, most) if asked >= 0 else most

    def _rows(self, call: Call, asked: _Asked) -> tuple[Rows, list[str]]:
        reader, work = replace(call.reader(), lenient=not asked.strict), call.work
        key = (asked.jql, asked.strict, reader.visible, reader.zone.key, call.user)
        kept = self._kept.get(key)
        if kept and kept[0] == work.changes:
            return kept[1], []
        try:
            query = parse(asked.jql)
        except JqlError as error:
            raise Refusal(400, *error.messages) from None
        warnings = [] if asked.strict else _wrong(reader, asked.jql)
        rows = matching(call, reader, query, ())
        if work.settles_at <= call.now and not MOVING.search(asked.jql) and not warnings:
            self._kept[key] = (work.changes, rows)
        return rows, warnings


def _wrong(reader: Reader, jql: str) -> list[str]:
    """What a strict reading of a query would have refused."""
    try:
        replace(reader, lenient=False).test(parse(jql))
    except JqlError as error:
        return error.messages
    return []


def _beyond(wanted: int, window: int) -> SimResponse:
    """Jira 11 with OpenSearch; words as in Atlassian's note on ``max_result_window``."""
    message = (
        f"Search limit exceeded. We couldn't complete your search because it requests {wanted:,} results which "
        f"exceeded the search platform limit of {window:,}. Try refining your query or contact your Jira "
        "administrator. Repeating the same search may not work."
    )
    trace = "Please contact your admin passing attached Log's referral number: 00000000-0000-4000-8000-000000000500"
    return SimResponse.of_json({"message": message, "stack-trace": trace}, 500)


# ---- parameters ------------------------------------------------------------------------------------------------------


def _from_body(call: Call) -> _Asked:
    try:
        body = call.request.json()
    except ValueError:
        raise Refusal(400, "Unexpected character: the body is not JSON.") from None
    if not isinstance(body, dict):
        raise Refusal(400, "Can not deserialize instance of SearchRequestBean.")
    for name, value in body.items():
        if name not in _BODY:
            bean = "com.atlassian.jira.rest.v2.search.SearchRequestBean"
            raise Refusal(400, f'Unrecognized field "{name}" (Class {bean}), not marked as ignorable')
        if not isinstance(value, _BODY[name]):
            raise Refusal(400, f'Can not deserialize the value of "{name}".')
    return _asked(
        body.get("jql", ""),
        body.get("startAt", 0),
        body.get("maxResults", _DEFAULT),
        body.get("fields", ()),
        body.get("expand", ()),
        body.get("validateQuery", True),
    )


def _from_query(call: Call) -> _Asked:
    request = call.request
    return _asked(
        request.param("jql") or "",
        call.number("startAt", 0),
        call.number("maxResults", _DEFAULT),
        request.params("fields"),
        request.params("expand"),
        request.param("validateQuery") or "true",
    )


def _asked(
    jql: str, start: int, size: int, fields: Iterable[str], expand: Iterable[str], strict: bool | str
) -> _Asked:
    wanted = frozenset(part for text in expand for part in text.split(",") if part)
    return _Asked(jql, max(0, start), size, tuple(fields), wanted, str(strict).lower() not in _LENIENT)
