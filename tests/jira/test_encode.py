"""What is written for a value, and what reading will show: pure, and held against recorded screens."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.jira.lab import SHARED
from tests.jira.payloads import CATALOGUE, doc, issue

from syncline.changes import alike, kept
from syncline.config.connection import FieldCopy
from syncline.errors import Invalid, Unsupported
from syncline.model import Issue, Priority, Text, TextFormat
from syncline.target import same_value, value_of
from syncline_connectors.jira.creating import field_infos
from syncline_connectors.jira.dialect import CLOUD, DATA_CENTER
from syncline_connectors.jira.encode import CHOSEN, Encoder
from syncline_connectors.jira.fields import Field, field_map
from syncline_connectors.jira.screens import ScreenField, Shape, said, screen_of
from syncline_connectors.jira.shapes import LINE, TEXT, shaped
from syncline_connectors.jira.translate import PRIORITIES, IssueReader

KIT = "com.atlassian.jira.plugin.system.customfieldtypes:"
OWN = (
    Field("customfield_20", "Notes", "string", KIT + "textarea"),
    Field("customfield_21", "Region", "option-with-child", KIT + "cascadingselect"),
    Field("customfield_22", "Tools", "array", KIT + "multiselect"),
    Field("customfield_23", "Reviewer", "user", KIT + "userpicker"),
    Field("customfield_24", "Risk", "number", KIT + "float"),
    Field("customfield_25", "Odd", "any", "com.example.odd:field"),
    Field("customfield_26", "Word", "string", KIT + "textfield"),
)
CONFIGURED = {
    "estimate": FieldCopy(field="Story Points"),
    "severity": FieldCopy(field="Severity", values={"s1": ["1 - Critical", "Blocker"], "s2": ["2 - Major"]}),
    "notes": FieldCopy(field="Notes"),
    "region": FieldCopy(field="Region"),
    "tools": FieldCopy(field="Tools"),
    "reviewer": FieldCopy(field="Reviewer", values={"ada": ["712020:ada", "Ada Example"]}),
    "risk": FieldCopy(field="Risk"),
    "odd": FieldCopy(field="Odd"),
    "word": FieldCopy(field="Word"),
}
FIELDS = field_map((*CATALOGUE, *OWN), CONFIGURED)
ENCODER = Encoder(CLOUD, (*CATALOGUE, *OWN), FIELDS, CONFIGURED)
SERVER = Encoder(DATA_CENTER, (*CATALOGUE, *OWN), FIELDS, CONFIGURED)


def on(native: str, **keys: Any) -> ScreenField:
    return ScreenField(native, native, **keys)


def written(name: str, value: Any, encoder: Encoder = ENCODER, **keys: Any) -> Any:
    return encoder.json(name, value, on(encoder.natives(name)[0], **keys))


def read(name: str, native: str, json_value: Any) -> Any:
    """What the reader makes of a native value."""
    found = IssueReader("https://demo.atlassian.net", FIELDS).read(issue(**{native: json_value}))
    assert isinstance(found, Issue)
    return value_of(found, name)


class TestWhatIsWrittenIsWhatIsRead:
    @given(st.text(st.characters(blacklist_categories=["Cc", "Cs"]), min_size=1, max_size=LINE))
    def test_titles(self, title: str) -> None:
        if not title.strip():
            with pytest.raises(Invalid):
                ENCODER.stored("title", title)
            return
        assert read("title", "summary", written("title", title)) == ENCODER.stored("title", title)

    @given(st.dates())
    def test_dates(self, day: date) -> None:
        assert read("due_on", "duedate", written("due_on", day)) == ENCODER.stored("due_on", day) == day

    @given(st.floats(allow_nan=False, allow_infinity=False))
    def test_numbers(self, amount: float) -> None:
        assert read("estimate", "customfield_3", written("estimate", amount)) == amount
        assert read("risk", "customfield_24", written("risk", amount)) == ENCODER.stored("risk", amount)

    @given(st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=9)))
    def test_labels(self, words: list[str]) -> None:
        shall = ENCODER.stored("labels", words)
        assert same_value("labels", read("labels", "labels", written("labels", words)), shall)

    def test_j103_labels_have_no_blanks(self) -> None:
        assert written("labels", ("two  words", "one")) == ["two_words", "one"]
        assert ENCODER.stored("labels", ("two  words", "one")) == ("two_words", "one")

    @given(st.text(st.characters(blacklist_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=99))
    def test_plain_texts_become_paragraphs(self, text: str) -> None:
        if text.strip():
            assert read("notes", "customfield_20", written("notes", text)) == ENCODER.stored("notes", text)

    @pytest.mark.parametrize(
        ("name", "value", "json_value"),
        [
            ("severity", "s1", {"value": "1 - Critical"}),
            ("severity", "Unmapped", {"value": "Unmapped"}),
            ("region", "Europe / Lisbon", {"value": "Europe", "child": {"value": "Lisbon"}}),
            ("region", "Europe", {"value": "Europe"}),
            ("tools", ["a", "b"], [{"value": "a"}, {"value": "b"}]),
            ("word", "one line", "one line"),
            ("severity", None, None),
        ],
    )
    def test_company_fields(self, name: str, value: Any, json_value: Any) -> None:
        native = FIELDS.company[name].id
        assert written(name, value) == json_value
        assert read(name, native, json_value) == ENCODER.stored(name, value)

    def test_people_need_a_word_of_the_companys_on_cloud_for_they_are_read_by_name(self) -> None:
        assert written("reviewer", "ada") == {"accountId": "712020:ada"}
        shown = {"accountId": "712020:ada", "displayName": "Ada Example"}
        assert read("reviewer", "customfield_23", shown) == ENCODER.stored("reviewer", "ada") == "ada"
        with pytest.raises(Invalid, match="none of its values"):
            ENCODER.stored("reviewer", "Grace Example")
        assert written("reviewer", "grace", SERVER) == {"name": "grace"}

    def test_texts_of_jiras_own_stay_as_they_are(self) -> None:
        own = Text(format=TextFormat.ADF, source=json.dumps(doc("Hello")))
        assert written("description", own) == doc("Hello")
        assert ENCODER.stored("description", own) == read("description", "description", doc("Hello"))
        wiki = Text(format=TextFormat.WIKI, source="h1. Hello")
        assert SERVER.stored("description", wiki) == wiki
        assert written("description", wiki, SERVER) == "h1. Hello"

    def test_texts_of_others_are_converted(self) -> None:
        markdown = Text(format=TextFormat.MARKDOWN, source="**Hello**\n\n- one\n- two\n")
        for encoder in (ENCODER, SERVER):
            found = encoder.stored("description", markdown)
            assert found.format is encoder._dialect.text
            assert same_value("description", found, markdown)


class TestWhatJiraCannotHold:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("title", ""),
            ("title", "  "),
            ("title", "two\nlines"),
            ("title", "x" * (LINE + 1)),
            ("title", "a\x00b"),
            ("title", "\ud800"),
            ("title", 7),
            ("labels", ("a\x00b",)),
            ("labels", (" ",)),
            ("labels", ("x" * (LINE + 1),)),
            ("assignees", ("one", "two")),
            ("estimate", float("inf")),
            ("estimate", "three"),
            ("estimate", True),
            ("due_on", "2026-12-01"),
            ("description", Text(format=TextFormat.MARKDOWN, source="x" * (TEXT + 1))),
            ("description", Text(format=TextFormat.ADF, source=json.dumps(doc("a\x00b")))),
            ("notes", "x" * (TEXT + 1)),
            ("word", "x" * (LINE + 1)),
            ("risk", "high"),
            ("severity", ""),
            ("severity", 7),
        ],
    )
    def test_bad_values_are_refused_by_name(self, name: str, value: Any) -> None:
        with pytest.raises(Invalid) as caught:
            ENCODER.stored(name, value)
        assert caught.value.field == name

    def test_fields_that_are_not_there_and_shapes_that_are_not_written(self) -> None:
        for name in ("backlinks", "unheard_of", "odd"):
            with pytest.raises(Unsupported):
                ENCODER.stored(name, "x")
        bare = Encoder(CLOUD, (), field_map((), {}), {})
        for name in ("estimate", "start_on"):
            with pytest.raises(Unsupported):
                bare.stored(name, None)

    def test_times_need_a_zone(self) -> None:
        shape = Shape("datetime")
        assert shaped("at", "2026-12-01T09:00:00.5+01:00", shape, CLOUD) == "2026-12-01T08:00:00.500+0000"
        with pytest.raises(Invalid):
            shaped("at", "2026-12-01T09:00:00", shape, CLOUD)


class TestPriorities:
    SITE = ("Highest", "High", "Medium", "Low", "Lowest")

    @pytest.mark.parametrize("wanted", [p for p in Priority if p is not Priority.NONE])
    def test_the_sites_own_name_is_written_and_means_the_same(self, wanted: Priority) -> None:
        found = written("priority", wanted, choices=self.SITE)
        assert PRIORITIES[found["name"].casefold()] is wanted

    def test_old_sites_have_others(self) -> None:
        old = ("Blocker", "Critical", "Major", "Minor", "Trivial")
        assert written("priority", Priority.LOW, choices=old) == {"name": "Minor"}
        assert written("priority", Priority.HIGH, choices=old) == {"name": "Critical"}
        with pytest.raises(Invalid, match="no priority that means medium"):
            written("priority", Priority.MEDIUM, choices=old)
        assert written("priority", Priority.NONE, choices=old) is None

    def test_every_choice_is_read_back_as_what_it_was_chosen_for(self) -> None:
        for wanted, names in CHOSEN.items():
            assert all(PRIORITIES.get(name, Priority.NONE) is wanted for name in names)


class TestPlaces:
    def test_the_field_that_holds_something_goes_first(self) -> None:
        two = Encoder(CLOUD, CATALOGUE, field_map(CATALOGUE, {}), {})
        screen = {name: on(name) for name in ("customfield_3", "customfield_4")}
        assert two.place("estimate", screen, {}) == screen["customfield_3"]
        assert two.place("estimate", screen, {"customfield_4": 5}) == screen["customfield_4"]
        assert two.place("estimate", {}, {}) is None

    def test_a_field_without_operations_is_not_written(self) -> None:
        screen = {"labels": on("labels", operations=frozenset())}
        assert ENCODER.place("labels", screen, {}) is None


class TestComparing:
    def test_nothing_is_nothing_in_every_form(self) -> None:
        assert alike("tools", None, [])
        assert alike("tools", ["a", "b"], ["b", "a"])
        assert not alike("tools", ["a"], None)

    def test_what_the_tool_made_of_it_counts_as_taken(self) -> None:
        found = IssueReader("https://demo.atlassian.net", FIELDS).read(issue(summary="Tidied"))
        assert isinstance(found, Issue)
        assert kept("title", "tidied", "before", found)
        assert not kept("title", "after", "Tidied", found)


class TestRefusals:
    def test_the_parts_are_read_and_made_one_line(self) -> None:
        found = said({"errorMessages": ["No\nway."], "errors": {"duedate": "bad"}})
        assert found.line == "No way. duedate: bad"
        assert found.fields == {"duedate": "bad"}

    @pytest.mark.parametrize("body", [None, [], "x", {"errors": ["x"]}, {"errorMessages": "x"}])
    def test_other_shapes_say_nothing(self, body: Any) -> None:
        assert said(body).line == "no reason given"


@pytest.mark.skipif(not SHARED.is_dir(), reason="no recorded payloads at hand")
@pytest.mark.parametrize("site", ["cloud", "server"])
def test_recorded_creation_screens_are_read(site: str) -> None:
    path = SHARED / "data/jira/createmeta-mattermost"
    answer = json.loads((path / f"{site}-get-create-issue-metadata-for-project-many-fields.json").read_text())
    types = answer["projects"][0]["issuetypes"]
    screen = screen_of(next(t for t in types if t["name"] == "Task")["fields"], "fields")
    infos = {info.id: info for info in field_infos(screen, ENCODER)}
    assert infos["summary"].field == "title"
    assert infos["summary"].required
    assert not infos["issuetype"].required
    assert "Highest" in infos["priority"].choices
    assert not infos["priority"].required
    if site == "cloud":
        assert infos["description"].required
        assert not infos["attachment"].writable
        assert infos["customfield_10073"].choices
