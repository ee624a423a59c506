"""A comment's text in the three forms the vendor serves: body, HTML and plain."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import nh3
from markdown_it import MarkdownIt

_MARKDOWN = MarkdownIt("commonmark", {"html": False, "breaks": True})
_BLOCKS = frozenset(
    {"p", "div", "ul", "ol", "blockquote", "pre", "table", "h1", "h2", "h3", "h4", "h5", "h6"}
)


def from_body(body: str) -> tuple[str, str, str]:
    """(body, html, plain) of a text given as ``body``, of which the vendor reads some Markdown."""
    rendered = re.sub(
        r"<(p|ul|ol|blockquote|h[1-6]|pre)>", r'<\1 dir="auto">', _MARKDOWN.render(body).strip()
    )
    return body, _framed(rendered), body


def from_html(text: str) -> tuple[str, str, str]:
    """(body, html, plain) of a text given as ``html_body``; what could be harmful is taken out of it."""
    clean = nh3.clean(text)
    plain = plain_of(clean)
    return plain, _framed(clean), plain


def plain_of(text: str) -> str:
    """What a person reads of an HTML text."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    joined = re.sub(r"[ \t]*\n[ \t]*", "\n", "".join(reader.parts))
    return re.sub(r"\n{3,}", "\n\n", joined).strip()


def _framed(inner: str) -> str:
    return f'<div class="zd-comment" dir="auto">{inner}</div>'


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.parts.append("\n")
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag in _BLOCKS:
            self.parts.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)
