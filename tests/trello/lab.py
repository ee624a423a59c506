"""What the Trello tests share: the wire they listen on, and ways to pull."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from pydantic import SecretStr
from tests import lab
from tests.lab import pull, records, stream

from syncline.secrets import Secret
from syncline.sim.app import SimResponse
from syncline.sim.clock import SimClock
from syncline_connectors.trello import Trello
from syncline_connectors.trello.simulator import KEY

__all__ = ["TOKEN", "Wire", "connecting", "pull", "records", "secret", "stream"]
TOKEN = "ATTA" + "c" * 60


class Wire(lab.Wire):
    """Can take a batch apart."""

    def asked(self) -> list[str]:
        """Method and path of every request, with a batch taken apart."""
        found = []
        for request in self.sent:
            found += [f"GET /1{url}" for url in (request.param("urls") or "").split(",") if url]
            if not request.path.endswith("/batch"):
                found.append(f"{request.method} {request.path}")
        return found


def secret(value: str) -> Secret:
    return Secret(None, SecretStr(value))


def connecting(
    tool: Callable[..., SimResponse], clock: SimClock
) -> AbstractContextManager[Callable[..., Trello]]:
    return lab.connecting(Trello, tool, clock, key=secret(KEY), token=secret(TOKEN))
