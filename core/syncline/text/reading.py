"""Markdown as a tree of blocks, for the writers of other formats."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from syncline.text.characters import tidy

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.token import Token

DEEPEST: Final = 40
"""markdown-it's levels (a list is two, a quote one) beyond which lines are words: it drops what lies below 100."""

_KINDS: Final = {
    "paragraph_open": "paragraph",
    "heading_open": "heading",
    "bullet_list_open": "bullets",
    "ordered_list_open": "numbers",
    "list_item_open": "item",
    "blockquote_open": "quote",
    "table_open": "table",
    "tr_open": "row",
    "th_open": "head",
    "td_open": "cell",
}
_BOX = re.compile(r"\[([ xX])\](?:[ \t]+|$)")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


@dataclass
class Block:
    """A block: ``kind`` is one of the values of `_KINDS`, ``code`` or ``rule``.

    ``source`` is the code, or what a paragraph was written as; ``words`` are the tokens of the latter.
    """

    kind: str
    level: int = 0
    start: int = 1
    language: str = ""
    source: str = ""
    words: list[Token] = field(default_factory=list)
    inside: list[Block] = field(default_factory=list)


def blocks_of(markdown: str) -> list[Block]:
    """The blocks of a Markdown text of any kind; raw HTML is words, ``<br>`` a line break. Never raises."""
    root = Block("document")
    open_blocks = [root]
    for token in _reader().parse(tidy(markdown)):
        if token.type == "inline":
            open_blocks[-1].source = token.content
            open_blocks[-1].words = _words(token)
        elif token.type in _KINDS:
            block = _opened(token)
            open_blocks[-1].inside.append(block)
            open_blocks.append(block)
        elif token.type.removesuffix("_close") + "_open" in _KINDS:
            open_blocks.pop()
        elif token.type in ("fence", "code_block", "hr"):
            open_blocks[-1].inside.append(_leaf(token))
    return root.inside


class Span(NamedTuple):
    """The lines of a block that stands in nothing else, from ``first`` to before ``last``.

    ``fence`` is what closes it where it is code; a cut after one of the lines ``uncut`` would break its form.
    """

    first: int
    last: int
    fence: str
    is_table: bool
    uncut: frozenset[int]


def spans_of(markdown: str) -> list[Span]:
    """The outermost blocks of a canonical text by their lines."""
    spans: list[Span] = []
    for token in _reader().parse(markdown):
        if not token.map or token.nesting < 0:
            continue
        first, last = token.map
        if token.level == 0 and token.type != "inline":
            fence = token.markup if token.type == "fence" else ""
            uncut = {first} if fence or token.type == "table_open" else set()
            spans.append(Span(first, last, fence, token.type == "table_open", frozenset(uncut)))
        elif token.type == "fence":
            spans[-1] = spans[-1]._replace(uncut=spans[-1].uncut | set(range(first, last - 1)))
        elif token.type == "table_open":
            spans[-1] = spans[-1]._replace(uncut=spans[-1].uncut | {first})
    return spans


def has_box(block: Block) -> bool:
    """Whether a paragraph begins with a box as it was written: an escaped one, or a link called x, is none."""
    return (
        block.kind == "paragraph"
        and _BOX.match(block.source) is not None
        and block.words[0].type == "text"
        and _BOX.match(block.words[0].content) is not None
    )


def without_box(words: Sequence[Token]) -> list[Token]:
    """The words of a paragraph that `has_box`, behind the box; it always stands in the first of them."""
    first, *others = words
    return [first.copy(content=_BOX.sub("", first.content, count=1)), *others]


def _opened(token: Token) -> Block:
    level = int(token.tag[1:]) if token.type == "heading_open" else 0
    start = token.attrGet("start")
    return Block(_KINDS[token.type], level=level, start=start if isinstance(start, int) else 1)


def _leaf(token: Token) -> Block:
    if token.type == "hr":
        return Block("rule")
    return Block("code", source=token.content.removesuffix("\n"), language=(token.info.split() or [""])[0])


def _words(token: Token) -> list[Token]:
    """The tokens of a line. One that the reader refused to parse has its escapes undone all the same."""
    words = token.children or []
    if len(words) == 1 and words[0].type == "text" and words[0].content == token.content:
        words[0].content = _ESCAPED.sub(r"\1", token.content)
    return list(_without_feeds(words))


def _without_feeds(words: Iterable[Token]) -> Iterator[Token]:
    from markdown_it.token import Token

    for word in words:
        if word.type != "text" or "\n" not in word.content:
            yield word
            continue
        for number, line in enumerate(word.content.split("\n")):
            if number:
                yield Token("softbreak", "br", 0)
            yield Token("text", "", 0, content=line)


@cache
def _reader() -> MarkdownIt:
    """Addresses stay as they were written: what encodes them again would change a text by reading it."""
    from syncline.text.plain import build_reader

    parser = build_reader()
    keep: Any = str
    parser.normalizeLink = keep  # type: ignore[method-assign]
    parser.normalizeLinkText = keep  # type: ignore[method-assign]
    parser.block.ruler.before("table", "too_deep", _too_deep, {"alt": []})
    return parser


def _too_deep(state: StateBlock, start: int, _end: int, silent: bool) -> bool:
    if state.level < DEEPEST or silent:
        return False
    content = state.getLines(start, start + 1, state.blkIndent, False).strip()
    state.line = start + 1
    opening = state.push("paragraph_open", "p", 1)
    opening.map = [start, start + 1]
    token = state.push("inline", "", 0)
    token.content, token.map, token.children = content, [start, start + 1], []
    state.push("paragraph_close", "p", -1)
    return True
