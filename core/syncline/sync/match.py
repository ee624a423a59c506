"""Which records belong together, and which need a counterpart. Pure.

A record is linked where exactly one candidate is found and that candidate points nowhere else; whatever is ambiguous is
listed for a person and never linked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from syncline.config.sync import Create
from syncline.model import Ref
from syncline.sync.blocks import Block
from syncline.sync.conditions import Subject, holds


@dataclass(frozen=True)
class Loose:
    """A record that a block may join or copy. ``group`` is the one it is in already."""

    number: int
    ref: Ref
    connection: str
    key: str | None
    url: str | None
    title: str | None
    container: str | None
    """Key of its container."""
    data: Mapping[str, Any]
    created_at: datetime | None
    group: int | None = None
    partners: frozenset[str] = frozenset()
    """Connections that its group has a member of."""
    parted: frozenset[str] = frozenset()
    """Connections that it had a counterpart in, which somebody took away: none is made there again."""
    teams: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    words: str = field(default="", repr=False)

    @property
    def subject(self) -> Subject:
        return Subject(self.ref.kind.value, self.data, self.container, self.people, self.teams, self.words)


@dataclass(frozen=True)
class Candidate:
    """A record that may be the counterpart; ``rivals`` are others that claim it in the same way."""

    number: int
    connection: str
    container: str | None
    label: str
    group: int | None = None
    partners: frozenset[str] = frozenset()
    rivals: int = 0
    """How many others of the loose record's connection claim it as well."""


@dataclass(frozen=True)
class Join:
    """Two records that belong together, how that is known, and from what."""

    block: str
    one: int
    other: int
    origin: str
    evidence: str


@dataclass(frozen=True)
class Suggestion:
    """What may belong together: a person must say."""

    block: str
    one: int
    candidates: tuple[int, ...]
    reason: str


@dataclass(frozen=True)
class Make:
    """A counterpart to be made for ``source`` in a container of ``connection``."""

    block: str
    source: int
    connection: str
    container: str
    rule: Create
    marker: str


@dataclass(frozen=True)
class Unplaced:
    """A counterpart that is wanted and cannot be made: ``reason`` says what is missing."""

    block: str
    source: int
    connection: str
    reason: str


Found = Mapping[str, Sequence[Candidate]]
"""Candidates by the way they were found: native, url, title."""


def joined(block: Block, loose: Loose, found: Found) -> Iterator[Join | Suggestion]:
    """What the candidates of one loose record come to, for each of the other connections by itself.

    The ways are tried in the order of the configuration; the first that finds anybody decides.
    """
    for connection in block.between:
        for way in block.config.match:
            able = [
                one for one in found.get(way, ()) if one.connection == connection and _fits(block, loose, one)
            ]
            if able and block.about and loose.connection != block.between[0]:
                yield from _pointing(block, loose, able, way)
                break
            if able:
                yield _judged(block, loose, able, way)
                break


def _pointing(block: Block, loose: Loose, able: Sequence[Candidate], way: str) -> Iterator[Join]:
    """Many may point at one: each that points nowhere else. Of the others, their own side asks."""
    for one in able:
        if not one.rivals and loose.connection not in one.partners:
            yield Join(block.name, loose.number, one.number, way, one.label)


def _judged(block: Block, loose: Loose, able: Sequence[Candidate], way: str) -> Join | Suggestion:
    numbers = tuple(one.number for one in able)
    free = [one for one in able if block.about or loose.connection not in one.partners]
    if not free:
        reason = f"{able[0].label} has a counterpart in {loose.connection} already"
        return Suggestion(block.name, loose.number, numbers, reason)
    if len(able) > 1:
        reason = f"{len(able)} candidates in {able[0].connection} by {way}"
        return Suggestion(block.name, loose.number, numbers, reason)
    if free[0].rivals and not block.about:
        return Suggestion(block.name, loose.number, numbers, f"others claim {free[0].label} by {way}")
    return Join(block.name, loose.number, free[0].number, way, free[0].label)


@dataclass
class Clusters:
    """Records that joins bring together; each cluster becomes a group, or makes one larger."""

    groups: dict[int, int]
    """By record the group that it is in already."""
    members: dict[int, set[int]] = field(default_factory=dict)

    def add(self, join: Join) -> bool:
        """Whether the join brings anything new; False also where it would make one group of two."""
        one, other = self._of(join.one), self._of(join.other)
        if one & other:
            return False
        whole = one | other
        if len({self.groups[number] for number in whole if number in self.groups}) > 1:
            return False
        for number in whole:
            self.members[number] = whole
        return True

    def _of(self, number: int) -> set[int]:
        return self.members.setdefault(number, {number})

    def group_of(self, join: Join, *, about: bool) -> int:
        """The number of the group that a join ends in."""
        whole = self._of(join.one)
        known = [self.groups[number] for number in sorted(whole) if number in self.groups]
        return known[0] if known else join.other if about else min(whole)


def _fits(block: Block, loose: Loose, one: Candidate) -> bool:
    """In another connection of the block, in a container that is paired with this one's."""
    if one.connection == loose.connection or one.connection not in block.between:
        return False
    if one.connection in loose.partners:
        return False
    allowed = block.paired(loose.connection, loose.container, one.connection)
    return allowed is None or one.container in allowed


def counterparts(block: Block, loose: Loose) -> Iterator[Make | Unplaced]:
    """The counterparts that the block's rules want for a record and that it does not have."""
    for rule in block.creates:
        if rule.from_ != loose.connection or rule.to in loose.partners | loose.parted:
            continue
        if not fit_to_copy(block, loose) or not holds(rule.when, loose.subject):
            continue
        container = _place(block, rule, loose)
        if container is None:
            where = f"what stands in {loose.container}" if loose.container else "what stands in no container"
            reason = f"no pair or route names a container of {rule.to} for {where}"
            yield Unplaced(block.name, loose.number, rule.to, reason)
        else:
            marker = marker_of(block.name, loose.ref, rule.to)
            yield Make(block.name, loose.number, rule.to, container, rule, marker)


def fit_to_copy(block: Block, loose: Loose) -> bool:
    """Old records and parts of records are not copied; linked ones count whatever their age."""
    if int(loose.data.get("level") or 0) < 0 or loose.data.get("archived"):
        return False
    return loose.group is not None or not too_old(block.config.since, loose.created_at)


def too_old(since: date | None, created_at: datetime | None) -> bool:
    """Whether an unlinked record was made before the block's ``since``."""
    return since is not None and (created_at is None or created_at.date() < since)


def _place(block: Block, rule: Create, loose: Loose) -> str | None:
    for route in rule.route:
        if holds(route.when, loose.subject):
            return route.container
    if rule.route:
        return None
    paired = block.paired(loose.connection, loose.container, rule.to)
    return paired[0] if paired else None


def marker_of(block: str, source: Ref, connection: str, generation: int = 0) -> str:
    """The same for the same counterpart for ever, so that a lost database finds again what it made."""
    return str(uuid5(NAMESPACE_URL, f"syncline:{block}/{source}/{connection}/{generation}"))
