"""Reads a rendered page back, as a tester or a browser would."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

from markdown_it import MarkdownIt
from markdown_it.token import Token

from syncline.report.basis import Basis
from syncline.report.facts import Ledger
from syncline.report.words import safe_url

ELEMENTS = frozenset(
    re.findall(
        r"\w+",
        "html head meta link title style body a header h1 h2 h3 h4 p section ul li nav main span b i bdi time div"
        " table caption thead tbody tfoot tr th td details summary pre code figure figcaption footer"
        " svg g desc text rect line circle path",
    )
)
HOSTS = frozenset({"example.atlassian.net:443"})


def loaded(basis: Basis, relation: str) -> list[tuple[object, ...]]:
    """What a relation gave; a step has nothing left."""
    with Ledger(replace(basis, images=list(basis.images)), {}) as ledger:  # it takes them
        return (
            [tuple(row) for row in ledger.rows(f"SELECT * FROM {relation}")] if ledger.has(relation) else []
        )


_EMPTY = {"meta", "link"}
_QUIET = {"bdi", "time", "code", "style", "title"}
_ALLOWED = {"rule", "soft", "label"}
"""Classes of rules, and of labels of pictures."""


DAY = re.compile(r"\b[1-3]?\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4}\b")
"""A day, which is no number."""


def fact_of(tag: str, attrs: dict[str, str | None]) -> str | None:
    """The fact that an element's text is a value of: it says so, or leads to it."""
    target = attrs.get("href") or ""
    return attrs.get("data-fact") or (target[1:] if tag == "a" and re.fullmatch(r"#F\d+", target) else None)


class Page(HTMLParser):
    """Elements with their attributes, and the text outside numbers, names and dates."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.numbers: list[tuple[str, str]] = []
        self.stray: list[str] = []
        self.text: list[str] = []
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self._heads: list[str | None] = []
        """By column of the table that is open the fact that its head leads to."""
        self._place = -1
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in ("td", "th", "tr"):
            self._end_cell()
        if tag == "table":
            self._heads = []
        if tag == "tr":
            self._place = -1
        if tag in ("th", "td"):
            self._place += 1
            if ("scope", "col") in attrs:
                self._heads.append(None)
        if tag == "a" and any(attrs.get("scope") == "col" for _, attrs in self.open):
            self._heads[-1] = fact_of("a", dict(attrs))
        if tag not in _EMPTY:
            self.open.append((tag, dict(attrs)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def _end_cell(self) -> None:
        """A cell needs no end tag: it ends where the next one begins, or its row ends."""
        if self.open and self.open[-1][0] in ("td", "th"):
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag == "tr":
            self._end_cell()
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1][0] == tag, f"</{tag}> closes <{self.open[-1][0]}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        facts = [fact for tag, attrs in self.open if (fact := fact_of(tag, attrs))]
        tags = {tag for tag, _ in self.open}
        if "style" not in tags:
            self.text.append(data)
        if tags & {"td", "th"}:
            data = DAY.sub("", data)
        no_value = any(attrs.get("scope") == "col" or attrs.get("id") == "facts" for _, attrs in self.open)
        if facts and not no_value:
            self.numbers.append((facts[0], data))
        elif self.open and self.open[-1][0] == "td" and (head := self._head()) and re.search(r"\d", data):
            self.numbers.append((head, data))
        elif not tags & _QUIET and not self._in_rule():
            self.stray.append(data)

    def _head(self) -> str | None:
        return self._heads[self._place] if self._place < len(self._heads) else None

    def _in_rule(self) -> bool:
        """Rules, the ledger, heads of columns and labels of pictures may speak of numbers that are not facts."""
        return any(
            attrs.get("class") in _ALLOWED
            or attrs.get("id") == "facts"
            or attrs.get("scope") == "col"
            or tag == "desc"
            for tag, attrs in self.open
        )

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]


def assert_harmless(html: str) -> Page:
    page = Page(html)
    assert page.open == []
    for tag, attrs in page.elements:
        assert tag in ELEMENTS
        for name, value in attrs.items():
            assert not name.startswith("on")
            assert name not in ("style", "src", "srcset", "action", "formaction", "xlink:href")
            if name == "href":
                assert value is not None
                assert value.startswith("#") or value == "data:," or safe_url(value, HOSTS) == value
    return page


def markdown_tokens(markdown: str) -> list[Token]:
    """A Markdown text as a renderer reads it."""
    found: list[Token] = []
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown):
        found.append(token)
        found.extend(token.children or [])
    return found
