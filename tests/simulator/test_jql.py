"""The JQL subset: what it means, and the vendor's words where it refuses."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.simulator.world import World

from syncline_connectors.jira.simulator.jql import All, Any_, Clause, JqlError, Not, Tree, parse


@pytest.fixture
def jql(world: World) -> World:
    """Four issues: ED-1 story, ED-2 bug in progress and assigned, ED-3 done with a label, SHOP-1."""
    site = world.site
    site.create_issue(world.editor, "Write a page", type="Story", fields={"customfield_10036": 5.0})
    bug = site.create_issue(world.editor, "Page is lost", type="Bug", fields={"assignee": world.mia})
    site.transition(bug, "In Progress")
    done = site.create_issue(
        world.editor, "Old thing", fields={"labels": ["legacy"], "duedate": "2026-02-01"}
    )
    site.transition(done, "Done")
    site.create_issue(world.shop, "Sell a page", fields={"priority": "High"})
    return world


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("project = ED", "ED-1 ED-2 ED-3"),
        ('project = "Editor"', "ED-1 ED-2 ED-3"),
        ("project in (ED, SHOP)", "ED-1 ED-2 ED-3 SHOP-1"),
        ("project = 10001", "SHOP-1"),
        ("project != ED", "SHOP-1"),
        ("project not in (SHOP)", "ED-1 ED-2 ED-3"),
        ("issuetype = Bug", "ED-2"),
        ("type in (Bug, Story)", "ED-1 ED-2"),
        ('status = "In Progress"', "ED-2"),
        ("statusCategory = Done", "ED-3"),
        ("statusCategory != Done", "ED-1 ED-2 SHOP-1"),
        ("assignee = currentUser()", "ED-2"),
        ("assignee is EMPTY", "ED-1 ED-3 SHOP-1"),
        ("assignee != EMPTY", "ED-2"),
        ("assignee is not null", "ED-2"),
        ("labels = legacy", "ED-3"),
        ("labels != legacy", ""),
        ("labels is EMPTY", "ED-1 ED-2 SHOP-1"),
        ("resolution = Unresolved", "ED-1 ED-2 SHOP-1"),
        ("resolution != Unresolved", "ED-3"),
        ("resolution in (Done, Unresolved)", "ED-1 ED-2 ED-3 SHOP-1"),
        ("key = ED-2", "ED-2"),
        ("key in (ed-2, SHOP-1)", "ED-2 SHOP-1"),
        ("id in (10000, 10003)", "ED-1 SHOP-1"),
        ("id >= 10002", "ED-3 SHOP-1"),
        ("priority = High", "SHOP-1"),
        ("summary ~ page", "ED-1 ED-2 SHOP-1"),
        ("due < 2026-03-01", "ED-3"),
        ('"Story Points" > 3', "ED-1"),
        ("cf[10036] is not EMPTY", "ED-1"),
        ("NOT project = ED", "SHOP-1"),
        ("project = ED AND (type = Bug OR labels = legacy)", "ED-2 ED-3"),
        ("project = SHOP OR project = ED AND type = Bug", "ED-2 SHOP-1"),
    ],
)
def test_a_query_means(jql: World, query: str, expected: str) -> None:
    found = [issue["key"] for issue in jql.walk(f"{query} ORDER BY key", fields=["key"])]
    assert found == expected.split()


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "Unbounded JQL"),
        ("ORDER BY created", "Unbounded JQL"),
        ("project", "Expecting operator"),
        ("project = ", "Expecting either a value"),
        ("project = ED AND", "Expecting a field name"),
        ("project = ED status = Done", "Expecting either 'OR' or 'AND' but got 'status'"),
        ("project = NOPE", "The value 'NOPE' does not exist for the field 'project'."),
        ("status = Nope", "The value 'Nope' does not exist for the field 'status'."),
        ("nope = 1", "Field 'nope' does not exist"),
        ("key = ED-99", "An issue with key 'ED-99' does not exist for field 'key'."),
        ("updated > yesterday", "Date value 'yesterday' for field 'updated' is invalid"),
        ("assignee = me()", "Unable to find JQL function 'me()'"),
        ("project = ED ORDER BY a, b, c, d, e, f, g, h", "maximum number of sort fields is 7"),
    ],
)
def test_a_query_is_refused_in_the_vendors_shape(jql: World, query: str, message: str) -> None:
    response = jql.post("search/jql", {"jql": query})
    assert response.status == 400
    body = response.json()
    assert body["errors"] == {}
    assert message in body["errorMessages"][0]


def at(world: World, moment: datetime) -> Any:
    return world.site.create_issue(world.editor, f"At {moment}", at=moment)


def found(world: World, clause: str) -> list[str]:
    return [issue["key"] for issue in world.walk(f"project = ED AND {clause} ORDER BY key", fields=["key"])]


def test_epoch_milliseconds_are_absolute_and_cut_to_the_minute(world: World) -> None:
    moment = datetime(2026, 2, 1, 10, 30, 20, tzinfo=UTC)
    at(world, moment)
    late = int(moment.replace(second=55).timestamp() * 1000)
    assert found(world, f"updated >= {late}") == ["ED-1"]
    assert found(world, f"updated >= {late + 60_000}") == []


def test_quoted_times_are_read_in_the_callers_zone(world: World) -> None:
    """Mia's profile is in Berlin, an hour ahead of UTC in winter."""
    at(world, datetime(2026, 2, 1, 10, 30, tzinfo=UTC))
    assert found(world, 'updated >= "2026-02-01 11:30"') == ["ED-1"]
    assert found(world, 'updated >= "2026/02/01 11:31"') == []
    assert found(world, 'updated < "2026-02-01 11:31" AND updated > "2026-02-01"') == ["ED-1"]
    assert found(world, 'updated = "2026-02-01 11:30"') == ["ED-1"]


def test_relative_times_follow_the_clock(world: World) -> None:
    at(world, world.clock.now())
    assert found(world, "updated >= -5m") == ["ED-1"]
    world.clock.advance(600)
    assert found(world, "updated >= -5m") == []
    assert found(world, 'updated >= "-1h"') == ["ED-1"]
    assert found(world, "updated <= now()") == ["ED-1"]


def test_rows_are_sorted_with_gaps_last(world: World) -> None:
    now = world.clock.now()
    for days, due in ((3, None), (2, "2026-05-01"), (1, "2026-04-01")):
        world.site.create_issue(world.editor, "x", at=now - timedelta(days=days), fields={"duedate": due})

    def order(by: str) -> list[str]:
        return [issue["key"] for issue in world.walk(f"project = ED ORDER BY {by}", fields=["key"])]

    assert order("due ASC") == ["ED-3", "ED-2", "ED-1"]
    assert order("due DESC") == ["ED-2", "ED-3", "ED-1"]
    assert order("updated ASC, id ASC") == ["ED-1", "ED-2", "ED-3"]
    assert order("key DESC") == ["ED-3", "ED-2", "ED-1"]


# ---- the reader alone ------------------------------------------------------------------------------------------------

_clauses = st.builds(
    lambda field, operator, value: f"{field} {operator} {value}",
    st.sampled_from(["project", "status", "id"]),
    st.sampled_from(["=", "!=", ">=", "<"]),
    st.integers(0, 9).map(str),
)
_trees = st.recursive(
    _clauses,
    lambda inner: st.one_of(
        st.builds("({} AND {})".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
        st.builds("NOT ({})".format, inner),
    ),
    max_leaves=8,
)


def written(tree: Tree) -> str:
    if isinstance(tree, Clause):
        return f"{tree.field} {tree.operator} {tree.values[0].text}"
    if isinstance(tree, Not):
        return f"NOT ({written(tree.inner)})"
    word = " AND " if isinstance(tree, All) else " OR "
    return "(" + word.join(written(part) for part in tree.parts) + ")"


@given(_trees)
def test_what_is_written_is_read(text: str) -> None:
    tree = parse(text).where
    assert tree is not None
    assert parse(written(tree)).where == tree


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(JqlError):
        parse(text)


def test_and_binds_stronger_than_or() -> None:
    tree = parse("a = 1 OR b = 2 AND c = 3").where
    assert isinstance(tree, Any_)
    assert isinstance(tree.parts[1], All)
