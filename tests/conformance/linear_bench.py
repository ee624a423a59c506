"""The bench that drives a simulated Linear workspace."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import SecretStr
from tests.conformance.front import Front
from tests.lab import client

from syncline.http.graphql import only_asks
from syncline.model import Priority, Text, TextFormat
from syncline.secrets import Secret
from syncline.sim import SimRequest, SimResponse
from syncline.sim.clock import SimClock
from syncline.sim.faults import Fault
from syncline.target import Target
from syncline.testing import Quirk, Workflow
from syncline.text import plain_text
from syncline_connectors.linear import Linear, LinearConfig
from syncline_connectors.linear.simulator import LinearSimulator, Quirks

KEY = "lin_api_conformance"
HOSTILE = Quirks(page_cap=(5, 9), touch=0.0)
"""As ever, but nobody touches issues by themselves: what a check finds changed, it must have changed itself."""
CALM = Quirks(page_cap=(7, 7), touch=0.0, early_update=False)


def _took(answer: SimResponse) -> bool:
    return answer.status < 300 and b'"errors"' not in answer.content()


def _writes(request: SimRequest) -> bool:
    if request.path != "/graphql":
        return request.method == "PUT"
    return not only_asks(str(json.loads(request.body)["query"]))


class LinearBench:
    """A simulated workspace with 25 issues and two parents; clocks move only when it settles."""

    faults = frozenset(Fault)
    type_name = None
    workflow = Workflow("In Progress")
    required = None
    off_screen = None
    title_limit: int | None = None
    file_limit: int | None = None

    def __init__(self, quirks: Quirks) -> None:
        self._clock = SimClock()
        self._site = LinearSimulator(self._clock, seed=3, quirks=quirks)
        self._ada = self._site.add_user("Ada Example", email="ada@example.com")
        self._ben = self._site.add_user("Ben Example", email="ben@example.com")
        self._key = self._site.add_api_key(self._ada, KEY)
        self._front = Front(self._site, self._clock, _writes, _took)
        self._team = self._site.add_team("ENG", "Engineering", members=(self._ada, self._ben))
        self.container = self._team.id
        self.issues: set[str] = set()
        for number in range(25):
            self.create_issue(f"issue {number}")
        parents = [self.create_issue(f"parent {number}") for number in (1, 2)]
        for number in range(6):
            self.add_comment(min(self.issues), f"comment {number}")
        self.samples = self._samples(parents)
        self.settle()

    def _samples(self, parents: Sequence[str]) -> Mapping[str, tuple[Any, Any]]:
        cycles = [self._site.add_cycle(self._team).id for _ in range(2)]
        for name in ("two words", "green", "blue"):
            self._site.add_label(name)
        return {
            "priority": (Priority.HIGH, Priority.LOW),
            "assignees": ((self._ada.id,), (self._ben.id,)),
            "parent": (parents[0], parents[1]),
            "iterations": ((cycles[0],), (cycles[1],)),
            "labels": (("two words", "green"), ("blue",)),
        }

    def connect(self, access: Literal["read", "write"] = "write") -> Target:
        config = LinearConfig.model_validate(
            {"connector": "linear", "token": Secret(None, SecretStr(KEY)), "access": access}
        )
        http = client(Linear, config, self._front, self._clock)
        return Linear(config, http, {})

    # ---- somebody's edits ----

    def create_issue(self, title: str) -> str:
        self._clock.advance(61)
        made = self._site.create_issue(self._team, title, by=self._ada)
        self.issues.add(made.id)
        return made.id

    def _issue(self, remote_id: str) -> Any:
        return self._site.issues[remote_id]

    def edit_issue(self, remote_id: str, title: str) -> None:
        self._clock.advance(1)
        self._site.edit(self._issue(remote_id), title=title, by=self._ben)

    def add_comment(self, issue: str, text: str) -> str:
        return self._site.comment(self._issue(issue), text, by=self._ada).id

    def edit_comment(self, issue: str, comment: str, text: str) -> None:
        self._site.edit_comment(self._site.comments[comment], text)

    def delete_comment(self, issue: str, comment: str) -> None:
        self._site.delete_comment(self._site.comments[comment])

    def delete_issue(self, remote_id: str) -> None:
        self._site.purge(self._issue(remote_id))
        self.issues.discard(remote_id)

    def revoke(self) -> None:
        self._site.revoke(self._key)

    def protect(self, remote_id: str) -> bool:
        """Linear keeps no single issue from being changed; a key may be one that only reads."""
        self._key.scopes = frozenset({"read"})
        return True

    # ---- time and trouble ----

    def now(self) -> datetime:
        return self._clock.now()

    def settle(self) -> None:
        self._clock.advance(5)

    def inject(self, fault: Fault, *, writes: bool, times: int = 1) -> None:
        self._front.strike = (fault, writes, times) if times else None

    @property
    def quirks(self) -> frozenset[Quirk]:
        return frozenset({Quirk.OVERLAPPING_PAGES, Quirk.HIDDEN_RECORD})

    def behave(self, quirk: Quirk) -> None:
        match quirk:
            case Quirk.OVERLAPPING_PAGES:
                self._site.set_quirks(touch=1.0)
                self._site.touches = 12
            case Quirk.HIDDEN_RECORD:
                hidden = self._site.add_team("HID", "Hidden", private=True, members=(self._ben,))
                self._site.move_team(self._issue(min(self.issues)), hidden)

    # ---- the truth ----

    def titles(self) -> Sequence[str]:
        return [issue.title for issue in self._site.issues.values()]

    def comments(self, issue: str) -> Sequence[str]:
        found = [one for one in self._site.comments.values() if one.issue and one.issue.id == issue]
        return [plain_text(Text(format=TextFormat.MARKDOWN, source=one.body)) for one in found]

    def files(self, issue: str) -> Sequence[str]:
        return [one.title for one in self._site.attachments.values() if one.issue.id == issue]

    def backlinks(self, issue: str) -> Mapping[str, str]:
        mine = [one for one in self._site.attachments.values() if one.issue.id == issue]
        return {str(one.metadata["syncline"]): one.url for one in mine if "syncline" in one.metadata}

    def written(self) -> int:
        return self._front.written
