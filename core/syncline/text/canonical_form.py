"""One way of writing a Markdown text, so that two texts which mean the same compare equal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from syncline.text.characters import tidy

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_RULE = re.compile(r"[ \t>]*(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$")
_MARKER = re.compile(r"[ \t>]*(?:[-+*]|\d{1,9}[.)])")


def canonical(markdown: str) -> str:
    r"""NFC, LF, no trailing space, ``-`` and ``1.`` as list markers, at most one blank line between blocks.

    The result ends with one newline, or is empty. The content of code blocks keeps its blank lines. Two spaces at the
    end of a line, where they mean a line break, become a backslash; where two lists stand side by side, the second
    takes ``*`` or ``)`` so that they stay two. Idempotent.
    """
    text = tidy(markdown)
    lines = text.split("\n")
    tokens = _blocks().parse(text)
    for first, last in _paragraphs(tokens):
        _keep_breaks(lines, first, last)
    lines = [line.rstrip(" \t") for line in lines]
    _rewrite_markers(lines, tokens)
    body = "\n".join(_without_blank_runs(lines, _verbatim(tokens))).strip("\n")
    return body + "\n" if body else ""


@cache
def _blocks() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table").disable("inline")


def _paragraphs(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    for opening, inline in pairwise(tokens):
        if opening.type == "paragraph_open" and inline.map and "`" not in inline.content:
            yield inline.map[0], inline.map[1]


def _keep_breaks(lines: list[str], first: int, last: int) -> None:
    for number in range(first, last - 1):
        stripped = lines[number].rstrip(" \t")
        if stripped == lines[number]:
            continue
        backslashes = len(stripped) - len(stripped.rstrip("\\"))
        literal = "\\" if backslashes % 2 else ""  # what the space kept from escaping the line's end
        lines[number] = stripped + literal + ("\\" if lines[number].endswith("  ") else "")


def _verbatim(tokens: Sequence[Token]) -> set[int]:
    """Numbers of the lines whose blank neighbours matter."""
    return {
        number
        for token in tokens
        if token.type in ("fence", "code_block", "html_block") and token.map
        for number in range(*token.map)
    }


def _without_blank_runs(lines: Sequence[str], verbatim: set[int]) -> Iterator[str]:
    blank_before = False
    for number, line in enumerate(lines):
        blank = not line and number not in verbatim
        if not (blank and blank_before):
            yield line
        blank_before = blank


def _rewrite_markers(lines: list[str], tokens: Sequence[Token]) -> None:
    """Give every list its marker: one for all its items, and none that would turn an item into a rule."""
    items = _items_of_lists(lines, tokens)
    open_lists: list[str] = []
    closed: dict[int, str] = {}
    for index, token in enumerate(tokens):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            choices = "-*+" if token.type[0] == "b" else ".)"
            open_lists.append(_mark(lines, items[index], choices, closed.pop(token.level, "")))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            closed[token.level] = open_lists.pop()
        elif token.nesting >= 0 and token.type != "list_item_open":
            closed.pop(token.level, None)


def _items_of_lists(lines: Sequence[str], tokens: Sequence[Token]) -> dict[int, list[tuple[int, int]]]:
    """Line and column of every item's marker, by the index of the list's token. One line may open several lists."""
    items: dict[int, list[tuple[int, int]]] = {}
    open_lists: list[int] = []
    column: dict[int, int] = {}
    for index, token in enumerate(tokens):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            open_lists.append(index)
            items[index] = []
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            open_lists.pop()
        elif token.type == "list_item_open" and token.map:
            number = token.map[0]
            found = _MARKER.match(lines[number], column.get(number, 0))
            if found is not None:
                column[number] = found.end()
                items[open_lists[-1]].append((number, found.end() - 1))
    return items


def _mark(lines: list[str], items: Sequence[tuple[int, int]], choices: str, before: str) -> str:
    """Write the first marker that differs from that of the list before and suits all items; returns it."""
    for marker in choices:
        changed = {at: _with(lines[at[0]], at[1], marker) for at in items}
        if marker != before and not any(_RULE.match(line) for line in changed.values()):
            for number, column in items:
                lines[number] = _with(lines[number], column, marker)
            return marker
    return lines[items[0][0]][items[0][1]] if items else choices[0]


def _with(line: str, column: int, marker: str) -> str:
    return line[:column] + marker + line[column + 1 :]
