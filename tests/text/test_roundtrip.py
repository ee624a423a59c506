"""What may be written over, and what fits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.text.conftest import SHARED
from tests.text.markdowns import ANY, DOCUMENTS, words_in
from tests.text.test_never_fails import NODES, WIKI

from syncline.model import Text, TextFormat
from syncline.text import canonical, length_in, shortened, survives, to_adf, to_markdown, to_wiki
from syncline.text.plain import words_of

Node = dict[str, Any]
LINK = "https://a.test/whole"


def adf(*content: Node) -> Text:
    return Text(format=TextFormat.ADF, source=json.dumps({"type": "doc", "version": 1, "content": content}))


def p(*content: Node, **more: Any) -> Node:
    return {"type": "paragraph", "content": list(content), **more}


def t(text: str, *marks: Node) -> Node:
    return {"type": "text", "text": text, **({"marks": list(marks)} if marks else {})}


def n(kind: str, *content: Node, **attrs: Any) -> Node:
    return {"type": kind, "attrs": attrs, "content": list(content)}


CELL = n("tableRow", n("tableCell", p(t("c")), colspan=2))
NOT_CARRIED = {
    "panel": n("panel", p(t("a")), panelType="info"),
    "colour": p(t("a", {"type": "textColor", "attrs": {"color": "#f00"}})),
    "underline": p(t("a", {"type": "underline"})),
    "status": p(n("status", text="DONE", color="green")),
    "mention": p(n("mention", id="1", text="@Ada Example")),
    "attachment": n("mediaSingle", n("media", id="1", type="file", collection="x")),
    "merged cells": n("table", CELL),
    "expand": n("expand", p(t("a")), title="T"),
    "layout": n("layoutSection", n("layoutColumn", p(t("a")), width=50), n("layoutColumn", p(t("b")), width=50)),
    "smart link": p(n("inlineCard", url="https://a.test")),
    "macro": n("extension", extensionType="com.x", extensionKey="toc"),
    "decision": n("decisionList", n("decisionItem", t("a"), localId="1", state="DECIDED")),
    "date": p(n("date", timestamp="1700000000000")),
    "emoji": p(n("emoji", shortName=":x:", text="x")),
    "alignment": p(t("a"), marks=[{"type": "alignment", "attrs": {"align": "center"}}]),
    "table.width": n("table", n("tableRow", n("tableHeader", p(t("c")))), width=760),
    "someday": n("someday", p(t("a"))),
    "link": p(t("a", {"type": "link", "attrs": {"href": "https://a.test", "title": "T"}})),
    "rule": n("blockquote", p(t("a")), n("rule")),
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_CARRIED)
def test_what_markdown_cannot_carry_is_named(name: str) -> None:
    lost = survives(adf(p(t("before")), NOT_CARRIED[name]))
    assert name in lost or (name == "someday" and lost == ("unknown node",))


def test_a_mention_of_a_known_person_survives() -> None:
    text = adf(p(t("hi "), n("mention", id="5b:1", text="@Ada Example", localId="x", accessLevel="")))
    assert survives(text) == ("mention",)
    assert survives(text, {"Ada Example": "5b:1"}) == ()
    assert survives(text, {"Ada Example": "5b:2"}) != ()


@settings(max_examples=200, deadline=None)
@given(st.one_of(DOCUMENTS, ANY))
def test_what_was_written_from_canonical_markdown_may_be_written_over(markdown: str) -> None:
    once = to_markdown(Text(format=TextFormat.ADF, source=json.dumps(to_adf(markdown)))).source
    assert survives(Text(format=TextFormat.ADF, source=json.dumps(to_adf(once)))) == ()


@settings(max_examples=150, deadline=None)
@given(DOCUMENTS)
def test_ids_given_anew_and_texts_cut_otherwise_mean_nothing(markdown: str) -> None:
    document = to_adf(to_markdown(Text(format=TextFormat.ADF, source=json.dumps(to_adf(markdown)))).source)
    for node in _nodes(document):
        if node["type"] in ("paragraph", "heading", "codeBlock"):
            node.setdefault("attrs", {})["localId"] = "new"
            cut = [{**each, "text": part} for each in node["content"] for part in _halves(each)]
            node["content"] = (
                cut if all(each["type"] == "text" for each in node["content"]) else node["content"]
            )
    assert survives(Text(format=TextFormat.ADF, source=json.dumps(document))) == ()


def _halves(node: Node) -> list[str]:
    text = node.get("text", "")
    if "://" in text or {"type": "code"} in node.get("marks", []):
        return [text]
    return [part for part in (text[: len(text) // 2], text[len(text) // 2 :]) if part]


def _nodes(document: Node) -> list[Node]:
    found = [document]
    for node in found:
        found += node.get("content", [])
    return found


CHANGES = st.sampled_from(
    [("attrs", {"odd": 1}), ("marks", [{"type": "backgroundColor", "attrs": {"color": "#fff"}}]), ("type", "panel"),
     ("odd", True), ("marks", [{"type": "fragment", "attrs": {}}])]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(DOCUMENTS, CHANGES, st.data())
def test_no_change_anywhere_in_a_document_is_overlooked(
    markdown: str, change: tuple[str, Any], data: st.DataObject
) -> None:
    """A document that is safe is not when any of its nodes gets what Markdown has no place for."""
    document = to_adf(to_markdown(Text(format=TextFormat.ADF, source=json.dumps(to_adf(markdown)))).source)
    node = data.draw(st.sampled_from(_nodes(document)[1:]))
    key, value = change
    if key == "type" and node["type"] == "text":
        return
    node[key] = {**node.get("attrs", {}), **value} if key == "attrs" else deepcopy(value)
    assert survives(Text(format=TextFormat.ADF, source=json.dumps(document))) != ()


@settings(max_examples=150, deadline=None)
@given(st.one_of(NODES.map(json.dumps), st.text(max_size=30), WIKI), st.sampled_from(TextFormat))
def test_nothing_raises(source: str, text_format: TextFormat) -> None:
    lost = survives(Text(format=text_format, source=source))
    assert list(lost) == sorted(set(lost))


@pytest.mark.parametrize(
    ("wiki", "lost"),
    [
        ("* a\n* b\n\n*c* {{d}} -e-", ()),
        ("- a\n- b\n\nbq. said", ()),
        ("h1. T\r\n\r\none\\\\ two -x", ()),
        ("{code:java}\nx\n{code}", ()),
        ("{color:red}a{color}", ("colour",)),
        ("{panel}a{panel}", ("panel",)),
        ("[~ada]", ("mention",)),
        ("!a.png|thumbnail!", ("attachment",)),
        ("{anchor:x}", ("anchor",)),
        ("!https://a.test/p.png|width=30!", ("markup",)),
        ("{expand:T}a{expand}", ("markup",)),
        ("{code:title=A.java|java}\nx\n{code}", ("markup",)),
        ("[a|b]", ("markup",)),
    ],
)
def test_wiki_markup_is_safe_in_any_spelling_and_nothing_else_is(wiki: str, lost: tuple[str, ...]) -> None:
    assert survives(Text(format=TextFormat.WIKI, source=wiki)) == lost


def test_wiki_markup_keeps_mentions_of_known_people() -> None:
    assert survives(Text(format=TextFormat.WIKI, source="hi [~ada]"), {"Ada Example": "ada"}) == ()


@pytest.mark.parametrize(
    ("html", "lost"),
    [("<p>a <b>b</b></p>", ()), ("<p class='x'>a</p>", ("<p class>",)), ("<a href='https://a.test'>b</a>", ()),
     ("<div>a</div>", ("<div>",)), ("a<!-- b -->", ("<comment>",))],
)  # fmt: skip
def test_html_is_safe_only_where_it_says_nothing_more(html: str, lost: tuple[str, ...]) -> None:
    assert survives(Text(format=TextFormat.HTML, source=html)) == lost


# ---- lengths ---------------------------------------------------------------------------------------------------------


def test_lengths_are_counted_in_the_form_that_is_written() -> None:
    assert length_in(TextFormat.MARKDOWN, "**a**") == 5
    assert length_in(TextFormat.WIKI, "**a**") == 3
    assert length_in(TextFormat.WIKI, "😀") == 2
    assert length_in(TextFormat.ADF, "a") == len('{"version":1,"type":"doc","content":[]}') + len(
        '{"type":"paragraph","content":[{"type":"text","text":"a"}]}'
    )
    assert length_in(TextFormat.ADF, Text(format=TextFormat.ADF, source="{}")) == 2


@settings(max_examples=150, deadline=None)
@given(st.one_of(ANY, DOCUMENTS), st.integers(0, 900), st.sampled_from(TextFormat))
def test_a_shortened_text_fits_and_says_where_the_rest_is(
    markdown: str, limit: int, text_format: TextFormat
) -> None:
    short = shortened(markdown, limit, LINK, text_format)
    if short != canonical(markdown):
        assert length_in(text_format, markdown) > limit or length_in(text_format, canonical(markdown)) > limit
        assert short == "" or short.endswith(f"… the rest is at <{LINK}>\n")
        assert short == "" or LINK in words_of(short).split("\n")[-1]
    assert short == "" or length_in(text_format, short) <= limit


@pytest.mark.parametrize(
    ("markdown", "begins", "ends"),
    [
        ("```py\n" + "x = 1\n" * 900 + "```\n", "```py\nx = 1\n", "x = 1\n```\n"),
        ("word " * 900, "word word", "word word\n"),
        ("| a | b |\n| --- | --- |\n" + "| c | d |\n" * 900, "| a | b |\n| --- | --- |\n", "| c | d |\n"),
        ("- a\n  ```\n" + "  x\n" * 900 + "  ```\n", "- a\n", "- a\n"),
        ("para\n\n" * 900, "para\n\n", "para\n"),
    ],
)
def test_nothing_is_cut_open(markdown: str, begins: str, ends: str) -> None:
    short = shortened(markdown, 600, LINK, TextFormat.MARKDOWN)
    kept, note = short.split("\n… the rest", 1)
    assert kept.startswith(begins)
    assert kept.endswith(ends)
    assert note == f" is at <{LINK}>\n"
    assert to_adf(short)["content"][-1]["type"] == "paragraph"


# ---- real texts ------------------------------------------------------------------------------------------------------


def _texts(node: Any, names: tuple[str, ...]) -> Iterator[str]:
    stack = [node]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            yield from (
                value for key, value in node.items() if key in names and isinstance(value, str) and value
            )
        if isinstance(node, (dict, list)):
            stack += node.values() if isinstance(node, dict) else node


@pytest.fixture(scope="module")
def real_markdown() -> list[str]:
    texts: set[str] = set()
    for tool, names in (
        ("linear", ("description", "body")),
        ("trello", ("desc", "text")),
        ("zendesk", ("description", "body")),
    ):
        for path in sorted((SHARED / "data" / tool).rglob("*.json")):
            texts.update(_texts(json.loads(path.read_text(encoding="utf-8")), names))
    if not texts:
        pytest.skip("the data folder with real texts is not present")
    ordered = sorted(texts, key=lambda text: (len(text), text))
    return ordered[:: max(1, len(ordered) // 400)] + ordered[-20:]


def test_real_markdown_keeps_every_word_in_both_formats(real_markdown: list[str]) -> None:
    damaged = {}
    for markdown in real_markdown:
        document = Text(format=TextFormat.ADF, source=json.dumps(to_adf(markdown)))
        wiki = Text(format=TextFormat.WIKI, source=to_wiki(markdown))
        for text in (document, wiki):
            if missing := words_in(markdown) - words_in(to_markdown(text).source):
                damaged[text.format, markdown] = missing
        again = json.dumps(to_adf(to_markdown(document).source))
        assert survives(Text(format=TextFormat.ADF, source=again)) == ()
    assert damaged == {}


def test_most_real_texts_of_jira_may_be_written_over(
    wiki_texts: list[str], adf_documents: list[Node]
) -> None:
    wiki = [survives(Text(format=TextFormat.WIKI, source=source)) for source in wiki_texts]
    adf_lost = [survives(Text(format=TextFormat.ADF, source=json.dumps(each))) for each in adf_documents]
    assert wiki.count(()) > 0.5 * len(wiki)
    assert adf_lost.count(()) > 0.5 * len(adf_lost)
