"""A small site and a caller, for tests of the simulator."""

from __future__ import annotations

import base64
from typing import Any

from syncline.sim import SimClock, SimRequest, SimResponse
from syncline_connectors.jira.simulator import JiraSimulator
from syncline_connectors.jira.simulator.entities import User

API = "/rest/api/3/"


def basic(email: str, secret: str) -> tuple[str, str]:
    return "Authorization", "Basic " + base64.b64encode(f"{email}:{secret}".encode()).decode()


class World:
    """``get`` and ``post`` call as Mia, whose profile is in Berlin; paths are below ``/rest/api/3/``."""

    def __init__(self, clock: SimClock, *, calm: bool, seed: int = 1) -> None:
        self.clock = clock
        self.site = JiraSimulator(clock, calm=calm, seed=seed)
        self.mia = self.person("Mia Example", "Europe/Berlin")
        self.token = self.site.add_token(self.mia, "secret-of-mia")
        self.headers = [basic("mia@example.com", "secret-of-mia")]
        self.editor = self.site.add_project("ED", "Editor", lead=self.mia)
        self.shop = self.site.add_project("SHOP", "Shop")

    def person(self, name: str, zone: str = "Etc/UTC") -> User:
        return self.site.add_user(name, email=f"{name.split()[0].lower()}@example.com", time_zone=zone)

    def get(self, path: str, **query: Any) -> SimResponse:
        pairs = [(name, str(value)) for name, value in query.items()]
        full = path if path.startswith("/") else API + path
        return self.site(SimRequest("GET", full, pairs, self.headers))

    def post(self, path: str, body: Any) -> SimResponse:
        return self.site(SimRequest.of("POST", API + path, body, self.headers))

    def search(self, jql: str, **more: Any) -> Any:
        response = self.post("search/jql", {"jql": jql, **more})
        assert response.status == 200, response.content()
        return response.json()

    def walk(self, jql: str, **more: Any) -> list[Any]:
        """All issues of all pages."""
        found, token = [], None
        while True:
            page = self.search(jql, **more, **({"nextPageToken": token} if token else {}))
            found += page["issues"]
            token = page.get("nextPageToken")
            if not token:
                return found
