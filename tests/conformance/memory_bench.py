"""The benches that drive the in-memory tool: the example for a connector author."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, Literal

from syncline.config import ConnectionConfig
from syncline.memory import Memory, MemoryTool, Rules
from syncline.model import (
    Comment,
    Container,
    Issue,
    Priority,
    Status,
    StatusCategory,
    Text,
    TextFormat,
)
from syncline.sim.clock import SimClock
from syncline.sim.faults import Fault
from syncline.target import Target
from syncline.testing import Quirk, Workflow

OPEN = Status(id="1", name="Open", category=StatusCategory.TODO)
DOING = Status(id="2", name="Doing", category=StatusCategory.IN_PROGRESS)
DONE = Status(id="3", name="Done", category=StatusCategory.DONE)
DROPPED = Status(id="4", name="Dropped", category=StatusCategory.CANCELED)
HOUR_AHEAD = timezone(timedelta(hours=1))


class MemoryBench:
    """A memory tool with 25 issues on pages of 7, strict rules, and a connector to it."""

    faults: frozenset[Fault] = frozenset(Fault) - {
        Fault.RATE_LIMIT_DATE,
        Fault.RATE_LIMIT_PAST,
        Fault.RATE_LIMIT_HUGE,
        Fault.INVALID_UTF8,
        Fault.SLOW,
        Fault.DRIP,
    }
    quirks = frozenset(Quirk)
    type_name = "Task"
    workflow = Workflow("Doing", far="Done", path=("Doing",), closed="Dropped")
    required: tuple[str, str] | None = ("Bug", "due_on")
    off_screen: tuple[str, str] | None = ("c2", "estimate")
    title_limit: int | None = 255
    file_limit: int | None = 1000

    def __init__(self, connector: type[Memory] = Memory) -> None:
        self.clock = SimClock()
        rules = Rules(
            ways={"Open": ("Doing",), "Doing": ("Open", "Done"), "Done": ("Doing",)},
            required={"Bug": ("due_on",)},
            off_screen={"c2": frozenset({"estimate"})},
            file_limit=1000,
        )
        statuses = (OPEN, DOING, DONE, DROPPED)
        self.tool = MemoryTool(page_size=7, statuses=statuses, rules=rules, now=self.clock.now, lags=True)
        self._bound = type("Bound", (connector,), {"tool": self.tool})
        for number in (1, 2):
            self.tool.put(Container(remote_id=f"c{number}", key=("ENG", "WEB")[number - 1]))
        self.container = "c1"
        self._ids = itertools.count(1)
        self.issues: set[str] = set()
        for number in range(25):
            self.create_issue(f"issue {number}")
        self.settle()
        self.samples: Mapping[str, tuple[Any, Any]] = {
            "type": ("Task", "Bug"),
            "priority": (Priority.HIGH, Priority.LOW),
            "assignees": (("mia",), ("noa",)),
            "parent": ("1", "2"),
            "releases": (("r1",), ("r1", "r2")),
            "iterations": (("i1",), ("i2",)),
            "components": (("api",), ("web", "api")),
            "labels": (("two words", "green"), ("blue",)),
            "severity": ("S1", "S2"),
        }

    def connect(self, access: Literal["read", "write"] = "write") -> Target:
        fields = {"severity": "Severity"}
        config = ConnectionConfig.model_validate({"connector": "memory", "access": access, "fields": fields})
        target: Target = self._bound(config, None, {})
        return target

    # ---- somebody's edits ----

    def create_issue(self, title: str) -> str:
        remote_id = str(next(self._ids))
        values = {"key": f"ENG-{remote_id}", "status": OPEN, "container": "c1", "created_at": self.now()}
        self._put(values, remote_id, title)
        self.issues.add(remote_id)
        return remote_id

    def edit_issue(self, remote_id: str, title: str) -> None:
        known = self.tool.issues[remote_id].items()
        self._put({name: value for name, value in known if not name.startswith("_")}, remote_id, title)

    def _put(self, values: dict[str, Any], remote_id: str, title: str) -> None:
        new = {"remote_id": remote_id, "title": title, "updated_at": self.now()}
        self.tool.put(Issue.model_validate(values | new))

    def add_comment(self, issue: str, text: str) -> str:
        remote_id = f"c-{next(self._ids)}"
        self.edit_comment(issue, remote_id, text)
        return remote_id

    def edit_comment(self, issue: str, comment: str, text: str) -> None:
        body = Text(format=TextFormat.MARKDOWN, source=text)
        self.tool.put(Comment(remote_id=comment, subject=issue, body=body))

    def delete_comment(self, issue: str, comment: str) -> None:
        self.tool.delete(comment)

    def delete_issue(self, remote_id: str) -> None:
        self.tool.delete(remote_id)
        self.issues.discard(remote_id)

    def revoke(self) -> None:
        self.tool.user = None

    def protect(self, remote_id: str) -> bool:
        self.tool.protected.add(remote_id)
        return True

    # ---- time and trouble ----

    def now(self) -> datetime:
        return self.clock.now()

    def settle(self) -> None:
        self.clock.advance(60)
        self.tool.settle()

    def inject(self, fault: Fault, *, writes: bool, times: int = 1) -> None:
        self.tool.inject(fault, writes=writes, times=times)

    def behave(self, quirk: Quirk) -> None:
        match quirk:
            case Quirk.EMPTY_PAGES:
                self.tool.empty_pages = True
            case Quirk.OVERLAPPING_PAGES:
                self.tool.overlap = self.tool.page_size
            case Quirk.REPEATED_PAGE:
                self.tool.repeats = True
            case Quirk.STALE_SEARCH:
                self.tool.lags = True
            case Quirk.ZONED_TIMES:
                self.tool.zone = HOUR_AHEAD
            case Quirk.HIDDEN_RECORD:
                self.tool.hidden.add(min(self.issues))

    # ---- the truth ----

    def titles(self) -> Sequence[str]:
        return [payload["title"] for payload in self.tool.issues.values()]

    def comments(self, issue: str) -> Sequence[str]:
        rows = self.tool.comments.values()
        return [row["body"]["source"] for row in rows if row["subject"] == issue]

    def files(self, issue: str) -> Sequence[str]:
        return [row["title"] for row in self.tool.files.values() if row["subject"] == issue]

    def backlinks(self, issue: str) -> Mapping[str, str]:
        return {key: link["url"] for key, link in self.tool.backlinks.get(issue, {}).items()}

    def written(self) -> int:
        return self.tool.writes
