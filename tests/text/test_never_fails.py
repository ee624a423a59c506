"""Whatever comes in: no exception, bounded time, canonical Markdown out."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncline.model import Text, TextFormat
from syncline.text import LIMIT, canonical, excerpt, plain_text, to_markdown
from syncline.text.adf_inline import Inlines
from syncline.text.safe_html import to_html

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8))
TYPES = st.sampled_from(
    ["doc", "paragraph", "heading", "codeBlock", "blockquote", "panel", "expand", "nestedExpand", "bulletList",
     "orderedList", "listItem", "taskList", "taskItem", "blockTaskItem", "decisionList", "decisionItem", "rule",
     "table", "tableRow", "tableCell", "tableHeader", "mediaSingle", "mediaGroup", "caption", "blockCard",
     "embedCard", "layoutSection", "layoutColumn", "extension", "bodiedExtension", "syncBlock", "mystery",
     *sorted(Inlines.KINDS)]
)  # fmt: skip
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["level", "order", "language", "colspan", "text", "id", "url", "data", "timestamp", "state",
                     "title", "alt", "shortName", "localId", "href", "background"]),
    st.one_of(SCALARS, st.sampled_from(["https://a.test/<x>", "1700000000000", "DONE", "```", "x" * 50, "9" * 40])),
    max_size=3,
)  # fmt: skip
MARKS = st.lists(
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(
                ["strong", "em", "strike", "code", "link", "underline", "textColor", "odd"]
            )
        },
        optional={"attrs": ATTRIBUTES},
    ),
    max_size=3,
)
WORDS = st.sampled_from(
    ["a", "b_c", "*x*", "- d", "1. e", "# f", "[g](h)", "<i>", "|", "`", "\n", " ", "---", "==="]
)


def _nodes(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {"type": st.one_of(TYPES, SCALARS)},
        optional={
            "content": st.one_of(st.lists(inner, max_size=4), SCALARS),
            "text": st.one_of(WORDS, SCALARS),
            "attrs": st.one_of(ATTRIBUTES, SCALARS),
            "marks": st.one_of(MARKS, SCALARS),
        },
    )


NODES = st.recursive(st.one_of(SCALARS, _nodes(SCALARS)), _nodes, max_leaves=12)
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
)
WIKI = st.lists(
    st.sampled_from(
        ["* ", "# ", "** ", "- ", "h1. ", "bq. ", "|", "||", "{code}", "{code:java}", "{noformat}", "{quote}",
         "{panel}", "{panel:title=T}", "{color:red}", "{color}", "{{", "}}", "[", "]", "[~a]", "[^f.txt]", "[x|http://a.test]",
         "!a.png!", "!", "*b*", "_i_", "-s-", "+u+", "^p^", "~q~", "??c??", "\\\\", "\\", "http://a.test/x", "```", "`",
         "<b>", "&amp;", "----", "---", "\n", "\n\n", " ", "word", "é", "\ufdd0", "\ufdd10\ufdd1", "\x00", "\ud800"]
    ),
    max_size=30,
).map("".join)  # fmt: skip
HTML = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<ul>", "<li>", "</ul>", "<ol start='x'>", "<b>", "</b>", "<i>", "<a href='http://a.test'>",
         "</a>", "<table>", "<tr>", "<td>", "<th colspan=9>", "</table>", "<pre><code class='language-`'>",
         "</code></pre>",
         "<br>", "<hr>", "<img src='cid:1' alt='x'>", "<script>x</script>", "<style>", "<!--", "-->", "<blockquote>",
         "<dl><dt>", "<dd>", "<h3>", "&lt;", "&#0;", "<", ">", "word", " ", "\n", "- ", "# ", "|", "\ud800"]
    ),
    max_size=30,
).map("".join)  # fmt: skip


def _holds(text: Text) -> None:
    markdown = to_markdown(text)
    assert canonical(markdown.source) == markdown.source
    assert markdown.lost == tuple(sorted(set(markdown.lost)))
    assert len(excerpt(text, 20)) <= 20
    plain_text(text).encode("utf-8")
    to_html(markdown.source)


@settings(max_examples=200, deadline=None)
@given(NODES)
def test_nodes_of_any_shape(node: Any) -> None:
    _holds(Text(format=TextFormat.ADF, source=json.dumps(node)))
    _holds(Text(format=TextFormat.ADF, source=json.dumps({"type": "doc", "version": 1, "content": [node]})))


@settings(max_examples=100, deadline=None)
@given(st.one_of(ANY_JSON.map(json.dumps), st.text()))
def test_any_json_as_adf(source: str) -> None:
    _holds(Text(format=TextFormat.ADF, source=source))


@settings(max_examples=200, deadline=None)
@given(st.one_of(WIKI, st.text()))
def test_any_wiki_text(source: str) -> None:
    _holds(Text(format=TextFormat.WIKI, source=source))


@settings(max_examples=200, deadline=None)
@given(st.one_of(HTML, st.text()))
def test_any_html(source: str) -> None:
    _holds(Text(format=TextFormat.HTML, source=source))


@settings(max_examples=100, deadline=None)
@given(st.text(), st.sampled_from([TextFormat.MARKDOWN, TextFormat.PLAIN]))
def test_any_plain_text(source: str, format_: TextFormat) -> None:
    _holds(Text(format=format_, source=source))


def _doc(*content: Any) -> str:
    return json.dumps({"type": "doc", "version": 1, "content": content})


def _paragraph(*words: str) -> dict[str, Any]:
    return {"type": "paragraph", "content": [{"type": "text", "text": each} for each in words]}


LARGE = {
    "a megabyte in one paragraph": (TextFormat.ADF, _doc(_paragraph("word " * 200_000))),
    "a megabyte of paragraphs": (TextFormat.ADF, _doc(*[_paragraph("word " * 20)] * 10_000)),
    "many runs": (TextFormat.ADF, _doc(_paragraph(*["ab"] * 80_000))),
    "a wide table": (
        TextFormat.ADF,
        _doc({"type": "table", "content": [{"type": "tableRow", "content": [_paragraph("x")] * 4_100}] * 5}),
    ),
    "half open JSON": (TextFormat.ADF, "[" * 1_000_000),
    "dashes": (TextFormat.WIKI, "-a " * 100_000),
    "open links": (TextFormat.WIKI, "[a|" * 100_000),
    "open code": (TextFormat.WIKI, "{code:a}" * 40_000),
    "open quotes and panels": (TextFormat.WIKI, "{quote}{panel}" * 20_001),
    "nested marks": (TextFormat.WIKI, "*_-+^~??a??~^+-_* " * 15_000),
    "bars": (TextFormat.WIKI, "|" * 300_000),
    "open elements": (TextFormat.HTML, "<div>" * 60_000),
    "open tables": (TextFormat.HTML, "<table><tr><td>" * 20_000),
    "formatting unclosed": (TextFormat.HTML, "<a><b>" * 40_000),
    "brackets": (TextFormat.MARKDOWN, "[" * 300_000),
    "stars": (TextFormat.MARKDOWN, "*a **b " * 40_000),
}


@pytest.mark.parametrize("name", LARGE)
def test_large_and_hostile_texts_take_seconds_at_most(name: str) -> None:
    """The slowest takes under 2 s on a quiet machine; the limit leaves room for a busy one."""
    format_, source = LARGE[name]
    started = time.process_time()
    markdown = to_markdown(Text(format=format_, source=source))
    to_html(markdown.source)
    assert time.process_time() - started < 12
    assert len(markdown.source) < 3 * LIMIT


@pytest.mark.parametrize("format_", TextFormat)
def test_an_oversized_text_is_cut_and_says_so(format_: TextFormat) -> None:
    source = "word " * (LIMIT // 2)
    text = Text(format=format_, source=_doc(_paragraph(source)) if format_ is TextFormat.ADF else source)
    markdown = to_markdown(text)
    assert markdown.lost == (f"text beyond {LIMIT:,} characters",)
    assert markdown.source.endswith(f"*… cut here: the text is longer than {LIMIT:,} characters*\n")


def test_the_note_of_a_cut_is_not_swallowed_by_an_open_code_block() -> None:
    text = Text(format=TextFormat.MARKDOWN, source="```\n" + "x\n" * LIMIT)
    assert "```\n\n*… cut here" in to_markdown(text).source
