"""A value that a person typed for a field, in common terms. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from syncline.model import Priority, TextFormat
from syncline.sync.values import PEOPLE, SETS, Side, Unsaid, Value, label_key, markdown


@dataclass(frozen=True)
class Words:
    """What people may say: statuses by their name in any tool, persons by any word for them (casefolded).

    ``choices`` are the values of the company's fields that have a list of them.
    """

    rows: Mapping[str, int] = field(default_factory=dict)
    persons: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)


def words_of(sides: Iterable[Side]) -> Words:
    """What can be said in a block whose connections speak so."""
    rows: dict[str, int] = {}
    persons: dict[str, str] = {}
    for side in sides:
        rows |= {name: number for name, number in side.rows.items() if name not in rows}
        persons |= words_for(side.persons, side.known_names)
    return Words(rows, persons)


def words_for(persons: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    """Everything that means a person: account, e-mail or name in the company's list, and the name in a tool."""
    found = {names[person].casefold(): person for person in persons.values() if person in names}
    return found | {word.casefold(): person for pair in persons.items() for word, person in _both(pair)}


def _both(pair: tuple[str, str]) -> tuple[tuple[str, str], tuple[str, str]]:
    remote, person = pair
    return (remote, person), (person, person)


def listed(raw: Any) -> list[str]:
    """One word is a list of one."""
    return [str(one) for one in raw] if isinstance(raw, list) else [] if raw in (None, "") else [str(raw)]


def meant(name: str, raw: Any, words: Words) -> Value:
    """What ``raw`` means in a field, in common terms; raises Unsaid, which lists what may be said."""
    if name == "status":
        return _row(raw, words)
    if name == "title":
        return _title(raw)
    if name == "description":
        return markdown(TextFormat.MARKDOWN.value, str(raw)) if raw else None
    if name in PEOPLE:
        return frozenset(_person(one, words) for one in listed(raw))
    if name in SETS:
        return frozenset(label_key(one) for one in listed(raw))
    if name == "priority":
        return _one_of(name, raw, [priority.value for priority in Priority])
    if name in ("due_on", "start_on"):
        return _day(raw)
    if name == "estimate":
        return _number(raw)
    if name in words.choices and raw is not None:
        return _one_of(name, raw, words.choices[name])
    own: Value = tuple(raw) if isinstance(raw, list) else raw
    return own


def _row(raw: Any, words: Words) -> int:
    if raw not in words.rows:
        known = ", ".join(f'"{name}"' for name in words.rows) or "none"
        raise Unsaid(f'no row has a status "{raw}"; those of the rows are {known}')
    return words.rows[raw]


def _title(raw: Any) -> str:
    title = " ".join(str(raw or "").split())
    if not title:
        raise Unsaid("a title has at least one letter")
    return title


def _person(word: str, words: Words) -> str:
    if word.casefold() not in words.persons:
        known = ", ".join(sorted({*words.persons.values()})) or "nobody"
        raise Unsaid(f'nobody is known as "{word}"; known are {known}')
    return words.persons[word.casefold()]


def _one_of(name: str, raw: Any, allowed: Sequence[str]) -> str:
    if raw not in allowed:
        raise Unsaid(f'"{raw}" is no {name}; it is one of {", ".join(allowed)}')
    return str(raw)


def _day(raw: Any) -> str | None:
    if raw in (None, ""):
        return None
    try:
        return date.fromisoformat(str(raw)).isoformat()
    except ValueError:
        raise Unsaid(f'"{raw}" is no day; write it like 2027-01-31') from None


def _number(raw: Any) -> float | None:
    if raw in (None, ""):
        return None
    try:
        return float(raw)
    except (TypeError, ValueError):
        raise Unsaid(f'"{raw}" is no number') from None
