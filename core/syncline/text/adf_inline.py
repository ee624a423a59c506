"""The words of an ADF document: text with marks, links, mentions, dates, cards."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby, pairwise
from typing import Any, ClassVar, Final, NamedTuple

from syncline.text.characters import (
    code_span,
    escape,
    escape_heading_end,
    escape_label,
    escape_start,
    link_target,
    tidy,
)
from syncline.text.convert import CUT

Node = dict[str, Any]

BREAK: Final = "\ufdd0"
"""Stands for a line break while marklas is at work."""

# marklas escapes these itself, and more often than needed; as noncharacters they pass it unseen.
_SPECIAL: Final = r"\*_[]`~<"
_ENCODE: Final = {ord(char): 0xFDD1 + number for number, char in enumerate(_SPECIAL)}
_DECODE: Final = {mark: char for char, mark in _ENCODE.items()}


def encode(markdown: str) -> str:
    """Finished Markdown in a form that marklas leaves alone."""
    return markdown.translate(_ENCODE)


def decode(markdown: str) -> str:
    """Undo `encode`."""
    return markdown.translate(_DECODE)


def kind(node: object) -> str:
    """The node's type; empty where there is none."""
    found = node.get("type") if isinstance(node, dict) else None
    return found if isinstance(found, str) else ""


def children(node: object) -> list[Node]:
    """The nodes inside a node; a lone node or bare text where a list should be is taken as its only member."""
    content = node.get("content") if isinstance(node, dict) else None
    members = content if isinstance(content, list) else [content]
    as_nodes = [{"type": "text", "text": member} if isinstance(member, str) else member for member in members]
    return [member for member in as_nodes if isinstance(member, dict)]


def attribute(node: Node, name: str) -> Any:
    """One attribute of a node, None where it is missing."""
    attributes = node.get("attrs")
    return attributes.get(name) if isinstance(attributes, dict) else None


_ENDS_LINE = frozenset(
    ("paragraph", "heading", "codeBlock", "listItem", "taskItem", "decisionItem", "tableRow", "mediaSingle")
)


def text_nodes(nodes: Sequence[Node]) -> Iterator[str]:
    """The words under these nodes in order, however deep; a line feed after what stands on a line of its own."""
    stack: list[Node | None] = list(reversed(nodes))
    while stack:
        node = stack.pop()
        if node is None or kind(node) == "hardBreak":
            yield "\n"
            continue
        yield _own_words(node)
        if kind(node) in _ENDS_LINE:
            stack.append(None)
        stack += reversed(children(node))


def flat_words(nodes: Sequence[Node]) -> str:
    """The words under these nodes, without empty lines."""
    return re.sub(r"\n{2,}", "\n", "".join(text_nodes(nodes))).strip("\n")


def _own_words(node: Node) -> str:
    words = node.get("text")
    if not isinstance(words, str):
        words = next((attribute(node, name) for name in ("text", "shortName", "url", "title", "alt")
                      if isinstance(attribute(node, name), str)), "")  # fmt: skip
    return str(words)


class Run(NamedTuple):
    """A stretch of text with the same marks. ``raw`` is Markdown already, ``code`` is still to be put in backticks."""

    text: str
    marks: tuple[str, ...] = ()
    href: str = ""
    raw: bool = False
    code: bool = False


_NATIVE = ("strong", "em", "strike")
_LOSSES = {"underline": "underline", "textColor": "colour", "backgroundColor": "colour", "annotation": "annotation",
           "subsup": "superscript", "alignment": "alignment", "indentation": "indentation",
           "fontSize": "font size", "border": "border"}  # fmt: skip


class Inlines:
    """Turns inline nodes into the few that marklas is given, within a number of characters."""

    KINDS: ClassVar = frozenset(
        ("text", "hardBreak", "mention", "emoji", "date", "status", "inlineCard", "placeholder", "media",
         "mediaInline", "inlineExtension")
    )  # fmt: skip

    def __init__(self, people: Mapping[str, str], limit: int, lost: set[str]) -> None:
        self.people = people
        self.left = limit
        self.lost = lost

    def take(self, text: str) -> str:
        """As much of a text as still fits."""
        if len(text) > self.left:
            self.lost.add(CUT)
            text = text[: max(self.left, 0)]
        self.left -= len(text)
        return text

    def raw(self, markdown: str) -> Node:
        """A node that shows as exactly this Markdown."""
        return {"type": "text", "text": encode(markdown)}

    def lines(self, nodes: Sequence[Node]) -> list[Node]:
        """The content of a paragraph, its lines parted by `BREAK`."""
        lines = [_escaped_start(_joint(_flanked(line))) for line in _stripped(_lines_of(self._runs(nodes)))]
        return self._joined(lines, {"type": "text", "text": BREAK})

    def heading(self, nodes: Sequence[Node]) -> list[Node]:
        """The content of a heading: one line."""
        lines = _stripped(_lines_of(self._runs(nodes)))
        return self._joined([*lines[:-1], *map(_escaped_end, lines[-1:])], self.raw(" "))

    def cell(self, rows: Sequence[Sequence[Node]]) -> list[Node]:
        """The content of a table cell: one paragraph with hard breaks."""
        lines = _stripped([line for row in rows for line in _lines_of(self._runs(row))])
        return self._joined(lines, {"type": "hardBreak"})

    def _joined(self, lines: Sequence[Sequence[Run]], between: Node) -> list[Node]:
        made: list[Node] = []
        for number, line in enumerate(lines):
            made += [between] if number else []
            made += _linked(line)
        return made

    def _runs(self, nodes: Sequence[Node]) -> list[Run]:
        return [_spanned(run) for run in _joint(run for node in nodes for run in self._run(node))]

    def _run(self, node: Node) -> Iterator[Run]:
        marks = {kind(mark): mark for mark in children({"content": node.get("marks")})}
        text = tidy(self.take(self._words(node)))
        if not text:
            return
        self.lost.update(
            _LOSSES.get(mark, "unknown mark") for mark in marks if mark not in (*_NATIVE, "code", "link")
        )
        href = _href(marks.get("link")) or self._url(node)
        code = "code" in marks or kind(node) == "status"
        native = () if kind(node) == "hardBreak" else tuple(mark for mark in _NATIVE if mark in marks)
        yield Run(text, native, href, code=code)

    def _words(self, node: Node) -> str:
        name = kind(node)
        if name == "hardBreak":
            return "\n"
        if name in ("text", ""):
            return str(node["text"]) if isinstance(node.get("text"), str) else ""
        if words := _WORDS.get(name):
            return words(self, node)
        self.lost.add("unknown node")
        return flat_words([node])

    def _mention(self, node: Node) -> str:
        self.lost.add("mention")
        account, shown = attribute(node, "id"), attribute(node, "text")
        name = (
            shown
            if isinstance(shown, str) and shown.strip("@ ")
            else self.people.get(str(account), "someone")
        )
        return "@" + name.lstrip("@")

    def _emoji(self, node: Node) -> str:
        return _own_words(node)

    def _date(self, node: Node) -> str:
        self.lost.add("date")
        stamp = attribute(node, "timestamp")
        try:
            return datetime.fromtimestamp(int(stamp) / 1000, UTC).date().isoformat()
        except (TypeError, ValueError, OverflowError, OSError):
            return stamp if isinstance(stamp, str) else ""

    def _status(self, node: Node) -> str:
        self.lost.add("status")
        return _own_words(node)

    def _placeholder(self, node: Node) -> str:
        self.lost.add("placeholder")
        return _own_words(node)

    def _macro(self, node: Node) -> str:
        self.lost.add("macro")
        return flat_words([node])

    def _card(self, node: Node) -> str:
        self.lost.add("smart link")
        return self._url(node)

    def _media(self, node: Node) -> str:
        name = attribute(node, "alt")
        named = name if isinstance(name, str) and name.strip() else ""
        if url := self._url(node):
            return named or url
        self.lost.add("attachment")
        return f"(attachment: {named})" if named else "(attachment)"

    def _url(self, node: Node) -> str:
        """The address a card or an external image leads to."""
        if kind(node) not in ("inlineCard", "media", "mediaInline"):
            return ""
        data = attribute(node, "data")
        found = attribute(node, "url") or (data.get("url") if isinstance(data, dict) else None)
        return found.strip() if isinstance(found, str) else ""


_WORDS: dict[str, Callable[[Inlines, Node], str]] = {
    "mention": Inlines._mention,
    "emoji": Inlines._emoji,
    "date": Inlines._date,
    "status": Inlines._status,
    "placeholder": Inlines._placeholder,
    "inlineExtension": Inlines._macro,
    "inlineCard": Inlines._card,
    "media": Inlines._media,
    "mediaInline": Inlines._media,
}


def _joint(runs: Iterable[Run]) -> list[Run]:
    """The same with neighbours of the same marks as one; joined at once, for there may be many."""
    made: list[Run] = []
    for _, group in groupby(enumerate(runs), key=lambda pair: (pair[1][1:], pair[1].raw and pair[0])):
        alike = [run for _, run in group]
        made.append(alike[0]._replace(text="".join(run.text for run in alike)))
    return made


def _spanned(run: Run) -> Run:
    """Code in its backticks, after its neighbours have joined it: two spans side by side read as a broken one."""
    return run._replace(text=code_span(run.text), raw=True, code=False) if run.code else run


def _href(mark: Node | None) -> str:
    found = attribute(mark, "href") if mark else None
    return found.strip() if isinstance(found, str) else ""


def _lines_of(runs: Iterable[Run]) -> list[list[Run]]:
    lines: list[list[Run]] = [[]]
    for run in runs:
        first, *others = [run] if run.raw else [run._replace(text=part) for part in run.text.split("\n")]
        for number, part in enumerate((first, *others)):
            if number:
                lines.append([])
            if part.text:
                lines[-1].append(part)
    return lines


def _stripped(lines: list[list[Run]]) -> list[list[Run]]:
    """Without empty lines at the beginning and the end."""
    filled = [number for number, line in enumerate(lines) if any(run.text.strip() for run in line)]
    return lines[filled[0] : filled[-1] + 1] if filled else []


def _escaped_start(line: list[Run]) -> list[Run]:
    """The line without white space before it, escaped where it would begin a block."""
    if not line:
        return line
    first = line[0]._replace(text=line[0].text.lstrip())
    if not first.raw and not first.href and not first.marks:
        first = first._replace(text=escape_start(escape(first.text)), raw=True)
    return [first, *line[1:]]


def _escaped_end(line: list[Run]) -> list[Run]:
    """The last line of a heading, escaped where its end would close it."""
    last = line[-1]._replace(text=line[-1].text.rstrip())
    shown = escape_heading_end(last.text)
    if last.raw or last.href or last.marks or shown == last.text:
        return line
    return [*line[:-1], last._replace(text=escape_heading_end(escape(last.text)), raw=True)]


def _linked(line: Sequence[Run]) -> Iterator[Node]:
    for href, group in groupby(_flanked(line), key=lambda run: run.href):
        runs = list(group)
        text = "".join(run.text for run in runs)
        if not href or not text.strip():
            yield from (_node(run, in_link=False) for run in runs)
        elif text == href and ":" in href and link_target(href) == href:
            yield {"type": "text", "text": encode(f"<{href}>")}
        else:
            yield {"type": "text", "text": encode("[")}
            yield from (_node(run, in_link=True) for run in runs)
            yield {"type": "text", "text": encode(f"]({link_target(href)})")}


def _node(run: Run, *, in_link: bool) -> Node:
    text = run.text if run.raw else escape_label(run.text) if in_link else escape(run.text)
    return {"type": "text", "text": encode(text), "marks": [{"type": mark} for mark in run.marks]}


def _flanked(line: Sequence[Run]) -> list[Run]:
    """Move punctuation at the edge of a marked run out of it where a word touches it.

    ``**Note:**text`` is not strong in CommonMark: a delimiter between punctuation and a letter opens or closes nothing.
    """
    made: list[Run] = []
    padded = [Run(""), *line, Run("")]
    for (before, run), (_, after) in pairwise(pairwise(padded)):
        made += _split_edges(run, before.text[-1:].isalnum(), after.text[:1].isalnum())
    return made


_EDGES = re.compile(r"(?s)(?P<head>[\W_]*)[^\W_](?:.*[^\W_])?(?P<tail>[\W_]*)")


def _split_edges(run: Run, word_before: bool, word_after: bool) -> list[Run]:
    if run.raw or not run.marks:
        return [run]
    edges = _EDGES.fullmatch(run.text)
    if edges is None:
        return [run._replace(marks=())]
    start = edges.end("head") if word_before else 0
    end = edges.start("tail") if word_after else len(run.text)
    bare = run._replace(marks=())
    parts = (
        bare._replace(text=run.text[:start]),
        run._replace(text=run.text[start:end]),
        bare._replace(text=run.text[end:]),
    )
    return [part for part in parts if part.text]
