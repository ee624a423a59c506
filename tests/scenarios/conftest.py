from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.scenarios.lab import World
from tests.scenarios.sides import JiraSide, LinearSide

from syncline.sim.clock import SimClock

ROWS: list[dict[str, list[str]]] = [
    {"product": ["Backlog"], "eng": ["Backlog"]},
    {"product": ["Todo"], "eng": ["To Do"]},
    {"product": ["In Progress"], "eng": ["In Progress"]},
    {"product": ["Done"], "eng": ["Done"]},
    {"product": ["Canceled", "Duplicate"], "eng": ["Won't Do"]},
]
"""One row, one meaning; Jira's first because there it has a status for each."""


Pair = tuple[World, JiraSide, LinearSide]


@pytest.fixture
def clock() -> SimClock:
    return SimClock()


@pytest.fixture
def pair(tmp_path: Path, clock: SimClock) -> Iterator[Callable[..., Pair]]:
    """A Jira ``eng`` and a Linear ``product``, whose issues are one piece of work each."""
    worlds: list[World] = []

    def make(
        *, jira: dict[str, Any] | None = None, linear: dict[str, Any] | None = None, **options: Any
    ) -> Pair:
        eng, product = JiraSide("eng", clock, **(jira or {})), LinearSide("product", clock, **(linear or {}))
        block = {"status": ROWS, "pair": [{"product": "COR", "eng": "ENG"}]} | options.pop("block", {})
        worlds.append(World(tmp_path, (eng, product), clock, block, **options))
        return worlds[-1], eng, product

    yield make
    for world in worlds:
        world.close()
