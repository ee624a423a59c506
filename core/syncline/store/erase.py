"""Erasing records that may not be kept any more: with them goes all that hangs on them, and nothing is said of it.

Absence is no reason to erase: what was deleted in the tool stays known. A record is erased when its connection says
that it is withdrawn (`syncline.connector.Page`): the user's own rules forbid to keep it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, String, cast, false, func, or_, select, tuple_, update

from syncline.model import Kind
from syncline.store.compare import chunks
from syncline.store.home import Home
from syncline.store.leads import settle_leads
from syncline.store.tables import (
    LAST_NUMBER,
    dirty,
    event,
    held,
    intent,
    link,
    member,
    meta,
    metric_point,
    mirror,
    operation,
    person_account,
    quarantine,
    raw,
    record,
    team_container,
)

HANGING = (
    raw, dirty, event, intent, metric_point, mirror, person_account, team_container, member, held, operation,
)  # fmt: skip
"""Tables with rows of one record."""
_OWNERS = (Kind.ISSUE, Kind.TICKET)
"""Kinds that others hang on, by ``subject`` or ``target``."""
_PERSONS = ("requester", "reporter", "author", "editor", "assignees", "respondent")
"""Where a record names persons."""


def erase(db: Connection, home: Home, identities: Iterable[tuple[Kind, str]]) -> int:
    """Erase records and what hangs on them, from the quarantine too; returns how many there were.

    Persons that were only known because one of them was mentioned, and that nothing else mentions, go with them.
    """
    numbers: set[int] = set()
    named: set[str] = set()
    for kind, ids in _by_kind(identities).items():
        for part in chunks(ids):
            rows = [*db.execute(_themselves(home, kind, part))]
            if kind in _OWNERS:
                rows += db.execute(_belonging(home, part))
            numbers |= {row.id for row in rows}
            named |= {person for row in rows for person in _persons(row.data)}
            _from_quarantine(db, home, kind, part)
    _keep_numbers_apart(db, numbers)
    _delete(db, sorted(numbers))
    _delete(db, _unmentioned(db, home, named))
    return len(numbers)


def _keep_numbers_apart(db: Connection, numbers: set[int]) -> None:
    """An item's number is never given again, so that what was once said of one is never taken for another."""
    if not numbers or max(numbers) < (db.execute(select(func.max(record.c.id))).scalar() or 0):
        return
    db.execute(meta.delete().where(meta.c.key == LAST_NUMBER))
    db.execute(meta.insert().values(key=LAST_NUMBER, value=str(max(numbers))))


def _by_kind(identities: Iterable[tuple[Kind, str]]) -> dict[Kind, list[str]]:
    found: dict[Kind, list[str]] = {}
    for kind, remote_id in sorted(identities):
        found.setdefault(kind, []).append(remote_id)
    return found


def _themselves(home: Home, kind: Kind, ids: Sequence[str]) -> Any:
    return select(record.c.id, record.c.remote_id, record.c.data).where(
        record.c.site == home.site, record.c.kind == kind.value, record.c.remote_id.in_(ids)
    )


def _belonging(home: Home, owners: Sequence[str]) -> Any:
    """Comments, files, relations, answers to surveys: whatever names one of the owners as its subject or target."""
    return select(record.c.id, record.c.remote_id, record.c.data).where(
        record.c.site == home.site, or_(record.c.subject.in_(owners), record.c.target.in_(owners))
    )


def _persons(data: Any) -> set[str]:
    found: set[str] = set()
    for name in _PERSONS:
        value = data.get(name)
        found |= set(value) if isinstance(value, list) else {value} if isinstance(value, str) else set()
    return found


def _unmentioned(db: Connection, home: Home, named: Iterable[str]) -> list[int]:
    """Persons known in part only whom no record names any more."""
    stubs = [
        row
        for part in chunks(sorted(named))
        for row in db.execute(
            select(record.c.id, record.c.remote_id).where(
                record.c.site == home.site,
                record.c.kind == Kind.PERSON.value,
                record.c.stream.is_(None),
                record.c.remote_id.in_(part),
            )
        )
    ]
    return [row.id for row in stubs if not _mentioned(db, home, row.remote_id)]


def _mentioned(db: Connection, home: Home, person: str) -> bool:
    text = cast(record.c.data, String)
    found = db.execute(
        select(record.c.id)
        .where(
            record.c.site == home.site,
            record.c.kind != Kind.PERSON.value,
            text.contains(f'"{person}"', autoescape=True),
        )
        .limit(1)
    )
    return found.first() is not None


def _from_quarantine(db: Connection, home: Home, kind: Kind, ids: Sequence[str]) -> None:
    """What could not be read: the records themselves, and what was to hang on them."""
    itself = (quarantine.c.kind == kind.value) & quarantine.c.remote_id.in_(ids)
    hanging = quarantine.c.subject.in_(ids) if kind in _OWNERS else false()
    mine = quarantine.c.connection_id == home.connection_id
    db.execute(quarantine.delete().where(mine, or_(itself, hanging)))


def _delete(db: Connection, numbers: Sequence[int]) -> None:
    """With what was agreed, held and written of them; what a conflict of their group showed goes with it."""
    for part in chunks(numbers):
        items = db.execute(select(record.c.item_id).where(record.c.id.in_(part))).scalars().all()
        groups = select(member.c.block, member.c.group_id).where(member.c.record_id.in_(part))
        db.execute(held.delete().where(tuple_(held.c.block, held.c.group_id).in_(groups)))
        db.execute(link.delete().where(or_(link.c.source_id.in_(part), link.c.target_id.in_(part))))
        # a copy stays known as one, or it would be taken for somebody's words and copied back
        db.execute(update(mirror).where(mirror.c.source_id.in_(part)).values(source_id=None, said=None))
        for table in HANGING:
            db.execute(table.delete().where(table.c.record_id.in_(part)))
        db.execute(record.delete().where(record.c.id.in_(part)))
        settle_leads(db, items)
