"""Jira Data Center passes the suite, on its best and on its hostile behaviour, and is pulled by the engine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from tests.jira.server import TOKEN, URL, data_center

from syncline.config import load
from syncline.connector import Source
from syncline.http import Bearer, Http, LocalPermits, RetryBudget
from syncline.http.redact import Redactor
from syncline.seams import SystemClock, system_random
from syncline.secrets import Secret
from syncline.sim.clock import SimClock
from syncline.sim.server import serve
from syncline.sim.transport import SimTransport
from syncline.store import open_store
from syncline.sync.pull import pull
from syncline.testing import READING, Check, name_of
from syncline_connectors.jira import Jira, JiraConfig
from syncline_connectors.jira.simulator import Face, JiraSimulator, Quirks, Server

HOSTILE = Quirks(offset_cap=(5, 9), bot=0.0)
"""As ever, but for the bot: what a check finds changed, it must have changed itself."""
LONG_AGO = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
CALM = Quirks(lag=(0.0, 0.0), offset_cap=(7, 7), bot=0.0)


class ServerBench:
    """A simulated instance with 25 issues; clocks move only when it settles."""

    def __init__(self, quirks: Quirks) -> None:
        self._clock = SimClock()
        self._jira = data_center(self._clock, quirks=quirks, calm=False, seed=3)
        (self._mia,) = self._jira.users.values()
        (self._project,) = self._jira.projects.values()
        self.issues: set[str] = set()
        for number in range(25):
            self.create_issue(f"issue {number}")
        self.settle()

    def connect(self) -> Source:
        config = JiraConfig(connector="jira", url=URL, token=Secret(None, SecretStr(TOKEN)))
        http = Http(
            Jira.origins(config),
            Bearer(SecretStr(TOKEN)),
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
        made = self._jira.create_issue(self._project, title, by=self._mia)
        self.issues.add(str(made.id))
        return str(made.id)

    def edit_issue(self, remote_id: str, title: str) -> None:
        self._jira.edit(self._jira.issues[int(remote_id)], {"summary": title})

    def add_comment(self, issue: str, text: str) -> str:
        return str(self._jira.comment(self._jira.issues[int(issue)], text, by=self._mia).id)

    def delete_comment(self, issue: str, comment: str) -> None:
        holder = self._jira.issues[int(issue)]
        self._jira.delete_comment(holder, next(c for c in holder.comments if str(c.id) == comment))

    def delete_issue(self, remote_id: str) -> None:
        self._jira.delete(self._jira.issues[int(remote_id)])
        self.issues.discard(remote_id)

    def revoke(self) -> None:
        self._jira.doorkeeper.tokens.clear()

    def settle(self) -> None:
        """The index catches up; so does the site's clock."""
        self._clock.advance(180)
        self._jira.settle()


@pytest.mark.parametrize("quirks", [CALM, HOSTILE], ids=["calm", "hostile"])
@pytest.mark.parametrize("check", READING, ids=name_of)
def test_data_center_conforms(check: Check, quirks: Quirks) -> None:
    check(ServerBench(quirks))


def test_the_engine_pulls_it_whole_and_then_asks_two_things(tmp_path: Path) -> None:
    jira = JiraSimulator(SystemClock(), face=Face.DATA_CENTER, server=Server(context="/jira"), calm=True)
    ada = jira.add_user("Ada Example", email="ada@example.com")
    jira.add_token(ada, TOKEN)
    project = jira.add_project("ENG", lead=ada)
    for number in range(150):
        at = LONG_AGO + timedelta(minutes=7 * number)
        jira.comment(
            jira.create_issue(project, f"issue {number}", by=ada, at=at), "hello [~ada]", by=ada, at=at
        )
    asked: list[str] = []

    def app(request: object) -> object:
        asked.append(request.path)  # type: ignore[attr-defined]
        return jira(request)  # type: ignore[arg-type]

    with serve(app) as url:  # type: ignore[arg-type]
        jira.site_url = url
        file = tmp_path / "syncline.toml"
        file.write_text(
            '[hub]\nhistory = "all"\ntimezone = "Europe/Berlin"\n[connections.own]\nconnector = "jira"\n'
            f'url = "{url}/jira"\ntoken = "env:JIRA_TOKEN"\n',
            encoding="utf-8",
        )
        config = load(file)
        for turn in range(2):
            asked.clear()
            with open_store(config.hub.database, create=turn == 0) as store:
                result = pull(config, store, environ={"JIRA_TOKEN": TOKEN})
                assert result.exit_code == 0, result.problems
    assert [path.removeprefix("/jira/rest/api/2/") for path in asked] == ["myself", "search"]
    with open_store(config.hub.database) as store, store.reading() as db:
        kinds: dict[str, int] = dict(
            db.execute(text("SELECT kind, count(*) FROM records GROUP BY kind")).all()
        )
        assert (kinds["Issue"], kinds["Comment"]) == (150, 150)
        assert db.execute(text("SELECT count(*) FROM quarantine")).scalar_one() == 0
        key = db.execute(text("SELECT key FROM records WHERE kind = 'Person'")).scalar_one()
        assert key == "ada"
