"""Two readers that see one and the same state of a database in a file: this process, and a second one beside it.

Two threads would not do: within one process SQLite's connections wait for each other whenever they take memory.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, cast

from syncline.report import reader
from syncline.seams import processors

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from syncline.report.reader import Columns, Step
    from syncline.store import Store

LARGE = 16 << 20
"""Bytes of a database from which on a second reader saves more time than it takes to start."""

TRIES = 20
"""Times to begin on one state; between the two beginnings lies about 1 ms, in which a writer seldom commits."""

_OPTION = "syncline_beside"


class Lost(Exception):
    """The second reader ended before it had done what it was told."""


class Second:
    """A second reader: a process that runs `syncline.report.reader`, until the block or this process ends.

    Raises OSError where the system gives no process.
    """

    def __init__(self, path: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own file
            [sys.executable, "-I", "-S", reader.__file__, f"{path.absolute().as_uri()}?mode=ro"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what is wrong with the database this process finds, too, and says
            process_group=0,  # Ctrl-C reaches only this process, which then ends the other
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._told, self._heard = self._process.stdin, self._process.stdout

    @property
    def pid(self) -> int:
        return self._process.pid

    def __enter__(self) -> Second:
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.kill()
        self._process.wait()
        self._heard.close()
        with suppress(BrokenPipeError):  # of what it heard no more
            self._told.close()

    def begin(self) -> None:
        """Have it begin to read the state that the database is in; raises Lost."""
        self._tell(reader.BEGIN)
        with _lost():
            if self._heard.read(1) != reader.BEGIN:
                raise Lost

    def make(self, steps: Iterable[Step]) -> None:
        """Have it make tables of the state with which it began; raises Lost."""
        self._tell(reader.MAKE + pickle.dumps([tuple(step) for step in steps]))

    def made(self) -> tuple[Columns, bytes]:
        """What `syncline.report.reader.make` gave; raises Lost."""
        with _lost():
            return cast("tuple[Columns, bytes]", pickle.load(self._heard))  # noqa: S301 - of our own process

    def _tell(self, what: bytes) -> None:
        with _lost():
            self._told.write(what)
            self._told.flush()


@contextmanager
def _lost() -> Iterator[None]:
    try:
        yield
    except (BrokenPipeError, EOFError, pickle.UnpicklingError) as error:
        raise Lost from error


@contextmanager
def reading(store: Store) -> Iterator[Connection]:
    """A connection as `Store.reading` gives it; where there is much to read, with a second reader `beside` it."""
    with store.reading() as first, ExitStack() as ending:
        second = _begun(store, first, ending) if _worth_it(store) else None
        yield first if second is None else first.execution_options(**{_OPTION: second})


def beside(connection: Connection) -> Second | None:
    """The second reader of the state that this connection sees; None where there is none."""
    found: Second | None = connection.get_execution_options().get(_OPTION)
    return found


def _worth_it(store: Store) -> bool:
    return store.path is not None and store.path.stat().st_size >= LARGE and processors() > 1


def _begun(store: Store, first: Connection, ending: ExitStack) -> Second | None:
    """A second reader on the state that ``first`` sees; None where there is none to be had: one alone does it, too."""
    assert store.path is not None
    with suppress(OSError, Lost), store.reading() as witness:
        second = ending.enter_context(Second(store.path))
        for _ in range(TRIES):
            before = _looked_at(witness)
            witness.rollback()
            _looked_at(first)
            second.begin()
            if _looked_at(witness) == before:
                return second
            first.rollback()
            witness.rollback()
    return None


def _looked_at(connection: Connection) -> int:
    """Begin to read one state, and its number, which only says whether this connection sees another one later."""
    number: int = connection.exec_driver_sql("PRAGMA data_version").scalar_one()
    return number
