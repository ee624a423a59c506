"""``conflicts``: what waits, and what waits for one and the same reason in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from syncline.store import open_store
from syncline.store.tables import held, record, run

from .conftest import NOON, Ran

Call = Callable[..., Ran]
CLOSED = "the ticket is closed, and closed tickets cannot be changed"


@pytest.fixture
def waiting(company: Path) -> Path:
    """Four closed tickets, one of them with two fields; another reason once; two conflicts of one reason."""
    with open_store(f"sqlite:///{company}/syncline.db") as store, store.writing() as db:
        numbers = list(
            db.execute(select(record.c.id).where(record.c.kind == "Issue").order_by(record.c.id)).scalars()
        )
        first = db.execute(select(run.c.id)).scalars().first()
        assert len(numbers) >= 4
        rows = [(number, "status", "blocked", CLOSED) for number in numbers[:4]]
        rows += [(numbers[0], "title", "blocked", CLOSED), (numbers[1], "title", "blocked", "too long")]
        rows += [(number, "labels", "conflict", "changed in a and b") for number in numbers[:2]]
        for number, name, kind, reason in rows:
            values = {"block": "desk", "group_id": number, "field": name, "kind": kind, "reason": reason}
            db.execute(insert(held).values(**values, shown={}, at=NOON, run_id=first))
    return company


def test_one_reason_is_told_once_with_a_count(call: Call, waiting: Path) -> None:
    ran = call(waiting, "conflicts")
    assert ran.code == 0
    assert ran.out.count(CLOSED) == 1
    lines = ran.out.splitlines()
    at = lines.index(f"  blocked: {CLOSED}")
    assert lines[at - 1] == "desk: 5 times, status, title"
    assert lines[at + 1] == "    ENG-1, ENG-2, ENG-3 and 1 more; `syncline -v conflicts` lists each"
    assert lines.count("  blocked: too long") == 1
    assert lines.count("  conflict: changed in a and b") == 2, "each of these is decided by itself"


def test_each_is_listed_where_somebody_asks_for_more(call: Call, waiting: Path) -> None:
    assert call(waiting, "-v", "conflicts").out.count(CLOSED) == 5
    found = call(waiting, "conflicts", "--json").document
    assert [one["reason"] for one in found].count(CLOSED) == 5
