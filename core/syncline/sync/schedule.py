"""Which walks a stream needs: pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from syncline.connector import EVERYTHING, Stream
from syncline.store.walks import Purpose, Standing, Walk

SLACK = timedelta(days=1)
"""A history that starts less than this earlier than what was pulled is not fetched again: "365d" moves every day."""


def walks_needed(stream: Stream, at: Standing, *, full: bool) -> list[tuple[Purpose, Stream]]:
    """The walks that bring a stream up to date, in the order in which they must be walked."""
    if at.scope is None or at.selection != stream.selection or full:
        return [(Purpose.FIRST, stream)]
    return [*((Purpose.BACKFILL, part) for part in backfills(stream, at)), (Purpose.INCREMENT, stream)]


def backfills(stream: Stream, at: Standing) -> list[Stream]:
    """Parts of the stream that no walk has covered: what is new in the scope, and the time before the first pull."""
    parts = []
    added = uncovered(stream.scope, at.scope or frozenset())
    if added:
        parts.append(stream.narrowed(added, stream.since))
    kept = stream.scope - added
    if kept and reaches_further(stream.since, at.since):
        parts.append(stream.narrowed(kept, stream.since, at.since))
    return parts


def uncovered(scope: frozenset[str], covered: frozenset[str]) -> frozenset[str]:
    """The elements of ``scope`` that ``covered`` lacks."""
    return frozenset() if EVERYTHING in covered else scope - covered


def reaches_further(wanted: datetime | None, covered: datetime | None) -> bool:
    """Whether a history from ``wanted`` on (None: all) holds more than one from ``covered`` on."""
    if covered is None:
        return False
    return wanted is None or wanted < covered - SLACK


def reach(wanted: datetime | None, at: Standing) -> datetime | None:
    """How far back a stream goes: what was pulled once stays, though a history of "365d" moves on every day."""
    if at.scope is None:
        return wanted
    return None if wanted is None or at.since is None else min(wanted, at.since)


def is_stale(walk: Walk, stream: Stream) -> bool:
    """Whether an unfinished walk covers what is not wanted any more, or what was chosen otherwise."""
    return walk.selection != stream.selection or bool(uncovered(walk.scope, stream.scope))


def is_due(last: datetime | None, every: timedelta, now: datetime) -> bool:
    """Whether something done every so often must be done now; a time in the future means our clock was wrong."""
    return last is None or last > now or now - last >= every
