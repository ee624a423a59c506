"""Run rows: every write belongs to a run."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import insert, update

from syncline.store.database import Store
from syncline.store.tables import run


def begin(store: Store, command: str, now: datetime) -> int:
    """A new run; the caller holds the lock, so any other that still counts as running has died."""
    with store.writing() as db:
        db.execute(update(run).where(run.c.state == "running").values(state="died", ended_at=now))
        inserted = db.execute(insert(run).values(command=command, started_at=now, state="running"))
        key = inserted.inserted_primary_key
        return int(key[0]) if key else 0


def end(store: Store, run_id: int, now: datetime, exit_code: int, summary: dict[str, Any]) -> None:
    """``done``, ``partial`` where a vendor failed, ``failed`` otherwise."""
    state = {0: "done", 3: "done", 4: "partial"}.get(exit_code, "failed")
    with store.writing() as db:
        db.execute(
            update(run)
            .where(run.c.id == run_id)
            .values(ended_at=now, state=state, exit_code=exit_code, summary=summary)
        )
