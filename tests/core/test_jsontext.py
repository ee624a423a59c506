"""Deep JSON is written and read back; what no stack can hold is an error by name."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline import jsontext
from syncline.jsontext import decode, encode
from syncline.model import Kind, Status, StatusCategory

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


def nested(levels: int) -> Any:
    value: Any = "leaf"
    for _ in range(levels):
        value = [value]
    return value


@given(VALUES)
def test_what_is_written_is_read_back(value: Any) -> None:
    assert decode(encode(value)) == value


@pytest.mark.parametrize("levels", [10, 200, 300, 800])
def test_deep_values_survive(levels: int) -> None:
    assert decode(encode(nested(levels))) == nested(levels)


def test_bottomless_values_are_refused() -> None:
    with pytest.raises(ValueError, match="nested too deep"):
        encode(nested(100_000))


def test_broken_text_is_refused() -> None:
    with pytest.raises(ValueError, match="EOF"):
        decode('{"a": ')


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.datetimes(timezones=st.none() | st.timezones())
    | st.dates()
    | st.times()
    | st.uuids()
    | st.sampled_from(Kind)
    | st.builds(Status, name=st.text(), category=st.none() | st.sampled_from(StatusCategory)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=2).map(tuple)
        | st.dictionaries(st.text() | st.integers() | st.sampled_from(Kind), inner, max_size=4)
    ),
)


@given(st.dictionaries(st.text(), ANYTHING, max_size=4))
def test_orjson_writes_the_same_bytes(value: dict[str, Any]) -> None:
    pytest.importorskip("orjson")
    with pytest.MonkeyPatch.context() as patch:
        fast = encode(value)
        patch.setattr(jsontext, "orjson", None)
        assert encode(value) == fast


@pytest.mark.parametrize("text", ['\0\x1f\x7f\u2028\uffff\U0010ffff/\\"\b\t', "\ud800"])
def test_orjson_treats_odd_characters_the_same(text: str) -> None:
    pytest.importorskip("orjson")
    with pytest.MonkeyPatch.context() as patch:
        fast = outcome(text)
        patch.setattr(jsontext, "orjson", None)
        assert outcome(text) == fast


def outcome(text: str) -> bytes | str:
    """What is written of a text, or the error."""
    try:
        return encode({text: text})
    except UnicodeEncodeError as error:
        return str(error)
