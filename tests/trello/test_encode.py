"""Values as Trello takes and keeps them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.config.connection import FieldCopy
from syncline.errors import Invalid, Unsupported
from syncline.model import Priority, Text, TextFormat
from syncline_connectors.trello.encode import LONGEST, Encoder
from syncline_connectors.trello.fields import MEANING, CustomField, FieldMap, resolved
from syncline_connectors.trello.values import day_in

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Auckland"]
FIELD = "6560a1b2c3d4e5f6000000f1"


def fields(**configured: Any) -> dict[str, FieldCopy]:
    return {name: FieldCopy.model_validate(copy) for name, copy in configured.items()}


def encoder(zone: str = "UTC", **configured: Any) -> Encoder:
    known, place = fields(**configured), ZoneInfo(zone)
    return Encoder(FieldMap(known, place), known, place)


def markdown(source: str) -> Text:
    return Text(format=TextFormat.MARKDOWN, source=source)


@given(st.text())
def test_what_is_stored_is_stored_as_it_is(text: str) -> None:
    one = encoder()
    for name, value in (("title", text), ("labels", (text,)), ("description", markdown(text))):
        try:
            once = one.stored(name, value)
        except Invalid:
            continue
        assert one.stored(name, once) == once


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.sampled_from(ZONES))
def test_a_day_that_is_written_is_the_day_that_is_read(day: date, zone: str) -> None:
    written = encoder(zone).moment("due_on", day, None)
    assert day_in(ZoneInfo(zone), written, "due") == day


@given(
    st.dates(date(2000, 1, 1), date(2060, 1, 1)),
    st.integers(946_684_800, 2_840_140_800),
    st.sampled_from(ZONES),
)
def test_a_day_that_changes_keeps_its_hour(day: date, before: int, zone: str) -> None:
    held = f"{datetime.fromtimestamp(before, UTC):%Y-%m-%dT%H:%M:%S}.000Z"
    place = ZoneInfo(zone)
    written = encoder(zone).moment("due_on", day, held)
    assert written is not None
    assert day_in(place, written, "due") == day
    old, new = (datetime.fromisoformat(text).astimezone(place) for text in (held, written))
    assert abs((old.hour * 60 + old.minute) - (new.hour * 60 + new.minute)) in (0, 60), (
        "an hour where clocks change"
    )


def test_t12_what_is_too_long_is_refused_by_name() -> None:
    one = encoder()
    assert one.stored("title", "x" * LONGEST) == "x" * LONGEST
    for name, value in (("title", "x"), ("labels", ("x",)), ("description", markdown("x"))):
        long: Any = (
            markdown("x" * (LONGEST + 1))
            if isinstance(value, Text)
            else ("x" * (LONGEST + 1),)
            if isinstance(value, tuple)
            else "x" * (LONGEST + 1)
        )
        with pytest.raises(Invalid, match="16,385") as caught:
            one.stored(name, long)
        assert caught.value.field == name


@pytest.mark.parametrize("title", ["", "  ", None, 7, "two\nlines", "bell\x07", "half \ud800"])
def test_a_title_is_one_line_of_text(title: Any) -> None:
    with pytest.raises(Invalid):
        encoder().stored("title", title)


def test_texts_of_other_tools_become_markdown() -> None:
    wiki = Text(format=TextFormat.WIKI, source="*bold*")
    assert encoder().stored("description", wiki) == markdown("**bold**\n")
    assert encoder().stored("description", markdown("as *it* is\n\n\n")) == markdown("as *it* is\n\n\n")
    assert encoder().stored("description", None) is None
    assert encoder().stored("description", markdown("")) is None


@pytest.mark.parametrize("name", ["estimate", "priority", "parent", "releases", "type", "no such field"])
def test_what_a_card_does_not_have_is_unsupported(name: str) -> None:
    with pytest.raises(Unsupported):
        encoder().stored(name, "x")


LISTED = CustomField(FIELD, "Severity", "list", (("o1", "1 - Critical"), ("o2", "2 - Major")))


def test_choices_are_written_by_their_id_and_read_in_the_companys_words() -> None:
    one = encoder(severity={"field": "Severity", "values": {"s1": ["1 - Critical", "Blocker"]}})
    assert one.item("severity", "s1", LISTED) == {"idValue": "o1"}
    assert one.item("severity", "2 - major", LISTED) == {"idValue": "o2"}
    assert one.item("severity", None, LISTED) == {"value": "", "idValue": ""}
    with pytest.raises(Invalid, match="has no choice 's9'"):
        one.item("severity", "s9", LISTED)


@pytest.mark.parametrize(
    ("kind", "value", "body"),
    [
        ("text", "words", {"text": "words"}),
        ("number", 3, {"number": "3"}),
        ("number", 3.5, {"number": "3.5"}),
        ("checkbox", True, {"checked": "true"}),
        ("date", "2026-12-01", {"date": "2026-12-01T12:00:00.000Z"}),
    ],
)
def test_t15_a_custom_value_is_text_inside_an_object_and_reads_back(kind: str, value: Any, body: Any) -> None:
    one, field = encoder(any={"field": "Any"}), CustomField(FIELD, "Any", kind)
    assert one.item("any", value, field) == {"value": body}
    held = resolved({"idCustomField": FIELD, "value": body}, {FIELD: field})
    assert MEANING in held
    assert FieldMap(fields(any={"field": "Any"}), ZoneInfo("UTC")).read([held]) == {
        "any": one.stored("any", value)
    }


@pytest.mark.parametrize(
    ("kind", "value"), [("number", "three"), ("text", 3), ("checkbox", "yes"), ("date", "soon")]
)
def test_a_value_of_another_type_is_refused(kind: str, value: Any) -> None:
    with pytest.raises(Invalid):
        encoder(any={"field": "Any"}).item("any", value, CustomField(FIELD, "Any", kind))


def test_an_unticked_box_is_no_value() -> None:
    one = encoder(any={"field": "Any"})
    assert one.stored("any", False) is None
    assert one.item("any", False, CustomField(FIELD, "Any", "checkbox")) == {"value": "", "idValue": ""}


def test_a_priority_is_written_as_the_choice_that_means_it() -> None:
    choices = CustomField(FIELD, "Priority", "list", (("o1", "Low"), ("o2", "Very")))
    plain = encoder(priority={"field": "Priority"})
    assert plain.item("priority", Priority.LOW, choices) == {"idValue": "o1"}
    assert plain.item("priority", Priority.NONE, choices) == {"value": "", "idValue": ""}
    with pytest.raises(Invalid, match="Low, Very"):
        plain.item("priority", Priority.URGENT, choices)
    mapped = encoder(priority={"field": "Priority", "values": {"urgent": ["Very"]}})
    assert mapped.item("priority", Priority.URGENT, choices) == {"idValue": "o2"}
