"""The entries of a roadmap: which records the rules choose, and which of them are one entry in several tools. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from syncline.sync.conditions import Subject, holds

if TYPE_CHECKING:
    from syncline.config.reporting import Roadmap, RoadmapItems

DEFAULT_MATCH = ("url", "title")
SAME_TITLE = 20
"""Records of one title that are looked at; so many are ambiguous anyway."""

_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Candidate:
    """A record that may stand on the roadmap.

    ``number`` is its row id, ``native`` the addresses of its link objects, ``named`` those in its body. ``ended``: its
    status is done or canceled now.
    """

    number: int
    item: str
    kind: str
    connection: str
    level: int
    title: str = ""
    url: str = ""
    container: str | None = None
    teams: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    data: Mapping[str, Any] = field(default_factory=dict)
    words: str = field(default="", repr=False)
    created_at: datetime | None = None
    updated_at: datetime | None = None
    ended: bool = False
    native: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()

    @property
    def subject(self) -> Subject:
        return Subject(self.kind, self.data, self.container, self.people, self.teams, self.words)


@dataclass(frozen=True)
class Root:
    """One entry: ``entry`` is the item of its lead, ``records`` are row ids, the lead first."""

    entry: str
    records: tuple[int, ...]
    committed: bool
    public: bool


@dataclass(frozen=True)
class Roots:
    """``past`` ended long ago. ``doubts`` are (entry, entry, way): what may be one, and may not."""

    entries: tuple[Root, ...]
    past: tuple[Root, ...]
    doubts: tuple[tuple[str, str, str], ...]


def roots(candidates: Iterable[Candidate], roadmap: Roadmap | None, past: datetime) -> Roots:
    """The entries among the candidates, in the order of their items.

    ``past``: an entry that ended and was not changed since this aware instant is history.
    """
    kept = [one for one in candidates if _stands(one, roadmap)]
    clusters, doubts = _clusters(kept, roadmap.match if roadmap else DEFAULT_MATCH)
    order = {name: place for place, name in enumerate((roadmap.target if roadmap else None) or ())}
    made = [(_root(cluster, order, roadmap), cluster) for cluster in clusters]
    made.sort(key=lambda pair: pair[1][0].number)
    old = [root for root, cluster in made if all(_is_past(one, past) for one in cluster)]
    live = [root for root, _ in made if root not in old]
    named = {one.item: root.entry for root, cluster in made for one in cluster}
    return Roots(tuple(live), tuple(old), tuple(sorted((named[a], named[b], way) for a, b, way in doubts)))


def _is_past(one: Candidate, past: datetime) -> bool:
    return one.ended and one.updated_at is not None and one.updated_at < past


def _stands(one: Candidate, roadmap: Roadmap | None) -> bool:
    """Whether a rule chooses it; an initiative only by a rule that names its type.

    Without rules every project, and every epic that belongs to none.
    """
    if roadmap is None:
        return one.level == 1 and not (one.kind == "Issue" and one.data.get("project"))
    return any(_chosen(one, rule) for rule in roadmap.items)


def _chosen(one: Candidate, rule: RoadmapItems) -> bool:
    if rule.from_ != one.connection or (one.kind == "Project" and one.level > 1 and not rule.type):
        return False
    return holds(rule, one.subject)


def _root(cluster: list[Candidate], order: Mapping[str, int], roadmap: Roadmap | None) -> Root:
    cluster.sort(key=lambda one: (order.get(one.connection, len(order)), one.created_at or _LAST, one.number))
    committed = roadmap.committed if roadmap else None
    public = roadmap.public if roadmap else None
    return Root(
        cluster[0].item,
        tuple(one.number for one in cluster),
        any(holds(committed, one.subject) for one in cluster),
        public is not None and any(holds(public, one.subject) for one in cluster),
    )


# ---- one entry in several tools --------------------------------------------------------------------------------------


def _clusters(
    candidates: Sequence[Candidate], ways: Sequence[str]
) -> tuple[list[list[Candidate]], set[tuple[str, str, str]]]:
    """Records of one item are one entry; then what a way finds, if each is the other's only find in its tool."""
    by_item: dict[str, list[Candidate]] = defaultdict(list)
    for one in candidates:
        by_item[one.item].append(one)
    of = {one.number: cluster for cluster in by_item.values() for one in cluster}
    doubts: set[tuple[str, str, str]] = set()
    for way in ways:
        pairs = {(one.number, other.number): (one, other) for one, other in _pairs(candidates, way)}
        found = [pair for _, pair in sorted(pairs.items()) if _free(of, *pair)]
        before = {number: cluster[0].item for number, cluster in of.items()}
        finds: dict[tuple[str, str], set[str]] = defaultdict(set)
        for one, other in found:
            finds[before[one.number], other.connection].add(before[other.number])
            finds[before[other.number], one.connection].add(before[one.number])
        for one, other in found:
            if not _free(of, one, other):
                continue
            alone = len(finds[before[one.number], other.connection]) == 1
            if alone and len(finds[before[other.number], one.connection]) == 1:
                _join(of, of[one.number], of[other.number])
            else:
                doubts.add((one.item, other.item, way))
    clusters = {id(cluster): cluster for cluster in of.values()}
    return list(clusters.values()), doubts


def _free(of: Mapping[int, list[Candidate]], one: Candidate, other: Candidate) -> bool:
    """Whether neither entry has a record of the other's tools yet."""
    theirs = {member.connection for member in of[other.number]}
    return not any(member.connection in theirs for member in of[one.number])


def _join(of: dict[int, list[Candidate]], one: list[Candidate], other: list[Candidate]) -> None:
    one.extend(other)
    for member in other:
        of[member.number] = one


def _pairs(candidates: Sequence[Candidate], way: str) -> Iterator[tuple[Candidate, Candidate]]:
    """Pairs of two tools that a way finds, the one with the lower number first."""
    for one, other in _by_title(candidates) if way == "title" else _by_address(candidates, way):
        if one.connection != other.connection and (max(one.level, 1) == max(other.level, 1)):
            yield (one, other) if one.number < other.number else (other, one)


def _by_title(candidates: Sequence[Candidate]) -> Iterator[tuple[Candidate, Candidate]]:
    titles: dict[str, list[Candidate]] = defaultdict(list)
    for one in candidates:
        titles[" ".join(one.title.casefold().split())].append(one)
    titles.pop("", None)
    for same in titles.values():
        group = same[:SAME_TITLE]
        yield from ((one, other) for place, one in enumerate(group) for other in group[place + 1 :])


def _by_address(candidates: Sequence[Candidate], way: str) -> Iterator[tuple[Candidate, Candidate]]:
    known = {one.url: one for one in candidates if one.url}
    for one in candidates:
        for url in sorted(one.native if way == "native" else one.native | one.named):
            other = next((known[spelt] for spelt in spellings(url) if spelt in known), None)
            if other is not None and other is not one:
                yield one, other


def addresses(words: str) -> set[str]:
    """The addresses that stand in a text."""
    return {found.rstrip(".,;:)]}>\"'") for found in re.findall(r"https?://[^\s<>\"|\\]+", words)}


def spellings(url: str) -> tuple[str, ...]:
    """How a record may know an address: as it is; without what follows ? or #; without a part of the page.

    Linear's addresses of a project go on with the page that was open, as in ``…/project/name/overview``.
    """
    plain = url.partition("#")[0].partition("?")[0].rstrip("/")
    return tuple(dict.fromkeys((url, plain, plain.rpartition("/")[0])))
