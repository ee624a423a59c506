"""Single values of Jira's JSON: those of `syncline.jsonvalues`, and users."""

from __future__ import annotations

from syncline.jsonvalues import (
    NUMBER,
    NUMERIC,
    Json,
    day,
    each,
    id_of,
    identity,
    instant,
    mapping,
    millis,
    name_of,
    number,
    required,
    rows,
    text,
    wrong,
)

__all__ = [
    "NUMBER",
    "NUMERIC",
    "Json",
    "day",
    "each",
    "id_of",
    "identity",
    "instant",
    "mapping",
    "millis",
    "name_of",
    "number",
    "person",
    "required",
    "rows",
    "text",
    "wrong",
]


def person(value: object, path: str) -> str | None:
    """The id of a user: Cloud's accountId; key or name in old payloads; None for an anonymous one."""
    if value is None:
        return None
    user = required(value, path)
    found = user.get("accountId")
    if isinstance(found, str) and found:
        return found
    found = found or user.get("key") or user.get("name")
    return None if found is None else identity(found, path, ".accountId")
