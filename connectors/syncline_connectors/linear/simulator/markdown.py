"""Markdown as it comes back: what was sent is read into the editor's document and written out again.

The vendor does not say how it writes. This is a modest part of it, deterministic and stable (writing twice changes
nothing more): bullets become ``*``, spaces at the ends of lines and blank lines in excess go, and an address, also a
bare host name, becomes a link with its target in angle brackets. Only the last is recorded from a real workspace. Code
is left alone, and so are comments.
"""

from __future__ import annotations

import re

_FENCE = re.compile(r"^\s*(```|~~~)")
_BULLET = re.compile(r"^(\s*)[-+](\s+)(?=\S)")
_RULE = re.compile(r"^\s*(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,})$")
_KEPT = re.compile(r"(`+[^`]*`+|<[^>]*>|!?\[[^\]]*\]\((?:<[^>]*>|[^)]*)\))")
"""Code, comments, tags and links."""
_END = r"[^\s<>()\[\]`]*[^\s<>()\[\]`.,;:!?'\"*_]"
_ADDRESS = re.compile(
    rf"\bhttps?://{_END}|(?<![\w@./:-])(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|app|sh)\b(?:/{_END})?(?![\w@])"
)
_BLANKS = re.compile(r"\n{3,}")


def normalised(text: str) -> str:
    """The Markdown that is stored for ``text``."""
    lines: list[str] = []
    fenced = False
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if _FENCE.match(line):
            fenced = not fenced
            lines.append(line.rstrip())
        else:
            lines.append(line if fenced else _line(line))
    return _BLANKS.sub("\n\n", "\n".join(lines)).strip("\n")


def _line(line: str) -> str:
    if _RULE.match(line):
        return "---"
    return _linked(_BULLET.sub(r"\1*\2", line.rstrip()))


def _linked(line: str) -> str:
    """Bare addresses made links, outside of what is kept."""
    parts = _KEPT.split(line)
    return "".join(part if place % 2 else _ADDRESS.sub(_link, part) for place, part in enumerate(parts))


def _link(found: re.Match[str]) -> str:
    target = found[0] if "://" in found[0] else f"http://{found[0]}"
    return f"[{found[0]}](<{target}>)"
