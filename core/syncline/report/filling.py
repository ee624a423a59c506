"""Filling the working set: each relation becomes a table, made by one reader or by two at a time.

What each of two makes goes by the relations alone, and the rows and their order are the same.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import takewhile
from typing import Any

from sqlalchemy import Connection, CursorResult, bindparam, text

from syncline.report.facts import needed_by, with_relations
from syncline.report.reader import Columns, Step, index, make, weigh
from syncline.report.readers import Lost, Second, beside
from syncline.report.relations import INDEXED, STEPS, parted, words
from syncline.store.instants import to_text
from syncline.store.tables import Instant


@dataclass(frozen=True)
class Task:
    """The relations to read: their SELECTs, each after those it names, ``cut`` in the place of views (see basis)."""

    texts: Mapping[str, str]
    as_of: datetime
    cut: Mapping[str, str]


def filled(connection: Connection, task: Task) -> tuple[Columns, tuple[bytes, ...]]:
    """The columns of all relations, and images of the databases that hold those that are no steps."""
    if connection.dialect.name != "sqlite":
        columns, image = _asked(connection, task)
        return columns, (image,)
    other = beside(connection)
    one, two = parted(task.texts)
    if other is None or not one or not two:
        columns, image = _made(connection, steps(task, task.texts))
        return columns, (image,)
    return _made_by_two(connection, other, (steps(task, one), steps(task, two)))


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
                database.execute(f"CREATE INDEX {index(name, columns)} ON {name} ({columns})")
        weigh(database, "main", database.execute)
        return database.serialize()


# ---- in a file: tables beside it -------------------------------------------------------------------------------------


def steps(task: Task, kept: Collection[str]) -> list[Step]:
    """How to make these relations: each a table, made once for all that name it, and gone with the last of these."""
    needed = needed_by([task.texts[name] for name in kept], task.texts) | set(kept)
    texts = {name: sql for name, sql in task.texts.items() if name in needed}
    parameters = {"as_of": to_text(task.as_of)}
    return [
        Step(name, with_relations(texts[name], task.cut), parameters, INDEXED.get(name, ()), tuple(over))
        for name, over in _last_uses(texts, STEPS | (needed - set(kept)))
    ]


def _made_by_two(
    connection: Connection, other: Second, parts: tuple[Sequence[Step], Sequence[Step]]
) -> tuple[Columns, tuple[bytes, ...]]:
    """Each reader makes one of the parts; what the other one could not make, this one makes as well."""
    with suppress(Lost):  # again below
        other.make(parts[1])
    columns, image = _made(connection, parts[0])
    try:
        more_columns, more = other.made()
    except Lost:
        more_columns, more = _made(connection, parts[1])
    return columns | more_columns, (image, more)


def _made(connection: Connection, steps: Sequence[Step]) -> tuple[Columns, bytes]:
    database = connection.connection.driver_connection
    assert isinstance(database, sqlite3.Connection)
    return make(database, steps, connection.exec_driver_sql)


def _last_uses(texts: Mapping[str, str], steps: Collection[str]) -> Iterator[tuple[str, list[str]]]:
    """Each relation in turn, and the steps that no later one names: their room is free for the next."""
    last = {name: name for name in texts if name in steps}
    for name, sql in texts.items():
        last |= dict.fromkeys(last.keys() & words(sql), name)
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
