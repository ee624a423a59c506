"""Generated Markdown: pieces of markup in any order, and well-formed documents."""

from __future__ import annotations

import re
from collections import Counter

from hypothesis import strategies as st

from syncline.text.characters import tidy
from syncline.text.plain import words_of

PIECES = st.lists(
    st.sampled_from(
        ["- ", "* ", "1. ", "> ", "# ", "```", "~~~", "---", "|", "|-|-|", "\n", "\n\n", "\n", "    ", "  ", " ", "\\",
         "`", "``", "*", "**", "_", "~~", "[", "]", "(", "](", "https://a.test/x_y", "<https://a.test>", "![", "<b>",
         "<br>", "<!--", "-->", "&amp;", "&", "@ada", "@Ada Example", "a", "b c", "é", "[ ] ", "[x] ", "{", "}",
         "{code}", "{quote}", "!", "h1. ", "bq. ", "+", "^", "-", "--", "?", "??", ":)", "(y)", "x.", "\x00", "\ud800",
         "\ufdd0", "\u2028", "\t", '<span adf="mention" params=\'{"id":"1"}\'>']
    ),
    max_size=30,
).map("".join)  # fmt: skip
ANY = st.one_of(PIECES, st.text(max_size=40))

_WORD = st.sampled_from(
    ["a", "b2", "é", "x_y", "h1. t", "C:\\d", "2-3", "(y)", "{code}", "[x", "-p", "i.e.", "b!", "1 | 2"]
)
_PLAIN = st.lists(_WORD, min_size=1, max_size=4).map(" ".join).map(
    lambda text: re.sub(r"([\\`*_{}\[\]<>|!#~])", r"\\\1", text)
)  # fmt: skip
_MARKED = st.tuples(st.sampled_from(["**{}**", "*{}*", "~~{}~~", "***{}***"]), _PLAIN).map(
    lambda p: p[0].format(p[1])
)
_CODE = st.sampled_from(["`a`", "`x_y*z`", "`{code}`", "`a b`", "`[~x]`"])
_LINK = st.sampled_from(["[t](https://a.test/x_y)", "<https://a.test/b>", "[**t** u](https://a.test)"])
_LINE = st.lists(st.one_of(_PLAIN, _MARKED, _CODE, _LINK), min_size=1, max_size=4).map(
    lambda ws: "w " + " ".join(ws)
)
_PARAGRAPH = st.lists(_LINE, min_size=1, max_size=3).map("\\\n".join)


def _item(number: int, text: str) -> str:
    return f"{number}. {text}"


_BULLETS = st.lists(_LINE, min_size=1, max_size=3).map(lambda lines: "\n".join(f"- {line}" for line in lines))
_NUMBERS = st.lists(_LINE, min_size=1, max_size=3).map(
    lambda ls: "\n".join(_item(number, line) for number, line in enumerate(ls, 1))
)
_NESTED = st.tuples(_LINE, _BULLETS, _NUMBERS).map(
    lambda p: f"- {p[0]}\n" + "\n".join("  " + line for line in (p[1] + "\n" + p[2]).split("\n"))
)
_TABLE = st.tuples(_PLAIN, _PLAIN, _CODE).map(lambda p: f"| {p[0]} | {p[1]} |\n| --- | --- |\n| {p[2]} |  |")
_FENCE = st.sampled_from(["```java\nx = *1*\n```", "```\na\n\n  {quote}\n```"])
_BLOCK = st.one_of(
    _PARAGRAPH, _LINE.map(lambda line: f"## {line}"), _FENCE, _TABLE, _NESTED, _BULLETS, _NUMBERS, st.just("---"),
    _LINE.map(lambda line: f"> {line}"), st.just("- [ ] a\n- [x] b"),
)  # fmt: skip
DOCUMENTS = st.lists(_BLOCK, min_size=1, max_size=5).map(lambda blocks: "\n\nw\n\n".join(blocks) + "\n")
"""Markdown of what both ADF and wiki markup have; a paragraph keeps lists apart, which wiki markup cannot."""

_MARKERS = re.compile(r"(?m)^(?:(?:-|\d+\.) ?)+")


def words_in(markdown: str) -> Counter[str]:
    """The words that a reader of the text sees, without the numbers of lists; a box may change its case."""
    return Counter(re.findall(r"[^\W_]+", _MARKERS.sub("", words_of(tidy(markdown))).replace("[X]", "[x]")))
