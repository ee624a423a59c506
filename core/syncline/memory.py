"""The in-memory connector: the reference implementation of the protocol, and the tool that tests drive.

`MemoryTool` is the vendor: people edit it directly. `Memory` is the connector to it, and does what every connector
must: walk by the vendor's own counter, fix its mark when a walk begins, deliver whole lists of children, answer a
census.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from syncline.config import ConnectionConfig
from syncline.connector import (
    API_VERSION,
    EVERYTHING,
    Account,
    Bucket,
    Cadence,
    Capabilities,
    Cursor,
    Description,
    Fetched,
    Gone,
    History,
    Missing,
    Page,
    Present,
    Quarantined,
    Stream,
)
from syncline.errors import AuthError, NotFound, ProtocolError
from syncline.http import Anonymous, Auth, Http
from syncline.model import RECORDS, Comment, Container, Event, Issue, Kind, Record, Ref, Sourced, Status

CHANGED = "_changed"
"""Where a payload keeps the tool's change counter."""


@dataclass
class MemoryTool:
    """A tracker in this process. Every edit moves ``changes``, which is its clock."""

    site: str = "memory"
    user: str | None = "mia"
    page_size: int = 50
    changes: int = 0
    containers: dict[str, Container] = field(default_factory=dict)
    issues: dict[str, dict[str, Any]] = field(default_factory=dict)
    comments: dict[str, dict[str, Any]] = field(default_factory=dict)
    history: list[Event] = field(default_factory=list)
    statuses: tuple[Status, ...] = ()
    deleted: set[str] = field(default_factory=set)

    def put(self, record: Record) -> None:
        """Create or change an issue, comment or container."""
        self.changes += 1
        if isinstance(record, Container):
            self.containers[record.remote_id] = record
            return
        payload = record.model_dump(mode="json") | {CHANGED: self.changes}
        if isinstance(record, Comment):
            self.comments[record.remote_id] = payload
            self.touch(record.subject)
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
        """Delete an issue or a comment for good."""
        self.changes += 1
        comment = self.comments.pop(remote_id, None)
        if comment is not None:
            self.touch(comment["subject"])
        elif self.issues.pop(remote_id, None) is not None:
            self.deleted.add(remote_id)

    def container_of(self, payload: Mapping[str, Any]) -> str:
        """The key of the container an issue is in."""
        box = self.containers.get(payload.get("container") or "")
        return (box.key or "") if box else ""


class Memory:
    """The connector to a `MemoryTool`. A subclass binds ``tool``, as `connector_to` does."""

    name: ClassVar[str] = "memory"
    api_version: ClassVar[int] = API_VERSION
    Config: ClassVar[type[ConnectionConfig]] = ConnectionConfig
    tool: ClassVar[MemoryTool]
    capabilities = Capabilities(
        reads=frozenset({Kind.ISSUE, Kind.COMMENT, Kind.CONTAINER}),
        history={"status": History.NATIVE},
        volatile=frozenset({CHANGED}),
        buckets=(Bucket("default", rate=1000.0, burst=1000),),
        concurrency=2,
    )

    def __init__(self, config: ConnectionConfig, http: Http, memo: Mapping[str, str]) -> None:
        self._config = config

    @classmethod
    def auth(cls, config: ConnectionConfig) -> Auth:
        return Anonymous()

    @classmethod
    def origins(cls, config: ConnectionConfig) -> tuple[str, ...]:
        return ("https://memory.invalid",)

    # ---- who ----

    def probe(self) -> None:
        if self.tool.user is None:
            raise AuthError("memory: nobody is logged in", status=401)

    def check(self) -> Account:
        self.probe()
        return Account(
            site=self.tool.site,
            site_name=self.tool.site,
            user_id=str(self.tool.user),
            user_name=str(self.tool.user),
            url="https://memory.invalid",
        )

    def containers(self) -> Sequence[Sourced]:
        return [Sourced(box, box.model_dump(mode="json")) for box in self.tool.containers.values()]

    def describe(self, container: str) -> Description:
        if container not in self.tool.containers:
            raise NotFound(f"memory: no container {container}", status=404)
        return Description(container, statuses=self.tool.statuses)

    # ---- reading ----

    def streams(self) -> Sequence[Stream]:
        scope = frozenset(getattr(self._config, "projects", None) or {EVERYTHING})
        return [
            Stream("containers", (Kind.CONTAINER,), cadence=Cadence.CENSUS),
            Stream(
                "issues",
                (Kind.ISSUE, Kind.COMMENT),
                scope=scope,
                counted_as={Kind.COMMENT: "comments"},
            ),
        ]

    def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        if stream.name == "containers":
            yield Page(records=self.containers(), statuses=self.tool.statuses, last=True)
            return
        yield from self._walk(stream, cursor)

    def _walk(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        """Everything changed since the mark, in the order of the tool's counter; the mark is fixed first."""
        start = {"after": int(cursor.mark or 0), "mark": str(self.tool.changes)}
        here: dict[str, Any] = json.loads(cursor.position) if cursor.position else start
        while True:
            if self.tool.user is None:
                rows: list[dict[str, Any]] = []  # like vendors that answer anonymous callers with nothing
            else:
                rows = self._changed_after(stream, here["after"])
            part = rows[: self.tool.page_size]
            if len(rows) <= len(part):
                yield self._page(part, Cursor(mark=here["mark"]), last=True)
                return
            here = {**here, "after": part[-1][CHANGED]}
            yield self._page(part, Cursor(json.dumps(here), cursor.mark), last=False)

    def _changed_after(self, stream: Stream, after: int) -> list[dict[str, Any]]:
        rows = [
            payload
            for payload in self.tool.issues.values()
            if payload[CHANGED] > after and self._in_scope(stream, payload)
        ]
        return sorted(rows, key=lambda payload: int(payload[CHANGED]))

    def _in_scope(self, stream: Stream, payload: Mapping[str, Any]) -> bool:
        return EVERYTHING in stream.scope or self.tool.container_of(payload) in stream.scope

    def _page(self, payloads: Sequence[dict[str, Any]], following: Cursor, *, last: bool) -> Page:
        records: list[Sourced] = []
        refused: list[Quarantined] = []
        ids = {payload["remote_id"] for payload in payloads}
        comments = [c for c in self.tool.comments.values() if c["subject"] in ids]
        for kind, payload in [(Kind.ISSUE, p) for p in payloads] + [(Kind.COMMENT, c) for c in comments]:
            try:
                records.append(Sourced(self.translate(kind, payload), dict(payload)))
            except ValueError as error:
                refused.append(Quarantined(kind, payload["remote_id"], str(error), dict(payload)))
        return Page(
            records=records,
            next=following,
            last=last,
            events=[event for event in self.tool.history if event.remote_id in ids],
            children_complete=frozenset((Kind.COMMENT, remote_id) for remote_id in ids),
            quarantined=refused,
        )

    def translate(self, kind: Kind, payload: Mapping[str, Any]) -> Record:
        return RECORDS[kind].model_validate({k: v for k, v in payload.items() if k != CHANGED})

    def census(self, stream: Stream) -> Iterator[Sequence[str]]:
        if self.tool.user is None:
            raise ProtocolError("memory: nobody is logged in")
        ids = [key for key, payload in self.tool.issues.items() if self._in_scope(stream, payload)]
        for at in range(0, len(ids), self.tool.page_size):
            yield ids[at : at + self.tool.page_size]

    def fetch(self, refs: Sequence[Ref]) -> Iterator[Fetched]:
        for ref in refs:
            if ref.kind is Kind.ISSUE and ref.remote_id in self.tool.issues:
                yield Present(ref, self._page([self.tool.issues[ref.remote_id]], Cursor(), last=True))
            elif ref.remote_id in self.tool.deleted:
                yield Gone(ref, "deleted in the tool")
            else:
                yield Missing(ref)


def connector_to(tool: MemoryTool) -> type[Memory]:
    """A connector class bound to ``tool``, to be put into a registry."""
    return type("MemoryOf", (Memory,), {"tool": tool})


__all__ = ["Issue", "Memory", "MemoryTool", "connector_to"]
