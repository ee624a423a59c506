"""A small world: a memory tool, a store beside it, and pulls between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import text
from tests.databases import plain

from syncline.config import Config
from syncline.config.loading import parse
from syncline.connector import Source
from syncline.memory import MemoryTool
from syncline.model import Container, Issue, Status, StatusCategory
from syncline.registry import Registry
from syncline.seams import InlineTasks, Tasks
from syncline.sim.clock import SimClock
from syncline.store import Store, open_store
from syncline.sync.pull import pull
from syncline.sync.result import PullResult

STATUSES = (
    Status(id="1", name="Open", category=StatusCategory.TODO),
    Status(id="2", name="Doing", category=StatusCategory.IN_PROGRESS),
    Status(id="3", name="Shipped", category=StatusCategory.DONE),
)


def issue(number: int, **changes: Any) -> Issue:
    """An issue of the container ENG."""
    values: dict[str, Any] = {
        "remote_id": str(number),
        "key": f"ENG-{number}",
        "title": f"issue {number}",
        "status": STATUSES[0],
        "container": "c1",
        "updated_at": None,
    }
    return Issue(**(values | changes))


def filled_tool(count: int = 30, **options: Any) -> MemoryTool:
    """A tool with one container and ``count`` issues, seven on a page."""
    tool = MemoryTool(statuses=STATUSES, page_size=7, **options)
    tool.put(Container(remote_id="c1", key="ENG", title="Engineering"))
    for number in range(1, count + 1):
        tool.put(issue(number))
    return tool


@dataclass
class World:
    """One database and the connectors that are pulled into it."""

    directory: Path
    url: str
    clock: SimClock
    connectors: dict[str, type[Source]]
    hub: dict[str, Any] = field(default_factory=dict)
    connections: dict[str, dict[str, Any]] = field(default_factory=dict)
    tasks: Tasks = field(default_factory=InlineTasks)
    more: dict[str, Any] = field(default_factory=dict)
    """Other sections of the configuration."""

    def config(self) -> Config:
        registry = Registry(self.connectors, found=())
        tables = self.connections or {"mem": {"connector": "memory"}}
        config, problems = parse(
            {"hub": {"history": "all"} | self.hub, "connections": tables} | self.more,
            self.directory,
            registry,
        )
        assert config is not None, problems
        assert not problems
        return config

    def store(self) -> Store:
        return open_store(self.url, clock=self.clock, create=True, busy_timeout=5)

    def pull(self, **options: Any) -> PullResult:
        with self.store() as store:
            return pull(
                self.config(),
                store,
                registry=Registry(self.connectors, found=()),
                clock=self.clock,
                tasks=self.tasks,
                environ={},
                **options,
            )

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.store() as store, store.reading() as db:
            return [plain(row) for row in db.execute(text(query), values)]


WORLD = Callable[..., World]
