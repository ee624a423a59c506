"""A small Trello and its callers, for tests of the simulator."""

from __future__ import annotations

from typing import Any

from tests.simulator.trello_schema import check_response, described

from syncline.sim import SimClock, SimRequest, SimResponse
from syncline_connectors.trello.simulator import KEY, TrelloSimulator
from syncline_connectors.trello.simulator import entities as e

FORM = ("Content-Type", "application/x-www-form-urlencoded")


def oauth(token: str, key: str = KEY) -> tuple[str, str]:
    return "Authorization", f'OAuth oauth_consumer_key="{key}", oauth_token="{token}"'


class Trello:
    """Ada administers the board Product, Ben is on it, Cleo is on none. Calls are made as Ada.

    Every answer is judged by the vendor's description where that is at hand; ``judged`` are those of which it says how
    they look, by method and path.
    """

    def __init__(self, clock: SimClock, *, calm: bool, seed: int = 1) -> None:
        self.clock = clock
        self.judged: set[tuple[str, str]] = set()
        self.site = TrelloSimulator(clock, calm=calm, seed=seed)
        self.ada = self.site.add_member("Ada Example", email="ada@example.com")
        self.ben = self.site.add_member("Ben Example")
        self.cleo = self.site.add_member("Cleo Example")
        self.board = self.site.add_board("Product", members=[self.ada, self.ben])
        self.todo = self.site.add_list(self.board, "To do")
        self.done = self.site.add_list(self.board, "Done")
        self.token = self.site.add_token(self.ada, "ada-token")
        self.site.add_token(self.ben, "ben-token")
        self.site.add_token(self.cleo, "cleo-token")

    def card(self, name: str = "Sign in by mail", **more: Any) -> e.Card:
        """Made a second after whatever was before it."""
        self.clock.advance(1)
        return self.site.create_card(more.pop("in_", self.todo), name, **more)

    def ask(
        self,
        method: str,
        target: str,
        body: Any = None,
        *,
        by: str = "ada-token",
        headers: list[tuple[str, str]] | None = None,
    ) -> SimResponse:
        """``target`` is below ``/1``."""
        asked = SimRequest.of(method, f"/1{target}", body, [oauth(by), *(headers or [])])
        response = self.site(asked)
        route = self.site.route_of(asked)
        if route and described() and check_response(method, route.path, response):
            self.judged.add((method, route.path))
        return response

    def get(self, target: str, *, by: str = "ada-token") -> Any:
        return said(self.ask("GET", target, by=by))

    def write(self, method: str, target: str, body: Any = None, *, by: str = "ada-token") -> Any:
        return said(self.ask(method, target, body, by=by))

    def feed(self, target: str | None = None) -> list[str]:
        """Types of actions, the newest first."""
        target = target or f"/boards/{self.board.id}/actions?limit=1000"
        return [action["type"] for action in self.get(target)]


def said(response: SimResponse) -> Any:
    """The document of an answer that is no refusal."""
    assert response.status == 200, (response.status, response.content())
    return response.json()


def refused(response: SimResponse, status: int) -> str:
    """The text of a refusal."""
    assert response.status == status, (response.status, response.content())
    assert (response.header("Content-Type") or "").startswith("text/plain")
    return response.content().decode()
