"""Postgres gives the same roadmap as SQLite."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Connection, create_engine
from tests.databases import Database as Place

from syncline.jsontext import encode
from syncline.report.basis import Basis, load_texts
from syncline.report.relations import relations
from syncline.report.relations.roadmap import RELATIONS
from syncline.report.roadmap.choosing import given

from ..building import AS_OF, settings
from ..reading import loaded
from ..signal.world import copied
from .building import NEEDED, Board, rules


def test_both_databases_give_the_same_rows(on_postgres: Place) -> None:
    board = filled()
    on_postgres.open().close()
    other = create_engine(on_postgres.url, json_serializer=lambda value: encode(value).decode())
    copied(board.engine, other)
    with board.engine.connect() as one, other.connect() as two:
        here, there = read(one), read(two)
    other.dispose()
    board.close()
    for name in RELATIONS:
        assert here.relations[name].columns == there.relations[name].columns
        rows = [sorted(map(repr, loaded(basis, name))) for basis in (here, there)]
        assert rows[0] == rows[1], name
        assert rows[0], f"{name} is empty, so nothing is compared"


def read(connection: Connection) -> Basis:
    made = settings(roadmap=rules(target=["product", "eng"]))
    texts = {name: sql for name, sql in relations(connection.dialect.name).items() if name in NEEDED}
    return load_texts(connection, AS_OF, given(connection, made) | texts)


def filled() -> Board:
    """Something of everything that the relations hold."""
    board = Board()
    board.person("p1", "Ada Example")
    board._record("Person", "p2", title="Ben Example", site="a1b22", connection_id=2)
    board.project("top", "Growth", level=2)
    board.project(
        "p", "Guest accounts", due_on=date(2026, 12, 4), data={"parents": ["top"], "assignees": ["p2"]}
    )
    board.update("p", "at_risk", AS_OF - timedelta(days=3))
    item = board.issue(
        "1", "In Progress", type="Epic", level=1, title="Guest accounts", due_on=date(2026, 12, 4)
    )
    board.due(item, AS_OF - timedelta(days=9), "2026-11-27", "2026-12-04")
    board.due(item, AS_OF + timedelta(days=9), "2026-12-04", "2026-12-05")
    held = board.story("2", "1", "Waiting", estimate=2.5, assignees=["p1"])
    moved = board.story("3", "1", "Done")
    board.event(int(moved[1:]), "parent", "9", "1", AS_OF - timedelta(days=7))
    board.event(int(held[1:]), "parent", "1", "8", AS_OF + timedelta(days=7))
    board.mirror(moved, "m3", project="p")
    board.blocks("3", "2", AS_OF - timedelta(days=4))
    state = {"state": "active", "end_at": "2026-11-24T12:00:00+00:00"}
    board._record("Iteration", "s1", state, title="Sprint 7")
    board._record("Release", "v1", {"released": False, "due_on": "2026-11-30"}, title="2.5")
    board.write()
    return board
