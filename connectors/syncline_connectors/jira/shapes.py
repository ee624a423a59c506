"""One value as Jira's JSON, by the shape of its field: what a person writes in a file, or a company's word, turned
into what the vendor takes. Pure; what cannot be meant raises Invalid, a shape we do not write raises Unsupported.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from syncline.errors import Invalid, Unsupported
from syncline.model import TextFormat
from syncline_connectors.jira.dialect import Dialect
from syncline_connectors.jira.screens import Shape

TEXT = 32_767
"""Characters a text may have: Jira's own default. Cloud counts after its own conversion, in a way it does not tell."""
LINE = 255
"""Characters a summary, a single-line field or a label may have."""

TEXTAREA = ":textarea"
ITEMS: Mapping[str, str] = {
    ":multiselect": "option",
    ":multicheckboxes": "option",
    ":multiuserpicker": "user",
    ":multiversion": "version",
    ":multigrouppicker": "group",
    ":labels": "string",
}
"""What a list holds, by the end of ``schema.custom``; the list of all fields does not always tell."""

_NAMED = {"version", "resolution", "priority", "component", "group", "securitylevel", "issuetype"}


def checked(field: str, text: str, limit: int, *, lines: bool = False) -> str:
    """``text`` if Jira can hold it. Control characters are refused: Jira drops or mangles them."""
    allowed = "\t\n\r" if lines else "\t"
    if any((char < " " and char not in allowed) or "\ud800" <= char <= "\udfff" for char in text):
        what = "control characters" if lines else "control characters or more than one line"
        raise Invalid(f"{field} holds {what}, which Jira does not keep", field=field)
    if len(text) > limit:
        raise Invalid(
            f"{field} has {len(text):,} characters; Jira takes {limit:,}", hint="shorten it", field=field
        )
    return text


def label(field: str, value: object) -> str:
    """A label as Jira can hold it: one word, so that blanks become underscores."""
    if not isinstance(value, str) or not value.strip():
        raise Invalid(f"{field}: {value!r} is no label", field=field)
    return checked(field, "_".join(value.split()), LINE)


def shaped(field: str, value: Any, shape: Shape, dialect: Dialect) -> Any:
    """``value`` as JSON of that shape; None clears. ``field`` is named in errors."""
    if value is None:
        return None
    if shape.type == "array":
        return [_one(field, entry, _items(field, shape), shape, dialect) for entry in _several(value)]
    return _one(field, value, shape.type, shape, dialect)


def _several(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _items(field: str, shape: Shape) -> str:
    found = next((items for end, items in ITEMS.items() if shape.custom.endswith(end)), shape.items)
    if not found:
        raise _no_way(field, shape)
    return found


def _one(field: str, value: Any, kind: str, shape: Shape, dialect: Dialect) -> Any:
    if kind == "number":
        return number(field, value)
    if not isinstance(value, str) or not value.strip():
        raise Invalid(f"{field} takes text, and {type(value).__name__} was given", field=field)
    if kind == "string":
        return _text(field, value, shape, dialect)
    if kind == "user":
        return {dialect.person: value}
    if kind in _NAMED:
        return {"name": value}
    make = _MAKERS.get(kind)
    if make is None:
        raise _no_way(field, shape)
    return make(field, value)


def _no_way(field: str, shape: Shape) -> Unsupported:
    return Unsupported(
        f"{field}: fields of the type {shape.custom or shape.type or 'unknown'} are not written"
    )


def _text(field: str, value: str, shape: Shape, dialect: Dialect) -> Any:
    if shape.custom.endswith(TEXTAREA):
        checked(field, value, TEXT, lines=True)
        return paragraphs(value) if dialect.text is TextFormat.ADF else value
    return label(field, value) if shape.type == "array" else checked(field, value, LINE)


def paragraphs(value: str) -> dict[str, Any]:
    """Plain text as a document, a paragraph for each line that says something."""
    lines = [line for line in value.splitlines() if line.strip()]
    content = [{"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in lines]
    return {"version": 1, "type": "doc", "content": content}


def number(field: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Invalid(f"{field} takes a number", field=field)
    return value


def _day(field: str, value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise Invalid(f"{field} takes a date such as 2026-12-01", field=field) from None


def _instant(field: str, value: str) -> str:
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Invalid(f"{field} takes a time with a zone such as 2026-12-01T09:00:00+01:00", field=field)
    return f"{found.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{found.microsecond // 1000:03}+0000"


def _cascade(field: str, value: str) -> dict[str, Any]:
    """``Europe / Lisbon``: an option and one below it, written as they are read."""
    first, slash, second = value.partition(" / ")
    return {"value": first, "child": {"value": second}} if slash else {"value": first}


_MAKERS: Mapping[str, Callable[[str, str], Any]] = {
    "date": _day,
    "datetime": _instant,
    "option": lambda field, value: {"value": value},
    "option-with-child": _cascade,
    "project": lambda field, value: {"key": value},
}
