"""The vendor's two ways to page through a list: cursors (``page[size]``, ``page[after]``) and numbered pages.

Cursors as recorded: base64 of ``{"o": order, "v": place}``; a page that ends the list still has a cursor and a link.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from syncline.sim import SimRequest
from syncline_connectors.zendesk.simulator.entities import Json
from syncline_connectors.zendesk.simulator.errors import Refusal, bad_request

T = TypeVar("T")
MOST_ROWS = 10_000
"""How deep numbered pages go: 100 pages of 100."""


def page_of(
    request: SimRequest,
    address: str,
    name: str,
    rows: Sequence[T],
    make: Callable[[T], Any],
    key: Callable[[T], Any],
    *,
    most: int = 100,
) -> Json:
    """One page of a list. ``key`` is a row's place in the list's order, and comes back in cursors."""
    if by_cursor(request):
        return _by_cursor(request, address, name, rows, make, key, most)
    return _by_number(request, address, name, rows, make, most)


def by_cursor(request: SimRequest) -> bool:
    """Whether a request asks for cursors."""
    return any(request.param(name) is not None for name in ("page[size]", "page[after]", "page[before]"))


def _by_cursor(
    request: SimRequest,
    address: str,
    name: str,
    rows: Sequence[T],
    make: Callable[[T], Any],
    key: Callable[[T], Any],
    most: int,
) -> Json:
    size = min(number(request, "page[size]", most), most)
    after, before = _place(request, "page[after]"), _place(request, "page[before]")
    left = [row for row in rows if after is None or _sortable(key(row)) > after]
    left = [row for row in left if before is None or _sortable(key(row)) < before]
    shown = left[-size:] if before is not None and after is None else left[:size]
    first, last = (_cursor(key(row)) for row in (shown[0], shown[-1])) if shown else (None, None)
    return {
        name: [make(row) for row in shown],
        "meta": {"has_more": len(left) > len(shown), "after_cursor": last, "before_cursor": first},
        "links": {
            "prev": _link(request, address, "page[before]", first),
            "next": _link(request, address, "page[after]", last),
        },
    }


def _by_number(
    request: SimRequest, address: str, name: str, rows: Sequence[T], make: Callable[[T], Any], most: int
) -> Json:
    size = min(number(request, "per_page", most), most)
    page = number(request, "page", 1)
    if page * size > MOST_ROWS:
        description = "You may only page through the first 10000 records with offset pagination"
        raise bad_request("InvalidPaginationDepth", description)
    start = (page - 1) * size
    more = start + size < len(rows)
    return {
        name: [make(row) for row in rows[start : start + size]],
        "next_page": _numbered(request, address, page + 1) if more else None,
        "previous_page": _numbered(request, address, page - 1) if page > 1 else None,
        "count": len(rows),
    }


def number(request: SimRequest, name: str, default: int) -> int:
    text = request.param(name)
    if text is None:
        return default
    if not text.isdigit() or int(text) < 1:
        raise Refusal(400, {"error": "InvalidValue", "description": f"Invalid value for parameter: {name}"})
    return int(text)


def _cursor(place: Any) -> str:
    raw = json.dumps({"o": "id", "v": place}, separators=(",", ":"), default=str).encode()
    return base64.b64encode(raw).decode()


def _place(request: SimRequest, name: str) -> Any:
    text = request.param(name)
    if not text:
        return None
    try:
        return _sortable(json.loads(base64.b64decode(text, validate=True))["v"])
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise bad_request("InvalidCursor", f"{name} is not valid") from None


def _sortable(place: Any) -> Any:
    """Lists compare as tuples do; a tuple has become a list on its way through a cursor."""
    return tuple(place) if isinstance(place, list | tuple) else place


def _link(request: SimRequest, address: str, name: str, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    kept = [(n, v) for n, v in request.query if n not in ("page[after]", "page[before]")]
    return f"{address}?{urlencode([*kept, (name, cursor)])}"


def _numbered(request: SimRequest, address: str, page: int) -> str:
    kept = [(n, v) for n, v in request.query if n != "page"]
    return f"{address}?{urlencode([*kept, ('page', str(page))])}"
