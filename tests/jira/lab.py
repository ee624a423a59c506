"""What the Jira tests share: the wire they listen on, and ways to pull."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from syncline.connector import Cursor, Page, Stream
from syncline.http import Http, LocalPermits, Redactor, RetryBudget
from syncline.model import Kind, Record
from syncline.seams import system_random
from syncline.sim.app import SimRequest, SimResponse
from syncline.sim.clock import SimClock
from syncline.sim.transport import SimTransport
from syncline_connectors.jira import Jira, JiraConfig
from syncline_connectors.jira.simulator import JiraSimulator

SHARED = Path(os.environ.get("SYNCLINE_SHARED", Path(__file__).resolve().parents[3] / "shared"))
URL = "https://demo.atlassian.net"
SEARCH = "/search/jql"


class Wire:
    """Between connector and simulator: keeps every request, adds the ``Date`` of every real server, can intervene."""

    def __init__(self, site: JiraSimulator) -> None:
        self.site = site
        self.sent: list[SimRequest] = []
        self.answers: list[SimResponse] = []
        self.before: Callable[[SimRequest], SimResponse | None] = lambda request: None
        self.after: Callable[[SimRequest, SimResponse], SimResponse] = lambda request, response: response

    def __call__(self, request: SimRequest) -> SimResponse:
        self.sent.append(request)
        answer = self.before(request)
        answer = self.after(request, self.site(request)) if answer is None else answer
        self.answers.append(answer)
        if answer.header("Date"):
            return answer
        date = format_datetime(self.site.clock.now(), usegmt=True)
        return SimResponse(answer.status, [*answer.headers, ("Date", date)], answer.body, answer.wire)

    def paths(self) -> list[str]:
        return [request.path for request in self.sent]

    def bodies(self, path: str) -> list[Any]:
        """The JSON sent to every address that ends so."""
        return [request.json() for request in self.sent if request.path.endswith(path)]


def described_body(request: SimRequest) -> Any:
    """The JSON of a request; None for an upload, whose form the vendor's description leaves open."""
    return request.json() if request.body and b"form-data; name=" not in request.body else None


@contextmanager
def connecting(wire: Callable[..., Any], clock: SimClock, **usual: Any) -> Iterator[Callable[..., Jira]]:
    """Makes connectors: keys of the configuration by name, over the ``usual`` ones, and the ``memo`` apart."""
    opened: list[Http] = []

    def make(memo: dict[str, str] | None = None, **keys: Any) -> Jira:
        config = JiraConfig(**({"connector": "jira"} | usual | keys))
        http = Http(
            Jira.origins(config),
            Jira.auth(config),
            access=config.access,
            account="jira:test",
            buckets=Jira.capabilities.buckets,
            permits=LocalPermits(clock),
            clock=clock,
            random=system_random(),
            budget=RetryBudget(),
            redactor=Redactor(),
            transport=SimTransport(wire),
        )
        opened.append(http)
        return Jira(config, http, memo or {})

    yield make
    for http in opened:
        http.close()


def stream(jira: Jira, name: str = "issues") -> Stream:
    return next(offered for offered in jira.streams() if offered.name == name)


def pull(jira: Jira, name: str = "issues", cursor: Cursor = Cursor()) -> list[Page]:  # noqa: B008
    """A whole walk; every page but the last must say that it is not."""
    pages = list(jira.pull(stream(jira, name), cursor))
    assert [page.last for page in pages] == [False] * (len(pages) - 1) + [True]
    return pages


def records(pages: Iterable[Page], kind: Kind = Kind.ISSUE) -> dict[str, Any]:
    """The last reading of every record of a kind, by remote id."""
    found: dict[str, Record] = {}
    for page in pages:
        found |= {item.record.remote_id: item.record for item in page.records if item.record.kind is kind}
    return found


def jql_sent(wire: Wire) -> list[str]:
    return [body["jql"] for body in wire.bodies(SEARCH)]
