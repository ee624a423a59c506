"""What a change of a field comes to, seen against the record as it stands. Pure, and the same for every tool."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from syncline.errors import Unsupported, VersionConflict
from syncline.model import Record
from syncline.target import AddRemove, Change, Move, same_value, value_of

Stored: TypeAlias = Callable[[str, Any], Any]
"""`syncline.target.Target.stored_form` of the tool."""


def alike(name: str, one: Any, other: Any) -> bool:
    """Whether two values say the same; the order of a list says nothing."""
    if isinstance(one, list) and isinstance(other, list):
        return sorted(map(repr, one)) == sorted(map(repr, other))
    return same_value(name, one, other) or (one in (None, [], ()) and other in (None, [], ()))


def wanted(name: str, change: Change, now: Any, stored: Stored) -> Any:
    """What the field shall hold as reading will show it; raises Invalid or Unsupported."""
    if isinstance(change, Move) != (name == "status"):
        raise Unsupported(f"{name} is not changed by {type(change).__name__}")
    if isinstance(change, Move):
        return stored(name, change.status)
    if isinstance(change, AddRemove):
        added, gone = (stored(name, part) or () for part in (change.add, change.remove))
        return stored(name, _changed(name, now, added, gone))
    return stored(name, change.value)


def _changed(name: str, now: Any, added: Iterable[Any], gone: Iterable[Any]) -> tuple[Any, ...]:
    if now is not None and not isinstance(now, list | tuple):
        raise Unsupported(f"{name} holds one value, nothing can be added to it")
    kept_ = [value for value in now or () if value not in gone]
    return (*kept_, *(value for value in added if value not in kept_))


def due(
    name: str, change: Change, expected: Mapping[str, Any], record: Record, stored: Stored, tool: str
) -> tuple[bool, Any]:
    """Whether a field has to be written, and what it shall hold; raises VersionConflict where it is not as expected."""
    now = value_of(record, name)
    shall = wanted(name, change, now, stored)
    if alike(name, now, shall):
        return False, shall
    if name in expected and not alike(name, now, expected[name]):
        raise VersionConflict(f"{name} was changed in {tool} meanwhile", hint="the next run plans it anew")
    return True, shall


def kept(name: str, shall: Any, before: Any, record: Record) -> bool:
    """Whether a write took: tools answer some with success and leave the old value."""
    now = value_of(record, name)
    return alike(name, now, shall) or not alike(name, now, before)
