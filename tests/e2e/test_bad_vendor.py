"""Everything a vendor may do wrong: one clear line, the right exit code, nothing lost, and whole again afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from tests.e2e.site import Machine, company, logical, machine

from syncline.config import load
from syncline.seams import InlineTasks, SystemClock
from syncline.sim.app import App, SimRequest, SimResponse
from syncline.sim.clock import SimClock
from syncline.sim.faults import Fault, Script, Step, on
from syncline.store import open_store
from syncline.sync.pull import pull
from syncline.sync.result import PullResult
from syncline_connectors.jira.simulator import JiraSimulator

SEARCH = on("POST", "search/jql")
MYSELF = on("GET", "/myself")


@dataclass
class Vendor:
    """A Jira behind a script that can be changed, and pulls whose sleeping takes no time."""

    jira: JiraSimulator
    here: Machine
    clock: SimClock
    script: Script

    def pull(self) -> PullResult:
        config = load(self.here.directory / "syncline.toml")
        with open_store(config.hub.database, clock=self.clock, create=True) as store:
            return pull(
                config,
                store,
                clock=self.clock,
                tasks=InlineTasks(),
                environ=self.here.environ,
            )

    def fail(self, *steps: Step) -> PullResult:
        """Pull while ``steps`` strike, then take them away."""
        self.script.steps = steps
        try:
            return self.pull()
        finally:
            self.script.steps = ()

    def state(self) -> dict[str, list[tuple[object, ...]]]:
        return logical(self.here.database)


@pytest.fixture
def vendor(tmp_path: Path) -> Iterator[Vendor]:
    jira = company(40)
    clock = SimClock(SystemClock().now())
    script = Script(jira, clock, (), seconds=0.1)
    with machine(tmp_path, script) as here:
        jira.site_url = here.url
        yield Vendor(jira, here, clock, script)


@pytest.fixture
def undisturbed(vendor: Vendor, tmp_path: Path) -> dict[str, list[tuple[object, ...]]]:
    """What the database says after a pull in which nothing went wrong."""
    other = Machine(tmp_path / "undisturbed", vendor.here.url)
    other.directory.mkdir()
    other.configure()
    result = Vendor(vendor.jira, other, vendor.clock, vendor.script).pull()
    assert result.exit_code == 0
    return logical(other.database)


def said(result: PullResult) -> str:
    return " / ".join(str(problem.error) for problem in result.problems)


PASSING = [
    Fault.TIMEOUT_BEFORE,
    Fault.DROP_BEFORE,
    Fault.DROP_AFTER,
    Fault.RATE_LIMIT_SECONDS,
    Fault.RATE_LIMIT_DATE,
    Fault.RATE_LIMIT_PAST,
    Fault.RATE_LIMIT_BARE,
    Fault.SERVER_ERROR,
    Fault.BAD_GATEWAY,
    Fault.UNAVAILABLE,
    Fault.TRUNCATED_JSON,
    Fault.TRUNCATED_BODY,
    Fault.INVALID_UTF8,
    Fault.EMPTY_BODY,
    Fault.DUPLICATED_BODY,
]


@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_passes_is_not_even_noticed(
    vendor: Vendor, undisturbed: dict[str, list[tuple[object, ...]]], fault: Fault
) -> None:
    step = Step(SEARCH, fault, times=2, skip=2)
    result = vendor.fail(step)
    assert step.fired == 2, "the fault must have happened"
    assert result.exit_code == 0, said(result)
    assert vendor.state() == undisturbed


LASTING = [
    (Fault.SERVER_ERROR, "500"),
    (Fault.BAD_GATEWAY, "502"),
    (Fault.TRUNCATED_JSON, "JSON"),
    (Fault.DROP_BEFORE, "connection"),
    (Fault.LOGIN_PAGE, "login"),
    (Fault.RATE_LIMIT_HUGE, "429|rate"),
    (Fault.RATE_LIMIT_BARE, "429|rate"),
    (Fault.EMPTY_BODY, "JSON|empty"),
]


@pytest.mark.parametrize(("fault", "word"), LASTING)
def test_a_fault_that_lasts_is_partial_and_is_made_good(
    vendor: Vendor, undisturbed: dict[str, list[tuple[object, ...]]], fault: Fault, word: str
) -> None:
    result = vendor.fail(Step(SEARCH, fault, times=1000, skip=2))
    assert result.exit_code == 4
    assert not result.connections["eng"]["issues"].complete
    assert result.connections["eng"]["projects"].complete, "the other streams are done"
    assert any(part.casefold() in said(result).casefold() for part in word.split("|")), said(result)
    assert "\n" not in said(result)
    vendor.clock.advance(3601)  # a vendor that asks for very much patience is left alone for an hour
    again = vendor.pull()
    assert again.exit_code == 0, said(again)
    assert vendor.state() == undisturbed


def test_wrong_token(vendor: Vendor) -> None:
    vendor.here.environ["JIRA_TOKEN"] = "not-the-token"
    result = vendor.pull()
    assert result.exit_code == 4
    assert "token" in said(result)
    assert "not-the-token" not in said(result)
    assert vendor.state()["records"] == []


def test_token_that_expires_in_mid_run_is_not_the_end_of_the_list(vendor: Vendor) -> None:
    """Anonymous callers get 200 with nothing: an empty last page must not be believed."""
    token = vendor.jira.credentials.tokens[0]

    def expire_after_two_pages(request: SimRequest) -> bool:
        if SEARCH(request):
            expire_after_two_pages.pages += 1  # type: ignore[attr-defined]
            if expire_after_two_pages.pages > 2:  # type: ignore[attr-defined]
                vendor.jira.credentials.tokens.clear()
        return False

    expire_after_two_pages.pages = 0  # type: ignore[attr-defined]
    result = vendor.fail(Step(expire_after_two_pages, Fault.SERVER_ERROR))
    assert result.exit_code == 4
    assert not result.connections["eng"]["issues"].complete
    vendor.jira.credentials.tokens.append(token)
    assert vendor.pull().exit_code == 0
    assert sum(1 for row in vendor.state()["records"] if row[1] == "Issue") == 40


def test_no_permission_for_boards_stops_only_boards(vendor: Vendor) -> None:
    vendor.jira.forbid("GET", "board")
    result = vendor.pull()
    assert result.exit_code == 4
    assert not result.connections["eng"]["boards"].complete
    assert result.connections["eng"]["issues"].complete


def test_not_a_jira_at_all(vendor: Vendor) -> None:
    nowhere: App = lambda request: SimResponse(404, [("Content-Type", "text/html")], b"<html>nothing</html>")  # noqa: E731
    vendor.script.app = nowhere
    result = vendor.pull()
    assert result.exit_code in (2, 4)
    assert vendor.here.url.removeprefix("http://") in said(result)


def test_another_site_than_last_time(vendor: Vendor) -> None:
    vendor.pull()
    before = vendor.state()
    vendor.jira.cloud_id = "99999999-0000-4000-8000-000000000000"
    vendor.jira.create_issue(vendor.jira.find_project("ENG"), "of another site")  # type: ignore[arg-type]
    vendor.jira.settle()
    result = vendor.pull()
    assert result.exit_code == 2
    assert "another site than last time" in said(result)
    assert vendor.state()["records"] == before["records"]


@pytest.mark.parametrize(
    "fault", [Fault.TRUNCATED_JSON, Fault.EMPTY_BODY, Fault.INVALID_UTF8, Fault.DUPLICATED_BODY]
)
def test_a_damaged_answer_does_not_give_the_site_another_identity(vendor: Vendor, fault: Fault) -> None:
    step = Step(on("GET", "tenant_info"), fault, times=1)
    vendor.fail(step)
    assert step.fired == 1
    assert {row[0] for row in vendor.state()["records"]} == {vendor.jira.cloud_id}


def test_repeated_page_token_is_an_error_not_a_loop(vendor: Vendor) -> None:
    vendor.jira.set_quirks(repeat_last_token=True)
    result = vendor.pull()
    assert result.exit_code == 4
    assert "repeats a page" in said(result)


@pytest.mark.parametrize("off", [timedelta(days=1), timedelta(days=-1)])
def test_our_clock_off_by_a_day_loses_nothing(vendor: Vendor, off: timedelta) -> None:
    vendor.clock.set(vendor.clock.now() + off)
    assert vendor.pull().exit_code == 0
    issue = vendor.jira.create_issue(vendor.jira.find_project("ENG"), "while our clock was wrong")  # type: ignore[arg-type]
    vendor.jira.settle()
    vendor.pull()
    assert str(issue.id) in {row[2] for row in vendor.state()["records"]}, (issue.id, issue.updated)


def test_project_that_becomes_invisible_deletes_nothing(vendor: Vendor) -> None:
    vendor.pull()
    web = vendor.jira.find_project("WEB")
    assert web is not None
    vendor.jira.revoke(next(iter(vendor.jira.users.values())), web)
    vendor.clock.advance(25 * 3600)
    vendor.pull()
    absences = {row[5] for row in vendor.state()["records"] if row[1] == "Issue"}
    assert absences == {None, "missing"}, "out of sight is not deleted"


def test_second_pull_changes_nothing(vendor: Vendor) -> None:
    vendor.pull()
    before = vendor.state()
    counts = vendor.pull().connections["eng"]
    assert sum(c.created + c.updated + c.removed for c in counts.values()) == 0
    assert vendor.state() == before


def test_a_poisoned_issue_delays_only_itself(vendor: Vendor) -> None:
    """R9: the rest is stored; the one is set aside with its payload, said once, and read when it is mended."""
    issue = next(iter(vendor.jira.issues.values()))
    sound = issue.fields["summary"]
    issue.fields["summary"] = {"not": "a text"}
    vendor.jira.touch_index(issue)
    vendor.jira.settle()
    result = vendor.pull()
    assert result.exit_code == 3, "done, and a person is newly needed"
    assert result.connections["eng"]["issues"].quarantined == 1
    assert result.connections["eng"]["issues"].created == 39
    assert [row[:2] for row in vendor.state()["quarantine"]] == [("Issue", str(issue.id))]
    vendor.clock.advance(60)
    assert vendor.pull().exit_code == 0, "it has been said"
    vendor.jira.edit(issue, {"summary": sound + " again"})
    vendor.jira.settle()
    vendor.pull()
    assert vendor.state()["quarantine"] == []
    assert sum(1 for row in vendor.state()["records"] if row[1] == "Issue") == 40
