"""HTML to Markdown, with nh3 and markdownify."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Final

import nh3
from bs4 import Tag
from bs4.element import NavigableString
from markdownify import MarkdownConverter

from syncline.text.characters import escape, escape_start, info_string, link_target, tidy
from syncline.text.convert import CUT

LONGEST_SOURCE: Final = 2_000_000
DEEPEST: Final = 40
"""Elements inside each other that are kept; markdownify recurses into each."""
MOST_OPEN: Final = 100

_KEPT = frozenset((
    "p", "div", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre",
    "code", "strong", "b", "em", "i", "del", "s", "strike", "a", "img", "table", "thead", "tbody", "tfoot",
    "tr", "td", "th", "dl", "dt", "dd", "span"
))  # fmt: skip
_DROPPED = frozenset(("script", "style", "template", "noscript", "iframe", "object", "svg", "math", "title"))
_INSIDE_LINES = frozenset(("code", "strong", "b", "em", "i", "del", "s", "strike", "a", "img", "span"))
_VOID = frozenset(("br", "hr", "img"))
_LOSSES: Final = {
    "embedded content": r"<(?:script|style|iframe|object|embed|video|audio|svg|math|form|input)\b",
    "underline": r"<(?:u|ins)\b",
    "superscript": r"<(?:sub|sup)\b",
    "colour": r"<font\b|\bstyle=\s*[\"'][^\"'<>]*\b(?:color|background)",
    "merged cells": r"\b(?:col|row)span=",
}
_CLOSE_THEMSELVES = frozenset(("p", "li", "tr", "td", "th", "thead", "tbody", "tfoot", "dt", "dd", "option"))
_RAW_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,20})[^<>]*>?")
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)[^<>]*>")


def html_to_markdown(source: str, limit: int, lost: set[str]) -> str:
    """Markdown of an HTML fragment or page; adds what was lost to ``lost``. Never raises."""
    if len(source) > LONGEST_SOURCE:
        lost.add(CUT)
    source = tidy(source[:LONGEST_SOURCE])
    lost.update(loss for loss, pattern in _LOSSES.items() if re.search(pattern, source, re.IGNORECASE))
    html = _shallow(_cleaned(_bounded(source)), lost)
    if len(html) > limit:
        lost.add(CUT)
        html = _cleaned(html[:limit])
    return str(_Converter(lost).convert(f"<div>{html}</div>"))  # Beautiful Soup warns of text without a tag


def _bounded(source: str) -> str:
    """The same without elements opened inside a hundred that are still open: nh3 needs quadratic time for those.

    Elements that close by themselves (``<p>`` and the like) do not count, a close without an open changes nothing.
    """
    still_open: Counter[str] = Counter()

    def tag(found: re.Match[str]) -> str:
        name = found[2].lower()
        if name in _VOID or name in _CLOSE_THEMSELVES:
            return found[0]
        if found[1]:
            still_open[name] -= still_open[name] > 0
        elif still_open.total() >= MOST_OPEN:
            return " "
        else:
            still_open[name] += 1
        return found[0]

    return _RAW_TAG.sub(tag, source)


def _cleaned(source: str) -> str:
    return nh3.clean(
        source,
        tags=set(_KEPT),
        clean_content_tags=set(_DROPPED),
        attributes={
            "a": {"href"},
            "img": {"src", "alt"},
            "ol": {"start"},
            "code": {"class"},
            "pre": {"class"},
        },
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )


def _shallow(html: str, lost: set[str]) -> str:
    """The same without the elements that lie too deep; what is in them stays. nh3 has balanced the tags."""
    depth = 0

    def tag(found: re.Match[str]) -> str:
        nonlocal depth
        if found[2] in _VOID:
            return found[0]
        depth += -1 if found[1] else 1
        if depth < DEEPEST or (found[1] and depth == DEEPEST - 1):
            return found[0]
        lost.add(f"nesting deeper than {DEEPEST} levels")
        return " "

    return _TAG.sub(tag, html)


class _Converter(MarkdownConverter):
    """markdownify with our escaping, so that all formats are escaped alike."""

    def __init__(self, lost: set[str]) -> None:
        super().__init__(
            heading_style="atx",
            bullets="-",
            newline_style="backslash",
            table_infer_header=True,
            code_language_callback=_language,
        )
        self.lost = lost
        self.begins_line = True

    def process_text(self, el: NavigableString, parent_tags: set[str] | None = None) -> str:
        before = el.previous_sibling
        self.begins_line = before is None or (isinstance(before, Tag) and before.name not in _INSIDE_LINES)
        return str(super().process_text(el, parent_tags))  # type: ignore[misc]  # missing from its stub

    def escape(self, text: str, parent_tags: set[str]) -> str:
        escaped = escape(text)
        if "td" in parent_tags or "th" in parent_tags:
            return escaped.replace("|", "\\|")
        first, *others = escaped.split("\n")
        return "\n".join((escape_start(first) if self.begins_line else first, *map(escape_start, others)))

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        target = link_target(str(el.get("href") or ""))
        if not target or not text.strip() or "_noformat" in parent_tags:
            return text
        return f"<{target}>" if text.strip() == target and ":" in target else f"[{text.strip()}]({target})"

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        target = link_target(str(el.get("src") or ""))
        name = escape(str(el.get("alt") or "").strip())
        if target:
            return f"![{name}]({target})"
        self.lost.add("attachment")
        return f"(image: {name})" if name else "(image)"


def _language(element: Tag) -> str | None:
    classes: list[Any] = [
        *(element.get("class") or ()),
        *((element.code and element.code.get("class")) or ()),
    ]
    return next((info_string(str(name).removeprefix("language-")) for name in classes), None)
