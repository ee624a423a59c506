"""Searching. The index is late: what is found and what is shown of it may be some time old.

Of the vendor's search language: ``type:``, ``key:value`` with ``: < > <= >=``, ``-key:value``, quotes, and words.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from syncline_connectors.zendesk.simulator.call import Call, Route
from syncline_connectors.zendesk.simulator.entities import STATUSES, Json
from syncline_connectors.zendesk.simulator.errors import Refusal, bad_request, missing_parameter
from syncline_connectors.zendesk.simulator.limits import SEARCH_EXPORT
from syncline_connectors.zendesk.simulator.paging import number
from syncline_connectors.zendesk.simulator.tickets import Ticket

MOST_FOUND = 1000
CURSOR_LIVES = timedelta(hours=1)
_TERM = re.compile(r'(?P<not>-?)(?:(?P<key>\w+)(?P<sign><=|>=|[:<>]))?(?:"(?P<quoted>[^"]*)"|(?P<value>\S+))')
_KEYS = {
    "created": "created_at",
    "updated": "updated_at",
    "assignee": "assignee_id",
    "requester": "requester_id",
    "group": "group_id",
    "organization": "organization_id",
    "ticket_type": "type",
    "brand": "brand_id",
}
_SORTS = ("created_at", "updated_at", "priority", "status", "ticket_type")


@dataclass
class _Indexed:
    """What the index knows of a ticket: its document as of ``mark``; ``next`` is what it will take in, and when."""

    document: Json | None = None
    mark: tuple[int, int] | None = None
    next: tuple[tuple[int, int], datetime] | None = None


class Searching:
    """The search of one account with its index."""

    def __init__(self) -> None:
        self._index: dict[int, _Indexed] = {}

    def routes(self) -> list[Route]:
        return [
            Route("GET", "search", self.search),
            Route("GET", "search/count", self.count),
            Route("GET", "search/export", self.export, rules=(SEARCH_EXPORT,)),
        ]

    def search(self, call: Call) -> Json:
        """A thousand results at most, whatever their number."""
        found = self._found(call, None)
        size, page = min(number(call.request, "per_page", 100), 100), number(call.request, "page", 1)
        if page * size > MOST_FOUND and page > 1:
            description = "Invalid search: Requested response size was greater than Search Response Limits"
            raise Refusal(422, {"error": "invalid", "description": description})
        sort = call.request.param("sort_by")
        if sort in _SORTS:
            descending = call.request.param("sort_order") != "asc"
            found.sort(
                key=lambda row: str(row.get("type" if sort == "ticket_type" else sort)), reverse=descending
            )
        return {**call.page("results", found, lambda row: row), "facets": None}

    def count(self, call: Call) -> Json:
        return {"count": len(self._found(call, None))}

    def export(self, call: Call) -> Json:
        """Oldest first, in pages whose cursor lives for an hour."""
        kind = call.request.param("filter[type]")
        if kind is None:
            raise missing_parameter("filter[type]")
        after = self._cursor(call)
        found = sorted(self._found(call, kind), key=_place)
        left = [row for row in found if after is None or _place(row) > after]
        size = min(number(call.request, "page[size]", 100), 1000)
        shown, more = left[:size], len(left) > size
        cursor = _written(call, _place(shown[-1])) if shown else None
        kept = [(n, v) for n, v in call.request.query if n != "page[after]"]
        following = f"{call.address}?{urlencode([*kept, ('page[after]', cursor or '')])}" if more else None
        return {
            "results": shown,
            "facets": None,
            "meta": {"has_more": more, "after_cursor": cursor, "before_cursor": None},
            "links": {"prev": None, "next": following},
        }

    @staticmethod
    def _cursor(call: Call) -> tuple[str, int] | None:
        text = call.request.param("page[after]")
        if not text:
            return None
        try:
            made, created, id_ = json.loads(base64.b64decode(text, validate=True))
        except (binascii.Error, ValueError):
            raise bad_request("InvalidCursor", "The cursor is not valid") from None
        if datetime.fromisoformat(made) + CURSOR_LIVES < call.now:
            raise bad_request("InvalidCursor", "The cursor has expired")
        return str(created), int(id_)

    # ---- finding ---------------------------------------------------------------------------------------------------

    def _found(self, call: Call, kind: str | None) -> list[Json]:
        query = call.request.param("query")
        if query is None:
            raise missing_parameter("query")
        terms = [term.groupdict() for term in _TERM.finditer(query)]
        kinds = {term["value"] for term in terms if term["key"] == "type"} or ({kind} if kind else set())
        rest = [term for term in terms if term["key"] != "type"]
        return [row for row in self._rows(call, kinds) if all(_fits(row, term) for term in rest)]

    def _rows(self, call: Call, kinds: set[str | None]) -> list[Json]:
        rows: list[Json] = []
        if not kinds or "ticket" in kinds:
            rows += [{**document, "result_type": "ticket"} for document in self._tickets(call)]
        if not kinds or "user" in kinds:
            people = (u for u in call.work.users.values() if u.active)
            rows += [{**call.render.user(u), "result_type": "user"} for u in people]
        if not kinds or "organization" in kinds:
            companies = (o for o in call.work.organizations.values() if not o.deleted)
            rows += [{**call.render.organization(o), "result_type": "organization"} for o in companies]
        if not kinds or "group" in kinds:
            groups = (g for g in call.work.groups.values() if not g.deleted)
            rows += [{**call.render.group(g), "result_type": "group"} for g in groups]
        return rows

    def _tickets(self, call: Call) -> list[Json]:
        """What the index holds, after it took in what is due."""
        found = []
        for ticket in call.work.tickets.values():
            known = self._index.setdefault(ticket.id, _Indexed())
            self._take_in(call, ticket, known)
            if known.document is not None and call.sees(ticket):
                found.append(known.document)
        return found

    @staticmethod
    def _take_in(call: Call, ticket: Ticket, known: _Indexed) -> None:
        mark = len(ticket.audits), ticket.generated
        if known.mark == mark:
            return
        if known.next is None or known.next[0] != mark:
            lag = timedelta(seconds=call.work.random.uniform(*call.quirks.search_lag))
            known.next = mark, datetime.fromtimestamp(ticket.generated, call.now.tzinfo) + lag
        if known.next[1] <= call.now:
            known.document = None if ticket.deleted else call.render.ticket(ticket)
            known.mark, known.next = mark, None


def _place(row: Json) -> tuple[str, int]:
    return row["created_at"], row["id"]


def _written(call: Call, place: tuple[str, int]) -> str:
    return base64.b64encode(json.dumps([call.now.isoformat(), *place]).encode()).decode()


# ---- one term --------------------------------------------------------------------------------------------------------


def _fits(row: Json, term: Mapping[str, str | None]) -> bool:
    wanted = term["quoted"] if term["quoted"] is not None else term["value"] or ""
    found = _holds(row, term["key"], term["sign"] or ":", wanted)
    return not found if term["not"] else found


def _holds(row: Json, key: str | None, sign: str, wanted: str) -> bool:
    if key is None:
        texts = (str(row.get(name) or "") for name in ("subject", "description", "name", "email", "id"))
        return any(wanted.lower() in text.lower() for text in texts)
    if key == "tags":
        return wanted in row.get("tags", ())
    if key.startswith("custom_field_"):
        values = {str(field["id"]): field["value"] for field in row.get("custom_fields", ())}
        return str(values.get(key.removeprefix("custom_field_"))) == wanted
    value = row.get(_KEYS.get(key, key))
    if key == "status" and value in STATUSES and wanted in STATUSES:
        return _COMPARE[sign](STATUSES.index(value), STATUSES.index(wanted))
    if wanted == "none":
        return value is None
    if value is None:
        return False
    if sign == ":":
        return str(value).lower() == wanted.lower() or str(value).startswith(wanted + "T")
    return bool(_COMPARE[sign](str(value), wanted))


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ":": lambda a, b: bool(a == b),
    "<": lambda a, b: bool(a < b),
    ">": lambda a, b: bool(a > b),
    "<=": lambda a, b: bool(a <= b),
    ">=": lambda a, b: bool(a >= b),
}
