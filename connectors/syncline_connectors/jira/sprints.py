"""Sprints as issues hold them: lists of objects, the old text form, or Agile's ``sprint`` and ``closedSprints``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from syncline_connectors.jira.values import Json, identity, mapping, rows, wrong

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
        if isinstance(entry, str):
            yield where, legacy(entry, where)
        elif isinstance(entry, dict):
            yield where, entry
        else:
            raise wrong(where, "a sprint", entry)


def sprint_ids(fields: Json, names: tuple[str, ...]) -> tuple[str, ...]:
    """Ids of the sprints, in Jira's order, each once."""
    found = (identity(sprint.get("id"), f"{path}.id") for path, sprint in sprints(fields, names))
    return tuple(dict.fromkeys(found))


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
