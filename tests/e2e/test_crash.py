"""Kill the real process at every crashpoint, run again: the database is that of an undisturbed run."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.site import Machine, company, logical, machine

from syncline.sim.app import SimRequest, SimResponse

CRASHPOINTS = (
    "page.received",
    "page.stored",
    "page.committed",
    "census.listed",
    "census.ended",
    "stream.ended",
)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with machine(tmp_path_factory.mktemp("undisturbed"), company(40)) as here:
        done = here.run("pull")
        assert done.returncode == 0, done.stderr
        yield here


def beside(undisturbed: Machine, directory: Path) -> Machine:
    """Another folder for the same vendor."""
    here = Machine(directory, undisturbed.url)
    here.configure()
    return here


@pytest.fixture(scope="module")
def hits(undisturbed: Machine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """How often each crashpoint is met on the way."""
    directory = tmp_path_factory.mktemp("count")
    listing = directory / "hits.json"
    done = beside(undisturbed, directory).crash(f"--list {listing}", "pull")
    assert done.returncode == 0, done.stderr
    counts: dict[str, int] = json.loads(listing.read_text())
    return counts


def test_the_crashpoints_are_those_tested(hits: dict[str, int]) -> None:
    assert set(hits) == set(CRASHPOINTS)


@pytest.mark.parametrize("point", CRASHPOINTS)
def test_killed_anywhere_and_run_again_is_as_if_nothing_had_happened(
    undisturbed: Machine, hits: dict[str, int], tmp_path: Path, point: str
) -> None:
    count = hits[point]
    for nth in sorted({1, (count + 1) // 2, count}):
        directory = tmp_path / f"killed-{nth}"
        directory.mkdir()
        here = beside(undisturbed, directory)
        killed = here.crash(f"{point}:{nth}", "pull")
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        again = here.inside("pull")
        assert again.returncode == 0, again.stderr
        assert logical(here.database) == logical(undisturbed.database), f"{point}, hit {nth} of {count}"


def test_killed_while_absences_are_noted(tmp_path: Path) -> None:
    """``census.marked`` is only met where something vanished, so it has a vendor of its own."""
    jira = company(40)
    with machine(tmp_path / "one", jira) as here:
        other = Machine(tmp_path / "two", here.url)
        other.directory.mkdir()
        other.configure()
        for made in (here, other):
            assert made.inside("pull").returncode == 0
        for issue in list(jira.issues.values())[:3]:
            jira.delete(issue)
        jira.settle()
        killed = other.crash("census.marked", "pull", "--full")
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        for made in (here, other):
            assert made.inside("pull", "--full").returncode == 0
        assert logical(other.database) == logical(here.database)
        assert (
            sum(1 for row in logical(here.database)["records"] if row[5] == "gone" and row[1] == "Issue") == 3
        )


def test_second_pull_at_once_exits_75_within_two_seconds_and_changes_nothing(tmp_path: Path) -> None:
    jira = company(40)
    asked, go_on = threading.Event(), threading.Event()

    def waiting(request: SimRequest) -> SimResponse:
        if request.path.endswith("search/jql"):
            asked.set()
            go_on.wait(100)
        return jira(request)

    with machine(tmp_path, waiting) as here:
        jira.site_url = here.url
        with subprocess.Popen(
            here.command("pull"), env=here.env(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as first:
            assert asked.wait(60)
            began = time.monotonic()
            second = here.run("pull")
            took = time.monotonic() - began
            go_on.set()
            assert first.wait(timeout=60) == 0
    assert second.returncode == 75
    assert (second.stdout, second.stderr) == ("", ""), "silent: cron must not send a mail"
    assert took < 2


def test_runs_from_cron_with_nothing_in_the_environment(undisturbed: Machine, tmp_path: Path) -> None:
    """``env -i HOME=/nonexistent PATH=/usr/bin:/bin sh -c 'cd / && … sync --config …'``"""
    here = beside(undisturbed, tmp_path)
    here.configure(hub='env_file = "syncline.env"')
    secret = tmp_path / "syncline.env"
    secret.touch(mode=0o600)
    secret.write_text(f"JIRA_TOKEN={here.environ['JIRA_TOKEN']}\n")
    assert here.inside("pull").returncode == 0
    python, *rest = here.command("sync")
    done = subprocess.run(
        [
            *("/usr/bin/env", "-i", "HOME=/nonexistent", "PATH=/usr/bin:/bin"),
            f"PYTHONPATH={here.env()['PYTHONPATH']}",
            *("sh", "-c", 'cd / && exec "$@"', "sh", python, *rest),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
