"""The tables of people and teams: brought up to date by every run, joined by every query."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.databases import Database
from tests.engine.world import World
from tests.people.world import assign, person, world

from syncline.config import Config
from syncline.model import Person
from syncline.store.people import accounts

CREWS: dict[str, dict[str, Person]] = {}


@pytest.fixture
def here(tmp_path: Path) -> World:
    crews = {
        "eng": {
            "a1": person("a1", "Ada Example", key="ada", email="ada@acme.example"),
            "b1": person("b1", "Ben Example", key="ben"),
            "c1": person("c1", "A Customer", account_type="end-user", email="c@customer.example"),
        },
        "product": {
            "a2": person("a2", "ada", email="ADA@acme.example"),
            "x2": person("x2", "Bot", account_type="app"),
        },
    }
    made = world(tmp_path, crews, people="people.csv")
    (tmp_path / "people.csv").write_text("person,email,team,eng\nAda,ada@acme.example,core,\nBen,,,ben\n")
    assign(made, "eng", "a1", "b1")
    return made


def people(at: World) -> list[tuple[Any, ...]]:
    return at.rows("SELECT person, team, connection, ref, matched FROM people ORDER BY person, ref")


def test_a_pull_links_accounts_to_persons(here: World) -> None:
    assert here.pull().problems == []
    assert people(here) == [
        ("Ada", "core", "eng", "site-eng:Person:a1", "email"),
        ("Ada", "core", "product", "site-product:Person:a2", "email"),
        ("Ben", None, "eng", "site-eng:Person:b1", "file"),
    ]


def test_whoever_is_assigned_has_a_name(here: World) -> None:
    here.pull()
    rows = here.rows(
        "SELECT a.item, p.person FROM assignments a LEFT JOIN people p ON p.ref = a.person ORDER BY 2"
    )
    assert [name for _, name in rows] == ["Ada", "Ben"]


def test_an_edit_of_the_list_counts_without_new_records(here: World, tmp_path: Path) -> None:
    here.pull()
    (tmp_path / "people.csv").write_text("person,eng\nBenjamin,ben\n")
    result = here.pull()
    assert all(counts.updated == 0 for feeds in result.connections.values() for counts in feeds.values())
    assert people(here) == [("Benjamin", None, "eng", "site-eng:Person:b1", "file")]


def test_a_new_account_is_found_without_an_edit(here: World) -> None:
    here.pull()
    here.connectors["product"].crew["a3"] = person("a3", "Ada two", email="ada@acme.example")  # type: ignore[attr-defined]
    here.pull(full=True)
    assert ("Ada", "core", "product", "site-product:Person:a3", "email") in people(here)


def test_an_account_that_vanished_is_nobodys(here: World) -> None:
    here.pull()
    del here.connectors["product"].crew["a2"]  # type: ignore[attr-defined]
    here.pull(full=True)
    assert [row[3] for row in people(here)] == ["site-eng:Person:a1", "site-eng:Person:b1"]


def test_nothing_is_written_where_nothing_changed(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    here.pull()

    def never(*_: object, **__: object) -> None:
        raise AssertionError("written again")

    monkeypatch.setattr("syncline.store.people.store", never)
    assert here.pull().problems == []


@pytest.mark.parametrize("content", [b"", b"name\n", b"\xff", b'person\n"x'])
def test_a_broken_list_is_told_and_everybody_stays_who_they_were(
    here: World, tmp_path: Path, content: bytes
) -> None:
    here.pull()
    before = people(here)
    (tmp_path / "people.csv").write_bytes(content)
    result = here.pull()
    assert [(problem.connection, problem.stream) for problem in result.problems] == [("hub", "people")]
    assert "people.csv" in str(result.problems[0].error)
    assert result.exit_code == 2
    assert people(here) == before


def test_a_list_that_is_gone_is_told_one_that_never_was_is_not(here: World, tmp_path: Path) -> None:
    text = (tmp_path / "people.csv").read_text()
    (tmp_path / "people.csv").unlink()
    assert here.pull().problems == []
    (tmp_path / "people.csv").write_text(text)
    here.pull()
    (tmp_path / "people.csv").unlink()
    (problem,) = here.pull().problems
    assert "people.csv is not there any more" in str(problem.error)
    assert len(people(here)) == 3


def test_a_list_that_is_taken_out_of_the_configuration_is_forgotten(here: World) -> None:
    here.pull()
    del here.hub["people"]
    here.pull()
    assert people(here) == []
    assert here.rows("SELECT count(*) FROM person_account") == [(0,)]


def test_customers_are_no_accounts(here: World) -> None:
    here.pull()
    with here.store() as store, store.reading() as db:
        found = {one.remote_id: one for one in accounts(db, with_work=True)}
    assert found.keys() == {"a1", "a2", "b1", "x2"}
    assert (found["a1"].open_items, found["a2"].open_items, found["x2"].wanted) == (1, 0, False)


def dirty(at: World) -> list[tuple[Any, ...]]:
    return at.rows(
        "SELECT r.connection, r.remote_id, d.reason FROM dirty d JOIN records r ON r.record_id = d.record_id "
        "WHERE r.kind = 'Issue' ORDER BY 1, 2"
    )


def settle(at: World) -> None:
    with at.store() as store, store.writing() as db:
        db.exec_driver_sql("DELETE FROM dirty")


def test_work_of_whoever_is_known_otherwise_is_planned_again(here: World, tmp_path: Path) -> None:
    """An assignee who was unknown in one tool is put there once the list names an account: nobody must ask for it."""
    assign(here, "product", "a2")
    (tmp_path / "people.csv").write_text("person,eng,product\nAda,a1,\nBen,b1\n")
    here.pull()
    settle(here)
    (tmp_path / "people.csv").write_text("person,eng,product\nAda,a1,a2\nBen,b1\n")
    here.pull()
    assert dirty(here) == [("eng", "1", "config"), ("product", "1", "config")]
    settle(here)
    (tmp_path / "people.csv").write_text("# a remark\nperson,eng,product\nAda,a1,a2\nBen,b1\n")
    here.pull()
    assert dirty(here) == []


def test_a_server_does_the_same(here: World, on_postgres: Database, tmp_path: Path) -> None:
    here.url = on_postgres.url
    assign(here, "product", "a2")
    with_teams(here, {"core": ["eng:ENG"]})
    here.pull()
    assert [row[0] for row in people(here)] == ["Ada", "Ada", "Ben"]
    assert here.rows("SELECT DISTINCT connection, team FROM items ORDER BY 1") == [
        ("eng", "core"),
        ("product", None),
    ]
    with here.store() as store, store.reading() as db:
        assert {one.remote_id: one.open_items for one in accounts(db, with_work=True)}["a2"] == 1
    settle(here)
    (tmp_path / "people.csv").write_text("person,eng,product\nAda,a1,-\n")
    assert here.pull().problems == []
    assert dirty(here) == [("eng", "1", "config"), ("product", "1", "config")]


# ---- teams ---------------------------------------------------------------------------------------------------


def with_teams(at: World, teams: dict[str, Any]) -> None:
    from syncline.config.loading import parse
    from syncline.registry import Registry

    def config() -> Config:
        document = {
            "hub": {"history": "all"} | at.hub,
            "connections": at.connections,
            "teams": {name: {"containers": containers} for name, containers in teams.items()},
        }
        found, problems = parse(document, at.directory, Registry(at.connectors, found=()))
        assert found is not None
        assert not problems
        return found

    at.config = config  # type: ignore[method-assign]


def test_containers_are_joined_to_teams(here: World) -> None:
    with_teams(here, {"core": ["eng:ENG"], "growth": ["product:c1", "product:NONE"]})
    here.pull()
    assert here.rows("SELECT team, connection, ref, container FROM teams ORDER BY team") == [
        ("core", "eng", "site-eng:Container:c1", "ENG"),
        ("growth", "product", "site-product:Container:c1", "ENG"),
    ]
    assert here.rows("SELECT DISTINCT connection, team FROM items ORDER BY 1") == [
        ("eng", "core"),
        ("product", "growth"),
    ]
    settle(here)
    with_teams(here, {"core": ["product:ENG"]})
    here.pull()
    assert len(dirty(here)) == 6, "conditions may ask for the team"
    assert here.rows("SELECT DISTINCT connection, team FROM records WHERE kind = 'Issue' ORDER BY 1") == [
        ("eng", None),
        ("product", "core"),
    ]


def test_teams_need_no_list_of_people(here: World) -> None:
    del here.hub["people"]
    with_teams(here, {"core": ["eng:ENG"]})
    here.pull()
    assert here.rows("SELECT team FROM teams") == [("core",)]
    assert people(here) == []
