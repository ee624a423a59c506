"""Where marks of a picture are written down. Every text is escaped here, and nowhere else is SVG made of texts.

Lengths are pixels from the top left corner, written with one decimal at most, so that a picture has the same bytes
everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

from markupsafe import Markup, escape

from syncline.report.parts import Figure, Item

Point = tuple[float, float]


class Canvas:
    """Marks, in the order in which they are painted. ``height`` is as much as has been used so far."""

    def __init__(self, width: float) -> None:
        self.width = width
        self.height = 0.0
        self._marks: list[str] = []

    def text(
        self,
        x: float,
        y: float,
        text: str,
        anchor: str = "start",
        css: str = "",
        figure: Figure | None = None,
    ) -> None:
        """Letters on the base line ``y``; ``figure`` names the fact whose value they are."""
        if not text:
            return
        fact = f' data-fact="{escape(figure.fact)}"' if figure else ""
        place = f'x="{_length(x)}" y="{_length(y)}"' + (
            "" if anchor == "start" else f' text-anchor="{anchor}"'
        )
        self._marks.append(f"<text {place}{_css(css)}{fact}>{escape(text)}</text>")

    def rect(self, x: float, y: float, wide: float, tall: float, css: str = "") -> None:
        self._marks.append(
            f'<rect{_css(css)} x="{_length(x)}" y="{_length(y)}" width="{_length(wide)}" height="{_length(tall)}"/>'
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, css: str) -> None:
        self._marks.append(
            f'<line{_css(css)} x1="{_length(x1)}" y1="{_length(y1)}" x2="{_length(x2)}" y2="{_length(y2)}"/>'
        )

    def circle(self, x: float, y: float, radius: float, css: str = "") -> None:
        self._marks.append(f'<circle{_css(css)} cx="{_length(x)}" cy="{_length(y)}" r="{_length(radius)}"/>')

    def lines(self, points: Sequence[Point], css: str) -> None:
        """A line from point to point."""
        self._marks.append(f'<path{_css(css)} d="{_path(points)}"/>')

    def dots(self, points: Sequence[Point], css: str) -> None:
        """Round dots as one mark, as wide as its stroke; what falls on the same place is one."""
        places = sorted({(round(x * 10), round(y * 10)) for x, y in points})
        if places:
            (x, y), *_ = places
            steps = [f"m{_joined(b - a for a, b in zip(*two, strict=True))}h0" for two in pairwise(places)]
            self._marks.append(f'<path{_css(css)} d="M{_joined((x, y))}h0{"".join(steps)}"/>')

    def area(self, points: Sequence[Point], css: str) -> None:
        """What the points enclose."""
        self._marks.append(f'<path{_css(css)} d="{_path(points)}Z"/>')

    def strokes(self, strokes: Sequence[Sequence[Point]], css: str) -> None:
        """Several lines as one mark."""
        if strokes:
            self._marks.append(f'<path{_css(css)} d="{"".join(map(_path, strokes))}"/>')

    def stripes(self, x: float, y: float, wide: float, tall: float, css: str, apart: float = 6) -> None:
        """Slanted lines within a rectangle. No pattern is used: not every renderer fills with one."""
        strokes = []
        count = int((wide + tall) // apart) + 1
        for number in range(1, count):
            along = number * apart
            start = (x + min(along, wide), y + max(along - wide, 0))
            end = (x + max(along - tall, 0), y + min(along, tall))
            strokes.append((start, end))
        self.strokes(strokes, css)

    def diamond(self, x: float, y: float, radius: float, css: str) -> None:
        self.area(((x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y)), css)

    @contextmanager
    def about(self, title: str, item: Item | None = None) -> Iterator[None]:
        """Marks that say ``title`` when they are pointed at, and lead to the item where it has an address.

        They are left out of the tab order: the table beside the picture holds the same links in reading order.
        """
        if item is not None and item.url is not None:
            name, start = "a", f'<a href="{escape(item.url)}" tabindex="-1">'
        else:
            name, start = "g", "<g>"
        self._marks.append(f"{start}<title>{escape(title)}</title>")
        yield
        self._marks.append(f"</{name}>")

    def image(self, title: str) -> Markup:
        """A picture within a line of text, one image to those who do not see it."""
        head = (
            f'<svg role="img" aria-label="{escape(title)}" width="{self.width:.0f}" height="{self.height:.0f}"'
            f' viewBox="0 0 {self.width:.0f} {self.height:.0f}">'
        )
        return Markup("".join((head, *self._marks, "</svg>")))  # noqa: S704

    def finished(self, id: str, title: str, description: str, style: str = "") -> Markup:
        """The picture. It is a group and no image, because a reader may walk through what it holds."""
        wide, tall = f"{self.width:.0f}", f"{self.height:.0f}"
        head = (
            f'<svg role="group" aria-labelledby="{escape(id)}-t {escape(id)}-d" width="{wide}"'
            f' height="{tall}" viewBox="0 0 {wide} {tall}">'
        )
        titles = (
            f'<title id="{escape(id)}-t">{escape(title)}</title>'
            f'<desc id="{escape(id)}-d">{escape(description)}</desc>'
        )
        sheet = f"<style>{style}</style>" if style else ""
        return Markup("\n".join((head, titles + sheet, *self._marks, "</svg>")))  # noqa: S704


def _css(names: str) -> str:
    return f' class="{names}"' if names else ""


def _length(number: float) -> str:
    """Pixels with one decimal, without what says nothing."""
    return _short(round(number * 10))


def _short(tenths: int) -> str:
    whole, rest = divmod(abs(tenths), 10)
    digits = f"{whole or ''}.{rest}" if rest else str(whole)
    return f"-{digits}" if tenths < 0 else digits


def _path(points: Sequence[Point]) -> str:
    """From point to point, each told by its distance from the one before, which takes half as many bytes."""
    places = [(round(x * 10), round(y * 10)) for x, y in points]
    steps = [b - a for one, other in pairwise(places) for a, b in zip(one, other, strict=True)]
    return f"M{_joined(places[0])}" + (f"l{_joined(steps)}" if steps else "")


def _joined(tenths: Iterable[int]) -> str:
    return " ".join(map(_short, tenths)).replace(" -", "-")
