"""Reading single JSON values strictly: what is impossible raises ValueError and names its path.

Where a place must be put together it is given in two parts, ``path`` and ``below``, which are joined only to be told:
millions of values are read for one that is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, TypeVar

T = TypeVar("T")

Json = Mapping[str, Any]
NUMBER, NUMERIC = (int, float), (str, int, float)

_SECONDS_END = 10**11
"""Epoch numbers below this are seconds (until the year 5138), above it milliseconds."""


def wrong(path: str, expected: str, value: object) -> ValueError:
    """The error for a value of an impossible type; it never repeats the value, which may be private."""
    return ValueError(f"{path}: expected {expected}, found {type(value).__name__}")


def instant(value: object, path: str) -> datetime | None:
    """An aware UTC time from ``2026-11-22T10:00:00.000+0100``, ``…Z``, or an epoch number."""
    if value is None:
        return None
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(value)
            if found.tzinfo is not None:
                return found if found.tzinfo is UTC else found.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise ValueError(f"{path}: not a time with a zone")
    if isinstance(value, NUMBER) and not isinstance(value, bool):
        return _from_epoch(value, path)
    raise wrong(path, "a time", value)


def _from_epoch(value: float, path: str) -> datetime:
    try:
        return datetime.fromtimestamp(value if abs(value) < _SECONDS_END else value / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"{path}: not a time") from None


def millis(found: datetime) -> int:
    """Milliseconds since the epoch."""
    return int(found.timestamp() * 1000)


def day(value: object, path: str) -> date | None:
    """A date without a zone, from ``2026-12-01``."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise wrong(path, "a date", value)
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        raise ValueError(f"{path}: not a date") from None


def text(value: object, path: str, below: str = "") -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise wrong(path + below, "text", value)


def name_of(value: object, path: str) -> str | None:
    """The ``name`` of an object; None where there is neither."""
    return None if value is None else text(required(value, path).get("name"), path, ".name")


def identity(value: object, path: str, below: str = "") -> str:
    """An id, which some vendors write as text, some as a number, and some as both."""
    if isinstance(value, str) and value:
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise wrong(path + below, "an id", value)


def mapping(value: object, path: str, below: str = "") -> Json | None:
    if value is None or isinstance(value, dict):
        return value
    raise wrong(path + below, "an object", value)


def required(value: object, path: str, below: str = "") -> Json:
    if isinstance(value, dict):
        return value
    raise wrong(path + below, "an object", value)


def rows(value: object, path: str, below: str = "") -> list[Any]:
    """A list; null is an empty one."""
    if value is None:
        return []
    if isinstance(value, list):
        return value
    raise wrong(path + below, "a list", value)


def each(value: object, path: str, read: Callable[[Any], T]) -> list[T]:
    """What ``read`` makes of every entry of a list; its errors name a place inside the entry."""
    if value is None:
        return []
    entries = rows(value, path)
    found: list[T] = []
    try:
        for entry in entries:
            found.append(read(entry))  # noqa: PERF401 - how many were read tells which is wrong
    except ValueError as error:
        raise ValueError(f"{path}[{len(found)}]{error}") from None
    return found


def id_of(entry: object) -> str:
    """The id of an object in a list, for `each`."""
    return identity(required(entry, "").get("id"), ".id")


def number(value: object, path: str) -> float | None:
    """A finite number, also where the vendor writes it as text; empty text is none."""
    if value is None or value == "":
        return None
    if isinstance(value, NUMERIC) and not isinstance(value, bool):
        try:
            found = float(value)
        except (ValueError, OverflowError):
            raise ValueError(f"{path}: not a number") from None
        if math.isfinite(found):
            return found
    raise wrong(path, "a number", value)
