"""What an update comes to, seen against the issue as it stands. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from syncline.errors import Invalid
from syncline_connectors.jira.dialect import CLOUD, Dialect
from syncline_connectors.jira.encode import DELTAS, Alias, Encoder, entries
from syncline_connectors.jira.screens import ScreenField

LINKS = frozenset({"relations", "backlinks"})
"""Fields that are no values of the issue: only added to and removed from."""


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
