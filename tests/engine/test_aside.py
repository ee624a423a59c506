"""Walking in processes of their own: the same database, the same errors, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.databases import Database
from tests.e2e.site import CONFIG, EMAIL, TOKEN, Machine, company, logical

from syncline.config import load
from syncline.connector import Source
from syncline.errors import AuthError, ConfigError, NotFound, StoreError, SynclineError, TransientError
from syncline.seams import Stop, SystemClock, on_crashpoint
from syncline.sim.app import App, SimRequest, SimResponse
from syncline.sim.server import serve
from syncline.sync import processes
from syncline.sync.opening import Hire
from syncline.sync.processes import Fresh, Process, Processes, Work
from syncline.sync.pull import pull
from syncline.sync.result import PullResult
from syncline_connectors.jira import Jira, stretches
from syncline_connectors.jira.simulator import JiraSimulator

ENVIRON = {"JIRA_TOKEN": TOKEN}


class Two:
    """Two helpers on any machine, remembered."""

    most = 2

    def __init__(self) -> None:
        self.started: list[Process] = []

    def start(self, connector: type[Source]) -> Process:
        self.started.append(Process(Fresh).loading(connector))
        return self.started[-1]

    @property
    def alive(self) -> list[Process]:
        return [one for one in self.started if one.running]


class One(Two):
    most = 1


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stretches, "FEW", 20)


@contextmanager
def site(jira: JiraSimulator, app: App | None = None) -> Iterator[str]:
    with serve(app or jira) as url:
        jira.site_url = url
        yield url


def run(
    url: str, folder: Path, helpers: Hire | None, database: Database | None = None, **seams: Any
) -> PullResult:
    folder.mkdir(exist_ok=True)
    hub = f'database = "{database.url}"' if database else ""
    path = folder / "syncline.toml"
    path.write_text(CONFIG.format(hub=hub, url=url, more="", email=EMAIL), encoding="utf-8")
    kept = database or Database("sqlite", f"sqlite:///{folder}/syncline.db", folder)
    with kept.open(clock=SystemClock(), busy_timeout=30) as store:
        return pull(load(path), store, environ=ENVIRON, helpers=helpers, **seams)


def told(result: PullResult) -> list[SynclineError]:
    return [problem.error for problem in result.problems]


def failing(
    jira: JiraSimulator, after: int, answer: Callable[[], SimResponse], well: threading.Event | None = None
) -> App:
    """The vendor, until so many pages of issues have been given; then ``answer``, until it is ``well``."""
    pages = [0]

    def app(request: SimRequest) -> SimResponse:
        if well is not None and well.is_set():
            return jira(request)
        if request.path.endswith("search/jql") and b'"*all"' in request.body:
            pages[0] += 1
            if pages[0] > after:
                return answer()
        return jira(request)

    return app


class TestTheSame:
    def test_everything_as_in_one_process(self, tmp_path: Path) -> None:
        jira = company(120)
        with site(jira) as url:
            here = run(url, tmp_path / "here", None)
            two = Two()
            aside = run(url, tmp_path / "aside", lambda: two)
        assert (here.exit_code, aside.exit_code) == (0, 0), told(aside)
        assert len(two.started) == 2
        assert not two.alive
        assert logical(tmp_path / "aside/syncline.db") == logical(tmp_path / "here/syncline.db")
        counts = [
            {
                name: (c.read, c.created, c.unchanged, c.complete)
                for name, c in result.connections["eng"].items()
            }
            for result in (here, aside)
        ]
        assert counts[0] == counts[1]

    def test_on_every_database(self, database: Database, tmp_path: Path) -> None:
        jira = company(60)
        with site(jira) as url:
            run(url, tmp_path / "here", None)
            two = One()
            assert run(url, tmp_path / "aside", lambda: two, database).exit_code == 0
        assert two.started
        place: Any = database.file if database.kind == "sqlite" else database.url
        assert logical(place) == logical(tmp_path / "here/syncline.db")

    def test_requests_are_counted_as_the_vendor_counts_them(self, tmp_path: Path) -> None:
        jira, seen = company(60), []

        def app(request: SimRequest) -> SimResponse:
            seen.append(request.path)
            return jira(request)

        with site(jira, app) as url:
            result = run(url, tmp_path, One)
        counted = sum(counts.requests for counts in result.connections["eng"].values())
        proving = 2  # who we are and where: on top
        assert counted <= len(seen) <= counted + proving

    def test_what_changed_is_found_by_the_next_run_without_helpers(self, tmp_path: Path) -> None:
        jira = company(60)
        with site(jira) as url:
            run(url, tmp_path, One)
            issue = next(iter(jira.issues.values()))
            jira.comment(issue, "one more", by=next(iter(jira.users.values())))
            jira.settle()
            two = One()
            again = run(url, tmp_path, lambda: two)
        assert not two.started
        assert again.connections["eng"]["comments"].created == 1
        assert again.connections["eng"]["issues"].created == 0

    def test_a_full_pull_over_what_is_known_changes_nothing(self, tmp_path: Path) -> None:
        jira = company(60)
        with site(jira) as url:
            run(url, tmp_path, None)
            before = logical(tmp_path / "syncline.db")
            two = One()
            again = run(url, tmp_path, lambda: two, full=True)
        assert logical(tmp_path / "syncline.db") == before
        assert again.connections["eng"]["issues"].updated == 0


class TestErrors:
    @pytest.mark.parametrize(
        ("status", "error", "code"), [(401, AuthError, 4), (404, NotFound, 4), (400, ConfigError, 2)]
    )
    def test_cross_as_they_are(
        self, tmp_path: Path, status: int, error: type[SynclineError], code: int
    ) -> None:
        found: list[list[tuple[Any, ...]]] = []
        for helpers in (None, One):
            jira = company(60)
            app = failing(jira, 3, lambda: SimResponse(status, (), b'{"errorMessages": ["no"]}'))
            with site(jira, app) as url:
                result = run(url, tmp_path / str(len(found)), helpers)
                place = url.removeprefix("http://")
                found.append([(type(e), e.message.replace(place, "here"), e.hint) for e in told(result)])
            assert result.exit_code == code
        assert found[0] == found[1]
        assert found[1][0][0] is error

    def test_a_helper_that_is_killed_fails_its_stream_alone_and_the_next_run_goes_on(
        self, tmp_path: Path
    ) -> None:
        jira, two = company(120), Two()

        def killed() -> SimResponse:
            for one in two.alive:
                os.kill(one.pid, signal.SIGKILL)
            return SimResponse(500, (), b"")

        well = threading.Event()
        with site(jira, failing(jira, 4, killed, well)) as url:
            result = run(url, tmp_path / "killed", lambda: two)
            well.set()
            again = run(url, tmp_path / "killed", None)
            run(url, tmp_path / "whole", None)
        errors = told(result)
        assert [type(error) for error in errors] == [TransientError]
        assert "signal 9" in errors[0].message
        assert result.problems[0].stream == "issues"
        assert result.exit_code == 4
        assert result.connections["eng"]["people"].complete
        assert again.exit_code == 0
        assert logical(tmp_path / "killed/syncline.db") == logical(tmp_path / "whole/syncline.db")

    def test_a_mistake_of_ours_ends_the_run_with_its_traceback(self, tmp_path: Path) -> None:
        jira = company(60)

        class Odd(Process):
            def tell(self, work: Work) -> None:
                super().tell(replace(work, legs=[*work.legs, None]))  # type: ignore[list-item]

        class Odds(One):
            def start(self, connector: type[Source]) -> Process:
                return Odd(Fresh).loading(connector)

        with site(jira) as url, pytest.raises(RuntimeError, match=r"(?s)Traceback.*TypeError"):
            run(url, tmp_path, Odds)

    def test_what_fails_here_ends_the_helpers(self, tmp_path: Path) -> None:
        def fail(point: str) -> None:
            if point == "page.stored" and two.started:
                raise StoreError("the disk is full")

        jira, two = company(60), One()
        remove = on_crashpoint(fail)
        try:
            with site(jira) as url, pytest.raises(StoreError, match="disk is full"):
                run(url, tmp_path, lambda: two)
        finally:
            remove()
        assert two.started
        assert not two.alive

    def test_a_run_told_to_end_stops_behind_a_page(self, tmp_path: Path) -> None:
        jira, two, stop = company(120), Two(), Stop()

        def ask(point: str) -> None:
            if point == "page.committed" and two.started:
                stop.ask("SIGTERM")

        remove = on_crashpoint(ask)
        with site(jira) as url:
            try:
                result = run(url, tmp_path, lambda: two, stop=stop)
            finally:
                remove()
            assert result.stopped == "SIGTERM"
            assert not two.alive
            with closing(sqlite3.connect(tmp_path / "syncline.db")) as db:
                (stored,) = db.execute("SELECT count(*) FROM record WHERE kind = 'Issue'").fetchone()
            assert 0 < stored < 120
            assert run(url, tmp_path, None).exit_code == 0
            run(url, tmp_path / "whole", None)
        assert logical(tmp_path / "syncline.db") == logical(tmp_path / "whole/syncline.db")


class TestList:
    """What there is is listed beside the walks of a first pull."""

    @staticmethod
    def of_ids(request: SimRequest) -> bool:
        return request.path.endswith("search/jql") and b'"maxResults":5000' in request.body

    @pytest.mark.parametrize("helpers", [None, One])
    def test_what_no_walk_showed_is_fetched(self, tmp_path: Path, helpers: Hire | None) -> None:
        jira, lists = company(60), []
        hidden = sorted(jira.issues.values(), key=lambda issue: issue.updated)[30]

        def app(request: SimRequest) -> SimResponse:
            lists.append(self.of_ids(request))
            answer = jira(request)
            if request.path.endswith("search/jql") and b'"*all"' in request.body:
                assert isinstance(answer.body, bytes)
                page = json.loads(answer.body)
                page["issues"] = [issue for issue in page["issues"] if issue["id"] != str(hidden.id)]
                return SimResponse.of_json(page)
            return answer

        with site(jira, app) as url:
            result = run(url, tmp_path / "aside", helpers)
        assert result.exit_code == 0, told(result)
        assert result.connections["eng"]["issues"].created == 60
        assert lists.count(True) == 1
        with closing(sqlite3.connect(tmp_path / "aside/syncline.db")) as db:
            assert db.execute("SELECT count(*) FROM listed").fetchone() == (0,), "it is needed no more"

    @pytest.mark.parametrize("helpers", [None, One])
    def test_one_that_fails_fails_the_stream_and_the_next_run_takes_it(
        self, tmp_path: Path, helpers: Hire | None
    ) -> None:
        jira, well = company(60), threading.Event()

        def app(request: SimRequest) -> SimResponse:
            if self.of_ids(request) and not well.is_set():
                return SimResponse(404, (), b"{}")
            return jira(request)

        with site(jira, app) as url:
            result = run(url, tmp_path / "aside", helpers)
            assert [(p.stream, type(p.error)) for p in result.problems] == [("issues", NotFound)]
            assert result.connections["eng"]["issues"].created == 60, "the walks went on"
            assert not result.connections["eng"]["issues"].complete
            well.set()
            again = run(url, tmp_path / "aside", None)
            assert again.exit_code == 0
            assert again.connections["eng"]["issues"].created == 0
            run(url, tmp_path / "whole", None)
        assert logical(tmp_path / "aside/syncline.db") == logical(tmp_path / "whole/syncline.db")


def test_helpers_run_no_further_than_a_few_pages_ahead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncline.sync.processes.PIPE", 1 << 16)  # about a page of these, too
    jira, two = company(800), Two()
    pages, most = [0], [0]

    def app(request: SimRequest) -> SimResponse:
        answer = jira(request)
        if request.path.endswith("search/jql") and b'"*all"' in request.body:
            pages[0] += 1
        return answer

    held = threading.Event()

    def hold(point: str) -> None:
        """The first page of issues is stored slowly: until nothing more is asked."""
        if point != "page.stored" or not two.started or held.is_set():
            return
        held.set()
        before = -1
        while before != pages[0]:
            before = pages[0]
            time.sleep(1)
        most[0] = pages[0]

    remove = on_crashpoint(hold)
    try:
        with site(jira, app) as url:
            assert run(url, tmp_path, lambda: two).exit_code == 0
    finally:
        remove()
    assert pages[0] >= 80
    assert most[0] <= 30, "of 80 pages"


SCRIPT = """
import sys, threading
from syncline_connectors.jira import stretches
stretches.FEW = {few}
import syncline.sync.processes as processes
processes.processors = lambda: 2
if {forked}:
    processes.Fresh = None
else:
    threading.active_count = lambda: 2
    processes.Forked = None
from syncline.sim.crash import main, run_command_line
target, *words = sys.argv[1:]
sys.exit(main([target, "--", *words]) if target else run_command_line(words))
"""
"""A command whose helpers are all forked, or none of them is; killed at a crashpoint, where one is named."""


def command(
    here: Machine, *words: str, forked: bool, few: int = 20, target: str = ""
) -> subprocess.CompletedProcess[str]:
    """Its end, and that of all its helpers: they, too, hold the pipe of standard error."""
    script = SCRIPT.format(few=few, forked=forked)
    config = str(here.directory / "syncline.toml")
    return subprocess.run(
        [sys.executable, "-c", script, target, "--config", config, *words],
        env=here.env(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("forked", [True, False])
@pytest.mark.parametrize("target", ["page.received:6", "page.stored:7", "page.committed:8"])
def test_killed_itself_it_leaves_no_helper_and_the_next_run_completes_the_work(
    tmp_path: Path, target: str, forked: bool
) -> None:
    if forked and sys.platform != "linux":
        pytest.skip("forks on Linux only")
    jira = company(120)
    with site(jira) as url:
        here = Machine(tmp_path, url)
        here.configure()
        killed = command(here, "pull", forked=forked, target=target)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        assert here.run("pull").returncode == 0
        run(url, tmp_path / "whole", None)
    assert logical(here.database) == logical(tmp_path / "whole/syncline.db")


@pytest.mark.skipif(sys.platform != "linux", reason="forks on Linux only")
class TestForked:
    def test_everything_as_in_one_process_and_the_log_once(self, tmp_path: Path) -> None:
        jira, well, once = company(120), threading.Event(), []

        def refuse() -> SimResponse:
            once.append(1)
            well.set()
            return SimResponse(503, (("Retry-After", "0"),), b"")

        with site(jira, failing(jira, 3, refuse, well)) as url:
            here = Machine(tmp_path, url)
            here.configure()
            done = command(here, "-v", "pull", forked=True)
            run(url, tmp_path / "whole", None)
        assert done.returncode == 0, done.stderr
        assert once
        assert len([line for line in done.stderr.splitlines() if "503" in line]) == len(once)
        assert logical(here.database) == logical(tmp_path / "whole/syncline.db")

    def test_not_needed_they_end(self, tmp_path: Path) -> None:
        with site(company(60)) as url:
            here = Machine(tmp_path, url)
            here.configure()
            done = command(here, "pull", forked=True, few=100)
        assert done.returncode == 0, done.stderr

    def test_only_a_process_of_one_thread_is_forked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        begun: list[object] = []
        monkeypatch.setattr(processes, "Forked", lambda *ends: begun.append(ends))
        found, held = Processes(), threading.Event()
        found.most = 2
        other = threading.Thread(target=held.wait)
        other.start()
        with found.forked([Jira]):
            assert not begun
        held.set()
        other.join()


def test_helpers_started_ahead_of_what_is_little_after_all_end_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stretches, "FEW", 100)
    alive: list[int] = []

    def look(point: str) -> None:
        alive.append(len(two.alive))

    two = Two()
    remove = on_crashpoint(look)
    try:
        with site(company(60)) as url:
            assert run(url, tmp_path, lambda: two).exit_code == 0
    finally:
        remove()
    assert len(two.started) == 2
    assert alive
    assert max(alive) == 0


def test_one_processor_has_no_helpers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    assert Processes().most == 0


def test_secrets_are_neither_arguments_nor_environment(tmp_path: Path) -> None:
    jira, two, seen = company(60), One(), []

    def look(point: str) -> None:
        for one in two.alive:
            seen.append(Path(f"/proc/{one.pid}/cmdline").read_bytes())
            seen.append(Path(f"/proc/{one.pid}/environ").read_bytes())

    if not Path("/proc/self/environ").exists():
        pytest.skip("no /proc")
    remove = on_crashpoint(look)
    try:
        with site(jira) as url:
            run(url, tmp_path, lambda: two)
    finally:
        remove()
    assert any(b"syncline.sync.helper" in one for one in seen)
    assert not any(TOKEN.encode() in one for one in seen)


def test_where_no_process_is_to_be_had_the_stream_fails_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nowhere"))
    with site(company(60)) as url:
        result = run(url, tmp_path, One)
    assert [(problem.stream, type(problem.error)) for problem in result.problems] == [
        ("issues", TransientError)
    ]
    assert result.connections["eng"]["people"].complete


def test_retries_are_told_in_our_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    jira, well, once = company(60), threading.Event(), []

    def refuse() -> SimResponse:
        once.append(1)
        if len(once) >= 2:
            well.set()
        return SimResponse(503, (("Retry-After", "0"),), b"")

    caplog.set_level("INFO", "syncline")
    with site(jira, failing(jira, 2, refuse, well)) as url:
        assert run(url, tmp_path, One).exit_code == 0
    assert any(record.name == "syncline.http" and "503" in record.getMessage() for record in caplog.records)
