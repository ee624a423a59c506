"""Markdown to HTML that is safe to put into a report, and URLs that are safe to link to (threat T6)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from syncline.text import terminal

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

TAGS: Final = frozenset((
    "p", "a", "strong", "em", "s", "code", "pre", "ul", "ol", "li", "br", "hr", "blockquote", "table",
    "thead", "tbody", "tr", "th", "td"
))  # fmt: skip
"""Every element that can come out of `to_html`."""

LONGEST_URL: Final = 4_000
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\\\"'<>`{}|^\u2028\u2029]")
_MAIL = re.compile(r"mailto:[\w.!#$%&*+/=?~-]+@[\w-]+(?:\.[\w-]+)*", re.ASCII | re.IGNORECASE)


def safe_url(url: str) -> str | None:
    """The URL if it may be linked to, else None.

    Only ``http``, ``https`` with a host and no user name, and ``mailto`` with one plain address (its ``?subject=``
    and the like are dropped) may. White space, quotes and invisible characters anywhere refuse the URL.
    """
    url = url.strip(" \t\n")
    if not url or len(url) > LONGEST_URL or _FORBIDDEN.search(url) or terminal.clean(url) != url:
        return None
    if url.lower().startswith("mailto:"):
        address = url.partition("?")[0]
        return address if _MAIL.fullmatch(address) else None
    return url if _is_web(url) else None


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return False
    return bool(host) and parts.scheme in ("http", "https") and "@" not in parts.netloc


def to_html(markdown: str) -> str:
    """Safe HTML of a Markdown text: only the elements in `TAGS`, no image, no raw HTML, links by `safe_url`.

    Headings become strong paragraphs, so that a text cannot disturb the outline of the page; images become links.
    """
    import nh3

    return nh3.clean(
        _renderer().render(terminal.clean(markdown)),
        tags=set(TAGS),
        attributes={"a": {"href"}, "ol": {"start"}},
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )


def _attribute(element: str, name: str, value: str) -> str | None:
    if name == "href":
        return safe_url(value)
    if name == "rel":  # set by nh3 itself
        return value
    return value if value.isascii() and value.isdigit() else None


@cache
def _renderer() -> MarkdownIt:
    from syncline.text.plain import build_reader

    parser = build_reader()
    parser.add_render_rule("heading_open", lambda *_: "<p><strong>")
    parser.add_render_rule("heading_close", lambda *_: "</strong></p>\n")
    parser.add_render_rule("image", _image)
    return parser


def _image(_self: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    from markdown_it.common.utils import escapeHtml

    source = str(tokens[index].attrGet("src") or "")
    label = tokens[index].content or source
    return f'<a href="{escapeHtml(source)}">{escapeHtml(label)}</a>'
