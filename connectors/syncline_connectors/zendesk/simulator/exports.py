"""Incremental exports: streams ordered by the time of the last change, without the last minute.

Cursor-based (tickets, users) and time-based ones, after the vendor's guide "Using the Incremental Exports API" and
recorded answers. Recorded: cursors are base64 of ``<second>.0||<id>|``.
"""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from syncline_connectors.zendesk.simulator.call import Access, Call, Route
from syncline_connectors.zendesk.simulator.entities import Json
from syncline_connectors.zendesk.simulator.errors import Refusal, bad_request, missing_parameter
from syncline_connectors.zendesk.simulator.limits import INCREMENTAL
from syncline_connectors.zendesk.simulator.paging import number
from syncline_connectors.zendesk.simulator.sideloads import tickets_with

MOST = 1000
MAX_ID = 2**63
WITHHELD = 60
"""The last seconds that no export shows."""


@dataclass(frozen=True)
class Row:
    """One line of a stream: its place, and what it is."""

    second: int
    id: int
    what: Any

    @property
    def place(self) -> tuple[int, int]:
        return self.second, self.id


class Exports:
    """The streams of one account. Remembers where it gave an empty page, so that none is given twice running."""

    def __init__(self) -> None:
        self._emptied: set[tuple[str, str]] = set()
        self._sorted: tuple[int, list[Row]] = (-1, [])

    def routes(self) -> list[Route]:
        wanted = (
            ("tickets/cursor", self.tickets),
            ("users/cursor", self.users),
            ("tickets", self.tickets_by_time),
            ("users", self.users_by_time),
            ("organizations", self.organizations),
        )
        return [Route("GET", f"incremental/{n}", h, Access.ADMIN, (INCREMENTAL,)) for n, h in wanted]

    # ---- by cursor -------------------------------------------------------------------------------------------------

    def tickets(self, call: Call) -> Json:
        rows, rest = self._by_cursor(call, "tickets", self._tickets(call))
        return tickets_with(call, [row.what for row in rows], export=True) | rest

    def users(self, call: Call) -> Json:
        rows, rest = self._by_cursor(call, "users", _users(call))
        return {"users": [call.render.user(row.what) for row in rows], **rest}

    def _by_cursor(self, call: Call, stream: str, rows: list[Row]) -> tuple[list[Row], Json]:
        cursor = call.request.param("cursor")
        after = _place(cursor) if cursor else (_start(call), -1)
        left = rows[bisect_right(rows, after, key=_place_of) :]
        size = _size(call)
        if left and self._empty(call, stream, str(after)):
            return [], _rest(call, cursor or _cursor(*after), end=False)
        shown = left[:size]
        if not shown:
            named = cursor if call.work.random.random() >= call.quirks.no_cursor else None
            return [], _rest(call, named, end=True)
        end = len(left) <= size
        repeated = rows[: len(rows) - len(left)][-2:] if cursor else []
        if repeated and call.work.random.random() < call.quirks.repeat:
            shown = [*repeated, *shown]
        return shown, _rest(call, _cursor(*shown[-1].place), end=end)

    def _empty(self, call: Call, stream: str, place: str) -> bool:
        """Whether to give an empty page here, which is not the end."""
        if (stream, place) in self._emptied:
            self._emptied.discard((stream, place))
            return False
        if call.work.random.random() < call.quirks.empty_page:
            self._emptied.add((stream, place))
            return True
        return False

    # ---- by time ---------------------------------------------------------------------------------------------------

    def tickets_by_time(self, call: Call) -> Json:
        rows, rest = by_time(call, self._tickets(call))
        return tickets_with(call, [row.what for row in rows], export=True) | rest

    def _tickets(self, call: Call) -> list[Row]:
        """Sorted once for each state of the account: a client asks for many pages of one."""
        if self._sorted[0] != call.work.changes:
            rows = [Row(t.generated, t.id, t) for t in call.work.tickets.values()]
            self._sorted = call.work.changes, sorted(rows, key=_place_of)
        found = self._sorted[1]
        found = found[: bisect_right(found, (_newest(call), MAX_ID), key=_place_of)]
        if call.request.param("exclude_deleted") == "true":
            return [row for row in found if row.what.deleted is None]
        return found

    def users_by_time(self, call: Call) -> Json:
        rows, rest = by_time(call, _users(call))
        return {"users": [call.render.user(row.what) for row in rows], **rest}

    def organizations(self, call: Call) -> Json:
        found = [
            Row(int(o.updated.timestamp()), o.id, o)
            for o in call.work.organizations.values()
            if not o.deleted
        ]
        rows, rest = by_time(call, visible(call, found))
        return {"organizations": [call.render.organization(row.what) for row in rows], **rest}


def by_time(call: Call, rows: list[Row]) -> tuple[list[Row], Json]:
    """A page of a time-based stream; the next begins with the second in which this one ends, and repeats its rows.

    Unless that would never end: a page whose rows are all of one second holds the whole second. As recorded.
    """
    start = _start(call)
    left = rows[bisect_right(rows, (start, -1), key=_place_of) :]
    shown = left[: _size(call)]
    end, following = len(shown) == len(left), start
    if shown:
        following = shown[-1].second
    if not end and shown[0].second == shown[-1].second:
        shown = [row for row in left if row.second == shown[0].second]
        following, end = following + 1, len(shown) == len(left)
    kept = [(n, v) for n, v in call.request.query if n != "start_time"]
    next_page = f"{call.address}?{urlencode([*kept, ('start_time', str(following))])}"
    return shown, {"count": len(shown), "end_of_stream": end, "next_page": next_page, "end_time": following}


def _users(call: Call) -> list[Row]:
    return visible(call, [Row(int(u.updated.timestamp()), u.id, u) for u in call.work.users.values()])


def visible(call: Call, rows: Sequence[Row]) -> list[Row]:
    newest = _newest(call)
    return sorted((row for row in rows if row.second <= newest), key=_place_of)


def _newest(call: Call) -> int:
    return int(call.now.timestamp()) - WITHHELD


def _place_of(row: Row) -> tuple[int, int]:
    return row.place


def _start(call: Call) -> int:
    text = call.request.param("start_time")
    if text is None:
        raise missing_parameter("start_time")
    if not text.isdigit():
        raise bad_request("InvalidValue", "start_time is not a valid Unix time")
    if int(text) > int(call.now.timestamp()) - WITHHELD:
        description = "Too recent start_time. Use a start_time older than 1 minute"
        raise Refusal(422, {"error": "InvalidValue", "description": description})
    return int(text)


def _size(call: Call) -> int:
    asked = min(number(call.request, "per_page", MOST), MOST)
    return min(asked, call.work.random.randint(*call.quirks.export_cap))


def _cursor(second: int, id_: int) -> str:
    return base64.b64encode(f"{second}.0||{id_}|".encode()).decode()


def _place(cursor: str) -> tuple[int, int]:
    try:
        second, _, id_ = base64.b64decode(cursor, validate=True).decode().partition(".0||")
        return int(second), int(id_.removesuffix("|"))
    except (binascii.Error, ValueError):
        raise bad_request("InvalidValue", "Invalid cursor") from None


def _rest(call: Call, cursor: str | None, *, end: bool) -> Json:
    kept = [(n, v) for n, v in call.request.query if n not in ("start_time", "cursor")]
    url = f"{call.address}?{urlencode([('cursor', cursor), *kept])}" if cursor else None
    return {
        "after_url": url,
        "before_url": None,
        "after_cursor": cursor,
        "before_cursor": None,
        "end_of_stream": end,
    }
