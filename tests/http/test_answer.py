"""Answers and how their JSON is read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.http.answer import MAX_DEPTH, Answer, http_date, parse_json

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(values)
def test_json_is_read_like_the_standard_parser_does(value: Any) -> None:
    assert parse_json(json.dumps(value).encode()) == value


@given(st.text(alphabet=st.sampled_from('\\"ud83nDE00aA[]{}'), max_size=30))
def test_texts_full_of_backslashes_survive_the_mending_of_surrogates(text: str) -> None:
    body = json.dumps([text, "\ud83d"]).encode()
    assert parse_json(body) == [text, "\ufffd"]


def test_half_an_emoji_becomes_a_replacement_character_and_a_whole_one_stays() -> None:
    assert parse_json(rb'["\ud83d\ude00", "cut \ud83d", "\ude00", "\\ud83d"]') == [
        "😀",
        "cut \ufffd",
        "\ufffd",
        "\\ud83d",
    ]


@pytest.mark.parametrize("levels", [1, 199, 250, 512, MAX_DEPTH])
def test_documents_nested_as_deep_as_real_ones_are_read(levels: int) -> None:
    parsed = parse_json(b"[" * levels + b'"]]]"' + b"]" * levels)
    for _ in range(levels):
        (parsed,) = parsed
    assert parsed == "]]]"


@pytest.mark.parametrize(
    "body", [b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), b"[" * 10**6, b'{"a":' * 10**5]
)
def test_nesting_beyond_the_limit_is_an_error_and_not_a_crash(body: bytes) -> None:
    with pytest.raises(ValueError, match="deeper"):
        parse_json(body)


@pytest.mark.parametrize("body", [b"", b'{"a": 1', b"[1,]", b'"\xff"', b"<html>"])
def test_what_is_not_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        Answer(200, {}, body).json()


def test_the_server_time_is_aware_utc() -> None:
    answer = Answer(200, {"date": "Mon, 02 Mar 2026 11:00:00 +0100"}, b"")
    assert answer.server_time == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert Answer(200, {}, b"").server_time is None
    assert http_date("Mon, 99 Foo") is None


@pytest.mark.parametrize(
    ("headers", "body", "html"),
    [
        ({"content-type": "text/html;charset=UTF-8"}, b"x", True),
        ({}, b"\n <!DOCTYPE html><html>", True),
        ({"content-type": "application/json"}, b"{}", False),
    ],
)
def test_web_pages_are_recognised(headers: dict[str, str], body: bytes, html: bool) -> None:
    assert Answer(200, headers, body).is_html is html


def test_text_that_is_not_utf8_is_still_text() -> None:
    assert Answer(200, {}, b"a\xffb").text() == "a\ufffdb"
