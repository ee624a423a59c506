"""Native statuses read into categories."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.config import ConnectionConfig, StatusReading
from syncline.model import REFINES, Refinement, Status, StatusCategory
from syncline.status import _PUBLISHED, NAMES, StatusMap, folded

Category = StatusCategory


def reading(native: Status, key: str | None = None, **connection: Any) -> str:
    config = ConnectionConfig.model_validate({"connector": "x", **connection})
    found = StatusMap.of(config).resolve(native, key)
    return f"{found.category}/{found.refinement}" if found.refinement else str(found.category)


def test_the_container_goes_before_the_connection_and_the_connection_before_the_tool() -> None:
    maps: dict[str, Any] = {
        "status": {"Review": "waiting", "Store Review": "in_progress"},
        "containers": {"MOB": {"status": {"Store Review": "waiting/vendor"}}},
    }
    status = Status(name="Store Review", category=Category.DONE)
    assert reading(status, "MOB", **maps) == "waiting/vendor"
    assert reading(status, "WEB", **maps) == "in_progress"
    assert reading(status, None, **maps) == "in_progress"
    assert reading(Status(name="Review", category=Category.DONE), "MOB", **maps) == "waiting"
    assert reading(Status(name="Other", category=Category.DONE), "MOB", **maps) == "done"


def test_an_exact_name_goes_before_one_in_another_case() -> None:
    maps: dict[str, Any] = {"status": {"done": "canceled", "Done": "in_progress", "DOING": "waiting"}}
    assert reading(Status(name="Done"), **maps) == "in_progress"
    assert reading(Status(name="done"), **maps) == "canceled"
    assert reading(Status(name="DONE"), **maps) == "canceled"
    assert reading(Status(name="Doing"), **maps) == "waiting"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Backlog", "backlog"),
        ("To Do", "todo"),
        ("to-do", "todo"),
        ("Selected for Development", "todo"),
        ("In Progress", "in_progress"),
        ("IN_PROGRESS", "in_progress"),
        ("In Review", "in_progress/review"),
        ("Code Review", "in_progress/review"),
        ("QA", "in_progress/review"),
        ("Blocked", "waiting/blocked"),
        ("Waiting for customer", "waiting/customer"),
        ("Done", "done"),
        ("Closed", "done"),
        ("Resolved", "done"),
        ("Won't Do", "canceled"),
        ("Won’t do", "canceled"),
        ("Canceled", "canceled"),
        ("cancelled", "canceled"),
        ("Duplicate", "canceled/duplicate"),
        ("Triage", "triage"),
        ("Something nobody foresaw", "todo"),
        ("", "todo"),
    ],
)
def test_published_names(name: str, expected: str) -> None:
    assert reading(Status(name=name)) == expected


def test_the_published_table_says_each_name_once() -> None:
    names = [folded(name) for names in _PUBLISHED.values() for name in names]
    assert sorted(names) == sorted(set(names))
    assert len(NAMES) == len(names)


def test_the_tools_category_is_taken_as_it_is() -> None:
    assert reading(Status(name="In Review", category=Category.IN_PROGRESS)) == "in_progress"
    assert reading(Status(name="Done", category=Category.TODO)) == "todo"
    given_both = Status(name="X", category=Category.WAITING, refinement=Refinement.BLOCKED)
    assert reading(given_both) == "waiting/blocked"
    contradictory = Status(name="X", category=Category.DONE, refinement=Refinement.BLOCKED)
    assert reading(contradictory) == "done"


names = st.one_of(
    st.text(max_size=12), st.sampled_from(sorted(NAMES)), st.sampled_from(["Done", "DONE", "Doing"])
)
readings = st.one_of(
    st.sampled_from([str(category) for category in StatusCategory]),
    st.sampled_from([f"{category}/{word}" for word, category in REFINES.items()]),
)
maps = st.dictionaries(names, readings.map(StatusReading.model_validate), max_size=5)
statuses = st.builds(
    Status,
    name=names,
    id=st.none() | st.text(max_size=3),
    category=st.none() | st.sampled_from(StatusCategory),
    refinement=st.none() | st.sampled_from(Refinement),
)
containers = st.sampled_from([None, "", "A", "B"])


@given(maps, st.dictionaries(containers.filter(bool), maps), statuses, containers)
def test_reading_is_total_and_idempotent(
    own: dict[str, StatusReading],
    by_container: dict[str, dict[str, StatusReading]],
    status: Status,
    container: str | None,
) -> None:
    found = StatusMap(own, by_container)
    once = found.resolve(status, container)
    assert once.category is not None
    assert once.refinement is None or REFINES[once.refinement] is once.category
    assert (once.name, once.id) == (status.name, status.id)
    assert found.resolve(once, container) == once
