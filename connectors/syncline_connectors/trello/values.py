"""Reading Trello's values: those every connector reads, and an instant as the day it falls on."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from syncline.jsonvalues import Json, identity, instant, mapping, millis, number, required, rows, text

__all__ = [
    "Json",
    "day_in",
    "identity",
    "instant",
    "mapping",
    "millis",
    "number",
    "required",
    "rows",
    "text",
]


def day_in(zone: ZoneInfo, value: object, path: str) -> date | None:
    """The day an instant falls on. Trello shows it in the zone of whoever looks; ``zone`` is the one that counts."""
    found = instant(value, path)
    return None if found is None else found.astimezone(zone).date()
