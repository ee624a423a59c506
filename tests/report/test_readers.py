"""Two readers at a time: on one state whatever is committed meanwhile, and the same report to the byte."""

from __future__ import annotations

import io
import os
import pickle
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from bench.status import AS_OF, fill, settings
from sqlalchemy import Connection, text

from syncline.errors import StoreError
from syncline.report import Report, build_status, reader, readers, render
from syncline.report.basis import as_known, load_texts
from syncline.report.facts import needed_by
from syncline.report.making import working_set
from syncline.report.reader import Step
from syncline.report.readers import Second
from syncline.report.relations import PARTED_BY, parted, relations, words
from syncline.store import Store, open_store

ITEMS = 300


@pytest.fixture(scope="module")
def filled_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("readers") / "filled.db"
    fill(path, ITEMS)
    return path


@pytest.fixture
def filled(filled_file: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{filled_file}") as store:
        yield store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'hub.db'}", create=True) as store:
        yield store


@pytest.fixture(autouse=True)
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if all databases were large and every machine had two processors."""
    monkeypatch.setattr("syncline.report.relations.PARTED_BY", (*PARTED_BY, "mine"))
    monkeypatch.setattr(readers, "LARGE", 0)
    monkeypatch.setattr(readers, "processors", lambda: 2)


def commit(store: Store) -> None:
    with store.writing() as db:
        db.execute(text("INSERT INTO run (command, started_at, state) VALUES ('pull', '', 'done')"))


def runs(connection: Connection) -> int:
    return int(connection.execute(text("SELECT count(*) FROM run")).scalar_one())


RUNS = Step("runs_seen", "SELECT count(*) AS n FROM run", {}, (), ())


def seen(second: Second) -> int:
    """The runs that the second reader sees."""
    second.make([RUNS])
    columns, image = second.made()
    assert columns == {"runs_seen": ("n",)}
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(image)
        return int(database.execute("SELECT n FROM runs_seen").fetchone()[0])


def runs_on(process: int) -> bool:
    """Whether it is still there, a dead one that nobody waited for too."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


# ---- the same report -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("known", [None, 1])
def test_two_readers_give_the_report_of_one_to_the_byte(filled: Store, known: int | None) -> None:
    def build(connection: Connection) -> Report:
        return build_status(connection if known is None else as_known(connection, known), settings())

    with filled.reading() as alone:
        one = build(alone)
    with readers.reading(filled) as both:
        assert readers.beside(both) is not None
        assert len(working_set(both, settings()).images) == 2
        two = build(both)
    for format in ("html", "json"):
        assert render(one, format) == render(two, format)


def test_reading_leaves_no_tables_behind_and_can_be_done_again(filled: Store) -> None:
    with readers.reading(filled) as both:
        once = working_set(both, settings())
        assert both.exec_driver_sql("SELECT count(*) FROM sqlite_temp_master").scalar_one() == 0
        again = working_set(both, settings())
    assert once.relations == again.relations
    assert len(once.images) == len(again.images) == 2


def test_a_small_database_has_one_reader_and_so_has_one_processor(
    filled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert filled.path is not None
    monkeypatch.setattr(readers, "LARGE", filled.path.stat().st_size + 1)
    with readers.reading(filled) as first:
        assert readers.beside(first) is None
    monkeypatch.setattr(readers, "LARGE", filled.path.stat().st_size)
    with readers.reading(filled) as first:
        assert readers.beside(first) is not None
    monkeypatch.setattr(readers, "processors", lambda: 1)
    with readers.reading(filled) as first:
        assert readers.beside(first) is None


def test_the_second_part_needs_nothing_of_the_first() -> None:
    texts = relations("sqlite")
    one, two = parted(texts)
    assert one | two == texts.keys()
    assert one.isdisjoint(two | needed_by([texts[name] for name in two], texts))
    assert "work" in one
    assert {"move", "ticket_turn"} <= two


def test_a_value_names_no_relation() -> None:
    assert words("SELECT 'it''s reopened' AS kind FROM ticket") == {"SELECT", "AS", "kind", "FROM", "ticket"}


# ---- one state -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("look", [1, 2])
def test_a_commit_between_the_two_beginnings_is_seen_by_both_or_by_none(
    store: Store, monkeypatch: pytest.MonkeyPatch, look: int
) -> None:
    commit(store)
    looked = readers._looked_at
    looks: list[Connection] = []

    def look_and_let_somebody_write(connection: Connection) -> int:
        found = looked(connection)
        looks.append(connection)
        if len(looks) == look:
            commit(store)
        return found

    monkeypatch.setattr(readers, "_looked_at", look_and_let_somebody_write)
    with readers.reading(store) as first:
        second = readers.beside(first)
        assert second is not None
        assert len(looks) == 6  # begun twice
        commit(store)
        assert runs(first) == seen(second) == 2


def test_a_commit_before_the_second_begins_is_seen_by_both(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = Second.begin
    begun: list[Second] = []

    def begin_late(second: Second) -> None:
        if not begun:
            commit(store)
        begun.append(second)
        begin(second)

    monkeypatch.setattr(Second, "begin", begin_late)
    with readers.reading(store) as first:
        second = readers.beside(first)
        assert second is not None
        assert len(begun) == 2
        assert runs(first) == seen(second) == 1


def test_one_reads_alone_where_somebody_writes_all_the_time(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = readers._looked_at

    def look_and_let_somebody_write(connection: Connection) -> int:
        found = looked(connection)
        commit(store)
        return found

    monkeypatch.setattr(readers, "_looked_at", look_and_let_somebody_write)
    with readers.reading(store) as first:
        assert readers.beside(first) is None
        assert runs(first) == 3 * readers.TRIES
        commit(store)
        assert runs(first) == 3 * readers.TRIES


def test_a_database_in_memory_has_one_reader() -> None:
    with open_store("sqlite://", create=True) as store, readers.reading(store) as first:
        assert readers.beside(first) is None


# ---- what goes wrong -------------------------------------------------------------------------------------------------

GOOD = "SELECT 1 AS one"
BAD = "SELECT * FROM nowhere"


@pytest.mark.parametrize(("first", "second"), [(GOOD, BAD), (BAD, GOOD)])
def test_a_failure_of_either_is_raised_as_that_of_one(store: Store, first: str, second: str) -> None:
    texts = {"mine": first, "other": second}
    with pytest.raises(StoreError) as alone, store.reading() as connection:
        load_texts(connection, AS_OF, texts)
    with pytest.raises(StoreError) as both, readers.reading(store) as connection:
        load_texts(connection, AS_OF, texts)
    assert str(both.value) == str(alone.value)


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_a_killed_reader_does_not_give_is_made_by_the_first(
    store: Store, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    make = Second.make

    def make_and_be_killed(second: Second, steps: Any) -> None:
        if when == "after":
            os.kill(second.pid, signal.SIGSTOP)  # it hears it and does nothing
            make(second, steps)
        os.kill(second.pid, signal.SIGKILL)
        os.waitid(os.P_PID, second.pid, os.WEXITED | os.WNOWAIT)
        if when == "before":
            make(second, steps)

    monkeypatch.setattr(Second, "make", make_and_be_killed)
    with readers.reading(store) as connection:
        basis = load_texts(connection, AS_OF, {"mine": GOOD, "other": "SELECT 2 AS two"})
    assert {name: one.columns for name, one in basis.relations.items()} == {
        "mine": ("one",),
        "other": ("two",),
    }
    assert len(basis.images) == 2


def test_any_path_is_read_by_both(tmp_path: Path) -> None:
    folder = tmp_path / "100 % of ours? #1 ä"
    folder.mkdir()
    with open_store(f"sqlite:///{folder / 'hub.db'}", create=True) as store:
        commit(store)
        with readers.reading(store) as first:
            second = readers.beside(first)
            assert second is not None
            assert runs(first) == seen(second) == 1


def test_one_reads_alone_where_no_process_is_to_be_had(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with readers.reading(store) as first:
        assert readers.beside(first) is None
        assert runs(first) == 0


def test_one_reads_alone_where_the_other_ends_at_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "__file__", "/nowhere/reader.py")
    with readers.reading(store) as first:
        assert readers.beside(first) is None
        assert runs(first) == 0


def test_the_second_reader_ends_with_the_block_whatever_ends_it(store: Store) -> None:
    def begun() -> None:
        with readers.reading(store) as first:
            second = readers.beside(first)
            assert second is not None
            assert runs_on(second.pid)
            found.append(second.pid)
            raise KeyboardInterrupt

    found: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        begun()
    assert not runs_on(found[0])


# ---- the program of the second reader --------------------------------------------------------------------------------


def test_the_program_does_what_it_is_told_until_nobody_tells_any_more(store: Store) -> None:
    assert store.path is not None
    steps = [tuple(RUNS), ("twice", "SELECT n * 2 AS n FROM runs_seen", {}, ("n",), ("runs_seen",))]
    told = io.BytesIO(reader.BEGIN + reader.BEGIN + reader.MAKE + pickle.dumps(steps) + reader.BEGIN)
    telling = io.BytesIO()
    reader.main(store.path.absolute().as_uri() + "?mode=ro", told, telling)
    telling.seek(0)
    assert telling.read(2) == reader.BEGIN * 2
    columns, image = pickle.load(telling)  # noqa: S301 - of our own program
    assert columns == {"runs_seen": ("n",), "twice": ("n",)}
    assert telling.read() == reader.BEGIN
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(image)
        names = database.execute(
            "SELECT type, name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY 1"
        )
        assert names.fetchall() == [("index", "twice_by_n"), ("table", "twice")]


def test_the_program_needs_nothing_but_the_standard_library() -> None:
    source = Path(reader.__file__).read_text()
    assert "syncline" not in "".join(
        line for line in source.splitlines() if line.startswith(("import", "from"))
    )
