"""What follows a run, over a real mail server and a real webhook on this machine; time is simulated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from json import loads
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text, update
from tests.cli.conftest import fill
from tests.databases import Database

from syncline.config import Config, load
from syncline.errors import AuthError, GuardTripped, TransientError
from syncline.http import Redactor
from syncline.notify.after import After, after
from syncline.notify.channels import Channels
from syncline.seams import system_random
from syncline.sim import SimRequest, SimResponse
from syncline.sim.clock import SimClock
from syncline.sim.server import serve
from syncline.store import Store, tables
from syncline.store.lock import lock
from syncline.sync.cycle import Outcome
from syncline.sync.result import Problem, PullResult

from .smtp import Post, mail_server

FRIDAY = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)
"""An hour before the report is due in Berlin."""

CONFIG = """
[hub]
database = "sqlite:///syncline.db"
timezone = "Europe/Berlin"
[connections.eng]
connector = "jira"
url = "https://acme.example"
user = "mia@acme.example"
token = "env:JIRA_TOKEN"
[channels]
leads = { kind = "mail", to = ["leads@acme.example"] }
pm = { kind = "slack", url = "env:SLACK_PM_URL" }
[mail]
url = "env:SMTP_URL"
from = "Syncline <syncline@acme.example>"
[[report]]
name = "weekly"
kind = "status"
draft = { due = "fri 14:00", send = ["pm"] }
due = "fri 15:00"
send = ["leads", "pm"]
out = "reports/weekly/{date}.html"
[[alert]]
name = "users fall"
metric = "weekly_active_users"
below = 9000
send = ["pm"]
[notify]
person_needed = ["pm"]
remind = "7d"
failure = ["pm"]
stale = "6h"
heartbeat = "env:HEARTBEAT_URL"
"""


@dataclass
class Chat:
    """What was posted and called; ``status`` is answered to posts."""

    posts: list[dict[str, Any]] = field(default_factory=list)
    beats: int = 0
    status: int = 200

    def __call__(self, request: SimRequest) -> SimResponse:
        if request.path == "/beat":
            self.beats += 1
            return SimResponse(200, [], b"OK")
        assert request.path == "/services/T0/canary-webhook-secret"
        if self.status == 200:
            self.posts.append(loads(request.body))
        return SimResponse(self.status, [], b"ok" if self.status == 200 else b"no_service")

    @property
    def subjects(self) -> list[str]:
        return [post["text"] for post in self.posts]


@dataclass
class Hub:
    """A store with a company, a configuration, a clock, and where messages arrive."""

    config: Config
    store: Store
    clock: SimClock
    chat: Chat
    post: Post
    environ: dict[str, str]

    def end(self, result: PullResult | None = None, error: str | None = None) -> After:
        """The end of a run."""
        given = result if result is not None or error else PullResult(1)
        channels = Channels(self.config, self.environ, self.clock, system_random(), Redactor())
        return after(self.store, channels, given, write, error)

    def at(self, moment: datetime) -> None:
        self.clock.sleep((moment - self.clock.now()).total_seconds())
        with self.store.writing() as db:
            db.execute(update(tables.stream).values(pulled_at=moment))

    def value(self, value: float) -> None:
        """What the metric is now."""
        with self.store.writing() as db:
            db.execute(update(tables.metric_point).values(value=value))


def write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


@contextmanager
def opened(database: Database, folder: Path) -> Iterator[Hub]:
    """The company of the program's tests with one metric, at an hour before the report is due."""
    (folder / "syncline.toml").write_text(CONFIG, encoding="utf-8")
    chat, clock = Chat(), SimClock()
    clock.sleep((FRIDAY - clock.now()).total_seconds())
    with mail_server() as post, serve(chat) as url, database.open(clock=clock) as store:
        fill(store)
        add_metric(store)
        environ = {
            "SMTP_URL": post.url,
            "SLACK_PM_URL": f"{url}/services/T0/canary-webhook-secret",
            "HEARTBEAT_URL": f"{url}/beat",
        }
        made = Hub(load(folder / "syncline.toml"), store, clock, chat, post, environ)
        made.at(FRIDAY)
        yield made


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with opened(Database("sqlite", f"sqlite:///{tmp_path}/syncline.db", tmp_path), tmp_path) as made:
        yield made


@pytest.fixture
def calm(hub: Hub) -> Hub:
    """One without reports."""
    hub.config = hub.config.model_copy(update={"report": ()})
    return hub


@pytest.fixture
def any_hub(database: Database, tmp_path: Path) -> Iterator[Hub]:
    """On every database."""
    with opened(database, tmp_path) as made:
        yield made


def add_metric(store: Store) -> None:
    common = {
        "site": "acme", "connection_id": 1, "archived": False, "data": {}, "hash": b"", "first_seen_at": FRIDAY,
        "seen_at": FRIDAY, "first_seq": 1, "seq": 1,
    }  # fmt: skip
    with store.writing() as db:
        for number, kind, remote in ((90, "Metric", "weekly_active_users"), (91, "MetricPoint", "p1")):
            row = {"id": number, "item_id": number, "kind": kind, "remote_id": remote, "title": remote}
            db.execute(insert(tables.record).values(**common, **row))
        db.execute(
            insert(tables.metric_point).values(
                record_id=91, seq=1, metric="weekly_active_users", day=FRIDAY.date(), segment="", value=12000.0,
                complete=True, seen_at=FRIDAY,
            )
        )  # fmt: skip


# ---- reports ---------------------------------------------------------------------------------------------------------


def test_a_report_is_made_when_it_is_due_and_sent_once(any_hub: Hub) -> None:
    hub = any_hub
    hub.end()
    assert hub.chat.subjects == ["weekly: draft, 2026-11-20"]
    hub.at(FRIDAY + timedelta(hours=1))
    told = hub.end()
    assert told.problems == []
    assert hub.chat.subjects[1:] == ["weekly, 2026-11-20"]
    (mail,) = hub.post.mails
    assert mail["Subject"] == "weekly, 2026-11-20"
    assert hub.post.to == [["leads@acme.example"]]
    page = (hub.config.directory / "reports/weekly/2026-11-20.html").read_text("utf-8")
    (attached,) = mail.iter_attachments()
    assert attached.get_content().splitlines() == page.splitlines()
    for _ in range(3):
        hub.at(hub.clock.now() + timedelta(minutes=15))
        assert hub.end().done == []
    assert len(hub.post.mails) == 1
    assert len(hub.chat.posts) == 2


def test_next_week_it_is_compared_with_the_last_one(hub: Hub) -> None:
    hub.at(FRIDAY + timedelta(hours=1))
    hub.end()
    hub.at(FRIDAY + timedelta(days=7, hours=1))
    hub.end()
    with hub.store.reading() as db:
        rows = db.execute(text("SELECT name, state, before_id FROM report ORDER BY id")).all()
    assert [tuple(row) for row in rows] == [("weekly", "final", None), ("weekly", "final", 1)]
    assert "Compared with the report as of 20 Nov 2026, 15:00." in (
        hub.config.directory / "reports/weekly/2026-11-27.html"
    ).read_text("utf-8").replace('<time datetime="2026-11-20T15:00:00+01:00">', "").replace("</time>", "")


def test_a_channel_that_fails_stops_nothing_and_is_tried_again(hub: Hub) -> None:
    hub.at(FRIDAY + timedelta(hours=1))
    hub.post.refuse["DATA"] = "451 later"
    told = hub.end()
    assert told.exit_code == 4
    assert told.problems == ["report:weekly to leads: 127.0.0.1 answered 451"]
    assert hub.chat.subjects == ["weekly, 2026-11-20"]
    hub.post.refuse.clear()
    hub.at(FRIDAY + timedelta(hours=2))
    assert hub.end().exit_code == 0
    assert len(hub.post.mails) == 1
    assert hub.chat.subjects == ["weekly, 2026-11-20"]
    assert hub.chat.beats == 2


def test_a_report_configured_days_after_its_moment_waits_for_the_next(hub: Hub) -> None:
    hub.at(FRIDAY + timedelta(days=3))
    hub.end()
    assert hub.chat.posts == []
    assert hub.post.mails == []


def test_a_machine_that_slept_over_the_moment_makes_up_for_it(hub: Hub) -> None:
    hub.at(FRIDAY + timedelta(hours=1))
    hub.end()
    hub.at(FRIDAY + timedelta(days=10))
    hub.end()
    assert [mail["Subject"] for mail in hub.post.mails] == ["weekly, 2026-11-20", "weekly, 2026-11-27"]


def test_while_another_run_holds_the_lock_nothing_is_done(hub: Hub) -> None:
    with lock(hub.store, hub.clock.now()):
        assert hub.end().done == []
    assert hub.chat.beats == 0


def test_a_channel_that_is_gone_is_forgotten(hub: Hub) -> None:
    hub.post.refuse["DATA"] = "451 later"
    hub.at(FRIDAY + timedelta(hours=1))
    hub.end()
    path = hub.config.path
    path.write_text(
        path.read_text().replace('send = ["leads", "pm"]', 'send = ["pm"]').replace("leads =", "other =")
    )
    hub.config = load(path)
    assert hub.end().problems == []


# ---- alerts ----------------------------------------------------------------------------------------------------------


def test_an_alert_is_told_once_for_each_episode(any_hub: Hub) -> None:
    hub = any_hub
    hub.config = hub.config.model_copy(update={"report": ()})
    hub.end()
    hub.value(8000)
    for hour in (1, 2, 3):
        hub.at(FRIDAY + timedelta(days=1, hours=hour))
        hub.end()
    assert hub.chat.subjects.count("Alert: users fall") == 1
    hub.value(9500)
    hub.at(FRIDAY + timedelta(days=2))
    hub.end()
    hub.value(8000)
    hub.at(FRIDAY + timedelta(days=4))
    hub.end()
    assert hub.chat.subjects.count("Alert: users fall") == 2


def test_an_alert_on_a_stale_source_is_silent(calm: Hub) -> None:
    hub = calm
    hub.value(8000)
    with hub.store.writing() as db:
        db.execute(update(tables.stream).values(pulled_at=FRIDAY - timedelta(days=1)))
    hub.end()
    assert "Alert: users fall" not in hub.chat.subjects
    assert "Syncline: eng is stale" in hub.chat.subjects


# ---- the run itself --------------------------------------------------------------------------------------------------


def test_a_person_is_told_once_of_something_new(calm: Hub) -> None:
    hub = calm
    outcome = Outcome(news=[("{} waits for you: title", "ENG-1 <!channel>")])
    hub.end(PullResult(7, outcome=outcome))
    hub.end(PullResult(8, outcome=Outcome()))
    assert hub.chat.subjects.count("Syncline needs a person") == 1
    first = next(post for post in hub.chat.posts if post["text"] == "Syncline needs a person")
    assert first["blocks"][1]["text"]["text"] == "ENG-1 &lt;!channel&gt; waits for you: title"


def test_what_a_guard_refuses_is_told_once_until_it_was_let_through(calm: Hub) -> None:
    planned: Any = {"roadmap": None}  # what was planned does not matter
    refused, through = Outcome(refused={"roadmap": ["creates 400"]}), Outcome(plans=planned)
    for number, outcome in enumerate((refused, refused, refused, through, through, refused), 1):
        calm.end(PullResult(number, outcome=outcome))
    asked = [post for post in calm.chat.posts if post["text"] == "Syncline needs a person"]
    assert len(asked) == 2
    assert "roadmap: creates 400" in str(asked[0])


def test_what_waits_is_remembered_after_the_time_that_was_said(any_hub: Hub) -> None:
    hub = any_hub
    hub.config = hub.config.model_copy(update={"report": ()})
    with hub.store.writing() as db:
        db.execute(
            insert(tables.held).values(
                block="delivery", group_id=1, field="title", kind="conflict", reason="both changed", shown={},
                at=FRIDAY, run_id=1,
            )
        )  # fmt: skip
    for days in (1, 6, 8, 9, 14, 16):
        hub.at(FRIDAY + timedelta(days=days))
        hub.end()
    assert hub.chat.subjects.count("Syncline still needs a person") == 2


def test_a_tool_that_lists_nothing_any_more_is_told_once(any_hub: Hub) -> None:
    hub = any_hub
    emptied = PullResult(2, problems=[Problem("eng", "issues", GuardTripped("the census lists nothing"))])
    assert emptied.exit_code == 5
    for result in (emptied, emptied, PullResult(3)):
        hub.at(hub.clock.now() + timedelta(minutes=15))
        hub.end(result)
    assert hub.chat.subjects.count("Syncline: a run failed") == 1


def test_a_failure_is_told_once_until_a_run_is_good(any_hub: Hub) -> None:
    hub = any_hub
    hub.config = hub.config.model_copy(update={"report": ()})
    failed = PullResult(2, problems=[Problem("eng", "issues", TransientError("acme.example answered 503"))])
    good = PullResult(3)
    for result in (failed, failed, good, failed):
        hub.at(hub.clock.now() + timedelta(minutes=15))
        hub.end(result)
    assert hub.chat.subjects.count("Syncline: a run failed") == 2


def test_a_run_that_died_is_told_and_beats_no_heart(calm: Hub) -> None:
    hub = calm
    hub.end(error="database x is full")
    assert hub.chat.subjects == ["Syncline: a run failed"]
    assert hub.chat.beats == 0


def test_no_secret_is_told(calm: Hub) -> None:
    hub = calm
    hub.chat.status = 404
    told = hub.end(PullResult(2, problems=[Problem("eng", None, AuthError("the token is wrong"))]))
    assert told.problems
    assert "canary-webhook-secret" not in " ".join(told.problems)
    with hub.store.reading() as db:
        kept = " ".join(map(str, db.execute(text("SELECT error, message FROM delivery")).all()))
    assert "canary-webhook-secret" not in kept
    hub.chat.status = 200
    hub.at(hub.clock.now() + timedelta(minutes=15))
    hub.end(PullResult(3))
    assert "Syncline: a run failed" in hub.chat.subjects
