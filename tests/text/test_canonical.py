from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from syncline.text import canonical
from syncline.text.plain import words_of

MARKUP = st.lists(
    st.sampled_from(
        ["- ", "* ", "+ ", "1. ", "2) ", "> ", "```", "~~~", "# ", "---", "***", "===", "|", "a", "b c", "\n", "\n\n",
         "    ", "  ", "\t", " ", "\\", "`", "<div>", "<!--", "-", "*", "_", "|-|-|", "é", "é", "\r\n", "\u2028"]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@pytest.mark.parametrize(
    ("written", "canon"),
    [
        ("", ""),
        (" \n\t\n", ""),
        ("a", "a\n"),
        ("a\r\nb\rc", "a\nb\nc\n"),
        ("a \t\n\n\n\nb", "a\n\nb\n"),
        ("e\u0301", "é\n"),
        ("* a\n* b", "- a\n- b\n"),
        ("+ a\n  + b", "- a\n  - b\n"),
        ("* - + a", "- - - a\n"),
        ("1) a\n2) b", "1. a\n2. b\n"),
        ("- a\n\n* b", "- a\n\n* b\n"),
        ("* a\n\n- b\n\n+ c", "- a\n\n* b\n\n- c\n"),
        ("> * a", "> - a\n"),
        ("a  \nb", "a\\\nb\n"),
        ("a  \n\nb", "a\n\nb\n"),
        ("# a  \nb", "# a\nb\n"),
        ("```\na  \n\n\n* b\n```", "```\na\n\n\n* b\n```\n"),
        ("    a\n\n\n    * b", "    a\n\n\n    * b\n"),
        ("* * *", "* * *\n"),
        ("a\x00\x1b\ud800b", "a\ufffdb\n"),
    ],
)
def test_one_way_of_writing(written: str, canon: str) -> None:
    assert canonical(written) == canon


@settings(max_examples=400, deadline=None)
@given(st.one_of(MARKUP, st.text(max_size=60)))
@example("-\n  \n- a")
@example("+ \n+ ---")
@example("+ + ---\n+ a\n\n- b\n- ---")
def test_idempotent_and_clean(text: str) -> None:
    once = canonical(text)
    assert canonical(once) == once
    assert once == "" or (once.endswith("\n") and not once.endswith("\n\n"))
    assert not any(line.endswith((" ", "\t")) for line in once.split("\n"))
    assert "\r" not in once
    assert unicodedata.is_normalized("NFC", once)
    once.encode("utf-8")


@settings(max_examples=200, deadline=None)
@given(MARKUP)
@example("\\  \n* ")
def test_means_the_same(text: str) -> None:
    """The words on the page and their order do not change."""

    def words(markdown: str) -> list[str]:
        return [word for word in words_of(unicodedata.normalize("NFC", markdown)).split() if word not in "-*"]

    assert words(canonical(text)) == words(text.replace("\u2028", "\n"))
