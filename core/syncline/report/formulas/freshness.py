"""M25: how fresh the sources are, and how much of what a section needs is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction


@dataclass(frozen=True)
class Source:
    """One source as of the report; ``succeeded_at`` is None where no sync of it ever did."""

    name: str
    succeeded_at: datetime | None
    rows_changed: int = 0
    errors: int = 0


@dataclass(frozen=True)
class Freshness:
    """``age`` since the last success, None where there is none. ``stale``: older than its limit, or never."""

    name: str
    age: timedelta | None
    limit: timedelta
    stale: bool
    rows_changed: int
    errors: int


def freshness(source: Source, as_of: datetime, limit: timedelta) -> Freshness:
    """M25: the age of a source's last successful sync as elapsed time; just as old as its limit is still fresh."""
    age = None if source.succeeded_at is None else max(as_of - source.succeeded_at, timedelta(0))
    stale = age is None or age > limit
    return Freshness(source.name, age, limit, stale, source.rows_changed, source.errors)


@dataclass(frozen=True)
class Coverage:
    """``have`` of ``items`` items have the data a section needs. ``share`` is None where there are no items."""

    section: str
    have: int
    items: int

    @property
    def share(self) -> Fraction | None:
        """M25: have ÷ items, 0 to 1."""
        return Fraction(self.have, self.items) if self.items else None


def coverage(section: str, items: Mapping[str, bool]) -> Coverage:
    """M25: how many items, by id, have the data that a section needs."""
    return Coverage(section, sum(items.values()), len(items))


def bad(
    sources: Iterable[Freshness], sections: Iterable[Coverage], enough: Fraction = Fraction(1, 2)
) -> bool:
    """M25: whether this belongs at the top of the report: a stale source, an error, or a section half empty."""
    stale = any(source.stale or source.errors for source in sources)
    return stale or any(one.share is not None and one.share < enough for one in sections)
