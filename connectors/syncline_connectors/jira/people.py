"""All users of a Data Center, which has two ways to list them, neither of them everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from syncline.errors import AccessDenied, Invalid, NotFound, ProtocolError
from syncline_connectors.jira.api import Api, answered, listed

LIST_PAGE = 1000
SEARCH_PAGE = 200
"""Users asked for at a time."""


def everybody(api: Api) -> Iterator[list[Any]]:
    """Users in batches: by ``user/list`` (Jira 11, late 10.3), else by ``user/search``.

    ``user/search`` shows the first thousand matches and no more; others are known only as authors and assignees.
    """
    begun = False
    try:
        for batch in _by_cursor(api):
            begun = True
            yield batch
    except (NotFound, AccessDenied, Invalid):
        if begun:
            raise
        # "." is in every e-mail address and since Jira 8 means everybody; without includeInactive leavers lose names
        yield from api.walk(
            "user/search", None, SEARCH_PAGE, _who, username=".", includeActive="true", includeInactive="true"
        )


def _by_cursor(api: Api) -> Iterator[list[Any]]:
    seen: set[str] = set()
    cursor: str | None = None
    while True:
        page = answered(api.get("user/list", cursor=cursor, maxResults=LIST_PAGE), "user/list")
        yield listed(page, "values", "user/list")
        following = page.get("nextCursor")
        if page.get("isLast") is True or following in (None, ""):
            return
        cursor = str(following)
        if cursor in seen:
            raise ProtocolError("user/list: Jira repeats a page")
        seen.add(cursor)


def _who(row: Any) -> Any:
    return (row.get("key") or row.get("name")) if isinstance(row, dict) else None
