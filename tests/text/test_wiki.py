"""Wiki markup to Markdown, construct by construct."""

from __future__ import annotations

import pytest

from syncline.model import Text, TextFormat
from syncline.text import Markdown, to_markdown


def convert(source: str, people: dict[str, str] | None = None) -> Markdown:
    return to_markdown(Text(format=TextFormat.WIKI, source=source), people or {})


@pytest.mark.parametrize(
    ("wiki", "markdown"),
    [
        ("h1. One\nh6. Six", "# One\n\n###### Six"),
        ("*b* _i_ -s- {{m_x}} *_both_*", "**b** *i* ~~s~~ `m_x` ***both***"),
        ("a -b c- -p --long 2-3-4 x*y*z", "a ~~b c~~ -p --long 2-3-4 x\\*y\\*z"),
        ("snake_case __init__ C:\\dir \\*no\\*", "snake_case \\_\\_init\\_\\_ C:\\\\dir \\*no\\*"),
        ("* a\n** b\n*# c\n*# d\n* e", "- a\n  - b\n  1. c\n  2. d\n- e"),
        ("# a\n# b\n\n# c", "1. a\n2. b\n\n1. c"),
        ("- a\n- b", "- a\n- b"),
        ("-- a signature", "-- a signature"),
        ("* item\nmore of it", "- item\n  more of it"),
        ("bq. said", "> said"),
        ("{quote}a\nb{quote}", "> a\n> b"),
        ("a\n----\nb", "a\n\n---\n\nb"),
        ("a\n---", "a\n\\---"),
        ("one\\\\two\\\\ three\\\\", "one\\\\two\\\nthree"),
        ("{code:java}\na < *b*\n\n\nc\n{code}", "```java\na < *b*\n\n\nc\n```"),
        ("{code:title=A.java|java}x{code}", "**A.java**\n\n```java\nx\n```"),
        ("{noformat}[~x] {quote}{noformat}", "```\n[~x] {quote}\n```"),
        ("# a\n{code}x{code}\n# b", "1. a\n\n   ```\n   x\n   ```\n\n2. b"),
        ("{code}open", "{code}open"),
        (
            "[docs|http://a.test/(x)] [http://a.test] [www.a.test]",
            "[docs](http://a.test/%28x%29) <http://a.test> <https://www.a.test>",
        ),
        ("see http://a.test/b_c, ok", "see <http://a.test/b_c>, ok"),
        ("[m@a.test|mailto:m@a.test] [INFO] a[0](b)", "[m@a.test](mailto:m@a.test) [INFO] a[0\\](b)"),
        ("!http://a.test/p.png|width=3!", "![p.png](http://a.test/p.png)"),
        ("Stop! Now! wow!yes!no", "Stop! Now! wow!yes!no"),
        ("use <View> & &amp;", "use \\<View> & \\&amp;"),
        ("||H||I||\n|a [x|http://a.test]|b|", "| H | I |\n| --- | --- |\n| a [x](http://a.test) | b |"),
        ("|a\nb|c|", "|  |  |\n| --- | --- |\n| a<br>b | c |"),
        ("```js\nlet a\n```", "```js\nlet a\n```"),
        ("a `<b>` c", "a `<b>` c"),
    ],
)  # fmt: skip
def test_what_markdown_has_is_carried_whole(wiki: str, markdown: str) -> None:
    assert convert(wiki) == Markdown(markdown + "\n", ())


@pytest.mark.parametrize(
    ("wiki", "markdown", "lost"),
    [
        ("{color:#ff0000}red *b*{color}", "red **b**", "colour"),
        ("{panel:title=T|borderStyle=dashed}in{panel}", "> **T**\n>\n> in", "panel"),
        ("+new+", "new", "underline"),
        (" ^up^ ~down~", "up down", "superscript"),
        ("??book??", "book", "citation"),
        ("{anchor:x}[go|#x]", "go", "anchor"),
        ("[~mia.vance] hi", "@mia.vance hi", "mention"),
        ("!shot 1.png|thumbnail!", "(image: shot 1.png)", "attachment"),
        ("[^log_1.txt]", "(attachment: log_1.txt)", "attachment"),
        ("|a {code}x|y{code}|", "|  |\n| --- |\n| a `x\\|y` |", "blocks in a table cell"),
    ],
)
def test_what_markdown_has_not_becomes_words_and_is_named(wiki: str, markdown: str, lost: str) -> None:
    converted = convert(wiki)
    assert converted.source == markdown + "\n"
    assert lost in converted.lost


@pytest.mark.parametrize("block", ["h2. Title", "||H||\n|c|", "----"])
def test_a_block_after_a_list_is_not_swallowed_by_it(block: str) -> None:
    """jira2markdown makes it part of the last item unless a blank line comes before it."""
    after = convert(block).source
    assert convert(f"* item\n{block}").source == f"- item\n\n{after}"


def test_mentions_take_names_from_the_people() -> None:
    people = {"5b:1": "Mia Vance", "mv": "Mia"}
    assert convert("[~accountid:5b:1] and [~mv]", people).source == "@Mia Vance and @Mia\n"


def test_a_quote_may_hold_lists_code_and_panels() -> None:
    converted = convert("{quote}\n* a\n{code}x{code}\n{panel}p{panel}\n{quote}\nafter")
    assert converted.source == "> - a\n>\n>   ```\n>   x\n>   ```\n>\n>   > p\n\nafter\n"
