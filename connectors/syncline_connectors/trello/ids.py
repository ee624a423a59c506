"""Trello's ids: when a thing was made, and how one that lives inside a card is named.

Check items and attachments can only be asked for through their card, so that their remote id holds both:
``<card>/<item>``. Neither ever moves to another card, so the pair is as immutable as its halves.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

SITE = "trello"
"""There is one Trello."""

_ID = re.compile(r"[0-9a-fA-F]{24}\Z")


def is_id(text: str) -> bool:
    """Whether ``text`` is an id as Trello makes them: 24 hexadecimal digits."""
    return _ID.match(text) is not None


def made_at(number: str) -> datetime | None:
    """When the thing with this id was made: its first eight digits are epoch seconds. None for what is no id."""
    return datetime.fromtimestamp(int(number[:8], 16), UTC) if is_id(number) else None


def within(card: str, number: str) -> str:
    """The remote id of what lives inside a card."""
    return f"{card}/{number}"


def apart(remote_id: str) -> tuple[str, str] | None:
    """Card and own id of what lives inside a card; None for the id of anything else."""
    card, slash, number = remote_id.partition("/")
    return (card, number) if slash and is_id(card) and is_id(number) else None
