"""Custom fields: every board defines its own, so that one of the company's fields may have an id for each board.

A card tells only ids: of the field, and of the option chosen. `resolved` adds what they are called and of which type
they are, so that a stored card can be read again without asking.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from syncline.config.connection import FieldCopy
from syncline.model import Priority
from syncline_connectors.trello.values import Json, day_in, identity, mapping, number, required, rows, text

MEANING = "_field"
"""The key under which a card's custom field item says what it is. Not the vendor's."""
COMMON = ("estimate", "priority")
"""Common fields that a custom field may hold."""

PRIORITIES: Mapping[str, Priority] = {
    "urgent": Priority.URGENT,
    "highest": Priority.URGENT,
    "critical": Priority.URGENT,
    "blocker": Priority.URGENT,
    "p0": Priority.URGENT,
    "high": Priority.HIGH,
    "major": Priority.HIGH,
    "p1": Priority.HIGH,
    "medium": Priority.MEDIUM,
    "normal": Priority.MEDIUM,
    "p2": Priority.MEDIUM,
    "low": Priority.LOW,
    "lowest": Priority.LOW,
    "minor": Priority.LOW,
    "p3": Priority.LOW,
    "p4": Priority.LOW,
}
"""Names of priorities, after those that ``values`` of the configuration gives; one not listed is read as none."""


@dataclass(frozen=True)
class CustomField:
    """A custom field of one board. ``options`` are ids and names of its choices, in their order."""

    id: str
    name: str
    type: str
    options: tuple[tuple[str, str], ...] = ()

    def option(self, number: str) -> str | None:
        return next((name for id_, name in self.options if id_ == number), None)


def parse_fields(value: object) -> tuple[CustomField, ...]:
    """The custom fields of a board; raises ValueError."""
    return tuple(
        _field(required(entry, f"customFields[{at}]")) for at, entry in enumerate(rows(value, "customFields"))
    )


def _field(entry: Json) -> CustomField:
    options = [required(option, "options") for option in rows(entry.get("options"), "options")]
    return CustomField(
        identity(entry.get("id"), "customField.id"),
        text(entry.get("name"), "customField.name") or "",
        text(entry.get("type"), "customField.type") or "",
        tuple((identity(one.get("id"), "option.id"), _name(one)) for one in options),
    )


def _name(option: Json) -> str:
    return text((mapping(option.get("value"), "option.value") or {}).get("text"), "option.value.text") or ""


def resolved(item: Json, known: Mapping[str, CustomField]) -> dict[str, object]:
    """A card's custom field item with what it is; one of a field that is not known stays as it is."""
    found = known.get(str(item.get("idCustomField")))
    if found is None:
        return dict(item)
    meaning = {"name": found.name, "type": found.type}
    if item.get("idValue") is not None:
        meaning["option"] = found.option(str(item["idValue"])) or ""
    return {**item, MEANING: meaning}


@dataclass(frozen=True)
class Place:
    """Where the configuration says that a field is kept: by id or name, with the company's word for each of its own."""

    wanted: str
    words: Mapping[str, str] = field(default_factory=dict)

    def fits(self, id_: str, name: str) -> bool:
        return self.wanted == id_ or self.wanted.casefold() == name.casefold()

    def word(self, native: str) -> str:
        """The company's word; a value that nobody mapped stays as it is."""
        return self.words.get(native.casefold(), native)


class FieldMap:
    """Which custom field holds what, by the configuration."""

    def __init__(self, configured: Mapping[str, FieldCopy], zone: ZoneInfo) -> None:
        self.places = {name: Place(copy.field, _words(copy)) for name, copy in configured.items()}
        self._zone = zone

    def of(self, id_: str, name: str) -> str | None:
        """The common or company name that a custom field stands for."""
        return next((ours for ours, place in self.places.items() if place.fits(id_, name)), None)

    def on(self, name: str, fields: Iterable[CustomField]) -> CustomField | None:
        """The field of a board that holds ``name``."""
        place = self.places.get(name)
        return next((one for one in fields if place is not None and place.fits(one.id, one.name)), None)

    def unknown(self, fields: Iterable[CustomField]) -> list[str]:
        """What the configuration names and none of ``fields`` is."""
        there = list(fields)
        return [place.wanted for name, place in self.places.items() if self.on(name, there) is None]

    def read(self, items: Sequence[object]) -> dict[str, JsonValue]:
        """What a card holds in the fields that are configured, in the company's words; raises ValueError."""
        found: dict[str, JsonValue] = {}
        for at, entry in enumerate(items):
            item = required(entry, f"customFieldItems[{at}]")
            meaning = mapping(item.get(MEANING), f"customFieldItems[{at}].{MEANING}")
            if meaning is None:
                continue
            name = self.of(str(item.get("idCustomField")), str(meaning.get("name")))
            if name is None or name in found:
                continue
            value = self._value(item, meaning, f"customFieldItems[{at}]")
            if value is not None:
                found[name] = self.places[name].word(value) if isinstance(value, str) else value
        return found

    def _value(self, item: Json, meaning: Json, path: str) -> JsonValue:
        if item.get("idValue") is not None:
            return text(meaning.get("option"), path) or None
        value = mapping(item.get("value"), f"{path}.value")
        return None if value is None else native_value(value, self._zone, path)


def native_value(value: Json, zone: ZoneInfo, path: str) -> JsonValue:
    """What a ``value`` object says: Trello writes numbers and truth as text."""
    if "number" in value:
        found = number(value["number"], f"{path}.number")
        return int(found) if found is not None and found.is_integer() else found
    if "checked" in value:
        return str(value["checked"]).casefold() == "true"
    if "date" in value:
        day = day_in(zone, value["date"], f"{path}.date")
        return None if day is None else day.isoformat()
    return text(value.get("text"), f"{path}.text") or None


def _words(copy: FieldCopy) -> dict[str, str]:
    return {native.casefold(): ours for ours, natives in copy.values.items() for native in natives}


def priority(value: JsonValue) -> Priority:
    """The common priority of a word, ours or the board's."""
    word = str(value).strip().casefold()
    return PRIORITIES.get(word) or (Priority(word) if word in set(Priority) else Priority.NONE)
