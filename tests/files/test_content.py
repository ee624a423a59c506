"""The disk: which files there are, how they are encoded, and files that change while they are read."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.files.world import config, pages, records, write

from syncline.connector import Cursor
from syncline.errors import AccessDenied, ProtocolError, TransientError
from syncline.model import Note
from syncline_connectors.files import Files, content
from syncline_connectors.files.content import Changed, plain_open


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.md", "b.md", "deep/c.md", "deep/d.txt", "x [1].md"):
        write(tmp_path, name, f"# {name}")
    return tmp_path


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (("a.md",), ["a.md"]),
        (("*.md",), ["a.md", "b.md", "x [1].md"]),
        (("**/*.md",), ["a.md", "b.md", "deep/c.md", "x [1].md"]),
        (("./a.md", "a.md", "deep/../a.md"), ["a.md"]),
        (("x [1].md",), ["x [1].md"]),
        (("deep/*",), ["deep/c.md", "deep/d.txt"]),
        (("none*.md",), []),
    ],
)
def test_paths_and_patterns(folder: Path, patterns: tuple[str, ...], names: list[str]) -> None:
    assert content.found(folder, patterns) == names


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("none.csv", "none.csv is not there — correct the path under the connection"),
        ("deep", 'deep is a folder — name its files, as in "deep/*.csv"'),
        ("nowhere/*.md", "nowhere/*.md: there is no such folder"),
    ],
)
def test_a_path_that_leads_nowhere_is_told(folder: Path, pattern: str, says: str) -> None:
    with pytest.raises(ProtocolError) as told:
        content.found(folder, [pattern])
    assert says in str(told.value)


# ---- encodings ----


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=50), st.booleans(), st.integers(1, 7))
def test_utf8_is_read_however_it_is_cut(
    tmp_path_factory: pytest.TempPathFactory, text: str, bom: bool, at: int
) -> None:
    folder = tmp_path_factory.mktemp("utf8")
    text = text.removeprefix("\ufeff")
    write(folder, "f", text.encode("utf-8-sig" if bom else "utf-8"))

    class Dripping(_Wrapped):
        def read(self, size: int = -1) -> bytes:
            return self.file.read(min(size, at))

    def drip(path: Path) -> BinaryIO:
        return Dripping(plain_open(path))  # type: ignore[return-value]

    looked = content.look(folder, "f", drip)
    assert looked.encoding == "utf-8-sig"
    assert "".join(content.lines(looked, drip)) == text


def test_windows_text_is_read_and_remarked_on(tmp_path: Path) -> None:
    write(tmp_path, "n.md", "# Größe – “so”\n".encode("cp1252"))
    assert [found.title for found in records(tmp_path, notes="n.md")] == ["Größe – “so”"]
    source = Files(config(tmp_path, notes="n.md"), None, {})
    assert source.remarks() == ["n.md is not UTF-8; it is read as Windows-1252"]


def test_utf8_is_not_remarked_on(folder: Path) -> None:
    assert Files(config(folder, notes="*.md"), None, {}).remarks() == []


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (
            "größe\nb".encode() + b"\xff\n",
            "f line 2: is neither UTF-8 nor Windows-1252 text — save it as UTF-8",
        ),
        (b"a\n\xff\n" + "größe".encode(), "f line 2: is neither"),
        ("größe\ngröße".encode()[:-2], "f line 2: is neither"),
        (b"a\x81", "f line 1: is neither"),
        ("größe".encode("utf-16"), "f line 1: is UTF-16 text — save it as UTF-8"),
    ],
)
def test_mixed_and_cut_text_is_refused(tmp_path: Path, data: bytes, says: str) -> None:
    write(tmp_path, "f", data)
    with pytest.raises(ProtocolError) as told:
        content.look(tmp_path, "f", plain_open)
    assert says in str(told.value)


# ---- failures ----


class _Wrapped:
    """A file that somebody else has a hand in."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    def read(self, size: int = -1) -> bytes:
        return self.file.read(size)

    def __enter__(self) -> _Wrapped:
        return self

    def __exit__(self, *exc: object) -> None:
        self.file.close()


@pytest.mark.parametrize(
    ("code", "kind", "says"),
    [
        (errno.EACCES, AccessDenied, "f may not be read — give the user that runs syncline the permission"),
        (errno.EIO, TransientError, "f cannot be read: Input/output error"),
        (errno.ESTALE, TransientError, "f cannot be read"),
        (errno.ENOENT, ProtocolError, "f is not a file (any more)"),
        (errno.EISDIR, ProtocolError, "f is not a file (any more)"),
    ],
)
@pytest.mark.parametrize("later", [False, True], ids=["when opened", "when read"])
def test_what_the_system_refuses_is_told_by_what_happens_next(
    tmp_path: Path, code: int, kind: type[Exception], says: str, later: bool
) -> None:
    write(tmp_path, "f", "text")
    failure = OSError(code, os.strerror(code))

    class Failing(_Wrapped):
        def read(self, size: int = -1) -> bytes:
            raise failure

    def opener(path: Path) -> BinaryIO:
        if not later:
            raise failure
        return Failing(plain_open(path))  # type: ignore[return-value]

    with pytest.raises(kind) as told:
        content.look(tmp_path, "f", opener)
    assert says in str(told.value)
    with pytest.raises(kind):
        list(content.lines(content.look(tmp_path, "f", plain_open), opener))


def test_a_file_that_changed_since_it_was_looked_at_is_noticed(tmp_path: Path) -> None:
    path = write(tmp_path, "f", "one\ntwo\n")
    looked = content.look(tmp_path, "f", plain_open)
    path.write_text("one\nTWO\n")
    with pytest.raises(Changed, match="f changed while it was read"):
        list(content.lines(looked, plain_open))
    assert not content.unchanged(looked, plain_open)


class Restless(Files):
    """Somebody writes to the file after the first block of every reading, so many times."""

    edits = 0
    text = ""

    @staticmethod
    def opener(path: Path) -> BinaryIO:
        class Edited(_Wrapped):
            def read(self, size: int = -1) -> bytes:
                block = self.file.read(min(size, 20))
                if block and Restless.edits > 0:
                    Restless.edits -= 1
                    path.write_text(Restless.text)
                return block

        return Edited(plain_open(path))  # type: ignore[return-value]


ROWS = "title,text\n" + "".join(f"decision {n},because\n" for n in range(20))


def test_a_file_that_changed_is_begun_again(tmp_path: Path) -> None:
    path = write(tmp_path, "d.csv", ROWS)
    Restless.edits, Restless.text = 1, ROWS + "one more,because\n"
    source = Restless(config(tmp_path, decisions="d.csv"), None, {})
    (stream,) = source.streams()
    found = [item.record.title for page in source.pull(stream, Cursor()) for item in page.records]
    assert "one more" in found
    assert path.read_text() == Restless.text


def test_a_file_that_never_rests_is_told(tmp_path: Path) -> None:
    write(tmp_path, "d.csv", ROWS)
    Restless.edits, Restless.text = 1000, ""
    source = Restless(config(tmp_path, decisions="d.csv"), None, {})

    def never_the_same(path: Path) -> BinaryIO:
        Restless.text = ROWS + "x" * Restless.edits + ",y\n"
        return Restless.opener(path)

    source.opener = never_the_same  # type: ignore[method-assign]
    (stream,) = source.streams()
    with pytest.raises(TransientError, match="changed while it was read"):
        list(source.pull(stream, Cursor()))


def test_a_torn_reading_is_no_mistake_of_the_file(tmp_path: Path) -> None:
    """A quote that has no end because the file was being written is told as a change, not as a bad file."""
    path = write(tmp_path, "d.csv", 'title,text\n"a","b"\n')
    source = Files(config(tmp_path, decisions="d.csv"), None, {})
    contents = source._feed("decisions").contents()
    path.write_text('title,text\n"a","b')
    with pytest.raises(Changed):
        list(source._feed("decisions").found(contents))


def test_a_file_is_not_held_in_memory(tmp_path: Path) -> None:
    import tracemalloc

    rows = 10_000
    with (tmp_path / "m.csv").open("w") as file:
        file.write("metric,day,segment,value\n")
        file.writelines(f"active,2026-01-01,segment {n},{n}\n" for n in range(rows))
    source = Files(config(tmp_path, metrics="m.csv", streams=["metric_points"]), None, {})
    (stream,) = source.streams()
    tracemalloc.start()
    read = sum(len(page.records) for page in source.pull(stream, Cursor()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read == rows
    assert peak < 8_000_000, "ids only are kept, to notice rows that stand there twice"


def test_notes_of_the_same_text_are_two(folder: Path) -> None:
    write(folder, "b.md", "# a.md")
    found = [item.record for page in pages(folder, notes=["a.md", "b.md"]) for item in page.records]
    assert [(one.remote_id, one.title) for one in found] == [("a.md", "a.md"), ("b.md", "a.md")]
    assert all(isinstance(one, Note) for one in found)
