"""Dividing a first pull into stretches of time that hold about equally many issues."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import accumulate

from syncline.connector import EVERYTHING, Cursor, Stream
from syncline.errors import Invalid
from syncline_connectors.jira import jql
from syncline_connectors.jira.api import Api
from syncline_connectors.jira.values import instant, millis
from syncline_connectors.jira.walk import Position

FEW = 2_000
"""Fewer issues than this are walked in one go."""

Point = tuple[int, int]
"""A time in epoch milliseconds and how many issues were last updated before it."""


def split(api: Api, stream: Stream, extra: str | None, whole: Position, parts: int) -> list[Cursor]:
    """Cursors over ``whole`` that share one mark: closed stretches, the last one open.

    At most ``parts`` // 2 + 3 requests, one of them where there are few issues.
    Counts only decide where to cut: stretches that join each other miss nothing, however wrong the counts are.
    """
    if parts < 2:
        return [Cursor()]
    projects = stream.scope - {EVERYTHING}

    def counted(until: int | None) -> Callable[[], int]:
        return lambda: api.count(jql.bounded(projects, extra, whole.since, until))

    def ended(order: str) -> Callable[[], int | None]:
        return lambda: _updated_first(api, jql.bounded(projects, extra, whole.since, whole.until, order))

    try:
        total = counted(whole.until)()
        if total < FEW:
            return [Cursor()]
        first, latest = api.http.together(ended(jql.BY_TIME), ended(jql.LATEST))
        if first is None or latest is None:
            return [Cursor()]
        # as late as what is there, so that a quiet site's next walk sees at least one issue again; never beyond now
        mark = min(latest, whole.started or latest)
        end = min(mark, whole.until or mark)
        between = evenly(first, end, parts // 2)
        counts = api.http.together(*map(counted, between))
    except Invalid:
        return [Cursor()]  # the walk itself will tell what is wrong
    known = [(first, 0), *zip(between, counts, strict=True), (end, total)]
    return _cursors(replace(whole, mark=mark), boundaries(known, parts), str(mark))


def _cursors(whole: Position, cuts: Sequence[int], mark: str) -> list[Cursor]:
    starts, ends = [whole.since, *cuts], [*cuts, whole.until]
    return [
        Cursor(replace(whole, since=since, until=until).text(), mark)
        for since, until in zip(starts, ends, strict=True)
    ]


def _updated_first(api: Api, query: str) -> int | None:
    """When the first issue of a query was last updated."""
    answer = api.search({"jql": query, "fields": ["updated"], "maxResults": 1})
    fields = answer["issues"][0].get("fields") if answer["issues"] else None
    try:
        found = instant(fields.get("updated"), "updated") if isinstance(fields, dict) else None
    except ValueError:
        return None
    return millis(found) if found else None


def evenly(first: int, last: int, count: int) -> list[int]:
    """So many times between two, all as far apart."""
    return [first + (last - first) * step // (count + 1) for step in range(1, count + 1)]


def boundaries(known: Sequence[Point], parts: int) -> list[int]:
    """At most ``parts`` - 1 ascending times that cut the issues into about equal parts.

    ``known`` ascends by time and ends with all issues; what lies between is read off the line.
    """
    first, (last, total) = known[0][0], known[-1]
    counts = accumulate((min(count, total) for _, count in known), max)  # on Cloud they are estimates
    points = [(time, count) for (time, _), count in zip(known, counts, strict=True)]
    cuts = {_time_at(points, total * part // parts) for part in range(1, parts)}
    return sorted(cut for cut in cuts if first < cut < last)


def _time_at(points: Sequence[Point], count: int) -> int:
    """The time before which ``count`` issues lie, read off the line through the points."""
    counts = [number for _, number in points]
    right = min(max(1, bisect_right(counts, count)), len(points) - 1)
    (t0, n0), (t1, n1) = points[right - 1], points[right]
    if n1 <= n0:
        return t0
    return t0 + (t1 - t0) * (count - n0) // (n1 - n0)
