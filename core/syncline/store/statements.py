"""Statements that the databases spell differently."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import JSON, Connection, Dialect, Table, insert

from syncline.store.tables import Instant

Converter = Callable[[Any], Any]


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same keys.

    SQLite is given tuples: making a dictionary of bound parameters for every row took a sixth of a first pull.
    """
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        _insert_converted(connection, table, rows)
    else:
        connection.execute(insert(table), rows)


def insert_values(
    connection: Connection, table: Table, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert rows whose values are spelt for this database (`syncline.store.columns.spelling_of`)."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_statement("INSERT", table, names), list(rows))
    else:
        connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])


def insert_missing(
    connection: Connection, table: Table, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert rows of values spelt for this database, leaving alone those whose key is there already."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_statement("INSERT OR IGNORE", table, names), list(rows))
    else:
        from sqlalchemy.dialects import postgresql  # costs a start-up that few need

        given = [dict(zip(names, row, strict=True)) for row in rows]
        connection.execute(postgresql.insert(table).on_conflict_do_nothing(), given)


def _insert_converted(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    names = tuple(rows[0])
    converters = _converters(table, names, connection.dialect)
    connection.exec_driver_sql(
        _statement("INSERT", table, names), [_converted(row, names, converters) for row in rows]
    )


@cache
def _statement(verb: str, table: Table, names: tuple[str, ...]) -> str:
    """JSON may be given as bytes: without the cast SQLite would store what its functions do not read."""
    places = ("CAST(? AS TEXT)" if isinstance(table.c[name].type, JSON) else "?" for name in names)
    return f"{verb} INTO {table.name} ({', '.join(names)}) VALUES ({', '.join(places)})"


def _converted(
    row: Mapping[str, Any], names: Sequence[str], converters: Sequence[tuple[int, Converter]]
) -> tuple[Any, ...]:
    values = list(itemgetter(*names)(row))
    for place, convert in converters:
        values[place] = convert(values[place])
    return tuple(values)


@lru_cache
def _converters(table: Table, names: Sequence[str], dialect: Dialect) -> list[tuple[int, Converter]]:
    """How the values of some columns are made what the driver takes; the others are taken as they are."""
    found: list[tuple[int, Converter]] = []
    for place, name in enumerate(names):
        column = table.c[name]
        convert = column.type.dialect_impl(dialect).bind_processor(dialect)
        if convert is not None:
            # most instants of a page are the time of the page itself
            found.append((place, lru_cache(convert) if isinstance(column.type, Instant) else convert))
    return found
