"""Databases with a roadmap in two tools, and what is computed of it without the rest of a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from syncline.config.reporting import Roadmap
from syncline.report.basis import load_texts
from syncline.report.facts import Value
from syncline.report.making import drafting
from syncline.report.parts import Figure
from syncline.report.relations import relations, roadmap, work
from syncline.report.roadmap.choosing import given
from syncline.report.roadmap.entries import Entries, Entry, entries
from syncline.store.tables import status

from ..building import AS_OF, SITE, STATUSES, Database, settings

TWO = {"site": f"{SITE}2", "connection_id": 2}
"""Columns of a record of the second tool."""

NEEDED = {*work.RELATIONS, *roadmap.RELATIONS}


class Board(Database):
    """Two tools: ``eng`` with epics, stories and history, ``product`` with projects and without any history."""

    def __init__(self) -> None:
        super().__init__()
        self.source("eng")
        self.source("product")
        with self.engine.begin() as database:
            for native, (name, category, refinement) in STATUSES.items():
                row = {"native_id": native, "container": "", "name": name, "category": category}
                database.execute(insert(status), {"site": TWO["site"], "refinement": refinement} | row)

    def project(
        self, remote_id: str, title: str, status: str = "In Progress", *, data: Any = None, **columns: Any
    ) -> str:
        whole = {"parents": [], "assignees": [], "health": None, "health_name": None} | (data or {})
        name, category, refinement = next(one for one in STATUSES.values() if one[0] == status)
        number = self._record(
            "Project",
            remote_id,
            whole,
            title=title,
            level=columns.pop("level", 1),
            status_name=name,
            status_category=category,
            status_refinement=refinement,
            created_at=AS_OF - timedelta(days=60),
            updated_at=AS_OF - timedelta(days=1),
            **(TWO | columns),
        )
        return f"i{number}"

    def issue(self, remote_id: str, *args: Any, **columns: Any) -> str:
        """An issue; ``project``, ``estimate`` and ``type`` stand in its data, as in real ones."""
        more = {name: columns.pop(name) for name in ("project", "estimate") if name in columns}
        item = super().issue(remote_id, *args, **columns)
        self._records[-1]["data"] |= more | {"type": columns.get("type"), "labels": []}
        return item

    def update(self, project: str, health: str, at: datetime) -> None:
        data = {"health": health, "health_name": health.title()}
        self._record("Note", f"n{self._next}", data, subject=project, created_at=at, type="update", **TWO)

    def blocks(self, blocker: str, blocked: str, at: datetime) -> None:
        self._record(
            "Relation", f"r{self._next}", subject=blocker, target=blocked, type="blocks", created_at=at
        )

    def mirror(self, item: str, remote_id: str, **columns: Any) -> None:
        """A copy of an item in the second tool."""
        self.issue(remote_id, item_id=int(item[1:]), **(TWO | columns))

    def due(self, item: str, at: datetime, old: str | None, new: str | None, **more: Any) -> None:
        self.event(int(item[1:]), "due_on", old, new, at, **more)  # type: ignore[arg-type]

    def story(self, remote_id: str, parent: str, state: str = "To Do", **columns: Any) -> str:
        """An issue below another; done or under way since its last move, which is given in days before the report."""
        days = columns.pop("days", 5)
        at = AS_OF - timedelta(days=days)
        moves = {
            "To Do": [],
            "In Progress": [(at, "To Do", "In Progress")],
            "Done": [(at - timedelta(days=1), "To Do", "In Progress"), (at, "In Progress", "Done")],
            "Won't do": [(at, "To Do", "Won't do")],
            "Waiting": [(at, "To Do", "Waiting")],
        }[state]
        return self.issue(remote_id, state, moves, parent=parent, **columns)


def rules(*items: dict[str, Any], **more: Any) -> Roadmap:
    found = items or ({"from": "product", "kind": "project"}, {"from": "eng", "type": "Epic"})
    return Roadmap.model_validate({"items": list(found), **more})


@contextmanager
def computed(board: Database, *, as_of: datetime = AS_OF, **changes: Any) -> Iterator[Entries]:
    """The roadmap of a database, while its ledger is open."""
    wanted = settings(as_of=as_of, **changes)
    with board.write().connect() as connection:
        texts = given(connection, wanted) | {
            name: sql for name, sql in relations("sqlite").items() if name in NEEDED
        }
        basis = load_texts(connection, as_of, texts)
    with drafting(basis, wanted) as draft:
        yield entries(draft)


def value(every: Entries, entry: Entry, name: str) -> Value:
    return every.draft.ledger.value(getattr(entry.numbers, name))


def only(every: Entries) -> Entry:
    (entry,) = every
    return entry


def values(every: Entries, names: Sequence[str]) -> dict[str, dict[str, Value]]:
    """By title the named numbers of every entry."""
    return {entry.item.title: {name: value(every, entry, name) for name in names} for entry in every}


def reason(every: Entries, figure: Figure) -> str:
    refusal = every.draft.ledger.fact(figure).why_not(figure.key)
    assert refusal is not None
    return refusal.reason.value
