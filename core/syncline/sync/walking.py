"""Walks of a connection, from its client to pages whose records have been read. What is here needs no database.

Pages are read and hashed in this process, or in another one (`syncline.sync.aside`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Literal, NamedTuple

from syncline.config import ConnectionConfig
from syncline.connector import Cursor, Page, Source, Stream
from syncline.errors import ProtocolError, SynclineError
from syncline.http import Http, Permits, Redactor, RetryBudget
from syncline.model import Kind
from syncline.seams import Clock, Random, Tasks
from syncline.store.home import Home
from syncline.store.readings import Read, read_records


def open_http(
    ready: ConnectionConfig,
    connector: type[Source],
    *,
    access: Literal["read", "write"],
    permits: Permits,
    clock: Clock,
    random: Random,
    budget: RetryBudget,
    redactor: Redactor,
    tasks: Tasks,
    build: Callable[..., Http] = Http,
) -> AbstractContextManager[Http | None]:
    """The client that a connector is built with; ``ready`` has its secrets. None for one that names no address."""
    origins = connector.origins(ready)
    if not origins:
        return nullcontext()
    return build(
        origins,
        connector.auth(ready),
        access=access,
        account=f"{ready.connector}:{origins[0]}",
        buckets=connector.capabilities.buckets,
        permits=permits,
        clock=clock,
        random=random,
        budget=budget,
        redactor=redactor,
        tasks=tasks,
        concurrency=connector.capabilities.concurrency,
        insecure=ready.insecure,
    )


Leg = tuple[Stream, Cursor]
"""What a walk covers, and where it goes on."""


class Failure(NamedTuple):
    """What a walk ended with."""

    error: SynclineError


class Prepared(NamedTuple):
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


def joined(pages: Sequence[Prepared]) -> Prepared | None:
    """Pages as one; None where there is none, and where they must be stored in their order.

    That is where a record is on two of them, and where one tells of records that are no more.
    """
    if len(pages) < 2:
        return pages[0] if pages else None
    told = [identity for found in pages for identity in _told(found)]
    if len(set(told)) < len(told) or any(found.page.gone or found.page.withdrawn for found in pages):
        return None
    stubs = {(item.kind, item.remote_id): item for found in pages for item in found.stubs}
    page = Page(
        events=[item for found in pages for item in found.page.events],
        children_complete=frozenset().union(*(found.page.children_complete for found in pages)),
        quarantined=[item for found in pages for item in found.page.quarantined],
        statuses=[item for found in pages for item in found.page.statuses],
    )
    return Prepared(
        page,
        [item for found in pages for item in found.readings],
        list(stubs.values()),
        {number: key for found in pages for number, key in found.containers.items()},
        [number for found in pages for number in found.outdated],
    )


def _told(found: Prepared) -> Iterator[tuple[Kind, str]]:
    """What a page holds."""
    for item in (*found.readings, *found.page.quarantined):
        yield item.kind, item.remote_id
