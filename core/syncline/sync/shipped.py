"""What shipped, and what was marked already, from the database. Reads, and changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from syncline.config.marks import Mark as MarkRule
from syncline.model import Kind, Ref
from syncline.store.tables import intent, meta, record
from syncline.sync.desk import Place
from syncline.sync.marking import Known, Shipped, Shown, key_of

OPEN = ("sent", "in_doubt")
"""States of an intent of which nobody knows what became."""


def known_marks(db: Connection, connection_id: int) -> tuple[Known, int]:
    """What needs no mark in a connection any more, and how many marks were made or found there."""
    rows = [row for row in marks_in(db, [connection_id]) if row.state in ("verified", *OPEN)]
    marks = [row.operation["mark"] for row in rows]
    keys = frozenset(key_of(one["label"], date.fromisoformat(one["day"])) for one in marks)
    return Known(frozenset(row.id for row in rows), keys), sum(row.state == "verified" for row in rows)


def marks_in(db: Connection, connections: Sequence[int]) -> list[Row[Any]]:
    rows = db.execute(
        select(intent)
        .where(intent.c.connection_id.in_(connections))
        .order_by(intent.c.written_at, intent.c.id)
    )
    return [row for row in rows if "mark" in row.operation]


def begun(db: Connection, here: Place, source: Place) -> datetime | None:
    """When what ships in a connection began to be marked; None where it never did."""
    found = db.execute(select(meta.c.value).where(meta.c.key == since_key(here, source))).scalar()
    return None if found is None else datetime.fromisoformat(found)


def since_key(here: Place, source: Place) -> str:
    """By the numbers of the connections, which stay when they are renamed."""
    return f"mark:{here.id}:{source.id}"


def shipped(db: Connection, rule: MarkRule, own: Sequence[Place], since: date) -> list[Shipped]:
    """What is out in these connections: versions with a day since then, and deployments that did not fail."""
    names = {place.id: place.name for place in own}
    rows = db.execute(
        select(record).where(
            record.c.connection_id.in_(sorted(names)),
            record.c.kind.in_((Kind.RELEASE.value, Kind.DEPLOY.value)),
            record.c.absent.is_(None),
            or_(record.c.kind == Kind.DEPLOY.value, record.c.due_on >= since),
        )
    )
    environments = {name.casefold() for name in rule.environments}
    found = [_shipped(row, names[row.connection_id], environments) for row in rows]
    return [one for one in found if one is not None]


def _shipped(row: Row[Any], connection: str, environments: set[str]) -> Shipped | None:
    data = row.data
    ref = str(Ref(row.site, Kind(row.kind), row.remote_id))
    if row.kind == Kind.RELEASE.value:
        if not data["released"]:
            return None
        return Shipped(row.id, ref, connection, row.title or row.remote_id, row.url, day=row.due_on)
    if data["result"] not in (None, "succeeded"):
        return None
    if data["environment"] is not None and data["environment"].casefold() not in environments:
        return None
    title = row.title or " ".join(word for word in (data["service"], data["version"]) if word)
    at = datetime.fromisoformat(data["at"])
    return Shipped(row.id, ref, connection, title or row.remote_id, row.url, at=at)


def pulled(db: Connection, here: Place) -> list[Shown]:
    """The marks that the last pull saw."""
    rows = db.execute(
        select(record.c.remote_id, record.c.title, record.c.data)
        .where(
            record.c.connection_id == here.id,
            record.c.kind == Kind.ANNOTATION.value,
            record.c.absent.is_(None),
        )
        .order_by(record.c.id)
    )
    return [Shown(row.remote_id, row.title or "", datetime.fromisoformat(row.data["at"])) for row in rows]
