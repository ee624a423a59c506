"""The working set: what a report reads from the database, once, before any number is made.

Each relation below is one SELECT over the stable views and the tables that say what was pulled. They are read into a
small database of their own, which the `Ledger` opens: there every number is a short query over them. Put in front of
that query as ``WITH`` clauses, the same texts give the same number on the database itself: that is what the report
prints, and what the tests run.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import takewhile
from typing import Any

from sqlalchemy import Connection, CursorResult, bindparam, text

from syncline.report.facts import with_relations
from syncline.report.relations import INDEXED, STEPS, relations
from syncline.report.words import origin
from syncline.store.instants import to_text
from syncline.store.tables import Instant

CACHE_KIB = 65_536
"""Pages of the database that reading keeps: events are in the order of time, and the records they are of are not."""

LOOKED_AT = 400
"""Rows of an index that SQLite looks at to know how its values are spread."""


@dataclass(frozen=True)
class Relation:
    """One part of the working set: its SELECT, and the columns that it gave.

    A ``step`` is for relations after it; its rows are not kept, and no fact may ask for them.
    """

    sql: str
    columns: tuple[str, ...]
    step: bool = False


@dataclass(frozen=True)
class Basis:
    """The working set, and the hosts that links may lead to (``host:port``).

    ``image`` is an SQLite database with a table for each relation that is no step. It is kept as bytes because rows
    in Python take many times the room.
    """

    relations: Mapping[str, Relation]
    hosts: frozenset[str]
    image: bytes


def load(connection: Connection, as_of: datetime, given: Mapping[str, str] | None = None) -> Basis:
    """Read the working set in one transaction of ``connection``, which the caller opened.

    ``given`` holds relations of values that are known before (`syncline.report.relations.literal`); all others may
    name them.
    """
    return load_texts(connection, as_of, dict(given or {}) | relations(connection.dialect.name))


def load_texts(connection: Connection, as_of: datetime, texts: Mapping[str, str]) -> Basis:
    """Read the working set of these SELECTs, each of which may name those before it."""
    cut = _cut(connection)
    found, image = (_made if connection.dialect.name == "sqlite" else _read)(connection, texts, as_of, cut)
    known = {name: Relation(sql, found[name], step=name in STEPS) for name, sql in texts.items()}
    return Basis(known, _hosts(connection), image)


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


def as_known(connection: Connection, seq: int) -> Connection:
    """The same connection, on which working sets leave out what was learned after ingest ``seq``.

    Events, links and values of metrics are then those of that time. Of a record that has changed since, only the
    present version is there; `syncline.store.reports.changed_since` names these.
    """
    return connection.execution_options(syncline_known_seq=seq)


def _cut(connection: Connection) -> dict[str, str]:
    """The stable views without what was learned later, to stand in front of a query in their place."""
    seq = connection.get_execution_options().get("syncline_known_seq")
    if seq is None:
        return {}
    schema = "main" if connection.dialect.name == "sqlite" else connection.execute(_SCHEMA).scalar_one()
    known = f"SELECT ref FROM {schema}.records WHERE first_seq <= {int(seq)}"  # noqa: S608
    wheres = {
        "records": f"first_seq <= {int(seq)}",
        "items": f"lead IN ({known})",
        "events": f"seq <= {int(seq)}",
        "assignments": f"ref IN ({known})",
        "record_fields": f"ref IN ({known})",
        "metric_points": f"seq <= {int(seq)}",
        "links": f"seq <= {int(seq)}",
    }
    again = {"metric_points": "until_seq", "links": "until_seq"}
    return {
        name: f"SELECT {_columns(connection, schema, name, again.get(name), int(seq))}"  # noqa: S608
        f" FROM {schema}.{name} WHERE {where}"
        for name, where in wheres.items()
    }


def _columns(connection: Connection, schema: str, view: str, ended: str | None, seq: int) -> str:
    """The columns of a view; an end that was not known yet is left out."""
    if ended is None:
        return "*"
    names = connection.execute(text(f"SELECT * FROM {schema}.{view} WHERE 1 = 0")).keys()  # noqa: S608
    later = {"until_seq", "until"}
    spelt = (f"CASE WHEN {ended} <= {seq} THEN {n} END AS {n}" if n in later else n for n in names)
    return ", ".join(spelt)


_SCHEMA = text("SELECT current_schema()")


Found = tuple[dict[str, tuple[str, ...]], bytes]
"""The columns of each relation, and the image of those that are kept."""


def _made(connection: Connection, texts: Mapping[str, str], as_of: datetime, cut: Mapping[str, str]) -> Found:
    """Make each relation a temporary table of its name, so that it is worked out once for all that name it."""
    found: dict[str, tuple[str, ...]] = {}
    left = set[str]()
    database = connection.connection.driver_connection
    assert isinstance(database, sqlite3.Connection)
    before = connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    connection.exec_driver_sql(f"PRAGMA cache_size = -{CACHE_KIB}")
    try:
        for name, over in _last_uses(texts):
            _execute(connection, f"CREATE TEMP TABLE {name} AS {with_relations(texts[name], cut)}", as_of)
            left.add(name)
            for columns in INDEXED.get(name, ()):
                connection.exec_driver_sql(f"CREATE INDEX temp.{_index(name, columns)} ON {name} ({columns})")
            _weigh(database, f"temp.{name}")
            found[name] = tuple(connection.exec_driver_sql(f"SELECT * FROM temp.{name} LIMIT 0").keys())  # noqa: S608
            for step in over:
                connection.exec_driver_sql(f"DROP TABLE temp.{step}")
            left.difference_update(over)
        return found, database.serialize(name="temp")
    finally:
        for name in left:
            connection.exec_driver_sql(f"DROP TABLE temp.{name}")
        connection.exec_driver_sql("DROP TABLE IF EXISTS temp.sqlite_stat1")
        connection.exec_driver_sql(f"PRAGMA cache_size = {before}")
        connection.exec_driver_sql("PRAGMA shrink_memory")


def _index(name: str, columns: str) -> str:
    """What an index is called: after its first column."""
    return f"{name}_by_{columns.partition(',')[0]}"


def _weigh(database: sqlite3.Connection, what: str) -> None:
    """Let SQLite look at how many rows there are and how they differ: else it takes every new table for a large one."""
    before = database.execute("PRAGMA analysis_limit").fetchone()[0]
    database.execute(f"PRAGMA analysis_limit = {LOOKED_AT}")
    database.execute(f"ANALYZE {what}")
    database.execute(f"PRAGMA analysis_limit = {before}")


def _last_uses(texts: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    """Each relation in turn, and the steps that no later one names: their room is free for the next."""
    last = {name: name for name in texts if name in STEPS}
    for name, sql in texts.items():
        last |= dict.fromkeys((step for step in last if re.search(rf"\b{step}\b", sql)), name)
    for name in texts:
        yield name, [step for step, user in last.items() if user == name]


def _read(connection: Connection, texts: Mapping[str, str], as_of: datetime, cut: Mapping[str, str]) -> Found:
    """Read each relation with those it names in front: a reading transaction of a server makes no tables."""
    found: dict[str, tuple[str, ...]] = {}

    def tables() -> Iterator[tuple[str, Sequence[str], Iterable[Sequence[Any]]]]:
        for name in texts:
            before = {one: texts[one] for one in takewhile(name.__ne__, texts)}
            result = _execute(connection, with_relations(texts[name], {**cut, **before}), as_of)
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


def _hosts(connection: Connection) -> frozenset[str]:
    return frozenset(_accounts(connection))


def _accounts(connection: Connection) -> Iterator[str]:
    for (account,) in connection.execute(text("SELECT account FROM connection")):
        values = json.loads(account) if isinstance(account, str) else account
        url = values.get("url") if isinstance(values, dict) else None
        if isinstance(url, str) and (host := origin(url)):
            yield host
