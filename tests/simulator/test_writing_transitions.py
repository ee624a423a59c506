"""Transitions: workflows as tests set them, on both kinds of site."""

from __future__ import annotations

import pytest
from tests.simulator.writer import Writer, refused

from syncline.sim import SimClock, SimResponse
from syncline_connectors.jira.simulator import Face, Permission, Transition, Workflow
from syncline_connectors.jira.simulator.issues import Issue

NARROW = Workflow(
    "To Do",
    (
        Transition("Start progress", "In Progress", sources=("To Do",)),
        Transition(
            "Finish",
            "Done",
            sources=("In Progress",),
            fields=("assignee",),
            required=frozenset({"resolution"}),
        ),
        Transition("Give up", "Won't Do"),
        Transition("Ask Ben", "In Review", condition=lambda issue, user: user.name == "Ben Example"),
        Transition(
            "Block",
            "Blocked",
            validator=lambda issue, values: None if issue.fields["labels"] else "A label is needed first.",
            id="711",
        ),
    ),
)


@pytest.fixture(params=list(Face), ids=["cloud", "server"])
def writer(request: pytest.FixtureRequest, clock: SimClock) -> Writer:
    return Writer(clock, request.param)


@pytest.fixture
def narrow(writer: Writer) -> Writer:
    writer.site.set_workflow(writer.project, NARROW)
    return writer


def ways(writer: Writer, issue: Issue) -> dict[str, str]:
    """Where the open transitions lead, by id."""
    told = writer.get(f"issue/{issue.id}/transitions")["transitions"]
    return {way["id"]: way["to"]["name"] for way in told}


def go(writer: Writer, issue: Issue, id_: object, **more: object) -> SimResponse:
    return writer.ask("POST", f"issue/{issue.id}/transitions", {"transition": {"id": id_}, **more})


def status(writer: Writer, issue: Issue) -> str:
    name: str = writer.fields(issue)["status"]["name"]
    return name


def test_by_default_every_status_is_one_step_away(writer: Writer) -> None:
    issue = writer.made()
    assert set(ways(writer, issue).values()) == {x.name for x in writer.site.statuses.values()}
    assert go(writer, issue, "61").status == 204
    told = writer.fields(issue)
    assert (told["status"]["name"], told["resolution"]["name"]) == ("Done", "Done")
    assert told["resolutiondate"] == told["updated"]
    assert go(writer, issue, 21).status == 204
    assert (status(writer, issue), writer.fields(issue)["resolution"]) == ("To Do", None)


def test_only_what_is_open_from_here_is_told(narrow: Writer) -> None:
    issue = narrow.made()
    assert ways(narrow, issue) == {"11": "In Progress", "31": "Won't Do", "711": "Blocked"}
    assert go(narrow, issue, "11").status == 204
    assert ways(narrow, issue) == {"21": "Done", "31": "Won't Do", "711": "Blocked"}
    [one] = narrow.get(f"issue/{issue.id}/transitions", transitionId="31")["transitions"]
    assert one["name"] == "Give up"


@pytest.mark.parametrize("id_", ["21", "41", "99", "x"])
def test_what_is_not_open_is_not_valid(narrow: Writer, id_: str) -> None:
    issue = narrow.made()
    told = [f"Transition id '{id_}' is not valid for this issue."]
    assert refused(go(narrow, issue, id_)) == told
    assert status(narrow, issue) == "To Do"


def test_a_transition_must_be_named(narrow: Writer) -> None:
    path = f"issue/{narrow.made().id}/transitions"
    bodies: list[dict[str, object]] = [{}, {"transition": {}}, {"transition": "11"}]
    for body in bodies:
        assert refused(narrow.ask("POST", path, body)) == ["Missing 'transition' identifier"]


def test_a_screen_demands_its_fields(narrow: Writer) -> None:
    issue = narrow.made()
    go(narrow, issue, "11")
    assert refused(go(narrow, issue, "21")) == {"resolution": "Resolution is required."}
    off = "Field 'summary' cannot be set. It is not on the appropriate screen, or unknown."
    assert refused(go(narrow, issue, "21", fields={"summary": "x", "resolution": {"id": "10000"}})) == {
        "summary": off
    }
    assert status(narrow, issue) == "In Progress"
    given = {"resolution": {"name": "Duplicate"}, "assignee": narrow.names(narrow.ben)}
    comment = {"comment": [{"add": {"body": narrow.rich("Twice")}}]}
    assert go(narrow, issue, "21", fields=given, update=comment).status == 204
    told = narrow.fields(issue)
    assert (told["resolution"]["name"], told["assignee"]["displayName"]) == ("Duplicate", "Ben Example")
    assert (told["status"]["name"], told["comment"]["comments"][0]["body"]) == ("Done", narrow.rich("Twice"))
    fields = [item["field"] for item in issue.histories[-1].items]
    assert sorted(fields) == ["assignee", "resolution", "status"]


def test_without_a_screen_no_comment_goes_along(narrow: Writer) -> None:
    comment = {"comment": [{"add": {"body": narrow.rich("Why")}}]}
    assert set(refused(go(narrow, narrow.made(), "31", update=comment))) == {"comment"}


def test_the_fields_of_a_screen_are_told_when_asked_for(narrow: Writer) -> None:
    issue = narrow.made()
    go(narrow, issue, "11")
    path = f"issue/{issue.id}/transitions"
    assert "fields" not in narrow.get(path)["transitions"][0]
    told = narrow.get(path, expand="transitions.fields")["transitions"]
    assert [sorted(way["fields"]) for way in told] == [["assignee", "resolution"], [], []]
    resolution = told[0]["fields"]["resolution"]
    assert (resolution["required"], resolution["allowedValues"][0]["name"]) == (True, "Done")
    if narrow.face is Face.CLOUD:
        shown = [(way["hasScreen"], way["isGlobal"]) for way in told]
        assert shown == [(True, False), (False, True), (False, True)]


def test_a_condition_hides_a_way_from_some(narrow: Writer) -> None:
    issue = narrow.made()
    narrow.headers = narrow.login(narrow.ben)
    assert ways(narrow, issue)["41"] == "In Review"
    assert go(narrow, issue, "41").status == 204


def test_a_validator_refuses_in_its_own_words(narrow: Writer) -> None:
    issue = narrow.made()
    assert refused(go(narrow, issue, "711")) == ["A label is needed first."]
    assert (status(narrow, issue), issue.histories) == ("To Do", ())
    narrow.site.edit(issue, {"labels": ["x"]})
    assert go(narrow, issue, "711").status == 204


def test_the_same_number_means_another_way_in_another_workflow(narrow: Writer) -> None:
    bugs = Workflow("Backlog", (Transition("Solve", "Done"),))
    narrow.site.set_workflow(narrow.project, bugs, type="Bug")
    bug, task = narrow.made(issuetype={"name": "Bug"}), narrow.made()
    assert (status(narrow, bug), status(narrow, task)) == ("Backlog", "To Do")
    assert (ways(narrow, bug)["11"], ways(narrow, task)["11"]) == ("Done", "In Progress")
    statuses = {
        one["name"]: [x["name"] for x in one["statuses"]] for one in narrow.get("project/ED/statuses")
    }
    assert statuses["Bug"] == ["Backlog", "Done"]
    assert statuses["Task"] == ["To Do", "In Progress", "Done", "Won't Do", "In Review", "Blocked"]


def test_a_workflow_names_statuses_that_there_are(writer: Writer) -> None:
    with pytest.raises(KeyError):
        writer.site.set_workflow(writer.project, Workflow("To Do", (Transition("Go", "Nowhere"),)))


def test_who_may_not_transition_is_told_of_no_way(writer: Writer) -> None:
    issue = writer.made()
    writer.site.deny(Permission.TRANSITION_ISSUES, writer.project, writer.ada)
    assert ways(writer, issue) == {}
    assert refused(go(writer, issue, "31")) == ["Transition id '31' is not valid for this issue."]


def test_a_way_to_where_one_stands_changes_only_the_time(writer: Writer) -> None:
    """A global transition may be gone again and again, as reported of the real service."""
    issue = writer.made()
    codes = [go(writer, issue, "31").status for _ in range(2)]
    assert codes == [204, 204]
    assert status(writer, issue) == "In Progress"


def test_permissions_are_told(writer: Writer) -> None:
    query = {"permissions": "TRANSITION_ISSUES,EDIT_ISSUES,ADMINISTER", "projectKey": "ED"}
    writer.site.deny(Permission.TRANSITION_ISSUES, writer.project, writer.ada)
    told = writer.get("mypermissions", **query)["permissions"]
    assert [told[key]["havePermission"] for key in query["permissions"].split(",")] == [False, True, False]
    writer.site.admins.add(writer.ada.account_id)
    assert writer.get("mypermissions", **query)["permissions"]["ADMINISTER"]["havePermission"]
