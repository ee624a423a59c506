"""The benches that drive the files connector: a CSV file whose rows stand for issues, and a folder of Markdown."""

from __future__ import annotations

import csv
import errno
import io
import itertools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from tests.files.world import config, write

from syncline.connector import Source
from syncline.sim.faults import Fault
from syncline.testing import Quirk, Skipped
from syncline_connectors.files import Files
from syncline_connectors.files.content import plain_open

DISK = {
    Fault.TIMEOUT_BEFORE: errno.ETIMEDOUT,
    Fault.DROP_BEFORE: errno.ESTALE,
    Fault.SERVER_ERROR: errno.EIO,
    Fault.TRUNCATED_BODY: errno.EIO,
}
"""What a disk or a network share does instead of answering."""
SPOILT: dict[Fault, Callable[[bytes], bytes]] = {
    Fault.INVALID_UTF8: lambda data: data[:1] + b"\xff\x81" + data[1:],
    Fault.EMPTY_BODY: lambda data: b"",
    Fault.LOGIN_PAGE: lambda data: b"<!DOCTYPE html><title>Log in to continue</title>",
    Fault.TRUNCATED_JSON: lambda data: data[: data.rindex(b'"')],
}
"""What may have become of a file's bytes; of the ways to cut one, the cut within quotes can be noticed."""


class _Failing:
    """A file that cannot be read any further."""

    def __init__(self, file: BinaryIO, fail: Callable[[], bool], code: int) -> None:
        self._file, self._fail, self._code = file, fail, code

    def read(self, size: int = -1) -> bytes:
        if self._fail():
            raise OSError(self._code, os.strerror(self._code))
        return self._file.read(min(size, 64))

    def __enter__(self) -> _Failing:
        return self

    def __exit__(self, *exc: object) -> None:
        self._file.close()


class FilesBench:
    """Twenty-five decisions, seven on a page; a fault strikes who opens or reads a file, an edit replaces it whole."""

    faults: frozenset[Fault] = frozenset(DISK) | frozenset(SPOILT)
    quirks = frozenset({Quirk.ZONED_TIMES})
    keys: dict[str, Any] = {"deploys": "data/deploys.csv"}  # noqa: RUF012 - never changed

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.issues: set[str] = set()
        self.fault: Fault | None = None
        self.left = 0
        self.zone = "+00:00"
        self._numbers = itertools.count(1)
        self.titles: dict[str, str] = {}
        for number in range(25):
            self.titles[self._next()] = f"deploy {number}"
        self.save()

    def _next(self) -> str:
        return f"{next(self._numbers):03}"

    def save(self) -> None:
        text = io.StringIO(newline="")
        rows = csv.writer(text, quoting=csv.QUOTE_ALL)
        rows.writerow(["id", "title", "service", "at"])
        hour = 10 + int(self.zone[:3])
        for remote_id, title in self.titles.items():
            rows.writerow([remote_id, title, "api", f"2026-11-01T{hour}:00:00{self.zone}"])
        write(self.folder, "data/deploys.csv", text.getvalue())
        self.issues = set(self.titles)

    def connect(self) -> Source:
        bench = self

        class Bound(Files):
            page_size = 7

            @staticmethod
            def opener(path: Path) -> BinaryIO:
                return bench.open(path)

        return Bound(config(self.folder, **self.keys), None, {})

    def open(self, path: Path) -> BinaryIO:
        """A file, as the fault of the moment leaves it."""
        if self.fault in SPOILT and self._strikes():
            return io.BytesIO(SPOILT[self.fault](path.read_bytes()))
        if self.fault in DISK and self.fault is not Fault.TRUNCATED_BODY and self._strikes():
            raise OSError(DISK[self.fault], "the disk does not answer")
        return _Failing(plain_open(path), self._breaks_off, errno.EIO)  # type: ignore[return-value]

    def _breaks_off(self) -> bool:
        return self.fault is Fault.TRUNCATED_BODY and self._strikes()

    def _strikes(self) -> bool:
        self.left -= 1
        return self.left >= 0

    # ---- somebody's edits ----

    def create_issue(self, title: str) -> str:
        remote_id = self._next()
        self.titles[remote_id] = title
        self.save()
        return remote_id

    def edit_issue(self, remote_id: str, title: str) -> None:
        self.titles[remote_id] = title
        self.save()

    def delete_issue(self, remote_id: str) -> None:
        del self.titles[remote_id]
        self.save()

    def add_comment(self, issue: str, text: str) -> str:
        raise Skipped("rows have no comments")

    def delete_comment(self, issue: str, comment: str) -> None:
        raise Skipped("rows have no comments")

    def revoke(self) -> None:
        raise Skipped("files have no credentials")

    def settle(self) -> None:
        """A file shows at once what it holds."""

    # ---- trouble ----

    def inject(self, fault: Fault, *, writes: bool, times: int = 1) -> None:
        self.fault, self.left = fault, times

    def behave(self, quirk: Quirk) -> None:
        self.zone = "+02:00"
        self.save()


class NotesBench(FilesBench):
    """The same as notes: one file each."""

    faults = frozenset({*DISK, Fault.INVALID_UTF8})
    quirks: frozenset[Quirk] = frozenset()
    keys: dict[str, Any] = {"notes": "notes/*.md"}  # noqa: RUF012 - never changed

    def save(self) -> None:
        for remote_id, title in self.titles.items():
            text = f"---\nid: {remote_id}\ndate: 2026-11-01T10:00:00Z\n---\n# {title}\n\nGrößer."
            write(self.folder, f"notes/{remote_id}.md", text)
        for path in (self.folder / "notes").iterdir():
            if path.stem not in self.titles:
                path.unlink()
        self.issues = set(self.titles)
