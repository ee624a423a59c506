"""Short words for what the tests of formulas are about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from syncline.report.formulas.stages import Life, Move, Stage, life

BERLIN = ZoneInfo("Europe/Berlin")
AUCKLAND = ZoneInfo("Pacific/Auckland")
DAY_ONE = date(2026, 3, 2)  # a Monday
FAR = datetime(2100, 1, 1, tzinfo=UTC)


def noon(day: int) -> datetime:
    """Noon, UTC, of the day that is ``day`` days after the first."""
    return datetime(2026, 3, 2, 12, tzinfo=UTC) + timedelta(days=day)


def day(number: int) -> date:
    return DAY_ONE + timedelta(days=number)


def moves(*steps: tuple[int, Stage | None]) -> list[Move]:
    return [Move(noon(at), stage) for at, stage in steps]


def lived(id: str, *steps: tuple[int, Stage | None], as_of: datetime = FAR) -> Life:
    """An item that was created with its first step."""
    return life(id, noon(steps[0][0]), moves(*steps), as_of)
