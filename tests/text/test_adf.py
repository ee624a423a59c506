"""ADF to Markdown, node by node. Shapes as in Atlassian's document schema."""

from __future__ import annotations

import json
from typing import Any

import pytest

from syncline.model import Text, TextFormat
from syncline.text import Markdown, plain_text, to_markdown

Node = dict[str, Any]


def words(text: str, *marks: str | Node) -> Node:
    return {"type": "text", "text": text, "marks": [{"type": m} if isinstance(m, str) else m for m in marks]}


def node(kind: str, *content: str | Node, **attrs: object) -> Node:
    inside = [words(member) if isinstance(member, str) else member for member in content]
    return {"type": kind, "attrs": {"localId": "5f1c", **attrs}, "content": inside}


def p(*content: str | Node) -> Node:
    return node("paragraph", *content)


def link(href: str) -> Node:
    return {"type": "link", "attrs": {"href": href}}


def bullets(*items: Node) -> Node:
    return node("bulletList", *(node("listItem", item) for item in items))


def convert(*content: Node, people: dict[str, str] | None = None) -> Markdown:
    source = json.dumps({"type": "doc", "version": 1, "content": content})
    return to_markdown(Text(format=TextFormat.ADF, source=source), people or {})


BREAK = {"type": "hardBreak"}


@pytest.mark.parametrize(
    ("content", "markdown"),
    [
        ([node("heading", "One", level=2)], "## One"),
        ([node("heading", "Odd", level="x")], "# Odd"),
        ([p("a ", words("b", "strong"), " ", words("c", "em"), " ", words("d", "strike"))], "a **b** *c* ~~d~~"),
        ([p(words("a", "strong"), words("b", "strong"))], "**ab**"),
        ([p(words("Note:", "strong"), "text")], "**Note**:text"),
        ([p(words("x = `y`", "code"))], "`` x = `y` ``"),
        ([p(words("a", "code"), words("b", "code"), " ", words("c", "code"))], "`ab` `c`"),
        ([p(words("a`", "code"), words("`b", "code"))], "```a``b```"),
        ([p(words("a", "code"), words("b", "code", "strong"))], "`a`**`b`**"),
        ([p(words("docs", link("https://a.test/(1)")))], "[docs](https://a.test/%281%29)"),
        ([p(words("a", link("https://a.test")), words("b", "em", link("https://a.test")))], "[a*b*](https://a.test)"),
        ([p(words("https://a.test/b_c", link("https://a.test/b_c")))], "<https://a.test/b_c>"),
        ([p("one", BREAK, "- two\n# three")], "one\\\n\\- two\\\n\\# three"),
        ([p(BREAK, "edge", BREAK)], "edge"),
        ([bullets(p("a", BREAK, "b"))], "- a\\\n  b"),
        ([node("blockquote", p("a", BREAK, "b"))], "> a\\\n> b"),
        ([bullets(p("a")), bullets(p("b"))], "- a\n\n* b"),
        ([node("orderedList", node("listItem", p("a")), node("listItem", p("b")), order=3)], "3. a\n4. b"),
        ([node("codeBlock", "a\n\n\n<b> *c*", language="python")], "```python\na\n\n\n<b> *c*\n```"),
        ([node("codeBlock", "```", language="x\n```")], "````\n```\n````"),
        ([node("rule")], "---"),
        ([p("# a"), p("1. b"), p("- c"), p("> d"), p("---")], "\\# a\n\n1\\. b\n\n\\- c\n\n\\> d\n\n\\---"),
        ([p("snake_case 2*3 <b> &amp; [x](y) ~~z~~")], "snake_case 2\\*3 \\<b> \\&amp; [x\\](y) \\~\\~z\\~\\~"),
        (
            [node("taskList", node("taskItem", "a", state="DONE"), node("taskItem", "b", state="TODO"))],
            "- [x] a\n- [ ] b",
        ),
    ],
)  # fmt: skip
def test_what_markdown_has_is_carried_whole(content: list[Node], markdown: str) -> None:
    assert convert(*content) == Markdown(markdown + "\n", ())


@pytest.mark.parametrize(
    ("content", "markdown", "lost"),
    [
        (node("panel", p("Careful."), panelType="warning"), "> Careful.", "panel"),
        (node("expand", p("inside"), title="More"), "**More**\n\ninside", "expand"),
        (node("decisionList", node("decisionItem", "we do")), "- we do", "decision"),
        (p(node("mention", id="5b:1", text="@Mia Vance")), "@Mia Vance", "mention"),
        (p(node("date", timestamp="1700000000000")), "2023-11-14", "date"),
        (p(node("date", timestamp="soon")), "soon", "date"),
        (p(node("status", text="IN REVIEW", color="blue")), "`IN REVIEW`", "status"),
        (p(node("inlineCard", url="https://a.test/x")), "<https://a.test/x>", "smart link"),
        (node("blockCard", url="https://a.test/x"), "<https://a.test/x>", "smart link"),
        (
            node("mediaSingle", node("media", id="1", type="file", alt="a.png")),
            "(attachment: a.png)",
            "attachment",
        ),
        (node("mediaGroup", node("media", id="1", type="file")), "(attachment)", "attachment"),
        (p(words("a", {"type": "textColor", "attrs": {"color": "#f00"}})), "a", "colour"),
        (p(words("a", "underline")), "a", "underline"),
        (p(words("a", {"type": "subsup", "attrs": {"type": "sub"}})), "a", "superscript"),
        (node("newNode", p("words of it")), "words of it", "unknown node"),
        (p(node("newInline", "inner")), "inner", "unknown node"),
        (node("bodiedExtension", p("body"), extensionKey="toc"), "body", "macro"),
    ],
)
def test_what_markdown_has_not_becomes_words_and_is_named(content: Node, markdown: str, lost: str) -> None:
    assert convert(content) == Markdown(markdown + "\n", (lost,))


def test_a_mention_without_a_name_takes_it_from_the_people_and_never_shows_an_id() -> None:
    mention = p(node("mention", id="5b10ac8d"))
    assert convert(mention, people={"5b10ac8d": "Mia Vance"}).source == "@Mia Vance\n"
    assert convert(mention).source == "@someone\n"


def test_a_table_has_one_line_in_each_cell() -> None:
    head = node("tableRow", node("tableHeader", p("A|B")), node("tableHeader", p("C")))
    row = node(
        "tableRow", node("tableCell", p("x", BREAK, "y"), bullets(p("z")), colspan=2, background="#fff")
    )
    converted = convert(node("table", head, row))
    assert converted.source == "| A\\|B | C |\n| --- | --- |\n| x<br>y<br>z |  |\n"
    assert converted.lost == ("blocks in a table cell", "colour", "merged cells")


@pytest.mark.parametrize("count", [50, 200, 2_000])
def test_lists_inside_each_other_lose_their_shape_but_no_word(count: int) -> None:
    """200 nested lists make marklas, and 300 the JSON reader, exceed the depth of recursion."""
    opening = (
        '{"type":"bulletList","content":[{"type":"listItem","content":['
        '{"type":"paragraph","content":[{"type":"text","text":"w%d"}]},'
    )
    source = "".join(opening % number for number in range(count)) + "null" + "]}]}" * count
    text = Text(format=TextFormat.ADF, source='{"type":"doc","content":[' + source + "]}")
    shown = [word for word in plain_text(text).split() if word != "-"]
    assert shown == [f"w{number}" for number in range(count)]
    assert to_markdown(text).lost in (("nesting deeper than 20 levels",), ("unreadable document",))


@pytest.mark.parametrize("source", ["", "  ", "null", "{}", "[]", "0", '{"type":"doc","content":null}'])
def test_nothing_is_nothing(source: str) -> None:
    assert to_markdown(Text(format=TextFormat.ADF, source=source)).source == ""


def test_text_that_is_no_json_is_kept_as_it_is() -> None:
    converted = to_markdown(Text(format=TextFormat.ADF, source="just words"))
    assert converted == Markdown("just words\n", ("unreadable document",))


def test_local_ids_never_show() -> None:
    content = [bullets(p("a")), node("taskList", node("taskItem", "b", state="TODO")), node("panel", p("c"))]
    text = Text(format=TextFormat.ADF, source=json.dumps({"type": "doc", "content": content}))
    assert "5f1c" not in to_markdown(text).source
    assert plain_text(text) == "- a\n- [ ] b\nc"
