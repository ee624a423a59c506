"""Counts that must not grow: requests, statements, concurrency, memory. And secrets that must not show."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from tests.e2e.site import EMAIL, LONG_AGO, TOKEN, Machine, company, machine

from syncline.config import load
from syncline.seams import SystemClock
from syncline.sim.app import Traffic
from syncline.sim.faults import Fault, Script, Step, on
from syncline.store import open_store
from syncline.sync.pull import pull
from syncline_connectors.jira.simulator import JiraSimulator

ONLY_ISSUES = 'streams = ["issues", "comments"]'


def edit(jira: JiraSimulator, number: int) -> None:
    """Somebody edits an issue now."""
    issue = sorted(jira.issues.values(), key=lambda i: int(i.id))[number]
    jira.edit(issue, {"summary": f"edited {number}"})
    jira.settle()


@pytest.fixture
def traffic() -> Traffic:
    return Traffic()


@pytest.fixture
def here(tmp_path: Path, traffic: Traffic) -> Iterator[tuple[Machine, JiraSimulator]]:
    jira = company(250, page_cap=100)
    with machine(tmp_path, jira, traffic, more=ONLY_ISSUES) as made:
        yield made, jira


def pull_here(made: Machine) -> Any:
    config = load(made.directory / "syncline.toml")
    with open_store(config.hub.database, create=True) as store:
        return pull(config, store, environ=made.environ)


def requests_of(made: Machine, traffic: Traffic) -> int:
    """How many requests the vendor saw during one pull."""
    before = traffic.total
    assert pull_here(made).exit_code == 0
    return traffic.total - before


def test_requests_stay_within_their_budget(here: tuple[Machine, JiraSimulator], traffic: Traffic) -> None:
    made, jira = here
    first = requests_of(made, traffic)
    assert first <= 1.1 * 3 + 20, "pages, census, metadata and who we are: nothing for each issue"
    assert requests_of(made, traffic) == 1, "one search, whose answer names our account"
    for number in range(5):
        edit(jira, number)
    assert requests_of(made, traffic) == 1 + 1, "and the site, before something is written"
    for number in range(200):
        edit(jira, number)
    assert requests_of(made, traffic) <= 2 + 1 + 1, "a third page may begin with what stood at the mark"


@pytest.mark.parametrize(("named", "expected"), [(True, 1), (False, 2)])
def test_walks_side_by_side_are_proven_together(
    tmp_path: Path, traffic: Traffic, monkeypatch: pytest.MonkeyPatch, named: bool, expected: int
) -> None:
    jira = company(2400, page_cap=100)
    if not named:
        monkeypatch.setattr("syncline_connectors.jira.simulator.service._login_reason", lambda caller: [])
    with machine(tmp_path, jira, traffic, more=ONLY_ISSUES) as made:
        pull_here(made)
    proofs = traffic.requests["GET", "/rest/api/3/myself"]
    assert proofs == expected, "one at the beginning; one before all stretches count, if no answer names us"


def test_statements_do_not_grow_with_the_records(here: tuple[Machine, JiraSimulator]) -> None:
    made, jira = here
    config = load(made.directory / "syncline.toml")
    counts: list[int] = []
    for changed in (1, 80):
        with open_store(config.hub.database, create=True) as store:
            pull(config, store, environ=made.environ)
            for number in range(changed):
                edit(jira, number)
            statements: list[str] = []
            event.listen(
                store.engine, "before_cursor_execute", lambda *args, seen=statements: seen.append(args[2])
            )
            pull(config, store, environ=made.environ)
            counts.append(len(statements))
    few, many = counts
    assert many <= few + 12, f"{few} statements for one changed record, {many} for eighty"


def test_first_pull_is_concurrent_within_the_declared_limit(tmp_path: Path, traffic: Traffic) -> None:
    jira = company(2400, page_cap=100)
    with machine(tmp_path, jira, traffic, more=ONLY_ISSUES) as made:
        result = pull_here(made)
        assert requests_of(made, traffic) <= 2, "nothing changed"
    assert result.connections["eng"]["issues"].created == 2400
    assert 1 < traffic.peak <= 6


PEAK = """
import re, sys
from pathlib import Path
from syncline.config import load
from syncline.store import open_store
from syncline.sync.pull import pull
config = load(Path(sys.argv[1]))
with open_store(config.hub.database, create=True) as store:
    result = pull(config, store, environ={"JIRA_TOKEN": sys.argv[2]})
assert result.exit_code == 0, result.problems
peak = re.search("VmHWM:[^0-9]*([0-9]+) kB", Path("/proc/self/status").read_text())  # of this program alone
print(result.connections["eng"]["issues"].created, peak[1])
"""


def peak_memory(directory: Path, count: int) -> float:
    """Megabytes at the peak of a first pull of ``count`` issues, in a process of its own."""
    jira = JiraSimulator(SystemClock(), calm=True)
    jira.add_token(jira.add_user("Ada Example", email=EMAIL), TOKEN)
    project = jira.add_project("ENG", "Engineering")
    words = "words of some length " * 40
    for number in range(count):
        jira.create_issue(project, f"{number} {words[:200]}", at=LONG_AGO)
    jira.settle()
    with machine(directory, jira, more=ONLY_ISSUES) as made:
        done = subprocess.run(
            [sys.executable, "-c", PEAK, str(made.directory / "syncline.toml"), TOKEN],
            capture_output=True,
            text=True,
            env=made.env(),
            timeout=300,
            check=True,
        )
    created, kilobytes = done.stdout.split()
    assert int(created) == count
    return int(kilobytes) / 1024


@pytest.mark.timeout(400)
def test_memory_is_flat(tmp_path: Path) -> None:
    """At most 110 MB, however many issues there are: 2,000 against 20,000."""
    small = peak_memory(tmp_path / "small", 2_000)
    large = peak_memory(tmp_path / "large", 20_000)
    assert large <= 110, f"{large:.0f} MB"
    assert large <= small * 1.15, f"{small:.0f} MB for 2,000 issues, {large:.0f} MB for 20,000"


# ---- secrets -------------------------------------------------------------------------------------------------------

FAILURES = [
    Fault.SERVER_ERROR,
    Fault.LOGIN_PAGE,
    Fault.TRUNCATED_JSON,
    Fault.DROP_BEFORE,
    Fault.RATE_LIMIT_HUGE,
]


def test_no_secret_shows_anywhere(tmp_path: Path) -> None:
    """Canaries under ``-vvv`` and forced failures: logs, errors, database, journal, report."""
    jira = company(20)
    script = Script(jira, SystemClock(), ())
    with machine(tmp_path, script) as here:
        jira.site_url = here.url
        said = [here.run("-vvv", "pull")]
        here.environ["JIRA_TOKEN"] = WRONG
        said.append(here.forked("-vvv", "pull"))
        here.environ["JIRA_TOKEN"] = TOKEN
        for fault in FAILURES:
            script.steps = [Step(on("POST", "search/jql"), fault, times=1)]
            said.append(here.forked("-vvv", "pull", "--full"))
        script.steps = []
        report = ["report", "status", "--out", str(tmp_path / "report.html")]
        looking = [["doctor"], ["status"], ["log"], ["items"], report]
        said += [here.forked("-vvv", *command) for command in looking]
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    spoken = "".join(done.stdout + done.stderr for done in said)
    for secret in forbidden():
        assert secret not in spoken
        assert secret.encode() not in written
    assert any("401" in done.stderr or "token" in done.stderr for done in said), "the wrong token was noticed"


WRONG = "wrong-canary-81c3"


def forbidden() -> Iterator[str]:
    import base64

    for secret in (TOKEN, WRONG):
        yield secret
        yield base64.b64encode(f"{EMAIL}:{secret}".encode()).decode()


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys; sys.argv = ['syncline', '--help']\n"
        "from syncline_cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "heavy = {'sqlalchemy', 'httpx', 'pydantic', 'jinja2', 'alembic', 'rich'} & set(sys.modules)\n"
        "print(sorted(heavy), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env=Machine(Path(), "").env(),
    )
    assert done.stderr == "[]\n"
