"""Connections are read side by side: a slow tool holds nobody back, and all of them are read to their end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import ClassVar

from sqlalchemy import text
from tests.engine.world import WORLD, filled_tool

from syncline.connector import Cursor, Page, Stream
from syncline.memory import Memory, MemoryTool, connector_to
from syncline.seams import ThreadTasks
from syncline.store import open_store


def slow_connector(tool: MemoryTool, ready: Callable[[], bool]) -> type[Memory]:
    """A connector whose tool answers only once something has happened elsewhere."""

    class Slow(Memory):
        name: ClassVar[str] = "slow"

        def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
            until = time.monotonic() + 30
            while not ready():
                assert time.monotonic() < until, "the other connection waits for this one"
                time.sleep(0.02)
            yield from super().pull(stream, cursor)

    Slow.tool = tool
    return Slow


def test_a_slow_tool_holds_nobody_back_and_is_read_to_its_end(world: WORLD) -> None:
    quick, slow = filled_tool(30, site="quick"), filled_tool(20, site="slow")
    here = world(connector=connector_to(quick))

    def quick_is_stored() -> bool:
        with open_store(here.url, create=True, busy_timeout=5) as store, store.reading() as db:
            count = db.execute(text("SELECT count(*) FROM record WHERE site = 'quick' AND kind = 'Issue'"))
            return bool(count.scalar_one() == 30)

    here.connectors["slow"] = slow_connector(slow, quick_is_stored)
    here.connections = {"late": {"connector": "slow"}, "early": {"connector": "memory"}}
    here.tasks = ThreadTasks()
    result = here.pull()
    assert result.exit_code == 0
    assert {name: feeds["issues"].complete for name, feeds in result.connections.items()} == {
        "late": True,
        "early": True,
    }
    assert result.connections["late"]["issues"].created == 20
