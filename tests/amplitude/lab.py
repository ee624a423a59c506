"""What the Amplitude tests share: the wire they listen on, and ways to pull."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import SecretStr

from syncline.connector import Cursor, Page, Stream
from syncline.http import Http, LocalPermits, Redactor, RetryBudget
from syncline.model import Annotation, Metric, MetricPoint, Record
from syncline.seams import Clock, system_random
from syncline.sim import SimRequest, SimResponse
from syncline.sim.transport import SimTransport
from syncline_connectors.amplitude import Amplitude, AmplitudeConfig
from syncline_connectors.amplitude.simulator import AmplitudeSimulator

KEY, SECRET = "key", "secret"


class Wire:
    """Between connector and simulator: keeps every request, can answer in its place or spoil an answer."""

    def __init__(self, project: AmplitudeSimulator) -> None:
        self.project = project
        self.sent: list[SimRequest] = []
        self.before: Callable[[SimRequest], SimResponse | None] = lambda request: None
        self.after: Callable[[SimRequest, SimResponse], SimResponse] = lambda request, response: response

    def __call__(self, request: SimRequest) -> SimResponse:
        self.sent.append(request)
        answer = self.before(request)
        return self.after(request, self.project(request)) if answer is None else answer

    def paths(self) -> list[str]:
        return [request.path for request in self.sent]

    def ranges(self, path: str) -> list[tuple[str, str]]:
        """First and last day of every query to an address."""
        return [
            (str(request.param("start")), str(request.param("end")))
            for request in self.sent
            if request.path == path
        ]


Connect = Callable[..., Amplitude]


@contextmanager
def connecting(wire: Callable[[SimRequest], SimResponse], clock: Clock) -> Iterator[Connect]:
    """Makes connectors: keys of the configuration by name, and the ``memo`` apart."""
    opened: list[Http] = []
    permits = LocalPermits(clock)

    def make(memo: dict[str, str] | None = None, **keys: Any) -> Amplitude:
        usual = {"connector": "amplitude", "key": SecretStr(KEY), "secret": SecretStr(SECRET), "region": "us"}
        config = AmplitudeConfig.model_validate(usual | {"timezone": "UTC"} | keys)
        http = Http(
            Amplitude.origins(config),
            Amplitude.auth(config),
            access="read",
            account="amplitude:test",
            buckets=Amplitude.capabilities.buckets,
            permits=permits,
            clock=clock,
            random=system_random(),
            budget=RetryBudget(),
            redactor=Redactor(),
            transport=SimTransport(wire),
            concurrency=Amplitude.capabilities.concurrency,
        )
        opened.append(http)
        return Amplitude(config, http, memo or {})

    yield make
    for http in opened:
        http.close()


def stream(source: Amplitude, name: str) -> Stream:
    return next(one for one in source.streams() if one.name == name)


def walk(source: Amplitude, name: str = "metrics", cursor: Cursor | None = None, **more: Any) -> list[Page]:
    """All pages of a walk; ``more`` are fields of the stream."""
    asked = stream(source, name)
    pages = list(source.pull(asked.narrowed(asked.scope, **more), cursor or Cursor()))
    assert pages[-1].last
    return pages


def records(pages: Iterable[Page]) -> list[Record]:
    return [item.record for page in pages for item in page.records]


def points(pages: Iterable[Page]) -> dict[str, MetricPoint]:
    """The points of a walk by remote id; the last delivery counts."""
    return {one.remote_id: one for one in records(pages) if isinstance(one, MetricPoint)}


def values(pages: Iterable[Page]) -> dict[str, float | None]:
    return {remote_id: point.value for remote_id, point in points(pages).items()}


def metrics(pages: Iterable[Page]) -> dict[str, Metric]:
    return {one.remote_id: one for one in records(pages) if isinstance(one, Metric)}


def marks(pages: Iterable[Page]) -> dict[str, Annotation]:
    return {one.remote_id: one for one in records(pages) if isinstance(one, Annotation)}
