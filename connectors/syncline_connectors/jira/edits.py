"""What an update comes to, seen against the issue as it stands. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from syncline.errors import Invalid, Unsupported, VersionConflict
from syncline.model import Issue
from syncline.target import AddRemove, Change, Move, same_value, value_of
from syncline_connectors.jira.dialect import CLOUD, Dialect
from syncline_connectors.jira.encode import DELTAS, Alias, Encoder, entries
from syncline_connectors.jira.screens import ScreenField

LINKS = frozenset({"relations", "backlinks"})
"""Fields that are no values of the issue: only added to and removed from."""


def alike(name: str, one: Any, other: Any) -> bool:
    """Whether two values say the same; the order of a list says nothing."""
    if isinstance(one, list) and isinstance(other, list):
        return sorted(map(repr, one)) == sorted(map(repr, other))
    return same_value(name, one, other) or (one in (None, [], ()) and other in (None, [], ()))


def wanted(name: str, change: Change, now: Any, encoder: Encoder) -> Any:
    """What the field shall hold as reading will show it; raises Invalid or Unsupported."""
    if isinstance(change, Move) != (name == "status"):
        raise Unsupported(f"{name} is not changed by {type(change).__name__}")
    if isinstance(change, Move):
        return encoder.stored(name, change.status)
    if isinstance(change, AddRemove):
        added, gone = (encoder.stored(name, part) or () for part in (change.add, change.remove))
        return encoder.stored(name, _changed(name, now, added, gone))
    return encoder.stored(name, change.value)


def _changed(name: str, now: Any, added: Iterable[Any], gone: Iterable[Any]) -> tuple[Any, ...]:
    if now is not None and not isinstance(now, list | tuple):
        raise Unsupported(f"{name} holds one value, nothing can be added to it")
    kept = [value for value in now or () if value not in gone]
    return (*kept, *(value for value in added if value not in kept))


def due(
    name: str, change: Change, expected: Mapping[str, Any], issue: Issue, encoder: Encoder
) -> tuple[bool, Any]:
    """Whether a field has to be written, and what it shall hold; raises VersionConflict where it is not as expected."""
    now = value_of(issue, name)
    shall = wanted(name, change, now, encoder)
    if alike(name, now, shall):
        return False, shall
    if name in expected and not alike(name, now, expected[name]):
        raise VersionConflict(f"{name} was changed in Jira meanwhile", hint="the next run plans it anew")
    return True, shall


def kept(name: str, shall: Any, before: Any, issue: Issue) -> bool:
    """Whether a write took: Jira answers some with success and leaves the old value (a parent out of its level)."""
    now = value_of(issue, name)
    return alike(name, now, shall) or not alike(name, now, before)


@dataclass
class Edit:
    """One PUT being put together. A native field is in ``fields`` or in ``update``, never in both; ``owners`` gives the
    common name of each."""

    fields: dict[str, Any] = field(default_factory=dict)
    update: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)

    @property
    def names(self) -> set[str]:
        return set(self.owners.values())

    def body(self) -> dict[str, Any]:
        parts: dict[str, Any] = {"fields": self.fields, "update": self.update}
        return {name: part for name, part in parts.items() if part}

    def only(self, names: Iterable[str]) -> Edit:
        """The part of the edit that is about these common names."""
        mine = {native for native, name in self.owners.items() if name in set(names)}
        return Edit(
            {native: value for native, value in self.fields.items() if native in mine},
            {native: value for native, value in self.update.items() if native in mine},
            {native: name for native, name in self.owners.items() if native in mine},
        )

    def put(
        self,
        name: str,
        now: Any,
        shall: Any,
        place: ScreenField,
        *,
        encoder: Encoder,
        alias: Alias,
        dialect: Dialect,
    ) -> None:
        """Add one field: lists by what changes in them, so that words others add meanwhile stay."""
        if name in DELTAS and {"add", "remove"} <= place.operations:
            self.update[place.id] = _delta(name, now or (), shall or ())
        elif name == "parent" and shall is None and place.id == "parent":
            if dialect is not CLOUD:
                raise Invalid("a sub-task of Jira keeps its parent", field="parent")
            self.update[place.id] = [{"set": {"none": True}}]
        else:
            self.fields[place.id] = encoder.json(name, shall, place, alias)
        self.owners[place.id] = name


def _delta(name: str, now: Iterable[str], shall: Iterable[str]) -> list[dict[str, Any]]:
    had, has = set(now), set(shall)
    added = entries(name, sorted(has - had))
    gone = entries(name, sorted(had - has))
    return [*({"add": entry} for entry in added), *({"remove": entry} for entry in gone)]
