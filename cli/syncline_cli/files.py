"""Writing files: whole or not at all, with the permissions that fit, never through a symbolic link."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from syncline.errors import ConfigError, StoreError, SynclineError

PRIVATE = 0o600
SHARED = 0o644

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EIO)


def write_file(path: Path, content: str, *, mode: int, replace: bool = True) -> None:
    """Put ``content`` at ``path``; makes the folders above it. Readers see the old file or the new one, whole.

    Raises ConfigError for a path that cannot be used, StoreError where the disk is full.
    """
    refuse_link(path)
    refuse_special(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, content, mode, replace)
    except OSError as error:
        raise _explained(path, error) from error


def refuse_link(path: Path) -> None:
    """Raise ConfigError if ``path`` is a symbolic link: somebody else may have laid it."""
    if path.is_symlink():
        raise ConfigError(f"{path} is a symbolic link", hint="remove it, or name the file itself")


def refuse_special(path: Path) -> None:
    """Raise ConfigError if a device, a pipe or the like stands at ``path``: a file would take its place."""
    if os.path.exists(path) and not (path.is_file() or path.is_dir()):
        raise ConfigError(f"{path} is no file", hint="name one that can be written anew")


def _write(path: Path, content: str, mode: int, replace: bool) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode & ~_umask())
            os.fsync(file.fileno())
        if replace:
            os.replace(temporary, path)
        else:
            _place_anew(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _place_anew(temporary: str, path: Path) -> None:
    """Give the file its name unless somebody has it already, even since a moment ago."""
    try:
        os.link(temporary, path)
    except FileExistsError as error:
        raise ConfigError(f"{path} exists already", hint="use --force to replace it") from error
    os.unlink(temporary)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _explained(path: Path, error: OSError) -> SynclineError:
    reason = (error.strerror or type(error).__name__).lower()
    if error.errno in _FULL:
        return StoreError(f"{path} cannot be written: {reason}", hint="free some space and run again")
    return ConfigError(f"{path} cannot be written: {reason}", hint="name a place you may write to")
