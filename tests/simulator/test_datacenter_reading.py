"""What a simulated server tells of issues, people, projects and boards, and how that differs from Cloud."""

from __future__ import annotations

from typing import Any

import pytest
from tests.simulator.datacenter import Instance

from syncline.sim import SimClock
from syncline_connectors.jira.simulator import CustomField, Server


@pytest.fixture
def instance(clock: SimClock) -> Instance:
    return Instance(clock)


def fields(instance: Instance, key: str) -> Any:
    return instance.get(f"issue/{key}").json()["fields"]


# ---- issues ----------------------------------------------------------------------------------------------------------


def test_texts_are_wiki_markup(instance: Instance) -> None:
    instance.site.create_issue(instance.editor, "A", fields={"description": "h1. *Bold* <b>"})
    issue = instance.get("issue/ED-1", expand="renderedFields").json()
    assert issue["fields"]["description"] == "h1. *Bold* <b>"
    assert issue["renderedFields"]["description"] == "<p>h1. *Bold* &lt;b&gt;</p>"
    assert issue["renderedFields"]["created"] == "02/Mar/26 10:00 AM"
    assert issue["renderedFields"]["summary"] is None


def test_a_search_gives_navigable_fields_and_a_look_gives_all(instance: Instance) -> None:
    instance.site.create_issue(instance.editor, "A")
    shown = set(instance.search("project = ED")["issues"][0]["fields"])
    every = set(fields(instance, "ED-1"))
    assert every - shown == {"comment", "worklog", "attachment", "timetracking"}
    assert {"votes", "watches", "progress", "archiveddate"} <= shown
    assert not {"statusCategory", "statuscategorychangedate", "parent"} & every


def test_fields_may_be_named_in_every_way(instance: Instance) -> None:
    instance.site.create_issue(instance.editor, "A")
    assert set(instance.search("", fields=["summary,status", "labels"])["issues"][0]["fields"]) == {
        "summary",
        "status",
        "labels",
    }
    only = instance.get("search", jql="", fields="key").json()["issues"][0]
    assert set(only) == {"expand", "id", "self", "key"}
    kept = instance.get("search", jql="", fields="-description").json()["issues"][0]["fields"]
    assert "summary" in kept
    assert "description" not in kept


def test_names_and_schema_on_request(instance: Instance) -> None:
    instance.site.create_issue(instance.editor, "A")
    for answer in (
        instance.search("", expand=["names", "schema"]),
        instance.get("search", jql="", expand="names,schema").json(),
        instance.get("issue/ED-1", expand="names,schema").json(),
    ):
        assert answer["names"]["fixVersions"] == "Fix Version/s"
        assert answer["schema"]["summary"] == {"type": "string", "system": "summary"}
        assert answer["names"].keys() >= answer["schema"].keys()
    assert "names" not in instance.search("")


def test_comments_are_whole_and_worklogs_stop_at_twenty(instance: Instance) -> None:
    issue = instance.site.create_issue(instance.editor, "Busy")
    for number in range(45):
        instance.site.comment(issue, f"*Comment* {number}", by=instance.mia)
        instance.site.worklog(issue, 60, by=instance.mia)
    shown = instance.search("", fields=["comment", "worklog"])["issues"][0]["fields"]
    for told in (shown, fields(instance, "ED-1")):
        assert (len(told["comment"]["comments"]), told["comment"]["maxResults"]) == (45, 45)
        assert (len(told["worklog"]["worklogs"]), told["worklog"]["total"]) == (20, 45)
    assert shown["comment"]["comments"][0]["body"] == "*Comment* 0"
    page = instance.get("issue/ED-1/comment", startAt=40, maxResults=3, orderBy="-created").json()
    assert (page["startAt"], page["maxResults"], page["total"]) == (40, 3, 45)
    assert [c["body"] for c in page["comments"]] == ["*Comment* 4", "*Comment* 3", "*Comment* 2"]
    assert instance.get("issue/ED-1/comment").json()["maxResults"] == 1048576
    assert len(instance.get("issue/ED-1/worklog", maxResults=5).json()["worklogs"]) == 45


def test_restricted_comments_name_a_role_without_an_identifier(instance: Instance) -> None:
    issue = instance.site.create_issue(instance.editor, "A")
    role = {"type": "role", "value": "Administrators"}
    instance.site.comment(issue, "Hidden", by=instance.mia, visibility=role)
    told = instance.get("issue/ED-1/comment").json()["comments"][0]
    assert told["visibility"] == role
    assert "jsdPublic" not in told


def test_the_changelog_is_whole_and_oldest_first(instance: Instance) -> None:
    issue = instance.site.create_issue(instance.editor, "A")
    for number in range(120):
        instance.site.edit(issue, {"summary": f"A {number}"}, by=instance.mia)
    for answer in (
        instance.search("", expand=["changelog"])["issues"][0],
        instance.get("issue/ED-1", expand="changelog").json(),
    ):
        log = answer["changelog"]
        assert (log["startAt"], log["maxResults"], log["total"]) == (0, 120, 120)
        assert [h["items"][0]["toString"] for h in log["histories"]] == [f"A {n}" for n in range(120)]
        assert "fieldId" not in log["histories"][0]["items"][0]
        assert log["histories"][0]["author"]["name"] == "mia"


def test_links_are_told_of_issues_not_of_work_items(instance: Instance) -> None:
    one, two = (instance.site.create_issue(instance.editor, name) for name in "AB")
    instance.site.link(one, "Blocks", two, by=instance.mia)
    log = instance.get("issue/ED-2", expand="changelog").json()["changelog"]
    assert log["histories"][0]["items"][0]["toString"] == "This issue is blocked by ED-1"


def test_only_sub_tasks_have_a_parent_and_epics_are_in_a_field_of_their_own(clock: SimClock) -> None:
    for shown in (False, True):
        instance = Instance(clock, server=Server(epic_parents=shown))
        epic = instance.site.create_issue(instance.editor, "E", type="Epic")
        story = instance.site.create_issue(instance.editor, "S", type="Story", fields={"parent": epic})
        instance.site.create_issue(instance.editor, "T", type="Sub-task", fields={"parent": story})
        assert fields(instance, "ED-3")["parent"]["key"] == "ED-2"
        assert fields(instance, "ED-3")[CustomField.EPIC_LINK] is None
        assert fields(instance, "ED-2")[CustomField.EPIC_LINK] == "ED-1"
        assert ("parent" in fields(instance, "ED-2")) is shown
        assert [x["key"] for x in fields(instance, "ED-2")["subtasks"]] == ["ED-3"]
        type_ = fields(instance, "ED-1")["issuetype"]
        assert (type_["subtask"], "hierarchyLevel" in type_) == (False, False)


SPRINTS = {
    "8.5.3": "Sprint@1[id=1,rapidViewId=1,state=ACTIVE,name=One, two,startDate=2026-03-02T09:00:00.000Z,"
    "endDate=<null>,completeDate=<null>,sequence=1,goal=<null>]",
    "9.12.15": "Sprint@1[id=1,rapidViewId=1,state=ACTIVE,name=One, two,startDate=2026-03-02T09:00:00.000Z,"
    "endDate=<null>,completeDate=<null>,activatedDate=2026-03-02T09:00:00.000Z,sequence=1,goal=,synced=false,"
    "autoStartStop=false,incompleteIssuesDestinationId=<null>]",
    "10.3.19": "Sprint@1[activatedDate=2026-03-02T09:00:00.000Z,autoStartStop=false,completeDate=<null>,"
    "endDate=<null>,goal=,id=1,incompleteIssuesDestinationId=<null>,name=One, two,rapidViewId=1,sequence=1,"
    "startDate=2026-03-02T09:00:00.000Z,state=ACTIVE,synced=false]",
}


@pytest.mark.parametrize("version", SPRINTS)
def test_sprints_are_texts_or_objects(clock: SimClock, version: str) -> None:
    shown = []
    for texts in (True, False):
        instance = Instance(clock, server=Server(version=version, sprint_texts=texts))
        board = instance.site.add_board(instance.editor)
        sprint = instance.site.add_sprint(board, "One, two", state="active", start=clock.now())
        instance.site.create_issue(instance.editor, "A", fields={CustomField.SPRINT: [sprint]})
        shown += fields(instance, "ED-1")[CustomField.SPRINT]
        known = {f["id"]: f for f in instance.get("field").json()}
        assert known[CustomField.SPRINT]["schema"]["items"] == ("string" if texts else "json")
    assert shown[0] == f"com.atlassian.greenhopper.service.sprint.{SPRINTS[version]}"
    assert (shown[1]["id"], shown[1]["state"]) == (1, "active")


def test_times_carry_the_callers_offset_and_spent_time_is_added_up(instance: Instance) -> None:
    issue = instance.site.create_issue(instance.editor, "A", fields={"timeestimate": 3600})
    part = instance.site.create_issue(instance.editor, "B", type="Sub-task", fields={"parent": issue})
    instance.site.worklog(issue, 3600, by=instance.mia)
    instance.site.worklog(part, 1800, by=instance.mia)
    told = fields(instance, "ED-1")
    assert told["updated"] == "2026-03-02T10:00:00.000+0100"
    assert told["progress"] == {"progress": 3600, "total": 7200, "percent": 50}
    assert told["aggregatetimespent"] == 5400
    assert told["timetracking"]["timeSpent"] == "1h"
    assert told["worklog"]["worklogs"][0]["timeSpent"] == "1h"


# ---- people ----------------------------------------------------------------------------------------------------------


def test_people_are_found_by_key_and_by_name(instance: Instance) -> None:
    by_key = instance.get("user", key="JIRAUSER10100").json()
    assert by_key == instance.get("user", username="Mia").json()
    assert by_key["self"] == "https://jira.example.com/rest/api/2/user?username=mia"
    assert instance.get("user", username="nobody").status == 404
    assert instance.get("user", accountId="JIRAUSER10100").status == 404


def test_who_is_renamed_keeps_the_key(instance: Instance) -> None:
    issue = instance.site.create_issue(instance.editor, "A", fields={"assignee": instance.mia})
    other = instance.person("Ada Example")
    instance.site.rename(instance.mia, "mia.new")
    instance.site.rename(other, "mia")
    told = fields(instance, issue.key)["assignee"] if instance.get("myself").status == 200 else None
    assert told is None
    token = [("Authorization", "Bearer token-of-mia")]
    told = instance.ask("GET", "issue/ED-1", headers=token).json()["fields"]["assignee"]
    assert (told["name"], told["key"]) == ("mia.new", "JIRAUSER10100")
    assert instance.ask("GET", "user?username=mia", headers=token).json()["key"] == other.account_id
    found = instance.ask("GET", "search?jql=assignee=mia.new", headers=token).json()
    assert found["total"] == 1
    assert instance.ask("GET", "search?jql=assignee=mia", headers=token).json()["total"] == 0


def test_who_is_anonymized_keeps_the_key_alone(instance: Instance) -> None:
    ada = instance.person("Ada Example")
    instance.site.create_issue(instance.editor, "A", fields={"assignee": ada})
    instance.site.anonymize(ada)
    told = fields(instance, "ED-1")["assignee"]
    assert (told["key"], told["name"], told["active"]) == ("JIRAUSER10200", "jirauser10200", False)
    assert told["displayName"].startswith("user-")
    assert told["emailAddress"] == "JIRAUSER10200@jira.invalid"
    assert "Ada" not in str(told)


def test_old_keys_are_former_names_and_e_mail_may_be_hidden(instance: Instance) -> None:
    instance.site.add_user(
        "Ada Example", account_id="ada", username="ada", email="ada@example.com", email_visible=False
    )
    told = instance.get("user", key="ada").json()
    assert told["key"] == "ada"
    assert "emailAddress" not in told


def test_a_list_of_people_has_no_envelope_and_leaves_out_who_has_gone(instance: Instance) -> None:
    for number in range(60):
        instance.site.add_user(
            f"Ada {number:02d}", email=f"ada{number:02d}@example.com", active=number % 2 == 0
        )
    first = instance.get("user/search", username=".").json()
    assert len(first) == len(instance.get("user/search", username="ada", maxResults=5000).json()) + 1 == 31
    assert [u["name"] for u in first[:2]] == ["ada00", "ada02"]
    assert instance.get("user/search", username=".", startAt=30).json() == first[30:]
    every = instance.get("user/search", username=".", includeInactive="true", maxResults=1000).json()
    assert len(every) == 61
    assert instance.get("user/search", query="ada").status == 400


def test_all_people_can_be_listed_by_a_cursor_since_10_3(clock: SimClock) -> None:
    instance = Instance(clock, server=Server(version="10.3.19"))
    for number in range(150):
        instance.site.add_user(f"Ada {number}", email=f"ada{number}@example.com", active=number % 2 == 0)
    assert (
        len(instance.get("user/search", username=".", includeInactive="true", maxResults=1000).json()) == 100
    )
    found, page = [], instance.get("user/list", maxResults=40).json()
    while True:
        found += [person["key"] for person in page["values"]]
        assert page["maxResults"] == 40
        if page["isLast"]:
            break
        instance.site.add_user("Late Example", email=f"late{len(found)}@example.com")
        page = instance.get("user/list", maxResults=40, cursor=page["nextCursor"]).json()
    assert len(found) == len(set(found)) >= 151
    assert "nextCursor" not in page
    assert instance.get("user/list").json()["maxResults"] == 2000
    assert instance.get("user/list", cursor=2**33).json()["values"] == []
    assert instance.ask("GET", "user/list", headers=[]).status == 401
    assert Instance(clock).get("user/list").status == 404


# ---- projects, lists and boards --------------------------------------------------------------------------------------


def test_projects_come_in_one_list(instance: Instance) -> None:
    for number in range(70):
        instance.site.add_project(f"P{number}")
    instance.shop.archived = True
    told = instance.get("project", maxResults=10).json()
    assert len(told) == 71
    assert "lead" not in told[0]
    lead = next(p for p in instance.get("project", expand="lead").json() if p["key"] == "ED")["lead"]
    assert lead["key"] == "JIRAUSER10100"
    assert len(instance.get("project", includeArchived="true").json()) == 72
    assert instance.get("project/search").status == 404
    instance.site.revoke(instance.mia, instance.editor)
    assert instance.get("project/ED").status == 404


def test_versions_with_and_without_pages(instance: Instance) -> None:
    made = [instance.site.add_version(instance.editor, f"1.{n}") for n in range(60)]
    assert len(instance.get("project/ED/versions").json()) == 60
    page = instance.get("project/ED/version", startAt=50).json()
    assert (len(page["values"]), page["total"], page["isLast"]) == (10, 60, True)
    assert instance.get(f"version/{made[3].id}").json()["name"] == "1.3"
    assert len(instance.get("project/ED/statuses").json()) == 5


def test_lists_and_their_single_elements(instance: Instance) -> None:
    for path in ("status", "priority", "resolution", "issuetype"):
        every = instance.get(path).json()
        assert instance.get(f"{path}/{every[0]['id']}").json() == every[0]
        assert instance.get(f"{path}/search").status == 404
    assert instance.get("issueLinkType").json()["issueLinkTypes"]


def test_permissions_are_told_all_whatever_is_asked(instance: Instance) -> None:
    some = instance.get("mypermissions", permissions="BROWSE_PROJECTS", projectKey="ED").json()
    assert some == instance.get("mypermissions", projectKey="ED").json()
    assert some["permissions"]["BROWSE_PROJECTS"]["havePermission"] is True
    assert (
        instance.ask("GET", "mypermissions", headers=[]).json()["permissions"]["BROWSE_PROJECTS"][
            "havePermission"
        ]
        is False
    )


@pytest.mark.parametrize("totals", [False, True])
def test_boards_and_sprints_by_offset(clock: SimClock, totals: bool) -> None:
    instance = Instance(clock, server=Server(agile_totals=totals, context="/jira"))
    board = instance.site.add_board(instance.editor)
    kanban = instance.site.add_board(instance.editor, type="kanban")
    for number in range(60):
        instance.site.add_sprint(board, f"Sprint {number}", state="closed", start=clock.now())
    agile = "/jira/rest/agile/1.0"
    page = instance.get(f"{agile}/board").json()
    assert ("total" in page, page["isLast"], len(page["values"])) == (totals, True, 2)
    first = instance.get(f"{agile}/board/{board.id}/sprint").json()
    assert (len(first["values"]), first["isLast"], "total" in first) == (50, False, False)
    rest = instance.get(f"{agile}/board/{board.id}/sprint", startAt=50).json()
    assert (len(rest["values"]), rest["isLast"]) == (10, True)
    assert first["values"][0]["self"] == f"https://jira.example.com{agile}/sprint/1"
    assert first["values"][0]["startDate"].endswith("+00:00")
    assert (
        instance.get(f"/jira/rest/agile/latest/sprint/{first['values'][0]['id']}").json()
        == first["values"][0]
    )
    assert instance.get(f"{agile}/board/{kanban.id}/sprint").status == 400
    assert instance.get(f"{agile}/board/{board.id}/configuration").json()["columnConfig"]["columns"]


def test_without_jira_software_there_are_no_boards(clock: SimClock) -> None:
    instance = Instance(clock, server=Server(software=False))
    answer = instance.get("/rest/agile/1.0/board")
    assert (answer.status, answer.json()["status-code"]) == (404, 404)
    assert instance.get("/rest/agile/1.0/sprint/1").status == 404
