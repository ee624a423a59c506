"""What Linear's payloads mean. Payloads are written by hand, in the vendor's shape."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.simulator.linear import needs_schema, vendors_schema

from syncline.model import (
    Attachment,
    Comment,
    Container,
    Health,
    Issue,
    Iteration,
    IterationState,
    Kind,
    Milestone,
    Note,
    Person,
    Priority,
    Project,
    Refinement,
    Relation,
    RelationType,
    StatusCategory,
    Visibility,
)
from syncline_connectors.linear.reading import KINDS, read
from syncline_connectors.linear.translate import (
    LABELS,
    PRIORITIES,
    PROJECT_TYPES,
    RELATIONS,
    STATE_TYPES,
    priority,
)

ISSUE: dict[str, Any] = {
    "id": "11111111-1111-4111-8111-111111111111",
    "identifier": "ENG-7",
    "title": "Broken door",
    "description": "It *sticks*",
    "url": "https://linear.app/acme/issue/ENG-7/broken-door",
    "priority": 2,
    "priorityLabel": "High",
    "estimate": 3,
    "dueDate": "2026-12-01",
    "createdAt": "2026-11-20T09:00:00.000Z",
    "updatedAt": "2026-11-22T10:00:00.123Z",
    "archivedAt": None,
    "completedAt": None,
    "canceledAt": None,
    "trashed": None,
    "labelIds": ["l1", "l2"],
    LABELS: [
        {"id": "l1", "name": "iOS", "parent": {"id": "g", "name": "Platform"}},
        {"id": "l2", "name": "bug", "parent": None},
    ],
    "state": {"id": "s1", "name": "In Progress", "type": "started"},
    "team": {"id": "t1", "key": "ENG"},
    "project": {"id": "p1"},
    "projectMilestone": {"id": "m1"},
    "cycle": {"id": "c1"},
    "parent": {"id": "i0"},
    "assignee": {"id": "u1", "name": "Ada Example"},
    "creator": {"id": "u2", "name": "Ben Example"},
}


def issue(**changes: Any) -> Issue:
    found = read(Kind.ISSUE, {**ISSUE, **changes})
    assert isinstance(found, Issue)
    return found


def test_an_issue_with_everything() -> None:
    found = issue()
    assert (found.remote_id, found.key, found.title) == (ISSUE["id"], "ENG-7", "Broken door")
    assert found.body is not None
    assert (found.body.format, found.body.source) == ("markdown", "It *sticks*")
    assert (found.status.id, found.status.name, found.status.category) == ("s1", "In Progress", "in_progress")
    assert (found.priority, found.priority_name) == (Priority.HIGH, "High")
    assert (found.assignees, found.reporter) == (("u1",), "u2")
    assert found.labels == ("Platform/iOS", "bug")
    assert (found.container, found.parent, found.project, found.milestone) == ("t1", "i0", "p1", "m1")
    assert (found.iterations, found.estimate, found.due_on) == (("c1",), 3.0, date(2026, 12, 1))
    assert found.created_at == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert found.updated_at == datetime(2026, 11, 22, 10, 0, 0, 123000, tzinfo=UTC)
    assert (found.level, found.type, found.archived, found.visibility) == (0, None, False, Visibility.TEAM)


def test_an_address_holds_no_words_of_the_title() -> None:
    assert issue().url == "https://linear.app/acme/issue/ENG-7"
    assert issue(url="https://linear.app/acme/issue/ENG-7").url == "https://linear.app/acme/issue/ENG-7"
    comment = read(
        Kind.COMMENT, {**COMMENT, "url": "https://linear.app/acme/issue/ENG-7/broken-door#comment-1a"}
    )
    assert comment.url == "https://linear.app/acme/issue/ENG-7#comment-1a"


@pytest.mark.parametrize(
    ("type_", "category", "refinement"),
    [
        ("triage", "triage", None),
        ("backlog", "backlog", None),
        ("unstarted", "todo", None),
        ("started", "in_progress", None),
        ("completed", "done", None),
        ("canceled", "canceled", None),
        ("duplicate", "canceled", Refinement.DUPLICATE),
        ("something new", "todo", None),
    ],
)
def test_l32_the_seven_types_of_states(type_: str, category: str, refinement: Refinement | None) -> None:
    found = issue(state={"id": "s", "name": "X", "type": type_}).status
    assert (found.category, found.refinement, found.name) == (category, refinement, "X")
    assert len(STATE_TYPES) == 7


@pytest.mark.parametrize(
    ("number", "wanted"),
    [
        (0, Priority.NONE),
        (1.0, Priority.URGENT),
        (2, Priority.HIGH),
        (3, Priority.MEDIUM),
        (4, Priority.LOW),
        (None, Priority.NONE),
    ],
)
def test_l32_a_lower_number_is_more_urgent_but_0_is_none(number: float | None, wanted: Priority) -> None:
    assert issue(priority=number).priority is wanted


@given(st.floats(allow_nan=True) | st.integers())
def test_a_priority_that_is_none_of_these_is_told(number: float) -> None:
    if number in PRIORITIES:
        assert priority(number) is PRIORITIES[int(number)]
    else:
        with pytest.raises(ValueError, match="priority"):
            priority(number)


@pytest.mark.parametrize(
    ("archived", "trashed", "wanted"),
    [(None, None, False), ("2026-11-22T10:00:00.000Z", None, True), (None, True, True), (None, False, False)],
)
def test_l08_archived_keeps_its_status_and_is_neither_deleted_nor_canceled(
    archived: str | None, trashed: bool | None, wanted: bool
) -> None:
    found = issue(archivedAt=archived, trashed=trashed)
    assert found.archived is wanted
    assert found.status.category is StatusCategory.IN_PROGRESS


def test_when_it_was_resolved() -> None:
    done, canceled = "2026-11-21T10:00:00.000Z", "2026-11-22T10:00:00.000Z"
    assert issue().resolved_at is None
    assert issue(completedAt=done).resolved_at == datetime(2026, 11, 21, 10, tzinfo=UTC)
    assert issue(canceledAt=canceled).resolved_at == datetime(2026, 11, 22, 10, tzinfo=UTC)


def test_what_is_not_there_is_nothing() -> None:
    bare = {name: ISSUE[name] for name in ("id", "title", "state")}
    found = read(Kind.ISSUE, bare)
    assert isinstance(found, Issue)
    assert (found.body, found.assignees, found.labels, found.iterations) == (None, (), (), ())
    assert (found.due_on, found.estimate, found.parent, found.priority) == (None, None, None, Priority.NONE)


@pytest.mark.parametrize(
    ("name", "value", "path"),
    [
        ("id", None, "id"),
        ("id", "", "id"),
        ("state", None, "state"),
        ("state", {"id": "s", "type": "started"}, "state.name"),
        ("dueDate", "soon", "dueDate"),
        ("updatedAt", "2026-11-22", "updatedAt"),
        ("estimate", "many", "estimate"),
        ("assignee", "u1", "assignee"),
        ("assignee", {"name": "Ada"}, "assignee.id"),
        ("title", 7, "title"),
        (LABELS, [{"id": "x"}], "label.name"),
    ],
)
def test_what_makes_no_sense_is_told_by_its_path(name: str, value: object, path: str) -> None:
    with pytest.raises(ValueError, match=path.replace(".", r"\.")):
        issue(**{name: value})


# ---- what hangs on an issue ----------------------------------------------------------------------------------------

COMMENT: dict[str, Any] = {
    "id": "k1",
    "body": "words",
    "createdAt": "2026-11-20T09:00:00.418Z",
    "updatedAt": "2026-11-20T09:00:00.406Z",
    "issueId": "i1",
    "parentId": "k0",
    "user": {"id": "u1", "name": "Ada Example"},
}


def test_a_comment_and_an_answer() -> None:
    found = read(Kind.COMMENT, COMMENT)
    assert isinstance(found, Comment)
    assert (found.subject, found.parent, found.author, found.visibility) == (
        "i1",
        "k0",
        "u1",
        Visibility.TEAM,
    )
    assert found.body.source == "words"


def test_a_comment_of_a_bot_has_no_author_and_one_elsewhere_no_place() -> None:
    found = read(Kind.COMMENT, {**COMMENT, "user": None, "issueId": None, "issue": {"id": "i2"}})
    assert isinstance(found, Comment)
    assert (found.author, found.subject) == (None, "i2")
    with pytest.raises(ValueError, match="issue: missing"):
        read(Kind.COMMENT, {**COMMENT, "issueId": None})


def test_an_attachment_is_a_link_and_a_file_of_ours_has_a_size() -> None:
    link = {
        "id": "a1",
        "url": "https://example.com/1",
        "title": "A link",
        "metadata": {},
        "issue": {"id": "i1"},
    }
    found = read(Kind.ATTACHMENT, link)
    assert isinstance(found, Attachment)
    assert (found.subject, found.title, found.url, found.size) == (
        "i1",
        "A link",
        "https://example.com/1",
        None,
    )
    file = read(Kind.ATTACHMENT, {**link, "metadata": {"size": 5, "type": "text/plain"}})
    assert isinstance(file, Attachment)
    assert (file.size, file.mime_type) == (5, "text/plain")
    for odd in ({"size": True}, {"size": -1}, {"size": "5"}, {"type": "pdf"}, None):
        found = read(Kind.ATTACHMENT, {**link, "metadata": odd})
        assert isinstance(found, Attachment)
        assert (found.size, found.mime_type) == (None, None)


@pytest.mark.parametrize(
    ("type_", "wanted"),
    [
        ("blocks", RelationType.BLOCKS),
        ("duplicate", RelationType.DUPLICATES),
        ("related", RelationType.RELATES),
        ("similar", RelationType.RELATES),
        ("unheard of", RelationType.RELATES),
    ],
)
def test_l16_a_relation_is_read_from_its_issue_to_the_related_one(type_: str, wanted: RelationType) -> None:
    found = read(
        Kind.RELATION, {"id": "r1", "type": type_, "issue": {"id": "i1"}, "relatedIssue": {"id": "i2"}}
    )
    assert isinstance(found, Relation)
    assert (found.subject, found.type, found.target) == ("i1", wanted, "i2")
    assert found.native_name == type_


# ---- what issues refer to ------------------------------------------------------------------------------------------

PROJECT: dict[str, Any] = {
    "id": "p1",
    "name": "Doors",
    "description": "short",
    "content": "# Long",
    "url": "https://linear.app/acme/project/doors-1a",
    "priority": 1,
    "startDate": "2026-10-01",
    "targetDate": "2026-12-24",
    "createdAt": "2026-09-01T00:00:00.000Z",
    "updatedAt": "2026-11-01T00:00:00.000Z",
    "health": "atRisk",
    "status": {"id": "ps", "name": "Building", "type": "started"},
    "lead": {"id": "u1", "name": "Ada"},
    "creator": {"id": "u2", "name": "Ben"},
    "teams": {"nodes": [{"id": "t1", "key": "ENG"}, {"id": "t2", "key": "OPS"}]},
    "initiatives": {"nodes": [{"id": "n1"}, {"id": "n2"}]},
}


def test_a_project_with_everything() -> None:
    found = read(Kind.PROJECT, PROJECT)
    assert isinstance(found, Project)
    assert (found.level, found.title, found.type) == (1, "Doors", "project")
    assert found.body is not None
    assert found.body.source == "# Long"
    assert (found.status.name, found.status.category) == ("Building", StatusCategory.IN_PROGRESS)
    assert (found.health, found.health_name) == (Health.AT_RISK, "atRisk")
    assert (found.assignees, found.reporter) == (("u1",), "u2")
    assert (found.container, found.containers) == ("t1", ("t1", "t2"))
    assert (found.parent, found.parents) == ("n1", ("n1", "n2"))
    assert (found.start_on, found.due_on) == (date(2026, 10, 1), date(2026, 12, 24))
    assert found.priority is Priority.URGENT


def test_a_project_without_a_claim_has_none() -> None:
    found = read(Kind.PROJECT, {**PROJECT, "health": None, "content": None})
    assert isinstance(found, Project)
    assert (found.health, found.health_name) == (None, None)
    assert found.body is not None
    assert found.body.source == "short"
    odd = read(Kind.PROJECT, {**PROJECT, "health": "fine"})
    assert isinstance(odd, Project)
    assert (odd.health, odd.health_name) == (None, "fine"), "a word that is not known is kept, not guessed"


def test_an_initiative_is_a_project_of_a_higher_level() -> None:
    payload = {
        "id": "n1",
        "name": "Grow",
        "status": "Active",
        "targetDate": "2027-03-31",
        "health": "onTrack",
        "owner": {"id": "u1", "name": "Ada"},
        "parentInitiative": {"id": "n0"},
    }
    found = read(Kind.PROJECT, payload)
    assert isinstance(found, Project)
    assert (found.level, found.type, found.parent, found.parents) == (2, "initiative", "n0", ("n0",))
    assert (found.status.category, found.health) == (StatusCategory.IN_PROGRESS, Health.ON_TRACK)
    assert (found.due_on, found.assignees) == (date(2027, 3, 31), ("u1",))


def test_a_milestone_an_update_a_person_a_team() -> None:
    milestone = read(
        Kind.MILESTONE, {"id": "m", "name": "Beta", "targetDate": "2026-12-01", "project": {"id": "p1"}}
    )
    assert isinstance(milestone, Milestone)
    assert (milestone.project, milestone.due_on) == ("p1", date(2026, 12, 1))
    update = read(
        Kind.NOTE,
        {
            "id": "x",
            "body": "slower",
            "health": "offTrack",
            "createdAt": "2026-11-01T00:00:00.000Z",
            "project": {"id": "p1"},
            "user": {"id": "u1"},
        },
    )
    assert isinstance(update, Note)
    assert (update.type, update.subject, update.health, update.author) == (
        "update",
        "p1",
        Health.OFF_TRACK,
        "u1",
    )
    assert update.noted_at == datetime(2026, 11, 1, tzinfo=UTC)
    person = read(Kind.PERSON, {"id": "u1", "name": "Ada Example", "displayName": "ada", "active": False})
    assert isinstance(person, Person)
    assert (person.title, person.key, person.active, person.email) == ("Ada Example", "ada", False, None)
    team = read(
        Kind.CONTAINER,
        {
            "id": "t1",
            "key": "ENG",
            "name": "Engineering",
            "_home": "acme",
            "_states": [{"id": "s1", "name": "Todo"}, {"id": "s2", "name": "Done"}],
        },
    )
    assert isinstance(team, Container)
    assert (team.type, team.url) == ("team", "https://linear.app/acme/team/ENG")
    assert team.columns == (("Todo", ("s1",)), ("Done", ("s2",)))


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ({"isActive": True}, IterationState.ACTIVE),
        ({"isFuture": True}, IterationState.FUTURE),
        ({"isPast": True}, IterationState.CLOSED),
        ({"isActive": True, "completedAt": "2026-11-01T00:00:00.000Z"}, IterationState.CLOSED),
    ],
)
def test_a_cycle(told: dict[str, Any], wanted: IterationState) -> None:
    found = read(Kind.ITERATION, {"id": "c1", "number": 16.0, "name": None, "team": {"id": "t1"}, **told})
    assert isinstance(found, Iteration)
    assert (found.title, found.key, found.state, found.container) == ("Cycle 16", "16", wanted, "t1")


# ---- the tables ----------------------------------------------------------------------------------------------------


@needs_schema
def test_every_value_of_the_vendors_enumerations_is_in_a_table() -> None:
    schema = vendors_schema()

    def values(name: str) -> set[str]:
        return set(schema.type_map[name].values)  # type: ignore[attr-defined]

    assert values("ProjectStatusType") == PROJECT_TYPES.keys()
    assert values("IssueRelationType") == RELATIONS.keys()


@settings(max_examples=60)
@given(
    st.sampled_from(sorted(KINDS)),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([*ISSUE, *PROJECT, "nodes", "issueId"]), inner, max_size=6)
        ),
    ),
)
def test_no_payload_raises_anything_but_valueerror(kind: Kind, payload: Any) -> None:
    for found in (payload if isinstance(payload, dict) else {"id": payload}, {**ISSUE, "state": payload}):
        try:
            record = read(kind, found)
        except ValueError:
            continue
        assert record == read(kind, json.loads(json.dumps(found))), "one payload, one record"
