"""The engine pulls a Jira Data Center, under a path of its own, and asks little where nothing changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from tests.jira.server import TOKEN

from syncline.config import load
from syncline.seams import SystemClock
from syncline.sim.server import serve
from syncline.store import open_store
from syncline.sync.pull import pull
from syncline_connectors.jira.simulator import Face, JiraSimulator, Server

LONG_AGO = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


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
