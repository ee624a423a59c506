"""What comes of a walk before anything is stored: pages, read and hashed, or the failure that ended it.

It runs in this process, or in another one (`syncline.sync.aside`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from syncline.connector import Cursor, Page, Source, Stream
from syncline.errors import ProtocolError, SynclineError
from syncline.model import Kind
from syncline.store.compare import Read, read_records
from syncline.store.home import Home

if TYPE_CHECKING:
    from syncline.sync.aside import Helpers

Leg = tuple[Stream, Cursor]
"""What a walk covers, and where it goes on."""


@dataclass(frozen=True)
class Failure:
    """What a walk ended with."""

    error: SynclineError


@dataclass(frozen=True)
class Prepared:
    """A page whose records and stubs have been read; it has none itself.

    ``containers`` are the keys that it tells, by ids; ``outdated`` the ids of those whose work may have been read by
    another status map.
    """

    page: Page
    readings: Sequence[Read]
    stubs: Sequence[Read]
    containers: dict[str, str]
    outdated: list[str]


def walk(source: Source, leg: Leg) -> Iterator[Page | Failure]:
    """The pages of one walk; one that stops without a last page was cut short."""
    stream, cursor = leg
    try:
        for page in source.pull(stream, cursor):
            yield page
            if page.last:
                return
        yield Failure(ProtocolError(f"{stream.name}: the pages stopped before the last one"))
    except SynclineError as error:
        yield Failure(error)


def prepare(home: Home, page: Page) -> Prepared:
    """Read a page, once ``home`` has learned of the containers that it tells of."""
    found = [item.record for item in (*page.stubs, *page.records) if item.record.kind is Kind.CONTAINER]
    containers = {record.remote_id: record.key for record in found if record.key}
    outdated = learn(home, containers)
    readings, stubs = read_records(home, page.records), read_records(home, page.stubs)
    return Prepared(replace(page, records=(), stubs=()), readings, stubs, containers, outdated)


def learn(home: Home, containers: Mapping[str, str]) -> list[str]:
    """Note the keys of containers; returns those whose work may have been read by another status map."""
    keys, own = home.container_keys, home.statuses.containers
    changed = [number for number, key in containers.items() if keys.get(number) != key]
    outdated = [number for number in changed if not own.isdisjoint({containers[number], keys.get(number)})]
    keys |= containers
    return outdated


Hire = Callable[[], "Helpers | None"]
"""Where helpers come from once there is enough to do for them; none where they would be of no use."""


def processes() -> Helpers | None:
    """Helpers that are processes, where this machine can run them beside us."""
    from syncline.sync.aside import Processes  # few pulls are large

    found = Processes()
    return found if found.most else None
