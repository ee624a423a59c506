"""What a plan costs: 100 changed records among a thousand linked pairs and among a hundred thousand, and 10,000.

::

    python bench/plan.py [SMALL [LARGE]]

One pair is linked by a real sync; the others are copies of its rows. Prints seconds of processor time on one core.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from syncline.seams import InlineTasks
from syncline.sync.whole import plan
from tests.sync.company import Company

FIELDS: dict[str, Any] = {"title": {}, "status": {}, "priority": {}, "labels": {}, "due_on": {}}


def linked(folder: Path, count: int) -> Company:
    """A company of ``count`` linked pairs, in agreement."""
    company = Company(folder, f"sqlite:///{folder / f'{count}.db'}", fields=FIELDS)
    for name in company.names:
        company.put(name, 1)
    company.sync()
    company.sync()
    with closing(sqlite3.connect(folder / f"{count}.db")) as db, db:
        _copy(db, count - 1)
    return company


def _copy(db: sqlite3.Connection, more: int) -> None:
    """Rows of the pair again and again, with ids of their own."""
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :more) "
    step = "i * 1000"
    own = {"id": f"t.id + {step}", "item_id": f"t.item_id + {step}", "remote_id": "t.remote_id || '-' || i"}
    own |= {"key": "t.key || i", "url": "t.url || i", "title": "t.title || i"}
    own["data"] = "json_set(t.data, '$.title', t.title || i, '$.remote_id', t.remote_id || '-' || i)"
    _insert(db, numbers, "record", own, "t.kind = 'Issue'", more)
    base = "json_set(t.base, '$.title', json_array((SELECT title FROM record WHERE id = t.record_id) || i))"
    joined = {"record_id": f"t.record_id + {step}", "group_id": f"t.group_id + {step}", "base": base}
    _insert(db, numbers, "member", joined, "1", more)
    link = {
        "id": f"t.id + {step}",
        "source_id": f"t.source_id + {step}",
        "target_id": f"t.target_id + {step}",
    }
    _insert(db, numbers, "link", link, "1", more)


def _insert(
    db: sqlite3.Connection, numbers: str, table: str, own: dict[str, str], where: str, more: int
) -> None:
    columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
    values = ", ".join(own.get(name, f't."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    query = f"{numbers} INSERT INTO {table} ({names}) SELECT {values} FROM {table} t, n WHERE {where}"  # noqa: S608 - ours
    db.execute(query, {"more": more})


def changed(folder: Path, total: int, count: int) -> None:
    """Somebody edited the titles of ``count`` records of one tool, and they have been read."""
    with closing(sqlite3.connect(folder / f"{total}.db")) as db, db:
        db.execute("DELETE FROM dirty")
        query = (
            "SELECT r.id FROM record r JOIN connection c ON c.id = r.connection_id WHERE r.kind = 'Issue' "
        )
        ids = [row[0] for row in db.execute(f"{query} AND c.name = 'a' ORDER BY r.id LIMIT ?", (count,))]
        seq = db.execute("SELECT max(seq) FROM ingest").fetchone()[0]
        rows = [(number,) for number in ids]
        db.executemany(
            "UPDATE record SET data = json_set(data, '$.title', 'edited ' || id) WHERE id = ?", rows
        )
        db.executemany(f"INSERT INTO dirty (record_id, reason, seq) VALUES (?, 'changed', {seq})", rows)  # noqa: S608


def seconds(company: Company, count: int) -> float:
    """The least of three plans; raises AssertionError where one does not write what was changed."""
    found = []
    with company.store() as store:
        for _ in range(3):
            began = time.process_time()
            plans, _ = plan(
                company.config(),
                store,
                registry=company.registry(),
                clock=company.clock,
                tasks=InlineTasks(),
                environ={},
            )
            found.append(time.process_time() - began)
            assert plans[0].counts.updates == count, plans[0].counts
    return min(found)


def main(small: int = 1_000, large: int = 100_000) -> None:
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        for total, count in ((small, 100), (large, 100), (large, min(10_000, large))):
            company = Company(folder, f"sqlite:///{folder / f'{total}.db'}", fields=FIELDS)
            if not (folder / f"{total}.db").exists():
                company = linked(folder, total)
            changed(folder, total, count)
            print(f"{count:>6} changed of {total:>7} linked: {seconds(company, count):7.3f} s")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
