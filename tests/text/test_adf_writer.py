"""Markdown to ADF: always valid, every word kept, nobody mentioned who is not known."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.text.adf_rules import broken_rules
from tests.text.growth import is_about_linear
from tests.text.markdowns import ANY, DOCUMENTS, words_in

from syncline.model import Text, TextFormat
from syncline.text import to_adf, to_markdown

PEOPLE = {"Ada Example": "5b:1", "@Ada": "5b:2"}


def back(document: dict[str, Any]) -> str:
    return to_markdown(Text(format=TextFormat.ADF, source=json.dumps(document))).source


def kinds(document: dict[str, Any], name: str) -> list[dict[str, Any]]:
    stack, found = [document], []
    while stack:
        node = stack.pop()
        found += [node] if node["type"] == name else []
        stack += node.get("content", [])
    return found


@settings(max_examples=300, deadline=None)
@given(ANY)
def test_whatever_the_text_the_document_is_valid_and_always_the_same(markdown: str) -> None:
    document = to_adf(markdown, PEOPLE)
    assert list(broken_rules(document)) == []
    assert json.dumps(to_adf(markdown, PEOPLE)) == json.dumps(document)


@settings(max_examples=300, deadline=None)
@given(ANY)
def test_every_word_is_kept_and_writing_again_changes_nothing(markdown: str) -> None:
    once = back(to_adf(markdown))
    assert not words_in(markdown) - words_in(once)
    assert back(to_adf(once)) == once


@settings(max_examples=150, deadline=None)
@given(DOCUMENTS)
def test_what_adf_has_keeps_its_structure(markdown: str) -> None:
    once = to_adf(markdown)
    assert to_adf(back(once)) == once


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("- # h\n- > q\n", "- **h**\n- q\n"),
        ("> a\n>\n> ***\n", "> a\n>\n> \\---\n"),
        ("> > a\n>\n> # b\n", "> a\n>\n> **b**\n"),
        ("> | h | i |\n> |---|---|\n> | a | b |\n", "> **h** | **i**\n>\n> a | b\n"),
        ("a <b>c</b> <!-- d -->\n", "a \\<b>c\\</b> \\<!-- d -->\n"),
        ("![pic](https://a.test/p.png)\n", "[pic](https://a.test/p.png)\n"),
        ("[r](../x) [s](slack://y)\n", "r (../x) s (slack://y)\n"),
        ("see https://a.test/x_y.\n", "see <https://a.test/x_y>.\n"),
        ("**a `b` c**\n", "**a** `b` **c**\n"),
    ],
)
def test_what_adf_cannot_hold_there_becomes_the_nearest(markdown: str, shown: str) -> None:
    assert back(to_adf(markdown)) == shown


def test_tasks_and_their_lists() -> None:
    document = to_adf("- [ ] a\n  - [x] b\n- [X] c\n")
    assert [item["attrs"]["state"] for item in kinds(document, "taskItem")] == ["DONE", "DONE", "TODO"]
    assert [node["type"] for node in document["content"][0]["content"]] == [
        "taskItem",
        "taskList",
        "taskItem",
    ]
    ids = [node["attrs"]["localId"] for name in ("taskItem", "taskList") for node in kinds(document, name)]
    assert len(set(ids)) == 5


@pytest.mark.parametrize(
    "markdown",
    [
        "- \\[ ] a",
        "- [ ] a\n- b",
        "1. [ ] a",
        "> - [ ] a",
        "- [x] a\n\n  ```\n  b\n  ```",
        "- [x] a\n\n[x]: https://a.test",
    ],
)
def test_what_only_looks_like_tasks_is_a_list(markdown: str) -> None:
    assert not kinds(to_adf(markdown), "taskList")


@pytest.mark.parametrize(
    ("markdown", "ids"),
    [
        ("@Ada Example and @Ada, @Ada!", ["5b:1", "5b:2", "5b:2"]),
        ("(@Ada Example)", ["5b:1"]),
        ("@bob @Adam @adA @Ada_x", []),
        ("ada@Ada x.Ada@Ada https://a.test/@Ada @Ada.example @@Ada", []),
        ("`@Ada` [@Ada](https://a.test)\n\n```\n@Ada\n```", []),
        ('<span adf="mention" params=\'{"id":"5b:1"}\'>@bob</span> [~Ada] [~accountid:5b:1]', []),
    ],
)
def test_only_known_people_are_mentioned_and_only_in_words(markdown: str, ids: list[str]) -> None:
    found = [node["attrs"]["id"] for node in kinds(to_adf(markdown, PEOPLE), "mention")]
    assert sorted(found) == sorted(ids)
    assert kinds(to_adf(markdown), "mention") == []


@settings(max_examples=200, deadline=None)
@given(ANY, st.dictionaries(st.text(max_size=6), st.text(max_size=4), max_size=3))
def test_no_text_mentions_anybody_else(markdown: str, people: dict[str, str]) -> None:
    for node in kinds(to_adf(markdown, people), "mention"):
        assert node["attrs"]["id"] in people.values()
        assert node["attrs"]["text"] in markdown.replace("\\", "") or "&" in markdown


def test_a_mention_comes_back() -> None:
    document = to_adf("hi @Ada Example, see\n", PEOPLE)
    assert to_adf(back(document), PEOPLE) == document


def test_nesting_that_markdown_it_would_drop_is_kept_as_words() -> None:
    assert "deepest" in json.dumps(to_adf("> " * 300 + "deepest"))
    assert "deepest" in json.dumps(to_adf("- " * 300 + "deepest"))


HOSTILE = ["word *a* `b`\n\n", "[", "*a **b ", "`a``b", "<a ", "<!--", "- ", "> ", "![a](", "@ada ", "a_b_", "\\*",
           "- [ ] a\n", "https://a.test/x ", "```\n", "<br>"]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_four_times_the_text_takes_about_four_times_as_long(piece: str) -> None:
    assert is_about_linear(to_adf, piece)
