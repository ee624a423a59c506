"""Whose accounts these are, and which team works where: kept beside the records, so that every query can join it.

Both follow from the configuration and from what the tools show; they are written anew at the end of a run in which
either changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from hashlib import blake2b

from pydantic_core import to_json
from sqlalchemy import Connection, and_, bindparam, delete, func, insert, or_, select, text

from syncline.model import Kind
from syncline.people import Account, Resolution, Roster, resolve
from syncline.people.accounts import CUSTOMERS
from syncline.store.compare import chunks
from syncline.store.ingest import begin_ingest
from syncline.store.tables import (
    PEOPLE,
    connection,
    dirty,
    meta,
    person,
    person_account,
    record,
    team_container,
)

_OPEN_WORK = text("""
SELECT a.person AS ref, count(DISTINCT a.item) AS items
FROM assignments a JOIN items i ON i.item = a.item
WHERE i.absent IS NULL AND i.status_category NOT IN ('done', 'canceled')
GROUP BY a.person
""")

_ASSIGNED = text("""
SELECT DISTINCT work.record_id
FROM assignments a
JOIN records account ON account.ref = a.person
JOIN records work ON work.ref = a.ref
WHERE account.record_id IN :accounts
""").bindparams(bindparam("accounts", expanding=True))


def sites_of(db: Connection, configured: Collection[str]) -> dict[str, str]:
    """By connection its site, of those that were looked at before."""
    rows = db.execute(select(connection.c.name, connection.c.site))
    return {row.name: row.site for row in rows if row.name in configured}


def accounts(db: Connection, *, with_work: bool = False) -> list[Account]:
    """Every account that is there and not a customer's; ``with_work`` counts what is assigned to each."""
    account_type = record.c.data["account_type"].as_string()
    found = select(
        record.c.site, record.c.remote_id, connection.c.name, record.c.key, record.c.title, record.c.data
    )
    rows = db.execute(
        found.join(connection, connection.c.id == record.c.connection_id).where(
            record.c.kind == Kind.PERSON.value,
            record.c.absent.is_(None),
            or_(account_type.is_(None), account_type.not_in(CUSTOMERS)),
        )
    )
    work = {row.ref: row.items for row in db.execute(_OPEN_WORK)} if with_work else {}
    return [
        Account(
            row.site,
            row.remote_id,
            row.name,
            row.key,
            row.title,
            row.data.get("email"),
            row.data.get("active", True),
            row.data.get("account_type"),
            work.get(f"{row.site}:{Kind.PERSON.value}:{row.remote_id}", 0),
        )
        for row in rows
    ]


def any_known(db: Connection) -> bool:
    """Whether a list of people was ever read."""
    return db.execute(select(person.c.name).limit(1)).one_or_none() is not None


def state(db: Connection, *told: object) -> str:
    """A digest of all that the tables follow from; ``told`` is what the configuration says."""
    kinds = [Kind.PERSON.value, Kind.CONTAINER.value]
    seen = db.execute(select(func.count(), func.max(record.c.seq)).where(record.c.kind.in_(kinds))).one()
    connections = sorted(tuple(row) for row in db.execute(select(connection.c.name, connection.c.site)))
    return blake2b(to_json([tuple(seen), connections, *told]), digest_size=16).hexdigest()


def stored_state(db: Connection) -> str | None:
    """The digest of what the tables were made from; None where they were never made."""
    return db.execute(select(meta.c.value).where(meta.c.key == PEOPLE)).scalar_one_or_none()


def store(
    db: Connection,
    roster: Roster,
    teams: Mapping[str, Iterable[str]],
    configured: Collection[str],
    digest: str,
    *,
    run_id: int,
    now: datetime,
) -> None:
    """Write persons, accounts and teams anew; work that is seen otherwise by it must be planned again."""
    sites = sites_of(db, configured)
    found = resolve(roster, accounts(db), sites)
    before = _standing(db)
    for table in (person_account, person, team_container):
        db.execute(delete(table))
    _people(db, found)
    _teams(db, teams, sites)
    db.execute(delete(meta).where(meta.c.key == PEOPLE))
    db.execute(insert(meta).values(key=PEOPLE, value=digest))
    if touched := _touched(db, before, _standing(db)):
        seq = begin_ingest(db, run_id, now)
        for part in chunks(sorted(touched)):
            db.execute(delete(dirty).where(dirty.c.record_id.in_(part)))
            db.execute(
                insert(dirty), [{"record_id": number, "reason": "config", "seq": seq} for number in part]
            )


_Standing = tuple[dict[int, str], dict[int, str]]
"""By record, whose account it is and which team's container."""


def _standing(db: Connection) -> _Standing:
    people = {row.record_id: row.person for row in db.execute(select(person_account))}
    return people, {row.record_id: row.team for row in db.execute(select(team_container))}


def _touched(db: Connection, before: _Standing, after: _Standing) -> set[int]:
    """Work assigned to persons whose accounts are others now, or in containers whose team is another."""
    moved = {
        name for number in _different(before[0], after[0]) for name in _both(number, before[0], after[0])
    }
    theirs = {number for side in (before[0], after[0]) for number, name in side.items() if name in moved}
    touched: set[int] = set()
    for part in chunks(sorted(theirs)):
        found = db.execute(_ASSIGNED, {"accounts": [*part]})
        touched |= {row.record_id for row in found}
    box = record.alias("box")
    here = and_(box.c.site == record.c.site, box.c.remote_id == record.c.container)
    for part in chunks(sorted(_different(before[1], after[1]))):
        touched |= set(db.execute(select(record.c.id).join(box, here).where(box.c.id.in_(part))).scalars())
    return touched


def _different(before: Mapping[int, str], after: Mapping[int, str]) -> set[int]:
    return {number for number in before.keys() | after.keys() if before.get(number) != after.get(number)}


def _both(number: int, before: Mapping[int, str], after: Mapping[int, str]) -> list[str]:
    return [side[number] for side in (before, after) if number in side]


def _people(db: Connection, found: Resolution) -> None:
    if not found.people:
        return
    db.execute(
        insert(person), [{"name": one.name, "email": one.email, "team": one.team} for one in found.people]
    )
    mine = {account.identity: (one.name, by) for one in found.people for account, by in one.accounts}
    numbers = _numbers(db, Kind.PERSON, mine)
    rows = [
        {"record_id": number, "person": mine[identity][0], "matched": mine[identity][1]}
        for identity, number in numbers.items()
    ]
    if rows:
        db.execute(insert(person_account), rows)


def _teams(db: Connection, teams: Mapping[str, Iterable[str]], sites: Mapping[str, str]) -> None:
    """A container is found by its key, else by its remote id."""
    found: dict[int, str] = {}
    for team, containers in teams.items():
        for name in containers:
            label, _, key = name.partition(":")
            if label not in sites:
                continue
            rows = db.execute(
                select(record.c.id, record.c.key).where(
                    record.c.site == sites[label],
                    record.c.kind == Kind.CONTAINER.value,
                    or_(record.c.key == key, record.c.remote_id == key),
                )
            ).all()
            by_key = [row.id for row in rows if row.key == key] or [row.id for row in rows]
            found |= dict.fromkeys(by_key, team)
    if found:
        db.execute(
            insert(team_container), [{"record_id": number, "team": team} for number, team in found.items()]
        )


def _numbers(db: Connection, kind: Kind, identities: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    by_site: dict[str, list[str]] = {}
    for site, remote_id in identities:
        by_site.setdefault(site, []).append(remote_id)
    return {
        (site, row.remote_id): row.id
        for site, ids in by_site.items()
        for part in chunks(ids)
        for row in db.execute(
            select(record.c.id, record.c.remote_id).where(
                record.c.site == site, record.c.kind == kind.value, record.c.remote_id.in_(part)
            )
        )
    }
