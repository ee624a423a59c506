"""Where streams and their walks stand.

A *stream* row says what has been covered (scope, since) and where the next walk starts (mark). A *walk* row is an
unfinished walk; it moves with every page and is deleted with the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from syncline.connector import Cursor, Stream
from syncline.store import tables


class Purpose(StrEnum):
    """Why a walk was opened."""

    FIRST = "first"
    BACKFILL = "backfill"
    INCREMENT = "increment"


@dataclass(frozen=True)
class Standing:
    """What is known of a stream. ``scope`` is None until its first pull has ended."""

    id: int
    scope: frozenset[str] | None
    selection: str | None
    since: datetime | None
    mark: str | None
    census_at: datetime | None


@dataclass(frozen=True)
class Walk:
    """An unfinished walk."""

    id: int
    stream_id: int
    purpose: Purpose
    scope: frozenset[str]
    selection: str
    since: datetime | None
    until: datetime | None
    cursor: Cursor
    mark_before: str | None

    def of(self, stream: Stream) -> Stream:
        """The part of ``stream`` that this walk covers."""
        return stream.narrowed(self.scope, self.since, self.until)


def standing(connection: Connection, connection_id: int, name: str) -> Standing:
    """The row of a stream, made where there is none."""
    wanted = {"connection": connection_id, "name": name}
    row = connection.execute(_STANDING, wanted).one_or_none()
    if row is None:
        made = {"connection_id": connection_id, "name": name, "complete": False}
        connection.execute(insert(tables.stream), made)
        row = connection.execute(_STANDING, wanted).one()
    scope = None if row.scope is None else frozenset(row.scope)
    return Standing(row.id, scope, row.selection, row.since, row.mark, row.census_at)


_STANDING = select(tables.stream).where(
    tables.stream.c.connection_id == bindparam("connection"), tables.stream.c.name == bindparam("name")
)
"""Made once, as all statements of this page: every stream of every run asks, and making them costs most."""


def open_walks(connection: Connection, stream_id: int) -> list[Walk]:
    """Unfinished walks of a stream, oldest first."""
    return [_walk(row) for row in connection.execute(_OPEN, {"stream": stream_id})]


_OPEN = select(tables.walk).where(tables.walk.c.stream_id == bindparam("stream")).order_by(tables.walk.c.id)


def _walk(row: Row[Any]) -> Walk:
    return Walk(
        id=row.id,
        stream_id=row.stream_id,
        purpose=Purpose(row.purpose),
        scope=frozenset(row.scope),
        selection=row.selection,
        since=row.since,
        until=row.until,
        cursor=Cursor(row.position, row.mark),
        mark_before=row.mark_before,
    )


def start(
    connection: Connection,
    at: Standing,
    purpose: Purpose,
    stream: Stream,
    cursors: Sequence[Cursor],
    now: datetime,
) -> None:
    """Write new walks over ``stream``, one for each cursor.

    ``mark_before`` is where the stream must go on once the walks have ended: the mark that the cursors of a first pull
    share, or the stream's own at the time a backfill begins, so that nothing that changes meanwhile is missed.
    """
    connection.execute(
        insert(tables.walk),
        [
            {
                "stream_id": at.id,
                "purpose": purpose.value,
                "scope": sorted(stream.scope),
                "selection": stream.selection,
                "since": stream.since,
                "until": stream.until,
                "position": cursor.position,
                "mark": cursor.mark,
                "mark_before": cursor.mark if purpose is Purpose.FIRST else at.mark,
                "started_at": now,
            }
            for cursor in cursors
        ],
    )


def advance(connection: Connection, walk: Walk, next_cursor: Cursor) -> None:
    """Move a walk past a page."""
    given = {"walk": walk.id, "position": next_cursor.position, "mark": next_cursor.mark}
    connection.execute(_ADVANCE, given)


_ADVANCE = (
    update(tables.walk)
    .where(tables.walk.c.id == bindparam("walk"))
    .values(position=bindparam("position"), mark=bindparam("mark"))
)


def finish(connection: Connection, walk: Walk, mark: str | None, now: datetime) -> None:
    """End a walk; with the last of its purpose, what it covered counts as covered."""
    connection.execute(_DELETE, {"walk": walk.id})
    same = {"stream": walk.stream_id, "purpose": walk.purpose.value}
    if connection.execute(_LEFT, same).scalar_one():
        return
    values: dict[str, Any] = {"pulled_at": now}
    if walk.purpose is Purpose.INCREMENT:
        # what left the scope is not followed any more: should it return, it is pulled anew
        values |= {"mark": mark, "scope": sorted(walk.scope)}
    elif walk.purpose is Purpose.FIRST:
        values |= {
            "mark": walk.mark_before or mark,
            "scope": sorted(walk.scope),
            "selection": walk.selection,
            "since": walk.since,
        }
    else:
        before = connection.execute(_SCOPE, {"stream": walk.stream_id}).scalar_one()
        covered = sorted(walk.scope.union(before or ()))
        values |= {"mark": walk.mark_before, "scope": covered}
        if walk.until is not None:  # it reached further back; a new element alone does not
            values["since"] = walk.since
    note(connection, walk.stream_id, **values)


_DELETE = delete(tables.walk).where(tables.walk.c.id == bindparam("walk"))
_LEFT = (
    select(func.count())
    .select_from(tables.walk)
    .where(tables.walk.c.stream_id == bindparam("stream"), tables.walk.c.purpose == bindparam("purpose"))
)
_SCOPE = select(tables.stream.c.scope).where(tables.stream.c.id == bindparam("stream"))


def abandon(connection: Connection, walks: Sequence[Walk]) -> None:
    """Give walks up; what they were to bring is found to be uncovered again."""
    for walk in walks:
        connection.execute(_DELETE, {"walk": walk.id})


def note(connection: Connection, stream_id: int, **values: Any) -> None:
    """Set columns of a stream's row."""
    connection.execute(_NOTE, {"stream": stream_id, **values})


_NOTE = update(tables.stream).where(tables.stream.c.id == bindparam("stream"))
"""Sets the columns that it is given values for."""
