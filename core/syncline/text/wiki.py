"""Jira's wiki markup to Markdown.

Our own reader, because jira2markdown (the one on the package index) needs 0.6 ms for each character, minutes for
``-a -a -a …`` of 3,000 characters, swallows the blocks that follow a list and leaves ``<`` open to be read as HTML.
Every pattern here runs in linear time: none can run past the next of its own delimiters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from syncline.text.canonical_form import canonical
from syncline.text.characters import (
    code_span,
    escape,
    escape_heading_end,
    escape_rule,
    escape_start,
    fenced,
    tidy,
)
from syncline.text.wiki_inline import LINE_BREAK, Inline

_HOLD = "\ufdd0"
_HELD = re.compile(f"{_HOLD}(\\d+){_HOLD}")
_MACRO = re.compile(r"\{(code|noformat|quote|panel)(?::([^{}\n]*))?\}")
_MARKDOWN_FENCE = re.compile(r"(?m)^[ \t]*```([\w+#.-]*)[ \t]*\n")
_DROPPED = {
    "colour": re.compile(r"\{color(?::[^{}\n]*)?\}"),
    "anchor": re.compile(r"\{anchor(?::[^{}\n]*)?\}"),
}
_HEADING = re.compile(r"h([1-6])\.[ \t]+(.*)")
_ITEM = re.compile(r"([*#]+|-{1,20})[ \t]+(?=\S)(.*)")
_BARE_ITEM = re.compile(r"[*#]+|-")
_RULE = re.compile(r"-{4,}[ \t]*$")
_CELL_MARK = re.compile(r"\|\|?")
_EDGE = "\ufdd2"
_EDGES = re.compile(f"(?:\n[ \t]*)?{_EDGE}(?:[ \t]*(?:\n[ \t]*)?{_EDGE})?(?:[ \t]*\n)?")


def wiki_to_markdown(source: str, people: Mapping[str, str], lost: set[str]) -> str:
    """Markdown of a text in wiki markup; adds what was lost to ``lost``. Never raises."""
    text = tidy(source)
    for loss, pattern in _DROPPED.items():
        text, count = pattern.subn("", text)
        if count:
            lost.add(loss)
    return _Reader(Inline(people, lost), lost).read(text)


@dataclass
class _List:
    """The list that is open: its markers by depth, with the column of their text and the number they are at."""

    levels: list[tuple[str, int, int]] = field(default_factory=list)

    @property
    def indent(self) -> int:
        """The column at which the text of the latest item stands."""
        return self.levels[-1][1] if self.levels else 0

    def item(self, marker: str) -> str:
        """Open or go on with a list; returns what stands before the item's text."""
        depth = min(len(marker), len(self.levels) + 1)
        symbol = "1" if marker[-1] == "#" else "-"
        number = 1
        if len(self.levels) >= depth and self.levels[depth - 1][0] == symbol:
            number = self.levels[depth - 1][2] + 1
        del self.levels[depth - 1 :]
        shown = f"{number}. " if symbol == "1" else "- "
        start = self.indent
        self.levels.append((symbol, start + len(shown), number))
        return " " * start + shown


class _Reader:
    """Reads one text; blocks that hold others (quotes, panels, code) are set aside first, then put back."""

    def __init__(self, inline: Inline, lost: set[str]) -> None:
        self.inline = inline
        self.lost = lost
        self.held: list[str] = []

    def read(self, text: str) -> str:
        """The Markdown of a text that stands at the left margin.

        Calls itself for what quotes and panels hold, two deep at most: the next tag of one name always closes.
        """
        return "\n".join(self._blocks(_EDGES.sub("\n", self._set_aside(text)).split("\n")))

    # ---- setting aside ---------------------------------------------------------------------------------------------

    def _set_aside(self, text: str) -> str:
        """Replace every closed macro by a number. An opening without its end is left as words."""
        parts: list[str] = []
        position = 0
        ends = _Ends(text)
        while found := _MACRO.search(text, position):
            name = found[1]
            end = ends.after(name, found.end())
            parts.append(text[position : found.start()])
            if end is None:
                parts.append("" if name in ("quote", "panel") else found[0])
                position = found.end()
                continue
            hold = self._hold_in_cell if _in_cell(text, found.start()) else self._hold
            parts.append(hold(name, found[2] or "", text[found.end() : end[0]]))
            position = end[1]
        return self._set_fences_aside("".join(parts) + text[position:])

    def _set_fences_aside(self, text: str) -> str:
        """Fences of Markdown, which people write into wiki texts all the same, are taken at their word."""
        parts: list[str] = []
        position = 0
        while found := _MARKDOWN_FENCE.search(text, position):
            end = text.find("\n```", found.end() - 1)
            if end < 0:
                break
            block = fenced(self._put_back(text[found.end() : end]), found[1])
            parts += [text[position : found.start()], self._mark(block)]
            position = end + 4
        return "".join(parts) + text[position:]

    def _hold(self, name: str, options: str, inside: str) -> str:
        if name in ("code", "noformat"):
            return self._mark(_titled(fenced(inside.strip("\n"), _language(options)), options))
        if name == "panel":
            self.lost.add("panel")
        return self._mark(_quoted(_titled(canonical(self.read(inside)), options)))

    def _hold_in_cell(self, name: str, _options: str, inside: str) -> str:
        """A table cell has room for one line only."""
        self.lost.add("blocks in a table cell")
        if name in ("quote", "panel"):
            return inside.replace("\n", " ")
        lines = [code_span(line).replace("|", "\\|") for line in inside.strip("\n").split("\n")]
        self.held.append("<br>".join(lines))
        return f"{_HOLD}{len(self.held) - 1}{_HOLD}"

    def _mark(self, block: str) -> str:
        self.held.append(block)
        return f"{_EDGE}{_HOLD}{len(self.held) - 1}{_HOLD}{_EDGE}"

    def _put_back(self, text: str) -> str:
        return _HELD.sub(lambda found: self.held[int(found[1])], text)

    # ---- blocks ----------------------------------------------------------------------------------------------------

    def _blocks(self, lines: Sequence[str]) -> Iterator[str]:
        """Lines of Markdown, a blank one between blocks."""
        open_list = _List()
        in_words = False
        number = 0
        while number < len(lines):
            line = lines[number].strip()
            number += 1
            words_before, in_words = in_words, False
            if not line:
                open_list = _List()
                yield ""
            elif _BARE_ITEM.fullmatch(line) and (held := _held_next(lines, number)):
                yield from [""] * words_before
                yield from self._item_of_block(open_list.item(line), open_list.indent, int(held[1]))
                number += 1
            elif held := _HELD.fullmatch(line):
                yield from self._held_block(int(held[1]), open_list.indent)
            elif item := _item(line, open_list):
                yield from [""] * words_before
                yield open_list.item(item[1]) + self._line(item[2], open_list.indent)
            elif line.startswith("|"):
                rows, number = _rows(lines, number - 1)
                open_list = _List()
                yield from ("", *self._table(rows), "")
            elif block := self._single(line):
                open_list = _List()
                yield from ("", block, "")
            else:
                in_words = not open_list.levels
                yield " " * open_list.indent + escape_rule(self._line(line, open_list.indent))

    def _held_block(self, number: int, indent: int) -> Iterator[str]:
        yield ""
        for line in self.held[number].split("\n"):
            yield " " * indent + line
        yield ""

    def _item_of_block(self, marker: str, indent: int, number: int) -> Iterator[str]:
        first, *others = self.held[number].split("\n")
        yield marker + first
        for line in others:
            yield " " * indent + line

    def _single(self, line: str) -> str:
        """A block of one line, or nothing if this is none."""
        if heading := _HEADING.match(line):
            return f"{'#' * int(heading[1])} {escape_heading_end(self._line(heading[2], 0).replace(LINE_BREAK, ' '))}"
        if _RULE.match(line):
            return "---"
        return _quoted(self._line(line[4:], 0)) if line.startswith("bq. ") else ""

    def _line(self, text: str, indent: int) -> str:
        """A line of words, which may break into several under the same indent."""
        parts = [part.strip(" ") for part in self._put_back(self.inline.convert(text)).split(LINE_BREAK)]
        filled = [number for number, part in enumerate(parts) if part] or [0]
        parts[1:] = map(escape_start, parts[1:])
        return f"{LINE_BREAK}{' ' * indent}".join(parts[filled[0] : filled[-1] + 1])

    # ---- tables ----------------------------------------------------------------------------------------------------

    def _table(self, rows: Sequence[str]) -> Iterator[str]:
        cells = [self._cells(row) for row in rows]
        width = min(max(len(row) for row in cells), 100)
        head = cells.pop(0) if rows[0].startswith("||") else []
        for row in (head, ["---"] * width, *cells):
            shown = [*row[: width - 1], " ".join(row[width - 1 :])] if len(row) > width else row
            yield "| " + " | ".join(shown + [""] * (width - len(shown))) + " |"

    def _cells(self, row: str) -> list[str]:
        text = self.inline.hold_links(row.rstrip().rstrip("|").lstrip("|"))
        return [self._cell(cell) for cell in _CELL_MARK.split(text)]

    def _cell(self, text: str) -> str:
        converted = self._put_back(self.inline.convert(text.strip(), cell=True))
        lines = (part.strip(" ") for part in converted.split(LINE_BREAK))
        return "<br>".join(lines).replace("\n", "<br>").strip()


class _Ends:
    """Where the closing tags are; asked once more for a tag that does not come again, it does not search again."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.none_after: dict[str, int] = {}

    def after(self, name: str, position: int) -> tuple[int, int] | None:
        """Start and end of the next ``{name}`` at or after a position."""
        if self.none_after.get(name, len(self.text) + 1) <= position:
            return None
        tag = f"{{{name}}}"
        start = self.text.find(tag, position)
        if start < 0:
            self.none_after[name] = position
            return None
        return start, start + len(tag)


def _in_cell(text: str, position: int) -> bool:
    """Whether a place in the text lies in a row of a table that is not closed before it."""
    paragraph = "\n" + text[max(0, position - 2_000) : position].rpartition("\n\n")[2]
    row = re.split(r"\n[ \t]*\|", paragraph)
    return len(row) > 1 and not re.search(r"\|[ \t]*\n", row[-1])


def _options(options: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in options.split("|"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _language(options: str) -> str:
    """``{code:java}``, ``{code:title=A.java|java}`` or ``{code:lang=java}``."""
    known = _options(options)
    return (
        known.get("lang") or known.get("language") or next((n for n, value in known.items() if not value), "")
    )


def _titled(block: str, options: str) -> str:
    title = _options(options).get("title", "")
    return f"**{escape(title)}**\n\n{block}" if title else block


def _quoted(markdown: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in markdown.strip("\n").split("\n"))


def _item(line: str, open_list: _List) -> re.Match[str] | None:
    found = _ITEM.match(line)
    if found is None or (found[1].startswith("--") and not open_list.levels):
        return None
    return found


def _held_next(lines: Sequence[str], number: int) -> re.Match[str] | None:
    return _HELD.fullmatch(lines[number].strip()) if number < len(lines) else None


def _rows(lines: Sequence[str], number: int) -> tuple[list[str], int]:
    """The rows of a table from a line on, and the number of the line after it. A row may go on over several lines."""
    rows: list[list[str]] = []
    while number < len(lines) and (line := lines[number].strip()):
        if line.startswith("|"):
            rows.append([line])
        elif not rows[-1][-1].endswith("|") and not _HELD.fullmatch(line):
            rows[-1].append(line)
        else:
            break
        number += 1
    return ["\n".join(row) for row in rows], number
