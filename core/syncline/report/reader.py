"""What one reader of a database in a file makes: a table of each relation, in a database of its own.

A report that reads much has two readers: its own process, and one that runs this file as a program. That one loads
nothing but the standard library, so that it is at work in no time; `syncline.report.readers` starts it.
"""

from __future__ import annotations

import pickle
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO, NamedTuple

ROOM = {"cache_size": -16_384, "temp.cache_size": -65_536, "mmap_size": 64 << 20}
"""What a reader may use: KiB for pages of the database; KiB for what it makes, which else goes to a file and comes back
from there; bytes of the database that are mapped, since most pages are read several times. More is no faster."""

LOOKED_AT = 400
"""Rows of an index that SQLite looks at to know how its values are spread."""

Columns = dict[str, tuple[str, ...]]
"""The columns of each relation."""

Execute = Callable[..., Any]
"""Runs a statement, with its parameters where it has any."""


class Step(NamedTuple):
    """Make a table of what ``select`` gives, with ``indexes``; then drop the tables ``over``: nobody needs them now."""

    name: str
    select: str
    parameters: Mapping[str, str]
    indexes: tuple[str, ...]
    over: tuple[str, ...]


def make(database: sqlite3.Connection, steps: Iterable[Step], execute: Execute) -> tuple[Columns, bytes]:
    """Make the tables, of which those that were not dropped are the image; nothing of them stays in ``database``.

    ``execute`` runs statements on it, and raises what the caller wants to see raised.
    """
    found: Columns = {}
    left: set[str] = set()
    with _roomy(database, execute):
        try:
            for step in steps:
                left.add(step.name)
                found[step.name] = _table(database, step, execute)
                for name in step.over:
                    execute(f"DROP TABLE temp.{name}")
                left.difference_update(step.over)
            return found, database.serialize(name="temp")
        finally:
            for name in left:
                execute(f"DROP TABLE IF EXISTS temp.{name}")
            execute("DROP TABLE IF EXISTS temp.sqlite_stat1")


@contextmanager
def _roomy(database: sqlite3.Connection, execute: Execute) -> Iterator[None]:
    """With `ROOM`, which is given back."""
    found = {name: database.execute(f"PRAGMA {name}").fetchone() for name in ROOM}
    before = {name: row[0] for name, row in found.items() if row}  # a database in memory maps nothing
    for name in before:
        execute(f"PRAGMA {name} = {ROOM[name]}")
    try:
        yield
    finally:
        for name, value in before.items():
            execute(f"PRAGMA {name} = {value}")
        execute("PRAGMA shrink_memory")


def _table(database: sqlite3.Connection, step: Step, execute: Execute) -> tuple[str, ...]:
    """Make one table with its indexes; its columns."""
    execute(f"CREATE TEMP TABLE {step.name} AS {step.select}", step.parameters)
    for columns in step.indexes:
        execute(f"CREATE INDEX temp.{index(step.name, columns)} ON {step.name} ({columns})")
    weigh(database, f"temp.{step.name}", execute)
    described = database.execute(f"SELECT * FROM temp.{step.name} LIMIT 0").description  # noqa: S608
    return tuple(column[0] for column in described)


def index(name: str, columns: str) -> str:
    """What an index is called: after its first column."""
    return f"{name}_by_{columns.partition(',')[0]}"


def weigh(database: sqlite3.Connection, what: str, execute: Execute) -> None:
    """Let SQLite look at how many rows there are and how they differ: else it takes every new table for a large one."""
    before = database.execute("PRAGMA analysis_limit").fetchone()[0]
    execute(f"PRAGMA analysis_limit = {LOOKED_AT}")
    execute(f"ANALYZE {what}")
    execute(f"PRAGMA analysis_limit = {before}")


# ---- alone, as a program ---------------------------------------------------------------------------------------------

BEGIN = b"b"
"""Begin to read one state of the database, and say so by sending the same; once more: leave that one before."""
MAKE = b"m"
"""Make the steps that follow, of that state, and send what was made."""


def main(address: str, told: BinaryIO, telling: BinaryIO) -> None:
    """Do what is told of the database at the URI ``address``, until nobody tells any more."""
    database = sqlite3.connect(address, uri=True, isolation_level=None)
    while word := told.read(1):
        if word == MAKE:
            steps = [Step(*step) for step in pickle.load(told)]  # noqa: S301 - of the process that started us
            pickle.dump(make(database, steps, database.execute), telling)
        else:
            if database.in_transaction:
                database.execute("ROLLBACK")
            database.execute("BEGIN")
            database.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            telling.write(BEGIN)
        telling.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer)
