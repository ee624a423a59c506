"""Markdown to plain words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

_COSTLY = re.compile(r"[\[<]")
_MOST_BRACKETS = 1_000


def build_reader() -> MarkdownIt:
    """A reader of Markdown that takes no raw HTML but ``<br>``, and whose time is bounded on hostile input.

    markdown-it needs quadratic time for unmatched brackets (2 s for 20,000 of them): a paragraph with more than a
    thousand is taken as words without markup.
    """
    from markdown_it import MarkdownIt

    parser = MarkdownIt("js-default", {"breaks": True, "linkify": False})
    parser.core.ruler.at("inline", _inline)
    parser.inline.ruler.before("html_inline", "line_break", _line_break)
    return parser


@cache
def _reader() -> MarkdownIt:
    return build_reader()


def _inline(state: StateCore) -> None:
    from markdown_it.token import Token

    for token in state.tokens:
        if token.type != "inline":
            continue
        token.children = []
        if len(_COSTLY.findall(token.content)) > _MOST_BRACKETS:
            token.children = [Token("text", "", 0, content=token.content)]
        else:
            state.md.inline.parse(token.content, state.md, state.env, token.children)


_BR = re.compile(r"<br ?/?>", re.IGNORECASE)


def _line_break(state: StateInline, silent: bool) -> bool:
    found = _BR.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        state.push("hardbreak", "br", 0)
    state.pos = found.end()
    return True


def words_of(markdown: str) -> str:
    """The words of a Markdown text: blocks on lines of their own, lists with ``-`` or numbers, cells with tabs."""
    lines = "".join(_pieces(_reader().parse(markdown))).split("\n")
    kept = [line.strip() for line in lines]
    return "\n".join(line for line in kept if line)


def _pieces(tokens: Iterable[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "inline":
            yield from _inline_pieces(token.children or ())
        elif token.type in ("fence", "code_block"):
            yield token.content
        elif token.type == "list_item_open":
            yield f"{token.info}. " if token.info else "- "
        elif token.type in ("td_close", "th_close"):
            yield "\t"
        elif token.type in ("paragraph_close", "heading_close", "tr_close"):
            yield "\n"


def _inline_pieces(children: Iterable[Token]) -> Iterator[str]:
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            yield "\n"
        else:
            yield child.content


_FENCE = re.compile(r"(?m)^[ >]*(`{3,}|~{3,})")


def close_fence(markdown: str) -> str:
    """Close the code block that is still open at the end of a text, if one is."""
    open_with = ""
    for found in _FENCE.finditer(markdown):
        if not open_with:
            open_with = found[1]
        elif found[1].startswith(open_with):
            open_with = ""
    return f"{markdown}\n{open_with}" if open_with else markdown
