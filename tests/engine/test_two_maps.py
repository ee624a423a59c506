"""Two connections to one site: they may share its records, but not read them by two maps."""

from __future__ import annotations

from typing import Any

from tests.engine.world import WORLD, World, filled_tool

from syncline.memory import connector_to

DONE = {"Open": "done"}


def two(world: WORLD, first: dict[str, Any], second: dict[str, Any]) -> World:
    here = world(connector=connector_to(filled_tool(10)))
    here.connections = {
        "first": {"connector": "memory"} | first,
        "second": {"connector": "memory"} | second,
    }
    return here


def categories(here: World) -> set[Any]:
    return set(here.rows("SELECT status_category FROM record WHERE kind = 'Issue'"))


def test_they_may_read_alike(world: WORLD) -> None:
    here = two(world, {"status": DONE}, {"status": DONE})
    assert [here.pull().exit_code for _ in range(3)] == [0, 0, 0]
    assert categories(here) == {("done",)}


def test_two_maps_are_refused_in_one_line_and_nothing_is_turned_over(world: WORLD) -> None:
    here = two(world, {"status": DONE}, {})
    for _ in range(3):
        result = here.pull(full=True)
        assert result.exit_code == 2
        (problem,) = result.problems
        assert problem.connection == "second"
        assert "reads 1 by another map" in str(problem.error) or "reads ENG-" in str(problem.error)
        assert "than connection first, which reads it too" in str(problem.error)
        assert categories(here) == {("done",)}
    here.connections["second"]["status"] = DONE
    assert here.pull().exit_code == 0


def test_who_is_configured_no_more_is_no_rival(world: WORLD) -> None:
    here = two(world, {"status": DONE}, {})
    here.pull()
    del here.connections["first"]
    assert here.pull().exit_code == 0
    assert categories(here) == {("todo",)}
