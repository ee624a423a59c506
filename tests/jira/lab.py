"""What the Jira tests share: the wire they listen on, and ways to pull."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from tests import lab
from tests.lab import pull, records, stream

from syncline.sim.app import SimRequest, SimResponse
from syncline.sim.clock import SimClock
from syncline_connectors.jira import Jira
from syncline_connectors.jira.simulator import JiraSimulator

__all__ = [
    "SEARCH",
    "SHARED",
    "URL",
    "Wire",
    "connecting",
    "described_body",
    "jql_sent",
    "pull",
    "records",
    "stream",
]
SHARED = Path(os.environ.get("SYNCLINE_SHARED", Path(__file__).resolve().parents[3] / "shared"))
URL = "https://demo.atlassian.net"
SEARCH = "/search/jql"


class Wire(lab.Wire):
    """Sends the ``Date`` of every real server."""

    def __init__(self, site: JiraSimulator) -> None:
        super().__init__(site, site.clock)

    def bodies(self, path: str) -> list[Any]:
        """The JSON sent to every address that ends so."""
        return [request.json() for request in self.sent if request.path.endswith(path)]


def connecting(
    tool: Callable[..., SimResponse], clock: SimClock, **usual: Any
) -> AbstractContextManager[Callable[..., Jira]]:
    return lab.connecting(Jira, tool, clock, **usual)


def described_body(request: SimRequest) -> Any:
    """The JSON of a request; None for an upload, whose form the vendor's description leaves open."""
    return request.json() if request.body and b"form-data; name=" not in request.body else None


def jql_sent(wire: Wire) -> list[str]:
    return [body["jql"] for body in wire.bodies(SEARCH)]
