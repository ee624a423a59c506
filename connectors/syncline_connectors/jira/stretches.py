"""Dividing a first pull into stretches of time that hold about equally many issues."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace

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

    At most ``parts`` // 2 + 3 requests.
    Counts only decide where to cut: stretches that join each other miss nothing, however wrong the counts are.
    """
    if parts < 2:
        return [Cursor()]
    projects = stream.scope - {EVERYTHING}
    try:
        total = api.count(jql.bounded(projects, extra, whole.since, whole.until))
        if total < FEW:
            return [Cursor()]
        first, latest = api.http.together(
            lambda: _updated_first(api, jql.bounded(projects, extra, whole.since, whole.until, jql.BY_TIME)),
            lambda: _updated_first(api, jql.bounded(projects, extra, whole.since, whole.until, jql.LATEST)),
        )
        if first is None or latest is None:
            return [Cursor()]
        # as late as what is there, so that a quiet site's next walk sees at least one issue again; never beyond now
        mark = min(latest, whole.started or latest)
        end = min(mark, whole.until or mark)

        def before(time: int) -> int:
            return api.count(jql.bounded(projects, extra, whole.since, time))

        cuts = boundaries((first, 0), (end, total), parts, before)
    except Invalid:
        return [Cursor()]  # the walk itself will tell what is wrong
    return _cursors(replace(whole, mark=mark), cuts, str(mark))


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


def boundaries(first: Point, last: Point, parts: int, before: Callable[[int], int]) -> list[int]:
    """``parts`` - 1 ascending times that cut the issues into about equal parts.

    Every other one is asked for by ``before``, what lies between is read off the line: a request more costs a page.
    """
    points = [first, last]
    total = last[1]
    for part in range(2, parts, 2) if parts > 3 else range(1, parts):
        guess = _time_at(points, total * part // parts)
        if guess not in [time for time, _ in points]:
            points.append((guess, max(0, min(total, before(guess)))))
            points.sort()
    cuts = {_time_at(points, total * part // parts) for part in range(1, parts)}
    return sorted(cut for cut in cuts if first[0] < cut < last[0])


def _time_at(points: Sequence[Point], count: int) -> int:
    """The time before which ``count`` issues lie, read off the line through the points."""
    counts = [number for _, number in points]
    right = min(max(1, bisect_right(counts, count)), len(points) - 1)
    (t0, n0), (t1, n1) = points[right - 1], points[right]
    if n1 <= n0:
        return t0
    return t0 + (t1 - t0) * (count - n0) // (n1 - n0)
