"""Whether a condition of the configuration (``when``) holds for a record. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from syncline.config.when import When
from syncline.sync.values import label_key, raw_field


@dataclass(frozen=True)
class Subject:
    """A record as conditions see it; ``people`` and ``teams`` are the words that fit its assignees and container."""

    kind: str
    data: Mapping[str, Any]
    container: str | None = None
    people: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    words: str = field(default="", repr=False)
    """Title and body, for ``text``."""


def holds(when: When | None, subject: Subject) -> bool:
    """Keys are AND, the values of a list OR; None always holds."""
    if when is None:
        return True
    status = subject.data.get("status") or {}
    tests = (
        _one_of(when.kind, subject.kind),
        _one_of(when.type, subject.data.get("type")),
        _one_of(when.status, status.get("name")),
        _one_of(when.category, status.get("category")),
        _one_of(when.priority, subject.data.get("priority")),
        _one_of(when.container, subject.container),
        _any_of(
            (label_key(one) for one in when.labels or ()), map(label_key, subject.data.get("labels") or ())
        ),
        _any_of((one.casefold() for one in when.assignee or ()), (one.casefold() for one in subject.people)),
        _any_of(when.team or (), subject.teams),
        _any_word(when.text or (), subject.words),
        when.created_after is None or _created(subject.data, when.created_after),
        *(
            _own(values, raw_field(subject.data, name))
            for name, values in (when.__pydantic_extra__ or {}).items()
        ),
        when.not_ is None or not holds(when.not_, subject),
        not when.any_ or any(holds(one, subject) for one in when.any_),
    )
    return all(tests)


def _one_of(wanted: Iterable[Any] | None, found: Any) -> bool:
    given = tuple(wanted or ())
    return not given or found in given


def _any_of(wanted: Iterable[str], found: Iterable[str]) -> bool:
    given = frozenset(wanted)
    return not given or not given.isdisjoint(found)


def _any_word(wanted: Iterable[str], words: str) -> bool:
    given = tuple(wanted)
    return not given or any(one.casefold() in words.casefold() for one in given)


def _created(data: Mapping[str, Any], day: date) -> bool:
    at = data.get("created_at")
    return at is not None and datetime.fromisoformat(at).date() >= day


def _own(wanted: Iterable[Any], found: Any) -> bool:
    held = found if isinstance(found, list) else [found]
    return any(one in held for one in wanted)
