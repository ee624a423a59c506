"""Jira Cloud passes the suite, against the simulated site on its usual, hostile behaviour and on its best."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from syncline.connector import Source
from syncline.http import Basic, Http, LocalPermits, RetryBudget
from syncline.http.redact import Redactor
from syncline.seams import system_random
from syncline.secrets import Secret
from syncline.sim.clock import SimClock
from syncline.sim.transport import SimTransport
from syncline.testing import READING, Check, name_of
from syncline_connectors.jira import Jira, JiraConfig
from syncline_connectors.jira.simulator import JiraSimulator, Quirks

SITE = "https://conform.example.net"
EMAIL = "ada@example.com"
HOSTILE = Quirks(page_cap=(5, 9), bot=0.0)
"""As ever, but for the bot: what a check finds changed, it must have changed itself."""
CALM = Quirks(lag=(0.0, 0.0), page_cap=(7, 7), empty_page=0.0, wrong_is_last=0.0, bot=0.0)


class JiraBench:
    """A simulated site with 25 issues; clocks move only when it settles."""

    def __init__(self, quirks: Quirks) -> None:
        self._clock = SimClock()
        self._jira = JiraSimulator(self._clock, seed=3, site_url=SITE, quirks=quirks)
        self._ada = self._jira.add_user("Ada Example", email=EMAIL)
        self._token = self._jira.add_token(self._ada, "token")
        self._project = self._jira.add_project("ENG")
        self.issues: set[str] = set()
        for number in range(25):
            self.create_issue(f"issue {number}")
        self.settle()

    def connect(self) -> Source:
        token = Secret(None, SecretStr("token"))
        config = JiraConfig(connector="jira", url=SITE, user=EMAIL, token=token)
        http = Http(
            Jira.origins(config),
            Basic(EMAIL, SecretStr("token")),
            access="read",
            account="conformance",
            buckets=Jira.capabilities.buckets,
            permits=LocalPermits(self._clock),
            clock=self._clock,
            random=system_random(),
            budget=RetryBudget(),
            redactor=Redactor(),
            transport=SimTransport(self._jira),
        )
        return Jira(config, http, {})

    def create_issue(self, title: str) -> str:
        self._clock.advance(61)
        made = self._jira.create_issue(self._project, title, by=self._ada)
        self.issues.add(str(made.id))
        return str(made.id)

    def edit_issue(self, remote_id: str, title: str) -> None:
        self._jira.edit(self._jira.issues[int(remote_id)], {"summary": title})

    def add_comment(self, issue: str, text: str) -> str:
        return str(self._jira.comment(self._jira.issues[int(issue)], text, by=self._ada).id)

    def delete_comment(self, issue: str, comment: str) -> None:
        holder = self._jira.issues[int(issue)]
        self._jira.delete_comment(holder, next(c for c in holder.comments if str(c.id) == comment))

    def delete_issue(self, remote_id: str) -> None:
        self._jira.delete(self._jira.issues[int(remote_id)])
        self.issues.discard(remote_id)

    def revoke(self) -> None:
        self._jira.credentials.tokens.clear()

    def settle(self) -> None:
        """The index catches up; so does the site's clock."""
        self._clock.advance(180)
        self._jira.settle()


@pytest.mark.parametrize("quirks", [CALM, HOSTILE], ids=["calm", "hostile"])
@pytest.mark.parametrize("check", READING, ids=name_of)
def test_jira_cloud_conforms(check: Check, quirks: Quirks) -> None:
    check(JiraBench(quirks))
