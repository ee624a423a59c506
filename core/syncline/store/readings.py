"""Records as they will be stored: serialised and hashed, beside what is left of their payloads. No database."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, TypeGuard

from syncline.jsontext import NUL_IN_JSON, decode, encode, without_nul
from syncline.model import RECORDS, Kind, Record, Sourced, StatusCategory, Work
from syncline.store.home import Home


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
        # asking a model for what it lacks raises within Python code, and most of what is read are comments
        return getattr(self.record, "container", None) if _has_container(type(self.record)) else None

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
def _has_container(cls: type[Record]) -> bool:
    return "container" in cls.model_fields


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
