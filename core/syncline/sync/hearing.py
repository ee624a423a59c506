"""What was said on the members of groups, and what files they have, from the database. Reads, and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from syncline.model import Kind, Ref
from syncline.store.compare import chunks
from syncline.store.tables import intent, link, mirror, record
from syncline.sync.blocks import Block
from syncline.sync.group import Copy, File, Remark, Say, Talk
from syncline.sync.values import wider


def heard(db: Connection, block: Block, groups: Mapping[int, Sequence[int]]) -> dict[int, Talk]:
    """By group everything that was said on its members."""
    numbers = sorted({one for members in groups.values() for one in members})
    remarks, copies = _remarks(db, numbers), _copies(db, block, numbers)
    joined, doubtful = _joined(db, block, numbers), _doubtful(db, block, numbers)
    return {
        group: Talk(
            tuple(one for number in members for one in remarks.get(number, ())),
            tuple(one for number in members for one in copies.get(number, ())),
            {number: joined[number] for number in members if number in joined},
            any(number in doubtful for number in members),
        )
        for group, members in groups.items()
    }


def _remarks(db: Connection, numbers: Sequence[int]) -> dict[int, list[Remark]]:
    owner, person = record.alias("owner"), record.alias("person")
    author = record.c.data["author"].as_string()
    found: dict[int, list[Remark]] = {}
    for part in chunks(numbers):
        rows = db.execute(
            select(
                record.c.id,
                record.c.site,
                record.c.remote_id,
                record.c.created_at,
                record.c.absent,
                record.c.data,
                owner.c.id.label("owner"),
                person.c.title.label("author"),
            )
            .join(owner, and_(owner.c.site == record.c.site, owner.c.remote_id == record.c.subject))
            .outerjoin(
                person,
                and_(
                    person.c.site == record.c.site,
                    person.c.kind == Kind.PERSON.value,
                    person.c.remote_id == author,
                ),
            )
            .where(owner.c.id.in_(part), record.c.kind == Kind.COMMENT.value)
            .order_by(record.c.id)
        )
        for row in rows:
            found.setdefault(row.owner, []).append(_remark(row))
    return found


def _remark(row: Any) -> Remark:
    return Remark(
        row.id,
        Ref(row.site, Kind.COMMENT, row.remote_id),
        row.owner,
        row.author or "",
        row.data["body"],
        row.data["visibility"],
        row.created_at,
        row.absent,
    )


def _copies(db: Connection, block: Block, numbers: Sequence[int]) -> dict[int, list[Copy]]:
    """The copies on these records; of those that another block made only that they are copies."""
    found: dict[int, list[Copy]] = {}
    for part in chunks(numbers):
        for row in db.execute(select(mirror).where(mirror.c.record_id.in_(part)).order_by(mirror.c.id)):
            source = row.source_id if row.block == block.name else None
            found.setdefault(row.record_id, []).append(
                Copy(
                    row.id, source, row.record_id, row.remote_id, row.state, row.said, row.shown, row.refused
                )
            )
    return found


def _joined(db: Connection, block: Block, numbers: Sequence[int]) -> dict[int, datetime]:
    """Since when each belongs to its group."""
    found: dict[int, datetime] = {}
    for part in chunks(numbers):
        rows = db.execute(
            select(link.c.source_id, link.c.target_id, link.c.at).where(
                link.c.block == block.name,
                link.c.until.is_(None),
                or_(link.c.source_id.in_(part), link.c.target_id.in_(part)),
            )
        )
        for row in rows:
            for end in (row.source_id, row.target_id):
                found[end] = min(found.get(end, row.at), row.at)
    return found


def _doubtful(db: Connection, block: Block, numbers: Sequence[int]) -> set[int]:
    """Records that something was said on without an answer."""
    found: set[int] = set()
    for part in chunks(numbers):
        rows = db.execute(
            select(intent.c.record_id, intent.c.operation).where(
                intent.c.record_id.in_(part),
                intent.c.block == block.name,
                intent.c.state.in_(("sent", "in_doubt")),
            )
        )
        found |= {row.record_id for row in rows if "comment" in row.operation}
    return found


def said_since(db: Connection, block: str, says: Sequence[Say]) -> str | None:
    """Why a saved plan's comments cannot be said any more: their sources or copies are not what they were."""
    for say in says:
        source = db.execute(
            select(record.c.data, record.c.absent).where(record.c.id == say.source)
        ).one_or_none()
        if say.said is not None and (source is None or source.absent or source.data["body"] != say.said):
            return "a comment says something else than the plan saw"
        here = (mirror.c.block == block) & (mirror.c.source_id == say.source)
        known = db.execute(
            select(mirror.c.id, mirror.c.state).where(here, mirror.c.record_id == say.member)
        ).one_or_none()
        if say.how != "remove" and source is not None and wider(say.visibility, source.data["visibility"]):
            return "a comment is not for everybody any more who would read its copy"
        if say.how == "add" and known is not None and known.state != "refused":
            return "a comment was copied since the plan was saved"
        if say.how in ("edit", "remove") and (known is None or known.state != "there"):
            return "the copy of a comment is not there any more"
    return None


def files_on(db: Connection, numbers: Sequence[int]) -> dict[int, tuple[File, ...]]:
    """By record its files, those that are surely gone among them; links that somebody put there are none."""
    owner = record.alias("owner")
    found: dict[int, tuple[File, ...]] = {}
    for part in chunks(numbers):
        rows = db.execute(
            select(
                owner.c.id, record.c.site, record.c.remote_id, record.c.title, record.c.url, record.c.absent
            )
            .join(owner, and_(owner.c.site == record.c.site, owner.c.remote_id == record.c.subject))
            .where(
                owner.c.id.in_(part),
                record.c.kind == Kind.ATTACHMENT.value,
                record.c.url.is_not(None),
                record.c.data["size"].as_integer().is_not(None),
                or_(record.c.absent.is_(None), record.c.absent == "gone"),
            )
            .order_by(record.c.id)
        )
        for row in rows:
            ref = Ref(row.site, Kind.ATTACHMENT, row.remote_id)
            file = File(ref, row.title or row.url, row.url, row.absent is not None)
            found[row.id] = (*found.get(row.id, ()), file)
    return found
