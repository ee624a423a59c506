"""What the tests of every connector share: the wire to a simulated tool, a client on it, and ways to walk it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from email.utils import format_datetime
from typing import Any, TypeVar

from syncline.config import ConnectionConfig
from syncline.connector import Cursor, Page, Source, Stream
from syncline.http import Http, LocalPermits, Permits, Redactor, RetryBudget
from syncline.model import Kind, Record
from syncline.seams import Clock, system_random
from syncline.sim.app import App, SimRequest, SimResponse, Traffic
from syncline.sim.transport import SimTransport

S = TypeVar("S", bound=Source)


class Wire:
    """Between a connector and its tool: keeps every request and answer, and can answer in the tool's place.

    With a ``clock`` every answer has the ``Date`` of every real server.
    """

    def __init__(self, tool: App, clock: Clock | None = None) -> None:
        self.tool = tool
        self.clock = clock
        self.sent: list[SimRequest] = []
        self.answers: list[SimResponse] = []
        self.before: Callable[[SimRequest], SimResponse | None] = lambda request: None
        self.after: Callable[[SimRequest, SimResponse], SimResponse] = lambda request, response: response

    def __call__(self, request: SimRequest) -> SimResponse:
        self.sent.append(request)
        answer = self.before(request)
        answer = self.after(request, self.tool(request)) if answer is None else answer
        self.answers.append(answer)
        if self.clock is None or answer.header("Date"):
            return answer
        date = format_datetime(self.clock.now(), usegmt=True)
        return SimResponse(answer.status, [*answer.headers, ("Date", date)], answer.body, answer.wire)

    def paths(self) -> list[str]:
        return [request.path for request in self.sent]

    def written(self) -> list[SimRequest]:
        return [request for request in self.sent if request.method != "GET"]


def client(
    connector: type[Source],
    config: ConnectionConfig,
    tool: App,
    clock: Clock,
    *,
    permits: Permits | None = None,
    traffic: Traffic | None = None,
) -> Http:
    """The client that a connector is built with, on a tool inside this process."""
    return Http(
        connector.origins(config),
        connector.auth(config),
        access=config.access,
        account=f"{connector.name}:test",
        buckets=connector.capabilities.buckets,
        permits=LocalPermits(clock) if permits is None else permits,
        clock=clock,
        random=system_random(),
        budget=RetryBudget(),
        redactor=Redactor(),
        transport=SimTransport(tool, traffic),
        concurrency=connector.capabilities.concurrency,
    )


@contextmanager
def connecting(
    connector: type[S], tool: App, clock: Clock, *, permits: Permits | None = None, **usual: Any
) -> Iterator[Callable[..., S]]:
    """Makes connectors: keys of the configuration by name, over the ``usual`` ones, and the ``memo`` apart."""
    opened: list[Http] = []

    def make(memo: Mapping[str, str] | None = None, name: str = "here", **keys: Any) -> S:
        config = connector.Config.model_validate({"connector": connector.name} | usual | keys).named(name)
        http = client(connector, config, tool, clock, permits=permits)
        opened.append(http)
        return connector(config, http, memo or {})

    yield make
    for http in opened:
        http.close()


def stream(source: Source, name: str = "issues") -> Stream:
    return next(one for one in source.streams() if one.name == name)


def pull(source: Source, name: str = "issues", cursor: Cursor = Cursor()) -> list[Page]:  # noqa: B008
    """A whole walk; every page but the last must say that it is not."""
    pages = list(source.pull(stream(source, name), cursor))
    assert [page.last for page in pages] == [False] * (len(pages) - 1) + [True]
    return pages


def records(pages: Iterable[Page], kind: Kind = Kind.ISSUE) -> dict[str, Any]:
    """The last reading of every record of a kind, by remote id."""
    found: dict[str, Record] = {}
    for page in pages:
        found |= {item.record.remote_id: item.record for item in page.records if item.record.kind is kind}
    return found
