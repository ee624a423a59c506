"""What clients may change in a Linear workspace."""

from __future__ import annotations

from typing import Any
from uuid import uuid1, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.simulator.linear import LinearWorld

from syncline.sim import SimClock, SimRequest
from syncline_connectors.linear.simulator.markdown import normalised

CREATE = """mutation($input: IssueCreateInput!) { issueCreate(input: $input) { success lastSyncId issue {
  id identifier title description priority createdAt updatedAt labelIds trashed archivedAt creator { id }
  botActor { userDisplayName } state { name type } team { key } assignee { id } parent { id } completedAt } } }"""
UPDATE = """mutation($id: String!, $input: IssueUpdateInput!) { issueUpdate(id: $id, input: $input) {
  success lastSyncId issue { id identifier previousIdentifiers title description priority updatedAt labelIds trashed
  archivedAt state { id name team { key } } team { key } assignee { id } cycle { id } project { id } dueDate } } }"""


@pytest.fixture
def linear(clock: SimClock) -> LinearWorld:
    return LinearWorld(clock, calm=True)


def create(linear: LinearWorld, **given: Any) -> Any:
    payload = linear.ask(CREATE, input={"teamId": linear.eng.id, "title": "New", **given})["issueCreate"]
    assert payload["success"] is True
    return payload["issue"]


def update(linear: LinearWorld, id: str = "ENG-1", **given: Any) -> Any:
    return linear.ask(UPDATE, id=id, input=given)["issueUpdate"]["issue"]


def refusal(linear: LinearWorld, query: str, **variables: Any) -> str:
    error = linear.refuse(query, **variables)
    assert error["extensions"]["userError"] is True
    assert error["extensions"]["type"] in ("invalid input", "forbidden")
    return str(error["message"])


# ---- creating --------------------------------------------------------------------------------------------------------


def test_an_issue_is_created_with_the_id_that_the_client_chose(linear: LinearWorld) -> None:
    id_ = str(uuid4())
    issue = create(linear, id=id_, priority=2, assigneeId=linear.bob.id)
    assert (issue["id"], issue["identifier"], issue["state"]["name"]) == (id_, "ENG-1", "Backlog")
    assert (issue["creator"]["id"], issue["assignee"]["id"]) == (linear.ada.id, linear.bob.id)


def test_the_same_id_a_second_time_is_refused(linear: LinearWorld) -> None:
    id_ = str(uuid4())
    create(linear, id=id_)
    again = {"id": id_.upper(), "teamId": linear.eng.id, "title": "New"}
    response = linear.post(CREATE, {"input": again})
    assert (response.status, response.json()["data"]) == (400, None)
    assert refusal(linear, CREATE, input=again) == "conflict on insert of Issue"
    assert len(linear.site.issues) == 1
    linear.site.issue_limit = 1
    assert refusal(linear, CREATE, input=again) == "conflict on insert of Issue"


def test_an_id_must_be_a_random_uuid(linear: LinearWorld) -> None:
    for id_ in ("ENG-1", str(uuid1())):
        wanted = {"id": id_, "teamId": linear.eng.id, "title": "New"}
        assert refusal(linear, CREATE, input=wanted) == "Argument Validation Error"


@pytest.mark.parametrize("title", [None, "", "  "])
def test_an_issue_needs_a_title(linear: LinearWorld, title: str | None) -> None:
    assert (
        refusal(linear, CREATE, input={"teamId": linear.eng.id, "title": title})
        == "Argument Validation Error"
    )


def test_every_create_counts_up_the_workspaces_changes(linear: LinearWorld) -> None:
    query = "mutation($i: IssueCreateInput!) { issueCreate(input: $i) { lastSyncId } }"
    wanted = {"teamId": linear.eng.id, "title": "New"}
    first, second = (linear.ask(query, i=wanted)["issueCreate"]["lastSyncId"] for _ in range(2))
    assert first < second


def test_an_import_may_tell_when_it_was(linear: LinearWorld) -> None:
    issue = create(
        linear,
        createdAt="2026-01-01T10:00:00.000Z",
        stateId=linear.site.state(linear.eng, "Done").id,
        completedAt="2026-01-02T10:00:00.000Z",
    )
    assert (issue["createdAt"], issue["completedAt"]) == (
        "2026-01-01T10:00:00.000Z",
        "2026-01-02T10:00:00.000Z",
    )
    assert issue["updatedAt"] == "2026-03-02T09:00:00.000Z"
    wanted = {"teamId": linear.eng.id, "title": "New", "createdAt": "2027-01-01T10:00:00.000Z"}
    assert refusal(linear, CREATE, input=wanted) == "createdAt must be a time in the past"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"completedAt": "2027-01-01T10:00:00Z"}, "completedAt must be a time in the past"),
        (
            {"createdAt": "2026-01-02T10:00:00Z", "completedAt": "2026-01-02T10:00:00Z"},
            "completedAt must be after createdAt",
        ),
        (
            {"completedAt": "2026-01-02T10:00:00Z"},
            "completedAt cannot be provided with an incompatible state",
        ),
    ],
)
def test_times_of_an_import_must_make_sense_or_nothing_is_made(
    linear: LinearWorld, given: dict[str, Any], message: str
) -> None:
    assert refusal(linear, CREATE, input={"teamId": linear.eng.id, "title": "Old", **given}) == message
    assert linear.site.issues == {}


def test_project_cycle_and_milestone_must_fit_the_team_and_each_other(linear: LinearWorld) -> None:
    site = linear.site
    create(linear)
    foreign, own = site.add_project("Ops", [linear.ops]), site.add_project("Eng", [linear.eng])
    milestone, cycle = site.add_milestone(foreign, "Beta"), site.add_cycle(linear.ops)
    for wanted in (
        {"projectId": foreign.id},
        {"cycleId": cycle.id},
        {"projectId": own.id, "projectMilestoneId": milestone.id},
    ):
        assert "Discrepancy" in refusal(linear, UPDATE, id="ENG-1", input=wanted)
    assert update(linear, projectId=own.id)["project"]["id"] == own.id


def test_an_issue_is_delegated_to_an_application_alone(linear: LinearWorld) -> None:
    create(linear)
    assert "app user" in refusal(linear, UPDATE, id="ENG-1", input={"delegateId": linear.bob.id})
    robot = linear.site.add_user("Sync", app=True)
    update(linear, delegateId=robot.id)
    assert linear.ask('{ issue(id: "ENG-1") { delegate { id } } }')["issue"]["delegate"]["id"] == robot.id


def test_only_an_application_may_act_in_another_name(linear: LinearWorld) -> None:
    wanted = {"teamId": linear.eng.id, "title": "New", "createAsUser": "Mia Example"}
    assert "createAsUser" in refusal(linear, CREATE, input=wanted)
    robot = linear.site.add_user("Sync", app=True)
    linear.headers = [("Authorization", f"Bearer {linear.site.add_oauth_token(robot).secret}")]
    issue = linear.ask(CREATE, input=wanted)["issueCreate"]["issue"]
    assert (issue["creator"], issue["botActor"]) == (None, {"userDisplayName": "Mia Example"})


def test_a_batch_is_made_whole_or_not_at_all(linear: LinearWorld) -> None:
    query = "mutation($i: IssueBatchCreateInput!) { issueBatchCreate(input: $i) { success issues { identifier } } }"
    good = {"teamId": linear.eng.id, "title": "Good"}
    bad = {"teamId": linear.eng.id, "title": "Bad", "assigneeId": str(uuid4())}
    assert (
        refusal(linear, query, i={"issues": [good, bad]})
        == "assigneeId contained an entry that could not be found."
    )
    assert linear.site.issues == {}
    made = linear.ask(query, i={"issues": [good, good]})["issueBatchCreate"]["issues"]
    assert [issue["identifier"] for issue in made] == ["ENG-1", "ENG-2"]


# ---- changing --------------------------------------------------------------------------------------------------------


def test_what_is_left_out_stays_and_null_clears(linear: LinearWorld) -> None:
    create(linear, description="Text", priority=2, assigneeId=linear.bob.id, dueDate="2026-04-01")
    issue = update(linear, title="Other")
    assert (issue["title"], issue["description"], issue["priority"]) == ("Other", "Text", 2)
    issue = update(linear, description=None, assigneeId=None, priority=None, dueDate=None)
    assert (issue["description"], issue["assignee"], issue["priority"], issue["dueDate"]) == (
        None,
        None,
        0,
        None,
    )


def test_a_change_moves_the_time_and_no_change_does_not(linear: LinearWorld) -> None:
    before = create(linear, priority=2)["updatedAt"]
    linear.clock.advance(5)
    assert update(linear, priority=2)["updatedAt"] == before
    assert update(linear, priority=3)["updatedAt"] > before


def test_comments_attachments_and_renamed_labels_do_not_move_the_time_of_an_issue(
    linear: LinearWorld,
) -> None:
    label = linear.site.add_label("Bug")
    before = create(linear, labelIds=[label.id])["updatedAt"]
    linear.clock.advance(5)
    linear.ask(
        "mutation($i: CommentCreateInput!) { commentCreate(input: $i) { success } }",
        i={"issueId": "ENG-1", "body": "Hello"},
    )
    linear.site.rename_label(label, "Defect")
    issue = linear.site.issue_named("ENG-1")
    assert issue is not None
    linear.site.attach(issue, "https://example.com", "Home")
    assert linear.ask('{ issue(id: "ENG-1") { updatedAt } }')["issue"]["updatedAt"] == before
    linear.site.set_quirks(comments_touch=True)
    linear.site.comment(issue, "Again", by=linear.bob)
    assert linear.ask('{ issue(id: "ENG-1") { updatedAt } }')["issue"]["updatedAt"] > before


def test_the_state_must_be_of_the_issues_team(linear: LinearWorld) -> None:
    create(linear)
    foreign = linear.site.state(linear.ops, "Done")
    assert "team" in refusal(linear, UPDATE, id="ENG-1", input={"stateId": foreign.id})
    own = linear.site.state(linear.eng, "In Progress")
    assert update(linear, stateId=own.id)["state"]["name"] == "In Progress"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"priority": 5}, "Argument Validation Error"),
        ({"priority": -1}, "Argument Validation Error"),
        ({"title": None}, "Argument Validation Error"),
        ({"stateId": None}, "Argument Validation Error"),
        (
            {"assigneeId": "3a0b3a4e-0000-4000-8000-000000000000"},
            "assigneeId contained an entry that could not be found.",
        ),
        ({"parentId": "ENG-77"}, "parentId contained an entry that could not be found."),
        ({"labelIds": ["nope"]}, "labelIds contained an entry that could not be found."),
        ({"parentId": "ENG-1"}, "Circular parent"),
        (
            {"labelIds": [], "addedLabelIds": []},
            "labelIds cannot be used together with addedLabelIds or removedLabelIds",
        ),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(
    linear: LinearWorld, given: dict[str, Any], message: str
) -> None:
    create(linear)
    assert refusal(linear, UPDATE, id="ENG-1", input={"title": "Changed", **given}) == message
    assert linear.ask('{ issue(id: "ENG-1") { title } }')["issue"]["title"] == "New"


def test_labels_are_set_or_added_and_removed(linear: LinearWorld) -> None:
    one, two, three = (linear.site.add_label(name).id for name in ("one", "two", "three"))
    create(linear, labelIds=[one, two])
    assert update(linear, addedLabelIds=[three], removedLabelIds=[one])["labelIds"] == [two, three]
    assert update(linear, addedLabelIds=[three])["labelIds"] == [two, three]
    assert update(linear, labelIds=[one])["labelIds"] == [one]
    assert update(linear, labelIds=None)["labelIds"] == []


def test_of_a_group_an_issue_takes_one_label_and_never_the_group(linear: LinearWorld) -> None:
    group = linear.site.add_label("Size", group=True)
    small, large = (linear.site.add_label(name, parent=group).id for name in ("small", "large"))
    create(linear, labelIds=[small])
    message = refusal(linear, UPDATE, id="ENG-1", input={"addedLabelIds": [large]})
    assert message == "labelIds not exclusive child labels"
    assert update(linear, addedLabelIds=[large], removedLabelIds=[small])["labelIds"] == [large]
    assert (
        refusal(linear, UPDATE, id="ENG-1", input={"addedLabelIds": [group.id]}) == "labelIds not assignable"
    )


def test_a_label_of_another_team_is_refused(linear: LinearWorld) -> None:
    foreign = linear.site.add_label("Pager", team=linear.ops)
    create(linear)
    message = refusal(linear, UPDATE, id="ENG-1", input={"addedLabelIds": [foreign.id]})
    assert message == "labelIds for incorrect team"
    add = "mutation($id: String!, $label: String!) { issueAddLabel(id: $id, labelId: $label) { success } }"
    assert refusal(linear, add, id="ENG-1", label=foreign.id) == "labelIds for incorrect team"


def test_single_labels_are_put_on_and_taken_off(linear: LinearWorld) -> None:
    label = linear.site.add_label("Bug").id
    create(linear)
    add = 'mutation($l: String!) { issueAddLabel(id: "ENG-1", labelId: $l) { success issue { labelIds } } }'
    remove = add.replace("issueAddLabel", "issueRemoveLabel")
    assert linear.ask(add, l=label)["issueAddLabel"]["issue"]["labelIds"] == [label]
    assert linear.ask(remove, l=label)["issueRemoveLabel"]["issue"]["labelIds"] == []


def test_a_label_is_created_once_for_each_name(linear: LinearWorld) -> None:
    query = """mutation($i: IssueLabelCreateInput!) { issueLabelCreate(input: $i) {
      success issueLabel { id name team { key } } } }"""
    made = linear.ask(query, i={"name": "Syncline", "teamId": linear.eng.id})["issueLabelCreate"][
        "issueLabel"
    ]
    assert (made["name"], made["team"]["key"]) == ("Syncline", "ENG")
    assert "label name" in refusal(linear, query, i={"name": "Syncline"})
    assert "label name" in refusal(linear, query, i={"name": "syncline", "teamId": linear.eng.id})


def test_a_move_to_another_team_gives_a_new_identifier_and_what_that_team_has(linear: LinearWorld) -> None:
    own, shared = linear.site.add_label("UX", team=linear.eng).id, linear.site.add_label("Bug").id
    cycle = linear.site.add_cycle(linear.eng).id
    project = linear.site.add_project("Editor", [linear.eng]).id
    started = linear.site.state(linear.eng, "In Progress").id
    before = create(linear, labelIds=[own, shared], cycleId=cycle, projectId=project, stateId=started)
    issue = update(linear, teamId=linear.ops.id)
    assert (issue["id"], issue["identifier"], issue["previousIdentifiers"]) == (
        before["id"],
        "OPS-1",
        ["ENG-1"],
    )
    assert issue["state"]["name"] == "In Progress"
    assert issue["state"]["team"]["key"] == "OPS"
    assert (issue["labelIds"], issue["cycle"], issue["project"]) == ([shared], None, None)
    assert create(linear)["identifier"] == "ENG-2"


def test_many_issues_get_one_patch_by_their_uuids(linear: LinearWorld) -> None:
    ids = [create(linear)["id"] for _ in range(3)]
    query = """mutation($ids: [UUID!]!, $i: IssueUpdateInput!) { issueBatchUpdate(ids: $ids, input: $i) {
      success issues { id priority } } }"""
    changed = linear.ask(query, ids=ids, i={"priority": 1})["issueBatchUpdate"]["issues"]
    assert [(issue["id"], issue["priority"]) for issue in changed] == [(id_, 1) for id_ in ids]
    assert linear.post(query, {"ids": ["ENG-1"], "i": {"priority": 2}}).status == 400
    assert refusal(linear, query, ids=ids[:1] * 51, i={"priority": 2}) == "Argument Validation Error"


# ---- archive, trash, purge -------------------------------------------------------------------------------------------

HIDE = """mutation($id: String!) { %s { success entity { id trashed archivedAt } } }"""


def entity(linear: LinearWorld, call: str, id: str = "ENG-1") -> Any:
    (payload,) = linear.ask(HIDE % call, id=id).values()
    assert payload["success"] is True
    return payload["entity"]


def test_deleting_is_trashing_and_can_be_undone(linear: LinearWorld) -> None:
    create(linear)
    gone = entity(linear, "issueDelete(id: $id)")
    assert gone["trashed"] is True
    assert gone["archivedAt"]
    back = entity(linear, "issueUnarchive(id: $id)")
    assert (back["trashed"], back["archivedAt"]) == (None, None)


def test_archiving_keeps_the_state_and_may_be_told_to_trash(linear: LinearWorld) -> None:
    create(linear)
    kept = entity(linear, "issueArchive(id: $id)")
    assert (kept["trashed"], bool(kept["archivedAt"])) == (None, True)
    assert entity(linear, "issueArchive(id: $id, trash: true)")["trashed"] is True


def test_an_update_trashes_and_null_restores(linear: LinearWorld) -> None:
    create(linear)
    assert update(linear, trashed=True)["trashed"] is True
    back = update(linear, trashed=None)
    assert (back["trashed"], back["archivedAt"]) == (None, None)


def test_an_archived_issue_cannot_be_changed_before_it_is_brought_back(linear: LinearWorld) -> None:
    create(linear)
    entity(linear, "issueArchive(id: $id)")
    assert refusal(linear, UPDATE, id="ENG-1", input={"title": "Late"}) == "Archived issues cannot be updated"
    linear.site.set_quirks(archived_frozen=False)
    assert update(linear, title="Late")["title"] == "Late"


def test_archiving_may_succeed_without_effect(linear: LinearWorld) -> None:
    create(linear)
    linear.site.set_quirks(idle_archive=True)
    for call in ("issueArchive(id: $id)", "issueDelete(id: $id)"):
        assert entity(linear, call)["archivedAt"] is None


def test_only_administrators_delete_for_good(linear: LinearWorld) -> None:
    issue = create(linear)
    call = "issueDelete(id: $id, permanentlyDelete: true)"
    bobs = linear.site.add_api_key(linear.bob)
    linear.headers = [("Authorization", bobs.secret)]
    assert linear.refuse(HIDE % call, id="ENG-1")["extensions"]["code"] == "FORBIDDEN"
    linear.headers = [("Authorization", linear.key.secret)]
    assert entity(linear, call) is None
    assert linear.refuse("query($id: String!) { issue(id: $id) { id } }", id=issue["id"])


# ---- comments --------------------------------------------------------------------------------------------------------

COMMENT = """mutation($i: CommentCreateInput!) { commentCreate(input: $i) {
  success comment { id body parent { id } user { id } issue { id } } } }"""


def test_comments_are_written_answered_edited_and_deleted(linear: LinearWorld) -> None:
    create(linear)
    id_ = str(uuid4())
    first = linear.ask(COMMENT, i={"id": id_, "issueId": "ENG-1", "body": "One"})["commentCreate"]["comment"]
    assert (first["id"], first["user"]["id"]) == (id_, linear.ada.id)
    assert (
        refusal(linear, COMMENT, i={"id": id_, "issueId": "ENG-1", "body": "One"})
        == "conflict on insert of Comment"
    )
    answer = linear.ask(COMMENT, i={"parentId": id_, "body": "Two"})["commentCreate"]["comment"]
    deeper = linear.ask(COMMENT, i={"parentId": answer["id"], "body": "Three"})["commentCreate"]["comment"]
    assert answer["parent"]["id"] == deeper["parent"]["id"] == id_
    linear.clock.advance(1)
    edit = """mutation($id: String!, $i: CommentUpdateInput!) { commentUpdate(id: $id, input: $i) {
      comment { body editedAt updatedAt } } }"""
    edited = linear.ask(edit, id=id_, i={"body": "Better"})["commentUpdate"]["comment"]
    assert edited["body"] == "Better"
    assert edited["editedAt"] == edited["updatedAt"]
    assert linear.ask(f'mutation {{ commentDelete(id: "{id_}") {{ success entityId }} }}')[
        "commentDelete"
    ] == {
        "success": True,
        "entityId": id_,
    }
    assert linear.site.comments == {}


def test_nobody_edits_what_another_has_written(linear: LinearWorld) -> None:
    create(linear)
    issue = linear.site.issue_named("ENG-1")
    assert issue is not None
    said = linear.site.comment(issue, "Mine", by=linear.bob)
    edit = 'mutation($id: String!) { commentUpdate(id: $id, input: {body: "Yours"}) { success } }'
    assert linear.refuse(edit, id=said.id)["extensions"]["type"] == "forbidden"


def test_a_thread_is_resolved_and_opened_again(linear: LinearWorld) -> None:
    create(linear)
    id_ = linear.ask(COMMENT, i={"issueId": "ENG-1", "body": "One"})["commentCreate"]["comment"]["id"]
    query = "mutation($id: String!) { %s(id: $id) { comment { resolvedAt resolvingUser { id } } } }"
    resolved = linear.ask(query % "commentResolve", id=id_)["commentResolve"]["comment"]
    assert resolved["resolvedAt"]
    assert resolved["resolvingUser"]["id"] == linear.ada.id
    opened = linear.ask(query % "commentUnresolve", id=id_)["commentUnresolve"]["comment"]
    assert opened == {"resolvedAt": None, "resolvingUser": None}


@pytest.mark.parametrize("wanted", [{"body": ""}, {"body": "Lost"}])
def test_a_comment_needs_a_text_and_a_place(linear: LinearWorld, wanted: dict[str, Any]) -> None:
    assert linear.refuse(COMMENT, i=wanted)["extensions"]["type"] == "invalid input"


# ---- attachments and relations ---------------------------------------------------------------------------------------

ATTACH = """mutation($i: AttachmentCreateInput!) { attachmentCreate(input: $i) {
  success attachment { id url title subtitle metadata updatedAt createdAt } } }"""


def test_the_same_address_on_the_same_issue_is_changed_not_added(linear: LinearWorld) -> None:
    create(linear)
    create(linear)
    wanted = {"issueId": "ENG-1", "url": "https://example.com/1", "title": "One", "metadata": {"n": 1}}
    first = linear.ask(ATTACH, i=wanted)["attachmentCreate"]["attachment"]
    linear.clock.advance(1)
    again = linear.ask(ATTACH, i={**wanted, "title": "Two", "id": str(uuid4())})["attachmentCreate"][
        "attachment"
    ]
    assert (again["id"], again["title"], again["metadata"]) == (first["id"], "Two", {"n": 1})
    assert again["updatedAt"] > first["updatedAt"]
    other = linear.ask(ATTACH, i={**wanted, "issueId": "ENG-2"})["attachmentCreate"]["attachment"]
    assert other["id"] != first["id"]


def test_metadata_come_back_as_they_were_sent_and_an_address_has_a_scheme(linear: LinearWorld) -> None:
    create(linear)
    wanted = {
        "issueId": "ENG-1",
        "url": "syncline://1",
        "title": "One",
        "metadata": {"deep": {"n": [1, "a"]}},
    }
    assert linear.ask(ATTACH, i=wanted)["attachmentCreate"]["attachment"]["metadata"] == {
        "deep": {"n": [1, "a"]}
    }
    assert refusal(linear, ATTACH, i={**wanted, "url": "nowhere"}) == "Argument Validation Error"
    assert linear.post(ATTACH, {"i": {**wanted, "metadata": "text"}}).status == 400


def test_attachments_are_changed_and_deleted(linear: LinearWorld) -> None:
    create(linear)
    link = 'mutation { attachmentLinkURL(issueId: "ENG-1", url: "https://example.com/1") { attachment { id title } } }'
    made = linear.ask(link)["attachmentLinkURL"]["attachment"]
    assert made["title"] == "https://example.com/1"
    edit = """mutation($id: String!) { attachmentUpdate(id: $id, input: {title: "T", subtitle: "S"}) {
      attachment { title subtitle } } }"""
    assert linear.ask(edit, id=made["id"])["attachmentUpdate"]["attachment"] == {
        "title": "T",
        "subtitle": "S",
    }
    linear.ask("mutation($id: String!) { attachmentDelete(id: $id) { success entityId } }", id=made["id"])
    assert linear.site.attachments == {}


RELATE = """mutation($i: IssueRelationCreateInput!) { issueRelationCreate(input: $i) {
  success issueRelation { id type issue { id } relatedIssue { id } } } }"""


def test_issues_are_related_once_and_a_duplicate_moves(linear: LinearWorld) -> None:
    one, two = create(linear), create(linear)
    wanted = {"issueId": one["id"], "relatedIssueId": two["id"], "type": "blocks"}
    made = linear.ask(RELATE, i=wanted)["issueRelationCreate"]["issueRelation"]
    assert made == linear.ask(RELATE, i=wanted)["issueRelationCreate"]["issueRelation"]
    linear.ask(RELATE, i={**wanted, "type": "duplicate"})
    told = linear.ask(
        """{ a: issue(id: "ENG-1") { state { type } relations { nodes { type } } }
        b: issue(id: "ENG-2") { state { type } inverseRelations { nodes { type issue { identifier } } } } }"""
    )
    assert told["a"]["state"]["type"] == "duplicate"
    assert {relation["type"] for relation in told["a"]["relations"]["nodes"]} == {"blocks", "duplicate"}
    assert told["b"]["state"]["type"] == "backlog"
    assert {r["issue"]["identifier"] for r in told["b"]["inverseRelations"]["nodes"]} == {"ENG-1"}
    linear.ask("mutation($id: String!) { issueRelationDelete(id: $id) { success entityId } }", id=made["id"])
    assert [relation.type for relation in linear.site.relations.values()] == ["duplicate"]


def test_a_relation_changes_its_type_and_not_to_nonsense(linear: LinearWorld) -> None:
    one, two = create(linear), create(linear)
    wanted = {"issueId": one["id"], "relatedIssueId": two["id"], "type": "related"}
    id_ = linear.ask(RELATE, i=wanted)["issueRelationCreate"]["issueRelation"]["id"]
    query = """mutation($id: String!, $t: String) { issueRelationUpdate(id: $id, input: {type: $t}) {
      issueRelation { type } } }"""
    assert linear.ask(query, id=id_, t="similar")["issueRelationUpdate"]["issueRelation"]["type"] == "similar"
    assert refusal(linear, query, id=id_, t="loves") == "Argument Validation Error"
    assert linear.post(RELATE, {"i": {**wanted, "type": "loves"}}).status == 400
    assert "itself" in refusal(linear, RELATE, i={**wanted, "relatedIssueId": one["id"]})


# ---- files -----------------------------------------------------------------------------------------------------------


def test_a_file_is_announced_put_and_read_with_a_key(linear: LinearWorld) -> None:
    upload = linear.ask(
        """mutation { fileUpload(contentType: "text/plain", filename: "a b.txt", size: 3) {
        success uploadFile { uploadUrl assetUrl filename contentType size headers { key value } } } }"""
    )["fileUpload"]["uploadFile"]
    headers = [("Content-Type", "text/plain")]
    put = SimRequest.of("PUT", upload["uploadUrl"], b"abc", headers)
    assert linear.site(put).status == 403
    headers += [(h["key"], h["value"]) for h in upload["headers"]]
    assert linear.site(SimRequest.of("GET", upload["assetUrl"], headers=linear.headers)).status == 404
    assert linear.site(SimRequest.of("PUT", upload["uploadUrl"], b"abcd", headers)).status == 403
    assert linear.site(SimRequest.of("PUT", upload["uploadUrl"], b"abc", headers)).status == 200
    got = linear.site(SimRequest.of("GET", upload["assetUrl"], headers=linear.headers))
    assert (got.status, got.content(), got.header("Content-Type")) == (200, b"abc", "text/plain")
    assert linear.site(SimRequest.of("GET", upload["assetUrl"])).status == 401


# ---- texts -----------------------------------------------------------------------------------------------------------


def test_what_is_stored_is_not_what_was_sent(linear: LinearWorld) -> None:
    sent = "- one\n- two  \n\n\n\nSee https://example.com/a, not `https://example.com/b`\n<!-- sl:7 -->\n"
    stored = create(linear, description=sent)["description"]
    assert stored == (
        "* one\n* two\n\nSee [https://example.com/a](<https://example.com/a>), not `https://example.com/b`\n"
        "<!-- sl:7 -->"
    )
    found = linear.ask(
        '{ issues(filter: {description: {contains: "<!-- sl:7 -->"}}) { nodes { identifier } } }'
    )
    assert found["issues"]["nodes"] == [{"identifier": "ENG-1"}]
    linear.site.set_quirks(normalise=False)
    assert update(linear, description=sent)["description"] == sent


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("see garraia.org now", "see [garraia.org](<http://garraia.org>) now"),
        ("mail a@example.com", "mail a@example.com"),
        ("[a](https://example.com) [b](/b)", "[a](<https://example.com>) [b](</b>)"),
        ("![a](https://example.com/a.png)", "![a](https://example.com/a.png)"),
        (
            "an _emphasised_ word, snake_case_name and `_code_`",
            "an *emphasised* word, snake_case_name and `_code_`",
        ),
        ("3. a\n5. b\n\n9. c\n   7. d\n1. e\nend\n8. f", "3. a\n4. b\n\n5. c\n   7. d\n6. e\nend\n8. f"),
        ("```\n- a  \n```", "```\n- a  \n```"),
        ("***", "---"),
        ("a\r\nb", "a\nb"),
        ("-5 is not a bullet", "-5 is not a bullet"),
    ],
)
def test_markdown_is_rewritten(sent: str, stored: str) -> None:
    assert normalised(sent) == stored


@given(st.text(alphabet="ab -*+`~\n<>[]().:/htps!_12", max_size=60) | st.text(max_size=40))
def test_writing_markdown_twice_changes_nothing_more(text: str) -> None:
    once = normalised(text)
    assert normalised(once) == once
