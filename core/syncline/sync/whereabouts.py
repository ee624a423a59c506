"""Who and where, from the database: people, teams, containers, parents and where their items live."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection, bindparam, func, select

from syncline.model import Kind
from syncline.store.compare import chunks
from syncline.store.leads import WORK
from syncline.store.tables import person_account, record, team_container
from syncline.sync.group import Member
from syncline.sync.match import Loose

CUSTOMER = "end-user"


def parents(db: Connection, members: Iterable[Member | Loose]) -> dict[tuple[str, str], int]:
    """Of the parents that records name, by site and remote id, the item."""
    wanted: dict[str, set[str]] = {}
    for one in members:
        parent = one.data.get("parent")
        if parent:
            wanted.setdefault(one.ref.site, set()).add(parent)
    return items_of(db, wanted)


def items_of(db: Connection, wanted: Mapping[str, Iterable[str]]) -> dict[tuple[str, str], int]:
    """Of the remote ids of work, by site, those that are known, by site and remote id, with their item."""
    found: dict[tuple[str, str], int] = {}
    for site, ids in wanted.items():
        for part in chunks(sorted(ids)):
            rows = db.execute(
                select(record.c.remote_id, record.c.item_id).where(
                    record.c.site == site, record.c.kind.in_(WORK), record.c.remote_id.in_(part)
                )
            )
            found |= {(site, row.remote_id): row.item_id for row in rows}
    return found


def homes(db: Connection, names: Mapping[int, str], items: Iterable[int]) -> dict[int, dict[str, str]]:
    """Of each item, by connection the remote id of its record there."""
    found: dict[int, dict[str, str]] = {}
    for part in chunks(sorted(set(items))):
        rows = db.execute(
            select(record.c.item_id, record.c.connection_id, record.c.remote_id)
            .where(record.c.item_id.in_(part), record.c.kind.in_(WORK), record.c.absent.is_(None))
            .order_by(record.c.id.desc())
        )
        for row in rows:
            found.setdefault(row.item_id, {})[names.get(row.connection_id, "")] = row.remote_id
    return found


def containers(db: Connection, site: str) -> dict[str, str]:
    """Of each container of a site that has a key, its remote id."""
    rows = db.execute(
        select(record.c.key, record.c.remote_id).where(
            record.c.site == site, record.c.kind == Kind.CONTAINER.value, record.c.key.is_not(None)
        )
    )
    return {row.key: row.remote_id for row in rows}


def persons(db: Connection, sites: Iterable[str]) -> dict[str, dict[str, tuple[str | None, str | None]]]:
    """By site and remote id, e-mail and name of everyone who may be given work: customers are too many."""
    found: dict[str, dict[str, tuple[str | None, str | None]]] = {site: {} for site in sites}
    for row in db.execute(_PERSONS, {"sites": list(found)}):
        found[row.site][row.remote_id] = (row.data.get("email"), row.title)
    return found


_PERSONS = select(record.c.site, record.c.remote_id, record.c.title, record.c.data).where(
    record.c.site.in_(bindparam("sites", expanding=True)),
    record.c.kind == Kind.PERSON.value,
    func.coalesce(record.c.data["account_type"].as_string(), "") != CUSTOMER,
)


def listed(db: Connection, sites: Iterable[str]) -> dict[str, dict[str, str]]:
    """By site and remote id, whose account it is as the company's own list says (``[hub] people``)."""
    found: dict[str, dict[str, str]] = {site: {} for site in sites}
    named = {row.record_id: row.person for row in db.execute(select(person_account))}
    for part in chunks(sorted(named)):
        columns = (record.c.id, record.c.site, record.c.remote_id)
        for row in db.execute(select(*columns).where(record.c.id.in_(part))):
            if row.site in found:
                found[row.site][row.remote_id] = named[row.id]
    return found


def teams(db: Connection) -> dict[tuple[str, str], str]:
    """Of a container, by site and remote id, the team of ``[teams]`` that works there."""
    rows = db.execute(
        select(record.c.site, record.c.remote_id, team_container.c.team).join(
            team_container, team_container.c.record_id == record.c.id
        )
    )
    return {(row.site, row.remote_id): row.team for row in rows}


def introduced(db: Connection, loose: Sequence[Loose]) -> list[Loose]:
    """The same records with what conditions may ask of them: their team, and who works on them."""
    known_teams = teams(db)
    sites = sorted({one.ref.site for one in loose})
    known, names = listed(db, sites), persons(db, sites)
    found = []
    for one in loose:
        team = known_teams.get((one.ref.site, one.data.get("container") or ""))
        words: set[str] = set()
        for number in one.data.get("assignees") or ():
            email, name = names[one.ref.site].get(number, (None, None))
            words |= {word for word in (number, email, name, known[one.ref.site].get(number)) if word}
        teams_of = frozenset({team} if team else ())
        found.append(replace(one, teams=teams_of, people=frozenset(words)))
    return found
