"""What an issue's past tells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.linear.lab import Wire, World, fetched, pull

from syncline.connector import History
from syncline.model import Event, Kind
from syncline_connectors.linear import Linear
from syncline_connectors.linear.history import NATIVE_FIELDS, PAIRS, Names, changes, events

NAMES = Names({"l1": "bug", "l2": "Platform/iOS"}.get, {"s1": "Todo", "s2": "Done"}.get)
ENTRY: dict[str, Any] = {"id": "h1", "createdAt": "2026-11-22T10:00:00.000Z", "actorId": "u1"}


def told(**values: Any) -> list[tuple[Any, ...]]:
    return [
        (one.field, one.old, one.new, one.old_name, one.new_name)
        for one in events("i1", {**ENTRY, **values}, NAMES)
    ]


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({"fromStateId": "s1", "toStateId": "s2"}, ("status", "s1", "s2", "Todo", "Done")),
        ({"fromStateId": "s1", "toStateId": "s9"}, ("status", "s1", "s9", "Todo", None)),
        ({"toAssigneeId": "u1"}, ("assignees", None, "u1", None, None)),
        ({"fromPriority": 0.0, "toPriority": 1.0}, ("priority", "0", "1", "No priority", "Urgent")),
        ({"fromDueDate": "2026-12-01"}, ("due_on", "2026-12-01", None, "2026-12-01", None)),
        ({"fromEstimate": 1.0, "toEstimate": 2.5}, ("estimate", "1", "2.5", "1", "2.5")),
        ({"fromTitle": "a", "toTitle": "b"}, ("title", "a", "b", "a", "b")),
        ({"toProjectId": "p1"}, ("project", None, "p1", None, None)),
        ({"toParentId": "i0"}, ("parent", None, "i0", None, None)),
        ({"fromCycleId": "c1", "toCycleId": "c2"}, ("iterations", "c1", "c2", None, None)),
        ({"fromTeamId": "t1", "toTeamId": "t2"}, ("container", "t1", "t2", None, None)),
        ({"addedLabelIds": ["l1"]}, ("labels", None, "bug", None, "bug")),
        ({"removedLabelIds": ["l2"]}, ("labels", "Platform/iOS", None, "Platform/iOS", None)),
        ({"addedLabelIds": ["l9"]}, ("labels", None, "l9", None, "l9")),
        ({"archived": True}, ("archived", "false", "true", "false", "true")),
        ({"trashed": False}, ("native:trashed", "true", "false", "true", "false")),
        ({"updatedDescription": True}, ("description", None, None, None, None)),
    ],
)
def test_each_change_is_an_event(values: dict[str, Any], wanted: tuple[Any, ...]) -> None:
    assert told(**values) == [wanted]


def test_changes_made_together_are_events_of_one_entry_told_apart_by_number() -> None:
    entry = {
        **ENTRY,
        "fromTitle": "a",
        "toTitle": "b",
        "toStateId": "s2",
        "addedLabelIds": ["l1", "l2"],
        "removedLabelIds": ["l3"],
        "updatedDescription": True,
    }
    found = list(events("i1", entry, NAMES))
    assert [one.field for one in found] == ["title", "status", "labels", "labels", "labels", "description"]
    assert len({(one.native_id, one.ordinal) for one in found}) == len(found)
    fewer = {name: value for name, value in entry.items() if name not in ("fromTitle", "toTitle")}
    kept = {one.ordinal: one for one in events("i1", fewer, NAMES)}
    assert all(kept[one.ordinal] == one for one in found if one.field != "title"), "a number never moves"
    assert all(
        (one.kind, one.remote_id, one.actor, one.at.isoformat())
        == (Kind.ISSUE, "i1", "u1", "2026-11-22T10:00:00+00:00")
        for one in found
    )


def test_an_entry_about_anything_else_is_no_event() -> None:
    assert told() == []
    assert told(attachmentId="a1", fromPriority=2.0, toPriority=2.0, archived=None) == []


@pytest.mark.parametrize(
    "broken", [{"createdAt": None}, {"id": None}, {"addedLabelIds": "l1"}, {"toTitle": 7.5j}]
)
def test_an_entry_that_makes_no_sense_is_told(broken: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"history|LabelIds|toTitle"):
        list(events("i1", {**ENTRY, "addedLabelIds": ["l1"], **broken}, NAMES))


def test_a_long_value_is_cut_and_says_so() -> None:
    (found,) = changes({"toTitle": "x" * 300}, NAMES)
    assert found.new == "x" * 300
    ((_, _, new, _, _),) = told(toTitle="x" * 300)
    assert len(new) == 255
    assert new.endswith("…")


def test_what_is_declared_as_native_is_what_can_be_told() -> None:
    assert {field for field, _ in PAIRS} | {"labels", "archived"} == NATIVE_FIELDS


def test_a_life_is_told_whole_and_every_name_is_known(connect: Callable[..., Linear], world: World) -> None:
    red = world.site.add_label("red")
    issue = world.issue("before")
    other = world.issue("parent")
    project = world.site.add_project("Doors", [world.eng])
    for number in range(13):
        world.later(60)
        world.site.edit(issue, by=world.ben, priority=number % 4 + 1)
    world.site.edit(issue, by=world.ben, labels=[red], parent=other, project=project, assignee=world.ada)
    world.site.transition(issue, "Done", by=world.ben)
    world.site.archive(issue, by=world.ben)
    linear = connect()
    found = [one for page in pull(linear) for one in page.events if one.remote_id == issue.id]
    fields = [one.field for one in found]
    assert fields.count("priority") == 13, "lists that go on are read on"
    assert {"labels", "parent", "project", "assignees", "status", "archived"} <= set(fields)
    by_field: dict[str, Event] = {one.field: one for one in found}
    assert by_field["status"].new_name == "Done"
    assert by_field["labels"].new == "red"
    assert {one.actor for one in found} == {world.ben.id}


def test_history_is_asked_for_only_where_it_is_wanted(
    connect: Callable[..., Linear], world: World, wire: Wire
) -> None:
    issue = world.issue()
    world.site.edit(issue, by=world.ben, title="edited")
    linear = connect(streams=("issues", "comments"))
    assert fetched(linear, issue.id).events == []
    assert linear.capabilities.history == {}
    assert all(not given["history"] for given in wire.variables("Issues"))
    whole = connect()
    assert [one.field for one in fetched(whole, issue.id).events] == ["title"]
    assert set(whole.capabilities.history.values()) == {History.NATIVE}
