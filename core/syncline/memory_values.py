"""Values and answers of the in-memory tool: pure functions between its JSON and the common model."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from syncline.errors import InDoubt, Invalid, ProtocolError
from syncline.model import RECORDS, Kind, Model, Record, Text, TextFormat

TITLE = 255
"""Characters the tool takes in a title."""
OURS = {"body": "description"}
THEIRS = {"description": "body"}


def read(kind: Kind, payload: Mapping[str, Any]) -> Record:
    """The record of a payload; raises ValueError. Whatever zone the tool writes times in, records have them in UTC."""
    record = RECORDS[kind].model_validate(plain(payload))
    times = {name: value for name, value in record if isinstance(value, datetime)}
    return record.model_copy(update={name: value.astimezone(UTC) for name, value in times.items()})


def plain(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if not name.startswith("_")}


def heard(answer: str) -> Any:
    """A read's answer; raises ProtocolError where it is damaged: never an empty list."""
    try:
        return json.loads(answer)
    except ValueError:
        raise ProtocolError("memory: damaged JSON") from None


def told(answer: str) -> dict[str, Any]:
    """A write's answer; raises InDoubt where it is damaged, because the write was executed."""
    try:
        payload: dict[str, Any] = json.loads(answer)
    except ValueError:
        raise InDoubt("memory: the write's answer is damaged") from None
    return payload


def ours(error: Invalid) -> str:
    return OURS.get(error.field or "", error.field or "")


def title_of(value: Any) -> str:
    title = " ".join(printable("title", value or "").split())
    if not title or len(title) > TITLE:
        raise Invalid(f"memory: a title has 1 to {TITLE} characters, not {len(title)}", field="title")
    return title


def text_of(field: str, value: Text | None) -> Text | None:
    """Markdown is stored as it is, without blank ends; other formats are converted. An empty text is none."""
    from syncline.text import to_markdown

    if value is None:
        return None
    source = value.source if value.format is TextFormat.MARKDOWN else to_markdown(value).source
    tidy = printable(field, source).strip()
    return Text(format=TextFormat.MARKDOWN, source=tidy) if tidy else None


def word_of(field: str, value: str) -> str:
    """A label holds no blanks here: they become hyphens."""
    word = printable(field, value)
    return "-".join(word.split()) if field == "labels" else word


def printable(field: str, value: str) -> str:
    """Raise Invalid for what no tool can store: NUL, and half a surrogate pair."""
    if "\0" in value or (not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value)):
        raise Invalid(f"memory: {field} holds a character that cannot be stored", field=field)
    return value


def json_of(value: Any) -> Any:
    if isinstance(value, Model):
        return value.model_dump(mode="json")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: json_of(part) for name, part in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [json_of(part) for part in value]
    return value
