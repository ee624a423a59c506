"""Facts of a report beside what the second implementation makes of the same database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from syncline.report import Fact

CLOSE = 1e-9


def value(fact: Fact) -> Any:
    """A series by key; a value."""
    return dict(fact.value) if isinstance(fact.value, tuple) else fact.value


def differences(facts: Iterable[Fact], expected: Mapping[str, Any]) -> dict[str, Any]:
    """By name what the report says and what it should say, of a series the keys at which they differ.

    A fact that nobody derives anew differs from everything.
    """
    found = {}
    for fact in facts:
        if fact.name not in expected:
            found[fact.name] = "derived nowhere else"
        elif not same(value(fact), expected[fact.name]):
            found[fact.name] = _apart(value(fact), expected[fact.name])
    return found


def _apart(one: Any, other: Any) -> Any:
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return one, other
    keys = sorted(one.keys() | other.keys())
    missing = "no such key"
    pairs = {key: (one.get(key, missing), other.get(key, missing)) for key in keys}
    return {key: pair for key, pair in pairs.items() if not same(*pair)}


def same(one: Any, other: Any) -> bool:
    """Equal; floats but for a billionth."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, float) or isinstance(other, float):
        return one is not None and other is not None and abs(one - other) <= CLOSE * max(1.0, abs(other))
    return bool(one == other)


def says(found: Any) -> bool:
    """Whether a fact is more than nought or nothing: else it is compared with little."""
    return any(found.values()) if isinstance(found, dict) else bool(found)
