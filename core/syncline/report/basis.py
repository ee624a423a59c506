"""The working set: what a report reads from the database, once, before any number is made.

Each relation below is one SELECT over the stable views and the tables that say what was pulled. They are loaded into
the `Ledger`, where every number is a short query over them. Put in front of that query as ``WITH`` clauses, the same
texts give the same number on the database itself: that is what the report prints, and what the tests run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import takewhile
from typing import Any

from sqlalchemy import Connection, CursorResult, bindparam, text

from syncline.report.facts import with_relations
from syncline.report.relations import INDEXED, STEPS, relations
from syncline.report.settings import to_text
from syncline.report.words import origin
from syncline.store.tables import Instant

CACHE_KIB = 65_536
"""Pages of the database that reading keeps: events are in the order of time, and the records they are of are not."""


@dataclass(frozen=True)
class Relation:
    """One part of the working set: its SELECT, what it gave, and the columns that queries look things up by.

    A ``step`` is for relations after it; its rows are not kept, and no fact may ask for them.
    """

    sql: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    indexed: tuple[str, ...] = ()
    step: bool = False


@dataclass(frozen=True)
class Basis:
    """The working set, and the hosts that links may lead to (``host:port``)."""

    relations: Mapping[str, Relation]
    hosts: frozenset[str]


def load(connection: Connection, as_of: datetime, given: Mapping[str, str] | None = None) -> Basis:
    """Read the working set in one transaction of ``connection``, which the caller opened.

    ``given`` holds relations of values that are known before (`syncline.report.relations.literal`); all others may
    name them.
    """
    return load_texts(connection, as_of, dict(given or {}) | relations(connection.dialect.name))


def load_texts(connection: Connection, as_of: datetime, texts: Mapping[str, str]) -> Basis:
    """Read the working set of these SELECTs, each of which may name those before it."""
    cut = _cut(connection)
    if connection.dialect.name != "sqlite":
        found = {name: _read(connection, name, texts, as_of, cut) for name in texts}
        return Basis(found, _hosts(connection))
    connection.exec_driver_sql(f"PRAGMA cache_size = -{CACHE_KIB}")
    made: list[str] = []
    try:
        found = {name: _made(connection, name, texts, as_of, cut, made) for name in texts}
    finally:
        for name in made:
            connection.exec_driver_sql(f"DROP TABLE temp.{name}")
    return Basis(found, _hosts(connection))


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


def _made(
    connection: Connection,
    name: str,
    texts: Mapping[str, str],
    as_of: datetime,
    cut: Mapping[str, str],
    made: list[str],
) -> Relation:
    """Read a relation into a temporary table of its name, so that it is worked out once for all that name it."""
    _execute(connection, f"CREATE TEMP TABLE {name} AS {with_relations(texts[name], cut)}", as_of)
    made.append(name)
    for column in INDEXED.get(name, ()):
        connection.exec_driver_sql(f"CREATE INDEX temp.{name}_{column} ON {name} ({column})")
    result = connection.exec_driver_sql(f"SELECT * FROM temp.{name}")  # noqa: S608
    step = name in STEPS
    rows = () if step else tuple(map(tuple, result))
    return Relation(texts[name], tuple(result.keys()), rows, INDEXED.get(name, ()), step)


def _read(
    connection: Connection, name: str, texts: Mapping[str, str], as_of: datetime, cut: Mapping[str, str]
) -> Relation:
    """Read a relation with those it names in front: a reading transaction of a server makes no tables."""
    before = {one: texts[one] for one in takewhile(name.__ne__, texts)}
    result = _execute(connection, with_relations(texts[name], {**cut, **before}), as_of)
    step = name in STEPS
    rows = () if step else tuple(tuple(map(_plain, row)) for row in result)
    return Relation(texts[name], tuple(result.keys()), rows, INDEXED.get(name, ()), step)


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
