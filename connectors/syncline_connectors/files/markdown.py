"""What stands at the top of a Markdown file, and its title. Pure; raises `Unreadable` with the line.

Front matter is TOML between ``+++``, or lines ``key: value`` between ``---``: plain or quoted texts, and lists, either
``[a, b]`` or one ``- a`` a line. That is what people write there; YAML as a whole is a language of its own, with
seventeen ways to say "no".
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from syncline_connectors.files.cells import shown

_KEY = re.compile(r"([A-Za-z_][\w .-]*?)\s*:(?:\s+(.*))?")
_ITEM = re.compile(r"\s*-\s+(.*)")
_HEADING = re.compile(r" {0,3}#{1,6}\s+(.+?)(?:\s+#+)?\s*")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)\s*")
_FENCE = re.compile(r" {0,3}(```|~~~)")
_SAID = re.compile(
    r"\s*(?:[-*+]\s+)?(?:\*\*|__)?(status|date|deciders?|decided by)(?:\*\*|__)?\s*:\s*(.+)", re.I
)
_SECTION = re.compile(r" {0,3}#{1,6}\s+status\s*#*\s*", re.I)


class Unreadable(ValueError):
    """A line that makes no sense. ``line`` counts from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


@dataclass(frozen=True)
class Document:
    """A file in its parts. ``keys`` are the front matter, lists joined by semicolons."""

    keys: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    title: str | None = None


def read(text: str) -> Document:
    """A Markdown file with its front matter."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    mark = lines[0].rstrip()
    if mark not in ("---", "+++"):
        body, keys = lines, {}
    else:
        end = next((at for at, line in enumerate(lines[1:], 1) if line.rstrip() == mark), None)
        if end is None:
            raise Unreadable(1, f"the part between {mark} has no end")
        keys = _plain(lines[1:end]) if mark == "---" else _toml(lines[1:end])
        body = lines[end + 1 :]
    return Document(keys, "\n".join(body).strip("\n"), heading(body))


def _toml(lines: list[str]) -> dict[str, str]:
    try:
        found = tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"line (\d+)", str(error))
        line = int(where[1]) if where else len(lines)
        raise Unreadable(line + 1, str(error).partition(" (at ")[0]) from None
    return {key: _text(key, value) for key, value in found.items()}


def _text(key: str, value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(_text(key, one) for one in value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, dict):
        raise Unreadable(1, f"{key} is a table; only texts, numbers, dates and lists are read")
    return str(value)


def _plain(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    open_list: str | None = None
    for number, line in enumerate(lines, 2):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if (item := _ITEM.fullmatch(line)) and open_list is not None:
            earlier = found[open_list]
            found[open_list] = f"{earlier}; {_value(item[1], number)}".removeprefix("; ")
            continue
        pair = _KEY.fullmatch(line.rstrip())
        if not pair:
            raise Unreadable(number, f"{shown(line)} is not `key: value`")
        if pair[1] in found:
            raise Unreadable(number, f"{pair[1]} stands there twice")
        found[pair[1]] = _value(pair[2] or "", number)
        open_list = pair[1] if not found[pair[1]] else None
    return {key: value for key, value in found.items() if value}


def _value(text: str, line: int) -> str:
    text = text.strip()
    if text[:1] in ("|", ">", "{", "&", "*", "!"):
        raise Unreadable(line, f"{shown(text)}: write the text in one line, in quotes where it begins so")
    if text.startswith("["):
        if not text.endswith("]"):
            raise Unreadable(line, "a list must end in its line, or have one `- item` a line")
        return "; ".join(filter(None, (_value(one, line) for one in _pieces(text[1:-1]))))
    for quote in ('"', "'"):
        if text.startswith(quote):
            if len(text) < 2 or not text.endswith(quote):
                raise Unreadable(line, f"{shown(text)}: the quote has no end")
            return text[1:-1].replace(quote * 2 if quote == "'" else '\\"', quote)
    return re.sub(r"\s+#.*$", "", text)


def _pieces(text: str) -> list[str]:
    """What commas divide, outside quotes."""
    return [piece.strip() for piece in re.findall(r'(?:"[^"]*"|\'[^\']*\'|[^,])+', text)]


def heading(lines: list[str]) -> str | None:
    """The first heading outside code."""
    fence: str | None = None
    before = ""
    for line in lines:
        if mark := _FENCE.match(line):
            fence = None if fence == mark[1] else fence or mark[1]
        elif fence is None:
            if found := _HEADING.fullmatch(line):
                return found[1]
            if before.strip() and _UNDERLINE.fullmatch(line):
                return before.strip()
        before = line if fence is None and not _ITEM.fullmatch(line) else ""
    return None


def record_of_decision(document: Document) -> dict[str, str]:
    """State, day and deciders of an ADR, from its front matter, its ``Status:`` lines or its section "Status"."""
    said: dict[str, str] = {}
    lines = document.body.split("\n")
    for at, line in enumerate(lines):
        if found := _SAID.fullmatch(line):
            said.setdefault(found[1].casefold(), found[2].strip(" *_"))
        elif _SECTION.fullmatch(line):
            below = next((one.strip() for one in lines[at + 1 :] if one.strip()), "")
            if below and not below.startswith("#"):
                said.setdefault("status", below.lstrip("-*+ ").rstrip("."))
    return said | dict(document.keys)
