"""Making, editing, archiving and deleting issues, on both kinds of site unless a test says otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from tests.simulator.writer import Writer, refused

from syncline.sim import SimClock
from syncline_connectors.jira.simulator import (
    Action,
    CustomField,
    Face,
    Permission,
    Reverter,
    Screen,
    adf,
)
from syncline_connectors.jira.simulator import entities as e

OFF_SCREEN = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."


@pytest.fixture(params=list(Face), ids=["cloud", "server"])
def writer(request: pytest.FixtureRequest, clock: SimClock) -> Writer:
    return Writer(clock, request.param)


@pytest.fixture
def cloud(clock: SimClock) -> Writer:
    return Writer(clock, Face.CLOUD)


@pytest.fixture
def server(clock: SimClock) -> Writer:
    return Writer(clock, Face.DATA_CENTER)


# ---- new issues ------------------------------------------------------------------------------------------------------


def test_an_issue_is_made_with_all_kinds_of_fields(writer: Writer) -> None:
    site = writer.site
    version, component = site.add_version(writer.project, "1.0"), site.add_component(writer.project, "Core")
    color, team = (
        site.add_field("Color", "select", ["Red", "Blue"]),
        site.add_field("Team", "multiselect", ["A"]),
    )
    size, day = site.add_field("Size", "number"), site.add_field("Day", "date")
    at, notes, who = (
        site.add_field("At", "datetime"),
        site.add_field("Notes", "textarea"),
        site.add_field("Who", "user"),
    )
    issue = writer.made(
        description=writer.rich("Text"),
        labels=["b", "a", "b"],
        priority={"name": "High"},
        assignee=writer.names(writer.ben),
        reporter=writer.names(writer.ben),
        duedate="2026-12-01",
        components=[{"id": component.id}],
        fixVersions=[{"name": "1.0"}],
        **{
            color.id: {"value": "Red"},
            team.id: [{"id": team.options[0].id}],
            size.id: 3,
            day.id: "2026-12-02",
            at.id: "2026-12-02T10:00:00.000+0100",
            notes.id: writer.rich("More"),
            who.id: writer.names(writer.ada),
        },
    )
    told = writer.fields(issue)
    assert (told["labels"], told["priority"]["name"], told["duedate"]) == (["a", "b"], "High", "2026-12-01")
    people = [told[name]["displayName"] for name in ("assignee", "reporter", "creator", who.id)]
    assert people == ["Ben Example", "Ben Example", "Ada Example", "Ada Example"]
    assert [told["components"][0]["name"], told["fixVersions"][0]["id"]] == ["Core", version.id]
    assert (told[color.id]["value"], told[team.id][0]["value"]) == ("Red", "A")
    assert (told[size.id], told[day.id], told[at.id]) == (3.0, "2026-12-02", "2026-12-02T09:00:00.000+0000")
    assert told["description"] == writer.rich("Text")
    assert told[notes.id] == writer.rich("More")
    assert told["status"]["name"] == "To Do"
    assert issue.histories == ()


def test_what_is_not_given_has_its_default(writer: Writer) -> None:
    told = writer.fields(writer.made())
    assert (told["priority"]["name"], told["reporter"]["displayName"]) == ("Medium", "Ada Example")
    assert (told["assignee"], told["description"], told["labels"]) == (None, None, [])


def test_the_answer_names_the_issue(writer: Writer) -> None:
    told = writer.create().json()
    assert (told["id"], told["key"]) == ("10000", "ED-1")
    assert told["self"].endswith(writer.face.prefix + "issue/10000")


WRONG: list[tuple[str, Any, str]] = [
    ("summary", "", "You must specify a summary of the issue."),
    ("summary", None, "You must specify a summary of the issue."),
    ("summary", 5, "Operation value must be a string"),
    ("summary", "a\nb", "The summary is invalid because it contains newline characters."),
    ("labels", ["a b"], "The label 'a b' contains spaces which is invalid."),
    ("labels", "a", "data was not an array"),
    ("priority", {"id": "99"}, "The priority selected is invalid."),
    ("priority", {"name": "Huge"}, "Priority name 'Huge' is not valid"),
    ("components", [{"name": "None"}], "Component name 'None' is not valid"),
    ("fixVersions", [{"id": "99"}], "Version id '99' is not valid"),
    ("duedate", "01.12.2026", "Error parsing date string: 01.12.2026"),
    ("duedate", "20261201", "Error parsing date string: 20261201"),
    ("status", {"name": "Done"}, OFF_SCREEN.format("status")),
    ("customfield_99999", "x", OFF_SCREEN.format("customfield_99999")),
    ("comment", "x", OFF_SCREEN.format("comment")),
    ("issuelinks", [], "Field does not support update 'issuelinks'"),
    (CustomField.SPRINT, [1], "Number value expected as the Sprint id."),
]


@pytest.mark.parametrize(("field", "value", "message"), WRONG)
def test_a_wrong_value_is_told_by_field(writer: Writer, field: str, value: Any, message: str) -> None:
    assert refused(writer.create(**{field: value})) == {field: message}
    assert not writer.site.issues


def test_all_mistakes_are_told_at_once(writer: Writer) -> None:
    told = refused(writer.create(summary="", labels=["a b"], priority={"id": "99"}))
    assert set(told) == {"summary", "labels", "priority"}


@pytest.mark.parametrize("value", [{"value": "Green"}, {"id": "1"}, "Red", None])
def test_a_choice_is_one_of_the_options(writer: Writer, value: Any) -> None:
    color = writer.site.add_field("Color", "select", ["Red"])
    response = writer.create(**{color.id: value})
    assert response.status == (201 if value is None else 400)


def test_a_summary_has_a_longest_length(cloud: Writer, server: Writer) -> None:
    assert refused(cloud.create(summary="x" * 256)) == {"summary": "Summary can't exceed 255 characters."}
    assert refused(server.create(summary="x" * 256)) == {
        "summary": "Summary must be less than 255 characters."
    }
    assert cloud.create(summary="x" * 255).status == server.create(summary="x" * 255).status == 201


def test_a_rich_text_has_a_longest_length(writer: Writer) -> None:
    told = refused(writer.create(description=writer.rich("x" * 32_768)))
    limit = "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
    assert told == {"description": limit}
    assert writer.create(description=writer.rich("x" * 32_766)).status == 201


def test_each_kind_of_site_takes_its_own_rich_text(cloud: Writer, server: Writer) -> None:
    document = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
    assert refused(cloud.create(description="text")) == {"description": document}
    assert refused(server.create(description=adf("text"))) == {
        "description": "Operation value must be a string"
    }
    broken = {"type": "doc", "version": 1, "content": [{"type": "listItem"}]}
    assert refused(cloud.create(description=broken)) == ["INVALID_INPUT"]


def test_each_kind_of_site_names_people_its_own_way(cloud: Writer, server: Writer) -> None:
    assert refused(cloud.create(assignee={"name": "ben"})) == {
        "assignee": "Specify a valid value for assignee"
    }
    object_ = "expected Object containing a 'name' property"
    assert refused(server.create(assignee={"accountId": server.ben.account_id})) == {"assignee": object_}
    assert refused(server.create(assignee={"name": "nobody"})) == {
        "assignee": "User 'nobody' does not exist."
    }
    assert (
        cloud.fields(cloud.made(assignee={"id": cloud.ben.account_id}))["assignee"]["displayName"]
        == "Ben Example"
    )


def test_nobody_gets_work_who_may_not(writer: Writer) -> None:
    gone, bot = writer.person("Cy Example", active=False), writer.person("Bot", account_type="app")
    writer.site.deny(Permission.ASSIGNABLE_USER, writer.project, writer.ben)
    for user in (gone, bot, writer.ben):
        assert "cannot be assigned issues" in refused(writer.create(assignee=writer.names(user)))["assignee"]


def test_the_project_and_the_type_come_first(writer: Writer) -> None:
    for project in ({"key": "NO"}, {}, None):
        told = refused(writer.create(project=project, labels=["a b"]))
        assert told == {"project": "valid project is required"}
    assert set(refused(writer.create(issuetype={"name": "Nothing"}))) == {"issuetype"}
    writer.project.rules.types = ("10002",)
    assert set(refused(writer.create(issuetype={"name": "Bug"}))) == {"issuetype"}
    assert writer.create(issuetype={"id": "10002"}).status == 201


def test_a_hidden_project_is_none(writer: Writer) -> None:
    writer.site.revoke(writer.ada, writer.project)
    assert refused(writer.create()) == {"project": "valid project is required"}


def test_sub_tasks_need_a_parent_in_their_project(writer: Writer) -> None:
    sub = {"issuetype": {"name": "Sub-task"}}
    no_parent = "Issue type is a sub-task but parent issue key or id not specified."
    assert refused(writer.create(**sub)) == {"issuetype": no_parent}
    parent, elsewhere = writer.made(), writer.site.create_issue(writer.site.add_project("SHOP"), "Other")
    child = writer.made(**sub, parent={"key": parent.key})
    assert writer.fields(child)["parent"]["key"] == parent.key
    far = refused(writer.create(**sub, parent={"id": str(elsewhere.id)}))
    assert far == {"project": "Sub-tasks must be created in the same project as the parent."}
    below = refused(writer.create(**sub, parent={"id": str(child.id)}))
    assert below == {"parentId": "Given parent work item does not belong to appropriate hierarchy."}
    assert set(refused(writer.create(**sub, parent={"key": "ED-99"}))) == {"parent"}


def test_epics_are_parents_on_cloud_and_a_field_on_servers(cloud: Writer, server: Writer) -> None:
    epic = cloud.made(issuetype={"name": "Epic"})
    assert cloud.fields(cloud.made(parent={"key": epic.key}))["parent"]["key"] == epic.key
    named = server.made(issuetype={"name": "Epic"}, **{CustomField.EPIC_NAME: "Big"})
    assert refused(server.create(issuetype={"name": "Epic"})) == {
        CustomField.EPIC_NAME: "Epic Name is required."
    }
    assert (
        server.fields(server.made(**{CustomField.EPIC_LINK: named.key}))[CustomField.EPIC_LINK] == named.key
    )
    assert refused(server.create(parent={"key": named.key})) == {"parent": OFF_SCREEN.format("parent")}


def test_a_screen_says_what_may_and_must_be_given(writer: Writer) -> None:
    fields = ("summary", "issuetype", "project", "labels", "duedate")
    screen = Screen(fields, frozenset({"summary", "labels", "duedate"}), {"duedate": "2026-12-24"})
    writer.site.set_screen(writer.project, Action.CREATE, screen, type="Bug")
    bug = {"issuetype": {"name": "Bug"}}
    assert refused(writer.create(**bug)) == {"labels": "Labels is required."}
    off = refused(writer.create(**bug, labels=["a"], description=writer.rich("x")))
    assert off == {"description": OFF_SCREEN.format("description")}
    assert writer.fields(writer.made(**bug, labels=["a"]))["duedate"] == "2026-12-24"
    assert writer.create().status == 201


def test_a_site_tells_what_may_be_given(writer: Writer) -> None:
    color = writer.site.add_field("Color", "select", ["Red"])
    screen = Screen(
        ("summary", "priority", color.id), frozenset({"summary"}), {"priority": writer.site.priority("Low")}
    )
    writer.site.set_screen(writer.project, Action.CREATE, screen)
    rows = "fields" if writer.face is Face.CLOUD else "values"
    told = writer.get("issue/createmeta/ED/issuetypes/10002")[rows]
    assert [(one["fieldId"], one["required"], one["hasDefaultValue"]) for one in told] == [
        ("summary", True, False),
        ("priority", False, True),
        (color.id, False, False),
    ]
    assert [option["value"] for option in told[2]["allowedValues"]] == ["Red"]
    page = writer.get("issue/createmeta/ED/issuetypes/10002", maxResults=1, startAt=1)
    assert (page["total"], [one["fieldId"] for one in page[rows]]) == (3, ["priority"])
    writer.project.rules.types = ("10002", "10004")
    types = writer.get("issue/createmeta/ED/issuetypes")[
        "issueTypes" if writer.face is Face.CLOUD else "values"
    ]
    assert [one["name"] for one in types] == ["Task", "Bug"]


def test_everything_that_is_offered_is_taken(writer: Writer) -> None:
    for place in ("issue/createmeta/ED/issuetypes/10002", "issue/ED-1/editmeta"):
        writer.made()
        told = writer.get(place, **({"maxResults": 200} if "createmeta" in place else {}))
        metas = told.get("values") or told["fields"]
        rows = metas if isinstance(metas, list) else [{**meta, "fieldId": id_} for id_, meta in metas.items()]
        for row in rows:
            for value in row.get("allowedValues", ()):
                wanted = [{"id": value["id"]}] if row["schema"]["type"] == "array" else {"id": value["id"]}
                assert writer.create(**{row["fieldId"]: wanted}).status == 201, row


def test_properties_come_with_an_issue(writer: Writer) -> None:
    body = {"fields": {"project": {"key": "ED"}, "issuetype": {"name": "Task"}, "summary": "S"}}
    marks = [{"key": "mark", "value": {"n": 1}}]
    key = writer.ask("POST", "issue", {**body, "properties": marks}).json()["key"]
    assert writer.get(f"issue/{key}/properties/mark") == {"key": "mark", "value": {"n": 1}}
    long = [{"key": "mark", "value": "x" * 32_768}]
    assert writer.ask("POST", "issue", {**body, "properties": long}).status == 400
    assert len(writer.site.issues) == 1


def test_a_refused_first_transition_leaves_the_issue(writer: Writer) -> None:
    fields = {"project": {"key": "ED"}, "issuetype": {"name": "Task"}, "summary": "S"}
    good = writer.ask("POST", "issue", {"fields": fields, "transition": {"id": "31"}}).json()
    bad = writer.ask("POST", "issue", {"fields": fields, "transition": {"id": "99"}}).json()
    assert (good["transition"]["status"], bad["transition"]["status"]) == (200, 400)
    assert [writer.get(f"issue/{x['key']}")["fields"]["status"]["name"] for x in (good, bad)] == [
        "In Progress",
        "To Do",
    ]


def test_of_many_the_right_ones_are_made(writer: Writer) -> None:
    good = {"fields": {"project": {"key": "ED"}, "issuetype": {"name": "Task"}, "summary": "S"}}
    told = writer.ask("POST", "issue/bulk", {"issueUpdates": [{"fields": {}}, good]})
    assert told.status == 201
    assert [one["key"] for one in told.json()["issues"]] == ["ED-1"]
    assert [one["failedElementNumber"] for one in told.json()["errors"]] == [0]
    assert writer.ask("POST", "issue/bulk", {"issueUpdates": [{"fields": {}}]}).status == 400
    assert writer.ask("POST", "issue/bulk", {"issueUpdates": [good] * 51}).status == 400


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"fields": 5}'])
def test_a_body_that_is_none_is_refused(writer: Writer, body: bytes) -> None:
    assert writer.ask("POST", "issue", body).status == 400


# ---- edits -----------------------------------------------------------------------------------------------------------


def test_an_edit_writes_history_and_moves_updated(writer: Writer) -> None:
    issue = writer.made(summary="Before")
    writer.clock.advance(60)
    assert writer.edit(issue, {"fields": {"summary": " After ", "duedate": "2026-12-01"}}).status == 204
    told = writer.fields(issue)
    assert (told["summary"], told["updated"] > told["created"]) == ("After", True)
    [history] = writer.get(f"issue/{issue.id}", expand="changelog")["changelog"]["histories"]
    assert (history["items"][0]["field"], history["items"][0]["toString"]) == ("summary", "After")
    assert history["author"]["displayName"] == "Ada Example"


def test_an_edit_of_nothing_changes_nothing(writer: Writer) -> None:
    issue = writer.made(summary="Same", labels=["a"])
    updated = issue.updated
    writer.clock.advance(60)
    body = {"fields": {"summary": "Same"}, "update": {"labels": [{"add": "a"}, {"remove": "b"}]}}
    assert writer.edit(issue, body).status == 204
    assert (issue.updated, issue.histories) == (updated, ())


def test_elements_are_added_and_removed(writer: Writer) -> None:
    one, two = (writer.site.add_version(writer.project, name) for name in ("1", "2"))
    issue = writer.made(labels=["a", "b"], fixVersions=[{"id": one.id}])
    versions = [{"remove": {"id": one.id}}, {"add": {"name": "2"}}]
    update = {"labels": [{"add": "c"}, {"remove": "a"}], "fixVersions": versions, "summary": [{"set": "S"}]}
    assert writer.edit(issue, {"update": update}).status == 204
    told = writer.fields(issue)
    assert (told["labels"], [x["id"] for x in told["fixVersions"]], told["summary"]) == (
        ["b", "c"],
        [two.id],
        "S",
    )


def test_a_field_is_given_once(writer: Writer) -> None:
    issue = writer.made()
    body = {"fields": {"labels": ["a"]}, "update": {"labels": [{"add": "b"}]}}
    assert set(refused(writer.edit(issue, body))) == {"labels"}
    assert issue.fields["labels"] == []


@pytest.mark.parametrize("field", ["status", "project", "created", "resolution", "nothing"])
def test_some_fields_are_not_edited(writer: Writer, field: str) -> None:
    issue = writer.made()
    if field == "resolution":
        fields = tuple(x for x in writer.site.fields if x in ("summary", "labels"))
        writer.site.set_screen(writer.project, Action.EDIT, Screen(fields))
    assert refused(writer.edit(issue, {"fields": {field: {"name": "Done"}}})) == {
        field: OFF_SCREEN.format(field)
    }


@pytest.mark.parametrize(("field", "verb"), [("summary", "add"), ("priority", "remove"), ("comment", "edit")])
def test_a_verb_must_suit_the_field(writer: Writer, field: str, verb: str) -> None:
    body = {"update": {field: [{verb: "x"}]}}
    assert refused(writer.edit(writer.made(), body)) == {field: f"Field does not support update '{field}'"}


def test_required_fields_cannot_be_emptied(writer: Writer) -> None:
    issue = writer.made()
    screen = Screen(("summary", "duedate"), frozenset({"summary", "duedate"}))
    writer.site.set_screen(writer.project, Action.EDIT, screen)
    assert writer.edit(issue, {"fields": {"summary": "What was empty may stay so"}}).status == 204
    assert writer.edit(issue, {"fields": {"duedate": "2026-12-01"}}).status == 204
    name = writer.site.fields["duedate"].name
    assert refused(writer.edit(issue, {"fields": {"duedate": None}})) == {"duedate": f"{name} is required."}


def test_fields_are_emptied_by_null(writer: Writer) -> None:
    issue = writer.made(assignee=writer.names(writer.ben), description=writer.rich("x"), duedate="2026-12-01")
    empty = {"assignee": None, "description": None, "duedate": None, "labels": None}
    assert writer.edit(issue, {"fields": empty}).status == 204
    told = writer.fields(issue)
    assert [told[name] for name in empty] == [None, None, None, []]


def test_a_parent_is_taken_away(cloud: Writer) -> None:
    epic = cloud.made(issuetype={"name": "Epic"})
    issue = cloud.made(parent={"key": epic.key})
    assert cloud.edit(issue, {"update": {"parent": [{"set": {"none": True}}]}}).status == 204
    assert cloud.fields(issue)["parent"] is None


def test_an_update_hangs_comments_and_links(writer: Writer) -> None:
    one, two = writer.made(), writer.made()
    update = {
        "comment": [{"add": {"body": writer.rich("Said")}}],
        "issuelinks": [{"add": {"type": {"name": "Blocks"}, "outwardIssue": {"key": two.key}}}],
    }
    assert writer.edit(one, {"update": update}).status == 204
    told = writer.fields(one)
    assert told["comment"]["comments"][0]["body"] == writer.rich("Said")
    assert told["issuelinks"][0]["outwardIssue"]["key"] == two.key
    writer.site.deny(Permission.ADD_COMMENTS, writer.project)
    assert writer.edit(one, {"update": update, "fields": {"summary": "No"}}).status == 400
    assert writer.fields(one)["summary"] == "New"


def test_who_may_not_edit_finds_no_field_on_the_screen(writer: Writer) -> None:
    issue = writer.made()
    writer.site.deny(Permission.EDIT_ISSUES, writer.project, writer.ada)
    assert writer.get(f"issue/{issue.id}/editmeta") == {"fields": {}}
    assert refused(writer.edit(issue, {"fields": {"summary": "x"}})) == {
        "summary": OFF_SCREEN.format("summary")
    }


@pytest.mark.parametrize(
    ("permission", "field"),
    [
        (Permission.MODIFY_REPORTER, "reporter"),
        (Permission.ASSIGN_ISSUES, "assignee"),
        (Permission.SCHEDULE_ISSUES, "duedate"),
    ],
)
def test_some_fields_need_a_right_of_their_own(writer: Writer, permission: Permission, field: str) -> None:
    writer.site.deny(permission, writer.project, writer.ada)
    assert refused(writer.edit(writer.made(), {"fields": {field: None}})) == {field: OFF_SCREEN.format(field)}


def test_only_administrators_are_silent(writer: Writer) -> None:
    issue = writer.made()
    assert writer.edit(issue, {"fields": {"summary": "x"}}, notifyUsers="false").status == 403
    writer.site.grant(Permission.ADMINISTER_PROJECTS, writer.project, writer.ada)
    assert writer.edit(issue, {"fields": {"summary": "x"}}, notifyUsers="false").status == 204


def test_the_issue_is_returned_when_asked_for(cloud: Writer) -> None:
    response = cloud.edit(cloud.made(), {"fields": {"summary": "x"}}, returnIssue="true")
    assert (response.status, response.json()["fields"]["summary"]) == (200, "x")


def test_two_edits_at_one_moment_collide_where_the_site_says_so(writer: Writer) -> None:
    issue = writer.made()
    writer.site.set_quirks(conflict_within=0.5)
    assert writer.edit(issue, {"fields": {"summary": "x"}}).status == 409
    writer.clock.advance(1)
    assert writer.edit(issue, {"fields": {"summary": "x"}}).status == 204


def test_a_refusal_can_be_ordered(writer: Writer) -> None:
    issue = writer.made()
    writer.site.refuse("PUT", "issue/{id}", 422, "Misconfigured", times=2)
    codes = [writer.edit(issue, {"fields": {"summary": "x"}}).status for _ in range(3)]
    assert codes == [422, 422, 204]


def test_an_automation_sets_back_what_was_written(writer: Writer) -> None:
    issue, robot = writer.made(summary="Mine"), writer.person("Robot", account_type="app")
    rule = Reverter(frozenset({"summary", "status"}), robot, times=2)
    writer.site.reverters.append(rule)
    assert writer.edit(issue, {"fields": {"summary": "Yours", "labels": ["x"]}}).status == 204
    told = writer.fields(issue)
    assert (told["summary"], told["labels"], rule.done) == ("Mine", ["x"], [issue.id])
    assert [history.author for history in issue.histories] == [writer.ada, robot]
    assert writer.ask("POST", f"issue/{issue.id}/transitions", {"transition": {"id": "31"}}).status == 204
    assert writer.fields(issue)["status"]["name"] == "To Do"
    assert writer.edit(issue, {"fields": {"summary": "Yours"}}).status == 204
    assert writer.fields(issue)["summary"] == "Yours"


def test_what_is_not_there_or_not_seen_is_not_edited(writer: Writer) -> None:
    issue = writer.made()
    assert writer.ask("PUT", "issue/ED-99", {"fields": {"summary": "x"}}).status == 404
    writer.site.revoke(writer.ada, writer.project)
    expected = 404 if writer.face is Face.CLOUD else 403
    assert writer.edit(issue, {"fields": {"summary": "x"}}).status == expected


# ---- to whom it is given ---------------------------------------------------------------------------------------------


def test_work_is_given(writer: Writer) -> None:
    issue = writer.made()
    key = "accountId" if writer.face is Face.CLOUD else "name"
    path = f"issue/{issue.id}/assignee"
    told = []
    for value in (writer.names(writer.ada)[key], None, "-1"):
        assert writer.ask("PUT", path, {key: value}).status == 204
        told.append(issue.fields["assignee"])
    assert told == [writer.ada, None, writer.ben]
    assert writer.ask("PUT", path, {}).status == 400
    assert writer.ask("PUT", path, {"name": "ada", "accountId": "1"}).status == 400
    assert set(refused(writer.ask("PUT", path, {key: "nobody"}))) == {"assignee"}
    writer.site.deny(Permission.ASSIGN_ISSUES, writer.project)
    assert writer.ask("PUT", path, {key: None}).status == 403


def test_who_may_get_work_is_told(writer: Writer) -> None:
    writer.person("Cy Example", active=False)
    query = {"query": ""} if writer.face is Face.CLOUD else {}
    everybody = writer.get("user/assignable/search", project="ED", **query)
    assert {user["displayName"] for user in everybody} == {"Ada Example", "Ben Example"}
    word = "query" if writer.face is Face.CLOUD else "username"
    [found] = writer.get("user/assignable/search", issueKey=writer.made().key, **{word: "be"})
    assert found["displayName"] == "Ben Example"
    assert writer.ask("GET", "user/assignable/search", query="x").status == 400


# ---- removal ---------------------------------------------------------------------------------------------------------


def test_an_issue_with_parts_is_not_deleted_unasked(writer: Writer) -> None:
    parent = writer.made()
    writer.made(issuetype={"name": "Sub-task"}, parent={"key": parent.key})
    [told] = refused(writer.ask("DELETE", f"issue/{parent.id}"))
    assert "deleteSubtasks" in told
    assert writer.ask("DELETE", f"issue/{parent.id}", deleteSubtasks="true").status == 204
    assert writer.site.issues == {}
    assert writer.ask("GET", f"issue/{parent.id}").status == 404


def test_deletion_needs_a_right(writer: Writer) -> None:
    writer.site.deny(Permission.DELETE_ISSUES, writer.project, writer.ada)
    assert writer.ask("DELETE", f"issue/{writer.made().id}").status == 403


def test_the_archive_of_cloud_tells_each_failure(cloud: Writer) -> None:
    parent = cloud.made()
    child = cloud.made(issuetype={"name": "Sub-task"}, parent={"key": parent.key})
    body = {"issueIdsOrKeys": [parent.key, child.key, "ED-99"]}
    assert cloud.ask("PUT", "issue/archive", body).status == 403
    cloud.site.admins.add(cloud.ada.account_id)
    told = cloud.ask("PUT", "issue/archive", body).json()
    assert told["numberOfIssuesUpdated"] == 2
    assert {kind: x["issueIdsOrKeys"] for kind, x in told["errors"].items()} == {
        "issueIsSubtask": [child.key],
        "issuesNotFound": ["ED-99"],
    }
    assert cloud.ask("PUT", "issue/archive", {"issueIdsOrKeys": ["ED-99"]}).status == 400
    assert cloud.ask("PUT", "issue/archive", {"issueIdsOrKeys": ["ED-1"] * 1001}).status == 412
    archived = refused(cloud.edit(parent, {"fields": {"summary": "x"}}))
    assert archived == {"summary": OFF_SCREEN.format("summary")}
    assert cloud.get(f"issue/{parent.id}/transitions")["transitions"] == []
    assert cloud.ask("POST", f"issue/{parent.id}/comment", {"body": adf("x")}).status == 400
    assert (
        cloud.ask("PUT", "issue/unarchive", {"issueIdsOrKeys": [parent.key]}).json()["numberOfIssuesUpdated"]
        == 2
    )
    assert cloud.edit(parent, {"fields": {"summary": "x"}}).status == 204


def test_the_archive_of_servers_takes_one(server: Writer) -> None:
    issue = server.made()
    assert server.ask("PUT", f"issue/{issue.key}/archive").status == 403
    server.site.grant(Permission.ARCHIVE_ISSUES, server.project, server.ada)
    assert server.ask("PUT", f"issue/{issue.key}/archive").status == 204
    assert (issue.archived, server.ask("PUT", f"issue/{issue.key}/archive").status) == (True, 409)
    assert server.ask("PUT", f"issue/{issue.key}/restore").status == 204
    assert not issue.archived


# ---- who is not logged in --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "issue", 401),
        ("PUT", "issue/ED-1", 401),
        ("DELETE", "issue/ED-1", 401),
        ("POST", "issue/ED-1/transitions", 401),
        ("POST", "issue/ED-1/comment", 401),
        ("POST", "issueLink", 401),
        ("PUT", "issue/ED-1/properties/x", 401),
        ("PUT", "issue/ED-1/assignee", 403),
        ("DELETE", "issue/ED-1/comment/1", 405),
        ("POST", "issue/ED-1/attachments", 403),
    ],
)
def test_nobody_writes_without_a_login(writer: Writer, method: str, path: str, status: int) -> None:
    writer.project.public = True
    issue = writer.made()
    writer.headers = []
    assert writer.ask(method, path, {"fields": {"summary": "x"}}).status == status
    assert (issue.fields["summary"], issue.histories, len(writer.site.issues)) == ("New", (), 1)


def test_one_issue_is_not_written_too_often(cloud: Writer) -> None:
    issue = cloud.made()
    codes = [cloud.edit(issue, {"fields": {"summary": str(n)}}).status for n in range(21)]
    assert codes == [204] * 20 + [429]
    last = cloud.edit(issue, {"fields": {"summary": "x"}})
    assert (last.header("RateLimit-Reason"), last.header("Retry-After")) == ("jira-per-issue-on-write", "2")
    assert cloud.edit(cloud.made(), {"fields": {"summary": "x"}}).status == 204
    for _ in range(4):
        cloud.clock.advance(2)
        codes = [cloud.edit(issue, {"fields": {"summary": str(n)}}).status for n in range(20)]
        assert codes == [204] * 20
    cloud.clock.advance(2)
    assert cloud.edit(issue, {"fields": {"summary": "x"}}).status == 429
    cloud.clock.advance(21)
    assert cloud.edit(issue, {"fields": {"summary": "x"}}).status == 204
    assert cloud.site.limits.refused["jira-per-issue-on-write"] == 3


# ---- what was loaded -------------------------------------------------------------------------------------------------


def test_real_documents_can_be_written_to(cloud: Writer) -> None:
    status = {"id": "10011", "name": "To Do", "statusCategory": {"key": "new"}}
    fields = {
        "project": {"id": "10000", "key": "ED"},
        "summary": "Loaded",
        "created": "2026-01-01T10:00:00.000+0000",
        "status": status,
        "issuetype": {"id": "10002", "name": "Task", "subtask": False, "hierarchyLevel": 0},
        "components": [{"id": "7", "name": "Old"}],
        "assignee": {"accountId": "abc", "displayName": "Cy Example"},
    }
    [issue] = cloud.site.load([{"id": "500", "key": "ED-50", "fields": fields}])
    new = cloud.site.add_component(cloud.project, "New")
    old = e.Component("7", "Old", cloud.project)
    cloud.project.components.append(old)
    update = {"components": [{"remove": {"id": "7"}}, {"add": {"id": new.id}}]}
    assert (
        cloud.edit(issue, {"fields": {"summary": "Written", "assignee": None}, "update": update}).status
        == 204
    )
    assert cloud.ask("POST", "issue/ED-50/transitions", {"transition": {"id": "61"}}).status == 204
    assert cloud.ask("POST", "issue/ED-50/comment", {"body": adf("x")}).status == 201
    told = cloud.fields(issue)
    assert (told["summary"], told["assignee"], told["status"]["name"]) == ("Written", None, "Done")
    assert [one["name"] for one in told["components"]] == ["New"]
    assert issue.histories[0].items[1]["from"] == "abc"
    assert cloud.made().key == "ED-51"
