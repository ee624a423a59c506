"""Rate limits shared by every process on a database that is a file: one row a bucket, in a small file beside it.

SQLite has one writer, and a permit took as long to be had as pages take to be stored. To lose the file costs a little
patience. It is spoken to by the standard library's driver alone, so that who only reads loads no SQLAlchemy.

The rule is the generic cell rate algorithm: ``next_free`` is when the next permit falls due; a burst may run ahead of
it by ``burst`` permits. Times are epoch seconds.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from math import inf
from pathlib import Path
from typing import NamedTuple

from syncline.seams import Clock
from syncline.store.files import in_words, prepare_file

FARTHEST = 2 * 3600.0
"""Seconds; nobody blocks a bucket for as long, so a time beyond was written while this host's clock was wrong."""


class Level(NamedTuple):
    """How a bucket stands."""

    next_free: float
    blocked_until: float
    rate: float


class Draw(NamedTuple):
    """``next_free`` once the permits have been taken, and the seconds to ``wait`` before they are used."""

    next_free: float
    wait: float


def draw(level: Level, rate: float, burst: int, cost: float, now: float) -> Draw:
    """What it means to take ``cost`` permits now."""
    effective = min(rate, level.rate)
    # after a block the bucket is empty, so that waiting callers do not all start at once
    blocked = now < level.blocked_until < now + FARTHEST
    floor = level.blocked_until if blocked else now - burst / effective
    due = level.next_free if level.next_free < now + FARTHEST else 0.0
    free = max(due, floor) + cost / effective
    return Draw(free, max(0.0, free - now))


def blocks_longer(level: Level, until: float, now: float) -> bool:
    """Whether a block until then changes anything: a shorter one shortens nothing."""
    return not until <= level.blocked_until < now + FARTHEST


_EXPENDABLE = "delete the file: it holds nothing but rates"
_TABLE = (
    "CREATE TABLE IF NOT EXISTS bucket "
    "(name TEXT PRIMARY KEY, next_free REAL NOT NULL, blocked_until REAL NOT NULL, rate REAL NOT NULL)"
)


def rates_beside(database: Path) -> Path:
    """The file of rates of a database."""
    return database.with_name(f"{database.name}.rates")


class FileRates:
    """Implements ``syncline.http.permits.Permits`` in the file at ``path``, which is made where there is none.

    Commits do not wait for the disk. May be used by any thread. Raises StoreError where the file cannot be used.
    Use as a context manager, or `close`.
    """

    def __init__(self, path: Path, clock: Clock, *, busy_timeout: float = 30.0) -> None:
        prepare_file(path, create=True)
        self._name = f"file of rates {path}"
        self._clock = clock
        self._lock = threading.Lock()
        with self._in_words(), ExitStack() as undo:
            self._file = sqlite3.connect(
                path, timeout=busy_timeout, isolation_level=None, check_same_thread=False
            )
            undo.callback(self._file.close)
            # with WAL, NORMAL never damages; a power cut may lose the last commits
            for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", _TABLE):
                self._file.execute(statement).close()
            undo.pop_all()

    def reserve(self, name: str, rate: float, burst: int, cost: float, patience: float = inf) -> float:
        """Take ``cost`` permits, none where the wait is longer than ``patience``; returns the seconds to wait."""
        with self._writing() as file:
            found = draw(_level(file, name, rate), rate, burst, cost, self._now())
            if found.wait <= patience:
                _set(file, name, "next_free", found.next_free)
        return found.wait

    def block(self, name: str, seconds: float) -> None:
        """Nobody uses the bucket for ``seconds``."""
        with self._writing() as file:
            now = self._now()
            if blocks_longer(_level(file, name, 1e9), now + seconds, now):
                _set(file, name, "blocked_until", now + seconds)

    def slow(self, name: str, rate: float) -> None:
        """At most ``rate`` permits a second from now on; a high rate lifts an earlier one."""
        with self._writing() as file:
            _level(file, name, rate)
            _set(file, name, "rate", rate)

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> FileRates:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _now(self) -> float:
        return self._clock.now().timestamp()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._in_words():
            self._file.execute("BEGIN IMMEDIATE").close()
            try:
                yield self._file
            except BaseException:
                self._file.execute("ROLLBACK").close()
                raise
            self._file.execute("COMMIT").close()

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise in_words(error, self._name, damaged=_EXPENDABLE) from error


def _level(file: sqlite3.Connection, name: str, rate: float) -> Level:
    """How the bucket stands; made where there is none."""
    with closing(
        file.execute("SELECT next_free, blocked_until, rate FROM bucket WHERE name = ?", (name,))
    ) as rows:
        row = rows.fetchone()
    if row is None:
        file.execute("INSERT INTO bucket VALUES (?, 0, 0, ?)", (name, rate)).close()
        return Level(0.0, 0.0, rate)
    return Level(*row)


def _set(file: sqlite3.Connection, name: str, column: str, value: float) -> None:
    file.execute(f"UPDATE bucket SET {column} = ? WHERE name = ?", (value, name)).close()  # noqa: S608 - ours
