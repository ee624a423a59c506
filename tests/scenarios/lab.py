"""A world of simulated vendors, one database and one ``[[sync]]`` block: people work in the tools, cron runs.

Everything is in this process and on one clock. `World.sync` is one run of cron; a `Side` is one connection with the
vendor behind it, what people do there and what the vendor then shows, read past our connectors.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text
from tests.databases import plain

from syncline.config import Config
from syncline.config.loading import parse
from syncline.http import Http
from syncline.http.graphql import only_asks
from syncline.registry import Registry
from syncline.seams import Clock, InlineTasks, on_crashpoint
from syncline.sim.app import App, SimRequest, SimResponse
from syncline.sim.clock import SimClock
from syncline.sim.faults import Fault, inflict
from syncline.sim.transport import SimTransport
from syncline.store import Store, open_store
from syncline.sync.planfile import document as plan_document
from syncline.sync.result import PullResult
from syncline.sync.whole import Wish, apply, plan, sync

QUARTER = 900.0
REGISTRY = Registry()
"""One for all runs, as a process has one: looking for what is installed reads the files of every distribution."""
"""Seconds between two runs of cron."""
READING_POSTS = ("/search", "/search/jql", "/bulkfetch", "/list", "/approximate-count", "/graphql")
"""Ends of the addresses whose POST may only read."""


class Killed(BaseException):
    """The process is gone: nothing catches this."""


@dataclass
class Strike:
    """``fault`` for the next ``times`` requests that ``matches`` lets through, after ``skip`` of them."""

    matches: Callable[[SimRequest], bool]
    fault: Fault | SimResponse
    times: int = 1
    skip: int = 0


def is_write(request: SimRequest) -> bool:
    """Whether a request may change anything."""
    if request.method == "GET":
        return False
    if request.path.endswith("/graphql"):
        return not only_asks(str(json.loads(request.body)["query"]))
    return not request.path.endswith(READING_POSTS)


class Front:
    """Stands before a vendor: keeps every request, counts what changed something, fails as told."""

    def __init__(self, site: App, clock: SimClock) -> None:
        self._site = site
        self._clock = clock
        self.sent: list[SimRequest] = []
        self.written: list[SimRequest] = []
        self.strikes: list[Strike] = []
        self.after: Callable[[SimRequest, SimResponse], None] = lambda request, answer: None
        """Called behind every answer, so that somebody can act between two requests."""

    def __call__(self, request: SimRequest) -> SimResponse:
        self._clock.advance(0.2)  # nothing happens at the same moment as anything else
        self.sent.append(request)
        fault = self._due(request)
        if isinstance(fault, SimResponse):
            return fault
        if fault is not None:
            return inflict(fault, self._ask, request, self._clock, 1.0)
        return self._ask(request)

    def _ask(self, request: SimRequest) -> SimResponse:
        answer = self._site(request)
        if is_write(request) and answer.status < 300 and b'"errors":[{' not in answer.content():
            self.written.append(request)
        self.after(request, answer)
        if answer.header("Date"):
            return answer
        date = format_datetime(self._clock.now(), usegmt=True)
        return SimResponse(answer.status, [*answer.headers, ("Date", date)], answer.body, answer.wire)

    def _due(self, request: SimRequest) -> Fault | SimResponse | None:
        for strike in self.strikes:
            if strike.times > 0 and strike.matches(request):
                if strike.skip > 0:
                    strike.skip -= 1
                    continue
                strike.times -= 1
                return strike.fault
        return None


class Side:
    """One connection. Each vendor has its own; statuses, priorities and people are in the vendor's words."""

    connector = ""
    origin = ""

    def __init__(self, name: str, site: Any, clock: SimClock) -> None:
        self.name = name
        self.site = site
        self.clock = clock
        self.front = Front(site, clock)
        self.more: dict[str, Any] = {}
        """More keys of the connection's section."""
        self.secrets: dict[str, str] = {}
        """What the section refers to as ``env:``."""

    def section(self) -> dict[str, Any]:
        """What stands under ``[connections.NAME]``."""
        return {"connector": self.connector, "access": "write", **self._own(), **self.more}

    def _own(self) -> dict[str, Any]:
        raise NotImplementedError

    def put(self, title: str, **values: Any) -> str:
        """Somebody makes an issue; returns its remote id."""
        raise NotImplementedError

    def edit(self, remote_id: str, **values: Any) -> None:
        """Somebody edits an issue: title, body, labels, priority, due_on, assignee, status."""
        raise NotImplementedError

    def show(self, remote_id: str) -> dict[str, Any]:
        """What the vendor shows: title, body, labels, priority, due_on, assignee, status."""
        raise NotImplementedError

    def ids(self) -> list[str]:
        """Every issue there is, in the order in which they were made."""
        raise NotImplementedError

    def delete(self, remote_id: str) -> None:
        """Somebody deletes an issue for good."""
        raise NotImplementedError

    def settle(self) -> None:
        """What the vendor does late is done."""

    def titled(self, title: str) -> list[str]:
        return [one for one in self.ids() if self.show(one)["title"] == title]

    @property
    def writes(self) -> int:
        return len(self.front.written)


@dataclass
class World:
    """Sides, the block that joins them, and runs."""

    folder: Path
    sides: Sequence[Side]
    clock: SimClock
    block: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, Any] = field(
        default_factory=lambda: {
            "title": {},
            "description": {},
            "status": {},
            "priority": {},
            "labels": {},
        }
    )
    guards: dict[str, Any] = field(default_factory=dict)
    own: dict[str, Any] = field(default_factory=dict)
    hub: dict[str, Any] = field(default_factory=dict)
    people: Mapping[str, Mapping[str, str]] | None = None
    url: str = ""
    our_clock: Clock | None = None
    """Ours, where it is not that of everybody."""
    _store: Store | None = None

    def __post_init__(self) -> None:
        self.url = self.url or f"sqlite:///{self.folder / 'syncline.db'}"

    # ---- configuration ----

    def document(self) -> dict[str, Any]:
        block = {
            "name": "delivery",
            "between": [side.name for side in self.sides],
            "link": "same",
            "mode": "on",
            "match": ["native", "url", "title"],
            "fields": self.fields,
        } | self.block
        found: dict[str, Any] = {
            "hub": {"history": "all", **self.hub},
            "connections": {side.name: side.section() for side in self.sides},
            "sync": [block],
            "fields": self.own,
        }
        return found | ({"guards": self.guards} if self.guards else {})

    def config(self) -> Config:
        config, problems = parse(self.document(), self.folder, REGISTRY)
        assert config is not None, problems
        assert not problems
        return config

    # ---- runs ----

    def store(self) -> Store:
        """One for all runs, because opening costs more than a quiet run."""
        if self._store is None:
            self._store = open_store(self.url, clock=self.clock, create=True, busy_timeout=5)
        return self._store

    def close(self) -> None:
        """Let go of the database; what comes next opens it anew."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def open_http(self, origins: Sequence[str], auth: Any, **options: Any) -> Http:
        """The client of a connection, with its vendor in the place of the network."""
        side = next(side for side in self.sides if origins[0].startswith(side.origin))
        return Http(origins, auth, transport=SimTransport(side.front), **options)

    def seams(self) -> dict[str, Any]:
        return {
            "registry": REGISTRY,
            "clock": self.our_clock or self.clock,
            "tasks": InlineTasks(),
            "environ": {name: secret for side in self.sides for name, secret in side.secrets.items()},
            "open_http": self.open_http,
            "people": self.people,
        }

    def sync(self, *, after: float = QUARTER, settle: bool = True, **wish: Any) -> PullResult:
        """One run of cron, ``after`` so many seconds."""
        self.clock.sleep(after)
        if settle:
            for side in self.sides:
                side.settle()
        full = wish.pop("full", False)
        return sync(self.config(), self.store(), Wish(**wish), full=full, **self.seams())

    def plan(self, **wish: Any) -> dict[str, Any]:
        """The document of ``plan -o``, from the database alone."""
        return plan_document(*plan(self.config(), self.store(), Wish(**wish), **self.seams()))

    def apply(self, saved: Mapping[str, Any], *, approve: bool = False) -> PullResult:
        return apply(self.config(), self.store(), saved, approve=approve, **self.seams())

    def quiet(self, most: int = 6) -> PullResult:
        """Run until a run writes nothing; that one is returned."""
        for _ in range(most):
            before = self.writes
            result = self.sync()
            if self.writes == before:
                return result
        raise AssertionError(f"{most} runs, and each wrote something")

    def killed(self, point: str, nth: int = 1, **wish: Any) -> bool:
        """A run that dies at the ``nth`` hit of a crashpoint; False where it ended before."""
        with dying(point, nth):
            try:
                self.sync(**wish)
            except Killed:
                self.close()
                return True
        return False

    @property
    def writes(self) -> int:
        """How many requests have changed anything at any vendor."""
        return sum(side.writes for side in self.sides)

    def requests(self) -> int:
        return sum(len(side.front.sent) for side in self.sides)

    # ---- the database ----

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.store().reading() as db:
            return [plain(row) for row in db.execute(text(query), values)]

    def held(self) -> list[tuple[Any, ...]]:
        """What is open: field, kind, reason."""
        return self.rows(
            "SELECT field, kind, reason FROM held WHERE closed_at IS NULL ORDER BY field, kind, id"
        )

    def links(self) -> int:
        return int(self.rows("SELECT count(*) FROM link WHERE until IS NULL")[0][0])

    def partner(self, side: Side, remote_id: str, other: Side) -> str | None:
        """The remote id of a record's counterpart in another connection."""
        found = self.rows(
            "SELECT o.remote_id FROM record r JOIN member m ON m.record_id = r.id "
            "JOIN member n ON n.group_id = m.group_id AND n.block = m.block JOIN record o ON o.id = n.record_id "
            "JOIN connection c ON c.id = o.connection_id JOIN connection d ON d.id = r.connection_id "
            "WHERE r.remote_id = :id AND d.name = :here AND c.name = :there",
            id=remote_id,
            here=side.name,
            there=other.name,
        )
        assert len(found) < 2, found
        return str(found[0][0]) if found else None

    def open_intents(self) -> list[tuple[Any, ...]]:
        return self.rows("SELECT block, state, operation FROM intent WHERE state IN ('sent', 'in_doubt')")


@contextmanager
def dying(point: str, nth: int = 1) -> Iterator[None]:
    """Within, the process dies at the ``nth`` hit of a crashpoint."""
    seen = 0

    def hit(name: str) -> None:
        nonlocal seen
        seen += name == point
        if name == point and seen == nth:
            raise Killed(name)

    with ExitStack() as stack:
        stack.callback(on_crashpoint(hit))
        yield


@contextmanager
def counting() -> Iterator[dict[str, int]]:
    """Within, every crashpoint that is hit is counted."""
    found: dict[str, int] = {}
    with ExitStack() as stack:
        stack.callback(on_crashpoint(lambda name: found.__setitem__(name, found.get(name, 0) + 1)))
        yield found
