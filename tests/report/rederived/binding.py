"""What belongs to what, and what waits for what, derived anew from what is stored."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from .stored import GONE, Stored, at


def parts_of(stored: Stored, names: Mapping[str, str] | None = None) -> set[tuple[str, str]]:
    """Parent and child, as parents, projects and links say; as of the report where that changed later.

    ``names``: what items are called that are one thing with others.
    """
    called = names or {}
    pairs = {pair for row in stored.of("Issue", "Project") for pair in _above(row, stored)}
    for link in stored.links:
        ended = link["until"] is not None and at(link["until"]) <= stored.as_of
        if link["type"] == "part_of" and at(link["at"]) <= stored.as_of and not ended:
            source, target = stored.by_ref[link["source"]], stored.by_ref[link["target"]]
            pairs.add((target["item"], source["item"]))
    found = {(called.get(one, one), called.get(other, other)) for one, other in pairs}
    return {pair for pair in found if pair[0] != pair[1]}


def _above(row: dict[str, Any], stored: Stored) -> Iterator[tuple[str, str]]:
    """What a record says that it is part of."""
    if not there(row, stored.as_of):
        return
    data = json.loads(row["data"])
    then = {}
    for event in reversed(stored.events_of[row["ref"]]):
        if at(event["at"]) > stored.as_of:
            then[event["field"]] = event["old"]
    named = [("Project", one) for one in data.get("parents") or ()]
    if row["kind"] == "Issue":
        parent, project = then.get("parent", row["parent_id"]), then.get("project", data.get("project"))
        named = [("Issue", parent), ("Project", project)]
    for kind, remote_id in named:
        above = stored.by_ref.get(f"{row['site']}:{kind}:{remote_id}")
        if above is not None:
            yield above["item"], row["item"]


def there(row: Mapping[str, Any], as_of: datetime) -> bool:
    if row["created_at"] and at(row["created_at"]) > as_of:
        return False
    return row["absent"] not in GONE or bool(row["absent_at"] and at(row["absent_at"]) > as_of)


def blocking(stored: Stored, names: Mapping[str, str] | None = None) -> dict[tuple[str, str], datetime]:
    """What waits, what it waits for, and since when."""
    called = names or {}
    found: dict[tuple[str, str], datetime] = {}
    for waits, blocker, since in _blocked(stored):
        pair = called.get(waits, waits), called.get(blocker, blocker)
        if since <= stored.as_of and waits != blocker:
            found[pair] = min(since, found.get(pair, since))
    return found


def _blocked(stored: Stored) -> Iterator[tuple[str, str, datetime]]:
    for row in stored.of("Relation"):
        if row["type"] == "blocks" and row["absent"] is None:
            begun = at(row["created_at"] or row["first_seen_at"])
            ends = [_ends(stored, row["site"], row[end]) for end in ("subject_id", "target_id")]
            for blocker in ends[0]:
                for waits in ends[1]:
                    yield waits, blocker, begun
    for link in stored.links:
        over = link["until"] is not None and at(link["until"]) <= stored.as_of
        if link["type"] == "blocks" and not over:
            source, target = stored.by_ref[link["source"]], stored.by_ref[link["target"]]
            yield target["item"], source["item"], at(link["at"])


def _ends(stored: Stored, site: str, remote_id: str) -> list[str]:
    rows = (stored.by_ref.get(f"{site}:{kind}:{remote_id}") for kind in ("Issue", "Project"))
    return [row["item"] for row in rows if row is not None]


def circled(pairs: Iterable[tuple[str, str]]) -> set[str]:
    """What reaches itself, found by going on from each until nothing new is reached."""
    ways: dict[str, set[str]] = {}
    for one, other in pairs:
        ways.setdefault(one, set()).add(other)
    return {one for one in ways if one in reached(ways, one)}


def reached(ways: Mapping[str, set[str]], start: str) -> set[str]:
    """What one gets to in one step or more."""
    found: set[str] = set()
    while new := {ahead for here in found | {start} for ahead in ways.get(here, ())} - found:
        found |= new
    return found
