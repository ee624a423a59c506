"""Writing: what is sent, what is stored, what is refused, and what becomes of lost answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.linear.lab import NOWHERE, Wire, World, error, fetched, records, ref_of

from syncline.errors import AccessDenied, InDoubt, Invalid, NotFound, Unsupported, VersionConflict
from syncline.model import Kind, Priority, RelationType, Text, TextFormat, Visibility
from syncline.sim.app import SimRequest, SimResponse
from syncline.target import (
    AddRemove,
    Backlink,
    CommentDraft,
    Draft,
    FileDraft,
    Move,
    Outcome,
    Related,
    Removal,
    Set,
    same_value,
)
from syncline_connectors.linear import Linear
from syncline_connectors.linear.encode import RELATION_TYPES, Encoder, argument, client_id, settled

Connect = Callable[..., Linear]
MARKER = str(uuid5(UUID(int=0), "https://syncline.example/1"))
SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def words(text: str) -> Text:
    return Text(format=TextFormat.MARKDOWN, source=text)


@pytest.fixture
def linear(connect: Connect) -> Linear:
    made = connect(access="write")
    made.check()
    return made


def draft(world: World, **fields: Any) -> Draft:
    return Draft(Kind.ISSUE, world.eng.id, None, {"title": "A draft", **fields})


def inputs(wire: Wire, name: str) -> list[dict[str, Any]]:
    """What every mutation of that name was given."""
    return [given.get("input", given) for given in wire.variables(name)]


def losing(wire: Wire, part: bytes, times: int = 1) -> None:
    """Let the answers to requests with ``part`` be lost after they were executed."""
    left = [None] * times

    def lose(request: SimRequest, response: SimResponse) -> SimResponse:
        if part in request.body and left:
            left.pop()
            return SimResponse(502, [("Content-Type", "text/html")], b"<html></html>")
        return response

    wire.after = lose


# ---- making --------------------------------------------------------------------------------------------------------


def test_l11_an_issue_is_made_in_one_request_with_all_it_is_given(
    linear: Linear, world: World, wire: Wire
) -> None:
    red = world.site.add_label("red")
    parent, cycle = world.issue("parent"), world.site.add_cycle(world.eng)
    fields = {
        "description": words("some *words*"),
        "priority": Priority.URGENT,
        "assignees": (world.ben.id,),
        "labels": ("red",),
        "due_on": date(2026, 12, 1),
        "estimate": 3.0,
        "parent": parent.id,
        "iterations": (cycle.id,),
    }
    outcome = linear.create(draft(world, **fields), MARKER)
    assert outcome.applied == {"title", *fields}, outcome.refused
    (given,) = inputs(wire, "Create")
    assert given == {
        "id": client_id(MARKER),
        "teamId": world.eng.id,
        "title": "A draft",
        "description": "some *words*",
        "priority": 1,
        "assigneeId": world.ben.id,
        "labelIds": [red.id],
        "dueDate": "2026-12-01",
        "estimate": 3,
        "parentId": parent.id,
        "cycleId": cycle.id,
    }
    made = world.site.issues[outcome.ref.remote_id]
    assert (made.creator, made.assignee, made.estimate) == (world.ada, world.ben, 3)
    assert outcome.stored is not None
    assert outcome.stored.record == next(iter(records([fetched(linear, made.id)]).values()))


@given(st.uuids() | st.text(max_size=40))
def test_l13_our_ids_are_of_version_4_and_always_the_same(marker: object) -> None:
    made = client_id(str(marker))
    assert UUID(made).version == 4
    assert client_id(str(marker)) == made


def test_l13_a_lost_answer_is_found_at_once_by_the_id_we_chose(
    linear: Linear, world: World, wire: Wire
) -> None:
    losing(wire, b"issueCreate")
    outcome = linear.create(draft(world), MARKER)
    assert outcome.ref.remote_id == client_id(MARKER)
    assert outcome.later == {"title"}
    assert [issue.title for issue in world.site.issues.values()] == ["A draft"]


def test_l13_what_an_earlier_try_has_made_is_taken_for_made(linear: Linear, world: World, wire: Wire) -> None:
    first = linear.create(draft(world), MARKER)
    again = linear.create(draft(world), MARKER)
    assert again.ref == first.ref
    assert len(world.site.issues) == 1


def test_l13_an_answer_that_stays_lost_is_a_doubt_and_the_marker_tells(
    linear: Linear, world: World, wire: Wire
) -> None:
    wire.after = lambda request, response: SimResponse(502, [], b"<html></html>")
    with pytest.raises(InDoubt):
        linear.create(draft(world), MARKER)
    assert wire.names().count("Create") == 1, "never sent again"
    wire.after = lambda request, response: response
    (found,) = linear.find_by_marker(MARKER, draft(world), SINCE)
    assert found.remote_id == client_id(MARKER)


def test_l34_markers_are_looked_for_by_id_and_never_in_texts(
    linear: Linear, world: World, wire: Wire
) -> None:
    issue = world.issue(description=f"<!-- {MARKER} -->")
    ref = ref_of(linear, issue.id)
    for one in (draft(world), CommentDraft(ref, words("x")), FileDraft(ref, "a.txt", b"x")):
        assert list(linear.find_by_marker(MARKER, one, SINCE)) == []
    linear.create(draft(world), MARKER)
    linear.add_comment(CommentDraft(ref, words("x")), MARKER)
    linear.attach(FileDraft(ref, "a.txt", b"x"), MARKER)
    kinds = [
        linear.find_by_marker(MARKER, one, SINCE)[0].kind
        for one in (draft(world), CommentDraft(ref, words("x")), FileDraft(ref, "a.txt", b"x"))
    ]
    assert kinds == [Kind.ISSUE, Kind.COMMENT, Kind.ATTACHMENT]


def test_l39_running_it_all_again_makes_nothing_twice(connect: Connect, world: World) -> None:
    for _ in range(2):
        target = connect(access="write")
        ref = target.create(draft(world), MARKER).ref
        target.add_comment(CommentDraft(ref, words("said")), MARKER)
        target.attach(FileDraft(ref, "a.txt", b"x"), MARKER)
        target.update(
            ref, {"backlinks": AddRemove(add=(Backlink("b1", "https://example.com/1", "There"),))}, {}
        )
    assert (len(world.site.issues), len(world.site.comments)) == (1, 1)
    assert sorted(one.title for one in world.site.attachments.values()) == ["There", "a.txt"]


def test_what_cannot_be_given_is_refused_by_name_and_the_issue_made_without_it(
    linear: Linear, world: World
) -> None:
    outcome = linear.create(
        draft(world, assignees=(NOWHERE,), parent="ENG-1", estimate=2.5, due_on=date(2026, 12, 1)), MARKER
    )
    assert outcome.applied == {"title", "due_on"}
    assert {name: getattr(one, "field", None) for name, one in outcome.refused.items()} == {
        "assignees": "assignees",
        "parent": "parent",
        "estimate": "estimate",
    }
    (made,) = world.site.issues.values()
    assert (made.due_date, made.assignee) == (date(2026, 12, 1), None)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (Draft(Kind.ISSUE, NOWHERE, None, {"title": "x"}), "container"),
        (Draft(Kind.ISSUE, "ENG", None, {"title": "x"}), "container"),
        (Draft(Kind.ISSUE, "", "Bug", {"title": "x"}), "type"),
    ],
)
def test_what_cannot_be_made_at_all_is_told_by_name(
    linear: Linear, world: World, wrong: Draft, field: str
) -> None:
    with pytest.raises(Invalid) as raised:
        linear.create(wrong, MARKER)
    assert raised.value.field == field
    for title in (None, "", "  "):
        with pytest.raises(Invalid, match="needs a title") as raised:
            linear.create(draft(world, title=title), MARKER)
        assert raised.value.field == "title"
    with pytest.raises(Unsupported):
        linear.create(Draft(Kind.PROJECT, world.eng.id, None, {"title": "x"}), MARKER)
    assert not world.site.issues


# ---- changing ------------------------------------------------------------------------------------------------------


def update(linear: Linear, issue: Any, **changes: Any) -> Outcome:
    return linear.update(ref_of(linear, issue.id), changes, {})


def test_l12_labels_are_put_on_and_taken_off_and_those_of_others_stay(
    linear: Linear, world: World, wire: Wire
) -> None:
    red, blue, theirs = (world.site.add_label(name) for name in ("red", "blue", "theirs"))
    issue = world.issue(labels=[red])

    def meanwhile(request: SimRequest) -> None:
        if b"issueUpdate" in request.body:
            world.site.edit(issue, labels=[*issue.label_set, theirs], by=world.ben)

    wire.before = meanwhile
    assert update(linear, issue, labels=AddRemove(add=("blue",), remove=("red",))).applied == {"labels"}
    (given,) = inputs(wire, "Update")
    assert given == {"addedLabelIds": [blue.id], "removedLabelIds": [red.id]}
    assert {label.name for label in issue.label_set} == {"blue", "theirs"}


def test_l12_what_is_not_named_stays_and_none_clears(linear: Linear, world: World, wire: Wire) -> None:
    issue = world.issue(priority=1, due_date=date(2026, 12, 1), estimate=3, assignee=world.ben)
    outcome = update(linear, issue, due_on=Set(None), estimate=Set(None), assignees=Set(None))
    assert outcome.applied == {"due_on", "estimate", "assignees"}
    assert wire.variables("Update")[-1]["input"] == {"dueDate": None, "estimate": None, "assigneeId": None}
    assert (issue.priority, issue.due_date, issue.estimate, issue.assignee) == (1, None, None, None)


def test_l12_a_label_that_is_not_there_is_made_for_the_team(linear: Linear, world: World) -> None:
    group = world.site.add_label("Platform", group=True)
    world.site.add_label("Bug")
    ops = world.site.add_team("OPS", members=(world.ada,))
    world.site.add_label("theirs", team=ops)
    issue = world.issue()
    outcome = update(linear, issue, labels=Set(("Platform/iOS", "bug", "theirs", "new")))
    assert outcome.applied == {"labels"}
    assert outcome.stored is not None
    stored = next(iter(records([fetched(linear, issue.id)]).values())).labels
    assert set(stored) == {"Platform/iOS", "Bug", "theirs", "new"}
    made = {label.name: label for label in issue.label_set}
    assert made["iOS"].parent is group
    assert made["new"].team is made["theirs"].team is world.eng, "not for the whole workspace"


def test_l12_a_label_that_a_lost_request_of_ours_makes_after_we_looked_is_used(
    linear: Linear, world: World
) -> None:
    first, second = world.issue(), world.issue()
    assert update(linear, first, labels=Set(("known",))).applied == {"labels"}, "labels have been listed"
    late = world.site.add_label("x", team=world.eng, id=client_id(f"label {world.eng.id} x"))
    assert update(linear, second, labels=Set(("x",))).applied == {"labels"}
    assert list(second.label_set) == [late]


def test_l15_a_state_is_the_teams_own_by_name_then_by_type(
    connect: Connect, linear: Linear, world: World, wire: Wire
) -> None:
    ops = world.site.add_team("OPS", states=(("Open", "unstarted"), ("Closed", "completed")))
    world.site.add_member(ops, world.ada)
    for wanted, team, name in (
        ("In Progress", world.eng, "In Progress"),
        ("in progress", world.eng, "In Progress"),
        ("started", world.eng, "In Progress"),
        ("completed", ops, "Closed"),
    ):
        issue = world.issue(team=team)
        outcome = update(linear, issue, status=Move(wanted))
        assert outcome.applied == {"status"}, outcome.refused
        assert (issue.state.name, issue.state.team) == (name, team)
        before = wire.names().count("Update")
        assert update(linear, issue, status=Move(wanted)).applied == {"status"}
        assert wire.names().count("Update") == before, "it would count as completed anew"
    refused = update(linear, world.issue(team=ops), status=Move("In Progress")).refused["status"]
    assert isinstance(refused, Invalid)
    assert "Open, Closed" in refused.message
    (done,) = [one for one in world.site.states_of(ops) if one.name == "Closed"]
    world.site.archive_entity(done)
    told = update(connect(access="write"), world.issue(team=ops), status=Move("Closed"))
    assert isinstance(told.refused["status"], Invalid), "an archived state is nowhere to go"
    asked = update(linear, world.issue(), status=Move("Done", with_fields={"Resolution": "Done"}))
    assert isinstance(asked.refused["status"], Unsupported)


def test_l15_two_labels_of_one_group_are_refused_by_name(linear: Linear, world: World) -> None:
    group = world.site.add_label("Platform", group=True)
    for name in ("iOS", "Web"):
        world.site.add_label(name, parent=group)
    issue = world.issue()
    outcome = update(linear, issue, labels=Set(("Platform/iOS", "Platform/Web")), title=Set("written"))
    assert outcome.applied == {"title"}
    refused = outcome.refused["labels"]
    assert isinstance(refused, Invalid)
    assert "same group" in refused.message
    assert issue.title == "written"


def test_l18_there_is_no_lock_so_the_issue_is_compared_before_it_is_written(
    linear: Linear, world: World
) -> None:
    issue = world.issue("before", priority=1)
    world.site.edit(issue, title="somebody's", by=world.ben)
    outcome = linear.update(
        ref_of(linear, issue.id),
        {"title": Set("ours"), "priority": Set(Priority.LOW)},
        {"title": "before", "priority": Priority.URGENT},
    )
    assert isinstance(outcome.refused["title"], VersionConflict)
    assert (issue.title, issue.priority) == ("somebody's", 4)


def test_l19_a_text_is_stored_as_linear_writes_it_and_that_is_answered(linear: Linear, world: World) -> None:
    issue = world.issue()
    sent = words("- see https://example.com/a\n- more  \n\n\n\nend\n")
    outcome = update(linear, issue, description=Set(sent))
    assert outcome.applied == {"description"}
    assert outcome.stored is not None
    stored = outcome.stored.record
    assert getattr(stored, "body") == words(str(issue.description))  # noqa: B009
    assert issue.description != sent.source
    assert same_value("description", getattr(stored, "body"), linear.stored_form("description", sent))  # noqa: B009
    again = update(linear, issue, description=Set(sent))
    assert again.applied == {"description"}


def test_a_refusal_that_names_nothing_costs_only_the_field_it_is_about(
    linear: Linear, world: World, wire: Wire
) -> None:
    def refuse(request: SimRequest) -> SimResponse | None:
        if b"issueUpdate" in request.body and b'"estimate":3' in request.body:
            return error("Estimates are not in use", type="invalid input", code="INPUT_ERROR")
        return None

    wire.before = refuse
    issue = world.issue()
    outcome = update(linear, issue, title=Set("written"), estimate=Set(3.0), due_on=Set(date(2026, 12, 1)))
    assert outcome.applied == {"title", "due_on"}
    assert "not in use" in str(outcome.refused["estimate"])


def test_success_that_changes_nothing_is_told(linear: Linear, world: World, wire: Wire) -> None:
    issue = world.issue("before")

    def idle(request: SimRequest, response: SimResponse) -> SimResponse:
        if b"issueUpdate" in request.body:
            body = response.json()
            body["data"]["issueUpdate"]["issue"]["title"] = "before"
            return SimResponse.of_json(body)
        return response

    wire.after = idle
    refused = update(linear, issue, title=Set("after")).refused["title"]
    assert "left title as it was" in str(refused)


def test_a_lost_answer_to_an_update_is_looked_into(linear: Linear, world: World, wire: Wire) -> None:
    issue = world.issue("before")
    losing(wire, b"issueUpdate", times=10)
    outcome = update(linear, issue, title=Set("after"))
    assert outcome.applied == outcome.later == {"title"}
    wire.before = lambda request: SimResponse(502) if b"issueUpdate" in request.body else None
    refused = update(linear, issue, title=Set("again")).refused["title"]
    assert isinstance(refused, InDoubt)


def test_a_key_that_only_reads_is_told_so(linear: Linear, world: World) -> None:
    issue = world.issue("before")
    world.key.scopes = frozenset({"read"})
    refused = update(linear, issue, title=Set("after")).refused["title"]
    assert isinstance(refused, AccessDenied)
    assert issue.title == "before"


# ---- links ---------------------------------------------------------------------------------------------------------


def test_l16_relations_run_as_they_are_meant_and_are_made_once(
    linear: Linear, world: World, wire: Wire
) -> None:
    issue, other = world.issue("one"), world.issue("two")
    for type_, native in (
        (RelationType.BLOCKS, "blocks"),
        (RelationType.RELATES, "related"),
        (RelationType.DUPLICATES, "duplicate"),
    ):
        change = AddRemove(add=(Related(type_, other.id),))
        for _ in range(2):
            assert update(linear, issue, relations=change).applied == {"relations"}
        made = [one for one in world.site.relations.values() if one.type == native]
        assert [(one.issue, one.related_issue) for one in made] == [(issue, other)]
    assert issue.state.type in ("duplicate", "canceled"), "Linear's own doing, and read back"
    told = update(linear, issue, relations=AddRemove(add=(Related(RelationType.CAUSES, other.id),)))
    assert isinstance(told.refused["relations"], Unsupported)
    mutual = AddRemove(add=(Related(RelationType.RELATES, issue.id),))
    before = wire.names().count("Relate")
    assert update(linear, other, relations=mutual).applied == {"relations"}
    assert wire.names().count("Relate") == before, "it is related already, from the other side"


def test_l14_a_backlink_is_an_attachment_and_one_address_is_one_attachment(
    linear: Linear, world: World, wire: Wire
) -> None:
    issue = world.issue()
    world.site.attach(issue, "https://jira.example/2", "by an integration", by=world.ben)
    link = Backlink("b1", "https://jira.example/1", "ENG-1")

    def point(*add: Backlink, remove: tuple[Backlink, ...] = ()) -> None:
        outcome = update(linear, issue, backlinks=AddRemove(add=add, remove=remove))
        assert outcome.applied == {"backlinks"}

    def shown() -> Mapping[str, str]:
        return {one.url: one.title for one in world.site.attachments.values()}

    point(link)
    point(Backlink("b1", "https://jira.example/1", "ENG-1 done", resolved=True))
    assert shown()["https://jira.example/1"] == "ENG-1 done"
    assert len(shown()) == 2
    before = wire.names().count("Attach")
    point(Backlink("b1", "https://jira.example/1", "ENG-1 done", resolved=True))
    point(Backlink("b2", "https://jira.example/2", "ENG-2"))
    assert wire.names().count("Attach") == before, "equal, or somebody else's with a title of their own"
    assert shown()["https://jira.example/2"] == "by an integration"
    point(Backlink("b1", "https://jira.example/moved", "ENG-9"))
    assert shown().keys() == {"https://jira.example/moved", "https://jira.example/2"}
    point(remove=(Backlink("b1", "", ""),))
    assert shown().keys() == {"https://jira.example/2"}


# ---- comments ------------------------------------------------------------------------------------------------------


def test_a_comment_is_for_the_team_and_for_nobody_else(linear: Linear, world: World) -> None:
    ref = ref_of(linear, world.issue().id)
    for visibility in (Visibility.PRIVATE, Visibility.CUSTOMER):
        with pytest.raises(Unsupported):
            linear.add_comment(CommentDraft(ref, words("x"), visibility), MARKER)
    assert not world.site.comments
    for nobody in (NOWHERE, "ENG-1"):
        with pytest.raises(NotFound):
            linear.add_comment(CommentDraft(ref._replace(remote_id=nobody), words("x")), MARKER)


def test_a_comment_whose_answer_is_lost_is_found_by_its_id(linear: Linear, world: World, wire: Wire) -> None:
    ref = ref_of(linear, world.issue().id)
    losing(wire, b"commentCreate")
    outcome = linear.add_comment(CommentDraft(ref, words("said")), MARKER)
    assert outcome.ref.remote_id == client_id(MARKER)
    assert outcome.later == {"body"}
    assert [one.body for one in world.site.comments.values()] == ["said"]


def test_a_comment_that_was_answered_is_not_deleted_because_the_answers_would_go_with_it(
    linear: Linear, world: World
) -> None:
    issue = world.issue()
    comment = world.site.comment(issue, "ours", by=world.ada)
    answer = world.site.comment(issue, "theirs", by=world.ben, parent=comment)
    ref, subject = ref_of(linear, comment.id, Kind.COMMENT), ref_of(linear, issue.id)
    with pytest.raises(Unsupported, match="answers"):
        linear.remove_comment(ref, subject)
    assert len(world.site.comments) == 2
    world.site.delete_comment(answer)
    for _ in range(2):
        linear.remove_comment(ref, subject)
    assert not world.site.comments
    with pytest.raises(NotFound):
        linear.edit_comment(ref, subject, words("too late"))


def test_an_edit_whose_answer_is_lost_is_looked_into(linear: Linear, world: World, wire: Wire) -> None:
    issue = world.issue()
    comment = world.site.comment(issue, "before", by=world.ada)
    ref, subject = ref_of(linear, comment.id, Kind.COMMENT), ref_of(linear, issue.id)
    losing(wire, b"commentUpdate", times=10)
    outcome = linear.edit_comment(ref, subject, words("after https://example.com"), words("before"))
    assert outcome.applied == outcome.later == {"body"}
    sent = wire.names().count("Edit")
    assert linear.edit_comment(ref, subject, words("after https://example.com")).applied == {"body"}
    assert wire.names().count("Edit") == sent, "the same words, with Linear's own way of writing links"


# ---- files ---------------------------------------------------------------------------------------------------------


def test_a_file_is_put_where_linear_says_and_linked(linear: Linear, world: World, wire: Wire) -> None:
    issue = world.issue()
    subject = ref_of(linear, issue.id)
    outcome = linear.attach(FileDraft(subject, "a b.txt", b"bytes", "text/plain"), MARKER)
    (put,) = [request for request in wire.sent if request.method == "PUT"]
    assert put.header("Authorization") is None, "the place is another one than the API's"
    assert put.body == b"bytes"
    record = outcome.stored.record if outcome.stored else None
    assert record is not None
    assert (record.title, getattr(record, "size"), getattr(record, "mime_type")) == (  # noqa: B009
        "a b.txt",
        5,
        "text/plain",
    )
    assert linear.download(outcome.ref) == b"bytes"
    link = world.site.attach(issue, "https://example.com/1", "A link")
    with pytest.raises(NotFound, match="is a link"):
        linear.download(ref_of(linear, link.id, Kind.ATTACHMENT))
    for name in ("", " ", "a/b", "a\nb"):
        with pytest.raises(Invalid, match="no name"):
            linear.attach(FileDraft(subject, name, b"x"), MARKER)


# ---- taking away ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", Removal)
def test_l09_and_l37_success_without_effect_is_told(linear: Linear, world: World, how: Removal) -> None:
    issue = world.issue()
    world.site.set_quirks(idle_archive=True)
    with pytest.raises(Unsupported, match="still there"):
        linear.remove(ref_of(linear, issue.id), how)
    world.site.set_quirks(idle_archive=False)
    for _ in range(2):
        linear.remove(ref_of(linear, issue.id), how)
    assert issue.trashed is (True if how is Removal.DELETE else None)
    assert issue.archived_at is not None


def test_what_is_archived_can_still_be_deleted_and_nothing_but_issues_is_taken_away(
    linear: Linear, world: World
) -> None:
    issue = world.issue()
    ref = ref_of(linear, issue.id)
    linear.remove(ref, Removal.ARCHIVE)
    linear.remove(ref, Removal.DELETE)
    assert issue.trashed
    linear.remove(ref._replace(remote_id=NOWHERE), Removal.DELETE)
    linear.remove(ref._replace(remote_id="ENG-1"), Removal.DELETE)
    with pytest.raises(Unsupported):
        linear.remove(ref._replace(kind=Kind.PROJECT), Removal.DELETE)


# ---- what will be stored -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("title", "  a\tb ", "a b"),
        ("description", None, None),
        ("description", words(" \n"), None),
        ("priority", None, Priority.NONE),
        ("labels", ("a", " a ", "b"), ("a", "b")),
        ("estimate", 3, 3.0),
        ("due_on", "2026-12-01", date(2026, 12, 1)),
        ("assignees", None, ()),
    ],
)
def test_what_reading_will_show(name: str, value: object, stored: object) -> None:
    encoder = Encoder()
    assert encoder.stored(name, value) == stored
    assert encoder.stored(name, stored) == stored


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", ""),
        ("title", "a\0b"),
        ("title", "a\nb"),
        ("description", words("a\ud800b")),
        ("description", "no text"),
        ("labels", ("",)),
        ("labels", ("a\nb",)),
        ("labels", (7,)),
        ("estimate", 2.5),
        ("estimate", -1),
        ("estimate", float("inf")),
        ("estimate", True),
        ("due_on", "soon"),
        ("assignees", (NOWHERE, client_id("2"))),
        ("assignees", ("Ada",)),
        ("parent", "ENG-1"),
        ("iterations", ("Cycle 1",)),
        ("status", ""),
    ],
)
def test_what_linear_cannot_hold_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(Invalid) as raised:
        Encoder().stored(name, value)
    assert raised.value.field == name


@pytest.mark.parametrize("name", ["type", "start_on", "releases", "components", "severity"])
def test_what_linear_does_not_have_is_unsupported(name: str) -> None:
    with pytest.raises(Unsupported):
        Encoder().stored(name, "x")


def test_a_relation_that_linear_has_no_word_for_is_known_before_it_is_sent() -> None:
    said = tuple(Related(one, "x") for one in RELATION_TYPES)
    assert Encoder().stored("relations", said) == said
    for one in RelationType:
        if one not in RELATION_TYPES:
            with pytest.raises(Unsupported, match=f"no relation that says {one}"):
                Encoder().stored("relations", (Related(one, "x"),))


@pytest.mark.parametrize(
    ("sent", "back"),
    [
        ("see https://example.com/a?b=c.", "see [https://example.com/a?b=c](<https://example.com/a?b=c>)."),
        ("`https://example.com`", "`https://example.com`"),
        ("[x](https://example.com)", "[x](<https://example.com>)"),
        ("[**x**](https://example.com) y", "[**x**](<https://example.com>) y"),
        ("![x](https://example.com/x.png)", "![x](https://example.com/x.png)"),
        ("<https://example.com>", "<https://example.com>"),
        ("[1]: https://example.com", "[1]: https://example.com"),
        ("```\nhttps://example.com\n```", "```\nhttps://example.com\n```"),
        ("[https://example.com](<https://example.com>)", "[https://example.com](<https://example.com>)"),
    ],
)
def test_l19_a_bare_address_comes_back_as_a_link(sent: str, back: str) -> None:
    assert settled(sent) == back


@given(st.text(alphabet="ab`[](<>)!\n :/.https", max_size=60))
def test_l19_what_was_settled_once_stays_so(text: str) -> None:
    assert settled(settled(text)) == settled(text)


@given(st.sampled_from(Priority))
def test_priorities_go_there_and_back(priority: Priority) -> None:
    from syncline_connectors.linear.translate import priority as read

    assert read(argument("priority", priority)) is priority
