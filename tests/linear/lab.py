"""What the Linear tests share: the wire they listen on, the world behind it, and ways to pull."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from pydantic import SecretStr
from tests import lab
from tests.lab import pull, records, stream

from syncline.connector import Page, Present
from syncline.model import Kind, Ref
from syncline.sim.app import SimResponse
from syncline.sim.clock import SimClock
from syncline_connectors.linear import Linear
from syncline_connectors.linear.simulator import LinearSimulator

__all__ = ["KEY", "NOWHERE", "URL", "Wire", "World", "connecting", "error", "fetched", "pull"]
__all__ += ["records", "ref_of", "stream"]
URL = "https://api.linear.app/graphql"
KEY = "lin_api_ada"
NOWHERE = "00000000-0000-4000-8000-000000000000"
"""An id that nothing has."""


class Wire(lab.Wire):
    """Sends the ``Date`` of every real server."""

    def __init__(self, site: LinearSimulator) -> None:
        super().__init__(site, site.clock)

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


def connecting(
    tool: Callable[..., SimResponse], clock: SimClock
) -> AbstractContextManager[Callable[..., Linear]]:
    return lab.connecting(Linear, tool, clock, token=SecretStr(KEY))


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
