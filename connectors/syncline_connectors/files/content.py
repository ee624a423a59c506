"""Files on the disk: which there are, what they hold, whether they changed while they were read.

The only place of this connector with input. A file is read twice: once for its digest and its encoding, then for its
rows, which are hashed again on the way; nothing of it is held in memory.
"""

from __future__ import annotations

import codecs
import errno
import glob
import io
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

from syncline.errors import AccessDenied, ProtocolError, TransientError, VendorError

BLOCK = 1 << 20
"""Bytes read at once."""
Opener = Callable[[Path], BinaryIO]


class Changed(TransientError):
    """The file was written to while it was read."""


@dataclass(frozen=True)
class Content:
    """What a file held when it was looked at. ``name`` is its path as messages and ids show it."""

    name: str
    path: Path
    digest: str
    encoding: str


def plain_open(path: Path) -> BinaryIO:
    """A file's bytes, without a buffer of their own: what was read is what the disk holds now."""
    return open(path, "rb", buffering=0)


def found(directory: Path, patterns: Sequence[str]) -> list[str]:
    """The files that patterns name, as paths relative to ``directory`` where the pattern is; sorted, each once.

    Raises ProtocolError for a path that is not there: a pattern may fit nothing, a plain path may not.
    """
    names: set[str] = set()
    for pattern in patterns:
        here = directory / Path(pattern).expanduser()
        if here.exists() or not glob.has_magic(pattern):
            if here.is_dir():
                raise ProtocolError(f"{pattern} is a folder", hint=f'name its files, as in "{pattern}/*.csv"')
            if not here.exists():
                raise ProtocolError(
                    f"{pattern} is not there",
                    hint="correct the path under the connection, or take it out; nothing was marked as gone",
                )
            names.add(pattern)
            continue
        matches = glob.glob(os.path.expanduser(pattern), root_dir=directory, recursive=True)
        names |= {match for match in matches if (directory / match).is_file()}
        if not matches and not _anchor(here).is_dir():
            raise ProtocolError(f"{pattern}: there is no such folder", hint="nothing was marked as gone")
    return sorted({Path(os.path.normpath(name)).as_posix() for name in names})


def _anchor(pattern: Path) -> Path:
    """The deepest folder that a pattern names plainly."""
    plain = pattern
    while glob.has_magic(str(plain)):
        plain = plain.parent
    return plain


def look(directory: Path, name: str, opener: Opener) -> Content:
    """Digest and encoding of a file; raises AccessDenied, ProtocolError, TransientError."""
    path = directory / name
    digest = blake2b(digest_size=16)
    sniffer = _Sniffer(name)
    try:
        with opener(path) as file:
            while block := file.read(BLOCK):
                digest.update(block)
                sniffer.feed(block)
    except OSError as error:
        raise explained(name, error) from error
    return Content(name, path, digest.hexdigest(), sniffer.end())


def lines(content: Content, opener: Opener) -> Iterator[str]:
    """The lines of a file with their ends; raises `Changed` where it is not the one that was looked at.

    What went wrong while reading a file that was changed meanwhile is told as `Changed` by whoever parses the lines:
    see `unchanged`.
    """
    try:
        with opener(content.path) as file:
            hashing = _Hashing(file)
            yield from io.TextIOWrapper(
                io.BufferedReader(hashing, BLOCK), encoding=content.encoding, errors="strict", newline=""
            )
    except OSError as error:
        raise explained(content.name, error) from error
    except UnicodeDecodeError:
        raise _changed(content.name) from None
    if hashing.hexdigest() != content.digest:
        raise _changed(content.name)


def unchanged(content: Content, opener: Opener) -> bool:
    """Whether the file is still what it was when it was looked at."""
    try:
        return look(content.path.parent, content.path.name, opener).digest == content.digest
    except VendorError:
        return False


def _changed(name: str) -> Changed:
    return Changed(f"{name} changed while it was read", hint="it is read again in the next run")


def explained(name: str, error: OSError) -> VendorError:
    """What the operating system said, by what happens next."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return AccessDenied(f"{name} may not be read", hint="give the user that runs syncline the permission")
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP):
        return ProtocolError(f"{name} is not a file (any more)", hint="nothing was marked as gone")
    return TransientError(f"{name} cannot be read: {error.strerror or type(error).__name__}")


class _Hashing(io.RawIOBase):
    """Passes bytes on and hashes them."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = blake2b(digest_size=16)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        block = self._file.read(len(view))
        self._digest.update(block)
        view[: len(block)] = block
        return len(block)

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


class _Sniffer:
    """UTF-8 where the bytes are UTF-8; Windows-1252 where they never are; else a mistake with its line.

    A file with valid characters of several bytes and one that is not was damaged or put together from two: reading all
    of it as Windows-1252 would spoil the good ones.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
        self._empty = True
        self._wide = False
        self._line = 1
        self._bad_line = 0
        self._undefined = False

    def feed(self, block: bytes) -> None:
        if self._empty and block[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            raise self._mistake(1, "is UTF-16 text", "save it as UTF-8")
        self._empty = False
        self._look(self._decoder.decode(block))
        self._line += block.count(b"\n")

    def _look(self, text: str) -> None:
        if text.isascii():
            return
        self._wide |= _WIDE.search(text) is not None
        self._undefined |= _UNDEFINED.search(text) is not None
        bad = _BAD.search(text)
        if bad and not self._bad_line:
            self._bad_line = self._line + text.count("\n", 0, bad.start())

    def end(self) -> str:
        """The encoding; raises ProtocolError where there is none for all of the file."""
        self._look(self._decoder.decode(b"", final=True))
        if not self._bad_line:
            return "utf-8-sig"
        if self._wide or self._undefined:
            raise self._mistake(
                self._bad_line,
                "is neither UTF-8 nor Windows-1252 text",
                "save it as UTF-8; it may be damaged or cut off",
            )
        return "cp1252"

    def _mistake(self, line: int, what: str, hint: str) -> ProtocolError:
        return ProtocolError(f"{self._name} line {line}: {what}", hint=hint)


_BAD = re.compile("[\udc80-\udcff]")
"""Bytes that are not UTF-8, as the decoder hands them on."""
_WIDE = re.compile("[^\x00-\x7f\udc80-\udcff]")
_UNDEFINED = re.compile("[\udc81\udc8d\udc8f\udc90\udc9d]")
"""Bytes that mean nothing in Windows-1252."""
