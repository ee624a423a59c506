"""A small Zendesk account and its callers, for tests of the simulator."""

from __future__ import annotations

import base64
from typing import Any

from tests.simulator.zendesk_schema import check_request, check_response, described

from syncline.sim import SimClock, SimRequest, SimResponse
from syncline_connectors.zendesk.simulator import ZendeskSimulator
from syncline_connectors.zendesk.simulator.entities import User
from syncline_connectors.zendesk.simulator.tickets import Ticket

API = "/api/v2/"


def basic(email: str, secret: str) -> tuple[str, str]:
    return "Authorization", "Basic " + base64.b64encode(f"{email}/token:{secret}".encode()).decode()


class Zendesk:
    """Ada administers an account, Ben is an agent, Cleo a customer of Example Inc. Calls are made as Ada.

    Every answer is judged by the vendor's description, unless that is not at hand or not wanted.
    """

    def __init__(self, clock: SimClock, *, calm: bool, seed: int = 1, judged: bool = True) -> None:
        self.clock, self.judged = clock, judged and described()
        self.site = ZendeskSimulator(clock, calm=calm, seed=seed)
        self.company = self.site.add_organization("Example Inc.", fields={"arr_eur": 12000})
        self.ada = self.site.add_user("Ada Example", role="admin", email="ada@example.com")
        self.ben = self.site.add_user("Ben Example", role="agent", email="ben@example.com")
        self.cleo = self.site.add_user("Cleo Example", email="cleo@example.net", organization=self.company)
        self.token = self.site.add_token(self.ada, "secret")
        self.headers = [basic("ada@example.com", "secret")]

    def ticket(self, subject: str = "Printer on fire", **more: Any) -> Ticket:
        return self.site.create_ticket(self.cleo, subject, "It burns.", **more)

    def login(self, user: User) -> list[tuple[str, str]]:
        return [basic(user.email or "", "secret")]

    def ask(
        self, method: str, target: str, body: Any = None, *, by: User | None = None, **headers: str
    ) -> SimResponse:
        """Headers by name with underscores; ``target`` is below ``/api/v2/`` unless it begins with a slash."""
        path = target if target.startswith("/") else API + target
        own = [(name.replace("_", "-"), value) for name, value in headers.items()]
        sent = SimRequest.of(method, path, body, [*(self.login(by) if by else self.headers), *own])
        response = self.site(sent)
        if self.judged and response.status < 500:
            check_response(method, sent.path, response)
        if self.judged and response.status < 300 and not isinstance(body, bytes):
            check_request(method, sent.path, sent.query, body)
        return response

    def get(self, target: str, *, by: User | None = None) -> Any:
        response = self.ask("GET", target, by=by)
        assert response.status == 200, (response.status, response.content())
        return response.json()

    def post(self, target: str, body: Any, **more: Any) -> SimResponse:
        return self.ask("POST", target, body, **more)

    def put(self, ticket: Ticket, by: User | None = None, **values: Any) -> SimResponse:
        return self.ask("PUT", f"tickets/{ticket.id}", {"ticket": values}, by=by)

    def read(self, ticket: Ticket) -> Any:
        return self.get(f"tickets/{ticket.id}.json")["ticket"]

    def export(self, target: str = "incremental/tickets/cursor", **query: Any) -> list[Any]:
        """All rows of a stream, as a patient client reads it."""
        name = target.split("/")[1]
        asked = {"start_time": 0, **query}
        rows: list[Any] = []
        while True:
            page = self.get(f"{target}?" + "&".join(f"{k}={v}" for k, v in asked.items()))
            rows += page[name]
            if page["end_of_stream"]:
                return rows
            asked = {**query, "cursor": page["after_cursor"]}
            self.clock.advance(6)


def refused(response: SimResponse, status: int) -> Any:
    """What a refusal says."""
    assert response.status == status, (response.status, response.content())
    return response.json()
