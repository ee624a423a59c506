"""Markdown to wiki markup: what our reader reads back, and what Jira shows as words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from tests.text.growth import is_about_linear
from tests.text.markdowns import ANY, DOCUMENTS, words_in

from syncline.model import Text, TextFormat
from syncline.text import canonical, to_markdown, to_wiki


def back(wiki: str) -> str:
    return to_markdown(Text(format=TextFormat.WIKI, source=wiki)).source


@settings(max_examples=300, deadline=None)
@given(DOCUMENTS)
def test_the_reader_reads_back_what_was_written(markdown: str) -> None:
    from syncline.text import to_adf

    assert to_adf(back(to_wiki(markdown))) == to_adf(markdown)


@settings(max_examples=300, deadline=None)
@given(ANY)
def test_every_word_is_kept(markdown: str) -> None:
    wiki = to_wiki(markdown)
    assert not words_in(markdown) - words_in(back(wiki))
    assert to_wiki(markdown) == wiki


@pytest.mark.parametrize(
    "markdown",
    [
        "# One\n\na *b* **c** ~~d~~ `e_f` ***g***\n",
        "- a\n  - b\n    1. c\n    2. d\n- e\n",
        "- [ ] a\n- [x] b\n",
        "one\\\ntwo\nthree\n",
        "> q\n>\n> - a\n",
        "```python\na = '{quote}'\n\n\nb\n```\n",
        "| h | i |\n| --- | --- |\n| a<br>b | c\\|d |\n|  | `e\\|f` |\n",
        "[f g \\[h\\]](https://a.test/x_y) <https://b.test> <m@a.test>\n",
        "![p.png](https://a.test/p.png)\n",
        "a**b**c **d***e*\n",
        "1\\. x\n\\- y\n\\# z\nh1. t\n\\> q\nbq. r\n",
        "C:\\\\dir a\\\\\\*b {code} {color:red} [~ada] [^f] !a.png! -x- +y+ ??z??\n",
        "\\[ ] a\n",
        "- ```\n  x\n  ```\n- b\n",
        "---\n",
    ],
)
def test_markdown_that_both_have_comes_back_to_the_letter(markdown: str) -> None:
    assert canonical(markdown) == markdown
    assert back(to_wiki(markdown)) == markdown


@pytest.mark.parametrize(
    ("markdown", "wiki"),
    [
        ("{code} {x}", "&#123;code} \\{x}"),
        ("[x] [~ada] [^f]", "\\[x] \\[\\~ada] \\[\\^f]"),
        ("a -b- *c*d- e-f - g --h", "a \\-b\\- {_}c{_}d\\- e-f - g \\-\\-h"),
        ("!a.png! now!", "\\!a.png! now!"),
        (":) (y) (i) a:b (n)o", "&#58;) &#40;y) &#40;i) a:b &#40;n)o"),
        ("h2. no\nbq. no\n\\# no\n| no", "h2&#46; no\nbq&#46; no\n\\# no\n\\| no"),
        ("a ~~b~~ \\~c\\~ ^d^", "a -b- \\~c\\~ \\^d\\^"),
        ("C:\\dir \\\\\\\\host", "C:\\dir &#92;&#92;host"),
        ("&lt; &amp;lt;", "< &#38;lt;"),
        ("a `b*c` `{{d}}`", "a {{b*c}} {{&#123;&#123;d&#125;&#125;}}"),
        ("```ts\nx\n```", "{noformat}\nx\n{noformat}"),
        ("```py\n{x}\n```", "{code:python}\n{x}\n{code}"),
        ("> a", "{quote}\na\n{quote}"),
        ("> > a", "{quote}\na\n{quote}"),
        ("- a\n\n  b\n  1. c", "* a\nb\n*# c"),
        ("[a](x/y) [b](https://c.test/|)", "a (x/y) [b|https://c.test/%7C]"),
        ("![long name](https://a.test/p.png)", "[long name|https://a.test/p.png]"),
        ("<b>x</b>", "<b>x</b>"),
        ("", ""),
    ],
)
def test_words_stay_words(markdown: str, wiki: str) -> None:
    assert to_wiki(markdown) == wiki


def test_only_known_people_are_mentioned() -> None:
    people = {"Ada Example": "ada", "Bob": "accountid:5b:1", "Eve": "x]|y"}
    wiki = to_wiki("@Ada Example @Bob @Eve @ann x@Bob `@Bob`", people)
    assert wiki == "[~ada] [~accountid:5b:1] @Eve @ann x@Bob {{@Bob}}"
    assert "[~" not in to_wiki("@Ada Example [~ada]")


@pytest.mark.parametrize(
    "piece", ["word *a* `b`\n\n", "[", "*a **b ", "- ", "> ", "\\*", "<br>", "a_b_", ":) ", "{*}", " "]
)
def test_four_times_the_text_takes_about_four_times_as_long(piece: str) -> None:
    assert is_about_linear(lambda text: back(to_wiki(text)), piece)
