"""The real program against a Jira and a Linear on loopback, killed at every crashpoint of the engine.

Whatever is killed, and whenever: run again, both tools and what the database knows of them are as if nothing had
happened. Seen to fail with `Maker.recover` emptied (two of each), and with bases written before what was sent.
"""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.site import Machine
from tests.scenarios.lab import Side, is_write
from tests.scenarios.sides import JiraSide, LinearSide

from syncline.seams import SystemClock
from syncline.sim.app import SimRequest, SimResponse
from syncline.sim.server import serve

POINTS = ("intent.written", "operation.sent", "operation.stored", "group.judged", "recovered")
"""Every crashpoint between a plan and what is known of its end."""
CONFIG = """
[hub]
history = "all"
[connections.eng]
connector = "jira"
url = "{jira}"
gateway = "{jira}"
user = "syncline@example.com"
token = "env:JIRA_1"
access = "write"
streams = ["issues"]
[connections.product]
connector = "linear"
url = "{linear}/graphql"
token = "env:LINEAR"
access = "write"
streams = ["issues", "attachments"]
[[sync]]
name = "delivery"
between = ["eng", "product"]
link = "same"
mode = "on"
match = ["native", "title"]
first = "eng"
status = [
  {{ eng = ["To Do"], product = ["Todo"] }},
  {{ eng = ["In Progress"], product = ["In Progress"] }},
  {{ eng = ["Done"], product = ["Done"] }},
]
[[sync.pair]]
eng = "ENG"
product = "COR"
[[sync.create]]
from = "eng"
to = "product"
when = {{ labels = ["copy"] }}
[[sync.create]]
from = "product"
to = "eng"
when = {{ labels = ["copy"] }}
type = "Task"
[sync.fields]
title = {{}}
status = {{}}
priority = {{}}
labels = {{}}
"""


@dataclass
class Place:
    """A machine, the two vendors it knows, and what they were asked to change. ``pace``: seconds until a write is
    answered."""

    machine: Machine
    eng: JiraSide
    product: LinearSide
    creates: list[SimRequest]
    pace: list[float]

    def hurry(self) -> None:
        """From now on, writes are answered at once."""
        self.pace[0] = 0.0

    def later(self) -> None:
        """A quarter of an hour later, for what waits until a search would surely show what was made."""
        with closing(sqlite3.connect(self.machine.database)) as db, db:
            db.execute("UPDATE intent SET written_at = '2026-01-01T00:00:00.000Z'")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.machine.database)) as db:
            return sorted(db.execute(query).fetchall(), key=repr)

    def state(self) -> dict[str, Any]:
        """What both tools show and what is known of them, without ids and times of this one place."""
        sides: tuple[Side, ...] = (self.eng, self.product)
        shown = {
            side.name: sorted((side.show(one) for one in side.ids()), key=lambda one: str(one["title"]))
            for side in sides
        }
        known = "SELECT r.title, m.state, json_extract(m.base, '$.title'), json_extract(m.base, '$.status') "
        return {
            "tools": shown,
            "links": self.rows("SELECT type, origin FROM link WHERE until IS NULL"),
            "members": self.rows(f"{known} FROM member m JOIN record r ON r.id = m.record_id"),
            "held": self.rows("SELECT field, kind, reason FROM held WHERE closed_at IS NULL"),
            "open": self.rows("SELECT state FROM intent WHERE state IN ('sent', 'in_doubt')"),
            "backlinks": [len(issue.remote_links) for issue in self.eng.site.issues.values()],
            "attachments": len(self.product.site.attachments),
        }


@contextmanager
def place(directory: Path, delay: float = 0.0) -> Iterator[Place]:
    """Two pairs that differ, and on each side one record that shall be copied."""
    clock = SystemClock()
    eng, product = JiraSide("eng", clock), LinearSide("product", clock)  # type: ignore[arg-type]
    for number in range(2):
        eng.put(f"piece {number}", status="In Progress", labels=["x"])
        product.put(f"piece {number}", priority="High")
    eng.put("Only in Jira", labels=["copy"])
    product.put("Only in Linear", labels=["copy"])
    eng.settle()
    creates: list[SimRequest] = []
    pace = [delay]

    def watched(side: Side) -> Any:
        def app(request: SimRequest) -> SimResponse:
            write = is_write(request)
            if write and (request.path.endswith("/api/3/issue") or b"issueCreate" in request.body):
                creates.append(request)
            if write and pace[0]:
                time.sleep(pace[0])
            answer: SimResponse = side.site(request)
            return answer

        return app

    with ExitStack() as stack:
        jira = stack.enter_context(serve(watched(eng)))
        linear = stack.enter_context(serve(watched(product)))
        eng.site.site_url = jira
        machine = Machine(directory, jira, eng.secrets | product.secrets)
        text = CONFIG.format(jira=jira, linear=linear)
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "syncline.toml").write_text(text, encoding="utf-8")
        assert machine.forked("pull").returncode == 0
        yield Place(machine, eng, product, creates, pace)


def until_quiet(here: Place) -> None:
    for _ in range(5):
        here.later()
        done = here.machine.forked("--json", "sync")
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        if not told["operations"] and not told["in_doubt"]:
            return
    raise AssertionError("five runs, and each wrote something")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """How it ends where nothing is killed, and how often each crashpoint is met on the way."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with place(folder) as here:
        listing = folder / "hits.json"
        done = here.machine.crash(f"--list {listing}", "sync")
        assert done.returncode == 0, done.stderr
        until_quiet(here)
        yield {"state": here.state(), "hits": json.loads(listing.read_text())}


def test_the_crashpoints_are_those_tested(undisturbed: dict[str, Any]) -> None:
    reading = {"page.received", "page.stored", "page.committed", "stream.ended"}
    reading |= {"census.listed", "census.ended"}
    assert set(undisturbed["hits"]) - reading == set(POINTS)
    assert len(undisturbed["state"]["tools"]["eng"]) == len(undisturbed["state"]["tools"]["product"]) == 4
    assert undisturbed["state"]["open"] == []


@pytest.mark.parametrize(
    ("point", "which"),
    [
        ("intent.written", "first"),
        ("operation.sent", "first"),
        ("operation.sent", "creates"),
        ("operation.stored", "first"),
        ("group.judged", "first"),
        ("recovered", "first"),
    ],
)
def test_killed_and_run_again_is_as_if_nothing_had_happened(
    undisturbed: dict[str, Any], tmp_path: Path, point: str, which: str
) -> None:
    with place(tmp_path) as here:
        nth = 1 if which == "first" else 3  # behind the two pairs, the first that makes something
        killed = here.machine.crash(f"{point}:{nth}", "sync")
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        until_quiet(here)
        assert here.state() == undisturbed["state"]
        assert len(here.creates) <= 3, "one that was not executed may be sent again, none that was"


def test_s34_a_run_that_is_told_to_end_leaves_nothing_half_done(
    undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    with place(tmp_path, delay=0.4) as here:
        with subprocess.Popen(
            here.machine.command("sync"),
            env=here.machine.env(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as running:
            for _ in range(600):
                if here.creates or here.eng.site.issues[10000].fields["priority"].name == "High":
                    break
                time.sleep(0.02)
            running.send_signal(signal.SIGTERM)
            _, told = running.communicate(timeout=60)
        assert running.returncode == 4, told
        line = "syncline: told to end by SIGTERM: what was begun is done, the next run does the rest"
        assert told.splitlines()[-1] == line
        assert here.rows("SELECT count(*) FROM intent WHERE state IN ('sent', 'in_doubt')") == [(0,)]
        assert [
            row for row in here.rows("SELECT command, state, exit_code FROM run") if row[0] == "sync"
        ] == [("sync", "partial", 4)]
        assert here.state() != undisturbed["state"], "it ended before all was done"
        here.hurry()
        until_quiet(here)
        assert here.state() == undisturbed["state"]


def test_s34_told_twice_it_ends_at_once(undisturbed: dict[str, Any], tmp_path: Path) -> None:
    with place(tmp_path, delay=1.5) as here:
        with subprocess.Popen(
            here.machine.command("sync"),
            env=here.machine.env(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as running:
            for _ in range(600):
                if here.rows("SELECT count(*) FROM intent WHERE state = 'sent'") == [(1,)]:
                    break
                time.sleep(0.02)
            running.send_signal(signal.SIGTERM)
            time.sleep(0.2)
            assert running.poll() is None, "it finishes what was sent"
            running.send_signal(signal.SIGTERM)
            _, told = running.communicate(timeout=60)
        assert running.returncode == -signal.SIGTERM, told
        here.hurry()
        until_quiet(here)
        assert here.state() == undisturbed["state"]
