"""Two readers at a time: on one state whatever is committed meanwhile, and the same report to the byte."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bench.status import AS_OF, fill, settings
from sqlalchemy import Connection, text

from syncline.errors import StoreError
from syncline.report import Report, build_status, filling, readers, render
from syncline.report.basis import as_known, load_texts
from syncline.report.facts import needed_by
from syncline.report.making import working_set
from syncline.report.relations import parted, relations, words
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


def commit(store: Store) -> None:
    with store.writing() as db:
        db.execute(text("INSERT INTO run (command, started_at, state) VALUES ('pull', '', 'done')"))


def runs(connection: Connection) -> int:
    return int(connection.execute(text("SELECT count(*) FROM run")).scalar_one())


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


def test_reading_leaves_no_tables_behind(filled: Store) -> None:
    with readers.reading(filled) as both:
        other = readers.beside(both)
        assert other is not None
        working_set(both, settings())
        for connection in (both, other):
            assert connection.exec_driver_sql("SELECT count(*) FROM sqlite_temp_master").scalar_one() == 0


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
        assert runs(first) == runs(second) == 2


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
    texts, threads = {"course": first, "other": second}, threading.active_count()
    with pytest.raises(StoreError) as alone, store.reading() as connection:
        load_texts(connection, AS_OF, texts)
    with pytest.raises(StoreError) as both, readers.reading(store) as connection:
        load_texts(connection, AS_OF, texts)
    assert str(both.value) == str(alone.value)
    assert threading.active_count() == threads


def test_an_interruption_ends_the_other_after_what_it_is_at(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, stopped, threads = threading.Event(), threading.Event(), threading.active_count()
    made: list[str] = []

    class Stop(threading.Event):
        def set(self) -> None:
            super().set()
            stopped.set()

    def table(_: Connection, database: Any, task: Any, name: str) -> tuple[str, ...]:
        if name == "course":
            assert begun.wait(10)
            raise KeyboardInterrupt
        begun.set()
        assert stopped.wait(10)
        made.append(name)
        return ("one",)

    monkeypatch.setattr(filling, "Event", Stop)
    monkeypatch.setattr(filling, "_table", table)
    with pytest.raises(KeyboardInterrupt), readers.reading(store) as connection:
        load_texts(connection, AS_OF, {"course": GOOD, "other": GOOD, "another": GOOD})
    assert made == ["other"]
    assert threading.active_count() == threads
