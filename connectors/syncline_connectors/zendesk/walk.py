"""The walks that go on in every run: tickets by the cursor of the export, their events by time, or by search.

A saved cursor never goes back to a time: the vendor orders the export by its own clock and withholds the last minute,
so that nothing can slip in before it. An account that is no administrator has no exports; it searches, which the mark
tells by its form, so that the next run of an administrator begins at the time the search had come to.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from syncline.connector import Cursor, Page, Stream
from syncline.errors import Invalid, ProtocolError
from syncline.pages import PageDraft
from syncline_connectors.zendesk.api import EXPORT, ROOT, SEARCH, Api, Guard, answered, listed, with_metrics
from syncline_connectors.zendesk.assemble import Assembler

ROWS = 1000
"""Rows of an export's page."""
FOUND = 100
"""Rows of a search's page, as the vendor recommends."""
WITHHELD = 61
"""Seconds before now after which no export may begin."""
OVERLAP = 15 * 60
"""Seconds searched again: the search's index is late by minutes."""
RESTARTS = 3
REMEMBERED = 200
"""Rows of one second that are remembered; beyond it they are read again, which changes nothing."""


@dataclass(frozen=True)
class Place:
    """Where a walk stands: at a ``cursor``, or at a time in epoch seconds. ``began``: the vendor's clock then.

    ``seen`` are rows of the last second, which an export gives again.
    """

    at: int = 0
    cursor: str | None = None
    began: int | None = None
    seen: tuple[str, ...] = ()

    def text(self) -> str:
        kept = {name: value for name, value in asdict(self).items() if value not in (None, ())}
        return json.dumps(kept, separators=(",", ":"))

    @classmethod
    def of(cls, text: str) -> Place:
        """Read a position or a mark; raises ProtocolError."""
        try:
            known = json.loads(text)
            found = cls(**{**known, "seen": tuple(known.get("seen", ()))})
        except (ValueError, TypeError, AttributeError):
            raise ProtocolError("the saved position of a walk cannot be read", hint="pull --full") from None
        return found


def start(stream: Stream, cursor: Cursor, *, searching: bool = False) -> Place:
    """From where to go on, or where to begin. A search goes on by time: an export's cursor means nothing to it."""
    if cursor.position is not None:
        return Place.of(cursor.position)
    if cursor.mark is not None:
        place = Place.of(cursor.mark)
        return replace(place, cursor=None) if searching else place
    return Place(at=int(stream.since.timestamp()) if stream.since else 0)


def _fresh(place: Place, rows: list[Any], stamp: str) -> tuple[list[Any], tuple[str, ...]]:
    """The rows that were not given before, and what to remember of all: those of the last second."""
    names = [f"{row.get('id')}@{row.get(stamp)}" if isinstance(row, dict) else "" for row in rows]
    fresh = [row for row, name in zip(rows, names, strict=True) if name not in place.seen]
    last = max(
        (row[stamp] for row in rows if isinstance(row, dict) and isinstance(row.get(stamp), int)),
        default=None,
    )
    if last is None:
        return fresh, place.seen
    return fresh, tuple(dict.fromkeys(name for name in names if name.endswith(f"@{last}")))[-REMEMBERED:]


def _clock(api: Api) -> int | None:
    return int(api.server_time.timestamp()) if api.server_time else None


def _bounded(api: Api, at: int) -> int:
    """A time at which an export may begin."""
    now = _clock(api)
    return at if now is None else max(0, min(at, now - WITHHELD))


class TicketWalk:
    """Tickets in the order in which they changed. ``people`` side-loads whom they name."""

    def __init__(self, api: Api, assembler: Callable[[], Assembler], stream: Stream, *, people: bool) -> None:
        self._api = api
        self._assembler = assembler
        self._until = int(stream.until.timestamp()) if stream.until else None
        self._include = "metric_sets,users" if people else "metric_sets"

    def pages(self, place: Place, mark: str | None) -> Iterator[Page]:
        """The pages from ``place`` on; ``mark`` is where the walk before this one ended."""
        path = "incremental/tickets/cursor"
        guard = Guard(path, place.cursor)
        while True:
            answer = self._ask(path, place)
            rows = listed(answer, "tickets", path)
            end = answer.get("end_of_stream")
            if not isinstance(end, bool):
                raise ProtocolError(f"{path}: an answer that does not tell whether it is the end")
            named = answer.get("after_cursor")
            if not end:
                guard.see(named, empty=not rows)
            end = end or self._is_beyond(rows)
            place = replace(place, cursor=named or place.cursor, at=max(place.at, self._latest(rows)))
            fresh, seen = _fresh(place, with_metrics(answer, rows), "generated_timestamp")
            place = replace(place, seen=seen)
            draft = self._tickets(fresh, _users(answer))
            cursor = Cursor(None, replace(place, began=None).text()) if end else Cursor(place.text(), mark)
            yield draft.page(cursor, last=end)
            if end:
                return

    def _tickets(self, rows: list[Any], people: dict[str, dict[str, Any]]) -> PageDraft:
        """The page; nothing more is asked for where there is nothing."""
        return self._assembler().tickets(rows, people) if rows else PageDraft()

    def _ask(self, path: str, place: Place) -> dict[str, Any]:
        asked: dict[str, Any] = {"per_page": ROWS, "include": self._include}
        asked |= {"cursor": place.cursor} if place.cursor else {"start_time": _bounded(self._api, place.at)}
        return answered(self._api.http.get_json(ROOT + path, params=asked, bucket=EXPORT), path)

    def _latest(self, rows: list[Any]) -> int:
        """Until when rows were seen, less what is withheld: where to begin where there is no cursor any more."""
        stamps = [row.get("generated_timestamp") for row in rows if isinstance(row, dict)]
        return max((stamp for stamp in stamps if isinstance(stamp, int)), default=0)

    def _is_beyond(self, rows: list[Any]) -> bool:
        """Whether a walk through the past has come to where an earlier one began."""
        return self._until is not None and self._latest(rows) >= self._until


def _users(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = answer.get("users")
    rows = found if isinstance(found, list) else []
    return {str(row.get("id")): row for row in rows if isinstance(row, dict)}


class EventWalk:
    """What was done to tickets and said on them, by time; the seconds at the ends of pages come twice."""

    def __init__(self, api: Api, assembler: Callable[[], Assembler], stream: Stream) -> None:
        self._api = api
        self._assembler = assembler
        self._until = int(stream.until.timestamp()) if stream.until else None

    def pages(self, place: Place, mark: str | None) -> Iterator[Page]:
        path = "incremental/ticket_events"
        while True:
            at = _bounded(self._api, place.at)
            asked: dict[str, Any] = {"start_time": at, "include": "comment_events"}
            answer = answered(self._api.http.get_json(ROOT + path, params=asked, bucket=EXPORT), path)
            rows = [row for row in listed(answer, "ticket_events", path) if isinstance(row, dict)]
            following = answer.get("end_time")
            end = self._is_end(answer, rows, following)
            fresh, seen = _fresh(place, rows, "timestamp")
            draft = self._assembler().updates(fresh) if fresh else PageDraft()
            place = replace(place, at=_after(at, following, path, end=end), seen=seen)
            yield draft.page(Cursor(None, place.text()) if end else Cursor(place.text(), mark), last=end)
            if end:
                return

    def _is_end(self, answer: dict[str, Any], rows: list[Any], following: Any) -> bool:
        told = answer.get("end_of_stream")
        end = told if isinstance(told, bool) else len(rows) < ROWS
        return end or (self._until is not None and isinstance(following, int) and following > self._until)


def _after(at: int, following: Any, path: str, *, end: bool) -> int:
    """Where the next page begins. Pages never split a second, so that after a full second the next one comes."""
    if following is None and end:
        return at
    if not isinstance(following, int) or isinstance(following, bool) or following < at:
        raise ProtocolError(f"{path}: the end of a page lies before its beginning")
    return following if end or following > at else at + 1


class SearchWalk:
    """Tickets by search, for agents: what changed since, with the comments of each. It may be incomplete."""

    def __init__(self, api: Api, assembler: Callable[[], Assembler], stream: Stream) -> None:
        self._api = api
        self._assembler = assembler
        self._until = stream.until
        self._restarts = 0

    def pages(self, place: Place, mark: str | None) -> Iterator[Page]:
        path = "search/export"
        guard = Guard(path, place.cursor)
        while True:
            try:
                answer = self._ask(path, place, mark)
            except Invalid as error:
                place = self._after_refusal(place, error)
                continue
            began = place.began if place.began is not None else _clock(self._api)
            rows, more, following = _found(answer, path)
            if more:
                guard.see(following, empty=not rows)
            draft = self._draft(rows)
            place = replace(place, cursor=following if more else None, began=began)
            done = Place(at=max(place.at, began or place.at))
            yield draft.page(Cursor(place.text(), mark) if more else Cursor(None, done.text()), last=not more)
            if not more:
                return

    def _ask(self, path: str, place: Place, mark: str | None) -> dict[str, Any]:
        since = datetime.fromtimestamp(max(0, place.at - (OVERLAP if mark else 0)), UTC)
        query = f"updated>={since:%Y-%m-%dT%H:%M:%SZ}"
        if self._until is not None:
            query += f" updated<{self._until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        asked: dict[str, Any] = {
            "query": query,
            "filter[type]": "ticket",
            "page[size]": FOUND,
            "page[after]": place.cursor,
        }
        return answered(self._api.http.get_json(ROOT + path, params=asked, bucket=SEARCH), path)

    def _after_refusal(self, place: Place, error: Invalid) -> Place:
        """A cursor lives for an hour: an old one begins again."""
        self._restarts += 1
        if place.cursor is None or self._restarts > RESTARTS:
            raise error
        return replace(place, cursor=None)

    def _draft(self, rows: list[Any]) -> PageDraft:
        if not rows:
            return PageDraft()
        assembler = self._assembler()
        draft = assembler.tickets(rows)
        for item in list(draft.records):
            assembler.whole(draft, item.record.remote_id)
        return draft


def _found(answer: dict[str, Any], path: str) -> tuple[list[Any], bool, Any]:
    meta = answer.get("meta")
    if not isinstance(meta, dict) or not isinstance(meta.get("has_more"), bool):
        raise ProtocolError(f"{path}: a page that does not tell whether there are more")
    return listed(answer, "results", path), meta["has_more"], meta.get("after_cursor")
