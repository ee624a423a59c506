"""The bench that drives a simulated Zendesk account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import SecretStr
from tests.conformance.front import Front
from tests.lab import client

from syncline.model import Priority
from syncline.secrets import Secret
from syncline.sim.clock import SimClock
from syncline.sim.faults import Fault
from syncline.target import Target
from syncline.testing import Quirk, Skipped, Workflow
from syncline_connectors.zendesk import Zendesk, ZendeskConfig
from syncline_connectors.zendesk.simulator import CALM, Quirks, Role, ZendeskSimulator

SITE = "https://conform.zendesk.example"
EMAIL = "ada@example.com"
HOSTILE = Quirks(export_cap=(5, 9))
SMALL = Quirks(**{**vars(CALM), "export_cap": (7, 7)})
"""On its best behaviour, but for pages small enough that there are several."""


class ZendeskBench:
    """A simulated account with 25 tickets; clocks move only when it settles."""

    faults = frozenset(Fault)
    quirks = frozenset({Quirk.EMPTY_PAGES, Quirk.OVERLAPPING_PAGES, Quirk.HIDDEN_RECORD})
    type_name = "question"
    workflow = Workflow("Pending")
    required = None
    title_limit = 65_535
    file_limit = None

    def __init__(self, quirks: Quirks) -> None:
        self._clock = SimClock()
        self.desk = ZendeskSimulator(self._clock, seed=3, site_url=SITE, quirks=quirks)
        self._ada = self.desk.add_user("Ada Example", role=Role.ADMIN, email=EMAIL)
        self._ben = self.desk.add_user("Ben Example", role=Role.AGENT, email="ben@example.com")
        self._cleo = self.desk.add_user("Cleo Example", email="cleo@example.net")
        self._token = self.desk.add_token(self._ada, "token")
        self.desk.add_ticket_field("Severity", "tagger", options=("S1", "S2"))
        self.desk.add_ticket_field("Effort", "decimal")
        self._front = Front(self.desk, self._clock)
        self.container = str(self.desk.default_group.id)
        self.off_screen = None
        self.samples: Mapping[str, tuple[Any, Any]] = {
            "type": ("incident", "question"),
            "priority": (Priority.HIGH, Priority.LOW),
            "assignees": ((str(self._ada.id),), (str(self._ben.id),)),
            "labels": (("two_words", "green"), ("blue",)),
            "severity": ("S1", "S2"),
            "effort": (2.5, 3.0),
        }
        self.issues: set[str] = set()
        for number in range(25):
            self.create_issue(f"ticket {number}")
        self.settle()

    def connect(self, access: Literal["read", "write"] = "write") -> Target:
        config = ZendeskConfig.model_validate(
            {
                "connector": "zendesk",
                "url": SITE,
                "user": EMAIL,
                "token": Secret(None, SecretStr("token")),
                "access": access,
                "fields": {"severity": "Severity", "effort": "Effort"},
            }
        )
        http = client(Zendesk, config, self._front, self._clock)
        return Zendesk(config, http, {})

    # ---- somebody's edits ----

    def create_issue(self, title: str) -> str:
        self._clock.advance(61)
        made = self.desk.create_ticket(self._cleo, title, f"{title}, please", by=self._cleo)
        self.issues.add(str(made.id))
        return str(made.id)

    def _ticket(self, remote_id: str) -> Any:
        return self.desk.tickets[int(remote_id)]

    def edit_issue(self, remote_id: str, title: str) -> None:
        self._clock.advance(1)
        self.desk.edit(self._ticket(remote_id), by=self._ben, subject=title)

    def add_comment(self, issue: str, text: str) -> str:
        return str(self.desk.note(self._ticket(issue), text, by=self._ben).id)

    def edit_comment(self, issue: str, comment: str, text: str) -> None:
        raise Skipped("nobody edits a comment of Zendesk")

    def delete_comment(self, issue: str, comment: str) -> None:
        raise Skipped("nobody deletes a comment of Zendesk")

    def delete_issue(self, remote_id: str) -> None:
        self.desk.delete(self._ticket(remote_id), by=self._ben)
        self.issues.discard(remote_id)

    def revoke(self) -> None:
        self.desk.credentials.tokens.clear()

    def protect(self, remote_id: str) -> bool:
        """Zendesk keeps no single ticket from being changed by who sees it, so nothing can be."""
        self.desk.forbid("PUT", "tickets/{id}")
        return True

    # ---- time and trouble ----

    def now(self) -> datetime:
        return self._clock.now()

    def settle(self) -> None:
        """Exports withhold the last minute; the index catches up."""
        self._clock.advance(180)

    def inject(self, fault: Fault, *, writes: bool, times: int = 1) -> None:
        self._front.strike = (fault, writes, times) if times else None

    def behave(self, quirk: Quirk) -> None:
        match quirk:
            case Quirk.EMPTY_PAGES:
                self.desk.set_quirks(empty_page=0.5)
            case Quirk.OVERLAPPING_PAGES:
                self.desk.set_quirks(repeat=1.0)
            case Quirk.HIDDEN_RECORD:
                hidden = self.desk.add_group("Hidden")
                self.desk.edit(self._ticket(min(self.issues)), by=self._ben, group=hidden)
                self._ada.role, self._ada.restriction = Role.AGENT, "groups"

    # ---- the truth ----

    def titles(self) -> Sequence[str]:
        return [str(ticket.subject) for ticket in self.desk.tickets.values() if ticket.deleted is None]

    def comments(self, issue: str) -> Sequence[str]:
        return [one.plain for one in self._ticket(issue).comments]

    def files(self, issue: str) -> Sequence[str]:
        return [file.name for one in self._ticket(issue).comments for file in one.attachments]

    def written(self) -> int:
        return self._front.written
