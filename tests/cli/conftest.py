"""A configuration with a database that holds a small company, and ways to run the program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import insert

from syncline.model import (
    Issue,
    Person,
    Priority,
    Record,
    Refinement,
    Relation,
    RelationType,
    Status,
    StatusCategory,
    Text,
    TextFormat,
)
from syncline.seams import SystemClock
from syncline.sim import SimRequest, SimResponse
from syncline.sim.faults import Fault, inflict
from syncline.sim.server import serve
from syncline.store import Store, open_store, tables
from syncline_cli.app import cli, run
from syncline_cli.session import Session
from syncline_connectors.jira.simulator import JiraSimulator

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
CONFIG = """
[hub]
database = "sqlite:///syncline.db"
env_file = "syncline.env"
timezone = "Europe/Berlin"

[connections.eng]
connector = "jira"
url = "https://acme.example"
user = "mia@acme.example"
token = "env:JIRA_TOKEN"
projects = ["ENG"]
"""
HOSTILE = "\x1b]0;owned\x07\x1b[2J[link=javascript:alert(1)]\u202eevil"


@dataclass(frozen=True)
class Ran:
    """How a process ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


def run_syncline(
    *arguments: str | Path, environ: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Ran:
    """The real program in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "syncline_cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, **(environ or {})},
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a configuration and no database."""
    (tmp_path / "syncline.toml").write_text(CONFIG)
    return tmp_path


@pytest.fixture
def company(home: Path) -> Path:
    """A folder with a configuration and a database of four issues."""
    with open_store(f"sqlite:///{home / 'syncline.db'}", create=True) as store:
        fill(store)
    return home


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Run a command in this process: fast, without exit codes of errors."""

    def run(folder: Path, *arguments: str) -> Ran:
        monkeypatch.chdir(folder)
        result = CliRunner().invoke(cli, list(arguments), obj=Session(), standalone_mode=False)
        if result.exception:
            raise result.exception
        code = result.return_value if isinstance(result.return_value, int) else result.exit_code
        return Ran(code, result.stdout, result.stderr)

    return run


# ---- a simulated Jira -------------------------------------------------------------------------------------


TOKEN = "canary-token-7f3a91"


@dataclass
class Vendor:
    """A simulated Jira that fails as it is told: one fault on every request, or on those to one path."""

    jira: JiraSimulator
    clock: SystemClock
    fault: Fault | None = None
    path: str = ""

    def __call__(self, request: SimRequest) -> SimResponse:
        if self.fault and self.path in request.path:
            return inflict(self.fault, self.jira, request, self.clock, 0.1)
        return self.jira(request)


@dataclass
class Place:
    """A simulated site and a folder with a configuration for it."""

    vendor: Vendor
    url: str
    folder: Path
    capture: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch

    def run(self, *arguments: str, token: str = TOKEN) -> Ran:
        """The whole program in this process: the same ways in and out, without the start."""
        self.patch.setenv("JIRA_TOKEN", token)
        self.patch.chdir(self.folder)
        code = run(list(arguments))
        return Ran(code, *self.capture.readouterr())

    @property
    def jira(self) -> JiraSimulator:
        return self.vendor.jira

    def configure(self, old: str, new: str) -> None:
        path = self.folder / "syncline.toml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))


@pytest.fixture
def place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    """Two projects, six issues, one account that sees both."""
    clock = SystemClock()
    jira = JiraSimulator(clock, calm=True)
    mia = jira.add_user("Mia Rivers", email="mia@acme.example")
    jira.add_token(mia, TOKEN)
    for key in ("ENG", "WEB"):
        project = jira.add_project(key, lead=mia)
        for number in range(3):
            jira.create_issue(
                project, f"{key} work {number}", status="In Progress", fields={"assignee": mia}, by=mia
            )
    vendor = Vendor(jira, clock)
    with serve(vendor) as url:
        jira.site_url = url
        placed = Place(vendor, url, tmp_path, capsys, monkeypatch)
        made = placed.run(
            "init", "--url", url, "--user", "mia@acme.example", "--projects", "ENG", "--non-interactive"
        )
        assert made.code == 0, made.err
        yield placed


# ---- the company -----------------------------------------------------------------------------------------


def issue(number: int, title: str, **values: Any) -> Issue:
    """An issue ENG-<number>, in progress unless said."""
    given = {
        "remote_id": str(1000 + number),
        "key": f"ENG-{number}",
        "url": f"https://acme.example/browse/ENG-{number}",
        "title": title,
        "type": "Story",
        "status": Status(name="In Progress", id="3", category=StatusCategory.IN_PROGRESS),
        "container": "10",
        "created_at": NOON.replace(day=1),
        "updated_at": NOON.replace(hour=number),
        **values,
    }
    return Issue.model_validate(given)


REVIEW = Status(name="In Review", id="4", category=StatusCategory.IN_PROGRESS, refinement=Refinement.REVIEW)
DONE = Status(name="Done", id="5", category=StatusCategory.DONE)

RECORDS: tuple[Record, ...] = (
    issue(
        1,
        "Sign in with a passkey",
        status=REVIEW,
        priority=Priority.HIGH,
        assignees=("p1",),
        labels=("auth", "q4"),
        due_on=date(2026, 12, 1),
        body=Text(format=TextFormat.MARKDOWN, source="Customers *ask* for passkeys."),
        fields={"severity": "s2"},
    ),
    issue(2, "Export to CSV", status=DONE, assignees=("p2",), labels=("export",), parent="1001"),
    issue(3, "Search is slow", body=Text(format=TextFormat.PLAIN, source="Ten seconds for a passkey")),
    issue(4, HOSTILE, labels=("q4",)),
    Person(remote_id="p1", title="Mia Rivers"),
    Person(remote_id="p2", title="Noor Field"),
    Relation(remote_id="l1", subject="1001", type=RelationType.BLOCKS, target="1003"),
)


def fill(store: Store) -> None:
    """Write the company as one run, with a history and a record that could not be read."""
    with store.writing() as db:
        db.execute(
            insert(tables.run).values(
                id=1,
                command="pull",
                started_at=NOON,
                ended_at=NOON.replace(second=3),
                state="partial",
                exit_code=4,
                summary={
                    "connections": {"eng": {"issues": counts(read=4, created=4)}},
                    "problems": [{"connection": "eng", "stream": "boards", "error": "boards are forbidden"}],
                },
            )
        )
        db.execute(insert(tables.ingest).values(seq=1, run_id=1, at=NOON))
        db.execute(
            insert(tables.connection).values(
                id=1,
                name="eng",
                connector="jira",
                site="acme",
                site_name="Acme",
                account={},
                fingerprint="",
                checked_at=NOON,
            )
        )
        for number, record in enumerate(RECORDS, 1):
            add(db, number, record)
        _add_the_rest(db)


def counts(**values: int) -> dict[str, Any]:
    """The counts of one feed."""
    words = ("read", "created", "updated", "unchanged", "removed", "quarantined", "requests")
    return {word: values.get(word, 0) for word in words} | {"complete": True}


def add(db: Any, number: int, record: Record, *, site: str = "acme", item: int | None = None) -> None:
    """One record as the store writes it."""
    data = record.model_dump(mode="json")
    status = data.get("status") or {}
    db.execute(
        insert(tables.record).values(
            id=number,
            site=site,
            kind=record.kind.value,
            remote_id=record.remote_id,
            connection_id=1,
            item_id=item or number,
            speaks=item is None,
            status_category=status.get("category"),
            status_refinement=status.get("refinement"),
            status_name=status.get("name"),
            archived=False,
            data=data,
            hash=b"",
            first_seen_at=NOON,
            seen_at=NOON,
            first_seq=1,
            seq=1,
            due_on=getattr(record, "due_on", None),
            created_at=record.created_at,
            updated_at=record.updated_at,
            **{
                name: data.get(name)
                for name in (
                    "key",
                    "url",
                    "title",
                    "type",
                    "level",
                    "priority",
                    "container",
                    "parent",
                    "subject",
                    "target",
                )
            },
        )
    )


def _add_the_rest(db: Any) -> None:
    db.execute(
        insert(tables.event).values(
            id=1, record_id=1, native_id="e1", ordinal=0, field="status", old="3", old_name="In Progress", new="4",
            new_name="In Review", actor="p1", at=NOON, seen_at=NOON, seq=1,
        )
    )  # fmt: skip
    db.execute(
        insert(tables.stream).values(
            connection_id=1, name="issues", scope=["ENG"], pulled_at=NOON, complete=True
        )
    )
    db.execute(
        insert(tables.quarantine).values(
            connection_id=1, stream="issues", kind="Issue", remote_id="1009", reason="status is missing", payload={},
            tries=1, first_seen_at=NOON, last_seen_at=NOON,
        )
    )  # fmt: skip
