"""What a change of a field comes to, seen against the record as it stands. Pure, and the same for every tool."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from syncline.errors import Unsupported, VendorError, VersionConflict
from syncline.model import Record
from syncline.target import AddRemove, Change, Move, same_value, value_of

if TYPE_CHECKING:
    from syncline.outcomes import Ledger

Stored: TypeAlias = Callable[[str, Any], Any]
"""`syncline.target.Target.stored_form` of the tool."""


_NOTHING: tuple[Any, ...] = (None, [], (), "")


@dataclass(frozen=True)
class Due:
    """A field to be written: the change, what it holds, what it shall hold."""

    change: Change
    now: Any = None
    shall: Any = None


def sift(
    changes: Mapping[str, Change], ledger: Ledger, look: Callable[[str, Change], Due | None]
) -> dict[str, Due]:
    """What has to be written, of which ``look`` says how. What it raises is refused; what needs no write is noted."""
    todo = {}
    for name, change in changes.items():
        try:
            one = look(name, change)
        except VendorError as error:
            ledger.refuse([name], error)
            continue
        if one is None:
            ledger.had.add(name)
        else:
            todo[name] = one
    return todo


def alike(name: str, one: Any, other: Any) -> bool:
    """Whether two values say the same; the order of a list says nothing."""
    if isinstance(one, list) and isinstance(other, list):
        return sorted(map(repr, one)) == sorted(map(repr, other))
    return same_value(name, one, other) or (one in _NOTHING and other in _NOTHING)


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
) -> Due | None:
    """What a field shall hold, None where it does; raises VersionConflict where it holds something unexpected."""
    now = value_of(record, name)
    shall = wanted(name, change, now, stored)
    if alike(name, now, shall):
        return None
    if name in expected and not alike(name, now, expected[name]):
        raise VersionConflict(f"{name} was changed in {tool} meanwhile", hint="the next run plans it anew")
    return Due(change, now, shall)


def linked(name: str, change: Change) -> Due:
    """Links are objects of their own: they are added and removed, and compared when they are."""
    if isinstance(change, AddRemove):
        return Due(change)
    raise Unsupported(f"{name} are only added to and removed from")


def kept(name: str, shall: Any, before: Any, record: Record) -> bool:
    """Whether a write took: tools answer some with success and leave the old value."""
    now = value_of(record, name)
    return alike(name, now, shall) or not alike(name, now, before)
