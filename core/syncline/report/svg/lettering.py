"""How much room a text takes in a picture, and how texts are kept out of each other's way.

Nobody asks a browser: widths are those of DejaVu Sans, the widest of the usual interface fonts, so that a text takes
as much room as is reckoned here, or less.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

SIZE = 12
"""Pixels of all letters in pictures."""

ASCENT = 10
DESCENT = 3

_WIDTHS = {
    letter: width
    for width, letters in {
        0.28: "'ijlI|",
        0.30: "J",
        0.32: " ,.",
        0.34: "/\\:;|",
        0.37: "-",
        0.40: "!()[]ft",
        0.42: "r",
        0.47: '"',
        0.51: "*_`",
        0.54: "s?z",
        0.57: "c",
        0.60: "vxyk",
        0.64: "$0123456789abdeghnopqu{}",
        0.65: "FLSTY",
        0.73: "ABCEKPRVXZ",
        0.79: "DGHNOQU&",
        0.84: "#+<=>^~w",
        0.90: "M",
        0.98: "m%W",
        1.02: "@",
    }.items()
    for letter in letters
}
_WIDE = 1.25
"""For any character not in the table: an em, and a quarter for the widest letters and pictographs."""

_LIGATURES = frozenset("\ufdfa\ufdfb\ufdfd")
"""Single characters that are drawn as whole sentences."""


def width(text: str, size: float = SIZE) -> float:
    """Pixels from the left to the right end of a text, at most."""
    return size * sum(map(_letter, text))


@lru_cache(4096)
def _letter(letter: str) -> float:
    if letter in _WIDTHS:
        return _WIDTHS[letter]
    if letter in _LIGATURES:
        return 12.0
    if unicodedata.combining(letter):
        return 0.0
    plain = unicodedata.normalize("NFD", letter)[0]
    return _WIDTHS.get(plain, _WIDE)


def fitted(text: str, room: float, size: float = SIZE) -> str:
    """The text, cut with an ellipsis where it needs more than ``room`` pixels; nothing where no letter fits."""
    if width(text, size) <= room:
        return text
    room -= size * _WIDE
    kept = 0
    for letter in text:
        room -= size * _letter(letter)
        if room < 0:
            break
        kept += 1
    return f"{text[:kept].rstrip()}…" if kept else ""


@dataclass(frozen=True)
class Box:
    """A rectangle that something takes up."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def within(self, other: Box) -> bool:
        return (
            other.left <= self.left
            and self.right <= other.right
            and other.top <= self.top
            and self.bottom <= other.bottom
        )


def text_box(x: float, y: float, text: str, anchor: str = "start") -> Box:
    """The room of a text whose base line is at ``y``."""
    wide = width(text)
    left = x - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
    return Box(left, y - ASCENT, left + wide, y + DESCENT)


LINE = ASCENT + DESCENT + 1
"""The least distance between base lines of texts one over the other."""


def spread(wanted: Sequence[float], low: float, high: float, gap: float = LINE) -> list[float] | None:
    """Places as near to the wanted ones as can be, in their order, at least ``gap`` apart, between low and high.

    None where there is no room for all. Runs that are too close are laid out evenly around their middle.
    """
    if (len(wanted) - 1) * gap > high - low:
        return None
    order = sorted(range(len(wanted)), key=lambda index: (wanted[index], index))
    runs: list[list[float]] = []  # of first place and number of members
    for index in order:
        runs.append([min(max(wanted[index], low), high), 1])
        while len(runs) > 1 and runs[-2][0] + runs[-2][1] * gap > runs[-1][0]:
            (first, members), (second, more) = runs[-2:]
            together = members + more
            start = (first * members + (second - members * gap) * more) / together
            runs[-2:] = [[min(max(start, low), high - (together - 1) * gap), together]]
    places = [first + place * gap for first, members in runs for place in range(int(members))]
    found = [0.0] * len(wanted)
    for index, place in zip(order, places, strict=True):
        found[index] = place
    return found
