"""Which marks are due: what shipped since marking was switched on, and is not marked yet. Pure.

A mark is known by its label and its day in the zone of the charts. Two releases of one name on one day are one mark,
and whoever made it, it is not made again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from pydantic_core import to_json

from syncline.config.marks import Mark as MarkRule
from syncline.sync.guards import Counts
from syncline.sync.wording import filled
from syncline.target import MarkDraft

SAMPLES = 10
"""Marks that a plan shows in words."""
HOUR = timedelta(hours=1)
Key = tuple[str, date]
"""By what a mark is known: its label without case, and its day in the zone of the charts."""


@dataclass(frozen=True)
class Shipped:
    """What is out, as the database has it: a release bears a ``day``, a deployment a moment ``at`` (aware)."""

    number: int
    ref: str
    connection: str
    title: str
    url: str | None = None
    day: date | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Mark:
    """A mark to be made. ``source`` is the record that shipped, ``marker`` what this one is remembered by for good."""

    marker: str
    source: int
    connection: str
    label: str
    at: datetime
    day: date
    details: str
    category: str | None

    @property
    def key(self) -> Key:
        return key_of(self.label, self.day)

    @property
    def draft(self) -> MarkDraft:
        return MarkDraft(self.label, self.at, self.details, self.category)

    def as_json(self) -> dict[str, Any]:
        """As an intent and a saved plan keep it."""
        return asdict(self) | {"at": self.at.isoformat(), "day": self.day.isoformat()}

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Mark:
        """The inverse of `as_json`."""
        return cls(
            **{**kept, "at": datetime.fromisoformat(kept["at"]), "day": date.fromisoformat(kept["day"])}
        )


@dataclass(frozen=True)
class Known:
    """What needs no mark: ``markers`` that were made or looked for already, and ``keys`` of marks that were."""

    markers: frozenset[str] = frozenset()
    keys: frozenset[Key] = frozenset()


@dataclass
class MarkPlan:
    """What shall be done about one block. ``there`` are marks that stand in the charts already, by somebody's hand.

    ``left`` are those that the tool refused lately, with its reason.
    """

    rule: MarkRule
    marks: list[Mark] = field(default_factory=list)
    there: list[tuple[Mark, str]] = field(default_factory=list)
    left: list[tuple[Mark, str]] = field(default_factory=list)
    links: int = 0
    """How many marks were made so far: what the share of a guard is of."""

    @property
    def counts(self) -> Counts:
        return Counts(len(self.marks), 0, 0, self.links)


def key_of(label: str, day: date) -> Key:
    """By what a mark is known."""
    return " ".join(label.split()).casefold(), day


@dataclass(frozen=True)
class Shown:
    """A mark that stands in the charts. ``body`` is its details."""

    remote_id: str
    label: str
    at: datetime
    body: str | None = None

    def same_as(self, mark: Mark, zone: ZoneInfo) -> bool:
        """Whether it is this mark, whoever made it: a tool that counts in hours may have put it a little earlier."""
        label, day = key_of(self.label, self.at.astimezone(zone).date())
        same_day = day == mark.day or timedelta() <= mark.at - self.at < HOUR
        return label == mark.key[0] and same_day


def due(
    rule: MarkRule,
    site: str,
    shipped: Iterable[Shipped],
    *,
    since: Mapping[str, datetime],
    now: datetime,
    zone: ZoneInfo,
    known: Known,
) -> list[Mark]:
    """The marks that are missing at the account ``site``, the earliest first.

    ``since`` says for each connection when it began to be marked; ``zone`` whose days the charts have.
    """
    found: dict[Key, Mark] = {}
    for one in sorted(shipped, key=lambda one: (start_of(one, zone), one.number)):
        if not _in_time(one, since.get(one.connection), now, zone):
            continue
        mark = _mark(rule, site, one, zone)
        if mark.marker not in known.markers and mark.key not in known.keys:
            found.setdefault(mark.key, mark)
    return list(found.values())


def start_of(one: Shipped, zone: ZoneInfo) -> datetime:
    """When a mark begins: a deployment at its moment, a release when its day begins where the charts are."""
    if one.at is not None:
        return one.at.astimezone(zone)
    assert one.day is not None
    return datetime.combine(one.day, time(), zone)


def _in_time(one: Shipped, since: datetime | None, now: datetime, zone: ZoneInfo) -> bool:
    """Whether it shipped since marking began, and not in the future; a release by its day."""
    if since is None:
        return False
    if one.at is not None:
        return since <= one.at <= now
    return one.day is not None and since.astimezone(zone).date() <= one.day <= now.astimezone(zone).date()


def _mark(rule: MarkRule, site: str, one: Shipped, zone: ZoneInfo) -> Mark:
    at = start_of(one, zone)
    label = " ".join(filled(rule.label, {"title": one.title, "connection": one.connection}).split())
    marker = str(uuid5(NAMESPACE_URL, f"syncline:mark/{site}/{one.ref}"))
    details = " ".join(part for part in (f"Shipped in {one.connection}.", one.url) if part)
    return Mark(marker, one.number, one.connection, label, at, one.day or at.date(), details, rule.category)


# ---- in words and in JSON ------------------------------------------------------------------------------------------


def fingerprint(rule: MarkRule) -> str:
    """Of everything that decides what a block's marks are, but for what shipped."""
    return hashlib.blake2b(to_json(rule.model_dump(mode="json")), digest_size=16).hexdigest()


def document(plan: MarkPlan) -> dict[str, Any]:
    """A block's plan as ``plan --json`` shows it and ``plan -o`` saves it."""
    return {
        "block": plan.rule.name,
        "mode": plan.rule.mode,
        "fingerprint": fingerprint(plan.rule),
        "to": plan.rule.to,
        "marks": [mark.as_json() for mark in plan.marks],
        "blocked": [{"label": mark.label, "reason": reason} for mark, reason in plan.left],
    }


def lines(plan: MarkPlan) -> Iterator[str]:
    """A block's plan in words."""
    number = len(plan.marks)
    told = f"{number} mark{'' if number == 1 else 's'}" if number else "nothing to do"
    yield f"{plan.rule.name} ({plan.rule.mode}): {told}"
    for mark in plan.marks[:SAMPLES]:
        yield f"  mark “{mark.label}” in {plan.rule.to} on {mark.day}, shipped in {mark.connection}"
    if number > SAMPLES:
        yield f"  … and {number - SAMPLES} more"
    for mark, reason in plan.left[:SAMPLES]:
        yield f"  blocked “{mark.label}”: {reason}"
