"""What the planner may know, from the database. Reads, and changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select

from syncline.model import Kind, Ref
from syncline.store.compare import chunks
from syncline.store.tables import (
    connection as connections,
)
from syncline.store.tables import (
    dirty,
    event,
    held,
    link,
    member,
    operation,
    person_account,
    record,
    team_container,
)
from syncline.sync.blocks import Block
from syncline.sync.group import Group, Hold, Member
from syncline.sync.match import Candidate, Loose

WORK = (Kind.ISSUE.value, Kind.TICKET.value)
CUSTOMER = "end-user"
AMBIGUOUS = 3
"""So many records of one title tell as much as any more."""
LATELY = timedelta(hours=24)
"""How far back what we wrote counts when somebody else seems to undo it."""


@dataclass(frozen=True)
class Place:
    """A connection as the database knows it."""

    name: str
    id: int
    site: str


@dataclass
class Desk:
    """One look at the database; ``places`` are the connections that have been checked at least once."""

    db: Connection
    places: Mapping[str, Place]
    names: Mapping[int, str] = field(init=False)

    def __post_init__(self) -> None:
        self.names = {place.id: name for name, place in self.places.items()}

    # ---- what must be planned ----

    def dirty(self, block: Block) -> list[int]:
        """Numbers of the work records of a block's connections that must be planned, in order.

        A file or link that is new on a record makes that record one of them: it may lead to its counterpart.
        """
        own = set(self._own(block))
        waiting = sorted(row.record_id for row in self.db.execute(select(dirty.c.record_id)))
        found: set[int] = set()
        owners: dict[str, set[str]] = {}
        for part in chunks(waiting):  # by their numbers, so that it costs nothing how many others there are
            columns = (record.c.id, record.c.connection_id, record.c.kind, record.c.site, record.c.subject)
            for row in self.db.execute(select(*columns).where(record.c.id.in_(part))):
                if row.connection_id not in own:
                    continue
                if row.kind in WORK:
                    found.add(row.id)
                elif row.kind == Kind.ATTACHMENT.value and row.subject:
                    owners.setdefault(row.site, set()).add(row.subject)
        return sorted(found | self._numbers(owners))

    def _numbers(self, wanted: Mapping[str, set[str]]) -> set[int]:
        """The work records of some remote ids, by site."""
        return {
            row.id
            for site, ids in wanted.items()
            for part in chunks(sorted(ids))
            for row in self.db.execute(
                select(record.c.id).where(
                    record.c.site == site, record.c.kind.in_(WORK), record.c.remote_id.in_(part)
                )
            )
        }

    def groups_of(self, block: Block, numbers: Sequence[int]) -> dict[int, int]:
        """Of each number that is in a group of the block, the group."""
        return {
            row.record_id: row.group_id
            for part in chunks(numbers)
            for row in self.db.execute(
                select(member.c.record_id, member.c.group_id).where(
                    member.c.block == block.name, member.c.record_id.in_(part)
                )
            )
        }

    # ---- groups ----

    def groups(self, block: Block, group_ids: Iterable[int], now: datetime) -> list[Group]:
        """The groups with all their members and what is open about them, in order."""
        wanted = sorted(set(group_ids))
        rows = [
            row
            for part in chunks(wanted)
            for row in self._members(block, and_(member.c.block == block.name, member.c.group_id.in_(part)))
        ]
        return self._grouped(block, rows, now)

    def as_groups(self, block: Block, groups: Mapping[int, Iterable[int]]) -> dict[int, Group]:
        """Records as the groups that they would be once they were joined, by the groups' numbers."""
        wanted = {number: sorted(set(members)) for number, members in groups.items()}
        every = sorted({one for members in wanted.values() for one in members})
        rows = [row for part in chunks(every) for row in self._members(block, record.c.id.in_(part))]
        known = {row.record_id: self._member(row, {}) for row in rows}
        holds = self._holds(block, sorted(wanted))
        return {
            number: Group(
                number, tuple(known[one] for one in members if one in known), tuple(holds.get(number, ()))
            )
            for number, members in wanted.items()
        }

    def _grouped(self, block: Block, rows: Sequence[Any], now: datetime) -> list[Group]:
        numbers = sorted({row.record_id for row in rows})
        holds = self._holds(block, sorted({row.group_id for row in rows}))
        written = self._written(block, numbers, now)
        changed = self._changed_at(numbers) if any(rule.policy.newest for rule in block.rules) else {}
        by_group: dict[int, list[Member]] = {}
        for row in rows:
            by_group.setdefault(row.group_id, []).append(self._member(row, changed))
        return [
            Group(
                number,
                tuple(members),
                tuple(holds.get(number, ())),
                {
                    key: written[key]
                    for one in members
                    for key in ((one.number, rule.name) for rule in block.rules)
                    if key in written
                },
            )
            for number, members in sorted(by_group.items())
        ]

    def holds(self, block: Block, numbers: Sequence[int]) -> dict[int, list[Hold]]:
        """What is open about records that are in no group yet."""
        return self._holds(block, numbers)

    def _members(self, block: Block, which: Any) -> Sequence[Any]:
        box = record.alias("box")
        return self.db.execute(
            select(
                member.c.group_id,
                record.c.id.label("record_id"),
                func.coalesce(member.c.state, "active").label("state"),
                member.c.base,
                record.c.site,
                record.c.kind,
                record.c.remote_id,
                record.c.connection_id,
                record.c.key,
                record.c.title,
                record.c.url,
                record.c.data,
                record.c.absent,
                record.c.archived,
                record.c.updated_at,
                record.c.item_id,
                box.c.key.label("box"),
            )
            .select_from(record)
            .outerjoin(member, and_(member.c.record_id == record.c.id, member.c.block == block.name))
            .outerjoin(box, _box(box))
            .where(which)
            .order_by(member.c.group_id, record.c.id)
        ).all()

    def _member(self, row: Any, changed: Mapping[int, Mapping[str, datetime]]) -> Member:
        return Member(
            number=row.record_id,
            ref=Ref(row.site, Kind(row.kind), row.remote_id),
            connection=self.names.get(row.connection_id, ""),
            key=row.key,
            title=row.title,
            container=row.box,
            data=row.data,
            base=row.base or {},
            state=row.state,
            absent=row.absent,
            archived=row.archived,
            changed_at=changed.get(row.record_id, {}),
            updated_at=row.updated_at,
            url=row.url,
        )

    def _holds(self, block: Block, group_ids: Sequence[int]) -> dict[int, list[Hold]]:
        found: dict[int, list[Hold]] = {}
        for part in chunks(group_ids):
            rows = self.db.execute(
                select(held)
                .where(held.c.block == block.name, held.c.group_id.in_(part), held.c.closed_at.is_(None))
                .order_by(held.c.id)
            )
            for row in rows:
                found.setdefault(row.group_id, []).append(
                    Hold(
                        row.id,
                        row.field,
                        row.kind,
                        row.record_id,
                        row.reason,
                        row.shown,
                        row.at,
                        row.answer,
                    )
                )
        return found

    def _written(
        self, block: Block, numbers: Sequence[int], now: datetime
    ) -> dict[tuple[int, str], tuple[Any, ...]]:
        found: dict[tuple[int, str], tuple[Any, ...]] = {}
        for part in chunks(numbers):
            rows = self.db.execute(
                select(operation.c.record_id, operation.c.field, operation.c.after)
                .where(
                    operation.c.record_id.in_(part),
                    operation.c.block == block.name,
                    operation.c.kind == "update",
                    operation.c.state == "done",
                    operation.c.at >= now - LATELY,
                )
                .order_by(operation.c.id)
            )
            for row in rows:
                key = (row.record_id, row.field)
                found[key] = (*found.get(key, ()), row.after)
        return found

    def _changed_at(self, numbers: Sequence[int]) -> dict[int, dict[str, datetime]]:
        found: dict[int, dict[str, datetime]] = {}
        for part in chunks(numbers):
            rows = self.db.execute(
                select(event.c.record_id, event.c.field, func.max(event.c.at).label("at"))
                .where(event.c.record_id.in_(part))
                .group_by(event.c.record_id, event.c.field)
            )
            for row in rows:
                found.setdefault(row.record_id, {})[row.field] = row.at
        return found

    # ---- loose records and who they may belong to ----

    def introduced(self, loose: Sequence[Loose]) -> list[Loose]:
        """The same records with what conditions may ask of them: their team, and who works on them."""
        teams = self.teams()
        sites = sorted({one.ref.site for one in loose})
        known, names = self.listed(sites), self.persons(sites)
        found = []
        for one in loose:
            team = teams.get((one.ref.site, one.data.get("container") or ""))
            words: set[str] = set()
            for number in one.data.get("assignees") or ():
                email, name = names[one.ref.site].get(number, (None, None))
                words |= {word for word in (number, email, name, known[one.ref.site].get(number)) if word}
            teams_of = frozenset({team} if team else ())
            found.append(replace(one, teams=teams_of, people=frozenset(words)))
        return found

    def loose(self, block: Block, numbers: Sequence[int]) -> list[Loose]:
        """Work records as matching and copying see them; what the tool does not list any more is left out."""
        box = record.alias("box")
        groups = self.groups_of(block, numbers)
        partners = self._partners(block, set(groups.values()))
        parted = self._parted(numbers) if block.creates else {}
        found = []
        for part in chunks(numbers):
            rows = self.db.execute(
                select(
                    record.c.id,
                    record.c.site,
                    record.c.kind,
                    record.c.remote_id,
                    record.c.connection_id,
                    record.c.key,
                    record.c.url,
                    record.c.title,
                    record.c.data,
                    record.c.created_at,
                    record.c.item_id,
                    box.c.key.label("box"),
                )
                .outerjoin(box, _box(box))
                .where(record.c.id.in_(part), record.c.absent.is_(None))
                .order_by(record.c.id)
            )
            found += [self._loose(row, groups.get(row.id), partners, parted.get(row.id, {})) for row in rows]
        return found

    def _loose(
        self,
        row: Any,
        group: int | None,
        partners: Mapping[int, frozenset[str]],
        parted: Mapping[int, int],
    ) -> Loose:
        own = self.names.get(row.connection_id, "")
        body = (row.data.get("body") or {}).get("source") or ""
        return Loose(
            number=row.id,
            ref=Ref(row.site, Kind(row.kind), row.remote_id),
            connection=own,
            key=row.key,
            url=row.url,
            title=row.title,
            container=row.box,
            data=row.data,
            created_at=row.created_at,
            group=group,
            partners=partners.get(group, frozenset()) - {own} if group is not None else frozenset(),
            parted=frozenset(self.names.get(place, "") for place in parted.values()),
            words=f"{row.title or ''}\n{body}",
        )

    def _partners(self, block: Block, group_ids: set[int]) -> dict[int, frozenset[str]]:
        found: dict[int, set[str]] = {}
        for part in chunks(sorted(group_ids)):
            rows = self.db.execute(
                select(member.c.group_id, record.c.connection_id)
                .join(record, record.c.id == member.c.record_id)
                .where(member.c.block == block.name, member.c.group_id.in_(part))
            )
            for row in rows:
                found.setdefault(row.group_id, set()).add(self.names.get(row.connection_id, ""))
        return {number: frozenset(names) for number, names in found.items()}

    def _parted(self, numbers: Sequence[int]) -> dict[int, dict[int, int]]:
        """By record, whom it was linked with until somebody ended that, and their connections."""
        found: dict[int, dict[int, int]] = {}
        for own, other in ((link.c.source_id, link.c.target_id), (link.c.target_id, link.c.source_id)):
            for part in chunks(numbers):
                rows = self.db.execute(
                    select(own.label("own"), record.c.id, record.c.connection_id)
                    .join(record, record.c.id == other)
                    .where(own.in_(part), link.c.until.is_not(None))
                )
                for row in rows:
                    found.setdefault(row.own, {})[row.id] = row.connection_id
        return found

    def _apart(self, block: Block, numbers: Sequence[int]) -> dict[int, set[int]]:
        """By record, whom it must not be joined with unless a person says so: those it was parted from, and theirs."""
        parted = self._parted(numbers)
        every = sorted({*parted, *(other for others in parted.values() for other in others)})
        groups = self.groups_of(block, every)
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
            rows = self.db.execute(
                select(member.c.group_id, member.c.record_id).where(
                    member.c.block == block.name, member.c.group_id.in_(part)
                )
            )
            for row in rows:
                found.setdefault(row.group_id, set()).add(row.record_id)
        return found

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
            for one in self.loose(block, numbers)
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
            rows = self.db.execute(
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
        own = self._own(block)
        spelt = {url: _spellings(url) for url in urls}
        known: dict[str, set[int]] = {}
        for part in chunks(sorted({spelling for found in spelt.values() for spelling in found})):
            rows = self.db.execute(
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
        child, own = record.alias("child"), self._own(block)
        found: dict[str, set[int]] = {}
        for part in chunks(urls):
            rows = self.db.execute(
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
        rows = self.db.execute(
            select(record.c.id, record.c.title, record.c.connection_id)
            .outerjoin(member, and_(member.c.record_id == record.c.id, member.c.block == block.name))
            .where(
                record.c.connection_id.in_(self._own(block)),
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
            by_connection.setdefault(self.names.get(row.connection_id, ""), []).append(row.id)
        loose = {one.number for one in ones}
        few = {
            name: sorted(numbers, key=lambda n: (n not in loose, n))[: max(AMBIGUOUS, len(loose))]
            for name, numbers in by_connection.items()
        }
        for name, numbers in few.items():
            for other, others in few.items():
                if other != name:
                    yield from ((one, two) for one in numbers for two in others[:AMBIGUOUS])

    def _own(self, block: Block) -> list[int]:
        return [self.places[name].id for name in block.between if name in self.places]

    # ---- who and where ----

    def parents(self, members: Iterable[Member | Loose]) -> dict[tuple[str, str], int]:
        """Of the parents that records name, by site and remote id, the item."""
        wanted: dict[str, set[str]] = {}
        for one in members:
            parent = one.data.get("parent")
            if parent:
                wanted.setdefault(one.ref.site, set()).add(parent)
        found: dict[tuple[str, str], int] = {}
        for site, ids in wanted.items():
            for part in chunks(sorted(ids)):
                rows = self.db.execute(
                    select(record.c.remote_id, record.c.item_id).where(
                        record.c.site == site, record.c.kind.in_(WORK), record.c.remote_id.in_(part)
                    )
                )
                found |= {(site, row.remote_id): row.item_id for row in rows}
        return found

    def homes(self, items: Iterable[int]) -> dict[int, dict[str, str]]:
        """Of each item, by connection the remote id of its record there."""
        found: dict[int, dict[str, str]] = {}
        for part in chunks(sorted(set(items))):
            rows = self.db.execute(
                select(record.c.item_id, record.c.connection_id, record.c.remote_id)
                .where(record.c.item_id.in_(part), record.c.kind.in_(WORK), record.c.absent.is_(None))
                .order_by(record.c.id.desc())
            )
            for row in rows:
                found.setdefault(row.item_id, {})[self.names.get(row.connection_id, "")] = row.remote_id
        return found

    def containers(self, place: Place) -> dict[str, str]:
        """Of each container of a site that has a key, its remote id."""
        rows = self.db.execute(
            select(record.c.key, record.c.remote_id).where(
                record.c.site == place.site, record.c.kind == Kind.CONTAINER.value, record.c.key.is_not(None)
            )
        )
        return {row.key: row.remote_id for row in rows}

    def persons(self, sites: Iterable[str]) -> dict[str, dict[str, tuple[str | None, str | None]]]:
        """By site and remote id, e-mail and name of everyone who may be given work: customers are too many."""
        found: dict[str, dict[str, tuple[str | None, str | None]]] = {site: {} for site in sites}
        rows = self.db.execute(
            select(record.c.site, record.c.remote_id, record.c.title, record.c.data).where(
                record.c.site.in_(list(found)),
                record.c.kind == Kind.PERSON.value,
                func.coalesce(record.c.data["account_type"].as_string(), "") != CUSTOMER,
            )
        )
        for row in rows:
            found[row.site][row.remote_id] = (row.data.get("email"), row.title)
        return found

    def listed(self, sites: Iterable[str]) -> dict[str, dict[str, str]]:
        """By site and remote id, whose account it is as the company's own list says (``[hub] people``)."""
        found: dict[str, dict[str, str]] = {site: {} for site in sites}
        named = {row.record_id: row.person for row in self.db.execute(select(person_account))}
        for part in chunks(sorted(named)):
            columns = (record.c.id, record.c.site, record.c.remote_id)
            for row in self.db.execute(select(*columns).where(record.c.id.in_(part))):
                if row.site in found:
                    found[row.site][row.remote_id] = named[row.id]
        return found

    def teams(self) -> dict[tuple[str, str], str]:
        """Of a container, by site and remote id, the team of ``[teams]`` that works there."""
        rows = self.db.execute(
            select(record.c.site, record.c.remote_id, team_container.c.team).join(
                team_container, team_container.c.record_id == record.c.id
            )
        )
        return {(row.site, row.remote_id): row.team for row in rows}

    def links(self, block: Block) -> int:
        """How many records of a block have a counterpart."""
        groups = select(func.count(func.distinct(member.c.group_id))).where(member.c.block == block.name)
        return int(self.db.execute(groups).scalar_one())

    def linked_elsewhere(self, numbers: Sequence[int]) -> Iterator[Row[Any]]:
        """Live links of records, whoever made them."""
        for part in chunks(numbers):
            yield from self.db.execute(
                select(link).where(
                    link.c.until.is_(None), or_(link.c.source_id.in_(part), link.c.target_id.in_(part))
                )
            )


def places_of(db: Connection, configured: Iterable[str]) -> dict[str, Place]:
    """The configured connections that have been checked at least once."""
    rows = db.execute(select(connections.c.id, connections.c.name, connections.c.site)).all()
    wanted = set(configured)
    return {row.name: Place(row.name, row.id, row.site) for row in rows if row.name in wanted}


def _box(box: Any) -> Any:
    return and_(
        box.c.site == record.c.site, box.c.kind == Kind.CONTAINER.value, box.c.remote_id == record.c.container
    )


def _folded(title: str) -> str:
    return " ".join(title.casefold().split())


def _addresses(words: str) -> set[str]:
    import re

    return {found.rstrip(".,;:)]}>\"'") for found in re.findall(r"https?://[^\s<>\"|\\]+", words)}


def _spellings(url: str) -> tuple[str, ...]:
    """How a record may know the address: as it is; without what follows ? or #; without its last part, which in
    Linear and Trello are words of the title."""
    plain = url.partition("#")[0].partition("?")[0].rstrip("/")
    return tuple(dict.fromkeys((url, plain, plain.rpartition("/")[0])))
