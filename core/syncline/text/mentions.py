"""Mentions in Markdown: ``@`` and the name of a person, as `syncline.text.to_markdown` writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_AT = re.compile(r"(?<![\w@/.:#&=?%+~\\-])@(?=\w)")
_HEAD = 3


class People:
    """Account ids by the name that stands behind the ``@``; a name with or without its ``@`` is the same.

    A name stands for a person only whole: ``@Ada Ex`` is not Ada, nor is ``ada@example.com`` anybody. Where several
    names fit, the longest does. Whom two people share a name with, leave out: a text cannot tell them apart.
    """

    def __init__(self, people: Mapping[str, str]) -> None:
        self._by_head: dict[str, list[tuple[str, str]]] = {}
        named = {name.strip().removeprefix("@").strip(): account for name, account in people.items()}
        for name, account in sorted(named.items(), key=lambda pair: (-len(pair[0]), pair[0])):
            if name and account:
                self._by_head.setdefault(name[:_HEAD], []).append((name, account))

    def split(self, text: str) -> Iterator[tuple[str, str]]:
        """The text in pieces: words with an empty account, and names without ``@`` with their account."""
        position = 0
        for found in _AT.finditer(text) if self._by_head else ():
            if found.start() < position:
                continue
            name, account = self._at(text, found.end())
            if name:
                yield text[position : found.start()], ""
                yield name, account
                position = found.end() + len(name)
        yield text[position:], ""

    def _at(self, text: str, start: int) -> tuple[str, str]:
        for length in range(_HEAD, 0, -1):
            for name, account in self._by_head.get(text[start : start + length], ()):
                end = start + len(name)
                if text.startswith(name, start) and not _goes_on(text, end):
                    return name, account
        return "", ""


def _goes_on(text: str, end: int) -> bool:
    """Whether a word goes on at ``end``, or an address does: ``@ada.example`` is not Ada."""
    return bool(re.compile(r"\w|[.@:/-]\w").match(text, end))
