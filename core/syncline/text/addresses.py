"""Web addresses in texts: what may be a link, and what is one without being marked as such."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from syncline.text.characters import link_target

_LINKABLE: Final = re.compile(r"(?:https?://|ftp://|mailto:|tel:)[^\s]+", re.IGNORECASE)
_BARE_URL: Final = re.compile(r"(?<![\w@])(?:https?|ftp)://[^\s<>\"|\[\]{}]+", re.IGNORECASE)
_TRAILING: Final = re.compile(r"[.,;:!?)'*_~`]+$")


def linkable(href: str) -> bool:
    """Whether a tool will take this as the target of a link: web, file transfer, mail or telephone, never a path."""
    return _LINKABLE.fullmatch(link_target(href)) is not None


def web_addresses(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, those that are web addresses apart."""
    position = 0
    for found in _BARE_URL.finditer(text):
        url = _TRAILING.sub("", found[0])
        if link_target(url) == url and len(url) > len("https://"):
            yield text[position : found.start()], False
            yield url, True
            position = found.start() + len(url)
    yield text[position:], False
