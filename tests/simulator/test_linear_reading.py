"""Lists of a Linear workspace: pages, order, what is hidden, and what happens while somebody walks."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from tests.simulator.linear import ISSUES, LinearWorld

from syncline.sim import SimClock


@pytest.fixture
def linear(clock: SimClock) -> LinearWorld:
    return LinearWorld(clock, calm=True)


def titles(nodes: list[Any]) -> list[str]:
    return [node["title"] for node in nodes]


# ---- pages -----------------------------------------------------------------------------------------------------------


def test_lists_are_newest_first_by_creation_or_update(linear: LinearWorld) -> None:
    first, *_ = linear.issues(3)
    linear.site.edit(first, by=linear.ada, title="Issue 0 again")
    created = linear.ask("{ issues { nodes { title } } }")["issues"]["nodes"]
    updated = linear.ask("{ issues(orderBy: updatedAt) { nodes { title } } }")["issues"]["nodes"]
    assert titles(created) == ["Issue 2", "Issue 1", "Issue 0 again"]
    assert titles(updated) == ["Issue 0 again", "Issue 2", "Issue 1"]


def test_a_page_holds_fifty_unless_asked_and_at_most_250(linear: LinearWorld) -> None:
    linear.issues(60)
    page = linear.ask("{ issues { nodes { id } pageInfo { hasNextPage } } }")["issues"]
    assert (len(page["nodes"]), page["pageInfo"]["hasNextPage"]) == (50, True)
    assert len(linear.ask("{ issues(first: 250) { nodes { id } } }")["issues"]["nodes"]) == 60


@pytest.mark.parametrize(
    ("size", "complaint"), [(251, "first must not be greater than 250"), (0, "first must not be less than 1")]
)
def test_other_sizes_are_refused(linear: LinearWorld, size: int, complaint: str) -> None:
    response = linear.post("query($n: Int) { issues(first: $n) { nodes { id } } }", {"n": size})
    answer = response.json()
    assert (response.status, answer["data"]) == (200, None)
    said = answer["errors"][0]["extensions"]
    assert (said["type"], said["code"]) == ("invalid input", "INVALID_INPUT")
    assert list(said["validationErrors"][0]["constraints"].values()) == [complaint]


def test_a_walk_meets_every_issue_once(linear: LinearWorld) -> None:
    linear.issues(23)
    found = linear.walk(first=5)
    assert titles(found) == [f"Issue {n}" for n in reversed(range(23))]


def test_equal_times_do_not_lose_anything_between_pages(linear: LinearWorld) -> None:
    for number in range(12):
        linear.site.create_issue(linear.eng, f"Issue {number}")
    assert len({node["id"] for node in linear.walk(first=5)}) == 12


def test_a_cursor_is_the_id_of_the_last_node_and_edges_have_their_own(linear: LinearWorld) -> None:
    linear.issues(3)
    page = linear.ask(
        "{ issues(first: 2) { edges { cursor node { id } } pageInfo { startCursor endCursor hasPreviousPage } } }"
    )["issues"]
    cursors = [edge["cursor"] for edge in page["edges"]]
    assert cursors == [edge["node"]["id"] for edge in page["edges"]]
    assert page["pageInfo"] == {
        "startCursor": cursors[0],
        "endCursor": cursors[-1],
        "hasPreviousPage": False,
    }


def test_a_walk_can_go_backwards(linear: LinearWorld) -> None:
    issues = linear.issues(6)
    query = """query($before: String) { issues(last: 2, before: $before) {
        nodes { title } pageInfo { hasPreviousPage hasNextPage startCursor } } }"""
    page = linear.ask(query, before=issues[0].id)["issues"]
    assert titles(page["nodes"]) == ["Issue 2", "Issue 1"]
    assert page["pageInfo"]["hasPreviousPage"]
    before = linear.ask(query, before=page["pageInfo"]["startCursor"])["issues"]
    assert titles(before["nodes"]) == ["Issue 4", "Issue 3"]


def test_a_page_tells_what_lies_before_and_behind_it_of_what_passes_the_filter(linear: LinearWorld) -> None:
    issues = linear.issues(6)
    query = """query($after: String, $filter: IssueFilter) { issues(first: 2, after: $after, filter: $filter) {
        nodes { number } pageInfo { hasPreviousPage hasNextPage } } }"""

    def page(after: Any, **number: Any) -> tuple[list[int], bool, bool]:
        told = linear.ask(query, after=after and after.id, filter={"number": number})["issues"]
        info = told["pageInfo"]
        return [n["number"] for n in told["nodes"]], info["hasPreviousPage"], info["hasNextPage"]

    assert page(None, gt=0) == ([6, 5], False, True)
    assert page(issues[4], gt=0) == ([4, 3], True, True)
    assert page(issues[2], gt=0) == ([2, 1], True, False)
    assert page(issues[2], lt=3) == ([2, 1], False, False)
    assert page(issues[4], gt=4) == ([], True, False)
    assert page(None, **{"in": [1, 3, 5]}) == ([5, 3], False, True)
    assert page(issues[2], **{"in": [1, 3, 5]}) == ([1], True, False)


# ---- a walk while things change --------------------------------------------------------------------------------------


def test_an_issue_updated_in_a_walk_jumps_to_the_front_and_is_missed(linear: LinearWorld) -> None:
    first, *_ = linear.issues(6)
    page = linear.ask(ISSUES, first=3)["issues"]
    linear.site.edit(first, by=linear.bob, priority=1)
    rest = linear.ask(ISSUES, first=3, after=page["pageInfo"]["endCursor"])["issues"]
    assert titles(rest["nodes"]) == ["Issue 2", "Issue 1"]
    assert titles(linear.ask(ISSUES, first=1)["issues"]["nodes"]) == ["Issue 0"]


def test_a_cursor_moves_with_its_issue(linear: LinearWorld) -> None:
    *_, fourth, fifth, _sixth = linear.issues(6)
    page = linear.ask(ISSUES, first=3)["issues"]
    assert page["pageInfo"]["endCursor"] == fourth.id
    linear.site.edit(fourth, by=linear.bob, priority=1)
    rest = linear.ask(ISSUES, first=3, after=fourth.id)["issues"]
    assert titles(rest["nodes"]) == ["Issue 5", "Issue 4", "Issue 2"]
    assert fifth.title == "Issue 4"


def test_a_cursor_still_holds_when_its_issue_no_longer_passes_the_filter(linear: LinearWorld) -> None:
    issues = linear.issues(5)
    wanted = {"title": {"startsWith": "Issue"}}
    page = linear.ask(ISSUES, first=2, filter=wanted)["issues"]
    issues[3].title = "Elsewhere"
    rest = linear.ask(ISSUES, first=5, filter=wanted, after=page["pageInfo"]["endCursor"])["issues"]
    assert titles(rest["nodes"]) == ["Issue 2", "Issue 1", "Issue 0"]


def test_a_cursor_that_was_purged_is_an_error_or_an_end(linear: LinearWorld) -> None:
    issues = linear.issues(5)
    page = linear.ask(ISSUES, first=2)["issues"]
    linear.site.purge(issues[3])
    variables = {"first": 2, "after": page["pageInfo"]["endCursor"]}
    assert linear.refuse(ISSUES, **variables)["extensions"]["code"] == "INPUT_ERROR"
    linear.site.set_quirks(lost_cursor="end")
    end = linear.ask(ISSUES, **variables)["issues"]
    assert (end["nodes"], end["pageInfo"]["hasNextPage"]) == ([], False)


def test_a_hostile_walk_has_short_pages_and_issues_that_move(clock: SimClock) -> None:
    linear = LinearWorld(clock, calm=False)
    linear.site.set_quirks(page_cap=(5, 20))
    linear.issues(120)
    found: list[Any] = []
    pages = 0
    after = None
    while True:
        page = linear.ask(ISSUES, first=100, after=after)["issues"]
        clock.advance(1)
        pages, found = pages + 1, found + page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert pages > 6
    assert {node["id"] for node in found} == set(linear.site.issues)
    assert len(found) > 120
    assert linear.site.touches < 12


def test_a_hostile_walk_may_miss_what_was_touched_and_the_next_one_finds_it(clock: SimClock) -> None:
    linear = LinearWorld(clock, calm=False)
    linear.site.set_quirks(page_cap=(5, 5), touch=1.0, touch_unseen=1.0)
    linear.site.touches = 1
    linear.issues(20)
    began = linear.site.now()
    clock.advance(1)
    met = {node["id"] for node in linear.walk()}
    (missed,) = set(linear.site.issues) - met
    later = linear.walk(filter={"updatedAt": {"gte": began.isoformat()}})
    assert [node["id"] for node in later] == [missed]


class Follower:
    """Keeps a copy of all issues by the documented recipe: newest first, and next time from this walk's first page."""

    def __init__(self, linear: LinearWorld) -> None:
        self.linear, self.mark = linear, "1970-01-01T00:00:00.000Z"
        self.titles: dict[str, str] = {}

    def pull(self) -> None:
        nodes = self.linear.walk(filter={"updatedAt": {"gte": self.mark}}, first=50)
        self.titles |= {node["id"]: node["title"] for node in nodes}
        self.mark = nodes[0]["updatedAt"] if nodes else self.mark


@pytest.mark.parametrize("seed", range(6))
def test_the_documented_recipe_keeps_up_with_a_hostile_workspace(clock: SimClock, seed: int) -> None:
    linear = LinearWorld(clock, calm=False, seed=seed)
    linear.site.limits.enabled = False
    linear.site.set_quirks(page_cap=(3, 9), touch=0.6, touch_unseen=0.5)
    issues = linear.issues(40)
    follower, random = Follower(linear), linear.site.random
    for round_ in range(4):
        follower.pull()
        clock.advance(1)
        for issue in random.sample(issues, 5):
            linear.site.edit(issue, by=linear.bob, title=f"{issue.title.split('.')[0]}.{round_}")
    linear.site.touches = 0
    follower.pull()
    assert follower.titles == {id_: issue.title for id_, issue in linear.site.issues.items()}


# ---- what is hidden --------------------------------------------------------------------------------------------------


def test_archived_and_trashed_issues_are_left_out_unless_asked_for(linear: LinearWorld) -> None:
    kept, archived, trashed = linear.issues(3)
    linear.site.archive(archived, by=linear.ada)
    linear.site.trash(trashed, by=linear.ada)
    assert titles(linear.walk(archived=False)) == [kept.title]
    found = {node["title"]: node for node in linear.walk()}
    assert found["Issue 1"]["archivedAt"]
    assert found["Issue 1"]["trashed"] is None
    assert found["Issue 2"]["archivedAt"]
    assert found["Issue 2"]["trashed"] is True
    assert linear.ask('{ issue(id: "ENG-3") { trashed } }')["issue"]["trashed"] is True


def test_a_purged_issue_is_not_found_like_one_that_never_was(linear: LinearWorld) -> None:
    (gone,) = linear.issues(1)
    linear.site.comment(gone, "Gone too", by=linear.ada)
    linear.site.purge(gone)
    query = "query($id: String!) { issue(id: $id) { id } }"
    error = linear.refuse(query, id=gone.id)
    assert error == linear.refuse(query, id="3a0b3a4e-0000-4000-8000-000000000000")
    assert error["message"] == "Entity not found: Issue"
    assert linear.ask("{ comments { nodes { id } } }")["comments"]["nodes"] == []


def test_disabled_people_are_listed_only_when_asked_for(linear: LinearWorld) -> None:
    linear.site.deactivate(linear.bob)
    query = "query($all: Boolean) { users(includeDisabled: $all) { nodes { name active } } }"
    assert [u["name"] for u in linear.ask(query)["users"]["nodes"]] == ["Ada Example"]
    everybody = linear.ask(query, all=True)["users"]["nodes"]
    assert {u["name"]: u["active"] for u in everybody} == {"Ada Example": True, "Bob Example": False}


def test_a_private_team_is_seen_by_its_members_alone(linear: LinearWorld) -> None:
    secret = linear.site.add_team("SEC", "Security", private=True, members=[linear.bob])
    issue = linear.site.create_issue(secret, "Hush")
    public = linear.site.create_issue(linear.eng, "Known", parent=issue)
    linear.site.comment(issue, "Nobody may know", by=linear.bob)
    linear.site.attach(issue, "https://example.com/a", "A")
    linear.site.relate(public, "related", issue)
    linear.site.add_label("leak", team=secret)
    seen = linear.ask(
        """{ teams { nodes { key } } comments { nodes { id } } attachments { nodes { id } }
        issueRelations { nodes { id } } issueLabels { nodes { id } }
        workflowStates(first: 250) { nodes { team { key } } }
        issues { nodes { title parent { id } } } }"""
    )
    assert {team["key"] for team in seen["teams"]["nodes"]} == {"ENG", "OPS"}
    assert {state["team"]["key"] for state in seen["workflowStates"]["nodes"]} == {"ENG", "OPS"}
    for hidden in ("comments", "attachments", "issueRelations", "issueLabels"):
        assert seen[hidden]["nodes"] == []
    assert seen["issues"]["nodes"] == [{"title": "Known", "parent": None}]
    assert linear.refuse('{ issue(id: "SEC-1") { id } }')["message"] == "Entity not found: Issue"


def test_a_limited_key_sees_only_its_teams(linear: LinearWorld) -> None:
    linear.site.create_issue(linear.ops, "Ops only")
    linear.site.create_issue(linear.eng, "Eng only")
    linear.site.add_api_key(linear.ada, "lin_api_limited", teams=[linear.eng])
    linear.headers = [("Authorization", "lin_api_limited")]
    assert titles(linear.walk()) == ["Eng only"]
    assert [t["key"] for t in linear.ask("{ teams { nodes { key } } }")["teams"]["nodes"]] == ["ENG"]


# ---- single entities and what hangs together -------------------------------------------------------------------------


def test_an_issue_is_found_by_id_and_by_present_and_former_identifier(linear: LinearWorld) -> None:
    (issue,) = linear.issues(1)
    linear.site.move_team(issue, linear.ops, by=linear.ada)
    query = "query($id: String!) { issue(id: $id) { id identifier previousIdentifiers } }"
    for name in (issue.id, "OPS-1", "ops-1", "ENG-1"):
        found = linear.ask(query, id=name)["issue"]
        assert found == {"id": issue.id, "identifier": "OPS-1", "previousIdentifiers": ["ENG-1"]}


def test_a_team_with_another_key_has_issues_with_other_identifiers(linear: LinearWorld) -> None:
    (issue,) = linear.issues(1)
    before = issue.updated_at
    linear.clock.advance(5)
    linear.site.rename_team(linear.eng, "DEV")
    found = linear.ask('{ issue(id: "ENG-1") { id identifier previousIdentifiers } }')["issue"]
    assert found == {"id": issue.id, "identifier": "DEV-1", "previousIdentifiers": []}
    assert issue.updated_at == before


def test_renamed_states_and_trashed_projects_are_told_where_they_are_listed(linear: LinearWorld) -> None:
    todo = linear.site.state(linear.eng, "Todo")
    issue = linear.site.create_issue(linear.eng, "Waits", state=todo)
    project = linear.site.add_project("Old", [linear.eng])
    before = issue.updated_at
    linear.clock.advance(5)
    linear.site.rename_state(todo, "Next up")
    linear.site.trash_project(project)
    told = linear.ask(
        """{ issues { nodes { updatedAt state { name } } } projects { nodes { id } }
        all: projects(includeArchived: true) { nodes { trashed archivedAt } } }"""
    )
    assert told["issues"]["nodes"][0]["state"] == {"name": "Next up"}
    assert issue.updated_at == before
    assert told["projects"]["nodes"] == []
    assert told["all"]["nodes"][0]["trashed"] is True


def test_one_missing_entity_leaves_no_data_at_all(linear: LinearWorld) -> None:
    """Because ``issue`` is never null, its error takes the others of the document along."""
    linear.issues(1)
    response = linear.post('{ a: issue(id: "ENG-1") { id } b: issue(id: "ENG-99") { id } }')
    answer = response.json()
    assert (response.status, answer["data"], answer["errors"][0]["path"]) == (200, None, ["b"])


def test_everything_that_a_workspace_holds_can_be_asked_for(linear: LinearWorld, clock: SimClock) -> None:
    site = linear.site
    project = site.add_project(
        "Editor", [linear.eng], status="started", lead=linear.ada, target_date=date(2026, 6, 1), by=linear.ada
    )
    milestone = site.add_milestone(project, "Beta", target=date(2026, 1, 1))
    initiative = site.add_initiative("Growth", [project], owner=linear.bob, status="Active")
    site.project_update(project, "atRisk", "Late by a week", by=linear.ada)
    cycle = site.add_cycle(linear.eng)
    site.add_cycle(linear.eng, starts=clock.now() + timedelta(weeks=2))
    issue = site.create_issue(
        linear.eng,
        "Typing is slow",
        by=linear.bob,
        project=project,
        project_milestone=milestone,
        cycle=cycle,
        assignee=linear.ada,
        due_date=date(2026, 3, 9),
        estimate=3,
    )
    site.transition(issue, "Done", by=linear.ada)
    data = linear.ask(
        """{ organization { id name urlKey userCount } projects(first: 5) { nodes { id name state health
          progress targetDate status { type } lead { id isMe } lastUpdate { body health }
          teams(first: 5) { nodes { key } }
          initiatives(first: 5) { nodes { id } }
          projectMilestones(first: 5) { nodes { status targetDate progress } } } }
        initiatives(first: 5) { nodes { name status owner { name } projects(first: 5) { nodes { name } } } }
        initiativeToProjects { nodes { initiative { id } project { id } } }
        projectUpdates { nodes { body health user { id } project { id } } }
        cycles { nodes { number isActive isNext isFuture progress } }
        teamMemberships { nodes { user { name } team { key } } }
        issues(first: 5) { nodes { dueDate estimate completedAt cycle { number } project { id } projectMilestone { id }
          subscribers(first: 5) { nodes { name } } } } }"""
    )
    (told,) = data["projects"]["nodes"]
    assert (told["state"], told["health"], told["progress"], told["targetDate"]) == (
        "started",
        "atRisk",
        1,
        "2026-06-01",
    )
    assert told["projectMilestones"]["nodes"] == [
        {"status": "done", "targetDate": "2026-01-01", "progress": 1}
    ]
    assert data["initiatives"]["nodes"][0]["projects"]["nodes"] == [{"name": "Editor"}]
    assert data["initiativeToProjects"]["nodes"][0]["initiative"]["id"] == initiative.id
    assert [(c["number"], c["isActive"], c["isNext"]) for c in data["cycles"]["nodes"]] in (
        [(2, False, True), (1, True, False)],
        [(1, True, False), (2, False, True)],
    )
    assert len(data["teamMemberships"]["nodes"]) == 3
    (one,) = data["issues"]["nodes"]
    assert (one["dueDate"], one["estimate"], one["cycle"]["number"]) == ("2026-03-09", 3, 1)
    assert {user["name"] for user in one["subscribers"]["nodes"]} == {"Ada Example", "Bob Example"}


def test_whole_numbers_have_no_fraction_on_the_wire(linear: LinearWorld) -> None:
    linear.issues(1)
    body = linear.post("{ issues { nodes { number priority estimate } } }").content()
    assert b'"number":1,"priority":0,' in body


def test_attachments_are_found_by_their_address(linear: LinearWorld) -> None:
    one, two = linear.issues(2)
    for issue in (one, two):
        linear.site.attach(issue, "https://example.com/t/1", "Ticket 1")
    linear.site.attach(one, "https://example.com/t/2", "Ticket 2")
    query = "query($url: String!) { attachmentsForURL(url: $url) { nodes { issue { identifier } } } }"
    found = linear.ask(query, url="https://example.com/t/1")["attachmentsForURL"]["nodes"]
    assert {node["issue"]["identifier"] for node in found} == {"ENG-1", "ENG-2"}


def test_comments_are_listed_with_who_wrote_them(linear: LinearWorld) -> None:
    (issue,) = linear.issues(1)
    said = linear.site.comment(issue, "Why?", by=linear.ada)
    linear.clock.advance(1)
    outsider = linear.site.add_external_user("Eve Example", email="eve@example.net")
    linear.site.comment(issue, "Because", external_user=outsider, parent=said)
    answer, first = linear.ask(
        "{ comments { nodes { body user { id } externalUser { name } parent { id } issue { identifier } url } } }"
    )["comments"]["nodes"]
    assert (answer["user"], answer["externalUser"]["name"], answer["parent"]["id"]) == (
        None,
        "Eve Example",
        said.id,
    )
    assert (first["user"]["id"], first["issue"]["identifier"]) == (linear.ada.id, "ENG-1")
    assert first["url"].endswith(f"#comment-{said.id[:8]}")


def test_a_hostile_comment_was_updated_before_it_was_created(clock: SimClock) -> None:
    linear = LinearWorld(clock, calm=False)
    (issue,) = linear.issues(1)
    linear.site.comment(issue, "Early", by=linear.ada)
    (told,) = linear.ask("{ comments { nodes { createdAt updatedAt } } }")["comments"]["nodes"]
    assert told["updatedAt"] < told["createdAt"]
