"""The files that databases are: made for their owner alone, and what goes wrong with them in words."""

from __future__ import annotations

import os
from pathlib import Path

from syncline.errors import ConfigError, StoreError


class NotCreated(ConfigError):
    """There is no database yet, or nothing in it."""


def prepare_file(path: Path, create: bool) -> None:
    """See that the file is there, ours and not a link; a new one is readable by its owner alone."""
    if path.is_symlink():
        raise ConfigError(f"database {path} is a symbolic link", hint="name the file itself")
    if path.exists():
        if not path.is_file():
            raise ConfigError(f"database {path} is not a file", hint="set `database` under [hub]")
        return
    if not create:
        raise NotCreated(
            f"database {path} does not exist",
            hint="check `database` under [hub], or run `syncline pull` once",
        )
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise StoreError(
            f"database {path} cannot be created: {error.strerror}", hint="choose a folder you may write to"
        ) from error


RESTORE = "restore the last backup with `syncline db restore`"
"""What to do about a damaged database."""
_WORDS = {
    "SQLITE_BUSY": ("is locked by another program", "wait for it to finish, or look for one that hangs"),
    "SQLITE_LOCKED": ("is locked by another program", "wait for it to finish, or look for one that hangs"),
    "SQLITE_FULL": ("cannot grow: the disk is full", "free some space and run again; nothing was lost"),
    "SQLITE_READONLY": ("is read-only", "give its owner write permission on the file and its folder"),
    "SQLITE_CANTOPEN": ("cannot be opened", "check the path, the folder and their permissions"),
    "SQLITE_PERM": ("may not be opened", "check the permissions of the file"),
    "SQLITE_CORRUPT": ("is damaged", RESTORE),
    "SQLITE_NOTADB": ("is not a database, or its beginning is damaged", RESTORE),
    "SQLITE_IOERR": (
        "cannot be read or written: the disk reports an error",
        "check the disk, then run again",
    ),
}


def in_words(error: BaseException, name: str, *, damaged: str = RESTORE) -> StoreError:
    """A failure of SQLite's driver in one line; ``name`` is what it calls the file, ``damaged`` what to do then."""
    code = getattr(error, "sqlite_errorname", "") or ""
    for prefix, (what, hint) in _WORDS.items():
        if code.startswith(prefix):
            return StoreError(f"{name} {what}", hint=damaged if hint is RESTORE else hint)
    reason = next(iter(str(error).splitlines()), "") or type(error).__name__
    return StoreError(f"{name} failed: {reason}")
