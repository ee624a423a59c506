"""The working set: what a report reads from the database, once, before any number is made.

Each relation below is one SELECT over the stable views and the tables that say what was pulled. They are read into a
small database of their own, which the `Ledger` opens: there every number is a short query over them. Put in front of
that query as ``WITH`` clauses, the same texts give the same number on the database itself: that is what the report
prints, and what the tests run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from syncline.report.filling import Task, filled
from syncline.report.relations import STEPS, relations
from syncline.report.words import origin


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

    ``images`` are SQLite databases that have a table for each relation that is no step, each in one of them. They are
    bytes because rows in Python take many times the room; whoever opens them takes them, so that none is held twice.
    """

    relations: Mapping[str, Relation]
    hosts: frozenset[str]
    images: list[bytes]


def load(connection: Connection, as_of: datetime, given: Mapping[str, str] | None = None) -> Basis:
    """Read the working set in one transaction of ``connection``, which the caller opened.

    ``given`` holds relations of values that are known before (`syncline.report.relations.literal`); all others may
    name them.
    """
    return load_texts(connection, as_of, dict(given or {}) | relations(connection.dialect.name))


def load_texts(connection: Connection, as_of: datetime, texts: Mapping[str, str]) -> Basis:
    """Read the working set of these SELECTs, each of which may name those before it."""
    columns, images = filled(connection, Task(texts, as_of, _cut(connection)))
    known = {name: Relation(sql, columns[name], step=name in STEPS) for name, sql in texts.items()}
    return Basis(known, _hosts(connection), list(images))


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


def _hosts(connection: Connection) -> frozenset[str]:
    return frozenset(_accounts(connection))


def _accounts(connection: Connection) -> Iterator[str]:
    for (account,) in connection.execute(text("SELECT account FROM connection")):
        values = json.loads(account) if isinstance(account, str) else account
        url = values.get("url") if isinstance(values, dict) else None
        if isinstance(url, str) and (host := origin(url)):
            yield host
