"""Values as Trello takes and keeps them. Pure; what cannot be meant raises Invalid, what is not written Unsupported."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from syncline.config.connection import FieldCopy
from syncline.errors import Invalid, Unsupported
from syncline.model import Priority, Text, TextFormat
from syncline_connectors.trello.fields import COMMON, CustomField, FieldMap, priority
from syncline_connectors.trello.values import Json, instant

LONGEST = 16_384
"""Characters of a name, a description, a comment or a label."""
NOON = time(12)
"""The hour of a new due or start date: whoever looks, from Hawaii to Fiji, sees the same day."""
CLEAR: Mapping[str, Any] = {"value": "", "idValue": ""}
"""What empties a custom field."""


class Encoder:
    """Writes values for one connection. ``configured`` is its table of fields."""

    def __init__(self, fields: FieldMap, configured: Mapping[str, FieldCopy], zone: ZoneInfo) -> None:
        self._fields = fields
        self._configured = configured
        self._zone = zone

    # ---- what will be read ----

    def stored(self, name: str, value: Any) -> Any:
        """What reading will show once ``value`` was written to ``name``; raises Invalid or Unsupported."""
        if name in self._fields.places:
            return self._custom_stored(name, value)
        if name == "title":
            return title(value)
        if name == "description":
            return description(value)
        if name == "status":
            return line(name, value)
        if name == "labels":
            return tuple(dict.fromkeys(label(word) for word in value or ()))
        if name == "assignees":
            return tuple(dict.fromkeys(line(name, person) for person in value or ()))
        if name in ("due_on", "start_on"):
            return day(name, value)
        if name in COMMON:
            raise Unsupported(
                f"a card of Trello has no {name}",
                hint=f"name a custom field under [connections.NAME.fields]: {name} = …",
            )
        raise Unsupported(f"a card of Trello has no field {name}")

    def _custom_stored(self, name: str, value: Any) -> Any:
        if name == "priority":
            return Priority(value) if value is not None else Priority.NONE
        if value is None or value is False or value == "":
            return None
        if name == "estimate":
            return float(amount(name, value))
        if isinstance(value, bool):
            return True
        if isinstance(value, int | float):
            found = amount(name, value)
            return int(found) if float(found).is_integer() else found
        return line(name, value)

    # ---- what is written ----

    def moment(self, name: str, value: date | None, held: object) -> str | None:
        """A day as the instant that Trello keeps: at the hour it had before, else at noon."""
        found = day(name, value)
        if found is None:
            return None
        before = instant(held, name)
        hour = NOON if before is None else before.astimezone(self._zone).time()
        return written(datetime.combine(found, hour, self._zone))

    def item(self, name: str, value: Any, field: CustomField) -> dict[str, Any]:
        """What a custom field is set to: Trello takes numbers and truth as text, and choices by their id."""
        found = self.stored(name, value)
        if found is None or found is Priority.NONE:
            return dict(CLEAR)
        if field.type == "list":
            return {"idValue": self._option(name, found, field)}
        if isinstance(found, Priority):
            return {"value": {"text": self._native(name, found.value)}}
        return {"value": self._typed(name, found, field)}

    def _typed(self, name: str, value: Any, field: CustomField) -> dict[str, str]:
        if field.type == "number" and not isinstance(value, str | bool):
            return {"number": f"{int(value) if float(value).is_integer() else value}"}
        if field.type == "checkbox" and value is True:
            return {"checked": "true"}
        if field.type == "date" and isinstance(value, str):
            return {"date": self._instant(name, value)}
        if field.type == "text" and isinstance(value, str):
            return {"text": self._native(name, value)}
        raise Invalid(
            f"{name}: the custom field {field.name} takes a {field.type}, not {value!r}", field=name
        )

    def _instant(self, name: str, value: str) -> str:
        try:
            return written(datetime.combine(date.fromisoformat(value), NOON, self._zone))
        except ValueError:
            raise Invalid(f"{name} takes a date such as 2026-12-01", field=name) from None

    def _native(self, name: str, word: str) -> str:
        """The tool's first word for one of the company's."""
        words = self._configured[name].values
        return words[word][0] if word in words else word

    def _option(self, name: str, value: Any, field: CustomField) -> str:
        """The id of a choice; for a priority, the first that means it."""
        if isinstance(value, Priority):
            ours = self._fields.places[name]
            fits = (id_ for id_, word in field.options if priority(ours.word(word)) is value)
        else:
            native = self._native(name, str(value)).casefold()
            fits = (id_ for id_, word in field.options if word.casefold() == native)
        found = next(fits, None)
        if found is None:
            had = ", ".join(word for _, word in field.options) or "none"
            raise Invalid(
                f"{name}: the custom field {field.name} has no choice {str(value)!r}",
                hint=f"its choices are: {had}",
                field=name,
            )
        return found


# ---- single values ---------------------------------------------------------------------------------------------------


def title(value: Any) -> str:
    """A card's name, without blanks at its ends."""
    return line("title", value.strip() if isinstance(value, str) else value)


def label(word: Any) -> str:
    """A label's word, without blanks at its ends."""
    return line("labels", word.strip() if isinstance(word, str) else word)


def description(value: Text | None) -> Text | None:
    """Markdown as it is; other formats through Markdown. An empty text is none."""
    source = None if value is None else markdown("description", value)
    return Text(format=TextFormat.MARKDOWN, source=source) if source else None


def markdown(name: str, value: Text) -> str:
    """The Markdown of a text; raises Invalid where it is too long."""
    if value.format is TextFormat.MARKDOWN:
        return fitting(name, value.source, lines=True)
    from syncline.text import to_markdown

    return fitting(name, to_markdown(value).source, lines=True)


def line(name: str, value: Any) -> str:
    """One line of text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise Invalid(f"{name} takes text", field=name)
    return fitting(name, value)


def fitting(name: str, text: str, *, lines: bool = False) -> str:
    """``text`` if Trello can hold it. Control characters are refused: nobody says what becomes of them."""
    allowed = "\t\n\r" if lines else ""
    if any((char < " " and char not in allowed) or "\ud800" <= char <= "\udfff" for char in text):
        what = "control characters" if lines else "control characters or more than one line"
        raise Invalid(f"{name} holds {what}, which Trello does not keep", field=name)
    if len(text) > LONGEST:
        raise Invalid(
            f"{name} has {len(text):,} characters; Trello takes {LONGEST:,}", hint="shorten it", field=name
        )
    return text


def day(name: str, value: Any) -> date | None:
    if value is None or type(value) is date:
        return value
    raise Invalid(f"{name} takes a date", field=name)


def amount(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Invalid(f"{name} takes a number", field=name)
    return value


def written(moment: datetime) -> str:
    """A time as Trello writes it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"


def held_at(card: Json, name: str) -> object:
    """The instant that a card keeps for a common field."""
    return card.get({"due_on": "due", "start_on": "start"}[name])
