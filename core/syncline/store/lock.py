"""One run at a time on one database: a lock that dies with its process.

SQLite: `flock` on a file beside the database. Postgres: an advisory lock, held by the session that writes.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from syncline.errors import ConfigError, LockHeld, StoreError

if TYPE_CHECKING:
    from syncline.store.database import Store


@contextmanager
def lock(store: Store, now: datetime) -> Iterator[None]:
    """Hold the lock of an open database for the length of a run; raises LockHeld where another run holds it."""
    if store.on_server:
        from syncline.store.postgres import session_lock

        with session_lock(store, now):
            yield
    else:
        with run_lock(store.path, now):
            yield


@contextmanager
def run_lock(path: Path | None, now: datetime) -> Iterator[None]:
    """Hold ``<database>.lock`` for the length of a run; raises LockHeld at once where another run holds it.

    ``path`` is the database file; None (a database in memory) needs no lock.
    """
    if path is None:
        yield
        return
    descriptor = _open(path.with_name(path.name + ".lock"))
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _held(path, descriptor) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "since": now.isoformat()}).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def refuse_if_held(path: Path) -> None:
    """Raise LockHeld where a run is at work on the database ``path``: a look before anything heavy is loaded."""
    lock = path.with_name(path.name + ".lock")
    if not lock.is_file() or not os.access(lock, os.R_OK | os.W_OK):
        return
    descriptor = _open(lock)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _held(path, descriptor) from None
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if path.is_symlink():
            raise ConfigError(f"lock file {path} is a symbolic link", hint="remove it") from error
        raise StoreError(
            f"lock file {path} cannot be opened: {error.strerror}", hint="check the folder's permissions"
        ) from error


def _held(path: Path, descriptor: int) -> LockHeld:
    since, pid = None, None
    with suppress(ValueError, KeyError):
        holder = json.loads(os.pread(descriptor, 4096, 0))
        since, pid = str(holder["since"]), int(holder["pid"])
    who = f" (process {pid}, since {since})" if pid else ""
    return LockHeld(f"another run is at work on {path}{who}", since=since)
