"""``doctor --canary`` against the simulated Jira, over real HTTP."""

from __future__ import annotations

import pytest
from tests.cli.conftest import TOKEN, Place

from syncline_connectors.jira.simulator.rules import Action, Permission, Screen


@pytest.fixture
def writing(place: Place) -> Place:
    """The place, with a sandbox and leave to write."""
    place.configure('connector = "jira"', 'connector = "jira"\naccess = "write"')
    mia = next(iter(place.jira.users.values()))
    place.jira.admins.add(mia.account_id)
    place.jira.add_project("SAND", lead=mia)
    return place


def test_a_reading_connection_has_no_canary(place: Place) -> None:
    ran = place.run("doctor", "--canary", "jira:SAND")
    assert ran.code == 2
    assert 'set access = "write"' in ran.err
    assert len(place.jira.issues) == 6


def test_everything_is_written_read_back_and_put_away(writing: Place) -> None:
    before = dict(writing.jira.issues)
    ran = writing.run("doctor", "--canary", "jira:SAND")
    assert ran.code == 0, ran.out + ran.err
    assert "FAIL" not in ran.out
    for what in (
        "create",
        "marker",
        "title",
        "description",
        "status",
        "labels",
        "comment",
        "file",
        "put away",
    ):
        assert f" {what}: " in ran.out
    (made,) = writing.jira.issues.keys() - before.keys()
    assert writing.jira.issues[made].archived
    assert {key: issue.updated for key, issue in before.items()} == {
        key: writing.jira.issues[key].updated for key in before
    }


def test_what_the_screen_lacks_is_told_and_differs(writing: Place) -> None:
    sand = writing.jira.find_project("SAND")
    assert sand is not None
    for action in Action:
        few = Screen(("summary", "issuetype", "project", "labels"), frozenset({"summary"}))
        writing.jira.set_screen(sand, action, few)
    ran = writing.run("--json", "doctor", "--canary", "jira:SAND")
    assert ran.code == 6
    found = {one["what"]: one for one in ran.document["findings"]}
    assert found["due_on"]["state"] == "refused"
    assert found["labels"]["state"] == "ok"
    assert found["put away"]["state"] == "ok"
    assert ran.document["exit_code"] == 6
    assert TOKEN not in ran.out


def test_an_account_that_may_not_create_is_told_so(writing: Place) -> None:
    sand = writing.jira.find_project("SAND")
    assert sand is not None
    writing.jira.deny(Permission.CREATE_ISSUES, sand)
    before = len(writing.jira.issues)
    ran = writing.run("doctor", "--canary", "jira:SAND")
    assert ran.code == 6
    assert "create: " in ran.out
    assert len(writing.jira.issues) == before


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("jira", "takes a connection and a container"),
        ("jira:", "takes a connection and a container"),
        ("design:SAND", "no connection named 'design'"),
        ("jira:NOPE", "no container NOPE"),
    ],
)
def test_a_mistake_is_told_in_one_line(writing: Place, given: str, says: str) -> None:
    ran = writing.run("doctor", "--canary", given)
    assert ran.code == 2
    assert says in ran.err
    assert "Traceback" not in ran.err
