"""What the Linear tests share: the wire they listen on, the world behind it, and ways to pull."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from email.utils import format_datetime
from typing import Any

from pydantic import SecretStr

from syncline.connector import Cursor, Page, Present, Stream
from syncline.http import Http, LocalPermits, Redactor, RetryBudget
from syncline.model import Kind, Record, Ref
from syncline.seams import system_random
from syncline.sim.app import SimRequest, SimResponse
from syncline.sim.clock import SimClock
from syncline.sim.transport import SimTransport
from syncline_connectors.linear import Linear, LinearConfig
from syncline_connectors.linear.simulator import LinearSimulator

URL = "https://api.linear.app/graphql"
KEY = "lin_api_ada"
NOWHERE = "00000000-0000-4000-8000-000000000000"
"""An id that nothing has."""


class Wire:
    """Between connector and simulator: keeps every request, adds the ``Date`` of every real server, can intervene."""

    def __init__(self, site: LinearSimulator) -> None:
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
        date = format_datetime(self.site.clock.now(), usegmt=True)
        return SimResponse(answer.status, [*answer.headers, ("Date", date)], answer.body, answer.wire)

    def asked(self) -> list[dict[str, Any]]:
        """The bodies of all GraphQL requests."""
        return [json.loads(sent.body) for sent in self.sent if sent.path == "/graphql"]

    def names(self) -> list[str]:
        """The names of all operations sent, in order."""
        return [body["query"].split("(")[0].split("{")[0].split()[1] for body in self.asked()]

    def variables(self, name: str) -> list[dict[str, Any]]:
        """The variables of every operation of that name."""
        return [
            body["variables"] for body, asked in zip(self.asked(), self.names(), strict=True) if asked == name
        ]


class World:
    """A calm workspace with one team, ENG, and Ada, who has a key."""

    def __init__(self, clock: SimClock) -> None:
        self.clock = clock
        self.site = LinearSimulator(clock, calm=True, name="Acme", url_key="acme")
        self.ada = self.site.add_user("Ada Example", email="ada@acme.example", admin=True)
        self.ben = self.site.add_user("Ben Example", email="ben@acme.example")
        self.eng = self.site.add_team("ENG", "Engineering", members=(self.ada, self.ben))
        self.key = self.site.add_api_key(self.ada, KEY)
        clock.advance(3600)

    def issue(self, title: str = "An issue", **more: Any) -> Any:
        """An issue, made a second after whatever was before."""
        self.clock.advance(1)
        return self.site.create_issue(more.pop("team", self.eng), title, by=self.ada, **more)

    def later(self, seconds: float = 600) -> None:
        """Beyond the stretch that is asked for again."""
        self.clock.advance(seconds)


@contextmanager
def connecting(wire: Callable[..., Any], clock: SimClock) -> Iterator[Callable[..., Linear]]:
    """Makes connectors: keys of the configuration by name, and the ``memo`` apart."""
    opened: list[Http] = []

    def make(memo: dict[str, str] | None = None, **keys: Any) -> Linear:
        config = LinearConfig(**({"connector": "linear", "token": SecretStr(KEY)} | keys))
        http = Http(
            Linear.origins(config),
            Linear.auth(config),
            access=config.access,
            account="linear:test",
            buckets=Linear.capabilities.buckets,
            permits=LocalPermits(clock),
            clock=clock,
            random=system_random(),
            budget=RetryBudget(),
            redactor=Redactor(),
            transport=SimTransport(wire),
        )
        opened.append(http)
        return Linear(config, http, memo or {})

    yield make
    for http in opened:
        http.close()


def stream(linear: Linear, name: str = "issues") -> Stream:
    return next(offered for offered in linear.streams() if offered.name == name)


def pull(linear: Linear, name: str = "issues", cursor: Cursor = Cursor()) -> list[Page]:  # noqa: B008
    """A whole walk; every page but the last must say that it is not."""
    pages = list(linear.pull(stream(linear, name), cursor))
    assert [page.last for page in pages] == [False] * (len(pages) - 1) + [True]
    return pages


def records(pages: Iterable[Page], kind: Kind = Kind.ISSUE) -> dict[str, Any]:
    """The last reading of every record of a kind, by remote id."""
    found: dict[str, Record] = {}
    for page in pages:
        found |= {item.record.remote_id: item.record for item in page.records if item.record.kind is kind}
    return found


def fetched(linear: Linear, issue: str) -> Page:
    """An issue with all that is on it, as it stands now."""
    (answer,) = linear.fetch([ref_of(linear, issue)])
    assert isinstance(answer, Present)
    return answer.page


def ref_of(linear: Linear, number: str, kind: Kind = Kind.ISSUE) -> Ref:
    return Ref(linear.check().site, kind, number)


def error(message: str, *, type: str, code: str, status: int = 400, after: int | None = None) -> SimResponse:
    """An answer that holds one error; ``after`` are seconds to wait."""
    told = {"message": message, "extensions": {"type": type, "code": code}}
    headers = [] if after is None else [("Retry-After", str(after))]
    return SimResponse.of_json({"errors": [told], "data": None}, status, headers)
