"""A small Data Center instance and a caller, for tests of the simulator."""

from __future__ import annotations

from typing import Any

from tests.simulator.world import basic

from syncline.sim import SimClock, SimRequest, SimResponse
from syncline_connectors.jira.simulator import Face, JiraSimulator, Server
from syncline_connectors.jira.simulator.entities import User

API = "/rest/api/2/"


class Instance:
    """``get`` and ``post`` call as Mia, whose profile is in Berlin; paths are below ``{context}/rest/api/2/``."""

    def __init__(
        self, clock: SimClock, *, calm: bool = True, server: Server | None = None, seed: int = 1
    ) -> None:
        self.clock = clock
        self.site = JiraSimulator(clock, calm=calm, seed=seed, face=Face.DATA_CENTER, server=server)
        self.mia = self.person("Mia Example", "Europe/Berlin")
        self.site.add_password(self.mia, "password-of-mia")
        self.token = self.site.add_token(self.mia, "token-of-mia")
        self.headers = [basic("mia", "password-of-mia")]
        self.editor = self.site.add_project("ED", "Editor", lead=self.mia)
        self.shop = self.site.add_project("SHOP", "Shop")

    def person(self, name: str, zone: str = "Etc/UTC") -> User:
        return self.site.add_user(name, email=f"{name.split()[0].lower()}@example.com", time_zone=zone)

    def ask(self, method: str, path: str, body: Any = None, headers: Any = None) -> SimResponse:
        """One request to a path with its query; absolute paths are taken as they are."""
        full = path if path.startswith("/") else self.site.server.context + API + path
        return self.site(SimRequest.of(method, full, body, self.headers if headers is None else headers))

    def get(self, path: str, **query: Any) -> SimResponse:
        full = path if path.startswith("/") else self.site.server.context + API + path
        pairs = [(name, str(value)) for name, value in query.items()]
        return self.site(SimRequest("GET", full, pairs, self.headers))

    def post(self, path: str, body: Any) -> SimResponse:
        return self.ask("POST", path, body)

    def search(self, jql: str, **more: Any) -> Any:
        response = self.post("search", {"jql": jql, **more})
        assert response.status == 200, response.content()
        return response.json()

    def walk(self, jql: str, **more: Any) -> list[Any]:
        """All pages, as a client that trusts ``startAt`` and ``total`` reads them."""
        found: list[Any] = []
        while True:
            page = self.search(jql, startAt=len(found), **more)
            found += page["issues"]
            if not page["issues"] or len(found) >= page["total"]:
                return found
