"""Zendesk's Support API as this connector uses it: addresses, the two ways of paging, and the rate limits.

Every list is paged by cursor: a page number stops at 100 pages. The exports are counted apart, ten a minute for the
whole account (Zendesk, "Rate limits").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from syncline.connector import Bucket
from syncline.errors import ProtocolError
from syncline.jsonvalues import Json, identity

if TYPE_CHECKING:
    from syncline.http import Answer, Http

ROOT = "/api/v2/"
EXPORT, SEARCH, UPDATE = "export", "search", "update"
BUCKETS = (
    Bucket(
        "default", rate=6.0, burst=20
    ),  # 400 a minute; headers lower it for the smallest plan, which has 200
    Bucket(EXPORT, rate=8 / 60, burst=2, within="default"),  # never more than ten in any minute
    Bucket(SEARCH, rate=90 / 60, burst=10, within="default"),
    Bucket(UPDATE, rate=90 / 60, burst=10, within="default"),
)
PAGE = 100
MANY = 100
"""Ids that ``show_many`` takes."""
EMPTY_PAGES = 20
"""Empty pages in a row that are followed before the answer is taken for nonsense."""


class Api:
    """Calls to one account."""

    def __init__(self, http: Http) -> None:
        self.http = http
        self.server_time: datetime | None = None
        """The vendor's clock at its latest answer."""

    def note(self, answer: Answer) -> None:
        """Hear an answer: it tells the time."""
        self.server_time = answer.server_time or self.server_time

    def get(self, path: str, bucket: str = "default", **params: str | int | None) -> dict[str, Any]:
        return answered(self.http.get_json(ROOT + path, params=params, bucket=bucket), path)

    def pages(
        self,
        path: str,
        name: str,
        bucket: str = "default",
        size: int = PAGE,
        *,
        unpaged: bool = False,
        **params: str | int | None,
    ) -> Iterator[list[Any]]:
        """Batches of a list paged by cursor, to the one that says that there is no more.

        ``unpaged``: the list may come without pages, and is whole then, as long as it is shorter than a page.
        """
        cursor: str | None = None
        guard = Guard(path)
        while True:
            asked: dict[str, Any] = {**params, "page[size]": size, "page[after]": cursor}
            answer = answered(self.http.get_json(ROOT + path, params=asked, bucket=bucket), path)
            rows = listed(answer, name, path)
            yield rows
            meta = answer.get("meta")
            if meta is None and unpaged and len(rows) < size:
                return
            if not isinstance(meta, dict) or not isinstance(meta.get("has_more"), bool):
                raise ProtocolError(f"{path}: a page that does not tell whether there are more")
            if not meta["has_more"]:
                return
            cursor = meta.get("after_cursor")
            guard.see(cursor, empty=not rows)

    def show_many(self, ids: Sequence[str]) -> dict[str, Json]:
        """Tickets by id, those that are to be seen; any number of ids."""
        found: dict[str, Json] = {}
        for at in range(0, len(ids), MANY):
            path = "tickets/show_many"
            answer = self.get(path, ids=",".join(ids[at : at + MANY]), include="metric_sets")
            for ticket in with_metrics(answer, listed(answer, "tickets", path)):
                found[number_of(ticket, path)] = ticket
        return found

    def ticket(self, number: str) -> dict[str, Any]:
        """One ticket with its metrics; raises NotFound."""
        path = f"tickets/{number}"
        answer = self.get(path, include="metric_sets")
        ticket = answer.get("ticket")
        if not isinstance(ticket, dict):
            raise ProtocolError(f"{path}: an answer without a ticket")
        return with_metrics(answer, [ticket])[0]

    def comments(self, number: str) -> list[Json]:
        """All comments of a ticket, the oldest first; raises NotFound."""
        path = f"tickets/{number}/comments"
        return [row for rows in self.pages(path, "comments") for row in rows]

    def audits(self, number: str) -> list[Json]:
        """All that was done to a ticket, which comes without pages once it is archived; raises NotFound."""
        pages = self.pages(f"tickets/{number}/audits", "audits", unpaged=True)
        return [row for rows in pages for row in rows if isinstance(row, dict)]


class Guard:
    """Stops a walk that goes in circles or never brings anything."""

    def __init__(self, what: str, cursor: str | None = None) -> None:
        self._what = what
        self._seen = {cursor} if cursor else set()
        self._empty = 0

    def see(self, cursor: object, *, empty: bool) -> None:
        """Note where the next page begins; raises ProtocolError."""
        if not isinstance(cursor, str) or not cursor:
            raise ProtocolError(f"{self._what}: more is said to come, but not where")
        self._empty = self._empty + 1 if empty else 0
        if self._empty >= EMPTY_PAGES:
            raise ProtocolError(f"{self._what}: {self._empty} empty pages in a row")
        if cursor in self._seen and not empty:
            raise ProtocolError(
                f"{self._what}: Zendesk repeats a page", hint="what came before is kept; the next run goes on"
            )
        self._seen.add(cursor)


def answered(answer: Any, what: str) -> dict[str, Any]:
    """An answer that must be an object."""
    if not isinstance(answer, dict):
        raise ProtocolError(f"{what}: expected an object, found {type(answer).__name__}")
    return answer


def listed(answer: Json, name: str, what: str) -> list[Any]:
    """A list that must be there: its absence is nonsense, never an empty page."""
    found = answer.get(name)
    if not isinstance(found, list):
        raise ProtocolError(f"{what}: an answer without {name}")
    return found


def number_of(row: Any, what: str) -> str:
    """The id of a row; without it nothing can be kept, so the answer is nonsense."""
    try:
        return identity(row.get("id") if isinstance(row, dict) else None, "id")
    except ValueError:
        raise ProtocolError(f"{what}: a row without an id") from None


def with_metrics(answer: Json, tickets: Sequence[Any]) -> list[dict[str, Any]]:
    """Tickets with what ``include=metric_sets`` brought: inside each, or beside them in a list of its own."""
    beside = answer.get("metric_sets")
    sets = (
        {row.get("ticket_id"): row for row in beside if isinstance(row, dict)}
        if isinstance(beside, list)
        else {}
    )
    return [
        {**ticket, "metric_set": sets[ticket.get("id")]}
        if isinstance(ticket, dict) and ticket.get("id") in sets
        else ticket
        for ticket in tickets
    ]
