"""The in-memory connector: the reference implementation of the protocol.

`Memory` talks to a `syncline.memory_tool.MemoryTool` and does what every connector must: walk by the vendor's own
counter, fix its mark when a walk begins and never beyond what search surely knows, deliver whole lists of children,
answer a census, take a damaged answer for an error. How it writes stands in `syncline.memory_target`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from syncline.config import ConnectionConfig
from syncline.connector import (
    API_VERSION,
    EVERYTHING,
    Account,
    Archived,
    Bucket,
    Cadence,
    Capabilities,
    CreateBy,
    Creation,
    Cursor,
    Description,
    Fetched,
    FieldInfo,
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
from syncline.memory_target import WRITES, MemoryWriting
from syncline.memory_tool import CHANGED, MemoryTool, Rules
from syncline.memory_values import OURS, THEIRS, heard, read
from syncline.model import Kind, Person, Record, Ref, Sourced, TextFormat

CHILDREN = {Kind.COMMENT: "comments", Kind.ATTACHMENT: "attachments", Kind.RELATION: "relations"}
"""What rides on an issue, and under which name it is counted."""


class Memory(MemoryWriting):
    """The connector to a `MemoryTool`. A subclass binds ``tool``, as `connector_to` does."""

    name: ClassVar[str] = "memory"
    api_version: ClassVar[int] = API_VERSION
    Config: ClassVar[type[ConnectionConfig]] = ConnectionConfig
    tool: ClassVar[MemoryTool]
    capabilities = Capabilities(
        reads=frozenset({Kind.ISSUE, *CHILDREN, Kind.CONTAINER}),
        writes=WRITES,
        creates={
            kind: Creation(CreateBy.MARKER, settle=60) for kind in (Kind.ISSUE, Kind.COMMENT, Kind.ATTACHMENT)
        },
        text_format=TextFormat.MARKDOWN,
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
        rules = self.tool.rules
        people = [Person(remote_id=key, title=name) for key, name in rules.people.items()]
        return Description(
            container,
            statuses=self.tool.statuses,
            types=rules.types,
            creation={name: self._form(rules, container, name) for name in rules.types},
            people=tuple(Sourced(person, person.model_dump(mode="json")) for person in people),
        )

    def _form(self, rules: Rules, container: str, type_name: str) -> tuple[FieldInfo, ...]:
        """What may and what must be given when a record of a type is made."""
        required = {"title", *rules.required.get(type_name, ())}
        names = [THEIRS.get(name, name) for name in sorted(WRITES - {"status", "fields"})]
        return tuple(
            FieldInfo(name, name, "any", required=name in required, field=OURS.get(name, name))
            for name in names
            if name not in rules.off_screen.get(container, ())
        )

    # ---- reading ----

    def streams(self) -> Sequence[Stream]:
        scope = frozenset(getattr(self._config, "projects", None) or {EVERYTHING})
        return [
            Stream("containers", (Kind.CONTAINER,), cadence=Cadence.CENSUS),
            Stream(
                "issues",
                (Kind.ISSUE, *CHILDREN),
                scope=scope,
                counted_as=CHILDREN,
            ),
        ]

    def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        if stream.name == "containers":
            yield Page(records=self.containers(), statuses=self.tool.statuses, last=True)
            return
        yield from self._walk(stream, cursor)

    def _walk(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        """Everything changed since the mark, in the order of the tool's counter; the mark is fixed first."""
        here: dict[str, Any] = json.loads(cursor.position) if cursor.position else {"at": cursor.mark or "0"}
        while True:
            answer = self._found(stream, here["at"])
            here.setdefault("mark", str(answer["whole_to"]))
            if answer["next"] is None:
                yield self._page(answer["rows"], Cursor(mark=here["mark"]), last=True)
                return
            if answer["next"] == here["at"]:
                raise ProtocolError("memory: the search repeats its page")
            here = here | {"at": answer["next"]}
            yield self._page(answer["rows"], Cursor(json.dumps(here), cursor.mark), last=False)

    def _found(self, stream: Stream, token: str) -> dict[str, Any]:
        answer: dict[str, Any] = heard(self.tool.search(token, lambda row: self._in_scope(stream, row)))
        return answer

    def _in_scope(self, stream: Stream, payload: Mapping[str, Any]) -> bool:
        return EVERYTHING in stream.scope or self.tool.container_of(payload) in stream.scope

    def _page(self, payloads: Sequence[dict[str, Any]], following: Cursor, *, last: bool) -> Page:
        records: list[Sourced] = []
        refused: list[Quarantined] = []
        ids = list(dict.fromkeys(payload["remote_id"] for payload in payloads))
        children = [child for remote_id in ids for child in self.tool.children_of(remote_id)]
        for kind, payload in [*((Kind.ISSUE, payload) for payload in payloads), *children]:
            try:
                records.append(Sourced(self.translate(kind, payload), dict(payload)))
            except ValueError as error:
                refused.append(Quarantined(kind, payload["remote_id"], str(error), dict(payload)))
        return Page(
            records=records,
            next=following,
            last=last,
            events=[event for event in self.tool.history if event.remote_id in ids],
            children_complete=frozenset((kind, remote_id) for kind in CHILDREN for remote_id in ids),
            quarantined=refused,
        )

    def translate(self, kind: Kind, payload: Mapping[str, Any]) -> Record:
        return read(kind, payload)

    def census(self, stream: Stream) -> Iterator[Sequence[str]]:
        if self.tool.user is None:
            raise ProtocolError("memory: nobody is logged in")
        ids = heard(self.tool.listing(lambda row: self._in_scope(stream, row)))
        for at in range(0, len(ids), self.tool.page_size):
            yield ids[at : at + self.tool.page_size]

    def fetch(self, refs: Sequence[Ref]) -> Iterator[Fetched]:
        for ref in refs:
            yield self._look_at(ref)

    def _look_at(self, ref: Ref) -> Fetched:
        if ref.remote_id in self.tool.deleted:
            return Gone(ref, "deleted in the tool")
        try:
            payload = heard(self.tool.get(ref.remote_id))
        except NotFound:
            return Missing(ref)
        if payload.get("archived"):
            return Archived(ref)
        return Present(ref, self._page([payload], Cursor(), last=True))


def connector_to(tool: MemoryTool) -> type[Memory]:
    """A connector class bound to ``tool``, to be put into a registry."""
    return type("MemoryOf", (Memory,), {"tool": tool})


__all__ = ["CHANGED", "Memory", "MemoryTool", "Rules", "connector_to"]
