"""A memory tool with persons in it, pulled into a database, and the real program beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.engine.world import World, filled_tool, issue

from syncline.connector import Cadence, Cursor, Page, Stream
from syncline.memory import Memory, MemoryTool
from syncline.model import Kind, Person, Sourced
from syncline.sim.clock import SimClock


class Peopled(Memory):
    """Delivers the persons of ``crew`` as well."""

    crew: dict[str, Person] = {}  # noqa: RUF012 - bound by a subclass
    capabilities = Memory.capabilities.__class__(
        **(vars(Memory.capabilities) | {"reads": Memory.capabilities.reads | {Kind.PERSON}})
    )

    def streams(self) -> Sequence[Stream]:
        return [*super().streams(), Stream("persons", (Kind.PERSON,), cadence=Cadence.CENSUS)]

    def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        if stream.name != "persons":
            yield from super().pull(stream, cursor)
            return
        crew = self.crew.values()
        yield Page(records=[Sourced(one, one.model_dump(mode="json")) for one in crew], last=True)


def person(remote_id: str, name: str | None, **values: Any) -> Person:
    return Person(remote_id=remote_id, title=name, **values)


def tool_of(site: str) -> MemoryTool:
    return filled_tool(3, site=site)


def world(folder: Path, crews: dict[str, dict[str, Person]], **hub: Any) -> World:
    """One connection and one site for each crew."""
    connectors: dict[str, Any] = {}
    for name, crew in crews.items():
        connectors[name] = type(
            "Bound", (Peopled,), {"tool": tool_of(f"site-{name}"), "crew": crew, "name": name}
        )
    return World(
        folder,
        f"sqlite:///{folder / 'syncline.db'}",
        SimClock(),
        connectors,
        hub=hub,
        connections={name: {"connector": name} for name in crews},
    )


def assign(at: World, connection: str, *who: str) -> None:
    """Give the first issue of a tool to somebody."""
    at.connectors[connection].tool.put(issue(1, assignees=who))  # type: ignore[attr-defined]
