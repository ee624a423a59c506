"""The real command line with its database on a server: pulled, killed, refused, looked at, reported."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy.engine import make_url
from tests.databases import Server
from tests.e2e.site import Machine, company, logical, machine

from syncline.sim.app import SimRequest, SimResponse

CANARY = "canary-password-90ab"
Place = Callable[..., Machine]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, postgres: Server) -> Iterator[Machine]:
    with machine(tmp_path_factory.mktemp("undisturbed"), company(40)) as here, postgres.schema() as url:
        here.server = url
        here.configure()
        done = here.run("pull")
        assert done.returncode == 0, done.stderr
        yield here


@pytest.fixture
def beside(undisturbed: Machine, tmp_path: Path, postgres: Server) -> Iterator[Place]:
    """Makes other folders with an empty database each, for the same vendor or another."""
    with ExitStack() as stack:

        def make(name: str, url: str | None = None) -> Machine:
            here = Machine(
                tmp_path / name, url or undisturbed.url, server=stack.enter_context(postgres.schema())
            )
            here.directory.mkdir()
            here.configure()
            return here

        yield make


def stored(here: Machine) -> dict[str, list[tuple[object, ...]]]:
    assert here.server is not None
    return logical(here.server)


def eventually(here: Machine, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run again after a kill: the server may need a moment to learn that the client is gone."""
    end = time.monotonic() + 10
    while True:
        done = here.inside(*arguments)
        if done.returncode != 75 or time.monotonic() > end:
            return done


@pytest.mark.parametrize("point", ["page.received:2", "page.stored:3", "page.committed:2", "census.listed"])
def test_killed_and_run_again_is_as_if_nothing_had_happened(
    undisturbed: Machine, beside: Place, point: str
) -> None:
    here = beside("killed")
    killed = here.crash(point, "pull")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    again = eventually(here, "pull")
    assert again.returncode == 0, again.stderr
    assert stored(here) == stored(undisturbed)
    assert [run["state"] for run in here.json("log")] == ["done", "died"]


def test_second_pull_at_once_exits_75_and_changes_nothing(tmp_path: Path, beside: Place) -> None:
    jira = company(20)
    asked, go_on = Event(), Event()

    def waiting(request: SimRequest) -> SimResponse:
        if request.path.endswith("search/jql"):
            asked.set()
            go_on.wait(100)
        return jira(request)

    with machine(tmp_path / "vendor", waiting) as vendor:
        jira.site_url = vendor.url
        here = beside("first", vendor.url)
        with subprocess.Popen(
            here.command("pull"), env=here.env(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as first:
            assert asked.wait(60)
            second = here.run("pull")
            told = here.inside("-v", "pull")
            looked = here.inside("status")
            assert first.poll() is None
            go_on.set()
            assert first.wait(timeout=60) == 0
    assert second.returncode == told.returncode == 75
    assert (second.stdout, second.stderr) == ("", ""), "silent: cron must not send a mail"
    assert f"process {first.pid} on " in told.stderr
    assert looked.returncode == 0, "reading takes no lock"
    assert len(here.json("log")) == 1


def test_everything_a_reader_asks_answers_as_from_sqlite(undisturbed: Machine, tmp_path: Path) -> None:
    plain = Machine(tmp_path, undisturbed.url)
    plain.configure()
    assert plain.inside("pull").returncode == 0
    key = undisturbed.json("items")[0]["records"][0]["key"]
    for arguments in (["items"], ["show", key]):
        assert undisturbed.json(*arguments) == plain.json(*arguments), arguments
    for arguments in (["status"], ["log", "--run", "1"], ["db", "check"]):
        ours, theirs = undisturbed.json(*arguments), plain.json(*arguments)
        assert shape(ours) == shape(theirs), arguments
    reports = [
        made.inside("report", "status", "--format", "markdown").stdout for made in (undisturbed, plain)
    ]
    assert reports[0].splitlines()[0].startswith("#")
    numbers = [[line for line in report.splitlines() if line.startswith("|")] for report in reports]
    assert numbers[0] == numbers[1]
    assert numbers[0]


def shape(value: object) -> object:
    """A document without what differs from moment to moment."""
    if isinstance(value, dict):
        return {name: shape(below) for name, below in value.items()}
    return [shape(below) for below in value] if isinstance(value, list) else type(value)


def test_what_a_person_must_do_is_told_in_a_line(beside: Place, postgres: Server) -> None:
    here = beside("here")
    empty = here.run("sync")
    assert (empty.returncode, "is empty — run `syncline pull` once" in empty.stderr) == (2, True), (
        empty.stderr
    )
    assert here.forked("pull").returncode == 0
    backup = here.inside("db", "backup", str(here.directory / "copy.dump"))
    assert backup.returncode == 2
    assert "pg_dump --format=custom" in backup.stderr
    (here.directory / "copy.dump").touch()
    restore = here.inside("db", "restore", "--yes", str(here.directory / "copy.dump"))
    assert (restore.returncode, "pg_restore --clean" in restore.stderr) == (2, True)
    upgrade = here.inside("db", "upgrade")
    assert upgrade.returncode == 0, upgrade.stderr
    here.server = make_url(here.server or "").set(database="nowhere").render_as_string(hide_password=False)
    here.configure()
    for command in ("pull", "doctor"):
        lost = here.inside(command)
        assert lost.returncode == 2, lost.stderr
        assert '"nowhere" does not exist' in lost.stderr
        assert len(lost.stderr.splitlines()) == 1


def test_the_password_is_shown_and_stored_nowhere(
    beside: Place, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    if postgres.own is None:
        pytest.skip("the server is not our own")
    postgres.guard(CANARY)
    here = beside("guarded")
    here.server = make_url(here.server or "").set(username="guarded").render_as_string(hide_password=False)
    here.configure()
    heard = []
    for password, arguments, code in (
        (CANARY + "-wrong", ["pull"], 2),
        (CANARY, ["pull"], 0),
        (CANARY, ["--json", "db", "check"], 0),
        (CANARY, ["config", "check"], 0),
    ):
        here.environ["PGPASSWORD"] = password
        done = here.forked("-vv", *arguments)
        assert done.returncode == code, done.stderr
        heard.append(done.stdout + done.stderr)
    monkeypatch.setenv("PGPASSWORD", CANARY)
    heard += [path.read_text(errors="replace") for path in here.directory.rglob("*") if path.is_file()]
    heard.append(repr(stored(here)))
    assert CANARY not in "".join(heard)
    literal = (here.server or "").replace("guarded@", f"guarded:{CANARY}@")
    here.server = literal
    here.configure()
    refused = here.forked("pull")
    assert refused.returncode == 2
    assert "must not hold a password" in refused.stderr
    assert CANARY not in refused.stdout + refused.stderr
