"""Comments, links, properties and plans, on both kinds of site."""

from __future__ import annotations

from typing import Any

import pytest
from tests.simulator.writer import Writer, refused

from syncline.sim import SimClock
from syncline_connectors.jira.simulator import CustomField, Face, Permission
from syncline_connectors.jira.simulator.issues import Issue

MARK = "sd.public.comment"
OBJECT = {"title": "Ticket 5", "url": "https://help.example.com/5"}


@pytest.fixture(params=list(Face), ids=["cloud", "server"])
def writer(request: pytest.FixtureRequest, clock: SimClock) -> Writer:
    return Writer(clock, request.param)


@pytest.fixture
def cloud(clock: SimClock) -> Writer:
    return Writer(clock, Face.CLOUD)


def say(writer: Writer, issue: Issue, text: str, **more: Any) -> Any:
    body = {"body": writer.rich(text), **more}
    response = writer.ask("POST", f"issue/{issue.id}/comment", body, expand="properties")
    assert response.status == 201, response.content()
    return response.json()


# ---- comments --------------------------------------------------------------------------------------------------------


def test_a_comment_moves_updated_but_not_the_history(writer: Writer) -> None:
    issue = writer.made()
    writer.clock.advance(60)
    told = say(writer, issue, "Said")
    assert (told["body"], told["author"]["displayName"]) == (writer.rich("Said"), "Ada Example")
    shown = writer.fields(issue)
    assert (shown["updated"], issue.histories) == (told["created"], ())
    assert shown["comment"]["total"] == 1


@pytest.mark.parametrize("body", [None, "", {"type": "doc", "version": 1, "content": []}])
def test_an_empty_comment_is_none(cloud: Writer, body: Any) -> None:
    response = cloud.ask("POST", f"issue/{cloud.made().id}/comment", {"body": body})
    assert refused(response) == {"comment": "Comment body can not be empty!"}


def test_each_kind_of_site_takes_its_own_body(writer: Writer) -> None:
    other: Any = "text" if writer.face is Face.CLOUD else {"type": "doc", "version": 1, "content": []}
    told = refused(writer.ask("POST", f"issue/{writer.made().id}/comment", {"body": other}))
    assert told == {"comment": "Comment body is not valid!"} or "deserialize" in told[0]


def test_a_comment_has_a_longest_length(writer: Writer) -> None:
    body = {"body": writer.rich("x" * 32_768)}
    assert set(refused(writer.ask("POST", f"issue/{writer.made().id}/comment", body))) == {"comment"}


def test_an_edit_unrestricts_where_the_site_says_so(writer: Writer) -> None:
    issue = writer.made()
    role = {"type": "role", "value": "Administrators"}
    path = f"issue/{issue.id}/comment/{say(writer, issue, 'One', visibility=role)['id']}"
    again = {"body": writer.rich("Two"), "visibility": role}
    told = writer.ask("PUT", path, again).json()
    assert (told["visibility"]["value"], told["body"]) == ("Administrators", writer.rich("Two"))
    writer.site.set_quirks(edit_unrestricts=False)
    assert "visibility" in writer.ask("PUT", path, {"body": writer.rich("Three")}).json()
    writer.site.set_quirks(edit_unrestricts=True)
    assert "visibility" not in writer.ask("PUT", path, {"body": writer.rich("Four")}).json()


def test_a_visibility_is_of_a_role_or_a_group(writer: Writer) -> None:
    body = {"body": writer.rich("x"), "visibility": {"type": "everybody", "value": "x"}}
    assert writer.ask("POST", f"issue/{writer.made().id}/comment", body).status == 400


def test_comments_are_public_unless_they_say_otherwise(cloud: Writer) -> None:
    cloud.project.type_key = "service_desk"
    issue = cloud.made()
    internal = [{"key": MARK, "value": {"internal": True}}]
    open_, closed = say(cloud, issue, "To all"), say(cloud, issue, "To us", properties=internal)
    assert (open_["jsdPublic"], closed["jsdPublic"]) == (True, False)
    assert (open_["properties"], closed["properties"]) == ([], internal)
    path = f"issue/{issue.id}/comment/{closed['id']}"
    assert not cloud.ask("PUT", path, {"body": cloud.rich("Still")}).json()["jsdPublic"]
    opened = {"body": cloud.rich("Now"), "properties": [{"key": MARK, "value": {"internal": False}}]}
    assert cloud.ask("PUT", path, opened).json()["jsdPublic"]


def test_comments_belong_to_who_wrote_them(writer: Writer) -> None:
    issue = writer.made()
    path = f"issue/{issue.id}/comment/{say(writer, issue, 'Mine')['id']}"
    writer.headers = writer.login(writer.ben)
    assert refused(writer.ask("PUT", path, {"body": writer.rich("x")})) == [
        "You do not have the permission to edit this comment."
    ]
    assert refused(writer.ask("DELETE", path)) == ["You do not have the permission to delete this comment."]
    writer.site.grant(Permission.DELETE_ALL_COMMENTS, writer.project, writer.ben)
    assert writer.ask("DELETE", path).status == 204
    assert (issue.comments, writer.ask("DELETE", path).status) == ((), 404)


def test_who_may_not_comment_is_told(writer: Writer) -> None:
    writer.site.deny(Permission.ADD_COMMENTS, writer.project, writer.ada)
    response = writer.ask("POST", f"issue/{writer.made().id}/comment", {"body": writer.rich("x")})
    assert refused(response) == ["You do not have the permission to comment on this issue."]


# ---- properties ------------------------------------------------------------------------------------------------------


def test_properties_of_issues_leave_no_trace(writer: Writer) -> None:
    issue = writer.made()
    updated, path = issue.updated, f"issue/{issue.id}/properties/mark"
    writer.clock.advance(60)
    assert [writer.ask("PUT", path, {"n": n}).status for n in (1, 2)] == [201, 200]
    assert (issue.updated, issue.histories) == (updated, ())
    assert writer.get(path)["value"] == {"n": 2}
    assert [one["key"] for one in writer.get(f"issue/{issue.id}/properties")["keys"]] == ["mark"]
    assert writer.get(f"issue/{issue.id}", properties="mark,other")["properties"] == {"mark": {"n": 2}}
    assert [writer.ask("DELETE", path).status for _ in range(2)] == [204, 404]
    assert writer.ask("GET", path).status == 404


def test_a_property_has_a_longest_length(writer: Writer) -> None:
    path = f"issue/{writer.made().id}/properties/"
    assert writer.ask("PUT", path + "k" * 255, "x" * 32_766).status == 201
    assert writer.ask("PUT", path + "k" * 256, 1).status == 400
    assert writer.ask("PUT", path + "k", "x" * 32_767).status == 400
    assert writer.ask("PUT", path + "k", b"").status == 400


def test_a_search_shows_properties(cloud: Writer) -> None:
    issue = cloud.made()
    cloud.site.set_property(issue, "mark", 5)
    found = cloud.ask(
        "POST", "search/jql", {"jql": "project = ED", "fields": ["summary"], "properties": ["mark"]}
    )
    assert found.json()["issues"][0]["properties"] == {"mark": 5}
    many = [str(n) for n in range(6)]
    assert cloud.ask("POST", "search/jql", {"jql": "project = ED", "properties": many}).status == 400
    got = cloud.ask("POST", "issue/bulkfetch", {"issueIdsOrKeys": [issue.key], "properties": ["mark"]})
    assert got.json()["issues"][0]["properties"] == {"mark": 5}


def test_properties_of_comments(writer: Writer) -> None:
    issue = writer.made()
    id_ = say(writer, issue, "Said", properties=[{"key": "mark", "value": 1}])["id"]
    path = f"comment/{id_}/properties"
    assert writer.get(path + "/mark") == {"key": "mark", "value": 1}
    assert writer.ask("PUT", f"{path}/{MARK}", {"internal": True}).status == 201
    assert not issue.comments[0].public
    assert [one["key"] for one in writer.get(path)["keys"]] == ["mark", MARK]
    assert writer.ask("DELETE", f"{path}/{MARK}").status == 204
    assert issue.comments[0].public
    assert writer.ask("GET", "comment/99999/properties").status == 404
    writer.headers = writer.login(writer.ben)
    assert writer.ask("PUT", f"{path}/mark", 2).status == 403


# ---- links -----------------------------------------------------------------------------------------------------------


def link(writer: Writer, inward: Issue, outward: Issue, name: str = "Blocks", **more: Any) -> Any:
    ends = {"inwardIssue": {"key": inward.key}, "outwardIssue": {"id": str(outward.id)}}
    return writer.ask("POST", "issueLink", {"type": {"name": name}, **ends, **more})


def test_the_inward_issue_acts(writer: Writer) -> None:
    """Reported of the real service by many who had it the other way round."""
    one, two = writer.made(), writer.made()
    response = link(writer, one, two)
    assert (response.status, response.content()) == (201, b"")
    [mine], [theirs] = (writer.fields(issue)["issuelinks"] for issue in (one, two))
    assert (mine["outwardIssue"]["key"], theirs["inwardIssue"]["key"]) == (two.key, one.key)
    assert mine["type"]["outward"] == "blocks"


def test_a_link_is_made_once_and_its_comment_twice(writer: Writer) -> None:
    one, two = writer.made(), writer.made()
    comment = {"body": writer.rich("Because")}
    assert [link(writer, one, two, comment=comment).status for _ in range(2)] == [201, 201]
    assert (len(one.links), len(two.links), len(two.comments)) == (1, 1, 2)
    assert link(writer, two, one).status == 201
    assert len(one.links) == 2


def test_one_link_of_several_is_removed(writer: Writer) -> None:
    one, two = writer.made(), writer.made()
    link(writer, one, two)
    link(writer, one, two, "Relates")
    id_ = writer.fields(two)["issuelinks"][0]["id"]
    assert [writer.ask("DELETE", f"issueLink/{id_}").status for _ in range(2)] == [204, 404]
    assert [end.type.name for end in (*one.links, *two.links)] == ["Relates", "Relates"]
    assert one.histories[-1].items[0]["from"] == two.key


def test_links_need_ends_types_and_rights(writer: Writer) -> None:
    one, two = writer.made(), writer.made()
    assert refused(link(writer, one, two, "Nothing"), 404) == [
        "No issue link type with name 'Nothing' found."
    ]
    assert link(writer, one, one).status == 400
    assert writer.ask("POST", "issueLink", {"type": {"name": "Blocks"}}).status == 400
    ghost = {"type": {"name": "Blocks"}, "inwardIssue": {"key": "ED-99"}, "outwardIssue": {"key": two.key}}
    assert writer.ask("POST", "issueLink", ghost).status == 404
    writer.site.deny(Permission.LINK_ISSUES, writer.project)
    assert link(writer, one, two).status == 404
    assert one.links == ()


def test_a_remote_link_is_written_over_by_its_global_id(writer: Writer) -> None:
    issue = writer.made()
    path = f"issue/{issue.key}/remotelink"
    first = {"globalId": "a&b", "relationship": "is about", "object": {**OBJECT, "summary": "Long"}}
    made = writer.ask("POST", path, first)
    again = writer.ask("POST", path, {"globalId": "a&b", "object": OBJECT})
    assert (made.status, again.status, made.json() == again.json()) == (201, 200, True)
    [told] = writer.get(path)
    assert told == writer.get(path, globalId="a&b")
    assert ("relationship" in told, "summary" in told["object"]) == (False, False)
    assert writer.ask("POST", path, {"object": OBJECT}).status == 201
    assert writer.ask("POST", path, {"object": OBJECT}).status == 201
    assert len(writer.get(path)) == 3
    assert [writer.ask("DELETE", path, globalId="a&b").status for _ in range(2)] == [204, 404]
    assert writer.ask("DELETE", path).status == 400


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"object"}),
        ({"object": {}}, {"title", "url"}),
        ({"object": {"title": "x"}}, {"url"}),
        ({"object": OBJECT, "globalId": "x" * 256}, {"globalId"}),
    ],
)
def test_a_remote_link_needs_a_title_and_an_address(writer: Writer, body: Any, fields: set[str]) -> None:
    assert set(refused(writer.ask("POST", f"issue/{writer.made().key}/remotelink", body))) == fields


def test_a_remote_link_by_its_id(writer: Writer) -> None:
    issue = writer.made()
    path = f"issue/{issue.key}/remotelink"
    id_ = writer.ask("POST", path, {"object": OBJECT}).json()["id"]
    assert writer.ask("PUT", f"{path}/{id_}", {"object": {**OBJECT, "title": "New"}}).status == 204
    assert writer.get(f"{path}/{id_}")["object"]["title"] == "New"
    assert [writer.ask("DELETE", f"{path}/{id_}").status for _ in range(2)] == [204, 404]
    assert writer.ask("GET", f"{path}/x").status == 400


def test_remote_links_move_updated_where_the_site_says_so(writer: Writer) -> None:
    issue = writer.made()
    seen = []
    for touch in (False, True):
        writer.site.set_quirks(remote_links_touch=touch)
        writer.clock.advance(60)
        before = issue.updated
        writer.ask("POST", f"issue/{issue.key}/remotelink", {"globalId": str(touch), "object": OBJECT})
        seen.append(issue.updated > before)
    assert (seen, len(issue.histories)) == ([False, True], 1)


# ---- plans -----------------------------------------------------------------------------------------------------------


def test_issues_go_into_sprints_and_out(writer: Writer) -> None:
    board = writer.site.add_board(writer.project)
    over, sprint = (
        writer.site.add_sprint(board, "1", state="closed"),
        writer.site.add_sprint(board, "2", state="active"),
    )
    one, two = writer.made(**{CustomField.SPRINT: sprint.id}), writer.made()
    writer.site.edit(two, {CustomField.SPRINT: [over]})
    agile = "/rest/agile/1.0/"
    assert (
        writer.ask("POST", f"{agile}sprint/{sprint.id}/issue", {"issues": [one.key, str(two.id)]}).status
        == 204
    )
    assert [issue.fields[CustomField.SPRINT] for issue in (one, two)] == [[sprint], [over, sprint]]
    assert writer.ask("POST", f"{agile}backlog/issue", {"issues": [one.key, two.key]}).status == 204
    assert [issue.fields[CustomField.SPRINT] for issue in (one, two)] == [None, [over]]
    assert writer.ask("POST", f"{agile}sprint/{over.id}/issue", {"issues": [one.key]}).status == 400
    assert writer.ask("POST", f"{agile}sprint/99/issue", {"issues": [one.key]}).status == 404
    assert writer.ask("POST", f"{agile}backlog/issue", {"issues": ["ED-1"] * 51}).status == 400
    assert writer.ask("POST", f"{agile}backlog/issue", {"issues": []}).status == 400
    writer.site.deny(Permission.SCHEDULE_ISSUES, writer.project)
    assert writer.ask("POST", f"{agile}sprint/{sprint.id}/issue", {"issues": [one.key]}).status == 403


def test_issues_go_below_epics_and_out(writer: Writer) -> None:
    name = {CustomField.EPIC_NAME: "Big"} if writer.face is Face.DATA_CENTER else {}
    epic, issue = writer.made(issuetype={"name": "Epic"}, **name), writer.made()
    agile, body = "/rest/agile/1.0/epic/", {"issues": [issue.key]}
    assert writer.ask("POST", f"{agile}{epic.key}/issue", body).status == 204
    told = writer.fields(issue)
    above = told["parent"]["key"] if writer.face is Face.CLOUD else told[CustomField.EPIC_LINK]
    assert above == epic.key
    assert writer.ask("POST", f"{agile}{issue.key}/issue", body).status == 404
    assert writer.ask("POST", f"{agile}{epic.key}/issue", {"issues": [epic.key]}).status == 400
    assert writer.ask("POST", f"{agile}none/issue", body).status == 204
    told = writer.fields(issue)
    assert (told.get("parent"), told[CustomField.EPIC_LINK]) == (None, None)
