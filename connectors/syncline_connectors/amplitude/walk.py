"""How metrics are pulled: query by query, window by window, within what the vendor's budget allows.

A mark tells for every query the last day that is read. So a new metric, or one that is asked otherwise than before,
begins from its beginning, and one that Amplitude refuses goes on later where it stopped; the others do not wait for it.
The last days are read again in every run, as long as Amplitude may restate them. What is not over is not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta
from hashlib import blake2b
from itertools import pairwise
from typing import Any

from syncline.connector import Cursor, Page, Quarantined, Stream
from syncline.errors import AccessDenied, ProtocolError, RecordError
from syncline.jsontext import decode, encode
from syncline.model import Kind, Sourced
from syncline_connectors.amplitude.answers import Row, days_between, read, read_csv, table_of
from syncline_connectors.amplitude.api import Api
from syncline_connectors.amplitude.config import MetricConfig
from syncline_connectors.amplitude.periods import DAY, MOST_DAYS, Calendar
from syncline_connectors.amplitude.queries import GROUPS, Query, queries_of, settling
from syncline_connectors.amplitude.translate import metric_of, point_of

USUAL_COST = 100
"""What one query may cost. `doctor` asks one, which must fit into what a run leaves of the budget."""
NO_HISTORY = timedelta(days=MOST_DAYS)
"""How far back a metric goes where neither it nor the history says."""


@dataclass(frozen=True)
class Place:
    """Inside a walk: ``last`` is the last day to read, ``read`` what the mark will be, ``query`` the one that is next
    (empty: the first), ``begin`` the day from which it goes on (None: from its own beginning)."""

    last: date
    read: Mapping[str, str]
    query: str = ""
    begin: date | None = None

    def written(self) -> str:
        begin = self.begin.isoformat() if self.begin else None
        found = {"last": self.last.isoformat(), "read": dict(self.read), "query": self.query, "begin": begin}
        return encode(found).decode()

    def mark(self) -> str:
        return encode(dict(sorted(self.read.items()))).decode()

    @classmethod
    def parse(cls, position: str) -> Place:
        """Raises ProtocolError for what this connector did not write."""
        try:
            found = decode(position)
            begin = found["begin"]
            return cls(
                date.fromisoformat(found["last"]),
                _marks(found["read"]),
                str(found["query"]),
                None if begin is None else date.fromisoformat(begin),
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ProtocolError(f"not a position of metrics: {position!r:.80}") from None


def begun(cursor: Cursor, last: date) -> Place:
    """Where a walk stands: at its position, or at its start with what the mark says is read."""
    if cursor.position is not None:
        return Place.parse(cursor.position)
    try:
        return Place(last, _marks(decode(cursor.mark)) if cursor.mark else {})
    except (ValueError, AttributeError):
        raise ProtocolError(f"not a mark of metrics: {cursor.mark!r:.80}") from None


def _marks(found: Any) -> dict[str, str]:
    return {str(key): date.fromisoformat(value).isoformat() for key, value in found.items()}


class MetricWalk:
    """One walk over the metrics of a connection."""

    def __init__(
        self, api: Api, metrics: Sequence[MetricConfig], *, first_weekday: int, stream: Stream
    ) -> None:
        self._api = api
        self._first_weekday = first_weekday
        self._queries = {key_of(query, first_weekday): query for one in metrics for query in queries_of(one)}
        self._since = stream.since.astimezone(UTC).date() if stream.since else None
        self._until = stream.until.astimezone(UTC).date() if stream.until else None

    def pages(self, place: Place, mark: str | None) -> Iterator[Page]:
        """From ``place`` to the end; every page is the answer to one query."""
        place = replace(place, read={key: day for key, day in place.read.items() if key in self._queries})
        for key in sorted(self._queries):
            if key < place.query:
                continue
            resumed = place.begin if key == place.query else None
            for page, reached in self._one(key, replace(place, query=key, begin=resumed)):
                place = reached
                yield replace(page, next=Cursor(place.written(), mark))
        yield Page(next=Cursor(None, place.mark()), last=True)

    def _one(self, key: str, place: Place) -> Iterator[tuple[Page, Place]]:
        """The pages of one query, each with the place behind it; the first tells of the metric itself.

        A query that Amplitude refuses or that cannot be read is set aside, and goes on in the next walk where it was.
        """
        query = self._queries[key]
        told = [metric_of(query.metric)] if place.begin is None else []
        begin = place.begin or self._begin(query, place.read.get(key))
        read_to: date | None = place.last
        try:
            for first, last in self._windows(query, begin, place.last):
                points = self._points(query, self._ask(query, first, last), first, last, place.last)
                place = replace(place, begin=last + DAY)
                yield Page(records=[*told, *points]), place
                told = []
            end = Page(records=told)
        except (RecordError, AccessDenied, Unreadable) as error:
            read_to = place.begin - DAY if place.begin else None
            name = f"{query.metric.id}/{query.name}" if query.segment else query.metric.id
            end = Page(quarantined=[Quarantined(Kind.METRIC, name, str(error), {"query": query.path})])
        read = {**place.read, key: read_to.isoformat()} if read_to else place.read
        yield end, replace(place, read=read, query=f"{key} ", begin=None)

    # ---- which days ----

    def _begin(self, query: Query, read_to: str | None) -> date:
        """The first day to read: of what is read already, only what may have been restated since."""
        metric, calendar = query.metric, self._calendar(query.metric)
        start = metric.start or self._since
        if read_to is not None:
            back = settling(metric) + DAY * days_ahead(metric)
            again = calendar.begin(date.fromisoformat(read_to) + DAY - back)
            return again if start is None else max(again, calendar.begin(start))
        return calendar.begin(start or self._api.now().date() - NO_HISTORY)

    def _windows(self, query: Query, begin: date, last: date) -> Iterator[tuple[date, date]]:
        calendar = self._calendar(query.metric)
        end = calendar.running(last)
        if query.metric.retention is not None:
            end = calendar.earlier(end, query.metric.retention.after)
        if self._until is not None:
            end = min(end, calendar.begin(self._until + DAY))
        if query.metric.chart is not None:
            return iter([(begin, end - DAY)] if begin < end else [])
        return calendar.windows(begin, end, max(1, USUAL_COST // query.cost))

    def _calendar(self, metric: MetricConfig) -> Calendar:
        return Calendar(metric.interval, self._first_weekday)

    # ---- asking ----

    def _ask(self, query: Query, first: date, last: date) -> list[Row]:
        """The answer to one query over some days."""
        metric = query.metric
        try:
            if metric.chart is not None:
                rows = read_csv(self._chart(query))
                self._check_interval(metric, rows)
                return rows
            params = {**query.params, "start": f"{first:%Y%m%d}", "end": f"{last:%Y%m%d}"}
            cost = query.cost * days_between(first, last)
            return read(metric, self._api.json(query.path, params, cost=cost), first, last)
        except ValueError as error:
            raise Unreadable(f"{query.path}: {error}") from None

    def _chart(self, query: Query) -> str:
        answer = self._api.ask(query.path, cost=query.cost)
        if answer.is_html or not answer.body.strip():
            raise ProtocolError(f"{query.path}: answered with a web page or nothing", status=answer.status)
        if not answer.body.lstrip().startswith(b"{"):
            return answer.body.decode("utf-8-sig", errors="replace")
        try:
            found = answer.json()
        except ValueError:  # damaged on the way
            found = self._api.json(query.path, cost=query.cost)
        return table_of(found)

    def _check_interval(self, metric: MetricConfig, rows: Sequence[Row]) -> None:
        """A weekly chart read as a daily one would show a running week as a day that is over."""
        calendar = self._calendar(metric)
        for row in rows[:1]:
            for one, following in pairwise(cell.day for cell in row.cells):
                if calendar.after(one) != following:
                    raise Unreadable(f"after {one} the chart shows {following}: set interval as the chart's")

    def _points(
        self, query: Query, rows: Sequence[Row], first: date, last: date, over: date
    ) -> list[Sourced]:
        """The points of an answer, of the days asked for."""
        metric, calendar = query.metric, self._calendar(query.metric)
        if len(rows) >= GROUPS:
            raise Unreadable(
                f"there are {GROUPS} groups or more, and Amplitude leaves the rest out: group otherwise"
            )
        points: dict[str, Sourced] = {}
        for row in rows:
            segment = " / ".join(part for part in (query.name, row.group) if part)
            for cell in row.cells:
                if calendar.begin(cell.day) != cell.day:
                    raise Unreadable(
                        f"an interval begins on {cell.day:%A}, {cell.day}: set week_start as the project's"
                    )
                if first <= cell.day <= last:
                    settled = _settled(metric, calendar, cell.day) <= over
                    point = point_of(metric.id, segment, cell, complete=settled)
                    if points.setdefault(point.record.remote_id, point) is not point:
                        raise Unreadable(f"two groups are called {segment!r:.80}")
        return list(points.values())


class Unreadable(Exception):
    """The answer to one query makes no sense: other queries may."""


def _settled(metric: MetricConfig, calendar: Calendar, begin: date) -> date:
    """The day after which the value of the interval beginning at ``begin`` does not change any more."""
    counted = calendar.later(begin, metric.retention.after) if metric.retention else begin
    return calendar.after(counted) - DAY + settling(metric)


def days_ahead(metric: MetricConfig) -> int:
    """How many days a value waits for beyond its own interval: users who may yet come back."""
    if metric.retention is None:
        return 0
    return metric.retention.after * (31 if metric.interval == 30 else metric.interval)


def key_of(query: Query, first_weekday: int) -> str:
    """What a query is known by in marks: it changes with whatever changes the numbers."""
    asked: list[Any] = [query.path, dict(query.params), str(query.metric.start)]
    asked += [query.metric.retention.after] if query.metric.retention else []
    asked += [first_weekday] if query.metric.interval == 7 else []
    return f"{query.metric.id}/{query.name}@{blake2b(encode(asked), digest_size=4).hexdigest()}"
