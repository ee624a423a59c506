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

from sqlalchemy import Connection, bindparam, text

from syncline.report.facts import with_relations
from syncline.report.relations import INDEXED, relations
from syncline.report.settings import to_text
from syncline.report.words import origin
from syncline.store.tables import Instant


@dataclass(frozen=True)
class Relation:
    """One part of the working set: its SELECT, what it gave, and the columns that queries look things up by."""

    sql: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    indexed: tuple[str, ...] = ()


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
    texts = dict(given or {}) | relations(connection.dialect.name)
    found = {name: _read(connection, name, texts, as_of) for name in texts}
    return Basis(found, _hosts(connection))


def _read(connection: Connection, name: str, texts: Mapping[str, str], as_of: datetime) -> Relation:
    sql = with_relations(texts[name], {before: texts[before] for before in takewhile(name.__ne__, texts)})
    statement = text(sql)
    if ":as_of" in sql:
        statement = statement.bindparams(bindparam("as_of", as_of.astimezone(UTC), Instant()))
    result = connection.execute(statement)
    columns = tuple(result.keys())
    rows = result if connection.dialect.name == "sqlite" else (tuple(map(_plain, row)) for row in result)
    return Relation(texts[name], columns, tuple(map(tuple, rows)), INDEXED.get(name, ()))


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
