"""A tracker in this process: what tests drive, and what the in-memory connector talks to.

People edit it directly (`MemoryTool.put`, `MemoryTool.delete`). Its interface for programs are the methods that answer
with JSON text, one request each: they obey its rules (`Rules`), fail as they were told to (`MemoryTool.inject`), and
raise what `syncline.http` raises for a tool behind a network. Kind by default; every trouble is switched on by name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from syncline.errors import (
    AccessDenied,
    Invalid,
    NotFound,
)
from syncline.memory_faults import SPOILT, UNHEARD, Strike, refuse, unknown
from syncline.model import Attachment, Comment, Container, Event, Kind, Record, Relation, Status
from syncline.sim.faults import Fault

CHANGED = "_changed"
"""Where a payload keeps the tool's change counter."""


@dataclass
class Rules:
    """What the tool insists on. Statuses and types are native names."""

    types: tuple[str, ...] = ("Task", "Bug")
    title_limit: int = 255
    file_limit: int = 1_000_000
    """In bytes."""
    ways: Mapping[str, tuple[str, ...]] | None = None
    """From each status the statuses one move leads to; None: every move is allowed."""
    required: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Fields that must be given when a record of a type is made."""
    off_screen: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By container the fields that its records do not take."""
    people: Mapping[str, str] = field(default_factory=lambda: {"mia": "Mia Example", "noa": "Noa Example"})


@dataclass
class MemoryTool:
    """Every edit moves ``changes``, which is its clock. With ``lags``, search knows only what was there at `settle`."""

    site: str = "memory"
    user: str | None = "mia"
    page_size: int = 50
    changes: int = 0
    containers: dict[str, Container] = field(default_factory=dict)
    issues: dict[str, dict[str, Any]] = field(default_factory=dict)
    comments: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    relations: dict[str, dict[str, Any]] = field(default_factory=dict)
    backlinks: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    """By issue and the caller's own id: links to elsewhere."""
    contents: dict[str, bytes] = field(default_factory=dict)
    history: list[Event] = field(default_factory=list)
    statuses: tuple[Status, ...] = ()
    deleted: set[str] = field(default_factory=set)
    rules: Rules = field(default_factory=Rules)
    markers: dict[str, str] = field(default_factory=dict)
    """Of each record that bears one, its marker."""
    protected: set[str] = field(default_factory=set)
    """Issues that may be read but not changed."""
    now: Callable[[], datetime] | None = None
    """Stamps what programs write; None: nothing is stamped."""
    lags: bool = False
    empty_pages: bool = False
    """Every page of a search is preceded by an empty one that is not the last."""
    repeats: bool = False
    """A search answers its first page for ever."""
    hidden: set[str] = field(default_factory=set)
    """Issues that programs cannot see, although they are there."""
    zone: tzinfo | None = None
    """The zone times are written in, where it is not the one they were given in."""
    overlap: int = 0
    """How many rows of the page before are delivered again."""
    writes: int = 0
    """How many requests changed something."""
    strikes: dict[bool, Strike] = field(default_factory=dict)
    """What strikes requests that write (True) and those that read."""
    _indexed: int = 0

    # ---- people's hands ----

    def put(self, record: Record) -> None:
        """Create or change an issue, comment, attachment, relation or container."""
        self.changes += 1
        if isinstance(record, Container):
            self.containers[record.remote_id] = record
            return
        payload = record.model_dump(mode="json") | {CHANGED: self.changes}
        if isinstance(record, Comment | Attachment | Relation):
            self._shelf(record.kind)[record.remote_id] = payload
            self.touch(record.subject)
            self.touch(getattr(record, "target", ""))
        else:
            self.issues[record.remote_id] = payload

    def touch(self, remote_id: str) -> None:
        """An issue counts as changed when something on it has."""
        if remote_id in self.issues:
            self.issues[remote_id][CHANGED] = self.changes

    def tell(self, event: Event) -> None:
        """Add to the history of an issue."""
        self.changes += 1
        self.history.append(event)
        self.touch(event.remote_id)

    def delete(self, remote_id: str) -> None:
        """Delete an issue, a comment or a file for good."""
        self.changes += 1
        shelves = (self.comments, self.files, self.relations)
        child = next((shelf.pop(remote_id) for shelf in shelves if remote_id in shelf), None)
        if child is not None:
            self.touch(child["subject"])
            self.touch(child.get("target", ""))
        elif self.issues.pop(remote_id, None) is not None:
            self.deleted.add(remote_id)

    def container_of(self, payload: Mapping[str, Any]) -> str:
        """The key of the container an issue is in."""
        box = self.containers.get(payload.get("container") or "")
        return (box.key or "") if box else ""

    def children_of(self, remote_id: str) -> Iterator[tuple[Kind, dict[str, Any]]]:
        """Comments, files and relations of an issue, whichever end of them it is."""
        for kind in (Kind.COMMENT, Kind.ATTACHMENT, Kind.RELATION):
            for payload in self._shelf(kind).values():
                if remote_id in (payload["subject"], payload.get("target")):
                    yield kind, payload

    def inject(self, fault: Fault, *, writes: bool, times: int = 1) -> None:
        """Let the next ``times`` requests that write, or that read, meet ``fault``; instead of an earlier one."""
        self.strikes[writes] = Strike(fault, times)

    def settle(self) -> None:
        """Search catches up."""
        self._indexed = self.changes

    # ---- the interface for programs: reading ----

    def search(self, token: str, covers: Callable[[Mapping[str, Any]], bool]) -> str:
        """Issues changed after a token (``"0"`` at first), in the order of change: rows, next token, and ``whole_to``.

        Later changes than ``whole_to`` may be missing. Anonymous callers are answered with nothing, as vendors do.
        """
        return self._request(False, lambda: self._found(token, covers))

    def _found(self, token: str, covers: Callable[[Mapping[str, Any]], bool]) -> dict[str, Any]:
        after, _, empty = token.partition("/")
        if self.empty_pages and not empty:
            return {"rows": [], "next": f"{after}/empty", "whole_to": self._horizon}
        rows = sorted(self._seen(covers), key=lambda row: int(row[CHANGED]))
        start = 0 if self.repeats else sum(row[CHANGED] <= int(after) for row in rows)
        part = rows[start : start + self.page_size]
        more = start + len(part) < len(rows)
        again = rows[max(0, start - self.overlap) : start] if int(after) else []
        following = str(part[-1][CHANGED]) if more else None
        rows = [self._zoned(row) for row in again + part]
        return {"rows": rows, "next": following, "whole_to": self._horizon}

    def _seen(self, covers: Callable[[Mapping[str, Any]], bool]) -> list[dict[str, Any]]:
        if self.user is None:
            return []
        seen = (row for key, row in self.issues.items() if key not in self.hidden)
        return [row for row in seen if row[CHANGED] <= self._horizon and covers(row)]

    def listing(self, covers: Callable[[Mapping[str, Any]], bool]) -> str:
        """The ids of all issues, never stale."""
        return self._request(
            False, lambda: [key for key, row in self.issues.items() if key not in self.hidden and covers(row)]
        )

    def _zoned(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        zone = self.zone
        times = {name: payload.get(name) for name in ("created_at", "updated_at")} if zone else {}
        return dict(payload) | {
            name: datetime.fromisoformat(text).astimezone(zone).isoformat()
            for name, text in times.items()
            if text
        }

    @property
    def _horizon(self) -> int:
        return self._indexed if self.lags else self.changes

    def get(self, remote_id: str) -> str:
        """One issue, never stale; raises NotFound."""
        return self._request(False, lambda: self._zoned(self._one(Kind.ISSUE, remote_id)))

    def marked(self, kind: Kind, marker: str) -> str:
        """The ids of the records that bear a marker, by the lagging search, the oldest first."""
        shelf = self._shelf(kind)
        return self._request(
            False,
            lambda: [key for key in shelf if self.markers.get(key) == marker and self._is_seen(shelf[key])],
        )

    def _is_seen(self, payload: Mapping[str, Any]) -> bool:
        return self.user is not None and payload.get("_made", 0) <= self._horizon

    # ---- the interface for programs: writing ----

    def insert(self, kind: Kind, values: Mapping[str, Any], marker: str, content: bytes | None = None) -> str:
        """Make a record; answers with it as it is stored."""
        return self._request(True, lambda: self._insert(kind, dict(values), marker, content))

    def _insert(
        self, kind: Kind, values: dict[str, Any], marker: str, content: bytes | None
    ) -> dict[str, Any]:
        if kind is Kind.ISSUE:
            self._check_new(values)
            values = self._normal(values, values["container"]) | {
                "status": self.statuses[0].model_dump(mode="json")
            }
        else:
            self._one(Kind.ISSUE, values["subject"])
            self._guard(values["subject"])
        if kind is Kind.RELATION:
            self._one(Kind.ISSUE, values["target"])
        if content is not None:
            self._limit("content", len(content), self.rules.file_limit)
        self.changes += 1
        remote_id = f"{kind.lower()}-{self.changes}"
        values |= {"remote_id": remote_id, "_made": self.changes} | self._stamp("created_at", "updated_at")
        self._shelf(kind)[remote_id] = values | {CHANGED: self.changes}
        self.markers[remote_id] = marker
        if content is not None:
            self.contents[remote_id] = content
        self.touch(values.get("subject", ""))
        self.touch(values.get("target", ""))
        return self._shelf(kind)[remote_id]

    def change(self, kind: Kind, remote_id: str, values: Mapping[str, Any]) -> str:
        """Change the fields named, all or none; ``{"add": […], "remove": […]}`` changes a list by its elements."""
        return self._request(True, lambda: self._change(kind, remote_id, values))

    def _change(self, kind: Kind, remote_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
        payload = self._one(kind, remote_id)
        self._guard(payload.get("subject", remote_id))
        fresh = {name: _merged(payload.get(name), value) for name, value in values.items()}
        fresh = self._normal(fresh, payload["container"]) if kind is Kind.ISSUE else fresh
        self.changes += 1
        payload |= fresh | {CHANGED: self.changes} | self._stamp("updated_at")
        self.touch(payload.get("subject", ""))
        return payload

    def move(self, remote_id: str, status: str) -> str:
        """Change the status by one move of the workflow."""
        return self._request(True, lambda: self._move(remote_id, status))

    def _move(self, remote_id: str, status: str) -> dict[str, Any]:
        payload = self._one(Kind.ISSUE, remote_id)
        self._guard(remote_id)
        here = payload["status"]["name"]
        to = next((known for known in self.statuses if known.name == status), None)
        ways = self.rules.ways
        if to is None or (ways is not None and status not in ways.get(here, ())):
            raise _invalid("status", f"no move from {here} to {status}")
        self.changes += 1
        self._remember(remote_id, payload["status"], to)
        payload |= {"status": to.model_dump(mode="json"), CHANGED: self.changes} | self._stamp("updated_at")
        return payload

    def _remember(self, remote_id: str, old: Mapping[str, Any], new: Status) -> None:
        if self.now:
            self.history.append(
                Event(
                    kind=Kind.ISSUE,
                    remote_id=remote_id,
                    native_id=str(self.changes),
                    at=self.now(),
                    actor=self.user,
                    field="status",
                    old=old.get("id"),
                    old_name=old["name"],
                    new=new.id,
                    new_name=new.name,
                )
            )

    def link(self, remote_id: str, key: str, values: Mapping[str, Any]) -> str:
        """Link an issue to something elsewhere, under an id of the caller; one that is there is replaced."""
        return self._request(True, lambda: self._link(remote_id, key, values))

    def unlink(self, remote_id: str, key: str) -> str:
        """Take a link away."""
        return self._request(True, lambda: self._link(remote_id, key, None))

    def _link(self, remote_id: str, key: str, values: Mapping[str, Any] | None) -> None:
        self._one(Kind.ISSUE, remote_id)
        self._guard(remote_id)
        self.changes += 1
        links = self.backlinks.setdefault(remote_id, {})
        links.pop(key, None)
        if values is not None:
            links[key] = dict(values)
        self.touch(remote_id)

    def archive(self, remote_id: str) -> str:
        """Put an issue into the archive."""
        return self.change(Kind.ISSUE, remote_id, {"archived": True})

    def destroy(self, kind: Kind, remote_id: str) -> str:
        """Delete for good; raises NotFound."""
        return self._request(True, lambda: self._destroy(kind, remote_id))

    def _destroy(self, kind: Kind, remote_id: str) -> dict[str, Any]:
        payload = self._one(kind, remote_id)
        self._guard(payload.get("subject", remote_id))
        self.delete(remote_id)
        return {}

    def bytes_of(self, remote_id: str) -> bytes:
        """The content of a file; raises NotFound."""
        self._request(False, lambda: self._one(Kind.ATTACHMENT, remote_id))
        return self.contents[remote_id]

    # ---- rules ----

    def _check_new(self, values: Mapping[str, Any]) -> None:
        if values.get("container") not in self.containers:
            raise _invalid("container", "is not there")
        if values.get("type") not in self.rules.types:
            raise _invalid("type", "is not a type of this container")
        for name in ("title", *self.rules.required.get(values["type"], ())):
            if not values.get(name):
                raise _invalid(name, "is required")

    def _normal(self, values: Mapping[str, Any], container: str) -> dict[str, Any]:
        """The values as they are stored; raises Invalid naming the first field that cannot be."""
        hidden = self.rules.off_screen.get(container, frozenset())
        for name, value in values.items():
            if name in hidden:
                raise _invalid(name, "cannot be set. It is not on the appropriate screen, or unknown.")
            if name == "title":
                self._limit(name, len(value), self.rules.title_limit)
            if name == "labels" and any(not word or set(word) & set(" \t\n") for word in value):
                raise _invalid(name, "a label holds no blanks")
            if name == "assignees" and (len(value) > 1 or not set(value) <= self.rules.people.keys()):
                raise _invalid(name, "takes one person who works here")
            if name == "type" and value not in self.rules.types:
                raise _invalid(name, "is not a type of this container")
        stored = dict(values)
        if "title" in stored:
            stored["title"] = " ".join(stored["title"].split())
        return stored

    def _limit(self, name: str, size: int, limit: int) -> None:
        if size > limit:
            raise _invalid(name, f"is too long: {size}, the limit is {limit}")

    def _guard(self, remote_id: str) -> None:
        if remote_id in self.protected:
            raise AccessDenied(f"memory: {remote_id} may not be changed", status=403)

    def _one(self, kind: Kind, remote_id: str) -> dict[str, Any]:
        if self.user is None or remote_id in self.hidden or remote_id not in self._shelf(kind):
            raise NotFound(f"memory: no {kind} {remote_id}", status=404)
        return self._shelf(kind)[remote_id]

    def _shelf(self, kind: Kind) -> dict[str, dict[str, Any]]:
        shelves = {Kind.COMMENT: self.comments, Kind.ATTACHMENT: self.files, Kind.RELATION: self.relations}
        return shelves.get(kind, self.issues)

    def _stamp(self, *names: str) -> dict[str, str]:
        return {name: self.now().isoformat() for name in names} if self.now else {}

    # ---- the network ----

    def _request(self, writes: bool, do: Callable[[], Any]) -> str:
        fault = self._struck(writes)
        if fault is not None:
            refuse(fault, writes)
        before = self.changes
        answer = json.dumps(do())
        self.writes += self.changes != before
        if fault in UNHEARD:
            raise unknown(writes)
        return SPOILT[fault](answer) if fault and fault in SPOILT else answer

    def _struck(self, writes: bool) -> Fault | None:
        strike = self.strikes.get(writes)
        if strike is None or strike.times < 1:
            return None
        strike.times -= 1
        return strike.fault


def _merged(old: Sequence[Any] | None, value: Any) -> Any:
    """A list changed by its elements, or the value itself."""
    if not isinstance(value, dict) or value.keys() != {"add", "remove"}:
        return value
    kept = [element for element in old or () if element not in value["remove"]]
    return kept + [element for element in value["add"] if element not in kept]


def _invalid(name: str, why: str) -> Invalid:
    return Invalid(f"memory: {name} {why}", status=400, field=name)
