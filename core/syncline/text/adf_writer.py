"""Markdown to Atlassian Document Format, valid by Atlassian's schema whatever the Markdown is.

Built from markdown-it's tokens. marklas, which writes our Markdown, was measured for this way too and is unfit: it
makes a mention of ``<span adf="mention" …>`` in anybody's text, drops headings, quotes, tables and rules inside lists
and quotes with their words and leaves list items empty (Jira answers 400), drops HTML comments, and gives random ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid5

from syncline.text.addresses import linkable, web_addresses
from syncline.text.characters import info_string, link_target
from syncline.text.convert import NOBODY
from syncline.text.mentions import People
from syncline.text.reading import Block, blocks_of, has_box, without_box

if TYPE_CHECKING:
    from markdown_it.token import Token

Node = dict[str, Any]

_IDS: Final = UUID("9b1f6a52-3a52-4a7e-8f0e-3d1b8a6f5c10")
_MARKS: Final = {"strong": "strong", "em": "em", "s": "strike"}
_ORDER: Final = ("link", "strong", "em", "strike")


def to_adf(markdown: str, people: Mapping[str, str] = NOBODY) -> Node:
    """The ``doc`` node of a Markdown text. Never raises; the same input gives the same document.

    ``people`` gives account ids by name: ``@name`` of these becomes a mention, which Jira tells the person of. No other
    text does. What ADF does not allow inside a list or quote becomes paragraphs: a heading a bold one, a table one
    for each row, a quote what is in it. An image becomes a link, raw HTML its characters.
    """
    return {"version": 1, "type": "doc", "content": _Writer(people).blocks(blocks_of(markdown), "doc")}


class _Writer:
    """Writes one document; numbers its task items."""

    def __init__(self, people: Mapping[str, str]) -> None:
        self.people = People(people)
        self.ids = 0

    def blocks(self, blocks: Iterable[Block], place: str) -> list[Node]:
        """The nodes of some blocks inside a ``doc``, ``listItem`` or ``blockquote``."""
        return [node for block in blocks for node in self._block(block, place)]

    def _block(self, block: Block, place: str) -> list[Node]:
        match block.kind:
            case "heading":
                return [self._heading(block, place)] if block.words else []
            case "code":
                return [_code(block)]
            case "rule":
                return [{"type": "rule"}] if place == "doc" else [_paragraph([_text("---", {})])]
            case "quote":
                return self._quote(block, place)
            case "bullets" | "numbers":
                return [self._list(block, place)]
            case "table":
                return self._table(block, place)
        content = self._inline(block.words)
        return [_paragraph(content)] if content else []

    def _heading(self, block: Block, place: str) -> Node:
        if place == "doc":
            return {
                "type": "heading",
                "attrs": {"level": block.level},
                "content": self._inline(block.words),
            }
        return _paragraph(self._inline(block.words, bold=True))

    def _quote(self, block: Block, place: str) -> list[Node]:
        if place != "doc":
            return self.blocks(block.inside, place)
        content = self.blocks(block.inside, "blockquote")
        return [{"type": "blockquote", "content": content}] if content else []

    # ---- lists -----------------------------------------------------------------------------------------------------

    def _list(self, block: Block, place: str) -> Node:
        if place != "blockquote" and _all_tasks(block):
            return self._tasks(block)
        made: Node = {
            "type": "bulletList" if block.kind == "bullets" else "orderedList",
            "content": [self._item(item) for item in block.inside],
        }
        if block.kind == "numbers":
            made["attrs"] = {"order": block.start}
        return made

    def _item(self, item: Block) -> Node:
        """Older schemas want an item to begin with a paragraph or code."""
        content = self.blocks(item.inside, "listItem")
        if not content or content[0]["type"] not in ("paragraph", "codeBlock"):
            content.insert(0, _paragraph([]))
        return {"type": "listItem", "content": content}

    def _tasks(self, block: Block) -> Node:
        made: Node = {"type": "taskList", "attrs": {"localId": self._id("list")}, "content": []}
        for item in block.inside:
            first, *others = item.inside
            done = first.source[1] in "xX"
            words = without_box(first.words)
            attrs = {"localId": self._id(first.source), "state": "DONE" if done else "TODO"}
            made["content"].append({"type": "taskItem", "attrs": attrs, "content": self._inline(words)})
            made["content"] += [self._tasks(nested) for nested in others]
        return made

    def _id(self, words: str) -> str:
        self.ids += 1
        return str(uuid5(_IDS, f"{self.ids} {words}"))

    # ---- tables ----------------------------------------------------------------------------------------------------

    def _table(self, block: Block, place: str) -> list[Node]:
        if place != "doc":
            rows = [self._flat_row(row) for row in block.inside]
            return [_paragraph(row) for row in rows if row]
        return [{"type": "table", "content": [self._row(row) for row in block.inside]}]

    def _row(self, row: Block) -> Node:
        return {"type": "tableRow", "content": [self._cell(cell) for cell in row.inside]}

    def _cell(self, cell: Block) -> Node:
        name = "tableHeader" if cell.kind == "head" else "tableCell"
        return {"type": name, "content": [_paragraph(self._inline(cell.words))]}

    def _flat_row(self, row: Block) -> list[Node]:
        cells = [self._inline(cell.words, bold=cell.kind == "head") for cell in row.inside]
        filled = [cell for cell in cells if cell]
        made = [node for cell in filled for node in (_text(" | ", {}), *cell)][1:]
        return list(_merged(made))

    # ---- words -----------------------------------------------------------------------------------------------------

    def _inline(self, words: Sequence[Token], *, bold: bool = False) -> list[Node]:
        return list(_merged(_trimmed(list(self._nodes(words, bold)))))

    def _nodes(self, words: Iterable[Token], bold: bool) -> Iterator[Node]:
        marks: dict[str, int] = {"strong": int(bold), "em": 0, "strike": 0}
        link = ""
        for word in words:
            name, _, edge = word.type.rpartition("_")
            if name in _MARKS:
                marks[_MARKS[name]] += 1 if edge == "open" else -1
            elif word.type == "link_open":
                link = str(word.attrGet("href") or "")
            elif word.type == "link_close":
                if link and not linkable(link):
                    yield _text(f" ({link})", marks)
                link = ""
            elif word.type in ("softbreak", "hardbreak"):
                yield {"type": "hardBreak"}
            elif word.type == "code_inline":
                yield _text(word.content, {}, link, code=True)
            elif word.type == "image":
                yield from _image(word, marks, link)
            else:
                yield from [_text(word.content, marks, link)] if link else self._plain(word.content, marks)

    def _plain(self, text: str, marks: Mapping[str, int]) -> Iterator[Node]:
        for piece, url in web_addresses(text):
            if url:
                yield _text(piece, marks, piece)
                continue
            for words, account in self.people.split(piece):
                if account:
                    yield {"type": "mention", "attrs": {"id": account, "text": f"@{words}"}}
                else:
                    yield _text(words, marks)


def _code(block: Block) -> Node:
    made: Node = {"type": "codeBlock", "content": [_text(block.source, {})] if block.source else []}
    if language := info_string(block.language):
        made["attrs"] = {"language": language}
    return made


def _paragraph(content: list[Node]) -> Node:
    return {"type": "paragraph", "content": content}


def _text(text: str, marks: Mapping[str, int], href: str = "", *, code: bool = False) -> Node:
    node: Node = {"type": "text", "text": text}
    on: list[Node] = [{"type": mark} for mark in _ORDER if marks.get(mark, 0) > 0]
    if linkable(href):
        on.insert(0, {"type": "link", "attrs": {"href": link_target(href)}})
    if code:
        on.append({"type": "code"})
    return node | {"marks": on} if on else node


def _image(word: Token, marks: Mapping[str, int], link: str) -> Iterator[Node]:
    """A link to the picture, under its description or else its address."""
    source = str(word.attrGet("src") or "")
    shown = " ".join(child.content for child in word.children or () if child.content.strip())
    href = link or source
    yield _text(shown or source, marks, href)
    if source and shown and (link or not linkable(source)):
        yield _text(f" ({source})", marks)


def _merged(nodes: Iterable[Node]) -> Iterator[Node]:
    """The same without empty text, and with neighbours of the same marks as one."""
    last: Node | None = None
    for node in nodes:
        if node["type"] == "text" and not node["text"]:
            continue
        if last and last["type"] == node["type"] == "text" and last.get("marks") == node.get("marks"):
            last["text"] += node["text"]
            continue
        if last:
            yield last
        last = node
    if last:
        yield last


def _trimmed(nodes: list[Node]) -> list[Node]:
    """Without line breaks at the edges: they show as nothing."""
    first, last = 0, len(nodes)
    while first < last and nodes[first]["type"] == "hardBreak":
        first += 1
    while last > first and nodes[last - 1]["type"] == "hardBreak":
        last -= 1
    return nodes[first:last]


def _all_tasks(block: Block) -> bool:
    """Whether a list can be a ``taskList``: each item is a box and one paragraph, with only such lists inside."""
    return block.kind == "bullets" and all(
        item.inside and has_box(item.inside[0]) and all(_all_tasks(nested) for nested in item.inside[1:])
        for item in block.inside
    )
