"""Two connections that see one and the same state of a database in a file, so that two threads can read it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from syncline.store import Store

TRIES = 20
"""Times to begin on one state; between the two beginnings lie some 0.1 ms, in which a writer seldom commits."""

_OPTION = "syncline_beside"


@contextmanager
def reading(store: Store) -> Iterator[Connection]:
    """A connection as `Store.reading` gives it, and where the database is a file a second one `beside` it."""
    if store.path is None:
        with store.reading() as connection:
            yield connection
        return
    with store.reading() as first, store.reading() as second:
        yield first.execution_options(**{_OPTION: second}) if _on_one_state(first, second) else first


def beside(connection: Connection) -> Connection | None:
    """The second connection on the state that this one sees, for another thread; None where there is none."""
    found: Connection | None = connection.get_execution_options().get(_OPTION)
    return found


def _on_one_state(first: Connection, second: Connection) -> bool:
    """Begin both; true if nobody committed between the second one's looks before and after the first began."""
    for _ in range(TRIES):
        before = _looked_at(second)
        second.rollback()
        _looked_at(first)
        if _looked_at(second) == before:
            return True
        first.rollback()
        second.rollback()
    return False


def _looked_at(connection: Connection) -> int:
    """Begin to read one state, and its number, which only says whether this connection sees another one later."""
    number: int = connection.exec_driver_sql("PRAGMA data_version").scalar_one()
    return number
