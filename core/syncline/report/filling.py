"""Filling the working set: each relation becomes a table, read by one connection or by two at a time.

SQLite works outside of Python's lock, and a relation is one statement: so two threads read twice as fast where there
are two processors. What each of them reads goes by the relations alone, and the rows and their order are the same.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import takewhile
from threading import Event
from typing import Any

from sqlalchemy import Connection, CursorResult, bindparam, text

from syncline.report.facts import needed_by, with_relations
from syncline.report.readers import beside
from syncline.report.relations import INDEXED, STEPS, parted
from syncline.store.instants import to_text
from syncline.store.tables import Instant

CACHE_KIB = 16_384
"""Pages of the database that a reader keeps; four times as many are no faster, and stay with the process."""

LOOKED_AT = 400
"""Rows of an index that SQLite looks at to know how its values are spread."""

Columns = dict[str, tuple[str, ...]]
"""The columns of each relation."""


@dataclass(frozen=True)
class Task:
    """The relations to read: their SELECTs, each after those it names, ``cut`` in the place of views (see basis)."""

    texts: Mapping[str, str]
    as_of: datetime
    cut: Mapping[str, str]

    def only(self, names: Collection[str]) -> Task:
        """What is needed for some of them."""
        needed = needed_by([self.texts[name] for name in names], self.texts) | set(names)
        return Task({n: sql for n, sql in self.texts.items() if n in needed}, self.as_of, self.cut)


def filled(connection: Connection, task: Task) -> tuple[Columns, tuple[bytes, ...]]:
    """The columns of all relations, and images of the databases that hold those that are no steps."""
    if connection.dialect.name != "sqlite":
        columns, image = _asked(connection, task)
        return columns, (image,)
    other = beside(connection)
    one, two = parted(task.texts)
    if other is None or not one or not two:
        columns, image = _made(connection, task, task.texts)
        return columns, (image,)
    return _made_by_two((connection, other), task, (one, two))


def image_of(
    tables: Iterable[tuple[str, Sequence[str], Iterable[Sequence[Any]]]],
    indexed: Mapping[str, Sequence[str]] | None = None,
) -> bytes:
    """The working set of these relations: name, columns, and rows, each row gone once it is written."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        for name, columns, rows in tables:
            places = ", ".join("?" for _ in columns)
            quoted = ", ".join(f'"{column}"' for column in columns)
            database.execute(f"CREATE TABLE {name} ({quoted})")
            database.executemany(f"INSERT INTO {name} VALUES ({places})", rows)  # noqa: S608
            for columns in (indexed or {}).get(name, ()):
                database.execute(f"CREATE INDEX {_index(name, columns)} ON {name} ({columns})")
        _weigh(database, "main")
        return database.serialize()


# ---- in a file: tables beside it -------------------------------------------------------------------------------------


def _made_by_two(
    readers: tuple[Connection, Connection], task: Task, parts: tuple[Collection[str], Collection[str]]
) -> tuple[Columns, tuple[bytes, ...]]:
    """Each reader makes one of the parts, the second one in a thread of its own; a failure of either is raised."""
    stop = Event()
    with ThreadPoolExecutor(1) as thread:
        other = thread.submit(_made, readers[1], task.only(parts[1]), parts[1], stop)
        try:
            columns, image = _made(readers[0], task.only(parts[0]), parts[0])
            more_columns, more = other.result()
        except BaseException:
            stop.set()  # leaving waits for the thread, which ends when the relation under way is there
            raise
    return columns | more_columns, (image, more)


def _made(
    connection: Connection, task: Task, kept: Collection[str], stop: Event | None = None
) -> tuple[Columns, bytes]:
    """Make each relation a temporary table of its name, so that it is worked out once for all that name it.

    Those that are not ``kept`` are dropped when the last that names them is there.
    """
    found: Columns = {}
    left = set[str]()
    steps = STEPS | (task.texts.keys() - set(kept))
    database = connection.connection.driver_connection
    assert isinstance(database, sqlite3.Connection)
    before = connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    connection.exec_driver_sql(f"PRAGMA cache_size = -{CACHE_KIB}")
    try:
        for name, over in _last_uses(task.texts, steps):
            if stop is not None and stop.is_set():
                break
            left.add(name)
            found[name] = _table(connection, database, task, name)
            for step in over:
                connection.exec_driver_sql(f"DROP TABLE temp.{step}")
            left.difference_update(over)
        return found, database.serialize(name="temp")
    finally:
        for name in left:
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS temp.{name}")
        connection.exec_driver_sql("DROP TABLE IF EXISTS temp.sqlite_stat1")
        connection.exec_driver_sql(f"PRAGMA cache_size = {before}")
        connection.exec_driver_sql("PRAGMA shrink_memory")


def _table(connection: Connection, database: sqlite3.Connection, task: Task, name: str) -> tuple[str, ...]:
    """Make one table with its indexes; its columns."""
    select = with_relations(task.texts[name], task.cut)
    _execute(connection, f"CREATE TEMP TABLE {name} AS {select}", task.as_of)
    for columns in INDEXED.get(name, ()):
        connection.exec_driver_sql(f"CREATE INDEX temp.{_index(name, columns)} ON {name} ({columns})")
    _weigh(database, f"temp.{name}")
    return tuple(connection.exec_driver_sql(f"SELECT * FROM temp.{name} LIMIT 0").keys())  # noqa: S608


def _index(name: str, columns: str) -> str:
    """What an index is called: after its first column."""
    return f"{name}_by_{columns.partition(',')[0]}"


def _weigh(database: sqlite3.Connection, what: str) -> None:
    """Let SQLite look at how many rows there are and how they differ: else it takes every new table for a large one."""
    before = database.execute("PRAGMA analysis_limit").fetchone()[0]
    database.execute(f"PRAGMA analysis_limit = {LOOKED_AT}")
    database.execute(f"ANALYZE {what}")
    database.execute(f"PRAGMA analysis_limit = {before}")


def _last_uses(texts: Mapping[str, str], steps: Collection[str]) -> Iterator[tuple[str, list[str]]]:
    """Each relation in turn, and the steps that no later one names: their room is free for the next."""
    last = {name: name for name in texts if name in steps}
    for name, sql in texts.items():
        last |= dict.fromkeys((step for step in last if re.search(rf"\b{step}\b", sql)), name)
    for name in texts:
        yield name, [step for step, user in last.items() if user == name]


# ---- on a server: rows that come from there --------------------------------------------------------------------------


def _asked(connection: Connection, task: Task) -> tuple[Columns, bytes]:
    """Read each relation with those it names in front: a reading transaction of a server makes no tables."""
    found: Columns = {}

    def tables() -> Iterator[tuple[str, Sequence[str], Iterable[Sequence[Any]]]]:
        for name in task.texts:
            before = {one: task.texts[one] for one in takewhile(name.__ne__, task.texts)}
            sql = with_relations(task.texts[name], {**task.cut, **before})
            result = _execute(connection, sql, task.as_of)
            found[name] = tuple(result.keys())
            if name in STEPS:
                result.close()
            else:
                yield name, found[name], (tuple(map(_plain, row)) for row in result)

    image = image_of(tables(), INDEXED)
    return found, image


def _execute(connection: Connection, sql: str, as_of: datetime) -> CursorResult[Any]:
    statement = text(sql)
    if ":as_of" in sql:
        statement = statement.bindparams(bindparam("as_of", as_of.astimezone(UTC), Instant()))
    return connection.execute(statement)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return to_text(value)
    return value.isoformat() if isinstance(value, date) else value
