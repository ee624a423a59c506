"""Loads the real Zendesk data of ``../shared/data/zendesk`` into a simulated account, and counts it from the files.

Use it as ``from tests.simulator.zendesk_realdata import load_real_data, needs_data``. A ticket was recorded many times;
its last state is what is loaded.
"""

from __future__ import annotations

import gzip
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from syncline_connectors.zendesk.simulator import ZendeskSimulator

SHARED = Path(os.environ.get("SYNCLINE_SHARED", Path(__file__).parents[3] / "shared"))
DATA = SHARED / "data" / "zendesk" / "zenpy-cassettes"
EPOCH = "1970-01-01T00:00:00Z"

needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"the real data is not at {DATA}")

Json = dict[str, Any]


@dataclass(frozen=True)
class Counts:
    """What there is to find, by distinct ids. ``people`` are all users, also those without a part in a ticket."""

    tickets: int
    by_status: Counter[str]
    people: int
    organizations: int
    groups: int
    public_comments: int
    """Of tickets that are not deleted."""


@dataclass(frozen=True)
class Exchange:
    """One recorded request and its answer."""

    method: str
    url: str
    status: int
    headers: Json
    body: Any


@cache
def exchanges() -> tuple[Exchange, ...]:
    """All that was recorded, file by file."""
    return tuple(_read())


def _read() -> Iterator[Exchange]:
    for file in sorted(DATA.iterdir()):
        raw = file.read_bytes()
        tests = json.loads(gzip.decompress(raw) if file.suffix == ".gz" else raw)
        for one in (exchange for recorded in tests.values() for exchange in recorded):
            request, response = one["request"], one["response"]
            url = request.get("url") or request["path"]
            yield Exchange(request["method"], url, response["status"], response["headers"], response["body"])


def documents(plural: str, singular: str) -> dict[int, Json]:
    """The last state of every document of a kind, whether it came in a list or alone."""
    last: dict[int, Json] = {}
    for exchange in exchanges():
        if exchange.status >= 300 or not isinstance(exchange.body, dict):
            continue
        alone = exchange.body.get(singular)
        rows = [*(exchange.body.get(plural) or ()), *([alone] if isinstance(alone, dict) else [])]
        for row in rows:
            known = last.get(row["id"])
            if known is None or _age(known) <= _age(row):
                last[row["id"]] = row
    return last


def _age(row: Json) -> tuple[str, int]:
    return row.get("updated_at") or row.get("created_at") or EPOCH, row.get("generated_timestamp") or 0


def audits() -> list[Json]:
    """Of a ticket's history only what begins with the beginning can be loaded."""
    found = documents("audits", "audit")
    begun = {row["ticket_id"] for row in found.values() if any(e["type"] == "Create" for e in row["events"])}
    return [row for row in found.values() if row["ticket_id"] in begun]


def load_real_data(simulator: ZendeskSimulator) -> Counts:
    """Put every real document into ``simulator`` and return the independent counts."""
    simulator.load(
        organizations=documents("organizations", "organization").values(),
        users=documents("users", "user").values(),
        groups=documents("groups", "group").values(),
        memberships=documents("group_memberships", "group_membership").values(),
        tickets=documents("tickets", "ticket").values(),
        audits=audits(),
    )
    return count()


def count() -> Counts:
    tickets = documents("tickets", "ticket")
    told = {row["ticket_id"] for row in audits()}
    alive = {id_ for id_, row in tickets.items() if row["status"] != "deleted"}
    events: Iterable[Json] = (e for row in audits() if row["ticket_id"] in alive for e in row["events"])
    recorded = sum(e["type"] == "Comment" and e["public"] for e in events)
    return Counts(
        len(tickets),
        Counter(row["status"] for row in tickets.values()),
        len(documents("users", "user")),
        len(documents("organizations", "organization")),
        len(documents("groups", "group")),
        recorded + sum(tickets[id_]["is_public"] for id_ in alive - told),
    )
