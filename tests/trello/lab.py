"""What the Trello tests share: the wire they listen on, and ways to pull."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import SecretStr

from syncline.connector import Cursor, Page, Stream
from syncline.http import Http, LocalPermits, Redactor, RetryBudget
from syncline.model import Kind, Record
from syncline.seams import system_random
from syncline.secrets import Secret
from syncline.sim.app import SimRequest, SimResponse
from syncline.sim.clock import SimClock
from syncline.sim.transport import SimTransport
from syncline_connectors.trello import Trello, TrelloConfig
from syncline_connectors.trello.simulator import KEY, TrelloSimulator

TOKEN = "ATTA" + "c" * 60


class Wire:
    """Between connector and simulator: keeps every request, can intervene."""

    def __init__(self, site: TrelloSimulator) -> None:
        self.site = site
        self.sent: list[SimRequest] = []
        self.answers: list[SimResponse] = []
        self.before: Callable[[SimRequest], SimResponse | None] = lambda request: None

    def __call__(self, request: SimRequest) -> SimResponse:
        self.sent.append(request)
        answer = self.before(request) or self.site(request)
        self.answers.append(answer)
        return answer

    def asked(self) -> list[str]:
        """Method and path of every request, with a batch taken apart."""
        found = []
        for request in self.sent:
            found += [f"GET /1{url}" for url in (request.param("urls") or "").split(",") if url]
            if not request.path.endswith("/batch"):
                found.append(f"{request.method} {request.path}")
        return found

    def written(self) -> list[SimRequest]:
        return [request for request in self.sent if request.method != "GET"]


def secret(value: str) -> Secret:
    return Secret(None, SecretStr(value))


@contextmanager
def connecting(wire: Callable[..., Any], clock: SimClock, **usual: Any) -> Iterator[Callable[..., Trello]]:
    """Makes connectors: keys of the configuration by name, over the ``usual`` ones, and the ``memo`` apart."""
    opened: list[Http] = []

    def make(memo: dict[str, str] | None = None, name: str = "design", **keys: Any) -> Trello:
        given = {"connector": "trello", "key": secret(KEY), "token": secret(TOKEN)} | usual | keys
        config = TrelloConfig.model_validate(given).named(name)
        http = Http(
            Trello.origins(config),
            Trello.auth(config),
            access=config.access,
            account="trello:test",
            buckets=Trello.capabilities.buckets,
            permits=LocalPermits(clock),
            clock=clock,
            random=system_random(),
            budget=RetryBudget(),
            redactor=Redactor(),
            transport=SimTransport(wire),
        )
        opened.append(http)
        return Trello(config, http, memo or {})

    yield make
    for http in opened:
        http.close()


def stream(trello: Trello, name: str = "issues") -> Stream:
    return next(offered for offered in trello.streams() if offered.name == name)


def pull(trello: Trello, name: str = "issues", cursor: Cursor = Cursor()) -> list[Page]:  # noqa: B008
    """A whole walk; every page but the last must say that it is not."""
    pages = list(trello.pull(stream(trello, name), cursor))
    assert [page.last for page in pages] == [False] * (len(pages) - 1) + [True]
    return pages


def records(pages: Iterable[Page], kind: Kind = Kind.ISSUE) -> dict[str, Any]:
    """The last reading of every record of a kind, by remote id."""
    found: dict[str, Record] = {}
    for page in pages:
        found |= {item.record.remote_id: item.record for item in page.records if item.record.kind is kind}
    return found
