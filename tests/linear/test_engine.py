"""Whole runs over real HTTP against a simulated workspace: what ends up in the database, and what it costs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from syncline.config import load
from syncline.seams import SystemClock
from syncline.sim.app import SimRequest, SimResponse
from syncline.sim.server import serve
from syncline.store import open_store
from syncline.sync.pull import pull
from syncline_connectors.linear.simulator import LinearSimulator

LONG_AGO = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
KEY = "lin_api_engine"


class Company:
    """A workspace with a past, served on this machine, and the database that is pulled from it."""

    def __init__(self, directory: Path) -> None:
        self.site = LinearSimulator(SystemClock(), calm=True, name="Acme", url_key="acme")
        self.ada = self.site.add_user("Ada Example", at=LONG_AGO)
        self.key = self.site.add_api_key(self.ada, KEY)
        self.team = self.site.add_team("ENG", "Engineering", members=(self.ada,), at=LONG_AGO)
        self.asked: list[str] = []
        self.file = directory / "syncline.toml"

    def issue(self, title: str, days: int, **more: Any) -> Any:
        return self.site.create_issue(
            self.team, title, by=self.ada, at=LONG_AGO + timedelta(days=days), **more
        )

    def __call__(self, request: SimRequest) -> SimResponse:
        if request.path == "/graphql":
            self.asked.append(json.loads(request.body)["query"].split("(")[0].split("{")[0].split()[1])
        return self.site(request)

    def pull(self, *, full: bool = False) -> list[str]:
        """The operations that one run needed."""
        self.asked.clear()
        config = load(self.file)
        with open_store(config.hub.database, create=True) as store:
            result = pull(config, store, environ={"LINEAR_API_KEY": KEY}, full=full)
        assert result.exit_code == 0, result.problems
        return list(self.asked)

    def rows(self, query: str) -> list[Any]:
        with open_store(load(self.file).hub.database) as store, store.reading() as db:
            return [tuple(row) for row in db.execute(text(query))]


@contextmanager
def company(directory: Path, history: str = "all") -> Iterator[Company]:
    made = Company(directory)
    with serve(made) as url:
        made.file.write_text(
            f'[hub]\nhistory = "{history}"\ntimezone = "Europe/Berlin"\n[connections.product]\n'
            f'connector = "linear"\nurl = "{url}/graphql"\ntoken = "env:LINEAR_API_KEY"\nteams = ["ENG"]\n',
            encoding="utf-8",
        )
        yield made


def test_a_workspace_is_pulled_whole_and_then_asked_one_thing(tmp_path: Path) -> None:
    with company(tmp_path) as acme:
        issues = [acme.issue(f"issue {number}", number) for number in range(70)]
        for issue in issues[::2]:
            acme.site.comment(issue, "a comment", by=acme.ada, at=issue.created_at)
            acme.site.transition(issue, "Done", by=acme.ada, at=issue.created_at + timedelta(hours=5))
        acme.site.relate(issues[0], "blocks", issues[1], at=LONG_AGO)
        acme.site.add_project("Doors", [acme.team], at=LONG_AGO)
        first = acme.pull()
        assert first.count("Changes") == 3
        assert len(first) <= 3 + 12
        kinds = dict(acme.rows("SELECT kind, count(*) FROM records GROUP BY kind"))
        assert {name: kinds[name] for name in ("Issue", "Comment", "Relation", "Project", "Container")} == {
            "Issue": 70,
            "Comment": 35,
            "Relation": 1,
            "Project": 1,
            "Container": 1,
        }
        assert acme.rows("SELECT count(*) FROM quarantine") == [(0,)]
        statuses = acme.rows(
            "SELECT old_name, new_name, count(*) FROM event WHERE field = 'status' GROUP BY 1, 2"
        )
        assert statuses == [("Backlog", "Done", 35)]
        assert acme.pull() == ["Changes"], "one request where nothing changed"
        acme.site.comment(issues[3], "new", by=acme.ada)
        assert acme.pull() == ["Changes", "Issues"]
        assert acme.rows("SELECT count(*) FROM records WHERE kind = 'Comment'") == [(36,)]


def test_a_project_that_slips_leaves_a_trace(tmp_path: Path) -> None:
    """Linear keeps a history of projects in a form that it does not describe: what we saw is noted instead."""
    with company(tmp_path) as acme:
        project = acme.site.add_project("Doors", [acme.team], target_date=date(2026, 3, 31), at=LONG_AGO)
        acme.pull()
        acme.site.edit_project(project, target_date=date(2026, 4, 30), status="started")
        acme.pull(full=True)
        rows = acme.rows("SELECT field, old_name, new_name FROM event ORDER BY field")
        assert ("due_on", "2026-03-31", "2026-04-30") in rows
        (status,) = (row for row in rows if row[0] == "status")
        assert status[2] == "In Progress"


def test_what_vanished_is_noticed_by_the_census_and_what_is_archived_stays(tmp_path: Path) -> None:
    with company(tmp_path) as acme:
        purged, archived, kept = (acme.issue(name, 1) for name in ("purged", "archived", "kept"))
        acme.pull()
        acme.site.purge(purged)
        acme.site.archive(archived)
        acme.pull(full=True)
        found = {
            row[0]: row[1:]
            for row in acme.rows("SELECT remote_id, archived, absent FROM record WHERE kind = 'Issue'")
        }
        assert found[purged.id][1] == "gone"
        assert (bool(found[archived.id][0]), found[archived.id][1]) == (True, None)
        assert (bool(found[kept.id][0]), found[kept.id][1]) == (False, None)


def test_a_lost_key_stops_the_connection_and_nothing_is_taken_for_gone(tmp_path: Path) -> None:
    with company(tmp_path) as acme:
        acme.issue("kept", 1)
        acme.pull()
        acme.site.revoke(acme.key)
        config = load(acme.file)
        with open_store(config.hub.database) as store:
            result = pull(config, store, environ={"LINEAR_API_KEY": KEY}, full=True)
        assert result.exit_code == 4
        assert acme.rows("SELECT absent FROM record WHERE kind = 'Issue'") == [(None,)]
