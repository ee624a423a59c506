"""Two connections to one site that are opened for the first time side by side: who looks after what both see.

Seen to fail with the rivals taken from the database alone: the first did not know the second yet, and turned its
records over.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from tests.engine.world import WORLD, World, filled_tool

from syncline.connector import Account, Cursor, Page, Stream
from syncline.memory import Memory, MemoryTool
from syncline.seams import ThreadTasks

DONE = {"Open": "done"}
PATIENCE = 30
OWNERS = """
SELECT DISTINCT c.name FROM record r JOIN connection c ON c.id = r.connection_id WHERE r.kind <> 'Container'
"""


def racing(tool: MemoryTool, slow: str) -> dict[str, type[Memory]]:
    """Connectors ``first`` and ``second`` to one tool: the slow one is opened first and stores nothing until the other
    one, of which it cannot know yet, has been walked to its end."""
    opened, walked = threading.Event(), threading.Event()

    class Late(Memory):
        name: ClassVar[str] = slow

        def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
            opened.set()
            assert walked.wait(PATIENCE)
            yield from super().pull(stream, cursor)

    class Quick(Memory):
        name: ClassVar[str] = "second" if slow == "first" else "first"

        def check(self) -> Account:
            assert opened.wait(PATIENCE)
            return super().check()

        def census(self, stream: Stream) -> Iterator[Any]:
            walked.set()
            yield from super().census(stream)

    Late.tool = Quick.tool = tool
    return {Late.name: Late, Quick.name: Quick}


def race(world: WORLD, slow: str, maps: dict[str, dict[str, str]]) -> World:
    here = world()
    here.connectors.update(racing(filled_tool(10), slow))
    here.connections = {
        name: {"connector": name, **({"status": maps[name]} if name in maps else {})}
        for name in ("first", "second")
    }
    here.tasks = ThreadTasks()
    return here


@pytest.mark.parametrize("slow", ["first", "second"])
def test_two_maps_are_refused_whoever_is_quicker(world: WORLD, slow: str) -> None:
    here = race(world, slow, {"first": DONE})
    for _ in range(3):
        result = here.pull(full=True)
        assert result.exit_code == 2
        (problem,) = result.problems
        assert problem.connection == "second"
        assert "than connection first, which reads it too" in str(problem.error)
        assert here.rows("SELECT DISTINCT status_category FROM record WHERE kind = 'Issue'") == [("done",)]
        assert here.rows(OWNERS) == [("first",)]


@pytest.mark.parametrize("slow", ["first", "second"])
def test_what_both_see_belongs_to_the_one_that_is_configured_first(world: WORLD, slow: str) -> None:
    here = race(world, slow, {})
    assert here.pull().exit_code == 0
    assert here.rows(OWNERS) == [("first",)]
    seqs = here.rows("SELECT id, seq FROM record ORDER BY id")
    for _ in range(2):
        assert here.pull(full=True).exit_code == 0
    assert here.rows(OWNERS) == [("first",)]
    assert here.rows("SELECT id, seq FROM record ORDER BY id") == seqs, "nothing goes to and fro"
