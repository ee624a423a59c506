"""A vendor's text to Markdown and to plain words, whatever its format and however broken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from syncline.text.canonical_form import canonical
from syncline.text.characters import tidy

if TYPE_CHECKING:
    from syncline.model import Text

LIMIT: Final = 300_000
"""Characters of one text that are converted. Jira Cloud allows 32,767, Data Center may be set to any number."""

NOBODY: Final[Mapping[str, str]] = {}


@dataclass(frozen=True)
class Markdown:
    """Canonical Markdown, and the names of the constructs that it could not carry, sorted."""

    source: str
    lost: tuple[str, ...] = ()


def to_markdown(text: Text, people: Mapping[str, str] = NOBODY) -> Markdown:
    """The text as canonical Markdown. Never raises; the time it takes grows with the length of the text.

    ``people`` gives display names by the vendor's account id, for mentions that carry no name of their own.
    A text longer than `LIMIT` is cut there, says so at its end, and names it among the losses.
    """
    lost: set[str] = set()
    match text.format:
        case "adf":
            from syncline.text.adf import adf_to_markdown

            markdown = adf_to_markdown(text.source, people, LIMIT, lost)
        case "wiki":
            from syncline.text.wiki import wiki_to_markdown

            markdown = wiki_to_markdown(_cut(text.source, lost), people, lost)
        case "html":
            from syncline.text.html import html_to_markdown

            markdown = html_to_markdown(text.source, LIMIT, lost)
        case "plain":
            markdown = _without_trailing_space(_cut(text.source, lost))
        case _:
            markdown = _cut(text.source, lost)
    return Markdown(canonical(_with_note(markdown, lost)), tuple(sorted(lost)))


def plain_text(text: Text, people: Mapping[str, str] = NOBODY) -> str:
    """The words of the text without markup, line by line, without an end of line at the end."""
    from syncline.text.plain import words_of

    if text.format == "plain":
        return _without_trailing_space(text.source).strip("\n")
    return words_of(to_markdown(text, people).source)


def excerpt(text: Text, limit: int, people: Mapping[str, str] = NOBODY) -> str:
    """The beginning of the text on one line of at most ``limit`` characters, cut between words, ``…`` if cut."""
    line = " ".join(plain_text(text, people).split())
    if len(line) <= limit:
        return line
    head = line[: max(limit - 1, 0)]
    between = head.rfind(" ")
    return (head[:between] if between > limit // 2 else head).rstrip() + "…" if limit > 0 else ""


def _without_trailing_space(text: str) -> str:
    """Tidied plain text. Two spaces at the end of a line mean nothing in it."""
    return "\n".join(line.rstrip() for line in tidy(text).split("\n"))


CUT: Final = f"text beyond {LIMIT:,} characters"


def _cut(source: str, lost: set[str]) -> str:
    if len(source) <= LIMIT:
        return source
    lost.add(CUT)
    return source[:LIMIT]


def _with_note(markdown: str, lost: set[str]) -> str:
    """Say at the end that the text was cut. An open code block at the cut is closed first."""
    if CUT not in lost:
        return markdown
    from syncline.text.plain import close_fence

    return f"{close_fence(markdown)}\n\n*… cut here: the text is longer than {LIMIT:,} characters*\n"
