"""What an update comes to: deltas, parts of an edit, and what is due."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.jira.payloads import CATALOGUE, issue

from syncline.changes import Due, due
from syncline.errors import Invalid, Unsupported, VersionConflict
from syncline.model import Issue
from syncline.target import AddRemove, Move, Set
from syncline_connectors.jira.dialect import CLOUD, DATA_CENTER
from syncline_connectors.jira.edits import Edit
from syncline_connectors.jira.encode import Alias, Encoder
from syncline_connectors.jira.fields import field_map
from syncline_connectors.jira.screens import ScreenField
from syncline_connectors.jira.translate import IssueReader

FIELDS = field_map(CATALOGUE, {})
ENCODER = Encoder(CLOUD, CATALOGUE, FIELDS, {})
SEVERAL = frozenset({"add", "set", "remove"})
WORDS = st.sets(st.sampled_from("abcdef"))


def read(**fields: object) -> Issue:
    found = IssueReader("https://demo.atlassian.net", FIELDS).read(issue(**fields))
    assert isinstance(found, Issue)
    return found


def put(edit: Edit, name: str, now: object, shall: object, native: str, operations: frozenset[str]) -> None:
    place = ScreenField(native, native, operations=operations)
    edit.put(name, now, shall, place, encoder=ENCODER, alias=Alias(), dialect=CLOUD)


@given(WORDS, WORDS, WORDS)
def test_a_delta_makes_what_was_wanted_and_leaves_what_others_added(
    now: set[str], shall: set[str], others: set[str]
) -> None:
    edit = Edit()
    put(edit, "labels", tuple(now), tuple(shall), "labels", SEVERAL)
    there = now | others
    for verb in edit.update["labels"]:
        there = there | {verb["add"]} if "add" in verb else there - {verb["remove"]}
    assert shall <= there
    assert there - shall == others - now - shall
    assert edit.fields == {}


@given(WORDS)
def test_a_list_that_takes_no_deltas_is_set(shall: set[str]) -> None:
    edit = Edit()
    put(edit, "labels", (), tuple(sorted(shall)), "labels", frozenset({"set"}))
    assert edit.body() == {"fields": {"labels": sorted(shall)}}


@given(st.sets(st.sampled_from(["title", "labels", "due_on"])))
def test_parts_of_an_edit_make_the_whole(names: set[str]) -> None:
    edit = Edit()
    put(edit, "title", "a", "b", "summary", frozenset({"set"}))
    put(edit, "labels", (), ("a",), "labels", SEVERAL)
    put(edit, "due_on", None, None, "duedate", frozenset({"set"}))
    one, other = edit.only(names), edit.only(edit.names - names)
    assert one.names == names
    assert {**one.fields, **other.fields} == edit.fields
    assert {**one.update, **other.update} == edit.update
    assert not one.fields.keys() & one.update.keys()


def test_a_subtask_of_data_center_keeps_its_parent() -> None:
    place = ScreenField("parent", "Parent")
    with pytest.raises(Invalid):
        Edit().put("parent", "1", None, place, encoder=ENCODER, alias=Alias(), dialect=DATA_CENTER)


def test_what_is_there_is_not_due_even_where_it_changed_meanwhile() -> None:
    found = read(summary="Mine")
    assert due("title", Set("Mine"), {"title": "Before"}, found, ENCODER.stored, "Jira") is None
    with pytest.raises(VersionConflict):
        due("title", Set("Other"), {"title": "Before"}, found, ENCODER.stored, "Jira")
    other = Set("Other")
    assert due("title", other, {}, found, ENCODER.stored, "Jira") == Due(other, "Mine", "Other")


def test_a_change_must_suit_its_field() -> None:
    found = read()
    for name, change in (
        ("status", Set("Done")),
        ("title", Move("Done")),
        ("title", AddRemove(add=("x",))),
    ):
        with pytest.raises((Unsupported, Invalid)):
            due(name, change, {}, found, ENCODER.stored, "Jira")
