"""Atlassian Document Format to Markdown, with marklas.

marklas turns well-formed documents into Markdown. It raises on malformed ones, recurses without a limit, and writes
HTML where Markdown has no words for a node. So a document is first rebuilt (`_Rebuilt`) from the nodes that Markdown
has: paragraph, heading, list, quote, code, rule, table with one paragraph a cell, and strong, em and strike text. What
has no counterpart becomes its words and is named among the losses. Nothing of the source reaches marklas unlooked at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from syncline.jsontext import decode as decode_json
from syncline.text.adf_inline import (
    BREAK,
    Inlines,
    Node,
    attribute,
    children,
    decode,
    flat_words,
    kind,
    text_nodes,
)
from syncline.text.characters import info_string, tidy
from syncline.text.convert import CUT

DEEPEST: Final = 20
"""Lists, quotes and the like inside each other that stay what they are; marklas fails at about 130."""
MOST_NODES: Final = 100_000
MOST_CELLS: Final = 20_000

_PLAIN_CONTAINERS = {"layoutSection": "layout", "layoutColumn": "layout", "bodiedExtension": "macro",
                     "bodiedSyncBlock": "macro", "syncBlock": "macro"}  # fmt: skip
_TEXT_IN_SOURCE = re.compile(r'"text"\s*:\s*("(?:[^"\\]|\\.)*")')


def adf_to_markdown(source: str, people: Mapping[str, str], limit: int, lost: set[str]) -> str:
    """Markdown of an ADF document given as JSON text; adds what was lost to ``lost``. Never raises."""
    from marklas import to_md

    rebuilt = _Rebuilt(people, limit, lost)
    blocks = rebuilt.blocks(_read(source, lost), 0)
    return decode(_break_lines(to_md({"type": "doc", "version": 1, "content": blocks}, plain=True)))


def _read(source: str, lost: set[str]) -> list[Node]:
    """The nodes of the document. From JSON that cannot be read, the texts in it."""
    if not source.strip():
        return []
    try:
        document = _parsed(source)
    except (ValueError, RecursionError):
        lost.add("unreadable document")
        return [_paragraph_of(text) for text in _texts_in(source) or [source]]
    return children({"content": document} if kind(document) != "doc" else document)


def _parsed(source: str) -> object:
    """The quick reader refuses half of a surrogate pair, which the standard one takes."""
    try:
        return decode_json(source)
    except ValueError:
        return json.loads(source)


def _texts_in(source: str) -> list[str]:
    return [json.loads(found[1], strict=False) for found in _TEXT_IN_SOURCE.finditer(source)]


def _paragraph_of(text: str) -> Node:
    return {"type": "paragraph", "content": [{"type": "text", "text": text}]}


class _Rebuilt:
    """A document made again from the nodes that Markdown has."""

    def __init__(self, people: Mapping[str, str], limit: int, lost: set[str]) -> None:
        self.lost = lost
        self.inlines = Inlines(people, limit, lost)
        self.nodes_left = MOST_NODES

    def blocks(self, nodes: Sequence[Node], depth: int) -> list[Node]:
        """Blocks for a mixture of blocks and inline nodes."""
        if depth > DEEPEST:
            self.lost.add(f"nesting deeper than {DEEPEST} levels")
            return self._paragraph([{"type": "text", "text": flat_words(nodes)}])
        made: list[Node] = []
        words: list[Node] = []
        for node in nodes:
            if self._is_inline(node):
                words.append(node)
                continue
            made += [*self._paragraph(words), *self._block(node, depth)]
            words = []
        return made + self._paragraph(words)

    def _is_inline(self, node: Node) -> bool:
        return kind(node) in self.inlines.KINDS or (
            kind(node) not in _BLOCKS and isinstance(node.get("text"), str)
        )

    def _block(self, node: Node, depth: int) -> list[Node]:
        self.nodes_left -= 1
        if self.nodes_left < 0 or self.inlines.left <= 0:
            self.lost.add(CUT)
            return []
        build = _BLOCKS.get(kind(node), _Rebuilt._unknown)
        return build(self, node, depth)

    def _unknown(self, node: Node, depth: int) -> list[Node]:
        if kind(node) not in _PARTS:
            self.lost.add(_PLAIN_CONTAINERS.get(kind(node), "unknown node"))
        return self.blocks(children(node), depth + 1)

    def _text_block(self, node: Node, depth: int) -> list[Node]:
        """A paragraph or a heading; blocks inside it, which should not be there, stand for themselves."""
        inside = children(node)
        for mark in children({"content": node.get("marks")}):
            self.lost.add(kind(mark) or "unknown mark")
        if not all(self._is_inline(child) for child in inside):
            return self.blocks(inside, depth + 1)
        return self._heading(node) if kind(node) == "heading" else self._paragraph(inside)

    def _paragraph(self, nodes: Sequence[Node]) -> list[Node]:
        self.nodes_left -= len(nodes)
        content = self.inlines.lines(nodes) if nodes else []
        return [{"type": "paragraph", "content": content}] if content else []

    def _heading(self, node: Node) -> list[Node]:
        level = attribute(node, "level")
        content = self.inlines.heading(children(node))
        known = level if isinstance(level, int) and 1 <= level <= 6 else 1
        return [{"type": "heading", "attrs": {"level": known}, "content": content}] if content else []

    def _code(self, node: Node, _depth: int) -> list[Node]:
        code = tidy(self.inlines.take("".join(text_nodes(children(node)))))
        content = [{"type": "text", "text": code}] if code else []
        language = info_string(attribute(node, "language"))
        return [{"type": "codeBlock", "attrs": {"language": language}, "content": content}]

    def _quote(self, node: Node, depth: int) -> list[Node]:
        if kind(node) == "panel":
            self.lost.add("panel")
        content = self.blocks(children(node), depth + 1)
        return [{"type": "blockquote", "content": content}] if content else []

    def _expand(self, node: Node, depth: int) -> list[Node]:
        self.lost.add("expand")
        title = attribute(node, "title")
        head = (
            [{"type": "text", "text": title, "marks": [{"type": "strong"}]}] if isinstance(title, str) else []
        )
        return self._paragraph(head) + self.blocks(children(node), depth + 1)

    def _list(self, node: Node, depth: int) -> list[Node]:
        items = [item for child in children(node) for item in self._item(child, depth)]
        order = attribute(node, "order")
        first = order if isinstance(order, int) and 0 <= order < 1_000_000 else 1
        made: Node = {"type": kind(node), "content": items}
        if kind(node) == "orderedList":
            made["attrs"] = {"order": first}
        return [made] if items else []

    def _item(self, node: Node, depth: int) -> list[Node]:
        inside = children(node) if kind(node) == "listItem" else [node]
        content = self.blocks(inside, depth + 1)
        return [{"type": "listItem", "content": content}] if content else []

    def _tasks(self, node: Node, depth: int) -> list[Node]:
        """Tasks and decisions as list items; a list among the items belongs to the item before it."""
        if kind(node) == "decisionList":
            self.lost.add("decision")
        items: list[Node] = []
        for child in children(node):
            if kind(child) in ("taskList", "decisionList"):
                nested = self._tasks(child, depth + 1) if depth < DEEPEST else self.blocks([child], depth + 1)
                if items:
                    items[-1]["content"] += nested
                else:
                    items += [
                        item
                        for made in nested
                        for item in made.get("content", ())
                        if kind(item) == "listItem"
                    ]
            else:
                items += self._task(child, depth)
        return [{"type": "bulletList", "content": items}] if items else []

    def _task(self, node: Node, depth: int) -> list[Node]:
        content = self.blocks(children(node), depth + 1)
        if kind(node) in ("taskItem", "blockTaskItem"):
            box = self.inlines.raw("[x] " if attribute(node, "state") == "DONE" else "[ ] ")
            if content and kind(content[0]) == "paragraph":
                content[0]["content"].insert(0, box)
            else:
                content.insert(0, {"type": "paragraph", "content": [box]})
        return [{"type": "listItem", "content": content}] if content else []

    def _rule(self, _node: Node, _depth: int) -> list[Node]:
        return [{"type": "rule"}]

    def _media(self, node: Node, _depth: int) -> list[Node]:
        return [made for child in children(node) for made in self._paragraph(self._media_words(child))]

    def _media_words(self, node: Node) -> list[Node]:
        return [node] if self._is_inline(node) else children(node)

    def _card(self, node: Node, _depth: int) -> list[Node]:
        return self._paragraph([{**node, "type": "inlineCard"}])

    def _extension(self, node: Node, depth: int) -> list[Node]:
        self.lost.add("macro")
        words = attribute(node, "text")
        shown = [{"type": "text", "text": words}] if isinstance(words, str) else []
        return self.blocks(shown + children(node), depth + 1)

    def _table(self, node: Node, depth: int) -> list[Node]:
        rows = [children(row) or [row] for row in children(node)]
        width = max((len(row) for row in rows), default=0)
        if width * len(rows) > MOST_CELLS:
            self.lost.add("table")
            return self.blocks([cell for row in children(node) for cell in children(row)], depth + 1)
        return [{"type": "table", "content": [self._row(row, width) for row in rows]}] if rows else []

    def _row(self, cells: Sequence[Node], width: int) -> Node:
        filled = [self._cell(cell) for cell in cells]
        empty: Node = {"type": kind(filled[0]) if filled else "tableCell", "content": []}
        return {"type": "tableRow", "content": filled + [empty] * (width - len(filled))}

    def _cell(self, node: Node) -> Node:
        """A cell holds one paragraph in Markdown: its blocks become lines of it."""
        for name, loss in (
            ("colspan", "merged cells"),
            ("rowspan", "merged cells"),
            ("background", "colour"),
        ):
            if attribute(node, name) not in (None, 1, ""):
                self.lost.add(loss)
        inside = [node] if self._is_inline(node) else children(node)
        if any(kind(block) != "paragraph" for block in inside) or len(inside) > 1:
            self.lost.add("blocks in a table cell")
        self.nodes_left -= len(inside)
        content = self.inlines.cell(list(_cell_lines(inside)))
        wrapped = [{"type": "paragraph", "content": content}] if content else []
        return {"type": "tableHeader" if kind(node) == "tableHeader" else "tableCell", "content": wrapped}


def _cell_lines(blocks: Sequence[Node]) -> Iterator[list[Node]]:
    for block in blocks:
        if kind(block) in ("paragraph", "heading"):
            yield children(block)
        elif kind(block) in Inlines.KINDS:
            yield [block]
        elif kind(block) == "codeBlock":
            for line in "".join(text_nodes(children(block))).split("\n"):
                yield [{"type": "text", "text": line, "marks": [{"type": "code"}]}]
        else:
            for line in flat_words([block]).split("\n"):
                yield [{"type": "text", "text": line}]


_PARTS = frozenset(
    ("listItem", "tableRow", "tableCell", "tableHeader", "taskItem", "decisionItem", "caption", "doc")
)

_BLOCKS: dict[str, Callable[[_Rebuilt, Node, int], list[Node]]] = {
    "paragraph": _Rebuilt._text_block,
    "heading": _Rebuilt._text_block,
    "codeBlock": _Rebuilt._code,
    "blockquote": _Rebuilt._quote,
    "panel": _Rebuilt._quote,
    "expand": _Rebuilt._expand,
    "nestedExpand": _Rebuilt._expand,
    "bulletList": _Rebuilt._list,
    "orderedList": _Rebuilt._list,
    "taskList": _Rebuilt._tasks,
    "decisionList": _Rebuilt._tasks,
    "rule": _Rebuilt._rule,
    "table": _Rebuilt._table,
    "mediaSingle": _Rebuilt._media,
    "mediaGroup": _Rebuilt._media,
    "blockCard": _Rebuilt._card,
    "embedCard": _Rebuilt._card,
    "extension": _Rebuilt._extension,
    "bodiedExtension": _Rebuilt._extension,
}

_CONTAINER_PREFIX = re.compile(r"(?:> ?| +|[-*] +|\d{1,7}\. +)*")


def _break_lines(markdown: str) -> str:
    """Write line breaks as a backslash at the end of a line, under the indent of the list or quote they are in."""
    if BREAK not in markdown:
        return markdown
    return "\n".join(_broken(line) if BREAK in line else line for line in markdown.split("\n"))


def _broken(line: str) -> str:
    opening = _CONTAINER_PREFIX.match(line)
    indent = re.sub(r"[^> ]", " ", opening[0] if opening else "")
    return f"\\\n{indent}".join(line.split(BREAK))
