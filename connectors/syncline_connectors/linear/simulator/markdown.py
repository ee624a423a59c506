"""Markdown as it comes back: what was sent is read into the editor's document and written out again.

The vendor does not say how it writes. This is a modest part of it, deterministic and stable (writing twice changes
nothing more): bullets become ``*``, spaces at the ends of lines and blank lines in excess go, and an address becomes a
link with its target in angle brackets, as recorded from a real workspace. Code is left alone.
"""

from __future__ import annotations

import re

_FENCE = re.compile(r"^\s*(```|~~~)")
_BULLET = re.compile(r"^(\s*)[-+](\s+)(?=\S)")
_RULE = re.compile(r"^\s*(?:-\s*){3,}$|^\s*(?:\*\s*){3,}$|^\s*(?:_\s*){3,}$")
_CODE = re.compile(r"(`+[^`]*`+|<!--.*?-->|<[^>]*>|\[[^\]]*\]\([^)]*\))")
_ADDRESS = re.compile(r"\bhttps?://[^\s<>()\[\]]*[^\s<>()\[\].,;:!?'\"*_]")
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
    """Bare addresses made links, outside of code, comments and what is a link already."""
    parts = _CODE.split(line)
    return "".join(part if place % 2 else _ADDRESS.sub(_link, part) for place, part in enumerate(parts))


def _link(found: re.Match[str]) -> str:
    return f"[{found[0]}](<{found[0]}>)"
