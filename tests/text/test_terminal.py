"""T7: no text of a ticket can steer the terminal or hide what it says."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.text.terminal import clean, one_line

RISKY = st.text(
    st.one_of(
        st.sampled_from("\x1b[]0;m\x07\\P\x9b\x9d\x9c\x90\r\n\t\x00\x7f‮⁦​‌‍‏﻿\u2028 aé"),
        st.characters(),
    )
)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("\x1b]0;owned\x07title", "title"),
        ("\x1b]0;owned\x1b\\title", "title"),
        ("\x9d0;owned\x9ctitle", "title"),
        ("\x1b]8;;http://evil.test\x1b\\click\x1b]8;;\x1b\\", "click"),
        ("\x1b]52;c;aGk=\x07copied", "copied"),
        ("\x1b]0;never ended", "0;never ended"),
        ("\x1b[2J\x1b[1;31mred\x1b[0m", "red"),
        ("\x9b2Jcleared", "cleared"),
        ("\x1bP1;2q~\x1b\\sixel", "sixel"),
        ("\x1b_app\x1b\\x\x1b^pm\x1b\\y\x1bXsos\x1b\\z", "xyz"),
        ("\x1bcreset \x1b7save \x1b(0line", "reset save line"),
        ("\x1b\x1b[2Ja", "a"),
        ("\x1b", ""),
        ("safe\rFAKE", "safe\nFAKE"),
        ("a\r\nb\tc\n", "a\nb\tc\n"),
        ("a\x00\x07\x08\x7f\x85b", "a\nb"),
        ("admin\u202etxt.exe", "admintxt.exe"),
        ("a\u2066b\u2069\u200fc\u061cd", "abcd"),
        ("pass\u200bword\ufeff\u2060\u00ad", "password"),
        ("p\u200da\u200cy", "pay"),
        ("x\U000e0041\U000e007f\U000e0100y", "xy"),
        ("a\u3164\u115f\uffa0b", "ab"),
        ("a\u2028b\u2029c", "a\nb\nc"),
        ("lone \ud83d surrogate", "lone \ufffd surrogate"),
        ("[link=javascript:x]y[/link] [red]z", "[link=javascript:x]y[/link] [red]z"),
    ],
)
def test_what_goes_and_what_stays(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@pytest.mark.parametrize("text", ["👩‍💻", "می‌خواهم", "क्‍ष", "naïve — “quoted” 日本語 🇬🇧", "שלום‏!א", "a\u0301"])
def test_scripts_and_emoji_stay_whole(text: str) -> None:
    kept = clean(text)
    assert kept.replace("\u200f", "") == text.replace("\u200f", "")


@given(RISKY)
def test_nothing_is_left_that_a_terminal_obeys(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert all(char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs") for char in cleaned)
    assert not set(cleaned) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\ufeff")
    cleaned.encode("utf-8")


@given(RISKY)
def test_one_line_is_one_line(text: str) -> None:
    assert len(one_line(text).splitlines()) <= 1
