"""Reads a drawn picture back: its texts with the room they take, and what is wrong with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import combinations
from xml.etree import ElementTree

from syncline.report.svg.lettering import Box, text_box

ELEMENTS = {"svg", "title", "desc", "g", "a", "text", "rect", "line", "circle", "path", "style"}


@dataclass(frozen=True)
class Word:
    """A text of a picture. ``fact`` names the fact whose value it is."""

    text: str
    box: Box
    css: str
    fact: str | None


class Drawing:
    def __init__(self, svg: str) -> None:
        self.root = ElementTree.fromstring(svg)  # noqa: S314 - our own text
        self.elements = [(_name(one.tag), one) for one in self.root.iter()]
        self.width, self.height = float(self.root.attrib["width"]), float(self.root.attrib["height"])
        self.words = [_word(one) for name, one in self.elements if name == "text"]

    def texts(self, css: str | None = None) -> list[str]:
        return [word.text for word in self.words if css is None or word.css == css]

    def count(self, name: str, css: str | None = None) -> int:
        """Marks of one kind, of one class."""
        return sum(
            found == name and (css is None or css in one.attrib.get("class", "").split())
            for found, one in self.elements
        )

    def titles(self) -> list[str]:
        """What marks say when they are pointed at."""
        return [one.text or "" for name, one in self.elements[3:] if name == "title"]


def places(path: str) -> list[tuple[float, float]]:
    """Where a path of one stretch goes: a start, and steps from one place to the next."""
    start, _, steps = path.removesuffix("Z").removeprefix("M").partition("l")
    found = _pairs(start)
    for x, y in _pairs(steps):
        found.append((round(found[-1][0] + x, 1), round(found[-1][1] + y, 1)))
    return found


def _pairs(text: str) -> list[tuple[float, float]]:
    numbers = [float(one) for one in re.findall(r"-?[\d.]+", text)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def assert_sound(svg: str) -> Drawing:
    """No text over another or outside the picture, no number that is not a fact, nothing that acts."""
    drawing = Drawing(svg)
    for name, one in drawing.elements:
        assert name in ELEMENTS
        for attribute, value in one.attrib.items():
            assert not attribute.startswith("on")
            assert "nan" not in value.lower().split(",")
            assert "url(" not in value
            if attribute == "href":
                assert value.startswith("https://example.atlassian.net/")
    whole = Box(-0.1, -0.1, drawing.width + 0.1, drawing.height + 0.1)
    for word in drawing.words:
        assert word.box.within(whole), (word, whole)
        if re.search(r"\d", word.text):
            assert word.fact or word.css in ("soft", "label"), word
    for word, other in combinations(drawing.words, 2):
        assert not word.box.meets(other.box), (word, other)
    for _, mark in drawing.elements:
        for attribute in ("width", "height", "r"):
            assert float(mark.attrib.get(attribute, 1)) >= 0
    return drawing


def _name(tag: str) -> str:
    return tag.rpartition("}")[2]


def _word(one: ElementTree.Element) -> Word:
    text = one.text or ""
    box = text_box(
        float(one.attrib["x"]), float(one.attrib["y"]), text, one.attrib.get("text-anchor", "start")
    )
    return Word(text, box, one.attrib.get("class", ""), one.attrib.get("data-fact"))
