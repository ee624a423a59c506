"""How long a text is as its tool counts, and how to make it fit."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

from syncline.text.addresses import linkable
from syncline.text.canonical_form import canonical
from syncline.text.characters import link_target
from syncline.text.convert import NOBODY
from syncline.text.reading import spans_of

if TYPE_CHECKING:
    from syncline.model import Text, TextFormat

JIRA: Final = 32_767
"""The most that a description or comment may count in Jira; an administrator of Data Center may set another number."""


_LONG_LINE: Final = 200


class _Cut(NamedTuple):
    """A place to cut: after so many characters; ``closing`` ends the code that is open there."""

    length: int
    closing: str
    between_blocks: bool


def length_in(text_format: TextFormat, text: str | Text, people: Mapping[str, str] = NOBODY) -> int:
    """How much a text counts in a format: a Markdown text as it would be written, a native one as it is.

    Counted are UTF-16 units, as Java does: an emoji is two. What Jira Cloud counts of an ADF document is not
    documented; the whole of its compact JSON, the most it can be, is taken here.
    """
    if not isinstance(text, str):
        return _units(text.source)
    match text_format:
        case "adf":
            from syncline.text.adf_writer import to_adf

            return _units(json.dumps(to_adf(text, people), ensure_ascii=False, separators=(",", ":")))
        case "wiki":
            from syncline.text.wiki_writer import to_wiki

            return _units(to_wiki(text, people))
        case "html":
            from syncline.text.safe_html import to_html

            return _units(to_html(text))
        case "plain":
            from syncline.text.plain import words_of

            return _units(words_of(text))
    return _units(text)


def _units(text: str) -> int:
    return len(text) + sum(char > "\uffff" for char in text)


def shortened(
    markdown: str, limit: int, link: str, text_format: TextFormat, people: Mapping[str, str] = NOBODY
) -> str:
    """Canonical Markdown that counts ``limit`` at most in a format; one that was cut ends with a line with ``link``.

    Cut is between blocks, or between lines or words where more than half would be lost else. Code and tables stay
    whole in form. Where not even the last line fits the result is empty.
    """
    whole = canonical(markdown)

    def fits(text: str) -> bool:
        return length_in(text_format, text, people) <= limit

    if fits(whole):
        return whole
    address = f"<{link_target(link)}>" if linkable(link) else link
    note = f"… the rest is at {address}\n"
    cuts = [cut for cut in _cuts(whole) if cut.length <= 2 * limit]
    by_block = _longest([cut for cut in cuts if cut.between_blocks], whole, note, fits)
    by_line = _longest(cuts, whole, note, fits)
    best = by_block if 2 * len(by_block) >= len(by_line) else by_line
    return best or (note if fits(note) else "")


def _longest(cuts: list[_Cut], whole: str, note: str, fits: Callable[[str], bool]) -> str:
    """The longest that fits, or nothing. What is longer counts more, but for a few characters: the end is tried."""
    most = bisect_right(range(len(cuts)), False, key=lambda number: not fits(_at(cuts[number], whole, note)))
    for cut in reversed(cuts[:most]):
        if fits(text := _at(cut, whole, note)):
            return text
    return ""


def _at(cut: _Cut, whole: str, note: str) -> str:
    kept = whole[: cut.length].rstrip()
    return canonical(f"{kept}{cut.closing}\n\n{note}") if kept else note


def _cuts(markdown: str) -> list[_Cut]:
    """Every place where the text may be cut, in order. Code inside lists and quotes is not cut."""
    ends = list(accumulate(len(line) + 1 for line in markdown.split("\n")))
    cuts: list[_Cut] = []
    for span in spans_of(markdown):
        closing = f"\n{span.fence}" if span.fence else ""
        for number in range(span.first, span.last):
            if number in span.uncut:
                continue
            start = ends[number - 1] if number else 0
            if not span.is_table:
                cuts += [_Cut(at, closing, False) for at in _between_words(markdown, start, ends[number])]
            cuts.append(_Cut(ends[number], closing, False))
        cuts.append(_Cut(ends[span.last - 1], "", True))
    return cuts


_WORD: Final = re.compile(r"\S{1,200}\s*")


def _between_words(markdown: str, start: int, end: int) -> Iterator[int]:
    """Places within a long line."""
    if end - start <= _LONG_LINE:
        return
    for found in _WORD.finditer(markdown, start, end):
        yield found.end()
