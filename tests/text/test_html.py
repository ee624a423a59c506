"""HTML to Markdown."""

from __future__ import annotations

import pytest

from syncline.model import Text, TextFormat
from syncline.text import Markdown, to_markdown


def convert(source: str) -> Markdown:
    return to_markdown(Text(format=TextFormat.HTML, source=source))


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<h2>T</h2><p>a <b>b</b> <i>c</i> <del>d</del></p>", "## T\n\na **b** *c* ~~d~~"),
        ("a<br>b", "a\\\nb"),
        ("<ul><li>a<ol><li>b</li></ol></li></ul>", "- a\n  1. b"),
        ("<pre><code class='language-py'>x\n\n\n*y*</code></pre>", "```py\nx\n\n\n*y*\n```"),
        ("<blockquote><p>a</p></blockquote>", "> a"),
        ("<table><tr><th>h|1</th></tr><tr><td>c</td></tr></table>", "| h\\|1 |\n| --- |\n| c |"),
        ("<a href='https://a.test/(b)'>c</a>", "[c](https://a.test/%28b%29)"),
        ("<a href='https://a.test'>https://a.test</a>", "<https://a.test>"),
        ("<a href='javascript:alert(1)'>c</a>", "c"),
        ("<img src='https://a.test/p.png' alt='p'>", "![p](https://a.test/p.png)"),
        ("snake_case 2*3 &lt;b&gt; # x - y", "snake_case 2\\*3 \\<b> # x - y"),
        ("<p># a</p><p>- b</p><p>1. c</p>", "\\# a\n\n\\- b\n\n1\\. c"),
    ],
)
def test_what_markdown_has_is_carried_whole(html: str, markdown: str) -> None:
    assert convert(html) == Markdown(markdown + "\n", ())


@pytest.mark.parametrize(
    ("html", "markdown", "lost"),
    [
        ("a<script>alert(1)</script><style>p{}</style>b", "ab", "embedded content"),
        ("<iframe src=x>a</iframe>b", "b", "embedded content"),
        ("<u>a</u>", "a", "underline"),
        ("<font color=red>a</font>", "a", "colour"),
        ("<span style='color: red'>a</span>", "a", "colour"),
        ("x<sup>2</sup>", "x2", "superscript"),
        ("<img src='cid:1' alt='p'>", "(image: p)", "attachment"),
    ],
)
def test_what_markdown_has_not_becomes_words_and_is_named(html: str, markdown: str, lost: str) -> None:
    assert convert(html) == Markdown(markdown + "\n", (lost,))


def test_elements_inside_each_other_lose_their_shape_but_no_word() -> None:
    """markdownify recurses into every element."""
    source = "".join(f"<div>w{number} " for number in range(90)) + "</div>" * 90
    converted = convert(source)
    assert [word for word in converted.source.split() if word.startswith("w")] == [f"w{n}" for n in range(90)]
    assert converted.lost == ("nesting deeper than 40 levels",)
