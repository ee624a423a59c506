"""A version older than the one that is known: a search that lags behind our own write, or a tool that was restored."""

from __future__ import annotations

import pytest
from tests.engine.world import WORLD, World, filled_tool, issue

from syncline.memory import MemoryTool, connector_to
from syncline.sim.clock import START

NEW, OLD = START.replace(month=2, day=20), START.replace(month=1, day=20)
DAY = 24 * 3600.0


@pytest.fixture
def tool() -> MemoryTool:
    return filled_tool(10)


@pytest.fixture
def here(world: WORLD, tool: MemoryTool) -> World:
    """All was read, and an issue of a month ago is known in its newest version."""
    made = world(connector=connector_to(tool))
    tool.put(issue(3, title="newest", updated_at=NEW))
    made.pull()
    return made


def title(here: World) -> str:
    ((found,),) = here.rows("SELECT title FROM record WHERE remote_id = '3' AND kind = 'Issue'")
    return str(found)


def test_a_walk_goes_by_a_search_that_may_lag(here: World, tool: MemoryTool) -> None:
    here.clock.advance(2 * DAY)
    tool.put(issue(3, title="before", updated_at=OLD))
    assert here.pull().connections["mem"]["issues"].updated == 0
    assert title(here) == "newest"


def test_a_full_pull_believes_a_tool_that_was_restored(here: World, tool: MemoryTool) -> None:
    here.clock.advance(2 * DAY)
    tool.put(issue(3, title="from the backup", updated_at=OLD))
    assert here.pull(full=True).connections["mem"]["issues"].updated == 1
    assert title(here) == "from the backup"
    tool.put(issue(3, title="edited since", updated_at=NEW.replace(day=21)))
    here.pull()
    assert title(here) == "edited since"


def test_what_is_new_to_us_is_not_taken_back_by_a_full_pull_right_after_it(
    here: World, tool: MemoryTool
) -> None:
    here.clock.advance(2 * DAY)
    tool.put(issue(3, title="just written", updated_at=NEW.replace(day=22)))
    here.pull()
    here.clock.advance(600)
    tool.put(issue(3, title="as the search shows it", updated_at=NEW))
    here.pull(full=True)
    assert title(here) == "just written"
    here.clock.advance(3600)
    here.pull(full=True)
    assert title(here) == "as the search shows it"


def test_what_was_gone_comes_back_as_it_is(here: World, tool: MemoryTool) -> None:
    tool.delete("3")
    here.clock.advance(2 * DAY)
    here.pull()
    assert here.rows("SELECT absent FROM record WHERE remote_id = '3'") == [("gone",)]
    tool.put(issue(3, title="brought back", updated_at=OLD))
    here.pull()
    assert here.rows("SELECT absent FROM record WHERE remote_id = '3'") == [(None,)]
    assert title(here) == "brought back"
