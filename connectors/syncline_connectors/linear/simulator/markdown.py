"""Markdown as it comes back: what was sent is read into the editor's document and written out again.

The vendor does not say how it writes. This is a modest part of what clients report, deterministic and stable (writing
twice changes nothing more): bullets become ``*``, ``_emphasis_`` becomes ``*emphasis*``, numbered lists are numbered
anew, spaces at the ends of lines and blank lines in excess go, targets of links are put in angle brackets, and an
address, also a bare host name, becomes a link. Code is left alone, and so are comments.
"""

from __future__ import annotations

import re

_FENCE = re.compile(r"^\s*(```|~~~)")
_BULLET = re.compile(r"^(\s*)[-+](\s+)(?=\S)")
_RULE = re.compile(r"^\s*(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,})$")
_KEPT = re.compile(r"(`+[^`]*`+|<[^<>]*>|!?\[[^\[\]]*\]\((?:<[^<>]*>|[^()]*)\))")
"""Code, comments, tags and links."""
_TARGET = re.compile(r"^(\[[^\[\]]*\])\(([^<>()\s]+)\)$")
_EMPHASIS = re.compile(r"(?<![\w*_\\])_([^\s_*](?:[^_*]*[^\s_*])?)_(?![\w*_])")
_NUMBERED = re.compile(r"^(\s*)(\d{1,9})([.)])(?=\s+\S)")
_END = r"[^\s<>()\[\]`]*[^\s<>()\[\]`.,;:!?'\"*_]"
_ADDRESS = re.compile(
    rf"\bhttps?://{_END}|(?<![\w@./:-])(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|app|sh)\b(?:/{_END})?(?![\w@])"
)
_BLANKS = re.compile(r"\n{3,}")


def normalised(text: str) -> str:
    """The Markdown that is stored for ``text``."""
    lines: list[str] = []
    numbers = _Numbers()
    fenced = False
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if _FENCE.match(line):
            fenced = not fenced
            lines.append(line.rstrip())
        else:
            lines.append(line if fenced else numbers.renumbered(_line(line)))
    return _BLANKS.sub("\n\n", "\n".join(lines)).strip("\n")


class _Numbers:
    """Counts the items of numbered lists, by how far they are indented."""

    def __init__(self) -> None:
        self._last: dict[int, int] = {}

    def renumbered(self, line: str) -> str:
        """The line with the number that is its turn; the first item of a list keeps its own."""
        if not line:
            return line
        indent = len(line) - len(line.lstrip())
        found = _NUMBERED.match(line)
        self._last = {at: n for at, n in self._last.items() if at < indent or (found and at == indent)}
        if not found:
            return line
        self._last[indent] = self._last[indent] + 1 if indent in self._last else int(found[2])
        return f"{found[1]}{self._last[indent]}{found[3]}{line[found.end() :]}"


def _line(line: str) -> str:
    if _RULE.match(line):
        return "---"
    return _inline(_BULLET.sub(r"\1*\2", line.rstrip()))


def _inline(line: str) -> str:
    """Emphasis and links, outside of what is kept."""
    parts = _KEPT.split(line)
    return "".join(_kept(part) if place % 2 else _plain(part) for place, part in enumerate(parts))


def _kept(part: str) -> str:
    return _TARGET.sub(r"\1(<\2>)", part)


def _plain(part: str) -> str:
    """Addresses first: what is emphasised may not be a part of one."""
    cut = _ADDRESS.split(part)
    links = [_link(found[0]) for found in _ADDRESS.finditer(part)]
    texts = [_EMPHASIS.sub(r"*\1*", text) for text in cut]
    return "".join(text + link for text, link in zip(texts, [*links, ""], strict=True))


def _link(address: str) -> str:
    target = address if "://" in address else f"http://{address}"
    return f"[{address}](<{target}>)"
