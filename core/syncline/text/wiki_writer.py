"""Markdown to Jira's wiki markup, so that `syncline.text.to_markdown` reads back what was written.

No library on the package index writes it with its special characters escaped. pandoc does; it is no Python package.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from syncline.text.convert import NOBODY
from syncline.text.mentions import People
from syncline.text.reading import Block, blocks_of, has_box, without_box
from syncline.text.wiki_words import Words

_ALIASES: Final = {"py": "python", "rb": "ruby", "yml": "yaml", "shell": "sh", "golang": "go", "cs": "c#",
                   "csharp": "c#", "objective-c": "objc"}  # fmt: skip
_LANGUAGES: Final = frozenset(
    ("actionscript", "ada", "applescript", "bash", "c", "c#", "c++", "cpp", "css", "erlang", "go", "groovy", "haskell",
     "html", "java", "javascript", "js", "json", "lua", "none", "objc", "perl", "php", "python", "r", "ruby", "scala",
     "sh", "sql", "swift", "visualbasic", "xml", "yaml")
)  # fmt: skip
"""What Jira Data Center colours; for another name it shows an error above the code."""


def to_wiki(markdown: str, people: Mapping[str, str] = NOBODY) -> str:
    """The text in wiki markup, without an end of line at its end. Never raises.

    ``people`` gives by name what stands behind the tilde in ``[~ada]``: a user name of Data Center, or ``accountid:…``.
    Only ``@name`` of these becomes a mention. Words stay words: whatever Jira would read as markup is escaped.
    """
    return "\n\n".join(_Writer(people).blocks(blocks_of(markdown)))


class _Writer:
    """Writes one text."""

    def __init__(self, people: Mapping[str, str]) -> None:
        self.words = Words(People(people))

    def blocks(self, blocks: Iterable[Block], *, quoted: bool = False) -> Iterator[str]:
        """The blocks that are not empty, one by one."""
        for block in blocks:
            yield from filter(None, self._block(block, quoted))

    def _block(self, block: Block, quoted: bool) -> Iterable[str]:
        match block.kind:
            case "heading":
                words = self.words.line(block.words)
                return [f"h{block.level}. {words}"] if words else []
            case "code":
                return [_code(block)]
            case "rule":
                return ["----"]
            case "quote":
                return self._quote(block, quoted)
            case "bullets" | "numbers":
                return ["\n".join(self._list(block, "", quoted))]
            case "table":
                return ["\n".join(self._rows(block))]
        return ["\n".join(self.words.lines(block.words))]

    def _quote(self, block: Block, quoted: bool) -> Iterable[str]:
        """A quote cannot hold another one, nor code that speaks of quotes: then what is in it stands for itself."""
        inside = list(self.blocks(block.inside, quoted=True))
        if quoted or not inside or any("{quote}" in each for each in inside):
            return inside
        return ["{quote}\n" + "\n\n".join(inside) + "\n{quote}"]

    def _list(self, block: Block, outer: str, quoted: bool) -> Iterator[str]:
        marker = outer + ("*" if block.kind == "bullets" else "#")
        for item in block.inside:
            lines = list(self._item(item, marker, quoted))
            if lines and not lines[0].startswith(marker):
                lines[0] = f"{marker} {lines[0]}"
            yield from lines

    def _item(self, item: Block, marker: str, quoted: bool) -> Iterator[str]:
        """The lines of an item: none is blank, for that would end the list."""
        for block in item.inside:
            match block.kind:
                case "bullets" | "numbers":
                    yield from self._list(block, marker, quoted)
                case "paragraph":
                    yield from self._paragraph(block)
                case "heading":
                    yield from self.words.lines(block.words, bold=True)
                case "rule":
                    yield r"\-\-\-"
                case "table":
                    yield from self._flat_rows(block)
                case _:
                    yield from self._block(block, quoted)

    def _paragraph(self, block: Block) -> Iterator[str]:
        if not has_box(block):
            yield from self.words.lines(block.words)
            return
        first, *others = self.words.lines(without_box(block.words)) or [""]
        yield f"{block.source[:3]} {first}".rstrip()
        yield from others

    def _rows(self, block: Block) -> Iterator[str]:
        for row in block.inside:
            cells = [self.words.line(cell.words, cell=True) for cell in row.inside]
            bar = "||" if row.inside[:1] and row.inside[0].kind == "head" else "|"
            if bar == "|" or any(cells):
                yield bar + bar.join(cell or " " for cell in cells) + bar

    def _flat_rows(self, block: Block) -> Iterator[str]:
        for row in block.inside:
            cells = [self.words.line(cell.words, cell=True) for cell in row.inside]
            if any(cells):
                yield " | ".join(filter(None, cells))


def _code(block: Block) -> str:
    language = _ALIASES.get(block.language.lower(), block.language.lower())
    if language in _LANGUAGES and "{code" not in block.source:
        return f"{{code:{language}}}\n{block.source}\n{{code}}"
    if "{noformat" not in block.source:
        return f"{{noformat}}\n{block.source}\n{{noformat}}"
    return f"{{code}}\n{block.source.replace('{code', '{ code')}\n{{code}}"
