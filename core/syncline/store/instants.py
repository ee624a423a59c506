"""Instants as they stand in SQLite: ``2026-11-22T10:00:00.000Z``, so that text order is time order."""

from __future__ import annotations

from datetime import UTC, datetime


def to_text(value: datetime) -> str:
    """An aware instant as it stands in SQLite, cut to milliseconds."""
    try:
        utc = value if value.tzinfo is UTC else value.astimezone(UTC)
    except OverflowError:  # within a day of the calendar's ends
        utc = value.replace(tzinfo=UTC)
    return utc.isoformat("T", "milliseconds")[:23] + "Z"


def from_text(value: str) -> datetime:
    """The inverse of `to_text`."""
    return datetime.fromisoformat(value)
