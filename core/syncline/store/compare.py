"""What a page says against what the database holds. Only reads."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, TypeGuard, TypeVar

from sqlalchemy import Connection, bindparam, func, select

from syncline.jsontext import NUL_IN_JSON, decode, encode, without_nul
from syncline.model import RECORDS, Kind, Record, Sourced, StatusCategory, Work
from syncline.store.home import Home
from syncline.store.tables import record

T = TypeVar("T")

WORK = frozenset({Kind.ISSUE, Kind.TICKET})
CHUNK = 500
"""How many ids one statement names."""


class Reading(NamedTuple):
    """A record as it will be stored. ``payload`` is what the hash tells apart, ``volatile`` the rest (`split`).

    JSON stays the bytes that were hashed: to make text of it, which the driver makes bytes again, cost 3 % of a pull.
    """

    record: Record
    payload: bytes
    volatile: Mapping[str, Any]
    data: bytes
    hash: bytes

    @property
    def kind(self) -> Kind:
        return self.record.kind

    @property
    def remote_id(self) -> str:
        return self.record.remote_id

    @property
    def container(self) -> str | None:
        return getattr(self.record, "container", None)

    @property
    def updated_at(self) -> datetime | None:
        return self.record.updated_at

    @property
    def mentioned(self) -> Mentioned | None:
        """The status of work; its category is the tool's own unless a resolution may have coloured it."""
        found = self.record
        if not is_work(found):
            return None
        return found.status.id, found.status.name, None if found.resolution else found.status.category

    @property
    def apart(self) -> bytes | None:
        """``volatile`` as it is stored."""
        return encode(self.volatile) if self.volatile else None


class Packed(NamedTuple):
    """A `Reading` on its way between processes, with its ``row`` made: a model takes long to pickle."""

    kind: Kind
    remote_id: str
    container: str | None
    updated_at: datetime | None
    mentioned: Mentioned | None
    payload: bytes
    apart: bytes | None
    data: bytes
    hash: bytes
    row: tuple[Any, ...]

    @property
    def record(self) -> Record:
        """Made anew from its JSON at every call: few are looked at, what is new is only written."""
        return RECORDS[self.kind].model_validate(decode(self.data))


Read = Reading | Packed
Mentioned = tuple[str | None, str, StatusCategory | None]
"""Id, name and category of a native status."""


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


def read_records(home: Home, sourced: Iterable[Sourced]) -> list[Reading]:
    """Serialise and hash; of two readings of one record on a page, the later one counts."""
    latest = {(item.record.kind, item.record.remote_id): item for item in sourced}
    paths = paths_of(home.volatile)
    return [_reading(home, item, paths) for item in latest.values()]


def _reading(home: Home, item: Sourced, paths: Paths) -> Reading:
    found = with_status(home, item.record)
    data = encode(found)
    if NUL_IN_JSON in data:
        found = type(found).model_validate(without_nul(found.model_dump(mode="json")))
        data = encode(found)
    kept, volatile = split(item.payload, paths)
    payload = encode(kept)
    digest = hashlib.blake2b(data, digest_size=16)
    digest.update(payload)
    return Reading(found, payload, volatile, data, digest.digest())


def is_work(found: Record) -> TypeGuard[Work]:
    """Whether a record is an issue or a ticket; asking ``isinstance`` of a model goes through Python code."""
    return _is_work(type(found))


@cache
def _is_work(cls: type[Record]) -> bool:
    return issubclass(cls, Work)


def with_status(home: Home, found: Record) -> Record:
    """The record with its native status read by the connection's map."""
    if not is_work(found):
        return found
    native = found.status
    key = home.container_keys.get(found.container or "")
    case = (native.name, native.id, native.category, native.refinement, key)
    resolved = home.resolved.get(case)
    if resolved is None:
        resolved = home.resolved[case] = home.statuses.resolve(native, key)
    if resolved.category is native.category and resolved.refinement is native.refinement:
        return found
    return found.model_copy(update={"status": resolved})


Paths = dict[str, "Paths | None"]
"""Dotted paths by their heads; None ends a path."""


@cache
def paths_of(dotted: frozenset[str]) -> Paths:
    """``{"a", "b.c"}`` as ``{"a": None, "b": {"c": None}}``."""
    heads: dict[str, set[str]] = {}
    for path in dotted:
        head, _, rest = path.partition(".")
        heads.setdefault(head, set()).add(rest)
    return {head: None if "" in rests else paths_of(frozenset(rests)) for head, rests in heads.items()}


def split(payload: Mapping[str, Any], paths: Paths) -> tuple[dict[str, Any], dict[str, Any]]:
    """``payload`` without some paths, and what stood there; the original is not touched.

    So the greater part is encoded once, to be hashed and to be stored.
    """
    kept, apart = dict(payload), {}
    for head, below in paths.items():
        if head not in kept:
            continue
        if below is None:
            apart[head] = kept.pop(head)
        elif isinstance(kept[head], dict):
            kept[head], found = split(kept[head], below)
            if found:
                apart[head] = found
    return kept, apart


def joined(payload: Mapping[str, Any], apart: Mapping[str, Any] | None) -> dict[str, Any]:
    """The inverse of `split`, but for the order of keys."""
    whole = dict(payload)
    for head, found in (apart or {}).items():
        whole[head] = joined(whole[head], found) if head in whole else found
    return whole


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
