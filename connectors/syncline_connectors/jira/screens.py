"""What Jira's screens let one write: the fields of a creation, of an edit, of a transition.

Pure. Cloud and Data Center describe a field alike, but give a screen as a list here and as an object there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from syncline_connectors.jira.values import Json, identity, mapping, required, rows, text

IMPLIED = frozenset({"project", "issuetype", "reporter"})
"""Fields a creation screen calls required although the request names them anyway, or Jira fills them with us."""


@dataclass(frozen=True)
class Shape:
    """What a field's value looks like: ``schema.type``, ``schema.items`` of a list, ``schema.custom``."""

    type: str = ""
    items: str = ""
    custom: str = ""


@dataclass(frozen=True)
class ScreenField:
    """A field on a screen. ``choices`` are the names it may hold, empty where they are not told."""

    id: str
    name: str
    shape: Shape = Shape()
    required: bool = False
    filled: bool = False
    """Whether Jira fills it by itself where nothing is given."""
    operations: frozenset[str] = frozenset({"set"})
    choices: tuple[str, ...] = ()

    @property
    def must_be_given(self) -> bool:
        return self.required and not self.filled and self.id not in IMPLIED


Screen = Mapping[str, ScreenField]
"""Fields by id."""


def screen_of(fields: object, path: str) -> dict[str, ScreenField]:
    """The screen in an answer; raises ValueError where it makes no sense."""
    if isinstance(fields, dict):
        found = [_field(name, entry, f"{path}.{name}") for name, entry in fields.items()]
    else:
        found = [_field(None, entry, f"{path}[{at}]") for at, entry in enumerate(rows(fields, path))]
    return {entry.id: entry for entry in found}


def _field(name: str | None, entry: object, path: str) -> ScreenField:
    given = required(entry, path)
    schema = mapping(given.get("schema"), f"{path}.schema") or {}
    number = name or identity(given.get("fieldId") or given.get("key"), f"{path}.fieldId")
    return ScreenField(
        id=number,
        name=text(given.get("name"), f"{path}.name") or number,
        shape=Shape(*(str(schema.get(key) or "") for key in ("type", "items", "custom"))),
        required=given.get("required") is True,
        filled=given.get("hasDefaultValue") is True,
        operations=frozenset(map(str, rows(given.get("operations"), f"{path}.operations"))),
        choices=tuple(_choices(rows(given.get("allowedValues"), f"{path}.allowedValues"))),
    )


def _choices(values: Iterable[Any]) -> Iterable[str]:
    """The names of allowed values: options have a value, versions and priorities a name, a few are bare texts."""
    for value in values:
        named = (value.get("value") or value.get("name")) if isinstance(value, dict) else value
        if isinstance(named, str):
            yield named


# ---- what Jira says when it refuses ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """The parts of a refusal: ``fields`` by native field id, ``messages`` about the request as a whole."""

    messages: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def line(self) -> str:
        """Everything in one line."""
        parts = (*self.messages, *(f"{name}: {told}" for name, told in self.fields.items()))
        return " ".join(parts) or "no reason given"


def said(body: object) -> Said:
    """What a refusal says; an answer of another shape says nothing."""
    given: Json = body if isinstance(body, dict) else {}
    fields, messages = given.get("errors"), given.get("errorMessages")
    return Said(
        tuple(_line(entry) for entry in messages) if isinstance(messages, list) else (),
        {_MEANT.get(name, str(name)): _line(told) for name, told in fields.items()}
        if isinstance(fields, dict)
        else {},
    )


_MEANT = {"parentId": "parent"}
"""Fields that refusals call otherwise than the screens: a parent of the wrong level."""


def _line(told: object) -> str:
    from syncline.http.redact import printable

    return " ".join(printable(str(told)).split())[:200]
