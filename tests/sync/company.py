"""Two to four in-memory tools, a configuration that keeps them in agreement, and runs of a whole sync."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import text
from tests.databases import plain

from syncline.config import Config
from syncline.config.loading import parse
from syncline.memory import MemoryTool, connector_to
from syncline.model import Container, Issue, Status, StatusCategory
from syncline.registry import Registry
from syncline.seams import InlineTasks, Stop
from syncline.sim.clock import SimClock
from syncline.store import Store, open_store
from syncline.sync.result import PullResult
from syncline.sync.undo import Undone
from syncline.sync.whole import Wish, sync, undo

STATUSES = {
    "a": (
        ("Todo", StatusCategory.TODO),
        ("Doing", StatusCategory.IN_PROGRESS),
        ("Finished", StatusCategory.DONE),
    ),
    "b": (
        ("Open", StatusCategory.TODO),
        ("Active", StatusCategory.IN_PROGRESS),
        ("Closed", StatusCategory.DONE),
    ),
    "c": (("New", StatusCategory.TODO), ("Busy", StatusCategory.IN_PROGRESS), ("Over", StatusCategory.DONE)),
    "d": (("One", StatusCategory.TODO), ("Two", StatusCategory.IN_PROGRESS), ("Three", StatusCategory.DONE)),
}
ROWS = [{name: [statuses[number][0]] for name, statuses in STATUSES.items()} for number in range(3)]
FIELDS: dict[str, Any] = {
    "title": {},
    "description": {},
    "status": {},
    "priority": {},
    "labels": {},
    "due_on": {},
    "estimate": {},
}


@dataclass
class Company:
    """Tools by the name of their connection, one container ``K`` in each, and the block that joins them."""

    directory: Path
    url: str
    names: tuple[str, ...] = ("a", "b")
    fields: Mapping[str, Any] = field(default_factory=lambda: dict(FIELDS))
    block: dict[str, Any] = field(default_factory=dict)
    access: Mapping[str, str] = field(default_factory=dict)
    customers: frozenset[str] = frozenset()
    """Connections that may write what customers read."""
    guards: dict[str, Any] = field(default_factory=dict)
    own: dict[str, Any] = field(default_factory=dict)
    people: Mapping[str, Mapping[str, str]] | None = None
    clock: SimClock = field(default_factory=SimClock)
    tools: dict[str, MemoryTool] = field(init=False)

    def __post_init__(self) -> None:
        self.tools = {name: self._tool(name) for name in self.names}

    def _tool(self, name: str) -> MemoryTool:
        statuses = tuple(
            Status(id=str(number), name=word, category=category)
            for number, (word, category) in enumerate(STATUSES[name])
        )
        tool = MemoryTool(site=f"site-{name}", statuses=statuses, now=self.clock.now)
        tool.put(Container(remote_id=f"{name}-k", key="K", title="Everything"))
        return tool

    # ---- people's hands ----

    def put(self, name: str, number: int, **values: Any) -> str:
        """Somebody makes an issue; returns its remote id."""
        remote_id = f"{name}{number}"
        tool = self.tools[name]
        given: dict[str, Any] = {
            "remote_id": remote_id,
            "key": f"{name.upper()}-{number}",
            "url": f"https://{name}.example/{number}",
            "title": f"issue {number}",
            "status": tool.statuses[0],
            "container": f"{name}-k",
            "created_at": self.clock.now(),
            "updated_at": self.clock.now(),
        }
        tool.put(Issue(**(given | values)))
        return remote_id

    def edit(self, name: str, remote_id: str, **values: Any) -> None:
        """Somebody edits an issue: the tool's own field names and JSON values."""
        tool = self.tools[name]
        old = {key: value for key, value in tool.issues[remote_id].items() if not key.startswith("_")}
        tool.put(Issue.model_validate(old | {"updated_at": self.clock.now()} | values))

    def status(self, name: str, place: int) -> Status:
        return self.tools[name].statuses[place]

    def issue(self, name: str, remote_id: str) -> dict[str, Any]:
        return self.tools[name].issues[remote_id]

    def titles(self, name: str) -> list[str]:
        return sorted(one["title"] for one in self.tools[name].issues.values())

    @property
    def writes(self) -> int:
        """How many requests have changed anything in any tool."""
        return sum(tool.writes for tool in self.tools.values())

    # ---- runs ----

    def document(self) -> dict[str, Any]:
        block = {
            "name": "all",
            "between": list(self.names),
            "link": "same",
            "mode": "on",
            "match": ["title"],
            "backlink": False,
            "status": [{name: row[name] for name in self.names} for row in ROWS],
            "fields": dict(self.fields),
        } | self.block
        connections = {
            name: {
                "connector": f"memory-{name}",
                "access": self.access.get(name, "write"),
                "customer_visible": name in self.customers,
                "fields": {field: field for field in self.own},
            }
            for name in self.names
        }
        found: dict[str, Any] = {
            "hub": {"history": "all"},
            "connections": connections,
            "sync": [block],
            "fields": self.own,
        }
        return found | ({"guards": self.guards} if self.guards else {})

    def registry(self) -> Registry:
        return Registry({f"memory-{name}": connector_to(tool) for name, tool in self.tools.items()}, found=())

    def config(self) -> Config:
        config, problems = parse(self.document(), self.directory, self.registry())
        assert config is not None, problems
        assert not problems
        return config

    def store(self) -> Store:
        return open_store(self.url, clock=self.clock, create=True, busy_timeout=5)

    def sync(self, *, stop: Stop | None = None, **wish: Any) -> PullResult:
        """One run of cron, a quarter of an hour after the last."""
        self.clock.sleep(900)
        for tool in self.tools.values():
            tool.settle()
        with self.store() as store:
            return sync(
                self.config(),
                store,
                Wish(**wish),
                registry=self.registry(),
                clock=self.clock,
                tasks=InlineTasks(),
                environ={},
                people=self.people,
                stop=stop,
            )

    def undo(self, run: int, *, stop: Stop | None = None) -> Undone:
        with self.store() as store:
            _, told = undo(
                self.config(),
                store,
                run,
                registry=self.registry(),
                clock=self.clock,
                tasks=InlineTasks(),
                environ={},
                people=self.people,
                stop=stop,
            )
        return told

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.store() as store, store.reading() as db:
            return [plain(row) for row in db.execute(text(query), values)]

    def held(self) -> list[tuple[Any, ...]]:
        """What is open: field, kind, reason."""
        return self.rows(
            "SELECT field, kind, reason FROM held WHERE closed_at IS NULL ORDER BY field, kind, id"
        )
