"""History rows: what a tool tells of its past, and what we notice where it tells nothing."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Connection, bindparam, delete, insert, select

from syncline.connector import Page
from syncline.jsontext import NUL, NUL_SIGN
from syncline.model import Event, Kind, Record, Status
from syncline.store.home import Home
from syncline.store.readings import Read
from syncline.store.tables import status

OBSERVED = (
    "title",
    "type",
    "status",
    "priority",
    "resolution",
    "assignees",
    "labels",
    "container",
    "parent",
    "due_on",
    "start_on",
    "estimate",
    "iterations",
    "releases",
    "flagged",
    "health",
    "released",
    "start_at",
    "end_at",
    "target",
    "current",
)
"""Fields whose changes are noted when two readings differ."""
PLANS = frozenset(
    {Kind.PROJECT, Kind.MILESTONE, Kind.OBJECTIVE, Kind.KEY_RESULT, Kind.RELEASE, Kind.ITERATION}
)
"""Kinds whose changes are noted besides those of work: a roadmap tells what slipped by them."""


def row(item: Event, number: int, now: datetime, seq: int) -> dict[str, Any]:
    """The row of an event that the tool told us of."""
    return {
        "record_id": number,
        "native_id": item.native_id,
        "ordinal": item.ordinal,
        "field": item.field,
        "old": item.old and item.old.replace(NUL, NUL_SIGN),
        "old_name": item.old_name and item.old_name.replace(NUL, NUL_SIGN),
        "new": item.new and item.new.replace(NUL, NUL_SIGN),
        "new_name": item.new_name and item.new_name.replace(NUL, NUL_SIGN),
        "actor": item.actor,
        "at": item.at,
        "at_from": None,
        "seen_at": now,
        "seq": seq,
    }


def point(found: Any, number: int, now: datetime, seq: int) -> dict[str, Any]:
    """The row of one value of a metric: of a `MetricPoint`."""
    return {
        "record_id": number,
        "seq": seq,
        "metric": found.metric,
        "day": found.day,
        "segment": found.segment,
        "value": found.value,
        "count": found.count,
        "complete": found.complete,
        "seen_at": now,
    }


def observed(
    before: Mapping[str, Any],
    after: Record,
    *,
    native: frozenset[str],
    number: int,
    since: datetime,
    now: datetime,
    seq: int,
) -> Iterator[dict[str, Any]]:
    """Rows for the differences between a stored record and a new reading of it.

    ``native`` names the fields whose history the tool itself tells; ``since`` is when the stored reading was made.
    """
    current = after.model_dump(mode="json")
    at = max(since, min(after.updated_at or now, now))
    for ordinal, (name, old, new) in enumerate(_differences(before, current, native)):
        yield {
            "record_id": number,
            "native_id": f"observed:{seq}",
            "ordinal": ordinal,
            "field": name,
            "old": _identity(old),
            "old_name": _name(old),
            "new": _identity(new),
            "new_name": _name(new),
            "actor": None,
            "at": at,
            "at_from": since,
            "seen_at": now,
            "seq": seq,
        }


def _differences(
    before: Mapping[str, Any], after: Mapping[str, Any], native: frozenset[str]
) -> Iterator[tuple[str, Any, Any]]:
    for name in OBSERVED:
        if name in native or name not in after:
            continue
        old, new = before.get(name), after[name]
        if _identity(old) != _identity(new):
            yield name, old, new
    old_fields, new_fields = before.get("fields") or {}, after.get("fields") or {}
    for name in sorted(old_fields.keys() | new_fields.keys()):
        if name not in native and old_fields.get(name) != new_fields.get(name):
            yield name, old_fields.get(name), new_fields.get(name)


def _identity(value: Any) -> str | None:
    """A status by its id, anything else by its value."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Mapping) and "name" in value:
        return str(value.get("id") or value["name"])
    return to_json(value).decode()


def _name(value: Any) -> str | None:
    return value["name"] if isinstance(value, Mapping) and "name" in value else _identity(value)


# ---- native statuses -----------------------------------------------------------------------------------------------


def learn_statuses(connection: Connection, home: Home, page: Page, readings: Sequence[Read]) -> None:
    """See that every native status this page speaks of stands in ``status``; the tool's own list is believed most."""
    listed = {s.id: s for s in page.statuses if s.id}
    named = {s.id: s for s in _mentioned(page, readings, home.learned) if s.id}
    if not listed and not named:
        return
    asked = {"site": home.site, "ids": sorted(named)}
    known = set(connection.execute(_KNOWN, asked).scalars()) if named else set()
    fresh = {key: native for key, native in named.items() if key not in known} | listed
    write_statuses(connection, home, list(fresh.values()))
    home.learned |= named.keys() | listed.keys()


_KNOWN = select(status.c.native_id).where(
    status.c.site == bindparam("site"), status.c.native_id.in_(bindparam("ids", expanding=True))
)


def _mentioned(page: Page, readings: Sequence[Read], learned: Container[str]) -> Iterator[Status]:
    """Statuses of history, which have a name only, and of records, whose resolution may have coloured the category."""
    for item in page.events:
        if item.field == "status":
            for native_id, name in ((item.old, item.old_name), (item.new, item.new_name)):
                if native_id and name and native_id not in learned:
                    yield Status(id=native_id, name=name)
    for found in (reading.mentioned for reading in readings):
        if found is not None and found[0] and found[0] not in learned:
            yield Status(id=found[0], name=found[1], category=found[2])


def write_statuses(connection: Connection, home: Home, wanted: Sequence[Status]) -> None:
    """Write statuses as the map reads them, with a row for every container that reads them its own way."""
    own = [(number, key) for number, key in home.container_keys.items() if key in home.statuses.containers]
    rows = [
        _status_row(home.site, number, native, home.statuses.resolve(native, key))
        for native in wanted
        for number, key in [("", None), *own]
    ]
    if rows:
        connection.execute(_FORGET, [{name: row[name] for name in _IDENTITY} for row in rows])
        connection.execute(insert(status), rows)


_IDENTITY = ("site", "native_id", "container")
_FORGET = delete(status).where(*(status.c[name] == bindparam(name) for name in _IDENTITY))


def _status_row(site: str, container: str, native: Status, read: Status) -> dict[str, Any]:
    return {
        "site": site,
        "native_id": native.id,
        "container": container,
        "name": native.name,
        "vendor_category": native.category,
        "category": read.category,
        "refinement": read.refinement,
    }
