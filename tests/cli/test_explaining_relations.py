"""``explain ITEM relations``: what each record is to others, and what was written of it, in people's words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import insert, select

from syncline.store import open_store
from syncline.store.tables import operation, record, run

from .conftest import NOON, Ran

Call = Callable[..., Ran]


def test_relations_are_told_by_what_people_call_their_ends(call: Call, company: Path) -> None:
    with open_store(f"sqlite:///{company}/syncline.db") as store, store.writing() as db:
        one, other = db.execute(
            select(record).where(record.c.kind == "Issue").order_by(record.c.id).limit(2)
        ).all()
        last = max(db.execute(select(record.c.id)).scalars())
        db.execute(
            insert(record).values(
                dict(one._mapping)
                | {"id": last + 1, "item_id": last + 1, "kind": "Relation", "remote_id": "r1", "key": None}
                | {"type": "clones", "subject": one.remote_id, "target": other.remote_id}
            )
        )
        change = {"add": [{"type": "relates", "target": other.remote_id, "label": other.key}], "remove": []}
        db.execute(
            insert(operation).values(
                run_id=db.execute(select(run.c.id)).scalars().first(),
                block="delivery",
                group_id=one.id,
                record_id=one.id,
                kind="update",
                field="relations",
                before=[],
                after=change,
                why="changed in product",
                state="done",
                at=NOON,
            )
        )
    ran = call(company, "explain", one.key, "relations")
    assert ran.code == 0
    first, second = ran.out.splitlines()
    assert f"clones {other.key}" in first
    assert f"written (done) by syncline: relates to {other.key} — changed in product" in second
