"""Filters of a Linear workspace."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.simulator.linear import LinearWorld

from syncline.sim import SimClock
from syncline_connectors.linear.simulator.filters import compile_comparator

QUERY = """query($filter: IssueFilter) {
  issues(filter: $filter, includeArchived: true, first: 250) { nodes { title } } }"""


@pytest.fixture
def linear(clock: SimClock) -> LinearWorld:
    """Issues A to E, each of which has something of its own."""
    world = LinearWorld(clock, calm=True)
    site = world.site
    bug, ux = site.add_label("Bug"), site.add_label("UX", team=world.eng)
    project = site.add_project("Editor", [world.eng])
    a = site.create_issue(
        world.eng, "A", assignee=world.ada, labels=[bug, ux], description="Seen: <!-- sl:42 -->"
    )
    clock.advance(60)
    site.create_issue(world.eng, "B", priority=1, project=project, estimate=5, parent=a)
    clock.advance(60)
    c = site.create_issue(world.ops, "C")
    clock.advance(60)
    d = site.create_issue(world.eng, "D", due_date=date(2026, 4, 1), labels=[bug], state="Done")
    clock.advance(60)
    e = site.create_issue(world.eng, "E", cycle=site.add_cycle(world.eng), assignee=world.bob)
    site.archive(e)
    site.comment(d, "See the log", by=world.bob)
    site.attach(c, "https://example.com/x", "X")
    site.relate(c, "blocks", a)
    site.relate(d, "blocks", e)
    return world


CASES: list[tuple[dict[str, Any], str]] = [
    ({}, "ABCDE"),
    ({"number": {"in": [1, 2]}, "team": {"key": {"eq": "ENG"}}}, "AB"),
    ({"team": {"key": {"in": ["OPS"]}}}, "C"),
    ({"team": {"key": {"in": ["ops"]}}}, ""),
    ({"title": {"eqIgnoreCase": "b"}}, "B"),
    ({"title": {"nin": ["A", "B"]}}, "CDE"),
    ({"createdAt": {"gte": "2026-03-02T09:02:00.000Z"}}, "CDE"),
    ({"createdAt": {"gt": "2026-03-02T09:02:00Z", "lte": "2026-03-02T10:03:00+01:00"}}, "D"),
    ({"createdAt": {"lt": "2026-03-02T09:01:00Z"}}, "A"),
    ({"updatedAt": {"gte": "-PT2M"}}, "CDE"),
    ({"createdAt": {"lt": "2026"}}, ""),
    ({"archivedAt": {"null": True}}, "ABCD"),
    ({"archivedAt": {"null": False}}, "E"),
    ({"archivedAt": {"gt": "2026-01-01"}}, "E"),
    ({"description": {"contains": "<!-- sl:42 -->"}}, "A"),
    ({"description": {"null": True}}, "BCDE"),
    ({"description": {"notContains": "Seen"}}, "BCDE"),
    ({"state": {"type": {"eq": "completed"}}}, "D"),
    ({"state": {"name": {"in": ["Backlog"]}}}, "ABCE"),
    ({"assignee": {"isMe": {"eq": True}}}, "A"),
    ({"assignee": {"null": True}}, "BCD"),
    ({"assignee": {"name": {"startsWith": "Bob"}}}, "E"),
    ({"priority": {"lte": 1, "gte": 1}}, "B"),
    ({"priority": {"eq": 0}}, "ACDE"),
    ({"estimate": {"null": True}}, "ACDE"),
    ({"estimate": {"or": [{"eq": 5}, {"eq": 8}]}}, "B"),
    ({"project": {"name": {"eq": "Editor"}}}, "B"),
    ({"project": {"null": True}}, "ACDE"),
    ({"parent": {"title": {"eq": "A"}}}, "B"),
    ({"cycle": {"number": {"eq": 1}}}, "E"),
    ({"cycle": {"isActive": {"eq": True}}}, "E"),
    ({"dueDate": {"gt": "2026-03-01"}}, "D"),
    ({"dueDate": {"null": False}}, "D"),
    ({"labels": {"name": {"eq": "Bug"}}}, "AD"),
    ({"labels": {"some": {"name": {"eq": "UX"}}}}, "A"),
    ({"labels": {"every": {"name": {"eq": "Bug"}}}}, "BCDE"),
    ({"labels": {"length": {"gte": 2}}}, "A"),
    ({"labels": {"null": True}}, "BCE"),
    ({"labels": {"and": [{"name": {"eq": "Bug"}}, {"name": {"eq": "UX"}}]}}, "A"),
    ({"comments": {"body": {"containsIgnoreCase": "LOG"}}}, "D"),
    ({"attachments": {"url": {"startsWith": "https://example.com/"}}}, "C"),
    ({"children": {"length": {"gt": 0}}}, "A"),
    ({"hasBlockedByRelations": {"eq": True}}, "A"),
    ({"hasBlockingRelations": {"eq": True}}, "CD"),
    ({"or": [{"title": {"eq": "A"}}, {"and": [{"title": {"eq": "B"}}, {"priority": {"eq": 1}}]}]}, "AB"),
    ({"and": [{"title": {"neq": "A"}}, {"team": {"key": {"eq": "OPS"}}}]}, "C"),
    ({"or": []}, ""),
    ({"and": []}, "ABCDE"),
]


@pytest.mark.parametrize(("wanted", "found"), CASES, ids=[str(case[0])[:60] for case in CASES])
def test_a_filter_keeps(linear: LinearWorld, wanted: dict[str, Any], found: str) -> None:
    nodes = linear.ask(QUERY, filter=wanted)["issues"]["nodes"]
    assert "".join(sorted(node["title"] for node in nodes)) == found


def test_ids_are_compared_as_they_are(linear: LinearWorld) -> None:
    ids = [issue.id for issue in linear.site.issues.values() if issue.title in "AB"]
    nodes = linear.ask(QUERY, filter={"id": {"in": [*ids, "no-such-id"]}})["issues"]["nodes"]
    assert sorted(node["title"] for node in nodes) == ["A", "B"]


@pytest.mark.parametrize(
    "wanted",
    [
        {"nonsense": {"eq": 1}},
        {"number": {"like": 1}},
        {"number": {"eq": "x"}},
        {"updatedAt": {"gte": "soon"}},
    ],
)
def test_what_a_filter_does_not_know_is_refused(linear: LinearWorld, wanted: dict[str, Any]) -> None:
    response = linear.post(QUERY, {"filter": wanted})
    assert response.status == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_a_null_where_a_value_belongs_is_refused(linear: LinearWorld) -> None:
    assert linear.refuse(QUERY, filter={"number": {"eq": None}})["extensions"]["type"] == "invalid input"
    assert linear.refuse(QUERY, filter={"state": None})["extensions"]["type"] == "invalid input"


def test_other_lists_have_filters_of_their_own(linear: LinearWorld) -> None:
    found = linear.ask(
        """{ workflowStates(filter: {team: {key: {eq: "OPS"}}, type: {eq: "started"}}) { nodes { name } }
        users(filter: {email: {eq: "bob@example.com"}}) { nodes { id } }
        u: users(filter: {email: {endsWith: "@example.com"}}) { nodes { id } }
        issueLabels(filter: {team: {null: true}}) { nodes { name } }
        comments(filter: {issue: {number: {eq: 3}}, user: {isMe: {eq: false}}}) { nodes { id } } }"""
    )
    assert found["workflowStates"]["nodes"] == [{"name": "In Progress"}]
    assert (len(found["users"]["nodes"]), len(found["u"]["nodes"])) == (0, 2)
    assert found["issueLabels"]["nodes"] == [{"name": "Bug"}]
    assert len(found["comments"]["nodes"]) == 1


def test_a_nested_list_is_filtered_too(linear: LinearWorld) -> None:
    (team,) = linear.ask(
        '{ teams(filter: {key: {eq: "ENG"}}) { nodes { issues(filter: {priority: {eq: 1}}) { nodes { title } } } } }'
    )["teams"]["nodes"]
    assert team["issues"]["nodes"] == [{"title": "B"}]


# ---- comparators -----------------------------------------------------------------------------------------------------

OPPOSITES = [
    ("eq", "neq"),
    ("contains", "notContains"),
    ("containsIgnoreCase", "notContainsIgnoreCase"),
    ("startsWith", "notStartsWith"),
    ("endsWith", "notEndsWith"),
    ("eqIgnoreCase", "neqIgnoreCase"),
]


@given(value=st.none() | st.text("abÀà", max_size=4), wanted=st.text("abÀà", max_size=3))
def test_what_is_denied_is_everything_else(value: str | None, wanted: str) -> None:
    for name, opposite in OPPOSITES:
        assert compile_comparator({name: wanted})(value) is not compile_comparator({opposite: wanted})(value)
    assert compile_comparator({"in": [wanted]})(value) is not compile_comparator({"nin": [wanted]})(value)


@given(value=st.integers(), low=st.integers(), high=st.integers())
def test_bounds_are_those_of_arithmetic(value: int, low: int, high: int) -> None:
    assert compile_comparator({"gte": low, "lt": high})(value) is (low <= value < high)
    assert compile_comparator({"gt": low, "lte": high})(value) is (low < value <= high)


def test_accents_and_case_can_be_ignored() -> None:
    assert compile_comparator({"containsIgnoreCaseAndAccent": "cafe"})("Le CAFÉ noir")
    assert not compile_comparator({"containsIgnoreCase": "cafe"})("Le CAFÉ noir")
