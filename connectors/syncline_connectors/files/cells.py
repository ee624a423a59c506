"""What stands in one cell, read strictly. Pure; raises ValueError with a sentence for the person who keeps the file."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from syncline.config.values import nearest

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_LIKE_A_NUMBER = re.compile(r"[+-]?[\d.,]*\d[\d.,]*")
_INSTANT = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:[Tt ]+(?P<time>\d{2}:\d{2}(?::\d{2})?)(?:[.,](?P<part>\d{1,9}))?"
    r"(?: ?(?P<zone>[Zz]|UTC|GMT|[+-]\d{2}:?\d{2}))?)?"
)
_TWO_WAYS = re.compile(r"\d{1,2}([/.-])\d{1,2}\1\d{2,4}.*")
_YES = {"yes", "true", "1", "y"}
_NO = {"no", "false", "0", "n"}
_LONGEST = 40
"""Characters of a cell that a message shows."""


@dataclass(frozen=True)
class Dialect:
    """How the cells of a connection are written. ``zone`` is meant where a time names none."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    decimal: str = "."
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By company field: what stands in the file, folded, to the company's value."""


def shown(cell: str) -> str:
    """A cell in a message."""
    flat = " ".join(cell.split())
    return f'"{flat}"' if len(flat) <= _LONGEST else f'"{flat[:_LONGEST]}…"'


def number(cell: str, dialect: Dialect) -> float:
    """A plain number: no separators of thousands, one sign for decimals."""
    other = "," if dialect.decimal == "." else "."
    if other in cell:
        hint = "write 3.5, or set `decimal`" if other == "," else 'write 3,5, because decimal = ","'
        raise ValueError(f'{shown(cell)} has a "{other}"; {hint}')
    plain = cell.replace(dialect.decimal, ".")
    if not plain.isascii() or not _NUMBER.fullmatch(plain):
        raise ValueError(f"{shown(cell)} is not a number")
    value = float(plain)
    if not math.isfinite(value):
        raise ValueError(f"{shown(cell)} is too large")
    return value


def whole(cell: str, dialect: Dialect) -> int:
    """A number of things: whole, zero or more."""
    value = number(cell, dialect)
    if value < 0 or value != int(value) or value > 2**53:
        raise ValueError(f"{shown(cell)} is not a whole number of zero or more")
    return int(value)


def measure(cell: str, dialect: Dialect) -> float:
    """A number; a percent sign after it says the unit and is left away: ``31 %`` is 31."""
    return number(cell.removesuffix("%").rstrip(), dialect)


def percent(cell: str, dialect: Dialect) -> float:
    """0 to 100, with or without a percent sign."""
    value = measure(cell, dialect)
    if not 0 <= value <= 100:
        raise ValueError(f"{shown(cell)} is not between 0 and 100")
    return value


def share(cell: str, dialect: Dialect) -> float:
    """A part of one: 0.5, or 50 %."""
    value = percent(cell, dialect) / 100 if cell.endswith("%") else number(cell, dialect)
    if not 0 <= value <= 1:
        raise ValueError(f"{shown(cell)} is not between 0 and 1; a percentage needs its sign: 50 %")
    return value


def day(cell: str) -> date:
    """YYYY-MM-DD; a time after it is not looked at."""
    return _date(_parts(cell).group("day"), cell)


def instant(cell: str, dialect: Dialect) -> datetime:
    """An ISO date or time; a date is its first moment, and no zone means the connection's."""
    parts = _parts(cell)
    clock = time.min
    if parts["time"]:
        try:
            clock = time.fromisoformat(parts["time"])
        except ValueError:
            raise ValueError(f"{shown(cell)} has a time of day that there is not") from None
        clock = clock.replace(microsecond=int((parts["part"] or "0").ljust(6, "0")[:6]))
    found = datetime.combine(_date(parts["day"], cell), clock)
    try:
        return _zoned(found, parts["zone"], dialect).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{shown(cell)} is not a time that there is") from None


def _zoned(found: datetime, zone: str | None, dialect: Dialect) -> datetime:
    if zone is None:
        return found.replace(tzinfo=dialect.zone)
    if zone[0] not in "+-":
        return found.replace(tzinfo=UTC)
    return datetime.strptime(f"2000-01-01 {zone}", "%Y-%m-%d %z").replace(
        found.year, found.month, found.day, found.hour, found.minute, found.second, found.microsecond
    )


def _parts(cell: str) -> re.Match[str]:
    if cell.isascii() and (parts := _INSTANT.fullmatch(cell)):
        return parts
    if _TWO_WAYS.fullmatch(cell):
        raise ValueError(f"{shown(cell)} can be read in two ways; write the date as YYYY-MM-DD")
    raise ValueError(f"{shown(cell)} is not a date; write it as YYYY-MM-DD")


def _date(text: str, cell: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{shown(cell)} is a day that there is not") from None


def flag(cell: str) -> bool:
    """Yes or no."""
    word = cell.casefold()
    if word not in _YES | _NO:
        raise ValueError(f'{shown(cell)} is neither "yes" nor "no"')
    return word in _YES


def word_of(cell: str, words: Mapping[str, str]) -> str:
    """One of a few words, by any of their spellings."""
    found = words.get(cell.casefold())
    if found is None:
        raise ValueError(f"{shown(cell)} is not known here; {nearest(cell, set(words.values()))}")
    return found


def references(cell: str) -> tuple[str, ...]:
    """Keys, refs and URLs, divided by blanks, commas or semicolons; a URL may hold commas and semicolons itself."""
    found: list[str] = []
    for token in cell.split():
        pieces = [token.strip(",;")] if "://" in token else re.split("[,;]", token)
        found += [piece for piece in pieces if piece]
    return tuple(dict.fromkeys(found))


def names(cell: str) -> tuple[str, ...]:
    """Labels, divided by commas or semicolons; they may hold blanks."""
    return tuple(dict.fromkeys(filter(None, (piece.strip() for piece in re.split("[,;]", cell)))))


def company_value(field_name: str, cell: str, dialect: Dialect) -> JsonValue:
    """A value of the company's own field: its configured choice, else a number where it is one, else the text."""
    choices = dialect.choices.get(field_name)
    if choices:
        return word_of(cell, choices)
    bare = cell.removesuffix("%").rstrip()
    if _NUMBER.fullmatch(bare) or _LIKE_A_NUMBER.fullmatch(bare):
        return _tidy(number(bare, dialect))
    return cell


def _tidy(value: float) -> float | int:
    return int(value) if value == int(value) and abs(value) < 2**53 else value
