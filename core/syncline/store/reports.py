"""Reports in the database: rows of what was made. What they mean is `syncline.report.kept`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, delete, func, insert, or_, select, update

from syncline.store.tables import (
    delivery,
    event,
    ingest,
    link,
    metric_point,
    record,
    report,
    report_fact,
    run,
    working_set,
)

FINAL, DRAFT, PAST = "final", "draft", "past"
"""Made of the present; made early for those who check it; made as of a time before the last known change."""


def save(
    db: Connection,
    row: Mapping[str, Any],
    facts: Sequence[Mapping[str, Any]],
    relations: Sequence[tuple[str, str]],
) -> int:
    """Keep a report and its facts; returns its number. ``row["working_set"]`` is the digest of ``relations``."""
    known = select(working_set.c.digest).where(working_set.c.digest == row["working_set"])
    if db.execute(known).first() is None:
        db.execute(insert(working_set).values(digest=row["working_set"], relations=[*map(list, relations)]))
    key = db.execute(insert(report).values(**row)).inserted_primary_key
    number = int(key[0]) if key else 0
    if facts:
        db.execute(insert(report_fact), [{**fact, "report_id": number} for fact in facts])
    return number


def load(db: Connection, number: int) -> RowMapping | None:
    """A report's row with the ``relations`` of its working set."""
    joined = report.join(working_set, working_set.c.digest == report.c.working_set)
    asked = select(report, working_set.c.relations).select_from(joined).where(report.c.id == number)
    return db.execute(asked).mappings().first()


def facts(db: Connection, number: int) -> Sequence[RowMapping]:
    """A report's facts in their order."""
    asked = select(report_fact).where(report_fact.c.report_id == number).order_by(report_fact.c.number)
    return db.execute(asked).mappings().all()


def listed(db: Connection, limit: int) -> Sequence[RowMapping]:
    """The latest reports, newest first, with how many facts each has."""
    counted = (
        select(func.count()).where(report_fact.c.report_id == report.c.id).scalar_subquery().label("facts")
    )
    asked = select(report, counted).order_by(report.c.id.desc()).limit(limit)
    return db.execute(asked).mappings().all()


def in_folder(db: Connection, folder: Path) -> list[tuple[str, str, str, datetime]]:
    """Every page that was written to a folder, newest first: its file name, kind, title, and when it is as of."""
    asked = (
        select(report).where(report.c.path.is_not(None)).order_by(report.c.as_of.desc(), report.c.id.desc())
    )
    found = {
        Path(row["path"]).name: (Path(row["path"]).name, row["kind"], row["title"], row["as_of"])
        for row in reversed(db.execute(asked).mappings().all())
        if Path(row["path"]).parent == folder.absolute()
    }
    return list(reversed(found.values()))


def latest(
    db: Connection,
    *,
    kind: str | None = None,
    name: str | None = None,
    state: str | None = FINAL,
    until: datetime | None = None,
    since: datetime | None = None,
) -> int | None:
    """The number of the last report that fits; ``until`` is compared with what it is as of, ``since`` likewise."""
    asked: Select[Any] = select(report.c.id)
    for column, value in ((report.c.kind, kind), (report.c.name, name), (report.c.state, state)):
        if value is not None:
            asked = asked.where(column == value)
    if until is not None:
        asked = asked.where(report.c.as_of <= until)
    if since is not None:
        asked = asked.where(report.c.as_of >= since)
    found = db.execute(asked.order_by(report.c.as_of.desc(), report.c.id.desc()).limit(1)).scalar()
    return None if found is None else int(found)


def latest_made(db: Connection) -> int | None:
    """The number of the report that was kept last, whatever it is."""
    found = db.execute(select(func.max(report.c.id))).scalar()
    return None if found is None else int(found)


def old(db: Connection, before: datetime) -> list[int]:
    """The numbers of reports as of a time before ``before``, without the last final one of each kind and name, which
    the next is compared with, and without those that wait to be sent."""
    last = select(func.max(report.c.id)).where(report.c.state == FINAL).group_by(report.c.kind, report.c.name)
    waiting = select(delivery.c.report_id).where(
        delivery.c.report_id.is_not(None), delivery.c.state != "sent"
    )
    asked = select(report.c.id).where(report.c.as_of < before, report.c.id.not_in(last))
    return list(db.execute(asked.where(report.c.id.not_in(waiting)).order_by(report.c.id)).scalars())


def forget(db: Connection, numbers: Sequence[int]) -> None:
    """Remove reports with their facts, and working sets that no report is over any more."""
    for start in range(0, len(numbers), 500):
        some = numbers[start : start + 500]
        db.execute(update(report).where(report.c.before_id.in_(some)).values(before_id=None))
        db.execute(update(delivery).where(delivery.c.report_id.in_(some)).values(report_id=None))
        db.execute(delete(report_fact).where(report_fact.c.report_id.in_(some)))
        db.execute(delete(report).where(report.c.id.in_(some)))
    db.execute(delete(working_set).where(working_set.c.digest.not_in(select(report.c.working_set))))


def rows_named(db: Connection, names: Sequence[str]) -> Sequence[RowMapping]:
    """The records that row ids of a fact name: items by their number, records by their ref."""
    items = [int(name[1:]) for name in names if name[:1] == "i" and name[1:].isdecimal()]
    ref = record.c.site + ":" + record.c.kind + ":" + record.c.remote_id
    asked = select(record.c.id, ref.label("ref"), record.c.kind, record.c.key, record.c.title, record.c.url)
    found = [*db.execute(asked.where(record.c.id.in_(items))).mappings()]
    refs = [name for name in names if name.count(":") >= 2]
    found += db.execute(asked.where(ref.in_(refs))).mappings() if refs else []
    return found


# ---- what came later ----


def last_seq(db: Connection) -> int:
    """The number of the last ingest."""
    return int(db.execute(select(func.coalesce(func.max(ingest.c.seq), 0))).scalar_one())


def changed_since(db: Connection, seq: int) -> frozenset[str]:
    """Items and refs of records that changed, or that something new is known of, after an ingest."""
    told = select(event.c.record_id).where(event.c.seq > seq)
    valued = select(metric_point.c.record_id).where(metric_point.c.seq > seq)
    ends = [
        select(column).where(or_(link.c.seq > seq, link.c.until_seq > seq))
        for column in (link.c.source_id, link.c.target_id)
    ]
    later = or_(record.c.seq > seq, *(record.c.id.in_(one) for one in (told, valued, *ends)))
    ref = record.c.site + ":" + record.c.kind + ":" + record.c.remote_id
    found = db.execute(select(record.c.id, record.c.item_id, ref.label("ref")).where(later))
    return frozenset(name for row in found for name in (f"i{row.id}", f"i{row.item_id}", row.ref))


def pulled_since(db: Connection, at: datetime) -> bool:
    """Whether any run ended after an instant."""
    return db.execute(select(run.c.id).where(run.c.ended_at > at).limit(1)).first() is not None
