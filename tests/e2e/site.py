"""A simulated Jira on loopback, and the real command line against it."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import text
from tests.databases import plain
from tests.forking import run_forked

from syncline.seams import SystemClock
from syncline.sim.app import App, Traffic
from syncline.sim.server import serve
from syncline.store import open_store
from syncline_cli.app import run
from syncline_connectors.jira.simulator import CALM, JiraSimulator

EMAIL = "ada@example.com"
TOKEN = "canary-token-4f9c2e"
LONG_AGO = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

CONFIG = """
[hub]
history = "all"
timezone = "Europe/Berlin"
{hub}
[connections.eng]
connector = "jira"
url = "{url}"
gateway = "{url}"
user = "{email}"
token = "env:JIRA_TOKEN"
{more}
"""


def company(count: int = 60, *, page_cap: int = 10, calm: bool = True) -> JiraSimulator:
    """A site with two projects, history, comments, work logs and links, all of it long ago."""
    jira = JiraSimulator(SystemClock(), seed=7, calm=calm)
    if calm:
        jira.set_quirks(page_cap=(page_cap, page_cap))
    ada = jira.add_user("Ada Example", email=EMAIL)
    bo = jira.add_user("Bo Example")
    jira.add_token(ada, TOKEN)
    projects = [jira.add_project("ENG", "Engineering"), jira.add_project("WEB", "Web")]
    issues: list[Any] = []
    for number in range(count):
        at = LONG_AGO + timedelta(minutes=7 * number)
        issue = jira.create_issue(projects[number % 2], f"issue {number}", by=ada, at=at)
        if number % 3 == 0:
            jira.comment(issue, f"comment on {number}", by=bo, at=at + timedelta(minutes=1))
        if number % 4 == 0:
            jira.transition(issue, "In Progress", by=bo, at=at + timedelta(minutes=2))
        if number % 8 == 0:
            jira.transition(issue, "Done", by=bo, at=at + timedelta(minutes=3))
        if number % 10 == 5:
            jira.link(issues[-1], "Blocks", issue, at=at + timedelta(minutes=4))
        issues.append(issue)
    jira.settle()
    return jira


@dataclass
class Machine:
    """A folder with a configuration, in which `syncline` is run."""

    directory: Path
    url: str
    environ: dict[str, str] = field(default_factory=lambda: {"JIRA_TOKEN": TOKEN})
    server: str | None = None
    """The address of its database, where a server keeps it."""

    def configure(self, *, hub: str = "", more: str = "", email: str = EMAIL) -> None:
        hub += f'\ndatabase = "{self.server}"' if self.server else ""
        text = CONFIG.format(hub=hub, url=self.url, more=more, email=email)
        (self.directory / "syncline.toml").write_text(text, encoding="utf-8")

    @property
    def database(self) -> Path:
        return self.directory / "syncline.db"

    def command(self, *arguments: str) -> list[str]:
        config = str(self.directory / "syncline.toml")
        return [sys.executable, "-m", "syncline_cli", "--config", config, *arguments]

    def env(self) -> dict[str, str]:
        paths = os.pathsep.join(path for path in sys.path if path)
        return {
            "PATH": os.environ.get("PATH", ""),
            "PYTHONPATH": paths,
            "HOME": "/nonexistent",
            **self.environ,
        }

    def run(self, *arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """In a process that begins as people begin it."""
        return subprocess.run(
            self.command(*arguments),
            capture_output=True,
            text=True,
            env=self.env(),
            timeout=timeout,
            check=False,
        )

    def forked(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """In a process of its own that has loaded the program already: to load it takes longer than what most do."""
        _, _, module, *given = self.command(*arguments)
        return run_forked(module, given, self.env(), timeout=60)

    def inside(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """As `run`, in this process: for what comes before and after a run that must have a process of its own."""
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
        _, _, _, *given = self.command(*arguments)
        with patch.dict(os.environ, self.env(), clear=True), redirect_stdout(out), redirect_stderr(err):
            code = run(given)
        told = (one.buffer.getvalue().decode() for one in (out, err))
        return subprocess.CompletedProcess(given, code, *told)

    def json(self, *arguments: str) -> Any:
        done = self.inside("--json", *arguments)
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    def crash(self, target: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ``syncline`` and kill it at a crashpoint; ``--list FILE`` counts them instead."""
        config = str(self.directory / "syncline.toml")
        given = [*target.split(" "), "--", "--config", config, *arguments]
        return run_forked("syncline.sim.crash", given, self.env(), timeout=60)


@contextmanager
def machine(
    directory: Path, app: App | JiraSimulator, traffic: Traffic | None = None, **configured: str
) -> Iterator[Machine]:
    """Serve ``app`` and give a machine configured for it."""
    directory.mkdir(parents=True, exist_ok=True)
    with serve(app, traffic) as url:
        if isinstance(app, JiraSimulator):
            app.site_url = url
        here = Machine(directory, url)
        here.configure(**configured)
        yield here


LOGICAL: Mapping[str, str] = {
    "records": "SELECT site, kind, remote_id, item_id - id, data, absent, archived, hash FROM record",
    "raw": "SELECT r.kind, r.remote_id, w.payload FROM raw w JOIN record r ON r.id = w.record_id",
    "events": (
        "SELECT r.remote_id, e.native_id, e.ordinal, e.field, e.old, e.new, e.actor, e.at "
        "FROM event e JOIN record r ON r.id = e.record_id"
    ),
    "dirty": "SELECT r.kind, r.remote_id FROM dirty d JOIN record r ON r.id = d.record_id",
    "streams": "SELECT name, scope, mark, complete FROM stream",
    "walks": "SELECT purpose FROM walk",
    "quarantine": "SELECT kind, remote_id, reason FROM quarantine",
    "statuses": "SELECT native_id, container, name, category, refinement FROM status",
}


def logical(database: Path | str) -> dict[str, list[tuple[Any, ...]]]:
    """What a database says, without when and in which run it learned it; ``database`` is a file or an address."""
    if isinstance(database, str):
        with open_store(database) as store, store.reading() as rows:
            return {
                name: sorted((plain(row) for row in rows.execute(text(query))), key=repr)
                for name, query in LOGICAL.items()
            }
    with closing(sqlite3.connect(database)) as db:
        return {name: sorted(db.execute(query).fetchall(), key=repr) for name, query in LOGICAL.items()}


__all__ = ["CALM", "EMAIL", "TOKEN", "Machine", "company", "logical", "machine"]
