"""What a page says against what the database holds. Only reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, bindparam, func, select

from syncline.jsontext import encode
from syncline.model import Kind
from syncline.store.home import Home
from syncline.store.readings import Read
from syncline.store.tables import record

T = TypeVar("T")

WORK = frozenset({Kind.ISSUE, Kind.TICKET})
CHUNK = 500
"""How many ids one statement names."""


class Known(NamedTuple):
    """What the database holds of a record."""

    id: int
    hash: bytes
    absent: str | None
    stream: str | None
    updated_at: datetime | None
    seen_at: datetime
    connection_id: int
    container: str | None


@dataclass(frozen=True)
class Difference:
    """A page against the database."""

    new: Sequence[Read]
    changed: Sequence[tuple[int, Read]]
    returned: Sequence[int]
    completed: Sequence[int]
    """Known in part so far, and in full they are the same."""
    same: Sequence[Read]
    disputed: Sequence[tuple[Read, str]]
    """Work that a rival looks after, with the rival's name: each delivery would turn it over."""
    taken: Sequence[tuple[int, int, Read]]
    """What a junior looked after, with its row and the junior's: from now on this connection does."""
    stale: frozenset[str] = frozenset()
    """Remote ids of work of which an older version was read than is known: nor is believed what hangs on it."""

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.returned or self.taken)


def compare(
    connection: Connection, home: Home, readings: Sequence[Read], wary_since: datetime | None = None
) -> Difference:
    """Which of the records are new, changed, back again or as they were. Only reads.

    An older version than one that was stored since ``wary_since`` is not believed, unless it was absent, nor what came
    with it: a search may still show what was before our own write. Without it every version is: a look at a single
    record shows what is there, also where a tool went back to a backup.
    """
    known = known_records(connection, home.site, readings)
    new: list[Read] = []
    changed: list[tuple[int, Read]] = []
    returned: list[int] = []
    completed: list[int] = []
    same: list[Read] = []
    disputed: list[tuple[Read, str]] = []
    taken: list[tuple[int, int, Read]] = []
    stale = _stale(known, readings, wary_since)
    for item in readings:
        if stale and _hangs_on(item, stale):
            continue
        found = known.get((item.kind, item.remote_id))
        if found is None:
            new.append(item)
            continue
        if found.connection_id in home.juniors and found.absent is None:
            taken.append((found.id, found.connection_id, item))
        elif found.connection_id in home.rivals and _is_shared(item, found):
            disputed.append((item, home.rivals[found.connection_id]))
        if found.absent is not None:
            returned.append(found.id)
        if found.hash != item.hash:
            if item.remote_id not in stale or item.kind not in WORK:
                changed.append((found.id, item))
            continue
        if found.stream is None:
            completed.append(found.id)
        if found.absent is None:
            same.append(item)
    return Difference(new, changed, returned, completed, same, disputed, taken, stale)


def _stale(
    known: Mapping[tuple[Kind, str], Known], readings: Sequence[Read], wary_since: datetime | None
) -> frozenset[str]:
    """The work of which an older version was read than is known for sure."""
    if wary_since is None:
        return frozenset()
    return frozenset(
        item.remote_id
        for item in readings
        if item.kind in WORK
        and (found := known.get((item.kind, item.remote_id))) is not None
        and found.seen_at >= wary_since
        and found.absent is None
        and found.hash != item.hash
        and _older(item, found)
    )


def _hangs_on(item: Read, stale: frozenset[str]) -> bool:
    """Whether it belongs to such work, or leads there: with the older version came an older list of these."""
    if item.kind in WORK:
        return False
    found = item.record
    return not stale.isdisjoint({getattr(found, "subject", None), getattr(found, "target", None)})


def _is_shared(read: Read, known: Known) -> bool:
    """Whether two connections see the work where it is; what moved from one's containers to the other's is not."""
    return read.kind in WORK and known.absent is None and read.container == known.container


def _older(read: Read, known: Known) -> bool:
    """Whether a version was read that is older than what is known, by the tool's own clock."""
    return (
        read.kind in WORK
        and read.updated_at is not None
        and known.updated_at is not None
        and read.updated_at < known.updated_at
    )


def known_records(
    connection: Connection, site: str, readings: Sequence[Read]
) -> dict[tuple[Kind, str], Known]:
    by_kind: dict[Kind, list[str]] = {}
    for item in readings:
        by_kind.setdefault(item.kind, []).append(item.remote_id)
    found: dict[tuple[Kind, str], Known] = {}
    for kind, ids in by_kind.items():
        for row in look_up(connection, _KNOWN, site, kind, ids):
            found[kind, row[0]] = Known(*row[1:])
    return found


def rows_of(*columns: Any) -> tuple[Any, Any]:
    """A query for the records of one site and kind by their ids, for `look_up`; made once, for making it costs most."""
    of_kind = select(*columns).where(record.c.site == bindparam("site"), record.c.kind == bindparam("kind"))
    listed = select(func.json_each(bindparam("ids")).table_valued("value").c.value)
    return (
        of_kind.where(record.c.remote_id.in_(listed)),
        of_kind.where(record.c.remote_id.in_(bindparam("ids", expanding=True))),
    )


def look_up(
    connection: Connection, query: tuple[Any, Any], site: str, kind: Kind, ids: Sequence[str]
) -> Iterator[Any]:
    """The rows of a query of `rows_of`; SQLite takes the ids as one JSON list, which needs no new statement."""
    of_list, expanding = query
    on_sqlite = connection.dialect.name == "sqlite"
    for part in chunks(ids):
        given: Any = encode(part).decode() if on_sqlite else part
        yield from connection.execute(
            of_list if on_sqlite else expanding, {"site": site, "kind": kind.value, "ids": given}
        )


_KNOWN = rows_of(
    record.c.remote_id,
    record.c.id,
    record.c.hash,
    record.c.absent,
    record.c.stream,
    record.c.updated_at,
    record.c.seen_at,
    record.c.connection_id,
    record.c.container,
)


def chunks(ids: Sequence[T], size: int = CHUNK) -> Iterable[Sequence[T]]:
    """Slices small enough for one statement."""
    return (ids[at : at + size] for at in range(0, len(ids), size))
