"""Deep JSON is written and read back; what no stack can hold is an error by name."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.jsontext import decode, encode

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
