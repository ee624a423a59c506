"""What belongs to what, and what waits for what, derived anew from what is stored."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from .stored import GONE, Stored, at


def parts_of(stored: Stored) -> set[tuple[str, str]]:
    """Parent and child, as parents, projects and links say; as of the report where that changed later."""
    then = {}
    for event in reversed(stored.events):
        if event["field"] in ("parent", "project") and at(event["at"]) > stored.as_of:
            then[event["ref"], event["field"]] = event["old"]
    found = set()
    for row in stored.of("Issue"):
        if _there(row, stored.as_of):
            data = json.loads(row["data"])
            for field, kind, now in (
                ("parent", "Issue", row["parent_id"]),
                ("project", "Project", data.get("project")),
            ):
                above = stored.by_ref.get(f"{row['site']}:{kind}:{then.get((row['ref'], field), now)}")
                found.add((above["item"], row["item"]) if above else None)
    for link in stored.links:
        ended = link["until"] is not None and at(link["until"]) <= stored.as_of
        if link["type"] == "part_of" and at(link["at"]) <= stored.as_of and not ended:
            source, target = stored.by_ref[link["source"]], stored.by_ref[link["target"]]
            found.add((target["item"], source["item"]))
    return {pair for pair in found if pair and pair[0] != pair[1]}


def _there(row: dict[str, Any], as_of: datetime) -> bool:
    if row["created_at"] and at(row["created_at"]) > as_of:
        return False
    return row["absent"] not in GONE or bool(row["absent_at"] and at(row["absent_at"]) > as_of)


def blocking(stored: Stored) -> set[tuple[str, str]]:
    """What waits, and what it waits for."""
    found = set()
    for row in stored.of("Relation"):
        begun = at(row["created_at"] or row["first_seen_at"])
        ends = [stored.by_ref.get(f"{row['site']}:Issue:{row[end]}") for end in ("subject_id", "target_id")]
        if row["type"] == "blocks" and row["absent"] is None and begun <= stored.as_of and all(ends):
            found.add((ends[1]["item"], ends[0]["item"]))  # type: ignore[index]
    return {pair for pair in found if pair[0] != pair[1]}


def circled(pairs: set[tuple[str, str]]) -> set[str]:
    """What reaches itself, found by joining ways until no new one comes of it."""
    ways = set(pairs)
    while new := {(a, d) for a, b in ways for c, d in pairs if b == c} - ways:
        ways |= new
    return {one for one, other in ways if one == other}
