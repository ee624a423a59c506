"""Bars over a calendar: what was promised, what is planned now, and what is likely."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from syncline.report.pictures import Bar, Timeline
from syncline.report.svg.canvas import Canvas, Point
from syncline.report.svg.ground import Values
from syncline.report.svg.lettering import fitted, width
from syncline.report.svg.scales import Calendar
from syncline.report.svg.states import SHAPES, TONES
from syncline.report.words import day_text

WIDTH = 1100
NAMES = 290
STATE = 302
PROGRESS = 444
SLIP = 510
LEFT = 526
TOP = 40
ROW = 26
LONE = 18
"""Pixels of a bar of which only one end is known."""

PAST, FUTURE = 366, 731
"""Days before and after today that are shown at most: one date in a far century must not press the others together."""


@dataclass(frozen=True)
class Row:
    """A bar with its place: ``y`` is its middle."""

    bar: Bar
    y: float
    half: date | None
    slow: date | None

    def dates(self) -> Iterator[date]:
        known = (self.bar.start, self.bar.end, self.bar.baseline, *self.bar.trail, self.half, self.slow)
        return (day for day in known if day is not None)

    @property
    def ends(self) -> tuple[date, date] | None:
        """The first and last day of the bar, in the order of the calendar; nothing without either date."""
        start, end = self.bar.start or self.bar.end, self.bar.end or self.bar.start
        return (min(start, end), max(start, end)) if start and end else None


def dated(picture: Timeline) -> tuple[Bar, ...]:
    """The bars that have a place on the calendar."""
    return tuple(bar for bar in picture.bars if bar.start or bar.end or bar.baseline)


def undated(picture: Timeline) -> tuple[Bar, ...]:
    """The others, which are listed beside the picture."""
    shown = dated(picture)
    return tuple(bar for bar in picture.bars if bar not in shown)


def draw_timeline(canvas: Canvas, picture: Timeline, values: Values) -> None:
    rows = [
        Row(bar, TOP + place * ROW + ROW / 2, values.day(bar.half), values.day(bar.slow))
        for place, bar in enumerate(dated(picture))
    ]
    bottom = TOP + len(rows) * ROW
    calendar = _window(picture.today, rows)
    _head(canvas, calendar, picture.today, bottom)
    _connectors(canvas, calendar, picture, rows)
    for row in rows:
        with canvas.about(_said(row, values), row.bar.item):
            _words(canvas, row, values)
            _marks(canvas, calendar, row, values)
    canvas.height = _legend(canvas, bottom + 18) + 8


def _window(today: date, rows: list[Row]) -> Calendar:
    """The days that are shown: all that are named, within bounds around today, and a little room."""
    days = [day.toordinal() for row in rows for day in row.dates()]
    now = today.toordinal()
    first = max(min([now, *days]), now - PAST)
    last = min(max([now, *days]), now + FUTURE)
    room = (last - first) // 30 + 3
    ends = (max(first - room, 1), min(last + room, date.max.toordinal()))
    return Calendar(date.fromordinal(ends[0]), date.fromordinal(ends[1]), LEFT, WIDTH - 4)


def _head(canvas: Canvas, calendar: Calendar, today: date, bottom: float) -> None:
    canvas.text(0, 32, "Item", css="soft")
    canvas.text(STATE, 32, "Health", css="soft")
    canvas.text(PROGRESS, 32, "Done", "end", "soft")
    canvas.text(SLIP, 32, "Slip, days", "end", "soft")
    for x, label in calendar.ticks():
        canvas.line(x, 20, x, bottom, "axis")
        canvas.text(x + 3, 32, label, css="soft")
    canvas.line(0, TOP - 2, WIDTH, TOP - 2, "axis")
    x = calendar.middle(today)
    canvas.line(x, 16, x, bottom, "today")
    canvas.text(min(x - width("today") / 2, WIDTH - width("today")), 12, "today")


def _words(canvas: Canvas, row: Row, values: Values) -> None:
    """What stands left of the calendar."""
    bar, base = row.bar, row.y + 4
    canvas.text(0, base, fitted(values.name(bar.item), NAMES), css="label")
    tone = TONES[bar.state]
    canvas.text(STATE, base, SHAPES[bar.state], css=f"word-{tone}")
    canvas.text(STATE + 17, base, bar.state.value, css=f"word-{tone}")
    for figure, end, room in ((bar.progress, PROGRESS, 48), (bar.slip, SLIP, 50)):
        if figure is not None and values.number(figure) is not None:
            canvas.text(end, base, fitted(values.text(figure), room), "end", figure=figure)


def _marks(canvas: Canvas, calendar: Calendar, row: Row, values: Values) -> None:
    if row.ends:
        _bar(canvas, calendar, row, row.ends, TONES[row.bar.state], values)
    if row.bar.baseline:
        _promise(canvas, calendar, row, row.bar.baseline)
    for day, css in ((row.half, "hollow"), (row.slow, "solid")):
        if day is not None:
            canvas.diamond(_at(calendar, day), row.y, 5.5, css)


def _bar(
    canvas: Canvas, calendar: Calendar, row: Row, ends: tuple[date, date], tone: str, values: Values
) -> None:
    """From the first to the last day, filled as far as the work is; stripes where nobody typed the dates."""
    first, last = (_shown(calendar, day) for day in ends)
    left, right = calendar.left(first), calendar.right(last)
    if row.bar.start is None:
        left = max(right - LONE, LEFT)
    if row.bar.end is None:
        right = min(left + LONE, WIDTH - 4)
    wide, top = max(right - left, 2.0), row.y - 6
    guessed = not row.bar.typed or row.bar.start is None or row.bar.end is None
    canvas.rect(left, top, wide, 12, f"bar-{tone}" + (" guessed" if guessed else ""))
    share = values.number(row.bar.progress) if row.bar.progress else None
    if share is not None and share > 0:
        canvas.rect(left, top, wide * min(float(share), 1), 12, f"tone-{tone}")
    if guessed:
        canvas.stripes(left, top, wide, 12, f"ink-{tone}", apart=5)
    for day, x, way in ((ends[0], left, -1), (ends[1], right, 1)):
        if not calendar.holds(day):
            _chevron(canvas, x, row.y, way)


def _chevron(canvas: Canvas, x: float, y: float, way: int) -> None:
    """The bar goes on beyond the picture."""
    tips = (x - way * 5, x - way * 10)
    canvas.strokes([((tip - way * 3, y - 4), (tip, y), (tip - way * 3, y + 4)) for tip in tips], "beyond")


def _promise(canvas: Canvas, calendar: Calendar, row: Row, baseline: date) -> None:
    """A tick at the promised day, and above the bar the way from there to the day of now."""
    x, y = _end(calendar, baseline), row.y - 9
    canvas.line(x, row.y - 11, x, row.y + 9, "baseline")
    stops = [_end(calendar, day) for day in (*row.bar.trail, *((row.bar.end,) if row.bar.end else ()))]
    if not stops or (row.bar.end == baseline and not row.bar.trail):
        return
    canvas.lines([(x, y), *((stop, y) for stop in stops)], "slip")
    for stop in stops[:-1]:
        canvas.circle(stop, y, 2, "slipped")
    before = ([x, *stops])[-2]
    way = 1 if stops[-1] >= before else -1
    canvas.area(((stops[-1], y), (stops[-1] - way * 5, y - 3), (stops[-1] - way * 5, y + 3)), "slipped")


def _connectors(canvas: Canvas, calendar: Calendar, picture: Timeline, rows: list[Row]) -> None:
    """Thin lines from the end of what is waited for to the start of what waits."""
    by_item = {row.bar.item.item: row for row in rows if row.ends}
    for row in by_item.values():
        for other in row.bar.waits_for:
            before = by_item.get(other)
            if before is None or before is row or not (before.ends and row.ends):
                continue
            start = (_end(calendar, before.ends[1]), before.y)
            end = (calendar.left(_shown(calendar, row.ends[0])), row.y)
            late = (row.bar.item.item, other) in picture.late
            said = f"{_called(row)} waits for {_called(before)}" + (", which is late" if late else "")
            with canvas.about(said):
                canvas.lines(_way(start, end), "waits late" if late else "waits")
                canvas.area(((end[0], end[1]), (end[0] - 5, end[1] - 3), (end[0] - 5, end[1] + 3)), "tip")


def _called(row: Row) -> str:
    return row.bar.item.key or row.bar.item.title


def _way(start: Point, end: Point) -> list[Point]:
    """Right angles from start to end, along the border of the rows where the end lies behind."""
    (x1, y1), (x2, y2) = start, end
    out, into = x1 + 5, x2 - 8
    if out <= into:
        return [start, (out, y1), (out, y2), end]
    border = y1 + (ROW / 2 if y2 > y1 else -ROW / 2)
    return [start, (out, y1), (out, border), (into, border), (into, y2), end]


def _shown(calendar: Calendar, day: date) -> date:
    return min(max(day, calendar.first), calendar.last)


def _at(calendar: Calendar, day: date) -> float:
    return calendar.middle(_shown(calendar, day))


def _end(calendar: Calendar, day: date) -> float:
    return calendar.right(_shown(calendar, day))


def _said(row: Row, values: Values) -> str:
    """Everything the marks of a row show, in words."""
    bar = row.bar
    said = [f"{_called(row)}: {bar.state.value}"]
    named = (("from", bar.start), ("to", bar.end), ("promised", bar.baseline))
    said += [f"{word} {day_text(day)}" for word, day in named if day]
    if bar.start and bar.end and bar.start > bar.end:
        said.append("ends before it begins")
    if bar.end and not bar.typed:
        said.append("dates not typed by anybody")
    for figure, word in ((bar.progress, "done"), (bar.slip, "days of slip")):
        if figure is not None and values.number(figure) is not None:
            said.append(f"{values.text(figure)} {word}")
    forecasts = ((row.half, "even chance"), (row.slow, "likely"))
    return ", ".join(said + [f"{word} by {day_text(day)}" for day, word in forecasts if day])


def _legend(canvas: Canvas, y: float) -> float:
    """What the marks mean; where it ends is returned."""
    x = 0.0
    for draw, words in (
        (_legend_bar, "planned, filled to progress"),
        (_legend_guess, "dates nobody typed"),
        (_legend_promise, "promised, and moves since"),
        (lambda canvas, x, y: canvas.diamond(x + 9, y, 5.5, "hollow"), "50 % forecast"),
        (lambda canvas, x, y: canvas.diamond(x + 9, y, 5.5, "solid"), "85 % forecast"),
        (_legend_waits, "waits for"),
    ):
        draw(canvas, x, y - 4)
        canvas.text(x + 24, y, words, css="soft")
        x += 24 + width(words) + 18
    return y


def _legend_bar(canvas: Canvas, x: float, y: float) -> None:
    canvas.rect(x, y - 6, 18, 12, "bar-doing")
    canvas.rect(x, y - 6, 9, 12, "tone-doing")


def _legend_guess(canvas: Canvas, x: float, y: float) -> None:
    canvas.rect(x, y - 6, 18, 12, "bar-doing guessed")
    canvas.stripes(x, y - 6, 18, 12, "ink-doing", apart=5)


def _legend_promise(canvas: Canvas, x: float, y: float) -> None:
    canvas.line(x + 1, y - 8, x + 1, y + 8, "baseline")
    canvas.lines(((x + 1, y), (x + 18, y)), "slip")
    canvas.area(((x + 18, y), (x + 13, y - 3), (x + 13, y + 3)), "slipped")


def _legend_waits(canvas: Canvas, x: float, y: float) -> None:
    canvas.lines(((x, y - 5), (x + 8, y - 5), (x + 8, y + 4), (x + 14, y + 4)), "waits")
    canvas.area(((x + 18, y + 4), (x + 13, y + 1), (x + 13, y + 7)), "tip")
