"""The fixture of the engine's tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.databases import Database
from tests.engine.world import World, filled_tool

from syncline.connector import Source
from syncline.memory import MemoryTool, connector_to
from syncline.sim.clock import SimClock


@pytest.fixture
def world(database: Database, tmp_path: Path) -> Callable[..., World]:
    """Makes a world around a tool or a connector, on every database."""

    def make(
        tool: MemoryTool | None = None, connector: type[Source] | None = None, **options: object
    ) -> World:
        chosen = connector or connector_to(tool or filled_tool())
        return World(tmp_path, database.url, SimClock(), {"memory": chosen}, **options)  # type: ignore[arg-type]

    return make
