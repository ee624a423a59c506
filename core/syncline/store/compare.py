"""What a page says against what the database holds. Only reads."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, bindparam, select

from syncline.jsontext import NUL_IN_JSON, encode, without_nul
from syncline.model import Kind, Record, Sourced, Work
from syncline.store.database import JsonText
from syncline.store.home import Home
from syncline.store.tables import record

T = TypeVar("T")

CHUNK = 500
"""How many ids one statement names."""


class Reading(NamedTuple):
    """A record as it will be stored."""

    record: Record
    payload: Mapping[str, Any]
    data: str
    hash: bytes


class Known(NamedTuple):
    """What the database holds of a record."""

    id: int
    hash: bytes
    absent: str | None
    stream: str | None


@dataclass(frozen=True)
class Difference:
    """A page against the database."""

    new: Sequence[Reading]
    changed: Sequence[tuple[int, Reading]]
    returned: Sequence[int]
    completed: Sequence[int]
    """Known in part so far, and in full they are the same."""
    same: Sequence[Reading]

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.returned)


def read_records(home: Home, sourced: Iterable[Sourced]) -> list[Reading]:
    """Serialise and hash; of two readings of one record on a page, the later one counts."""
    latest = {(item.record.kind, item.record.remote_id): item for item in sourced}
    return [_reading(home, item) for item in latest.values()]


def _reading(home: Home, item: Sourced) -> Reading:
    found = with_status(home, item.record)
    data = encode(found)
    if NUL_IN_JSON in data:
        found = type(found).model_validate(without_nul(found.model_dump(mode="json")))
        data = encode(found)
    digest = hashlib.blake2b(data, digest_size=16)
    digest.update(encode(without(item.payload, paths_of(home.volatile))))
    return Reading(found, item.payload, JsonText(data.decode()), digest.digest())


def with_status(home: Home, found: Record) -> Record:
    """The record with its native status read by the connection's map."""
    if not isinstance(found, Work):
        return found
    key = home.container_keys.get(found.container or "")
    resolved = home.statuses.resolve(found.status, key)
    return found if resolved == found.status else found.model_copy(update={"status": resolved})


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


def without(payload: Mapping[str, Any], paths: Paths) -> Mapping[str, Any]:
    """``payload`` without some paths; the original is not touched."""
    copy = dict(payload)
    for head, below in paths.items():
        if head not in copy:
            continue
        if below is None:
            del copy[head]
        elif isinstance(copy[head], Mapping):
            copy[head] = without(copy[head], below)
    return copy


def compare(connection: Connection, home: Home, readings: Sequence[Reading]) -> Difference:
    """Which of the records are new, changed, back again or as they were. Only reads."""
    known = known_records(connection, home.site, readings)
    new: list[Reading] = []
    changed: list[tuple[int, Reading]] = []
    returned: list[int] = []
    completed: list[int] = []
    same: list[Reading] = []
    for item in readings:
        found = known.get((item.record.kind, item.record.remote_id))
        if found is None:
            new.append(item)
            continue
        if found.absent is not None:
            returned.append(found.id)
        if found.hash != item.hash:
            changed.append((found.id, item))
            continue
        if found.stream is None:
            completed.append(found.id)
        if found.absent is None:
            same.append(item)
    return Difference(new, changed, returned, completed, same)


def known_records(
    connection: Connection, site: str, readings: Sequence[Reading]
) -> dict[tuple[Kind, str], Known]:
    by_kind: dict[Kind, list[str]] = {}
    for item in readings:
        by_kind.setdefault(item.record.kind, []).append(item.record.remote_id)
    found: dict[tuple[Kind, str], Known] = {}
    for kind, ids in by_kind.items():
        for part in chunks(ids):
            for row in connection.execute(_KNOWN, {"site": site, "kind": kind.value, "ids": part}):
                found[kind, row[0]] = Known(*row[1:])
    return found


def rows_of(*columns: Any) -> Any:
    """A query for the ``ids`` of one ``site`` and ``kind``; made once, for making it costs more than running it."""
    return select(*columns).where(
        record.c.site == bindparam("site"),
        record.c.kind == bindparam("kind"),
        record.c.remote_id.in_(bindparam("ids", expanding=True)),
    )


_KNOWN = rows_of(record.c.remote_id, record.c.id, record.c.hash, record.c.absent, record.c.stream)


def chunks(ids: Sequence[T], size: int = CHUNK) -> Iterable[Sequence[T]]:
    """Slices small enough for one statement."""
    return (ids[at : at + size] for at in range(0, len(ids), size))
