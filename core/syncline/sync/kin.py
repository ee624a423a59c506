"""Which records may belong together, from the database: by the tools' links, by addresses in texts, by titles."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import and_, select

from syncline.model import Kind
from syncline.store.compare import chunks
from syncline.store.leads import WORK
from syncline.store.tables import member, record
from syncline.sync.blocks import Block
from syncline.sync.desk import Desk
from syncline.sync.match import Candidate, Loose

AMBIGUOUS = 3
"""So many records of one title tell as much as any more."""


@dataclass(frozen=True)
class Kin:
    """Looks for counterparts of loose records."""

    desk: Desk

    def candidates(self, block: Block, loose: Sequence[Loose]) -> dict[int, dict[str, list[Candidate]]]:
        """By record and way, who may be its counterpart."""
        found: dict[int, dict[str, list[Candidate]]] = {one.number: {} for one in loose}
        ways = {"native": self._by_link, "url": self._by_text, "title": self._by_title}
        for way in block.config.match:
            pairs = ways[way](block, loose)
            apart = self._apart(block, sorted({number for pair in pairs for number in pair}))
            pairs = {(one, other) for one, other in pairs if other not in apart.get(one, ())}
            others = self._described(block, sorted({number for pair in pairs for number in pair}))
            rivals = Counter(
                (others[one].connection, other) for one, other in pairs if one in others and other in others
            )
            for one, other in sorted(pairs):
                if one in found and other in others:
                    claims = rivals[others[one].connection, other]
                    found[one].setdefault(way, []).append(replace(others[other], rivals=claims - 1))
        return found

    def _apart(self, block: Block, numbers: Sequence[int]) -> dict[int, set[int]]:
        """By record, whom it must not be joined with unless a person says so: those it was parted from, and theirs."""
        parted = self.desk.parted(numbers)
        every = sorted({*parted, *(other for others in parted.values() for other in others)})
        groups = self.desk.groups_of(block, every)
        shared: dict[int, set[int]] = {}
        members = self._in_groups(block, set(groups.values()))
        for number, others in parted.items():
            mine = members.get(groups.get(number, 0), {number})
            theirs = {one for other in others for one in members.get(groups.get(other, 0), {other})}
            for one in mine:
                shared.setdefault(one, set()).update(theirs)
            for one in theirs:
                shared.setdefault(one, set()).update(mine)
        return shared

    def _in_groups(self, block: Block, group_ids: set[int]) -> dict[int, set[int]]:
        found: dict[int, set[int]] = {}
        for part in chunks(sorted(group_ids)):
            rows = self.desk.db.execute(
                select(member.c.group_id, member.c.record_id).where(
                    member.c.block == block.name, member.c.group_id.in_(part)
                )
            )
            for row in rows:
                found.setdefault(row.group_id, set()).add(row.record_id)
        return found

    def _described(self, block: Block, numbers: Sequence[int]) -> dict[int, Candidate]:
        return {
            one.number: Candidate(
                one.number,
                one.connection,
                one.container,
                one.key or one.title or one.ref.remote_id,
                one.group,
                one.partners | ({one.connection} if one.group is not None else frozenset()),
            )
            for one in self.desk.loose(block, numbers)
        }

    def _by_link(self, block: Block, loose: Sequence[Loose]) -> set[tuple[int, int]]:
        """The tools' own link objects, in both directions: what a record links to, and who links to it."""
        urls = self._links_on([one.number for one in loose])
        targets = self._by_url(block, {url for found in urls.values() for url in found})
        pairs = {
            (number, other)
            for number, found in urls.items()
            for url in found
            for other in targets.get(url, ())
            if other != number
        }
        by_url = {one.url: one.number for one in loose if one.url}
        for url, owners in self._linking(block, list(by_url)).items():
            pairs |= {(by_url[url], owner) for owner in owners if owner != by_url[url]}
        return pairs

    def _links_on(self, numbers: Sequence[int]) -> dict[int, set[str]]:
        child = record.alias("child")
        found: dict[int, set[str]] = {}
        for part in chunks(numbers):
            rows = self.desk.db.execute(
                select(record.c.id, child.c.url)
                .join(child, and_(child.c.site == record.c.site, child.c.subject == record.c.remote_id))
                .where(
                    record.c.id.in_(part),
                    child.c.kind == Kind.ATTACHMENT.value,
                    child.c.url.is_not(None),
                    child.c.absent.is_(None),
                )
            )
            for row in rows:
                found.setdefault(row.id, set()).add(row.url)
        return found

    def _by_url(self, block: Block, urls: Iterable[str]) -> dict[str, set[int]]:
        """Whose address each is, also where it was copied with more than the record's own."""
        own = self.desk.own(block)
        spelt = {url: _spellings(url) for url in urls}
        known: dict[str, set[int]] = {}
        for part in chunks(sorted({spelling for found in spelt.values() for spelling in found})):
            rows = self.desk.db.execute(
                select(record.c.id, record.c.url).where(
                    record.c.url.in_(part), record.c.kind.in_(WORK), record.c.connection_id.in_(own)
                )
            )
            for row in rows:
                known.setdefault(row.url, set()).add(row.id)
        hits = {
            url: next((known[one] for one in found if one in known), None) for url, found in spelt.items()
        }
        return {url: numbers for url, numbers in hits.items() if numbers}

    def _linking(self, block: Block, urls: Sequence[str]) -> dict[str, set[int]]:
        child, own = record.alias("child"), self.desk.own(block)
        found: dict[str, set[int]] = {}
        for part in chunks(urls):
            rows = self.desk.db.execute(
                select(record.c.id, child.c.url)
                .select_from(child)
                .join(record, and_(record.c.site == child.c.site, record.c.remote_id == child.c.subject))
                .where(
                    child.c.url.in_(part),
                    child.c.kind == Kind.ATTACHMENT.value,
                    child.c.absent.is_(None),
                    record.c.kind.in_(WORK),
                    record.c.connection_id.in_(own),
                )
            )
            for row in rows:
                found.setdefault(row.url, set()).add(row.id)
        return found

    def _by_text(self, block: Block, loose: Sequence[Loose]) -> set[tuple[int, int]]:
        """Addresses that stand in a record's body."""
        urls = {one.number: _addresses(one.words) for one in loose}
        targets = self._by_url(block, {url for found in urls.values() for url in found})
        return {
            (number, other)
            for number, found in urls.items()
            for url in found
            for other in targets.get(url, ())
            if other != number
        }

    def _by_title(self, block: Block, loose: Sequence[Loose]) -> set[tuple[int, int]]:
        """The same title, letter for letter but for case and blanks; linked records are nobody's candidates."""
        titles: dict[str, list[Loose]] = {}
        for one in loose:
            if one.title and one.group is None:
                titles.setdefault(_folded(one.title), []).append(one)
        if not titles:
            return set()
        rows = self.desk.db.execute(
            select(record.c.id, record.c.title, record.c.connection_id)
            .outerjoin(member, and_(member.c.record_id == record.c.id, member.c.block == block.name))
            .where(
                record.c.connection_id.in_(self.desk.own(block)),
                record.c.kind.in_(WORK),
                record.c.absent.is_(None),
                member.c.record_id.is_(None),
            )
        )
        same: dict[str, list[Any]] = {}
        for row in rows:
            if row.title and _folded(row.title) in titles:
                same.setdefault(_folded(row.title), []).append(row)
        return {pair for title, ones in titles.items() for pair in self._alike(ones, same.get(title, ()))}

    def _alike(self, ones: Sequence[Loose], rows: Sequence[Any]) -> Iterator[tuple[int, int]]:
        """Pairs of one title in different connections; of many in one connection a few tell that it is ambiguous."""
        by_connection: dict[str, list[int]] = {}
        for row in rows:
            by_connection.setdefault(self.desk.names.get(row.connection_id, ""), []).append(row.id)
        loose = {one.number for one in ones}
        few = {
            name: sorted(numbers, key=lambda n: (n not in loose, n))[: max(AMBIGUOUS, len(loose))]
            for name, numbers in by_connection.items()
        }
        for name, numbers in few.items():
            for other, others in few.items():
                if other != name:
                    yield from ((one, two) for one in numbers for two in others[:AMBIGUOUS])


def _folded(title: str) -> str:
    return " ".join(title.casefold().split())


def _addresses(words: str) -> set[str]:
    return {found.rstrip(".,;:)]}>\"'") for found in re.findall(r"https?://[^\s<>\"|\\]+", words)}


def _spellings(url: str) -> tuple[str, ...]:
    """How a record may know the address: as it is; without what follows ? or #; without its last part, which in
    Linear and Trello are words of the title."""
    plain = url.partition("#")[0].partition("?")[0].rstrip("/")
    return tuple(dict.fromkeys((url, plain, plain.rpartition("/")[0])))
