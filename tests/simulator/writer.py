"""Somebody who writes to a simulated site of either kind."""

from __future__ import annotations

from typing import Any

from tests.simulator.world import basic

from syncline.sim import SimClock, SimRequest, SimResponse
from syncline_connectors.jira.simulator import Face, JiraSimulator, adf
from syncline_connectors.jira.simulator.entities import User
from syncline_connectors.jira.simulator.issues import Issue


class Writer:
    """Ada at a calm site with the project ED. Paths are below the platform's prefix unless they begin with a slash."""

    def __init__(self, clock: SimClock, face: Face) -> None:
        self.clock, self.face = clock, face
        self.site = JiraSimulator(clock, calm=True, seed=3, face=face)
        self.ada, self.ben = self.person("Ada Example"), self.person("Ben Example")
        self.headers = self.login(self.ada)
        self.project = self.site.add_project("ED", "Editor", lead=self.ben)

    def person(self, name: str, **more: Any) -> User:
        return self.site.add_user(name, email=f"{name.split()[0].lower()}@example.com", **more)

    def login(self, user: User) -> list[tuple[str, str]]:
        secret = f"secret of {user.account_id}"
        self.site.add_token(user, secret)
        if self.face is Face.CLOUD:
            return [basic(user.email or "", secret)]
        return [("Authorization", f"Bearer {secret}")]

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> SimResponse:
        whole = path if path.startswith("/") else self.face.prefix + path
        made = SimRequest.of(method, whole, body, self.headers)
        pairs = [(name, str(value)) for name, value in query.items()]
        return self.site(SimRequest(method, whole, pairs, self.headers, made.body))

    def get(self, path: str, **query: Any) -> Any:
        response = self.ask("GET", path, None, **query)
        assert response.status == 200, response.content()
        return response.json()

    def fields(self, issue: Issue) -> Any:
        return self.get(f"issue/{issue.id}")["fields"]

    def create(self, **fields: Any) -> SimResponse:
        wanted = {"project": {"key": "ED"}, "issuetype": {"name": "Task"}, "summary": "New", **fields}
        return self.ask("POST", "issue", {"fields": wanted})

    def made(self, **fields: Any) -> Issue:
        response = self.create(**fields)
        assert response.status == 201, response.content()
        return self.site.issues[int(response.json()["id"])]

    def edit(self, issue: Issue, body: Any, **query: Any) -> SimResponse:
        return self.ask("PUT", f"issue/{issue.id}", body, **query)

    def rich(self, text: str) -> Any:
        """A rich text as this kind of site takes it."""
        return adf(text) if self.face is Face.CLOUD else text

    def names(self, user: User) -> dict[str, str]:
        return {"accountId": user.account_id} if self.face is Face.CLOUD else {"name": user.username}


def refused(response: SimResponse, status: int = 400) -> Any:
    """What a refusal says of each field, or its messages when it names none."""
    assert response.status == status, (response.status, response.content())
    told = response.json()
    return told["errors"] or told["errorMessages"]
