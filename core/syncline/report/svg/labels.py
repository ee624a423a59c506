"""Labels of points, where there is room for them."""

from __future__ import annotations

from dataclasses import dataclass, field

from syncline.report.svg.canvas import Canvas
from syncline.report.svg.ground import Plot
from syncline.report.svg.lettering import ASCENT, DESCENT, Box, text_box, width


@dataclass
class Labels:
    """Gathers points and the labels they want, then writes those that meet neither a point nor another label.

    Labels are tried in the order of their weight, on the right, on the left, above and below, at first only where they
    cross none of ``lines``; one that fits nowhere is left out: the point has a title, and the table beside the picture
    a row.
    """

    plot: Plot
    taken: list[Box] = field(default_factory=list)
    lines: list[Box] = field(default_factory=list)
    _wanted: list[tuple[float, float, float, float, str]] = field(default_factory=list)

    def mark(self, x: float, y: float, radius: float) -> None:
        """Room that no label may take."""
        self.taken.append(Box(x - radius, y - radius, x + radius, y + radius))

    def want(self, x: float, y: float, radius: float, text: str, weight: float) -> None:
        if text:
            self._wanted.append((-weight, x, y, radius, text))

    def draw(self, canvas: Canvas) -> None:
        whole = Box(self.plot.left, self.plot.top, self.plot.right, self.plot.bottom)
        for _, x, y, radius, text in sorted(self._wanted):
            places = [
                (box, left, base)
                for left, base in _places(x, y, radius + 3, width(text))
                if (box := text_box(left, base, f"{text} ")).within(whole)
                and not any(box.meets(other) for other in self.taken)
            ]
            clear = (one for one in places if not any(one[0].meets(line) for line in self.lines))
            for box, left, base in (*clear, *places)[:1]:
                self.taken.append(box)
                canvas.text(left, base, text, css="label")


def _places(x: float, y: float, away: float, wide: float) -> tuple[tuple[float, float], ...]:
    """Left ends and base lines to try."""
    level = y + (ASCENT - DESCENT) / 2
    return (
        (x + away, level),
        (x - away - wide, level),
        (x - wide / 2, y - away - DESCENT),
        (x - wide / 2, y + away + ASCENT),
    )
