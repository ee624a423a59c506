"""Sprints as issues hold them: lists of objects, the old text form, or Agile's ``sprint`` and ``closedSprints``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from syncline_connectors.jira.values import Json, each, identity, mapping, rows, wrong

_LEGACY = re.compile(r"greenhopper\.service\.sprint\.Sprint@[0-9a-f]+\[(.*)\]\s*$", re.DOTALL)
_KEY = re.compile(r"(?:^|,)(\w+)=")
_LEGACY_KEYS = {"rapidViewId": "boardId"}


def sprints(fields: Json, names: tuple[str, ...]) -> Iterator[tuple[str, Json]]:
    """``(path, sprint)`` of every sprint an issue is or was in; raises ValueError."""
    for name in names:
        value = fields.get(name)
        if value is not None:
            yield from _listed(value, f"fields.{name}")
    present = mapping(fields.get("sprint"), "fields.sprint")
    if present is not None:
        yield "fields.sprint", present
    yield from _listed(fields.get("closedSprints"), "fields.closedSprints")


def _listed(value: object, path: str) -> Iterator[tuple[str, Json]]:
    for index, entry in enumerate(rows(value, path)):
        where = f"{path}[{index}]"
        yield where, _sprint(entry, where)


def _sprint(entry: object, path: str) -> Json:
    if isinstance(entry, dict):
        return entry
    if isinstance(entry, str):
        return legacy(entry, path)
    raise wrong(path, "a sprint", entry)


def sprint_ids(fields: Json, names: tuple[str, ...]) -> tuple[str, ...]:
    """Ids of the sprints, in Jira's order, each once."""
    found: list[str] = []
    for name in names:
        if fields.get(name) is not None:
            found += each(fields[name], f"fields.{name}", _sprint_id)
    present = mapping(fields.get("sprint"), "fields.sprint")
    if present is not None:
        found.append(identity(present.get("id"), "fields.sprint.id"))
    found += each(fields.get("closedSprints"), "fields.closedSprints", _sprint_id)
    return tuple(dict.fromkeys(found))


def _sprint_id(entry: object) -> str:
    return identity(_sprint(entry, "").get("id"), ".id")


def legacy(text: str, path: str) -> dict[str, Any]:
    """``…Sprint@1f[id=1,rapidViewId=2,state=CLOSED,name=a, b,…]`` as an object; names may hold commas and brackets."""
    match = _LEGACY.search(text)
    if match is None:
        raise ValueError(f"{path}: not a sprint")
    body = match[1]
    keys = list(_KEY.finditer(body))
    ends = [key.start() for key in keys[1:]] + [len(body)]
    found = {
        _LEGACY_KEYS.get(key[1], key[1]): body[key.end() : end] for key, end in zip(keys, ends, strict=True)
    }
    return {name: value for name, value in found.items() if value not in ("", "<null>")}
